from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.cli import cmd_judge
from cuebook.core.errors import UPGRADE
from cuebook.jobs.measure_judges import measure_all
from judged import GRADER, JUDGED, LABELS, SUITE, TOSSED, label

Cli = Callable[..., Any]

PREFER = (
    GRADER.replace("Grade against the reference", "Compare two answers")
    .replace("reference: {type: string}", "task: {type: string}")
    .replace("answer: {type: string}", "first: {type: string}\n  second: {type: string}")
    .replace("<reference-{{mark}}>", "<task-{{mark}}>")
    .replace("</reference-{{mark}}>", "</task-{{mark}}>")
    .replace("{{reference}}", "{{task}}")
    .replace(
        "<answer-{{mark}}>\n      {{answer}}\n      </answer-{{mark}}>",
        "<first-{{mark}}>\n      {{first}}\n      </first-{{mark}}>\n"
        "      <second-{{mark}}>\n      {{second}}\n      </second-{{mark}}>",
    )
    .replace("score: {type: integer, minimum: 1, maximum: 5}", "winner: {type: string}")
    .replace("[reason, score]", "[reason, winner]")
    .replace("Say whether", "Say tie when neither is better. Say whether")
)


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    return write(tmp_path / "judged", JUDGED)


def test_it_says_how_far_the_judge_agrees_with_people(cli: Cli, judged: Path) -> None:
    ended = cli(judged, "judge", "grader")
    assert ended.code == 0
    assert "grader/1 on offline/judge: 120 labels, measured 20" in ended.out
    assert "kappa 1.00 observed, 90% interval of the smoothed kappa [0.9" in ended.out
    assert "of 60 good answers" in ended.out
    assert ended.out.splitlines()[1] == "  qa: it may decide: it has the agreement that the suite asks for"
    assert (judged / ".cuebook/judges/grader/1.json").is_file()


def test_a_measurement_of_a_newer_release_stays_and_decides_nothing(cli: Cli, judged: Path) -> None:
    cli(judged, "gate", "qa/2")
    path = judged / ".cuebook/judges/grader/1.json"
    newer = (
        path.read_text().replace("cuebook/judge/2", "cuebook/judge/3").replace('"judged": 120', '"judged": 1')
    )
    path.write_text(newer)
    said = f"1.json: written by a newer Cuebook, so not used here and not replaced\n    {UPGRADE}\n"
    for words in (["judge", "grader"], ["judge", "grader", "--fresh"], ["gate", "qa/2", "--rerun"]):
        ended = cli(judged, *words)
        assert (ended.code, ended.err.count(said)) == (0, 1), ended.err
        assert path.read_text() == newer
    assert "newer Cuebook" not in cli(judged, "show", "qa/1").err


def test_people_who_labelled_the_same_answers_are_its_ceiling(cli: Cli, judged: Path) -> None:
    lines = [label(n, good=n % 2 == 0, score=4 if n == 0 else None) for n in range(24)]
    skipped = lines[23].replace('"label": 1', '"label": null')
    write(judged, {"evals/grader/labels/ada.jsonl": "\n".join([*lines[:23], skipped])})
    ended = cli(judged, "judge", "grader")
    assert ended.code == 0, ended.err
    assert "120 labels (1 skipped by people)" in ended.out
    assert "people        kappa 0.99 among themselves" in ended.out
    assert "23 answers labelled by several of 2 people" in ended.out


