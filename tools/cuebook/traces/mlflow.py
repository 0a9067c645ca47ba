"""MLflow traces as ``trace.to_json()`` writes them, one or one a line.

- the prompt by the trace's tag ``mlflow.linkedPrompts``
- the variables by the inputs of a span that bear their names
- what was sent by the inputs of a span of the type CHAT_MODEL or LLM
- the conversation by ``mlflow.trace.session``, feedback by an assessment of true or false
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.traces._base import (
    Feedback,
    Spoken,
    as_json,
    beginning,
    documents,
    messages_of,
    number,
    text_of,
    time_of,
)

FILES = "*.json or *.jsonl, traces of MLflow"
FALLBACK = False


def sniff(path: str, data: bytes) -> bool:  # noqa: ARG001  every format is asked alike
    """Return whether it has the keys of an MLflow trace."""
    head = beginning(data)
    return '"info"' in head and ('"trace_metadata"' in head or '"mlflow.' in head)


def read(path: str, data: bytes) -> Iterator[Spoken]:  # noqa: ARG001  as above
    """Yield every trace that is linked to a prompt, once for each. Raises ValueError."""
    for document in documents(data):
        if not isinstance(document, Mapping) or not isinstance(document.get("info"), Mapping):
            raise ValueError("no object with info and data")
        info = document["info"]
        tags, about = _object(info.get("tags")), _object(info.get("trace_metadata"))
        spans = [
            span for span in _object(document.get("data")).get("spans") or () if isinstance(span, Mapping)
        ]
        for linked in as_json(tags.get("mlflow.linkedPrompts")) or ():
            if isinstance(linked, Mapping) and isinstance(linked.get("name"), str):
                yield _spoken(info, about, spans, linked)


def _spoken(
    info: Mapping[str, Any],
    about: Mapping[str, Any],
    spans: list[Mapping[str, Any]],
    linked: Mapping[str, Any],
) -> Spoken:
    trace = str(info.get("trace_id") or info.get("request_id") or "")
    attributes = [_object(span.get("attributes")) for span in spans]
    inputs = [as_json(one.get("mlflow.spanInputs")) for one in attributes]
    asking = [
        at
        for at, one in enumerate(attributes)
        if as_json(one.get("mlflow.spanType")) in {"CHAT_MODEL", "LLM"}
    ]
    # The first call got what the prompt said; the last one, after those of tools, gave the answer.
    said = as_json(attributes[asking[-1]].get("mlflow.spanOutputs")) if asking else ""
    # Releases of MLflow name it differently.
    start = spans[0].get("start_time_unix_nano", spans[0].get("start_time_ns")) if spans else None
    return Spoken(
        trace=trace,
        # One trace may be linked to several prompts; each is an answer of its own.
        span=str(linked["name"]),
        conversation=str(about.get("mlflow.trace.session") or trace),
        time=time_of(start) or str(info.get("request_time") or "")[:19],
        prompt=linked["name"],
        version=number(linked.get("version")),
        fields=tuple(one for one in inputs if isinstance(one, Mapping)),
        messages=tuple(messages_of(inputs[asking[0]])) if asking else (),
        answer=_answer(said),
        feedback=_feedback(info.get("assessments")),
    )


def _answer(said: Any) -> str:
    # The whole reply of OpenAI's client, where the app let it be traced.
    if isinstance(said, Mapping) and isinstance(said.get("choices"), list) and said["choices"]:
        return text_of(_object(said["choices"][0]).get("message"))
    return text_of(said)


def _object(value: Any) -> Mapping[str, Any]:
    value = as_json(value)
    return value if isinstance(value, Mapping) else {}


def _feedback(assessments: Any) -> Feedback:
    for item in assessments if isinstance(assessments, list) else ():
        value = _object(_object(item).get("feedback")).get("value")
        if isinstance(value, bool):
            return "good" if value else "bad"
    return ""
