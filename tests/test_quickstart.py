"""The one test command: what it runs, and that nothing it finds is lost."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType, SimpleNamespace

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
    monkeypatch.setenv(
        "TMPDIR", str(tmp_path)
    )  # chosen by the one who runs the tests: nothing is put elsewhere
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


@pytest.mark.parametrize("code", [0, 1])
def test_files_of_the_tests_are_in_memory_while_they_run(
    quickstart: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    code: int,
) -> None:
    memory = _memory(quickstart, monkeypatch, tmp_path, gigabytes=12)
    (quickstart.BIN / "pytest").write_text(
        f'#!/bin/sh\ntouch "$TMPDIR/left"\necho "in $TMPDIR"\nexit {code}\n'
    )
    assert quickstart.main(["test"]) == code
    [used] = {line for line in capfd.readouterr().out.splitlines() if line.startswith("in ")}
    assert Path(used.removeprefix("in ")).parent == memory
    assert not list(memory.iterdir())


@pytest.mark.parametrize(("gigabytes", "chosen"), [(0.06, None), (12, "/elsewhere")])
def test_files_of_the_tests_are_where_they_would_be_without_room_or_by_choice(
    quickstart: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    gigabytes: float,
    chosen: str | None,
) -> None:
    memory = _memory(quickstart, monkeypatch, tmp_path, gigabytes)
    if chosen:
        monkeypatch.setenv("TMPDIR", chosen)
    with quickstart.files_in_memory():
        assert os.environ.get("TMPDIR") == chosen
        assert not list(memory.iterdir())


def _memory(quickstart: ModuleType, monkeypatch: pytest.MonkeyPatch, place: Path, gigabytes: float) -> Path:
    memory = place / "memory"
    memory.mkdir()
    monkeypatch.setattr(quickstart, "MEMORY", memory)
    usage = SimpleNamespace(free=gigabytes * 2**30)
    monkeypatch.setattr(quickstart.shutil, "disk_usage", lambda _: usage)
    monkeypatch.delenv("TMPDIR", raising=False)
    return memory