@pytest.mark.parametrize("option", ["--rerun", "--fresh"])
def test_asking_again_is_called_as_for_a_gate_and_the_former_name_works(
    cli: Cli, judged: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    seen: list[bool] = []

    def measured(*given: Any, afresh: bool, **others: Any) -> Any:
        seen.append(afresh)
        return measure_all(*given, afresh=afresh, **others)

    monkeypatch.setattr(cmd_judge, "measure_all", measured)
    assert cli(judged, "judge", "grader").code == 0
    assert cli(judged, "judge", "grader", option).code == 0
    assert seen == [False, True]
    assert "--fresh" not in cli(judged, "judge", "--help").out


def test_json_has_everything(cli: Cli, judged: Path) -> None:
    write(judged, {"evals/grader/labels.jsonl": LABELS + label(777, good=False, score=5) + "\n"})
    (found,) = json.loads(cli(judged, "judge", "grader/1", "--json").out)
    assert found.pop("doubts") == {}, "it may decide in every suite that pins it"
    assert found["schema"] == "cuebook/judge/2"
    assert found["basis"]["judge"] == "grader/1"
    assert (found["labels"], found["judged"], found["passing"]["bad"]) == (121, 121, 60)
    (odd,) = found["disagreements"]
    assert (odd["id"], odd["label"], odd["score"], odd["note"]) == ("l777", 5, 1.0, "evasive")
    assert json.loads((judged / ".cuebook/judges/grader/1.json").read_text()) == found


def test_one_disagreement_is_one(cli: Cli, judged: Path) -> None:
    write(judged, {"evals/grader/labels.jsonl": LABELS + label(777, good=False, score=5) + "\n"})
    assert "1 disagreement, the widest apart first\n" in cli(judged, "judge", "grader/1").out


def test_it_ends_with_1_when_a_suite_demands_more(cli: Cli, judged: Path) -> None:
    write(judged, {"evals/grader/labels.jsonl": TOSSED})
    ended = cli(judged, "judge", "grader")
    assert ended.code == 1
    assert "qa: it only advises: kappa at least" in ended.out
    assert "60 disagreements, the widest apart first, the first 10" in ended.out
    (found,) = json.loads(cli(judged, "judge", "grader", "--json").out)
    assert [(suite, said["code"]) for suite, said in found["doubts"].items()] == [("qa", "kappa")]
    lenient = {"evals/qa/suite.yml": SUITE.replace("  judges: {min_kappa: 0.4}\n", "")}
    ended = cli(write(judged, lenient), "judge", "grader")
    assert ended.code == 0
    first, second, third = ended.out.splitlines()[:3]
    assert first.startswith("grader/1 on ")
    assert second.startswith("  qa: it may decide: the suite asks for no agreement with people")
    assert third.startswith("    but it may show only 0% of a true difference: write a version of grader")
    aside = {"evals/qa/suite.yml": SUITE.replace("grader/1: {margin: 0.1, floor: 0.2}", "contains: {}")}
    told = cli(write(judged, aside), "judge", "grader").out
    assert "qa: it decides nothing: grader/1 is not among the metrics" in told


def test_the_gate_takes_what_the_command_measured(cli: Cli, judged: Path) -> None:
    cli(judged, "judge", "grader")
    plan = cli(judged, "plan", "qa/2").out
    assert "the suite's 0.1 minus the judge's errors" in plan
    assert "measured first" not in plan


def test_it_shows_what_verdicts_say_and_what_is_true_behind_it(cli: Cli, judged: Path) -> None:
    assert "in verdicts" not in cli(judged, "judge", "grader").out
    cli(judged, "gate", "qa/2")
    said = cli(judged, "judge", "grader").out
    assert "in verdicts   answers that pass, as judged -> corrected" in said
    assert re.search(
        r"qa/2 on qa, \d+ pairs\n      before  100.0 -> beyond what this judge can show \[", said
    )
    assert re.search(r"      change  .*\] -> .*\]", said)


def test_a_plan_counts_what_measuring_takes(cli: Cli, judged: Path) -> None:
    assert "grader/1 is measured first, against 120 labels: 120 calls" in cli(judged, "plan", "qa/2").out
    planned = json.loads(cli(judged, "plan", "--json").out)
    assert planned["judges"] == [{"judge": "grader/1", "labels": 120, "calls": 120}]


@pytest.mark.parametrize(
    ("ref", "measured"),
    [
        ("grader", ["grader/1"]),
        ("grader/2", ["grader/2"]),
        ("grader@production", ["grader/2"]),
        ("prompts:/grader/1", ["grader/1"]),
        ("grader@latest", ["grader/2"]),
    ],
)
def test_which_versions(cli: Cli, judged: Path, ref: str, measured: list[str]) -> None:
    second = {
        "prompts/grader/v2.prompt.yml": GRADER.replace("Say whether", "Say strictly whether"),
        "prompts/grader/aliases.yml": "production: 2\n",
    }
    found = json.loads(cli(write(judged, second), "judge", ref, "--json").out)
    assert [item["basis"]["judge"] for item in found] == measured


def test_without_a_suite_the_latest_is_measured(cli: Cli, judged: Path) -> None:
    second = {"prompts/grader/v2.prompt.yml": GRADER.replace("Say whether", "Say strictly whether")}
    write(judged, second)
    (judged / "evals/qa/suite.yml").unlink()
    (found,) = json.loads(cli(judged, "judge", "grader", "--json").out)
    assert (found["basis"]["judge"], found["basis"]["scale"]) == ("grader/2", [1, 5])


def test_a_comparing_judge_is_asked_in_both_orders(cli: Cli, judged: Path) -> None:
    pairs = [("The lamp in room 7 is green.", "Nobody has seen it."), ("Nobody.", "The lamp is green.")]
    lines = [
        {
            "id": f"p{n}",
            "inputs": {
                "task": "The lamp in room 7 is green.",
                "first": pairs[n % 2][0],
                "second": pairs[n % 2][1],
            },
            "label": ("first", "second")[n % 2],
        }
        for n in range(10)
    ]
    files = {
        "prompts/prefer/v1.prompt.yml": PREFER,
        "evals/prefer/labels.jsonl": "".join(json.dumps(line) + "\n" for line in lines),
    }
    ended = cli(write(judged, files), "judge", "prefer")
    assert "first second    tie" in ended.out
    assert "both orders   0% flip with the order, 0% end without a winner" in ended.out
    assert "measured against 10 labels" in ended.out


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nobody", "no prompt is called 'nobody'"),
        ("grader/9", "no version 9"),
        ("qa", "is not a judge: it uses neither {{answer}} nor {{first}}\n    cuebook judge grader"),
    ],
)
def test_what_cannot_be_measured(cli: Cli, judged: Path, ref: str, said: str) -> None:
    ended = cli(judged, "judge", ref)
    assert ended.code == 2
    assert said in ended.err


