from __future__ import annotations

from pathlib import Path

import pytest

from cuebook import reports
from cuebook.cli._reports import write_reports
from verdicts import FAIL


def test_every_report_is_a_file_without_the_colours_of_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in reports.render("terminal", [FAIL])
    markdown = write_reports(tmp_path, [FAIL])
    assert markdown == tmp_path / "gate.md"
    assert {path.name for path in tmp_path.iterdir()} == {
        f"gate{reports.find(name).SUFFIX}" for name in reports.names()
    }
    assert not any(b"\x1b[" in path.read_bytes() for path in tmp_path.iterdir())
