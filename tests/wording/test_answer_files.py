from __future__ import annotations

from cuebook.wording.answer_files import answer_problem


def test_an_answer_of_a_list_is_told_by_its_place_in_it() -> None:
    found = answer_problem("case_unnamed", "out.json", entry="in entry 3")
    assert (found.line, found.message) == (0, "in entry 3: the line names no case")
    assert answer_problem("case_unnamed", "out.jsonl", 3).message == "the line names no case"


def test_every_fault_says_what_to_do() -> None:
    assert answer_problem("answer_no_object", "f", 1).hint == 'write {"id": "...", "output": "..."}'
    assert answer_problem("more_lines_wrong", "f", count=1200).message == "1,200 more lines are wrong"
    assert (
        answer_problem("answer_without_output", "f", 1, keys="id").hint
        == 'give one of them, such as "output": "..."'
    )
