"""A prompt with tools from its file to a verdict, by the toy: no key, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write

TOOL = (
    "tools:\n"
    "  - name: lookup_order\n"
    "    description: Find an order by its number.\n"
    "    parameters: {type: object, properties: {order_id: {type: string}}, required: [order_id]}\n"
)
LIVE = (
    "message: Look orders up\nmodel: toy/answers\ninputs: {question: {type: string}}\n"
    "messages:\n  - {role: user, content: '{{question}}'}\n" + TOOL
)
CASES = [
    {
        "id": f"o-{n}",
        "inputs": {"question": f"Where is order A-{n}?"},
        "expectations": {"calls": [{"name": "lookup_order", "arguments": {"order_id": f"A-{n}"}}]},
    }
    if n % 5
    else {"id": f"o-{n}", "inputs": {"question": f"Good morning {n}!"}, "expectations": {"calls": []}}
    for n in range(60)
]
REGISTRY = {
    "prompts/desk/v1.prompt.yml": LIVE,
    "prompts/desk/aliases.yml": "production: 1\n",
    "prompts/desk/meta.yml": "title: Order desk\n",
    "evals/desk/suite.yml": (
        "prompt: desk\nscorers:\n  - tool_calls\n  - finish: {expect: tool_calls}\n"
        "gate:\n  metrics: {tool_calls: {margin: 0.1, floor: 0.5}}\n"
    ),
    "evals/desk/dataset.jsonl": "".join(json.dumps(case) + "\n" for case in CASES),
}


def test_the_guide_s_files_are_checked_and_each_call_is_as_expected(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    text = (Path(__file__).parents[1] / "site/guides/tools.md").read_text("utf-8")
    files = dict(re.findall(r"n `(\S+)`:\n\n```\w+\n(.*?)^```$", text, re.M | re.S))
    assert len(files) == 3
    about = {"prompts/desk/meta.yml": "title: Desk\n", "prompts/desk/aliases.yml": "beta: 1\n"}
    root = write(tmp_path / "registry", files | about)
    assert "0 errors" in cli(root, "check").out
    assert 'lookup_order {"order_id":"B-2"}' in cli(root, "run", "desk/1", "--case", "desk/later").out
    ended = cli(root, "gate", "desk", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"]) == (3, "inconclusive")
    assert [case["candidate"]["scores"]["tool_calls"]["value"] for case in verdict["cases"]] == [1.0] * 3


@pytest.mark.parametrize(
    ("candidate", "code", "outcome"),
    [
        (LIVE.replace("Find an order by its number", "Find it"), 0, "pass"),
        (LIVE.replace("lookup_order", "find_parcel"), 1, "fail"),
        (LIVE + "toolChoice: required\n", 1, "fail"),
    ],
)
def test_a_candidate_that_breaks_calls_fails(
    tmp_path: Path, cli: Callable[..., Any], candidate: str, code: int, outcome: str
) -> None:
    root = write(tmp_path / "registry", REGISTRY | {"prompts/desk/v2.prompt.yml": candidate})
    ended = cli(root, "gate", "desk/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"]) == (code, outcome), ended.err
    called = [case["baseline"]["tool_calls"] for case in verdict["cases"]]
    assert {call["name"] for calls in called for call in calls} == {"lookup_order"}
    again = cli(root, "gate", "desk/2", "--format", "json")
    assert json.loads(again.out)[0]["outcome"] == outcome
