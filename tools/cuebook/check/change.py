"""Rules for a change: what is published is never edited, removed or renumbered."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.check.prompts import erased_versions
from cuebook.core import git, refs
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.layout import META, shown
from cuebook.registry import version_files
from cuebook.registry.paths import PROMPTS
from cuebook.registry.renames import Renamed
from cuebook.wording.changes import change_problem


def check_change(base: Tree, head: Tree) -> list[Problem]:
    """Published versions that a change edits, removes or renumbers."""
    before = dict(_version_files(base))
    after = dict(_version_files(head))
    # By their bytes: a removed version that a new file repeats was given another number.
    fresh = {_folded(data): path for path, data in after.items() if path not in before}
    called = unsaid_renames(base, head)
    problems = list(_brought_back(base, head))
    for old, new in called.items():
        former, name = old.rpartition("/")[2], new.rpartition("/")[2]
        problems.append(change_problem("renamed_unsaid", f"{new}/{META}", old=former, new=name))
    for path, data in before.items():
        folder, _, file = path.rpartition("/")
        if folder in called:
            continue  # the rename is told once, not as a removal of each version
        if path not in after and refs.version_number(file) in erased_versions(head, folder):
            continue
        if path not in after:
            if moved := fresh.get(_folded(data)):
                number = moved.rpartition("/")[2]
                problems.append(change_problem("renumbered", path, to=number, new=moved, old=path))
            else:
                problems.append(_removed(base, head, path))
        elif _folded(after[path]) != _folded(data):
            line = _first_difference(_folded(data), _folded(after[path]))
            problems.append(
                change_problem("edited", path, line, name=path.split("/")[1], back=_back(base, path))
            )
    return sorted(set(problems))


def _removed(base: Tree, head: Tree, path: str) -> Problem:
    """What is said of a version that is gone; once of a prompt of which nothing is left."""
    folder = path.rpartition("/")[0]
    about = {"name": folder.rpartition("/")[2], "meta": f"{folder}/{META}"}
    if head.paths(folder):
        return change_problem("removed", path, back=_back(base, path), **about)
    return change_problem("prompt_removed", folder, back=_back(base, folder), **about)


def _back(base: Tree, path: str) -> str:
    """The command that brings back what ``base`` has."""
    name = path.split("/")[1]
    renamed = base.names.values() if isinstance(base, Renamed) else ()
    if not isinstance(base, git.Snapshot) or name in renamed or base.layout.there(path) != shown(path):
        return "put it back"  # Git has it nowhere under this name
    return f"git checkout {base.sha[:_SHORT]} -- {path}"


_SHORT = 12
"""Characters of a commit's name that tell it from all others, also in a large repository."""


def unsaid_renames(base: Tree, head: Tree) -> dict[str, str]:
    """Folders of prompts that are gone, and new ones that hold the same versions: old to new.

    Nothing says that these are renames, or ``base`` would have their files under the new names.
    """
    before, after = _folders(base), _folders(head)
    # Only these are read: in nearly every change there are none.
    gone = {folder: _files_of(base, folder) for folder in sorted(before - after)}
    fresh = {folder: _files_of(head, folder) for folder in sorted(after - before)} if gone else {}
    return {
        old: new
        for old, files in gone.items()
        for new, there in fresh.items()
        if files.items() <= there.items()
    }


def _folders(tree: Tree) -> set[str]:
    """The folders of prompts that have a version."""
    return {path.rpartition("/")[0] for path in tree.paths(PROMPTS) if _is_version(path)}


def _files_of(tree: Tree, folder: str) -> dict[str, bytes]:
    """The version files of a prompt's folder by name, with Unix line ends."""
    files = _version_files(tree, folder)
    return {path.rpartition("/")[2]: _folded(data) for path, data in files}


def _brought_back(base: Tree, head: Tree) -> Iterator[Problem]:
    """Erased versions that a change takes off the list: nothing else may ever have their number."""
    for path in base.paths(PROMPTS):
        folder, _, file = path.rpartition("/")
        if file == META and (gone := erased_versions(base, folder) - erased_versions(head, folder)):
            listed, whole = ", ".join(map(str, sorted(gone))), sorted(erased_versions(base, folder))
            yield change_problem("brought_back", path, listed=listed, all=str(whole))  # as YAML has a list


def check_numbers(settled: Tree, tip: Tree, head: Tree, branch: str) -> list[Problem]:
    """Drafts whose number ``branch`` has given to another version since they began, at ``settled``."""
    begun, there = dict(_version_files(settled)), dict(_version_files(tip))
    problems = []
    for path, data in _version_files(head):
        other = there.get(path)
        if path in begun or other is None or _folded(other) == _folded(data):
            continue
        name = path.split("/")[1]
        number = refs.version_number(path.rpartition("/")[2])
        version, _ = version_files.read_version(other, path, name, number or 0, tip)
        said = f": {version.message!r}" if version else ""
        about = {"branch": branch, "number": number, "message": said, "name": name}
        problems.append(change_problem("number_taken", path, **about))
    return problems


def _folded(data: bytes) -> bytes:
    """Bytes with Unix line ends: Git for Windows writes files into a checkout, and no digest sees them."""
    return data.replace(b"\r\n", b"\n")


def _is_version(path: str) -> bool:
    return path.count("/") == 2 and refs.version_number(path.rpartition("/")[2]) is not None


def _version_files(tree: Tree, folder: str = PROMPTS) -> Iterator[tuple[str, bytes]]:
    for path in tree.paths(folder):
        if _is_version(path):
            data = tree.read(path)
            if data is not None:
                yield path, data


def _first_difference(old: bytes, new: bytes) -> int:
    pairs = zip(old.split(b"\n"), new.split(b"\n"), strict=False)
    return next((line for line, (was, now) in enumerate(pairs, 1) if was != now), old.count(b"\n") + 1)
