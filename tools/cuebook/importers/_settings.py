"""Settings of a call in all their spellings, as parameters, response format and tools of a version."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.provider_names import provider_name
from cuebook.core.shape_errors import first_fault
from cuebook.importers._base import mapping_of
from cuebook.importers._notes import Notes, Place
from cuebook.importers._tools import converted
from cuebook.shapes.file_formats import STEALING_PARAMETERS, Parameters

_SPELT = {
    "maxOutputTokens": "maxTokens",
    "maxNewTokens": "maxTokens",
    "numPredict": "maxTokens",
    "stopSequences": "stop",
}
_SECRET = re.compile(
    r"(api_?key|api_?base|token|secret|password|credential|connection|headers|base_?url|endpoint|api_?host|auth)",
    re.I,
)
# Where a call goes, as with the secrets, though no pattern would find them.
_NO_SETTING = {"apiVersion", "deployment", "organization"}
_CHOICES = {"tool_choice": "toolChoice", "parallel_tool_calls": "parallelToolCalls"}


def camel_case(name: str) -> str:
    """``maxTokens`` for ``max_tokens``."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def is_secret(name: str) -> bool:
    """Return whether a key says where a call goes or by whose right; its value is never shown."""
    # Names with token or auth in them that are no secrets.
    kept = {"maxTokens", "maxOutputTokens", "maxCompletionTokens", "maxNewTokens", "authors"}
    return camel_case(name) not in kept and bool(_SECRET.search(name))


class ForeignSettings:
    """What the settings of a file become: parts of a version's body."""

    def __init__(self, notes: Notes, name: str) -> None:
        self.notes = notes
        self.name = name
        self.parameters: dict[str, Any] = {}
        self.rest: dict[str, Any] = {}

    @property
    def body(self) -> dict[str, Any]:
        """The keys of a version's file that are set."""
        return ({"modelParameters": self.parameters} if self.parameters else {}) | self.rest

    def take(self, given: Mapping[str, Any], place: Place, skip: Collection[str] = ()) -> None:
        """Take over a mapping of settings; each that has no equivalent is noted at its place."""
        for key, value in given.items():
            if key in skip or value is None:
                continue
            self._one(key, value, [*place, key])

    def _one(self, key: str, value: Any, at: Place) -> None:
        name = _SPELT.get(camel_case(key), camel_case(key))
        # The Responses API nests what chat has at the top: reasoning.effort, text.verbosity, text.format.
        if name == "reasoning" and isinstance(value, Mapping):
            self._one("reasoningEffort", value.get("effort"), at) if value.get("effort") else None
            self._unknown({k: v for k, v in value.items() if k != "effort" and v is not None}, at)
        elif name == "text" and isinstance(value, Mapping):
            if value.get("verbosity"):
                self._one("verbosity", value["verbosity"], [*at, "verbosity"])
            if value.get("format"):
                self.response(value["format"], [*at, "format"])
        elif name in ALLOWED_PARAMETERS:
            self._parameter(name, value, at)
        elif name == "responseFormat":
            self.response(value, at)
        elif name == "tools" and isinstance(value, list):
            self.tools(value, at)
        elif key in _CHOICES or key in _CHOICES.values():
            # The tool that has to be called is below function in chat, and beside type in the Responses API.
            choice = value.get("function", value) if isinstance(value, Mapping) else value
            named = {"name": choice.get("name")} if isinstance(choice, Mapping) else choice
            self.rest[_CHOICES.get(key, key)] = named
        # Said before all other reasons, so that a key with a secret is told as that.
        elif is_secret(key) or name in _NO_SETTING:
            self.notes.left(at, "a secret or an address; a version cannot set it", key=key)
        elif key in STEALING_PARAMETERS or name in STEALING_PARAMETERS:
            self.notes.left(at, "no equivalent, as no version may set it", key=key)
        else:
            self.notes.left(at, "no equivalent; a version cannot set it", key=key)

    def _unknown(self, given: Mapping[str, Any], place: Place) -> None:
        for key in given:
            self.notes.left([*place, key], "no equivalent; a version cannot set it", key=key)

    def _parameter(self, name: str, value: Any, at: Place) -> None:
        value = [value] if name == "stop" and isinstance(value, str) and not value else value
        # JSON of other languages writes whole numbers as 20.0, which no count may be.
        if isinstance(value, float) and value.is_integer() and name not in {"temperature", "topP"}:
            value = int(value)
        try:
            # One by one: a value out of range takes no other setting with it.
            Parameters.model_validate({name: value})
        except ValidationError as error:
            self.notes.left(at, f"{str(value)[:40]!r} cannot be used: {first_fault(error)}")
        else:
            self.parameters[name] = value

    def tools(self, given: list[Any], at: Place) -> None:
        """Take over tools as either API of OpenAI has them, or we; others are named and left out."""
        taken = []
        for index, tool in enumerate(given):
            kind = tool.get("type", "function") if isinstance(tool, Mapping) else None
            named = isinstance(tool, Mapping) and isinstance(tool.get("function", tool), Mapping)
            if kind == "function" and named and tool.get("function", tool).get("name"):
                # The Responses API has the type beside the name, where it is none of our keys.
                taken.append({k: v for k, v in tool.items() if k != "type" or "function" in tool})
            else:
                shown = kind if isinstance(kind, str) else str(tool)[:40]
                self.notes.left([*at, index], f"tools: {shown!r} is not a function of an app")
        if taken:
            self.rest["tools"] = converted(
                taken, lambda index, what, *, out=False: self.notes.say([*at, index], what, out=out)
            )

    def response(self, given: Any, at: Place) -> None:
        """Take over a response format: a word, OpenAI's object in either API, or a bare JSON Schema."""
        if isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, Mapping):
            self.notes.left(at, "the response format is neither a word nor an object")
            return
        kind = given.get("type")
        # What a model gives anyway.
        if kind == "text":
            return
        # Dotprompt says json.
        if kind == "json_object" or (kind == "json" and len(given) == 1):
            self.rest["responseFormat"] = "json_object"
        elif kind == "json_schema":
            inner = mapping_of(given.get("json_schema", given))
            self.schema(inner.get("schema"), at, inner)
        elif kind == "object" or "properties" in given:
            self.schema(given, at, {})
        else:
            self.notes.left(at, f"response format {str(kind)[:40]!r}: no equivalent")

    def schema(self, schema: Any, at: Place, named: Mapping[str, Any]) -> None:
        """Take over a JSON Schema with its name, strictness and description; without a name it gets one."""
        if not isinstance(schema, Mapping) or not schema:
            self.rest["responseFormat"] = "json_object"
            self.notes.changed(at, "a JSON Schema without a schema: json_object is used")
            return
        own = named.get("name")
        name = provider_name(str(own or schema.get("title") or self.name)) or "answer"
        if own is not None and name != own:
            self.notes.changed(at, f"the schema is called {name!r} here, as providers ask")
        kept = {key: named[key] for key in ("strict", "description") if named.get(key) is not None}
        # A title that became the name would say it twice.
        body = {k: v for k, v in schema.items() if own is not None or k not in {"title", "$schema"}}
        self.rest["responseFormat"] = "json_schema"
        self.rest["jsonSchema"] = {"name": name, "schema": body, **kept}
