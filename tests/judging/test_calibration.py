from __future__ import annotations

from statistics import NormalDist
from typing import Any

import pytest

from cuebook.judging import agreement
from cuebook.judging.calibration import Basis, CalibrationFile, sum_up
from cuebook.judging.labels import Opinion
from cuebook.shapes._base import encode
from cuebook.shapes.cause import Caution
from cuebook.shapes.run import Case

GRADING = Basis(
    judge="grader/1", digest="sha256:j", labels_digest="sha256:l", model="m/x", tool="1", scale=(1, 5)
)
COMPARING = GRADING.model_copy(update={"scale": None})
ONE_SIDED = NormalDist().inv_cdf(0.95)


def said(label: Any, score: float | str | None, index: int = 0, **more: Any) -> Opinion:
    case = Case(f"c{index:03d}", {}, {"label": label}, note=f"note {label}")
    return Opinion(case, score, **({"reason": "because"} | more))


def many(*counts: tuple[Any, Any, int]) -> list[Opinion]:
    pairs = [(label, score) for label, score, n in counts for _ in range(n)]
    return [said(label, score, index) for index, (label, score) in enumerate(pairs)]


def measured(opinions: list[Opinion], basis: Basis = GRADING) -> CalibrationFile:
    return sum_up(basis, opinions, "2026-11-22")


def test_scores_are_compared_with_quadratic_weights_and_one_sided_bounds() -> None:
    found = measured(many((1, 1.0, 30), (1, 2.0, 10), (3, 5.0, 10), (5, 5.0, 40), (5, 1.0, 5)))
    people = [1] * 40 + [3] * 10 + [5] * 45
    judge = [1] * 30 + [2] * 10 + [5] * 50 + [1] * 5
    expected = agreement.kappa(people, judge, [1, 2, 3, 4, 5], "quadratic", ONE_SIDED)
    assert found.agreement is not None
    assert found.agreement.kappa == pytest.approx(expected.kappa, abs=1e-6)
    assert found.agreement.lower == pytest.approx(expected.lower, abs=1e-6)
    assert found.agreement.accuracy == pytest.approx(70 / 95, abs=1e-6)
    assert found.categories == ["1", "2", "3", "4", "5"]
    assert found.confusion[0] == [30, 10, 0, 0, 0]
    assert found.confusion[4] == [5, 0, 0, 0, 40]


def test_four_of_five_is_the_pass_mark() -> None:
    found = measured(many((4, 4.0, 40), (5, 3.0, 10), (3, 4.0, 5), (1, 1.0, 45))).passing
    assert found is not None
    assert (found.good, found.bad, found.table) == (50, 50, [[40, 10], [5, 45]])
    expected = agreement.calibration(
        [True] * 50 + [False] * 50, [True] * 40 + [False] * 10 + [True] * 5 + [False] * 45, ONE_SIDED
    )
    assert found.sensitivity == pytest.approx(41 / 52, abs=1e-6)
    assert found.specificity == pytest.approx(46 / 52, abs=1e-6)
    assert (found.j, found.j_lower) == (
        pytest.approx(expected.j, abs=1e-6),
        pytest.approx(expected.lower, abs=1e-6),
    )
    assert found.kappa == pytest.approx(0.7)


@pytest.mark.parametrize("label", [1, 5])
def test_labels_of_one_kind_say_nothing_of_j(label: int) -> None:
    found = measured(many((label, 5.0, 60), (label, 1.0, 60)))
    assert found.passing is not None
    assert (found.passing.j, found.facts.j_lower) == (None, None)
    assert found.facts.lower is not None
    assert found.facts.lower < 0.4


def test_what_got_no_judgement_is_counted_apart_and_measured_by_nothing() -> None:
    opinions = many((1, 1.0, 50), (5, 5.0, 50))
    opinions += [said(1, None, 200, reason="busy", unanswered=True), said(1, None, 201, reason="no JSON")]
    found = measured(opinions)
    assert (found.labels, found.judged, found.unparsable, found.unanswered) == (102, 100, 1, 1)
    assert found.agreement is not None
    assert found.agreement.kappa == 1
    assert Caution(code="unjudged", count=2, total=102) in found.cautions


def test_nothing_judged_is_no_agreement() -> None:
    found = measured([said(1, None)])
    assert (found.agreement, found.passing, found.disagreements) == (None, None, [])
    assert (found.facts.kappa, found.facts.lower) == (None, None)


def test_disagreements_come_worst_first_with_note_and_reason() -> None:
    opinions = [said(5, 4.0, 1), said(1, 5.0, 2), said(2, 2.0, 3), said(5, 1.0, 4, reason="no")]
    found = measured(opinions).disagreements
    assert [(item.id, item.label, item.score) for item in found] == [
        ("c002", 1, 5.0),
        ("c004", 5, 1.0),
        ("c001", 5, 4.0),
    ]
    assert (found[1].note, found[1].reason) == ("note 5", "no")


def test_half_a_point_is_the_nearer_step() -> None:
    found = measured([said(4, 3.8, 1), said(4, 3.2, 2)])
    assert [item.id for item in found.disagreements] == ["c002"]


@pytest.mark.parametrize(
    ("scale", "categories"),
    [
        ((0, 1), ["0", "1"]),
        ((-1, 1), ["-1", "0", "1"]),
        ((1, 10), [str(n) for n in range(1, 11)]),
        ((0, 100), [str(n) for n in range(0, 101, 10)]),
    ],
)
def test_categories_are_the_steps_of_the_scale(scale: tuple[float, float], categories: list[str]) -> None:
    basis = GRADING.model_copy(update={"scale": scale})
    low, high = scale
    assert measured(many((int(low), low, 3), (int(high), high, 3)), basis).categories == categories


