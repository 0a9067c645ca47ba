from __future__ import annotations

from cuebook.wording.datasets import dataset_problem


def test_what_a_line_is_to_look_like_is_written_as_in_a_file() -> None:
    assert dataset_problem("line_no_object", "f", 2).hint == '{"id": "...", "inputs": {...}}'
    about = {"keys": "'question'", "verb": "is", "first": "question"}
    case = dataset_problem("case_keys_unknown", "f", 1, **about)
    assert case.message == "'question' is no key of a case"
    assert case.hint.endswith('"inputs": {"question": ...}, and what is expected in "expectations": {...}')
    assert dataset_problem("label_keys_unknown", "f", 1, **about).hint.endswith('{"question": ...}')


def test_a_label_is_shown_as_it_is_written() -> None:
    found = dataset_problem("label_off_scale", "f", 3, label="4", lowest=1.0, highest=5.0)
    assert found.message == "'4' is off the scale 1 to 5"
    assert found.hint == "write a whole number from 1 to 5, without quotes"
