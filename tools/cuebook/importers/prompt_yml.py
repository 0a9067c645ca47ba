"""``.prompt.yml`` files of GitHub Models: prompt, test data and evaluators become version, dataset and suite.

- ``messages``, ``model``, ``modelParameters``, ``responseFormat``, ``jsonSchema`` and ``tools`` (in OpenAI's
  format or in ours) become version 1.
- Keys of ``testData`` that the messages use become inputs of the cases, the others expectations.
- ``string`` evaluators become ``exact``, ``contains`` or ``regex``; an ``llm`` evaluator becomes a judge,
  which is a prompt of its own; ``github/similarity`` becomes ``token_f1``, other plugins have no equal.
- The first three scorers decide, with a floor of 0.5 and a margin of 0.05: choose your own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cuebook import scorers
from cuebook.core.canonical import read_json
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken
from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.shape_errors import shape_problems
from cuebook.core.templating import template_problems, variables
from cuebook.core.yaml_files import Document, dump_yaml, read_yaml
from cuebook.gate.sample_size import PRIOR_SD, cases_needed
from cuebook.importers._base import Imported, Request, json_lines
from cuebook.importers._evaluators import Scoring, convert
from cuebook.importers._models import model_id
from cuebook.importers._prompt_yml import PromptYml
from cuebook.importers._rows import Rows, placeholders, plain, read_rows, renamed
from cuebook.importers._tools import converted
from cuebook.registry.paths import version_path
from cuebook.shapes._defaults import LEAST_KAPPA, MARGIN
from cuebook.shapes.file_formats import Parameters, ResponseSchema

FILES = "*.prompt.yml of GitHub Models"

FLOOR, DECIDING = 0.5, 3
"""The gate that an imported suite starts with."""


def sniff(path: str, data: bytes) -> bool:
    """Whether it is called as such a file and has not, as a version of ours, a commit message.

    One that cannot be read has the name alone to tell, so that reading it says why.
    """
    if not path.endswith((".prompt.yml", ".prompt.yaml", "_prompt.yml", "_prompt.yaml")):
        return False
    try:
        found = read_yaml(data, path).data
    except Broken:
        return True
    return not (isinstance(found, dict) and "message" in found)


def read(request: Request) -> Imported:
    """Version, dataset, suite and judges of a ``.prompt.yml`` file. Raises InvalidFiles."""
    document, shaped = _shaped(request)
    notes = _Notes(document)
    asked = [f"{item.llm.systemPrompt}\n{item.llm.prompt}" for item in shaped.evaluators if item.llm]
    rows = read_rows(shaped.testData, [item.content for item in shaped.messages], asked)
    version = _version(request, shaped, rows, notes)
    notes.stop_if_wrong()
    scoring = convert(request, shaped.evaluators, rows, notes.warn) if rows.rows else Scoring()
    if shaped.evaluators and not rows.rows:
        notes.warn(["evaluators"], "there is no test data, so the evaluators were left out")
    notes.stop_if_wrong()
    files = {version_path(request.name, 1): dump_yaml(version, "prompt-version")}
    files[f"prompts/{request.name}/meta.yml"] = dump_yaml(_meta(request.name, shaped), "meta")
    if rows.rows:
        files |= _evals(request.name, version, rows, scoring, notes)
    return Imported(files | scoring.judges, sorted(notes.problems, key=lambda problem: problem.line))


class _Notes:
    """Problems of the file, each at the line of a place in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def warn(self, place: Sequence[str | int], what: str, cure: str = "") -> None:
        """Something that could not be kept as it was."""
        line = self.document.line(place)
        self.problems.append(Problem(self.document.path, line, what, cure, "warning"))

    def wrong(self, place: Sequence[str | int], what: str, cure: str = "", *, further: int = 0) -> None:
        """Something that keeps the file from being imported."""
        line = self.document.text_line(place) if further else self.document.line(place)
        self.problems.append(Problem(self.document.path, line + max(0, further - 1), what, cure))

    def stop_if_wrong(self) -> None:
        """Raise InvalidFiles when anything was wrong."""
        if any(problem.severity == "error" for problem in self.problems):
            raise InvalidFiles(self.problems)


def _shaped(request: Request) -> tuple[Document, PromptYml]:
    try:
        document = read_yaml(request.data, request.path)
        return document, PromptYml.model_validate(document.data)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    except ValidationError as error:
        known = list(PromptYml.model_fields)
        raise InvalidFiles(shape_problems(error, request.path, document.line, lambda _: known)) from None


