"""Give drafts the next free numbers where the default branch has taken theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cuebook.core import git
from cuebook.core.errors import UsageError
from cuebook.core.files import Tree
from cuebook.core.layout import aliases_path
from cuebook.core.refs import version_number
from cuebook.jobs.checking import why_no_base
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_edit import point
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.numbering import renumbered
from cuebook.registry.paths import PROMPTS, version_path
from cuebook.registry.version_files import read_pointers


@dataclass(frozen=True)
class Renumbering:
    """``numbers``: old to new number of each draft. ``aliases`` are those that went with their draft,
    ``includers`` drafts whose text includes one, and follows it.
    """

    branch: str
    numbers: dict[int, int]
    aliases: tuple[str, ...]
    includers: tuple[str, ...] = ()


def renumber(workspace: Workspace, name: str, base: str | None) -> Renumbering:
    """Rename a prompt's drafts whose number ``base`` (or the default branch) uses already.

    Also in the middle of a merge that both sides' new version is in conflict in: the branch's stays, ours
    moves. Raises UsageError where no branch is known, GitError.
    """
    branch = base or workspace.default_base
    if branch is None:
        what = f"there is nothing to compare with: {why_no_base(workspace)}"
        raise UsageError(what, "name a branch or commit: --base REVISION")
    there = _versions(workspace.tip(branch).tree, name)
    settled = set(_versions(workspace.at(branch).tree, name))
    here = _versions(workspace.tree, name)
    ours = {}
    for path, sides in git.unmerged(workspace.root, workspace.layout.there(f"{PROMPTS}/{name}")).items():
        number = _number(path)
        if number is not None:
            # Of the two sides of the conflict ours is the one that the branch does not have.
            ours[number] = next((data for data in sides if data != there.get(number)), b"")
    here |= {number: data for number, data in ours.items() if data}
    moved = renumbered(here, there, settled)
    for number, to in sorted(moved.items(), reverse=True):  # from above, so that none lands on another
        workspace.write(version_path(name, to), here[number])
        # The number goes to the branch's version, here as well.
        if number in there:
            workspace.write(version_path(name, number), there[number])
        elif number not in moved.values():
            workspace.remove(version_path(name, number))
    aliases = tuple(_follow(workspace, name, branch, moved))
    return Renumbering(branch, moved, aliases, tuple(_repin(workspace, name, branch, moved)))


def _versions(tree: Tree, name: str) -> dict[int, bytes]:
    """A prompt's versions with Unix line ends, by number."""
    found = {}
    for path in tree.paths(f"{PROMPTS}/{name}"):
        number = _number(path)
        if number is not None:
            found[number] = (tree.read(path) or b"").replace(b"\r\n", b"\n")
    return found


def _number(path: str) -> int | None:
    return version_number(path.rpartition("/")[2])


def _repin(workspace: Workspace, name: str, branch: str, moved: dict[int, int]) -> list[str]:
    """Let drafts of this branch include a renumbered draft by its new number; what is published stays."""
    if not moved:
        return []
    there = workspace.tip(branch).tree
    pattern = re.compile(rb"(\{\{\s*>\s*" + re.escape(name.encode()) + rb"/)([1-9][0-9]*)(?=\s*\}\})")

    def new(match: re.Match[bytes]) -> bytes:
        number = int(match[2])
        return match[1] + str(moved.get(number, number)).encode()

    found = []
    for path in workspace.tree.paths(PROMPTS):
        number, data = _number(path), workspace.tree.read(path) or b""
        if number is None or data == there.read(path):
            continue
        if (made := pattern.sub(new, data)) != data:
            workspace.write(path, made)
            found.append(f"{path.split('/')[1]}/{number}")
    return found


def _follow(workspace: Workspace, name: str, branch: str, moved: dict[int, int]) -> list[str]:
    """Point the aliases that this branch had moved to a draft at its new number."""
    path = aliases_path(name)
    data = workspace.tree.read(path)
    pointers, problems = read_pointers(data or b"", path)
    if data is None or problems:
        return []  # such as marks of a conflict: its author has to say which aliases there are
    before = workspace.tip(branch).pointers(name) if name in workspace.tip(branch).names() else {}
    mine = [alias for alias, to in pointers.items() if {*to.live} & {*moved} and before.get(alias) != to]
    for alias in mine:
        data = point(data, path, alias, _renumbered(pointers[alias], before.get(alias), moved))
    workspace.write(path, data)
    return mine


def _renumbered(pointer: Pointer, before: Pointer | None, moved: dict[int, int]) -> Pointer:
    """What the branch has set of an alias, at the new numbers; what was there before is another version."""
    old_tries = before.tries if before else {}
    use = pointer.use if before and before.use == pointer.use else moved.get(pointer.use, pointer.use)
    tries = {
        number if number in old_tries else moved.get(number, number): share
        for number, share in pointer.tries.items()
    }
    return Pointer(use, dict(sorted(tries.items())))
