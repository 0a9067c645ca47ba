"""Configs of promptfoo: prompts, providers, tests and asserts become versions, a dataset and a suite.

- Prompts with the same variables are versions of one prompt, in their order; others are prompts of their own.
- The first provider that is a model is that of the versions; all are those of the suite.
- A test is a row: variables that the prompt uses are inputs, the others expectations; a list makes rows.
- Asserts of a kind are read by one scorer: ``contains``, ``exact``, ``regex``, ``json_schema``, ``length``,
  ``latency``, ``cost``; rubrics by a judge, which is a prompt of its own. Code is never run: it is named.
- Nunjucks that Jinja2 has too becomes ``jinja2``; a prompt with anything else of it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken
from cuebook.core.format import place_in_words
from cuebook.core.json_places import read_json_file
from cuebook.core.templating import has_type
from cuebook.core.values import what_is
from cuebook.core.yaml_files import read_foreign_yaml
from cuebook.importers._base import (
    FreeNames,
    Imported,
    NewCases,
    NewPrompt,
    NewVersion,
    Request,
    Sniffed,
    free,
    mapping_of,
    slug,
    tags_of,
)
from cuebook.importers._chat import Chat, text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes, Place, read_source
from cuebook.importers._nunjucks import nunjucks
from cuebook.importers._promptfoo_asserts import Asserts
from cuebook.importers._promptfoo_graders import grader, unused
from cuebook.importers._promptfoo_prompts import ModelProvider, Written, own_name, prompts, providers
from cuebook.importers._promptfoo_rows import Row, RowReader, as_text
from cuebook.importers._rubric import RUBRIC, rubric_judge
from cuebook.importers._settings import ForeignSettings
from cuebook.importers._suite import suite_of
from cuebook.importers._templates import CannotSay, Pieces, left_out

FILES = "promptfooconfig.yaml, or another YAML or JSON of promptfoo"

_NAMED = re.compile(r"promptfooconfig[^/]*\.(ya?ml|json)$")
_PROGRAM = re.compile(r"promptfooconfig[^/]*\.[cm]?[jt]s$")
_SCHEMA = b"promptfoo.dev/config-schema.json"
_BARE = re.compile(r"\s*\{\{-?\s*[\w.]+\s*(\|\s*\w+\s*)*-?\}\}\s*", re.ASCII)
_KNOWN = {"description", "prompts", "providers", "targets", "tests", "scenarios", "defaultTest"} | {
    *("assertionTemplates", "evaluateOptions", "$schema", "redteam", "defaultTestOptions", "schema")
}
MOST_MODELS = 8
"""Models of a suite: as many as ``SuiteFile`` takes."""


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for the name or schema of such a config, ``maybe`` for prompts beside a key of one."""
    # The schema is named in a comment at the top, or in the first key.
    if _NAMED.search(path) or _PROGRAM.search(path) or _SCHEMA in data[:2000]:
        return "mine"
    if not path.endswith((".yaml", ".yml", ".json")) or b"prompts" not in data:
        return "no"
    try:
        read = read_json_file if path.endswith(".json") else read_foreign_yaml
        found = read(data, path).data
    except Broken:
        return "no"
    is_one = isinstance(found, dict) and "prompts" in found and bool(_BESIDE_PROMPTS & found.keys())
    return "maybe" if is_one else "no"


_BESIDE_PROMPTS = {"providers", "targets", "tests", "defaultTest", "scenarios"}
"""Keys of which such a config has one beside its prompts."""


@dataclass
class _Version:
    """A prompt of the config that could be converted."""

    written: Written
    body: dict[str, Any]
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(request: Request) -> Imported:
    """Versions, dataset, suite and judge of a config. Raises InvalidFiles."""
    if _PROGRAM.search(request.path):
        cure = "write it as JSON: JSON.stringify(config), not npx promptfoo export"
        raise InvalidFiles([Problem(request.path, 0, "a program, which is not run", cure)])
    source = read_source(request.data, request.path)
    config = source.data
    if not isinstance(config, Mapping):
        raise InvalidFiles([Problem(request.path, 1, "a config is a mapping with prompts and tests", "")])
    notes = Notes(request.path, source)
    # Noted and not raised, so that what is wrong with the tests is told in the same run.
    if not config.get("prompts") and not request.rows_only:
        what = "there is no prompt in it" + (", but a red-team plan" if "redteam" in config else "")
        notes.wrong(
            ["prompts"], what, "import the config that has the prompts; --dataset-only takes tests alone"
        )
    request = replace(request, name=request.called(own_name(config)))
    for key in config:
        if key not in _KNOWN:
            notes.left([key], "no equivalent", key=key[:40])
    reader = RowReader(config, request.beside, notes)
    rows = reader.rows()
    written = prompts(config, reader, notes)
    asked, programs = providers(config, reader, notes, request.served)
    # Only the defaults put something around every prompt; that of one test would make a prompt of its own.
    around = mapping_of(mapping_of(config.get("defaultTest")).get("options"))
    before, after = (str(around.get(key) or "") for key in ("prefix", "suffix"))
    written = [
        item if item.messages is not None else item._replace(text=f"{before}{item.text}{after}")
        for item in written
    ]
    if request.rows_only:
        notes.left(["prompts"], "prompts: only the tests were asked for")
        cases, _ = _cases(request.name, None, rows, reader, notes, request, {})
        return notes.imported([], cases)
    is_app = _is_app(request, written, asked, notes, programs=programs)
    versions = [made for item in written if (made := _version(item, notes))]
    if config.get("prompts") and not versions:
        notes.wrong(["prompts"], _why_none(notes), "--dataset-only takes its tests alone")
    if is_app or not versions:
        return notes.imported()
    return _assembled(request, versions, rows, asked, reader, notes)


