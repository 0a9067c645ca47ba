"""Fragments: a pinned version of a text prompt that another version's text includes, as ``{{> tone/3}}``.

They are put in when a file is read, so that the digest, the gate and apps have the words themselves, and
nothing is looked up later. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cuebook.core import refs
from cuebook.core.errors import RefError
from cuebook.shapes.run import Version
from cuebook.wording.includes import IncludeCode

DEEPEST = 4
"""Fragments within fragments: nobody can follow deeper ones when reading a text."""
LARGEST = 1024 * 1024
"""Characters of a version with all that it includes."""

_INCLUDE = re.compile(r"\{\{\s*>([^{}]*)\}\}")


def has_include(text: str) -> bool:
    """Return whether a text includes a fragment, be it in the wrong form."""
    return _INCLUDE.search(text) is not None


class NotIncluded(Exception):
    """A fragment cannot be included: why, and the facts that its words need.

    ``by_all`` where it is the fault of a whole chain of includes, such as a cycle.
    """

    def __init__(self, code: IncludeCode, *, by_all: bool = False, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.by_all = by_all


@dataclass
class Expanded:
    """Texts with their fragments put in, by place; ``left`` are those without, line for line.

    ``found`` are the fragments by ref; ``wrong`` is (place, line from 1, code, facts) of each that is not.
    """

    texts: dict[int, str] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)
    found: dict[str, Version] = field(default_factory=dict)
    wrong: list[tuple[int, int, IncludeCode, Mapping[str, object]]] = field(default_factory=list)


def expand(
    texts: Sequence[str],
    template_format: str,
    find: Callable[[str, int], Version],
    *,
    is_fragment: bool,
    latest: Callable[[str], int] = lambda _: 1,
) -> Expanded:
    """Return the texts with their fragments put in. ``find`` returns a version or raises NotIncluded.

    ``latest`` is the number to name where an include names none.

    In the texts of a fragment, a fault of the whole chain is raised, so that the outermost text reports it.
    """
    made = Expanded()
    room = LARGEST
    for place, text in enumerate(texts):
        pieces: list[str] = []
        end = 0
        for match in _INCLUDE.finditer(text):
            pieces.append(text[end : match.start()])
            end = match.end()
            try:
                if template_format != "simple":
                    raise NotIncluded("include_in_jinja", include=match[0])
                fragment = _fragment(match[1].strip(), find, latest)
                pieces.append((fragment.template or "").removesuffix("\n"))
                # Fragments can be repeated and nested, so a small file may ask for a very large text.
                room -= len(pieces[-1])
                if room < 0:
                    raise NotIncluded("include_too_large", most=LARGEST, include=match[0])
                made.found[fragment.ref] = fragment
            except NotIncluded as error:
                if is_fragment and error.by_all:
                    raise
                pieces.append(match[0])
                made.wrong.append((place, text.count("\n", 0, match.start()) + 1, error.code, error.facts))
        made.texts[place] = "".join([*pieces, text[end:]])
        made.left[place] = _INCLUDE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return made


def _fragment(written: str, find: Callable[[str, int], Version], latest: Callable[[str], int]) -> Version:
    shown = f"{{{{> {written}}}}}"
    try:
        ref = refs.parse_ref(written, default_alias="none")
    except RefError as error:
        raise NotIncluded("include_malformed", include=shown, why=error.message) from None
    if ref.version is None:
        code: IncludeCode = "include_unnumbered" if written == ref.name else "include_unpinned"
        raise NotIncluded(code, include=shown, name=ref.name, number=latest(ref.name))
    version = find(ref.name, ref.version)
    if version.template is None or version.template_format != "simple":
        raise NotIncluded("include_no_text", ref=version.ref)
    return version


def repinned(data: Any, name: str, number: int) -> Any:
    """Return messages or a template with every include of the prompt ``name`` set to version ``number``."""
    if isinstance(data, str):
        again = f"{{{{> {name}/{number}}}}}"
        return _INCLUDE.sub(lambda found: again if found[1].strip().split("/")[0] == name else found[0], data)
    if isinstance(data, list):
        return [repinned(item, name, number) for item in data]
    return (
        {key: repinned(item, name, number) for key, item in data.items()} if isinstance(data, dict) else data
    )


def merged_inputs(
    declared: Mapping[str, Mapping[str, Any]], used: Mapping[str, str], fragments: Mapping[str, Version]
) -> tuple[dict[str, dict[str, Any]], list[tuple[IncludeCode, dict[str, str]]]]:
    """Return the inputs that fragments add to those a version declares, and (code, facts) of clashes.

    ``used`` are the version's own variables with their likely types. What the version declares holds.
    """
    brought: dict[str, dict[str, Any]] = {}
    wrong: list[tuple[IncludeCode, dict[str, str]]] = []
    offered = ((ref, *item) for ref, version in fragments.items() for item in version.inputs.items())
    for ref, name, spec in offered:
        kind = str(spec.get("type", "string"))
        here = kind
        if name in declared:
            here = str(declared[name].get("type", "string"))
        elif used.get(name) == "object" != kind:
            here = "object"
        elif brought.setdefault(name, dict(spec)) != spec:
            wrong.append(("inputs_of_two_kinds", {"name": name, "ref": ref}))
        if here != kind:
            wrong.append(("inputs_of_two_types", {"name": name, "here": here, "there": kind, "ref": ref}))
    return brought, wrong


def include_changes(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return how the included refs differ, such as ``tone/3 became tone/4``, a phrase each."""
    was, now = _by_name(before, after), _by_name(after, before)
    told = []
    for name in sorted({*was, *now}):
        old, new = was.get(name, []), now.get(name, [])
        pairs = list(zip(old, new, strict=False))
        told += [f"{one} became {other}" for one, other in pairs]
        told += [f"{one} is no longer included" for one in old[len(pairs) :]]
        told += [f"{one} is included" for one in new[len(pairs) :]]
    return told


def _by_name(mine: Iterable[str], others: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    parts = (ref.partition("/") for ref in set(mine) - set(others))
    # By number: as text, version 10 would come before version 9.
    for name, number in sorted((name, int(number)) for name, _, number in parts):
        found.setdefault(name, []).append(f"{name}/{number}")
    return found


def includers(
    names: Iterable[str], versions: Callable[[str], Sequence[Version]], ref: str
) -> Iterator[Version]:
    """The versions whose text holds that of ``ref``, directly or within another fragment, in order."""
    everything = [version for name in names for version in versions(name)]
    holding = {ref}
    while more := {one.ref for one in everything if holding & one.includes.keys()} - holding:
        holding |= more
    yield from (version for version in everything if version.ref in holding - {ref})
