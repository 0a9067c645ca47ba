from __future__ import annotations

import pytest

from cuebook.judging.agreement import ppi_plus_plus
from cuebook.judging.audit import FEWEST, Pair, audit, items, pairs_of
from cuebook.shapes.verdict import Verdict
from verdicts import answer, case, verdict

LABEL = "judge-correctness/2"


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
    done = audit(found, pairs, [dict(graded(found, pairs[:40]))])
    assert done
    assert (done.pairs, done.graded, done.clusters, done.is_draw, done.skipped) == (80, 40, 40, True, 0)
    assert done.people.estimate == pytest.approx(done.judge, abs=1e-9)
    assert done.people.weight == pytest.approx(0.5, abs=0.02), "as many pairs were graded as not"
    assert done.people.upper - done.people.lower < done.alone.upper - done.alone.lower


def test_a_judge_that_is_wrong_is_corrected() -> None:
    found = compared(200)
    pairs = pairs_of(found, LABEL)
    done = audit(found, pairs, [graded(found, pairs[:60], judge_off=0.125)])
    assert done
    assert done.judge == pytest.approx(0.125)
    assert done.people.estimate == pytest.approx(0.0, abs=0.01)


def test_it_is_the_estimate_of_the_formula_over_means_of_clusters() -> None:
    found = compared(120, clusters=40)
    pairs = pairs_of(found, LABEL)
    seen = {f"k{n}" for n in range(25)}
    table = graded(found, [pair for pair in pairs if pair.cluster in seen], judge_off=0.05)
    done = audit(found, pairs, [dict(table)])
    assert done
    judge = {f"k{n}": 0.25 * (n % 2) for n in range(40)}
    rest = [value for name, value in judge.items() if name not in seen]
    said = [judge[name] for name in sorted(seen)]
    expected = ppi_plus_plus(rest, said, [value - 0.05 for value in said])
    assert done.clusters == 25
    assert (done.people.estimate, done.people.lower) == pytest.approx((expected.estimate, expected.lower))


def test_too_few_grades_say_nothing() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    assert audit(found, pairs, [graded(found, pairs[: FEWEST - 1])]) is None
    assert audit(found, pairs, [{}]) is None
    few = compared(60, clusters=5)
    assert audit(few, pairs_of(few, LABEL), [graded(few, pairs_of(few, LABEL)[:40])]) is None


def test_a_choice_of_pairs_and_skipping_are_told() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    table: dict[str, float | None] = dict(graded(found, pairs[10:40]))
    done = audit(found, pairs, [table])
    assert done
    assert not done.is_draw
    asked: dict[str, float | None] = dict(graded(found, pairs[:40]))
    names = sorted(asked)
    asked |= dict.fromkeys([*names[3:6], *names[70:]])
    done = audit(found, pairs, [asked])
    assert done
    assert (done.skipped, done.is_draw) == (3, True), "who stops early has skipped nothing"
    assert done.graded < 40


def test_two_people_have_an_agreement() -> None:
    found = compared(60)
    pairs = pairs_of(found, LABEL)
    one = graded(found, pairs[:30])
    other = dict(list(one.items())[:45])
    done = audit(found, pairs, [dict(one), dict(other)])
    assert done
    assert (done.graders, done.kappa) == (2, pytest.approx(1.0))
