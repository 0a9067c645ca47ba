"""The history of a registry's files, each commit by its own layout: a moved folder keeps its past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from cuebook.core import git
from cuebook.core.files import FixedTree
from cuebook.core.layout import USUAL, Layout
from cuebook.registry.settings import FILES, layout_of

_GLOB = ":(glob)"


def history(root: Path, wanted: Sequence[str], revision: str = "HEAD") -> list[git.FileChange]:
    """Return the history of files, wherever the settings of each commit put them.

    ``wanted`` are paths of the usual layout, and so are those of the changes. A file that only moved with its
    folder counts as changed, not as removed. Raises GitError.
    """
    changes = git.history(root, [*wanted, *FILES], revision)
    layouts = _layouts(root, changes)
    # Asked again only where folders ever moved: their other places are known from the settings alone.
    if set(layouts.values()) - {USUAL}:
        places = set()
        for path in wanted:
            magic = _GLOB if path.startswith(_GLOB) else ""
            bare = path.removeprefix(magic)
            places |= {magic + layout.there(bare) for layout in (USUAL, *layouts.values())}
        changes = git.history(root, [*sorted(places), *FILES], revision)
    return [item for item in _translated(changes, layouts) if item.path not in FILES or item.path in wanted]


def _layouts(root: Path, changes: Sequence[git.FileChange]) -> dict[str, Layout]:
    """The layout from each commit on that changed the settings."""
    data = git.blobs(root, [item.blob for item in changes if item.blob and item.path in FILES])
    there: dict[str, bytes] = {}
    found: dict[str, Layout] = {}
    for item in changes:
        if item.path in FILES:
            there.pop(item.path, None)
            if item.blob:
                there[item.path] = data[item.blob]
            found[item.commit.sha] = layout_of(FixedTree(there))
    return found


def _translated(changes: Sequence[git.FileChange], layouts: dict[str, Layout]) -> Iterator[git.FileChange]:
    before = USUAL
    for commit, group in groupby(changes, key=lambda item: item.commit):
        after = layouts.get(commit.sha, before)
        items = list(group)
        kept = {usual: item for item in items if item.blob and (usual := after.usual(item.path))}
        for item in items:
            usual = (after if item.blob else before).usual(item.path)
            if usual is not None and (item.blob or usual not in kept):
                yield item if usual == item.path else git.FileChange(commit, item.status, usual, item.blob)
        before = after
