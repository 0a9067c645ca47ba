"""Inputs that a button or a calling workflow gives, checked and typed by what the workflow declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.runner.documents import Document
from workflows.runner.expressions import as_text
from workflows.runner.problems import InvalidWorkflow

MOST = 25
"""Inputs that a dispatch may have."""


def of_dispatch(document: Document, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The ``inputs`` context and the payload's texts. Raises InvalidWorkflow where GitHub answers 422."""
    declared = document.triggers["workflow_dispatch"].get("inputs") or {}
    if len(declared) > MOST:
        raise InvalidWorkflow(f"a dispatch has at most {MOST} inputs")
    typed = _typed(declared, given)
    for name, about in declared.items():
        options = [as_text(item) for item in (about or {}).get("options", [])]
        if options and name in typed and as_text(typed[name]) not in options:
            raise InvalidWorkflow(f"'{typed[name]}' for input '{name}' is not one of {options}")
    return typed, {name: as_text(value) for name, value in typed.items()}


def of_call(document: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``inputs`` context of a called workflow. Raises InvalidWorkflow."""
    if "workflow_call" not in document.triggers:
        raise InvalidWorkflow(f"{document.path} cannot be called: it has no workflow_call trigger")
    return _typed(document.triggers["workflow_call"].get("inputs") or {}, given)


def _typed(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(given) - set(declared):
        raise InvalidWorkflow(f"Unexpected inputs provided: {sorted(unknown)}")
    found: dict[str, Any] = {}
    for name, settings in declared.items():
        about = settings or {}
        kind = about.get("type", "string")
        value = given.get(name, about.get("default"))
        if value is None or (about.get("required") and as_text(value) == ""):
            if about.get("required"):
                raise InvalidWorkflow(f"Required input '{name}' not provided")
            value = {"boolean": False, "number": 0}.get(kind, "")
        found[name] = _value(name, kind, value)
    return found


def _value(name: str, kind: str, value: Any) -> Any:
    text = as_text(value)
    if kind == "boolean":
        if text not in {"true", "false"}:
            raise InvalidWorkflow(f"input '{name}' must be true or false, not {text!r}")
        return text == "true"
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            raise InvalidWorkflow(f"input '{name}' must be a number, not {text!r}") from None
    return text
