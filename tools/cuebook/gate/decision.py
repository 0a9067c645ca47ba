"""The gate: what was measured, by the rules fixed beforehand, makes pass, fail or inconclusive.

Pure. ``RULES`` are the rules in their order; what they look at is made in ``seen``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from cuebook.core.errors import CeilingReached
from cuebook.gate import answers
from cuebook.gate.joint_test import JointDecision
from cuebook.gate.prepared import Prepared
from cuebook.gate.seen import MANY_MISSING, Seen
from cuebook.shapes.cause import Cause
from cuebook.shapes.run import Canary, CaseRun
from cuebook.shapes.verdict import LimitResult, MetricResult, Outcome, Protected


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The outcome by the rules of the cases run so far. ``causes`` name what decided, most important first.

    ``slots`` of ``slots_planned`` cases or clusters were used, ``reached`` cases in their turn. ``missing``
    cases lack a score that decides and were counted at their worst. ``joint`` is the test over all metrics.
    """

    outcome: Outcome
    metrics: list[MetricResult]
    protected: Protected | None
    limits: list[LimitResult]
    causes: list[Cause]
    joint: JointDecision
    slots_planned: int
    reached: int
    missing: int
    missing_of: int


def find(
    comparison: Prepared,
    runs: Sequence[CaseRun],
    *,
    batch: int | None = None,
    stopped: CeilingReached | None = None,
) -> GateDecision:
    """What the rules say of these case runs (in the fixed order, all models of a case together).

    ``batch`` is the number of cases between two looks, as the runner used it. ``stopped`` is the
    ceiling that ended the run, if one did.
    """
    seen = Seen(comparison.without_void_judges(runs), runs, batch or comparison.batch(0), stopped=stopped)
    rule, causes = next((rule, causes) for rule in RULES if (causes := rule.applies(seen)) is not None)
    if rule.outcome != "pass":
        # The last rule is for when nothing else is to be said.
        later = RULES[RULES.index(rule) + 1 : -1]
        alike = [other.applies(seen) or [] for other in later if other.outcome == rule.outcome]
        causes = [*causes, *chain(*alike)]
    return GateDecision(
        outcome=rule.outcome,
        metrics=seen.metrics,
        protected=seen.protected,
        limits=seen.limits,
        causes=causes,
        joint=seen.joint,
        slots_planned=seen.slots.planned,
        reached=seen.slots.cases,
        missing=seen.thinnest.missing if seen.thinnest else 0,
        missing_of=seen.thinnest.cases if seen.thinnest else 0,
    )


def is_decided(comparison: Prepared, runs: Sequence[CaseRun], *, batch: int | None = None) -> bool:
    """Whether the tests are decided, or never will be, so that no further batch is needed."""
    # Bounds decide nothing, and would take most of the time at each look.
    seen = Seen(comparison.without_void_judges(runs), runs, batch or comparison.batch(0), interval=False)
    if _baseline_useless(seen) or _two_models(seen) or _judge_unreadable(seen):
        return True  # whatever the other cases show, nothing can be concluded
    if not seen.deciding:
        # Judges that only advise are followed to their end, so that there is something to read.
        if seen.comparison.void:
            return True
        seen = Seen(seen.comparison, runs, seen.batch, interval=False, advisory=True)
    return seen.joint.complete