def _version(request: Request, shaped: PromptYml, rows: Rows, notes: _Notes) -> dict[str, Any]:
    for key in shaped.model_extra or {}:
        notes.warn([key], f"the format has no key {key!r}; it was left out")
    for index, item in enumerate(shaped.messages):
        for key in item.model_extra or {}:
            notes.warn(["messages", index, key], f"a message has no key {key!r} here; it was left out")
    messages = [
        {"role": item.role, "content": _text(index, item.content, rows, notes)}
        for index, item in enumerate(shaped.messages)
    ]
    made: dict[str, Any] = {
        "message": f"Imported from {_one_line(request.path.rpartition('/')[2])}",
        "model": _model(request, shaped, notes),
    }
    if parameters := _parameters(shaped, notes):
        made["modelParameters"] = parameters
    notes.stop_if_wrong()
    used = variables([item["content"] for item in messages])
    if used:
        made["inputs"] = {name: _input(name, rows, notes) for name in used}
    return {**made, "messages": messages, **_response(shaped, notes), **_calling(shaped, notes)}


def _calling(shaped: PromptYml, notes: _Notes) -> dict[str, Any]:
    """Tools, as OpenAI's format or ours writes them."""
    if not shaped.tools:
        return {}
    tools, changed = converted(shaped.tools)
    for index, what in changed:
        notes.warn(["tools", index], what)
    choice = shaped.toolChoice
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        choice = choice["function"]
    given = {"toolChoice": choice, "parallelToolCalls": shaped.parallelToolCalls}
    return {"tools": tools, **{key: value for key, value in given.items() if value is not None}}


def _text(index: int, text: str, rows: Rows, notes: _Notes) -> str:
    place: list[str | int] = ["messages", index, "content"]
    for key in sorted({key for key, spaced in placeholders(text) if spaced}):
        what = f"GitHub's tools left {{{{ {key} }}}} unfilled because of its spaces; here it is a variable"
        notes.warn(place, what)
    for key in dict.fromkeys(key for key, _ in placeholders(text) if rows.names[key] != key.lstrip(".")):
        notes.warn(
            place, f"{{{{{key}}}}} is called {{{{{rows.names[key]}}}}} now: names are letters, digits and _"
        )
    made = renamed(text, rows.names.__getitem__)
    for line, what, cure in template_problems(made):
        notes.wrong(place, what, cure, further=line)
    return made


def _model(request: Request, shaped: PromptYml, notes: _Notes) -> str:
    if request.model:
        return request.model
    if shaped.model is None:
        notes.wrong([], "the file names no model", "choose one: --model openai/gpt-6-luna")
        return ""
    found, what = model_id(shaped.model)
    if found:
        notes.warn(["model"], what, "choose another: --model ID")
    else:
        notes.wrong(["model"], what, "choose one: --model openai/gpt-6-luna")
    return found


def _parameters(shaped: PromptYml, notes: _Notes) -> dict[str, Any]:
    known: dict[str, Any] = {}
    spelt: dict[str | int, str | int] = {}
    for name, value in shaped.modelParameters.items():
        if (ours := _camel_case(name)) in ALLOWED_PARAMETERS:
            known[ours], spelt[ours] = value, name
        else:
            notes.warn(["modelParameters", name], f"parameter {name!r} was left out: a version cannot set it")
    try:
        return Parameters.model_validate(known).model_dump(exclude_none=True)
    except ValidationError as error:
        notes.problems += shape_problems(
            error,
            notes.document.path,
            lambda place: notes.document.line(
                ["modelParameters", *(spelt.get(step, step) for step in place)]
            ),
            lambda _: ALLOWED_PARAMETERS,
        )
        return {}


