"""Dialogues from their file to a verdict, by the toy: no key, no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write

PROMPT = (
    "message: Look orders up\nmodel: toy/answers\ninputs: {history: {type: messages, default: []}}\n"
    "messages:\n  - {role: system, content: 'Be brief.'}\n  - {placeholder: history}\n"
    "tools:\n"
    "  - name: lookup_order\n"
    "    parameters: {type: object, properties: {order_id: {type: string}}, required: [order_id]}\n"
)


def case(number: int) -> dict[str, Any]:
    wanted = {"name": "lookup_order", "arguments": {"order_id": f"A-{number}"}}
    return {
        "id": f"o-{number}",
        "inputs": {},
        "turns": [
            {"user": f"Good morning, {number}!", "expectations": {"calls": []}},
            {"user": f"Look up my order A-{number}."},
        ],
        "tools": {"lookup_order": [{"arguments": {"order_id": f"A-{number}"}, "result": {"days": 3}}]},
        "expectations": {"calls": [wanted]},
    }


REGISTRY = {
    "prompts/desk/v1.prompt.yml": PROMPT,
    "prompts/desk/aliases.yml": "production: 1\n",
    "prompts/desk/meta.yml": "title: Order desk\n",
    "evals/desk/suite.yml": (
        "prompt: desk\nscorers: [tool_calls]\ngate:\n  metrics: {tool_calls: {margin: 0.1, floor: 0.5}}\n"
    ),
    "evals/desk/dataset.jsonl": "".join(json.dumps(case(number)) + "\n" for number in range(60)),
}


@pytest.mark.parametrize(
    ("candidate", "code", "outcome"),
    [
        (PROMPT.replace("Be brief", "Be short"), 0, "pass"),
        (PROMPT.replace("lookup_order", "find_parcel"), 1, "fail"),
    ],
)
def test_a_candidate_is_gated_on_dialogues(
    tmp_path: Path, cli: Callable[..., Any], candidate: str, code: int, outcome: str
) -> None:
    root = write(tmp_path / "registry", REGISTRY | {"prompts/desk/v2.prompt.yml": candidate})
    ended = cli(root, "gate", "desk/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"]) == (code, outcome), ended.err
    assert verdict["coverage"]["clusters"] == 60, "a dialogue is one observation"
    assert verdict["cases"][0]["baseline"]["scores"]["tool_calls"]["value"] == 1
    again = cli(root, "plan", "desk/2")
    assert "60 cases, at most 240 calls and one more for each round of tool calls" in again.out
