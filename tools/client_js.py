"""The package of the JavaScript client, as it is published: its files without comments and spaces.

    python tools/client_js.py FOLDER      write FOLDER/cuebook-client-<version>.tgz; needs npm, and no network

The client is written so that what is between its tokens can be left out without reading JavaScript: no
division, no template within a template, no text in single quotes, and every statement ends in a semicolon.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "client-js"
LIMIT = 4096
"""Bytes of the module that loads and fills, ``core.js``, compressed by gzip."""
_PATTERN = r"(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])"
_KEPT = re.compile(r"`(?:\\.|[^`\\])*`" r'|"(?:\\.|[^"\\\n])*"' rf"|(?<![\w)\]]) ?/(?![*/]){_PATTERN}+/\w*")
"""Texts, templates and patterns, which stay as they are."""


def squeeze(source: str) -> str:
    """A module without comments on lines of their own and without spaces that mean nothing."""
    lines = (line.strip() for line in source.splitlines())
    text = "\n".join(line for line in lines if not line.startswith(("//", "/*", "*")))
    parts, place = [], 0
    for found in _KEPT.finditer(text):
        parts += [_squeezed(text[place : found.start()]), found[0].strip()]
        place = found.end()
    return "".join([*parts, _squeezed(text[place:])]).strip() + "\n"


def _squeezed(code: str) -> str:
    tight = re.sub(r"\s*([{}()\[\],;:?=<>!&|+*])\s*", r"\1", code)
    return re.sub(r"[;,](?=[})\]])", "", re.sub(r"\s+", " ", tight))


def pack(folder: Path) -> Path:
    """Write the package into a folder; its path."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "package"
        shutil.copytree(SOURCE, tree)
        shutil.copy(ROOT / "LICENSE", tree)
        for path in tree.glob("*.js"):
            path.write_text(squeeze(path.read_text("utf-8")), "utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        words = [
            "npm",
            "pack",
            "--silent",
            "--offline",
            "--ignore-scripts",
            "--pack-destination",
            str(folder),
        ]
        done = subprocess.run(words, cwd=tree, check=True, capture_output=True, text=True)
    return folder / done.stdout.split()[-1]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(pack(Path(sys.argv[1]).resolve()))