def _camel_case(name: str) -> str:
    """``maxTokens`` for ``max_tokens``, which is the commoner spelling in these files."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _input(name: str, rows: Rows, notes: _Notes) -> dict[str, Any]:
    if not rows.rows:
        return {"type": "string"}
    lacking = sum(name not in row for row in rows.rows)
    if not lacking:
        return {"type": rows.kind(name)}
    few = "no row" if lacking == len(rows.rows) else f"{len(rows.rows) - lacking} of {len(rows.rows)} rows"
    notes.warn(["testData"], f"{few} of the test data has {name!r}; it is empty where it is missing")
    return {"type": "string", "default": ""}


def _response(shaped: PromptYml, notes: _Notes) -> dict[str, Any]:
    if shaped.responseFormat != "json_schema":
        if shaped.jsonSchema is not None:
            what = "jsonSchema without 'responseFormat: json_schema' did nothing; it was left out"
            notes.warn(["jsonSchema"], what)
        return {"responseFormat": "json_object"} if shaped.responseFormat == "json_object" else {}
    try:
        given = read_json(shaped.jsonSchema) if isinstance(shaped.jsonSchema, str) else shaped.jsonSchema
        schema = ResponseSchema.model_validate(given)
    except ValidationError as error:
        known = [field.alias or name for name, field in ResponseSchema.model_fields.items()]
        line = notes.document.line(["jsonSchema"])
        for problem in shape_problems(error, notes.document.path, lambda _: line, lambda _: known):
            notes.problems.append(problem._replace(message=f"jsonSchema: {problem.message}"))
        return {}
    except ValueError as error:
        notes.wrong(["jsonSchema"], f"the text of jsonSchema is not JSON: {error}")
        return {}
    kept = schema.model_dump(by_alias=True, exclude_none=True)
    return {"responseFormat": "json_schema", "jsonSchema": kept}


def _meta(name: str, shaped: PromptYml) -> dict[str, Any]:
    title = _one_line(plain(shaped.name)) or name.replace("-", " ").capitalize()
    meta: dict[str, Any] = {"title": title}
    if shaped.description:
        meta["description"] = shaped.description
    return {**meta, "owners": [], "tags": ["imported"]}


def _one_line(text: str) -> str:
    return " ".join(text.split())[:400]


def _evals(
    name: str, version: Mapping[str, Any], rows: Rows, scoring: Scoring, notes: _Notes
) -> dict[str, bytes]:
    folder = f"evals/{name}"
    inputs = version.get("inputs", {})
    files = {f"{folder}/dataset.jsonl": json_lines(_cases(rows, inputs, scoring))}
    if not scoring.scorers:
        what = "no evaluator could be kept, so there is no suite yet"
        notes.warn(["evaluators"], what, f"write {folder}/suite.yml with a scorer that fits")
        return files
    metrics = {label: {"margin": MARGIN, "floor": FLOOR} for label in scoring.labels[:DECIDING]}
    gate: dict[str, Any] = {"metrics": metrics}
    asked = [item["judge"] for item in scoring.scorers if "judge" in item]
    if refs := [judge["prompt"] for judge in asked if judge["as"] in metrics]:
        gate["judges"] = {"min_kappa": LEAST_KAPPA}
        what = f"{refs[0]} only advises until its grades agree with people's"
        notes.warn(["evaluators"], what, f"grade answers in evals/{refs[0].partition('/')[0]}/labels.jsonl")
    suite = {"prompt": name, "dataset": "dataset.jsonl", "scorers": scoring.scorers, "gate": gate}
    if len(scoring.labels) > DECIDING:
        what = f"at most {DECIDING} scorers decide; {', '.join(scoring.labels[DECIDING:])} are reported only"
        notes.warn(["evaluators"], what, f"choose under gate.metrics in {folder}/suite.yml")
    kinds = [
        scorers.find(next(iter(item)) if isinstance(item, dict) else item).kind for item in scoring.scorers
    ]
    aim = max(cases_needed(MARGIN, PRIOR_SD[kind], len(metrics)) for kind in kinds)
    if len(rows.rows) < aim:
        what = f"{len(rows.rows)} rows are too few to tell a small loss from none"
        notes.warn(["testData"], what, f"with a margin of {MARGIN} aim at {aim} cases")
    return {**files, f"{folder}/suite.yml": dump_yaml(suite, "suite")}


def _cases(rows: Rows, inputs: Mapping[str, Mapping[str, Any]], scoring: Scoring) -> list[dict[str, Any]]:
    width = max(3, len(str(len(rows.rows))))
    cases = []
    for number, row in enumerate(rows.rows, 1):
        case: dict[str, Any] = {"id": f"case-{number:0{width}}", "inputs": {}}
        for key in inputs:
            if key in row:
                case["inputs"][key] = _fitting(row[key], inputs[key]["type"])
        expected = {key: value for key, value in row.items() if key not in inputs and value is not None}
        expected |= scoring.expected(row)
        cases.append({**case, "expectations": expected} if expected else case)
    return cases


def _fitting(value: Any, kind: str) -> Any:
    return plain(value) if kind == "string" else value
