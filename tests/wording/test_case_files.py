from __future__ import annotations

import json

import pytest

from cuebook.wording.case_files import case_problem, why_no_image


def test_how_many_cases_have_it_is_said_where_more_than_one_has() -> None:
    about = {"case": "c1", "name": "{q}", "versions": ["qa/1", "qa/2", "qa/3"]}
    one = case_problem("input_missing", "f", 1, **about)
    assert one.message == "case 'c1': {{{q}}} of qa/1, qa/2 and qa/3 is not filled"
    many = case_problem("input_missing", "f", 1, more=2, **about)
    assert many.message == "case 'c1' and 2 more: {{{q}}} of qa/1, qa/2 and qa/3 is not filled"
    image = case_problem("no_image", "f", 1, more=1, name="photo", why="'a.jpg' is no image")
    assert image.message == "inputs.photo: 'a.jpg' is no image, in 1 more case too"


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("no_image", {"file": "photos/a.jpg"}),
        ("no_conversation", [{"role": "user", "content": "..."}]),
        ("turn_shows_no_image", {"photo": {"file": "photos/a.jpg"}}),
        ("turn_without_place", {"user": "..."}),
    ],
)
def test_what_is_to_be_written_is_json(code, written: object) -> None:
    names = {"case": "c1", "turn": 2, "name": "photo", "why": "it is none", "version": "qa/1"}
    assert json.dumps(written) in case_problem(code, "f", 1, **names).hint


def test_an_expectation_with_a_slip_says_what_is_lost_by_it() -> None:
    lost = case_problem("expectation_uncounted", "f", 1, key="anser", right="answer")
    assert lost.message == "no scorer reads the expectation 'anser'"
    assert lost.hint == "did you mean 'answer'? As it is, no scorer of 'answer' counts this case"


def test_why_a_file_is_no_image_names_where_it_was_looked_for() -> None:
    assert why_no_image("missing", "evals/qa", "a.jpg") == "there is no file evals/qa/a.jpg"
    assert why_no_image("outside", "evals/qa", "../a.jpg") == "'../a.jpg' is not a path below evals/qa"
