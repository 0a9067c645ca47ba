from __future__ import annotations

import json
from typing import Any

import pytest

from build import case, comparison, suite
from cuebook import reports
from cuebook.core.format import capital
from cuebook.optimizing.scoring import scored
from cuebook.shapes.run import CaseRun, Failure, Sample
from cuebook.shapes.suite import MetricRule, ScorerSpec
from cuebook.site.pages._case_files import case_files
from cuebook.site.pages._cases import Cases
from cuebook.site.pages._html import words_in
from cuebook.wording.finish import finish, finishes, nothing_said, unanswered
from fixtures.site_catalog import answer, qa_case, verdict


def ending(old: str | None, new: str | None) -> tuple[str, list[str]]:
    case = qa_case(0, with_baseline=True)
    assert case.baseline
    sides = {
        name: answer.model_copy(update={"finish": how or "", **({"text": None} if how is None else {})})
        for name, answer, how in (("baseline", case.baseline, old), ("candidate", case.candidate, new))
    }
    made = case.model_copy(update=sides)
    return finish(made), finishes(verdict("qa", 2, "pass", cases=[made]))


@pytest.mark.parametrize(
    ("old", "new", "said", "counted"),
    [
        ("stop", "stop", "stop", ["stop 1", "stop 1"]),
        ("stop", "length", "stop \u2192 length", ["stop 1", "length 1"]),
        ("stop", None, "stop \u2192 no answer", ["stop 1", "no answer 1"]),
        ("", "", "", []),
    ],
)
def test_how_answers_ended_is_said_of_each_and_counted_of_all(
    old: str, new: str | None, said: str, counted: list[str]
) -> None:
    assert ending(old, new) == (said, counted)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": None, "failure": "it timed out"}, "no answer: it timed out"),
        ({"text": None, "failure": None}, "no answer: unknown reason"),
        ({"text": " \n"}, "the answer is empty"),
    ],
)
def test_report_page_and_script_say_alike_that_nothing_was_answered(
    fields: dict[str, Any], said: str
) -> None:
    broken = qa_case(0, with_baseline=True).model_copy(
        update={"candidate": answer("", 0).model_copy(update=fields)}
    )
    assert nothing_said(broken.candidate) == said
    found = verdict("qa", 2, "fail", cases=[broken.model_copy(update={"change": "broken"})])
    assert f"({said})" in reports.render("terminal", [found])
    (view,) = Cases(found).views
    assert capital(said) in words_in(Cases(found).inside(view))
    assert json.loads(case_files(Cases(found))["cases-0.json"])[0]["new"]["nothing"] == capital(said)


def test_an_optimiser_reads_the_same_of_a_question_that_got_no_answer() -> None:
    lost = Sample(0, None, Failure("candidate", "too long"))
    scorers = (ScorerSpec("exact", "exact"),)
    of = comparison(suite([case(1)], scorers=scorers, metrics={"exact": MetricRule()}))
    assert scored(of, [CaseRun(case(1), "", (lost,))]).example.answer == f"({unanswered('too long')})"
