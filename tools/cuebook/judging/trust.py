"""Whether a judge may decide: its agreement with people, compared with what a suite demands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cuebook.judging.calibration import Basis, Facts
from cuebook.shapes.cause import Doubt, DoubtCode
from cuebook.shapes.suite import JudgeRules

LEAST_J = 0.05
"""A margin is never shrunk below this share of itself."""

MAX_MISSING = 0.05
"""Share of the labels that may lack a judgement before nothing can be concluded."""


@dataclass(frozen=True, slots=True)
class JudgeStanding:
    """What is known of a judge, and why its metrics only advise (None: they decide)."""

    facts: Facts | None
    doubt: Doubt | None = None

    def margin(self, stated: float) -> float:
        """The margin to test with: a true difference shows in the judge's scores shrunk by their slope.

        That of a judge that compares is its J.
        """
        if self.doubt or self.facts is None or self.facts.shows is None:
            return stated
        # To a billionth, so that the margin is the same number on every machine; none at all is no margin.
        return max(round(max(self.facts.shows, LEAST_J) * stated, 9), 1e-9)

    @property
    def text(self) -> str:
        """All that a decision takes from here, for digests."""
        known = "not measured"
        if self.facts is not None:
            known = f"kappa at least {self.facts.lower}, slope at least {self.facts.shows}"
        return f"{known}; advises" if self.doubt else known


def assess(facts: Facts | None, basis: Basis, rules: JudgeRules, today: str) -> JudgeStanding:
    """Return what is known of a judge on ``today`` (such as ``2026-11-22``) and whether it may decide.

    Facts with another basis than the judge has now do not count.
    """
    held = facts if facts is not None and facts.bound_to == basis.key else None
    # A suite of an earlier release, without rules for judges, goes on until it is edited.
    if rules == JudgeRules():
        return JudgeStanding(held)
    if held is None:
        # Labels come first: without them no measurement would help, whatever became of an earlier one.
        moved: DoubtCode = "moved" if facts is not None else "unmeasured"
        code = "no_labels" if basis.labels_digest is None else moved
        return JudgeStanding(None, Doubt(code=code, judge=_name(basis)))
    return JudgeStanding(held, _doubt(held, basis, rules, today))


def _name(basis: Basis) -> str:
    return basis.judge.partition("/")[0]


def _doubt(facts: Facts, basis: Basis, rules: JudgeRules, today: str) -> Doubt | None:
    code: DoubtCode
    if is_expired(facts.measured, rules, today):
        code = "expired"
    elif facts.labels - facts.judged > MAX_MISSING * facts.labels:
        code = "unjudged"
    elif rules.min_kappa is not None and (facts.lower is None or facts.lower < rules.min_kappa):
        code = "kappa"
    else:
        return None
    return Doubt(
        code=code,
        judge=_name(basis),
        measured=facts.measured,
        max_age_days=rules.max_age_days,
        judged=facts.judged,
        labels=facts.labels,
        lower=facts.lower,
        least_kappa=rules.min_kappa,
    )


def is_expired(measured: str, rules: JudgeRules, today: str) -> bool:
    """Whether a measurement of the day ``measured`` is older than the rules allow."""
    age = date.fromisoformat(today) - date.fromisoformat(measured)
    return rules.max_age_days is not None and age.days > rules.max_age_days
