"""The pages of a prompt that has another name now, at their old addresses: one link to where they are."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.site.pages._base import Page, Site, link, prompt_page, version_page
from cuebook.site.pages._html import tag
from cuebook.site.pages._parts import body, head

KIND = "renamed"


def pages(site: Site) -> Iterator[Page]:
    """Yield one for the prompt and one for each version that the old name had."""
    for old, name in site.catalog.index.renamed.items():
        # The files of a former name stay as they were left, so they say which versions it had.
        numbers = sorted(entry.version for entry in site.prompt(old).versions)
        moved = {prompt_page(old): (old, prompt_page(name), name)}
        for number in numbers:
            moved[version_page(old, number)] = (
                f"{old} v{number}",
                version_page(name, number),
                f"{name} v{number}",
            )
        for here, (title, there, called) in moved.items():
            said = tag("p", f"{old} is called {name} now: ", tag("a", called, href=link(here, there)), ".")
            yield Page(
                here, title, body(head(here, [], title, said)), search=False, wide=True, description=title
            )