def _why_none(notes: Notes) -> str:
    lost = [item for item in notes.notes if item.whole and item.at.partition(".")[0] == "prompts"]
    why = "; ".join(dict.fromkeys(item.placed for item in lost))
    return f"no prompt of it can be taken: {why or 'there is none'}"[:500]


def _is_app(
    request: Request,
    written: Sequence[Written],
    asked: Sequence[ModelProvider],
    notes: Notes,
    *,
    programs: bool,
) -> bool:
    """Whether a config tests an app, which is a problem: a prompt of one placeholder, or no model."""
    before = len(notes.problems)
    # The app behind the provider has the real prompt, and the config only passes the question on.
    bare = [item for item in written if _is_bare(item)]
    cure = "--dataset-only takes its tests alone; the app's own prompt is what to version"
    if bare and len(bare) == len(written):
        at = place_in_words(bare[0].place)
        notes.wrong(bare[0].place, f"{at}: only the question, so there is nothing to version", cure)
    elif programs and not asked and not request.model:
        notes.wrong(
            ["providers"], "what is tested is a program, and no model is named", f"--model ID, or {cure}"
        )
    return len(notes.problems) > before


def _is_bare(item: Written) -> bool:
    if item.messages is None:
        return bool(_BARE.fullmatch(item.text))
    contents = [message.get("content") for message in item.messages]
    return len(contents) == 1 and isinstance(contents[0], str) and bool(_BARE.fullmatch(contents[0]))


def _version(item: Written, notes: Notes) -> _Version | None:
    def convert(text: str) -> Pieces:
        return nunjucks(text, notes, item.place)

    try:
        if item.messages is None:
            body = text_body(convert(item.text), notes, item.place)
        else:
            chat = Chat(notes, convert)
            for index, message in enumerate(item.messages):
                chat.message(message, [*item.place, "messages", index])
            body = chat.body()
    except CannotSay as error:
        left_out(notes, error, item.place, "the whole prompt")
        return None
    return _Version(item, body, body.get("inputs", {}))


def _assembled(
    request: Request,
    versions: Sequence[_Version],
    rows: Sequence[Row],
    asked: Sequence[ModelProvider],
    reader: RowReader,
    notes: Notes,
) -> Imported:
    first = asked[0] if asked else None
    settings = _settings(request, asked, notes)
    model = chosen(request, first.model if first else "", notes, first.place if first else ["providers"])
    more = _suite_keys(request, asked, reader.config)
    description = reader.config.get("description")
    made: list[NewPrompt] = []
    cases: list[NewCases] = []
    for group in _groups(versions, split=request.split):
        label = slug(group[0].written.label or "prompt")
        # The config's own name is the first prompt's; each further one is told apart by its label.
        name = free(f"{request.name}-{label}"[:60], [item.name for item in made]) if made else request.name
        labels = {item.written.label for item in group}
        # A test may name the prompts that it is for; without, it is for all.
        kept = _fit_to_rows(
            group, [row for row in rows if not row.prompts or labels & set(row.prompts)], notes
        )
        listed = []
        for item in group:
            told = f": {item.written.label}" if item.written.label and len(versions) > 1 else ""
            body = {"model": model, **item.body, **settings.body}
            listed.append(NewVersion(body, f"Imported from {request.file}{told}"))
        about = description if isinstance(description, str) and not made else ""
        made.append(NewPrompt(name, listed, description=about))
        found, judge = _cases(name, group[0], kept, reader, notes, request, more)
        cases += found
        made += judge
    return notes.imported(made, cases)


def _settings(request: Request, asked: Sequence[ModelProvider], notes: Notes) -> ForeignSettings:
    """The settings of the first provider; that others have their own is noted."""
    settings = ForeignSettings(notes, request.name)
    if asked:
        settings.take(asked[0].config, [*asked[0].place, "config"], {"model"})
    for other in asked[1:]:
        # A version has one set of settings, and its suite may ask several models with it.
        if other.config and other.config != asked[0].config:
            what = f"settings of {other.model}: those of {asked[0].model} are used"
            notes.changed([*other.place, "config"], what)
    return settings


