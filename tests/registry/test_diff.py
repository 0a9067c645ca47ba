from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.registry import diff
from cuebook.registry.diff import Segment, compare, describe, passages, word_diff
from cuebook.shapes.published import Artifact
from cuebook.shapes.run import Version

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


def test_every_kind_has_a_sentence_and_a_severity():
    seen = {}
    for _, change, _ in CHANGES:
        for pair in ((PLAIN, {**PLAIN, **change}), ({**PLAIN, **change}, PLAIN)):
            seen.update({item.kind: describe(item) for item in compare(*pair)})
    assert seen.keys() == diff.SEVERITIES.keys()
    assert all(text and "None" not in text and "{" not in text for text in seen.values()), seen


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"modelParameters": {}}, "temperature: 0 became not set"),
        ({"inputs": ADDED_INPUT}, "input question is new and required: callers must pass it"),
        ({"messages": [SYSTEM, USER, FEW_SHOT]}, "there is a new assistant message"),
        ({"model": "x/" + "y" * 200}, f"model: offline/rules became x/{'y' * 117}\u2026"),
    ],
)
def test_sentences(change, sentence):
    assert describe(compare(PLAIN, {**PLAIN, **change})[0]) == sentence


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


def shown(old, new):
    marks = {"same": "", "removed": "-", "added": "+"}
    return [
        (line.kind, "|".join(marks[part.kind] + part.text for part in line.segments))
        for line in word_diff(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", [("same", "")]),
        ("a b", "a b", [("same", "a b")]),
        ("a b c", "a x c", [("changed", "a |-b|+x| c")]),
        ("Ask {{ name }}", "Ask {{name}}", [("changed", "Ask |-{{ name }}|+{{name}}")]),
        ("a two three b c", "a TWO THREE b c", [("changed", "a |-two three|+TWO THREE| b c")]),
        ("Be kind.", "Be kind and brief.", [("changed", "Be kind|+ and brief|.")]),
        ("a", "a\n", [("same", "a"), ("added", "")]),
        ("keep\nnothing alike here", "keep\nother words entirely", [
            ("same", "keep"), ("removed", "-nothing alike here"), ("added", "+other words entirely")]),
        ("x\n\ny", "x\n\nnew words\n\ny", [
            ("same", "x"), ("same", ""), ("added", "+new words"), ("added", ""), ("same", "y")]),
        ("\u6771\u4eac\u306b\u4f4f\u3080", "\u4eac\u90fd\u306b\u4f4f\u3080", [
            ("changed", "-\u6771|\u4eac|+\u90fd|\u306b\u4f4f\u3080")]),
    ],
)  # fmt: skip
def test_word_diff(old, new, expected):
    assert shown(old, new) == expected


def test_line_numbers_and_sides():
    lines = word_diff("a b c d\nsecond", "new line\na b c x\nsecond")
    assert [(line.kind, line.old, line.new) for line in lines] == [
        ("added", None, 1),
        ("changed", 1, 2),
        ("same", 2, 3),
    ]
    assert lines[1].left == (Segment("same", "a b c "), Segment("removed", "d"))
    assert lines[1].right == (Segment("same", "a b c "), Segment("added", "x"))


TEXTS = st.text(st.sampled_from("ab {}.\n\t\r\u3042\U0001f600\u0301"), max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_come_back_from_the_diff(old, new):
    lines = word_diff(old, new)
    left = [line for line in lines if line.old is not None]
    right = [line for line in lines if line.new is not None]
    assert [line.old for line in left] == list(range(1, len(left) + 1))
    assert [line.new for line in right] == list(range(1, len(right) + 1))
    assert "\n".join("".join(s.text for s in line.left) for line in left) == old
    assert "\n".join("".join(s.text for s in line.right) for line in right) == new
    assert all(line.kind == "same" for line in lines) == (old == new)


def test_caps_keep_the_texts_whole(monkeypatch):
    monkeypatch.setattr(diff, "MAX_TOKEN_PAIRS", 8)
    assert shown("a b c", "a b d") == [("changed", "-a b c|+a b d")]
    monkeypatch.setattr(diff, "MAX_LINE_PAIRS", 1)
    assert [line.kind for line in word_diff("p q\nr s", "p t\nr u")] == ["removed"] * 2 + ["added"] * 2


def test_scripts_say_the_same_of_a_change() -> None:
    script = (Path(diff.__file__).parents[1] / "theme/assets/worddiff.js").read_text("utf-8")
    assert all(f'{severity}: "{words}"' in script for severity, words in diff.MEANING.items())
