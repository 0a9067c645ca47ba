from __future__ import annotations

from pathlib import Path

from build import write
from conftest import QA
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.kept_verdicts import out_of_date, passed_before, why_no_verdict
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.cause import StaleInput

STRICTER = {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "0.2")}


def test_what_moved_is_named(tmp_path: Path) -> None:
    first = Workspace(write(tmp_path, QA))
    before = judge_all(first, plan_record(first.registry).comparisons)
    assert [out_of_date(first)(item.verdict) for item in before] == [[], []]
    edited = Workspace(write(tmp_path, STRICTER))
    assert [out_of_date(edited)(item.verdict) for item in before] == [[StaleInput("suite")]] * 2
    again = judge_all(edited, plan_record(edited.registry).comparisons)
    assert [item.moved for item in again] == [(StaleInput("suite"),)] * 2
    scored = STRICTER["evals/qa/suite.yml"].replace("scorers:\n", "scorers:\n  - finish\n")
    chosen = Workspace(write(tmp_path, {"evals/qa/suite.yml": scored}))
    assert [out_of_date(chosen)(item.verdict) for item in again] == [[StaleInput("suite")]] * 2


def test_why_there_is_none_that_holds(tmp_path: Path) -> None:
    workspace = Workspace(write(tmp_path, QA))
    _, comparison = plan_record(workspace.registry).comparisons
    assert why_no_verdict(workspace, comparison, "qa/2").code == "not_evaluated"
    assert not passed_before(workspace, comparison)
    judge_all(workspace, [comparison])
    assert passed_before(workspace, comparison)
    edited = Workspace(write(tmp_path, STRICTER))
    _, comparison = plan_record(edited.registry).comparisons
    lack = why_no_verdict(edited, comparison, "qa/2")
    assert (lack.code, lack.changed) == ("stale", [StaleInput("suite")])
    assert not passed_before(edited, comparison)
