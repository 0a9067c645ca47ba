"""Words on what may go wrong while nobody changes a file: the title of an issue, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from cuebook.core.format import joined
from cuebook.shapes.ending import ShutDown
from cuebook.shapes.judge_state import JudgeState
from cuebook.wording.clauses import let_win
from cuebook.wording.ending import instead, way_off

TroubleCode = Literal[
    "unfinished", "other_models", "known_bad_won", "false_alarms", "shut_down", "unmeasured", "doubted"
]

_TITLES: Mapping[TroubleCode, str] = {
    "unfinished": "{about}: the nightly run could not be finished",
    "other_models": "{about}: served by a different model than in the evidence",
    "known_bad_won": "{about}: a judge lets known-bad answers win",
    "false_alarms": "The gate raises too many false alarms",
    "shut_down": "{about} is shut down on {on}",
    "unmeasured": "{about}: it could not be measured",
    "doubted": "{about}: it no longer decides on {on}",
}

ELSEWHERE = "It is reported elsewhere."
"""Why one of two issues on one thing is closed."""


def title(code: TroubleCode, about: str = "", on: str = "") -> str:
    """The title of an issue; ``about`` is a suite, model or judge, ``on`` a day, or the suite of a judge."""
    return _TITLES[code].format(about=about, on=on)


def known_bad_won(judges: Iterable[JudgeState]) -> str:
    """Return which judges let known-bad answers win, one a line."""
    return "\n".join(f"{judge.ref} {let_win(judge)}" for judge in judges)


def false_alarms(failed: int, runs: int, suites: Sequence[str], most: float) -> str:
    """Return how often production failed against itself, and what to look for."""
    return (
        f"{failed} of {runs} nightly runs of production against itself failed ({joined(suites)}). "
        f"At most {most:.0%} should, and chance alone does this in fewer than one of 700 records. Look for "
        "a model that changes while it is asked, or answers that depend on the order of the calls."
    )


def shut_down(end: ShutDown, refs: Iterable[str]) -> str:
    """Return what to do about a model that is shut down, and who uses it.

    The days are not told: an issue that changes every night is read by nobody.
    """
    return "\n".join([f"{instead(end, way_off(end))}\n\nUsed by:", *refs])


def not_seen(day: str) -> str:
    """Return why an issue is closed."""
    return f"No longer seen on {day}."
