"""How far a judge agrees with people: what it said of labelled answers, summed up and bound to what it was.

Pure: ``measuring`` asks and keeps the files. Each bound of an interval here errs in 5% of cases, so
``lower`` is the one-sided 95% bound that a gate compares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from cuebook.core.canonical import digest
from cuebook.core.escape import one_line
from cuebook.core.format import joined
from cuebook.judging import agreement
from cuebook.judging.agreement import GradeStep
from cuebook.judging.ask import FIRST, PASS_FROM, SECOND
from cuebook.judging.labels import Opinion, Scale
from cuebook.judging.people import Between, between
from cuebook.judging.places import categories, category, share
from cuebook.registry.labels import TIE
from cuebook.registry.paths import LABEL
from cuebook.shapes._base import Shape
from cuebook.shapes.cause import Caution
from cuebook.shapes.labels import Labels

VERSION = 2
"""Goes up when the same replies may be summed up to other numbers."""

ENOUGH_LABELS = 100
"""With fewer the interval of kappa is too wide to tell fair agreement from good."""
BALANCED = (0.3, 0.7)
"""Shares of failures among the labels between which kappa is worth something."""
FAIR_KAPPA = 0.6
"""A lower bound of kappa under this is warned of, whatever a suite demands."""

_RANKS = {FIRST: 1, TIE: 0, SECOND: -1}
"""Winners as numbers, so that a tie lies between the two; see ``agreement.shown``."""


class Basis(Shape):
    """What a measurement is bound to. ``labels_digest`` is None where there are no labels."""

    judge: str
    digest: str
    labels_digest: str | None
    model: str
    tool: str
    scale: Scale | None = None

    @property
    def key(self) -> str:
        """Digest of all of it."""
        return digest(self.model_dump())


class Kappa(Shape):
    """Cohen's kappa with its bounds; accuracy is the share of raw matches."""

    kappa: float
    lower: float
    upper: float
    accuracy: float


class Passing(Kappa):
    """Agreement on pass or fail; ``good`` and ``bad`` count what people passed and failed.

    ``sensitivity`` is the share of the good that the judge passes, ``specificity`` that of the bad it
    fails, ``j`` (Youden) their sum less 1: the share of a true difference that it shows; all are
    unknown when the labels are of one kind. The table counts ``[[good passed, good failed],
    [bad passed, bad failed]]``.
    """

    good: int
    bad: int
    table: list[list[int]]
    sensitivity: float | None = None
    specificity: float | None = None
    j: float | None = None
    j_lower: float | None = None
    j_upper: float | None = None

    @property
    def corrects(self) -> agreement.Calibration | None:
        """What corrects a rate that the judge found; None where J is unknown or not above 0."""
        if self.j is None or self.j <= 0:
            return None  # at chance or worse, every true rate would explain what it says
        (passed, failed), (missed, caught) = self.table
        people = [True] * (passed + failed) + [False] * (missed + caught)
        judge = [True] * passed + [False] * failed + [True] * missed + [False] * caught
        return agreement.calibration(people, judge)


class Showing(Shape):
    """The share of a true difference that a comparing judge shows, with its bounds."""

    share: float
    lower: float
    upper: float


