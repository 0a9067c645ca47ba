"""What the states of a version and the outcomes of a verdict are called, where no sentence says more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from cuebook.shapes.moves import State
from cuebook.shapes.verdict import Outcome

STATES: Mapping[State, str] = {
    "pass": "Pass",
    "fail": "Fail",
    "inconclusive": "Inconclusive",
    "override": "Override",
    "stale": "Out of date",
    "not_evaluated": "Not evaluated",
}

VERBS: Mapping[Outcome, str] = {"pass": "passes", "fail": "fails", "inconclusive": "is inconclusive"}
"""What a version does that has such a verdict, in a title."""

NOT_TESTED = "Not tested"
"""In the place of a state, of a version that has a verdict, but not on this metric."""


def tally(outcomes: Iterable[Outcome]) -> str:
    """Return ``5 pass, 1 fail, 0 inconclusive``: how many verdicts came out how."""
    found = Counter(outcomes)
    return ", ".join(f"{found[outcome]:,} {STATES[outcome].lower()}" for outcome in get_args(Outcome))
