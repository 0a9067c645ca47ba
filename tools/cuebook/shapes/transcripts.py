"""A transcript that comes with an answer or is kept beside it: the dialogue that led there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cuebook.core.chat import ROLES, answered, told
from cuebook.core.tool_calls import read_calls
from cuebook.shapes.run import Message, ModelReply, Played

MOST_MESSAGES = 1_000
"""Of one dialogue; a script of an app that loops would fill a published file."""
UNSCRIPTED = '{"error":"no scripted result"}'
"""What a call gets of which a case has no result."""


def transcript_of(reply: ModelReply) -> list[dict[str, Any]]:
    """All messages of the dialogue that an answer ends, the answer last; empty where it ends none."""
    return [*map(dict, reply.played.messages), _last(reply)] if reply.played else []


def begins_at(reply: ModelReply) -> int:
    """Where in its transcript the dialogue begins, after what the version and the case say first."""
    return max(0, len(transcript_of(reply)) - len(reply.played.said)) if reply.played else 0


def with_transcript(reply: ModelReply, messages: Sequence[Mapping[str, Any]], begins: int = 0) -> ModelReply:
    """The answer as the end of a dialogue of these messages by OpenAI's names; as it is where there are none.

    The answer itself may be the last of them. What is no message is left out.
    """
    known = [told(message) for message in messages[:MOST_MESSAGES] if message.get("role") in ROLES]
    if not known:
        return reply
    last = _last(reply)
    if known[-1]["role"] == "assistant" and known[-1]["content"] == last["content"]:
        last = known.pop()
    said: tuple[Message, ...] = (*known[begins:], last)
    said = tuple(message for message in said if message["role"] not in {"system", "developer"})
    calls = tuple(call for message in said for call in read_calls(message.get("tool_calls")))
    lost = sum(message["role"] == "tool" and message["content"] == UNSCRIPTED for message in said)
    return replace(reply, played=Played(tuple(known), said, calls, unscripted=lost))


def _last(reply: ModelReply) -> dict[str, Any]:
    return answered(reply.text, [(call.id, call.name, call.raw) for call in reply.tool_calls])
