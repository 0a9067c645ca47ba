from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.core.files import Folder
from cuebook.publish.artifacts import Known
from cuebook.publish.data_branch import MoveRecord, key_of
from cuebook.publish.history import History
from cuebook.publish.past_moves import PastMoves, evidence_of
from cuebook.registry.reader import Registry
from cuebook.shapes.moves import AliasMove, MoveEvidence
from cuebook.shapes.verdict import Arm, Override, Verdict
from publishing import plan, verdict

SHA = "a" * 40
MOVE = AliasMove(
    alias="production",
    version=2,
    previous=1,
    commit=SHA,
    author="Ada <a@example.org>",
    time="2026-11-02T10:00:00Z",
    subject="s",
)


def version(root: Path) -> Any:
    return Registry(Folder(root)).version("qa", 2)


def record(root: Path, **fields: Any) -> MoveRecord:
    made: dict[str, Any] = {"prompt": "qa", "alias": "production", "version": 2, "commit": SHA}
    made |= {"digest": version(root).digest, "recorded": "2026-11-02T10:05:00Z"}
    return MoveRecord(**(made | fields))


def told(root: Path, found: MoveRecord, now: list[Verdict], kept: Sequence[Verdict] = ()) -> Any:
    """The move as its prompt's index has it, and every published file."""
    past = PastMoves({("qa", "production", SHA): found}, lambda name, number: kept)
    history = History(moves={"qa": [MOVE]})
    files = plan(root, *now, history=history, known=Known(past=past))
    return json.loads(files["api/v1/prompts/qa/index.json"])["history"][0], files


def test_a_move_keeps_what_was_known_when_it_was_made(registry: Path) -> None:
    then = verdict(version(registry), "pass")
    now = verdict(version(registry), "fail", digests=then.digests.model_copy(update={"dataset": "new"}))
    move, files = told(
        registry,
        record(registry, evidence=evidence_of([then]), pull_request=7, merged_by="joon", approved_by=["ana"]),
        [now],
        [then, now],
    )
    url = f"api/v1/evaluations/qa/2/qa.{key_of(then)}.json"
    assert (move["state"], move["evidence"], move["known"][0]["outcome"]) == ("pass", [url], "pass")
    assert json.loads(files[url])["digests"]["dataset"] == "d"
    assert json.loads(files["api/v1/evaluations/qa/2/qa.json"])["outcome"] == "fail"
    assert (move["pull_request"], move["merged_by"], move["approved_by"]) == (7, "joon", ["ana"])


def test_a_verdict_that_quotes_an_erased_version_is_known_and_not_published(registry: Path) -> None:
    first = Arm(version=1, digest="sha256:1", message="First")
    then = verdict(version(registry), "pass", baseline=first)
    found = record(registry, evidence=evidence_of([then]))
    past = PastMoves({("qa", "production", SHA): found}, lambda name, number: [then], {("qa", 1)})
    files = plan(registry, history=History(moves={"qa": [MOVE]}), known=Known(past=past))
    (move,) = json.loads(files["api/v1/prompts/qa/index.json"])["history"]
    assert (move["state"], move["evidence"], move["known"][0]["url"]) == ("pass", [], "")
    assert not [path for path in files if "evaluations" in path]


def test_what_is_still_published_is_not_published_twice(registry: Path) -> None:
    made = verdict(version(registry), "pass")
    move, files = told(registry, record(registry, evidence=evidence_of([made])), [made])
    assert move["evidence"] == ["api/v1/evaluations/qa/2/qa.json"]
    assert sum("evaluations" in path for path in files) == 1


def test_a_record_cannot_call_a_version_passed(registry: Path) -> None:
    bad = verdict(version(registry), "fail")
    lie = [item.model_copy(update={"outcome": "pass"}) for item in evidence_of([bad])]
    assert told(registry, record(registry, evidence=lie), [], [bad])[0]["state"] == "fail"
    assert told(registry, record(registry, evidence=lie), [])[0]["state"] == "not_evaluated"


def test_an_unfinished_run_is_what_it_was(registry: Path) -> None:
    open_one = evidence_of([verdict(version(registry), "inconclusive")])
    move, _ = told(registry, record(registry, evidence=open_one), [])
    assert (move["state"], move["evidence"]) == ("inconclusive", [])


@pytest.mark.parametrize(
    "fields",
    [{"version": 1}, {"digest": "sha256:" + "0" * 64}, {"version": None, "digest": None}],
)
def test_a_record_of_another_move_says_nothing_of_this_one(registry: Path, fields: dict[str, Any]) -> None:
    move, _ = told(registry, record(registry, merged_by="mallory", **fields), [])
    assert (move["merged_by"], move["recorded"]) == (None, None)


def test_an_override_of_that_day_is_kept(registry: Path) -> None:
    bad = verdict(version(registry), "fail")
    held = Override(who="@ana", why="Outage", until="2026-12-31")
    move, _ = told(registry, record(registry, evidence=evidence_of([bad]), override=held), [bad])
    assert (move["state"], move["override"]["who"]) == ("override", "@ana")


@pytest.mark.parametrize(
    "fields",
    [
        {"merged_by": "<script>"},
        {"approved_by": ["a b"]},
        {"approved_by": ["a"] * 101},
        {"pull_request": 0},
        {"prompt": "../x"},
        {"alias": "a/b"},
        {"commit": "main"},
        {"recorded": "yesterday"},
        {"evidence": [{"suite": "s", "outcome": "great", "headline": "", "key": "0" * 8}]},
        {"evidence": [{"suite": "s", "outcome": "pass", "headline": "x" * 3000, "key": "0" * 8}]},
        {"evidence": [{"suite": "s", "outcome": "pass", "headline": "", "key": "../../x"}]},
    ],
)
def test_what_is_no_record_is_refused(registry: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        record(registry, **fields)


def test_a_link_of_a_record_is_never_believed(registry: Path) -> None:
    made = evidence_of([verdict(version(registry), "fail")])[0]
    lie = MoveEvidence(**(made.model_dump() | {"url": "javascript:alert(1)"}))
    move, _ = told(registry, record(registry, evidence=[lie]), [])
    assert move["known"][0]["url"] == ""
