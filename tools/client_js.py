"""The package of the JavaScript client, as it is published: its modules made small by terser.

npm ci --prefix tools/client-js/minify --ignore-scripts      once
python tools/client_js.py FOLDER      write FOLDER/cuebook-client-<version>.tgz; needs npm, and no network
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "client-js"
TERSER = SOURCE / "minify" / "node_modules" / "terser" / "bin" / "terser"
LIMIT = 4096
"""Bytes of what apps import, ``index.js``, compressed by gzip."""
_OPTIONS = ("--module", "--mangle", "--ecma", "2022", "--compress", "passes=3,unsafe=true,pure_getters=true")
"""Unsafe only where somebody replaces what JavaScript brings, or where reading a field does something."""
_LINES = ("--format", "semicolons=false")
"""Line ends for semicolons cost no bytes, and Node prints the whole line of an error that nobody caught."""


def missing() -> str:
    """Why the package cannot be made here; empty where it can."""
    for name in ("node", "npm"):
        if not shutil.which(name):
            return f"{name} is missing"
    return (
        ""
        if TERSER.is_file()
        else "terser is missing: npm ci --prefix tools/client-js/minify --ignore-scripts"
    )


def minified(path: Path) -> str:
    """A module with short names and without what only readers need."""
    words = ["node", str(TERSER), *_OPTIONS, *_LINES, "--", str(path)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.rstrip()


def pack(folder: Path) -> Path:
    """Write the package into a folder; its path."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "package"
        shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("minify"))
        shutil.copy(ROOT / "LICENSE", tree)
        for path in tree.glob("*.js"):
            path.write_text(minified(path), "utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--silent", "--offline", "--ignore-scripts", "--pack-destination", str(folder)]
        done = subprocess.run(["npm", "pack", *options], cwd=tree, check=True, capture_output=True, text=True)
    return folder / done.stdout.split()[-1]


def main(words: list[str]) -> int:
    """Pack into the folder that is named; the exit code."""
    if len(words) != 1:
        print(__doc__)
        return 2
    if reason := missing():
        print(f"the package of the JavaScript client was not made: {reason}")
        return 1
    print(pack(Path(words[0]).resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
