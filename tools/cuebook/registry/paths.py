"""Where the files of a registry are."""

from __future__ import annotations

from cuebook.core.layout import EVALS, LABELS, PROMPTS, version_path

__all__ = [
    "EVALS",
    "LABEL",
    "LABELS",
    "LABELS_FOLDER",
    "PROMPTS",
    "TRAILS",
    "trail_path",
    "version_path",
]

LABELS_FOLDER = "labels"
"""Beside ``LABELS``, with a file for each person."""
LABEL = "label"
"""The expectation that a line of labels becomes."""
TRAILS = "trails"
"""The folder below a suite's that tells how versions were made by an optimiser."""


def trail_path(suite: str, name: str, number: int) -> str:
    """Return the path of the file that says how an optimiser made a version on a suite."""
    return f"{EVALS}/{suite}/{TRAILS}/{name}-v{number}.json"
