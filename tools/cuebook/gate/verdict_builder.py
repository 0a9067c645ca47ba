"""From a finding to the verdict people read: the sentence, the next action, every case, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from cuebook.core.format import capital, plural, points, score
from cuebook.core.text import word_count
from cuebook.gate import decision
from cuebook.gate.judge_report import states
from cuebook.gate.observe import value_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.served_models import price_note, served, served_notes
from cuebook.registry.settings import is_stand_in
from cuebook.shapes.cause import Cause
from cuebook.shapes.run import CaseRun, Labels, ModelReply, Sample, Version
from cuebook.shapes.verdict import (
    Answer,
    Arm,
    CaseResult,
    Change,
    Coverage,
    JudgeState,
    MetricResult,
    Outcome,
    ScoreResult,
    ScorerSummary,
    Spending,
    Verdict,
    deciding,
)

_ORDER: tuple[Change, ...] = ("broken", "failed", "worse", "dropped", "fixed", "better", "same")


def rule(
    comparison: Prepared,
    runs: Sequence[CaseRun],
    *,
    batch: int | None = None,
    resolve: Mapping[str, str] | None = None,
    stopped: str = "",
    earlier: Verdict | None = None,
) -> Verdict:
    """The verdict on a comparison, given every case that was run.

    ``resolve`` maps model ids to the ones configuration put in their place; ``stopped`` says why a run
    ended before it was decided (a ceiling), which makes it inconclusive. Against the ``earlier`` verdict
    on the same version and suite it is noted when another model replied.
    """
    comparison = comparison.without_void_judges(runs)
    finding = decision.find(comparison, runs, batch=batch, stopped=bool(stopped))
    judges = states(comparison, runs, resolve)
    outcome = finding.outcome
    reasons = [stopped] if stopped else []
    reasons += [text for cause in finding.causes if (text := _reason(comparison, cause))]
    replied = served(comparison, runs, resolve)
    digests = comparison.digests(resolve)
    offline = any(is_stand_in(model) for model in digests.models)
    return Verdict(
        outcome=outcome,
        sentence=sentence(comparison, outcome, finding.metrics, reasons),
        action=action(comparison, outcome, finding.metrics, judges, stopped),
        reasons=reasons,
        stopped=stopped,
        prompt=comparison.candidate.prompt,
        suite=comparison.suite.name,
        candidate=_arm(comparison.candidate),
        baseline=_arm(comparison.baseline) if comparison.baseline else None,
        baseline_alias=comparison.suite.gate.baseline,
        metrics=finding.metrics,
        summaries=_summaries(comparison, runs),
        protected=finding.protected,
        limits=finding.limits,
        causes=finding.causes,
        error=comparison.error,
        evidence=finding.joint.evidence,
        chance_pass=finding.joint.chance_pass,
        chance_fail=finding.joint.chance_fail,
        live_version=comparison.live,
        attempt=comparison.attempt,
        judges=judges,
        coverage=_coverage(comparison, runs, finding),
        candidate_spending=_spending([sample for item in runs for sample in item.candidate]),
        baseline_spending=_spending([sample for item in runs for sample in item.baseline])
        if comparison.baseline
        else None,
        cost_usd=_total_cost(runs),
        digests=digests,
        offline=offline,
        served_models=sorted({sample.reply.served_model for sample in _samples(runs) if sample.reply}),
        served=replied,
        notes=_notes(comparison, offline=offline) + served_notes(replied, earlier) + price_note(runs),
        cases=_cases(comparison, runs),
    )


def _arm(version: Version) -> Arm:
    return Arm(version=version.number, digest=version.digest, message=version.message)


def _samples(runs: Sequence[CaseRun]) -> list[Sample]:
    return [
        sample
        for item in runs
        for sample in (
            *item.candidate,
            *item.baseline,
            *item.confirmations,
            *item.baseline_confirmations,
        )
    ]


def sentence(
    comparison: Prepared, outcome: Outcome, metrics: Sequence[MetricResult], reasons: Sequence[str]
) -> str:
    """What a reviewer reads first: what was found, on how much, how surely, and the outcome."""
    metric = deciding(metrics, outcome)
    if metric is None:
        return f"{capital(reasons[0])}: {outcome}." if reasons else f"Nothing was measured: {outcome}."
    text = (
        f"{_position(comparison, metric)} on {metric.label} after {metric.used} of {metric.planned} cases, "
    )
    text += f"interval [{points(metric.lower)}, {points(metric.upper)}]: {outcome}."
    return f"{capital(reasons[0])}. {text}" if reasons else text


def _position(comparison: Prepared, metric: MetricResult) -> str:
    if metric.kind == "floor":
        where = "above" if metric.mean >= 0 else "below"
        distance = score(abs(metric.mean))
        return f"Candidate is {distance} points {where} the floor of {metric.bound:g}"
    against = f"version {comparison.baseline.number}" if comparison.baseline else "its baseline"
    if abs(metric.mean) < 0.0005:
        return f"Candidate is level with {against}"
    how = "better" if metric.mean > 0 else "worse"
    return f"Candidate is {score(abs(metric.mean))} points {how} than {against}"


def action(
    comparison: Prepared,
    outcome: Outcome,
    metrics: Sequence[MetricResult],
    judges: Sequence[JudgeState] = (),
    stopped: str = "",
) -> str:
    """The next thing to do."""
    name, number, live = comparison.candidate.prompt, comparison.candidate.number, comparison.live
    alias = comparison.suite.gate.baseline
    if live is not None and number < live:
        return f"For the record: version {live} has taken its place."
    if outcome == "pass":
        if comparison.is_live:
            return f"Nothing to do: this version is live as {alias!r}."
        return f"Ready to promote: set '{alias}: {number}' in prompts/{name}/aliases.yml."
    if outcome == "fail":
        if comparison.is_live:
            return (
                f"It is live: point prompts/{name}/aliases.yml at an earlier version, or write a better one."
            )
        return f"Do not promote. Look at the broken cases, then write a better version: cuebook new {name}"
    if stopped:
        return "Raise the ceiling, then run the same command again: it goes on from what is bought."
    missing = _trust_missing(comparison, metrics, judges) or _what_is_missing(comparison, metrics)
    if comparison.is_live:
        return f"This version is live as {alias!r}, on less evidence than the suite asks for. {missing}"
    return f"Not enough evidence to promote. {missing}"


def _trust_missing(
    comparison: Prepared, metrics: Sequence[MetricResult], judges: Sequence[JudgeState]
) -> str:
    """What to do about judges that cannot be relied on, when that is what is missing."""
    gating = [state for state in judges if state.label in comparison.suite.gate.metrics]
    if void := next((state for state in gating if state.void and not state.advisory), None):
        name = void.ref.partition("/")[0]
        return f"Write a version of the judge that no canary gets by: cuebook new {name}"
    doubted = next((state for state in gating if state.advisory), None)
    if doubted is None or any(not metric.advisory for metric in metrics):
        return ""
    name = doubted.ref.partition("/")[0]
    if not comparison.labels.get(doubted.ref, Labels()).cases:
        return f"Grade some answers by hand in evals/{name}/labels.jsonl, then: cuebook judge {name}"
    return f"See where the judge and people differ: cuebook judge {name}"


def _what_is_missing(comparison: Prepared, metrics: Sequence[MetricResult]) -> str:
    metric = deciding(metrics, "inconclusive")
    if metric is None or metric.kind == "floor":
        suite = f"evals/{comparison.suite.name}/suite.yml"
        return f"Give {suite} a floor, or the prompt a baseline, so that something can decide."
    needed = metric.needed or 0
    supported, wanted = score(max(0.0, -metric.lower)), score(metric.bound)
    advice = f"These cases support a margin of {supported} points, not {wanted}"
    if needed > metric.planned:
        advice += f"; for {wanted} add about {needed - metric.planned} unseen cases"
    return f"{advice}."


def _reason(comparison: Prepared, cause: Cause) -> str:
    """A cause in words; empty where the sentence itself says it."""
    some = _some(cause.names)
    unit = {"cost_usd": "US dollars", "seconds": "seconds", "words": "words"}.get(cause.label, "")
    trust = comparison.trust.get(cause.label)
    return {
        "samples_wrong": f"{plural(cause.count or 0, 'case')} lack samples or have too many: {some}",
        "protected_broken": f"{plural(cause.count or 0, 'protected case')} broke: {some}",
        "metrics_together": "the metrics together show a loss, none of them alone",
        "over_limit": f"more {unit} a case than the limit of {cause.limit or 0:g}",
        "scores_missing": f"{cause.count} of {cause.total} cases have no score on {cause.label}: "
        "too many to conclude anything",
        "judge_void": f"the judge {cause.label} is void for this run: "
        f"it let a known-bad answer pass ({some}); "
        "its scores count for nothing",
        "protected_unseen": f"{plural(cause.count or 0, 'protected case')} could not be scored: {some}",
        "limit_unknown": f"how many {unit} a case takes is unknown, "
        f"and there is a limit of {cause.limit or 0:g}",
        "no_rule": "there is no baseline and no floor: nothing to hold this version against",
        "no_case": "no case was run",
        "judge_advisory": f"the judge {cause.label} only advises: {trust.why if trust else ''}",
        "stopped_early": f"stopped after {cause.count} of {cause.total} cases: neither a pass "
        f"({cause.pass_chance or 0:.0%}) nor a fail ({cause.fail_chance or 0:.0%}) was still likely",
    }.get(cause.code, "")


def _some(ids: Sequence[str]) -> str:
    """The first five ids, and how many more there are."""
    rest = len(ids) - 5
    return ", ".join(ids[:5]) + (f" and {rest} more" if rest > 0 else "")


def _notes(comparison: Prepared, *, offline: bool) -> list[str]:
    notes = []
    if offline:
        notes.append(
            "Built-in offline models answered or judged. They follow simple rules and stand for no real "
            "model: read this as a rehearsal of the gate, not as evidence about a real model."
        )
    if comparison.left_out:
        notes.append(
            f"The dataset changed together with the prompt: {comparison.left_out} added, removed or edited "
            "cases are left out; rules and judges are those from before the change."
        )
    if comparison.deciders:
        notes += [
            f"The judge {label} only advises: {trust.why}. The other metrics decide."
            for label, trust in comparison.doubted.items()
        ]
    return notes


def _summaries(comparison: Prepared, runs: Sequence[CaseRun]) -> list[ScorerSummary]:
    found = []
    for model in comparison.models:
        mine = [item for item in runs if item.model == model]
        for spec in comparison.suite.scorers:
            new = _values([item.candidate for item in mine], spec.label)
            old = _values([item.baseline for item in mine], spec.label)
            states = [
                sample.scores[spec.label].state
                for item in mine
                for sample in (*item.candidate, *item.baseline)
                if spec.label in sample.scores
            ]
            found.append(
                ScorerSummary(
                    label=spec.label,
                    model=model or comparison.candidate.model,
                    decides=spec.label in comparison.suite.gate.metrics and spec.label not in comparison.void,
                    baseline=fmean(old) if old and spec.label not in comparison.paired else None,
                    candidate=fmean(new) if new else None,
                    measured=len(new),
                    failed=states.count("failed"),
                )
            )
    return found


def _values(arms: Sequence[tuple[Sample, ...]], label: str) -> list[float]:
    """Means of the cases the scorer measured; an answer that is missing counts as the gate counts it."""
    scored = any(label in sample.scores for samples in arms for sample in samples)
    return [value for samples in arms if (value := value_of(samples, label)) is not None] if scored else []


def _coverage(comparison: Prepared, runs: Sequence[CaseRun], finding: decision.GateDecision) -> Coverage:
    failed = {
        item.case.id
        for item in runs
        for sample in item.candidate
        if sample.failure and sample.failure.kind == "candidate"
    }
    return Coverage(
        cases=len(comparison.cases),
        used=len({item.case.id for item in runs}),
        candidate_failed=len(failed),
        missing=finding.missing,
        clusters=finding.slots_planned,
        clusters_used=finding.joint.used,
        ahead=len({item.case.id for item in runs}) - finding.reached,
        left_out=comparison.left_out,
    )


def _spending(samples: Sequence[Sample]) -> Spending:
    replies = [sample.reply for sample in samples if sample.reply]
    return Spending(
        cost_usd=_known_mean([reply.usage.cost_usd for reply in replies]),
        seconds=_known_mean([reply.seconds for reply in replies]),
        words=_known_mean([float(word_count(reply.text)) for reply in replies]),
        input_tokens=_known_mean([reply.usage.input_tokens for reply in replies]),
        output_tokens=_known_mean([reply.usage.output_tokens for reply in replies]),
    )


def _known_mean(values: Sequence[float | int | None]) -> float | None:
    """The mean, rounded to a billionth; None as soon as one value is unknown."""
    known = [value for value in values if value is not None]
    return round(fmean(known), 9) if known and len(known) == len(values) else None


def _total_cost(runs: Sequence[CaseRun]) -> float | None:
    """Money for every reply this verdict rests on, whenever it was bought; None when any is unknown."""
    samples = _samples(runs)
    scores = [score for sample in samples for score in sample.scores.values()]
    scores += [canary.score for item in runs for canary in item.canaries]
    costs = [sample.reply.usage.cost_usd for sample in samples if sample.reply]
    costs += [score.usage.cost_usd for score in scores if score.usage.output_tokens is not None]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), 9) if len(known) == len(costs) else None


def _cases(comparison: Prepared, runs: Sequence[CaseRun]) -> list[CaseResult]:
    """Every case, the worst first."""
    results = [_case(comparison, item) for item in runs]
    return sorted(
        results, key=lambda item: (_ORDER.index(item.change), item.difference or 0.0, item.id, item.model)
    )


def _case(comparison: Prepared, item: CaseRun) -> CaseResult:
    differences = _differences(comparison, item)
    return CaseResult(
        id=item.case.id,
        model=item.model or comparison.candidate.model,
        change=_change(comparison, item, differences),
        difference=min(differences, key=lambda value: (-abs(value), value)) if differences else None,
        protected=comparison.is_protected(item.case),
        tags=list(item.case.tags),
        cluster=item.case.cluster,
        inputs=dict(item.case.inputs),
        expectations=dict(item.case.expectations),
        candidate=_answer(item.candidate),
        baseline=_answer(item.baseline) if item.baseline else None,
    )


def _differences(comparison: Prepared, item: CaseRun) -> list[float]:
    """Candidate minus baseline of each gating metric that has both."""
    found = []
    for label in comparison.suite.gate.metrics:
        if label in comparison.void:
            continue
        new = value_of(item.candidate, label)
        old = 0.0 if label in comparison.paired else value_of(item.baseline, label)
        if new is not None and old is not None and item.baseline:
            found.append(new - old)
    return found


def _change(comparison: Prepared, item: CaseRun, differences: Sequence[float]) -> Change:
    if any(sample.failure and sample.failure.kind == "candidate" for sample in item.candidate):
        return "failed"
    after = [comparison.passes(sample) for sample in item.candidate]
    if not item.baseline:
        return "broken" if False in after else "same"
    if not differences:
        return "dropped"
    before = [comparison.passes(sample) for sample in item.baseline]
    if False not in before and False in after:
        return "broken"
    if False in before and False not in after:
        return "fixed"
    worst = min(differences, key=lambda value: (-abs(value), value))
    return "worse" if worst < -1e-9 else "better" if worst > 1e-9 else "same"


def _answer(samples: Sequence[Sample]) -> Answer:
    first = samples[0]
    reply: ModelReply | None = first.reply
    labels = dict.fromkeys(label for sample in samples for label in sample.scores)
    return Answer(
        text=reply.text if reply else None,
        failure=first.failure.message if first.failure else None,
        scores={label: _score(samples, label) for label in labels},
        seconds=reply.seconds if reply else None,
        cost_usd=reply.usage.cost_usd if reply else None,
    )


def _score(samples: Sequence[Sample], label: str) -> ScoreResult:
    scores = [sample.scores[label] for sample in samples if label in sample.scores]
    shown = next((score for score in scores if score.state == "measured"), scores[0])
    values = [score.value for score in scores if score.value is not None]
    return ScoreResult(
        state=shown.state,
        value=round(fmean(values), 9) if values else None,
        passed=shown.passed,
        reason=shown.reason,
    )