def test_a_comparing_judge_is_measured_on_three_classes() -> None:
    opinions = many(("first", "first", 20), ("second", "second", 20), ("tie", "tie", 5), ("first", "tie", 5))
    opinions += [said("second", "tie", 90 + n, flipped=True) for n in range(10)]
    found = measured(opinions, COMPARING)
    assert found.categories == ["first", "second", "tie"]
    assert found.confusion == [[20, 0, 5], [0, 20, 10], [0, 0, 5]]
    assert (found.flips, found.ties) == (pytest.approx(10 / 60, abs=1e-6), pytest.approx(20 / 60, abs=1e-6))
    assert found.passing is None
    assert found.showing is not None
    assert (found.facts.j, found.facts.j_lower) == (found.showing.share, found.showing.lower)
    assert 0.7 < found.showing.share < 0.8, "50 of 70 points of difference are shown, and a little for doubt"


def test_labels_of_one_kind_tell_nothing_of_what_a_comparing_judge_shows() -> None:
    found = measured(many(("first", "first", 20)), COMPARING)
    assert (found.showing, found.facts.j) == (None, None)


def test_the_wrong_winner_is_worse_than_a_tie() -> None:
    opinions = [said("first", "tie", 1), said("first", "second", 2), said("tie", "first", 3)]
    assert [item.id for item in measured(opinions, COMPARING).disagreements] == ["c002", "c001", "c003"]


@pytest.mark.parametrize(
    ("opinions", "warned"),
    [
        (many((1, 1.0, 60), (5, 5.0, 60)), []),
        (many((1, 1.0, 40), (5, 5.0, 40)), [("few_labels", None)]),
        (many((1, 1.0, 10), (5, 5.0, 110)), [("unbalanced", pytest.approx(10 / 120, abs=1e-6))]),
        (many((1, 1.0, 110), (5, 5.0, 10)), [("unbalanced", pytest.approx(110 / 120, abs=1e-6))]),
        (
            many((1, 1.0, 50), (1, 5.0, 20), (5, 5.0, 40), (5, 1.0, 20)),
            [("low_kappa", pytest.approx(0.2, abs=0.1))],
        ),
    ],
)
def test_what_to_beware_of(opinions: list[Opinion], warned: list[tuple[str, Any]]) -> None:
    found = measured(opinions)
    assert [(item.code, item.share) for item in found.cautions] == warned
    assert found.facts.cautions == tuple(found.cautions)


def test_what_an_earlier_release_wrote_down_in_words_is_told() -> None:
    old = measured(many((1, 1.0, 60), (5, 5.0, 60))).model_copy(update={"warnings": ["few labels"]})
    assert old.facts.cautions == (Caution(code="recorded", words="few labels"),)


def test_the_file_survives_its_json_and_begins_with_its_schema() -> None:
    found = measured(many((1, 1.0, 3), (5, 4.0, 3)))
    text = found.model_dump_json(by_alias=True)
    assert text.startswith('{"schema":"cuebook/judge/2","basis":')
    assert CalibrationFile.model_validate_json(text) == found


@pytest.mark.parametrize(
    "change",
    [{"digest": "x"}, {"labels_digest": None}, {"model": "m/y"}, {"tool": "2"}, {"scale": (0.0, 1.0)}],
)
def test_the_key_follows_all_of_the_basis(change: dict[str, Any]) -> None:
    assert GRADING.model_copy(update=change).key != GRADING.key
    assert Basis.model_validate_json(GRADING.model_dump_json()).key == GRADING.key


def test_a_grading_judge_is_told_by_the_slope_of_its_grades_and_by_steps() -> None:
    """It never tells 5 from 4; the five 2s are too few to be told from the 1s."""
    found = measured(many((5, 5.0, 20), (4, 5.0, 20), (3, 3.0, 20), (2, 1.0, 5), (1, 1.0, 20)))
    assert found.slope is not None
    assert 0 < found.slope.lower < found.slope.share
    facts = found.facts
    assert (facts.slope_lower, facts.shows) == (found.slope.lower, found.slope.lower)
    assert facts.blind == (("5", "4"),)
    assert facts.pooled == ("2 or 1",)
    assert Caution(code="blind", names=["5", "4"]) in found.cautions
    assert Caution(code="pooled", names=["2 from 1"]) in found.cautions


def test_a_judge_that_tells_every_grade_is_warned_of_nothing() -> None:
    found = measured(many(*((grade, float(grade), 30) for grade in (1, 2, 3, 4, 5))))
    assert (found.facts.blind, found.facts.pooled) == ((), ())
    assert not {"blind", "pooled"} & {item.code for item in found.cautions}


def test_what_is_reckoned_from_a_measurement_is_reckoned_once_and_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = measured(many(*((grade, float(grade), 30) for grade in (1, 2, 3, 4, 5))))
    before, facts = encode(found), found.facts
    for name in ("steps", "shown"):
        monkeypatch.delattr(agreement, name)
    assert found.facts == facts
    assert encode(found) == before
    assert CalibrationFile.model_validate_json(before) == found


def test_a_comparing_judge_has_no_steps() -> None:
    found = measured(many(("first", "first", 10), ("second", "first", 10)), COMPARING)
    assert (found.slope, found.steps, found.facts.shows) == (None, [], found.facts.j_lower)
