"""Build the package and its stand-ins, and test what was built where there is no source to fall back on.

    python tools/release.py build FOLDER v1.2.0      the wheels and the sdist; the tag must name the version
    python tools/release.py test FOLDER [TEST ...]   the sdist's tests with the wheels of FOLDER

Needs the developer tools (requirements/dev.txt) and no network. ``release.yml`` runs both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STANDINS = ROOT / "tools/standins"
TESTS = (
    "core",
    "client",
    "integrations",
    "shapes",
    "registry",
    "calls",
    "scorers",
    "judging",
    "gate",
    "publish",
)
"""Packages whose tests read no file of the checkout: what apps import, and all that a decision is made of."""


def main(words: list[str]) -> int:
    """Build or test; the exit code."""
    match words:
        case ["build", folder, tag]:
            return build(Path(folder).resolve(), tag)
        case ["test", folder, *tests]:
            return test(Path(folder).resolve(), tests or [f"tests/{name}" for name in TESTS])
    print(__doc__)
    return 2


def build(folder: Path, tag: str) -> int:
    """Write the wheel and the sdist, and the stand-ins' wheel, unless the tag names another version.

    The command that Cuebook tells for missing stand-ins names that version of them: they go out together.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if tag != f"v{version}":
        print(f"the tag is {tag}, but pyproject.toml says version {version}: tag v{version}, or change it")
        return 1
    _hatch(ROOT, folder, "sdist", "wheel")
    _hatch(STANDINS, folder, "wheel")
    return 0


def test(folder: Path, tests: list[str]) -> int:
    """Run tests of the sdist with the wheels installed and ``tools/`` deleted; pytest's exit code."""
    with tempfile.TemporaryDirectory() as name:
        tree, installed = Path(name) / "tree", Path(name) / "installed"
        (sdist,) = folder.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            unpack(archive, Path(name) / "sdist")
        next((Path(name) / "sdist").iterdir()).rename(tree)
        # What the tests import is compiled by them; most of what is installed they never import.
        pip = [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-compile"]
        pip += ["--no-deps", "--no-index"]
        wheels = map(str, folder.glob("*.whl"))
        subprocess.run([*pip, "--root-user-action=ignore", "--target", str(installed), *wheels], check=True)
        shutil.rmtree(tree / "tools")
        # A checkout that is installed editable comes after PYTHONPATH, so the wheel is what is imported.
        env = os.environ | {"PYTHONPATH": str(installed)}
        where = "import cuebook; print(cuebook.__file__)"
        found = subprocess.run(
            [sys.executable, "-c", where], cwd=tree, env=env, check=True, capture_output=True, text=True
        ).stdout.strip()
        if not Path(found).is_relative_to(installed):
            print(f"the tests would import {found} instead of the wheel")
            return 1
        words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=tests", *tests]
        return subprocess.run([sys.executable, *words], cwd=tree, env=env, check=False).returncode


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive of our own, by its filter for data where this Python has one (from 3.11.4 on)."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)  # noqa: S202  made here a moment ago


def _hatch(project: Path, folder: Path, *targets: str) -> None:
    words = [word for target in targets for word in ("-t", target)]
    subprocess.run(
        [sys.executable, "-I", "-m", "hatchling", "build", "-d", str(folder), *words], cwd=project, check=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
