from __future__ import annotations

from dataclasses import replace

from cuebook.shapes.power import Power, ProtectedAlarm, TooFew
from cuebook.wording.power import can_decide, expects_false_alarms, never_passes, shows_little

FEW = TooFew(30, "cases", 0.05, 0.314)
ABLE = Power("exact", 0.05, 30, 0.5, "binary", False, 1, 500, FEW, 0.314, 0.05)


def test_so_few_cases_are_told_what_they_are_worth() -> None:
    assert never_passes(FEW) == (
        "30 cases are too few for a margin of 0.05: a version that is only as good as the baseline cannot "
        "pass, a better one can; "
        "they can rule out a loss of about 0.31"
    )
    one = never_passes(replace(FEW, cases=1, alone=True))
    assert one.startswith("1 case is too few for a margin of 0.05: a version that")
    none = never_passes(replace(FEW, cases=2, better=False))
    assert "too few for a margin of 0.05: no version can pass, however good it is; they can" in none
    assert one.endswith("; it can rule out a loss of about 0.31 on it alone")


def test_a_line_says_what_the_cases_decide_and_how_many_would() -> None:
    assert can_decide(ABLE).startswith(f"exact: {never_passes(FEW)}; 500 cases are enough for 0.05 (sd 0.50 ")
    more = replace(ABLE, cases=100, never=None)
    assert can_decide(more).startswith("exact: 100 cases support a margin of 0.314, not 0.05 (")
    assert " are enough for a margin of 0.05 (" in can_decide(replace(more, cases=500))


def test_of_a_weak_judge_no_number_of_cases_is_named() -> None:
    weak = replace(ABLE, shown=0.1)
    assert shows_little(weak)
    assert not shows_little(ABLE)
    assert "no number of cases makes up for it" in can_decide(weak)
    assert "500" not in can_decide(weak)


def test_false_alarms_of_protected_cases_are_told_in_shares() -> None:
    assert expects_false_alarms(ProtectedAlarm(10, 0.6, 0.974)) == (
        "production passes its 10 protected cases in 60% of runs: an equally good version fails on one of "
        "them up to 97% of the time"
    )
