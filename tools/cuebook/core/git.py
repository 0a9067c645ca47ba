"""The only module that runs git: named questions, NUL-separated answers, one error type."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from pathlib import Path

from cuebook.core.environment import for_git
from cuebook.core.errors import GitError
from cuebook.core.escape import shorten
from cuebook.core.layout import USUAL, Layout
from cuebook.core.moments import written

_LINK_MODES = ("120000", "160000")
"""Git's modes of a symbolic link and of a submodule."""
_LONGEST_NAME = 200
"""Characters of an author's name that are kept: a commit may have a book there."""
_GONE = "000000"
"""Git's mode of what is not there any more."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Who changed something, when it was committed, and in what words. ``time`` is as records have it."""

    sha: str
    author: str
    time: str
    subject: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file touched by a commit. ``status`` is git's letter: A added, M modified, D deleted.

    ``blob`` names the file's bytes after the commit (see ``blobs``); it is empty for links and deletions.
    """

    commit: Commit
    status: str
    path: str
    blob: str = ""


def run(
    root: Path, *words: str, stdin: bytes | None = None, settings: Mapping[str, str] | None = None
) -> bytes:
    """Return what ``git words`` prints. Raises GitError with command, code and message.

    It gets no key of a model, and shows no object in the place of another. ``settings`` of git go through
    the environment, where no list of processes shows them.
    """
    env = for_git(os.environ) | {
        # Some messages are looked for by their English words; a question for a password would wait for ever.
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        # A person who commits beside us must not find the index locked by a question.
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    given = list((settings or {}).items())
    env |= {"GIT_CONFIG_COUNT": str(len(given))} if given else {}
    for index, (name, value) in enumerate(given):
        env |= {f"GIT_CONFIG_KEY_{index}": name, f"GIT_CONFIG_VALUE_{index}": value}
    if planted := _planted(root):
        what = f"{planted} has a file HEAD, and Git would take it for a repository of its own"
        raise GitError(
            what, "take HEAD out of it before anything else: Git runs what a 'config' beside it says"
        )
    # The last says the same to a Git that knows it, from 2.38 on.
    ours = ["-c", "core.quotePath=false", "-c", "safe.bareRepository=explicit"]
    command = ["git", "-C", str(root), *ours, *words]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=env, check=False)
    except FileNotFoundError:
        raise GitError("git is not installed", "install git and try again") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        raise GitError(f"git {' '.join(words)} ended with {done.returncode}: {said}")
    return done.stdout


@lru_cache(maxsize=256)
def _planted(root: Path) -> Path | None:
    """The folder at or above ``root``, below its work tree's top, that Git would take for a bare repository.

    A contribution can bring one, as it is made of plain files, with settings by which Git runs programs and
    with branches of any name. Git looks for one in each folder before it goes up.
    """
    here = root.resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return None
        there = {name for name in ("HEAD", "commondir", "objects", "refs") if os.path.lexists(folder / name)}
        # With a file commondir, objects and refs are where that says.
        if "HEAD" in there and ("commondir" in there or len(there) == 3):
            return folder
    return None


@lru_cache(maxsize=256)
def _lasting(root: Path, *words: str) -> bytes:
    """As ``run``, for a question about a commit that is named in full: its answer is the same for ever."""
    return run(root, *words)


def _asking(revision: str) -> Callable[..., bytes]:
    return _lasting if FULL_SHA.fullmatch(revision) else run


FULL_SHA = re.compile(r"[0-9a-f]{40}")
"""The whole name of a commit, which never means another one later, as a branch may."""
_TOPS: dict[Path, Path] = {}
"""The root that was found of each folder: a command asks a dozen times, and a work tree does not move."""


def top(folder: Path) -> Path | None:
    """The work tree's root that holds ``folder``, or None outside a repository. Raises GitError."""
    place = Path.cwd() / folder
    if place not in _TOPS:
        try:
            found = run(folder, "rev-parse", "--show-toplevel").decode().removesuffix("\n")
        except GitError as error:
            if "not a git repository" in error.message:
                return None
            raise
        _TOPS[place] = Path(found)
    return _TOPS[place]


def ignored(root: Path, paths: Sequence[str]) -> set[str]:
    """Those of these paths below ``root`` that Git ignores; none outside a repository."""
    asked = b"\0".join(os.fsencode(path) for path in paths)
    try:
        found = run(root, "check-ignore", "-z", "--stdin", stdin=asked)
    except GitError:  # it ends with 1 when none is ignored
        return set()
    return {os.fsdecode(path) for path in found.split(b"\0") if path}


