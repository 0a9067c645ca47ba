"""Langfuse's prompts and dataset items, as its API and exports give them (JSON or JSON Lines).

- ``{"name", "version", "type", "prompt", "config", "labels", "tags", "commitMessage"}``, alone, in a list, or
  under ``prompts`` or ``data``: each is a version of the prompt of its name, in the order of their numbers.
- Labels are aliases, ``config`` settings by the API's names, a placeholder is the conversation so far; a
  reference to another prompt is written out where the export has that prompt.
- ``{"dataset", "items"}`` are rows; scores belong to traces and are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cuebook.core.canonical import read_json
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import MAX_FILE
from cuebook.core.format import plural
from cuebook.core.json_lines import read_jsonl
from cuebook.core.refs import LATEST, suggest_name
from cuebook.importers._base import (
    FreeNames,
    Imported,
    NewCases,
    NewPrompt,
    NewVersion,
    Request,
    Sniffed,
    case_id,
    in_order,
    list_of,
    mapping_of,
    tags_of,
    texts_of,
)
from cuebook.importers._chat import Chat, text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place, SourceFile, read_json_source
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import CannotSay, braces, left_out

FILES = "*.json or *.jsonl of Langfuse: prompts, or a dataset with its items"

# What Langfuse's own interface inserts for a prompt within a prompt.
_REFERENCE = re.compile(r"@@@langfusePrompt:name=([^|@]+)\|(label|version)=([^|@]+)@@@")
_DEEPEST = 5
"""References within references: prompts that refer to each other would never end."""
_MOST_REFERENCES = 200
"""References of one text that are written out, those inside of others among them."""
# Keys that are read, or tell of the place in Langfuse and not of the prompt.
_KNOWN = {"name", "version", "type", "prompt", "config", "labels", "tags", "commitMessage", "createdAt"} | {
    *("updatedAt", "id", "projectId", "resolutionGraph", "isActive", "lastUpdatedAt")
}


class _Item(NamedTuple):
    place: Place
    data: Mapping[str, Any]


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for prompts or dataset items with the keys of Langfuse."""
    # A cheap look before JSON is read: these keys are in every prompt, or in every item of a dataset.
    if not path.endswith((".json", ".jsonl")) or not re.search(
        rb'"(labels|expectedOutput|commitMessage)"', data
    ):
        return "no"
    try:
        found = _loaded(path, data)
    except InvalidFiles:
        return "no"
    is_one = any(_is_prompt(item.data) for item in _items(found.data)) or _dataset(found.data) is not None
    return "mine" if is_one else "no"


class _Lines(NamedTuple):
    """JSON Lines as one list, whose parts have their lines."""

    data: list[Any]
    numbers: list[int]

    def line(self, place: Place = ()) -> int:
        """The line of a part."""
        return self.numbers[place[0]] if place and isinstance(place[0], int) else 1


def _loaded(path: str, data: bytes) -> SourceFile:
    if path.endswith(".jsonl"):
        found = list(read_jsonl(data, path))
        if problems := [item for item in found if isinstance(item, Problem)]:
            raise InvalidFiles(problems)
        pairs = [item for item in found if not isinstance(item, Problem)]
        return _Lines([value for _, value in pairs], [line for line, _ in pairs])
    return read_json_source(data, path)


def _items(data: Any) -> Iterator[_Item]:
    """Every object that may be a prompt, with its place."""
    if isinstance(data, Mapping) and "prompt" in data:
        yield _Item([], data)
        return
    for key in ("prompts", "data"):
        if isinstance(data, Mapping) and isinstance(data.get(key), list):
            yield from (
                _Item([key, at], item) for at, item in enumerate(data[key]) if isinstance(item, Mapping)
            )
    if isinstance(data, list):
        yield from (_Item([at], item) for at, item in enumerate(data) if isinstance(item, Mapping))


def _is_prompt(item: Mapping[str, Any]) -> bool:
    # Name and prompt alone are in many formats; a label or a number is Langfuse's.
    is_named = isinstance(item.get("name"), str) and bool({"labels", "version"} & item.keys())
    return is_named and "prompt" in item and item.get("type", "text") in ("text", "chat")


