"""The keys that an order is to be filled into: their words, kinds and types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cuebook_standins._task import Task
from cuebook_standins._text import STOP_WORDS, stem, words

_KIND_NAMES = {
    "email": "email mail",
    "phone": "phone telephone mobile tel",
    "items": "items products lines articles goods positions",
    "date": "date day deadline due when",
    "currency": "currency",
    "country": "country",
    "quantity": "quantity qty pieces count",
    "amount": "amount total price cost sum budget fee",
    "product": "product item sku article",
    "id": "id number no reference ref code po",
    "name": "name customer contact person caller buyer sender author",
}


KINDS = {kind: frozenset(names.split()) for kind, names in _KIND_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Key:
    """A key to fill in: its name, the kind of its value, its own words, the words of its description."""

    name: str
    kind: str
    roots: frozenset[str]
    hints: frozenset[str]
    spec: Mapping[str, Any]


def wording_of(task: Task) -> str:
    """The instructions, with the schema's descriptions and without a message that is all data."""
    texts = [task.instructions]
    if not task.sections and any(message["role"] != "user" for message in task.messages):
        texts = [message["content"] for message in task.messages if message["role"] != "user"]
    return "\n".join([*texts, *_descriptions(task.schema)])


def _descriptions(schema: Any, depth: int = 0) -> Iterator[str]:
    if not isinstance(schema, Mapping) or depth > 6:
        return
    if isinstance(schema.get("description"), str):
        yield schema["description"]
    properties = schema.get("properties")
    for part in [*(properties.values() if isinstance(properties, Mapping) else ()), schema.get("items")]:
        yield from _descriptions(part, depth + 1)


def keys_of(task: Task) -> list[Key]:
    """The keys of a task: those of its schema, or those that its instructions list."""
    properties = (task.schema or {}).get("properties")
    if isinstance(properties, Mapping):
        return [
            key_of(str(name), spec if isinstance(spec, Mapping) else {}) for name, spec in properties.items()
        ]
    return [key_of(name, {"description": hint}) for name, hint in _listed(wording_of(task))]


@lru_cache(maxsize=64)
def _listed(wording: str) -> tuple[tuple[str, str], ...]:
    """(key, description) pairs of a prompt without a schema: a JSON sample, a bulleted or an inline list."""
    sample = re.findall(r"\"([A-Za-z_]\w{0,40})\"\s{0,3}:", wording)
    bullets = re.findall(
        r"^[ \t]*[-*][ \t]+[`\"]?([a-z][a-z0-9_]{0,40})[`\"]?[ \t]*(?::(.*))?$", wording, re.M
    )
    inline = re.search(r"\b(?:keys|fields)\b[^:\n]{0,30}:((?:[^.\n]|\n(?!\n))+)", wording, re.I)
    names = re.findall(r"[a-z]\w{0,40}", re.sub(r"\([^)]*\)|\band\b", "", inline[1])) if inline else []
    for found in ([(name, "") for name in sample], bullets, [(name, "") for name in names]):
        if len(found) > 1:
            return tuple(dict(found).items())
    return ()


def key_of(name: str, spec: Mapping[str, Any]) -> Key:
    """A key as its name and its part of the schema say it."""
    parts = [part.casefold() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    described = str(spec.get("description") or "")
    hints = frozenset(
        stem(word) for word in words(re.sub(r"\bnot\b.*", "", described)) if word not in STOP_WORDS
    )
    return Key(name, _kind(parts, spec), frozenset(stem(part) for part in parts), hints, spec)


def types_of(spec: Mapping[str, Any]) -> list[Any]:
    """The JSON types that a key may have."""
    kind = spec.get("type")
    return kind if isinstance(kind, list) else [kind]


def _kind(parts: Sequence[str], spec: Mapping[str, Any]) -> str:
    types = types_of(spec)
    if isinstance(spec.get("enum"), list) and "currency" not in parts:
        return "choice"
    if "boolean" in types:
        return "flag"
    if "array" in types:
        return "items"
    for kind, names in KINDS.items():
        if names & set(parts):
            return kind
    return "quantity" if "integer" in types else "amount" if "number" in types else "text"
