from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.cli import command_names, summary


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help_with_an_example_and_a_test(
    cli: Callable[..., object], tmp_path: Path, name: str
) -> None:
    ended = cli(tmp_path, name, "--help")
    assert ended.code == 0  # type: ignore[attr-defined]
    assert "Example: cuebook " + name in " ".join(ended.out.split())  # type: ignore[attr-defined]
    assert len(summary(name)) < 110
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_an_unknown_command_names_the_nearest(cli: Callable[..., object], tmp_path: Path) -> None:
    ended = cli(tmp_path, "chekc")
    assert ended.code == 2  # type: ignore[attr-defined]
    assert "did you mean 'check'?" in ended.err  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "said", "example"),
    [
        (("render",), "Missing argument 'REF'", "cuebook render qa-assistant -v context="),
        (("gate", "--bsae", "main"), "'--base'", "cuebook gate qa-assistant/6 --against 4"),
        (("gate", "--suite"), "requires an argument", "cuebook gate qa-assistant/6 --against 4"),
        (("plan", "--shards", "900"), "from 1 to 256", "cuebook plan qa-assistant/5, or cuebook plan --base"),
        (("history", "qa", "2"), "unexpected extra argument", "cuebook history qa-assistant"),
        (("ci", "chek"), "'check'", "cuebook ci check --base origin/main"),
        (("site", "serve", "--prot"), "'--port'", "cuebook site serve"),
    ],
)
def test_a_call_that_is_wrong_is_answered_with_the_example_of_its_command(
    cli: Callable[..., object], tmp_path: Path, words: tuple[str, ...], said: str, example: str
) -> None:
    (tmp_path / "prompts").mkdir()
    ended = cli(tmp_path, *words)
    assert ended.code == 2  # type: ignore[attr-defined]
    assert said in ended.err  # type: ignore[attr-defined]
    assert f"    for example: {example}" in ended.err  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["help"], "write cuebook --help"),
        (["help", "gate"], "write cuebook gate --help"),
        (["help", "gat"], "write cuebook --help"),
        (["version"], "write cuebook --version"),
        (["gat"], "did you mean 'gate'?"),
    ],
)
def test_a_word_that_is_no_command_is_answered_by_what_was_meant(
    cli: Callable[..., object], tmp_path: Path, words: list[str], meant: str
) -> None:
    ended = cli(tmp_path, *words)
    assert ended.code == 2  # type: ignore[attr-defined]
    assert f"no command {words[0]!r}: {meant}" in ended.err  # type: ignore[attr-defined]


def test_outside_a_registry_the_cure_is_named(cli: Callable[..., object], tmp_path: Path) -> None:
    ended = cli(tmp_path, "list")
    assert ended.code == 2  # type: ignore[attr-defined]
    assert "cuebook init" in ended.err  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", ["check", "list", "gate"])
def test_a_root_that_holds_no_registry_is_no_registry_in_which_all_is_good(
    cli: Callable[..., object], tmp_path: Path, command: str
) -> None:
    ended = cli(tmp_path, command, "--root", ".")
    assert ended.code == 2  # type: ignore[attr-defined]
    assert "no registry in .: there is no folder 'prompts'" in ended.err  # type: ignore[attr-defined]
    (tmp_path / "prompts").mkdir()
    assert cli(tmp_path, "check", "--root", ".").code == 0  # type: ignore[attr-defined]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['cuebook', '--help']\n"
        "from cuebook.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'litellm', 'rich', 'mkdocs', 'jinja2', 'aiohttp', 'yaml'} & set(sys.modules)\n"
        "print(heavy or 'light', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "light"


def test_a_process_that_ends_looks_for_no_cycles() -> None:
    code = (
        "import atexit, gc, sys; sys.argv = ['cuebook', '--help']\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0, file=sys.stderr))\n"
        "from cuebook.cli import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "True"


def _run(root: Path, redirected: str, *words: str) -> subprocess.CompletedProcess[str]:
    code = "from cuebook.cli import main; main()"
    line = f'exec "$0" -c "$1" {" ".join(words)} {redirected}'
    return subprocess.run(
        ["sh", "-c", line, sys.executable, code], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the output")
def test_with_its_output_closed_or_full_a_command_ends_as_it_should(registry: Path) -> None:
    closed = _run(registry, ">&-", "check")
    assert (closed.returncode, closed.stdout) == (0, "")
    assert "Traceback" not in closed.stderr
    assert _run(registry, "2>&- <&-", "list").stdout == _run(registry, "", "list").stdout
    if Path("/dev/full").exists():
        full = _run(registry, ">/dev/full", "list")
        assert (full.returncode, full.stderr.splitlines()[0]) == (
            2,
            "cuebook: the output cannot be written or read: No space left on device",
        )
        assert len(full.stderr.splitlines()) == 2


@pytest.mark.skipif(os.name != "posix", reason="pipes of another system end otherwise")
def test_a_reader_that_goes_away_makes_no_pass_of_a_fail(registry: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from cuebook.cli import main; main()", "check"]
    done = subprocess.run(command, cwd=registry, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, b"Traceback" in done.stderr) == (141, False)


@pytest.mark.skipif(os.name != "posix", reason="a file takes the place of a folder")
def test_a_folder_that_cannot_be_written_is_named_and_no_bug(
    registry: Path, cli: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (registry / "taken").write_text("a file")
    monkeypatch.setenv("CUEBOOK_OUTPUT", str(registry / "taken/out"))
    ended = cli(registry, "publish")
    assert ended.code == 2  # type: ignore[attr-defined]
    assert "taken" in ended.err  # type: ignore[attr-defined]
    assert "bug" not in ended.err  # type: ignore[attr-defined]


def test_it_runs_as_a_module_and_takes_nothing_of_the_folder_for_a_library(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('a file of the checkout was run')\n")
    command = [sys.executable, "-m", "cuebook", "history"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "for example: cuebook history" in done.stderr


def test_with_p_a_folder_of_its_name_is_not_run_in_its_place(tmp_path: Path) -> None:
    for path in ("cuebook/__init__.py", "cuebook/__main__.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("raise SystemExit('a file of the checkout was run')\n")
    command = [sys.executable, "-P", "-m", "cuebook", "history"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "for example: cuebook history" in done.stderr) == (2, True)


def test_to_import_the_module_runs_nothing() -> None:
    assert callable(importlib.import_module("cuebook.__main__").run)
