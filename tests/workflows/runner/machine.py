"""The machine a job runs on: folders, commands on PATH, and real shells.

Its Python is a stand-in (see ``commands_on_path``). Traffic that is not loopback goes to a port where nobody
listens.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.runner import certificate, warm
from workflows.runner.commands_on_path import make_python, write_command
from workflows.runner.problems import Unsupported

LONGEST = 240.0
"""Seconds that a step may take here."""

SHELLS = {
    "": ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "sh": ["sh", "-e"],
    "python": ["python"],
}
"""Commands by the name of the shell; without a name GitHub leaves pipefail out."""


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
        make_python(self.system, warm.place(), managed=True)
        write_command(self.system / "gh", 'echo "gh has no stand-in here: use the REST API" >&2; exit 127')
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
