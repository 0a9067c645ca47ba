from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cuebook.github.merges import approvers, merges
from rest import Rest

SHA = "c" * 40


@pytest.fixture
def rest() -> Iterator[Rest]:
    with Rest() as found:
        yield found


def review(who: str | None, state: str) -> dict[str, Any]:
    return {"user": {"login": who} if who else None, "state": state}


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        ([], []),
        ([review("ana", "APPROVED"), review("bo", "COMMENTED")], ["ana"]),
        ([review("ana", "APPROVED"), review("ana", "COMMENTED")], ["ana"]),
        ([review("ana", "APPROVED"), review("ana", "CHANGES_REQUESTED")], []),
        ([review("ana", "APPROVED"), review("ana", "DISMISSED")], []),
        ([review("ana", "CHANGES_REQUESTED"), review("ana", "APPROVED")], ["ana"]),
        ([review(None, "APPROVED"), {"state": "APPROVED"}], []),
    ],
)
def test_an_approval_is_the_last_word_of_somebody(reviews: list[dict[str, Any]], expected: list[str]) -> None:
    assert approvers(reviews) == expected


def test_a_commit_has_its_pull_request_and_the_people_of_it(rest: Rest) -> None:
    pull = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "base": {"ref": "main"}}
    other = {"number": 5, "merged_at": "2026-01-01T00:00:00Z", "base": {"ref": "old"}}
    rest.on("GET", f"commits/{SHA}/pulls", [other, {**pull, "number": 6, "merged_at": None}, pull])
    rest.on("GET", "pulls/7", {**pull, "merged_by": {"login": "joon"}})
    rest.on("GET", "pulls/7/reviews", [review("ana", "APPROVED")])
    (found,) = merges(rest.client, [SHA], "main")
    assert (found.commit, found.pull_request, found.merged_by, found.approved_by) == (SHA, 7, "joon", ["ana"])


def test_a_push_without_a_pull_request_and_a_name_that_is_none_say_nothing(rest: Rest) -> None:
    pull = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "base": {"ref": "main"}}
    rest.on("GET", f"commits/{SHA}/pulls", [])
    assert merges(rest.client, [SHA], "main") == []
    rest.on("GET", f"commits/{SHA}/pulls", [pull])
    rest.on("GET", "pulls/7", {**pull, "merged_by": {"login": "<b>joon</b>"}})
    rest.on("GET", "pulls/7/reviews", [])
    assert merges(rest.client, [SHA], "main") == []
