"""One line on something that happened to a prompt, for a feed."""

from __future__ import annotations

from collections.abc import Mapping

from cuebook.shapes.published import Event, EventKind
from cuebook.wording.shares import split_line


def title(event: Event) -> str:
    """Return ``qa: production v1 → v2``, or ``qa v2: fail against v1``."""
    if event.kind == "split-changed":
        return f"{event.prompt}: {split_line(event.alias or '', event.tries)}"
    if event.alias is not None:
        before = f"v{event.previous} → " if event.previous else ""
        after = f"v{event.version}" if event.version else "none"
        by = " by an override" if event.kind == "override-used" else ""
        return f"{event.prompt}: {event.alias} {before}{after}{by}"
    of = f"{event.prompt} v{event.version}"
    if event.kind == "verdict-reached":
        against = f" against v{event.previous}" if event.previous else ""
        return f"{of}: {event.state}{against}"
    return f"{of} {_WORDS[event.kind]}"


_WORDS: Mapping[EventKind, str] = {
    "version-published": "published",
    "version-retired": "retired",
    "version-erased": "erased",
    "version-returned": "no longer retired",
}
