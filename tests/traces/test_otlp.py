from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import traces
from cuebook.core.errors import InvalidFiles
from cuebook.traces.otlp import read


def attribute(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"key": key, "value": {"arrayValue": {"values": [attribute("", v)["value"] for v in value]}}}
    if isinstance(value, dict):
        inner = [attribute(name, item) for name, item in value.items()]
        return {"key": key, "value": {"kvlistValue": {"values": inner}}}
    kind = "intValue" if isinstance(value, int) else "stringValue"
    return {"key": key, "value": {kind: str(value)}}


def span(attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = [attribute(key, value) for key, value in attributes.items()]
    return {
        "traceId": "t1",
        "spanId": "s1",
        "startTimeUnixNano": "1794646800000000000",
        "attributes": made,
    } | more


def document(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


PROMPT = {"gen_ai.prompt.name": "qa", "gen_ai.prompt.version": "2"}


def test_a_span_with_variables_and_messages() -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "Hi"}, {"type": "text", "content": "you"}]}
    ]
    attributes: dict[str, Any] = PROMPT | {
        "gen_ai.prompt.variable.question": "When?",
        "gen_ai.prompt.variable.doc": '{"a": 1}',
        "gen_ai.conversation.id": "c9",
        "gen_ai.input.messages": json.dumps(said),
        "gen_ai.system_instructions": [{"type": "text", "content": "Be kind"}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "At 8"}]}],
    }
    (found,) = read("t.json", document(span(attributes), span({"other": 1})))
    assert (found.prompt, found.version, found.conversation) == ("qa", 2, "c9")
    assert found.time == "2026-11-14T09:00:00Z"
    assert found.variables == {"question": "When?", "doc": {"a": 1}}
    assert found.messages == (
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": "Hi\nyou"},
    )
    assert found.answer == "At 8"


@pytest.mark.parametrize(
    "attributes",
    [
        {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Hi"},
        {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi"},
    ],
)
def test_older_conventions(attributes: dict[str, Any]) -> None:
    (found,) = read("t.json", document(span(PROMPT | attributes)))
    assert found.messages == ({"role": "user", "content": "Hi"},)
    assert found.conversation == "t1"


def test_what_a_log_event_of_the_span_tells() -> None:
    details = [attribute("gen_ai.input.messages", [{"role": "user", "content": "Hi"}])]
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": details}
    (found,) = read("t.json", document(span(PROMPT, events=[event])))
    assert found.messages == ({"role": "user", "content": "Hi"},)


def test_spans_as_the_sdk_prints_them() -> None:
    printed = {
        "name": "chat",
        "context": {"trace_id": "0xab", "span_id": "0xcd"},
        "start_time": "2026-11-14T09:00:00.123456Z",
        "attributes": PROMPT | {"gen_ai.prompt.variable.question": "When?"},
    }
    data = (json.dumps(printed, indent=1) + "\n" + json.dumps(printed, indent=4) + "\n").encode()
    assert traces.read("t.json", data)[0] == "otlp"
    found, _ = read("t.json", data)
    assert (found.trace, found.span, found.time) == ("0xab", "0xcd", "2026-11-14T09:00:00Z")


def test_one_object_a_line_and_lines_that_are_no_json() -> None:
    data = document(span(PROMPT)) + b"\n\n" + document(span(PROMPT, spanId="s2")) + b"\n"
    assert [one.span for one in read("t.jsonl", data)] == ["s1", "s2"]
    with pytest.raises(InvalidFiles, match="line 2 is not JSON"):
        traces.read("t.jsonl", document(span(PROMPT)) + b"\n{,\n")
    with pytest.raises(InvalidFiles, match="cannot be read as otlp"):
        traces.read("t.jsonl", b"[" * 100_000, "otlp")
