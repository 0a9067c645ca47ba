"""A dialogue to be read: who said what, and from where on two versions' dialogues differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from cuebook.core.templating import as_text
from cuebook.core.tool_calls import read_calls
from cuebook.shapes.case_result import CaseResult

SpokenLine: TypeAlias = tuple[str, str]
"""Who speaks, and what they say."""


class Talk(NamedTuple):
    """What both arms have in common, and how each goes on; where one has no answer, nothing of it."""

    together: list[SpokenLine]
    old: list[SpokenLine]
    new: list[SpokenLine]


def talk_of(case: CaseResult) -> Talk | None:
    """Return the dialogues of a case's answers; None where the case asks a single question."""
    old = list(lines_said(case.baseline.dialogue)) if case.baseline else []
    new = list(lines_said(case.candidate.dialogue))
    if not (case.turns or old or new):
        return None
    if not old and not new:
        return Talk(list(_script(case.turns)), [], [])
    if old and new:
        pairs = enumerate(zip(old, new, strict=False))
        same = next((at for at, (before, after) in pairs if before != after), min(len(old), len(new)))
        # Each side ends with an answer of its own to be looked at.
        start = min(same, _last_answer(old), _last_answer(new))
    else:
        start = _last_answer(old or new)
    return Talk((new or old)[:start], old[start:], new[start:])


def _last_answer(lines: Sequence[SpokenLine]) -> int:
    """Where the answer to the last thing that the user says begins."""
    said = [at for at, (who, _) in enumerate(lines) if who == "user"]
    return said[-1] + 1 if said else 0


def lines_said(messages: Iterable[Mapping[str, Any]]) -> Iterator[SpokenLine]:
    """Messages by OpenAI's names, each call and each result on a line of its own."""
    names: dict[str, str] = {}
    for message in messages:
        who, text = str(message.get("role", "")), message.get("content")
        calls = read_calls(message.get("tool_calls"))
        if who == "tool":
            who = f"{names.get(str(message.get('tool_call_id')), 'a tool')} returns"
        if text or not calls:
            yield who, text if isinstance(text, str) else ""
        for call in calls:
            names[call.id] = call.name or "no tool"
            yield f"{who} calls {names[call.id]}", call.raw


def _script(turns: Sequence[Mapping[str, Any]]) -> Iterator[SpokenLine]:
    """What the author wrote, where nothing was answered."""
    for turn in turns:
        for who in ("user", "assistant", "inputs"):
            if who in turn:
                yield "user" if who == "inputs" else who, as_text(turn[who])
