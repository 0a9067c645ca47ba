"""``.prompt.yml`` files of GitHub Models: prompt, test data and evaluators become version, dataset and suite.

- ``messages``, ``model``, ``modelParameters``, ``responseFormat``, ``jsonSchema`` and ``tools`` (in OpenAI's
  format or in ours) become version 1.
- Keys of ``testData`` that the messages use become inputs of the cases, the others expectations.
- ``string`` evaluators become ``exact``, ``contains`` or ``regex``; an ``llm`` evaluator becomes a judge,
  which is a prompt of its own; ``github/similarity`` becomes ``token_f1``, other plugins have no equivalent.
- The first three scorers decide, with a floor of 0.5 and a margin of 0.05: choose your own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from cuebook.core.canonical import read_json
from cuebook.core.errors import InvalidFiles, Problem, nearest
from cuebook.core.files import Broken
from cuebook.core.shape_errors import shape_problems
from cuebook.core.templating import variables
from cuebook.core.yaml_files import Document, read_foreign_yaml
from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed
from cuebook.importers._evaluators import Scoring, convert
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes
from cuebook.importers._prompt_yml import PromptYml
from cuebook.importers._rows import Rows, placeholders, plain, read_rows, renamed
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._suite import suite_of
from cuebook.importers._templates import Pieces, Texts, braces
from cuebook.importers._tools import converted
from cuebook.shapes.file_formats import ResponseSchema

FILES = "*.prompt.yml of GitHub Models"


_BARE = {"type", "properties", "items", "anyOf", "$ref"}
"""Keys of a JSON Schema that is written without the mapping around it."""


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for the name of such a file, and ``ours`` where it has a commit message, as a version.

    One that cannot be read has the name alone to tell, so that reading it says why.
    """
    if not path.endswith((".prompt.yml", ".prompt.yaml", "_prompt.yml", "_prompt.yaml")):
        return "no"
    try:
        found = read_foreign_yaml(data, path).data
    except Broken:
        return "mine"
    return "ours" if isinstance(found, dict) and "message" in found else "mine"


def read(request: Request) -> Imported:
    """Version, dataset, suite and judges of a ``.prompt.yml`` file. Raises InvalidFiles."""
    document, shaped, wrong = _shaped(request)
    request = replace(request, name=request.called(plain(shaped.name)))
    notes = Notes(request.path, document)
    notes.problems += wrong
    asked = [f"{item.llm.systemPrompt}\n{item.llm.prompt}" for item in shaped.evaluators if item.llm]
    shaped = _with_rows(shaped, notes)
    # Judges' texts are read along, as a placeholder gets one name for prompt, judges and rows.
    rows = read_rows(shaped.testData, [item.content for item in shaped.messages], asked)
    version = _version(request, shaped, rows, notes)
    scoring = convert(request, shaped.evaluators, rows, notes.say) if rows.rows else Scoring()
    if shaped.evaluators and not rows.rows:
        notes.left(["evaluators"], "there is no test data, so the evaluators were left out")
    message = f"Imported from {request.file}"
    title = " ".join(plain(shaped.name).split())[:400]
    prompt = NewPrompt(request.name, [NewVersion(version, message)], title, shaped.description or "")
    cases = []
    if rows.rows:
        made = _cases(rows, version.get("inputs", {}), scoring)
        places = (["evaluators"], ["testData"])
        cases = [suite_of(request.name, made, scoring.scorers, notes, places)]
    return notes.imported([prompt, *scoring.judges], cases)


def _shaped(request: Request) -> tuple[Document, PromptYml, list[Problem]]:
    """The file, what of it has the format's shape, and what has not. Raises InvalidFiles."""
    try:
        document = read_foreign_yaml(request.data, request.path)
        return document, PromptYml.model_validate(document.data), []
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    except ValidationError as error:
        known = list(PromptYml.model_fields)
        problems = list(shape_problems(error, request.path, document.line, lambda _: known))
        if not isinstance(document.data, dict):
            raise InvalidFiles(problems) from None
        problems, slips = _with_slips(problems, document.data)
        # Read again without what is wrong, so that the rest is looked at and told in the same run.
        faults = [fault["loc"] for fault in error.errors()]
        rest = _without(document.data, [*faults, *((key,) for key in slips)])
    try:
        return document, PromptYml.model_validate(rest), problems
    except ValidationError:
        raise InvalidFiles(problems) from None


