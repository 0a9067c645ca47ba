from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.calls.reply_store import ReplyStore
from cuebook.gate.attempts import look_at
from cuebook.gate.plan import compare, plan_record
from cuebook.jobs import evaluate
from cuebook.jobs.evaluate import Judged, Options, fill_all, judge_all, valid_verdict
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import Ledger, path_of
from cuebook.shapes._base import encode

WORSE = QA["prompts/qa/v2.prompt.yml"].replace("<context>\\n{{context}}\\n</context>\\n", "")
"""A version that forgot the context."""


def opened(folder: Path, extra: dict[str, str] | None = None) -> Workspace:
    return Workspace(write(folder, QA | (extra or {})))


def plan(workspace: Workspace) -> tuple[object, ...]:
    return plan_record(workspace.registry).comparisons


def test_a_second_run_reuses_the_verdict_and_buys_nothing(tmp_path: Path) -> None:
    first = judge_all(opened(tmp_path), plan(opened(tmp_path)))  # type: ignore[arg-type]
    assert sum(item.calls_made for item in first) > 0
    again = judge_all(opened(tmp_path), plan(opened(tmp_path)))  # type: ignore[arg-type]
    assert [item.reused for item in again] == [True, True]
    assert [item.verdict for item in again] == [item.verdict for item in first]


