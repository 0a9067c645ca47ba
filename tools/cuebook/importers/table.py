"""Tables of test data: CSV, JSON and JSON Lines become the rows of a dataset.

- Columns named ``expected``, ``expected_*``, ``answer``, ``output``, ``target``, ``reference``, ``label`` or
  ``ideal`` are expectations (``expected_`` is dropped, ``expected`` alone is ``answer``), and so are those
  of ``--expect``; ``id``, ``tags`` and ``cluster`` are ours; all others are inputs. A cell is text, an
  empty one no value. Excel's ``sep=;`` and its UTF-16 are read, a workbook is not.
- ``{"inputs", "outputs", "metadata"}`` of LangSmith, ``{"messages"}`` of fine-tuning and the results of
  OpenAI's evals are read as what they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.core.canonical import canonical
from cuebook.core.csv_files import csv_rows, table_text
from cuebook.core.errors import InvalidFiles, Problem, did_you_mean
from cuebook.core.files import MAX_DATASET, Broken
from cuebook.core.format import plural
from cuebook.core.json_lines import read_jsonl
from cuebook.core.json_places import read_json_file
from cuebook.importers._base import (
    FreeNames,
    Imported,
    NewCases,
    Request,
    Sniffed,
    case_id,
    identifier,
    list_of,
    tags_of,
    texts_of,
)
from cuebook.importers._notes import Notes, Place

FILES = "*.csv, *.tsv, *.jsonl and *.json with rows"

_EXPECTED = {"expected", "answer", "output", "target", "reference", "label", "ideal"}
NumberedRow = tuple[int, Mapping[str, Any]]


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``maybe`` for a table by its name, or a JSON list of objects."""
    # By its name alone: any table may be one, and a broken one is told when it is read.
    if path.endswith((".csv", ".tsv", ".jsonl")):
        return "maybe"
    if not path.endswith(".json") or data.lstrip()[:1] != b"[":
        return "no"
    try:
        found = read_json_file(data, path).data
    except Broken:
        return "no"
    return "maybe" if found and all(isinstance(item, Mapping) for item in found) else "no"


def read(request: Request) -> Imported:
    """Return the rows of a table. Raises InvalidFiles with every line that is none."""
    notes = Notes(request.path)
    rows = list(_csv(request) if request.path.endswith((".csv", ".tsv")) else _json(request))
    if not rows:
        raise InvalidFiles([Problem(request.path, 0, "there is no row in it", "name a file with rows")])
    maker = _Rows(request, notes)
    for index, (line, row) in enumerate(rows):
        maker.add(index, line, row)
    maker.finish()
    if not maker.made:
        raise InvalidFiles(
            [Problem(request.path, 1, "no row of it can be taken", str(notes.notes[-1].message))]
        )
    return notes.imported(cases=[NewCases(request.called(), maker.made)])


def _csv(request: Request) -> Iterator[NumberedRow]:
    try:
        text = table_text(request.data, request.path, MAX_DATASET)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    rows = csv_rows(request.path, text)
    _, first = next(rows, (1, []))
    head = [name.strip() for name in first]
    nameless: Counter[int] = Counter()
    if twice := sorted({name for name in head if name and head.count(name) > 1}):
        what = f"two columns are called {twice[0]!r}, and a row can have only one value for a name"
        raise InvalidFiles([Problem(request.path, 1, what, "rename one of them")])
    problems: list[Problem] = []
    for line, cells in rows:
        # A separator in a text without quotes moves all cells behind it, so the row is not guessed.
        if len(cells) > len(head):
            what = f"{plural(len(cells), 'cell')} under {plural(len(head), 'column')}"
            problems.append(Problem(request.path, line, what, "put a cell with a separator in quotes"))
        elif any(cells):
            nameless.update(at for at, cell in enumerate(cells, 1) if cell.strip() and not head[at - 1])
            yield line, {name: cell for name, cell in zip(head, cells, strict=False) if cell and name}
    for at, count in sorted(nameless.items()):
        what = f"column {at} has no name, and {plural(count, 'cell')} below it"
        problems.append(Problem(request.path, 1, what, "name it in the first line, or take its cells out"))
    if problems:
        raise InvalidFiles(problems)


