"""A real throw-away bare Git repository, which plays the one that GitHub keeps.

Branches of forks live under ``refs/forks/<owner>/``, hidden from fetches by name but, as on GitHub, readable
by SHA. Time stands still between commits and moves a minute with each, from 2026-01-01.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

EPOCH = 1767225600
"""2026-01-01T00:00:00Z, the time of the first commit."""

ZERO = "0" * 40
"""What Git writes where there is no commit."""

_SETTINGS = {
    "http.receivepack": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "transfer.hideRefs": "refs/forks",
    "gc.auto": "0",
    "receive.autogc": "false",
    "core.compression": "0",
    "pack.compression": "0",
}


class Entry(NamedTuple):
    """A file that is not plain: its Git mode and its bytes (a link's target, a submodule's SHA)."""

    mode: str
    data: bytes


Content = str | bytes | Entry | None
"""What a commit writes at a path; None deletes it."""


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry("120000", target.encode())


def submodule(sha: str) -> Entry:
    """A submodule at a commit."""
    return Entry("160000", sha.encode())


def clean_environment() -> dict[str, str]:
    """An environment for git in which nobody's settings count, and which waits for no disk."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_TEST_FSYNC": "0",
    }


class Repository:
    """The bare repository and what tests and the REST stand-in do with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = EPOCH
        folder.mkdir(parents=True)
        self.git("init", "-q", "--bare", "--template=", "-b", "main", ".")
        with (folder / "config").open("a") as file:
            for name, value in _SETTINGS.items():
                section, _, key = name.partition(".")
                file.write(f"[{section}]\n\t{key} = {value}\n")
        shutil.rmtree(folder / "hooks", ignore_errors=True)

    def git(self, *words: str, data: bytes = b"") -> bytes:
        """Standard output of a git command in the repository; raises CalledProcessError."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.folder,
            input=data,
            env=clean_environment(),
            check=True,
            capture_output=True,
        )
        return done.stdout

    def line(self, *words: str) -> str:
        """The same as one line of text."""
        return self.git(*words).decode().strip()

    def tick(self) -> int:
        """The next moment, in seconds since 1970."""
        self.time += 60
        return self.time

    def resolve(self, revision: str) -> str | None:
        """The commit that a ref or SHA names."""
        try:
            return self.line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except subprocess.CalledProcessError:
            return None

    def commit(
        self, files: Mapping[str, Content], ref: str, message: str, who: str, *, parent: str | None = None
    ) -> str:
        """Add a commit to a ref and return its SHA. A new ref starts at ``parent``, or at nothing."""
        when = self.tick()
        start = self.resolve(ref) or parent
        text = message.encode()
        lines = [f"commit {ref}", f"author {who} <{who}@example.org> {when} +0000"]
        lines += [f"committer {who} <{who}@example.org> {when} +0000", f"data {len(text)}"]
        stream = "\n".join(lines).encode() + b"\n" + text + b"\n"
        if start:
            stream += f"from {start}\n".encode()
        stream += b"".join(_change(path, content) for path, content in files.items())
        self.git("fast-import", "--quiet", "--force", "--date-format=raw", data=stream)
        return self.line("rev-parse", ref)

    def merge(self, ref: str, base: str, head: str, message: str) -> str | None:
        """Point a ref at the merge of two commits; None when they are in conflict."""
        try:
            tree = self.line("merge-tree", "--write-tree", base, head).splitlines()[0]
        except subprocess.CalledProcessError:
            return None
        made = self.commit_tree(tree, [base, head], message, "GitHub")
        self.git("update-ref", ref, made)
        return made

    def commit_tree(self, tree: str, parents: list[str], message: str, who: str) -> str:
        """A commit of a tree, on no branch yet."""
        when = f"{self.tick()} +0000"
        words = [word for parent in parents for word in ("-p", parent)]
        identity = {}
        for role in ("AUTHOR", "COMMITTER"):
            identity |= {f"GIT_{role}_NAME": who, f"GIT_{role}_EMAIL": f"{who}@example.org"}
            identity[f"GIT_{role}_DATE"] = when
        done = subprocess.run(
            ["git", "commit-tree", tree, *words],
            cwd=self.folder,
            input=message.encode(),
            env=clean_environment() | identity,
            check=True,
            capture_output=True,
        )
        return done.stdout.decode().strip()

    def read(self, revision: str, path: str) -> bytes | None:
        """A file at a revision."""
        try:
            return self.git("cat-file", "blob", f"{revision}:{path}")
        except subprocess.CalledProcessError:
            return None

    def tree(self, revision: str, *, recursive: bool = True) -> Iterator[tuple[str, str, str, str]]:
        """(mode, type, SHA, path) of what a revision or tree holds."""
        words = ["-r", "-t"] if recursive else []
        for line in self.git("ls-tree", "-z", *words, revision).split(b"\0"):
            if line:
                about, _, path = line.partition(b"\t")
                mode, kind, sha = about.decode().split()
                yield mode, kind, sha, path.decode()

    def workflow_changes(self, sha: str) -> list[str]:
        """Workflow files that the commits up to ``sha`` touch and no ref has yet."""
        words = ["--format=", "--name-only", sha, "--not", "--all", "--", ".github/workflows"]
        return self.line("log", *words).split()

    def changed(self, base: str, head: str) -> list[tuple[str, str]]:
        """(status letter, path) of what ``head`` changes against its merge base with ``base``."""
        found = self.git("diff", "--no-renames", "--name-status", "-z", f"{base}...{head}").split(b"\0")
        return [
            (letter.decode(), path.decode()) for letter, path in zip(found[::2], found[1::2], strict=False)
        ]

    def refs(self, prefix: str) -> dict[str, str]:
        """SHA by the names of the refs below a prefix."""
        lines = self.line("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}


def _change(path: str, content: Content) -> bytes:
    if content is None:
        return f"D {path}\n".encode()
    if isinstance(content, str):
        content = content.encode()
    entry = content if isinstance(content, Entry) else Entry("100644", content)
    if entry.mode == "160000":
        return f"M 160000 {entry.data.decode()} {path}\n".encode()
    return f"M {entry.mode} inline {path}\ndata {len(entry.data)}\n".encode() + entry.data + b"\n"
