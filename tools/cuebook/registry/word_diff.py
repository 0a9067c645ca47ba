"""Compare two texts: pair their lines by words, and find the words that differ within a pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MAX_TOKEN_PAIRS = 2_000_000
"""Words of one text times those of the other, up to which they are compared one by one: it takes as long."""
MAX_LINE_PAIRS = 40_000
"""The same of lines that are paired by their words."""
_LIKENESS = 0.35
"""Share of words in common from which two lines are one that changed, and not one removed and one added."""
# Each sign of these scripts is a word by itself: they are written without spaces.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_MARKS = "!-/:-@\\[-^`{-~\u2010-\u205e\u3000-\u303f\uff01-\uff0f"
_VISIBLE = rf"\{{\{{[^{{}}\n]*\}}\}}|[^\s{_MARKS}{_CJK}]+|[{_MARKS}{_CJK}]"
_WORD = re.compile(_VISIBLE)
_TOKEN = re.compile(rf"{_VISIBLE}|[ \t]+|\s")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text that both sides have, or only one."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a word diff. ``old`` and ``new`` are line numbers from 1, None where there is none."""

    kind: Literal["same", "changed", "removed", "added"]
    segments: tuple[Segment, ...]
    old: int | None
    new: int | None

    @property
    def left(self) -> tuple[Segment, ...]:
        """What the old text has of this line."""
        return tuple(segment for segment in self.segments if segment.kind != "added")

    @property
    def right(self) -> tuple[Segment, ...]:
        """What the new text has of this line."""
        return tuple(segment for segment in self.segments if segment.kind != "removed")


def word_diff(old: str, new: str) -> list[Line]:
    """The two texts line by line, similar lines paired, the words that differ marked inside them.

    Joining the left (right) sides of the lines that have one gives the old (new) text back. Lines too
    long to compare word by word are shown as replaced whole.
    """
    a, b = old.split("\n"), new.split("\n")
    made: list[Line] = []
    for tag, i1, i2, j1, j2 in _line_blocks(a, b):
        if tag == "equal":
            made += [
                Line("same", _segments("same", a[i]), i + 1, j + 1)
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
        else:
            made += _replaced(a, b, range(i1, i2), range(j1, j2))
    return made


def _line_blocks(a: list[str], b: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(a) * len(b) > MAX_TOKEN_PAIRS and a != b:
        return [("replace", 0, len(a), 0, len(b))]
    # Blank lines are no anchors: they would pair paragraphs that have nothing in common.
    return SequenceMatcher(lambda line: not line.strip(), a, b, autojunk=False).get_opcodes()


def _replaced(a: list[str], b: list[str], left: range, right: range) -> list[Line]:
    if len(left) * len(right) > MAX_LINE_PAIRS:
        return [
            *_removed(a[left.start : left.stop], left.start),
            *_added(b[right.start : right.stop], right.start),
        ]
    counts_a, counts_b = {i: words(a[i]) for i in left}, {j: words(b[j]) for j in right}
    made = []
    for i, j in align(left, right, lambda i, j: overlap(counts_a[i], counts_b[j])):
        if i is not None and j is not None:
            same = a[i] == b[j]
            segments = _segments("same", a[i]) if same else tuple(_word_segments(a[i], b[j]))
            made.append(Line("same" if same else "changed", segments, i + 1, j + 1))
        elif i is not None:
            made += _removed([a[i]], i)
        elif j is not None:
            made += _added([b[j]], j)
    return made


def only(kind: Literal["removed", "added"], text: str) -> list[Line]:
    """The lines of a text that only one side has."""
    return (_removed if kind == "removed" else _added)(text.split("\n"), 0)


def _removed(lines: Sequence[str], start: int) -> list[Line]:
    return [Line("removed", _segments("removed", text), start + n, None) for n, text in enumerate(lines, 1)]


def _added(lines: Sequence[str], start: int) -> list[Line]:
    return [Line("added", _segments("added", text), None, start + n) for n, text in enumerate(lines, 1)]


def _segments(kind: Literal["same", "removed", "added"], text: str) -> tuple[Segment, ...]:
    return (Segment(kind, text),) if text else ()


def _word_segments(old: str, new: str) -> Iterator[Segment]:
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(a) * len(b) > MAX_TOKEN_PAIRS:
        yield from (*_segments("removed", old), *_segments("added", new))
        return
    for same, left, right in _merged(a, b):
        if same:
            yield Segment("same", left)
        else:
            yield from (*_segments("removed", left), *_segments("added", right))


def _merged(a: list[str], b: list[str]) -> list[tuple[bool, str, str]]:
    """Runs of equal and of different words; white space between two differences joins them."""
    blocks = SequenceMatcher(str.isspace, a, b, autojunk=False).get_opcodes()
    runs: list[tuple[bool, str, str]] = []
    for at, (tag, i1, i2, j1, j2) in enumerate(blocks):
        left, right = "".join(a[i1:i2]), "".join(b[j1:j2])
        inside = 0 < at < len(blocks) - 1
        same = tag == "equal" and not (inside and left.isspace())
        if runs and not same and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1] + left, runs[-1][2] + right)
        else:
            runs.append((same, left, right))
    return runs


def words(text: str) -> Counter[str]:
    """Count each word, sign and variable of a text."""
    return Counter(_WORD.findall(text))


def overlap(a: Counter[str], b: Counter[str]) -> float:
    """Words in common, on [0, 1] (Dice's coefficient over multisets)."""
    total = a.total() + b.total()
    if not total:
        return 1.0
    return 2 * sum(min(a[word], b[word]) for word in a.keys() & b.keys()) / total


def align(
    left: Sequence[int], right: Sequence[int], likeness: Callable[[int, int], float]
) -> list[tuple[int | None, int | None]]:
    """Pair items in order so that the pairs' likeness adds up to the most (Needleman and Wunsch 1970)."""
    width = len(right)
    best = [[0.0] * (width + 1) for _ in range(len(left) + 1)]
    like: list[list[float]] = [[likeness(i, j) for j in right] for i in left]
    for x in range(len(left) - 1, -1, -1):
        row, below, here = best[x], best[x + 1], like[x]
        for y in range(width - 1, -1, -1):
            paired = below[y + 1] + here[y] if here[y] >= _LIKENESS else 0.0
            row[y] = max(paired, below[y], row[y + 1])
    return list(_walk(best, like, left, right))


def _walk(
    best: list[list[float]], like: list[list[float]], left: Sequence[int], right: Sequence[int]
) -> Iterator[tuple[int | None, int | None]]:
    x = y = 0
    while x < len(left) and y < len(right):
        if like[x][y] >= _LIKENESS and best[x][y] == best[x + 1][y + 1] + like[x][y]:
            yield left[x], right[y]
            x, y = x + 1, y + 1
        elif best[x][y] == best[x + 1][y]:
            yield left[x], None
            x += 1
        else:
            yield None, right[y]
            y += 1
    yield from ((i, None) for i in left[x:])
    yield from ((None, j) for j in right[y:])
