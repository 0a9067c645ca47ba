"""Where a change left its branch, by the states that this was in, and what merging it brings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cuebook.core.errors import GitError
from cuebook.core.git import commit_of, run


def left_at(root: Path, revision: str) -> str:
    """The newest commit of a revision's own line that HEAD holds. Raises GitError when there is none.

    That is where HEAD left it, or what HEAD merged of it. A commit that came by a merge is none of these: it
    was part of somebody's branch, and whoever begins a change there would choose what that is compared with.
    """
    try:
        other = commit_of(root, revision)
    except GitError:
        # What counts back from a commit is no name that a server knows.
        is_counted = re.search(r"[~^@]|^HEAD", revision)
        fetched = f"fetch it first: git fetch origin {revision.removeprefix('origin/')}"
        hint = "git log lists the commits that are here" if is_counted else fetched
        raise GitError(f"git knows no revision {revision!r}", hint) from None
    found = last_held(root, other, ["HEAD"])
    if found is None:
        hint = f"fetch the whole history: git fetch --unshallow; if it is here: git rebase {revision}"
        raise GitError(f"HEAD and {revision!r} have no common commit here that {revision} was at", hint)
    return found


def last_held(root: Path, tip: str, commits: Sequence[str]) -> str | None:
    """The newest commit of a tip's own line that these commits hold; None for none. Raises GitError."""
    # What they do not hold of a line of first parents is its newest part.
    held = [f"^{commit}" for commit in commits]
    ahead = run(root, "rev-list", "--first-parent", "--parents", tip, *held, "--").decode().splitlines()
    return next(iter(ahead[-1].split()[1:]), None) if ahead else tip


def hidden_by_merges(root: Path, revision: str) -> list[str]:
    """The files that merging HEAD would change and that nobody is shown, where merges crossed.

    Whoever shows what a change brings compares it with one common commit. Where there are several, a merge
    weighs all of them. Empty where it cannot be merged as it is, or Git is too old to try. Raises GitError.
    """
    tip = commit_of(root, revision)
    parents = run(root, "rev-list", "--parents", "--max-count=1", "HEAD", "--").decode().split()[1:]
    # A hosting service checks out a merge of its own, with the branch first.
    is_tried = len(parents) == 2 and last_held(root, tip, parents[:1]) == parents[0]
    head = parents[1] if is_tried else commit_of(root, "HEAD")
    common = run(root, "merge-base", "--all", tip, head).decode().split()
    if len(common) < 2:
        return []
    try:
        merged = run(root, "merge-tree", "--write-tree", tip, head).decode().split()[0]
    except GitError:
        return []
    first, *others = (_differing(root, commit, head) for commit in common)
    return sorted(_differing(root, tip, merged) - first.intersection(*others))


def _differing(root: Path, old: str, new: str) -> set[str]:
    listing = run(root, "diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return set(listing.decode(errors="surrogateescape").split("\0")[:-1])
