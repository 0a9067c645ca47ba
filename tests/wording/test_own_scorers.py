from __future__ import annotations

from cuebook.wording.own_scorers import own_scorer_problem


def test_a_scorer_that_cannot_be_loaded_can_be_run_by_hand() -> None:
    found = own_scorer_problem("scorer_not_loaded", "evals/scorers/polite.py", why="KeyError: 'x'")
    assert found.message == "the scorer cannot be loaded: KeyError: 'x'"
    assert found.hint == "run the file by itself: python evals/scorers/polite.py"
