"""Labelled answers as questions to a judge, and its replies as opinions to compare with the labels. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from cuebook.core.errors import Problem, RenderError
from cuebook.core.shape_errors import kind_of
from cuebook.core.templating import as_text
from cuebook.judging.ask import (
    ANSWER,
    FIRST,
    MARK,
    SECOND,
    Lacks,
    Preference,
    Reading,
    Unread,
    call_for,
    compares,
    judge_messages,
    judge_values,
)
from cuebook.registry.labels import TIE
from cuebook.shapes.labels import Given
from cuebook.shapes.run import Case, Json, ModelCall, Version
from cuebook.wording.datasets import dataset_problem

WINNERS = (FIRST, SECOND, TIE)

Scale: TypeAlias = tuple[float, float]
"""Lowest and highest score of a grading judge."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge said of one labelled answer: a score, a winner, or None with why there is none."""

    case: Case
    said: float | str | None
    reason: str = ""
    flipped: bool = False
    unanswered: bool = False
    """Whether there was no reply at all, and so nothing to read."""
    quoted: str = ""
    """A reply that cannot be read, in part."""


def asked_of_labels(judge: Version) -> list[str]:
    """The variables of a judge that each of its labels has to fill: also those that a run fills by itself."""
    return [
        name
        for name, spec in judge.inputs.items()
        if name in graded(judge) or (name != MARK and "default" not in spec)
    ]


def problems(judge: Version, scale: Scale | None, given: Sequence[Given]) -> list[Problem]:
    """Labels that this judge cannot be measured against; ``scale`` is None for a comparing judge."""
    found = []
    for item in given:
        case, path, label = item.case, item.path, item.label
        if item.label is None:
            continue  # skipped by whoever labels: it measures nothing
        if scale is None and label not in WINNERS:
            found.append(dataset_problem("label_no_winner", path, case.line, label=label))
        elif scale and not isinstance(label, int):
            about = {"given": "".join(kind_of(label)), "lowest": scale[0], "highest": scale[1]}
            found.append(dataset_problem("label_no_grade", path, case.line, **about))
        elif scale and isinstance(label, int) and not scale[0] <= label <= scale[1]:
            about = {"label": label, "lowest": scale[0], "highest": scale[1]}
            found.append(dataset_problem("label_off_scale", path, case.line, **about))
        lacking = [name for name in graded(judge) if name not in case.inputs]
        values = judge_values(judge, case, {}, dict.fromkeys(graded(judge), ""))
        if lacking:
            named = " and no ".join(map(repr, lacking))
            found.append(dataset_problem("answer_missing", path, case.line, id=case.id, names=named))
        elif isinstance(values, Lacks):
            found.append(dataset_problem("label_incomplete", path, case.line, id=case.id, why=values.words))
        else:
            try:
                for each in _values(judge, case):
                    # Which mark it is only matters to a model that is asked.
                    judge_messages(judge, each, "0" * 24)
            except RenderError as error:
                about = {"id": case.id, "why": error.message, "cure": error.hint}
                found.append(dataset_problem("label_unfit", path, case.line, **about))
    return found


def graded(judge: Version) -> tuple[str, ...]:
    """The variables that hold what the judge is to judge."""
    return (FIRST, SECOND) if compares(judge) else (ANSWER,)


def questions(judge: Version, case: Case, epoch: str = "") -> list[ModelCall]:
    """The calls that ask a judge about a labelled answer, or about a pair of them in both orders.

    They are made as those of a scorer; ``epoch`` sets a later measurement apart. The label must be
    without ``problems``. Raises RenderError when a value has not its variable's type.
    """
    return [replace(call_for(judge, values, case=case.id), epoch=epoch) for values in _values(judge, case)]


def _values(judge: Version, case: Case) -> Iterator[dict[str, Json]]:
    """What a judge's variables are filled with, once for each order of what it is to judge."""
    names = graded(judge)
    # Of one name both orders are the same: a grading judge is asked once.
    for order in dict.fromkeys((names, names[::-1])):
        texts = {name: as_text(case.inputs[source]) for name, source in zip(names, order, strict=True)}
        values = judge_values(judge, case, {}, texts)
        assert not isinstance(values, Lacks)
        yield values


def opinions(cases: Sequence[Case], readings: Sequence[Reading | Preference | Unread]) -> list[Opinion]:
    """The readings of the questions about all cases, in their order, put together case by case."""
    width = len(readings) // len(cases) if cases else 0
    return [_opinion(case, readings[index * width : (index + 1) * width]) for index, case in enumerate(cases)]


def _opinion(case: Case, readings: Sequence[Reading | Preference | Unread]) -> Opinion:
    first = next((item for item in readings if isinstance(item, Unread)), readings[0])
    if isinstance(first, Unread):
        return Opinion(case, None, first.words, unanswered=first.is_silence, quoted=first.said)
    if isinstance(first, Reading):
        return Opinion(case, first.score, first.reason)
    swapped = {FIRST: SECOND, SECOND: FIRST, TIE: TIE}
    winners = [item.winner for item in readings if isinstance(item, Preference)]
    # Only a winner in both orders is one: what changes with the place is no preference.
    agreed = winners[0] == swapped[winners[1]]
    return Opinion(case, winners[0] if agreed else TIE, first.reason, flipped=not agreed)
