from __future__ import annotations

from typing import get_args

from cuebook.shapes.moves import State
from cuebook.wording.states import STATES, tally


def test_every_state_has_a_word_of_its_own() -> None:
    assert len({STATES[state] for state in get_args(State)}) == len(STATES) == len(get_args(State))


def test_outcomes_are_counted_by_their_words() -> None:
    assert tally(["pass", "fail", "pass"]) == "2 pass, 1 fail, 0 inconclusive"
