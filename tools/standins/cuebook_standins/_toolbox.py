"""The tools of a booking prompt by what they do, and calls with the arguments that their schema names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from cuebook_standins._stay import leaving

_TOOLS = {
    "search": r"search|find|free",
    "cancel": r"cancel",
    "change": r"change|move|modify|update",
    "book": r"book|reserve",
    "hand": r"hand|staff|escalate|human",
}
_ARGUMENTS = {
    "booking": r"booking",
    "offer": r"offer",
    "departure": r"depart|check_?out|until",
    "arrival": r"arriv|check_?in|from",
    "nights": r"night",
    "guests": r"guest|people|person",
    "town": r"town|city|house",
    "name": r"name",
    "reason": r"reason",
}
_GUESSED: Mapping[str, Any] = {
    "nights": 1,
    "guests": 2,
    "name": "Guest",
    "offer": "unknown",
    "booking": "unknown",
}


@dataclass(frozen=True)
class Toolbox:
    """The tools that an answer may call, on a day that may be unknown."""

    tools: Sequence[Mapping[str, Any]]
    today: date | None = None

    @cached_property
    def kinds(self) -> Mapping[str, Mapping[str, Any]]:
        """The tools by what they do, the first of each kind; "" for those that do something else."""
        found: dict[str, Mapping[str, Any]] = {}
        for tool in self.tools:
            found.setdefault(_kind(str(tool.get("name", "")), _TOOLS), tool)
        return found

    def options(self, kind: str, argument: str) -> Sequence[Any]:
        """The values that an argument of a tool may have; none where the schema lists none."""
        for name, spec in self._properties(kind).items():
            if _kind(name, _ARGUMENTS) == argument:
                return _options(spec)
        return ()

    def call(self, kind: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The tool's name and its arguments; what is required and not among the values is filled in."""
        tool = self.kinds[kind]
        required = (tool.get("parameters") or {}).get("required") or ()
        known = {**values, "departure": leaving(values.get("arrival"), values.get("nights"))}
        arguments: dict[str, Any] = {}
        for name, spec in self._properties(kind).items():
            argument = _kind(name, _ARGUMENTS)
            value = known.get(argument)
            if value is None and name in required:
                value = next(iter(_options(spec)), _GUESSED.get(argument, self.today or "today"))
            if value is not None:
                arguments[name] = value.isoformat() if isinstance(value, date) else value
        return str(tool["name"]), arguments

    def _properties(self, kind: str) -> Mapping[str, Any]:
        parameters = self.kinds.get(kind, {}).get("parameters") or {}
        found = parameters.get("properties") if isinstance(parameters, Mapping) else None
        return found if isinstance(found, Mapping) else {}


def _kind(name: str, kinds: Mapping[str, str]) -> str:
    return next((kind for kind, pattern in kinds.items() if re.search(pattern, name, re.I)), "")


def _options(spec: Any) -> Sequence[Any]:
    options = spec.get("enum") if isinstance(spec, Mapping) else None
    return options if isinstance(options, (list, tuple)) else ()
