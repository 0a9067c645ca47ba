"""What a verdict says of its judges: their agreement with people, and how they behaved in this run. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from cuebook.core.stand_ins import is_stand_in
from cuebook.core.text import word_count
from cuebook.gate.answers import judgements
from cuebook.gate.comparison import judge_of, scale_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.sequential_test import paired_differences
from cuebook.judging.agreement import Z_ONE_SIDED, corrected_difference, within_reach
from cuebook.judging.trust import LEAST_J, JudgeStanding
from cuebook.shapes.cause import Caution
from cuebook.shapes.judge_state import JudgeState, PassChange
from cuebook.shapes.run import CaseRun, Sample, Score
from cuebook.shapes.suite import ScorerSpec

LONGER_WON = 0.8
"""Share of the won comparisons from which a judge seems to like length."""
_FEW_WINS = 10
"""Fewer won comparisons say nothing of a taste: by chance 8 of 10 are rarer than one run in eighteen."""

_FAMILIES = {
    "gpt": r"gpt|davinci|\bo[1-9]\b",
    "claude": r"claude",
    "gemini": r"gemini|gemma",
    "llama": r"(?<!o)llama",  # ollama is a server for models of every family
    "mistral": r"mi[sx]tral|codestral|magistral|devstral",
    "qwen": r"qwen|qwq",
    "deepseek": r"deepseek",
    "grok": r"grok",
    "command": r"\bcommand\b|cohere",
}
"""Words by which a model id tells who made the model, whoever serves it."""


def states(
    comparison: Prepared, runs: Sequence[CaseRun], resolve: Mapping[str, str] | None = None
) -> list[JudgeState]:
    """The state of each judge; ``resolve`` maps a model id to the one configuration puts in its place.

    That judge and judged are of one family is said once, by whichever judge comes first.
    """
    held, put = comparison.without_void_judges(runs), resolve or {}
    arms = [version.model for version in (held.candidate, held.baseline) if version]
    answering = [put.get(name, name) for model in held.models for name in ([model] if model else arms)]
    said: set[str] = set()
    found = []
    for spec in held.judging:
        if judge_of(spec) in held.judges:
            state = _state(held, spec, runs, put)
            # Judges favour what they would have written themselves.
            shared = (shared_family(state.model, model) for model in answering)
            kin = next((family for family in shared if family), "")
            if kin and kin not in said:
                said.add(kin)
                state.cautions.append(Caution(code="kin", words=kin))
            found.append(state)
    return found


def _state(
    comparison: Prepared, spec: ScorerSpec, runs: Sequence[CaseRun], resolve: Mapping[str, str]
) -> JudgeState:
    judge = comparison.judges[judge_of(spec)]
    model = resolve.get(judge.model, judge.model)
    trust = comparison.trust.get(spec.label, JudgeStanding(None))
    canaries = [canary for item in runs for canary in item.canaries]
    judged = [item for item in canaries if item.label == spec.label and item.score.state == "measured"]
    lost = sorted({canary.name for canary in judged if canary.won})
    known: dict[str, Any] = asdict(trust.facts) if trust.facts else {}
    known |= _orders(comparison, spec, runs)
    # Facts bring their own cautions; a judge without facts was never measured.
    cautions = [*known.pop("cautions", [Caution(code="never_measured")])]
    planned = len(comparison.canary_cases(spec))
    if runs and len(judged) < planned:
        cautions.append(Caution(code="canaries_unjudged", count=planned - len(judged), total=planned))
    cautions += _taste(comparison, spec, runs)
    gating = spec.label in comparison.suite.gate.metrics
    more = [difference for item in runs if (difference := _longer(item)) is not None]
    return JudgeState(
        label=spec.label,
        ref=judge.ref,
        digest=judge.digest,
        model=model,
        decides=spec.label in comparison.deciders,
        canaries_lost=sum(canary.won for canary in judged),
        canaries_total=len(judged),
        fooled_by=lost,
        void=bool(lost),
        advisory=gating and trust.doubt is not None,
        doubt=trust.doubt if gating else None,
        scale=scale_of(spec),
        sources=dict(spec.parameters.get("with", {})),
        words_more=round(fmean(more), 6) if more else None,
        **_replies(judgements(comparison, runs)[spec.label]),
        passing=_passing(spec, runs, trust),
        cautions=cautions,
        **known,
    )


def _scores(spec: ScorerSpec, runs: Sequence[CaseRun]) -> list[Score]:
    """What the scorer measured of the candidate's answers."""
    found = [sample.scores.get(spec.label) for item in runs for sample in item.candidate]
    return [score for score in found if score is not None and score.state == "measured"]


