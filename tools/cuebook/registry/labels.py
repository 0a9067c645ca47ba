"""Reading what people said of answers, for a judge to be measured against: one file, and one a person.

Every place that needs labels gets them here, so that both are always read together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from statistics import fmean

from cuebook.core.canonical import canonical
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.layout import labels_path
from cuebook.core.refs import name_problem
from cuebook.registry.case_images import cases_with_images
from cuebook.registry.paths import EVALS, LABEL, LABELS, LABELS_FOLDER
from cuebook.registry.suite_files import labelled_case, read_lines
from cuebook.shapes._fields import HANDLE_PATTERN
from cuebook.shapes.file_formats import LabelLine
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case, Json
from cuebook.wording.datasets import dataset_problem

TIE = "tie"
"""The joint label of people who find neither of two answers better."""


def label_files(tree: Tree, judge: str) -> list[str]:
    """The files with labels of a judge, the one without a name first."""
    folder = f"{EVALS}/{judge}/{LABELS_FOLDER}"
    own = [path for path in tree.paths(folder) if is_labels(path)]
    return [path for path in [labels_path(judge), *own] if tree.read(path) is not None]


def is_labels(path: str) -> bool:
    """Whether a file of a registry is read as labels, by its name."""
    top, _, inside = path.partition("/")
    _, _, name = inside.partition("/")
    folder, _, own = name.rpartition("/")
    return top == EVALS and (name == LABELS or (folder == LABELS_FOLDER and own.endswith(".jsonl")))


def labelled(tree: Tree) -> set[str]:
    """Return the judges that have labels."""
    return {path.split("/")[1] for path in tree.paths(EVALS) if is_labels(path)}


def read_labels(tree: Tree, judge: str) -> tuple[Labels, list[Problem]]:
    """Read what people labelled for a judge, with the images that it is shown; empty where nobody did."""
    folder = f"{EVALS}/{judge}"
    given: list[Given] = []
    problems: list[Problem] = []
    for path in label_files(tree, judge):
        lines, more = _given(tree.read(path) or b"", path)
        cases, worse = cases_with_images(
            tree, folder, path.removeprefix(f"{folder}/"), tuple(item.case for item in lines)
        )
        given += [replace(item, case=case) for item, case in zip(lines, cases, strict=True)]
        problems += [*more, *worse]
    problems += [*_files(given), *_twice(given), *_one_id(given)]
    cases, several = _answers(given)
    return Labels(cases, tuple(given), several), problems


@cache
def _given(data: bytes, path: str) -> tuple[tuple[Given, ...], tuple[Problem, ...]]:
    lines, problems = read_lines(data, path, LabelLine)
    owner = _owner(path)
    given = [
        Given(
            labelled_case(said, line),
            said.label,
            path,
            said.by or owner,
            said.of or "",
        )
        for line, said in lines
    ]
    return tuple(given), tuple(problems)


def _owner(path: str) -> str:
    """Whose file it is: its name; empty for the file without one."""
    folder, _, file = path.rpartition("/")
    return file.removesuffix(".jsonl") if folder.endswith(f"/{LABELS_FOLDER}") else ""


def _answers(given: Sequence[Given]) -> tuple[tuple[Case, ...], dict[str, tuple[Given, ...]]]:
    """The answers that have a label, each once, and the lines behind those that have several.

    Lines of nobody in particular stay apart: they may be repeated on purpose, and once were counted so.
    """
    said = [item for item in given if item.label is not None]
    if not any(item.by for item in said):
        return tuple(item.case for item in said), {}
    answers: dict[bytes, list[Given]] = {}
    for item in said:
        answers.setdefault(_asked(item.case), []).append(item)
    cases: list[Case] = []
    several: dict[str, tuple[Given, ...]] = {}
    for lines in answers.values():
        if len(lines) == 1 or not any(item.by for item in lines):
            cases += [item.case for item in lines]
            continue
        notes = " / ".join(item.case.note for item in lines if item.case.note)
        cases.append(replace(lines[0].case, expectations={LABEL: _mean(lines)}, note=notes))
        several[lines[0].case.id] = tuple(lines)
    return tuple(cases), several


def _mean(lines: Sequence[Given]) -> Json:
    """What people say of an answer: the mean of theirs, of words what more than half say, else a tie."""
    theirs: dict[str, list[Json]] = {}
    for item in lines:
        theirs.setdefault(item.by, []).append(item.label)
    labels = [item.label for item in lines]
    if all(isinstance(label, int) for label in labels):
        mean = round(fmean(fmean(found) for found in theirs.values()), 6)
        return int(mean) if mean == int(mean) else mean
    word, most = Counter(labels).most_common(1)[0]
    return word if 2 * most > len(labels) else TIE


def turned(old: Labels, new: Labels) -> list[Given]:
    """The lines that came since, and by which an answer has another label than that of the former ones."""
    before = {_asked(case): case.expectations.get(LABEL) for case in old.cases}
    now = {_asked(case): case.expectations.get(LABEL) for case in new.cases}
    other = {key for key, label in before.items() if key in now and now[key] != label}
    known = {(item.by, _asked(item.case)) for item in old.given if item.label is not None}
    found = {
        key: item
        for item in new.given
        if item.label is not None and (key := _asked(item.case)) in other and (item.by, key) not in known
    }
    return list(found.values())


def _asked(case: Case) -> bytes:
    return canonical(dict(case.inputs))


def _files(given: Sequence[Given]) -> Iterator[Problem]:
    """Files that are not of one person each: a wrong name, lines of somebody else, a second file."""
    firsts = {(item.path, item.by): item for item in reversed(given)}
    homes = {owner: item.path for item in given if (owner := _owner(item.path))}
    for owner, path in homes.items():
        if not re.fullmatch(HANDLE_PATTERN, owner) or name_problem(owner):
            yield dataset_problem("label_file_misnamed", path, owner=owner)
    for (path, by), item in firsts.items():
        if by in homes and homes[by] != path:
            yield dataset_problem("labels_in_two_files", path, item.case.line, by=by, other=homes[by])
        elif by != _owner(path) and _owner(path):
            yield dataset_problem("labels_of_another", path, item.case.line, by=by, owner=_owner(path))


def _twice(given: Sequence[Given]) -> Iterator[Problem]:
    """Answers that one person labelled twice; the answers of both arms may be the same words."""
    told: dict[tuple[str, str], list[Given]] = {}
    for item in given:
        if not item.by:
            continue
        before = told.setdefault((item.by, canonical(dict(item.case.inputs)).decode()), [])
        if same := next((one for one in before if not (one.of and item.of) or one.of == item.of), None):
            about = {"by": item.by, "other": _place(same, item)}
            yield dataset_problem("labelled_twice", item.path, item.case.line, **about)
        before.append(item)


def _one_id(given: Sequence[Given]) -> Iterator[Problem]:
    """Ids that stand for one answer in a file and for another in the next one."""
    first: dict[str, Given] = {}
    for item in given:
        known = first.setdefault(item.case.id, item)
        if known.path != item.path and known.case.inputs != item.case.inputs:
            about = {"id": item.case.id, "other": _place(known, item)}
            yield dataset_problem("id_of_two_answers", item.path, item.case.line, **about)


def _place(there: Given, here: Given) -> str:
    return f"line {there.case.line}" if there.path == here.path else f"{there.path}:{there.case.line}"
