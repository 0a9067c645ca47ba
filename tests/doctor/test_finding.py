from __future__ import annotations

import pytest

from cuebook.doctor.finding import Check, CheckState, is_well, judged, lines


@pytest.mark.parametrize(
    ("state", "well"), [("ok", True), ("warning", True), ("unknown", True), ("problem", False)]
)
def test_only_a_problem_is_one(state: CheckState, well: bool) -> None:
    assert is_well([Check("a", "ok", "fine"), Check("b", state, "seen")]) is well
    assert is_well([])


def test_lines_are_grouped_aligned_and_say_the_cure_of_what_is_not_ok() -> None:
    found = [
        Check("git", "ok", "it is there", "never shown"),
        Check("keys", "problem", "none", "export KEY=..."),
        Check("git", "warning", "old", "install git"),
        Check("keys", "unknown", "hidden"),
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
    shown = lines([Check("a", "problem", "x\x1b[31m\n  ✓ ok       all good", "y\u202ez")])
    assert len(shown) == 5
    assert not any("\x1b" in line or "\u202e" in line or "\n" in line for line in shown)


def test_judged() -> None:
    assert judged("a", True, ("good", "bad"), "cure") == Check("a", "ok", "good")
    assert judged("a", False, ("good", "bad"), "cure") == Check("a", "problem", "bad", "cure")
    assert judged("a", False, ("good", "bad"), "cure", "unknown").state == "unknown"
