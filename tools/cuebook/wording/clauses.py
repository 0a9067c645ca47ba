"""One reason for an outcome as the end of a sentence, for each code that a cause may have."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from cuebook.core.format import below, joined, money, plural, ratio, score, some
from cuebook.core.layout import labels_path, shown
from cuebook.shapes.cause import Cause, Caution, CautionCode, Doubt
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import MetricResult, Outcome, Protected, Ruling, Verdict, units_of
from cuebook.wording.names import (
    LIMITS,
    called,
    counted,
    margin,
    mean,
    metric,
    of_a_fail,
    old,
    per_cent,
    quantity,
)

NO_FLOOR = "First version, and the suite sets no floor: nothing can be decided."
NOTHING_BESIDE = "Nothing to compare with, and the suite sets no floor: nothing can be decided."
NO_CASE = "no case was asked"
_UNUSABLE = {"cut_off": "cut off", "empty": "empty", "filtered": "refused by the model or a filter"}


def clause(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    """Return one reason as the end of a sentence: ``3 of 8 protected cases broke``."""
    return _CLAUSES[cause.code](verdict, ruling, cause)


def _find(ruling: Ruling, kind: str, outcome: Outcome, label: str = "") -> MetricResult | None:
    """The metric that a cause is about: the worst of those with the outcome, or of all of its kind."""
    found = [item for item in ruling.metrics if item.kind == kind and not item.advisory]
    found = [item for item in found if label in {"", item.label}] or found
    same = [item for item in found if item.outcome == outcome] or found
    return min(same, key=lambda item: item.mean if outcome == "fail" else item.lower, default=None)


def fell(ruling: Ruling) -> str:
    """Return ``correctness fell by 55.4 points``: the metric that lost most."""
    item = _find(ruling, "difference", "fail")
    return _fell(ruling, item) if item else "scores fell"


def _fell(ruling: Ruling, item: MetricResult) -> str:
    name = metric(item, ruling.metrics)
    if item.mean >= 0:
        return f"{name} was shown to be lower before the last cases of the batch made up for it"
    return f"{name} fell by {score(-item.mean)} points"


def _protected_broken(_verdict: Verdict, ruling: Ruling, _cause: Cause) -> str:
    return protected_broken(ruling.protected, compared=bool(ruling.baseline))


def protected_broken(found: Protected | None, *, compared: bool) -> str:
    """``3 of 8 protected cases broke``; of a first version, which has nothing to break, that they fail."""
    broken, total = (len(found.broken), found.total) if found else (0, 0)
    verb = "broke" if compared else "fail"
    if total == broken == 1:
        return f"the protected case {verb if compared else 'fails'}"
    how = f"all {total:,}" if broken == total else f"{broken:,} of {total:,}"
    return f"{how} protected cases {verb}"


def _metric_lost(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    item = _find(ruling, "difference", "fail", cause.label)
    if item is None:
        return "scores fell"
    error = per_cent(item.error or ruling.error)
    least = score(max(0.0, -item.upper))
    # An end of the interval that rounds to nothing says nothing.
    surely = f", at least {least}" if least != "0.0" else ""
    return f"{_fell(ruling, item)}{surely} ({error} error)"


def _metrics_together(_verdict: Verdict, ruling: Ruling, _cause: Cause) -> str:
    found = [item for item in ruling.metrics if item.kind == "difference" and not item.advisory]
    known = sorted((item for item in found if item.evidence), key=lambda item: -(item.evidence or 0))
    shares = [f"{metric(item, ruling.metrics)} {of_a_fail(item.evidence or 0)}" for item in known]
    how = f" ({', '.join(shares)} of what a fail needs)" if shares else ""
    return f"the metrics together show a loss, none of them alone{how}"


def _below_floor(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    item = _find(ruling, "floor", "fail", cause.label)
    if item is None:
        return "below the floor"
    scores = (
        f"{metric(item, ruling.metrics)} scores {mean(item, item.mean)}, at most {mean(item, item.upper)}"
    )
    error = per_cent(item.error or ruling.error)
    return f"below the floor: {scores}; the suite asks for {margin(item.bound)} ({error} error)"


def _over_limit(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    over = [item for item in ruling.limits if item.outcome == "fail" and cause.label in {"", item.name}]
    if not over:
        return "over the limit"
    item = over[0]
    value = "an unknown amount" if item.value is None else quantity(item, item.value)
    verb = LIMITS[item.name][0]
    allowed = "are" if item.name == "words" else "is"
    most = f"at most {quantity(item, item.limit)} {allowed} allowed"
    return f"over the limit: an answer {verb} {value} on average; {most}"


def _answers_unusable(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    names = {
        "candidate": called(verdict.candidate),
        "baseline": old(ruling),
        "both": "both versions",
    }
    whose = f" of {names[cause.who]}" if cause.who and ruling.baseline else ""
    at = f" at {cause.limit:,.0f} tokens" if cause.how == "cut_off" and cause.limit else ""
    what = f"{_of(cause)} answers{whose} were {_UNUSABLE.get(cause.how, 'unusable')}{at}"
    raise_it = cause.how == "cut_off" and ruling.outcome == "inconclusive"
    return f"{what}: raise maxTokens" if raise_it else what


def _of(cause: Cause) -> str:
    return f"{cause.count or 0:,} of {cause.total or 0:,}"


def _not_shown(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    kind = "difference" if ruling.baseline else "floor"
    item = _find(ruling, kind, "inconclusive", cause.label)
    if item is None:
        return "no deciding metric was measured"
    name = metric(item, ruling.metrics)
    also = scored_few(verdict, item, ruling)
    if kind == "floor":
        between = f"between {mean(item, item.lower)} and {mean(item, item.upper)}"
        return f"whether {name} reaches the floor of {margin(item.bound)} is open ({between}){also}"
    return f"on {name}, a loss of {margin(item.bound)} points or more is neither shown nor ruled out{also}"


def scored_few(verdict: Verdict, item: MetricResult | None, ruling: Ruling) -> str:
    """Say of a metric that it scores less than half of the cases; empty where it scores more."""
    found = verdict.coverage
    total = found.cases if found.clusters is None else found.clusters
    # The rest of the cases lacks what it compares with, often by a slip, and no more of them would help.
    if item is None or 2 * item.planned >= total:
        return ""
    return f"; {metric(item, ruling.metrics)} scores only {item.planned:,} of {total:,}"


def _stopped_early(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    chances = f"neither a pass ({_chance(cause.pass_chance)}) nor a fail ({_chance(cause.fail_chance)})"
    open_ones = [item for item in ruling.metrics if item.outcome == "inconclusive" and not item.advisory]
    fewest = min(open_ones, key=lambda item: item.planned, default=None)
    also = scored_few(verdict, fewest, ruling)
    return f"stopped after {_looked_at(verdict, cause)}; {chances} was still likely{also}"


def _chance(value: float | None) -> str:
    return "unlikely" if value is None else f"{100 * value:.0f}%"


def _asked(verdict: Verdict) -> str:
    """``61 of 198 cases``: those of the run."""
    return f"{verdict.coverage.used:,} of {plural(verdict.coverage.cases, 'case')}"


def _looked_at(verdict: Verdict, cause: Cause) -> str:
    """``61 of 198 cases``, or of clusters; records of earlier releases have the numbers of the run alone."""
    if cause.count is None or cause.total is None:
        return _asked(verdict)
    return f"{cause.count:,} of {counted(cause.total, units_of(verdict))}"


def _ceiling(verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    what = f"the ceiling of {_spent(cause.limit, cause)}" if cause.limit else "a ceiling"
    return f"stopped at {what} after {_asked(verdict)}. The next run goes on from here"


def _spent(amount: float, cause: Cause) -> str:
    """An amount in the unit of the ceiling that a cause is about."""
    return money(amount) if cause.unit == "cost_usd" else f"{amount:,.0f} {cause.unit}"


def still_to_spend(verdict: Verdict, cause: Cause) -> str:
    """What the cases that a ceiling left out would take, by what the others took; empty without others."""
    found = verdict.coverage
    if not cause.limit or not found.used:
        return ""
    return f"up to {_spent(cause.limit * (found.cases - found.used) / found.used, cause)}"


def _models_silent(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    names = {
        "candidate": f" put to {called(verdict.candidate)}",
        "baseline": f" put to {old(ruling)}",
        "both": " put to both versions",
    }
    who = joined(cause.names) or "the model"
    why = f" ({cause.words})" if cause.words else ""
    questions = f"{_of(cause)} questions{names.get(cause.who, '')}"
    return f"{who} did not answer {questions}{why}; each counts at its worst"


def _judge_unreadable(verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    one = verdict.judge_of(cause.label)
    who = one.ref if one else "the judge"
    why = f" ({one.unread_reason}; one said: {one.unread_reply})" if one and one.unread_reason else ""
    return f"{_of(cause)} replies of {who} were unusable{why}"


def _judge_unsteady(verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    one = verdict.judge_of(cause.label)
    who = one.ref if one else "the judge"
    pairs = f"{_of(cause)} pairs{f' of {joined(cause.names)}' if cause.names else ''}"
    return f"{who} named another winner in {pairs} after the answers were swapped; such ties may hide a loss"


def _all_zero(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    versions = f"{called(_verdict.candidate)} and {old(ruling)}"
    return f"every answer of {versions} scores 0 on {cause.label}, so it cannot compare them"


def _scores_missing(_verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    return f"{_of(cause)} cases have no score to compare; each counts at its worst"


def _two_models(verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    first, second = [*cause.names, "another model", "another model"][:2]
    since = f" (since {cause.since})" if cause.since else ""
    return f"{old(ruling)} was answered by {first}, {called(verdict.candidate)} by {second}{since}"


def _judge_void(verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    judge = verdict.judge_of(cause.label)
    if judge is None:
        return f"{cause.label} let a known-bad answer win; its scores count for nothing"
    return f"{judge.ref} {let_win(judge)}; its scores count for nothing"


def let_win(judge: JudgeState) -> str:
    """Return ``let 2 of 6 known-bad answers win``."""
    lost = f"{judge.canaries_lost} of {plural(judge.canaries_total, 'known-bad answer')}"
    return f"let {lost} win"


def _judge_advisory(verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    judge = verdict.judge_of(cause.label)
    if judge is None:
        return f"{cause.label} has not shown that it agrees with people"
    return f"{judge.ref} has not shown that it agrees with people ({doubted(judge)})"


def doubted(judge: JudgeState) -> str:
    """Why a judge only advises, in a few words; in those of an earlier release where it made the record."""
    return doubt(judge.doubt) if judge.doubt else judge.why or "its agreement was not measured"


def doubt(found: Doubt) -> str:
    """Return what a judge's agreement with people lacks, in a few words."""
    match found.code:
        case "unmeasured":
            return "its agreement was not measured"
        case "no_labels":
            return f"its agreement was not measured, and there is no {shown(labels_path(found.judge))}"
        case "moved":
            return "its labels, its model or the judge itself changed since it was measured"
        case "expired":
            return f"it was measured on {found.measured}, more than {found.max_age_days} days ago"
        case "unanswered":
            of = plural(found.labels, "label")
            return f"only {found.judged} of {of} were answered, so its agreement is not known"
        case "unjudged":
            return f"it gave a readable reply for only {found.judged} of {plural(found.labels, 'label')}"
        case "kappa":
            asked = found.least_kappa
            kappa = "unknown" if found.lower is None else f"at least {below(found.lower, asked or inf)}"
            needs = "" if asked is None else f", {asked:.2f} is asked for"
            return f"kappa {kappa}{needs}"


