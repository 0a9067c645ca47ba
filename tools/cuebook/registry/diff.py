"""Two versions compared: what changed, how much it matters to callers, and the words that differ.

Everything here is data. Renderings (terminal, comment, page) are made elsewhere, and the sentence of a change
in ``wording.differences``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from cuebook.core.canonical import canonical
from cuebook.core.chat import PLACEHOLDER, needs_second, said
from cuebook.registry.tool_diff import ToolRow, tool_changes, tool_rows, tool_texts
from cuebook.registry.word_diff import Line, align, only, overlap, word_diff, words
from cuebook.shapes.difference import Difference, DifferenceKind, Severity
from cuebook.shapes.published import Artifact
from cuebook.shapes.run import Version

Comparable: TypeAlias = Artifact | Version | Mapping[str, Any]
"""A published version, a version read from its file, or the behaviour that a digest covers."""

SEVERITIES: dict[DifferenceKind, Severity] = {
    "artifact-format": "breaking",
    "placeholder-moved": "notable",
    "tools-first": "breaking",
    "tool-added": "notable",
    "tool-removed": "breaking",
    "tool-renamed": "breaking",
    "tool-parameter-added": "breaking",
    "tool-parameter-removed": "breaking",
    "tool-parameter-unused": "notable",
    "tool-parameter-type": "breaking",
    "tool-parameter-optional": "breaking",
    "tool-parameter-required": "notable",
    "tool-values-added": "breaking",
    "tool-values-removed": "notable",
    "tool-description": "notable",
    "tool-schema": "notable",
    "tool-order": "notable",
    "tool-choice": "notable",
    "parallel-calls": "notable",
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

TEMPLATE = "template"
"""The role given to the one text of a prompt that is not a chat."""

_RANK = {"breaking": 0, "notable": 1, "minor": 2}


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


def compare(old: Comparable, new: Comparable) -> list[Difference]:
    """Everything that differs in behaviour, breaking changes first; empty when nothing does."""
    before, after = _behaviour(old), _behaviour(new)
    found = [
        *_settings(before, after),
        *_inputs(before["inputs"], after["inputs"]),
        *_parameters(before["modelParameters"], after["modelParameters"]),
        *_moved(list(_texts_changed(_texts(before), _texts(after)))),
        *(_change(*found) for found in tool_changes(before, after)),
    ]
    return sorted(found, key=lambda change: _RANK[change.severity])


def passages(old: Comparable, new: Comparable) -> list[Passage]:
    """Each message or template of the two versions, paired, with its word diff, in reading order."""
    before, after = _behaviour(old), _behaviour(new)
    texts = _texts(before), _texts(after)
    found = [_passage(*texts, i, j) for i, j in _paired_texts(*texts)]
    said = tool_texts(before), tool_texts(after)
    return found + [_tool_passage(name, *said) for name in dict.fromkeys([*said[0], *said[1]])]


def table(old: Comparable, new: Comparable) -> list[ToolRow]:
    """The parameters of tools that differ, before and after."""
    return tool_rows(_behaviour(old), _behaviour(new))


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


def _change(
    kind: DifferenceKind, path: str, old: Any, new: Any, severity: Severity | None = None
) -> Difference:
    return Difference(kind, path, old, new, severity or SEVERITIES[kind])


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if needs_second(new) and not needs_second(old):
        yield _change("artifact-format", "schema", "1", "2")
    kinds = ["chat" if side["template"] is None else "text" for side in (old, new)]
    if kinds[0] != kinds[1]:
        yield _change("template-kind", "messages", kinds[0], kinds[1])
    keys: tuple[tuple[DifferenceKind, str], ...] = (
        ("response-format", "responseFormat"),
        ("response-schema", "jsonSchema"),
        ("template-format", "templateFormat"),
        ("model", "model"),
    )
    for kind, key in keys:
        if canonical(old[key]) != canonical(new[key]):
            yield _change(kind, key, old[key], new[key])


def _inputs(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        path = f"inputs.{name}"
        if name not in old:
            kind: DifferenceKind = "input-added" if _has_default(new[name]) else "input-added-required"
            yield _change(kind, path, None, dict(new[name]))
        elif name not in new:
            yield _change("input-removed", path, dict(old[name]), None)
        else:
            yield from _input(path, old[name], new[name])


def _input(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    types = old.get("type", "string"), new.get("type", "string")
    if types[0] != types[1]:
        yield _change("input-type", path, *types)
    # In Python 1 and true are equal, and in a text they are not.
    defaults = [canonical([_has_default(side), side.get("default")]) for side in (old, new)]
    if defaults[0] != defaults[1]:
        severity: Severity = "breaking" if not _has_default(new) else "notable"
        yield _change("input-default", path, old.get("default"), new.get("default"), severity)


def _has_default(spec: Mapping[str, Any]) -> bool:
    return "default" in spec


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if canonical(old.get(name)) != canonical(new.get(name)):
            yield _change("parameter", f"modelParameters.{name}", old.get(name), new.get(name))


_Text: TypeAlias = tuple[str, str]  # role, content


def _texts(side: Mapping[str, Any]) -> list[_Text]:
    if side["template"] is not None:
        return [(TEMPLATE, side["template"])]
    return [said(message) for message in side["messages"] or ()]


def _place(texts: Sequence[_Text], index: int) -> str:
    return TEMPLATE if texts[index][0] == TEMPLATE else f"messages[{index}]"


def _texts_changed(old: Sequence[_Text], new: Sequence[_Text]) -> Iterator[Difference]:
    for i, j in _paired_texts(old, new):
        if i is None and j is not None:
            yield _change("message-added", _place(new, j), None, _as_message(new[j]))
        elif j is None and i is not None:
            yield _change("message-removed", _place(old, i), _as_message(old[i]), None)
        elif i is not None and j is not None:
            yield from _text_changed(_place(new, j), old[i], new[j])


def _moved(changes: list[Difference]) -> list[Difference]:
    """A conversation that went from one place to another is one change."""
    ends = [
        item
        for item in changes
        if item.kind in {"message-added", "message-removed"} and (item.new or item.old)["role"] == PLACEHOLDER
    ]
    if len(ends) < 2:
        return changes
    old, new = (
        next(item for item in ends if item.kind == f"message-{kind}") for kind in ("removed", "added")
    )
    rest = [item for item in changes if item not in ends]
    return [*rest, _change("placeholder-moved", new.path, old.path, new.path)]


def _text_changed(path: str, old: _Text, new: _Text) -> Iterator[Difference]:
    if old[0] != new[0] and TEMPLATE not in {old[0], new[0]}:
        yield _change("message-role", f"{path}.role", old[0], new[0])
    if old[1] != new[1]:
        same_words = old[1].split() == new[1].split()
        yield _change("text", path, old[1], new[1], "minor" if same_words else None)


def _as_message(text: _Text) -> dict[str, str]:
    return {"role": text[0], "content": text[1]}


def _paired_texts(old: Sequence[_Text], new: Sequence[_Text]) -> list[tuple[int | None, int | None]]:
    counts = [[words(text) for _, text in side] for side in (old, new)]

    def likeness(i: int, j: int) -> float:
        alike = overlap(counts[0][i], counts[1][j])
        # A rewritten message is still the same message when its role stayed.
        if old[i][0] != new[j][0]:
            return alike - 0.15
        # Of a conversation and a message that changed places, the conversation is what moved.
        return alike + (0.4 if old[i][0] == PLACEHOLDER else 0.5)

    return align(range(len(old)), range(len(new)), likeness)


def _passage(old: Sequence[_Text], new: Sequence[_Text], i: int | None, j: int | None) -> Passage:
    before, after = (old[i] if i is not None else None), (new[j] if j is not None else None)
    path = _place(new, j) if j is not None else _place(old, i or 0)
    if before and after:
        return Passage(path, before[0], after[0], tuple(word_diff(before[1], after[1])))
    role, text = before or after or (TEMPLATE, "")
    made = only("removed" if before else "added", text)
    return Passage(path, role if before else None, None if before else role, tuple(made))


def _tool_passage(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Passage:
    role = f"tool {name}"
    if name in old and name in new:
        return Passage(f"tools.{name}", role, role, tuple(word_diff(old[name], new[name])))
    made = only("removed", old[name]) if name in old else only("added", new[name])
    return Passage(f"tools.{name}", role if name in old else None, None if name in old else role, tuple(made))
