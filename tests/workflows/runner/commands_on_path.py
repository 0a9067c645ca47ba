"""The Python of a machine that a job runs on.

``python``, ``python3``, ``pip`` and, once installed, ``cuebook`` are small scripts in front of the
interpreter that runs the tests. ``pip`` installs nothing (see ``shims/pip.py``); as on the hosted image it
refuses outside ``actions/setup-python`` and a venv. ``cuebook`` is forked from a process that has imported
it (see ``warm``).
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

SHIMS = Path(__file__).parent / "shims"
TOOLS = Path(__file__).parents[3] / "tools"


def make_python(folder: Path, warm: Path, *, managed: bool = False) -> None:
    """Commands of a Python environment in a folder; a managed one refuses ``pip install``.

    ``warm`` is the socket of the process that runs ``cuebook``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here, asked = shlex.quote(str(folder)), shlex.quote(str(warm))
    real, tools = shlex.quote(sys.executable), shlex.quote(str(TOOLS))
    pip, venv, cuebook = (
        f"exec {real} -I -S {shlex.quote(str(SHIMS / name))}" for name in ("pip.py", "venv.py", "forked.py")
    )
    python = (
        'if [ "$1" = -I ] && [ "$2" = -m ]; then shift\n'  # else the folder it runs in comes first
        f'elif [ "$1" = -m ] && [ -e "$2.py" ]; then exec {real} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = pip ]; then shift 2; {pip} {here} "$@"; fi\n'
        f'if [ "$1" = -m ] && [ "$2" = venv ]; then shift 2; {venv} {asked} "$@"; fi\n'
        f'exec {real} "$@"'
    )
    write_command(folder / "python", python)
    write_command(folder / "python3", python)
    write_command(folder / "pip", f'{pip} {here} "$@"')
    write_command(folder / "pip3", f'{pip} {here} "$@"')
    write_command(folder / "cuebook.hidden", f'PYTHONPATH={tools} {cuebook} {asked} "$@"')
    write_command(folder / "pytest.hidden", 'echo "stand-in pytest: $*"')
    write_command(folder / "npm", 'echo "stand-in npm: $*"')
    if managed:
        (folder / "EXTERNALLY-MANAGED").touch()


def write_command(path: Path, body: str) -> None:
    """A shell script that can be called by its name."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
