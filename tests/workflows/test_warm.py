"""``cuebook`` in a step: forked from a process that has imported it, and yet a program of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

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