def _dataset(data: Any) -> list[Any] | None:
    items = data.get("items", data.get("data")) if isinstance(data, Mapping) else data
    if isinstance(items, list) and any(
        isinstance(item, Mapping) and "expectedOutput" in item for item in items
    ):
        return items
    return None


def read(request: Request) -> Imported:
    """Prompts with their versions, or the rows of a dataset. Raises InvalidFiles."""
    source = _loaded(request.path, request.data)
    notes = Notes(request.path, source)
    items = [item for item in _items(source.data) if _is_prompt(item.data)]
    if items:
        return _prompts(request, items, notes)
    rows = _dataset(source.data)
    if rows is None:
        # A list of prompts, as the API gives it, has their names and no text.
        what = "there is no prompt text in it"
        names = list(source.data)[:5] if isinstance(source.data, Mapping) else []
        cure = "get each prompt by its name, with its text: GET /api/public/v2/prompts/NAME"
        named = f", only names such as {', '.join(map(str, names))}" if names else ""
        raise InvalidFiles([Problem(request.path, 1, f"{what}{named}"[:300], cure)])
    return _rows(request, source.data, rows, notes)


def _prompts(request: Request, items: list[_Item], notes: Notes) -> Imported:
    groups: dict[str, list[_Item]] = {}
    for item in items:
        groups.setdefault(str(item.data["name"]), []).append(item)
    made: list[NewPrompt] = []
    names = FreeNames()
    for title, group in groups.items():
        wanted = request.name if request.name and len(groups) == 1 else suggest_name(title)
        # Two names there may be one here, as a name of ours has small letters and hyphens.
        name = names.free(wanted)
        if name != wanted:
            notes.changed(group[0].place, f"{title[:60]}: another prompt is called {wanted} here: {name}")
        versions: list[NewVersion] = []
        aliases: dict[str, int] = {}
        astray: dict[str, str] = {}
        tags: dict[str, None] = {}
        for item in sorted(group, key=lambda item: in_order(item.data.get("version"))):
            version = _version(request, name, item, items, notes)
            # Langfuse keeps tags for the whole prompt, so those of a version that is left out count, too.
            tags |= dict.fromkeys(str(tag) for tag in texts_of(item.data.get("tags")))
            # Langfuse moves the latest by itself; here it is no alias that somebody sets.
            labels = [str(label) for label in list_of(item.data.get("labels")) if label != LATEST]
            if version is None:
                astray |= dict.fromkeys(labels, str(item.data.get("version", "")))
                continue
            aliases |= dict.fromkeys(labels, len(versions))
            versions.append(version)
        if versions:
            made.append(NewPrompt(name, versions, title, tags=list(tags), aliases=aliases, astray=astray))
    return notes.imported(made)


def _version(request: Request, name: str, item: _Item, among: list[_Item], notes: Notes) -> NewVersion | None:
    place, data = item
    theirs = str(data.get("version", ""))
    for key in data:
        if key not in _KNOWN and data[key] not in (None, [], {}):
            notes.left([*place, key], "no equivalent", key=key[:40])
    config = mapping_of(data.get("config"))
    settings = ForeignSettings(notes, name)
    # Config is any object; the keys of the model are those that people and integrations use.
    settings.take(config, [*place, "config"], {"model", "modelName", "model_name", "provider"})
    try:
        body = _said(data, place, among, notes)
    except CannotSay as error:
        left_out(notes, error, place, f"the whole version {theirs} of {data['name']}"[:200])
        return None
    written = config.get("model") or config.get("modelName") or config.get("model_name")
    provider = config.get("provider")
    if isinstance(provider, str) and isinstance(written, str) and "/" not in written:
        written = f"{provider.lower()}/{written}"
    model = chosen(request, written, notes, [*place, "config"])
    message = data.get("commitMessage")
    # Cut to the second, as versions of ours have it; the API gives UTC.
    created = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(data.get("createdAt")))
    return NewVersion(
        {"model": model, **body, **settings.body},
        str(message) if message else f"Imported from langfuse, version {theirs}",
        theirs,
        created=f"{created[0]}Z" if created else None,
        line=notes.line(place),
    )


