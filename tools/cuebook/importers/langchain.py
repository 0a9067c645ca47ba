"""LangChain's prompts as JSON: what its serialiser writes (``"lc": 1``) and the older files with ``_type``.

- ``ChatPromptTemplate``, ``PromptTemplate``, ``StructuredPrompt`` and their messages;
  ``MessagesPlaceholder`` is the conversation so far, ``partial_variables`` are defaults; a sequence of prompt
  and model has settings, too.
- Templates are ``f-string``, ``mustache`` without sections, or ``jinja2``; examples are written out.
- ``not_implemented`` carries no data, so there is nothing to take. Nothing is loaded as a class, and no file
  outside of the folder is read for a ``template_path``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken
from cuebook.core.json_places import read_json_file
from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed, mapping_of
from cuebook.importers._chat import Chat, text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place, read_json_source
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._templates import LANGCHAIN, CannotSay, Pieces, f_string, left_out, plain

FILES = "*.json of LangChain (with lc, or with _type)"

_TYPES = {"prompt", "few_shot", "chat"}
# A message class says its role by its name; ChatMessage has it beside its text.
_ROLES = {
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "ChatMessage": "",
}
# Keys that are read, or say nothing that a version could keep; each other one is noted.
_OWN = {"template", "template_format", "input_variables", "partial_variables", "messages", "_type"} | {
    *("validate_template", "input_types", "optional_variables", "metadata", "tags", "name", "schema_"),
    *("examples", "example_prompt", "prefix", "suffix", "example_separator", "template_path"),
    *("structured_output_kwargs", "prompt"),
}


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for JSON that LangChain wrote."""
    # A cheap look before JSON is read: a folder may hold many large files.
    if not path.endswith(".json") or not (
        b'"lc"' in data or b'"_type"' in data or b'"input_variables"' in data
    ):
        return "no"
    try:
        found = read_json_file(data, path).data
    except Broken:
        return "no"
    if not isinstance(found, Mapping):
        return "no"
    # Older files may lack _type, but no other format has these two keys together.
    is_old = found.get("_type") in _TYPES or {"input_variables", "template"} <= found.keys()
    return "mine" if ("lc" in found and "type" in found) or is_old else "no"


def read(request: Request) -> Imported:
    """Return the prompt as version 1. Raises InvalidFiles."""
    source = read_json_source(request.data, request.path)
    notes = Notes(request.path, source)
    if not isinstance(source.data, Mapping):
        raise InvalidFiles([Problem(request.path, 1, "a prompt of LangChain is a JSON object", "")])
    # Only older files name the prompt; name in those with lc is that of the class.
    name = request.called(str(source.data.get("name") or "") if "_type" in source.data else "")
    reader = _Reader(request, notes, name)
    try:
        body = reader.prompt(source.data, [])
    except CannotSay as error:
        left_out(notes, error, reader.at, "the whole version")
        return notes.imported()
    model = chosen(request, reader.model, notes, reader.at)
    version = NewVersion({"model": model, **body, **reader.settings.body}, f"Imported from {request.file}")
    return notes.imported([NewPrompt(name, [version])])


