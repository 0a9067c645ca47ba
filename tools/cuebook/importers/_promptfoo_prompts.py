"""Prompts and providers of a promptfoo config: what is written in it, and what its files hold."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from cuebook.core.csv_files import csv_rows
from cuebook.core.files import Broken
from cuebook.core.text import word_count
from cuebook.core.yaml_files import read_foreign_yaml
from cuebook.importers._base import list_of, mapping_of
from cuebook.importers._models import is_program, model_id
from cuebook.importers._notes import Notes, Place
from cuebook.importers._promptfoo_rows import RowReader

_TEXTS, _CHATS = (".txt", ".md", ".j2"), (".json", ".yaml", ".yml")
_TABLES = (".csv", ".jsonl")
_CODE = (".py", ".js", ".ts", ".mjs", ".cjs", ".sh", ".exe", ".bat", ".rb", ".pl")
# Prompts and files are in one list: without spaces and braces, but with an ending or a *, it is a file.
_PATH = re.compile(r"[^\s{}]+(\.[A-Za-z0-9]{1,5}|\*)(:[\w.]+)?")

_REF = re.compile(r"([a-z0-9][a-z0-9._-]*)/[1-9][0-9]*")
_FEW = 3
"""The most words of a description that is taken for a name: with more it is a sentence."""


class Written(NamedTuple):
    """A prompt as the config has it: ``text``, or the ``messages`` of a chat."""

    place: Place
    label: str
    text: str
    messages: list[Mapping[str, Any]] | None = None


class ModelProvider(NamedTuple):
    """A provider that is a model, with the settings it is asked with."""

    model: str
    config: Mapping[str, Any]
    place: Place


def prompts(config: Mapping[str, Any], reader: RowReader, notes: Notes) -> list[Written]:
    """Return every prompt that can be read; the others are noted."""
    given = config.get("prompts")
    items: list[tuple[Place, Any]]
    if isinstance(given, Mapping):
        # An older spelling: files as keys, labels as values.
        items = [(["prompts", key], {"id": key, "label": value}) for key, value in given.items()]
    else:
        listed = given if isinstance(given, list) else [given] if given else []
        items = [(["prompts", index], item) for index, item in enumerate(listed)]
    found: list[Written] = []
    for place, item in items:
        label = ""
        if isinstance(item, Mapping):
            # Display is the older word for label.
            label = str(item.get("label") or item.get("display") or "")
            written = item.get("raw") or item.get("id") or item.get("content")
        else:
            written = item
        if not isinstance(written, str) or not written.strip():
            notes.left(place, "a prompt without a text", whole=True)
        elif _is_path(written):
            found += _of_files(written, label, place, reader, notes)
        else:
            found.append(_written(place, label, written))
    return found


def own_name(config: Mapping[str, Any]) -> str:
    """Return what the config itself calls its prompt; empty where only its file or folder has a name.

    The name in labels such as ``triage/3``, which an export writes; else a description of a few words, as
    a sentence is no name; else the label or id of a prompt that is the only one.
    """
    items = [mapping_of(item) for item in list_of(config.get("prompts"))]
    labels = [str(item.get("label") or item.get("id") or "") for item in items]
    refs = {found[1] if (found := _REF.fullmatch(label)) else "" for label in labels}
    if len(refs) == 1 and (name := refs.pop()):
        return name
    description = config.get("description")
    if isinstance(description, str) and 0 < word_count(description) <= _FEW:
        return description
    return labels[0] if len(labels) == 1 and not _is_path(labels[0]) else ""


def _is_path(text: str) -> bool:
    # What has such a scheme is no text, wherever it leads; paths() says what is not read.
    far = re.match(r"(file|langfuse|portkey|helicone|exec|https?|python|package)\b:", text)
    return bool(far) or (bool(_PATH.fullmatch(text.strip())) and len(text) < 300)


def _of_files(name: str, label: str, place: Place, reader: RowReader, notes: Notes) -> Iterator[Written]:
    """The prompts in the files that a name or pattern means; code is named and not run."""
    if name.strip().endswith(_CODE):
        notes.left(place, f"{name[:60]}: code, which is not run", whole=True)
        return
    for path in reader.paths(name.strip(), place):
        data = reader.beside.read(path)
        if path.endswith(_CODE):
            notes.left(place, f"{path}: code, which is not run", whole=True)
        elif data is None or not path.endswith(_TEXTS + _CHATS + _TABLES):
            notes.left(place, f"{path} is not there, is too large, or is of an unknown kind", whole=True)
        else:
            text = data.decode("utf-8", "replace").removeprefix("\ufeff")
            yield from _of_file(path, text, label, place)


def _of_file(path: str, text: str, label: str, place: Place) -> Iterator[Written]:
    if path.endswith(".txt"):
        # Only in .txt a line of dashes divides prompts; in Markdown it is a rule or front matter.
        parts = [part.strip() for part in re.split(r"(?m)^---\s*$", text)]
        for number, part in enumerate((part for part in parts if part), 1):
            named = label or path if len(parts) == 1 else f"{label or path} {number}"
            yield Written(place, named, part)
    elif path.endswith(_TEXTS):
        yield Written(place, label or path, text)
    elif path.endswith(".csv"):
        rows = csv_rows(path, text)
        _, head = next(rows, (1, []))
        for row in (dict(zip(head, cells, strict=False)) for _, cells in rows):
            if row.get("prompt"):
                yield Written(place, row.get("label") or label, row["prompt"])
    elif path.endswith(".jsonl"):
        for line in filter(str.strip, text.splitlines()):
            yield _written(place, label or path, line)
    else:
        yield _written(place, label or path, text)


def _written(place: Place, label: str, text: str) -> Written:
    """A text, or a chat where it is JSON or YAML of a list of messages."""
    found = _messages(text)
    return Written(place, label, "" if found else text, found)


def _messages(text: str) -> list[Mapping[str, Any]] | None:
    start = text.lstrip()
    # Most prompts are plain texts: reading each as YAML would find a mapping in any line with a colon.
    if not start.startswith(("[", "-", "{")) or "role" not in start:
        return None
    try:
        value = json.loads(start) if start[0] != "-" else read_foreign_yaml(text.encode(), "prompt").data
    except (ValueError, RecursionError, Broken):
        return None
    value = value.get("messages") if isinstance(value, Mapping) else value
    if not isinstance(value, list) or not value:
        return None
    is_chat = all(isinstance(item, Mapping) and "role" in item for item in value)
    return value if is_chat else None


def providers(
    config: Mapping[str, Any], reader: RowReader, notes: Notes, served: Collection[str] = ()
) -> tuple[list[ModelProvider], bool]:
    """Return the providers that are models, also of ``served``; and whether any is a program or a server."""
    # Configs for red-teaming call them targets.
    key = "providers" if config.get("providers") else "targets"
    given = config.get(key)
    found: list[ModelProvider] = []
    programs = False
    for index, item in enumerate(given if isinstance(given, list) else [given] if given else []):
        place: Place = [key, index]
        for name, settings in named(item, place, reader):
            if is_program(name):
                programs = True
                notes.left(place, f"{name[:60]}: a program or a server, not a model")
                continue
            model, what = model_id(name, served)
            if not model:
                notes.left(place, what)
                continue
            found.append(ModelProvider(model, settings, place))
    return found, programs


def named(item: Any, place: Place, reader: RowReader) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the id and settings of a provider, or of each in a file that it names."""
    if isinstance(item, str) and item.startswith("file://") and item.endswith((".yaml", ".yml", ".json")):
        loaded = reader.loaded(item, place)
        for one in loaded if isinstance(loaded, list) else [loaded]:
            if isinstance(one, Mapping):
                yield from named(one, place, reader)
    elif isinstance(item, str):
        yield item, {}
    elif isinstance(item, Mapping) and isinstance(item.get("id"), str):
        yield item["id"], mapping_of(item.get("config"))
    # The id as a key with the settings below it.
    elif isinstance(item, Mapping) and len(item) == 1:
        ((name, inner),) = item.items()
        yield str(name), mapping_of(mapping_of(inner).get("config"))
