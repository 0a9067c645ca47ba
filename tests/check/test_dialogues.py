from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from checked import SUITE, found
from cuebook.core.errors import Problem

TALKS = """\
message: First
model: offline/rules
inputs:
  history: {type: messages, default: []}
messages:
  - {placeholder: history}
tools:
  - {name: look_up, parameters: {type: object, properties: {id: {type: string}}}}
"""
TOOLS = {"look_up": [{"arguments": {"id": {"$any": True}}, "result": 1}]}
DATASET = "evals/qa/dataset.jsonl"
PHOTO = [{"type": "text", "text": "What is it?"}, {"type": "image", "image": "photo"}]


def of_case(tmp_path: Path, prompt: str = TALKS, **case: Any) -> list[Problem]:
    line = {"id": "talk", "inputs": {}, "expectations": {"answer": "yes"}, **case}
    problems = found(tmp_path, {"prompts/qa/v1.prompt.yml": prompt, DATASET: json.dumps(line) + "\n"})
    return [problem for problem in problems if problem.file == DATASET]


@pytest.mark.parametrize(
    "case",
    [
        {"turns": [{"user": "Hello"}, {"user": "Where?", "expectations": {"answer": "here"}}]},
        {"turns": [{"user": PHOTO}], "inputs": {"photo": {"file": "a.png"}}},
        {
            "turns": [{"user": "Where?"}],
            "tools": {"look_up": [{"arguments": {"id": {"$any": True}}, "result": 1}]},
        },
    ],
)
def test_a_dialogue_without_a_fault(tmp_path: Path, case: dict[str, Any]) -> None:
    write(tmp_path, {"evals/qa/a.png": b"\x89PNG\r\n\x1a\n"})
    assert of_case(tmp_path, **case) == []


@pytest.mark.parametrize(
    ("case", "what", "cure"),
    [
        (
            {"turns": [{"user": "Hi"}, {"assistant": "Hello"}]},
            "nothing is asked after the last turn",
            "end with",
        ),
        ({"turns": ["Hi"]}, "turn 1: a turn has a key", 'write {"user": "Hi"}'),
        (
            {"turns": [{"usr": "Hi"}]},
            "turn 1: a turn has one of user, inputs and assistant, not 'usr'",
            "user",
        ),
        (
            {"turns": [{"user": "a", "expectations": {"answer": "b"}}, {"assistant": "c"}, {"user": "d"}]},
            "turn 1 has expectations, but its answer is fixed",
            "leave out",
        ),
        ({"turns": [{"user": PHOTO}]}, "turn 1 shows 'photo', which is not an input", ""),
        (
            {"turns": [{"user": PHOTO}], "inputs": {"photo": "x"}},
            "turn 1 shows 'photo': an image is a data:",
            "photo",
        ),
        ({"tools": {"lookup": [{"result": 1}]}}, "no version of qa has a tool 'lookup'", "look_up"),
        (
            {"tools": {"look_up": [{"result": 1}, {"arguments": {"id": {"$rgex": "x"}}, "result": 1}]}},
            "tools.look_up[1]: no matcher is called '$rgex'",
            "$regex",
        ),
        ({"tools": {"look_up": [{"arguments": {}}]}}, "a tool returns 'result' or 'error'", "result"),
    ],
)
def test_what_is_wrong_with_a_dialogue(tmp_path: Path, case: dict[str, Any], what: str, cure: str) -> None:
    problem = next(problem for problem in of_case(tmp_path, **case) if what in problem.message)
    assert problem.line == 1
    assert cure in problem.hint


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    tools = {"find": [{"result": 1}], "look_up": [{"arguments": {"id": {"$near": 1}}, "result": 1}]}
    told = [problem.message for problem in of_case(tmp_path, turns=[{"user": PHOTO}], tools=tools)]
    assert len(told) == 3, told


def test_without_a_placeholder_only_the_first_turn_may_give_inputs(tmp_path: Path) -> None:
    prompt = "message: First\nmodel: offline/rules\ntemplate: 'Q: {{question}}'\n"
    turns = [{"inputs": {"question": "a"}}, {"user": "And?"}]
    assert of_case(tmp_path, prompt, turns=turns) == []
    (problem,) = of_case(tmp_path, prompt, turns=[*turns, {"inputs": {"question": "b"}}])
    assert "turn 3 gives inputs, and qa/1 has no placeholder" in problem.message


