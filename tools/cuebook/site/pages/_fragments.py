"""Show fragments: the versions that include a text, and the places of its words in theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cuebook.core.format import plural
from cuebook.shapes.published import Artifact
from cuebook.site.pages._base import Site, aliases_of, link, tried_by, version_page
from cuebook.site.pages._html import Child, Html, tag
from cuebook.site.pages._parts import fold_row

SHOWN = 200
"""Versions that include a fragment; ``cuebook uses`` lists all of them."""


@dataclass(frozen=True, slots=True)
class Including:
    """A version that includes a fragment, with the aliases that point to it or try it."""

    prompt: str
    number: int
    aliases: tuple[str, ...] = ()


def users_of(site: Site) -> Mapping[str, list[Including]]:
    """Return for each version, by its ref, those that include it directly or within another."""
    direct: dict[str, list[str]] = {}
    users: dict[str, Including] = {}
    for prompt in site.prompts():
        for entry in prompt.versions:
            ref = f"{prompt.name}/{entry.version}"
            # The index says nothing of includes, so each version is looked at, once for all pages.
            version: Artifact = site.catalog.version(prompt.name, entry.version)
            for one in version.includes:
                direct.setdefault(one.ref, []).append(ref)
                aliases = (*aliases_of(prompt, entry.version), *tried_by(prompt, entry.version))
                users[ref] = Including(prompt.name, entry.version, aliases)
    return {ref: [users[one] for one in _closure(ref, direct)] for ref in direct}


def _closure(ref: str, direct: Mapping[str, Sequence[str]]) -> Iterator[str]:
    # A fragment may come by two ways, and each version is named once; those nearest come first.
    seen: set[str] = set()
    waiting = [ref]
    while waiting:
        for one in direct.get(waiting.pop(0), ()):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
                yield one


def used_by(here: str, users: Sequence[Including]) -> Html:
    """Return the versions whose text holds that of this one, each a link."""
    items: list[Child] = []
    for user in users[:SHOWN]:
        where = link(here, version_page(user.prompt, user.number))
        aliases = f" ({', '.join(user.aliases)})" if user.aliases else None
        items.append(tag("li", tag("a", f"{user.prompt}/{user.number}", href=where), aliases))
    return fold_row("Included by", plural(len(users), "version"), tag("ul", items), opened=True)


def pieces(text: str, fragments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a text in parts, each with the ref that it came from, or "" for the version's own words.

    ``fragments`` are refs with their texts; the place of one is found by its words, the longest first.
    """
    made = [("", text)]
    for ref, words in sorted(fragments, key=lambda pair: -len(pair[1])):
        # What follows the place of a fragment in a text is that text's own line feed.
        said = words.removesuffix("\n")
        if said.strip():
            made = [part for one in made for part in _split(one, ref, said)]
    return made


def _split(part: tuple[str, str], ref: str, said: str) -> list[tuple[str, str]]:
    # Words that were found already are those of a longer fragment, which this one may be a part of.
    if part[0]:
        return [part]
    own = part[1].split(said)
    found = [("", own[0])]
    for words in own[1:]:
        found += [(ref, said), ("", words)]
    return [one for one in found if one[1]]
