from __future__ import annotations

import re

import pytest

from cuebook.reports.table import render
from cuebook.shapes.verdict import Arm, Coverage, Override
from cuebook.wording.headline import headline
from verdicts import EVERY, FAIL, FIRST, INCONCLUSIVE, PASS, UNTESTED, metric, verdict

LONG = "Drop the quote that buried the answer; check item, person, year and unit before answering, always"


def arm(message: str) -> Arm:
    return Arm(version=6, digest="sha256:" + "6" * 64, message=message)


def test_one_line_a_verdict_with_the_reason_beneath() -> None:
    lines = render(EVERY).splitlines()
    assert len(lines) == 1 + 2 * len(EVERY)
    assert lines[0].split() == ["version", "against", "verdict", "metric", "result", "interval", "cases"]
    cells = re.split(" {2,}", lines[3].strip())
    assert cells == [
        "qa-assistant/6",
        "v5",
        "✗ fail",
        "judge-correctness/2",
        "−7.0",
        "[−13.2, 0.0]",
        "80/160",
    ]
    assert lines[4].strip() == headline(FAIL)
    assert lines[2].strip() == headline(PASS)


def test_one_hundred_columns_hold_the_longest_ordinary_row() -> None:
    test = metric("judge-groundedness/2", "inconclusive", -0.454, -1.0, 0.831)
    row = verdict("inconclusive", prompt="judge-groundedness", suite="judge-groundedness", metrics=[test])
    row = row.model_copy(update={"coverage": Coverage(cases=999, used=150, candidate_failed=0)})
    lines = render([row.model_copy(update={"candidate": arm(LONG)}), FIRST]).splitlines()
    assert max(len(line) for line in lines) <= 100
    for cell in (
        "judge-groundedness/6",
        "? inconclusive",
        "judge-groundedness/2",
        "[−100.0, +83.1]",
        "150/999",
    ):
        assert cell in lines[1]


def test_no_column_is_ever_cut() -> None:
    name = "a" * 64
    row = verdict("pass", prompt=name, suite=name, metrics=[metric("b" * 60, "pass", 0.1, 0.0, 0.2)])
    text = render([row, PASS])
    assert f"{name}/6" in text
    assert "b" * 60 in text


@pytest.mark.usefixtures("terminal")
def test_a_wide_terminal_has_the_reason_on_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "130")
    monkeypatch.setenv("NO_COLOR", "1")
    lines = render([PASS.model_copy(update={"candidate": arm(LONG)}), INCONCLUSIVE]).splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("  why")
    assert re.search(r"80/160 +Not worse than v5 by 5 points or more…$", lines[1])
    assert len(lines[1]) <= 130


@pytest.mark.usefixtures("terminal")
def test_colour_is_never_alone() -> None:
    text = render(EVERY)
    for coloured in ("\x1b[32m✓ pass", "\x1b[31m✗ fail", "\x1b[33m? inconclusive"):
        assert coloured in text


def test_wide_letters_are_cut_by_columns() -> None:
    held = Override(who="短い答え" * 40, why="x", until="2026-12-01")
    row = FAIL.model_copy(update={"override": held})
    why = render([row]).splitlines()[2]
    assert why.endswith("…")
    assert len(why.strip()) <= 60


def test_the_floor_that_decided_is_what_it_was_held_against() -> None:
    floor = metric("label", "fail", -0.156, -0.299, 0.0, kind="floor", bound=0.6)
    held = metric("label", "inconclusive", -0.01, -0.1, 0.08)
    head, row = render([verdict("fail", metrics=[held, floor])]).splitlines()[:2]
    assert head.split()[4] == "score"
    assert row.startswith("qa-assistant/6  floor 60  ✗ fail   label    44.4  [30.1, 60.0]  80/160")
    both = render([verdict("fail", metrics=[held, floor]), verdict("pass")])
    assert both.split()[4] == "result"


def test_a_suite_of_another_name_is_named() -> None:
    assert "qa-assistant/6 on safety" in render([verdict("pass", suite="safety")])


def test_nothing_measured_still_has_a_line() -> None:
    assert re.search(r"qa-assistant/6 +v5 +\? inconclusive +– +– +– +80", render([UNTESTED]))


def test_the_live_version_has_a_mark_and_a_key() -> None:
    text = render([verdict("pass", live_version=6), FAIL])
    assert "qa-assistant/6● " in text
    assert text.endswith("● live now\n")
    assert "●" not in render([PASS, FAIL])
