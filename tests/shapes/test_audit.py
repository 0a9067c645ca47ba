from __future__ import annotations

from typing import Any

from cuebook.shapes.audit import Audit, Estimate


def test_a_record_of_a_later_release_is_read() -> None:
    people = Estimate(estimate=0.1, lower=0.0, upper=0.2, weight=0.5)
    counts: dict[str, Any] = {
        "pairs": 40,
        "graded": 20,
        "clusters": 20,
        "graders": 1,
        "asked": 40,
        "skipped": 0,
    }
    found = Audit(**counts, judge=0.1, people=people, alone=people, kappa=None, is_draw=True)
    assert Audit.model_validate({**found.model_dump(mode="json"), "later": 1}) == found
