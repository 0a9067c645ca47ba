"""Checking by people what a judge says of two versions: a random draw of pairs, and the corrected difference.

People grade the answers without knowing which version gave them. Their mean difference on the pairs drawn
corrects the judge's on all (prediction-powered inference). Pure; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from cuebook.judging.agreement import Corrected, ppi_plus_plus
from cuebook.judging.ask import ANSWER
from cuebook.judging.draw import SIDES, drawn, hashed, item_id, key_of
from cuebook.judging.labels import Scale
from cuebook.judging.people import FEWEST, mean_kappa
from cuebook.judging.places import share
from cuebook.shapes.audit import Audit, Estimate
from cuebook.shapes.labels import Labels
from cuebook.shapes.verdict import Verdict

__all__ = ["FEWEST", "Pair", "audit", "grades_of", "items", "of_labels", "pairs_of"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both answers to one case, and what the judge makes of each, from 0 to 1."""

    case: str
    cluster: str
    inputs: Mapping[str, Any]
    texts: tuple[str, str]
    judged: tuple[float, float]


def pairs_of(verdict: Verdict, label: str) -> list[Pair]:
    """The cases of a verdict whose two answers the judge scored, in the order of the draw."""
    found = []
    for case in verdict.cases:
        arms = (case.candidate, case.baseline)
        scores = [answer.scores.get(label) if answer else None for answer in arms]
        scored = [score.value if score and score.state == "measured" else None for score in scores]
        texts = [answer.said if answer else None for answer in arms]
        if None not in scored and None not in texts:
            pair = (str(texts[0]), str(texts[1])), (scored[0] or 0.0, scored[1] or 0.0)
            found.append(Pair(case.id, case.unit, case.readable, *pair))
    # By what was fixed before: nobody can choose which pairs people see first.
    key = key_of(verdict)
    return sorted(found, key=lambda pair: hashed("cuebook-audit/1", key, pair.case))


