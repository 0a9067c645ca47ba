"""A conversation as a judge reads it: text, each message below a heading that nobody in it could write.

Headings carry the call's mark, which is derived from the texts, so that a message that pretends to be
another one is seen as what it is. Reasoning is no part of a message, and so never here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook.core.escape import shorten
from cuebook.core.tool_calls import read_calls

LONGEST_MESSAGE = 20_000
"""Characters of one message: some ten pages, beyond which no judge finds what it looks for."""
_LONGEST_NAME = 80
"""Characters of a tool's name or a call's id: a heading has to stay a heading."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Messages with headings that are still without a mark, in the order they were said."""

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, messages: Sequence[Mapping[str, Any]]) -> Transcript:
        """The transcript of messages as they are sent, their content a text."""
        return cls(tuple(part for message in messages for part in _parts(message)))

    def below(self, mark: str) -> str:
        """The whole as one text, each heading with this mark."""
        return "\n".join(f"[{mark} {heading}]\n{text}" for heading, text in self.parts)


def _parts(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    role, text = str(message["role"]), message.get("content") or ""
    calls = read_calls(message.get("tool_calls"))
    if role == "tool":
        role = f"tool {_name(str(message.get('tool_call_id', '')))}"
    # An answer that only calls tools says nothing; an empty one without calls is worth seeing.
    if text or not calls:
        yield role, shorten(text, LONGEST_MESSAGE)
    for call in calls:
        yield f"{role} calls {_name(call.name)} as {_name(call.id)}", shorten(call.raw, LONGEST_MESSAGE)


def _name(name: str) -> str:
    return shorten(" ".join(name.split()), _LONGEST_NAME) or "no name"
