from __future__ import annotations

from typing import Any

import pytest
import yaml

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.promptfoo import write
from cuebook.shapes.suite import ScorerSpec

SCORERS = [
    ScorerSpec("contains", "contains", {"expectation": "words"}),
    ScorerSpec("exact", "not-exact", {"expectation": "answer", "absent": True}),
    ScorerSpec("regex", "regex", {"expectation": "shape"}),
    ScorerSpec("json_schema", "json", {"schema": {"type": "object"}}),
    ScorerSpec("latency", "latency", {"max_seconds": 2.0}),
    ScorerSpec("length", "length", {"max_words": 9}),
    ScorerSpec("judge", "judge", {"prompt": "r/1", "with": {"rubric": "expectations.rubric"}}),
    ScorerSpec("token_f1", "f1"),
]


def written(*versions: Any, **changes: Any) -> dict[str, Any]:
    given = versions or [build.version(1, model="openai/gpt-4.1")]
    (data,) = write(ExportRequest("qa", given, **changes)).files.values()
    found: dict[str, Any] = yaml.safe_load(data)
    return found


def test_scorers_become_the_asserts_that_are_like_them() -> None:
    case = build.case(
        1, tags=["kind:short"], words=["a", "b"], answer="no", shape="x", rubric="Is kind", topic="t"
    )
    suite = build.suite([case], scorers=SCORERS, models=("openai/gpt-4.1", "anthropic/claude-haiku-4-5"))
    found = written(suites=[suite])
    assert [item["id"] for item in found["providers"]] == [
        "openai:chat:gpt-4.1",
        "anthropic:messages:claude-haiku-4-5",
    ]
    (test,) = found["tests"]
    assert (test["description"], test["metadata"]) == ("case-001", {"kind": "short"})
    assert test["vars"]["question"] == "case-001"
    assert test["assert"] == [
        {"type": "icontains-all", "value": ["a", "b"]},
        {"type": "not-equals", "value": "no"},
        {"type": "regex", "value": "x"},
        {"type": "is-json", "value": {"type": "object"}},
        {"type": "latency", "threshold": 2000.0},
        {"type": "word-count", "value": {"max": 9}},
        {"type": "llm-rubric", "value": "Is kind"},
    ]


def test_a_rubric_is_no_variable_and_a_case_without_one_loses_nothing() -> None:
    cases = [build.case(1, rubric="Is kind"), build.case(2, topic="t")]
    suite = build.suite(cases, scorers=[SCORERS[6]])
    made = write(ExportRequest("qa", [build.version(1, model="openai/gpt-4.1")], suites=[suite]))
    (data,) = made.files.values()
    first, second = yaml.safe_load(data)["tests"]
    assert first["vars"] == {"question": "case-001"}
    assert "assert" not in second
    assert not [lost for lost in made.lost if "scorer" in lost.what]


def test_versions_with_another_model_are_said() -> None:
    one = build.version(1, model="openai/gpt-4.1")
    made = write(ExportRequest("qa", [one, build.version(2, model="openai/gpt-5")]))
    assert [(item.ref, item.part) for item in made.lost] == [("qa/1", "model")]


@pytest.mark.parametrize(
    ("text", "form", "says"),
    [
        ("a {% b", "simple", "which promptfoo runs"),
        ("{{ x | tojson }}", "jinja2", "Nunjucks may not know"),
        ("{% set x = 1 %}", "jinja2", "Nunjucks may not know"),
        ("file.txt", "simple", "begins like a file"),
        ("- a", "simple", "begins like a file"),
    ],
)
def test_what_promptfoo_takes_otherwise_is_refused(text: str, form: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        written(build.version(1, text, template_format=form, inputs={}))
