from __future__ import annotations

from cuebook.wording.origins import origin_problem


def test_what_earlier_releases_let_through_refuses_new_files_only() -> None:
    found = origin_problem("trail_unread", "evals/qa/trails/qa-v2.json", fault="'prompt' is missing")
    assert (found.severity, found.breaks, found.message) == (
        "error",
        False,
        "it is not a trail: 'prompt' is missing",
    )


def test_a_trail_under_a_former_name_is_told_the_present_one() -> None:
    found = origin_problem("trail_of_former_name", "f", version="prompts/qa/v2.prompt.yml", right="g")
    assert (found.message, found.hint) == ("there is no prompts/qa/v2.prompt.yml", "rename it to g")