def test_git_is_not_asked_how_a_version_left_that_never_was_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes Git longer than all the rest of a gate whose verdicts hold."""
    root = write(tmp_path, QA)
    commit(root)
    asked = []
    monkeypatch.setattr(evaluate, "LiveHistory", lambda *about: asked.append(about) or LiveHistory(*about))
    (_, draft) = judge_all(Workspace(root), plan(Workspace(root)))  # type: ignore[arg-type]
    assert (draft.verdict.outcome, draft.verdict.withdrawn, asked) == ("pass", "", [])
    for number in (2, 1):
        write(root, {"prompts/qa/aliases.yml": f"production: {number}\n"})
        commit(root)
    (_, left) = judge_all(Workspace(root), plan(Workspace(root)))  # type: ignore[arg-type]
    assert (left.verdict.withdrawn, len(asked)) == ("rolled_back", 1)


def test_fresh_decides_anew_from_stored_replies(tmp_path: Path) -> None:
    first = judge_all(opened(tmp_path), plan(opened(tmp_path)))  # type: ignore[arg-type]
    again = judge_all(opened(tmp_path), plan(opened(tmp_path)), options=Options(fresh=True))  # type: ignore[arg-type]
    assert [(item.reused, item.calls_made) for item in again] == [(False, 0), (False, 0)]
    assert [item.verdict for item in again] == [item.verdict for item in first]


def test_each_rerun_counts_and_halves_the_error(tmp_path: Path) -> None:
    for attempt in range(3):
        judged = judge_all(opened(tmp_path), plan(opened(tmp_path)), options=Options(rerun=True))  # type: ignore[arg-type]
        assert {item.verdict.attempt for item in judged} == {attempt}
    kept = judge_all(opened(tmp_path), plan(opened(tmp_path)), options=Options(fresh=True))  # type: ignore[arg-type]
    assert {item.verdict.attempt for item in kept} == {2}, "deciding anew does not win the error back"


def test_a_verdict_of_a_newer_release_is_a_look_at_the_question(registry: Path) -> None:
    def newer(path: str) -> None:
        ledger = Ledger(registry)
        ledger.keep([], {path: b'{"schema": "cuebook/evaluation/9"}'})

    def now() -> Judged:
        workspace = Workspace(registry)
        planned = plan_record(workspace.registry).comparisons
        comparison = next(c for c in planned if (c.candidate.number, c.suite.name) == (2, "qa"))
        return judge_all(workspace, [replace(comparison, reason="new version")])[0]

    commit(registry)
    git(registry, "init", "-q", "--bare", str(registry.parent / "remote.git"))
    git(registry, "remote", "add", "origin", str(registry.parent / "remote.git"))
    newer("evaluations/qa/2/other/00000000.json")
    newer("evaluations/qa/1/qa/00000000.json")
    write(registry, {"evals/other/suite.yml": QA["evals/qa/suite.yml"]})
    write(registry, {"evals/other/dataset.jsonl": QA["evals/qa/dataset.jsonl"]})
    first = now()
    assert first.verdict.attempt == 0, "of another version, and on another suite"
    again = path_of(first.verdict.model_copy(update={"attempt": 2}))
    newer(again)
    second = now()
    assert (second.reused, second.verdict.attempt) == (False, 1), "a later attempt may say otherwise"
    third = now()
    assert (third.verdict, third.calls_made) == (second.verdict, 0)


def test_from_the_seventh_look_on_nothing_is_asked(tmp_path: Path) -> None:
    for _ in range(7):
        judged = judge_all(opened(tmp_path), plan(opened(tmp_path)), options=Options(rerun=True))  # type: ignore[arg-type]
    for item in judged:
        assert (item.verdict.outcome, item.calls_made, item.verdict.cases) == ("inconclusive", 0, [])
        assert item.verdict.causes[0].code == "asked_before"


def test_a_run_of_every_case_keeps_no_verdict(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    judged = judge_all(workspace, plan(workspace), options=Options(every_case=True))  # type: ignore[arg-type]
    assert {item.verdict.coverage.used for item in judged} == {60}
    assert list(workspace.evidence.all()) == []


@pytest.mark.parametrize("count", [1, 2, 5])
def test_shards_come_to_the_same_bytes_as_one_process(tmp_path: Path, count: int) -> None:
    whole = opened(tmp_path / "whole", {"prompts/qa/v2.prompt.yml": WORSE})
    expected = [encode(item.verdict) for item in judge_all(whole, plan(whole))]  # type: ignore[arg-type]
    gathered = opened(tmp_path / "gathered", {"prompts/qa/v2.prompt.yml": WORSE})
    for index in reversed(range(1, count + 1)):
        part = opened(tmp_path / f"part-{index}", {"prompts/qa/v2.prompt.yml": WORSE})
        assert fill_all(part, plan(part), index, count) > 0  # type: ignore[arg-type]
        with ReplyStore(gathered.replies) as mine, ReplyStore(part.replies) as other:
            mine.merge(other)
    judged = judge_all(gathered, plan(gathered))  # type: ignore[arg-type]
    assert sum(item.calls_made for item in judged) == 0
    assert [encode(item.verdict) for item in judged] == expected


def test_shards_buy_nothing_twice_of_what_an_optimiser_made(tmp_path: Path) -> None:
    """Held-out cases have to pass by themselves, too: each is asked by the shard that has it anyway."""
    origin = "origin: {kind: optimize, suite: qa, split: cuebook-split/1, train: 0.3, choose: 0.2}\n"
    made = {"prompts/qa/v2.prompt.yml": WORSE + origin}
    bought = [
        fill_all(part, plan(part)[1:], index, 3)  # type: ignore[arg-type]
        for index in (1, 2, 3)
        if (part := opened(tmp_path / f"part-{index}", made))
    ]
    whole = opened(tmp_path / "whole", made)
    assert sum(bought) == fill_all(whole, plan(whole)[1:], 1, 1)  # type: ignore[arg-type]


def test_what_an_optimiser_made_has_no_verdict_while_held_out_cases_lack_one(tmp_path: Path) -> None:
    origin = "origin: {kind: optimize, suite: qa, split: cuebook-split/1, train: 0.3, choose: 0.2}\n"
    made = {"prompts/qa/v2.prompt.yml": QA["prompts/qa/v2.prompt.yml"] + origin}
    workspace = opened(tmp_path, made)
    (judged,) = judge_all(workspace, plan(workspace)[1:])  # type: ignore[arg-type]
    assert (judged.verdict.second and judged.verdict.second.why) == "held_out"
    assert judged.verdict.made_from is not None
    again = opened(tmp_path, made)
    assert valid_verdict(again, plan(again)[1]) == judged.verdict  # type: ignore[arg-type]
    for path in (tmp_path / ".cuebook").rglob("qa@*.json"):
        path.unlink()
    later = opened(tmp_path, made)
    assert valid_verdict(later, plan(later)[1]) is None  # type: ignore[arg-type]


def test_an_override_lets_a_failed_version_through_until_its_day(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"prompts/qa/v2.prompt.yml": WORSE})
    failed = judge_all(workspace, plan(workspace))[-1]  # type: ignore[arg-type]
    assert failed.verdict.exit_code == 1
    text = (
        f"prompt: qa\nversion: 2\ndigest: {failed.verdict.candidate.digest}\n"
        "who: Ada\nwhy: We want hellos\nuntil: {until}\n"
    )
    for until, code in (("2999-01-01", 0), ("1999-01-01", 1)):
        held = opened(
            tmp_path, {"prompts/qa/v2.prompt.yml": WORSE, "overrides/qa-v2.yml": text.format(until=until)}
        )
        verdict = judge_all(held, plan(held))[-1].verdict  # type: ignore[arg-type]
        assert (verdict.outcome, verdict.exit_code) == ("fail", code), "an override changes no finding"


def test_in_a_workflow_nobody_knows_beforehand_which_cases_come_first(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version could be written for those that are looked at before the run stops."""
    head = Workspace(registry).registry
    made = compare(head, head.suite("qa"), head.version("qa", 2), head.version("qa", 1), "new version")
    (at_hand,) = judge_all(Workspace(registry), [made], options=Options(apart=True))
    orders = []
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for run in ("7", "8"):
        monkeypatch.setenv("GITHUB_RUN_ID", run)
        shutil.rmtree(registry / ".cuebook", ignore_errors=True)
        (judged,) = judge_all(Workspace(registry), [made])
        assert (at_hand.verdict.draw, judged.verdict.draw) == ("", run)
        orders.append([case.id for case in judged.comparison.cases])
    assert len({tuple(order) for order in (*orders, [case.id for case in made.cases])}) == 3
    monkeypatch.setenv("GITHUB_RUN_ID", "9")
    (again,) = judge_all(Workspace(registry), [made], options=Options(fresh=True))
    assert (again.calls_made, again.verdict) == (0, judged.verdict), "a decision is repeated in its own order"
    (on_record,) = judge_all(
        Workspace(registry), [replace(made, reason="on record")], options=Options(apart=True)
    )
    assert on_record.verdict.draw == ""