class Disagreement(Shape):
    """One label that the judge does not share."""

    id: str
    label: int | float | str
    score: float | str
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The part of a measurement that decisions and verdicts use; ``bound_to`` is the key of its basis.

    ``slope`` is the share of a true difference in mean grade that the judge's grades show, ``slope_lower``
    its bound (None: unknown, or the judge compares). ``blind`` are the steps between grades that it hardly
    shows, higher grade first, ``pooled`` the grades with too few labels to be told apart. ``people`` is the
    kappa of people among themselves, above which no judge can be expected to get.
    """

    bound_to: str
    measured: str
    labels: int
    judged: int
    kappa: float | None
    lower: float | None
    upper: float | None
    j: float | None
    j_lower: float | None
    cautions: tuple[Caution, ...] = ()
    slope: float | None = None
    slope_lower: float | None = None
    blind: tuple[tuple[str, str], ...] = ()
    pooled: tuple[str, ...] = ()
    people: float | None = None

    @property
    def shows(self) -> float | None:
        """The least share of a true difference that its scores show; None where that is unknown."""
        return self.j_lower if self.slope_lower is None else self.slope_lower


class CalibrationFile(Shape):
    """``.cuebook/judges/<name>/<n>.json``: what a judge said of labelled answers.

    ``measured`` is the day (UTC) of its oldest reply. Of the ``labels``, ``unparsable`` got no readable
    judgement and ``unanswered`` no reply at all. The kappa of ``agreement`` is weighted quadratically for
    a grading judge and over first, second and tie for a comparing one; ``confusion`` has a row for each
    category of the labels and a column for each of the judge. ``flips`` is the share of pairs in which
    the order changed the winner, ``ties`` the share without one, ``showing`` what it shows of a difference.
    ``people`` is how far people agree where several labelled an answer; ``skipped`` answers they left out.
    """

    schema_: Annotated[Literal["cuebook/judge/2"], Field(alias="schema")] = "cuebook/judge/2"
    basis: Basis
    measured: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    epoch: str = ""
    labels: int
    judged: int
    unparsable: int
    unanswered: int
    agreement: Kappa | None
    passing: Passing | None = None
    flips: float | None = None
    ties: float | None = None
    showing: Showing | None = None
    categories: list[str]
    confusion: list[list[int]]
    disagreements: list[Disagreement]
    people: Between | None = None
    skipped: int = 0
    cautions: list[Caution] = []
    warnings: list[str] = []

    @property
    def beware(self) -> list[Caution]:
        """Its cautions, also those that an earlier release wrote down in words."""
        return self.cautions or [Caution(code="recorded", words=words) for words in self.warnings]

    @property
    def facts(self) -> Facts:
        """What decisions and verdicts take from it."""
        kappa, passing, showing = self.agreement, self.passing, self.showing
        slope = self.slope
        return Facts(
            bound_to=self.basis.key,
            measured=self.measured,
            labels=self.labels,
            judged=self.judged,
            kappa=kappa.kappa if kappa else None,
            lower=kappa.lower if kappa else None,
            upper=kappa.upper if kappa else None,
            # Of a judge that compares, the share that it shows takes the place of J.
            j=passing.j if passing else showing.share if showing else None,
            j_lower=passing.j_lower if passing else showing.lower if showing else None,
            slope=slope.share if slope else None,
            slope_lower=slope.lower if slope else None,
            blind=tuple((self.names(step.upper), self.names(step.lower)) for step in self.blind),
            pooled=self.pooled,
            people=self.people.kappa if self.people else None,
            cautions=tuple(self.beware),
        )

    # Kept: a record asks for both once for each of its comparisons, and what they are made of never changes.
    @cached_property
    def slope(self) -> Showing | None:
        """What a grading judge's scores show of a difference in people's; None for one that compares."""
        if self.basis.scale is None:
            return None
        k = len(self.confusion)
        cells = [(row, column, n) for row, line in enumerate(self.confusion) for column, n in enumerate(line)]
        people, judge = ([cell[at] / (k - 1) for cell in cells for _ in range(cell[2])] for at in (0, 1))
        if len(set(people)) < 2:
            return None  # people made no difference that it could show
        values = [place / (k - 1) for place in range(k)]
        found = agreement.shown(people, judge, values, agreement.Z_ONE_SIDED)
        return Showing(
            share=_rounded(found.estimate), lower=_rounded(found.lower), upper=_rounded(found.upper)
        )

    @cached_property
    def steps(self) -> list[GradeStep]:
        """What a grading judge shows of each step down people's grades, where labels are enough to tell."""
        return agreement.steps(self.confusion) if self.basis.scale else []

    @property
    def blind(self) -> list[GradeStep]:
        """The steps of which it shows less than half of what it shows on the whole."""
        slope = self.slope
        # Half of its own slope: what it shows on the whole is judged elsewhere, by kappa and by J.
        return [step for step in self.steps if slope and step.share < slope.share / 2]

    @property
    def pooled(self) -> tuple[str, ...]:
        """Grades that people gave, but too seldom to know whether the judge tells them apart: ``4 or 3``."""
        return tuple(map(self.names, self.pooled_grades))

    @property
    def pooled_grades(self) -> list[list[int]]:
        """The same by their places."""
        groups = dict.fromkeys(group for step in self.steps for group in (step.upper, step.lower))
        given = [[grade for grade in group if sum(self.confusion[grade])] for group in groups]
        return [grades for grades in given if len(grades) > 1]

    def names(self, grades: Sequence[int]) -> str:
        """Grades by their places, as a person says them: ``4 or 3``."""
        return joined([self.categories[grade] for grade in grades], "or")


def sum_up(
    basis: Basis,
    said: Sequence[Opinion],
    measured: str,
    epoch: str = "",
    labels: Labels | None = None,
    repeated: int = 0,
) -> CalibrationFile:
    """Sum these opinions up to a measurement, dated ``measured`` (a day in UTC).

    ``epoch`` is that of the calls, ``labels`` the judge's, for how far people agree among themselves. So many
    of the answers are ``repeated`` in the judge's own text.
    """
    given = labels or Labels()
    judged = [item for item in said if item.said is not None]
    unanswered = sum(item.unanswered for item in said)
    names = categories(basis.scale)
    people = [category(item.case.expectations[LABEL], basis.scale) for item in judged]
    judge = [category(item.said, basis.scale) for item in judged]
    confusion = [[0] * len(names) for _ in names]
    for row, column in zip(people, judge, strict=True):
        confusion[row][column] += 1
    file = CalibrationFile(
        basis=basis,
        measured=measured,
        epoch=epoch,
        labels=len(said),
        judged=len(judged),
        unparsable=len(said) - len(judged) - unanswered,
        unanswered=unanswered,
        agreement=_kappa(people, judge, len(names), "quadratic" if basis.scale else None),
        passing=_passing(judged, basis.scale) if basis.scale and judged else None,
        flips=None if basis.scale else _share([item.flipped for item in judged]),
        ties=None if basis.scale else _share([item.said == TIE for item in judged]),
        showing=None if basis.scale else _showing(judged),
        categories=names,
        confusion=confusion,
        disagreements=_disagreements(judged, basis.scale),
        people=between(given, basis.scale),
        skipped=sum(item.label is None for item in given.given),
    )
    repeats = [Caution(code="repeats", count=repeated, total=len(said))] if repeated else []
    return file.model_copy(update={"cautions": [*_cautions(file, said), *repeats]})


