"""From case runs to the series that tests bet on: slots in the fixed order, with spans for what is missing.

A slot is a case with all its metrics and models, or a whole cluster. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean
from typing import NamedTuple

from cuebook.core.text import word_count
from cuebook.gate import spans
from cuebook.gate.joint_test import Span
from cuebook.gate.prepared import Prepared
from cuebook.gate.spans import Answered, Value
from cuebook.shapes.run import CaseRun, Sample


def value_of(samples: Sequence[Sample], label: str) -> float | None:
    """Mean of what is known over a case's repeats; None when no repeat has a score.

    An answer lost through the prompt's own fault counts 0.
    """
    values = [_value(sample, label) for sample in samples]
    known = [0.0 if value == "lost" else value for value in values if value is not None]
    return fmean(known) if known else None


def _value(sample: Sample, label: str) -> Value:
    if sample.failure is not None:
        return "lost" if sample.failure.kind == "candidate" else None
    score = sample.scores.get(label)
    return score.value if score is not None else None


def _answered(sample: Sample) -> Answered:
    if sample.failure is None:
        return True
    return "lost" if sample.failure.kind == "candidate" else None


@dataclass(frozen=True, slots=True)
class Observed:
    """One metric on one model, a slot each; None where it does not apply.

    ``differences`` are candidate less baseline. Of ``cases`` that were reached, ``missing`` have a score
    that is unknown, and each of these counts at its worst.
    """

    differences: list[Span | None]
    candidate: list[Span | None]
    baseline: list[Span | None]
    cases: int
    missing: int

    @property
    def share_missing(self) -> float:
        """Share of the cases that lack a score."""
        return self.missing / self.cases if self.cases else 0.0


class Amounts(NamedTuple):
    """What a limit is set on, by slot as a distance to the limit; the mean of those that are known.

    The mean is over slots, as a test on their distances is: a large cluster counts once in both. ``unknown``
    is the share of samples of which the amount is not known.
    """

    spans: list[Span | None]
    mean: float | None
    unknown: float


class Slots:
    """The runs of a comparison up to the first gap, by slot in the fixed order.

    Protected cases that were run ahead of their turn do not count, nor does a cluster of which cases are
    still to come: its mean is one observation, made once.
    """

    def __init__(self, comparison: Prepared, runs: Sequence[CaseRun]) -> None:
        self.comparison = comparison
        order = {case.id: index for index, case in enumerate(comparison.cases)}
        width = len(comparison.models)
        # A run holds its place only while no case before it is missing.
        in_turn = [item for place, item in enumerate(runs) if order.get(item.case.id) == place // width]
        # Cases of each slot. Cases of a cluster follow each other, so its place is that of its first case.
        self.sizes = list(Counter(case.unit for case in comparison.cases).values())
        self.cases = len(in_turn) // width
        self.slots: list[list[CaseRun]] = []
        start = 0
        for size in self.sizes:
            if start + size > self.cases:
                break
            self.slots.append(in_turn[start * width : (start + size) * width])
            start += size

    @property
    def planned(self) -> int:
        """Slots when every case is used."""
        return len(self.sizes)

    def looks(self, batch: int) -> frozenset[int]:
        """After how many slots a batch of so many cases ends; a cluster that goes on is not among them."""
        ends = list(accumulate(self.sizes))
        total = ends[-1] if ends else 0
        # One batch beyond the total: the last one may be shorter, and is looked at as well.
        return frozenset(bisect_right(ends, cases) for cases in range(batch, total + batch, batch))

    def observe(self, label: str, model: str) -> Observed:
        """One metric on one model."""
        of_case = self._paired if label in self.comparison.paired else self._absolute
        found = []
        for slot in self.slots:
            mine = [
                item for item in slot if item.model == model and self.comparison.applies(label, item.case)
            ]
            found.append([item for run in mine if (item := of_case(run, label)) is not None])
        applying = [item for slot in found for item in slot]
        missing = sum(low < high for (low, high), _, _ in applying)
        difference, candidate, baseline = (
            [spans.mean([item[at] for item in slot]) if slot else None for slot in found] for at in range(3)
        )
        return Observed(difference, candidate, baseline, len(applying), missing)

    def _absolute(self, run: CaseRun, label: str) -> tuple[Span, Span, Span] | None:
        arms = [run.candidate, run.baseline] if self.comparison.baseline else [run.candidate]
        samples = [sample for arm in arms for sample in arm]
        # Only where both arms say so: a version alone must not choose what it is measured by.
        if len(arms) == 2 and all(_has_no_use(sample, label) for sample in samples):
            return None
        values = [[_value(sample, label) for sample in arm] for arm in arms]
        candidate = spans.absolute(values[0])
        if len(arms) == 1:
            return candidate, candidate, (0.0, 0.0)
        return spans.difference(*values), candidate, spans.absolute(values[1])

    def _paired(self, run: CaseRun, label: str) -> tuple[Span, Span, Span] | None:
        if not run.baseline:
            return None
        found = []
        for index, sample in enumerate(run.candidate):
            # The baseline's answers are kept, so there may be more or fewer of them than of the candidate's.
            rival = run.baseline[index % len(run.baseline)]
            score = sample.scores.get(label)
            judged = score.value if score is not None else None
            found.append(spans.paired(_answered(sample), _answered(rival), judged))
        span = spans.mean(found)
        return span, span, (0.0, 0.0)

    def limit(self, name: str, limit: float) -> Amounts:
        """The amounts of what a limit is set on."""
        series: list[Span | None] = []
        amounts: list[float | None] = []
        means = []
        for slot in self.slots:
            by_case: dict[str, list[float | None]] = {}
            for run in slot:
                by_case.setdefault(run.case.id, []).extend(AMOUNTS[name](sample) for sample in run.candidate)
            series.append(spans.mean([spans.limit_value(found, limit) for found in by_case.values()]))
            amounts += [amount for found in by_case.values() for amount in found]
            told = [[amount for amount in found if amount is not None] for found in by_case.values()]
            if any(told):
                means.append(fmean(fmean(found) for found in told if found))
        known = len(amounts) - amounts.count(None)
        unknown = 1 - known / len(amounts) if amounts else 0.0
        return Amounts(series, fmean(means) if means else None, unknown)


def _has_no_use(sample: Sample, label: str) -> bool:
    score = sample.scores.get(label)
    return score is not None and score.state == "not_applicable"


AMOUNTS: Mapping[str, Callable[[Sample], float | None]] = {
    "cost_usd": lambda sample: sample.reply.usage.cost_usd if sample.reply else None,
    "seconds": lambda sample: sample.reply.seconds if sample.reply else None,
    "words": lambda sample: float(word_count(sample.reply.text)) if sample.reply else None,
}
"""What a limit may be set on: the amount of one sample, None where it is unknown."""