def items(verdict: Verdict, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """A line to grade for each answer of the pairs: both arms mixed, and nothing tells them apart."""
    found = [(item_id(verdict, pair.case, arm), pair, at) for pair in pairs for at, arm in enumerate(SIDES)]
    return [
        {"id": name, "inputs": {**pair.inputs, "answer": pair.texts[at]}, "label": None}
        # By their ids, which are hashes: an order in which nothing tells who gave an answer.
        for name, pair, at in sorted(found, key=lambda row: row[0])
    ]


def of_labels(verdict: Verdict, label: str, labels: Labels, scale: Scale) -> Audit | None:
    """Return the audit of a verdict by those labels that are of its answers; None for too few graded pairs.

    ``label`` is that of the judge's scorer, ``labels`` are all labels of the judge, ``scale`` is its scale.
    """
    order = [one.id for one in drawn(verdict, label)]
    grades = grades_of(verdict, label, labels, scale)
    found = audit(verdict, pairs_of(verdict, label), grades, scale=scale, order=order)
    ref = next((judge.ref for judge in verdict.judges if judge.label == label), "")
    return found and found.model_copy(update={"label": label, "ref": ref})


def grades_of(verdict: Verdict, label: str, labels: Labels, scale: Scale) -> list[dict[str, float | None]]:
    """Return the labels of this verdict's answers, one table a person: item id to a share of the scale.

    A label is left out where the case was asked again since and got another answer.
    """
    answers = {one.of(verdict): one for one in drawn(verdict, label)}
    tables: dict[str, dict[str, float | None]] = {}
    for line in labels.given:
        one = answers.get(line.of)
        if one is None or line.case.inputs.get(ANSWER) != one.answer.said:
            continue
        if line.label is None:
            tables.setdefault(line.by, {})[one.id] = None
        elif isinstance(line.label, int) and scale[0] <= line.label <= scale[1]:
            tables.setdefault(line.by, {})[one.id] = share(line.label, scale)
    return [table for _, table in sorted(tables.items())]


def audit(
    verdict: Verdict,
    pairs: Sequence[Pair],
    grades: Sequence[Mapping[str, float | None]],
    *,
    scale: Scale,
    order: Sequence[str] = (),
) -> Audit | None:
    """Correct the judge's difference by people's grades; None for fewer than ``FEWEST`` graded pairs.

    ``pairs`` are all, in the order of the draw; ``grades`` one table a person: item to a share of the scale,
    None where it was skipped. An answer that several graded counts once, by their mean. With an ``order``
    answers were drawn one by one, else by pairs.
    """
    known = {item_id(verdict, pair.case, arm) for pair in pairs for arm in SIDES}
    by_item: dict[str, list[float]] = {}
    for name, value in (pair for table in grades for pair in table.items()):
        if name in known and value is not None:
            by_item.setdefault(name, []).append(value)
    mean = {name: fmean(values) for name, values in by_item.items()}
    human = {
        pair.case: mean[first] - mean[second]
        for pair in pairs
        if (first := item_id(verdict, pair.case, "candidate")) in mean
        and (second := item_id(verdict, pair.case, "baseline")) in mean
    }
    truths = _by_cluster(pairs, human)
    # Clusters, not pairs, are what is observed: many pairs of few clusters say as little as few pairs.
    if len(human) < FEWEST or len(truths) < FEWEST:
        return None
    judge = _by_cluster(pairs, {pair.case: pair.judged[0] - pair.judged[1] for pair in pairs})
    truth, said = list(truths.values()), [judge[name] for name in truths]
    rest = [value for name, value in judge.items() if name not in truths]
    # By people alone, from the same formula: a judge that always says the same gets no weight in it.
    alone = ppi_plus_plus([0.0, 0.0], [0.0] * len(truth), truth, pairs_more=1)
    # Of one cluster or none that people did not see there is nothing to predict.
    people = ppi_plus_plus(rest, said, truth, pairs_more=1) if len(rest) > 1 else alone
    skipped = sum(map(_skipped, grades))
    given = sum(value is not None for table in grades for value in table.values())
    if order:
        # Each person graded, or skipped, the first answers of the draw and no others.
        is_draw = all(set(table) == set(order[: len(table)]) for table in grades)
    else:
        asked = {name for table in grades for name in table if name in known}
        ahead = pairs[: (len(asked) + 1) // 2]  # each pair is two answers
        is_draw = asked == {item_id(verdict, pair.case, arm) for pair in ahead for arm in SIDES}
    return Audit(
        pairs=len(pairs),
        graded=len(human),
        clusters=len(truths),
        judge=fmean(judge.values()),
        people=_shown(people),
        alone=_shown(alone),
        kappa=mean_kappa([_labels(table, scale) for table in grades], scale),
        graders=sum(any(value is not None for value in table.values()) for table in grades),
        asked=given + skipped,
        skipped=skipped,
        is_draw=is_draw,
    )


def _shown(found: Corrected) -> Estimate:
    return Estimate(estimate=found.estimate, lower=found.lower, upper=found.upper, weight=found.weight)


def _labels(table: Mapping[str, float | None], scale: Scale) -> dict[str, float]:
    low, high = scale
    return {name: low + value * (high - low) for name, value in table.items() if value is not None}


def _skipped(table: Mapping[str, float | None]) -> int:
    """Answers without a grade before the last that has one: lines are graded in the order of their ids."""
    last = max((name for name, value in table.items() if value is not None), default="")
    return sum(name < last for name, value in table.items() if value is None)


def _by_cluster(pairs: Sequence[Pair], differences: Mapping[str, float]) -> dict[str, float]:
    """The mean difference of each cluster, over those of its cases that have one."""
    grouped: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.case in differences:
            grouped.setdefault(pair.cluster, []).append(differences[pair.case])
    return {name: fmean(found) for name, found in grouped.items()}
