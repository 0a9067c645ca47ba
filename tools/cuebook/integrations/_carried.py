"""What a framework takes of a request, so that nothing is left behind in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.errors import UsageError


def refuse_rest(rest: Mapping[str, Any], ref: str, framework: str) -> None:
    """Refuse settings that a framework has no place for. Raises UsageError naming all of them."""
    if rest:
        what = f"{ref} sets {', '.join(sorted(rest))}, for which {framework} has no place"
        raise UsageError(what, "take it out in a new version, or send what Prompt.to_openai gives")


def refuse_keys(message: Mapping[str, Any], known: set[str], place: int, framework: str) -> None:
    """Refuse keys of a message that a framework has no place for. Raises UsageError naming all of them."""
    if more := sorted(key for key, value in message.items() if key not in known and value is not None):
        what = f"messages[{place}] has {', '.join(more)}, for which {framework} has no place"
        raise UsageError(what, "take it out, or send what Prompt.to_openai gives")
