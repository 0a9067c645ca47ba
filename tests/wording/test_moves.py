from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.moves import AliasMove, MoveEvidence
from cuebook.shapes.published import EvaluationEntry
from cuebook.shapes.verdict import Override
from cuebook.wording.elsewhere import GOING_BACK, rolled_back
from cuebook.wording.moves import rests_on, where_it_is, who_moved
from cuebook.wording.names import person


def move(**fields: Any) -> AliasMove:
    made = {"alias": "production", "version": 3, "previous": 2, "commit": "c", "author": "Ada <a@x.org>"}
    return AliasMove(**({**made, "time": "2026-01-01T00:00:00Z", "subject": "s"} | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Ada, as the commit says"),
        ({"author": ""}, "unknown, as the commit says"),
        ({"merged_by": "joon"}, "merged by joon, approved by nobody"),
        ({"merged_by": "joon", "approved_by": ["ana", "bo"]}, "merged by joon, approved by ana and bo"),
    ],
)
def test_who_answers_for_a_move(fields: dict[str, Any], expected: str) -> None:
    assert who_moved(move(**fields)) == expected


def test_what_was_written_down_counts_and_not_what_is_known_today() -> None:
    today = EvaluationEntry(
        version=3, suite="s", outcome="fail", sentence="", baseline=2, metrics={}, url="u", headline="Worse."
    )
    then = MoveEvidence(suite="s", outcome="pass", headline="Not worse.", key="0" * 8)
    held = Override(who="@ana", why="Outage", until="2026-12-31")
    assert rests_on(move(), [today]) == "Worse."
    assert rests_on(move(recorded="2026-01-01T00:00:00Z", known=[then]), [today]) == "Not worse."
    assert rests_on(move(recorded="2026-01-01T00:00:00Z"), [today]) == ""
    assert rests_on(move(override=held), []) == "Let through by @ana until 2026-12-31: Outage"


def test_a_person_has_no_mail_address() -> None:
    assert [person(text) for text in ("Ada <a@x.org>", "Ada", "", None)] == [
        "Ada",
        "Ada",
        "unknown",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ada (they/them) O'Hara-Łuk.", "Ada (they/them) O'Hara-Łuk."),
        ("dependabot[bot]", "dependabot[bot]"),
        ("merged by joon, approved by ana", "'merged by joon, approved by ana'"),
        ("gate: pass", "'gate: pass'"),
        ("this is what the gate said of it in the end", "'this is what the gate said of it in the end'"),
        ("Ada\u202e\x1b[2J\nBob", "Ada\ufffd\ufffd[2J Bob"),
        ("x" * 500, "x" * 79 + "\u2026"),
    ],
)
def test_a_name_that_reads_like_a_sentence_is_quoted(name: str, said: str) -> None:
    """Anybody writes any name into a commit."""
    assert person(name) == said
    assert who_moved(move(author=f"{name} <a@x.org>")) == f"{said}, as the commit says"


def test_where_a_version_is_has_words_when_nothing_points_to_it() -> None:
    assert where_it_is(["production", "10% of staging"]) == "production, 10% of staging"
    assert where_it_is([]) == "no alias points to it"


def test_going_back_is_said_to_be_allowed_as_the_promotion_says() -> None:
    assert GOING_BACK.removesuffix(".").endswith(rolled_back(3).partition(": ")[2])
