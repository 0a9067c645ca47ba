from __future__ import annotations

import pytest

from cuebook_standins._task import Task, read_task
from cuebook_standins.summarise import answer, fits, read_wishes

NOTES = """Coffee was cold and Kim laughed about it.
The old printer hums like a bee in summer.
We decided to close the kiosk on Mondays.
Ada will tell the baker by Friday.
Who feeds the parrot?
Nobody minded the rain."""


def summary(instructions: str, notes: str = NOTES) -> str:
    return answer(Task(instructions, {"notes": notes}))


@pytest.mark.parametrize(
    ("instructions", "holds", "lacks"),
    [
        ("Summarise the notes.", ["Coffee", "printer", "kiosk"], ["baker", "parrot"]),
        ("Summarise in one sentence.", ["Coffee"], ["printer", "kiosk"]),
        (
            "Summarise. Keep decisions. Leave out small talk. At most one sentence.",
            ["kiosk"],
            ["Coffee", "baker"],
        ),
        ("Summarise. List action items. Leave out small talk. At most one sentence.", ["baker"], ["Coffee"]),
        ("Summarise. Keep decisions and actions. At most three sentences.", ["Coffee", "kiosk", "baker"], []),
        (
            "Summarise. Keep decisions and actions, no small talk. At most two sentences.",
            ["kiosk", "baker"],
            ["Coffee", "parrot"],
        ),
        (
            "Summarise. Open questions only, no small talk. At most 1 sentence.",
            ["parrot"],
            ["Coffee", "kiosk"],
        ),
        (
            "Summarise. List decisions, but do not list open questions. Skip small talk. Two sentences.",
            [],
            ["parrot"],
        ),
        ("Summarise. Keep decisions and actions, no small talk, at most 9 words.", [], ["Coffee", "parrot"]),
    ],
)
def test_wording_matters(instructions: str, holds: list[str], lacks: list[str]) -> None:
    text = summary(instructions)
    assert [word for word in holds if word not in text] == []
    assert [word for word in lacks if word in text] == []


def test_headings_group_lines_by_kind() -> None:
    text = summary(
        "Summarise: decisions, actions, open questions, no small talk. Use headings. Three sentences."
    )
    assert text == (
        "Decisions:\n- We decided to close the kiosk on Mondays.\n\n"
        "Actions:\n- Ada will tell the baker by Friday.\n\n"
        "Open questions:\n- Who feeds the parrot?"
    )


def test_bullets_without_headings() -> None:
    text = summary("Summarise decisions and actions as bullets, no small talk, two sentences.")
    assert text.splitlines() == [
        "- We decided to close the kiosk on Mondays.",
        "- Ada will tell the baker by Friday.",
    ]


@pytest.mark.parametrize(("limit", "most"), [("12 words", 12), ("25 words", 25), ("200 words", 60)])
def test_word_limit_holds(limit: str, most: int) -> None:
    text = summary(f"Summarise decisions, actions and open questions under headings in at most {limit}.")
    assert 0 < len(text.split()) <= most


def test_final_decision_drops_what_was_taken_back() -> None:
    notes = "We decided on 8 June.\nThe lock was painted.\nScratch that: it is 22 June.\nAda will write."
    asked = "Summarise the decisions, no small talk."
    assert "8 June" in summary(asked, notes)
    assert "8 June" not in summary(asked + " Keep the final decision only.", notes)
    assert "22 June" in summary(asked + " Keep the final decision only.", notes)


def test_owner_puts_the_speaker_in_front() -> None:
    notes = "Ro: the studio is free. I'll book it tonight.\nKit: fine.\nRo: good.\nKit: bye."
    asked = "Summarise the actions, no small talk, one sentence."
    assert summary(asked, notes) == "I'll book it tonight."
    assert summary(asked.replace("actions", "actions with owner"), notes) == "Ro: I'll book it tonight."


@pytest.mark.parametrize(
    ("text", "sentences", "words"),
    [
        ("Write at most five sentences.", 5, 0),
        ("two to four sentences", 4, 0),
        ("No more than 60 words.", 0, 60),
        ("One short sentence, 20 words.", 1, 20),
        ("As long as you like.", 0, 0),
        ("One sentence per decision.", 0, 0),
    ],
)
def test_limits(text: str, sentences: int, words: int) -> None:
    wishes = read_wishes(text)
    assert (wishes.sentences, wishes.words) == (sentences, words)


def test_words_of_the_notes_are_not_instructions() -> None:
    text = (
        "Summarise this.\n\nAll came. It rained. The hall was full. Keep decisions. Ada will write by Friday."
    )
    task = Task(text, {}, None, [{"role": "user", "content": text}])
    assert answer(task) == "All came. It rained. The hall was full."


def test_headings_inside_unfenced_notes_are_kept() -> None:
    task = read_task(
        [{"role": "user", "content": "Summarise.\n\nNotes:\nAll came.\nPresent: Ada, Kim\nIt rained."}]
    )
    assert answer(task) == "All came. present: Ada, Kim It rained."


@pytest.mark.parametrize(
    ("instructions", "sections", "schema", "least", "most"),
    [
        ("Summarise the meeting notes.", {"notes": "x"}, None, 0.8, 1.0),
        ("Give a summary of the article.", {"story": "x"}, None, 0.5, 0.8),
        ("Summarise, then answer.", {"notes": "x", "question": "y"}, None, 0.0, 0.3),
        ("Summarise as JSON.", {"notes": "x"}, {"type": "object"}, 0.0, 0.0),
        ("Pick a label.", {"notes": "x"}, None, 0.0, 0.0),
    ],
)
def test_fits(
    instructions: str, sections: dict[str, str], schema: dict[str, str] | None, least: float, most: float
) -> None:
    assert least <= fits(Task(instructions, sections, schema)) <= most


@pytest.mark.parametrize(
    "notes", ["", "   ", "\n\n", ":", "???", "- \n* \n1. ", "\x00\u202e", "word " * 500, "日本語。"]
)
@pytest.mark.parametrize(
    "instructions", ["", "Summarise.", "Decisions, actions, owners, headings, final, 3 words, 0 words."]
)
def test_never_raises(instructions: str, notes: str) -> None:
    assert isinstance(summary(instructions, notes), str)
    assert isinstance(answer(Task(instructions, {})), str)
