"""What every format of traces becomes, and what they share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from cuebook.core.moments import written

Feedback = Literal["good", "bad", ""]


@dataclass(frozen=True)
class Spoken:
    """One recorded answer. ``variables`` are what the prompt was filled with, where the app recorded it.

    ``fields`` are other values that may bear the variables' names; ``messages`` are those that were sent,
    each a role and a text. ``time`` is ``2026-11-14T09:00:00Z`` or empty, ``version`` None where not known.
    """

    trace: str
    span: str
    conversation: str
    time: str
    prompt: str
    version: int | None
    variables: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Mapping[str, Any], ...] = ()
    messages: tuple[Mapping[str, Any], ...] = ()
    answer: str = ""
    feedback: Feedback = ""


class TraceFormat(Protocol):
    """A module of this folder. ``FILES`` says which files, for help and messages.

    One that is a ``FALLBACK`` reads what no other format knows.
    """

    FILES: str
    FALLBACK: bool

    def sniff(self, path: str, data: bytes) -> bool:
        """Return whether the file looks like this format; a glance at its beginning."""

    def read(self, path: str, data: bytes) -> Iterator[Spoken]:
        """Yield what it recorded. Raises ValueError where it cannot be read."""


def documents(data: bytes) -> Iterator[Any]:
    """Yield the JSON values of a file in order, a list by its items. Raises ValueError with the line."""
    # One after the other, not a line each: the SDK prints a span over many lines.
    text = data.decode("utf-8-sig")
    decoder = json.JSONDecoder()
    place = _next(text, 0)
    while place < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
        except ValueError:
            raise ValueError(f"line {text.count(chr(10), 0, place) + 1} is not JSON") from None
        place = _next(text, end)
        yield from value if isinstance(value, list) else [value]


def _next(text: str, place: int) -> int:
    """Where the next value begins: white space of JSON is between values."""
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def beginning(data: bytes) -> str:
    """Return what a file begins with, for a glance."""
    return data[:20_000].decode("utf-8", "replace")


def as_json(value: Any) -> Any:
    """Return a value, and of a text that is JSON what it says."""
    # Attributes of spans are texts; a number in one may be a text that the app sent.
    if not isinstance(value, str) or value[:1] not in {"{", "[", '"'}:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def number(value: Any) -> int | None:
    """Return a version's number, as a number or a text; None for anything else."""
    text = str(value)
    # Other digits of Unicode are digits to Python, and no version.
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 else None


def time_of(nanoseconds: Any) -> str:
    """Return a time in nanoseconds since 1970, as a number or a text, in UTC; empty for anything else."""
    try:
        return written(datetime.fromtimestamp(int(nanoseconds) / 1e9, UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def messages_of(value: Any) -> list[dict[str, Any]]:
    """Return messages as OpenAI, the GenAI conventions or a text have them, each as a role and a text."""
    value = as_json(value)
    if isinstance(value, Mapping):
        value = value.get("messages", value)
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    found = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            content = item.get("content", item.get("parts"))
            found.append({"role": str(item.get("role", "user")), "content": text_of(content)})
    return found


def text_of(content: Any) -> str:
    """Return the words of a message's content: a text, or the texts among its parts."""
    content = as_json(content) if isinstance(content, str) and content[:2] == "[{" else content
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return text_of(content.get("content", content.get("text", "")))
    parts = [item for item in content or () if isinstance(item, Mapping)] if isinstance(content, list) else []
    return "\n".join(
        str(one["content" if "content" in one else "text"])
        for one in parts
        if {"content", "text"} & one.keys()
    )
