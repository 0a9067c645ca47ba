"""Dotprompt files (``.prompt``): front matter and Handlebars become one version.

- Without ``{{role}}`` the text is a text prompt, with it messages; ``{{history}}`` is the conversation.
- ``if``, ``unless``, ``each``, ``with``, ``ifEquals`` and ``json`` become Jinja2; partials of the folder are
  written out; a file with any other helper is left out.
- ``input.schema`` gives types and ``input.default`` defaults; ``output`` the response format (Picoschema).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed, mapping_of
from cuebook.importers._chat import Chat, text_body
from cuebook.importers._front_matter import Parts, has_front_matter, take_apart
from cuebook.importers._handlebars import Converted, Mark, handlebars
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place
from cuebook.importers._picoschema import SCALARS, NoSchema, schema_of
from cuebook.importers._schema_inputs import inputs_of_schema
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import CannotSay, left_out, plain

FILES = "*.prompt of dotprompt"

_SAID = {
    "model",
    "config",
    "input",
    "output",
    "tools",
    "metadata",
    "name",
    "variant",
    "version",
    "description",
}


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for a ``.prompt`` with front matter, ``maybe`` without, ``no`` for a partial."""
    file = path.rpartition("/")[2]
    # A name that begins with _ is a partial, which only other files include.
    if not file.endswith(".prompt") or file.startswith("_"):
        return "no"
    # Front matter is at the top, so that the rest need not be decoded.
    return "mine" if has_front_matter(data[:100_000].decode("utf-8", "replace")) else "maybe"


def read(request: Request) -> Imported:
    """Return the file as version 1 of a prompt. Raises InvalidFiles."""
    parts = take_apart(request.data, request.path)
    notes = Notes(request.path, parts)
    name = request.called(_name_with_variant(request.file))
    settings = ForeignSettings(notes, name)
    given = _inputs(parts, notes)
    _output(parts, settings, notes)
    settings.take(mapping_of(parts.data.get("config")), ["config"])
    tools = parts.data.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else [tools] if tools else []):
        # Tools are named there, and defined in code that is not at hand.
        notes.left(["tools", index], f"tools: {str(tool)[:40]} is a function of the app's code")
    for key in parts.data:
        if key not in _SAID:
            notes.left([key], "no equivalent", key=key[:40])
    model = chosen(request, parts.data.get("model"), notes, ["model"])
    try:
        found = handlebars(parts.body.removesuffix("\n"), lambda asked: _partial(request, asked))
        body = _said(found, given, notes)
        # What is written as JSON is data: a text would only get quotes by it.
        for spec in (body["inputs"][name] for name in found.written_as_json & set(body.get("inputs", ()))):
            spec["type"] = "object" if spec["type"] == "string" else spec["type"]
    except CannotSay as error:
        left_out(notes, error, ["body"], "the whole file", parts.first)
        return notes.imported()
    for what, line in found.changed.items():
        notes.changed(["body"], what, line=parts.first + line - 1)
    version = NewVersion({"model": model, **body, **settings.body}, f"Imported from {request.file}")
    described = parts.data.get("description")
    return notes.imported([NewPrompt(name, [version], description=str(described or ""))])


def _name_with_variant(file: str) -> str:
    """``joke-formal`` for ``joke.formal.prompt``; a number before the name is none of it."""
    parts = file.removesuffix(".prompt").split(".")
    return "-".join(parts[1:] if parts[0].isdecimal() and len(parts) > 1 else parts)


def _partial(request: Request, name: str) -> str | None:
    """The text of a partial that is beside the file, without its front matter."""
    data = request.beside.read(f"_{name}.prompt")
    return take_apart(data, f"_{name}.prompt").body if data is not None else None


def _inputs(parts: Parts, notes: Notes) -> dict[str, dict[str, Any]]:
    """What the front matter says of each variable."""
    given = mapping_of(parts.data.get("input"))
    default = mapping_of(given.get("default"))
    made: dict[str, dict[str, Any]] = {}
    schema = given.get("schema")
    # Such a schema is looked up in the app's registry when it runs, so its fields are not known here.
    if _is_name(schema):
        notes.left(["input", "schema"], f"{str(schema)[:40]} is a schema of the app's code")
    elif schema is not None:
        found = _schema(schema, ["input", "schema"], notes)
        if found is None:
            return {}
        made = inputs_of_schema(found, schema, default, notes)
    for name, value in default.items():
        made.setdefault(name, {})["default"] = value
    return made


def _is_name(schema: Any) -> bool:
    """Whether it names a schema that an app registers, and is none itself."""
    return isinstance(schema, str) and schema.partition(",")[0].strip() not in SCALARS


def _schema(given: Any, place: Place, notes: Notes) -> dict[str, Any] | None:
    """The JSON Schema of a Picoschema; None for what is none, of which every fault is a problem."""
    try:
        return schema_of(given, place)
    except NoSchema as error:
        for what, at in error.faults:
            notes.wrong(at, what)
        return None


def _output(parts: Parts, settings: ForeignSettings, notes: Notes) -> None:
    """The response format."""
    given = parts.data.get("output")
    if not isinstance(given, Mapping):
        return
    for key in given:
        if key not in {"schema", "format"}:
            notes.left(
                ["output", key], "no equivalent; the output is described under schema", key=str(key)[:40]
            )
    schema, form = given.get("schema"), given.get("format", "json" if given.get("schema") else "text")
    if form not in ("json", "text"):
        notes.left(["output", "format"], f"format {str(form)[:40]}: no equivalent")
    elif _is_name(schema):
        notes.left(
            ["output", "schema"], f"{str(schema)[:40]} is a schema of the app's code: JSON is asked for"
        )
        settings.response("json", ["output"])
    elif schema is not None:
        made = _schema(schema, ["output", "schema"], notes)
        if made is not None:
            settings.schema(made, ["output", "schema"], {})
        if made is not None and made != schema:
            notes.changed(["output", "schema"], "Picoschema -> JSON Schema")
    elif form == "json":
        settings.response("json", ["output"])


def _said(found: Converted, given: Mapping[str, Mapping[str, Any]], notes: Notes) -> dict[str, Any]:
    """The keys of a version that say its text or messages. Raises CannotSay."""
    for part in found.parts:
        if isinstance(part, Mark) and part.kind in {"media", "section"}:
            notes.left(["body", part.line], f"{part.kind} {part.value[:40]}: only texts are kept")
    kept = [
        part for part in found.parts if not (isinstance(part, Mark) and part.kind in {"media", "section"})
    ]
    if not any(isinstance(part, Mark) for part in kept):
        pieces = [piece for part in kept if isinstance(part, list) for piece in part]
        return text_body(pieces, notes, ["body"], given)
    chat = Chat(notes, plain)
    # Dotprompt gives text before the first mark to the user, and text after the conversation to the model.
    role, pieces = "user", []
    # The mark at the end finishes the last message as any other mark does.
    for part in [*kept, Mark("role", "end", 0)]:
        if isinstance(part, list):
            pieces += part
            continue
        # Dotprompt drops messages of spaces alone, such as the line ends between two marks.
        if any(piece.name or piece.code or piece.text.strip() for piece in pieces):
            chat.said(role, pieces, ["body"])
        pieces = []
        if part.kind == "history":
            chat.placeholder("history", ["body", part.line], optional=True)
            role = "assistant"
        else:
            role = part.value
    return chat.body(given)
