"""The one test command: what it runs, and that nothing it finds is lost."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def quickstart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, with commands that do nothing but say so."""
    spec = importlib.util.spec_from_file_location("quickstart", ROOT / "quickstart.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("ruff", "mypy", "lint-imports", "pytest", "cuebook"):
        command = tmp_path / name
        command.write_text(f'#!/bin/sh\necho "{name} $*$PYTHONDONTWRITEBYTECODE"\n')
        command.chmod(0o755)
    monkeypatch.setattr(module, "BIN", tmp_path)
    monkeypatch.setattr(module, "install", lambda _: None)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return module


def test_every_check_and_test_is_run(quickstart: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    assert quickstart.main(["test"]) == 0
    assert [line.strip() for line in capfd.readouterr().out.splitlines()] == [
        "ruff format --check --quiet .",
        "ruff check --quiet .",
        "pytest -q -n auto --dist worksteal --ignore=tests/browser",
        "pytest -q -n auto --dist worksteal tests/browser",
        "mypy",
        "lint-imports --no-logo",
    ]


@pytest.mark.parametrize("failing", ["ruff", "mypy", "lint-imports", "pytest"])
def test_one_that_fails_stops_no_other_and_fails_the_whole(
    quickstart: ModuleType, capfd: pytest.CaptureFixture[str], failing: str
) -> None:
    (quickstart.BIN / failing).write_text("#!/bin/sh\necho what was found\nexit 1\n")
    assert quickstart.main(["test"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 6
    assert "what was found" in lines


def test_one_file_is_tested_alone_and_no_word_is_the_demo(
    quickstart: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    quickstart.main([])
    quickstart.main(["test", "tests/test_words.py"])
    assert capfd.readouterr().out.splitlines() == ["cuebook all1", "pytest tests/test_words.py"]
