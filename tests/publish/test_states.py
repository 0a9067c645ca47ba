from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.files import Folder
from cuebook.core.git import Commit
from cuebook.publish import states
from cuebook.publish.artifacts import Known
from cuebook.publish.history import History
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import StaleInput
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.moves import AliasMove, State
from cuebook.shapes.published import EvaluationEntry, state_of
from cuebook.shapes.run import Version
from cuebook.shapes.verdict import Arm, Coverage, Protected, Verdict
from publishing import plan, verdict

QA = "api/v1/prompts/qa"
OVERRIDE = "prompt: qa\nversion: 2\ndigest: {}\nwho: '@ana'\nwhy: Outage\nuntil: 2026-12-31\n"


def opened(root: Path) -> Registry:
    return Registry(Folder(root))


def fitting(registry: Registry, number: int, outcome: str = "pass", **fields: Any) -> Verdict:
    """A verdict that rests on the registry as it is."""
    suite = registry.suite("qa")
    made = verdict(registry.version("qa", number), outcome, **fields)
    now = {"suite": suite.digest, "dataset": suite.dataset_digest}
    return made.model_copy(update={"digests": made.digests.model_copy(update=now)})


def overridden(root: Path) -> Version:
    found = opened(root).version("qa", 2)
    write(root, {"overrides/qa-v2.yml": OVERRIDE.format(found.digest)})
    return found


def entry(state: State) -> EvaluationEntry:
    return EvaluationEntry(
        version=1, suite="s", outcome="pass", sentence="", baseline=None, metrics={}, url="u", state=state
    )


