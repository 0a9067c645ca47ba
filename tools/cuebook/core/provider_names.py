"""Names of tools and of answer schemas, as providers take them."""

from __future__ import annotations

import re

PATTERN = r"[A-Za-z0-9_-]{1,64}"
"""What OpenAI takes; no other provider takes more."""

_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


def provider_name(text: str) -> str:
    """Return the nearest name that providers take; empty for an empty text."""
    return _OTHER.sub("_", text)[:64]
