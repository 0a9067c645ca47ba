"""The states that the rules of a prompt had on a line of Git's history: what decided about its versions then.

These are its suites with their cases, the labels of their judges, the scorers of the repository and the
settings. Only commits that touched these files are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from cuebook.core import git
from cuebook.core.errors import InvalidFiles, RefError
from cuebook.core.files import Broken, FixedTree
from cuebook.core.layout import suite_path
from cuebook.core.refs import LATEST, parse_ref
from cuebook.core.yaml_files import read_yaml
from cuebook.registry.paths import EVALS
from cuebook.registry.settings import FILES, load_config

_Files = Mapping[str, str]
"""Paths of the usual layout, and the blobs that were there."""

_SHARED = ("", "_scorers")
"""What is read beside suites and labels: the settings, and the scorers of the repository."""


@dataclass(frozen=True)
class RuleState:
    """The files that rules were in from a commit on; None for the state that a line begins with."""

    commit: git.Commit | None
    tree: FixedTree


def rule_states(
    root: Path, changes: Sequence[git.FileChange], line: Collection[str], prompts: Collection[str]
) -> list[RuleState]:
    """Return the state before a line of commits, then each that one of them left, oldest first.

    ``changes`` are those of suites and settings up to the end of the ``line``, ``prompts`` the names that the
    prompt had. Raises GitError.
    """
    steps = _steps(changes, line)
    mine = _concerned(root, steps, prompts)
    wanted = (files for _, groups in steps for name, files in groups.items() if name in mine)
    data = git.blobs(root, dict.fromkeys(blob for files in wanted for blob in files.values()))
    now: dict[str, dict[str, bytes]] = {}
    found = []
    for commit, groups in steps:
        read = {
            name: {path: data[blob] for path, blob in files.items()}
            for name, files in groups.items()
            if name in mine
        }
        if commit is None or any(_differ(name, now.get(name, {}), files) for name, files in read.items()):
            now |= read
            there = {path: content for files in now.values() for path, content in files.items()}
            found.append(RuleState(commit, FixedTree(there)))
    return found


def _differ(name: str, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> bool:
    """Whether a group says something else: of files that hold settings, most has nothing to do with them."""
    others = [{path: data for path, data in files.items() if path not in FILES} for files in (old, new)]
    if name or others[0] != others[1]:
        return old != new
    with suppress(InvalidFiles):
        return load_config(FixedTree(old)) != load_config(FixedTree(new))
    return old != new


def _steps(
    changes: Sequence[git.FileChange], line: Collection[str]
) -> list[tuple[git.Commit | None, dict[str, _Files]]]:
    """All groups of files as a line begins, then what each of its commits made of those that it touched."""
    there: dict[str, dict[str, str]] = {}
    steps: list[tuple[git.Commit | None, dict[str, _Files]]] = []
    for commit, items in groupby(changes, key=lambda item: item.commit):
        is_in = commit.sha in line
        if is_in and not steps:
            steps.append((None, {name: dict(files) for name, files in there.items()}))
        touched = set()
        for item in items:
            group = group_of(item.path)
            touched.add(group)
            files = there.setdefault(group, {})
            files.pop(item.path, None)
            if item.blob:
                files[item.path] = item.blob
        if is_in:
            steps.append((commit, {name: dict(there[name]) for name in touched}))
    return steps or [(None, dict(there))]


def group_of(path: str) -> str:
    """What is read together: a folder of ``evals/``, or (empty) all files where settings may be."""
    parts = path.split("/")
    return parts[1] if parts[0] == EVALS and len(parts) > 2 else ""


def _concerned(
    root: Path, steps: Sequence[tuple[git.Commit | None, dict[str, _Files]]], prompts: Collection[str]
) -> set[str]:
    """The groups that decide about a prompt in any of the steps."""
    suites: dict[str, set[str]] = {}
    for _, groups in steps:
        for name, files in groups.items():
            if blob := files.get(suite_path(name)):
                suites.setdefault(blob, set()).add(name)
    data = git.blobs(root, suites)
    found = {*_SHARED, *prompts}
    for blob, names in suites.items():
        # Most suites are of other prompts, and need no parsing to be known as such.
        if not any(name.encode() in data[blob] for name in prompts) and b"\\" not in data[blob]:
            continue
        try:
            written = read_yaml(data[blob], "").data
        except Broken:
            continue
        if isinstance(written, dict) and written.get("prompt") in prompts:
            found |= {*names, *_pinned(written)}
    return found


def _pinned(written: Any) -> Iterator[str]:
    """The names behind every key ``prompt``, however deep: of a suite and of the judges that it pins."""
    if isinstance(written, dict):
        ref = written.get("prompt")
        if isinstance(ref, str):
            with suppress(RefError):
                yield parse_ref(ref, default_alias=LATEST).name
        for value in written.values():
            yield from _pinned(value)
    elif isinstance(written, list):
        for value in written:
            yield from _pinned(value)
