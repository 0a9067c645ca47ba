from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from build import case, suite
from conftest import QA
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree
from cuebook.gate.former_rules import (
    MOST,
    FormerSuite,
    former_suites,
    state_now,
    state_of_all,
    strictest,
    with_first,
)
from cuebook.registry.alias_past import FormerRules
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import RuleChange
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case
from cuebook.shapes.suite import MetricRule, ScorerSpec, Suite

RULES = QA["evals/qa/suite.yml"]
JUDGE = ScorerSpec("judge", "correct", {"prompt": "grader/1", "scale": [1, 5]})


def rules(files: Mapping[str, str], *, between: bool = True) -> FormerRules:
    """The rules that these files say."""
    return FormerRules(1, "", Registry(FixedTree({k: v.encode() for k, v in files.items()})), between=between)


def former(cases: int = 20, margin: float = 0.1, **changes: Any) -> FormerSuite:
    """A state of the suite with so many cases and this margin."""
    made = suite([case(number) for number in range(cases)], metrics={"exact": MetricRule(margin)})
    return FormerSuite(replace(made, **changes), rules({}))


def nothing(_: Suite) -> Collection[str]:
    return ()


def told(items: Sequence[FormerSuite]) -> list[tuple[int, float]]:
    return [(len(item.suite.cases), item.suite.gate.metrics["exact"].margin) for item in items]


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        ([], []),
        ([(20, 0.1)], [(20, 0.1)]),
        ([(20, 0.1), (20, 0.2), (20, 0.05), (20, 0.1)], [(20, 0.05)]),
        ([(20, 0.05), (40, 0.1), (20, 0.2)], [(20, 0.05), (40, 0.1)]),
        ([(40, 0.1), (20, 0.1), (40, 0.1)], [(40, 0.1), (20, 0.1)]),
        # by a tenth at a time: what stands for another one is at most a tenth larger than that
        ([(100, 0.1), (109, 0.1), (118, 0.1), (128, 0.1)], [(109, 0.1), (128, 0.1)]),
    ],
)
def test_states_are_kept_of_which_no_other_asks_for_as_much(
    states: list[tuple[int, float]], kept: list[tuple[int, float]]
) -> None:
    found = strictest([former(*state) for state in states], nothing)
    assert told(found) == kept
    for state in states:
        assert not all(former(*state).beyond(item, ()) for item in found)


@pytest.mark.parametrize(
    ("held", "now", "kept"),
    [
        ([], (100, 0.1), []),
        ([], (101, 0.1), [(100, 0.1)]),
        # what stands for it has nine cases more
        ([(109, 0.1)], (128, 0.1), [(100, 0.1), (109, 0.1)]),
        ([(100, 0.05)], (109, 0.1), [(100, 0.05)]),
        ([(100, 0.1)], (128, 0.1), [(100, 0.1)]),
        ([(100, 0.01 * n) for n in range(MOST)], (109, 0.5), [(100, 0.01 * n) for n in range(MOST)]),
    ],
)
def test_the_first_state_is_held_whatever_joined_it(
    held: list[tuple[int, float]], now: tuple[int, float], kept: list[tuple[int, float]]
) -> None:
    states = [former(*state) for state in held]
    assert told(with_first(states, [former(100)], former(*now).suite, lambda _: Labels(), nothing)) == kept


def test_of_too_many_the_newest_come_back() -> None:
    states = [former(20 + number, 0.1 + number / 100) for number in range(40)]
    assert told(strictest(states, nothing)) == told(states[-MOST - 1 :])
    assert len(strictest(states[:MOST], nothing)) == MOST


def test_of_equal_states_the_oldest_is_told() -> None:
    first, again = former(), replace(former(), rules=FormerRules(2, "later", Registry(FixedTree({}))))
    assert [item.rules.version for item in strictest([first, again], nothing)] == [1]


def labels(*said: int) -> Labels:
    lines = [Case(f"l{n}", {"answer": str(n)}, {"label": label}) for n, label in enumerate(said)]
    return Labels(tuple(lines), tuple(Given(line, line.expectations["label"]) for line in lines))


def test_labels_and_what_answers_are_part_of_a_state() -> None:
    judged = former(scorers=(ScorerSpec("exact", "exact"), JUDGE))
    vars(judged)["labels"] = {"grader": labels(1, 2)}
    more = list(judged.asks_more_than(judged.suite, lambda _: labels(1, 2, 3), ()))
    assert [item.code for item in more] == ["labels_added"]
    held = replace(judged, weaker=tuple(more))
    vars(held)["labels"] = judged.labels
    now = state_now(held.suite, lambda _: labels(1, 2, 3), [held])
    later = state_now(held.suite, lambda _: labels(1, 2, 3, 4), [held])
    assert len({held.state, now, later, (held.suite.digest, held.suite.dataset_digest)}) == 4
    by = RuleChange(code="asked_model", label="a/b", was="c/d", now="e/f")
    other = replace(former(), weaker=(by,), asked=(by,))
    assert (other.beyond(former(), ()), former().beyond(other, ())) == (True, False)
    assert other.state != former().state


def test_one_pair_of_digests_stands_for_all_that_is_accepted() -> None:
    few, loose = former(20), former(40, 0.2)
    assert state_of_all([few]) == (few.suite.digest, few.suite.dataset_digest)
    several = {state_of_all(items) for items in ([few], [few, loose], [few, former(40, 0.1)])}
    assert len(several) == 3


def test_a_suite_is_followed_under_the_names_that_it_had() -> None:
    was = {"evals/qa/suite.yml": RULES, "evals/qa/dataset.jsonl": QA["evals/qa/dataset.jsonl"]}
    tight = {**was, "evals/qa/suite.yml": RULES.replace("0.1", "0.05")}
    again = {path.replace("/qa/", "/answers/"): text for path, text in tight.items()}
    loose = {path: text.replace("0.05", "0.2") for path, text in again.items()}
    now = rules(loose).suites_of("qa").values()
    found = former_suites(map(rules, (was, tight, again, loose)), "qa", now)
    margins = [item.suite.gate.metrics["contains"].margin for item in found["answers"]]
    assert ([*found], margins) == (["answers"], [0.1, 0.05, 0.05, 0.2])
    apart = former_suites(map(rules, (was, loose)), "qa", now)
    assert {name: len(items) for name, items in apart.items()} == {"qa": 1, "answers": 1}


def test_a_state_that_nobody_could_read_is_none() -> None:
    broken = {"evals/qa/suite.yml": "prompt: qa\n"}
    assert former_suites([rules(broken)], "qa", ()) == {}
    with pytest.raises(InvalidFiles):
        former_suites([rules(broken, between=False)], "qa", ())
