"""Pointing an alias elsewhere by changing one line of ``aliases.yml``, the rest left as it is. Pure."""

from __future__ import annotations

import re

from cuebook.core.errors import InvalidFiles
from cuebook.core.files import decode
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.version_files import read_pointers
from cuebook.wording.aliases import pointer_problem

_HEAD = b"# yaml-language-server: $schema=../../schemas/aliases.json\n"
_VALUE = r"(?:[0-9]+|\{[^#\r\n]*\}|(?=[ \t]*(?:#.*)?\r?\n[ \t]+\w))(?=[ \t]*(?:#.*)?\r?$)"
"""A number, a mapping on the same line, or nothing before a mapping on lines of its own."""
_BLOCK = r"((?:[ \t]*(?:#.*)?\r?)?)((?:\n[ \t]+\S.*)*)"
"""A comment, and the lines of a mapping below."""


def point(data: bytes | None, path: str, alias: str, to: Pointer | int) -> bytes:
    """The file with ``alias`` at ``to``: one entry changed, or added at the end for a new alias.

    ``data`` is None where there is no file yet. Raises InvalidFiles when the file is broken, or written in
    a way that one line cannot change.
    """
    pointer = to if isinstance(to, Pointer) else Pointer(to)
    if data is None:
        return _HEAD + f"{alias}: {pointer}\n".encode()
    before, problems = read_pointers(data, path)
    if problems:
        raise InvalidFiles(problems)
    text = decode(data, path)
    found = re.compile(rf"^(['\"]?{re.escape(alias)}['\"]?[ \t]*:)([ \t]*){_VALUE}{_BLOCK}", re.MULTILINE)
    made, count = found.subn(lambda match: _changed(match, pointer), text)
    if alias not in before:
        made = f"{text}{'' if text.endswith(chr(10)) else chr(10)}{alias}: {pointer}\n"
    after = made.encode()
    if count > 1 or read_pointers(after, path) != ({**before, alias: pointer}, []):
        raise InvalidFiles([pointer_problem("alias_on_no_line", path, name=alias, pointer=pointer)])
    return after


def _changed(match: re.Match[str], pointer: Pointer) -> str:
    space, comment = match[2] or " ", match[3]
    return f"{match[1]}{space}{pointer}{' ' if comment.startswith('#') else ''}{comment}"
