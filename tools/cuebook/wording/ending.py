"""What to say of a model that is shut down, and what to do."""

from __future__ import annotations

from cuebook.core.format import plural
from cuebook.shapes.ending import ShutDown


def ends(found: ShutDown) -> str:
    """Return ``openai/m-1 is shut down on 2027-01-14, in 90 days``."""
    if found.days < 0:
        return f"{found.model} was shut down on {found.day}"
    return f"{found.model} is shut down on {found.day}, in {plural(found.days, 'day')}"


def instead(found: ShutDown, command: str = "") -> str:
    """Say which model to take, where the settings say so, and the command that does; without one, by hand."""
    which = f"{found.successor} takes its place" if found.successor else "choose another model"
    return f"{which}: {command or 'write it in this line'}"


def way_off(found: ShutDown, prompt: str = "") -> str:
    """The command that leaves a model: for all live versions, or by a next version of one ``prompt``."""
    if prompt:
        return f'cuebook new {prompt} -m "Leave {found.model}"'
    return f"cuebook migrate --from {found.model} --to {found.successor or 'PROVIDER/MODEL'}"
