from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from build import write
from cuebook.cli.cmd_cases import FATES
from cuebook.traces import RecordFate

Cli = Callable[..., Any]
ROWS = "question,context\nWrite to ada@example.org?,The lamp is red.\nHow much is it?,It is 7 pounds.\n"


def test_rows_become_cases_that_check_takes(cli: Cli, registry: Path) -> None:
    write(registry, {"rows.csv": ROWS, "cuebook.toml": "[redact]\nwords = ['pounds']\n"})
    dataset = registry / "evals/qa/dataset.jsonl"
    before = dataset.read_text("utf-8")
    ended = cli(registry, "cases", "add", "qa", "rows.csv", "--dry-run")
    assert "2 new cases, in 2 conversations\nnothing is written: a dry run" in ended.out
    assert dataset.read_text("utf-8") == before
    ended = cli(registry, "cases", "add", "qa", "rows.csv")
    assert ended.code == 0, ended.err
    assert "of the prompt: 2\n" in ended.out  # rows name no version
    assert "replaced: 1 email, 1 word" in ended.out
    assert "ada@" not in ended.out + ended.err
    added = [json.loads(line) for line in dataset.read_text("utf-8").removeprefix(before).splitlines()]
    assert {line["inputs"]["question"] for line in added} == {"Write to <email-1>?", "How much is it?"}
    assert [line["source"] for line in added] == ["rows qa", "rows qa"]
    assert cli(registry, "check").code == 0
    again = cli(registry, "cases", "add", "qa", "rows.csv")
    assert "nothing is written: no case is new" in again.out


def test_apps_that_ask_for_a_former_name_make_cases_too(cli: Cli, registry: Path) -> None:
    def span(number: int, prompt: str) -> dict[str, Any]:
        says = {
            "gen_ai.prompt.name": prompt,
            "gen_ai.prompt.version": "1",
            "gen_ai.prompt.variable.context": f"The {prompt} is red.",
            "gen_ai.prompt.variable.question": "What colour is it?",
        }
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in says.items()]
        return {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "attributes": attributes}

    spans = [span(number, name) for number, name in enumerate(("qa", "answers", "other"), 1)]
    traces = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    meta = "title: Questions\nowners: ['@ada']\nformerly: [answers]\n"
    write(registry, {"traces.json": json.dumps(traces), "prompts/qa/meta.yml": meta})
    made = json.loads(cli(registry, "cases", "add", "qa", "traces.json", "--json", "--dry-run").out)
    assert sorted(case["inputs"]["context"] for case in made["cases"]) == [
        "The answers is red.",
        "The qa is red.",
    ]
    assert made["counts"]["of_prompt"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qa", "nothing.csv"], "there is no such file"),
        (["qaa", "rows.csv"], "did you mean 'qa'?"),
        (["qa", "rows.csv", "--where", "model=x"], "--where has no key 'model'"),
        (["qa", "rows.csv", "--where", "feedback=ok"], "--where feedback=bad"),
        (["qa", "rows.csv", "--map", "question"], "is not a pair"),
        (["qa", "rows.csv", "--map", "qestion=question"], "did you mean 'question'?"),
        (
            ["qa", "rows.csv", "--map", "context=contxt"],
            "no record has 'contxt'\n    did you mean 'context'?",
        ),
        (["qa", "rows.csv", "--since", "yesterday"], "write it as 2026-11-01"),
    ],
)
def test_what_is_refused(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    write(registry, {"rows.csv": ROWS})
    ended = cli(registry, "cases", "add", *words)
    assert ended.code == 2
    assert said in ended.err


def test_json_and_patterns_of_the_settings(cli: Cli, registry: Path) -> None:
    write(registry, {"rows.csv": ROWS, "cuebook.toml": "[redact.patterns]\nprice = '[0-9]+ pounds'\n"})
    made = json.loads(
        cli(registry, "cases", "add", "qa", "rows.csv", "--json", "--dry-run", "--sample", "1").out
    )
    assert len(made["cases"]) == 1
    assert made["redacted"] == {"email": 1, "price": 1}
    assert made["counts"] == {"records": 2, "of_prompt": 2, "fields": 2, "new": 2}
    write(registry, {"cuebook.toml": "[redact.patterns]\nprice = '(?<=a)b'\n"})
    assert "RE2" in cli(registry, "check").out


def test_each_way_that_a_record_goes_has_words() -> None:
    assert FATES.keys() | {"records", "of_prompt", "new"} == set(get_args(RecordFate))


def test_what_is_left_out_is_told_with_what_it_takes(cli: Cli, registry: Path) -> None:
    write(registry, {"rows.csv": "user_text,context\nWhere?,Here.\n"})
    ended = cli(registry, "cases", "add", "qa", "rows.csv")
    assert "what fills it: context, question; where fields have other names: --map INPUT=FIELD" in ended.out
    ended = cli(registry, "cases", "add", "qa", "rows.csv", "--since", "2026-11-01")
    assert "without a time: 1" in ended.out