def _said(data: Mapping[str, Any], place: Place, among: list[_Item], notes: Notes) -> dict[str, Any]:
    """The text or the messages of a version. Raises CannotSay."""
    prompt = data["prompt"]
    at = [*place, "prompt"]
    if isinstance(prompt, str):
        # Some exports have the list of messages as text.
        if data.get("type") == "chat" and prompt.lstrip().startswith("["):
            try:
                prompt = read_json(prompt)
            except ValueError:
                raise CannotSay("a chat whose messages are not JSON") from None
        else:
            return text_body(braces(_References(among, notes, at).written_out(prompt)), notes, at)
    if not isinstance(prompt, list):
        raise CannotSay("the prompt is neither a text nor a list of messages")
    chat = Chat(notes, braces)
    for index, message in enumerate(prompt):
        where = [*at, index]
        if isinstance(message, Mapping) and message.get("type") == "placeholder":
            chat.placeholder(str(message.get("name")), where, optional=True)
            continue
        if isinstance(message, Mapping) and isinstance(message.get("content"), str):
            try:
                text = _References(among, notes, where).written_out(message["content"])
                chat.message({**message, "content": text}, where)
            except CannotSay as error:
                chat.cannot(error, where)
        else:
            chat.message(message, where)
    return chat.body()


class _References:
    """The prompts that one text refers to, written out within a budget."""

    def __init__(self, among: list[_Item], notes: Notes, place: Place) -> None:
        self.among, self.notes, self.place = among, notes, place
        self.left = _MOST_REFERENCES
        self.size = 0

    def written_out(self, text: str, depth: int = 0) -> str:
        """The text with the prompts that it refers to. Raises CannotSay where one is not in the export."""
        if depth > _DEEPEST:
            raise CannotSay("prompts that refer to each other")
        return _REFERENCE.sub(lambda found: self._one(found[1], found[2], found[3], depth), text)

    def _one(self, name: str, by: str, wanted: str, depth: int) -> str:
        # Counted over the whole text: five levels of ten references each are a hundred thousand.
        self.left -= 1
        for item in self.among:
            numbered = str(item.data.get("version")) == wanted
            has = wanted in list_of(item.data.get("labels")) if by == "label" else numbered
            if item.data.get("name") != name or not has or not isinstance(item.data["prompt"], str):
                continue
            self.size += len(item.data["prompt"])
            if self.left < 0 or self.size > MAX_FILE:
                raise CannotSay("prompts that refer to others too often")
            shown = f"{name}@{wanted}" if by == "label" else f"{name}/{wanted}"
            what = f"reference to {shown} written out as version {item.data.get('version')}"
            self.notes.changed(self.place, what)
            return self.written_out(item.data["prompt"], depth + 1)
        raise CannotSay(f"the prompt {name} is not in the export")


def _rows(request: Request, data: Any, items: list[Any], notes: Notes) -> Imported:
    named = data.get("dataset") if isinstance(data, Mapping) else None
    title = str(named.get("name", "")) if isinstance(named, Mapping) else ""
    key = "items" if isinstance(data, Mapping) and "items" in data else "data"
    start: Place = [key] if isinstance(data, Mapping) else []
    made: list[dict[str, Any]] = []
    ids = FreeNames()
    for index, item in enumerate(items):
        place = [*start, index]
        if not isinstance(item, Mapping):
            continue
        # Langfuse leaves these out of a run.
        if item.get("status") == "ARCHIVED":
            notes.left(place, "archived")
            continue
        own = str(item.get("id") or f"case-{index + 1:03}")
        called = ids.free(case_id(own) or f"case-{index + 1:03}")
        if called != own:
            notes.changed([*place, "id"], f"{own[:60]} -> {called}")
        given, expected = item.get("input"), item.get("expectedOutput")
        row: dict[str, Any] = {
            "id": called,
            # An item may be a bare text; input is what Langfuse calls it.
            "inputs": dict(given) if isinstance(given, Mapping) else {"input": given},
        }
        row |= {"expectations": {"answer": expected}} if expected is not None else {}
        tags = tags_of(item.get("metadata"))
        made.append(row | ({"tags": tags} if tags else {}))
    scores = data.get("scores") if isinstance(data, Mapping) else None
    if isinstance(scores, list) and scores:
        notes.left(["scores"], f"{plural(len(scores), 'score')}: they belong to traces and not to rows")
    return notes.imported(cases=[NewCases(request.called(title), made)])
