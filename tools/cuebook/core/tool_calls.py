"""Calls of tools, as a model asked for them: data of somebody who is not trusted, within a budget."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cuebook.core.canonical import LARGEST_WHOLE, canonical, read_json
from cuebook.core.escape import shorten
from cuebook.core.text import whole

MOST_CALLS = 128
"""Calls of one answer that are kept; no version has more tools."""
LONGEST_ARGUMENTS = 100_000
"""Characters of a call's arguments that are kept; longer ones are no arguments."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. ``arguments`` are None where ``raw``, the text that came, is not one JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any] | None
    raw: str

    @classmethod
    def of(cls, id_: str, name: str, raw: str) -> ToolCall:
        """A call by the text of its arguments, each cut to its limit."""
        is_short = len(raw) <= LONGEST_ARGUMENTS
        arguments = _object(raw) if is_short else None
        return cls(
            whole(id_)[:LONGEST_NAME], whole(name)[:LONGEST_NAME], arguments, whole(raw)[:LONGEST_ARGUMENTS]
        )

    @property
    def shown(self) -> dict[str, Any]:
        """The call in records and reports: with ``raw`` only where that is no JSON object."""
        made: dict[str, Any] = {"id": self.id, "name": self.name, "arguments": self.arguments}
        return made if self.arguments is not None else made | {"raw": self.raw}


def _object(raw: str) -> dict[str, Any] | None:
    try:
        found = read_json(raw)
        if _LONG.search(raw):
            found = json.loads(raw, parse_float=_exact)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


_LONG = re.compile(r"\d{16}|\d[eE]\+?\d{2}")
"""What a number looks like that a double may not hold."""


def _exact(text: str) -> int | float:
    """A number with a point or an exponent; a whole one past 2^53 with all its digits."""
    value = float(text)
    return int(Decimal(text)) if abs(value) >= LARGEST_WHOLE and value.is_integer() else value


def calls_said(calls: Iterable[Mapping[str, Any]]) -> str:
    """Calls, as ``shown`` has them, to be read: a line each, as the calls of a version's messages are."""
    lines = []
    for call in calls:
        given = call.get("arguments")
        arguments = str(call.get("raw", "")) if given is None else canonical(given).decode()
        lines.append(f"calls {call.get('name') or 'no tool'} {arguments}")
    return "\n".join(lines)


def calls_named(calls: Sequence[ToolCall]) -> str:
    """Calls by the names of their tools, as a reason has them."""
    names = ", ".join(call.name or "no tool" for call in calls)
    return shorten(f"a call of {names}" if len(calls) == 1 else f"calls of {names}", 160)


def read_calls(listed: Any) -> tuple[ToolCall, ...]:
    """The calls in OpenAI's chat format, of functions and of custom tools; what is none is left out."""
    found = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return tuple(map(_of_wire, found[:MOST_CALLS]))


def _of_wire(item: Mapping[str, Any]) -> ToolCall:
    called = item.get("function")
    said = "arguments"
    if not isinstance(called, Mapping):
        called, said = item.get("custom"), "input"
    if not isinstance(called, Mapping):
        called = {}
    return ToolCall.of(_text(item.get("id")), _text(called.get("name")), _raw(called.get(said)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _raw(value: Any) -> str:
    """The text of arguments; some servers send the object itself, and nothing where a tool takes nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return "{}"
    return json.dumps(value, ensure_ascii=False)
