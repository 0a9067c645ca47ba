"""What is said before anything is spent: nothing here may ask a model, and there is none to ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build import write
from cuebook.core.errors import UsageError
from cuebook.jobs.optimize_plan import Task, planned
from cuebook.jobs.workspace import Workspace
from judged import JUDGED
from optimised import FILES, LINES

SETTINGS = 'models = ["local/*"]\noptimizer_model = "local/big"\n[endpoints.local]\nbase_url = "http://127.0.0.1:9"\n'
BASE = FILES | {"cuebook.toml": SETTINGS}
TWICE = {
    name.replace("evals/qa/", "evals/qb/"): text for name, text in FILES.items() if name.startswith("evals/")
}


def of(root: Path, more: dict[str, str] | None = None, **options: object) -> Task:
    return planned(Workspace(write(root, BASE | (more or {}))), "qa", **options)  # type: ignore[arg-type]


def test_the_live_version_is_where_it_starts(tmp_path: Path) -> None:
    later = FILES["prompts/qa/v1.prompt.yml"].replace("Answer the", "Answer every")
    task = of(tmp_path, {"prompts/qa/v2.prompt.yml": later})
    assert (task.start.ref, task.number, task.baseline.number, task.reflect_with) == (
        "qa/1",
        3,
        1,
        "local/big",
    )
    assert task.seed_texts == {"messages[0]": "Answer the question."}
    assert {part: len(task.ids(part)) for part in ("train", "choose", "held out")} == {
        "train": task.clusters.train,
        "choose": task.clusters.choose,
        "held out": task.clusters.held_out,
    }
    assert task.gate_answers == 2 * len(LINES)
    other = planned(Workspace(tmp_path), "qa/2", reflect_with="local/m")
    assert (other.start.ref, other.baseline.ref, other.reflect_with) == ("qa/2", "qa/1", "local/m")


def test_every_suite_of_the_prompt_gates_and_one_is_learnt_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="qa has several suites") as found:
        of(tmp_path, TWICE)
    assert found.value.hint == "--suite qa or qb"
    task = of(tmp_path, TWICE, suite="qb")
    assert [item.suite.name for item in task.gates] == ["qa", "qb"]
    assert task.origin.suite == "qb"
    made = task.gated(Workspace(tmp_path), task.gates[0].candidate)
    assert [len(item.seconds) for item in made] == [0, 0], "the start itself was made by nobody"


FEW = {"evals/qa/dataset.jsonl": "".join(f"{json.dumps(line)}\n" for line in LINES[:40])}
JUDGE = {name: text for name, text in JUDGED.items() if name.startswith(("prompts/grader", "evals/"))}


@pytest.mark.parametrize(
    ("more", "options", "says", "cure"),
    [
        (FEW, {}, "held out: ", "add about "),
        (FEW, {}, "optimising would end inconclusive", "to evals/qa/dataset.jsonl"),
        (
            {},
            {"reflect_with": "openai/gpt-6-luna"},
            "the settings do not allow openai/gpt-6-luna",
            "models = [",
        ),
        ({}, {"reflect_with": "opnai/x"}, "no provider is called 'opnai'", "openai"),
        (
            {"cuebook.toml": SETTINGS.replace('optimizer_model = "local/big"\n', "")},
            {},
            "no model is named that proposes wordings",
            "--reflect-with",
        ),
        (
            {"prompts/qa/aliases.yml": "staging: 1\n"},
            {},
            "production points to no version of qa",
            "cuebook promote",
        ),
        ({}, {"names": ["messages[7]"]}, "has no text called 'messages[7]'", "messages[0], messages[1]"),
        (
            {"prompts/qa/v1.prompt.yml": FILES["prompts/qa/v1.prompt.yml"].replace("n}}'", "n}} {{'")},
            {},
            "qa/1 would be refused as a new version: {{ has no closing braces",
            "templateFormat: jinja2",
        ),
        ({}, {"suite": "other"}, "no suite of qa is called other", "--suite qa"),
        (
            {
                "cuebook.toml": SETTINGS
                + '[prices."local/m"]\ninput = 1000\noutput = 1000\nas_of = "2026-11-01"\n',
            },
            {"max_usd": 1.0},
            "the gate alone takes about $",
            "leaves as much again",
        ),
    ],
)
def test_what_is_in_the_way_is_said_with_its_cure(
    tmp_path: Path, more: dict[str, str], options: dict[str, object], says: str, cure: str
) -> None:
    with pytest.raises(UsageError) as found:
        of(tmp_path, more, **options)
    assert says in found.value.message
    assert cure in found.value.hint
    assert found.value.exit_code == 2


def test_a_judge_that_nobody_measured_would_only_be_pleased(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="decides and has no agreement measurement") as found:
        of(tmp_path, JUDGE)
    assert found.value.hint == "cuebook judge grader"


def test_all_that_is_in_the_way_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as found:
        of(tmp_path, FEW, reflect_with="openai/gpt-6-luna", names=["messages[7]"])
    assert found.value.message.count("\n") == 2
