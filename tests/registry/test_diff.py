from __future__ import annotations

from typing import get_args

import pytest

from build import version
from cuebook.registry import diff
from cuebook.registry.diff import compare, passages
from cuebook.shapes.difference import ToolKind
from cuebook.shapes.published import Artifact
from cuebook.shapes.run import Version
from cuebook.wording.differences import _SENTENCES, describe

PLAIN = {
    "inputs": {"context": {"type": "string"}, "tone": {"type": "string", "default": "neutral"}},
    "jsonSchema": None,
    "messages": [
        {"role": "system", "content": "Answer from the context only."},
        {"role": "user", "content": "Context: {{context}}"},
    ],
    "model": "offline/rules",
    "modelParameters": {"temperature": 0},
    "responseFormat": "text",
    "template": None,
    "templateFormat": "simple",
}
SYSTEM, USER = PLAIN["messages"]
FEW_SHOT = {"role": "assistant", "content": "The passage does not say."}
ADDED_INPUT = {**PLAIN["inputs"], "question": {"type": "string"}}
CHANGES = [
    ("nothing", {}, []),
    ("an input with other words", {"inputs": dict(reversed(PLAIN["inputs"].items()))}, []),
    (
        "required input added",
        {"inputs": ADDED_INPUT},
        [("input-added-required", "breaking", "inputs.question")],
    ),
    (
        "optional input added",
        {"inputs": {**PLAIN["inputs"], "style": {"type": "string", "default": "plain"}}},
        [("input-added", "minor", "inputs.style")],
    ),
    (
        "input removed",
        {"inputs": {"context": {"type": "string"}}},
        [("input-removed", "breaking", "inputs.tone")],
    ),
    (
        "input type",
        {"inputs": {**PLAIN["inputs"], "context": {"type": "array"}}},
        [("input-type", "breaking", "inputs.context")],
    ),
    (
        "default",
        {"inputs": {**PLAIN["inputs"], "tone": {"type": "string", "default": "warm"}}},
        [("input-default", "notable", "inputs.tone")],
    ),
    (
        "default lost",
        {"inputs": {**PLAIN["inputs"], "tone": {"type": "string"}}},
        [("input-default", "breaking", "inputs.tone")],
    ),
    (
        "default gained",
        {"inputs": {**PLAIN["inputs"], "context": {"type": "string", "default": ""}}},
        [("input-default", "notable", "inputs.context")],
    ),
    ("model", {"model": "openai/gpt-4o-mini"}, [("model", "notable", "model")]),
    (
        "parameters",
        {"modelParameters": {"temperature": 1, "seed": 7}},
        [
            ("parameter", "notable", "modelParameters.seed"),
            ("parameter", "notable", "modelParameters.temperature"),
        ],
    ),
    (
        "response",
        {"responseFormat": "json_schema", "jsonSchema": {"name": "a", "schema": {}}},
        [
            ("response-format", "breaking", "responseFormat"),
            ("response-schema", "breaking", "jsonSchema"),
        ],
    ),
    (
        "template kind",
        {"messages": None, "template": "Context: {{context}}"},
        [
            ("template-kind", "breaking", "messages"),
            ("message-removed", "notable", "messages[0]"),
        ],
    ),
    ("template format", {"templateFormat": "jinja2"}, [("template-format", "notable", "templateFormat")]),
    (
        "role",
        {"messages": [{**SYSTEM, "role": "user"}, USER]},
        [("message-role", "notable", "messages[0].role")],
    ),
    (
        "message added in the middle",
        {"messages": [SYSTEM, FEW_SHOT, USER]},
        [("message-added", "notable", "messages[1]")],
    ),
    ("message removed", {"messages": [USER]}, [("message-removed", "notable", "messages[0]")]),
    (
        "rewritten from scratch",
        {"messages": [{"role": "system", "content": "Be brief"}, USER]},
        [("text", "notable", "messages[0]")],
    ),
    (
        "white space only",
        {"messages": [{"role": "system", "content": "Answer  from the context\nonly."}, USER]},
        [("text", "minor", "messages[0]")],
    ),
    (
        "breaking first",
        {"model": "a/b", "inputs": ADDED_INPUT},
        [("input-added-required", "breaking", "inputs.question"), ("model", "notable", "model")],
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_compare(change, expected):
    found = compare(PLAIN, {**PLAIN, **change})
    assert [(item.kind, item.severity, item.path) for item in found] == expected


def test_values_that_python_alone_takes_for_equal_differ() -> None:
    def said(value: object) -> Version:
        schema = {"schema": {"const": value}}
        tool = {"name": "look", "parameters": {"properties": {"n": {"const": value}}}}
        return version(1, inputs={"n": {"default": value}}, json_schema=schema, calling={"tools": [tool]})

    assert [item.kind for item in compare(said(1), said(True))] == [
        "response-schema",
        "input-default",
        "tool-schema",
    ]
    assert list(compare(said(0), said(0.0))) == []


def test_every_kind_has_a_sentence_and_a_severity():
    seen = {}
    for _, change, _ in CHANGES:
        for pair in ((PLAIN, {**PLAIN, **change}), ({**PLAIN, **change}, PLAIN)):
            seen.update({item.kind: describe(item) for item in compare(*pair)})
    of_tools = {*get_args(ToolKind), "artifact-format", "placeholder-moved"}  # in test_tool_diff.py
    assert seen.keys() == diff.SEVERITIES.keys() - of_tools
    assert diff.SEVERITIES.keys() == _SENTENCES.keys()
    assert all(text and "None" not in text and "{" not in text for text in seen.values()), seen


def test_all_three_shapes_compare_alike():
    version = Version(
        prompt="qa",
        number=1,
        message="m",
        model=PLAIN["model"],
        parameters=PLAIN["modelParameters"],
        inputs={**PLAIN["inputs"], "context": {"type": "string", "description": "outside the digest"}},
        messages=tuple(PLAIN["messages"]),
        template=None,
        template_format="simple",
        response_format="text",
        json_schema=None,
    )
    artifact = Artifact(
        name="qa", version=1, ref="qa/1", digest="sha256:0", message="m", author=None, created=None, **PLAIN
    )
    assert compare(version, artifact) == compare(artifact, PLAIN) == compare(PLAIN, version) == []


def test_passages_pair_messages_by_likeness():
    new = {**PLAIN, "messages": [FEW_SHOT, {**USER, "content": "Context: {{ passage }}"}]}
    found = passages(PLAIN, new)
    assert [(item.path, item.old_role, item.new_role, item.changed) for item in found] == [
        ("messages[0]", "system", None, True),
        ("messages[0]", None, "assistant", True),
        ("messages[1]", "user", "user", True),
    ]
    assert not any(item.changed for item in passages(PLAIN, PLAIN))
