"""Tests of a promptfoo config as rows: files read, defaults merged, lists of values taken apart."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from cuebook.core.csv_files import csv_rows, table_text
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import MAX_FILE, Broken, Tree, decode
from cuebook.core.json_lines import read_jsonl
from cuebook.importers._base import list_of, mapping_of
from cuebook.importers._notes import Notes, Place, SourceFile, read_source

MOST_ROWS, MOST_PATTERNS = 20_000, 100
"""The most rows that one import reads, lists of values written out; and the most patterns in one's braces."""
_CODE = (".py", ".js", ".ts", ".mjs", ".cjs", ".rb", ".go", ".sh")
# Schemes of what promptfoo fetches or runs; nothing of it is done here.
_FAR = re.compile(
    r"(https?|huggingface|sharepoint|s3|gs|az|langfuse|portkey|helicone|package|exec|python)\b:"
)
_ASSERT = re.compile(r"(not-)?([a-z][a-z-]*)(?:\(([\d.]+)\))?:(.*)", re.DOTALL)
_ROW = {"vars", "assert", "description", "metadata", "prompts", "options"}
_READ = {"disableVarExpansion", "prefix", "suffix"}
"""Options of a test that are read."""
# Older names, which cells of tables still have.
_KNOWN = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}


@dataclass(frozen=True, slots=True)
class Row:
    """One test: its place, its variables, asserts with their places, and what describes it."""

    place: Place
    values: Mapping[str, Any]
    asserts: tuple[tuple[Place, Mapping[str, Any]], ...] = ()
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    prompts: tuple[str, ...] = ()
    line: int | None = None
    number: int = 0
    keeps_lists: bool = False
    grader: tuple[Place, Any] | None = None
    """The provider that grades its rubrics, as it is written, and its place."""


