"""The Python of a machine that a job runs on.

``python``, ``python3``, ``pip`` and, once installed, ``cuebook`` are small scripts in front of the
interpreter that runs the tests. ``pip`` installs nothing (see ``shims/pip.py``); as on the hosted image it
refuses outside ``actions/setup-python`` and a venv. ``cuebook`` is forked from a process that has imported
it (see ``warm``).
"""

from __future__ import annotations

import os
import sys

RUNNER = os.path.dirname(os.path.abspath(__file__))
SHIMS = os.path.join(RUNNER, "shims")
TOOLS = os.path.join(RUNNER, "..", "..", "..", "tools")


def make_python(
    folder: str | os.PathLike[str], warm: str | os.PathLike[str], *, managed: bool = False
) -> None:
    """Commands of a Python environment in a folder; a managed one refuses ``pip install``.

    ``warm`` is the socket of the process that runs ``cuebook``.
    """
    os.makedirs(folder, exist_ok=True)
    here, asked, real, tools = map(quoted, (os.fspath(folder), os.fspath(warm), sys.executable, TOOLS))
    pip, venv, cuebook = (
        f"exec {real} -I -S {quoted(os.path.join(SHIMS, name))}"
        for name in ("pip.py", "venv.py", "forked.py")
    )
    python = (
        'if [ "$1" = -I ] && [ "$2" = -m ]; then shift\n'  # else the folder it runs in comes first
        f'elif [ "$1" = -m ] && [ -e "$2.py" ]; then exec {real} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = pip ]; then shift 2; {pip} {here} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = venv ]; then shift 2; {venv} {asked} "$@"; fi\n'
        f'exec {real} "$@"'
    )
    commands = {
        "python": python,
        "python3": python,
        "pip": f'{pip} {here} "$@"',
        "pip3": f'{pip} {here} "$@"',
        "cuebook.hidden": f'PYTHONPATH={tools} {cuebook} {asked} "$@"',
        "pytest.hidden": 'echo "stand-in pytest: $*"',
        "npm": 'echo "stand-in npm: $*"',
    }
    for name, body in commands.items():
        write_command(os.path.join(folder, name), body)
    if managed:
        with open(os.path.join(folder, "EXTERNALLY-MANAGED"), "w", encoding="utf-8"):
            pass


def quoted(word: str) -> str:
    """A word for a shell; ``shlex`` would import ``re``."""
    return "'" + word.replace("'", "'\\''") + "'"


def write_command(path: str | os.PathLike[str], body: str) -> None:
    """A shell script that can be called by its name."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{body}\n")
    os.chmod(path, 0o755)
