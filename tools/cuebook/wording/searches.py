"""Words on why the search of an optimiser ended."""

from __future__ import annotations

from collections.abc import Mapping

from cuebook.shapes.trail import EndCode

_ENDS: Mapping[EndCode, str] = {
    "nothing_new": "the training cases leave nothing to improve",
    "refused": "{count} proposals in a row were refused",
    "answers": "{count} were scored; {most:,} are allowed",
    "money": "{usd} are used up: {kept} are kept for the gate",
    "ceiling": "{why}",
    "fooled": "the judge {judge} let a known-bad answer win",
}


def search_end(code: EndCode, **figures: object) -> str:
    """Return why a search ended; ``figures`` fill the sentence of the code. No full stop."""
    return _ENDS[code].format(**figures)
