from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook_standins._conversation import chosen, name_of, read_conversation
from cuebook_standins._task import read_task

OFFERS = [
    {"offer_id": "R-1", "room": "double, sea view", "price_eur": 90},
    {"offer_id": "R-2", "room": "twin, courtyard", "price_eur": 70},
]
CALL = {"id": "c", "type": "function", "function": {"name": "search_rooms", "arguments": "{}"}}


def talk(*now: str, result: Any = None) -> list[dict[str, Any]]:
    """A wish, what a call found, and what is said afterwards, the assistant first."""
    content = json.dumps({"offers": OFFERS} if result is None else result)
    return [
        {"role": "system", "content": "Today is 2025-05-12."},
        {"role": "user", "content": "I'm Ada Lund and come to Ghent."},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": content},
        *({"role": "user" if at % 2 else "assistant", "content": text} for at, text in enumerate(now)),
    ]


def test_a_conversation_is_what_was_said_asked_and_found() -> None:
    found = read_conversation(read_task(talk("Which one?", "<message>\nThe first.\n</message>")))
    assert (found.now, found.asked, found.since) == ("The first.", "Which one?", ["The first."])
    assert list(found.said) == ["I'm Ada Lund and come to Ghent.", "The first."]
    assert list(found.offers) == OFFERS


@pytest.mark.parametrize(
    "result", ["no", {"offers": 1}, {"offers": [{"room": "twin"}, 3]}, {"booking_id": "B-1"}]
)
def test_what_is_no_offer_is_none(result: Any) -> None:
    found = read_conversation(read_task(talk("Which one?", "R-1", result=result)))
    assert (list(found.offers), chosen(found)) == ([], [])


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        ("R-2 please", ["R-2"]),
        ("Both R-1 and r-2", ["R-1", "R-2"]),
        ("The second one.", ["R-2"]),
        ("The third one.", []),
        ("The cheaper one", ["R-2"]),
        ("Sea view!", ["R-1"]),
        ("We pay 90 euros", ["R-1"]),
        ("the last", ["R-2"]),
        ("a twin with sea view", ["R-1"]),
        ("Yes, book it", ["R-2"]),
        ("Let me think", []),
    ],
)
def test_an_offer_is_chosen_by_number_place_price_or_words(words: str, offers: list[str]) -> None:
    assert chosen(read_conversation(read_task(talk("R-2 is quiet. Shall I book it?", words)))) == offers


@pytest.mark.parametrize(
    ("words", "name"),
    [("for Bo Ek", "Bo Ek"), ("Sven and Kaja Maes, on Kaja Maes", "Kaja Maes"), ("that one", "Ada Lund")],
)
def test_a_name_is_the_last_that_is_said_now_else_the_guest_s_own(words: str, name: str) -> None:
    assert name_of(read_conversation(read_task(talk("Which one?", words)))) == name
