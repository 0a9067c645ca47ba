"""What Langfuse exports: observations (JSON, or one a line), or traces with their observations.

Observations of the type GENERATION that name a prompt, in either spelling of the keys; a score of the trace
called ``feedback`` or ``user-feedback`` says good (above 0) or bad.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.traces._base import Feedback, Spoken, as_json, beginning, documents, messages_of, number, text_of

FILES = "*.json or *.jsonl, observations or traces of Langfuse"
FALLBACK = False
_FEEDBACK = {"feedback", "user-feedback", "user_feedback"}


def sniff(path: str, data: bytes) -> bool:  # noqa: ARG001  every format is asked alike
    """Return whether it has the keys that Langfuse gives to observations."""
    head = beginning(data)
    return any(f'"{key}"' in head for key in ("promptName", "prompt_name", "observations"))


def read(path: str, data: bytes) -> Iterator[Spoken]:  # noqa: ARG001  as above
    """Yield every generation that names a prompt. Raises ValueError."""
    for document in documents(data):
        if not isinstance(document, Mapping):
            raise ValueError("no object of an observation or trace")
        inside = document.get("observations")
        # A trace with its observations, or an observation alone.
        rows = inside if isinstance(inside, list) else [document]
        for row in rows:
            # Without a type it is taken for one: what names no prompt is passed over anyway.
            if isinstance(row, Mapping) and str(row.get("type", "GENERATION")).upper() == "GENERATION":
                yield from _generation(row, document)


def _generation(row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[Spoken]:
    name = _get(row, "promptName", "prompt_name")
    if not isinstance(name, str) or not name:
        return
    given = as_json(row.get("input"))
    about = str(_get(row, "traceId", "trace_id") or trace.get("id") or "")
    fields = [given] if isinstance(given, Mapping) else []
    metadata = as_json(row.get("metadata"))
    if isinstance(metadata, Mapping):
        fields.append(metadata)
    # Last, as the trace's input is often what the app got, and not what filled the prompt.
    outer = as_json(trace.get("input"))
    if isinstance(outer, Mapping):
        fields.append(outer)
    said = messages_of(row.get("output"))
    session = _get(row, "sessionId", "session_id") or _get(trace, "sessionId", "session_id")
    yield Spoken(
        trace=about,
        span=str(row.get("id") or ""),
        conversation=str(session or about),
        time=str(_get(row, "startTime", "start_time") or "")[:19].replace(" ", "T"),
        prompt=name,
        version=number(_get(row, "promptVersion", "prompt_version")),
        fields=tuple(fields),
        messages=tuple(messages_of(given)),
        answer=str(said[-1]["content"]) if said else text_of(as_json(row.get("output"))),
        feedback=_feedback(row.get("scores"), trace.get("scores")),
    )


def _get(row: Mapping[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _feedback(*lists: Any) -> Feedback:
    for scores in lists:
        for score in scores if isinstance(scores, list) else ():
            value = (
                score.get("value") if isinstance(score, Mapping) and score.get("name") in _FEEDBACK else None
            )
            if isinstance(value, int | float):
                return "good" if value > 0 else "bad"
    return ""