def won(runs: Sequence[CaseRun], label: str) -> list[Canary]:
    """The canaries that the judge behind a scorer's label let win."""
    return [canary for item in runs for canary in item.canaries if canary.won and canary.label == label]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the outcome it makes, when it holds, and its causes (None: it does not apply)."""

    outcome: Outcome
    when: str
    applies: Callable[[Seen], list[Cause] | None]


def _samples_wrong(seen: Seen) -> list[Cause] | None:
    """What does not add up between the samples expected and those observed."""
    comparison, runs = seen.comparison, seen.runs
    known = {case.id for case in comparison.cases}
    counted = Counter((item.case.id, item.model) for item in runs)
    # Cases of another comparison are told alone: that the own ones are missing then follows.
    if strange := sorted({name for name, _ in counted} - known):
        return [Cause(code="samples_wrong", count=len(strange), names=strange)]
    wrong = {name for (name, _), count in counted.items() if count > 1}
    wrong |= {name for name, _ in counted if any(counted[name, model] != 1 for model in comparison.models)}
    for item in runs:
        arms = [(item.candidate, comparison.suite.repeats)]
        if comparison.baseline:
            arms.append((item.baseline, comparison.baseline_repeats))
        if any(len(samples) != expected for samples, expected in arms):
            wrong.add(item.case.id)
    return [Cause(code="samples_wrong", count=len(wrong), names=sorted(wrong))] if wrong else None


def _candidate_useless(seen: Seen) -> list[Cause] | None:
    found = seen.useless
    return [found] if found and found.who == "candidate" else None


def _baseline_useless(seen: Seen) -> list[Cause] | None:
    found = seen.useless
    # Where both versions are useless, too: then it is the model or the cases, and not this change.
    return [found] if found and found.who != "candidate" else None


def _two_models(seen: Seen) -> list[Cause] | None:
    found = answers.two_models(seen.comparison, seen.runs)
    return [found] if found else None


def _judge_unreadable(seen: Seen) -> list[Cause] | None:
    unread = answers.unreadable_judges(seen.comparison, seen.runs)
    found = [
        Cause(code="judge_unreadable", label=label, count=count, total=total)
        for label, (count, total) in unread.items()
        if label in seen.comparison.suite.gate.metrics
    ]
    return found or None


def _judge_unsteady(seen: Seen) -> list[Cause] | None:
    """Deciding judges that went by the place of an answer: only a pass could rest on their ties."""
    if not seen.passed:
        return None
    deciding = {test.label for test in seen.deciding}
    several = len(seen.comparison.models) > 1  # the only one needs no name
    found = [
        Cause(code="judge_unsteady", label=label, count=count, total=total, names=[model] if several else [])
        for (label, model), (count, total) in answers.unsteady_judges(seen.comparison, seen.runs).items()
        if label in deciding
    ]
    return found or None


def _nothing_scored(seen: Seen) -> list[Cause] | None:
    """A deciding metric that is 0 for every answer of both versions: that they are level says nothing."""
    zero = [
        test.label
        for test in seen.metrics
        if test.kind == "difference" and not test.advisory and test.candidate == 0 and test.baseline == 0
    ]
    return [Cause(code="all_zero", label=label) for label in dict.fromkeys(zero)] or None


def _protected_broken(seen: Seen) -> list[Cause] | None:
    found = seen.protected
    if found is None or not found.broken:
        return None
    return [Cause(code="protected_broken", count=len(found.broken), total=found.total, names=found.broken)]


def _test_failed(seen: Seen) -> list[Cause] | None:
    if seen.joint.outcome != "fail":
        return None
    metrics = [item for item in seen.metrics if item.outcome == "fail" and not item.advisory]
    models = len(seen.comparison.models) > 1  # the only one needs no name
    found = [
        Cause(
            code="metric_lost" if item.kind == "difference" else "below_floor",
            label=item.label,
            names=[item.model] if models else [],
        )
        for item in metrics
    ]
    over = [item for item in seen.limits if item.outcome == "fail"]
    found += [Cause(code="over_limit", label=item.name, limit=item.limit) for item in over]
    return found or None


def _together(seen: Seen) -> list[Cause] | None:
    named = _test_failed(seen) is not None
    return [Cause(code="metrics_together")] if seen.joint.outcome == "fail" and not named else None


def _scores_missing(seen: Seen) -> list[Cause] | None:
    """The deciding metric with the largest share of unknown scores, where they are many or the reason."""
    worst = max(seen.deciding, key=lambda test: test.seen.share_missing, default=None)
    if worst is None or seen.passed or not worst.seen.missing:
        return None
    if worst.seen.share_missing <= MANY_MISSING and not seen.is_kept_by_missing:
        return None
    if why := answers.why_missing(seen.comparison, seen.runs, worst.label):
        return [why]
    return [Cause(code="scores_missing", label=worst.label, count=worst.seen.missing, total=worst.seen.cases)]


def _ceiling(seen: Seen) -> list[Cause] | None:
    ended = seen.stopped
    return [Cause(code="ceiling", limit=ended.limit, unit=ended.unit)] if ended else None


def _judge_void(seen: Seen) -> list[Cause] | None:
    comparison = seen.comparison
    lost = [
        label
        for label in comparison.suite.gate.metrics
        if label in comparison.void and not comparison.advises(label)
    ]
    found = [
        Cause(code="judge_void", label=label, names=sorted({canary.name for canary in won(seen.runs, label)}))
        for label in lost
    ]
    return found or None


def _protected_unseen(seen: Seen) -> list[Cause] | None:
    if not seen.unseen:
        return None
    return [Cause(code="protected_unseen", count=len(seen.unseen), names=seen.unseen)]


def _limit_unknown(seen: Seen) -> list[Cause] | None:
    unknown = [item for item in seen.limits if item.outcome == "inconclusive"]
    return [Cause(code="limit_unknown", label=item.name, limit=item.limit) for item in unknown] or None


def _all_passed(seen: Seen) -> list[Cause] | None:
    return [] if seen.passed else None


def _no_rule(seen: Seen) -> list[Cause] | None:
    return None if seen.tests or seen.comparison.void else [Cause(code="no_rule")]


def _inputs_unfilled(seen: Seen) -> list[Cause] | None:
    names = list(seen.comparison.unfilled)
    return [Cause(code="inputs_unfilled", names=names)] if names else None


def _no_case(seen: Seen) -> list[Cause] | None:
    return None if seen.slots.cases else [Cause(code="no_case")]


def _judge_unknown(seen: Seen) -> list[Cause] | None:
    """Judges whose agreement is not known today: without their metrics a pass would be another suite's."""
    doubted = seen.comparison.doubted.items()
    return [Cause(code="judge_advisory", label=label) for label, doubt in doubted if doubt.passes_by] or None


