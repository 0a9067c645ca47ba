from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.reports.junit import render
from cuebook.shapes.case_result import CaseChange, ScoreResult
from cuebook.shapes.verdict import Outcome, Verdict
from cuebook.wording.next_step import next_step
from verdicts import EVERY, FAIL, FIRST, PASS, UNTESTED, answer, case, hostile_verdicts, metric, verdict


def suites(verdicts: list[Verdict]) -> list[ET.Element]:
    root = ET.fromstring(render(verdicts).encode())
    assert root.tag == "testsuites"
    return root.findall("testsuite")


def result(test: ET.Element) -> str:
    found = [child.tag for child in test if child.tag in {"failure", "error", "skipped"}]
    assert len(found) <= 1
    return found[0] if found else "passed"


@pytest.mark.parametrize(
    ("outcome", "expected"), [("pass", "passed"), ("fail", "failure"), ("inconclusive", "error")]
)
def test_the_verdict_is_a_test_case(outcome: Outcome, expected: str) -> None:
    (suite,) = suites([verdict(outcome)])
    (gate,) = [test for test in suite.iter("testcase") if test.get("name") == "gate"]
    assert result(gate) == expected
    told = "".join(gate.itertext())
    assert f"Next: {next_step(verdict(outcome)).text}" in told


def test_a_case_on_which_metrics_go_apart_is_mixed_as_everywhere_else() -> None:
    old, new = answer("before", 0.5), answer("after", 1.0)
    old.scores["exact"], new.scores["exact"] = (
        ScoreResult(state="measured", value=value, passed=value == 1) for value in (1.0, 0.0)
    )
    both = [metric(label, "pass", 0.0, -0.1, 0.1) for label in ("judge-correctness/2", "exact")]
    (suite,) = suites([verdict("pass", metrics=both, cases=[case("c", "worse", old, new)])])
    (test,) = [test for test in suite.iter("testcase") if test.get("name") == "c"]
    assert result(test) == "passed"
    assert test.findtext("system-out", "").startswith("mixed: ")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("broken", "failure"),
        ("failed", "failure"),
        ("dropped", "error"),
        ("worse", "passed"),
        ("fixed", "passed"),
        ("better", "passed"),
        ("same", "passed"),
    ],
)
def test_what_became_of_a_case(change: CaseChange, expected: str) -> None:
    old, new = answer("before", 1.0), answer("after", 0.0, "the reason")
    (suite,) = suites([verdict("pass", cases=[case("c", change, old, new)])])
    (test,) = [test for test in suite.iter("testcase") if test.get("name") == "c"]
    assert result(test) == expected
    if expected == "passed":
        assert test.findtext("system-out", "").startswith({"same": "both wrong"}.get(change, change))
    else:
        text = "".join(test.itertext())
        for part in ("v5: before", "v6: after", "the reason", "expected: ", "question: "):
            assert part in text


def test_no_outcome_is_lost_and_the_counts_are_true() -> None:
    root = ET.fromstring(render(EVERY).encode())
    for suite, shown in zip(root.findall("testsuite"), EVERY, strict=True):
        tests = suite.findall("testcase")
        results = [result(test) for test in tests]
        assert len(tests) == 1 + len(shown.cases)
        assert suite.get("tests") == str(len(tests))
        assert suite.get("failures") == str(results.count("failure"))
        assert suite.get("errors") == str(results.count("error"))
        assert "skipped" not in results
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)


def test_an_empty_run_is_an_error_not_a_pass() -> None:
    (suite,) = suites([UNTESTED])
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


def test_no_two_test_cases_of_a_suite_share_a_name() -> None:
    twice = [
        case("gate", "same", PASS.cases[0].candidate, PASS.cases[0].candidate, model=m) for m in ("a", "b")
    ]
    (suite,) = suites([verdict("pass", cases=twice)])
    names = [(test.get("classname"), test.get("name")) for test in suite.iter("testcase")]
    assert len(set(names)) == len(names) == 3


def test_a_first_version_fails_cases_without_breaking_them() -> None:
    (suite,) = suites([FIRST])
    messages = [found.get("message", "") for found in suite.iter("failure")]
    assert any(message.startswith("failing") for message in messages)
    assert not any("broken" in message for message in messages)


def test_the_time_is_the_candidates() -> None:
    (suite,) = suites([FAIL])
    assert {test.get("time") for test in suite.iter("testcase") if test.get("name") != "gate"} == {"0.800"}


def test_colons_and_brackets_read_back_as_they_were() -> None:
    text = "x\n::error::y\n ##[error]z"
    made = render([verdict("fail", cases=[case("a", "broken", None, answer(text, 0.0))])])
    assert "\n::" not in made
    assert "##[" not in made
    assert text in "".join(ET.fromstring(made.encode()).itertext())


@given(verdicts=st.lists(hostile_verdicts(), max_size=2))
@settings(max_examples=30, deadline=None)
def test_any_text_makes_whole_xml(verdicts: list[Verdict]) -> None:
    found = suites(verdicts)
    assert [len(suite.findall("testcase")) for suite in found] == [1 + len(item.cases) for item in verdicts]
    for suite, shown in zip(found, verdicts, strict=True):
        gate, *tests = suite.findall("testcase")
        assert (result(gate) == "passed") == (shown.outcome == "pass")
        good = {"worse", "fixed", "better", "same"}
        assert [result(test) == "passed" for test in tests] == [item.change in good for item in shown.cases]
