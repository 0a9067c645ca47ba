"""Two versions compared: what changed, how much it matters to callers, and the words that differ.

Everything here is data. Renderings (terminal, comment, page) are made elsewhere; only the one-line
wording of a change is shared, in ``describe``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, TypeAlias

from cuebook.core.chat import said
from cuebook.shapes.published import Artifact
from cuebook.shapes.run import Version

Comparable: TypeAlias = Artifact | Version | Mapping[str, Any]
"""A published version, a version read from its file, or the behaviour that a digest covers."""

Severity = Literal["breaking", "notable", "minor"]
Kind = Literal[
    "template-kind",
    "template-format",
    "input-added-required",
    "input-added",
    "input-removed",
    "input-type",
    "input-default",
    "response-format",
    "response-schema",
    "model",
    "parameter",
    "message-role",
    "message-added",
    "message-removed",
    "text",
]

SEVERITIES: dict[Kind, Severity] = {
    "template-kind": "breaking",
    "template-format": "notable",
    "input-added-required": "breaking",
    "input-added": "minor",
    "input-removed": "breaking",
    "input-type": "breaking",
    "input-default": "notable",
    "response-format": "breaking",
    "response-schema": "breaking",
    "model": "notable",
    "parameter": "notable",
    "message-role": "notable",
    "message-added": "notable",
    "message-removed": "notable",
    "text": "notable",
}
"""``breaking``: a caller's code may stop working. ``notable``: answers may change. ``minor``: neither."""

MEANING: dict[Severity, str] = {
    "breaking": "breaks callers",
    "notable": "may change answers",
    "minor": "changes neither",
}
"""What is said of a change on every page and by every command."""

TEMPLATE = "template"
"""The role given to the one text of a prompt that is not a chat."""