def _judge_advisory(seen: Seen) -> list[Cause] | None:
    if seen.comparison.deciders:
        return None
    return [Cause(code="judge_advisory", label=label) for label in seen.comparison.doubted] or None


def _stopped_early(seen: Seen) -> list[Cause] | None:
    joint = seen.joint
    if joint.how != "futility":
        return None
    return [
        Cause(
            code="stopped_early",
            count=joint.used,
            total=seen.slots.planned,
            pass_chance=joint.chance_pass,
            fail_chance=joint.chance_fail,
        )
    ]


def _not_shown(seen: Seen) -> list[Cause] | None:
    return [Cause(code="not_shown", count=seen.joint.used, total=seen.slots.planned)]


def _asked_before(seen: Seen) -> list[Cause] | None:
    asked = seen.comparison
    return [Cause(code="asked_before", count=asked.attempt)] if asked.is_asked_out else None


RULES = (
    # What the numbers would be made from is wrong: none of them may be looked at.
    Rule("inconclusive", "the same question was asked six times before", _asked_before),
    Rule("inconclusive", "the former cases lack an input that the version needs", _inputs_unfilled),
    Rule("inconclusive", "samples are missing, or are there twice", _samples_wrong),
    # Faults of the candidate that no difference of means is needed for.
    Rule(
        "fail",
        "most answers of the candidate alone are empty, cut off or refused",
        _candidate_useless,
    ),
    Rule("fail", "a protected case is broken", _protected_broken),
    Rule(
        "inconclusive",
        "most answers of the baseline, or of both versions, are empty, cut off or refused",
        _baseline_useless,
    ),
    Rule("inconclusive", "one model was asked, and another answered for each version", _two_models),
    # A loss that was shown stays one: neither a missing score nor a ceiling further down can take it back.
    Rule("fail", "a test reached its own goal: a loss, below a floor, over a limit", _test_failed),
    Rule("fail", "the tests together show a loss, none of them alone", _together),
    # No loss from here on: what keeps the tests from passing, or their pass from counting.
    Rule("inconclusive", "most replies of a judge cannot be read", _judge_unreadable),
    Rule(
        "inconclusive",
        "nothing is shown, and the scores that are unknown are more than 5%, or kept it from passing",
        _scores_missing,
    ),
    Rule("inconclusive", "a ceiling ended the run", _ceiling),
    Rule("inconclusive", "a judge that decides let a known-bad answer win", _judge_void),
    Rule("inconclusive", "a judge that is to decide was not measured, or too long ago", _judge_unknown),
    Rule("inconclusive", "a protected case could not be scored", _protected_unseen),
    Rule("inconclusive", "more than 5% of what a limit is set on is unknown", _limit_unknown),
    Rule(
        "inconclusive",
        "the tests pass, and a judge that decides goes by the place of an answer in half of the pairs",
        _judge_unsteady,
    ),
    Rule("inconclusive", "a metric that decides is 0 for every answer of both versions", _nothing_scored),
    Rule("pass", "every difference passes (every floor, where nothing is compared)", _all_passed),
    # No pass either, and why: the most particular cause first.
    Rule("inconclusive", "there is neither a baseline nor a floor", _no_rule),
    Rule("inconclusive", "no case was run", _no_case),
    Rule(
        "inconclusive",
        "the only judges advise: their agreement with people is not shown",
        _judge_advisory,
    ),
    Rule("inconclusive", "the run was stopped: neither verdict was still likely", _stopped_early),
    Rule("inconclusive", "the cases are used up, and nothing is shown", _not_shown),
)
"""First match decides; reasons of the same outcome further down are told as well."""
