"""OpenTelemetry spans with GenAI attributes: OTLP JSON, or spans as the SDK prints them, one or one a line.

- the prompt by ``gen_ai.prompt.name`` and ``gen_ai.prompt.version``, as ``Prompt.span_attributes`` sets them
- the variables by ``gen_ai.prompt.variable.<key>``, where the app records them
- what was sent by ``gen_ai.input.messages`` and ``gen_ai.system_instructions``, or as OpenInference and
  older conventions have it: ``llm.input_messages.<i>.message.*``, ``gen_ai.prompt.<i>.*``
- the conversation by ``gen_ai.conversation.id`` or ``session.id``, else the trace
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.traces._base import Spoken, as_json, beginning, documents, messages_of, number, text_of, time_of

FILES = "*.json or *.jsonl, OpenTelemetry spans"
FALLBACK = False
_VARIABLE = "gen_ai.prompt.variable."
_OLD = re.compile(r"(?:llm\.input_messages|gen_ai\.prompt)\.(\d{1,4})\.(?:message\.)?(role|content)")
_OLD_ANSWER = ("llm.output_messages.0.message.content", "gen_ai.completion.0.content")


def sniff(path: str, data: bytes) -> bool:  # noqa: ARG001  every format is asked alike
    """Return whether it has the keys of OTLP, or of a span as the SDK prints it."""
    head = beginning(data)
    return (
        '"resourceSpans"' in head or '"scopeSpans"' in head or ('"context"' in head and '"span_id"' in head)
    )


def read(path: str, data: bytes) -> Iterator[Spoken]:  # noqa: ARG001  as above
    """Yield every span that names a prompt. Raises ValueError."""
    for document in documents(data):
        for span in _spans(document):
            attributes = _attributes(span.get("attributes"))
            # Newer conventions may have the messages in this event, and not on the span.
            for event in span.get("events") or ():
                if isinstance(event, Mapping) and event.get("name") == _DETAILS:
                    attributes |= _attributes(event.get("attributes"))
            if isinstance(name := attributes.get("gen_ai.prompt.name"), str):
                yield _spoken(span, attributes, name)


_DETAILS = "gen_ai.client.inference.operation.details"


def _spans(document: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        raise ValueError("no object with resourceSpans")
    # A span as the SDK prints it, without the frame of OTLP.
    if "context" in document:
        yield document
        return
    for resource in document.get("resourceSpans") or ():
        for scope in resource.get("scopeSpans") or ():
            yield from (span for span in scope.get("spans") or () if isinstance(span, Mapping))


def _attributes(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    return {
        str(item.get("key")): _value(item.get("value")) for item in given or () if isinstance(item, Mapping)
    }


def _value(value: Any) -> Any:
    """A value of OTLP: one key says its type; whole numbers are texts."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    # As JSON of Protocol Buffers writes whole numbers of 64 bits.
    if kind == "intValue":
        return int(inner)
    if kind == "arrayValue":
        return [_value(item) for item in inner.get("values") or ()]
    if kind == "kvlistValue":
        return _attributes(inner.get("values"))
    return base64.b64decode(inner).decode("utf-8", "replace") if kind == "bytesValue" else inner


def _spoken(span: Mapping[str, Any], attributes: Mapping[str, Any], name: str) -> Spoken:
    context = span.get("context")
    ids = context if isinstance(context, Mapping) else {}
    trace = str(span.get("traceId", ids.get("trace_id", "")))
    conversation = attributes.get("gen_ai.conversation.id", attributes.get("session.id"))
    start = span.get("start_time")
    return Spoken(
        trace=trace,
        span=str(span.get("spanId", ids.get("span_id", ""))),
        conversation=str(conversation or trace),
        # The SDK prints a date, OTLP has nanoseconds.
        time=f"{start[:19]}Z" if isinstance(start, str) else time_of(span.get("startTimeUnixNano")),
        prompt=name,
        version=number(attributes.get("gen_ai.prompt.version")),
        variables={
            key.removeprefix(_VARIABLE): as_json(value)
            for key, value in attributes.items()
            if key.startswith(_VARIABLE)
        },
        messages=tuple(_messages(attributes)),
        answer=_answer(attributes),
    )


def _messages(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = messages_of(attributes.get("gen_ai.input.messages"))
    if instructions := text_of(as_json(attributes.get("gen_ai.system_instructions") or "")):
        found = [{"role": "system", "content": instructions}, *found]
    if found:
        return found
    old: dict[int, dict[str, Any]] = {}
    for key, value in attributes.items():
        if match := _OLD.fullmatch(key):
            old.setdefault(int(match[1]), {"role": "user", "content": ""})[match[2]] = text_of(value)
    return [old[index] for index in sorted(old)]


def _answer(attributes: Mapping[str, Any]) -> str:
    if said := messages_of(attributes.get("gen_ai.output.messages")):
        return str(said[-1]["content"])
    return next((text_of(attributes[key]) for key in _OLD_ANSWER if key in attributes), "")
