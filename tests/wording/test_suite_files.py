from __future__ import annotations

from cuebook.wording.suite_files import ASK, suite_problem


def test_what_a_suite_is_told_to_write_is_written_as_in_a_suite() -> None:
    found = suite_problem("judge_undemanding", "evals/qa/suite.yml", 9, label="grader")
    assert ASK in found.hint
    assert (found.severity, found.breaks) == ("error", False)
    assert "{{transcript}}" in suite_problem("judge_sees_last_answer", "f", judge="grader/1").hint


def test_a_name_is_quoted_and_its_nearest_is_the_cure() -> None:
    found = suite_problem("no_such_prompt", "f", 1, name="q{a}", near="did you mean 'qa'?")
    assert (found.message, found.hint) == ("no prompt is called 'q{a}'", "did you mean 'qa'?")


def test_numbers_are_written_as_people_write_them() -> None:
    found = suite_problem("floor_void", "f", 1, label="exact", floor=0.05, margin=0.05)
    assert found.message == "exact: floor 0.05 with margin 0.05 lets nearly any first version pass"
