from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from cuebook.github.nightly_issues import LABEL, body, tell
from cuebook.jobs.nightly import Night, Record, Trouble
from rest import BOT, Asked, Rest, Says

DRIFT = Trouble(
    code="other_models", key="served/qa", title="qa: other models reply", body="x was y\n```\n@ada #1 <b>"
)
ALARMS = Trouble(code="false_alarms", key="false-alarms", title="The gate raises too many", body="9 of 9")


@dataclass
class Board:
    """The issues of repository ``o/r``."""

    rest: Rest
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        on = self.rest.on
        on("GET", "issues", self._list)
        on("POST", "issues", lambda asked: Says(self.add(**asked.body), 201))
        on("PATCH", r"issues/(\d+)", self._patch)
        on("POST", r"issues/(\d+)/comments", self._comment)

    def add(self, title: str, body: str, labels: list[str], by: str = BOT, **more: Any) -> dict[str, Any]:
        made = {"number": len(self.issues) + 1, "title": title, "body": body, "state": "open"}
        made |= {"labels": [{"name": name} for name in labels], "user": {"login": by}, **more}
        self.issues.append(made)
        return made

    def _list(self, asked: Asked) -> list[dict[str, Any]]:
        wanted = asked.query["labels"]
        return [
            issue
            for issue in self.issues
            if issue["state"] == "open" and wanted in [item["name"] for item in issue["labels"]]
        ]

    def _patch(self, asked: Asked) -> Says:
        issue = self.issues[int(asked.groups[0]) - 1]
        issue |= asked.body
        return Says(issue)

    def _comment(self, asked: Asked) -> Says:
        self.comments.append((int(asked.groups[0]), asked.body["body"]))
        return Says({}, 201)

    @property
    def open(self) -> list[str]:
        return [issue["title"] for issue in self.issues if issue["state"] == "open"]


@pytest.fixture
def board() -> Iterator[Board]:
    with Rest() as rest:
        yield Board(rest)


def night(*troubles: Trouble, looked: tuple[str, ...] = ("served/qa", "false-alarms")) -> Night:
    return Night(
        day="2026-01-02", troubles=list(troubles), looked=list(looked), record=Record(day="2026-01-02")
    )


def test_one_issue_for_each_problem_however_many_nights(board: Board) -> None:
    assert tell(board.rest.client, night(DRIFT, ALARMS)) == [
        "opened #1: qa: other models reply",
        "opened #2: The gate raises too many",
    ]
    assert tell(board.rest.client, night(DRIFT, ALARMS)) == []
    worse = ALARMS.model_copy(update={"body": "10 of 10"})
    assert tell(board.rest.client, night(DRIFT, worse)) == ["updated #2: The gate raises too many"]
    assert board.issues[1]["body"] == body(worse)
    assert [item["name"] for item in board.issues[0]["labels"]] == [LABEL]


def test_what_is_gone_is_closed_and_what_was_not_looked_at_stays(board: Board) -> None:
    tell(board.rest.client, night(DRIFT, ALARMS))
    assert tell(board.rest.client, night(looked=("false-alarms",))) == ["closed #2: The gate raises too many"]
    assert board.open == ["qa: other models reply"]
    assert board.comments == [(2, "No longer seen on 2026-01-02.")]
    assert tell(board.rest.client, night(ALARMS)) == [
        "opened #3: The gate raises too many",
        "closed #1: qa: other models reply",
    ]


def test_a_key_that_ends_in_a_slash_stands_for_all_below_it(board: Board) -> None:
    ends = [
        Trouble(code="shut_down", key=f"ends/{name}", title=f"{name} ends", body="soon")
        for name in ("openai/m-1", "m-2")
    ]
    tell(board.rest.client, night(*ends, DRIFT, looked=("ends/",)))
    assert tell(board.rest.client, night(ends[0], looked=("ends/",))) == ["closed #2: m-2 ends"]
    assert board.open == ["openai/m-1 ends", "qa: other models reply"]
    assert tell(board.rest.client, night(looked=())) == []


def test_what_was_told_of_a_suite_or_judge_that_is_gone_is_closed(board: Board) -> None:
    keys = ("run/old", "served/old", "judge/grade/1@old", "served/new")
    left = [Trouble(code="unfinished", key=key, title=key, body="one") for key in keys]
    tonight = Night(day="2026-01-02", troubles=left, record=Record(day="2026-01-02"))
    tell(board.rest.client, tonight)
    broken_off = tonight.model_copy(update={"troubles": [], "unseen": ["served/new"]})
    assert len(tell(board.rest.client, broken_off)) == 3
    assert board.open == ["served/new"]


def test_issues_of_other_people_are_left_alone(board: Board) -> None:
    board.add("fake", body(DRIFT), [LABEL], by="mallory")
    board.add("no marker", "text", [LABEL])
    board.add("a pull request", body(ALARMS), [LABEL], pull_request={})
    tell(board.rest.client, night())
    assert board.open == ["fake", "no marker", "a pull request"]
    assert tell(board.rest.client, night(DRIFT)) == ["opened #4: qa: other models reply"]


def test_a_double_is_closed(board: Board) -> None:
    board.add(DRIFT.title, body(DRIFT), [LABEL])
    board.add(DRIFT.title, body(DRIFT), [LABEL])
    assert tell(board.rest.client, night(DRIFT)) == ["closed #2: qa: other models reply"]
    assert board.open == [DRIFT.title]


def test_a_models_name_is_no_markup() -> None:
    text = body(DRIFT)
    assert text.startswith("<!-- cuebook:nightly served/qa -->\n````text\n")
    assert "@ada" not in text
