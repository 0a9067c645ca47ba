"""Where code asks for OpenAI's prompt objects, which have no text in code: found, and nothing is run.

Calls are read as text in any language: ``prompt=`` or ``prompt:`` with the braces behind it. Their ids may
be constants of the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cuebook.core.files import MAX_FILE
from cuebook.jobs.import_sources import walk

ENDINGS = (".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".go", ".rb", ".java", ".cs", ".php", ".kt")
SETTINGS = (".json", ".yaml", ".yml", ".env", ".toml")
_ID = re.compile(r"pmpt_[0-9a-f]+")
_CALL = re.compile(r"""\bprompt["']?\s*[:=]\s*(?:new\s+\w+\s*)?\{""")
_KEY = r"""["']?\b{}["']?\s*[:=]\s*"""
_IDS = ("prompt_id", "promptId", "id")
_ID_GIVEN = re.compile(_KEY.format(f"(?:{'|'.join(_IDS)})") + r"""([^,}\n]+)""")
_VERSION = re.compile(_KEY.format("version") + r"""["']?(\d+)""")
_VARIABLES = re.compile(_KEY.format("variables") + r"\{")
_NAME = re.compile(r"""(?:^|[{,])\s*["']?([A-Za-z_]\w*)["']?\s*(?=[:,}]|$)""")
_ENVIRONMENT = re.compile(r"environ|getenv|process\.env|\bENV\b|Deno\.env", re.I)
_CONSTANT = re.compile(r"""\b([A-Za-z_]\w*)(?:\s*:\s*\w+)?\s*[:=]+\s*["'`](pmpt_[0-9a-f]+)""")
_LONGEST = 4_000
"""Characters of one call that are looked at."""
_MOST = 1_000
"""Calls of one file, and ids elsewhere in it, that are told."""


class PromptUse(NamedTuple):
    """One place: ``id`` is empty where it comes from elsewhere, ``version`` where none is pinned."""

    file: str
    line: int
    id: str = ""
    version: str = ""
    variables: tuple[str, ...] = ()
    from_environment: bool = False


def uses_below(folder: Path) -> Iterator[PromptUse]:
    """Every use in the files of a folder, in their order, but in those of other endings and over a MiB."""
    for path in walk(folder):
        if path.name.endswith((*ENDINGS, *SETTINGS)) and path.stat().st_size <= MAX_FILE:
            text = path.read_bytes().decode("utf-8", "replace")
            yield from uses(path.relative_to(folder).as_posix(), text)


def uses(file: str, text: str) -> list[PromptUse]:
    """The calls of a text that name a prompt object, and ids elsewhere in it."""
    # The id in a call is written as a constant would be, and has no name that others could use.
    constants = {name: value for name, value in _CONSTANT.findall(text) if name not in _IDS}
    found: list[PromptUse] = []
    told: set[int] = set()
    looked = 0
    for call in _CALL.finditer(text):
        if call.start() < looked or len(found) >= _MOST:
            continue  # within the call before it, or one too many
        body = _braced(text, call.end() - 1)
        looked = call.end() + len(body)
        inner, variables = _parted(body)
        if (given := _ID_GIVEN.search(inner)) is None:
            continue
        written = given[1].strip()
        named = _ID.search(written)
        own = named[0] if named else constants.get(written.rpartition(".")[2], "")
        elsewhere = not own and bool(_ENVIRONMENT.search(written))
        if own or elsewhere:
            version = _VERSION.search(inner)
            at = text.count("\n", 0, call.start()) + 1
            # A call over several lines is where its id is written.
            at += body[: given.start()].count("\n") if named else 0
            found.append(PromptUse(file, at, own, version[1] if version else "", variables, elsewhere))
            told |= {name.start() for name in _ID.finditer(text, call.start(), looked)}
    others = (name for name in _ID.finditer(text) if name.start() not in told)
    found += [
        PromptUse(file, text.count("\n", 0, name.start()) + 1, name[0]) for name in islice(others, _MOST)
    ]
    return sorted(found, key=lambda use: use.line)


def _braced(text: str, start: int) -> str:
    """What stands in the braces that open at ``start``."""
    # Braces in strings count as well: this reads many languages, and parses none.
    depth = 0
    for at in range(start, min(len(text), start + _LONGEST)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 1 : at]
    return text[start + 1 : start + _LONGEST]


def _parted(body: str) -> tuple[str, tuple[str, ...]]:
    """The body without its variables, as long as it was, and their names."""
    opened = _VARIABLES.search(body)
    if opened is None:
        return body, ()
    inside = _braced(body, opened.end() - 1)
    flat = re.sub(r"\{[^{}]*\}", "", inside)
    # Blanked and not cut out, so that places and lines still count.
    blank = re.sub(r"[^\n]", " ", inside)
    inner = body[: opened.end()] + blank + body[opened.end() + len(inside) :]
    return inner, tuple(dict.fromkeys(_NAME.findall(flat)))