def _with_slips(problems: list[Problem], data: Mapping[str, Any]) -> tuple[list[Problem], list[str]]:
    """The problems, a missing key with the one that is written for it; and these keys."""
    strange = [key for key in data if isinstance(key, str) and key not in PromptYml.model_fields]
    told, slips = [], []
    for problem in problems:
        if problem.code == "missing_key" and (slip := nearest(problem.key, strange)):
            slips.append(slip)
            told.append(problem._replace(hint=f"write {problem.key!r} in place of {slip!r}"))
        else:
            told.append(problem)
    return told, slips


_IN_PLACE: dict[str, dict[str, Any]] = {
    "messages": {"role": "user", "content": "-"},
    "evaluators": {"name": "-", "string": {"contains": "-"}},
}
"""Items in place of those that cannot be read, so that the rest of a file is looked at as well."""


def _without(data: Mapping[str, Any], faults: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """The file without the keys that these places are in; items are replaced, so that no other one moves."""
    made = dict(data)
    for key, *more in faults:
        if more and isinstance(made.get(key), list) and isinstance(more[0], int):
            made[key] = [_IN_PLACE.get(key, {}) if at == more[0] else v for at, v in enumerate(made[key])]
        else:
            made.pop(key, None)
    # A file without messages would be refused again for that alone.
    return {"messages": [_IN_PLACE["messages"]], **made}


def _with_rows(shaped: PromptYml, notes: Notes) -> PromptYml:
    """The file with rows as the format has them, where their values are below ``vars``."""
    used = {key for item in shaped.messages for key, _ in placeholders(item.content)}
    nested = {key for row in shaped.testData if isinstance(row.get("vars"), dict) for key in row["vars"]}
    rows = shaped.testData
    # Only where a placeholder asks for what is below it: vars may be a variable's own name.
    if "vars" not in used and used & nested:
        notes.changed(["testData"], "vars: what is below it fills the prompt, as in other tools")
        rows = [
            {key: value for key, value in row.items() if key != "vars"} | row["vars"]
            if isinstance(row.get("vars"), dict)
            else row
            for row in rows
        ]
    return shaped.model_copy(update={"testData": rows})


def _version(request: Request, shaped: PromptYml, rows: Rows, notes: Notes) -> dict[str, Any]:
    for key in shaped.model_extra or {}:
        near = nearest(key, list(PromptYml.model_fields))
        meant = f"; did you mean {near!r}?" if near else "; it was left out"
        notes.left([key], f"the format has no key {key!r}{meant}")
    for index, item in enumerate(shaped.messages):
        for key in item.model_extra or {}:
            notes.left(["messages", index, key], f"a message has no key {key!r} here; it was left out")
    texts = Texts(notes)
    kept = [(index, item) for index, item in enumerate(shaped.messages) if item.content.strip()]
    if not kept:
        notes.wrong(["messages"], "no message has a text", "write one: it is what the model is asked")
    for index, item in enumerate(shaped.messages):
        if not item.content.strip():
            notes.left(["messages", index], f"the {item.role} message is empty")
    for index, item in kept:
        texts.add(["messages", index, "content"], _text(index, item.content, rows, notes))
    filled, form = texts.finish()
    pairs = zip((item for _, item in kept), filled, strict=True)
    messages = [{"role": item.role, "content": text} for item, text in pairs]
    # Some files have the model among its parameters.
    written = shaped.model or shaped.modelParameters.get("model")
    made: dict[str, Any] = {"model": chosen(request, written, notes, ["model"] if written else [])}
    settings = ForeignSettings(notes, request.name)
    settings.take(shaped.modelParameters, ["modelParameters"], {"model"})
    made |= settings.body
    if form != "simple":
        made["templateFormat"] = form
    if used := variables(filled, form):
        made["inputs"] = {name: _input(name, rows, notes) for name in used}
    return {**made, "messages": messages, **_response(request.name, shaped, notes), **_calling(shaped, notes)}


def _calling(shaped: PromptYml, notes: Notes) -> dict[str, Any]:
    """Tools, as OpenAI's format or ours writes them."""
    if not shaped.tools:
        return {}
    tools = converted(shaped.tools, lambda at, what, *, out=False: notes.say(["tools", at], what, out=out))
    choice = shaped.toolChoice
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        choice = choice["function"]
    given = {"toolChoice": choice, "parallelToolCalls": shaped.parallelToolCalls}
    return {"tools": tools, **{key: value for key, value in given.items() if value is not None}}


def _text(index: int, text: str, rows: Rows, notes: Notes) -> Pieces:
    place: list[str | int] = ["messages", index, "content"]
    for key in sorted({key for key, spaced in placeholders(text) if spaced}):
        what = f"GitHub's tools left {{{{ {key} }}}} unfilled because of its spaces; here it is a variable"
        notes.changed(place, what)
    for key in dict.fromkeys(key for key, _ in placeholders(text) if rows.names[key] != key):
        what = f"{{{{{key}}}}} -> {{{{{rows.names[key]}}}}}: names are letters, digits and _"
        notes.changed(place, what)
    return braces(renamed(text, rows.names.__getitem__))


def _input(name: str, rows: Rows, notes: Notes) -> dict[str, Any]:
    if not rows.rows:
        return {"type": "string"}
    lacking = sum(name not in row for row in rows.rows)
    # A type is only sure where all rows have a value.
    if not lacking:
        return {"type": rows.kind(name)}
    few = "no row" if lacking == len(rows.rows) else f"{len(rows.rows) - lacking} of {len(rows.rows)} rows"
    notes.changed(["testData"], f"{few} of the test data has {name!r}; it is empty where it is missing")
    return {"type": "string", "default": ""}


def _response(name: str, shaped: PromptYml, notes: Notes) -> dict[str, Any]:
    if shaped.responseFormat != "json_schema":
        if shaped.jsonSchema is not None:
            what = "jsonSchema without 'responseFormat: json_schema' did nothing; it was left out"
            notes.left(["jsonSchema"], what)
        return {"responseFormat": "json_object"} if shaped.responseFormat == "json_object" else {}
    try:
        given = read_json(shaped.jsonSchema) if isinstance(shaped.jsonSchema, str) else shaped.jsonSchema
        # GitHub's own example has the bare schema, without a name around it.
        if isinstance(given, dict) and "schema" not in given and _BARE & given.keys():
            settings = ForeignSettings(notes, name)
            settings.schema(given, ["jsonSchema"], {})
            called = settings.rest["jsonSchema"]["name"]
            notes.changed(["jsonSchema"], f"the schema is called {called} here, as it has no name of its own")
            return settings.rest
        schema = ResponseSchema.model_validate(given)
    except ValidationError as error:
        known = [field.alias or name for name, field in ResponseSchema.model_fields.items()]
        line = notes.line(["jsonSchema"])
        for problem in shape_problems(error, notes.path, lambda _: line, lambda _: known):
            notes.problems.append(problem._replace(message=f"jsonSchema: {problem.message}"))
        return {}
    except ValueError as error:
        notes.wrong(["jsonSchema"], f"the text of jsonSchema is not JSON: {error}")
        return {}
    kept = schema.model_dump(by_alias=True, exclude_none=True)
    return {"responseFormat": "json_schema", "jsonSchema": kept}


def _cases(rows: Rows, inputs: Mapping[str, Mapping[str, Any]], scoring: Scoring) -> list[dict[str, Any]]:
    # Ids of one length stay in the order of the rows when they are sorted.
    width = max(3, len(str(len(rows.rows))))
    cases = []
    for number, row in enumerate(rows.rows, 1):
        case: dict[str, Any] = {"id": f"case-{number:0{width}}", "inputs": {}}
        for key in inputs:
            if key in row:
                # Of values of several types the input is a string.
                is_text = inputs[key]["type"] == "string"
                case["inputs"][key] = plain(row[key]) if is_text else row[key]
        expected = {key: value for key, value in row.items() if key not in inputs and value is not None}
        expected |= scoring.expected(row)
        cases.append({**case, "expectations": expected} if expected else case)
    return cases
