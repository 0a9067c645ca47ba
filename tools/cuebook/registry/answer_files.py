"""Read and write files of existing answers: JSON Lines, a JSON list, or CSV with a header.

A file may come from anywhere. It is data within a budget, and every line that cannot be used is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cuebook.core.canonical import canonical, digest, read_json
from cuebook.core.csv_files import csv_rows, table_text
from cuebook.core.errors import InvalidFiles, Problem, did_you_mean
from cuebook.core.files import MAX_DATASET, MAX_FILE, Broken, decode
from cuebook.core.json_lines import read_jsonl
from cuebook.core.shape_errors import shape_problems
from cuebook.shapes.answers_format import AnswerLine
from cuebook.shapes.run import Case, Failure, ModelReply, Sample, Version
from cuebook.shapes.transcripts import begins_at, transcript_of
from cuebook.wording.answer_files import AnswerCode, answer_problem

MOST_TOLD = 20
"""Problems that are listed: a file for another suite has one on every line."""

_NUMBERS = {"repeat": int, "seconds": float}
_COLUMNS = ("id", "output", "outputs", "error", "finish", "model", *_NUMBERS)


@dataclass(frozen=True)
class AnswerFile:
    """What a file says, by case and repeat. ``name`` is how the file was called.

    ``version`` and ``version_digest`` name the version of the registry that answered, where every line names
    the same one. ``digest`` covers the answers, whatever their order. ``otherwise`` are cases of which the
    file has other expectations than the suite, whose are used.
    """

    name: str
    answers: Mapping[tuple[str, int], ModelReply | Failure]
    digest: str
    version: str = ""
    version_digest: str = ""
    otherwise: tuple[str, ...] = ()

    @cached_property
    def by_case(self) -> dict[str, dict[int, ModelReply | Failure]]:
        """The answers to each case by their number."""
        found: dict[str, dict[int, ModelReply | Failure]] = {}
        for (case, repeat), answer in self.answers.items():
            found.setdefault(case, {})[repeat] = answer
        return found

    @property
    def repeats(self) -> int:
        """The number of answers that every answered case has at least."""
        return min(len(said) for said in self.by_case.values())


def load_answers(path: Path, cases: Sequence[Case], suite: str) -> AnswerFile:
    """The answers of a file to the cases of a suite. Raises InvalidFiles, OSError."""
    with path.open("rb") as file:
        data = file.read(MAX_DATASET + 1)  # one byte more, to know of a file that is larger
    return read_answers(data, path.as_posix(), cases, suite)


def read_answers(data: bytes, name: str, cases: Sequence[Case], suite: str) -> AnswerFile:
    """As ``load_answers``, from the bytes of a file. Raises InvalidFiles."""
    reader = _Reader(name, cases, suite, listed=_start(data) == b"[")
    for item in _rows(data, name):
        reader.take(item)
    if not reader.answers and not reader.problems:
        reader.problems.append(answer_problem("no_answer", name))
    if reader.problems:
        raise InvalidFiles(_told(reader.problems, name))
    versions = {(line.version, line.digest) for line in reader.lines.values()}
    version, bound = versions.pop() if len(versions) == 1 else ("", "")
    said = []
    for (case, repeat), line in sorted(reader.lines.items()):
        calls = [[call.name, call.arguments] for call in line.tool_calls]
        said.append([case, repeat, line.output, line.outputs, line.error, calls, line.refusal])
    otherwise = tuple(
        dict.fromkeys(case for (case, _), line in reader.lines.items() if reader.differs(case, line))
    )
    return AnswerFile(name, reader.answers, digest(said), version, bound, otherwise)


def answer_lines(version: Version | None, case: str, samples: Iterable[Sample]) -> Iterator[str]:
    """The lines of answers to one case, each with its line feed; of a ``version``, or of an app (None)."""
    for sample in samples:
        line: dict[str, Any] = {"id": case, "repeat": sample.repeat}
        if sample.reply is not None:
            reply = sample.reply
            used = {
                "inputTokens": reply.usage.input_tokens,
                "outputTokens": reply.usage.output_tokens,
                "costUsd": reply.usage.cost_usd,
            }
            line |= {"output": reply.text, "finish": reply.finish, "usage": used, "seconds": reply.seconds}
            line |= {"model": reply.served_model, "asked": reply.asked}
            line |= _beside_the_text(reply)
        elif sample.failure is not None:
            line |= {"error": sample.failure.message, "retry": sample.failure.kind == "provider"}
        line |= {"version": version.ref, "digest": version.digest} if version else {}
        yield json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"


def _beside_the_text(reply: ModelReply) -> dict[str, Any]:
    """Calls, with their arguments as they came, refusal, reasoning and transcript, where there are any."""
    calls = [{"id": call.id, "name": call.name, "arguments": call.raw} for call in reply.tool_calls]
    said: dict[str, Any] = {"toolCalls": calls, "refusal": reply.refusal, "reasoning": reply.reasoning}
    said |= {"messages": transcript_of(reply), "begins": begins_at(reply)}
    return {key: value for key, value in said.items() if value}


class _Reader:
    """Lines on their way to answers, with what is wrong of them."""

    def __init__(self, name: str, cases: Sequence[Case], suite: str, *, listed: bool) -> None:
        self.name = name
        self.listed = listed
        self.suite = suite
        self.expected = {case.id: case.expectations for case in cases}
        self.by_inputs: dict[bytes, list[str]] = {}
        for case in cases:
            self.by_inputs.setdefault(canonical(case.inputs), []).append(case.id)
        self.problems: list[Problem] = []
        self.lines: dict[tuple[str, int], AnswerLine] = {}
        self.answers: dict[tuple[str, int], ModelReply | Failure] = {}
        self.first: dict[tuple[str, int], int] = {}

    def take(self, item: tuple[int, Any] | Problem) -> None:
        """One line more."""
        if isinstance(item, Problem):
            self.problems.append(item)
            return
        number, value = item
        if not isinstance(value, dict):
            self._wrong("answer_no_object", number)
            return
        try:
            line = AnswerLine.model_validate(value)
        except ValidationError as error:
            for found in shape_problems(error, self.name, lambda _: number, lambda _: ()):
                self._wrong("answer_refused", number, why=found.message, cure=found.hint)
            return
        case = self._case(line, number)
        answer = self._answer(line, value, number)
        if case is None or answer is None:
            return
        place = (case, line.repeat)
        if place in self.first:
            self._wrong("answered_twice", number, case=case, place=self._place(self.first[place]))
            return
        self.first[place], self.lines[place], self.answers[place] = number, line, answer

    def differs(self, case: str, line: AnswerLine) -> bool:
        """Return whether a line has other expectations than the suite's case."""
        return line.expectations is not None and line.expectations != self.expected[case]

    def _wrong(self, code: AnswerCode, number: int, **facts: object) -> None:
        """A list has no lines of its own: what is wrong of it is told with its place in the list."""
        if self.listed:
            found = answer_problem(code, self.name, 0, entry=self._place(number), **facts)
        else:
            found = answer_problem(code, self.name, number, **facts)
        self.problems.append(found)

    def _place(self, number: int) -> str:
        return f"in entry {number}" if self.listed else f"on line {number}"

    def _case(self, line: AnswerLine, number: int) -> str | None:
        if line.id is not None:
            if line.id in self.expected:
                return line.id
            # To look for the nearest of every line of a long file would take minutes.
            near = did_you_mean(line.id, sorted(self.expected)) if len(self.problems) < MOST_TOLD else ""
            self._wrong("case_unknown", number, suite=self.suite, case=line.id[:80], near=near)
        elif line.inputs is None:
            self._wrong("case_unnamed", number)
        else:
            found = self.by_inputs.get(canonical(line.inputs), [])
            if not found:
                self._wrong("case_of_other_inputs", number, suite=self.suite, keys=_shown(line.inputs))
            elif found[1:]:
                about = {"count": len(found), "first": found[0], "second": found[1]}
                self._wrong("case_of_many", number, suite=self.suite, **about)
            else:
                return found[0]
        return None

    def _answer(self, line: AnswerLine, value: Mapping[str, Any], number: int) -> ModelReply | Failure | None:
        if (none := line.no_answer(MAX_FILE)) is not None:
            if isinstance(none, Failure) and not none.message:
                return replace(none, message="no reason given")
            return none
        reply = line.reply(line.seconds)
        if reply is None:
            self._wrong("answer_without_output", number, keys=_shown(value))
            return None
        if len(reply.text) > MAX_FILE:
            self._wrong("answer_too_long", number, length=len(reply.text), most=MAX_FILE)
            return None
        return reply


