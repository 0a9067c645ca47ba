from __future__ import annotations

import re

import pytest

from cuebook_standins._order_parts import find_items, find_name

SHAPE = re.compile(r"\b[A-Z]{3}-\d{2,3}\b")
ORDER = re.compile(r"\bPO-\d{5}\b")


def items(text: str, **rules: bool) -> list[tuple[str, int | None]]:
    return [(item.product, item.quantity) for item in find_items(text, shape=SHAPE, not_shape=ORDER, **rules)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 x LMP-114 and 1 x KXT-20", [("LMP-114", 2), ("KXT-20", 1)]),
        ("6 pcs DRL-300, 4 of the big ABC-12", [("DRL-300", 6), ("ABC-12", 4)]),
        ("LMP-114 x 3\nKXT-20: 20 pcs\nABC-12 (60 pieces)", [("LMP-114", 3), ("KXT-20", 20), ("ABC-12", 60)]),
        ("OVN-45, quantity 2", [("OVN-45", 2)]),
        ("VAS-18: 20 pcs\nVAS-24: 5 pcs", [("VAS-18", 20), ("VAS-24", 5)]),
        ("PO-48213: the LMP-114", [("LMP-114", None)]),
        ("6 blue ceramic mugs, 54.00 EUR in total", [("blue ceramic mugs", 6)]),
        ("2 garden hoses and 1 brass nozzle for Spain", [("garden hoses", 2), ("brass nozzle", 1)]),
        ("at 3 pm in 2 weeks", []),
        ("", []),
    ],
)
def test_items(text: str, expected: list[tuple[str, int | None]]) -> None:
    assert items(text) == expected


@pytest.mark.parametrize(
    ("text", "plain", "read"),
    [
        ("two LMP-114", [("LMP-114", None)], [("LMP-114", 2)]),
        ("half a dozen LMP-114", [("LMP-114", None)], [("LMP-114", 6)]),
        ("four goat skins and two rings", [], [("goat skins", 4), ("rings", 2)]),
    ],
)
def test_counts_in_words(text: str, plain: list[object], read: list[object]) -> None:
    assert items(text) == plain
    assert items(text, count_words=True) == read


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2 x LMP-114. Make that 3", [("LMP-114", 2)], [("LMP-114", 3)]),
        ("4 jute sacks. Sorry, 5", [("jute sacks", 4)], [("jute sacks", 5)]),
        ("4 x LMP-114. Change it to 6 please", [("LMP-114", 4)], [("LMP-114", 6)]),
        ("6 x LMP-114. Make it 8 x LMP-114", [("LMP-114", 6)], [("LMP-114", 8)]),
        ("1 x LMP-114, 2 x KXT-20. Drop the KXT-20", [("LMP-114", 1), ("KXT-20", 2)], [("LMP-114", 1)]),
        ("2 x LMP-114. Make that Friday", [("LMP-114", 2)], [("LMP-114", 2)]),
        ("2 x LMP-114. Sorry, 50 EUR is too much", [("LMP-114", 2)], [("LMP-114", 2)]),
        ("Make that 3", [], []),
    ],
)
def test_corrections(text: str, first: list[object], last: list[object]) -> None:
    assert items(text) == first
    assert items(text, last_wins=True) == last


@pytest.mark.parametrize(
    ("text", "everything", "ordered"),
    [
        ("Is the CAM-07 waterproof? I take 1 x CAM-08", [("CAM-07", None), ("CAM-08", 1)], [("CAM-08", 1)]),
        ("Last time 6 x LMP-114. Now 2 x KXT-20", [("LMP-114", 6), ("KXT-20", 2)], [("KXT-20", 2)]),
        ("I am sending back 3 x SHO-40.\n9 x SHO-42", [("SHO-40", 3), ("SHO-42", 9)], [("SHO-42", 9)]),
        ("10 x LMP-114, right?", [("LMP-114", 10)], [("LMP-114", 10)]),
    ],
)
def test_only_what_is_ordered(text: str, everything: list[object], ordered: list[object]) -> None:
    assert items(text) == everything
    assert items(text, only_ordered=True) == ordered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two lamps.\n\nKind regards,\nMarta Lindholm\nmarta@x.example", "Marta Lindholm"),
        ("Hello, my name is Siobhán Ní Cheallaigh and I order", "Siobhán Ní Cheallaigh"),
        ("Good morning, this is Declan Byrne of Byrne Joinery", "Declan Byrne"),
        ("Caller: Bo Andersson\nGoods: 2", "Bo Andersson"),
        ("Name: Þórunn Guðmundsdóttir", "Þórunn Guðmundsdóttir"),
        ("Mr Peeters called at ten.", "Peeters"),
        ("Call from Dr. J. van der Berg, order 5", "J. van der Berg"),
        ("Send it.\n\nHugo Lindgren", "Hugo Lindgren"),
        ("Customer: I'd like two", None),
        ("PO-48213: two lamps", None),
        ("Thanks,\nplease hurry", None),
        ("lower case all the way", None),
        ("", None),
    ],
)
def test_names(text: str, expected: str | None) -> None:
    assert find_name(text) == expected


def test_the_speaker_of_a_chat_turn_only_when_told() -> None:
    text = "Agent: hello\nSofia Marques: two, please"
    assert find_name(text) is None
    assert find_name(text, speakers=True) == "Sofia Marques"
    assert find_name("Agent: hello\nCustomer: two", speakers=True) is None


@pytest.mark.parametrize(
    "text", ["5 " * 5_000, "a-" * 5_000, "LMP-114 " * 2_000, "A." * 2_000, "Name: " * 1_000, "\0"]
)
def test_long_hostile_texts_are_read(text: str) -> None:
    rules = {"count_words": True, "last_wins": True, "only_ordered": True}
    assert isinstance(items(text, **rules), list)
    assert find_name(text, speakers=True) is None or text