def test_inputs_of_the_first_turn_fill_a_version_and_later_ones_do_not(tmp_path: Path) -> None:
    prompt = "message: First\nmodel: offline/rules\ntemplate: 'Q: {{question}}'\n"
    line = {"id": "talk", "inputs": {}, "expectations": {"answer": "yes"}, "turns": [{"user": "Hello"}]}
    told = found(tmp_path, {"prompts/qa/v1.prompt.yml": prompt, DATASET: json.dumps(line) + "\n"})
    assert f"no case of {DATASET} fills {{{{question}}}} of qa/1" in [item.message for item in told]


def test_an_expectation_of_a_turn_that_no_scorer_reads_is_told(tmp_path: Path) -> None:
    (problem,) = of_case(tmp_path, turns=[{"user": "Hi", "expectations": {"anwser": "x"}}])
    assert (problem.severity, "no scorer reads the expectation 'anwser'" in problem.message) == (
        "warning",
        True,
    )


def test_a_version_that_speaks_after_what_the_user_says_is_warned_of(tmp_path: Path) -> None:
    asks = TALKS.replace("tools:", '  - {role: user, content: "{{question}}"}\ntools:').replace(
        "inputs:\n", "inputs:\n  question: {}\n"
    )
    turns = [{"inputs": {"question": "Where is it?"}}, {"user": "It is order 7."}]
    (problem,) = of_case(tmp_path, asks, turns=turns, inputs={"question": "Hello?"})
    assert problem.severity == "warning"
    assert "turn 2 is what the user says, and qa/1 puts its own message after it" in problem.message
    assert 'write the turn as {"inputs": {...}}' in problem.hint


def test_an_input_of_a_turn_that_no_version_uses_is_told(tmp_path: Path) -> None:
    asks = TALKS.replace("inputs:\n", "inputs:\n  question: {}\n").replace(
        "- {placeholder: history}", '- {placeholder: history}\n  - {role: user, content: "{{question}}"}'
    )
    turns = [{"inputs": {"question": "a"}}, {"inputs": {"qestion": "b"}}]
    (problem,) = of_case(tmp_path, asks, turns=turns)
    assert problem.message == "case 'talk': turn 2 gives the input 'qestion', which no version of qa uses"
    assert (problem.severity, problem.hint) == ("warning", "did you mean 'question'?")
    assert of_case(tmp_path, asks, turns=[turns[0], {"inputs": {"question": "b"}}]) == []


def test_a_result_of_a_tool_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    line = {"inputs": {"history": []}, "tools": {"lookup": [{"result": 1}]}, "expectations": {"answer": "y"}}
    lines = "".join(json.dumps(line | {"id": letter}) + "\n" for letter in "abc")
    problems = found(tmp_path, {"prompts/qa/v1.prompt.yml": TALKS, DATASET: lines})
    (told,) = [item for item in problems if item.code == "result_of_no_tool"]
    assert told.message == "case 'a' and 2 more: no version of qa has a tool 'lookup'"


def test_a_call_that_no_version_can_make_is_refused_once(tmp_path: Path) -> None:
    suite = SUITE.replace("- exact", "- exact\n  - tool_calls")

    def told(name: str, settings: str = "", **arguments: object) -> list[tuple[str, str]]:
        line = {
            "id": "a",
            "inputs": {"history": []},
            "expectations": {"answer": "y", "calls": [{"name": name, "arguments": arguments}]},
        }
        lines = "".join(json.dumps(line | {"id": letter}) + "\n" for letter in "ab")
        files = {"prompts/qa/v1.prompt.yml": TALKS, DATASET: lines, "evals/qa/suite.yml": suite + settings}
        problems = found(tmp_path, {**files})
        return [(item.message, item.hint) for item in problems if item.code == "scorer_outdated"]

    what = "scorer tool_calls: expectation 'calls' of case 'a': no version of qa has a tool 'lookup'"
    assert told("lookup") == [(what, "did you mean 'look_up'?")]
    assert told("look_up") == []
    assert told("lookup", "target: desk\n") == []  # an app may have tools of its own
    what = "scorer tool_calls: expectation 'calls' of case 'a': no tool 'look_up' takes 'order'"
    assert told("look_up", order=7) == [(what, "known: id")]
    assert told("look_up", id="A-1") == []
