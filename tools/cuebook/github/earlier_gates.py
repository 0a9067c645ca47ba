"""What gates of pull requests found before: their verdicts, and how often each question was asked.

A push that changes nothing the verdict rests on, a press of "Re-run jobs", or the same words on another
branch are no new evidence. Where the change cannot have bent an earlier run of its own, that verdict is taken
over; elsewhere the run counts as a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cuebook.core.errors import GitHubError, InvalidFiles
from cuebook.gate.attempts import Look, Question, look_at
from cuebook.github import run_report
from cuebook.github.api import GitHub
from cuebook.github.run_report import MAX_ARTIFACT, Claim, Expected
from cuebook.github.runs import OwnLine, doubtful_base, doubtful_push, guarded_files, step_of
from cuebook.shapes.verdict import Verdict

MOST_READ = 20
"""Runs whose artifacts are read, the newest first; older ones count as looks that cannot be read."""

MOST_ELSEWHERE = 20
"""Artifacts of other branches that are read, the newest first: one request each, of a thousand an hour."""

_GATE, _PLAN, _EVENT = "gate", "plan", "pull_request"
_ENDED = {"success", "failure"}
"""Conclusions of runs that came to an end."""
_CUT_OFF = {"cancelled", "timed_out", None}
"""Conclusions of runs that showed nobody a verdict (None: none yet). The next run samples again."""
_GONE = {404, 410}
"""GitHub's status for an artifact that was deleted, or has expired, since it was listed."""


@dataclass(frozen=True, slots=True)
class EarlierGates:
    """The verdicts that may be taken over (``why`` none may), and every look at a question."""

    verdicts: tuple[Verdict, ...] = ()
    looks: tuple[Look, ...] = ()
    why: str = ""


def earlier_gates(github: GitHub, number: int, run: int, line: OwnLine | None) -> EarlierGates:
    """Return what earlier gates found: those of the run's own pull request, and the newest of other branches.

    ``line`` is that of the branch which the pull request goes into. Raises GitHubError.
    """
    pull = github.get(f"pulls/{number}")
    head = pull["head"]
    # Runs of a fork are found by a branch name that anybody may choose, and have no key.
    if (head["repo"] or {}).get("full_name") != github.repository:
        return EarlierGates(why="it comes from a fork")
    listed = github.pages("actions/runs", "workflow_runs", branch=head["ref"], event=_EVENT)
    # The run that asks counts though it has not ended: its earlier attempts were looks.
    mine = [
        item
        for item in listed
        if step_of(item) == _GATE
        and (item["head_repository"] or {}).get("full_name") == github.repository
        and (item["id"] == run or item["conclusion"] in _ENDED | _CUT_OFF)
    ]
    verdicts: list[Verdict] = []
    looks: list[Look] = []
    for place, item in enumerate(sorted(mine, key=lambda item: -int(item["id"]))):
        if place >= MOST_READ:
            looks.append(_unread(item, 0))  # or many pushes would be a way to ask again unseen
            continue
        found, more = _of_run(github, item, own=item["id"] == run)
        verdicts += found
        looks += more
    others = _elsewhere(github, head["ref"])
    touched = guarded_files(github, number)
    why = f"it touches {touched[0][:100]}" if touched else ""
    why = why or doubtful_base(github, head["ref"], pull["base"]["ref"])
    why = why or doubtful_push(github, line, head["ref"], head["sha"])
    if why:  # what such a run says of itself may be made up; that it ran is not
        attempts = {item["id"]: int(item.get("run_attempt", 1)) - (item["id"] == run) for item in mine}
        looks = [Look(f"{name}#{place}") for name, count in attempts.items() for place in range(count)]
        return EarlierGates((), (*looks, *others), why)
    return EarlierGates(tuple(verdicts), (*looks, *_looks_at(verdicts), *others))


def _elsewhere(github: GitHub, branch: str) -> tuple[Look, ...]:
    """Looks of this repository's other branches, also at what is asked there now or was when it was cut off.

    What cannot be read counts for nothing here: another question most likely, or every change would pay for
    its neighbours. And no verdict is taken over, for nobody looked at what else that branch changed.
    """
    gates, plans = (_kept_elsewhere(github, name, branch) for name in (_GATE, _PLAN))
    verdicts: list[Verdict] = []
    looks: list[Look] = []
    ended = {artifact["workflow_run"]["id"] for artifact in gates}
    for artifact in gates[:MOST_ELSEWHERE]:
        with _unless_gone():
            verdicts += _read(github, artifact["workflow_run"], artifact)
    for artifact in [item for item in plans if item["workflow_run"]["id"] not in ended][:MOST_ELSEWHERE]:
        with _unless_gone():
            found = _looks_planned(github, artifact["workflow_run"], artifact)
            looks += [look for look in found if look.question]
    return (*_looks_at(verdicts), *looks)


