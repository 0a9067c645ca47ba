"""What a judge shows of a true difference, and what to do where that is so little that cases do not help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cuebook.core.layout import labels_path, shown
from cuebook.shapes.judge_state import JudgeState
from cuebook.wording.suite_files import ASK

LITTLE = 0.2
"""Below this share a judge needs more than 25 times the cases that one without errors needs."""

ScoreRole = Literal["void", "advisory", "unmeasured", "decides", "reported"]
SCORE_ROLES: dict[ScoreRole, str] = {
    "void": "void",
    "advisory": "advisory",
    "unmeasured": "not measured",
    "decides": "decides",
    "reported": "reported only",
}
"""What the scores of a judge, or of any scorer, count for."""


def score_role(judge: JudgeState) -> ScoreRole:
    """Return what the scores of a judge count for in its verdict."""
    # In this order: a void judge may be advisory or unmeasured as well, and the worst of it is said.
    if judge.void:
        return "void"
    if judge.advisory:
        return "advisory"
    if judge.kappa is None:
        return "unmeasured"
    return "decides" if judge.decides else "reported"


ASKS_NOTHING = f"the suite asks for no agreement with people, which '{ASK}' under 'gate' does"
"""What to say where a judge decides whatever its agreement is."""


def share_shown(judge: JudgeState) -> tuple[float | None, float | None]:
    """Return the share of a true difference that a judge shows, and at least: by its slope, else by J."""
    return (judge.j, judge.j_lower) if judge.slope is None else (judge.slope, judge.slope_lower)


def weak_judge(judges: Sequence[JudgeState], label: str) -> JudgeState | None:
    """Return the judge behind a metric, if it may show only little of a true difference."""
    judge = next((item for item in judges if item.label == label), None)
    least = share_shown(judge)[1] if judge else None
    return judge if least is not None and least < LITTLE else None


def shows_only(least: float) -> str:
    """Return ``may show only 4% of a true difference``."""
    return f"may show only {100 * max(0.0, least):.0f}% of a true difference"


def is_badly_known(judge: JudgeState) -> bool:
    """Return whether more labels may raise what a judge is known to show."""
    return (share_shown(judge)[0] or 0.0) >= 2 * LITTLE


def better_judge(judge: str, metric: str, rules: str) -> str:
    """Return what to do about a judge that shows little of a true difference."""
    return (
        f"write a version of {judge} that agrees more with people (cuebook judge {judge} shows where it does "
        f"not), or take {metric} out of 'metrics' in {rules}"
    )


def more_labels(judge: str) -> str:
    """Return what to do about a judge with too few labels."""
    return f"grade more answers by hand in {shown(labels_path(judge))}"
