"""Show fragments: the versions that include a text, and the places of its words in theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cuebook.core.format import plural
from cuebook.core.refs import parse_ref
from cuebook.shapes.published import Artifact
from cuebook.site.pages._base import Site, aliases_of, link, tried_by, version_page
from cuebook.site.pages._html import Child, Html, tag
from cuebook.site.pages._parts import fold_row

SHOWN = 200
"""Versions that include a fragment; ``cuebook uses`` lists all of them."""


def users_of(site: Site) -> Mapping[str, list[str]]:
    """For each version those that include it, directly or within another: their refs, with their aliases."""
    direct: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for prompt in site.prompts():
        for entry in prompt.versions:
            ref = f"{prompt.name}/{entry.version}"
            version: Artifact = site.catalog.version(prompt.name, entry.version)
            for one in version.includes:
                direct.setdefault(one.ref, []).append(ref)
                marks = [*aliases_of(prompt, entry.version), *tried_by(prompt, entry.version)]
                names[ref] = f"{ref} ({', '.join(marks)})" if marks else ref
    return {ref: [names[one] for one in _closure(ref, direct)] for ref in direct}


def _closure(ref: str, direct: Mapping[str, Sequence[str]]) -> Iterator[str]:
    seen: set[str] = set()
    waiting = [ref]
    while waiting:
        for one in direct.get(waiting.pop(0), ()):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
                yield one


def used_by(here: str, users: Sequence[str]) -> Html:
    """The versions whose text holds that of this one, each a link."""
    items: list[Child] = []
    for words in users[:SHOWN]:
        ref = parse_ref(words.partition(" ")[0])
        where = link(here, version_page(ref.name, ref.version or 1))
        items.append(tag("li", tag("a", str(ref), href=where), words.removeprefix(str(ref))))
    return fold_row("Included by", plural(len(users), "version"), tag("ul", items), opened=True)


def pieces(text: str, fragments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A text in parts, each with the ref that it came from, or "" for the version's own words.

    ``fragments`` are refs with their texts; where one stands is found by its words, the longest first.
    """
    made = [("", text)]
    for ref, words in sorted(fragments, key=lambda pair: -len(pair[1])):
        said = words.removesuffix("\n")
        if said.strip():
            made = [part for one in made for part in _split(one, ref, said)]
    return made


def _split(part: tuple[str, str], ref: str, said: str) -> list[tuple[str, str]]:
    if part[0]:
        return [part]
    own = part[1].split(said)
    found = [("", own[0])]
    for words in own[1:]:
        found += [(ref, said), ("", words)]
    return [one for one in found if one[1]]