@pytest.mark.parametrize(
    ("found", "speaks"),
    [
        ([], "not_evaluated"),
        (["pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "stale"], "stale"),
        (["stale", "fail"], "fail"),
        (["fail", "override"], "override"),
    ],
)
def test_the_worst_of_several_verdicts_speaks(found: list[State], speaks: State) -> None:
    assert state_of(map(entry, found)) == speaks
    assert state_of(map(entry, reversed(found))) == speaks


def test_an_entry_says_what_pages_and_programs_need(registry: Path) -> None:
    judge = JudgeState(label="j", ref="j/1", digest="d", kappa=0.6, lower=0.5, labels=40, decides=True)
    made = fitting(
        opened(registry),
        2,
        "fail",
        baseline=Arm(version=1, digest="x", message="m"),
        protected=Protected(tag="critical", total=8, broken=["q1"]),
        coverage=Coverage(cases=60, used=20, candidate_failed=0, dropped=0),
        judges=[judge],
        attempt=1,
    )
    found = states.evaluation_entry(made)
    assert (found.state, found.baseline, found.asked, found.cases) == ("fail", 1, 20, 60)
    assert (found.protected, found.spending, found.offline) == (made.protected, made.candidate_spending, True)
    assert (found.judges[0].ref, found.judges[0].lower, found.judges[0].labels) == ("j/1", 0.5, 40)
    assert (found.attempt, found.override, found.stale) == (1, None, [])


def test_evidence_out_of_date_is_said_of_the_alias_and_keeps_its_outcome(registry: Path) -> None:
    made = fitting(opened(registry), 1)
    index = json.loads(
        plan(registry, made, known=Known(moved=lambda _: [StaleInput("dataset")]))[f"{QA}/index.json"]
    )
    assert index["states"]["production"]["state"] == "stale"
    assert index["evaluations"][0]["stale"] == ["the dataset"]
    assert index["evaluations"][0]["outcome"] == "pass"


@pytest.mark.parametrize(
    ("outcome", "day", "state"),
    [
        ("fail", "2026-12-31", "override"),
        ("fail", "2027-01-01", "fail"),
        ("inconclusive", "2026-12-31", "override"),
        ("pass", "2026-12-31", "pass"),
        (None, "2026-12-31", "override"),
        (None, "2027-01-01", "not_evaluated"),
    ],
)
def test_an_override_is_shown_while_it_holds_unless_the_version_passes(
    registry: Path, outcome: str | None, day: str, state: str
) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    overridden(registry)
    verdicts = [fitting(opened(registry), 2, outcome)] if outcome else []
    files = plan(registry, *verdicts, today=day)
    found = json.loads(files[f"{QA}/index.json"])["states"]["production"]
    assert found["state"] == state
    assert bool(found["override"]) == (day < "2027")
    alias = json.loads(files[f"{QA}/aliases/production.json"])
    assert (alias["state"], alias["override"]) == (state, found["override"])


def move(alias: str, version: int | None, time: str) -> AliasMove:
    return AliasMove(
        alias=alias,
        version=version,
        previous=1,
        commit="c",
        author="a",
        time=f"{time}T10:00:00Z",
        subject="s",
    )


@pytest.mark.parametrize(
    ("version", "day", "state", "held"),
    [
        (2, "2026-12-31", "override", True),
        (2, "2027-01-01", "fail", False),
        (1, "2026-12-31", "not_evaluated", False),
        (9, "2026-12-31", "not_evaluated", False),
        (None, "2026-12-31", None, False),
    ],
)
def test_a_move_shows_what_held_on_its_day(
    registry: Path, version: int | None, day: str, state: str | None, held: bool
) -> None:
    overridden(registry)
    now = opened(registry)
    entries = [states.evaluation_entry(fitting(now, 2, "fail"), stale=[StaleInput("dataset")])]
    (told,) = states.told_moves(now, "qa", [move("production", version, day)], entries)
    assert (told.state, bool(told.override)) == (state, held)
    assert told.evidence == (["api/v1/evaluations/qa/2/qa.json"] if version == 2 else [])


def test_judges_are_told_from_prompts_and_say_whom_they_judge(registry: Path) -> None:
    judge = "message: m\nmodel: offline/judge\ntemplate: 'Grade {{answer}}'\n"
    suite = (
        "prompt: qa\nscorers:\n  - judge: {prompt: grader/1}\n  - contains: {}\n"
        "gate: {metrics: {contains: {margin: 0.1}}}\n"
    )
    write(registry, {"prompts/grader/v1.prompt.yml": judge, "evals/qa/suite.yml": suite})
    entries = {item["name"]: item for item in json.loads(plan(registry)["api/v1/index.json"])["prompts"]}
    assert (entries["grader"]["kind"], entries["grader"]["used_by"]) == ("judge", ["qa"])
    assert (entries["qa"]["kind"], entries["qa"]["used_by"]) == ("prompt", [])


def test_the_index_says_what_changed_last(registry: Path) -> None:
    added = {
        f"prompts/qa/v{n}.prompt.yml": Commit(f"{n}", "Ada", f"2026-11-0{n}T00:00:00Z", "s") for n in (1, 2)
    }
    entry = json.loads(plan(registry, history=History(added))["api/v1/index.json"])["prompts"][0]
    assert entry["changed"] == {
        "time": "2026-11-02T00:00:00Z",
        "alias": None,
        "version": 2,
        "author": "Ada",
    }
    moved = History(added, {"qa": [move("production", 1, "2026-11-03")]})
    index = plan(registry, history=moved)
    entry = json.loads(index["api/v1/index.json"])["prompts"][0]
    assert (entry["changed"]["alias"], entry["changed"]["version"]) == ("production", 1)
    assert entry["states"]["production"]["since"] == "2026-11-03T10:00:00Z"
    assert [item["commit"] for item in json.loads(index[f"{QA}/index.json"])["versions"]] == ["1", "2"]


def moved(time: str, recorded: str | None = None) -> AliasMove:
    """A move of an alias by a commit of this time."""
    at = f"2026-11-{time}:00Z" if len(time) == 8 else time
    said = {"alias": "production", "version": 1, "previous": 2, "commit": "c", "author": "A", "subject": "s"}
    return AliasMove(**said, time=at, recorded=recorded)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("oldest_first", "since"),
    [
        ([], None),
        ([moved("03T10:00")], "2026-11-03T10:00:00Z"),
        ([moved("03T10:00"), moved("04T10:00")], "2026-11-04T10:00:00Z"),
        # A rollback by somebody whose clock is slow, and a commit that was merged long after it was made.
        ([moved("03T10:00"), moved("03T09:50")], "2026-11-03T10:00:01Z"),
        ([moved("03T10:00"), moved("01T09:50"), moved("01T09:40")], "2026-11-03T10:00:02Z"),
        ([moved("03T10:00"), moved("01T09:50", "2026-11-04T00:00:00Z")], "2026-11-04T00:00:00Z"),
        ([moved("03T10:00"), moved("04T09:50", "2026-11-04T10:00:00Z")], "2026-11-04T09:50:00Z"),
        # A date that nobody has seen yet.
        ([moved("2099-01-01T00:00:00Z"), moved("03T10:00")], "2026-11-03T10:00:00Z"),
        ([moved("2099-01-01T00:00:00Z", "2026-11-03T10:00:00Z"), moved("02T10:00")], "2026-11-03T10:00:01Z"),
    ],
)
def test_each_move_of_an_alias_is_later_than_the_one_before(
    oldest_first: list[AliasMove], since: str | None
) -> None:
    """Apps refuse an earlier date as an old answer: they would not get a rollback for a day."""
    assert states.since_of(oldest_first[::-1], "2026-11-05") == since
