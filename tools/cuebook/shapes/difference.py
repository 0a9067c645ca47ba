"""What differs between two versions, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

ToolKind = Literal[
    "tools-first",
    "tool-added",
    "tool-removed",
    "tool-renamed",
    "tool-parameter-added",
    "tool-parameter-removed",
    "tool-parameter-unused",
    "tool-parameter-type",
    "tool-parameter-optional",
    "tool-parameter-required",
    "tool-values-added",
    "tool-values-removed",
    "tool-description",
    "tool-schema",
    "tool-order",
    "tool-choice",
    "parallel-calls",
]

Severity = Literal["breaking", "notable", "minor"]
DifferenceKind: TypeAlias = Literal[
    "artifact-format",
    "placeholder-moved",
    ToolKind,
    "template-kind",
    "template-format",
    "input-added-required",
    "input-added",
    "input-removed",
    "input-type",
    "input-default",
    "response-format",
    "response-schema",
    "model",
    "parameter",
    "message-role",
    "message-added",
    "message-removed",
    "text",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``old`` or ``new`` is None where there was, or is, nothing."""

    kind: DifferenceKind
    path: str
    old: Any
    new: Any
    severity: Severity
