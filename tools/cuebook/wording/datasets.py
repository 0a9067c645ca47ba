"""What is wrong with datasets and labels, before anything reads their cases: one sentence and cure a code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem
from cuebook.wording.answer_files import A_LINE_EACH

DatasetCode = Literal[
    "dataset_missing",
    "dataset_elsewhere",
    "dataset_empty",
    "labels_empty",
    "line_no_object",
    "line_no_label",
    "case_keys_unknown",
    "label_keys_unknown",
    "case_id_twice",
    "images_too_large",
    "label_file_misnamed",
    "labels_in_two_files",
    "labels_of_another",
    "labelled_twice",
    "id_of_two_answers",
    "label_no_winner",
    "label_off_scale",
    "label_no_grade",
    "answer_missing",
    "label_incomplete",
    "label_unfit",
]

_MISSING = "the dataset is missing"
_NO_OBJECT = "the line is not a JSON object"
_LABEL = '{{"id": "...", "inputs": {{...}}, "label": ...}}'
_GRADE = "write a whole number from {lowest:g} to {highest:g}, without quotes"
_UNKNOWN = "{keys} {verb} unknown in a case"
_INPUTS = 'write what fills the prompt in one block: "inputs": {{"{first}": ...}}'

_SAID: dict[DatasetCode, Said] = {
    "dataset_missing": Said(_MISSING, A_LINE_EACH),
    "dataset_elsewhere": Said(
        _MISSING, "write it, or set 'dataset' in {suite} to a file that is there: {listed}"
    ),
    "dataset_empty": Said("the dataset has no case", 'write one a line: {{"id": "...", "inputs": {{...}}}}'),
    "labels_empty": Said("the file has no label", f"write one a line: {_LABEL}"),
    "line_no_object": Said(_NO_OBJECT, 'write {{"id": "...", "inputs": {{...}}}}'),
    "line_no_label": Said(_NO_OBJECT, f"write {_LABEL}"),
    "case_keys_unknown": Said(_UNKNOWN, f'{_INPUTS}, and what is expected in "expectations": {{{{...}}}}'),
    "label_keys_unknown": Said(_UNKNOWN, _INPUTS),
    "case_id_twice": Said("case id {id!r} is already used on line {line}", "give each case an id of its own"),
    "images_too_large": Said(
        "the images of the suite have over {total:,} bytes; the limit is {most:,}",
        "make them smaller, or take fewer",
    ),
    # Labels: who said what of which answer.
    "label_file_misnamed": Said(
        "label files are named after a person's handle; {owner!r} is not one",
        "rename it: lower-case letters, digits and hyphens, such as ada.jsonl",
    ),
    "labels_in_two_files": Said(
        "{by} has two files: the other one is {other}", "put all lines of a person into one file"
    ),
    "labels_of_another": Said(
        "'by' says {by} in the file of {owner}", "move the lines of {by} to a file of their own"
    ),
    "labelled_twice": Said("{by} has labelled this answer already: {other}", "keep one of the two lines"),
    "id_of_two_answers": Said(
        "{id!r} already names another answer: {other}", "give the line an id of its own"
    ),
    # Labels, in the eyes of the judge that they measure.
    "label_no_winner": Said(
        "label {label!r} is not first, second or tie", "write one of the three, in quotes"
    ),
    "label_off_scale": Said("{label!r} is outside the scale {lowest:g} to {highest:g}", _GRADE),
    "label_no_grade": Said("the label is {given}, not a whole number", _GRADE),
    "answer_missing": Said("{id!r} has no {names} to be judged", "add it to its inputs"),
    "label_incomplete": Said("{id!r}: {why}", "add it to its inputs"),
    "label_unfit": Said("{id!r}: {why}", "{cure}"),
}


def label_line(names: Sequence[str], label: str) -> str:
    """Return what to write where a judge of these variables has no labels."""
    inputs = ", ".join(f'"{name}": "..."' for name in names)
    return f'{A_LINE_EACH}: {{"id": "a", "inputs": {{{inputs}}}, "label": {label}}}'


def dataset_problem(code: DatasetCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a dataset or of labels; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)


def also_on(found: Problem, lines: Sequence[int]) -> Problem:
    """Return a problem of one line that says on which further lines it is, the first of them by number."""
    shown = [*map(str, lines[:_SHOWN]), *(["..."] if len(lines) > _SHOWN else [])]
    more = f"; the same in {len(lines)} more: line {', '.join(shown)}" if lines else ""
    return found._replace(message=found.message + more)


_SHOWN = 5
"""Further lines that a problem names by their numbers."""