MAX_TOKEN_PAIRS = 2_000_000
MAX_LINE_PAIRS = 40_000
_LIKENESS = 0.35
_RANK = {"breaking": 0, "notable": 1, "minor": 2}

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_MARKS = "!-/:-@\\[-^`{-~\u2010-\u205e\u3000-\u303f\uff01-\uff0f"
_VISIBLE = rf"\{{\{{[^{{}}\n]*\}}\}}|[^\s{_MARKS}{_CJK}]+|[{_MARKS}{_CJK}]"
_WORD = re.compile(_VISIBLE)
_TOKEN = re.compile(rf"{_VISIBLE}|[ \t]+|\s")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. ``old`` or ``new`` is None where there was, or is, nothing."""

    kind: Kind
    path: str
    old: Any
    new: Any
    severity: Severity


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


@dataclass(frozen=True, slots=True)
class Passage:
    """One message, or the template, of both versions with its word diff; role None on a side without it."""

    path: str
    old_role: str | None
    new_role: str | None
    lines: tuple[Line, ...]

    @property
    def changed(self) -> bool:
        """Whether role or text differ."""
        return self.old_role != self.new_role or any(line.kind != "same" for line in self.lines)


def compare(old: Comparable, new: Comparable) -> list[Change]:
    """Everything that differs in behaviour, breaking changes first; empty when nothing does."""
    before, after = _behaviour(old), _behaviour(new)
    found = [
        *_settings(before, after),
        *_inputs(before["inputs"], after["inputs"]),
        *_parameters(before["modelParameters"], after["modelParameters"]),
        *_texts_changed(_texts(before), _texts(after)),
    ]
    return sorted(found, key=lambda change: _RANK[change.severity])


def passages(old: Comparable, new: Comparable) -> list[Passage]:
    """Each message or template of the two versions, paired, with its word diff, in reading order."""
    before, after = _texts(_behaviour(old)), _texts(_behaviour(new))
    return [_passage(before, after, i, j) for i, j in _paired_texts(before, after)]


_SENTENCES: dict[Kind, str] = {
    "template-kind": "the prompt was {old} and is {new}: format() returns another type",
    "template-format": "template format: {old} became {new}",
    "input-added-required": "input {name} is new and required: callers must pass it",
    "input-added": "input {name} is new, with the default {new}",
    "input-removed": "input {name} is gone: callers that pass it get an error",
    "input-type": "input {name} was {old} and is {new}",
    "input-default": "the default of input {name} was {old} and is {new}",
    "response-format": "response format: {old} became {new}",
    "response-schema": "the JSON Schema of the answer changed",
    "model": "model: {old} became {new}",
    "parameter": "{name}: {old} became {new}",
    "message-role": "the role of a message was {old} and is {new}",
    "message-added": "there is a new {new} message",
    "message-removed": "the {old} message is gone",
    "text": "the text of {place} changed",
}


def describe(change: Change) -> str:
    """One plain sentence for people; long texts are left to the word diff."""
    name = change.path.partition(".")[2] or change.path
    sentence = _SENTENCES[change.kind]
    if change.kind == "input-default" and change.severity == "breaking":
        sentence = "input {name} has lost its default {old}: callers must pass it"
    if change.kind == "text" and change.severity == "minor":
        sentence += " in white space only"
    return sentence.format(
        name=name, place=_place_name(change.path), old=_brief(change.old), new=_brief(change.new)
    )


def _place_name(path: str) -> str:
    number = re.fullmatch(r"messages\[(\d+)\]", path)
    return f"message {int(number[1]) + 1}" if number else f"the {path}"


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("role", value.get("default"))
    text = "not set" if value is None else value if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else f"{text[:119]}\u2026"


def _behaviour(side: Comparable) -> Mapping[str, Any]:
    if isinstance(side, Version):
        return side.behaviour
    if isinstance(side, Artifact):
        return {name: getattr(side, name) for name in _COVERED} | side.calling
    return side


_COVERED = (
    "inputs",
    "jsonSchema",
    "messages",
    "model",
    "modelParameters",
    "responseFormat",
    "template",
    "templateFormat",
)


def _change(kind: Kind, path: str, old: Any, new: Any, severity: Severity | None = None) -> Change:
    return Change(kind, path, old, new, severity or SEVERITIES[kind])


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    kinds = ["chat" if side["template"] is None else "text" for side in (old, new)]
    if kinds[0] != kinds[1]:
        yield _change("template-kind", "messages", kinds[0], kinds[1])
    keys: tuple[tuple[Kind, str], ...] = (
        ("response-format", "responseFormat"),
        ("response-schema", "jsonSchema"),
        ("template-format", "templateFormat"),
        ("model", "model"),
    )
    for kind, key in keys:
        if old[key] != new[key]:
            yield _change(kind, key, old[key], new[key])


def _inputs(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        path = f"inputs.{name}"
        if name not in old:
            kind: Kind = "input-added" if _has_default(new[name]) else "input-added-required"
            yield _change(kind, path, None, dict(new[name]))
        elif name not in new:
            yield _change("input-removed", path, dict(old[name]), None)
        else:
            yield from _input(path, old[name], new[name])


def _input(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    types = old.get("type", "string"), new.get("type", "string")
    if types[0] != types[1]:
        yield _change("input-type", path, *types)
    if (_has_default(old), old.get("default")) != (_has_default(new), new.get("default")):
        severity: Severity = "breaking" if not _has_default(new) else "notable"
        yield _change("input-default", path, old.get("default"), new.get("default"), severity)


def _has_default(spec: Mapping[str, Any]) -> bool:
    return "default" in spec


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield _change("parameter", f"modelParameters.{name}", old.get(name), new.get(name))


_Text: TypeAlias = tuple[str, str]  # role, content


def _texts(side: Mapping[str, Any]) -> list[_Text]:
    if side["template"] is not None:
        return [(TEMPLATE, side["template"])]
    return [said(message) for message in side["messages"] or ()]


def _place(texts: Sequence[_Text], index: int) -> str:
    return TEMPLATE if texts[index][0] == TEMPLATE else f"messages[{index}]"


def _texts_changed(old: Sequence[_Text], new: Sequence[_Text]) -> Iterator[Change]:
    for i, j in _paired_texts(old, new):
        if i is None and j is not None:
            yield _change("message-added", _place(new, j), None, _as_message(new[j]))
        elif j is None and i is not None:
            yield _change("message-removed", _place(old, i), _as_message(old[i]), None)
        elif i is not None and j is not None:
            yield from _text_changed(_place(new, j), old[i], new[j])


def _text_changed(path: str, old: _Text, new: _Text) -> Iterator[Change]:
    if old[0] != new[0] and TEMPLATE not in {old[0], new[0]}:
        yield _change("message-role", f"{path}.role", old[0], new[0])
    if old[1] != new[1]:
        same_words = old[1].split() == new[1].split()
        yield _change("text", path, old[1], new[1], "minor" if same_words else None)


def _as_message(text: _Text) -> dict[str, str]:
    return {"role": text[0], "content": text[1]}


def _paired_texts(old: Sequence[_Text], new: Sequence[_Text]) -> list[tuple[int | None, int | None]]:
    counts = [[_words(text) for _, text in side] for side in (old, new)]

    def likeness(i: int, j: int) -> float:
        alike = _share(counts[0][i], counts[1][j])
        # A rewritten message is still the same message when its role stayed.
        return alike + 0.5 if old[i][0] == new[j][0] else alike - 0.15

    return _align(range(len(old)), range(len(new)), likeness)


def _passage(old: Sequence[_Text], new: Sequence[_Text], i: int | None, j: int | None) -> Passage:
    before, after = (old[i] if i is not None else None), (new[j] if j is not None else None)
    path = _place(new, j) if j is not None else _place(old, i or 0)
    if before and after:
        return Passage(path, before[0], after[0], tuple(word_diff(before[1], after[1])))
    role, text = before or after or (TEMPLATE, "")
    lines = text.split("\n")
    made = _removed(lines, 0) if before else _added(lines, 0)
    return Passage(path, role if before else None, None if before else role, tuple(made))


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
    counts_a, counts_b = {i: _words(a[i]) for i in left}, {j: _words(b[j]) for j in right}
    made = []
    for i, j in _align(left, right, lambda i, j: _share(counts_a[i], counts_b[j])):
        if i is not None and j is not None:
            made.append(_line(a[i], b[j], i + 1, j + 1))
        elif i is not None:
            made += _removed([a[i]], i)
        elif j is not None:
            made += _added([b[j]], j)
    return made


def _removed(lines: Sequence[str], start: int) -> list[Line]:
    return [Line("removed", _segments("removed", text), start + n, None) for n, text in enumerate(lines, 1)]


def _added(lines: Sequence[str], start: int) -> list[Line]:
    return [Line("added", _segments("added", text), None, start + n) for n, text in enumerate(lines, 1)]


def _segments(kind: Literal["same", "removed", "added"], text: str) -> tuple[Segment, ...]:
    return (Segment(kind, text),) if text else ()


def _line(old: str, new: str, old_number: int, new_number: int) -> Line:
    if old == new:
        return Line("same", _segments("same", old), old_number, new_number)
    return Line("changed", tuple(_word_segments(old, new)), old_number, new_number)


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


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


def _share(a: Counter[str], b: Counter[str]) -> float:
    """Words in common, on [0, 1] (Dice's coefficient over multisets)."""
    total = a.total() + b.total()
    if not total:
        return 1.0
    return 2 * sum(min(a[word], b[word]) for word in a.keys() & b.keys()) / total


def _align(
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
