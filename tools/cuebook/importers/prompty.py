"""Prompty files (``.prompty``) of both editions: front matter and a chat become one version.

- Lines such as ``system:`` begin messages; text without one is a system message; texts are trimmed.
- A loop that writes messages, or an input of kind ``thread``, is the conversation so far.
- Settings, inputs and outputs are read by their shape, so either edition is; ``sample`` is one row. Endpoints
  and keys are left out by name, and ``${env:...}`` is never looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.importers._base import (
    Imported,
    NewCases,
    NewPrompt,
    NewVersion,
    Request,
    Sniffed,
    mapping_of,
    texts_of,
)
from cuebook.importers._chat import Chat
from cuebook.importers._front_matter import Parts, take_apart
from cuebook.importers._models import chosen
from cuebook.importers._notes import CHOOSE_MODEL, Notes
from cuebook.importers._prompty_schemas import from_file, input_type, kind_of, listed, schema_of, tools_of
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import CannotSay, jinja, left_out, mustache

FILES = "*.prompty"

# As the tools of prompty read it: a # before the role is a heading of Markdown, brackets hold attributes.
_ROLE = re.compile(
    r"^[ \t]*(?:#[ \t]*)?(system|user|assistant|developer|function|tools?)(?:\[[^\]\n]*\])?[ \t]*:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# A loop that writes role and content of each message, in Jinja2; below the same in Mustache.
_HISTORY = re.compile(
    r"\{%-?\s*for\s+(\w+)\s+in\s+(\w+)\s*-?%\}\s*(?:#\s*)?\{\{-?\s*\1\.role\s*-?\}\}\s*:\s*"
    r"\{\{-?\s*\1\.content\s*-?\}\}\s*\{%-?\s*endfor\s*-?%\}"
)
_SECTION = re.compile(
    r"\{\{#\s*(\w+)\s*\}\}\s*(?:#\s*)?\{\{\s*role\s*\}\}\s*:\s*\{\{\s*content\s*\}\}\s*\{\{/\s*\1\s*\}\}"
)
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)")
_SAID = {"name", "displayName", "description", "authors", "tags", "version", "model", "inputs", "outputs"} | {
    *("sample", "template", "metadata", "tools", "base", "basePrompty", "inputSchema", "outputSchema")
}
_MARK = "\0history:{}\0"
"""Marks the place of the conversation until messages are taken apart; NUL is in no text that is read."""
# Later editions have a mark of their own.
_THREAD = re.compile(r"^[ \t]*!\[thread\][ \t]*$", re.MULTILINE)
_INPUTS, _OUTPUTS = ("inputs", "inputSchema"), ("outputs", "outputSchema")
_OTHERS = {"embedding", "embeddings", "image", "images", "audio", "completion_audio"}
"""Kinds of API that return something else than text."""


def sniff(path: str, data: bytes) -> Sniffed:  # noqa: ARG001  every format is asked with both
    """Return ``mine`` for a file with the ending ``.prompty``."""
    return "mine" if path.endswith(".prompty") else "no"


def read(request: Request) -> Imported:
    """Return the file as version 1 of a prompt, its sample as a row. Raises InvalidFiles."""
    parts = take_apart(request.data, request.path)
    notes = Notes(request.path, parts)
    # Any key may be kept in a file of its own.
    data = {key: from_file(value, request, notes, [key]) for key, value in parts.data.items()}
    name = request.called(str(data.get("name") or ""))
    settings = ForeignSettings(notes, name)
    written = _model(data.get("model"), settings, notes, request)
    given, threads, samples = _inputs(data, notes)
    for key in _OUTPUTS:
        if schema := schema_of(data.get(key)):
            settings.schema(schema, [key], {})
    if isinstance(data.get("tools"), list):
        settings.tools(tools_of(data["tools"]), ["tools"])
    described = _with_metadata(data, notes)
    for key in ("version", "base", "basePrompty"):
        if data.get(key) is not None:
            notes.left([key], f"{str(data[key])[:40]!r} is nothing that a version here has", key=key)
    for key in data:
        if key not in _SAID:
            notes.left([key], "no equivalent", key=key[:40])
    # Before the text, so that a missing model is told beside what keeps the text out.
    model = chosen(request, written, notes, ["model"])
    try:
        asked = mapping_of(data.get("model"))
        if str(api := asked.get("apiType") or asked.get("api")).lower() in _OTHERS:
            raise CannotSay(f"model.api {api}: it does not ask for text")
        body = _said(parts, given, threads, notes)
    except CannotSay as error:
        left_out(notes, error, ["body"], "the whole file", parts.first)
        return notes.imported()
    for key, spec in given.items():
        # An input with a type alone is no loss: its variable would have the same one.
        if key not in body.get("inputs", {}) and spec.keys() - {"type", "description"}:
            notes.left(["inputs", key], f"{key[:40]}: the text does not use it")
    authors = described.get("authors")
    author = ", ".join(map(str, authors)) if isinstance(authors, list) else ""
    version = NewVersion(
        {"model": model, **body, **settings.body},
        f"Imported from {request.file}",
        author=" ".join(author.split())[:200] or None,
    )
    tags = texts_of(described.get("tags"))
    title = str(data.get("displayName") or data.get("name") or "")
    prompt = NewPrompt(name, [version], title, str(data.get("description") or ""), tags)
    return notes.imported([prompt], _sample(request, name, data.get("sample") or samples, body, notes))


def _with_metadata(data: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """What is said of the file, at the top or below ``metadata``; what has no place here is noted."""
    metadata = mapping_of(data.get("metadata"))
    for key in metadata:
        if key not in {"authors", "tags"}:
            notes.left(["metadata", key], "no equivalent", key=str(key)[:40])
    return {**metadata, **data}


def _model(given: Any, settings: ForeignSettings, notes: Notes, request: Request) -> str:
    """The model that the front matter names, with its settings taken over."""
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        return ""
    for key, place in (("parameters", ["model", "parameters"]), ("options", ["model", "options"])):
        found = mapping_of(given.get(key))
        found = {name: from_file(value, request, notes, [*place, name]) for name, value in found.items()}
        if isinstance(found.get("tools"), list):
            found["tools"] = tools_of(found["tools"])
        settings.take(found, place)
    key = "configuration" if isinstance(given.get("configuration"), Mapping) else "connection"
    configured = mapping_of(given.get(key))
    own = configured.get("name") if key == "configuration" else None  # a connection has a name of its own
    # Later editions name the model beside its connection, the first one inside of it.
    name = given.get("id") or given.get("name") or own or configured.get("model")
    kind = str(given.get("provider") or configured.get("type") or "")
    deployed = configured.get("azure_deployment")
    # Azure asks a deployment by its own name; one that is in the environment cannot be known.
    if not name and isinstance(deployed, str) and "${" not in deployed:
        name = f"azure/{deployed}"
    if configured.keys() - {"type", "name", "model"}:
        cure = "" if name or request.model else CHOOSE_MODEL
        notes.changed(["model", key], "endpoint, deployment and key are not part of a prompt", cure)
    if not isinstance(name, str) or "${" in name:
        return ""
    provider = {"azure_openai": "azure", "foundry": "azure", "azure": "azure"}.get(kind, kind)
    return f"{provider}/{name}" if provider and "/" not in name else name


def _inputs(
    data: Mapping[str, Any], notes: Notes
) -> tuple[dict[str, dict[str, Any]], set[str], dict[str, Any]]:
    """What the front matter says of each variable, those that are the conversation so far, and samples."""
    made: dict[str, dict[str, Any]] = {}
    threads: set[str] = set()
    samples: dict[str, Any] = {}
    # The edition between the first and the last has both.
    for key in _INPUTS:
        for name, item in listed(data.get(key)):
            kind = kind_of(item)
            if kind == "thread":
                threads.add(name)
                continue
            if kind in {"image", "file"}:
                notes.left([key, name], f"kind {kind}: only texts and data fill a prompt here")
            spec: dict[str, Any] = {"type": input_type(kind)}
            spec |= {"description": item["description"]} if isinstance(item.get("description"), str) else {}
            spec |= {"default": item["default"]} if item.get("default") is not None else {}
            # A file without a sample for all may have one for each input: together they are one row.
            samples |= {name: item["sample"]} if item.get("sample") is not None else {}
            made[name] = spec
    return made, threads, samples


def _said(
    parts: Parts, given: Mapping[str, Mapping[str, Any]], threads: set[str], notes: Notes
) -> dict[str, Any]:
    """The keys of a version that say its messages. Raises CannotSay."""
    template = parts.data.get("template")
    form = template.get("format") if isinstance(template, Mapping) else template
    form = form.get("kind") if isinstance(form, Mapping) else form
    if form not in (None, "jinja2", "mustache"):
        raise CannotSay(f"template {str(form)[:40]}")
    chat = Chat(notes, mustache if form == "mustache" else jinja)
    # Marked before roles are looked for, as a line of such a loop looks like one.
    text = _HISTORY.sub(lambda found: _kept_lines(found[0], _MARK.format(found[2])), parts.body)
    text = _SECTION.sub(lambda found: _kept_lines(found[0], _MARK.format(found[1])), text)
    text = _THREAD.sub(lambda _: _MARK.format("thread"), text)
    for name in threads:
        text = re.sub(rf"\{{\{{\s*{re.escape(name)}\s*\}}\}}", _MARK.format(name).replace("\\", ""), text)
    for role, said, line in _messages(text):
        for number, part in enumerate(re.split(r"\0history:(\w+)\0", said)):
            if number % 2:
                chat.placeholder(part, ["body", line], optional=True)
            elif part.strip():
                try:
                    chat.said(role, chat.convert(part.strip()), ["body", line])
                except CannotSay as error:
                    for item in error.faults:
                        item.line += line - 1
                    chat.cannot(error, ["body"])
        if found := _IMAGE.search(said):
            at = line + said.count("\n", 0, found.start())
            notes.changed(["body", at], "an image there, text here", line=parts.first + at - 1)
    return chat.body(given)


def _kept_lines(old: str, new: str) -> str:
    """The new text with as many line ends as the old one, so that lines below stay what they are."""
    return new + "\n" * old.count("\n")


def _messages(text: str) -> Iterator[tuple[str, str, int]]:
    """Role, text and line of each message."""
    # Prompty's own rule: what comes before a role is said by the system.
    role, start, line = "system", 0, 1
    for found in [*_ROLE.finditer(text), None]:
        end = found.start() if found else len(text)
        said = text[start:end]
        lead = len(said) - len(said.lstrip())
        if said.strip():
            yield role, said[lead:], line + said.count("\n", 0, lead)
        if found:
            role, start = found[1].lower(), found.end()
            line = text.count("\n", 0, start) + 1


def _sample(request: Request, name: str, given: Any, body: Mapping[str, Any], notes: Notes) -> list[NewCases]:
    """The sample as one row."""
    if isinstance(given, str):
        given = from_file(f"${{file:{given}}}", request, notes, ["sample"])
    if not isinstance(given, Mapping) or not given:
        return []
    inputs = body.get("inputs", {})
    row = {key: value for key, value in given.items() if key in inputs}
    for key in given:
        if key not in inputs:
            notes.left(["sample", key], f"{key[:40]}: the prompt does not use it")
    notes.changed(["sample"], "one row without an expectation, so there is no suite")
    return [NewCases(name, [{"id": "sample", "inputs": row}])] if row else []
