"""Files with YAML between two lines of dashes and a text below: what prompty and dotprompt have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken, decode
from cuebook.core.yaml_files import Document, read_foreign_yaml
from cuebook.importers._notes import Place

_FENCE = re.compile(r"\A---[ \t]*\r?\n(.*?)(?:^---[ \t]*(?:\r?\n|\Z))", re.DOTALL | re.MULTILINE)
# Dotprompt takes blank lines and comments, such as a licence, above the front matter.
_COMMENT = re.compile(r"\A(?:[ \t\r]*(?:#[^\n]*)?\n)*(?=---[ \t]*\r?\n)")


@dataclass(frozen=True)
class Parts:
    """A file taken apart: ``data`` of its front matter, the text below, and the line on which that begins."""

    data: Mapping[str, Any]
    body: str
    first: int
    document: Document | None

    def line(self, place: Place = ()) -> int:
        """Return the line of a part of the front matter; a place that begins with ``body`` has it there."""
        if place and place[0] == "body":
            return self.first + (place[1] - 1 if len(place) > 1 and isinstance(place[1], int) else 0)
        return self.document.line(place) + 1 if self.document else 1


def has_front_matter(text: str) -> bool:
    """Return whether a text begins with one."""
    return bool(_FENCE.match(_COMMENT.sub("", text)))


def take_apart(data: bytes, path: str) -> Parts:
    """Return the parts of a file. Raises InvalidFiles with the line in the file of what is wrong."""
    try:
        # Line ends are made one kind, as a \r would stay in every text below.
        text = decode(data, path).replace("\r\n", "\n")
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    lead = _COMMENT.match(text)
    start = lead.end() if lead else 0
    found = _FENCE.match(text[start:])
    if found is None:
        # A text without front matter is a prompt as well; one that only begins it was cut off or has a slip.
        if text.startswith("---\n"):
            what = "the front matter has no end"
            raise InvalidFiles([Problem(path, 1, what, "write a line --- below it")])
        return Parts({}, text, 1, None)
    above = text.count("\n", 0, start)
    first = above + 1 + found[0].count("\n")
    body = text[start + found.end() :]
    if not found[1].strip():
        return Parts({}, body, first, None)
    try:
        # Blank lines stand for the comments above, so that faults and notes have the lines of the file.
        document = read_foreign_yaml(("\n" * above + found[1]).encode(), path)
    except Broken as broken:
        problem = broken.problem
        # The YAML begins one line below its fence, which was not given to the reader.
        raise InvalidFiles([problem._replace(line=problem.line + 1)]) from None
    if not isinstance(document.data, Mapping):
        raise InvalidFiles(
            [Problem(path, 2, "the front matter is not a mapping of keys", "write key: value")]
        )
    return Parts(document.data, body, first, document)