class RowReader:
    """Reads the tests of one config; files are read below its folder only."""

    def __init__(self, config: Mapping[str, Any], beside: Tree, notes: Notes) -> None:
        self.config = config
        self.beside = beside
        self.notes = notes
        self.templates = config.get("assertionTemplates")

    def rows(self) -> list[Row]:
        """Return every row. A file that the config names and nobody can read is a problem among the notes."""
        default = self._default(self.config.get("defaultTest"))
        # Tests come before scenarios, as in promptfoo: cases are numbered in this order.
        rows = [_merged(default, row) for row in self._tests(self.config.get("tests"), ["tests"])]
        for index, given in enumerate(list_of(self.config.get("scenarios"))):
            rows += [_merged(default, row) for row in self._scenario(given, ["scenarios", index])]
        found: list[Row] = []
        for row in rows:
            for one in self._taken_apart(row):
                if len(found) >= MOST_ROWS:
                    self.notes.left(
                        ["tests"], f"more than {MOST_ROWS:,} rows: the rest was left out", whole=True
                    )
                    return found
                found.append(replace(one, number=len(found) + 1))
        return found

    def _default(self, given: Any) -> Row:
        place: Place = ["defaultTest"]
        if isinstance(given, str):
            given = self.loaded(given, place)
        return self._row(given, place) if isinstance(given, Mapping) else Row(place, {})

    def _scenario(self, given: Any, place: Place) -> Iterator[Row]:
        if not isinstance(given, Mapping):
            self.notes.left(place, "a scenario that is not a mapping, or a file of them")
            return
        configs = list(self._tests(given.get("config"), [*place, "config"]))
        # Of a scenario without tests promptfoo asks once with each config.
        tests = list(self._tests(given.get("tests"), [*place, "tests"])) or [Row(place, {})]
        for config, test in itertools.product(configs, tests):
            yield _merged(config, test)

    def _tests(self, given: Any, place: Place) -> Iterator[Row]:
        if isinstance(given, str):
            yield from self._file_of_tests(given, place)
        elif isinstance(given, list):
            for index, item in enumerate(given):
                at = [*place, index]
                if isinstance(item, str):
                    yield from self._file_of_tests(item, at)
                # A file with settings for it: only code takes settings, and paths() leaves that out.
                elif isinstance(item, Mapping) and set(item) <= {"path", "config"}:
                    yield from self._file_of_tests(str(item.get("path")), at)
                elif isinstance(item, Mapping):
                    yield self._row(item, at)
                else:
                    self.notes.left(at, "a test that is not a mapping")
        elif isinstance(given, Mapping):
            yield self._row(given, place)

    def _file_of_tests(self, name: str, place: Place) -> Iterator[Row]:
        for path in self.paths(name, place):
            data = self.beside.read(path)
            if data is None:
                self.notes.left(place, f"{path} is not there, or too large", whole=True)
            elif path.endswith((".csv", ".tsv")):
                yield from self._table(data, path)
            elif path.endswith(".jsonl"):
                for item in read_jsonl(data, path):
                    if isinstance(item, Problem):
                        self._broken([item])
                    elif isinstance(item[1], Mapping):
                        # The place is in another file, where only this line is known.
                        yield replace(self._row(item[1], [*place, item[0]]), line=item[0])
            elif (source := self._source(data, path)) is not None:
                items = source.data if isinstance(source.data, list) else [source.data]
                for index, item in enumerate(items):
                    if isinstance(item, Mapping):
                        yield self._row(item, [path, index], source.line([index]))

    def _source(self, data: bytes, path: str) -> SourceFile | None:
        """A YAML or JSON file beside the config; None for one that cannot be read, which is a problem."""
        try:
            return read_source(data, path)
        except InvalidFiles as error:
            self._broken(error.problems)
            return None

    def _broken(self, problems: Iterable[Problem]) -> None:
        # Files beside are named from the config's folder, messages from where people stand.
        folder, mark, _ = self.notes.path.rpartition("/")
        self.notes.problems += [item._replace(file=f"{folder}{mark}{item.file}") for item in problems]

    def _row(self, given: Mapping[str, Any], place: Place, line: int | None = None) -> Row:
        values = given.get("vars")
        if isinstance(values, (str, list)):
            # Files of variables in place of variables; of several, the last one that has a name counts.
            values = self._values_of_files(values, [*place, "vars"])
        values = mapping_of(values)
        options = mapping_of(given.get("options"))
        for key in given:
            if key not in _ROW and given[key] is not None:
                self.notes.left([*place, key], f"{str(key)[:40]} of a test: no equivalent", line=line)
        for key in options:
            # What is put around a prompt is read of the defaults alone: a version has one text.
            is_read = key in _READ and (key == "disableVarExpansion" or place == ["defaultTest"])
            if key != "provider" and options[key] is not None and not is_read:
                what = f"{str(key)[:40]} of a test's options: no equivalent"
                self.notes.left([*place, "options", key], what, line=line)
        grader = options.get("provider")
        kept = [
            ((*place, "assert", index), item)
            for index, item in enumerate(list_of(given.get("assert")))
            if isinstance(item, Mapping)
        ]
        filters = given.get("prompts")
        return Row(
            place,
            {str(key): self._value(value, [*place, "vars", str(key)]) for key, value in values.items()},
            tuple((at, self._resolved(item, at)) for at, item in kept),
            str(given.get("description") or ""),
            mapping_of(given.get("metadata")),
            tuple(map(str, filters)) if isinstance(filters, list) else (),
            line,
            keeps_lists=options.get("disableVarExpansion") is True,
            grader=([*place, "options", "provider"], grader) if grader else None,
        )

    def _values_of_files(self, given: Any, place: Place) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in given if isinstance(given, list) else [given]:
            found = self.loaded(str(name), place)
            made |= mapping_of(found)
        return made

    def _value(self, value: Any, place: Place) -> Any:
        """A variable's value; a file that it names is read as text, or as data where it is YAML or JSON."""
        if isinstance(value, str) and value.startswith("file://"):
            if value.endswith((".txt", ".md")):
                return self.text(value, place)
            return self.loaded(value, place)
        return value

    def _resolved(self, item: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
        ref = item.get("$ref")
        if not isinstance(ref, str):
            return item
        # The only place in a config that a reference of an assert means.
        name = ref.removeprefix("#/assertionTemplates/")
        templates = mapping_of(self.templates)
        if isinstance(templates.get(name), Mapping):
            return {**templates[name], **{key: value for key, value in item.items() if key != "$ref"}}
        self.notes.left(place, f"$ref {ref[:60]} names nothing in this file")
        return {}

    def _taken_apart(self, row: Row) -> Iterator[Row]:
        """One row for each value of a list, and all combinations of several lists."""
        lists = {key: value for key, value in row.values.items() if isinstance(value, list)}
        if not lists or row.keeps_lists:
            yield row
            return
        for key in lists:
            self.notes.changed([*row.place, "vars", key], "list -> one row a value", line=row.line)
        # All combinations, as promptfoo makes them; rows() stops at its limit before they are made.
        for chosen in itertools.product(*lists.values()):
            yield replace(row, values={**row.values, **dict(zip(lists, chosen, strict=True))})

    def _table(self, data: bytes, path: str) -> Iterator[Row]:
        try:
            text = table_text(data, path, MAX_FILE)
        except Broken as broken:
            self._broken([broken.problem])
            return
        rows = csv_rows(path, text)
        try:
            _, head = next(rows, (1, []))
            # One more than is kept, so that rows() sees that there are more and says it.
            for line, cells in itertools.islice(rows, MOST_ROWS + 1):
                if cells:
                    yield self._csv_row(head, cells, path, line)
        except InvalidFiles as error:
            self._broken(error.problems)

    def _csv_row(self, head: list[str], cells: list[str], path: str, line: int) -> Row:
        values: dict[str, Any] = {}
        asserts: list[tuple[Place, Mapping[str, Any]]] = []
        described, metadata = "", {}
        for name, cell in zip(head, cells, strict=False):
            place: Place = [f"{path}:{line}", name]
            if re.fullmatch(r"__expected\d*", name):
                if cell.strip():
                    asserts.append((place, _assert_of(cell.strip())))
            elif name == "__description":
                described = cell
            elif name.startswith("__metadata:"):
                if cell:
                    metadata[name.removeprefix("__metadata:").removesuffix("[]")] = (
                        [part.strip() for part in cell.split(",")] if name.endswith("[]") else cell
                    )
            elif name.startswith("__"):
                if cell:
                    self.notes.left(place, f"column {name[:40]}: no equivalent", line=line)
            elif cell:
                values[name] = cell
        return Row([f"{path}:{line}"], values, tuple(asserts), described, metadata, (), line)

    def paths(self, name: str, place: Place) -> list[str]:
        """Return the files that a name or pattern means, below the config's folder; what is none is noted."""
        bare = name.removeprefix("file://")
        # Behind # is the sheet of a workbook.
        bare = re.sub(r"^(\./)+", "", bare).split("#")[0]
        if _FAR.match(name):
            self.notes.left(place, f"{name[:60]}: nothing is fetched or run", whole=True)
        elif bare.partition(":")[0].endswith(_CODE):
            self.notes.left(place, f"{name[:60]}: code, which is not run", whole=True)
        # A path with a value of the environment may lead anywhere.
        elif bare.startswith("/") or ".." in bare.split("/") or "{{" in bare:
            self.notes.left(place, f"{name[:60]}: outside of the config's folder", whole=True)
        elif any(mark in bare for mark in "*?[{"):
            # Only the folder before the first sign of a pattern is listed.
            start = re.split(r"[*?\[{]", bare)[0].rpartition("/")[0]
            patterns = _patterns(bare)
            found = [path for path in self.beside.paths(start) if any(fnmatchcase(path, p) for p in patterns)]
            if not found:
                self.notes.left(place, f"{name[:60]}: no file matches it", whole=True)
            return found
        else:
            return [bare]
        return []

    def text(self, name: str, place: Place) -> str:
        """Return the text of the one file that a name means; empty where there is none."""
        for path in self.paths(name, place)[:1]:
            data = self.beside.read(path)
            if data is None:
                self.notes.left(place, f"{path} is not there, or too large")
                return ""
            try:
                return decode(data, path)
            except Broken as broken:
                self.notes.left(place, f"{path}: {broken.problem.message}")
        return ""

    def loaded(self, name: str, place: Place) -> Any:
        """Return the value in the YAML or JSON file that a name means; None where there is none."""
        for path in self.paths(name, place)[:1]:
            data = self.beside.read(path)
            if data is None or not path.endswith((".yaml", ".yml", ".json")):
                self.notes.left(place, f"{path} is not there, is too large, or is not YAML or JSON")
                return None
            source = self._source(data, path)
            return source.data if source else None
        return None


def _patterns(bare: str) -> Iterable[str]:
    """A pattern with ``{a,b}`` written out, up to a limit, and ``**/`` also as nothing."""
    made = [bare]
    while found := re.search(r"\{([^{}]*)\}", made[0]):
        parts = found[1].split(",")
        made = [item.replace(found[0], part, 1) for item in made for part in parts][:MOST_PATTERNS]
    # fnmatch has no ** that stands for no folder at all.
    return [one for item in made for one in (item, item.replace("**/", ""))]


def _merged(default: Row, row: Row) -> Row:
    return replace(
        row,
        values={**default.values, **row.values},
        # Asserts add up; of all else, what a row says itself counts.
        asserts=(*default.asserts, *row.asserts),
        metadata={**default.metadata, **row.metadata},
        description=row.description or default.description,
        keeps_lists=row.keeps_lists or default.keeps_lists,
        grader=row.grader or default.grader,
    )


def _assert_of(cell: str) -> dict[str, Any]:
    """The assert in a cell: ``type:value``, ``type(threshold):value``, else the text itself."""
    found = _ASSERT.fullmatch(cell)
    bare = re.fullmatch(r"(not-)?(is-json|contains-json|is-sql|is-xml)", cell)
    # These need no value, so they may stand without a colon.
    if bare:
        return {"type": cell}
    if not found:
        return {"type": "equals", "value": cell}
    kind = _KNOWN.get(found[2], found[2])
    # A sentence such as "Note: closed" has a colon, too.
    if kind not in KINDS:
        return {"type": "equals", "value": cell}
    value: Any = found[4].strip()
    # Only these have their value taken apart at commas.
    if kind.endswith(("-any", "-all")):
        value = [part.strip() for part in value.split(",")]
    threshold = {"threshold": float(found[3])} if found[3] else {}
    return {"type": f"{found[1] or ''}{kind}", "value": value, **threshold}


KINDS = frozenset(
    """
    equals contains icontains contains-all icontains-all contains-any icontains-any starts-with regex is-json
    contains-json javascript python llm-rubric similar latency cost model-graded-closedqa factuality g-eval
    levenshtein rouge-n bleu answer-relevance context-recall context-relevance context-faithfulness webhook
    is-sql is-xml is-html contains-sql contains-xml contains-html classifier moderation perplexity
    perplexity-score word-count is-refusal guardrails select-best ruby meteor
    """.split()  # noqa: SIM905  a column of words is easier to read and to add to
)
"""Types of asserts that a cell may name; with any other word before a colon it is a text."""


def as_text(value: Any) -> str:
    """Return a value as it is written in a text there."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
