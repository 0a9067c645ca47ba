from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import cuebook
from cuebook.doctor.finding import Check, CheckCode, CheckState, is_well, judged, lines
from fixtures.trees import nodes


@pytest.mark.parametrize(
    ("state", "well"), [("ok", True), ("warning", True), ("unknown", True), ("problem", False)]
)
def test_only_a_problem_is_one(state: CheckState, well: bool) -> None:
    assert is_well([Check("a", "git", "ok", "fine"), Check("b", "git", state, "seen")]) is well
    assert is_well([])


def test_lines_are_grouped_aligned_and_say_the_cure_of_what_is_not_ok() -> None:
    found = [
        Check("git", "git", "ok", "it is there", "never shown"),
        Check("keys", "git", "problem", "none", "export KEY=..."),
        Check("git", "git", "warning", "old", "install git"),
        Check("keys", "git", "unknown", "hidden"),
    ]
    assert lines(found) == [
        "git",
        "  ✓ ok       it is there",
        "  ! warning  old",
        "             → install git",
        "",
        "keys",
        "  ✗ problem  none",
        "             → export KEY=...",
        "  ? unknown  hidden",
        "",
        "1 ok, 1 to look at, 1 to fix, 1 cannot be seen",
    ]


def test_what_others_wrote_cannot_steer_the_terminal_or_add_lines() -> None:
    shown = lines([Check("a", "git", "problem", "x\x1b[31m\n  ✓ ok       all good", "y\u202ez")])
    assert len(shown) == 5
    assert not any("\x1b" in line or "\u202e" in line or "\n" in line for line in shown)


def test_judged() -> None:
    assert judged("a", "git", True, ("good", "bad"), "cure") == Check("a", "git", "ok", "good")
    assert judged("a", "git", False, ("good", "bad"), "cure") == Check("a", "git", "problem", "bad", "cure")
    assert judged("a", "git", False, ("good", "bad"), "cure", "unknown").state == "unknown"


def test_each_code_is_one_that_doctor_gives() -> None:
    modules = ("doctor/local.py", "doctor/github_settings.py", "cli/cmd_doctor.py")
    calls = (node for name in modules for node in nodes(Path(cuebook.__file__).parent / name))
    given = re.findall(r"(?:Check|judged)\('?[\w ]+'?, '(\w+)',", " ".join(map(ast.unparse, calls)))
    assert set(given) == set(get_args(CheckCode))