def cautions(judge: JudgeState) -> list[str]:
    """Return what to beware of with a judge; in the words of an earlier release where it made the record."""
    return [caution(found) for found in judge.cautions] or judge.warnings


_CAUTIONS: dict[CautionCode, str] = {
    "never_measured": "never measured against labels",
    "few_labels": "measured against {count} labels; at least {total} are needed to rely on it",
    "unbalanced": "{share:.0%} of the labels are failures; about half should be",
    "low_kappa": "agreement with people may be as low as {ratio} (kappa)",
    "blind": "it can hardly tell {steps}: such a loss goes undetected",
    "pooled": "too few labels to tell whether it separates {grades}",
    "unjudged": "{count} of {total} labels got no judgement that could be read",
    "unreadable": "mostly {words}; one said {grades!r}",
    "repeats": "its text repeats {count} of the {total} labelled answers: it was told their grades",
    "canaries_unjudged": "{count} of {total} known-bad answers got no judgement",
    "likes_length": "the longer answer won {count} of {total} comparisons",
    "kin": "the judge and the model it judges are of the same family ({words}), which it may favour",
    "recorded": "{words}",
}


def caution(found: Caution) -> str:
    """Return a caution about a judge as part of a sentence."""
    return _CAUTIONS[found.code].format(
        count=found.count,
        total=found.total,
        share=found.share or 0,
        ratio=ratio(found.share or 0),
        steps=" from ".join(found.names),
        grades=", ".join(found.names),
        words=found.words,
    )


