from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from claims import HEAD, a_claim, artifact
from cuebook.gate.attempts import Question, attempt_of
from cuebook.github.earlier_gates import MOST_ELSEWHERE, MOST_READ, EarlierGates, earlier_gates
from cuebook.github.run_report import AskedQuestion
from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import AskedWords, Verdict
from rest import Rest, Says
from verdicts import FAIL, INCONCLUSIVE, PASS
from world import FORK, LINE, World

THIS = 900
ASKED = AskedWords(settings="s", words={"a": "1" * 16, "b": "2" * 16})


def asked(verdict: Verdict, **changes: Any) -> Verdict:
    return verdict.model_copy(update={"question": ASKED, **changes})


NOW = Question(FAIL.suite, FAIL.digests.baseline, ASKED.settings, ASKED.words)


@pytest.fixture
def world() -> Iterator[World]:
    with Rest() as rest:
        made = World(rest)
        rest.on("GET", "pulls/7", lambda _: made.pull(7))
        made.run("gate", THIS, status="in_progress", conclusion=None)
        yield made


def look(world: World) -> EarlierGates:
    return earlier_gates(world.rest.client, 7, THIS, LINE)


def gate(world: World, number: int, *verdicts: Verdict, **changes: Any) -> None:
    world.run("gate", number, data=artifact(a_claim(verdicts=list(verdicts))), **changes)


def test_a_first_gate_has_no_past(world: World) -> None:
    assert look(world) == EarlierGates()
    assert attempt_of(look(world).looks, NOW) == 0


def test_a_verdict_of_an_earlier_push_is_taken_over_and_its_question_counts(world: World) -> None:
    gate(world, 1, asked(FAIL))
    found = look(world)
    assert found.verdicts == (asked(FAIL),)
    assert attempt_of(found.looks, NOW) == 1


def test_the_same_verdict_in_several_runs_is_one_look(world: World) -> None:
    for number in (1, 2, 3):
        gate(world, number, asked(FAIL))
    assert attempt_of(look(world).looks, NOW) == 1
    gate(world, 4, asked(FAIL, attempt=1))
    assert attempt_of(look(world).looks, NOW) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"path": ".github/workflows/check.yml"},
        {"path": ".github/workflows/evil-gate.yml"},
        {"head_repository": {"full_name": FORK}},
        {"conclusion": "skipped"},
    ],
)
def test_runs_that_came_to_no_end_or_are_not_the_gates_are_none(
    world: World, changes: dict[str, Any]
) -> None:
    gate(world, 1, asked(FAIL), **changes)
    assert look(world) == EarlierGates()


def test_other_words_are_another_question(world: World) -> None:
    other = AskedWords(settings="s", words={"a": "9" * 16, "b": "2" * 16})
    gate(world, 1, FAIL.model_copy(update={"question": other}))
    assert attempt_of(look(world).looks, NOW) == 0


def test_every_attempt_of_a_run_counts(world: World) -> None:
    """GitHub keeps one artifact an attempt; of this very run the earlier ones are the past."""
    world.runs[0]["run_attempt"] = 3
    assert attempt_of(look(world).looks, NOW) == 2
    gate(world, 1, asked(FAIL), run_attempt=2)
    assert attempt_of(look(world).looks, NOW) == 4


def test_a_run_that_cannot_be_read_counts_and_expired_ones_count_once_together(world: World) -> None:
    world.run("gate", 1, data=b"no zip")
    assert attempt_of(look(world).looks, NOW) == 1
    for number in (2, 3, 4):
        gate(world, number, asked(PASS))
        world.artifacts[number][0]["expired"] = True
    assert attempt_of(look(world).looks, NOW) == 2
    assert look(world).verdicts == ()


def test_a_claim_about_another_commit_is_not_read(world: World) -> None:
    world.run("gate", 1, data=artifact(a_claim(verdicts=[asked(PASS)], head="f" * 40)))
    found = look(world)
    assert (found.verdicts, attempt_of(found.looks, NOW)) == ((), 1)


def test_a_run_that_a_ceiling_ended_counts_as_its_answers_are_gone(world: World) -> None:
    """Else a suite that a ceiling cuts short would be drawn anew at the full error, time after time."""
    for attempt in (0, 1):
        gate(world, attempt + 1, asked(INCONCLUSIVE, causes=[Cause(code="ceiling")], attempt=attempt))
        assert attempt_of(look(world).looks, NOW) == attempt + 1


def planned(*questions: AskedQuestion) -> bytes:
    return artifact(a_claim(step="plan", verdicts=[], lines=[], questions=list(questions)))


@pytest.mark.parametrize("conclusion", ["cancelled", "timed_out", None])
def test_a_run_that_was_cut_off_counts_for_what_it_had_begun_to_ask(
    world: World, conclusion: str | None
) -> None:
    """Else who cancels what does not pass soon draws anew at the full error until something does."""
    mine = AskedQuestion(suite=FAIL.suite, baseline=FAIL.digests.baseline, asked=ASKED)
    other = mine.model_copy(update={"suite": "another"})
    for number in (1, 2):
        world.run("gate", number, data=planned(other, mine), name="plan", conclusion=conclusion)
    world.run("gate", 3, data=planned(other), name="plan", conclusion=conclusion)
    assert attempt_of(look(world).looks, NOW) == 2
    world.run("gate", 4, data=b"no zip", name="plan", conclusion=conclusion)
    world.run("gate", 5, conclusion=conclusion)
    assert attempt_of(look(world).looks, NOW) == 3, "what cannot be read counts, what never began does not"
    world.files = [".github/workflows/gate.yml"]
    assert attempt_of(look(world).looks, NOW) == 5, "whether it began is then for nobody to say"


