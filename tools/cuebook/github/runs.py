"""Runs of our workflows on GitHub, what they left behind, and whether a change could have bent them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cuebook.core import git, git_base
from cuebook.core.errors import GitError, Refused
from cuebook.core.places import DEFAULT_OUTPUT, DEFAULT_STATE, covers
from cuebook.github import run_report
from cuebook.github.api import GitHub, segment
from cuebook.github.run_report import MAX_ARTIFACT, STEPS

_GUARDED = re.compile(
    r"(\.github|tools|requirements)/.*|[^/]*\.(py|toml|cfg|ini)|(.*/)?(cuebook\.toml|\.git(attributes|modules)|CODEOWNERS)",
    re.DOTALL,
)
"""Paths that make verdicts, or that a build of ours would run. A change to one of them speaks for itself.

Attributes of Git may have reviewers see other bytes than a checkout holds.
"""

PLACES = (DEFAULT_STATE, DEFAULT_OUTPUT)
"""The folders of state and output of a registry at the top of its repository."""

_FIRST = re.compile(r"\.github/.*|requirements/.*|tools/.*", re.DOTALL)
"""What runs beside a key, before anything else that is named."""

MOST_FILES = 3_000
"""Files of a pull request that GitHub lists."""
MOST_COMPARED = 300
"""Files of a comparison that GitHub lists."""
MOST_COMMITS = 250
"""Commits of a comparison that GitHub lists."""
MOST_PUSHES = 50
"""Earlier pushes to a pull request that are looked at before its evidence is taken over."""
MOST_PULLS = 30
"""Pull requests of one branch whose events are read, a request each."""
_MOVED = {"base_ref_changed", "automatic_base_change_succeeded"}
"""Events of a pull request that had another base branch before."""


class WorkflowRun(NamedTuple):
    """One run of a workflow, as far as it matters here."""

    step: str
    id: int
    attempt: int
    status: str
    conclusion: str
    url: str


def newest_runs(github: GitHub, event: str, head: str, source: str, branch: str) -> dict[str, WorkflowRun]:
    """By step, the newest run for a commit and event whose head is this branch of the repository ``source``.

    The same commit on another branch may be proposed for another base, whose workflows are others.
    """
    newest: dict[str, WorkflowRun] = {}
    for run in github.pages("actions/runs", "workflow_runs", head_sha=head, event=event, branch=branch):
        step = step_of(run)
        # Asked for already, and still looked at: a server may ignore a filter that it does not know.
        where = ((run["head_repository"] or {}).get("full_name"), run["head_branch"] or "")
        if step is None or (run["head_sha"], run["event"], *where) != (head, event, source, branch):
            continue
        conclusion, attempt = run["conclusion"] or "", run.get("run_attempt", 1)
        made = WorkflowRun(step, run["id"], attempt, run["status"], conclusion, run["html_url"])
        # GitHub lists no order that could be relied on; ids rise.
        if step not in newest or made.id > newest[step].id:
            newest[step] = made
    return newest


def step_of(run: Mapping[str, Any]) -> str | None:
    """Return the step that a run's workflow carries out, by the path of its file: names can be anybody's."""
    path = str(run.get("path", "")).partition("@")[0]
    return next((step for step in STEPS if path == f".github/workflows/{step}.yml"), None)


@dataclass(frozen=True, slots=True)
class OwnLine:
    """The line of commits, by first parents, that the default branch was at; ``root`` is a clone with it."""

    root: Path
    tip: str

    @classmethod
    def of(cls, root: Path, revision: str = "HEAD") -> OwnLine | None:
        """The line that ends at a revision; None where the clone lacks a part of it. Raises GitError."""
        return None if git.is_shallow(root) else cls(root, git.commit_of(root, revision))

    def last_held(self, commits: Sequence[str]) -> str | None:
        """The newest commit of the line that these hold; None for none. Raises GitError."""
        return git_base.last_held(self.root, self.tip, commits)


def changed(github: GitHub, line: OwnLine | None, head: str) -> tuple[list[str], str]:
    """The files in which a commit differs from the newest state of the default branch that it holds.

    Else, why nobody can see all of them. GitHub lists the files of a pull request against a common commit, of
    which criss-cross merges have several: what one of these has already is not in the list, and is merged.
    """
    if line is None:
        return [], "cannot be compared, as this clone is shallow"
    try:
        told = github.get(f"compare/{segment(line.tip)}...{segment(head)}")
        inside = {commit["sha"] for commit in told["commits"]}
        if told["ahead_by"] > len(inside):
            return [], f"has {MOST_COMMITS} commits or more"
        before = [parent["sha"] for commit in told["commits"] for parent in commit["parents"]]
        start = line.last_held([sha for sha in before if sha not in inside] if inside else [head])
        files = github.get(f"compare/{segment(start)}...{segment(head)}")["files"] if start else None
    except (Refused, GitError):
        # A commit that nobody can look at any more may have been anything.
        files = None
    if files is None:
        return [], "cannot be compared with the default branch any more"
    if len(files) >= MOST_COMPARED:
        return [], f"changed {MOST_COMPARED} files or more"
    return [name for item in files for name in (item["filename"], item.get("previous_filename") or "")], ""


def guarded_files(github: GitHub, number: int, places: Collection[str] = PLACES) -> list[str]:
    """Files of a pull request that make verdicts; one entry says so where there are too many to see."""
    found, seen = [], 0
    for item in github.pages(f"pulls/{number}/files"):
        seen += 1
        names = (item["filename"], item.get("previous_filename") or "")
        found += guarded(names, places)
    # Only the first few are listed where a person reads them.
    found.sort(key=lambda name: _FIRST.fullmatch(name) is None)
    return [*found, f"{MOST_FILES} files or more"] if seen >= MOST_FILES else found


def guarded(names: Iterable[str], places: Collection[str] = PLACES) -> list[str]:
    """Return those of these files that make verdicts, or that are in the folders that belong to Cuebook."""
    return [
        name
        for name in names
        if name and (_GUARDED.fullmatch(name) or any(covers(place, name) for place in places))
    ]


def doubtful_base(github: GitHub, branch: str, base: str) -> str:
    """Why runs of a branch may have been those of another base's workflows; empty when none can.

    A workflow runs as the merge with its base has it, and whoever proposes a branch chooses what for. Of a
    run GitHub does not tell the base that it had.
    """
    owner = github.repository.partition("/")[0]
    listed = github.pages("pulls", state="all", head=f"{owner}:{branch}")
    mine = [pull for pull in listed if (pull["head"]["repo"] or {}).get("full_name") == github.repository]
    if any(pull["base"]["ref"] != base for pull in mine):
        return "its branch was also proposed for another branch"
    if len(mine) > MOST_PULLS:
        return f"its branch was proposed more than {MOST_PULLS} times"
    events = (item for pull in mine for item in github.pages(f"issues/{pull['number']}/events"))
    if any(item["event"] in _MOVED for item in events):
        return "it was moved from one base branch to another"
    return ""


def doubtful_push(
    github: GitHub, line: OwnLine | None, branch: str, head: str, places: Collection[str] = PLACES
) -> str:
    """What a push to a pull request's branch may have left behind; empty when nothing.

    A run of a changed workflow can report anything, and can save replies that no model gave in a cache which
    every later run of the same pull request takes up.
    """
    runs = github.pages("actions/runs", "workflow_runs", branch=branch, event="pull_request")
    mine = [run for run in runs if (run["head_repository"] or {}).get("full_name") == github.repository]
    try:
        # Whoever may push may delete runs as well, but not this list. A cache lives for a week without use.
        pushed = list(github.pages("activity", ref=f"refs/heads/{branch}", time_period="quarter"))
    except Refused:
        return "GitHub does not tell what was pushed to its branch"
    shas = [head] + [run["head_sha"] for run in mine] + [item["after"] for item in pushed]
    known = [sha for sha in dict.fromkeys(shas) if sha.strip("0")]  # zeros: deleted
    if len(known) > MOST_PUSHES:
        return f"it was pushed to more than {MOST_PUSHES} times"
    for sha in known:
        names, unseen = changed(github, line, sha)
        touched = guarded(names, places)
        if touched or unseen:
            which = "its commit" if sha == head else "its earlier commit"
            return f"{which} {sha[:12]} {unseen or f'touched {touched[0][:100]}'}"
    return ""


def fetch_artifact(github: GitHub, run: int, name: str) -> bytes | None:
    """The newest artifact of this name that a run left, or None. Raises InvalidFiles when too large."""
    listed = github.pages(f"actions/runs/{run}/artifacts", "artifacts")
    mine = [item for item in listed if item["name"] == name and not item["expired"]]
    if not mine:
        return None
    # Each attempt of a run leaves one of its own.
    newest = max(mine, key=lambda item: item["id"])
    # Said before anything is fetched; the download itself stops there, too, whatever was listed.
    if newest["size_in_bytes"] > MAX_ARTIFACT:
        raise run_report.refused(
            f"the artifact has {newest['size_in_bytes']:,} bytes; the limit is {MAX_ARTIFACT:,}"
        )
    return github.download(f"actions/artifacts/{newest['id']}/zip", MAX_ARTIFACT)
