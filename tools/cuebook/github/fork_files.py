"""Prompt files of a pull request, fetched as bytes by the SHA of its head: never checked out, never run.

What the head changes against where it left the default branch is read from Git's own trees, which no name
or race can bend, and anything but new version files and ``meta.yml`` is refused before a byte is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cuebook.core import git
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.files import MAX_FILE, Broken, decode
from cuebook.core.git import blob_id
from cuebook.core.layout import META, USUAL, Layout
from cuebook.core.refs import name_problem, version_number
from cuebook.github.api import MORE_FILES, RAW, GitHub
from cuebook.registry.paths import PROMPTS
from cuebook.registry.settings import Settings
from cuebook.wording.names import new_version

MOST_FILES = 50
"""Each is a request, and a version with its suite and aliases is a handful."""

_PLAIN = "100644"
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", "100755": "a program"}


class Entry(NamedTuple):
    """A file in a tree; ``size`` in bytes is known of the head's only."""

    mode: str
    blob: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Contribution:
    """Files of pull request ``number`` at commit ``head``, by path."""

    number: int
    head: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class RegistryPlace:
    """Where the default branch keeps its registry: the folder (``sub/``), and the layout in it."""

    prefix: str = ""
    layout: Layout = USUAL

    def usual(self, path: str) -> str | None:
        """The path in the usual layout; None outside the registry."""
        return self.layout.usual(path.removeprefix(self.prefix)) if path.startswith(self.prefix) else None


def whole_sha(text: str) -> str:
    """Return a commit's name. Raises UsageError for a branch or a short SHA: these may mean another later."""
    if not git.FULL_SHA.fullmatch(text):
        raise UsageError(f"{text[:60]!r} is not a whole commit SHA", "copy all 40 characters of it")
    return text


def fetch(
    github: GitHub, root: Path, number: int, head: str, branch: str, place: RegistryPlace = RegistryPlace()
) -> Contribution:
    """The files that a pull request adds, when ``head`` is still its head and they are all that it changes.

    ``root`` is a clone of the default branch ``branch`` with its history, ``place`` where the
    registry is in it; the paths of the contribution are of the usual layout. Raises UsageError when
    the pull request is not what was approved, InvalidFiles with everything that is refused, and GitHubError.
    """
    # A branch or a short SHA could mean another commit by the time that it is fetched.
    whole_sha(head)
    verify_head(github, number, head, branch)
    here = git.commit_of(root, "HEAD")
    fork_point = github.get(f"compare/{here}...{head}")["merge_base_commit"]["sha"]
    if not git.FULL_SHA.fullmatch(str(fork_point)):
        cure = (
            "merge the default branch into that of the pull request, then approve the commit that this makes"
        )
        raise UsageError("GitHub names no commit where the pull request branched off", cure)
    before = {path: Entry(mode, blob) for path, mode, blob in git.entries(root, fork_point)}
    after = _tree(github, head)
    changed = {path: entry for path, entry in after.items() if before.get(path, ("", ""))[:2] != entry[:2]}
    # From the tip, too: a number may have been given since the pull request left.
    taken = {path for path, _, _ in git.entries(root, here)}
    if refused := list(_refusals(changed, sorted(set(before) - set(after)), taken, place)):
        raise InvalidFiles(refused)
    files = {place.usual(path) or "": _bytes(github, path, entry) for path, entry in changed.items()}
    return Contribution(number, head, files)


def verify_head(github: GitHub, number: int, head: str, branch: str) -> None:
    """Raise UsageError unless an open pull request against ``branch`` has this head."""
    pull = github.get(f"pulls/{number}")
    if pull["state"] != "open":
        raise UsageError(f"pull request {number} is not open", "open it again, or leave it unevaluated")
    if pull["base"]["ref"] != branch:
        raise UsageError(
            f"pull request {number} is for {pull['base']['ref']}, not {branch}", f"set its base to {branch}"
        )
    if pull["head"]["sha"] != head:
        what = f"pull request {number} has moved on: its head is no longer {head[:12]}"
        raise UsageError(what, "look at what is new in it, then start again with its new head")


def _tree(github: GitHub, head: str) -> dict[str, Entry]:
    tree = github.get(f"git/commits/{head}")["tree"]["sha"]
    listed = github.get(f"git/trees/{tree}", recursive=1)
    if listed.get("truncated"):
        # What is not listed would count as removed.
        cure = "evaluate the change in a checkout: cuebook gate --base origin/main"
        raise UsageError(MORE_FILES, cure)
    return {
        item["path"]: Entry(item["mode"], item["sha"], int(item.get("size") or 0))
        for item in listed["tree"]
        if item["type"] != "tree"
    }


def _refusals(
    changed: Mapping[str, Entry], removed: Sequence[str], taken: set[str], place: RegistryPlace
) -> Iterator[Problem]:
    """Everything about a change that makes it more than data."""
    if len(changed) > MOST_FILES:
        what = f"{len(changed)} files change; at most {MOST_FILES} are looked at"
        yield Problem(PROMPTS, 0, what, "split the pull request into several")
    for path in removed:
        yield Problem(path[:200], 0, "it is removed", _ALLOWED)
    for path, entry in changed.items():
        if entry.mode != _PLAIN:
            yield Problem(path[:200], 0, f"it is {_KINDS.get(entry.mode, 'no plain file')}", _ALLOWED)
        elif not is_allowed(place.usual(path) or ""):
            yield Problem(path[:200], 0, "a contribution may not touch it", _ALLOWED)
        elif entry.size > MAX_FILE:
            what = f"it has {entry.size:,} bytes; the limit is {MAX_FILE:,}"
            yield Problem(path, 0, what, "shorten it")
        elif version_number(path.rpartition("/")[2]) and path in taken:
            name = path.split("/")[-2]
            yield Problem(path, 0, "this version already exists; versions never change", new_version(name))


_ALLOWED = f"only new {PROMPTS}/<name>/v<N>.prompt.yml and {PROMPTS}/<name>/meta.yml are evaluated for forks"


def is_allowed(path: str) -> bool:
    """Whether a contribution may bring a file at this path."""
    parts = path.split("/")
    if len(parts) != 3 or parts[0] != PROMPTS or name_problem(parts[1]):
        return False
    return parts[2] == META or version_number(parts[2]) is not None


def _bytes(github: GitHub, path: str, entry: Entry) -> bytes:
    """The bytes behind a blob's name, which they must bear out."""
    data = github.download(f"git/blobs/{entry.blob}", MAX_FILE, RAW)
    if blob_id(data) != entry.blob:
        raise InvalidFiles([Problem(path, 0, "GitHub sent other bytes than the tree names")])
    try:
        decode(data, path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    return data


def model_problems(models: Mapping[str, str], config: Settings, known: Any) -> list[Problem]:
    """Return a problem for each version whose model the default branch does not allow.

    ``models`` maps paths to models. Where the settings list none, those in ``known`` are allowed, which
    versions on the default branch use: a fork must not choose what is paid for.
    """
    return [
        Problem(path, 0, f"the model {model!r} is not allowed", "use one that the live version uses")
        for path, model in sorted(models.items())
        if not config.allows(model, known)
    ]
