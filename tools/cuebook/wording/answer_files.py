"""What is wrong with a file of given answers: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

AnswerCode = Literal[
    "no_answer",
    "answer_no_object",
    "answer_refused",
    "answered_twice",
    "case_unknown",
    "case_unnamed",
    "case_of_other_inputs",
    "case_of_many",
    "answer_without_output",
    "answer_too_long",
    "more_lines_wrong",
    "answers_no_json",
    "answers_no_header",
    "value_no_number",
]

_ID = 'give the case\'s "id"'

A_LINE_EACH = "write one JSON object a line"
_SAID: dict[AnswerCode, Said] = {
    "no_answer": Said("the file has no answer", A_LINE_EACH),
    "answer_no_object": Said("the answer is not a JSON object", 'write {{"id": "...", "output": "..."}}'),
    "answer_refused": Said("{why}", "{cure}"),
    "answered_twice": Said(
        "case {case!r} is already answered {place}", 'keep one, or number further answers: "repeat": 1'
    ),
    "case_unknown": Said("suite {suite!r} has no case {case!r}", "{near}"),
    "case_unnamed": Said("the line names no case", 'give its "id", or its "inputs" as the suite has them'),
    "case_of_other_inputs": Said("no case of suite {suite!r} has these inputs ({keys})", _ID),
    "case_of_many": Said(
        "{count:,} cases of suite {suite!r} have these inputs, such as {first!r} and {second!r}", _ID
    ),
    "answer_without_output": Said(
        "the line has neither 'output', 'toolCalls' nor 'error' (keys: {keys})",
        'give one of them, such as "output": "..."',
    ),
    "answer_too_long": Said(
        "the answer has {length:,} characters; the limit is {most:,}", "leave its line out"
    ),
    "more_lines_wrong": Said("{count:,} more lines are wrong", "correct the first ones, then look again"),
    # JSON and CSV, which are read by Python's own readers.
    "answers_no_json": Said("not JSON: {why}", "write a list of objects in [ ]"),
    "answers_no_header": Said(
        "the header has no 'id' and 'output' (it has: {keys})", "write id,output as the first line"
    ),
    "value_no_number": Said("{key}: {value!r} is not a number", "write a number, or leave it out"),
}


def answer_problem(code: AnswerCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a file of answers; ``names`` are those that its sentences need.

    ``entry`` is the place of the answer where the file is a list, which has no lines of its own.
    """
    found = problem(_SAID[code], code, path, line, names)
    return found._replace(message=f"{names['entry']}: {found.message}") if "entry" in names else found
