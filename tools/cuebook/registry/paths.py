"""Where the files of a registry are."""

from __future__ import annotations

PROMPTS, EVALS = "prompts", "evals"
LABELS = "labels.jsonl"
LABEL = "label"
"""The expectation that a line of labels becomes."""


def version_path(name: str, number: int) -> str:
    """Where version ``number`` of a prompt stands."""
    return f"{PROMPTS}/{name}/v{number}.prompt.yml"