def test_what_the_change_could_have_bent_counts_and_is_not_believed(world: World) -> None:
    world.files = [".github/workflows/gate.yml"]
    gate(world, 1)
    gate(world, 2, asked(PASS), run_attempt=2)
    found = look(world)
    assert (found.verdicts, found.why) == ((), "it touches .github/workflows/gate.yml")
    assert attempt_of(found.looks, NOW) == 3


@pytest.mark.parametrize("how", ["proposed for another", "moved"])
def test_a_run_of_another_bases_workflow_counts_and_is_not_believed(world: World, how: str) -> None:
    """Nothing says of a run which base it had, and whoever proposes a branch chooses that."""
    gate(world, 1, asked(PASS), head_sha="e" * 40)
    if how == "moved":
        world.rest.on("GET", "issues/7/events", [{"event": "base_ref_changed"}])
    else:
        world.rest.on("GET", "pulls", [world.pull(7), world.pull(6) | {"base": {"ref": "weak"}}])
    found = look(world)
    assert (found.verdicts, attempt_of(found.looks, NOW)) == ((), 1)
    assert how in found.why


def test_a_fork_has_no_gate(world: World) -> None:
    head = {"sha": HEAD, "ref": "x", "repo": {"full_name": FORK}}
    world.rest.on("GET", "pulls/7", lambda _: {"number": 7, "head": head, "base": {"sha": "b" * 40}})
    assert look(world).why == "it comes from a fork"


def test_only_so_many_are_read(world: World) -> None:
    for number in range(1, MOST_READ + 3):
        gate(world, number, asked(FAIL))
    reads = [item for item in world.rest.log if item.path.endswith("/zip")]
    assert reads == []
    found = look(world)
    reads = [item for item in world.rest.log if item.path.endswith("/zip")]
    assert len(reads) < MOST_READ
    assert attempt_of(found.looks, NOW) == 1 + 3


def test_the_same_words_on_another_branch_are_another_look_and_no_verdict_to_take_over(world: World) -> None:
    gate(world, 1, asked(FAIL), head_branch="an-earlier-try", head_sha="f" * 40)
    assert look(world) == EarlierGates(), "a claim about another commit than its run's"
    claim = a_claim(verdicts=[asked(FAIL)], head="e" * 40)
    world.run("gate", 2, data=artifact(claim), head_branch="an-earlier-try", head_sha="e" * 40)
    found = look(world)
    assert (found.verdicts, attempt_of(found.looks, NOW)) == ((), 1)
    world.files = [".github/workflows/gate.yml"]
    assert attempt_of(look(world).looks, NOW) == 1, "nor does a change that touches the gate begin anew"


def test_what_other_branches_left_unreadable_is_nobodys_look(world: World) -> None:
    world.run("gate", 1, data=b"no zip", head_branch="other")
    gate(world, 2, asked(FAIL), head_branch="other")
    world.artifacts[2][0]["expired"] = True
    gate(world, 3, asked(FAIL), head_branch="other", head_repository={"full_name": FORK})
    gate(world, 4, asked(FAIL), head_branch="other")
    world.artifacts[4][0]["workflow_run"] = None
    gate(world, 6, asked(FAIL), head_branch="other")
    world.rest.on("GET", "actions/artifacts/60/zip", Says({"message": "Artifact has expired"}, 410))
    world.run("check", 5, data=artifact(a_claim(verdicts=[asked(FAIL)])), head_branch="other")
    assert look(world) == EarlierGates()


def test_what_another_branch_asks_now_or_was_cut_off_at_counts_where_it_is_the_same(world: World) -> None:
    """Else two branches at one moment, or one that is cancelled after the other, are free draws."""
    mine = AskedQuestion(suite=FAIL.suite, baseline=FAIL.digests.baseline, asked=ASKED)
    other = mine.model_copy(update={"suite": "another"})
    world.run("gate", 1, data=planned(other, mine), name="plan", conclusion=None, head_branch="now")
    world.run("gate", 2, data=planned(mine), name="plan", conclusion="cancelled", head_branch="then")
    world.run("gate", 3, data=b"no zip", name="plan", conclusion="cancelled", head_branch="broken")
    assert attempt_of(look(world).looks, NOW) == 2
    gate(world, 4, asked(FAIL), head_branch="ended")
    plan = {**world.artifacts[2][0], "id": 41, "workflow_run": world.artifacts[4][0]["workflow_run"]}
    world.artifacts[4].append(plan)
    assert attempt_of(look(world).looks, NOW) == 3, "what ended counts by its verdict alone"


def test_of_other_branches_only_so_many_are_read_the_newest_first(world: World) -> None:
    for number in range(1, MOST_ELSEWHERE + 3):
        gate(world, number, asked(FAIL, attempt=number), head_branch=f"try-{number}")
    assert attempt_of(look(world).looks, NOW) == MOST_ELSEWHERE
    reads = [item.path for item in world.rest.log if item.path.endswith("/zip")]
    assert f"actions/artifacts/{(MOST_ELSEWHERE + 2) * 10}/zip" in reads
    assert len(reads) == MOST_ELSEWHERE
