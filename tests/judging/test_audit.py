from __future__ import annotations

from dataclasses import replace

import pytest

from cuebook.judging.agreement import ppi_plus_plus
from cuebook.judging.audit import FEWEST, Pair, audit, grades_of, items, of_labels, pairs_of
from cuebook.judging.draw import drawn
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case
from cuebook.shapes.verdict import Verdict
from verdicts import answer, case, verdict

LABEL = "judge-correctness/2"
SCALE = (1.0, 5.0)


def compared(count: int, *, clusters: int = 0, gain: float = 0.25) -> Verdict:
    """A verdict whose judge likes the candidate better by so much."""
    cases = [
        case(
            f"c{n}",
            "same",
            answer(f"old {n}", 0.5),
            answer(f"new {n}", min(1.0, 0.5 + gain * (n % 2))),
            cluster=f"k{n % clusters}" if clusters else None,
        )
        for n in range(count)
    ]
    return verdict("pass", cases=cases)


def graded(found: Verdict, pairs: list[Pair], judge_off: float = 0.0) -> dict[str, float]:
    """Grades of somebody who sees what the judge sees, and the old answers a little better or worse."""
    values = {pair.texts[0]: pair.judged[0] for pair in pairs}
    values |= {pair.texts[1]: pair.judged[1] + judge_off for pair in pairs}
    return {line["id"]: values[line["inputs"]["answer"]] for line in items(found, pairs)}


def test_the_draw_is_fixed_and_says_nothing_of_versions() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    assert [pair.case for pair in pairs] == [pair.case for pair in pairs_of(found, LABEL)]
    assert [pair.case for pair in pairs] != [f"c{n}" for n in range(60)]
    lines = items(found, pairs[:25])
    assert len({line["id"] for line in lines}) == 50
    assert {line["label"] for line in lines} == {None}
    first = [line["inputs"]["answer"].startswith("new") for line in lines[:20]]
    assert 0 < sum(first) < 20, "both arms are mixed"
    assert "candidate" not in str(lines)
    assert pairs_of(found, "another") == []


def test_people_who_agree_with_the_judge_confirm_it() -> None:
    found = compared(80)
    pairs = pairs_of(found, LABEL)
    done = audit(found, pairs, [dict(graded(found, pairs[:40]))], scale=SCALE)
    assert done
    assert (done.pairs, done.graded, done.clusters, done.is_draw, done.skipped) == (80, 40, 40, True, 0)
    assert done.people.estimate == pytest.approx(done.judge, abs=1e-9)
    assert done.people.weight == pytest.approx(0.5, abs=0.02), "as many pairs were graded as not"
    assert done.people.upper - done.people.lower < done.alone.upper - done.alone.lower


def test_a_judge_that_is_wrong_is_corrected() -> None:
    found = compared(200)
    pairs = pairs_of(found, LABEL)
    done = audit(found, pairs, [graded(found, pairs[:60], judge_off=0.125)], scale=SCALE)
    assert done
    assert done.judge == pytest.approx(0.125)
    assert done.people.estimate == pytest.approx(0.0, abs=0.01)


def test_it_is_the_estimate_of_the_formula_over_means_of_clusters() -> None:
    found = compared(120, clusters=40)
    pairs = pairs_of(found, LABEL)
    seen = {f"k{n}" for n in range(25)}
    table = graded(found, [pair for pair in pairs if pair.cluster in seen], judge_off=0.05)
    done = audit(found, pairs, [dict(table)], scale=SCALE)
    assert done
    judge = {f"k{n}": 0.25 * (n % 2) for n in range(40)}
    rest = [value for name, value in judge.items() if name not in seen]
    said = [judge[name] for name in sorted(seen)]
    expected = ppi_plus_plus(rest, said, [value - 0.05 for value in said], pairs_more=1)
    assert done.clusters == 25
    assert (done.people.estimate, done.people.lower) == pytest.approx((expected.estimate, expected.lower))


