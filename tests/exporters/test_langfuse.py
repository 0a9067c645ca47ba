from __future__ import annotations

import json

import pytest

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.langfuse import write


def test_the_export_has_what_the_api_takes() -> None:
    version = build.version(3, created="2026-05-01T10:00:00Z", parameters={"maxTokens": 9})
    made = write(ExportRequest("qa", [version], tags=["imported", "desk"], aliases={"live": 3, "old": 1}))
    (data,) = made.files.values()
    (prompt,) = json.loads(data)["prompts"]
    assert prompt == {
        "name": "qa",
        "version": 3,
        "type": "text",
        "prompt": "Answer: {{question}}",
        "config": {"model": "scripted/model", "max_tokens": 9},
        "labels": ["live"],
        "tags": ["desk"],
        "commitMessage": "Version 3",
        "createdAt": "2026-05-01T10:00:00Z",
    }
    assert made.lost == []


def test_jinja_is_refused() -> None:
    version = build.version(1, "{% if question %}x{% endif %}", template_format="jinja2")
    with pytest.raises(UsageError):
        write(ExportRequest("qa", [version]))
