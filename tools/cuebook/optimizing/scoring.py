"""What one answer to a case is worth to an optimiser, what is said about it, and what it cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cuebook.gate.prepared import Prepared
from cuebook.optimizing.reflection import Example
from cuebook.shapes.run import CaseRun, Sample, Usage
from cuebook.wording.finish import unanswered


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with its answer: its score on [0, 1], the example it makes, and US dollars known to be its cost.

    ``fooled`` is the judge that let a known-bad answer to the case win; empty where none did.
    """

    score: float
    example: Example
    cost_usd: float = 0.0
    fooled: str = ""


def scored(prepared: Prepared, runs: Sequence[CaseRun]) -> Scored:
    """Return the score of one case over all its models and repeats."""
    samples = [sample for item in runs for sample in item.candidate]
    values = [_score(prepared, sample) for sample in samples]
    score = sum(values) / len(values) if values else 0.0
    # One answer of several is shown; the score is that of all.
    first = samples[0]
    failure = first.failure.message if first.failure else None
    said = first.reply.said if first.reply else f"({unanswered(failure)})"
    reasons = [
        f"{label}: {found.reason}"
        for label in prepared.deciders
        if (found := first.scores.get(label)) and found.reason
    ]
    example = Example.of(runs[0].case, prepared.candidate, said, score, reasons)
    fooled = [canary.label for item in runs for canary in item.canaries if canary.won]
    cost = sum(usage.cost_usd or 0.0 for usage in _usages(runs))
    return Scored(score, example, cost, next(iter(fooled), ""))


def _score(prepared: Prepared, sample: Sample) -> float:
    """The mean of the metrics that decide, those that say nothing of it left out; 0 without any."""
    found = []
    for label in prepared.deciders:
        score = sample.scores.get(label)
        if score is not None and score.value is not None:
            # A comparison of two answers is on [-1, 1].
            found.append((1 + score.value) / 2 if label in prepared.paired else score.value)
    return sum(found) / len(found) if found else 0.0


def _usages(runs: Sequence[CaseRun]) -> Iterable[Usage]:
    for item in runs:
        for sample in item.samples:
            if sample.reply:
                yield sample.reply.usage
            # A reply that could not be used was paid for as well.
            elif sample.failure and sample.failure.usage:
                yield sample.failure.usage
            yield from (score.usage for score in sample.scores.values())
        yield from (canary.score.usage for canary in item.canaries)