def branch_compared(root: Path, default: str) -> str | None:
    """Return the revision that the drafts of this checkout are compared with: the default branch.

    ``origin/NAME``, else the local branch; on the default branch itself its upstream. None where there is
    no such branch, no commit or no repository.
    """
    try:
        here = run(root, "symbolic-ref", "--quiet", "--short", "HEAD").decode().strip()
    except GitError:  # a detached HEAD, or no repository
        here = ""
    names = [f"{default}@{{upstream}}"] if here == default else [f"origin/{default}", default]
    for name in names:
        try:
            commit_of(root, name)
        except GitError:
            continue
        return run(root, "rev-parse", "--abbrev-ref", name).decode().strip()
    return None


def branches(root: Path) -> list[str]:
    """The branches that a checkout knows, here and at ``origin``, without that name; none without Git."""
    try:
        told = run(root, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin").decode()
    except GitError:
        return []
    names = (line.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/") for line in told.split())
    return sorted({name for name in names if name != "HEAD"})


def is_shallow(root: Path) -> bool:
    """Whether the clone holds only the newest part of the history."""
    return run(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def commit_of(root: Path, revision: str) -> str:
    """The full SHA that a revision names: of a branch before a tag, which Git prefers. Raises GitError."""
    if revision.startswith("-"):
        raise GitError(f"{revision!r} is not a revision", "name a branch, a tag or a commit")
    words = ["rev-parse", "--verify", "--quiet", "--end-of-options"]
    if not _NO_BRANCH.fullmatch(revision):
        for folder in ("refs/remotes/", "refs/heads/"):
            with suppress(GitError):
                return run(root, *words, f"{folder}{revision}^{{commit}}").decode().strip()
    return _asking(revision)(root, *words, f"{revision}^{{commit}}").decode().strip()


def tips(root: Path, refs: Sequence[str]) -> dict[str, str]:
    """Return the commit of each of these full refs that exists; none outside a repository."""
    try:
        listed = run(root, "for-each-ref", "--format=%(objectname) %(refname)", *refs).decode().splitlines()
    except GitError:
        if top(root) is None:
            return {}
        raise
    found = {ref: sha for sha, _, ref in (line.partition(" ") for line in listed)}
    return {ref: found[ref] for ref in refs if ref in found}  # a pattern also names what is below it


_NO_BRANCH = re.compile(r"(HEAD|@|refs/|[0-9a-f]{40}).*", re.DOTALL)
"""Revisions that no tag can be taken for."""


@dataclass
class Snapshot:
    """A tree (see ``files.Tree``) at one commit, read without checking it out, by that commit's layout."""

    root: Path
    sha: str
    prefix: str = ""
    layout: Layout = USUAL
    _entries: dict[str, tuple[str, str]] | None = field(default=None, repr=False)
    _blobs: dict[str, bytes] = field(default_factory=dict, repr=False)

    def placed(self, layout: Layout) -> Snapshot:
        """The same files by this layout."""
        return self if layout == self.layout else Snapshot(self.root, self.sha, self.prefix, layout)

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        return sorted(path for path in self._list() if path.startswith(start))

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, or None."""
        mode, blob = self._list().get(path, ("", ""))
        if not blob or mode in _LINK_MODES:
            return None
        if blob not in self._blobs:
            self._fetch(path)
        return self._blobs[blob]

    def is_link(self, path: str) -> bool:
        """Whether the path is a symbolic link or a submodule."""
        return self._list().get(path, ("", ""))[0] in _LINK_MODES

    def entry(self, path: str) -> tuple[str, str] | None:
        """Return mode and object id of what is at a path; None where nothing is."""
        return self._list().get(path)

    def _list(self) -> dict[str, tuple[str, str]]:
        if self._entries is None:
            self._entries = {}
            listing = _asking(self.sha)(self.root, "ls-tree", "-r", "-z", "--full-tree", self.sha)
            for entry in listing.decode(errors="surrogateescape").split("\0")[:-1]:
                meta, _, path = entry.partition("\t")
                if not path.startswith(self.prefix):
                    continue
                mode, _, blob = meta.split(" ")
                inside = self.layout.usual(path.removeprefix(self.prefix))
                if inside is not None:
                    self._entries[inside] = (mode, blob)
        return self._entries

    def _fetch(self, path: str) -> None:
        """Read the blobs of the whole top folder at once: one git process, not one a file."""
        top_folder = path.split("/")[0]
        wanted = [
            blob
            for name, (mode, blob) in self._list().items()
            if name.split("/")[0] == top_folder and mode not in _LINK_MODES
        ]
        self._blobs |= blobs(self.root, wanted)


def blobs(root: Path, ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of each blob, read by one git process. Raises GitError when one is missing."""
    asked = list(dict.fromkeys(ids))
    found = {blob: data for blob in asked if (data := _KEPT.get((root, blob))) is not None}
    wanted = [blob for blob in asked if blob not in found]
    if not wanted:
        return found
    output = run(root, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in wanted).encode())
    place = 0
    for blob in wanted:
        end = output.index(b"\n", place)
        words = output[place:end].decode().split(" ")
        if len(words) != 3:
            raise GitError(f"git has no object {blob}", "fetch the whole history: git fetch --refetch")
        size = int(words[2])
        found[blob] = output[end + 1 : end + 1 + size]
        place = end + size + 2
        if size <= _KEPT_SIZE and len(_KEPT) < _MOST_KEPT:
            _KEPT[root, blob] = found[blob]
    return found


_KEPT: dict[tuple[Path, str], bytes] = {}
"""Blobs that were read: a gate reads the records of the data branch once for each alias."""
_KEPT_SIZE, _MOST_KEPT = 16_384, 4_096
"""Bytes of a blob that is kept, and how many: 64 MB at most, of small files that are read most often."""


def unmerged(root: Path, folder: str) -> dict[str, list[bytes]]:
    """The files of a folder below ``root`` that a merge left in conflict: both sides' bytes, ours first."""
    found: dict[str, dict[str, str]] = {}
    for entry in run(root, "ls-files", "--unmerged", "-z", "--", folder).decode().split("\0")[:-1]:
        meta, _, path = entry.partition("\t")
        _, blob, stage = meta.split(" ")
        found.setdefault(path, {})[stage] = blob
    data = blobs(root, [blob for sides in found.values() for blob in sides.values()])
    return {
        path: [data[sides[stage]] for stage in ("2", "3") if stage in sides] for path, sides in found.items()
    }


def history(root: Path, paths: Sequence[str], revision: str = "HEAD") -> list[FileChange]:
    """Every change of files under these paths on a revision's first-parent line, oldest first.

    Paths are relative to ``root``, which may be a folder inside the repository. Empty outside a repository
    and before the first commit. Raises GitError.
    """
    # A merge counts as what it brought to the line (-m): nobody looks at the branch behind it. Similar files
    # are no rename here: what became of a name is declared in files (see ``registry.renames``).
    words = ["--first-parent", "-m", "--reverse", "--no-renames", "--relative", "--no-ext-diff"]
    words += ["--raw", "--no-abbrev", "-z", "--format=%H%x00%an%x00%ct%x00%s"]
    try:
        tip = revision if revision == "HEAD" else commit_of(root, revision)
        # A user's setting would print lines of GnuPG between the fields.
        output = run(root, "-c", "log.showSignature=false", "log", *words, tip, "--", *paths)
    except GitError:
        if top(root) is None or not _has_commit(root):
            return []
        raise
    return list(_changes(output.decode(errors="replace").split("\0")))


def _has_commit(root: Path) -> bool:
    try:
        return bool(run(root, "rev-parse", "--verify", "--quiet", "HEAD"))
    except GitError:
        return False


def _changes(tokens: list[str]) -> Iterator[FileChange]:
    """Fields are told apart by NUL and by count alone: names and subjects are other people's text."""
    place = 0
    while place + 4 <= len(tokens):
        sha, author, seconds, subject = tokens[place : place + 4]
        commit = Commit(sha, shorten(author, _LONGEST_NAME), _time(seconds), subject)
        place += 4
        while place + 1 < len(tokens) and tokens[place].lstrip("\n").startswith(":"):
            _, mode, _, blob, status = tokens[place].lstrip("\n").split(" ")
            kept = "" if mode in (*_LINK_MODES, _GONE) else blob
            yield FileChange(commit, status[:1], tokens[place + 1], kept)
            place += 2


def _time(seconds: str) -> str:
    """A commit's Unix time; git lets anybody write any number."""
    try:
        return written(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return written(datetime.fromtimestamp(0, UTC))


def time_of(root: Path, sha: str) -> str:
    """When a commit was made, as records have it. Raises GitError."""
    return _time(run(root, "show", "--no-patch", "--format=%ct", sha).decode().strip())


def show(root: Path, sha: str, path: str) -> bytes | None:
    """A file's bytes at a commit, or None when it is not there. The path is relative to ``root``."""
    try:
        return run(root, "show", f"{commit_of(root, sha)}:./{path}")
    except GitError:
        return None


def remote_url(root: Path, remote: str) -> str | None:
    """Where a remote is, or None when there is no such remote."""
    try:
        return run(root, "remote", "get-url", remote).decode().strip()
    except GitError:
        return None


def blob_id(data: bytes) -> str:
    """Return the object id that Git gives to these bytes."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def entries(root: Path, revision: str) -> Iterator[tuple[str, str, str]]:
    """Path, mode and object id of everything but folders at a revision."""
    listing = run(root, "ls-tree", "-r", "-z", "--full-tree", commit_of(root, revision))
    for entry in listing.decode(errors="surrogateescape").split("\0")[:-1]:
        meta, _, path = entry.partition("\t")
        mode, _, name = meta.split(" ")
        yield path, mode, name


def tracked(root: Path) -> dict[str, tuple[str, str]]:
    """Mode and blob of all that is in the index, by path from the work tree's top. Raises GitError."""
    listing = run(root, "ls-files", "-z", "--stage", "--full-name", "--", ":/")
    found = {}
    for entry in listing.decode(errors="surrogateescape").split("\0")[:-1]:
        meta, _, path = entry.partition("\t")
        mode, blob, _ = meta.split(" ")
        found[path] = mode, blob
    return found


def not_ignored(root: Path) -> list[str]:
    """The files below ``root``, tracked or not, that Git does not ignore, by path from there."""
    listing = run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(set(listing.decode(errors="surrogateescape").split("\0")[:-1]))


def attributes(root: Path, paths: Sequence[str], names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Path, name and value of these attributes for each tracked file below ``paths``; none if none is set."""
    # Few repositories have any, and then nothing has to be asked for each of their files.
    if not run(root, "ls-files", "-z", "--", ":(top,glob)**/.gitattributes"):
        return []
    listed = run(root, "ls-files", "-z", "--", *paths)
    told = run(root, "check-attr", "-z", "--stdin", *names, stdin=listed)
    words = told.decode(errors="surrogateescape").split("\0")[:-1]
    return list(zip(words[::3], words[1::3], words[2::3], strict=True))


def list_folder(root: Path, sha: str, folder: str, largest: int) -> dict[str, str]:
    """The regular files of at most ``largest`` bytes in a folder at a commit: path to the id of the blob."""
    words = ["ls-tree", "-r", "-l", "-z", "--full-tree", sha, "--", f"{folder.rstrip('/')}/"]
    listing = _asking(sha)(root, *words)
    found = {}
    for entry in listing.decode(errors="surrogateescape").split("\0")[:-1]:
        meta, _, path = entry.partition("\t")
        mode, kind, blob, size = meta.split()
        if kind == "blob" and mode not in _LINK_MODES and int(size) <= largest:
            found[path] = blob
    return found


def last_author(root: Path, since: str, path: str, revision: str = "HEAD") -> str:
    """Who wrote a revision's newest commit after ``since`` that changed a file, if any. Raises GitError."""
    words = ["log", "-1", "--format=%an", f"{since}..{revision}", "--", path]
    told = run(root, "-c", "log.showSignature=false", *words).decode(errors="replace")
    return shorten(told.strip(), _LONGEST_NAME)


def files_at(root: Path, asked_for: Iterable[tuple[str, str]]) -> list[bytes | None]:
    """A file's bytes at a commit, for each commit and path from the top; None where it is not there."""
    asked = "".join(f"{sha}:{path}\n" for sha, path in asked_for).encode()
    told = (
        run(root, "cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked).decode().splitlines()
    )
    names = [line.removeprefix("blob ") if line.startswith("blob ") else "" for line in told]
    data = blobs(root, filter(None, names))
    return [data.get(name) for name in names]


def ancestors(root: Path, revision: str) -> list[str]:
    """A commit and everything that came before it on any line, newest first. Raises GitError."""
    return run(root, "rev-list", "--topo-order", commit_of(root, revision)).decode().split()


def first_parents(
    root: Path, before: str | None, revision: str = "HEAD", most: int | None = None
) -> list[str]:
    """The newest commits of a revision's first-parent line, newest first, to ``before`` and without it."""
    words = [commit_of(root, revision), *([f"^{before}"] if before else [])]
    words += [] if most is None else [f"--max-count={most}"]
    return run(root, "rev-list", "--first-parent", *words).decode().split()
