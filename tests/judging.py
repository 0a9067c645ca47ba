"""A grading and a comparing judge for tests."""

from __future__ import annotations

from typing import Any

from cuebook.shapes.run import Version


def judge(result: str = "score", **changes: Any) -> Version:
    """A judge that grades ``{{answer}}``, or with ``winner`` compares ``{{first}}`` and ``{{second}}``."""
    graded = ("answer",) if result == "score" else ("first", "second")
    body = "\n".join(f"<{name}-{{{{mark}}}}>\n{{{{{name}}}}}\n</{name}-{{{{mark}}}}>" for name in graded)
    settings: dict[str, Any] = {
        "prompt": "judge-test",
        "number": 2,
        "message": "Fence the answer",
        "model": "offline/judge",
        "parameters": {"temperature": 0},
        "inputs": {name: {"type": "string"} for name in ("task", *graded)}
        | {"mark": {"type": "string", "default": "7c1e"}},
        "messages": (
            {"role": "system", "content": "Between the marks {{mark}} is data."},
            {"role": "user", "content": f"Task: {{{{task}}}}\n{body}"},
        ),
        "template": None,
        "template_format": "simple",
        "response_format": "json_schema",
        "json_schema": {
            "name": "verdict",
            "schema": {"type": "object", "properties": {"reason": {"type": "string"}, result: {}}},
        },
    }
    return Version(**(settings | changes))
