"""When a protected case is broken: production passes it reliably, and the candidate fails again and again.

Pure. One failing run is no proof: models waver. A case is run up to five times, and broken when it fails
three of them (four where more than ten cases are protected, so that many cases do not add up to a false
alarm), while the baseline's kept runs pass in at least 80%.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Literal

MOST_RUNS = 5
"""Runs of one case: the fewest of which three or four failures are no chance, see ``failures_to_break``."""
FEW = 10
"""Up to so many protected cases three failures break one; above it takes four."""
RELIABLE = 0.8
"""Share of production's runs from which it passes a case reliably."""

CaseState = Literal["held", "run candidate", "run baseline", "broken", "unreliable"]
"""``unreliable`` in production: no fail, but listed. The two ``run`` ask for one more run first."""


def failures_to_break(protected: int) -> int:
    """How many failed runs break one of so many protected cases."""
    return 3 if protected <= FEW else 4


def case_state(
    candidate: Sequence[bool], baseline: Sequence[bool], protected: int, *, has_baseline: bool
) -> CaseState:
    """Return the state of one of ``protected`` cases after these runs; True is a run that passes."""
    needed = failures_to_break(protected)
    # So many passes leave too few of the five runs for it to break.
    if (candidate and candidate[0]) or sum(candidate) > MOST_RUNS - needed:
        return "held"
    if candidate.count(False) < needed:
        return "run candidate"
    if not has_baseline:
        return "broken"
    if len(baseline) < MOST_RUNS:
        # Two failures leave at most three of five: known before the rest is asked.
        return "unreliable" if baseline.count(False) >= 2 else "run baseline"
    return "broken" if sum(baseline) >= RELIABLE * len(baseline) else "unreliable"


def false_alarm(reliability: float, protected: int) -> float:
    """Probability that a version no worse breaks any of ``protected`` cases that pass so reliably."""
    q, f = 1 - reliability, failures_to_break(protected)
    # Of the candidate's five runs the first has failed: four are left.
    fails_again = sum(comb(4, i) * q**i * (1 - q) ** (4 - i) for i in range(f - 1, 5))
    # Four of production's five are the 80% from which it counts as reliable.
    looks_reliable = sum(comb(5, i) * (1 - q) ** i * q ** (5 - i) for i in range(4, 6))
    return float(1 - (1 - q * fails_again * looks_reliable) ** protected)
