"""Read the theme: the scripts that may run on a page, by path and by their whole text."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

THEME = Path(__file__).parents[1] / "theme"
ASSETS = "assets/cuebook"

RUNS = (".js", ".mjs", ".cjs", ".wasm", ".htm", ".html", ".xhtml", ".xht", ".shtml", ".xml", ".xsl", ".swf")
"""Names that browsers and hosts take for programs or pages."""

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FILLED_IN = re.compile(r"\{\{.*?\}\}")
_BASE = r"(?:\.|\.\.(?:/\.\.)*|/(?:[\w.-]+/)*)"
"""What the theme fills in: the way to the top of the site."""


@dataclass(frozen=True)
class Theme:
    """``files`` are the theme's by path in the site, ``inline`` the scripts that it writes into pages."""

    files: Mapping[str, Path]
    inline: tuple[re.Pattern[str], ...]

    def integrity(self, path: str) -> str:
        """Return the integrity value of a script of the theme, so that no other bytes run in its place."""
        return f"sha256-{_digest(self.files[path])}"

    def knows(self, script: str) -> bool:
        """Return whether the whole text of an inline script is one that the theme writes."""
        return any(pattern.fullmatch(script) for pattern in self.inline)


@cache
def theme() -> Theme:
    """Return the installed theme and our own files on top of it."""
    found = importlib.util.find_spec("material")
    places = list(found.submodule_search_locations or []) if found else []
    # Without the theme there is nothing to build; this module can still be imported.
    material = Path(places[0]) / "templates" if places else THEME
    files = dict(_files(material / "assets", "assets"))
    files |= dict(_files(THEME / "assets", ASSETS))
    # Its other templates hold scripts that a page could misuse, such as one that leads elsewhere.
    partials = sorted((material / "partials/javascripts").glob("*.html"))
    texts = [text for path in partials for text in _INLINE.findall(path.read_text("utf-8"))]
    # A script of a built page is one of these with the values that its page fills in.
    parts = [_FILLED_IN.split(text) for text in texts if "{%" not in text]
    return Theme(files, tuple(re.compile(_BASE.join(map(re.escape, part))) for part in parts))


def _files(folder: Path, below: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"{below}/{path.relative_to(folder).as_posix()}", path


@cache
def _digest(path: Path) -> str:
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
