"""OpenAI's prompt objects, copied by hand from its dashboard, and bodies of requests to its API.

- ``{"openai_prompt_id", "name", "production_version", "versions": [{"version", "messages", "config"}]}``:
  each version is one here, ``production_version`` the alias ``production``. ``config`` has the API's names.
- A body with ``model`` and ``instructions``, ``input`` or ``messages`` is one version.
- A reference alone (``pmpt_...``) has no text, and no API gives it: the error says what to fill.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken
from cuebook.core.json_places import read_json_file
from cuebook.core.refs import PRODUCTION
from cuebook.importers._base import (
    Imported,
    NewPrompt,
    NewVersion,
    Request,
    Sniffed,
    in_order,
    list_of,
    mapping_of,
)
from cuebook.importers._chat import Chat
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place, read_json_source
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import CannotSay, braces, left_out

FILES = "*.json of an OpenAI prompt object, or of a request's body"

_ID = "openai_prompt_id"
_SKELETON = {
    _ID: "pmpt_...",
    "name": "My prompt",
    "production_version": "2",
    "versions": [
        {
            "version": "1",
            "messages": [{"role": "developer", "content": "..."}],
            "config": {"model": "gpt-6-luna", "max_output_tokens": 300},
        }
    ],
}


_TAKEN_APART = {_ID, "name", "model", "input", "instructions", "messages", "prompt", "stream"}
"""Keys of a request that are read on their own; all others are settings."""


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` where it names a prompt object, ``maybe`` where it may be the body of a request."""
    # A cheap look before JSON is read: a folder may hold many large files.
    if not path.endswith(".json") or not (b"pmpt_" in data or b'"model"' in data):
        return "no"
    try:
        found = read_json_file(data, path).data
    except Broken:
        # A slip in what people filled in by hand is reported with its line, as ours.
        return "mine" if _ID.encode() in data else "no"
    if not isinstance(found, Mapping):
        return "no"
    if _ID in found or _reference(found):
        return "mine"
    return "maybe" if "model" in found and {"input", "instructions", "messages"} & found.keys() else "no"


def _reference(body: Mapping[str, Any]) -> str:
    """The prompt object that a body names in place of a text."""
    given = body.get("prompt", body)
    if not isinstance(given, Mapping):
        return ""
    named = str(given.get("id") or given.get("prompt_id") or "")
    # Alone, as it stands in code; a response that was copied has an id, too.
    return named if "prompt" in body or named.startswith("pmpt_") else ""


def read(request: Request) -> Imported:
    """Return the versions of a prompt object or of a request's body. Raises InvalidFiles."""
    source = read_json_source(request.data, request.path)
    body = source.data
    if not isinstance(body, Mapping):
        raise InvalidFiles([Problem(request.path, 1, "a prompt object is a JSON object", _fill())])
    has_text = isinstance(body.get("versions"), list) or {"input", "instructions", "messages"} & body.keys()
    if not has_text:
        named = _reference(body) or str(body.get(_ID) or "")
        what = f"{named[:60] or 'the file'} is only a reference: there is no text of the prompt in it"
        raise InvalidFiles([Problem(request.path, source.line(["prompt"]), what, _fill())])
    notes = Notes(request.path, source)
    if isinstance(body.get("versions"), list):
        return _versions(request, body, notes)
    title = str(body.get("name") or "")
    name = request.called(title)
    # Text beside a reference is sent after it, so what is here is only a part of what was asked.
    if "prompt" in body and (reference := _reference(body)):
        notes.left(["prompt"], f"{reference}: its text is not in the body")
    made = _one(request, body, notes, [], name)
    if made is None:
        # The only version: what leaves it out leaves nothing to import.
        for note in [item for item in notes.notes if item.whole]:
            notes.notes.remove(note)
            notes.wrong([], note.message, line=note.line)
        return notes.imported()
    version = NewVersion(made, f"Imported from {body.get(_ID) or request.file}")
    return notes.imported([NewPrompt(name, [version], title)])


def skeleton(prompt_id: str = "pmpt_...") -> str:
    """Return the JSON that people fill with what OpenAI's dashboard shows of a prompt object."""
    return json.dumps({**_SKELETON, _ID: prompt_id})


def _fill() -> str:
    shown = skeleton()
    return f"copy the text of its versions from OpenAI's dashboard into a file such as {shown}"


def _versions(request: Request, body: Mapping[str, Any], notes: Notes) -> Imported:
    title = str(body.get("name") or "")
    name = request.called(title)
    source = str(body.get(_ID) or request.file)
    made: list[NewVersion] = []
    aliases: dict[str, int] = {}
    given = [(index, item) for index, item in enumerate(body["versions"]) if isinstance(item, Mapping)]
    for index, item in sorted(given, key=lambda pair: in_order(pair[1].get("version"))):
        theirs = str(item.get("version", index + 1))
        place: Place = ["versions", index]
        # As the body of a request, so that one reader does for both.
        flat = {**mapping_of(item.get("config")), "messages": item.get("messages")}
        version = _one(request, flat, notes, place, name, nested=True)
        if version is None:
            continue
        if theirs == str(body.get("production_version")):
            aliases[PRODUCTION] = len(made)
        message = f"Imported from {source}, version {theirs}"
        made.append(NewVersion(version, message, theirs, line=notes.line(place)))
    if not made:
        notes.wrong(
            ["versions"], "no version of it can be taken", notes.notes[-1].message if notes.notes else _fill()
        )
        return notes.imported()
    live = body.get("production_version")
    astray = {PRODUCTION: str(live)} if live is not None and not aliases else {}
    return notes.imported([NewPrompt(name, made, title, aliases=aliases, astray=astray)])


def _one(
    request: Request, body: Mapping[str, Any], notes: Notes, place: Place, name: str, *, nested: bool = False
) -> dict[str, Any] | None:
    """What one version says; None where it cannot be taken, which is noted."""
    at = [*place, "config"] if nested else place
    settings = ForeignSettings(notes, name)
    settings.take(body, at, _TAKEN_APART)
    chat = Chat(notes, braces)
    try:
        for where, item in _items(body, place):
            chat.message(item, where)
        said = chat.body()
    except CannotSay as error:
        left_out(notes, error, place, "the whole version")
        return None
    return {"model": chosen(request, body.get("model"), notes, [*at, "model"]), **said, **settings.body}


def _items(body: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """The messages of a body, instructions first. Raises CannotSay for items that are none."""
    # The API puts instructions before all input.
    if isinstance(body.get("instructions"), str):
        yield [*place, "instructions"], {"role": "system", "content": body["instructions"]}
    for key in ("messages", "input"):
        given = body.get(key)
        if isinstance(given, str):
            yield [*place, key], {"role": "user", "content": given}
        for index, item in enumerate(list_of(given)):
            # Calls, results and reasoning of a conversation that was going on: a prompt begins one.
            if not isinstance(item, Mapping) or item.get("type", "message") not in {"message", "chatmessage"}:
                kind = item.get("type") if isinstance(item, Mapping) else item
                raise CannotSay(f"{str(kind)[:40]}: an item that is not a message")
            yield [*place, key, index], item
