"""What is sent to a provider: one translation for the gate and for apps, so that what was gated is what runs.

Names may change on the way (a provider spells ``maxTokens`` its own way), values never do. The table of
providers is ``data/providers.toml``. Standard library only: the runtime client needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cuebook.core.chat import tools_sent

TABLE = Path(__file__).parents[1] / "data" / "providers.toml"
ALWAYS = frozenset({"temperature", "topP", "maxTokens", "maxCompletionTokens", "stop"})
"""Parameters that every provider of the table takes."""

SAME = {"ollama": "ollama_chat"}
"""Prefixes for a row of another name: litellm would flatten an ``ollama/`` chat to one text."""

_FORMATS = ("text", "json_object", "json_schema")
_CHOICES = ("auto", "none", "required", "named")


class Provider(NamedTuple):
    """A row of the table; its head explains the keys."""

    name: str
    url: str
    keys: tuple[str, ...]
    max: str
    takes: tuple[str, ...]
    effort: tuple[str, ...]
    formats: tuple[str, ...]
    renamed: Mapping[str, str]
    none: Mapping[str, Any]
    extra: Mapping[str, Any]
    retry: tuple[int, ...]
    litellm_for: tuple[str, ...]
    choices: tuple[str, ...]
    apart: bool


class FieldRefusal(NamedTuple):
    """A field of a version that its provider does not take: what is wrong, and what to do."""

    field: str
    what: str
    cure: str


@cache
def _table() -> tuple[int, dict[str, Provider]]:
    import tomllib

    data = tomllib.loads(TABLE.read_text("utf-8"))
    revision = data.pop("revision")
    return revision, {name: _row(name, row) for name, row in data.items()}


def _row(name: str, row: dict[str, Any]) -> Provider:
    def several(key: str) -> tuple[Any, ...]:
        return tuple(row.get(key, ()))

    return Provider(
        name,
        row["url"],
        several("keys"),
        row["max"],
        several("takes"),
        several("effort"),
        several("formats"),
        row.get("as", {}),
        row.get("none", {}),
        row.get("extra", {}),
        several("retry"),
        several("litellm_for"),
        tuple(row.get("choices", _CHOICES)),
        row.get("apart", False),
    )


def revision() -> int:
    """The number of the table: another one may send the same version otherwise."""
    return _table()[0]


def providers() -> Mapping[str, Provider]:
    """Every row by its name."""
    return _table()[1]


def provider_of(model: str) -> Provider | None:
    """The row that a model id begins with; None for one that has none, or is asked by way of litellm."""
    head, slash, name = model.partition("/")
    row = providers().get(SAME.get(head, head)) if slash else None
    if row is None or any(fnmatchcase(name, pattern) for pattern in row.litellm_for):
        return None
    return row


def asked_as(model: str, endpoints: Mapping[str, str | None] | None = None) -> tuple[str, str]:
    """The name by which a model is asked, and the row whose rules its request keeps to; empty for none.

    ``endpoints`` are those of the settings, each with the row that it is like.
    """
    head, _, name = model.partition("/")
    if endpoints and head in endpoints:
        return name, endpoints[head] or ""
    row = provider_of(model)
    return wire_model(model), row.name if row else ""


def wire_model(model: str) -> str:
    """The name by which a provider knows a model: the id without its provider, where it says no more."""
    row = provider_of(model)
    if row is None:
        name = model.removeprefix("litellm/")
        return name.partition("/")[2] or name
    name = model.partition("/")[2]
    if row.name == "fireworks_ai" and "/" not in name:
        # Routers choose among models; everything else with a short name is one of Fireworks' own models.
        kind = "routers" if name.endswith("-fast") or name in {"auto", "firerouter"} else "models"
        return f"accounts/fireworks/{kind}/{name}"
    if row.name == "huggingface" and name.count("/") == 2:
        host, _, rest = name.partition("/")
        return f"{rest}:{host}"
    return name


def sent(prompt: Mapping[str, Any], row: Provider | None) -> dict[str, Any]:
    """Everything of a request but model and messages, by its names on the wire.

    ``prompt`` has ``modelParameters``, ``responseFormat``, ``jsonSchema`` and those of ``CALLING`` that are
    set, as a published artifact has them. Without a row all names are sent unchanged, in snake case.
    """
    made: dict[str, Any] = {}
    for name, value in prompt["modelParameters"].items():
        if value is None:
            continue
        if row and name == "reasoningEffort" and value == "none" and row.none:
            made |= row.none
        else:
            made[_wire_name(name, row)] = value
    if prompt["responseFormat"] != "text":
        made["response_format"] = {"type": prompt["responseFormat"]}
        if prompt["responseFormat"] == "json_schema":
            made["response_format"]["json_schema"] = dict(prompt["jsonSchema"] or {})
    return {**(row.extra if row else {}), **made, **tools_sent(prompt)}


def _wire_name(name: str, row: Provider | None) -> str:
    if row and name in {"maxTokens", "maxCompletionTokens"}:
        return row.max
    return (row.renamed if row else {}).get(name) or re.sub("[A-Z]", lambda big: f"_{big[0].lower()}", name)


def parameter_of(name: str, model: str) -> str:
    """The parameter of a version that a provider knows by this name; empty where none is."""
    row = provider_of(model)
    renamed = {there: here for here, there in (row.renamed if row else {}).items()}
    if name in {"max_tokens", "max_completion_tokens"}:
        return "maxTokens"
    camel = renamed.get(name) or re.sub("_([a-z])", lambda found: found[1].upper(), name)
    known = {*ALWAYS, *(key for item in providers().values() for key in item.takes)}
    return camel if camel in known else ""


def refusals(prompt: Mapping[str, Any], row: Provider) -> Iterator[FieldRefusal]:
    """What of a version a provider does not take, as its row says; ``prompt`` as for ``sent``."""
    given = {name: value for name, value in prompt["modelParameters"].items() if value is not None}
    if {"maxTokens", "maxCompletionTokens"} <= given.keys():
        what = f"{row.name} has one name for maxTokens and maxCompletionTokens, and both are set"
        yield FieldRefusal("modelParameters.maxCompletionTokens", what, "keep one of them")
    for name, value in given.items():
        place = f"modelParameters.{name}"
        if name not in ALWAYS and name not in row.takes:
            yield FieldRefusal(place, f"{row.name} takes no {name}", f"take {name} out")
        elif name == "reasoningEffort" and value not in row.effort:
            known = ", ".join(row.effort)
            yield FieldRefusal(place, f"{row.name} has no reasoningEffort {value!r}", f"one of: {known}")
    wanted = prompt["responseFormat"]
    if wanted not in ("text", *row.formats):
        known = ", ".join(name for name in _FORMATS if name in ("text", *row.formats))
        yield FieldRefusal(
            "responseFormat", f"{row.name} has no response format {wanted}", f"one of: {known}"
        )
    if prompt.get("tools"):
        yield from _tool_refusals(prompt, row)


def _tool_refusals(prompt: Mapping[str, Any], row: Provider) -> Iterator[FieldRefusal]:
    choice = prompt.get("toolChoice")
    kind = choice if isinstance(choice, str) else "named"
    if choice is not None and kind not in row.choices:
        cure = f"one of: {', '.join(row.choices)}" if row.choices else "take toolChoice out"
        said = f"toolChoice {kind}" if isinstance(choice, str) else "toolChoice with a tool's name"
        yield FieldRefusal("toolChoice", f"{row.name} takes no {said}", cure)
    if row.apart and prompt["responseFormat"] != "text":
        what = f"{row.name} takes no response format together with tools"
        yield FieldRefusal("responseFormat", what, "take responseFormat or the tools out")
