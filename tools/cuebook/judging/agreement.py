"""How far a judge can be trusted: its agreement with people, and rates corrected for its errors.

Numbers in, numbers out, standard library only. Sources: Cohen 1960 and 1968 (kappa, weights); Fleiss, Cohen
and Everitt 1969 (its standard error); White 1980 (that of a slope); Agresti and Caffo 2000 (one success and
one failure more in each sample), Agresti and Min 2005 (the same for pairs); Rogan and Gladen 1978, Lee et al.
2025 (arXiv 2511.21140); Angelopoulos, Duchi and Zrnic 2023 (PPI++, arXiv 2311.01453).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import NormalDist, covariance, fmean, variance
from typing import Literal

Weights = Literal["quadratic"]

Z_TWO_SIDED = NormalDist().inv_cdf(0.975)
"""About 1.96: each bound of an interval is wrong in 2.5% of cases."""
Z_ONE_SIDED = NormalDist().inv_cdf(0.95)
"""About 1.645: each bound is wrong in 5% of cases."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of ``n`` pairs of labels with its bounds and standard error; accuracy is the raw match.

    The bounds may lie beyond [-1, 1]: they are those of a normal approximation.
    """

    kappa: float
    lower: float
    upper: float
    se: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a judge treats answers that people found good (``positives``) and bad (``negatives``).

    ``j`` is Youden's J = sensitivity + specificity - 1: the share of a true difference that the judge
    shows. Shares are smoothed, so none is exactly 0 or 1.
    """

    sensitivity: float
    specificity: float
    j: float
    lower: float
    upper: float
    positives: int
    negatives: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """A rate corrected for the judge's errors, with its bounds. ``weight``: how much the judge was heeded."""

    estimate: float
    lower: float
    upper: float
    weight: float = 1.0


def kappa(
    human: Sequence[Hashable],
    judge: Sequence[Hashable],
    labels: Sequence[Hashable],
    weights: Weights | None = None,
    z: float = Z_TWO_SIDED,
) -> Agreement:
    """Cohen's kappa; with ``weights="quadratic"`` for ``labels`` that are in their order.

    The interval is that of the table with 1/k added to each of its k x k cells: ten pairs that all agree
    are no proof. Raises ValueError for no pairs, unequal lengths, fewer than two labels, or unknown ones.
    """
    counts = _table(human, judge, labels)
    point, _ = _kappa(counts, weights)
    smooth = 1 / len(labels)
    centre, error = _kappa([[count + smooth for count in row] for row in counts], weights)
    same = sum(counts[i][i] for i in range(len(labels)))
    n = len(human)
    return Agreement(point, centre - z * error, centre + z * error, error, same / n, n)


def _table(
    human: Sequence[Hashable], judge: Sequence[Hashable], labels: Sequence[Hashable]
) -> list[list[float]]:
    place = {label: index for index, label in enumerate(labels)}
    if len(place) < 2 or len(place) < len(labels):
        raise ValueError("at least two different labels are needed")
    if not human or len(human) != len(judge):
        raise ValueError("as many labels of people as of the judge are needed, and at least one")
    if strange := sorted({repr(label) for label in (*human, *judge) if label not in place}):
        raise ValueError(f"not among the labels: {', '.join(strange)}")
    counts = [[0.0] * len(labels) for _ in labels]
    for row, column in zip(human, judge, strict=True):
        counts[place[row]][place[column]] += 1
    return counts


