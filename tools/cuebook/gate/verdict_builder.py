"""Build the verdict from the gate's decision: causes, all cases, costs. Sentences are made in ``wording``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from cuebook.core.errors import CeilingReached
from cuebook.core.images import facts
from cuebook.core.stand_ins import is_stand_in
from cuebook.core.text import word_count
from cuebook.gate import decision
from cuebook.gate.answers import arm_answers
from cuebook.gate.judge_report import states
from cuebook.gate.observe import value_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.sample_size import zero_failures
from cuebook.gate.served_models import served, unpriced
from cuebook.gate.tool_counts import tool_counts
from cuebook.registry.case_images import file_named
from cuebook.shapes.case_result import Answer, CaseChange, CaseResult, ScoreResult, ShownImage
from cuebook.shapes.cause import Cause
from cuebook.shapes.run import Case, CaseRun, Message, ModelReply, Sample, Version
from cuebook.shapes.verdict import AnsweringApp, Arm, AskedWords, Coverage, ScorerSummary, Spending, Verdict

_ORDER: tuple[CaseChange, ...] = ("broken", "failed", "worse", "dropped", "fixed", "better", "same")
"""What needs a reader first: the order of cases in every report that lists them."""

_DIGITS = 9
"""Means and sums are rounded to a billionth: beyond it, floats added in another order differ."""


def rule(
    comparison: Prepared,
    runs: Sequence[CaseRun],
    *,
    batch: int | None = None,
    resolve: Mapping[str, str] | None = None,
    servers: Mapping[str, str] | None = None,
    stopped: CeilingReached | None = None,
    earlier: Verdict | None = None,
) -> Verdict:
    """The verdict on a comparison, given every case that was run.

    ``resolve`` and ``servers`` are those of the settings; ``stopped`` is the ceiling that ended a run before
    it was decided, which makes a pass inconclusive. ``earlier`` tells which models replied then.
    """
    comparison = comparison.without_void_judges(runs)
    finding = decision.find(comparison, runs, batch=batch, stopped=stopped)
    digests, cases = comparison.digests(resolve, servers), _cases(comparison, runs)
    question = comparison.question(resolve)
    replies = [sample.reply for item in runs for sample in item.samples if sample.reply]
    return Verdict(
        outcome=finding.outcome,
        prompt=comparison.candidate.prompt,
        suite=comparison.suite.name,
        candidate=_arm(comparison.candidate, resolve or {}),
        baseline=_arm(comparison.baseline, resolve or {}) if comparison.baseline else None,
        baseline_alias=comparison.alias or comparison.suite.gate.baseline,
        metrics=finding.metrics,
        summaries=_summaries(comparison, runs),
        protected=finding.protected,
        limits=finding.limits,
        causes=[_renamed(cause, resolve or {}) for cause in finding.causes],
        error=comparison.error,
        evidence=finding.joint.evidence,
        chance_pass=finding.joint.chance_pass,
        chance_fail=finding.joint.chance_fail,
        break_rate=_break_rate(comparison, finding, cases),
        live_version=comparison.live,
        live_share=comparison.is_tried,
        app=_app(comparison),
        attempt=comparison.attempt,
        draw=comparison.draw,
        tried=comparison.tried,
        question=AskedWords(settings=question.settings, words=dict(question.words)),  # later looks count
        judges=states(comparison, runs, resolve),
        coverage=_coverage(comparison, runs, finding),
        answers=arm_answers(comparison, runs),
        candidate_spending=_spending([sample for item in runs for sample in item.candidate]),
        baseline_spending=_spending([sample for item in runs for sample in item.baseline])
        if comparison.baseline
        else None,
        cost_usd=_total_cost(runs),
        digests=digests,
        offline=any(map(is_stand_in, digests.models)),
        served_models=sorted({reply.served_model for reply in replies if reply.served_model}),
        served=served(comparison, runs, resolve, earlier),
        unpriced=unpriced(runs, given=comparison.given),
        cases=cases,
        tool_counts=tool_counts(comparison, runs),
    )


def _app(comparison: Prepared) -> AnsweringApp | None:
    # Answers that are given are from files: which app made them, if any did, is not known.
    found = None if comparison.given else comparison.app
    return AnsweringApp(name=found.name, fingerprint=found.fingerprint) if found else None


def _renamed(cause: Cause, resolve: Mapping[str, str]) -> Cause:
    """A cause with the models that were asked, not those in whose place they were."""
    if cause.code != "models_silent":
        return cause
    return cause.model_copy(update={"names": [resolve.get(name, name) for name in cause.names]})


def _break_rate(
    comparison: Prepared, finding: decision.GateDecision, cases: Sequence[CaseResult]
) -> float | None:
    """What no broken case rules out, where nothing else was shown."""
    # Whether a case broke is not known where a score of it is missing.
    broke = finding.missing or any(case.change in {"broken", "failed", "dropped"} for case in cases)
    if finding.outcome != "inconclusive" or broke or not comparison.baseline or not finding.joint.used:
        return None
    return zero_failures(finding.joint.used, comparison.error)


def _arm(version: Version, resolve: Mapping[str, str]) -> Arm:
    other = resolve.get(version.model, "")
    return Arm(version=version.number, digest=version.digest, message=version.message, replaced_by=other)


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
                    model=comparison.model_name(model),
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
    # Lost answers count 0: where none was scored, a mean of these alone would look measured.
    scored = any(label in sample.scores for samples in arms for sample in samples)
    return [value for samples in arms if (value := value_of(samples, label)) is not None] if scored else []


def _coverage(comparison: Prepared, runs: Sequence[CaseRun], finding: decision.GateDecision) -> Coverage:
    # Of the candidate alone: what a provider failed to answer is missing, and no fault of the version.
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
        missing_of=finding.missing_of,
        clusters=finding.slots_planned,
        clusters_used=finding.joint.used,
        ahead=len({item.case.id for item in runs}) - finding.reached,
        left_out=comparison.left_out,
        as_before=comparison.as_before,
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
    return round(fmean(known), _DIGITS) if known and len(known) == len(values) else None


def _total_cost(runs: Sequence[CaseRun]) -> float | None:
    """The cost of every reply behind this verdict, those of earlier runs included; None if one is unknown."""
    samples = [sample for item in runs for sample in item.samples]
    scores = [score for sample in samples for score in sample.scores.values()]
    scores += [canary.score for item in runs for canary in item.canaries]
    costs = [sample.reply.usage.cost_usd for sample in samples if sample.reply]
    broken = (sample.failure.usage for sample in samples if sample.failure)
    costs += [usage.cost_usd for usage in broken if usage]
    # A score without tokens was computed here: it cost nothing, which is not the same as unknown.
    costs += [score.usage.cost_usd for score in scores if score.usage.output_tokens is not None]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), _DIGITS) if len(known) == len(costs) else None


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
        model=comparison.model_name(item.model),
        change=_change(comparison, item, differences),
        # The largest difference of any metric, and of a gain and a loss of one size the loss.
        difference=min(differences, key=lambda value: (-abs(value), value)) if differences else None,
        protected=comparison.is_protected(item.case),
        tags=list(item.case.tags),
        cluster=item.case.cluster,
        inputs=dict(item.case.inputs),
        expectations=dict(item.case.expectations),
        turns=[dict(turn) for turn in item.case.turns],
        tools=dict(item.case.tools),
        images=_images(item.case),
        candidate=_answer(item.candidate),
        baseline=_answer(item.baseline) if item.baseline else None,
    )


def _images(case: Case) -> dict[str, ShownImage]:
    """What is known of the images among the inputs of a case."""
    made = {}
    for name, value in case.values.items():
        if found := facts(value):
            kind, size, digest = found
            file = file_named(case.inputs[name]) or ""
            made[name] = ShownImage(file=file, media_type=kind, bytes=size, digest=digest)
    return made


def _differences(comparison: Prepared, item: CaseRun) -> list[float]:
    """Candidate minus baseline of each gating metric that has both."""
    found = []
    for label in comparison.suite.gate.metrics:
        if label in comparison.void:
            continue
        new = value_of(item.candidate, label)
        # A scorer that compares gives the difference itself, as the candidate's score.
        old = 0.0 if label in comparison.paired else value_of(item.baseline, label)
        if new is not None and old is not None and item.baseline:
            found.append(new - old)
    return found


def _change(comparison: Prepared, item: CaseRun, differences: Sequence[float]) -> CaseChange:
    if any(sample.failure and sample.failure.kind == "candidate" for sample in item.candidate):
        return "failed"
    after = [comparison.passes(sample) for sample in item.candidate]
    # A first version has broken nothing; the word is the one under which its failures are read first.
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
    least = 10**-_DIGITS  # less is no difference between the rounded values that are shown
    return "worse" if worst < -least else "better" if worst > least else "same"


def _answer(samples: Sequence[Sample]) -> Answer:
    first = samples[0]
    reply: ModelReply | None = first.reply
    labels = dict.fromkeys(label for sample in samples for label in sample.scores)
    # A dialogue that could not go on is shown as far as it came.
    said: Sequence[Message] = first.failure.said if first.failure else ()
    if reply and reply.played:
        said = reply.played.said
    return Answer(
        text=reply.text if reply else None,
        failure=first.failure.message if first.failure else None,
        finish=reply.finish if reply else "",
        scores={label: _score(samples, label) for label in labels},
        seconds=reply.seconds if reply else None,
        cost_usd=reply.usage.cost_usd if reply else None,
        tool_calls=[call.shown for call in reply.tool_calls] if reply else [],
        refusal=reply.refusal if reply else "",
        dialogue=list(map(dict, said)),
    )


def _score(samples: Sequence[Sample], label: str) -> ScoreResult:
    scores = [sample.scores[label] for sample in samples if label in sample.scores]
    measured = [score for score in scores if score.state == "measured"] or scores
    # An answer that fails once in its repeats fails: shown is the score that says so.
    shown = next((score for score in measured if score.passed is False), measured[0])
    values = [score.value for score in scores if score.value is not None]
    return ScoreResult(
        state=shown.state,
        value=round(fmean(values), _DIGITS) if values else None,
        passed=shown.passed,
        reason=shown.reason,
    )
