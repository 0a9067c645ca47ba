from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from cuebook.reports import _screen


class Watched(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def put(monkeypatch: pytest.MonkeyPatch, stdout: io.TextIOBase) -> None:
    """Standard output as reports see it; pytest puts its own in place of ``sys.stdout`` before each test."""
    monkeypatch.setattr(_screen, "sys", SimpleNamespace(stdout=stdout))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture(autouse=True)
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is no terminal, however the tests are run."""
    put(monkeypatch, io.StringIO())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is a terminal of 72 columns."""
    put(monkeypatch, Watched())
    monkeypatch.setenv("COLUMNS", "72")


@pytest.fixture
def ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is a pipe that takes ASCII."""
    put(monkeypatch, io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
