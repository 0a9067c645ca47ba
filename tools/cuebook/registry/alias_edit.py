"""Pointing an alias elsewhere by changing one line of ``aliases.yml``, the rest left as it is. Pure."""

from __future__ import annotations

import re

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import decode
from cuebook.registry.version_files import read_aliases

_HEAD = b"# yaml-language-server: $schema=../../schemas/aliases.json\n"


def point(data: bytes | None, path: str, alias: str, version: int) -> bytes:
    """The file with ``alias`` at ``version``: one line changed, or added at the end for a new alias.

    ``data`` is None where there is no file yet. Raises InvalidFiles when the file is broken, or written in
    a way that one line cannot change.
    """
    if data is None:
        return _HEAD + f"{alias}: {version}\n".encode()
    before, problems = read_aliases(data, path)
    if problems:
        raise InvalidFiles(problems)
    text = decode(data, path)
    found = re.compile(
        rf"^(['\"]?{re.escape(alias)}['\"]?[ \t]*:[ \t]*)[0-9]+(?=[ \t]*(#.*)?\r?$)", re.MULTILINE
    )
    made, count = found.subn(rf"\g<1>{version}", text)
    if alias not in before:
        made = f"{text}{'' if text.endswith(chr(10)) else chr(10)}{alias}: {version}\n"
    after = made.encode()
    if count > 1 or read_aliases(after, path) != ({**before, alias: version}, []):
        hint = f"set '{alias}: {version}' in it by hand"
        raise InvalidFiles(
            [Problem(path, 0, f"there is no single line that says where {alias!r} points", hint)]
        )
    return after