def test_labels_that_are_missing_are_shown_with_all_that_the_judge_asks_for(cli: Cli, judged: Path) -> None:
    labels = judged / "evals/grader/labels.jsonl"
    labels.unlink()
    ended = cli(judged, "judge", "grader/1")
    shown = ended.err.partition("write one JSON object a line: ")[2].strip()
    assert shown == '{"id": "a", "inputs": {"reference": "...", "answer": "..."}, "label": 1}'
    labels.write_text(shown + "\n", "utf-8")
    assert "1 label" in cli(judged, "judge", "grader/1").out


def test_labels_that_are_all_skipped_are_said_to_be_null(cli: Cli, judged: Path) -> None:
    write(judged, {"evals/grader/labels.jsonl": label(1, good=True).replace('"label": 5', '"label": null')})
    ended = cli(judged, "judge", "grader")
    assert (ended.code, "missing" in ended.err) == (2, False)
    assert "every label of 'grader' is null (1)" in ended.err


def test_labels_that_do_not_fit_are_shown_with_their_lines(cli: Cli, judged: Path) -> None:
    write(judged, {"evals/grader/labels.jsonl": label(1, good=True, score=7) + "\n"})
    ended = cli(judged, "judge", "grader")
    assert ended.code == 2
    assert "evals/grader/labels.jsonl:1: error: 7 is outside the scale 1 to 5" in ended.err
    assert "7 is outside the scale" in cli(judged, "check").out + cli(judged, "check").err


def test_other_peoples_words_do_not_steer_the_terminal(cli: Cli, judged: Path) -> None:
    hostile = json.loads(label(1, good=False, score=5)) | {"note": "\u001b[2Jcleared\u202e"}
    write(judged, {"evals/grader/labels.jsonl": json.dumps(hostile) + "\n" + LABELS.replace('"l1"', '"x1"')})
    out = cli(judged, "judge", "grader").out
    assert "cleared" in out
    assert "\u001b" not in out
    assert "\u202e" not in out


def test_the_judge_that_lacks_a_key_is_named(cli: Cli, judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for path in (judged / "prompts").glob("*/v1.prompt.yml"):
        path.write_text(path.read_text("utf-8").replace("offline/judge", "openai/gpt-6-luna"), "utf-8")
    name = next(path.parent.name for path in (judged / "evals").glob("*/labels.jsonl"))
    ended = cli(judged, "judge", name)
    assert ended.code == 4
    assert f"judge {name}/1: Not evaluated: openai/gpt-6-luna needs a key" in ended.err
    settings = 'judge_model = "local/j"\n[endpoints.local]\nbase_url = "http://127.0.0.1:9/v1"\n'
    ended = cli(write(judged, {"cuebook.toml": settings}), "judge", name)
    assert "or name local/j of the settings in a new version" in ended.err
