"""Images of cases: files below the suite's folder, which the cases name and their digests cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from cuebook.core.canonical import digest_bytes
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.images import as_url, problem_of
from cuebook.shapes.run import Case
from cuebook.shapes.suite import Suite
from cuebook.wording.case_files import why_no_image
from cuebook.wording.datasets import dataset_problem

LARGEST_SUITE = 100 * 1024 * 1024
"""Bytes of all images of a suite."""


def with_images(tree: Tree, suite: Suite) -> tuple[Suite, list[Problem]]:
    """Return the suite with the images that its cases name, each read once; itself where they name none.

    Which inputs are images, the versions say: a file that is none stays what it is, a value of the case.
    """
    cases, problems = cases_with_images(tree, suite.path, suite.dataset, suite.cases)
    return (suite if cases is suite.cases else replace(suite, cases=cases)), problems


def cases_with_images(
    tree: Tree, folder: str, file: str, cases: tuple[Case, ...]
) -> tuple[tuple[Case, ...], list[Problem]]:
    """The cases of a file with the images that they name below its folder; the same where they name none."""
    named = {name for case in cases for _, name in _named(case)}
    if not named:
        return cases, []
    found: dict[str, bytes] = {}
    for name in sorted(named):
        if not image_problem(tree, folder, name):
            found[name] = tree.read(f"{folder}/{name}") or b""
        if (total := sum(map(len, found.values()))) > LARGEST_SUITE:
            about = {"total": total, "most": LARGEST_SUITE}
            return cases, [dataset_problem("images_too_large", f"{folder}/{file}", **about)]
    urls = {name: as_url(data) for name, data in found.items()}
    digests = {name: digest_bytes(data) for name, data in found.items()}
    return tuple(_with(case, urls, digests) for case in cases), []


def image_problem(tree: Tree, folder: str, name: str) -> str:
    """Return why a file below a suite's folder cannot be an image of a case; empty where it can."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
        return why_no_image("outside", folder, name)
    if tree.is_link(f"{folder}/{name}"):
        return why_no_image("link", folder, name)
    data = tree.read(f"{folder}/{name}")
    if data is None:
        return why_no_image("missing", folder, name)
    problem = problem_of(data)
    return f"{folder}/{name} is {problem}" if problem else ""


def with_inputs(case: Case, other: Case, names: Iterable[str]) -> Case:
    """The case with these inputs of another state of it, and the images that they are.

    A file that the case shows already is as the case has it: one path is one image.
    """
    urls = {file: other.images[name] for name, file in _named(other) if name in other.images}
    urls |= {file: case.images[name] for name, file in _named(case) if name in case.images}
    inputs = {**case.inputs, **{name: other.inputs[name] for name in names}}
    return _with(replace(case, inputs=inputs), urls, {**other.files, **case.files})


def file_named(value: Any) -> str | None:
    """Return the file that a value of a case names (``{"file": "photos/a.jpg"}``); None for other values."""
    is_named = isinstance(value, Mapping) and value.keys() == {"file"} and isinstance(value["file"], str)
    return value["file"] if is_named else None


def _named(case: Case) -> Iterator[tuple[str, str]]:
    for name, value in case.inputs.items():
        if (file := file_named(value)) is not None:
            yield name, file


def _with(case: Case, urls: Mapping[str, str], digests: Mapping[str, str]) -> Case:
    named = {name: file for name, file in _named(case) if file in urls}
    if not named:
        return case
    files = {file: digests[file] for file in named.values()}
    return replace(case, files=files, images={name: urls[file] for name, file in named.items()})