def _shown(keys: Iterable[str]) -> str:
    """The first keys of a line, cut: somebody else's program may have written thousands, of any length."""
    return ", ".join(sorted(map(str, keys))[:12])[:200]


def _told(problems: Sequence[Problem], name: str) -> list[Problem]:
    rest = len(problems) - MOST_TOLD
    more = [answer_problem("more_lines_wrong", name, count=rest)] if rest > 0 else []
    return [*problems[:MOST_TOLD], *more]


def _rows(data: bytes, name: str) -> Iterator[tuple[int, Any] | Problem]:
    """Each answer with its line (in a JSON list its number), whatever the kind of file."""
    start = _start(data)
    if not start:
        return
    if start == b"{":
        yield from read_jsonl(data, name)
        return
    try:
        text = (decode if start == b"[" else table_text)(data, name, MAX_DATASET)
    except Broken as broken:
        yield broken.problem
        return
    yield from _of_list(text, name) if start == b"[" else _of_csv(text, name)


def _start(data: bytes) -> bytes:
    """What tells the kinds of files apart: their first character."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def _of_list(text: str, name: str) -> Iterator[tuple[int, Any] | Problem]:
    try:
        found = read_json(text)
    except json.JSONDecodeError as error:
        yield answer_problem("answers_no_json", name, error.lineno, why=error.msg)
    except ValueError as error:
        yield answer_problem("answers_no_json", name, why=error)
    else:
        yield from enumerate(found, 1)


def _of_csv(text: str, name: str) -> Iterator[tuple[int, Any] | Problem]:
    rows = csv_rows(name, text)
    try:
        _, header = next(rows)
        if "id" not in header or not {"output", "outputs", "error"} & set(header):
            yield answer_problem("answers_no_header", name, 1, keys=", ".join(header)[:200])
            return
        yield from (_csv_row(dict(zip(header, row, strict=False)), line, name) for line, row in rows if row)
    except InvalidFiles as error:
        yield from error.problems


def _csv_row(row: Mapping[str, str], line: int, name: str) -> tuple[int, Any] | Problem:
    found: dict[str, Any] = {key: row[key] for key in _COLUMNS if row.get(key)}
    if not found.get("error"):
        found.setdefault("output", row.get("output", row.get("outputs", "")))
    for key, number in _NUMBERS.items():
        if key in found:
            try:
                found[key] = number(found[key])
            except ValueError:
                return answer_problem("value_no_number", name, line, key=key, value=found[key][:80])
    return line, found
