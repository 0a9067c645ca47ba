from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write

Cli = Callable[..., Any]


def test_values_fill_the_prompt_and_are_not_read_again(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "render", "qa", "-v", "context={{question}}", "-v", "question=why?", "--json")
    assert json.loads(ended.out)[1]["content"] == "<context>\n{{question}}\n</context>\nQuestion: why?"


def test_values_from_a_case_and_a_file(cli: Cli, registry: Path) -> None:
    (registry / "values.json").write_text('{"question": "Which?"}')
    ended = cli(registry, "render", "qa", "--case", "qa/q3", "--inputs", "values.json")
    assert "room 3" in ended.out
    assert "Which?" in ended.out


def test_every_wrong_variable_is_named(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "render", "qa", "-v", "contxt=a")
    assert ended.code == 2
    for part in ("'context' is missing", "'question' is missing", "did you mean 'context'?"):
        assert part in ended.err


@pytest.mark.parametrize("command", ["render", "run"])
def test_without_any_value_the_options_are_shown(cli: Cli, registry: Path, command: str) -> None:
    ended = cli(registry, command, "qa")
    assert ended.code == 2
    assert "qa/1 needs 2 values: context, question" in ended.err
    assert "add -v context=... -v question=..., or take those of a test case: --case SUITE/ID" in ended.err


def test_a_value_that_is_missing_beside_others_is_shown_as_an_option(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "render", "qa", "-v", "context=a")
    assert ended.code == 2
    assert "qa/1 needs 1 more value: question\n    add -v question=..." in ended.err


def test_wrong_values_are_usage_errors(cli: Cli, registry: Path) -> None:
    assert cli(registry, "render", "qa", "-v", "context").code == 2
    assert "write qa/q1\n" in cli(registry, "render", "qa", "--case", "q1").err
    assert "no suite is called 'zz'" in cli(registry, "render", "qa", "--case", "zz").err
    assert "has no case 'zz'" in cli(registry, "render", "qa", "--case", "qa/zz").err
    assert "did you mean 'q11'?" in cli(registry, "render", "qa", "--case", "qa/q-11").err
    assert "'qa' names a suite but no case of it" in cli(registry, "render", "qa", "--case", "qa").err
    assert cli(registry, "render", "qa", "--inputs", "missing.json").code == 2


def test_a_conversation_comes_from_a_case(cli: Cli, registry: Path) -> None:
    said = [{"placeholder": "history"}, {"role": "user", "content": "{{q}}"}]
    desk = json.dumps({"message": "Desk", "model": "offline/rules", "messages": said})
    call = {"id": "c1", "name": "look", "arguments": {"id": "A-17"}}
    history = [{"role": "assistant", "content": "", "toolCalls": [call]}]
    case = {"id": "a", "inputs": {"q": "And now?", "history": history}}
    write(
        registry,
        {
            "prompts/desk/v1.prompt.yml": desk,
            "prompts/desk/aliases.yml": "production: 1\n",
            "evals/desk/suite.yml": "prompt: desk\nscorers: [length]\ngate: {metrics: {length: {}}}\n",
            "evals/desk/dataset.jsonl": json.dumps(case) + "\n",
        },
    )
    sent = json.loads(cli(registry, "render", "desk", "--case", "desk/a", "--json").out)
    function = {"name": "look", "arguments": '{"id":"A-17"}'}
    assert sent == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "user", "content": "And now?"},
    ]
    assert "look" in cli(registry, "render", "desk", "--case", "desk/a").out
    assert cli(registry, "show", "desk").out.endswith("[placeholder]\nhistory\n\n[user]\n{{q}}\n")
    ended = cli(registry, "render", "desk", "-v", "q=?", "-v", 'history=[{"role": "tool", "content": ""}]')
    assert (ended.code, "history[0] does not name the call that it answers" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "there is no file 'values.json' that can be read"),
        (b"{bad", "values.json is not JSON: a key in double quotes is missing at line 1, column 2"),
        (b"\xff", "values.json:1: error: not UTF-8 text"),
    ],
)
def test_a_file_of_values_that_cannot_be_read_is_told_in_our_words(
    cli: Cli, registry: Path, data: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(registry)
    if data is not None:
        (registry / "values.json").write_bytes(data)
    ended = cli(registry, "render", "qa", "--inputs", "values.json")
    assert (ended.code, said in ended.err) == (2, True), ended.err
