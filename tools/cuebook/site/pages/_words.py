"""A word diff as HTML, in one column or side by side; the marks are read out, not only coloured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cuebook.registry.word_diff import Line, Segment
from cuebook.site.pages._html import Html, join, kept, tag
from cuebook.site.pages._parts import hidden

_CONTEXT = 3
"""Equal lines that are shown around a change."""


def inline(lines: Sequence[Line], *, label: str) -> Html:
    """Return the diff in one column; long runs of equal lines are folded away."""
    rows: list[Html] = []
    for group, shown in _groups(lines):
        if shown:
            for line in group:
                content = words(line.segments) if line.segments else _empty(line.kind)
                rows.append(tag("div", content, class_=f"cb-l cb-l-{line.kind}"))
        else:
            rows.append(tag("div", _count(group), class_="cb-skip"))
    return tag("div", rows, class_="cb-diff", role="region", aria_label=label)


def side_by_side(lines: Sequence[Line], old: str, new: str, *, label: str) -> Html:
    """Return the diff in two columns; ``old`` and ``new`` head them."""
    rows: list[Html] = []
    for group, shown in _groups(lines):
        if shown:
            rows.extend(_two_columns(line) for line in group)
        else:
            rows.append(tag("tr", tag("td", _count(group), colspan=2, class_="cb-skip")))
    top = tag("thead", tag("tr", [tag("th", words, scope="col") for words in (old, new)]))
    return tag("table", top, tag("tbody", rows), class_="cb-sides", aria_label=label)


def words(segments: Iterable[Segment]) -> Html:
    """Return segments with what was removed and added marked and named."""
    return join(*(_segment(segment) for segment in segments))


# A version is compared with several others, and most of its lines are the same in all of them.
@lru_cache(maxsize=4096)
def _segment(segment: Segment) -> Html:
    if segment.kind == "same":
        return kept(segment.text)
    name, said = ("del", "removed: ") if segment.kind == "removed" else ("ins", "added: ")
    return tag(name, hidden(said), kept(segment.text))


def _empty(kind: str) -> Html:
    if kind == "same":
        return tag("br")
    # Without a sign, nobody could see or hear that an empty line came or went.
    name, said = ("del", "removed") if kind == "removed" else ("ins", "added")
    return tag(name, hidden(f"{said}: empty line"), tag("span", "\u21b5", aria_hidden="true"))


def _two_columns(line: Line) -> Html:
    left = None if line.old is None else words(line.left) or _empty(line.kind)
    right = None if line.new is None else words(line.right) or _empty(line.kind)
    cells = [tag("td", side, class_="cb-l" if side is not None else "cb-none") for side in (left, right)]
    return tag("tr", cells, class_=f"cb-l-{line.kind}")


def _groups(lines: Sequence[Line]) -> list[tuple[Sequence[Line], bool]]:
    """Runs of lines with whether they are shown: changes, and a few equal lines around them."""
    near = [False] * len(lines)
    for at, line in enumerate(lines):
        if line.kind != "same":
            for other in range(max(0, at - _CONTEXT), min(len(lines), at + _CONTEXT + 1)):
                near[other] = True
    groups: list[tuple[Sequence[Line], bool]] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or near[at] != near[start]:
            run = lines[start:at]
            # "2 equal lines" would take as much room as one of the two.
            groups.append((run, near[start] or len(run) <= 2))
            start = at
    return groups


def _count(group: Sequence[Line]) -> str:
    return f"{len(group)} equal lines"
