from __future__ import annotations

import asyncio
from pathlib import Path

from build import case, version
from cuebook.core.files import Folder
from cuebook.gate.answering import Slot
from cuebook.gate.given import GivenAnswers, comparison_of
from cuebook.registry.answer_files import AnswerFile, read_answers
from cuebook.registry.reader import Registry
from cuebook.shapes.run import Failure, ModelReply

CASES = [case(n) for n in range(4)]


def file(text: str, name: str = "new.jsonl") -> AnswerFile:
    return read_answers(text.encode(), name, CASES, "qa")


def said(of: AnswerFile, number: int, *repeats: int) -> list[ModelReply | Failure]:
    slots = [Slot(CASES[number], version(2), "", repeat, is_baseline=False) for repeat in repeats]
    return asyncio.run(GivenAnswers(of).answers(slots))


def test_a_case_asked_again_says_what_the_file_has_of_it_in_turn() -> None:
    found = file("id,output,repeat\ncase-000,a,0\ncase-000,b,1\n")
    assert [item.text for item in said(found, 0, 0, 1, 2, 3) if isinstance(item, ModelReply)] == list("abab")
    assert said(found, 1, 0) == [Failure("candidate", "no answer in new.jsonl")]


def test_the_answers_that_every_case_has_count() -> None:
    assert file("id,output,repeat\ncase-000,a,0\ncase-000,b,1\ncase-001,c,0\n").repeats == 1


def test_the_name_of_a_file_needs_no_escape_in_any_report() -> None:
    new = file("id,output\ncase-000,a\n", "x/@me <b>`|\n\x1b.csv")
    assert GivenAnswers(new).called(new) == "?me ?b?????.csv"


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    new, old = (file("id,output\ncase-000,a\n", f"{folder}/out.csv") for folder in ("new", "old"))
    assert [GivenAnswers(new, old).called(item) for item in (new, old)] == ["new/out.csv", "old/out.csv"]


def test_the_order_of_the_cases_is_drawn_from_both_files(registry: Path) -> None:
    known = Registry(Folder(registry))
    suite = known.suite("qa")

    def order(*texts: str) -> list[str]:
        files = [
            read_answers(
                "".join(f'{{"id": "q{n}", "output": "{text}"}}\n' for n in range(60)).encode(),
                "x",
                suite.cases,
                "qa",
            )
            for text in texts
        ]
        return [item.id for item in comparison_of(known, suite, GivenAnswers(*files)).cases]

    assert order("a", "b") == order("a", "b")
    assert len({tuple(order(*texts)) for texts in (("a", "b"), ("a", "c"), ("c", "b"))}) == 3


def test_a_file_stands_for_production_with_the_model_that_it_names(registry: Path) -> None:
    known = Registry(Folder(registry))
    suite = known.suite("qa")
    text = '{"id": "q1", "output": "x", "model": "acme-2"}'
    given = GivenAnswers(read_answers(text.encode(), "x", suite.cases, "qa"))
    found = comparison_of(known, suite, given)
    assert (found.candidate.number, found.candidate.model, found.asked_models) == (1, "acme-2", [])
