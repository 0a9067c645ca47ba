"""The machine a job runs on: folders, commands on PATH, and real shells.

``python``, ``python3``, ``pip`` and, once installed, ``cuebook`` are small scripts in front of the
interpreter that runs the tests. ``pip`` installs nothing (see ``shims/pip.py``); as on the hosted image it
refuses outside ``actions/setup-python`` and a venv. Traffic that is not loopback goes to a port where nobody
listens.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.runner import certificate
from workflows.runner.problems import Unsupported

SHIMS = Path(__file__).parent / "shims"
TOOLS = Path(__file__).parents[3] / "tools"
LONGEST = 240.0
"""Seconds that a step may take here."""

SHELLS = {
    "": ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "sh": ["sh", "-e"],
    "python": ["python"],
}
"""Commands by the name of the shell; without a name GitHub leaves pipefail out."""

_RUN_CUEBOOK = 'import sys; from cuebook.cli import main; sys.argv[0] = "cuebook"; main()'


@dataclass
class Machine:
    """A fresh machine below ``root``; ``path`` is what steps put in front of PATH."""

    root: Path
    repository: str
    path: list[str] = field(default_factory=list)
    _scripts: int = 0

    def __post_init__(self) -> None:
        for folder in (self.workspace, self.temp, self.home, self.tools):
            folder.mkdir(parents=True)
        make_python(self.system, managed=True)
        _write(self.system / "gh", 'echo "gh has no stand-in here: use the REST API" >&2; exit 127')
        (self.system / "git").symlink_to(shutil.which("git") or "/usr/bin/git")

    @property
    def work(self) -> Path:
        """The folder above workspace and temporary folder."""
        return self.root / "work"

    @property
    def workspace(self) -> Path:
        """GITHUB_WORKSPACE."""
        return self.work / self.repository / self.repository

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.work / "_temp"

    @property
    def home(self) -> Path:
        """HOME."""
        return self.root / "home"

    @property
    def tools(self) -> Path:
        """RUNNER_TOOL_CACHE."""
        return self.root / "tools"

    @property
    def system(self) -> Path:
        """The commands that the hosted image has."""
        return self.root / "bin"

    def environment(self) -> dict[str, str]:
        """What every process gets before GitHub's own variables."""
        nowhere = "http://127.0.0.1:9"
        places = [*reversed(self.path), str(self.system), "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            "PATH": os.pathsep.join(places),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CI": "true",
            "SSL_CERT_FILE": str(certificate.path()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "http_proxy": nowhere,
            "https_proxy": nowhere,
            "HTTPS_PROXY": nowhere,
            "no_proxy": "127.0.0.1,localhost",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "loopback",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": str(self.tools),
        }

    def run(self, script: str, shell: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
        """Exit code and output of a script; one that takes too long is killed and fails."""
        if shell.endswith(" {0}"):
            command = shlex.split(shell)[:-1]
        elif shell in SHELLS:
            command = SHELLS[shell]
        else:
            raise Unsupported(f"shell {shell}")
        self._scripts += 1
        path = self.root / f"script-{self._scripts}"
        path.write_text(script, encoding="utf-8")
        if not folder.is_dir():
            return 1, f"no such working directory: {folder}\n"
        program = shutil.which(command[0], path=environment["PATH"]) or command[0]
        process = subprocess.Popen(
            [program, *command[1:], str(path)],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return 1, output.decode(errors="replace") + "\nThe operation was canceled: it took too long.\n"
        return process.returncode, output.decode(errors="replace")


def make_python(folder: Path, *, managed: bool = False) -> None:
    """Commands of a Python environment in a folder; a managed one refuses ``pip install``."""
    folder.mkdir(parents=True, exist_ok=True)
    real, here = shlex.quote(sys.executable), shlex.quote(str(folder))
    pip = f"exec {real} -I -S {shlex.quote(str(SHIMS / 'pip.py'))} {here}"
    venv = f"exec {real} -I -S {shlex.quote(str(SHIMS / 'venv.py'))}"
    python = (
        'if [ "$1" = -I ] && [ "$2" = -m ]; then shift\n'  # else the folder it runs in comes first
        f'elif [ "$1" = -m ] && [ -e "$2.py" ]; then exec {real} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = pip ]; then shift 2; {pip} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = venv ]; then shift 2; {venv} "$@"; fi\n'
        f'exec {real} "$@"'
    )
    for name, body in {
        "python": python,
        "python3": python,
        "pip": f'{pip} "$@"',
        "pip3": f'{pip} "$@"',
    }.items():
        _write(folder / name, body)
    tools = shlex.quote(str(TOOLS))
    _write(
        folder / "cuebook.hidden", f'PYTHONPATH={tools} exec {real} -P -c {shlex.quote(_RUN_CUEBOOK)} "$@"'
    )
    if managed:
        (folder / "EXTERNALLY-MANAGED").touch()


def _write(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
