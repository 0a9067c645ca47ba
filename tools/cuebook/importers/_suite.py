"""The suite that imported cases begin with: its gate, and what to know before trusting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cuebook import scorers
from cuebook.core.format import plural
from cuebook.core.layout import DATASET, labels_path, suite_path
from cuebook.gate.sample_size import PRIOR_SD, cases_needed
from cuebook.importers._base import NewCases
from cuebook.importers._notes import Notes, Place
from cuebook.shapes._defaults import LEAST_KAPPA, MARGIN

# A start, as nobody has said which scores matter; each more that decides would ask for more cases.
FLOOR, DECIDING = 0.5, 3
"""The gate that an imported suite starts with."""
_NEVER = {"latency", "cost"}
"""Scorers that never decide in an imported suite: an answer is not right because it was fast."""


def suite_of(
    name: str,
    cases: Sequence[Mapping[str, Any]],
    chosen: Sequence[Mapping[str, Mapping[str, Any]]],
    notes: Notes,
    places: tuple[Place, Place],
    more: Mapping[str, Any] | None = None,
    floors: Mapping[str, float] | None = None,
) -> NewCases:
    """Return cases with a suite of these scorers, each ``{scorer: settings}``; none where none can decide.

    ``places`` are those of the scorers and of the rows in the source, ``more`` further keys of the suite,
    ``floors`` the lowest means of labels that ask for another than usual.
    """
    at, rows = places
    labels = [str(settings.get("as", kind)) for item in chosen for kind, settings in item.items()]
    kinds = [kind for item in chosen for kind in item]
    # Decided by those alone, but all are kept and reported.
    able = [label for label, kind in zip(labels, kinds, strict=True) if kind not in _NEVER]
    if not able:
        what = "no evaluator could be kept, so there is no suite yet"
        notes.changed(at, what, f"write {suite_path(name)} with a scorer that fits")
        return NewCases(name, cases)
    metrics = {
        label: {"margin": MARGIN, "floor": (floors or {}).get(label, FLOOR)} for label in able[:DECIDING]
    }
    gate: dict[str, Any] = {"metrics": metrics}
    asked = [item["judge"] for item in chosen if "judge" in item]
    if refs := [judge["prompt"] for judge in asked if judge.get("as", "judge") in metrics]:
        # A judge that nobody has compared with people's grades would decide however wrong it is.
        gate["judges"] = {"min_kappa": LEAST_KAPPA}
        what = f"{refs[0]} only advises until its grades agree with people's"
        notes.changed(at, what, f"grade answers in {labels_path(refs[0].partition('/')[0])}")
    if len(able) > DECIDING:
        what = f"only {DECIDING} scorers decide; reported only: {', '.join(able[DECIDING:])}"
        notes.changed(at, what, f"choose under gate.metrics in {suite_path(name)}")
    # The metric that spreads most needs most cases.
    deciding = [kind for kind in kinds if kind not in _NEVER][:DECIDING]
    spread = [PRIOR_SD[scorers.find(kind).kind] for kind in deciding]
    # As the gate counts: each metric is a test of its own with each model.
    tests = len(metrics) * len((more or {}).get("models") or [""])
    aim = max(cases_needed(MARGIN, deviation, tests) for deviation in spread)
    if len(cases) < aim:
        what = f"{plural(len(cases), 'row')} cannot tell a small loss from none"
        notes.changed(rows, what, f"with a margin of {MARGIN} aim at {aim:,} cases")
    suite = {
        "prompt": name,
        "dataset": DATASET,
        **(more or {}),
        "scorers": list(chosen),
        "gate": gate,
    }
    return NewCases(name, cases, suite)