class _Reader:
    """Reads one prompt; ``at`` is the place that is looked at."""

    def __init__(self, request: Request, notes: Notes, name: str) -> None:
        self.request = request
        self.notes = notes
        self.settings = ForeignSettings(notes, name)
        self.model = ""
        self.at: Place = []

    def prompt(self, data: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """What a prompt says, of either kind of file. Raises CannotSay."""
        self.at = place
        if data.get("type") == "not_implemented":
            shown = str(data.get("id", ["?"])[-1])[:60]
            what = f"not_implemented: the file has no data of {shown}, only its name"
            cure = "write the prompt's text into a file, or save a prompt that LangChain can serialise"
            raise InvalidFiles([Problem(self.request.path, self.notes.line(place), what, cure)])
        # Newer files have what was said below kwargs, older ones at the top.
        kind, inner = _kind(data), mapping_of(data.get("kwargs", data))
        inside = [*place, "kwargs"] if "kwargs" in data else place
        if kind in {"RunnableSequence", "RunnableBinding"}:
            return self._sequence(inner, inside)
        if isinstance(inner.get("llm_chain"), Mapping) or (
            isinstance(inner.get("prompt"), Mapping) and kind == ""
        ):
            chain = inner.get("llm_chain", inner)
            self.notes.left(inside, "a chain or agent: only the prompt in it is taken")
            return self.prompt(chain.get("prompt", chain), [*inside, "prompt"])
        for key in inner:
            if key not in _OWN and inner[key] not in (None, [], {}):
                self.notes.left([*inside, key], "no equivalent", key=key[:40])
        if isinstance(inner.get("schema_"), Mapping):
            self.settings.response(inner["schema_"], [*inside, "schema_"])
        if isinstance(inner.get("messages"), list):
            return self._chat(inner, inside)
        return self._text(inner, inside)

    def _sequence(self, inner: Mapping[str, Any], place: Place) -> dict[str, Any]:
        # A sequence keeps its ends apart from what is between; a binding wraps one step as bound.
        steps = [inner.get("first"), *(inner.get("middle") or ()), inner.get("last"), inner.get("bound")]
        made: dict[str, Any] | None = None
        for step in steps:
            if not isinstance(step, Mapping):
                continue
            kwargs = mapping_of(step.get("kwargs"))
            if "Prompt" in _kind(step):
                made = self.prompt(step, place)
            elif "model" in kwargs or "model_name" in kwargs:
                self.model = str(kwargs.get("model_name") or kwargs.get("model"))
                given = {**kwargs, **(kwargs.get("model_kwargs") or {})}
                # One answer at a time is what is asked for here, so n and streaming say nothing.
                self.settings.take(given, place, {"model", "model_name", "model_kwargs", "n", "streaming"})
            else:
                self.notes.left(place, f"{_kind(step)[:40] or 'a step'}: only prompts and models are kept")
        if made is None:
            raise CannotSay("a sequence without a prompt")
        return made

    def _chat(self, inner: Mapping[str, Any], place: Place) -> dict[str, Any]:
        # f-string is LangChain's default; each message sets its own below.
        chat = Chat(self.notes, f_string)
        optional = inner.get("optional_variables") or ()
        for index, item in enumerate(inner["messages"]):
            self.at = [*place, "messages", index]
            try:
                if not isinstance(item, Mapping):
                    raise CannotSay("a message that is not an object")
                self._message(chat, item, optional)
            except CannotSay as error:
                chat.cannot(error, self.at)
        return chat.body(_defaults(inner.get("partial_variables")))

    def _message(self, chat: Chat, item: Mapping[str, Any], optional: Any) -> None:
        kind, kwargs = _kind(item), mapping_of(item.get("kwargs", item))
        if kind == "MessagesPlaceholder" or "variable_name" in kwargs:
            name = str(kwargs.get("variable_name"))
            chat.placeholder(name, self.at, optional=bool(kwargs.get("optional")) or name in optional)
            return
        # SystemMessage is a fixed text, SystemMessagePromptTemplate one with variables.
        bare = kind.removesuffix("PromptTemplate")
        role = _ROLES.get(bare.removesuffix("Chunk")) or str(kwargs.get("role", ""))
        inner = kwargs.get("prompt")
        if isinstance(inner, list):
            raise CannotSay("a message of several parts")
        if isinstance(inner, Mapping):
            self.at = [*self.at, "kwargs", "prompt"] if "kwargs" in item else self.at
            text, way = self._template(inner)
            chat.convert = way
            chat.message({"role": role, "content": text}, self.at)
        else:
            # A fixed message has no variables: its braces are text.
            chat.convert = plain
            chat.message({"role": role, "content": kwargs.get("content")}, self.at)

    def _template(self, data: Mapping[str, Any]) -> tuple[str, Callable[[str], Pieces]]:
        """The text of a template and the way its variables are written. Raises CannotSay."""
        inner = mapping_of(data.get("kwargs", data))
        text = inner.get("template")
        if text is None and isinstance(inner.get("template_path"), str):
            text = self._file(inner["template_path"])
        if not isinstance(text, str):
            raise CannotSay("a template without a text")
        way = LANGCHAIN.get(str(inner.get("template_format", "f-string")))
        if way is None:
            raise CannotSay(f"template_format {str(inner.get('template_format'))[:40]}")
        return text, way

    def _file(self, path: str) -> str | None:
        data = self.request.read_beside(path)
        if data is None:
            raise CannotSay(f"template_path {path[:60]}: no file below this folder")
        return data.decode("utf-8", "replace")

    def _text(self, inner: Mapping[str, Any], place: Place) -> dict[str, Any]:
        given = _defaults(inner.get("partial_variables"))
        if isinstance(inner.get("examples"), list) and isinstance(inner.get("example_prompt"), Mapping):
            return self._few_shot(inner, place, given)
        text, way = self._template(inner)
        return text_body(way(text), self.notes, [*place, "template"], given)

    def _few_shot(self, inner: Mapping[str, Any], place: Place, given: Mapping[str, Any]) -> dict[str, Any]:
        """Prefix, examples and suffix as one text."""
        text, way = self._template(inner["example_prompt"])
        written = []
        for example in inner["examples"]:
            values = mapping_of(example)
            pieces = way(text)
            # The examples are filled in now, as their values are in the file and not in a case.
            written.append("".join(str(values.get(p.name, "")) if p.name else p.text for p in pieces))
        parts = [
            str(inner.get("prefix") or ""),
            # What an example says is text: its braces are doubled, so that the f-string leaves them alone.
            *(item.replace("{", "{{").replace("}", "}}") for item in written),
            str(inner.get("suffix") or ""),
        ]
        joined = str(inner.get("example_separator", "\n\n")).join(part for part in parts if part)
        self.notes.changed([*place, "examples"], f"{len(written)} examples written out")
        return text_body(f_string(joined), self.notes, place, given)


def _kind(data: Mapping[str, Any]) -> str:
    """The class that an object was, by its name; empty where it names none."""
    names = data.get("id")
    return str(names[-1]) if isinstance(names, list) and names else ""


def _defaults(given: Any) -> dict[str, dict[str, Any]]:
    pairs = mapping_of(given).items()
    # LangChain takes functions as well, such as one that gives the date: these are no defaults.
    return {
        str(name): {"type": "string", "default": value} for name, value in pairs if isinstance(value, str)
    }