def test_too_few_grades_say_nothing() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    assert audit(found, pairs, [graded(found, pairs[: FEWEST - 1])], scale=SCALE) is None
    assert audit(found, pairs, [{}], scale=SCALE) is None
    few = compared(60, clusters=5)
    assert audit(few, pairs_of(few, LABEL), [graded(few, pairs_of(few, LABEL)[:40])], scale=SCALE) is None


def test_a_choice_of_pairs_and_skipping_are_told() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    table: dict[str, float | None] = dict(graded(found, pairs[10:40]))
    done = audit(found, pairs, [table], scale=SCALE)
    assert done
    assert not done.is_draw
    asked: dict[str, float | None] = dict(graded(found, pairs[:40]))
    names = sorted(asked)
    asked |= dict.fromkeys([*names[3:6], *names[70:]])
    done = audit(found, pairs, [asked], scale=SCALE)
    assert done
    assert (done.skipped, done.is_draw) == (3, True), "who stops early has skipped nothing"
    assert done.graded < 40


def test_two_people_have_an_agreement() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    one = graded(found, pairs[:30])
    other = dict(list(one.items())[:45])
    done = audit(found, pairs, [dict(one), dict(other)], scale=SCALE)
    assert done
    assert (done.graders, done.kappa) == (2, pytest.approx(1.0))


def labels_of(found: Verdict, count: int, by: str = "ada", skip: int = 0) -> Labels:
    """Labels of the first answers of the draw, by somebody who sees what the judge sees."""
    given = []
    for at, one in enumerate(drawn(found, LABEL)[:count]):
        value = one.answer.scores[LABEL].value
        assert value is not None
        label = None if at < skip else round(1 + 4 * value)
        said = Case(f"{one.id}-{by}", {"answer": one.answer.said})
        given.append(Given(said, label, "f", by, one.of(found)))
    return Labels(given=tuple(given))


def test_labels_of_the_page_are_an_audit_where_both_answers_of_a_pair_have_one() -> None:
    found = compared(60)
    done = of_labels(found, LABEL, labels_of(found, 100), SCALE)
    assert done
    both = {one.case.id for one in drawn(found, LABEL)[:100] if one.side == "candidate"}
    both &= {one.case.id for one in drawn(found, LABEL)[:100] if one.side == "baseline"}
    assert (done.label, done.pairs, done.graded) == (LABEL, 60, len(both))
    assert (done.graders, done.asked, done.skipped, done.is_draw) == (1, 100, 0, True)
    assert done.people.estimate == pytest.approx(done.judge, abs=1e-9)
    assert of_labels(found, LABEL, labels_of(found, 40), SCALE) is None, "too few have both"


def test_skips_and_a_choice_of_answers_are_told_of_labels_too() -> None:
    found = compared(60)
    done = of_labels(found, LABEL, labels_of(found, 120, skip=15), SCALE)
    assert done
    assert (done.asked, done.skipped, done.is_draw) == (120, 15, True)
    some = labels_of(found, 120)
    done = of_labels(found, LABEL, Labels(given=some.given[10:]), SCALE)
    assert done
    assert not done.is_draw


def test_a_label_of_an_answer_that_was_given_anew_is_of_no_use() -> None:
    found = compared(60)
    mine = labels_of(found, 9)
    gone = [replace(item.case, inputs={"answer": "gone"}) for item in mine.given]
    other = tuple(replace(item, case=case) for item, case in zip(mine.given, gone, strict=True))
    assert grades_of(found, LABEL, Labels(given=other), SCALE) == []
    off = tuple(replace(item, label=9) for item in labels_of(found, 9).given)
    assert grades_of(found, LABEL, Labels(given=off), SCALE) == []
    assert len(grades_of(found, LABEL, labels_of(found, 9), SCALE)[0]) == 9


def test_the_agreement_of_several_is_the_mean_of_each_two() -> None:
    found = compared(60)
    given = labels_of(found, 110).given + labels_of(found, 110, "ben").given
    done = of_labels(found, LABEL, Labels(given=given), SCALE)
    assert done
    assert (done.graders, done.kappa) == (2, pytest.approx(1.0))
