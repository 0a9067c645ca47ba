from __future__ import annotations

from cuebook.reports._versions import SHOWN, beside_each_other
from cuebook.shapes.verdict import Verdict
from verdicts import verdict


def test_each_scorer_has_a_row_and_each_version_a_column() -> None:
    text = beside_each_other([verdict("fail"), verdict("pass")])
    first, heading, *rows = text.splitlines()
    assert " on " in first
    assert heading.split()[:2] == ["mean", "score"]
    assert heading.count("v") == 3
    labels = [summary.label for summary in verdict("fail").summaries]
    assert [row.split()[0] for row in rows[: len(labels)]] == labels


def test_cases_that_differ_are_listed_and_only_those() -> None:
    shown = verdict("fail")
    text = beside_each_other([shown])
    assert "They differ on " in text
    same = [case.model_copy(update={"candidate": case.baseline}) for case in shown.cases]
    equal: Verdict = shown.model_copy(update={"cases": same})
    assert "Every version passes and fails the same cases." in beside_each_other([equal])
    assert text.count("passes") <= 2 * SHOWN


def test_nothing_is_no_table() -> None:
    assert beside_each_other([]) == ""
