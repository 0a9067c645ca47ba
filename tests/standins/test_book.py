from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook_standins import Said
from cuebook_standins._task import read_task
from cuebook_standins.book import answer, fits

DAY = {"type": "string"}
COUNT = {"type": "integer"}
SEARCH = {"town": {"enum": ["Ghent", "Porto"]}, "arrival": DAY, "nights": COUNT, "guests": COUNT}
REASONS = {"reason": {"enum": ["complaint", "money", "group", "lost_property"]}}


def tool(name: str, properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"name": name, "parameters": {"type": "object", "properties": properties, "required": needed}}


TOOLS = [
    tool("search_rooms", SEARCH),
    tool("book_room", {"offer_id": {"type": "string"}, "name": {"type": "string"}}),
    tool(
        "change_booking", {"booking_id": {"type": "string"}, "arrival": DAY, "nights": COUNT}, ["booking_id"]
    ),
    tool("cancel_booking", {"booking_id": {"type": "string"}}),
]
TODAY = "Today is 2025-12-27."
OFFERS = [
    {"offer_id": "R-1", "room": "double, sea view", "price_eur": 90},
    {"offer_id": "R-2", "room": "twin, courtyard", "price_eur": 70},
]
FULL = "Ghent, 9 January, 2 nights, two of us"


def guest(*texts: str) -> list[dict[str, Any]]:
    """What a guest and the assistant say in turn."""
    return [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(texts)]


def found(*texts: str) -> list[dict[str, Any]]:
    """The guest's wish, the offers that a call found, and what is said afterwards, the assistant first."""
    call = {"id": "c", "type": "function", "function": {"name": "search_rooms", "arguments": "{}"}}
    return [
        {"role": "user", "content": FULL},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": json.dumps({"offers": OFFERS})},
        *({**item, "role": "user" if at % 2 else "assistant"} for at, item in enumerate(guest(*texts))),
    ]


def said(rules: str, talk: list[dict[str, Any]], tools: Any = TOOLS, **calling: Any) -> str | Said:
    messages = [{"role": "system", "content": f"You book rooms. {TODAY} {rules}"}, *talk]
    task = read_task(messages, None, {"tools": tools, **calling})
    assert fits(task) > 0.9
    return answer(task)


def calls(
    rules: str, talk: list[dict[str, Any]], tools: Any = TOOLS, **calling: Any
) -> list[tuple[str, Any]]:
    found = said(rules, talk, tools, **calling)
    return [] if isinstance(found, str) else [(name, dict(given)) for name, given in found.calls]


def search(**changes: Any) -> tuple[str, dict[str, Any]]:
    usual = {"town": "Ghent", "arrival": "2026-01-09", "nights": 2, "guests": 2}
    return "search_rooms", usual | changes


@pytest.mark.parametrize(
    ("rules", "talk", "expected"),
    [
        ("", guest(FULL), [search()]),
        ("", guest("Ghent for two of us", "When, and for how long?", "9 January, 2 nights"), [search()]),
        # a bare number answers what was asked
        ("", guest("Ghent on 9 January for two of us", "How many nights?", "2"), [search()]),
        # what is missing
        ("", guest("A room in Porto, please"), [search(town="Porto", arrival="2025-12-27", nights=1)]),
        ("Ask for what is missing.", guest("A room in Porto, please"), []),
        # a later word
        ("", guest(FULL, "Nothing is free.", "Then Porto"), [search()]),
        ("The latest word counts.", guest(FULL, "Nothing is free.", "Then Porto"), [search(town="Porto")]),
        # two at once
        ("", guest("Ghent and Porto, 9 January, 2 nights, two of us"), [search()]),
        (
            "Make a call for each thing.",
            guest("Ghent and Porto, 9 January, 2 nights, two of us"),
            [search(), search(town="Porto")],
        ),
        # nothing to search for
        ("", guest(FULL, "R-1 is free.", "Hm, I will think about it."), []),
        # cancelling
        ("", guest("Cancel B-12"), [("cancel_booking", {"booking_id": "B-12"})]),
        ("Cancel after the guest has said yes.", guest("Cancel B-12"), []),
        ("", guest("Cancel my booking"), []),
        ("", guest("Cancel it", "Shall I cancel B-12?", "yes"), [("cancel_booking", {"booking_id": "B-12"})]),
        ("", guest("Cancel it", "Shall I cancel B-12?", "No, wait."), []),
        # changing
        ("", guest("Change B-12 to 3 nights"), [("change_booking", {"booking_id": "B-12", "nights": 3})]),
        (
            "",
            guest("I want to change B-12.", "What would you like to change?", "To 9 January"),
            [("change_booking", {"booking_id": "B-12", "arrival": "2026-01-09"})],
        ),
        ("", guest("Can you change my booking?"), []),
        (
            "A call for each.",
            guest("Change B-11 to 2 nights and B-12 to 3 nights"),
            [
                ("change_booking", {"booking_id": "B-11", "nights": 2}),
                ("change_booking", {"booking_id": "B-12", "nights": 3}),
            ],
        ),
    ],
)
def test_the_prompt_decides_what_is_called(
    rules: str, talk: list[dict[str, Any]], expected: list[tuple[str, Any]]
) -> None:
    assert calls(rules, talk) == expected


def test_a_name_is_asked_for_where_the_prompt_says_so() -> None:
    assert calls("Ask for the name.", found("Which one?", "The first one")) == []
    told = found("Which one?", "The first. I'm Ada Lund", "Shall I book R-1?", "Yes")
    assert calls("Ask for the name.", told) == [("book_room", {"offer_id": "R-1", "name": "Ada Lund"})]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("The heating is broken", "complaint"),
        ("You charged me twice", "money"),
        ("I forgot my scarf", "lost_property"),
        ("Room for 9 in Porto", "group"),
    ],
)
def test_what_is_for_people_is_handed_over_where_a_tool_does_that(words: str, reason: str) -> None:
    expected = [("hand_over", {"reason": reason})]
    assert calls("", guest(words), [*TOOLS, tool("hand_over", REASONS)]) == expected
    assert calls("", guest(words)) != expected


def test_other_guests_are_spoken_of_only_where_the_prompt_does_not_refuse() -> None:
    asked = guest("Which room is Mr Ferri in?")
    refused = said("Refuse to say anything about other guests.", asked)
    assert isinstance(refused, Said)
    assert refused.refused
    assert refused.text
    assert not isinstance(said("", guest("What time is breakfast?")), Said)


def test_a_question_is_answered_by_a_line_of_the_prompt() -> None:
    assert said("\n- Breakfast is from 7.\n- Dogs are welcome.", guest("When is breakfast?")) == (
        "Breakfast is from 7."
    )


def test_a_choice_that_requires_a_call_gets_one() -> None:
    assert calls("", guest("Hello!")) == []
    assert [name for name, _ in calls("", guest("Hello!"), toolChoice="required")] == ["search_rooms"]
    wait = guest("Cancel it", "Shall I cancel B-12?", "No, do not cancel")
    assert calls("", wait, toolChoice="required") == [("cancel_booking", {"booking_id": "B-12"})]


def test_without_tools_it_does_not_fit() -> None:
    task = read_task([{"role": "user", "content": FULL}])
    assert fits(task) == 0
    assert fits(read_task([], None, {"tools": [tool("lookup_order", {})]})) == 0
