"""The ``pip`` of a workflow step: installs nothing, refuses everything but an install by lock file.

    pip install --require-hashes -r LOCK [-r LOCK ...]      every line pinned with == and --hash
    pip install --no-deps --no-build-isolation [-e] FOLDER ...  afterwards: the projects
    pip install --upgrade -r requirements/adapters.in           afterwards: the newest of what apps use

The second makes the ``cuebook`` command of the environment, which runs the package under test; so does
the first where ``cuebook`` is among what is pinned, and a ``pytest`` that only says what it was asked for.
Called as ``python pip.py BIN WORD...`` with the folder of commands of the environment. Without ``re`` and
``pathlib`` it starts in a third of the time, and workflow tests start it a thousand times.
"""

from __future__ import annotations

import os
import sys

QUIET = {"-q", "-qq", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--upgrade"}
BY_LOCK = {"--require-hashes", "--no-deps", "--only-binary=:all:"}
NEWEST = "requirements/adapters.in"
LOCKED = "locked"
"""The file that says a lock file was installed."""
PROJECT = {"--no-deps", "--no-build-isolation", "-e", "--editable"}


def main(bin_folder: str, words: list[str]) -> int:
    """The exit code of ``pip`` with these words."""
    words = [word for word in words if word not in QUIET]
    if os.path.exists(os.path.join(bin_folder, "EXTERNALLY-MANAGED")):
        return refuse("error: externally-managed-environment; use actions/setup-python or a venv")
    if not words or words.pop(0) != "install":
        return refuse("only `pip install` has a stand-in")
    locks = [words[at + 1] for at, word in enumerate(words[:-1]) if word in {"-r", "--requirement"}]
    rest = [
        word for at, word in enumerate(words) if word not in {"-r", "--requirement"} and word not in locks
    ]
    locked = os.path.exists(os.path.join(bin_folder, LOCKED))
    if locks == [NEWEST] and not rest and os.path.isfile(NEWEST) and locked:
        sys.stdout.write(f"stand-in pip: the newest of {NEWEST}\n")
        return 0
    if locks:
        return install_locks(bin_folder, locks, set(rest))
    return install_project(bin_folder, rest, locked=locked)


def install_locks(bin_folder: str, locks: list[str], options: set[str]) -> int:
    """Check that each lock file exists and pins every package by version and hash."""
    if "--require-hashes" not in options or options - BY_LOCK:
        return refuse(
            f"a lock file is installed with --require-hashes and nothing else, not {sorted(options)}"
        )
    for lock in locks:
        if not os.path.isfile(lock):
            return refuse(f"ERROR: Could not open requirements file: {lock}")
        with open(lock, encoding="utf-8") as file:
            text = file.read().replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        loose = [line.split()[0] for line in lines if "==" not in line or "--hash=sha256:" not in line]
        if loose or not lines:
            return refuse(f"{lock} has packages without version and hash: {loose}")
        sys.stdout.write(f"stand-in pip: {len(lines)} packages of {lock} pinned by hash\n")
        if any(line.partition("==")[0].partition("[")[0] == "cuebook" for line in lines):
            make_command(bin_folder, "cuebook")
        if any(line.startswith("pytest==") for line in lines):
            make_command(bin_folder, "pytest")
    with open(os.path.join(bin_folder, LOCKED), "w", encoding="utf-8"):
        pass
    return 0


def install_project(bin_folder: str, words: list[str], *, locked: bool) -> int:
    """Make the project's command, if its lock file came first; other projects may come with it."""
    folders = [word for word in words if not word.startswith("-")]
    options = {word for word in words if word.startswith("-")}
    if not {"--no-deps", "--no-build-isolation"} <= options or options - PROJECT or not folders:
        return refuse("the project is installed with --no-deps --no-build-isolation; packages by lock file")
    for folder in folders:
        if not os.path.isfile(os.path.join(folder, "pyproject.toml")):
            return refuse(f"ERROR: {folder} is not installable: no pyproject.toml")
    if not locked:
        return refuse("the project comes after its lock file")
    make_command(bin_folder, "cuebook")
    sys.stdout.write(f"stand-in pip: cuebook of {', '.join(folders)}\n")
    return 0


def make_command(bin_folder: str, name: str) -> None:
    """Put a command in its place."""
    os.replace(os.path.join(bin_folder, f"{name}.hidden"), os.path.join(bin_folder, name))


def refuse(message: str) -> int:
    """Say why not."""
    sys.stderr.write(message + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
