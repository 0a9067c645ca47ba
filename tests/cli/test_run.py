from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuebook.core.tool_calls import ToolCall
from cuebook.models.scripted import register
from cuebook.shapes.run import ModelReply
from loopback import Loopback, error

Cli = Callable[..., Any]


def test_run_answers_and_says_which_model_did(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "run", "qa/2", "--case", "qa/q1")
    assert ended.code == 0
    assert "green" in ended.out
    assert "offline/rules" in ended.err


def test_a_call_that_waits_says_for_what(cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Loopback(faults=[error(429, message="slow down")]) as server:
        own = f'[endpoints.local]\nbase_url = "http://127.0.0.1:{server.port}/v1"\n'
        (registry / "cuebook.toml").write_text(own)
        ended = cli(registry, "run", "qa", "--case", "qa/q1", "--model", "local/m")
    assert ended.code == 0
    assert "qa/1 waits until" in ended.err


def test_json(cli: Cli, registry: Path) -> None:
    shown = json.loads(cli(registry, "run", "qa", "--case", "qa/q1", "--json").out)
    usage = {"input_tokens", "output_tokens", "cost_usd", "seconds"}
    assert set(shown) == {"text", "model", "finish", "tool_calls", "refusal"} | usage


def test_calls_are_printed(cli: Cli, registry: Path) -> None:
    call = ToolCall.of("c1", "lookup", '{"id": "A-17"}')
    reply = ModelReply("I look.", "m", finish="tool_calls", tool_calls=(call,))
    asked = ("run", "qa", "--case", "qa/q1", "--model", "scripted/calls")
    with register("calls", lambda _: reply):
        ended = cli(registry, *asked)
        shown = json.loads(cli(registry, *asked, "--json").out)
    assert ended.code == 0
    assert ended.out == 'I look.\ncalls lookup {"id":"A-17"}\n'
    assert shown["tool_calls"] == [call.shown]


def test_an_unknown_model_is_refused_by_the_allow_list_or_by_name(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "run", "qa", "--case", "qa/q1", "--model", "offline/nobody")
    assert ended.code == 4
    assert "no stand-in is called 'offline/nobody'" in ended.err


def test_a_case_that_is_a_dialogue_is_played_and_printed_whole(cli: Cli, registry: Path) -> None:
    turns = [{"user": "Sure?"}, {"user": "Really?"}]
    line = {"id": "talk", "inputs": {"context": "c", "question": "q"}, "turns": turns}
    path = registry / "evals/qa/dataset.jsonl"
    path.write_text(path.read_text("utf-8") + json.dumps(line) + "\n", "utf-8")
    asked = ("run", "qa", "--case", "qa/talk", "--model", "scripted/echo")
    with register("echo", lambda call: f"re {call.messages[-1]['content']}"):
        ended = cli(registry, *asked)
        shown = json.loads(cli(registry, *asked, "--json").out)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "user: Sure?",
        "assistant: re Sure?",
        "user: Really?",
        "assistant: re Really?",
    ]
    assert (shown["text"], len(shown["dialogue"])) == ("re Really?", 4)
