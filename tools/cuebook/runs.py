"""Runs of our workflows on GitHub, what they left behind, and whether a change could have bent them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cuebook import claim
from cuebook.claim import MAX_ARTIFACT, STEPS
from cuebook.github import GitHub

GUARDED = (".github/", "tools/cuebook/", "requirements/", "pyproject.toml")
"""Paths that make verdicts. A change to one of them speaks for itself."""

MOST_FILES = 3_000
"""Files of a pull request that GitHub lists."""


class Run(NamedTuple):
    """One run of a workflow, as far as it matters here."""

    step: str
    id: int
    attempt: int
    status: str
    conclusion: str
    url: str


def newest_runs(github: GitHub, event: str, head: str, source: str) -> dict[str, Run]:
    """By step, the newest run for a commit and event whose head is in the repository ``source``."""
    newest: dict[str, Run] = {}
    for run in github.pages("actions/runs", "workflow_runs", head_sha=head, event=event):
        step = step_of(run)
        about = (run["head_sha"], run["event"], (run["head_repository"] or {}).get("full_name"))
        if step is None or about != (head, event, source):
            continue
        conclusion, attempt = run["conclusion"] or "", run.get("run_attempt", 1)
        made = Run(step, run["id"], attempt, run["status"], conclusion, run["html_url"])
        if step not in newest or made.id > newest[step].id:
            newest[step] = made
    return newest


def step_of(run: Mapping[str, Any]) -> str | None:
    """Which step a run's workflow file carries out, by its path; names can be anybody's."""
    path = str(run.get("path", "")).partition("@")[0]
    return next((step for step in STEPS if path == f".github/workflows/{step}.yml"), None)


def guarded_files(github: GitHub, number: int) -> list[str]:
    """Files of a pull request that make verdicts; one entry says so where there are too many to see."""
    found, seen = [], 0
    for item in github.pages(f"pulls/{number}/files"):
        seen += 1
        names = (item["filename"], item.get("previous_filename") or "")
        found += [name for name in names if name.startswith(GUARDED)]
    return [*found, f"{MOST_FILES} files or more"] if seen >= MOST_FILES else found


def fetch_artifact(github: GitHub, run: int, name: str) -> bytes | None:
    """The newest artifact of this name that a run left, or None. Raises InvalidFiles when too large."""
    listed = github.pages(f"actions/runs/{run}/artifacts", "artifacts")
    mine = [item for item in listed if item["name"] == name and not item["expired"]]
    if not mine:
        return None
    newest = max(mine, key=lambda item: item["id"])
    if newest["size_in_bytes"] > MAX_ARTIFACT:
        raise claim.refused(
            f"the artifact has {newest['size_in_bytes']:,} bytes; the limit is {MAX_ARTIFACT:,}"
        )
    return github.download(f"actions/artifacts/{newest['id']}/zip", MAX_ARTIFACT)
