"""Checking by people what a judge says of two versions: a random draw of pairs, and the corrected difference.

People grade the answers without knowing which version gave them. Their mean difference on the pairs drawn
corrects the judge's on all (prediction-powered inference). Pure; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from cuebook.judging.agreement import Corrected, kappa, ppi_plus_plus
from cuebook.judging.draw import SIDES, hashed, item_id, key_of
from cuebook.shapes.case_result import Answer
from cuebook.shapes.verdict import Verdict

FEWEST = 20
"""Pairs that people must have graded: below it the normal bounds are a guess."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both answers to one case, and what the judge makes of each, from 0 to 1."""

    case: str
    cluster: str
    inputs: Mapping[str, Any]
    texts: tuple[str, str]
    judged: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Audit:
    """The judge's mean difference over all pairs, what people would say of all of them, and people alone.

    In shares of the scale; clusters are averaged first, and ``clusters`` of the ``graded`` pairs are what
    counts. ``skipped`` answers have no grade and later ones do; ``kappa`` is that between people, where two
    graded the same answers. ``is_draw``: the pairs that were to be graded are the first of the draw.
    """

    pairs: int
    graded: int
    clusters: int
    judge: float
    people: Corrected
    alone: Corrected
    kappa: float | None
    graders: int
    skipped: int
    is_draw: bool


def pairs_of(verdict: Verdict, label: str) -> list[Pair]:
    """The cases of a verdict whose two answers the judge scored, in the order of the draw."""
    found = []
    for case in verdict.cases:
        scored = [_judged(answer, label) for answer in (case.candidate, case.baseline)]
        texts = [answer.said if answer else None for answer in (case.candidate, case.baseline)]
        if None not in scored and None not in texts:
            pair = (str(texts[0]), str(texts[1])), (scored[0] or 0.0, scored[1] or 0.0)
            found.append(Pair(case.id, case.cluster or f"\0{case.id}", case.readable, *pair))
    key = key_of(verdict)
    return sorted(found, key=lambda pair: hashed("cuebook-audit/1", key, pair.case))


def _judged(answer: Answer | None, label: str) -> float | None:
    found = answer.scores.get(label) if answer else None
    return found.value if found and found.state == "measured" else None


def items(verdict: Verdict, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """A line to grade for each answer of the pairs: both arms mixed, and nothing tells them apart."""
    found = [(item_id(verdict, pair.case, arm), pair, at) for pair in pairs for at, arm in enumerate(SIDES)]
    return [
        {"id": name, "inputs": {**pair.inputs, "answer": pair.texts[at]}, "label": None}
        for name, pair, at in sorted(found, key=lambda row: row[0])
    ]


def audit(
    verdict: Verdict, pairs: Sequence[Pair], grades: Sequence[Mapping[str, float | None]]
) -> Audit | None:
    """What people's grades say of the judge's difference; None for fewer than ``FEWEST`` graded pairs.

    ``pairs`` are all, in the order of the draw; ``grades`` one table a person: item to a share of the scale,
    None where it was skipped. An answer that several graded counts once, by their mean.
    """
    known = {item_id(verdict, pair.case, arm) for pair in pairs for arm in SIDES}
    mean = {name: fmean(found) for name in known if (found := _given(grades, name))}
    human = {
        pair.case: mean[first] - mean[second]
        for pair in pairs
        if (first := item_id(verdict, pair.case, "candidate")) in mean
        and (second := item_id(verdict, pair.case, "baseline")) in mean
    }
    truths = _by_cluster(pairs, human)
    if len(human) < FEWEST or len(truths) < FEWEST:
        return None
    judge = _by_cluster(pairs, {pair.case: pair.judged[0] - pair.judged[1] for pair in pairs})
    truth, said = list(truths.values()), [judge[name] for name in truths]
    rest = [value for name, value in judge.items() if name not in truths]
    alone = ppi_plus_plus([0.0, 0.0], [0.0] * len(truth), truth)  # a judge that says nothing has no weight
    # Of one cluster or none that people did not see there is nothing to predict.
    people = ppi_plus_plus(rest, said, truth) if len(rest) > 1 else alone
    asked = {name for table in grades for name in table} & known
    ahead = pairs[: (len(asked) + 1) // 2]
    drawn = {item_id(verdict, one.case, arm) for one in ahead for arm in SIDES}
    return Audit(
        pairs=len(pairs),
        graded=len(human),
        clusters=len(truths),
        judge=fmean(judge.values()),
        people=people,
        alone=alone,
        kappa=_between(grades),
        graders=sum(any(value is not None for value in table.values()) for table in grades),
        skipped=sum(map(_skipped, grades)),
        is_draw=asked == drawn,
    )


def _skipped(table: Mapping[str, float | None]) -> int:
    """Answers without a grade before the last that has one: lines are graded in the order of their ids."""
    last = max((name for name, value in table.items() if value is not None), default="")
    return sum(name < last for name, value in table.items() if value is None)


def _given(grades: Sequence[Mapping[str, float | None]], name: str) -> list[float]:
    return [value for table in grades if (value := table.get(name)) is not None]


def _by_cluster(pairs: Sequence[Pair], differences: Mapping[str, float]) -> dict[str, float]:
    """The mean difference of each cluster, over those of its cases that have one."""
    grouped: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.case in differences:
            grouped.setdefault(pair.cluster, []).append(differences[pair.case])
    return {name: fmean(found) for name, found in grouped.items()}


def _between(grades: Sequence[Mapping[str, float | None]]) -> float | None:
    """The agreement of the first two people who graded the same answers: the ceiling of a judge."""
    for index, one in enumerate(grades):
        for other in grades[index + 1 :]:
            shared = [(one[name], other[name]) for name in sorted(one.keys() & other.keys())]
            both = [(a, b) for a, b in shared if a is not None and b is not None]
            known = sorted({value for pair in both for value in pair})
            if len(both) >= FEWEST and len(known) > 1:
                return kappa([a for a, _ in both], [b for _, b in both], known, "quadratic").kappa
    return None