def test_the_same_words_under_another_number_are_asked_at_half_the_error(registry: Path) -> None:
    text = QA["prompts/qa/v2.prompt.yml"]
    write(registry, {"prompts/qa/v3.prompt.yml": text.replace("short sentence", "short  sentence")})
    workspace = Workspace(registry)
    head = workspace.registry
    suite = head.suite("qa")
    first = compare(head, suite, head.version("qa", 2), head.version("qa", 1), "new version")
    (judged,) = judge_all(workspace, [first])
    again = compare(head, suite, head.version("qa", 3), head.version("qa", 1), "new version")
    looks = tuple(look_at([judged.verdict]))
    (second,) = judge_all(workspace, [again], options=Options(looks=looks))
    assert (judged.verdict.attempt, second.verdict.attempt) == (0, 1)
    assert (second.verdict.error, second.verdict.tried) == (0.025, 0)
    write(registry, {"prompts/qa/v4.prompt.yml": text.replace("short sentence", "brief sentence")})
    head = Workspace(registry).registry
    other = compare(head, suite, head.version("qa", 4), head.version("qa", 1), "new version")
    (third,) = judge_all(Workspace(registry), [other], options=Options(looks=looks))
    assert (third.verdict.attempt, third.verdict.tried) == (0, 1), "other words are another question"
    on_record = replace(again, reason="on record")
    (kept,) = judge_all(workspace, [on_record], options=Options(looks=looks, apart=True))
    assert kept.verdict.attempt == 0
