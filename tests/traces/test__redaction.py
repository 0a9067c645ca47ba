from __future__ import annotations

import pytest

from cuebook.traces._redaction import KINDS, Redaction


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to ada.l+x@mail.example.org, please", "Write to <email-1>, please"),
        ("Call +44 20 7946 0958 or (030) 1234-5678", "Call <telephone-1> or <telephone-2>"),
        ("card 4111 1111 1111 1111", "card <card-1>"),
        ("DE89 3704 0044 0532 0130 00 is mine", "<iban-1> is mine"),
        ("from 192.168.7.10 and 2001:db8::8a2e:370:7334", "from <ip-1> and <ip-2>"),
        ("key sk-abcdefghijklmnopqrstuvwx", "key <key-1>"),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer <key-1>"),
        ("https://ada:secret@example.org/x", "https://<user-info-1>@example.org/x"),
        ("a@b.example a@b.example c@d.example", "<email-1> <email-1> <email-2>"),
    ],
)
def test_parts_that_tell_a_person_or_open_a_door(text: str, redacted: str) -> None:
    found = Redaction()
    assert found.text(text, "c") == redacted
    assert found.left(text)
    assert found.left(redacted) == []


@pytest.mark.parametrize(
    "text",
    [
        "Order 12345678 of 2026-11-30 cost 1234.50",
        "on 2026-11-30 12:00:00",
        "version 1.2.3.4567, ratio 0.123456789",
        "1234567890123456 is no card",
        "at 12:30:45 we closed",
        "DE00 3704 0044 0532 0130 00 has wrong digits",
        "::",
        "user@localhost",
    ],
)
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert Redaction().text(text, "c") == text


def test_numbers_hold_within_a_conversation_and_not_beyond() -> None:
    found = Redaction()
    assert found.value({"a": ["x@y.example"], "b": "z@y.example"}, "1") == {
        "a": ["<email-1>"],
        "b": "<email-2>",
    }
    assert found.text("z@y.example", "1") == "<email-2>"
    assert found.text("z@y.example", "2") == "<email-1>"
    assert found.counts == {"email": 4}


def test_a_registry_adds_patterns_and_words() -> None:
    found = Redaction({"ticket": "T-[0-9]{6}"}, ("Ada", "Ada Lovelace"))
    assert (
        found.text("ada lovelace, Adam: T-123456 für ADA", "c") == "<word-1>, Adam: <ticket-1> für <word-2>"
    )
    assert found.left("T-123456") == ["ticket"]


def test_hostile_texts_take_no_quadratic_time() -> None:
    for text in (
        "a." * 50_000,
        "1 " * 50_000,
        "x@" * 50_000,
        ":" * 100_000,
        "AB12 " * 20_000,
        "://a:" * 20_000,
    ):
        Redaction().text(text, "c")
    assert "email" in KINDS
