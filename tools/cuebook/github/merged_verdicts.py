"""Take over the verdicts of the pull requests behind a push, so that a merge pays for no reply twice.

A claim is looked at only when the change could not have bent the run that made it: from a branch of this
repository, against the default branch from first to last, touching nothing that makes verdicts in any push.
Whether it holds for what was merged is decided by the digests, which are computed again from the merged tree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook.core.errors import InvalidFiles
from cuebook.core.format import plural
from cuebook.github import run_report
from cuebook.github.api import GitHub, segment
from cuebook.github.run_report import Expected
from cuebook.github.runs import (
    PLACES,
    OwnLine,
    doubtful_base,
    doubtful_push,
    fetch_artifact,
    guarded_files,
    newest_runs,
)
from cuebook.shapes.verdict import Verdict

MOST_COMMITS = 20
"""Commits of one push whose pull requests are looked for."""

_GATE, _EVENT = "gate", "pull_request"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Verdicts that pull requests claim, and a line on each pull request."""

    verdicts: tuple[Verdict, ...]
    lines: tuple[str, ...]


def claimed(
    github: GitHub,
    commits: Sequence[str],
    branch: str,
    line: OwnLine | None,
    places: Collection[str] = PLACES,
) -> Claimed:
    """Return the verdicts claimed by the pull requests merged as these commits of ``branch``, with its line.

    A pull request whose runs the change could have influenced contributes none; ``lines`` say why.
    Raises GitHubError.
    """
    pulls: dict[int, dict[str, Any]] = {}
    for sha in commits[:MOST_COMMITS]:
        for pull in github.pages(f"commits/{segment(sha)}/pulls"):
            # A commit is in every pull request whose branch holds it, whatever became of that one.
            if pull["merged_at"] and pull["base"]["ref"] == branch:
                pulls.setdefault(pull["number"], pull)
    verdicts: list[Verdict] = []
    lines = []
    for number, pull in sorted(pulls.items()):
        try:
            why = _doubt(github, pull, branch, line, places)
            found = [] if why else _verdicts(github, pull["head"])
        except InvalidFiles as error:
            why, found = error.problems[0].message, []
        verdicts += found
        counted = f"{plural(len(found), 'verdict')} claimed"
        lines.append(f"pull request {number}: {f'its evidence is not taken over: {why}' if why else counted}")
    return Claimed(tuple(verdicts), tuple(lines))


def _doubt(
    github: GitHub, pull: dict[str, Any], branch: str, line: OwnLine | None, places: Collection[str]
) -> str:
    """Why a pull request's gate may have run other code than ours; empty when it cannot have."""
    number, head = pull["number"], pull["head"]
    if (head["repo"] or {}).get("full_name") != github.repository:
        return "it came from a fork"
    if touched := guarded_files(github, number, places):
        return f"it touches {touched[0][:100]}"
    if why := doubtful_base(github, head["ref"], branch):
        return why
    return doubtful_push(github, line, head["ref"], head["sha"], places)


def _verdicts(github: GitHub, head: Mapping[str, Any]) -> list[Verdict]:
    run = newest_runs(github, _EVENT, head["sha"], github.repository, head["ref"]).get(_GATE)
    if run is None or run.status != "completed" or run.conclusion not in {"success", "failure"}:
        return []
    data = fetch_artifact(github, run.id, _GATE)
    expected = Expected(_GATE, github.repository, _EVENT, head["sha"])
    if not data:
        return []  # it has expired, or there was nothing to evaluate
    claim = run_report.read(data, expected)
    return [*claim.verdicts, *claim.seconds]
