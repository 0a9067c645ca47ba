from __future__ import annotations

import pytest
import yaml

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.prompt_yml import write
from cuebook.shapes.suite import ScorerSpec


def test_rows_and_scorers_of_texts_are_held() -> None:
    suite = build.suite(
        [build.case(1, answer="yes")],
        scorers=[ScorerSpec("exact", "right"), ScorerSpec("length", "length", {"max_words": 9})],
    )
    made = write(ExportRequest("qa", [build.version(1)], title="Questions", suites=[suite]))
    (data,) = made.files.values()
    found = yaml.safe_load(data)
    assert found["name"] == "Questions"
    assert found["testData"] == [{"question": "case-001", "answer": "yes"}]
    assert found["evaluators"] == [{"name": "right", "string": {"equals": "{{answer}}"}}]
    assert "scorer.length" in {item.part for item in made.lost}


def test_a_part_of_a_value_cannot_be_filled_there() -> None:
    version = build.version(1, "{{a.b}}", inputs={"a": {"type": "object"}})
    with pytest.raises(UsageError, match="a part of a value"):
        write(ExportRequest("qa", [version]))


def test_jinja_is_refused() -> None:
    version = build.version(1, "{% if question %}x{% endif %}", template_format="jinja2")
    with pytest.raises(UsageError):
        write(ExportRequest("qa", [version]))