def _kappa(counts: Sequence[Sequence[float]], weights: Weights | None) -> tuple[float, float]:
    """Kappa and its standard error; 0 and 0 when chance alone would agree always."""
    k = len(counts)
    total = sum(map(sum, counts))
    shares = [[count / total for count in row] for row in counts]
    rows = [sum(row) for row in shares]
    columns = [sum(column) for column in zip(*shares, strict=True)]
    # Unweighted, only the same label agrees; else a difference counts by its square.
    cells = [
        (i, j, 1 - ((i - j) / (k - 1)) ** 2 if weights else float(i == j)) for i in range(k) for j in range(k)
    ]
    observed = sum(w * shares[i][j] for i, j, w in cells)
    chance = sum(w * rows[i] * columns[j] for i, j, w in cells)
    # All labels are one: kappa would be 0 / 0, and floats leave a little of it.
    if chance >= 1 - 1e-12:
        return 0.0, 0.0
    by_row, by_column = [0.0] * k, [0.0] * k
    for i, j, w in cells:
        by_row[i] += w * columns[j]
        by_column[j] += w * rows[i]
    spread = sum(
        shares[i][j] * (w * (1 - chance) - (by_row[i] + by_column[j]) * (1 - observed)) ** 2
        for i, j, w in cells
    )
    spread -= (observed * chance - 2 * chance + observed) ** 2
    # Where all agree the difference is 0 but for the error of floats, which may be below.
    return (observed - chance) / (1 - chance), sqrt(max(spread, 0.0) / total) / (1 - chance) ** 2


def calibration(human: Sequence[bool], judge: Sequence[bool], z: float = Z_TWO_SIDED) -> Calibration:
    """Sensitivity, specificity and J of a judge, from its verdicts on answers that people judged too.

    One success and one failure are added to each of the two samples (Agresti and Caffo). Raises ValueError
    for unequal lengths, and when people found no answer good or none bad.
    """
    pairs = list(zip(human, judge, strict=True))
    good = [bool(says) for truth, says in pairs if truth]
    bad = [not says for truth, says in pairs if not truth]
    if not good or not bad:
        raise ValueError("labels of both kinds are needed: answers found good and answers found bad")
    sensitivity, specificity = _smoothed(good), _smoothed(bad)
    j = sensitivity + specificity - 1
    half = z * sqrt(_variance_of_share(sensitivity, len(good)) + _variance_of_share(specificity, len(bad)))
    return Calibration(
        sensitivity, specificity, j, max(-1.0, j - half), min(1.0, j + half), len(good), len(bad)
    )


def shown(
    human: Sequence[float], judge: Sequence[float], values: Sequence[float], z: float = Z_TWO_SIDED
) -> Corrected:
    """The share of a true difference that a judge's scores show: their slope on those of people.

    Of two values it is J. ``values`` are all that can be said, such as 1, 0 and -1 for a winner. As with
    kappa 1/k is added to each of the k x k cells; the standard error is the robust one of White 1980.
    Raises ValueError as ``kappa`` does, and when people said the same of all.
    """
    counts = _table(human, judge, values)
    if len(set(human)) < 2:
        raise ValueError("labels of more than one kind are needed")
    k = len(values)
    cells = [(values[i], values[j], counts[i][j] + 1 / k) for i in range(k) for j in range(k)]
    total = sum(weight for _, _, weight in cells)
    mean_x, mean_y = (sum(cell[at] * cell[2] for cell in cells) / total for at in (0, 1))
    spread = sum(weight * (x - mean_x) ** 2 for x, _, weight in cells)
    slope = sum(weight * (x - mean_x) * (y - mean_y) for x, y, weight in cells) / spread
    rest = sum(w * ((x - mean_x) * (y - mean_y - slope * (x - mean_x))) ** 2 for x, y, w in cells)
    half = z * sqrt(rest) / spread
    return Corrected(slope, max(-1.0, slope - half), min(1.0, slope + half))


