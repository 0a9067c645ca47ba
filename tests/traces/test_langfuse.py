from __future__ import annotations

import json
from typing import Any

from cuebook import traces
from cuebook.traces.langfuse import read

ROW: dict[str, Any] = {
    "id": "o1",
    "traceId": "t1",
    "sessionId": "s1",
    "type": "GENERATION",
    "startTime": "2026-11-14T09:00:00.000Z",
    "promptName": "qa",
    "promptVersion": 2,
    "input": [{"role": "user", "content": "When?"}],
    "output": {"role": "assistant", "content": "At 8"},
    "metadata": {"question": "When?"},
}


def test_observations_one_a_line() -> None:
    data = "\n".join(json.dumps(row) for row in (ROW, ROW | {"type": "SPAN"}, ROW | {"promptName": None}))
    assert traces.read("o.jsonl", data.encode())[0] == "langfuse"
    (found,) = read("o.jsonl", data.encode())
    assert (found.prompt, found.version, found.conversation, found.time[:10]) == ("qa", 2, "s1", "2026-11-14")
    assert found.messages == ({"role": "user", "content": "When?"},)
    assert found.fields == ({"question": "When?"},)
    assert found.feedback == ""


def test_a_trace_with_its_observations_and_scores_in_the_other_spelling() -> None:
    row = {"id": "o1", "type": "generation", "prompt_name": "qa", "prompt_version": "3", "input": "When?"}
    trace = {
        "id": "t1",
        "session_id": "s2",
        "input": {"question": "When?"},
        "observations": [row],
        "scores": [{"name": "accuracy", "value": 1}, {"name": "user-feedback", "value": 0}],
    }
    (found,) = read("t.json", json.dumps(trace).encode())
    assert (found.version, found.conversation, found.trace, found.feedback) == (3, "s2", "t1", "bad")
    assert found.fields == ({"question": "When?"},)
    assert found.messages == ({"role": "user", "content": "When?"},)