def _kept_elsewhere(github: GitHub, name: str, branch: str) -> list[Mapping[str, Any]]:
    """Artifacts of this name from other branches that are still there, the newest first."""
    # One page, which lists five times what is read: each more is a request of a thousand an hour.
    listed = github.get("actions/artifacts", name=name, per_page=100)["artifacts"]
    found = []
    for item in listed:
        run = item["workflow_run"] or {}
        # GitHub tells no name of a fork's repository here, but its id.
        ours = run.get("repository_id") is not None and run["repository_id"] == run.get("head_repository_id")
        if ours and not item["expired"] and item["name"] == name and run["head_branch"] != branch:
            found.append(item)
    return sorted(found, key=lambda item: -int(item["id"]))


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Skip the block where something cannot be read or is gone. Raises any other GitHubError."""
    try:
        yield
    except InvalidFiles:
        pass
    except GitHubError as error:
        if error.status not in _GONE:
            raise


def _looks_at(verdicts: Iterable[Verdict]) -> tuple[Look, ...]:
    """Return the looks of runs that keep no replies for the next one, as those of pull requests do."""
    return tuple(look_at(verdicts, goes_on=False))


def _of_run(github: GitHub, item: Mapping[str, Any], *, own: bool) -> tuple[list[Verdict], list[Look]]:
    """The verdicts of each attempt of a run, and a look for each attempt that left none to read.

    Of a run that was cut off, an attempt counts for what it was about to ask, where its plan was made.
    """
    # The attempt that asks is the one that is made now, and no look before it.
    attempts = int(item.get("run_attempt", 1)) - own
    left = list(github.pages(f"actions/runs/{item['id']}/artifacts", "artifacts"))
    kept, plans = ([found for found in left if found["name"] == name] for name in (_GATE, _PLAN))
    verdicts: list[Verdict] = []
    looks: list[Look] = []
    # An attempt leaves one artifact at most: more of them were put there, and count for nothing.
    for artifact in kept[:attempts]:
        if artifact["expired"]:
            looks.append(Look(f"{item['id']}#{artifact['id']}", expired=True))
            continue
        try:
            verdicts += _read(github, item, artifact)
        except InvalidFiles:
            looks.append(_unread(item, artifact["id"]))
    if item["conclusion"] in _CUT_OFF and not own:
        # As many plans as left no verdict: the others' attempts are counted by what they found.
        begun = plans[: max(0, len(plans) - len(kept))]
        return verdicts, [*looks, *chain(*(_looks_planned(github, item, plan) for plan in begun))]
    # Below zero, so that no such look is taken for that at an artifact.
    return verdicts, looks + [_unread(item, -place) for place in range(1, attempts - len(kept) + 1)]


def _looks_planned(github: GitHub, item: Mapping[str, Any], artifact: Mapping[str, Any]) -> list[Look]:
    """A look at each question that a run was about to ask when it was cut off."""
    name = f"{item['id']}#{artifact['id']}"
    if artifact["expired"]:
        return [Look(name, expired=True)]
    try:
        asked = _claim(github, item, artifact, _PLAN).questions
    except InvalidFiles:
        return [Look(name)]
    return [
        Look(f"{name}:{place}", Question(one.suite, one.baseline, one.asked.settings, one.asked.words))
        for place, one in enumerate(asked)
    ]


def _read(github: GitHub, item: Mapping[str, Any], artifact: Mapping[str, Any]) -> list[Verdict]:
    claim = _claim(github, item, artifact, _GATE)
    return [*claim.verdicts, *claim.seconds]


def _claim(github: GitHub, item: Mapping[str, Any], artifact: Mapping[str, Any], step: str) -> Claim:
    if artifact["size_in_bytes"] > MAX_ARTIFACT:
        raise run_report.refused("the artifact is too large")
    data = github.download(f"actions/artifacts/{artifact['id']}/zip", MAX_ARTIFACT)
    return run_report.read(data, Expected(step, github.repository, _EVENT, item["head_sha"]))


def _unread(item: Mapping[str, Any], which: int) -> Look:
    return Look(f"{item['id']}#{which}")
