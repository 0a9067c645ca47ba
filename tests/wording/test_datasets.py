from __future__ import annotations

from cuebook.wording.datasets import also_on, dataset_problem


def test_what_a_line_is_to_look_like_is_written_as_in_a_file() -> None:
    assert dataset_problem("line_no_object", "f", 2).hint == 'write {"id": "...", "inputs": {...}}'
    about = {"keys": "'question'", "verb": "is", "first": "question"}
    case = dataset_problem("case_keys_unknown", "f", 1, **about)
    assert case.message == "'question' is unknown in a case"
    assert case.hint.endswith('"inputs": {"question": ...}, and what is expected in "expectations": {...}')
    assert dataset_problem("label_keys_unknown", "f", 1, **about).hint.endswith('{"question": ...}')


def test_a_label_is_shown_as_it_is_written() -> None:
    found = dataset_problem("label_off_scale", "f", 3, label=7, lowest=1.0, highest=5.0)
    assert found.message == "7 is outside the scale 1 to 5"
    assert found.hint == "write a whole number from 1 to 5, without quotes"


def test_a_slip_that_many_lines_share_is_told_once() -> None:
    found = dataset_problem("line_no_object", "f", 1)
    assert also_on(found, []) == found
    assert also_on(found, [2, 5]).message == "the line is not a JSON object; the same in 2 more: line 2, 5"
    assert also_on(found, [*range(2, 9)]).message.endswith("; the same in 7 more: line 2, 3, 4, 5, 6, ...")
