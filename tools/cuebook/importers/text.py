"""Plain text and Markdown: the file is one text prompt.

- ``{{x}}`` is a variable (``--template simple``), ``{x}`` where it is Python's (``f-string``); a ``.j2`` file
  is ``jinja2``; with ``plain`` nothing is a variable. Where it is not clear, the error says what to choose.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken, decode
from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed
from cuebook.importers._chat import text_body
from cuebook.importers._models import chosen
from cuebook.importers._notes import Notes
from cuebook.importers._templates import (
    DOUBLE,
    MOST_FAULTS,
    CannotSay,
    Pieces,
    braces,
    f_string,
    jinja,
    plain,
)

FILES = "*.txt, *.md and *.j2 with one prompt"

# Not ${x} of a shell and not {{x}}, of which each brace would be one.
_SINGLE = re.compile(r"(?<![{$])\{([A-Za-z_]\w*)\}(?!\})", re.ASCII)
_OTHERS = {"SKILL.md", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "README.md", "CHANGELOG.md"}
_WAYS: dict[str, Callable[[str], Pieces]] = {
    "simple": braces,
    "f-string": f_string,
    "jinja2": jinja,
    "plain": plain,
}


def sniff(path: str, data: bytes) -> Sniffed:  # noqa: ARG001  every format is asked with both
    """Return ``maybe`` for the name of a text: what it says is no sign of a prompt."""
    return "maybe" if path.endswith((".txt", ".md", ".j2")) else "no"


def read(request: Request) -> Imported:
    """Return the text as version 1 of a text prompt. Raises InvalidFiles."""
    try:
        text = decode(request.data, request.path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    if request.file in _OTHERS:
        what = f"{request.file} is written for the people or agents of a repository; it is not a prompt file"
        raise InvalidFiles([Problem(request.path, 0, what, "copy the prompt's text into a file of its own")])
    notes = Notes(request.path)
    way = request.template or ("jinja2" if request.path.endswith(".j2") else _guessed(request.path, text))
    try:
        body = text_body(_WAYS[way](text), notes, ["text"], first=1)
    except CannotSay as error:
        cure = "choose how variables are written: --template simple, f-string, jinja2 or plain"
        raise InvalidFiles(
            [Problem(request.path, item.line, item.why, cure) for item in error.faults[:MOST_FAULTS]]
        ) from None
    name = request.called()
    version = {"model": chosen(request, "", notes, ["model"]), **body}
    return notes.imported([NewPrompt(name, [NewVersion(version, f"Imported from {request.file}")])])


def _guessed(path: str, text: str) -> str:
    """How the text writes variables, where only one way fits. Raises InvalidFiles."""
    found = _SINGLE.search(text)
    # Who writes {{x}} for variables means single braces as text.
    if found is None or DOUBLE.search(text):
        return "simple"
    what = f"{found[0]} may be a variable or text"
    cure = "say which: --template f-string for a variable, --template plain for text"
    raise InvalidFiles([Problem(path, text.count("\n", 0, found.start()) + 1, what, cure)])