def _kappa(
    people: Sequence[int], judge: Sequence[int], categories: int, weights: agreement.Weights | None
) -> Kappa | None:
    if not people:
        return None
    found = agreement.kappa(people, judge, range(categories), weights, agreement.Z_ONE_SIDED)
    return Kappa(
        kappa=_rounded(found.kappa),
        lower=_rounded(max(-1.0, found.lower)),
        upper=_rounded(min(1.0, found.upper)),
        accuracy=_rounded(found.accuracy),
    )


def _passing(judged: Sequence[Opinion], scale: Scale) -> Passing | None:
    people = [share(item.case.expectations[LABEL], scale) >= PASS_FROM for item in judged]
    judge = [isinstance(item.said, float) and share(item.said, scale) >= PASS_FROM for item in judged]
    kappa = _kappa([int(row) for row in people], [int(said) for said in judge], 2, None)
    if kappa is None:
        return None
    good = sum(people)
    pairs = list(zip(people, judge, strict=True))
    shares: dict[str, float] = {}
    # With labels of one kind either sensitivity or specificity has nothing to be measured on.
    if 0 < good < len(people):
        found = agreement.calibration(people, judge, z=agreement.Z_ONE_SIDED)
        shares = {name: getattr(found, name) for name in ("sensitivity", "specificity", "j")}
        shares |= {"j_lower": found.lower, "j_upper": found.upper}
    return Passing(
        **kappa.model_dump(),
        good=good,
        bad=len(people) - good,
        table=[[pairs.count((row, said)) for said in (True, False)] for row in (True, False)],
        **{name: _rounded(share) for name, share in shares.items()},
    )


def _showing(judged: Sequence[Opinion]) -> Showing | None:
    people = [_rank(item.case.expectations[LABEL]) for item in judged]
    if len(set(people)) < 2:
        return None
    judge = [_rank(item.said) for item in judged if item.said is not None]
    found = agreement.shown(people, judge, sorted(_RANKS.values()), agreement.Z_ONE_SIDED)
    return Showing(share=_rounded(found.estimate), lower=_rounded(found.lower), upper=_rounded(found.upper))


def _disagreements(judged: Sequence[Opinion], scale: Scale | None) -> list[Disagreement]:
    """The labels that the judge does not share, the widest apart first."""
    apart = []
    for item in judged:
        label = item.case.expectations[LABEL]
        if item.said is None or category(label, scale) == category(item.said, scale):
            continue
        width = abs(_rank(item.said) - _rank(label))  # of winners, a tie is half way
        shown = Disagreement(
            id=item.case.id, label=label, score=item.said, note=item.case.note, reason=item.reason
        )
        apart.append((-width, item.case.id, shown))
    # The id settles equal widths, so that the file is the same each time.
    return [shown for _, _, shown in sorted(apart, key=lambda found: found[:2])]


def _rank(said: float | str) -> float:
    return _RANKS[said] if isinstance(said, str) else said


def _cautions(file: CalibrationFile, said: Sequence[Opinion]) -> list[Caution]:
    found = []
    if file.labels < ENOUGH_LABELS:
        found.append(Caution(code="few_labels", count=file.labels, total=ENOUGH_LABELS))
    if file.passing:
        bad = file.passing.bad / file.judged
        if not BALANCED[0] <= bad <= BALANCED[1]:
            found.append(Caution(code="unbalanced", share=_rounded(bad)))
    # Whatever a suite demands: it may demand little, and who reads a verdict has not read the suite.
    if file.agreement and file.agreement.lower < FAIR_KAPPA:
        found.append(Caution(code="low_kappa", share=file.agreement.lower))
    facts = file.facts
    found += [Caution(code="blind", names=list(step)) for step in facts.blind]
    if pooled := [" from ".join(file.categories[grade] for grade in group) for group in file.pooled_grades]:
        found.append(Caution(code="pooled", names=pooled))
    if missing := file.labels - file.judged:
        found.append(Caution(code="unjudged", count=missing, total=file.labels))
    if unread := [item for item in said if item.quoted]:
        reason, _ = Counter(item.reason for item in unread).most_common(1)[0]
        found.append(Caution(code="unreadable", words=reason, names=[one_line(unread[0].quoted, 100)]))
    return found


def _share(values: Sequence[bool]) -> float | None:
    return _rounded(sum(values) / len(values)) if values else None


def _rounded(value: float) -> float:
    """To a millionth: a stored number and the same one computed elsewhere are equal."""
    return round(value, 6)