def _protected_unseen(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    total = cause.total or (ruling.protected.total if ruling.protected else 0)
    count = cause.count if cause.count is not None else len(cause.names)
    named = f" ({some(cause.names)})" if cause.names else ""
    return f"{count:,} of {total:,} protected cases could not be scored{named}"


def _limit_unknown(_verdict: Verdict, ruling: Ruling, cause: Cause) -> str:
    unknown = [item for item in ruling.limits if item.outcome != "fail" and cause.label in {"", item.name}]
    if not unknown:
        return "a limited quantity is unknown"
    item = next((each for each in unknown if each.value is None), unknown[0])
    what = {"cost_usd": "what an answer costs", "seconds": "how long an answer takes", "words": "its length"}
    return f"{what[item.name]} is unknown, and the suite limits it to {quantity(item, item.limit)}"


def _no_rule(verdict: Verdict, ruling: Ruling, _cause: Cause) -> str:
    if ruling.baseline:
        return "no metric of the suite decides"
    return NOTHING_BESIDE if verdict.candidate.file else NO_FLOOR


def _no_case(_verdict: Verdict, _ruling: Ruling, _cause: Cause) -> str:
    return NO_CASE


def _inputs_unfilled(_verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    named = f" ({some(cause.names)})" if cause.names else ""
    return f"the cases from before this change lack an input that it needs{named}"


def _samples_wrong(_verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    named = f" ({some(cause.names)})" if cause.names else ""
    number = cause.count if cause.count is not None else len(cause.names)
    verb = "has" if number == 1 else "have"
    return f"{plural(number, 'case')} {verb} answers missing or too many{named}"


def _asked_before(_verdict: Verdict, _ruling: Ruling, cause: Cause) -> str:
    return f"this text was gated {plural(cause.count or 0, 'time')} before; a further attempt does not count"


_CLAUSES: dict[str, Callable[[Verdict, Ruling, Cause], str]] = {
    "protected_broken": _protected_broken,
    "metric_lost": _metric_lost,
    "metrics_together": _metrics_together,
    "below_floor": _below_floor,
    "over_limit": _over_limit,
    "answers_unusable": _answers_unusable,
    "not_shown": _not_shown,
    "stopped_early": _stopped_early,
    "ceiling": _ceiling,
    "models_silent": _models_silent,
    "judge_unreadable": _judge_unreadable,
    "judge_unsteady": _judge_unsteady,
    "all_zero": _all_zero,
    "scores_missing": _scores_missing,
    "two_models": _two_models,
    "judge_void": _judge_void,
    "judge_advisory": _judge_advisory,
    "protected_unseen": _protected_unseen,
    "limit_unknown": _limit_unknown,
    "no_rule": _no_rule,
    "no_case": _no_case,
    "inputs_unfilled": _inputs_unfilled,
    "samples_wrong": _samples_wrong,
    "asked_before": _asked_before,
}