def _json(request: Request) -> Iterator[NumberedRow]:
    if not request.path.endswith(".json"):
        found = list(read_jsonl(request.data, request.path))
        if problems := [item for item in found if isinstance(item, Problem)]:
            raise InvalidFiles(problems)
        for item in found:
            if not isinstance(item, Problem) and isinstance(item[1], Mapping):
                yield item
        return
    try:
        document = read_json_file(request.data, request.path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    for index, item in enumerate(document.data if isinstance(document.data, list) else [document.data]):
        if isinstance(item, Mapping):
            yield document.line([index]), item


class _Rows:
    """The rows of a dataset while they are made."""

    def __init__(self, request: Request, notes: Notes) -> None:
        self.request = request
        self.notes = notes
        self.made: list[dict[str, Any]] = []
        self.ids = FreeNames()
        self.items: set[bytes] = set()
        self.runs: dict[str, int] = {}
        self.rulings: Counter[str] = Counter()
        self.unknown: dict[str, tuple[int, int]] = {}
        self.columns: dict[str, None] = {}

    def add(self, index: int, line: int, row: Mapping[str, Any]) -> None:
        """One row of the source, as what it is."""
        # From the most telling key to none: each shape also fits the ones below it.
        if isinstance(row.get("messages"), list):
            self._dialogue(index, line, row["messages"])
        elif isinstance(row.get("item"), Mapping) and ("sample" in row or "grades" in row):
            self._result(index, line, row)
        elif isinstance(row.get("inputs"), Mapping):
            self._nested(index, line, row)
        else:
            self._flat(index, line, row)

    def finish(self) -> None:
        """Say what was counted over all rows."""
        if self.runs:
            what = f"{plural(sum(self.runs.values()), 'answer')} of runs {', '.join(sorted(self.runs))[:200]}"
            self.notes.left(["sample"], f"{what}: results, not cases", line=1)
        if self.rulings:
            total = sum(self.rulings.values())
            graders = plural(len(self.rulings), "grader")
            self.notes.left(["passes"], f"{plural(total, 'ruling')} of {graders}: results, not cases", line=1)
        # Of rows that are nested nobody names the columns; of several tables one may have this one.
        for name in self.request.expect if self.columns else ():
            if name not in self.columns:
                near = did_you_mean(name, list(self.columns))
                self.notes.left([name], f"--expect {name[:40]}: no column has that name; {near}", line=1)
        is_csv = self.request.path.endswith((".csv", ".tsv"))
        if is_csv and not any("expectations" in case for case in self.made):
            what = "no column says what is expected of an answer"
            self.notes.changed([], what, "if one does, name it: --expect COLUMN", line=1)
        for key, (at, line) in self.unknown.items():
            self.notes.left([at, key], "no equivalent", key=key[:40], line=line)

    def _case(
        self,
        index: int,
        line: int,
        inputs: Mapping[str, Any],
        expected: Mapping[str, Any],
        *,
        key: Any = None,
        tags: list[str] | None = None,
        cluster: Any = None,
    ) -> None:
        number = f"case-{len(self.made) + 1:03}"
        wanted = str(key).strip() if key not in (None, "") else number
        fit = case_id(wanted)
        called = self.ids.free(fit or number)
        if called != wanted:
            what = f"{wanted[:60]} twice -> {called}" if fit == wanted else f"{wanted[:60]} -> {called}"
            self.notes.changed([index, "id"], what, line=line)
        case: dict[str, Any] = {"id": called, "inputs": self._named(inputs, line)}
        case |= {"expectations": dict(expected)} if expected else {}
        case |= {"tags": tags} if tags else {}
        case |= {"cluster": str(cluster)} if cluster else {}
        self.made.append(case)

    def _named(self, inputs: Mapping[str, Any], line: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in inputs.items():
            name = identifier(key, made)
            if name != key:
                self.notes.changed(
                    [key], f"{key[:60]} -> {name}: inputs are letters, digits and _", line=line
                )
            made[name] = value
        return made

    def _flat(self, index: int, line: int, row: Mapping[str, Any]) -> None:
        inputs: dict[str, Any] = {}
        expected: dict[str, Any] = {}
        self.columns |= dict.fromkeys(row)
        for key, value in row.items():
            bare = key.removeprefix("expected_")
            # An empty cell is no value, so that a row has only what it says.
            if value is None or key in {"id", "tags", "cluster"}:
                continue
            if key in _EXPECTED or bare != key or key in self.request.expect:
                # What scorers read unless they are told another key.
                expected["answer" if key == "expected" else bare] = value
            else:
                inputs[key] = value
        tags = row.get("tags")
        split = re.split(r"[;,]", tags) if isinstance(tags, str) else list_of(tags)
        kept = [str(tag).strip()[:64] for tag in split if str(tag).strip()]
        self._case(index, line, inputs, expected, key=row.get("id"), tags=kept, cluster=row.get("cluster"))

    def _nested(self, index: int, line: int, row: Mapping[str, Any]) -> None:
        expected = row.get("outputs", row.get("expectations", row.get("expected")))
        expected = expected if isinstance(expected, Mapping) else {"answer": expected} if expected else {}
        tags = [*texts_of(row.get("tags")), *tags_of(row.get("metadata"))]
        known = {"id", "inputs", "outputs", "expectations", "expected", "metadata", "tags", "cluster"}
        for key in row:
            if key not in known:
                self.unknown.setdefault(key, (index, line))
        self._case(
            index, line, row["inputs"], expected, key=row.get("id"), tags=tags, cluster=row.get("cluster")
        )

    def _dialogue(self, index: int, line: int, messages: list[Any]) -> None:
        said = [item for item in messages if isinstance(item, Mapping)]
        for at, item in enumerate(said):
            # The prompt under test has its own, which is what is to be measured.
            if item.get("role") in ("system", "developer"):
                place: Place = [index, "messages", at]
                self.notes.left(place, f"{item['role']} message: part of a prompt", line=line)
        turns = [item for item in said if item.get("role") not in ("system", "developer")]
        roles = [item.get("role") for item in turns]
        texts = [item.get("content") for item in turns]
        # A case has one right answer; of which turn it would be, the file does not say.
        if roles not in (["user", "assistant"], ["user"]) or not all(isinstance(text, str) for text in texts):
            self.notes.left([index], "a dialogue of several turns, or with calls", line=line)
        else:
            self._case(index, line, {"input": texts[0]}, {"answer": texts[1]} if len(texts) > 1 else {})

    def _result(self, index: int, line: int, row: Mapping[str, Any]) -> None:
        run = str(row.get("run_id", "unknown"))
        self.runs[run] = self.runs.get(run, 0) + 1
        passes = row.get("passes")
        self.rulings.update(map(str, passes) if isinstance(passes, Mapping) else ())
        # Runs repeat their items, and each is one case.
        key = canonical(row["item"])
        if key not in self.items:
            self.items.add(key)
            self._flat(index, line, row["item"])
