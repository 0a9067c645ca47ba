"""Find cases that ask the same: copies under other ids are one observation. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from cuebook.core.canonical import canonical, digest
from cuebook.core.images import url_problem
from cuebook.core.text import fold_json
from cuebook.shapes.run import Case, Json
from cuebook.shapes.suite import Suite


def copies(cases: Sequence[Case], seen: Collection[str]) -> list[list[Case]]:
    """Return the groups of two or more cases whose inputs in ``seen`` are equal after folding, in file order.

    What no prompt and no judge sees is left out: a counter in an input nobody reads makes no new question.
    Of a dialogue the turns count, and what its tools give back. An image is what is in its file, whatever
    that is called.
    """
    groups: dict[bytes, list[Case]] = {}
    for case in cases:
        asked = {name: _folded(value) for name, value in case.values.items() if name in seen}
        said = [_said(turn, seen) for turn in case.turns]
        groups.setdefault(canonical([asked, said, case.tools]), []).append(case)
    return [group for group in groups.values() if len(group) > 1]


def _folded(value: Json) -> Json:
    is_image = isinstance(value, str) and value.startswith("data:") and not url_problem(value)
    return digest(value) if is_image else fold_json(value)  # to fold a hundred megabytes would take seconds


def _said(turn: Mapping[str, Json], seen: Collection[str]) -> Json:
    """What a turn of a dialogue says, without what it expects."""
    if "inputs" in turn:
        return {name: _folded(value) for name, value in turn["inputs"].items() if name in seen}
    return [fold_json(value) for name, value in turn.items() if name != "expectations"]


def copies_of(suite: Suite, seen: frozenset[str]) -> list[list[Case]]:
    """The ``copies`` among a suite's cases; looked for once for each set of inputs."""
    if seen not in suite.copies:  # a record compares hundreds of versions on the same cases
        suite.copies[seen] = copies(suite.cases, seen)
    return suite.copies[seen]


def clustered(cases: Sequence[Case], groups: Iterable[Sequence[Case]]) -> tuple[Case, ...]:
    """Return the cases with each group of copies in one cluster; clusters that share a copy are merged."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.get(name, name)) != name:
            name = above
        return name

    for group in groups:
        roots = {root(case.unit) for case in group}
        # A declared cluster comes first and keeps its name: people know it.
        first, *others = sorted(roots, key=lambda name: (name.startswith("\0"), name))
        parent |= dict.fromkeys(others, first) | {first: first}
    if not parent:
        return tuple(cases)
    return tuple(
        replace(case, cluster=root(case.unit).removeprefix("\0")) if case.unit in parent else case
        for case in cases
    )
