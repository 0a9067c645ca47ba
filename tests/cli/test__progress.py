from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cuebook.calls.engine import Progress, Waiting
from cuebook.cli import _progress


def at(done: int, waiting: Waiting | None) -> Progress:
    return Progress(54, done, 0, done, 0, 0.0, waiting)


BUSY = Waiting(20, "local answered 429: slow down [bold]\nplease", 34.0)


def test_a_run_that_waits_says_so_where_nobody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: clock[0])
    with _progress.counting(54, "qa/2") as watch:
        watch(at(1, None))
        assert capsys.readouterr().err == ""
        for moment in (1.0, 2.0, 30.0):
            clock[0] = moment
            watch(at(12, BUSY))
        said = capsys.readouterr().err
        assert said.count("qa/2 waits until") == 1, "once in half a minute"
        assert re.search(
            r"until \d\d:\d\d:\d\d: local answered 429: slow down \[bold\] please; "
            "12 of at most 54 calls done",
            said,
        )
        clock[0] = 31.5
        watch(at(12, BUSY))
        assert "waits until" in capsys.readouterr().err


def test_a_single_call_says_what_it_waits_for_and_draws_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: clock[0])
    watch = _progress.waits("qa/2")
    for moment, waiting in ((0.0, None), (1.0, BUSY), (2.0, BUSY), (32.0, BUSY), (33.0, None)):
        clock[0] = moment
        watch(at(0, waiting))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2, "once in half a minute"
    assert all(
        re.fullmatch(r"qa/2 waits until \d\d:\d\d:\d\d: local answered 429: .+", line) for line in said
    )


def test_a_log_says_twice_a_minute_how_far_a_run_has_come(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: clock[0])
    with _progress.counting(54, "qa/2") as watch:
        for moment, done in ((29.0, 10), (31.0, 12), (60.0, 30), (62.0, 31)):
            clock[0] = moment
            watch(replace(at(done, None), cost_usd=done / 100))
    assert capsys.readouterr().err.splitlines() == [
        "qa/2: 12 of at most 54 calls done for $0.120",
        "qa/2: 31 of at most 54 calls done for $0.310",
    ]
    clock[0] = 100.0
    with _progress.counting(54, "qa/2") as watch:
        clock[0] = 131.0
        watch(replace(at(58, None), planned=60))
    assert capsys.readouterr().err == "qa/2: 58 of at most 60 calls done\n"


def test_the_bar_says_what_it_waits_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with _progress.counting(54, "qa/2") as watch:
        watch(at(12, BUSY))
    said = capsys.readouterr().err
    assert "429: slow down [bold] please" in said
    assert "12/54" in said
