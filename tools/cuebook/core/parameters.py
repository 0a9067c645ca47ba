"""The settings of a call that a prompt may set, by their names in ``.prompt.yml`` files and artifacts."""

from __future__ import annotations

ALLOWED_PARAMETERS = (
    "temperature",
    "topP",
    "topK",
    "maxTokens",
    "maxCompletionTokens",
    "stop",
    "seed",
    "frequencyPenalty",
    "presencePenalty",
    "reasoningEffort",
    "verbosity",
)
"""Clients refuse any other, so that nobody overrides a request; a new one raises the artifact's number."""