@dataclass(frozen=True, slots=True)
class GradeStep:
    """How far a judge tells two neighbouring groups of grades apart, in people's grades (places from 0).

    ``share`` is the share of the true distance that its grades show, ``least`` its lower bound.
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    share: float
    least: float


LABELS_A_GROUP = 10
"""Grades with fewer labels are pooled with the next one down before they are compared."""


def steps(table: Sequence[Sequence[float]], error: float = 0.05) -> list[GradeStep]:
    """Return the share of each step between people's grades that a judge's grades show, highest step first.

    ``table[i][j]`` counts the answers that people gave grade i and the judge grade j, from the lowest up.
    To each cell 1/k is added for the judge's mean, none for people's. All bounds hold together with
    probability 1 - ``error``. Empty where fewer than two groups of grades have enough labels.
    """
    k = len(table)
    groups: list[list[int]] = []
    open_: list[int] = []
    for grade in reversed(range(k)):
        open_.append(grade)
        if sum(sum(table[row]) for row in open_) >= LABELS_A_GROUP:
            groups.append(open_)
            open_ = []
    # The lowest grades have nothing below them to be pooled with.
    if open_ and groups:
        groups[-1] += open_
    if len(groups) < 2:
        return []
    # The error is shared among the steps, so that all bounds hold together (Bonferroni).
    z = NormalDist().inv_cdf(1 - error / (len(groups) - 1))
    found = []
    for upper, lower in pairwise(groups):
        (mean_u, var_u, n_u, human_u), (mean_l, var_l, n_l, human_l) = (
            _group([table[grade] for grade in group], group) for group in (upper, lower)
        )
        apart = human_u - human_l
        share = (mean_u - mean_l) / apart
        least = share - z * sqrt(var_u / n_u + var_l / n_l) / apart
        found.append(GradeStep(tuple(upper), tuple(lower), share, least))
    return found


def _group(rows: Sequence[Sequence[float]], grades: Sequence[int]) -> tuple[float, float, float, float]:
    """Mean, variance and number of the judge's grades on [0, 1], smoothed, and people's mean."""
    k = len(rows[0])
    cells = [sum(row[column] for row in rows) + 1 / k for column in range(k)]
    total = sum(cells)
    mean = sum(cell * column for column, cell in enumerate(cells)) / total / (k - 1)
    spread = sum(cell * (column / (k - 1) - mean) ** 2 for column, cell in enumerate(cells)) / total
    counts = [sum(row) for row in rows]
    people = sum(count * grade for count, grade in zip(counts, grades, strict=True)) / sum(counts) / (k - 1)
    return mean, spread, total, people


def within_reach(judged: Corrected, raw: Corrected, low: float, high: float) -> tuple[Corrected, bool]:
    """Return ``raw`` cut to [``low``, ``high``], and whether its estimate was outside.

    A correction adds doubt. So where cutting makes the interval narrower than that of ``judged``, it is
    widened again from the end that was not cut.
    """
    lower, upper = (min(high, max(low, end)) for end in (raw.lower, raw.upper))
    width = judged.upper - judged.lower
    if upper - lower < width:
        if raw.upper > high:
            lower = max(low, upper - width)
        else:
            upper = min(high, lower + width)
    estimate = min(high, max(low, raw.estimate))
    return Corrected(estimate, lower, upper, raw.weight), estimate != raw.estimate


def _smoothed(hits: Sequence[bool]) -> float:
    return (sum(hits) + 1) / (len(hits) + 2)


def _variance_of_share(share: float, n: int) -> float:
    return share * (1 - share) / (n + 2)


def corrected_rate(rate: float, n: int, judge: Calibration) -> tuple[Corrected, bool]:
    """Return the rate of ``rogan_gladen`` in [0, 1], and whether its estimate was outside.

    Its interval is never narrower than that of the rate as judged. Raises ValueError as ``rogan_gladen``.
    """
    # One success and one failure more, so that all or none passed is no certainty.
    smooth = (rate * n + 1) / (n + 2)
    half = Z_TWO_SIDED * sqrt(_variance_of_share(smooth, n))
    judged = Corrected(rate, _share(smooth - half), _share(smooth + half))
    return within_reach(judged, rogan_gladen(rate, n, judge), 0.0, 1.0)


def rogan_gladen(judged_rate: float, n: int, judge: Calibration) -> Corrected:
    """Return the true rate behind a rate that a judge found in ``n`` answers; the labels are a separate set.

    (rate + specificity - 1) / J, which may be outside [0, 1]; the interval carries the doubt about both
    shares. Raises ValueError when ``judged_rate`` is outside [0, 1], ``n`` is below 1, or the judge is no
    better than chance.
    """
    if not (0 <= judged_rate <= 1 and n >= 1):
        raise ValueError("the rate must be in [0, 1], of at least one answer")
    if judge.j <= 0:
        raise ValueError("the judge is no better than chance: its rate cannot be corrected")
    rate = (judged_rate + judge.specificity - 1) / judge.j
    doubt = (
        judged_rate * (1 - judged_rate) / n
        + rate**2 * _variance_of_share(judge.sensitivity, judge.positives)
        + (1 - rate) ** 2 * _variance_of_share(judge.specificity, judge.negatives)
    )
    half = Z_TWO_SIDED * sqrt(doubt) / judge.j
    return Corrected(rate, rate - half, rate + half)


def corrected_difference(differences: Sequence[float], j: float, j_se: float) -> tuple[Corrected, Corrected]:
    """Return the mean of paired differences in passing: as the judge saw it, in [-1, 1], and corrected.

    Of two Rogan-Gladen rates the specificity drops out: true = seen / J, by the delta method with the doubt
    about J; it may be outside [-1, 1] (see ``within_reach``). Half a pair is added to each cell of the pairs'
    table, so equal arms are not taken for certain.
    The number of pairs is taken as fixed beforehand. Raises ValueError for no pairs and for a J not above 0.
    """
    if not differences:
        raise ValueError("at least one pair is needed")
    if j <= 0:
        raise ValueError("the judge is no better than chance: its difference cannot be corrected")
    # Half a pair for each of four cells is two pairs more, and of these one whose answers differ.
    n = len(differences) + 2
    mean = sum(differences) / n
    doubt = max(0.0, (sum(value**2 for value in differences) + 1) / n - mean**2) / n
    half = Z_TWO_SIDED * sqrt(doubt)
    true_half = Z_TWO_SIDED * sqrt(doubt + (mean * j_se / j) ** 2) / j
    seen = fmean(differences)
    return (
        Corrected(seen, _signed(mean - half), _signed(mean + half)),
        Corrected(seen / j, mean / j - true_half, mean / j + true_half),
    )


def _signed(value: float) -> float:
    return min(1.0, max(-1.0, value))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def ppi_plus_plus(
    judge_unlabelled: Sequence[float],
    judge_labelled: Sequence[float],
    human_labelled: Sequence[float],
    *,
    pairs_more: int = 0,
) -> Corrected:
    """Return the mean that people would give, where the labelled answers are a random sample of all judged.

    The judge's weight in [0, 1] is tuned for power (Angelopoulos et al., section 6). Of differences in
    [-1, 1] so many ``pairs_more`` that are 1 apart are counted in their spread (as Agresti and Min do), or
    twenty equal ones would be a certainty. Raises ValueError for unequal lengths of the labelled parts and
    for fewer than two values in either part.
    """
    labelled, unlabelled = len(human_labelled), len(judge_unlabelled)
    if len(judge_labelled) != labelled:
        raise ValueError("as many labels of people as of the judge are needed")
    if labelled < 2 or unlabelled < 2:
        raise ValueError("at least two labelled and two unlabelled answers are needed")
    spread = variance(judge_labelled)
    weight = 0.0  # a judge that always says the same says nothing of the others
    if spread > 0:
        weight = _share(covariance(human_labelled, judge_labelled) / ((1 + labelled / unlabelled) * spread))
    estimate = fmean(human_labelled) + weight * (fmean(judge_unlabelled) - fmean(judge_labelled))
    rest = [truth - weight * says for truth, says in zip(human_labelled, judge_labelled, strict=True)]
    doubt = ((labelled - 1) * variance(rest) + pairs_more) / (labelled - 1 + 2 * pairs_more)
    half = Z_TWO_SIDED * sqrt(doubt / labelled + weight**2 * variance(judge_unlabelled) / unlabelled)
    return Corrected(estimate, estimate - half, estimate + half, weight)