def _suite_keys(
    request: Request, asked: Sequence[ModelProvider], config: Mapping[str, Any]
) -> dict[str, Any]:
    """The models and repeats of a suite, where the config has several."""
    models = list(dict.fromkeys(item.model for item in asked))[:MOST_MODELS]
    made: dict[str, Any] = {"models": models} if len(models) > 1 and not request.model else {}
    repeat = mapping_of(config.get("evaluateOptions")).get("repeat")
    if isinstance(repeat, int) and 1 < repeat <= 20:  # the most that a suite takes
        made["repeats"] = repeat
    return made


def _groups(versions: Sequence[_Version], *, split: bool) -> list[list[_Version]]:
    """Prompts with the same variables together, in the order of the config; each alone to ``split`` them."""
    if split:
        return [[item] for item in versions]
    found: dict[frozenset[str], list[_Version]] = {}
    for item in versions:
        found.setdefault(frozenset(item.inputs), []).append(item)
    return list(found.values())


def _fit_to_rows(group: Sequence[_Version], rows: Sequence[Row], notes: Notes) -> list[Row]:
    """The rows that the prompt's variables fit, after these got types and defaults by the rows."""
    inputs = group[0].inputs
    for name, spec in inputs.items():
        values = [row.values[name] for row in rows if row.values.get(name) is not None]
        # A number as a text fills a template alike; true, a list or an object would not.
        kinds = {
            kind
            for kind in ("boolean", "array", "object")
            if values and all(has_type(v, kind) for v in values)
        }
        if spec["type"] == "string" and kinds:
            spec["type"] = kinds.pop()
        if rows and len(values) < len(rows) and spec["type"] != "messages":
            few = f"{len(values)} of {len(rows)} rows have {name}"
            if "default" not in spec and spec["type"] in {"string", "array", "object"}:
                spec["default"] = {"string": "", "array": [], "object": {}}[spec["type"]]
                notes.changed(["tests"], f"{few}: empty where it is missing, as it was there")
    for item in group[1:]:
        # Versions of one prompt share their rows, so what is true of the first is of all.
        item.body["inputs"] = inputs
    kept = []
    for row in rows:
        wrong = [
            name
            for name, spec in inputs.items()
            if row.values.get(name) is not None
            and spec["type"] in {"array", "object", "boolean"}
            and not has_type(row.values[name], spec["type"])
        ]
        for name in wrong:
            what = f"{what_is(row.values[name])} where the template wants {inputs[name]['type']}"
            notes.left([*row.place, "vars", name], f"{what}: the whole row", line=row.line)
        if not wrong:
            kept.append(row)
    return kept


def _cases(
    name: str,
    version: _Version | None,
    rows: Sequence[Row],
    reader: RowReader,
    notes: Notes,
    request: Request,
    more: Mapping[str, Any],
) -> tuple[list[NewCases], list[NewPrompt]]:
    """The dataset with its suite, and the judge of its rubrics."""
    if not rows:
        notes.changed(["tests"], "there is no row, so there is no dataset and no suite yet")
        return [], []
    asserts = Asserts(name, reader, notes)
    ids = FreeNames()
    described = [slug(row.description) if row.description else "" for row in rows]
    made = []
    for own, row in zip(described, rows, strict=True):
        # A description that several rows have names none of them.
        called = ids.free(own if own and described.count(own) == 1 else f"case-{row.number:03}")
        made.append(_case(called, row, version, asserts))
    scorers = asserts.chosen(len(rows))
    if not scorers:
        notes.changed(["tests"], "no row has an assert that can be kept, so there is no suite")
        return [NewCases(name, made)], []
    if version is None:
        notes.changed(["tests"], "asserts without a prompt, so there is no suite")
        return [NewCases(name, made)], []
    unused(rows, asserts.graders, notes)
    asked = grader(asserts.graders, request, reader, notes)
    judges = [rubric_judge(f"{name}-{RUBRIC}", request, *asked)] if asserts.has_rubric else []
    if judges:
        asked_with = judges[0].versions[0].body["model"]
        notes.changed(
            ["tests"],
            f"rubrics are graded by {judges[0].name}, which asks {asked_with}",
            "choose another: --judge-model ID",
        )
    places: tuple[Place, Place] = (["tests"], ["tests"])
    return [suite_of(name, made, scorers, notes, places, more, asserts.floors)], judges


def _case(key: str, row: Row, version: _Version | None, asserts: Asserts) -> dict[str, Any]:
    inputs = version.inputs if version else None
    case: dict[str, Any] = {"id": key, "inputs": {}}
    expected: dict[str, Any] = {}
    for name, value in row.values.items():
        if value is None:
            continue
        if inputs is None or name in inputs:
            # Without a prompt nothing says what a value is for, so that it stays what it is.
            kind = inputs[name]["type"] if inputs else "object"
            case["inputs"][name] = as_text(value) if kind == "string" and not has_type(value, kind) else value
        else:
            expected[name] = value
    found = asserts.expectations(row)
    # What an assert reads counts before a variable that happens to have the same name.
    expected = {name: value for name, value in expected.items() if name not in found} | found
    tags = tags_of(row.metadata)
    case |= {"expectations": expected} if expected else {}
    return case | ({"tags": tags} if tags else {})
