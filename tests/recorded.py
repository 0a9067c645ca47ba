"""Records of publications, written to the data branch of a throw-away repository."""

from __future__ import annotations

from pathlib import Path

from build import git, write
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import BRANCH, Grounds, Live, Published
from cuebook.shapes._base import encode

TIME = "2026-01-01T00:00:00Z"


def on_branch(root: Path, *live: tuple[int, Grounds], published: tuple[str, ...] = ()) -> None:
    """Write records of publications to the data branch of a repository."""
    digests = {n: Workspace(root).registry.version("qa", n).digest for n, _ in live}
    records: list[Live | Published] = [
        Live(
            prompt="qa",
            alias="production",
            version=n,
            digest=digests[n],
            commit="a" * 40,
            time=TIME,
            why="w",
            grounds=grounds,
        )
        for n, grounds in live
    ]
    records += [Published(commit=sha, time=TIME) for sha in published]
    here = git(root, "symbolic-ref", "--short", "HEAD")
    git(root, "checkout", "-q", "--orphan", BRANCH)
    git(root, "rm", "-rfq", "--cached", ".")
    for item in records:
        write(root, {item.path: encode(item)})
        git(root, "add", "-f", item.path)
    git(root, "commit", "-q", "-m", "records")
    git(root, "checkout", "-qf", here)
