"""``cuebook`` in a step: forked from a process that has imported it, and yet a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from build import write
from conftest import QA
from workflows.runner import warm
from workflows.runner.commands_on_path import make_python


def test_it_has_the_words_folder_environment_and_streams_of_its_step(tmp_path: Path) -> None:
    make_python(tmp_path / "bin", warm.place())
    command = (tmp_path / "bin/cuebook.hidden").rename(tmp_path / "bin/cuebook")
    folder = write(tmp_path / "registry", QA)

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], **variables}
        return subprocess.run(
            [command, *words], cwd=folder, env=env, capture_output=True, text=True, check=False
        )

    state = tmp_path / "state"
    gated = run("gate", "qa", CUEBOOK_STATE=str(state))
    assert (gated.returncode, gated.stderr) == (0, "")
    assert "qa/2" in gated.stdout
    assert state.is_dir()
    refused = run("gate", "qb")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "qb" in refused.stderr
    assert not (folder / ".cuebook").exists()


@pytest.mark.parametrize("marked", [True, False])
def test_a_site_has_its_pages_only_for_a_test_that_asks_for_them(tmp_path: Path, *, marked: bool) -> None:
    make_python(tmp_path / "bin", warm.place())
    command = (tmp_path / "bin/cuebook.hidden").rename(tmp_path / "bin/cuebook")
    folder = write(tmp_path / "registry", QA)
    flag = warm.place().with_name(warm.WITHOUT_PAGES)
    assert flag.exists()  # this test is not marked
    if marked:
        flag.unlink()
    done = subprocess.run([command, "site", "build"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    site = folder / "build/site"
    assert (site / "find.html").exists() == marked
    assert (site / "api/v1/prompts/qa/aliases/production.json").exists()


def test_mkdocs_is_forked_and_any_other_program_is_started() -> None:
    python = str(warm.place().parent / "python")
    for words, said in ([*warm.MKDOCS, "--version"], "version"), (["-c", "print('other')"], "other"):
        done = subprocess.run([python, *words], capture_output=True, text=True, check=True)
        assert (said in done.stdout, done.stderr) == (True, "")


def test_what_is_forked_ends_when_its_step_is_stopped(tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: x\ndev_addr: 127.0.0.1:0\n", "docs/index.md": "# x\n"})
    command = [str(warm.place().parent / "python"), *warm.MKDOCS, "serve"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as step:
        assert step.stdout is not None
        assert step.stdout.readline()
        step.kill()
        step.communicate(timeout=60)  # the end of its output: nobody holds it any more


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("print('out'); sys.exit(3)", 3, "out"),
        ("sys.exit('why')", 1, "why"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("import atexit; atexit.register(print, 'at the end')", 0, "at the end"),
        ("import threading; threading.Timer(0.1, print, ['by a thread']).start()", 0, "by a thread"),
    ],
)
def test_it_ends_as_a_program_does_and_frees_nothing(program: str, code: int, said: str) -> None:
    text = f"import sys; sys.path.insert(0, {str(Path(warm.__file__).parent)!r}); import warm\n"
    text += "class Kept:\n    def __del__(self): print('freed')\nkept = Kept()\n"
    text += f"def run():\n    {program}\nwarm.end_after(run)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True)
    assert "freed" not in done.stdout
