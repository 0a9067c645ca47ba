"""Reading what people said of answers, for a judge to be measured against: one file, and one a person.

Every place that needs labels gets them here, so that both are always read together.
"""

from __future__ import annotations

from functools import cache

from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.registry.case_images import cases_with_images
from cuebook.registry.paths import EVALS, LABEL, LABELS, LABELS_FOLDER
from cuebook.registry.suite_files import read_lines
from cuebook.shapes.file_formats import LabelLine
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case


def labels_path(judge: str, person: str = "") -> str:
    """Where the labels of a judge stand, or those that one person gave."""
    return f"{EVALS}/{judge}/{LABELS_FOLDER}/{person}.jsonl" if person else f"{EVALS}/{judge}/{LABELS}"


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
    """The judges that have labels."""
    return {path.split("/")[1] for path in tree.paths(EVALS) if is_labels(path)}


def read_labels(tree: Tree, judge: str) -> tuple[Labels, list[Problem]]:
    """What people labelled for a judge, with the images that are shown to it; nothing where nobody did."""
    folder = f"{EVALS}/{judge}"
    given: list[Given] = []
    problems: list[Problem] = []
    for path in label_files(tree, judge):
        lines, more = _given(tree.read(path) or b"", path)
        cases, worse = cases_with_images(
            tree, folder, path.removeprefix(f"{folder}/"), tuple(item.case for item in lines)
        )
        given += [Given(case, path) for case in cases]
        problems += [*more, *worse]
    return Labels(tuple(item.case for item in given), tuple(given)), problems


@cache
def _given(data: bytes, path: str) -> tuple[tuple[Given, ...], tuple[Problem, ...]]:
    lines, problems = read_lines(data, path, LabelLine)
    given = [
        Given(
            Case(said.id, said.inputs, {LABEL: said.label}, tuple(said.tags), said.cluster, line, said.note),
            path,
        )
        for line, said in lines
    ]
    return tuple(given), tuple(problems)
