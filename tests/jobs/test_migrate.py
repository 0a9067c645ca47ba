from __future__ import annotations

from pathlib import Path

import pytest

import migrating
from cuebook.core.errors import UsageError
from cuebook.jobs import migrate
from cuebook.jobs.workspace import Workspace
from cuebook.registry.version_files import as_file
from cuebook.shapes.ceilings import Ceilings
from migrating import NAMES, NEW, OLD, PRICE, WORSE, models, registry


def written(root: Path) -> tuple[Workspace, migrate.Migration]:
    """The registry with the versions that a migration writes."""
    plan = migrate.planned(Workspace(root), OLD, NEW)
    for item in plan.moved:
        if item.data:
            Workspace(root).write(item.path, item.data)
    return Workspace(root), plan


def test_the_model_alone_changes_from_what_is_live(tmp_path: Path) -> None:
    workspace, plan = written(registry(tmp_path))
    assert [item.ref for item in plan.moved] == [f"{name}/3" for name in NAMES]
    for item in plan.moved:
        made = workspace.registry.version(item.prompt, 3)
        assert made.behaviour == item.start.behaviour | {"model": NEW}
        assert item.start.number == 1
        assert made.message == f"Move from {OLD} to {NEW}"
    assert migrate.problems(workspace, plan.moved) == {}


def test_what_was_written_is_taken_up_again(tmp_path: Path) -> None:
    workspace, _ = written(registry(tmp_path, NAMES[:2]))
    again = migrate.planned(workspace, OLD, NEW)
    assert [(item.ref, item.data) for item in again.moved] == [("desk-0/3", None), ("desk-1/3", None)]


def test_two_live_versions_of_a_prompt_get_a_version_each(tmp_path: Path) -> None:
    both = {"prompts__desk-0__aliases.yml": "production: 1\nbeta: 2\n"}
    root = registry(
        tmp_path, NAMES[:1], **both, **{"cuebook.toml": 'protected_aliases = ["production", "beta"]'}
    )
    _, plan = written(root)
    assert [(item.ref, item.start.number) for item in plan.moved] == [("desk-0/3", 1), ("desk-0/4", 2)]


def test_judges_are_left_and_named(tmp_path: Path) -> None:
    judge = migrating.prompt("judge-tone")
    more = {
        "prompts__judge-tone__v1.prompt.yml": judge,
        "prompts__judge-tone__aliases.yml": "production: 1\n",
    }
    labels = {"evals__judge-tone__labels.jsonl": '{"id": "a", "inputs": {"question": "?"}, "label": 1}\n'}
    plan = migrate.planned(Workspace(registry(tmp_path, NAMES[:1], **more, **labels)), OLD, NEW)
    assert ([item.prompt for item in plan.moved], plan.judges) == (["desk-0"], ("judge-tone/1",))


def test_a_plug_in_that_only_another_machine_has_is_no_reason_to_write_nothing(tmp_path: Path) -> None:
    settings = {"cuebook.toml": '[plugins]\nacme = "acme-models"\n'}
    root = registry(tmp_path, NAMES[:1], **settings)
    assert [item.ref for item in migrate.planned(Workspace(root), OLD, "acme/m", here=False).moved] == [
        "desk-0/3"
    ]


@pytest.mark.parametrize(
    ("settings", "new", "said", "cure"),
    [
        ("", OLD, "the models are the same", "--from OLD"),
        ('models = ["scripted/old"]', NEW, f"do not allow {NEW}", f'models = ["scripted/old", "{NEW}"]'),
        ("", "opnai/m", "no provider is called 'opnai'", "openai/"),
        ("", "toy/ansers", "no toy is called 'toy/ansers'", "did you mean 'toy/answers'?"),
        (
            '[plugins]\nacme = "acme-models"',
            "acme/m",
            "no plug-in offers acme/m",
            "pip install acme-models",
        ),
        ('model = "scripted/x"', "toy/answers", "ask scripted/x in place of toy/answers", "--to scripted/x"),
    ],
)
def test_a_successor_that_cannot_be_asked_is_refused(
    tmp_path: Path, settings: str, new: str, said: str, cure: str
) -> None:
    root = registry(tmp_path, NAMES[:1], **{"cuebook.toml": settings})
    with pytest.raises(UsageError) as caught:
        migrate.planned(Workspace(root), OLD, new)
    assert said in caught.value.message
    assert cure in caught.value.hint


@pytest.mark.parametrize("new", ["offline/rules", "local/any"])
def test_a_plug_in_or_an_endpoint_may_be_the_successor(tmp_path: Path, new: str) -> None:
    settings = {"cuebook.toml": '[endpoints.local]\nbase_url = "http://127.0.0.1:1/v1"\n'}
    plan = migrate.planned(Workspace(registry(tmp_path, NAMES[:1], **settings)), OLD, new)
    assert [item.ref for item in plan.moved] == ["desk-0/3"]


def test_each_is_gated_and_one_that_gets_worse_fails(tmp_path: Path) -> None:
    with models() as asked:
        workspace, plan = written(registry(tmp_path))
        gated = list(migrate.gate(workspace, plan.moved, Ceilings()))
        outcomes = {item.comparison.candidate.prompt: item.verdict and item.verdict.outcome for item in gated}
        assert outcomes == {name: "fail" if name == WORSE else "pass" for name in NAMES}
        assert sum(item.calls for item in gated) == len(asked)
        assert {
            item.verdict.baseline.version for item in gated if item.verdict and item.verdict.baseline
        } == {1}
        asked.clear()
        again = list(migrate.gate(Workspace(tmp_path), plan.moved, Ceilings()))
        assert [item.calls for item in again] == [0] * len(NAMES)
        assert asked == []


@pytest.mark.parametrize("most", [Ceilings(calls=30), Ceilings(cost_usd=30 * PRICE)])
def test_one_ceiling_holds_for_all_of_them_together(tmp_path: Path, most: Ceilings) -> None:
    with models() as asked:
        workspace, plan = written(registry(tmp_path))
        gated = list(migrate.gate(workspace, plan.moved, most))
        assert 0 < len(asked) <= 30
    assert len(gated) == len(NAMES)
    assert gated[-1].verdict is None
    why = gated[-1].why
    assert why
    assert (why.suite, why.words) == (NAMES[-1], "the ceiling was reached before it")


def test_a_model_that_cannot_be_reached_is_said_of_each(tmp_path: Path) -> None:
    workspace, plan = written(registry(tmp_path, NAMES[:2]))
    gated = list(migrate.gate(workspace, plan.moved, Ceilings()))
    assert [item.verdict for item in gated] == [None, None]
    assert [item.why and (item.why.prompt, item.why.version) for item in gated] == [
        (item.prompt, item.number) for item in plan.moved
    ]


def test_a_parameter_that_the_successor_refuses_is_named_with_its_line(tmp_path: Path) -> None:
    root = registry(tmp_path, NAMES[:1])
    plan = migrate.planned(Workspace(root), OLD, "openai/gpt-6-luna")
    for item in plan.moved:
        Workspace(root).write(item.path, item.data or b"")
    found = migrate.problems(Workspace(root), plan.moved)
    assert list(found) == ["desk-0/3"]
    (problem,) = found["desk-0/3"]
    assert (problem.file, "no temperature" in problem.message) == ("prompts/desk-0/v3.prompt.yml", True)
    assert problem.line > 0
    assert as_file(plan.moved[0].start)["modelParameters"] == {"temperature": 0}
