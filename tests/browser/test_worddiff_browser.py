"""The word diff of the browser beside the one of the command line: the same lines, words and changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.registry import diff
from cuebook.registry.word_diff import Line, word_diff
from cuebook.wording.differences import describe
from fixtures.browsing import MARKS
from fixtures.site_catalog import NASTY, SYSTEMS, qa_version

pytestmark = MARKS

PAIRS = [
    ("", ""),
    ("", "a"),
    ("a\n", "a"),
    ("Answer in a short phrase.", "Answer in a full, friendly sentence."),
    ("Hello {{name}}!", "Hello {{ name }}!"),
    ("Use {{a}} and {{b}}", "Use {{a}}, {{b}} and {{c}}"),
    ("one\n\ntwo\n\nthree", "one\n\n2\n\nthree\n\nfour"),
    ("a b c d e f", "f e d c b a"),
    ("x  y\tz", "x y z"),
    (
        "\u6700\u521d\u306b\u7d50\u8ad6\u3092\u66f8\u304f\u3002",
        "\u6700\u5f8c\u306b\u7d50\u8ad6\u3092\u66f8\u304f\u3002",
    ),
    ("line\r\nline", "line\nline"),
    ("a\u2028b\u0085c\ufeffd\u001ce", "a b c d e"),
    ("\U0001f600 smile \U0001f680", "\U0001f600 smiles \U0001f681"),
    ("{{unclosed and {{x}}", "{{unclosed or {{x}}"),
    (NASTY, NASTY.replace("fired", "tired")),
    (NASTY, ""),
    *((old, new) for old in SYSTEMS for new in SYSTEMS),
    (" ".join(f"w{n}" for n in range(1500)), " ".join(f"w{n}" for n in range(1, 1502))),
    ("\n".join(f"line {n}" for n in range(220)), "\n".join(f"other {n}" for n in range(220))),
]


@pytest.fixture(scope="module")
def differ(browser: Any, base: str) -> Iterator[Any]:
    """A page on which ``worddiff.js`` is loaded as ``window.differ``."""
    page = browser.new_page()
    page.goto(f"{base}compare.html")
    page.evaluate("import('./assets/cuebook/worddiff.js').then((all) => { window.differ = all; })")
    yield page
    page.close()


def for_each(page: Any, call: str, pairs: list[tuple[Any, Any]]) -> list[Any]:
    """What a function of the module says of each pair. As JSON text: all of it arrives, and soon."""
    script = f"(text) => JSON.stringify(JSON.parse(text).map(([old, fresh]) => {call}))"
    return json.loads(page.evaluate(script, json.dumps(pairs)))


def in_browser(page: Any, pairs: list[tuple[str, str]]) -> list[Any]:
    return for_each(page, "differ.wordDiff(old, fresh)", pairs)


def as_data(lines: list[Line]) -> list[dict[str, Any]]:
    return [
        {
            "kind": line.kind,
            "segments": [{"kind": part.kind, "text": part.text} for part in line.segments],
            "old": line.old,
            "new": line.new,
        }
        for line in lines
    ]


def test_the_same_segments_for_a_table_of_pairs(differ: Any) -> None:
    for (old, new), found in zip(PAIRS, in_browser(differ, PAIRS), strict=True):
        assert found == as_data(word_diff(old, new)), (old[:60], new[:60])


WORDS = [
    "a",
    "b",
    "bb",
    "the",
    "The",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    ".",
    ",",
    "{{x}}",
    "{{y}}",
    "{{",
    "}}",
    "-",
]
WORDS += [
    "\u6700",
    "\u3002",
    "\xe9",
    "e\u0301",
    "\u2028",
    "\x85",
    "\ufeff",
    "\xa0",
    "\x1d",
    "_",
    "a_b",
    "\U0001f600",
]
texts = st.lists(st.sampled_from(WORDS), max_size=30).map("".join) | st.text(max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs=st.lists(st.tuples(texts, texts), min_size=15, max_size=40))
def test_the_same_segments_for_any_pair(differ: Any, pairs: list[tuple[str, str]]) -> None:
    for (old, new), found in zip(pairs, in_browser(differ, pairs), strict=True):
        assert found == as_data(word_diff(old, new))


def behaviour(**fields: Any) -> dict[str, Any]:
    made = {
        "inputs": {"context": {"type": "string"}, "tone": {"type": "string", "default": "neutral"}},
        "jsonSchema": None,
        "messages": [
            {"role": "system", "content": "Answer. {{context}}"},
            {"role": "user", "content": "{{tone}}"},
        ],
        "model": "offline/rules",
        "modelParameters": {"temperature": 0, "stop": "END"},
        "responseFormat": "text",
        "template": None,
        "templateFormat": "simple",
    }
    return made | fields


CONTEXT = {"context": {"type": "string"}}
SYSTEM, USER = behaviour()["messages"]
CITY = {"type": "object", "properties": {"city": {"type": ["string", "null"], "description": "Where."}}}
LOOK: dict[str, Any] = {
    "name": "look",
    "description": "Find an order.",
    "parameters": {
        "type": "object",
        "properties": {
            "id": {"type": "string", "enum": ["a", "b"]},
            "at": CITY,
            "all": {"type": "array", "items": CITY | {"required": ["city"]}},
            "how": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/x"}, {}]},
        },
        "required": ["id"],
    },
}
OTHER = LOOK["parameters"] | {
    "required": ["at"],
    "properties": {"id": {"enum": ["b", 1]}, "at": {"type": "string"}},
}
BOUND = LOOK["parameters"] | {
    "additionalProperties": False,
    "required": ["id", "none"],
    "properties": {
        "id": {"type": "string", "enum": ["b", "a"], "pattern": "."},
        "at": CITY | {"description": "There.", "minProperties": 1},
        "all": {"type": "array", "items": CITY | {"required": ["city"], "description": "Rows."}},
        "how": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/x"}, {}]},
        "any": True,
    },
}
CALL = {"id": "c1", "name": "look", "arguments": {"b": [1, {}], "a": "\xe9"}}
VERSIONS = [
    behaviour(),
    behaviour(tools=[LOOK]),
    behaviour(tools=[LOOK | {"name": "find", "description": "Find."}, {"name": "go"}], toolChoice="auto"),
    behaviour(
        tools=[{"name": "go"}, LOOK | {"strict": True}], toolChoice={"name": "go"}, parallelToolCalls=False
    ),
    behaviour(
        tools=[LOOK | {"parameters": OTHER}, {"name": "go", "description": "Go.\nNow."}],
        parallelToolCalls=True,
    ),
    behaviour(tools=[LOOK | {"parameters": BOUND, "description": "Find it."}]),
    behaviour(messages=[{"placeholder": "history"}, SYSTEM, USER]),
    behaviour(
        messages=[
            SYSTEM,
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "{{tone}}"},
                    {"type": "image", "image": "context", "detail": "low"},
                    {"type": "image", "url": "data:image/png;base64,iVBORw0KGgo="},
                ],
            },
        ]
    ),
    behaviour(
        messages=[
            SYSTEM,
            {"role": "assistant", "content": "", "toolCalls": [CALL]},
            {"role": "tool", "toolCallId": "c1", "content": "shipped"},
            {"placeholder": "history"},
        ]
    ),
    behaviour(inputs=CONTEXT),
    behaviour(inputs={"context": {"type": "object"}, "tone": {"type": "string"}}),
    behaviour(
        inputs={**CONTEXT, "tone": {"type": "string", "default": "warm"}, "__proto__": {"type": "string"}}
    ),
    behaviour(inputs={**CONTEXT, "tone": {"type": "string", "default": None}}),
    behaviour(model="openai/gpt-4o-mini", modelParameters={"temperature": 1, "seed": 7}),
    behaviour(responseFormat="json_schema", jsonSchema={"name": "a", "schema": {"type": "object"}}),
    behaviour(responseFormat="json_object", templateFormat="jinja2"),
    behaviour(messages=None, template="Answer. {{context}}"),
    behaviour(messages=[SYSTEM]),
    behaviour(messages=[USER, SYSTEM]),
    behaviour(messages=[{**SYSTEM, "role": "user"}, USER]),
    behaviour(messages=[{**SYSTEM, "content": "Answer.  {{context}}\n"}, USER]),
    behaviour(messages=[SYSTEM, {"role": "assistant", "content": "I see."}, USER]),
    behaviour(messages=[{**SYSTEM, "content": NASTY}, {"role": "template", "content": "x"}]),
]


def test_the_same_changes_between_any_two_versions(differ: Any) -> None:
    pairs = [(old, new) for old in VERSIONS for new in VERSIONS]
    found = for_each(differ, "differ.changes(old, fresh)", pairs)
    for (old, new), changes in zip(pairs, found, strict=True):
        expected = [
            {"kind": c.kind, "path": c.path, "old": c.old, "new": c.new, "severity": c.severity}
            for c in diff.compare(old, new)
        ]
        assert changes == expected


def test_the_same_passages_between_any_two_versions(differ: Any) -> None:
    pairs = [(old, new) for old in VERSIONS for new in VERSIONS]
    found = for_each(differ, "differ.passages(old, fresh)", pairs)
    for (old, new), passages in zip(pairs, found, strict=True):
        expected = [
            {"path": p.path, "oldRole": p.old_role, "newRole": p.new_role, "lines": as_data(list(p.lines))}
            for p in diff.passages(old, new)
        ]
        assert passages == expected


def test_the_same_sentences(differ: Any) -> None:
    """Where values are texts and numbers; Python writes lists and truth its own way."""
    versions = [*VERSIONS, *(dict(qa_version(n).model_dump()) for n in (1, 2, 3, 4))]
    pairs = [(old, new) for old in versions for new in versions]
    found = for_each(differ, "differ.changes(old, fresh).map(differ.describe)", pairs)
    for (old, new), sentences in zip(pairs, found, strict=True):
        assert sentences == [describe(change) for change in diff.compare(old, new)]