def _replies(scores: Sequence[Score]) -> dict[str, Any]:
    """How many replies came, how many of them could not be read, mostly why, and one of them."""
    unread = [score for score in scores if score.unread == "unreadable"]
    came = sum(score.unread in {"", "unreadable"} for score in scores)
    if not unread:
        return {"replies": came}
    reason, _ = Counter(score.reason for score in unread).most_common(1)[0]
    quoted = next(score.said for score in unread if score.reason == reason)
    return {"replies": came, "unread": len(unread), "unread_reason": reason, "unread_reply": quoted}


def _orders(comparison: Prepared, spec: ScorerSpec, runs: Sequence[CaseRun]) -> dict[str, float | None]:
    """Shares of pairs whose order changed the winner (of those asked), and of pairs without a winner."""
    if spec.label not in comparison.paired:
        return {}
    scores = _scores(spec, runs)
    asked = [bool(score.details["flipped"]) for score in scores if "flipped" in score.details]
    return {
        "flips": round(fmean(asked), 6) if asked else None,
        "ties": round(fmean(score.value == 0 for score in scores), 6) if scores else None,
    }


def _passing(spec: ScorerSpec, runs: Sequence[CaseRun], trust: JudgeStanding) -> PassChange | None:
    """How many more answers pass, corrected by the judge's J; None where J is unknown or next to nothing."""
    facts = trust.facts
    # The correction divides by J: near nothing it would make any difference of any share.
    if facts is None or facts.j is None or facts.j_lower is None or facts.j <= LEAST_J:
        return None
    judged = [
        (old, new, item.case.unit)
        for item in runs
        if (old := _passes(item.baseline, spec.label)) and (new := _passes(item.candidate, spec.label))
    ]
    if not judged:
        return None
    before, after, clusters = zip(*judged, strict=True)
    differences = paired_differences(before, after, clusters)
    # Facts keep the lower bound of J, and the formula takes its standard error.
    error = (facts.j - facts.j_lower) / Z_ONE_SIDED
    seen, raw = corrected_difference(differences, facts.j, error)
    true, beyond = within_reach(seen, raw, -1.0, 1.0)
    return PassChange(
        pairs=len(differences),
        baseline=round(fmean(map(fmean, before)), 6),
        candidate=round(fmean(map(fmean, after)), 6),
        seen=round(seen.estimate, 6),
        seen_lower=round(seen.lower, 6),
        seen_upper=round(seen.upper, 6),
        true=round(true.estimate, 6),
        true_lower=round(true.lower, 6),
        true_upper=round(true.upper, 6),
        beyond=beyond,
    )


def _passes(samples: Sequence[Sample], label: str) -> list[float]:
    found = [sample.scores.get(label) for sample in samples]
    return [float(score.passed) for score in found if score is not None and score.passed is not None]


def _longer(item: CaseRun) -> float | None:
    """The candidate's words less the baseline's, on average; None where one of them said nothing."""
    new, old = _words(item.candidate), _words(item.baseline)
    return None if new is None or old is None else new - old


def _words(samples: Sequence[Sample]) -> float | None:
    counts = [word_count(sample.reply.text) for sample in samples if sample.reply]
    return fmean(counts) if counts else None


def _taste(comparison: Prepared, spec: ScorerSpec, runs: Sequence[CaseRun]) -> list[Caution]:
    """Says so when the longer answer won most comparisons."""
    if spec.label not in comparison.paired:
        return []
    won = []
    for item in runs:
        # A tie, and answers of one length, tell nothing of a taste.
        if longer := _longer(item):
            values = [score.value for score in _scores(spec, [item])]
            won += [(value > 0) == (longer > 0) for value in values if value]
    if len(won) < _FEW_WINS or fmean(won) < LONGER_WON:
        return []
    return [Caution(code="likes_length", count=sum(won), total=len(won))]


def shared_family(one: str, other: str) -> str | None:
    """The family two model ids share: by name, or by provider where a name tells nothing; None if none."""
    mine, theirs = _family(one), _family(other)
    if mine and theirs:
        return mine if mine == theirs else None
    provider = one.partition("/")[0]
    return provider if provider == other.partition("/")[0] else None


def _family(model: str) -> str | None:
    if is_stand_in(model):
        return "rules"
    return next((name for name, words in _FAMILIES.items() if re.search(words, model.casefold())), None)
