from __future__ import annotations

from cuebook.wording import runs


def test_files_that_make_the_verdict_are_named_and_the_rest_counted() -> None:
    assert "verdict: a.yml. Read these first." in runs.guarded(["a.yml"], 2)
    assert "verdict: a.yml and 2 more. Read these first." in runs.guarded(["a.yml", "b", "c"], 1)


def test_what_a_run_lacks_is_said_of_that_run() -> None:
    assert runs.unreported("gate") == "fail: no report of gate"
    assert runs.refused("gate") == "fail: the report of gate was refused."
    assert runs.silent("gate") == "fail: gate ended without a report."
    assert runs.wrong_files(1) == "fail: 1 problem in the files"
    assert runs.stopped("no key") == "not evaluated: no key"
    assert runs.running("check, gate") == "running: check, gate; no verdict yet"


def test_a_change_without_a_number_names_its_commit_alone() -> None:
    assert "pull request 7, commit `abc`" in runs.by_hand(7, "abc")
    assert "pull request N, commit `abc`" in runs.by_hand(None, "abc")


def test_a_run_at_work_says_what_the_report_below_it_is() -> None:
    assert runs.at_work("gate", waits=False, rehearsed=False) == "**Running:** gate."
    waiting = runs.at_work("gate", waits=True, rehearsed=True)
    assert waiting == "**Waiting for a maintainer's approval:** gate. Until then, the rehearsal:"
