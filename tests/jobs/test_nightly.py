from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.nightly import Itself, Record, Trouble, false_alarms, look, tail
from cuebook.jobs.workspace import Workspace
from loopback import Fault, Loopback

FIRST = QA["prompts/qa/v1.prompt.yml"].replace("offline/rules", "local/small")


@pytest.fixture
def served() -> Iterator[Loopback]:
    with Loopback(lambda _: "The lamp is green.") as server:
        yield server


@pytest.fixture
def registry_of(tmp_path: Path, served: Loopback) -> Callable[[], Workspace]:
    """A fresh look at a registry whose only version asks the loopback server."""
    files = {**QA, "prompts/qa/v1.prompt.yml": FIRST}
    del files["prompts/qa/v2.prompt.yml"]
    config = f'[endpoints.local]\nbase_url = "{served.url}"\n'
    root = write(tmp_path / "registry", {**files, "cuebook.toml": config})
    return lambda: Workspace(root)


def runs(outcome: str, count: int, **changes: object) -> Record:
    made = {"suite": "qa", "prompt": "qa", "version": 1, "outcome": outcome, "used": 60} | changes
    return Record(day="2026-01-01", runs=[Itself.model_validate(made)] * count)


@pytest.mark.parametrize(
    ("failed", "passed", "told"),
    [
        (0, 0, False),
        (0, 500, False),
        (1, 0, False),
        (1, 30, False),
        (3, 0, True),
        (7, 20, True),
        (5, 95, False),
    ],
)
def test_the_gate_is_doubted_only_when_chance_does_not_explain_it(
    failed: int, passed: int, told: bool
) -> None:
    found = false_alarms([runs("fail", failed), runs("pass", passed)])
    assert [item.key for item in found] == (["false-alarms"] if told else [])


def test_built_in_models_prove_nothing_about_the_gate() -> None:
    assert false_alarms([runs("fail", 9, offline=True)]) == []


@pytest.mark.parametrize(
    ("failed", "total", "chance"), [(0, 5, 1.0), (1, 1, 0.05), (2, 2, 0.0025), (1, 2, 0.0975)]
)
def test_the_binomial_tail(failed: int, total: int, chance: float) -> None:
    assert tail(failed, total) == pytest.approx(chance)


def test_production_is_gated_against_itself_on_fresh_samples(
    registry_of: Callable[[], Workspace], served: Loopback
) -> None:
    workspace = registry_of()
    judge_all(workspace, plan_record(workspace.registry).comparisons)
    before = sum(served.answered.values())
    night = look(workspace, [])
    assert [(run.version, run.outcome) for run in night.record.runs] == [(1, "pass")]
    assert sum(served.answered.values()) > before
    assert night.troubles == []
    assert night.unseen == []
    (kept,) = workspace.evidence.all()
    assert kept.baseline is None, "the night keeps no verdict in place of the real one"


def test_a_name_behind_which_another_model_replies(
    registry_of: Callable[[], Workspace], served: Loopback
) -> None:
    workspace = registry_of()
    judge_all(workspace, plan_record(workspace.registry).comparisons)
    served.answer = lambda _: {
        "model": "another-model @ada <b>",
        "choices": [{"message": {"role": "assistant", "content": "green"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
    (found,) = look(registry_of(), []).troubles
    assert found.key == "served/qa"
    assert "another-model @ada <b>" in found.body


def test_a_model_that_cannot_be_asked_is_a_trouble_and_no_crash(
    registry_of: Callable[[], Workspace], served: Loopback
) -> None:
    served.trouble = lambda *_: Fault("status", 401, body='{"error": {"message": "bad key"}}')
    night = look(registry_of(), [])
    (found,) = night.troubles
    assert found.key == "run/qa"
    assert night.unseen == ["served/qa", "canary/qa"]


def test_the_same_day_is_counted_once(registry_of: Callable[[], Workspace]) -> None:
    workspace = registry_of()
    bad = runs("fail", 9).model_copy(update={"day": workspace.today})
    assert look(workspace, [bad]).troubles == []
    assert [item.key for item in look(workspace, [runs("fail", 9)]).troubles] == ["false-alarms"]


def test_a_judge_that_does_not_agree_with_people(tmp_path: Path) -> None:
    judge = (
        "message: Judge\nmodel: offline/judge\nresponseFormat: json_schema\n"
        "jsonSchema: {name: g, schema: {type: object, properties: "
        "{reason: {type: string}, score: {type: integer}}}}\n"
        'messages:\n  - {role: user, content: "{{question}} {{answer}}"}\n'
    )
    suite = (
        "prompt: qa\nscorers:\n  - judge: {prompt: grade/1, scale: [1, 5]}\n"
        "gate:\n  judges: {min_kappa: 0.9}\n  metrics:\n    grade/1: {margin: 0.1}\n"
    )
    labels = "".join(
        f'{{"id": "a{n}", "inputs": {{"question": "q", "answer": "a{n}"}}, "label": {1 + 4 * (n % 2)}}}\n'
        for n in range(20)
    )
    files = {
        "prompts/grade/v1.prompt.yml": judge,
        "evals/qa/suite.yml": suite,
        "evals/grade/labels.jsonl": labels,
    }
    night = look(Workspace(write(tmp_path, {**QA, **files})), [])
    keys = [item.key for item in night.troubles]
    assert "judge/grade/1@qa" in keys


@pytest.mark.parametrize(
    ("today", "told"), [("2027-01-01", True), ("2027-02-01", True), ("2026-01-01", False)]
)
def test_one_trouble_for_a_model_that_is_shut_down_however_many_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, today: str, told: bool
) -> None:
    monkeypatch.setattr(Workspace, "today", today)
    first = QA["prompts/qa/v1.prompt.yml"]
    others = {f"prompts/qa-{n}/v1.prompt.yml": first for n in "bc"}
    lives = {f"prompts/qa-{n}/aliases.yml": "production: 1\n" for n in "bc"}
    info = '[model_info."offline/rules"]\nretires = "2027-01-14"\nsuccessor = "toy/answers"\n'
    workspace = Workspace(write(tmp_path, {**QA, **others, **lives, "cuebook.toml": info}))
    found = [trouble for trouble in look(workspace, []).troubles if trouble.key.startswith("ends/")]
    assert [(item.key, item.title) for item in found] == [
        ("ends/offline/rules", "offline/rules is shut down on 2027-01-14")
    ] * told
    for item in found:
        assert item.body.startswith(
            "toy/answers takes its place: cuebook migrate --from offline/rules --to toy/answers\n"
        )
        assert item.body.endswith("\nqa-b/1\nqa-c/1\nqa/1")


def test_a_key_is_such_that_a_marker_can_hold_it() -> None:
    with pytest.raises(ValueError, match="pattern"):
        Trouble(code="shut_down", key="a --> b", title="x", body="y")
