"""What Git tracks and must not: files in folders that belong to this tool, and text in other bytes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from cuebook.core import git, git_base
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Tree
from cuebook.core.places import DEFAULT_STATE, OUTPUT, STATE, covers, tracked_in_each
from cuebook.jobs.workspace import Workspace
from cuebook.registry import guides, overrides
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.settings import FILES, load_config
from cuebook.wording.tracked import tracked_problem

# Modes of Git's entries beside those of files.
_LINK, _SUBMODULE = "120000", "160000"
_FOLDERS = (PROMPTS, EVALS, overrides.FOLDER, guides.FOLDER)

_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif")

Attribute: TypeAlias = tuple[str, str, str]
"""Path, name and value, as ``git.attributes`` tells them."""

MOST = 20
"""Files that are named one by one; a whole tree would hide every other problem."""


def problems(workspace: Workspace, base: Tree | None = None) -> list[Problem]:
    """Return a problem for each file tracked in the state or output folder, or in other bytes than Git's.

    What a ``base`` holds below the output folder byte for byte is warned of only: nothing there is read any
    more, and a registry that kept files there before this was looked at goes on.
    """
    # The places of this registry, wherever its settings put them.
    names = [*(workspace.layout.there(folder) for folder in _FOLDERS), *FILES]
    places = [workspace.root / name for name in names]
    held, made, ours = tracked_in_each(workspace.root, [*_places(workspace, base), places])
    found = [
        tracked_problem("in_state", path, kind=_kind(mode), folder="state")
        for path, (mode, _) in held.items()
    ]
    for path, entry in made.items():
        if path not in held:
            known = isinstance(base, git.Snapshot) and base.entry(path) == entry
            about = {"kind": _kind(entry[0]), "folder": "output"}
            found.append(tracked_problem("in_output", path, known=known, **about))
    # Without Git there are no attributes, no links in it, and no reviewers who see something else.
    if git.top(workspace.root) is not None:
        told = git.attributes(workspace.root, names, [*_REWRITING, *_HIDING, "text"])
        found += [*_rewritten(workspace, told, base), *_unread(names, ours, base), *_images(workspace, told)]
        found += _undisplayed(workspace, told, base) if base is not None else ()
    found.sort(key=lambda problem: (problem.severity, problem.file))  # errors first, as the rest is cut
    rest = found[MOST:]
    if len(rest) > 1:
        rest = [rest[0]._replace(message=f"{rest[0].message}; so are {len(rest) - 1} more files")]
    return [*found[:MOST], *rest]


def hidden(workspace: Workspace, branch: str) -> Iterator[Problem]:
    """Files of the registry that merging the change would change, and that reviewers may not be shown."""
    names = [*(workspace.layout.there(folder) for folder in _FOLDERS), *FILES]
    places = tuple(f"{workspace.prefix}{name}" for name in names)
    for path in git_base.hidden_by_merges(workspace.root, branch):
        if path in places or path.startswith(tuple(f"{place}/" for place in places)):
            yield tracked_problem("hidden_by_merges", path.removeprefix(workspace.prefix), branch=branch)


_REWRITING = ("working-tree-encoding", "ident", "filter")
"""Attributes that change more than line ends."""


def _rewritten(workspace: Workspace, told: Sequence[Attribute], base: Tree | None) -> Iterator[Problem]:
    """Files of the registry that a checkout holds in other bytes than Git, by an attribute."""
    found = {
        path: (name, value)
        for path, name, value in told
        if name in _REWRITING and value not in {"unspecified", "unset"}
    }
    same = bool(found) and base is not None and _same_attributes(workspace, base)
    for path, (name, value) in found.items():
        known = base is not None and same and base.read(path) is not None
        yield tracked_problem("rewritten", path, known=known, name=name, value=value)


def _same_attributes(workspace: Workspace, base: Tree, *, harmless: Collection[str] = ()) -> bool:
    """Whether the change leaves every file of attributes as it was, but for lines of ``harmless`` ones.

    Who changes one of them answers for what it does to files that were there before, too.
    """
    paths = (*base.paths(), *workspace.tree.paths())
    files = {path for path in paths if path.rpartition("/")[2] == ".gitattributes"}
    return all(
        _lines_beside(harmless, base.read(path)) == _lines_beside(harmless, workspace.tree.read(path))
        for path in files
    )


def _lines_beside(harmless: Collection[str], data: bytes | None) -> list[str]:
    """The lines of a file of attributes, in order, without those that set only ``harmless`` ones."""
    lines = (data or b"").decode(errors="replace").split("\n")
    if any("[attr]" in line for line in lines):
        return lines  # a macro may have any name
    return [
        line for line in lines if not (line.startswith("#") or _attributes(line) <= {*harmless, "diff=lfs"})
    ]


def _attributes(line: str) -> set[str]:
    """What a line of attributes sets, by name; a driver of diff with it, which may show what a file holds."""
    words = (word.lstrip("-!") for word in line.split()[1:])
    return {word if word.startswith("diff=") else word.partition("=")[0] for word in words}


_GENERATED = ("linguist-generated", "gitlab-generated")
_HIDING = ("diff", *_GENERATED)
"""Attributes by which Git, GitHub, Gitea and GitLab show no lines of a change."""
_HARMLESS = frozenset(
    [
        "text",
        "eol",
        "crlf",
        "filter",
        "merge",
        "lockable",
        "whitespace",
        "export-ignore",
        "export-subst",
        "linguist-language",
        "linguist-vendored",
        "linguist-documentation",
        "linguist-detectable",
    ]
)
"""Attributes without a part in that: lines of them alone may change beside an old one that hides."""


def _undisplayed(workspace: Workspace, told: Sequence[Attribute], base: Tree) -> Iterator[Problem]:
    """Files of the registry of which an attribute hides from reviewers what the change does to them."""
    names: dict[str, str] = {}
    for path, name, value in told:
        if (name, value) == ("diff", "unset"):
            names[path] = "-diff"
        elif name in _GENERATED and value not in {"unspecified", "unset", "false"}:
            names.setdefault(path, name)
    same = bool(names) and _same_attributes(workspace, base, harmless=_HARMLESS)
    for path, name in names.items():
        usual = workspace.layout.usual(path) or path
        data = workspace.tree.read(usual)
        # Of an image or a database no lines are shown anyway, and nothing is hidden of what stays as it is.
        if data and b"\0" not in data and not (same and data == base.read(usual)):
            yield tracked_problem("undisplayed", path, known=same, name=name)


def _images(workspace: Workspace, told: Sequence[Attribute]) -> Iterator[Problem]:
    """Images of cases that Git is told are text: it takes bytes out of them that look like line ends."""
    folder = f"{workspace.layout.there(EVALS)}/"
    for path, name, value in told:
        is_image = path.startswith(folder) and path.lower().endswith(_IMAGES)
        if (name, value) == ("text", "set") and is_image:
            yield tracked_problem("image_as_text", path)


def _unread(
    names: Sequence[str], tracked: Mapping[str, tuple[str, str]], base: Tree | None
) -> Iterator[Problem]:
    """What stands where the registry's files do and is none: submodules, links, and other spellings.

    Nothing in them is read here, but another machine's file system may, or a reviewer may think so.
    """
    for path, entry in tracked.items():
        ways = (name for name in names if f"{path}/".startswith(f"{name}/") or name.startswith(f"{path}/"))
        mine = next(ways, None)
        known = isinstance(base, git.Snapshot) and base.entry(path) == entry
        if mine is None:
            like = next(name for name in names if covers(name, path))
            yield tracked_problem("spelt_alike", path, known=known, like=like)
        elif entry[0] == _SUBMODULE:
            yield tracked_problem("submodule", path, known=known)
        elif entry[0] == _LINK and (path in FILES or mine == overrides.FOLDER):
            yield tracked_problem("tracked_link", path, known=known)


def own(workspace: Workspace) -> list[str]:
    """The state and output folder of the settings, relative to the top of the repository."""
    prefix = workspace.prefix if git.top(workspace.root) else ""
    return [f"{prefix}{DEFAULT_STATE}", f"{prefix}{workspace.config.output}"]


def _places(workspace: Workspace, base: Tree | None) -> tuple[list[Path], list[Path]]:
    """The state and the output folders: by default, by the settings now and before, by the environment."""
    states = [DEFAULT_STATE, os.environ.get(STATE)]
    outputs: list[str | None] = []
    for tree in (workspace.tree,) if base is None else (workspace.tree, base):
        with suppress(InvalidFiles):  # what is wrong with the settings is said of them
            outputs.append(load_config(tree).output)
    outputs.append(os.environ.get(OUTPUT))
    root = workspace.root
    return [root / name for name in states if name], [root / name for name in outputs if name]


def _kind(mode: str) -> str:
    return {_LINK: "a link", _SUBMODULE: "a submodule"}.get(mode, "a file")
