"""Everything a fresh machine needs: Python 3.11 or later, git, and this file.

    python3 quickstart.py         install, then check, evaluate, gate, publish and build the site
    python3 quickstart.py test    install the developer tools, then run every check and test

The virtual environment goes to .venv, or to the folder named by CUEBOOK_VENV. Nothing else is touched.
Packages are pinned exactly and verified by hash.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("CUEBOOK_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
JOBS = {"demo": "site", "test": "dev"}
PROJECTS = (ROOT, ROOT / "tools" / "standins")
"""Cuebook, and the rules that stand in for models in its example."""
MEMORY = Path("/dev/shm")  # noqa: S108  Linux's folder in memory; a folder in it gets a random name


def main(words: list[str]) -> int:
    """Run the job named on the command line; its exit code."""
    job = words[0] if words else "demo"
    if job not in JOBS:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036  this file is run before anything is installed
        print(f"Cuebook needs Python 3.11 or later; this is {sys.version.split()[0]}")
        return 2
    install(ROOT / "requirements" / f"{JOBS[job]}.txt")
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    if job == "demo":
        return run("cuebook", "all")
    # Hundreds of processes of the tests import the same modules: compiled once is enough.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return run("pytest", *words[1:]) if words[1:] else run_checks_and_tests()


def run_checks_and_tests() -> int:
    """Formatting and lint, then the tests beside types and import rules; the highest exit code.

    What is found beside the tests is printed after them.
    """
    ended = [run("ruff", "format", "--check", "--quiet", "."), run("ruff", "check", "--quiet", ".")]
    checks = [["mypy"], ["lint-imports", "--no-logo"]]
    beside = [
        subprocess.Popen(
            [str(BIN / command), *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for command, *words in checks
    ]
    browser = "tests/browser"  # apart: Playwright keeps an event loop running in its process
    # A worker keeps to its half of the files while it lasts, so what the tests of a file share is made once.
    tests = ["pytest", "-q", "-n", "auto", "--dist", "worksteal"]
    with files_in_memory():
        ended += [run(*tests, f"--ignore={browser}"), run(*tests, browser)]
    for process in beside:
        said, _ = process.communicate()
        print(said.decode(errors="replace"), end="", flush=True)
        ended.append(process.returncode)
    return max(ended)


@contextmanager
def files_in_memory() -> Iterator[None]:
    """Let tests make their files in memory where there is room for them, unless TMPDIR names a place.

    They make and remove hundreds of thousands of small files: on a disk that is a fifth of their time.
    """
    chosen = "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK)
    # A container often has 64 MB of it, or forbids programs there; a whole run takes 0.4 GB at a time.
    if chosen or shutil.disk_usage(MEMORY).free < 4 * 2**30 or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cuebook-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        os.environ["TMPDIR"] = folder
        yield


def install(lock: Path) -> None:
    """Make the virtual environment hold exactly what the lock file says, and these projects."""
    stamp = VENV / f"installed-{lock.stem}"
    read = [lock, *(project / "pyproject.toml" for project in PROJECTS)]
    state = sha256(b"".join(path.read_bytes() for path in read)).hexdigest()
    if stamp.is_file() and stamp.read_text() == state:
        return
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        print(f"creating {VENV}", flush=True)
        venv.create(VENV, with_pip=True)
    print(f"installing {lock.relative_to(ROOT)} (a minute or two the first time)", flush=True)
    # Python compiles what it imports; most of what is installed never is, and took a third of the time.
    quiet = ["-qq", "--no-input", "--no-compile"]
    pip = ["python", "-m", "pip", "--disable-pip-version-check", "install", *quiet]
    ended = run(*pip, "--require-hashes", "-r", str(lock))
    for project in PROJECTS:
        ended = ended or run(*pip, "--no-deps", "--no-build-isolation", "-e", str(project))
    if ended:
        sys.exit(ended)
    stamp.write_text(state)


def run(command: str, *words: str) -> int:
    """The exit code of a program of the virtual environment, run in this folder."""
    return subprocess.run([str(BIN / command), *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
