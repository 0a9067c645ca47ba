from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import traces
from cuebook.core.errors import InvalidFiles
from cuebook.traces.mlflow import read


def trace(**more: Any) -> bytes:
    span = {
        "start_time_unix_nano": 1794646800000000000,
        "attributes": {"mlflow.spanInputs": '{"question": "When?"}'},
    }
    asked = {
        "attributes": {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": json.dumps({"messages": [{"role": "user", "content": "Q: When?"}]}),
            "mlflow.spanOutputs": json.dumps({"choices": [{"message": {"content": "At 8"}}]}),
        }
    }
    info = {
        "trace_id": "tr-1",
        "trace_metadata": {"mlflow.trace.session": "s1"},
        "tags": {"mlflow.linkedPrompts": json.dumps([{"name": "qa", "version": "2"}])},
        "assessments": [{"feedback": {"value": False}}],
    }
    return json.dumps({"info": info | more, "data": {"spans": [span, asked]}}).encode()


def test_a_trace_that_is_linked_to_a_prompt() -> None:
    assert traces.read("t.json", trace())[0] == "mlflow"
    (found,) = read("t.json", trace())
    assert (found.prompt, found.version, found.conversation, found.feedback) == ("qa", 2, "s1", "bad")
    assert found.fields[0] == {"question": "When?"}
    assert found.messages == ({"role": "user", "content": "Q: When?"},)
    assert (found.answer, found.time) == ("At 8", "2026-11-14T09:00:00Z")


def test_a_trace_without_a_prompt_and_what_is_no_trace() -> None:
    assert list(read("t.json", trace(tags={}))) == []
    with pytest.raises(InvalidFiles, match="no object with info and data"):
        traces.read("t.json", b"[1]", "mlflow")
