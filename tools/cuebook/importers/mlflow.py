"""MLflow's prompt registry, as ``--mlflow URI`` reads it through MLflow's own package.

- A version keeps its commit message and time; what its model config and response format say are settings.
- Aliases are aliases, tags become tags of the prompt. Numbers of deleted versions leave no gap here.
- A template is Jinja2 where it has ``{%`` and ``%}``, else ``{{ x }}`` is a variable and all else text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.refs import LATEST, suggest_name
from cuebook.importers._base import (
    FreeNames,
    Imported,
    NewPrompt,
    NewVersion,
    Request,
    Sniffed,
    list_of,
    mapping_of,
    texts_of,
)
from cuebook.importers._chat import Chat, text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place, read_json_source
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import CannotSay, Pieces, braces, jinja, left_out

FILES = "--mlflow URI, or the JSON that such an import keeps"

SCHEMA = "cuebook/mlflow-prompts/1"
"""Names the JSON that ``jobs.mlflow_registry`` makes of a registry: ``prompts`` with their ``versions``.

``first`` is the number that an export of some versions begins with: those before it were not deleted.
"""


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for what was read of a registry."""
    # ``jobs.mlflow_registry`` writes the schema as the first key.
    return "mine" if path.endswith(".json") and SCHEMA.encode() in data[:200] else "no"


def read(request: Request) -> Imported:
    """Return every prompt of a registry. Raises InvalidFiles."""
    source = read_json_source(request.data, request.path)
    data = mapping_of(source.data)
    if data.get("schema") != SCHEMA or not isinstance(data.get("prompts"), list):
        what = "it was not read from an MLflow registry"
        raise InvalidFiles([Problem(request.path, 0, what, "cuebook import --mlflow URI")])
    notes = Notes(request.path)
    made: list[NewPrompt] = []
    names = FreeNames()
    for given in (item for item in data["prompts"] if isinstance(item, Mapping)):
        title = str(given.get("name", ""))
        wanted = request.name if request.name and len(data["prompts"]) == 1 else suggest_name(title)
        name = names.free(wanted)
        if name != wanted:
            notes.changed([title], f"another prompt is called {wanted} here: {name}")
        prompt = _prompt(request, name, title, given, notes)
        made += [prompt] if prompt.versions else []
    return notes.imported(made)


def _prompt(request: Request, name: str, title: str, given: Mapping[str, Any], notes: Notes) -> NewPrompt:
    versions: list[NewVersion] = []
    aliases: dict[str, int] = {}
    astray: dict[str, str] = {}
    tags = dict.fromkeys(_tags(given.get("tags")))
    first = given.get("first")
    before = first - 1 if isinstance(first, int) else 0
    numbered = [
        item
        for item in list_of(given.get("versions"))
        if isinstance(item, Mapping) and isinstance(item.get("version"), int)
    ]
    for item in sorted(numbered, key=lambda item: int(item["version"])):
        number = int(item["version"])
        place = [f"{title}/{number}"]
        # MLflow never gives a number again, so that a gap is a version that was deleted.
        if number > before + 1:
            gone = f"{before + 1}" if number == before + 2 else f"{before + 1} to {number - 1}"
            notes.changed([f"{title}/{gone}"], f"deleted there: {gone}")
        before = number
        version = _version(request, name, number, item, place, notes)
        # MLflow moves the latest by itself; here it is no alias that somebody sets.
        named = [alias for alias in texts_of(item.get("aliases")) if alias != LATEST]
        if version is None:
            astray |= dict.fromkeys(named, str(number))
            continue
        aliases |= dict.fromkeys(named, len(versions))
        tags |= dict.fromkeys(_tags(item.get("tags")))
        versions.append(version)
    return NewPrompt(name, versions, title, tags=list(tags), aliases=aliases, astray=astray)


def _tags(given: Any) -> list[str]:
    pairs = mapping_of(given).items()
    # Tags with these beginnings are MLflow's own notes on how it stores a prompt.
    return [f"{key}:{value}" for key, value in pairs if not str(key).startswith(("mlflow.", "_mlflow"))]


def _version(
    request: Request, name: str, number: int, item: Mapping[str, Any], place: Place, notes: Notes
) -> NewVersion | None:
    settings = ForeignSettings(notes, name)
    config = mapping_of(item.get("model_config"))
    settings.take(config, [*place, "model_config"], {"provider", "model_name", "model"})
    if isinstance(item.get("response_format"), Mapping):
        settings.response(item["response_format"], [*place, "response_format"])
        # MLflow's response format is a bare schema, whose name is made here.
        named = settings.rest.get("jsonSchema", {}).get("name")
        if named:
            notes.changed([*place, "response_format"], f"the schema is named {named} here")
    try:
        body = _said(item.get("template"), place, notes)
    except CannotSay as error:
        left_out(notes, error, place, "the whole version")
        return None
    model, provider = config.get("model_name") or config.get("model"), config.get("provider")
    written = f"{provider}/{model}" if provider and model and "/" not in str(model) else model
    return NewVersion(
        {"model": chosen(request, written, notes, [*place, "model_config"]), **body, **settings.body},
        str(item.get("commit_message") or f"Imported from mlflow, version {number}"),
        str(number),
        author=str(item["author"]) if item.get("author") else None,
        created=str(item["created"]) if item.get("created") else None,
    )


def _said(template: Any, place: Place, notes: Notes) -> dict[str, Any]:
    """The text or the messages of a version. Raises CannotSay."""

    def convert(text: str) -> Pieces:
        # MLflow's own rule for which engine fills a template.
        return jinja(text) if "{%" in text and "%}" in text else braces(text)

    if isinstance(template, str):
        return text_body(convert(template), notes, place)
    if not isinstance(template, list):
        raise CannotSay(f"a template that is neither a text nor messages: {json.dumps(template)[:40]}")
    chat = Chat(notes, convert)
    for index, message in enumerate(template):
        chat.message(message, [*place, index])
    return chat.body()
