from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cuebook.gate.attempts import (
    Look,
    Question,
    attempt_of,
    case_order,
    look_at,
    order_salt,
    salt_of,
    same_question,
    tried,
    under_present_names,
    words_digest,
)
from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import AskedWords
from shared_vectors import vectors
from verdicts import INCONCLUSIVE

FILE = "gate_vectors.json"
ASKED = Question("qa", "sha256:b", "sha256:s", {"1": "a", "2": "b", "3": "c"})


def test_the_order_of_a_run_is_known_to_nobody_before() -> None:
    ids = [f"q{number}" for number in range(50)]
    orders = {tuple(case_order(ids, salt_of(attempt, run))) for attempt in range(3) for run in ("", "7", "8")}
    assert len(orders) == 9
    assert salt_of(1, "7") == "order/3:7:1"


def test_the_order_of_a_comparison_depends_on_ids_and_the_attempt_alone() -> None:
    assert salt_of(0) == "order/2:none::0"
    assert len({salt_of(attempt) for attempt in range(6)}) == 6
    ids = [f"q{number}" for number in range(50)]
    more = case_order([*ids, "new"], salt_of(0))
    assert [name for name in more if name != "new"] == case_order(ids, salt_of(0))


def test_an_order_depends_on_all_that_it_is_drawn_from() -> None:
    salts = [
        order_salt("sha256:b", "sha256:d", 0),
        order_salt("sha256:c", "sha256:d", 0),
        order_salt("sha256:b", "sha256:e", 0),
        order_salt("sha256:b", "sha256:d", 1),
        order_salt(None, "sha256:d", 0),
    ]
    assert salts[0] == "order/2:sha256:b:sha256:d:0"
    assert salts[-1] == "order/2:none:sha256:d:0"
    ids = [str(number) for number in range(50)]
    orders = {tuple(case_order(ids, salt)) for salt in salts}
    assert len(orders) == len(salts)
    assert case_order(reversed(ids), salts[0]) == case_order(ids, salts[0])


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  Add  it\tup:\r\n7 ", True),
        ("Add it up: 7", True),
        ("Add\u00a0it up: 7", True),
        ("Add it up: 7!", False),
        ("add it up: 7", False),
        ("Add itup: 7", False),
    ],
)
def test_white_space_makes_no_other_words(text: str, same: bool) -> None:
    assert (words_digest([("user", text)]) == words_digest([("user", "Add it up: 7")])) is same


def test_unicode_form_makes_no_other_words_and_the_role_does() -> None:
    assert words_digest([("user", "Zu\u0308rich")]) == words_digest([("user", "Z\u00fcrich")])
    assert words_digest([("user", "a")]) != words_digest([("system", "a")])
    assert words_digest([("user", "a b")]) != words_digest([("user", "a"), ("user", "b")])


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"suite": "other"}, False),
        ({"baseline": None}, False),
        ({"settings": "sha256:t"}, False),
        ({"words": {"1": "a", "2": "b", "4": "x"}}, True),
        ({"words": {"1": "a", "4": "x"}}, False),
        ({"words": {"1": "a", "2": "x", "3": "c"}}, False),
    ],
)
def test_same_question(change: dict[str, Any], same: bool) -> None:
    """Dropping or adding a few cases asks the same again; more than half must be shared and all agree."""
    assert same_question(replace(ASKED, **change), ASKED) is same


def test_looks_at_the_same_question_count() -> None:
    other = replace(ASKED, suite="other")
    assert attempt_of([], ASKED) == 0
    assert attempt_of([Look("1", ASKED), Look("2", other)], ASKED) == 1
    assert attempt_of([Look("1", ASKED), Look("1", ASKED)], ASKED) == 1, "one run, kept in two places"


def test_a_look_that_cannot_be_read_counts_and_expired_ones_count_once() -> None:
    assert attempt_of([Look("1"), Look("2")], ASKED) == 2
    gone = [Look(str(number), expired=True) for number in range(5)]
    assert attempt_of([*gone, Look("7", ASKED)], ASKED) == 2


def test_a_run_that_a_ceiling_stopped_is_a_look_where_nothing_goes_on_from_its_answers() -> None:
    asked = AskedWords(settings="s", words={"1": "a"})
    ended = INCONCLUSIVE.model_copy(update={"question": asked})
    stopped = ended.model_copy(update={"causes": [Cause(code="ceiling")]})
    assert [len(list(look_at([one]))) for one in (ended, stopped)] == [1, 0]
    assert len(list(look_at([stopped], goes_on=False))) == 1
    assert list(look_at([stopped.model_copy(update={"reading_only": True})], goes_on=False)) == []


def test_other_questions_of_the_same_suite_and_baseline_are_versions_that_were_tried() -> None:
    """Whatever they are called: a version that is edited in its pull request keeps its number."""
    edits = [replace(ASKED, words={"1": str(n), "2": "b", "3": "c"}) for n in range(3)]
    elsewhere = [replace(edits[0], suite="other"), replace(edits[0], baseline="sha256:c")]
    looks = [Look(str(n), one) for n, one in enumerate([*edits, edits[0], *elsewhere, ASKED])]
    assert tried([*looks, Look("unread")], ASKED) == 3


def test_shared_vectors_of_order() -> None:
    for vector in vectors("order", FILE):
        given, expected = vector["input"], vector["expect"]
        salt = order_salt(given["baseline"], given["dataset"], given["attempt"])
        assert salt == expected["salt"]
        assert case_order(given["ids"], salt) == expected["order"]


def test_shared_vectors_of_words() -> None:
    for vector in vectors("words", FILE):
        assert words_digest(vector["input"]) == vector["expect"]
    for vector in vectors("same_words", FILE):
        one, other = ([words_digest(call) for call in calls] for calls in vector["input"])
        assert (one == other) is vector["expect"]


def test_shared_vectors_of_same_question() -> None:
    for vector in vectors("same_question", FILE):
        earlier, now = (replace(ASKED, words=vector["input"][when]) for when in ("earlier", "now"))
        assert same_question(earlier, now) is vector["expect"]


def test_a_suite_that_was_renamed_keeps_its_looks_and_what_was_tried_on_it() -> None:
    other = replace(ASKED, suite="old", words={"1": "x", "2": "y", "4": "z"})
    looks = [
        Look("same", replace(ASKED, suite="old")),
        Look("other words", other),
        Look("other cases", replace(other, words={"1": "x", "8": "y"})),
        Look("of a suite that is there", replace(other, suite="beside")),
    ]
    found = under_present_names(looks, ASKED, {"qa", "beside"})
    assert [look.question.suite for look in found if look.question] == ["qa", "qa", "old", "beside"]
    half = Look("half of the cases", replace(other, words={"1": "x", "2": "y"}))
    four = replace(ASKED, words={**ASKED.words, "4": "d"})
    assert under_present_names([half], four, {"qa"}) == [half]
    assert (attempt_of(found, ASKED), tried(found, ASKED)) == (1, 1)
