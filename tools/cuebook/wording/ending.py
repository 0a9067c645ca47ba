"""What to say of a model that is shut down, and what to do."""

from __future__ import annotations

from cuebook.core.format import plural
from cuebook.shapes.ending import ShutDown


def ends(found: ShutDown) -> str:
    """``openai/m-1 is shut down on 2027-01-14, in 90 days``."""
    if found.days < 0:
        return f"{found.model} was shut down on {found.day}"
    return f"{found.model} is shut down on {found.day}, in {plural(found.days, 'day')}"


def instead(found: ShutDown) -> str:
    """Which model to take, where the settings say so."""
    return f"{found.successor} takes its place" if found.successor else "choose another model"
