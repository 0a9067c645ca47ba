"""JSON Lines with line numbers: one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cuebook.core.canonical import JsonSlip, json_slip, read_json
from cuebook.core.errors import Problem
from cuebook.core.files import MAX_DATASET, UNREADABLE, Broken, conflict_line, decode

_CONVERT = (
    'python3 -c "import json, sys; text = open(sys.argv[1]).read().strip(); '
    "read = json.JSONDecoder().raw_decode; found = []; "
    "exec('while text:\\n one, end = read(text)\\n found += one if isinstance(one, list) else [one]"
    "\\n text = text[end:].lstrip(chr(44) + chr(32) + chr(10) + chr(13) + chr(9))'); "
    "[print(json.dumps(one, ensure_ascii=False)) for one in found]"
    '" {} > new.jsonl, then put new.jsonl in its place'
)

_CONVERT_CSV = "let its name end with .csv, and import it: cuebook import {0}.csv --name {1}"

_LINE = 'write one JSON object a line, its keys and texts in double quotes: {"id": "...", "inputs": {...}}'


def read_jsonl(data: bytes, path: str) -> Iterator[tuple[int, Any] | Problem]:
    """Each non-empty line as (line number, object), or the problem that keeps it from being read."""
    try:
        text = decode(data, path, MAX_DATASET)
    except Broken as broken:
        yield broken.problem
        return
    if place := conflict_line(text):
        what, cure = "a merge conflict is left in the file", "keep each case once"
        yield Problem(path, place, what, cure, code=UNREADABLE)
        return
    whole = text.strip()
    first, _, rest = whole.partition("\n")
    if first.strip() in {"[", "{"} or (first.startswith("[{") and not (rest and first.endswith("]"))):
        what = "a JSON array" if whole.startswith("[") else "JSON spread over several lines"
        said = f"this is {what}; a dataset has one object a line"
        yield Problem(path, 1, said, _CONVERT.format(path), code=UNREADABLE)
        return
    lines = text.split("\n")
    if whole and not any(line.lstrip().startswith(("{", "[", '"', "//")) for line in lines):
        begins = text[: text.index(whole[0])].count("\n") + 1
        yield Problem(path, begins, *_other_format(first, path), code=UNREADABLE)
        return
    number = 0
    while number < len(lines):
        line, number = lines[number], number + 1
        if not line.strip():
            continue
        try:
            yield number, read_json(line)
        except ValueError as error:
            last = _last_line(lines, number) if json_slip(error) == "open" else number
            what, cure = _broken_text(last) if last > number else _slip(error, line)
            yield Problem(path, number, what, cure, code=UNREADABLE)
            number = last


def jsonl(rows: Iterable[Mapping[str, Any]], behind: bytes = b"") -> bytes:
    """Return JSON Lines: one object a line, behind the lines of a file that is there."""
    # A file that somebody edited may lack the last line end, and two rows on one line are none.
    glue = b"\n" if behind and not behind.endswith(b"\n") else b""
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    return behind + glue + "".join(lines).encode()


def _last_line(lines: list[str], number: int) -> int:
    """Where the object of this line ends if its text has line breaks; the line itself where it has none."""
    for last in range(number + 1, min(number + _LONGEST, len(lines)) + 1):
        try:
            read_json("\\n".join(lines[number - 1 : last]))
        except ValueError:
            continue
        return last
    return number


_LONGEST = 30
"""Lines of one text with line breaks that are looked for."""


def _broken_text(last: int) -> tuple[str, str]:
    what = f"not JSON: a text with line breaks, up to line {last}"
    return what, "write \\n for a line break, and the object on one line"


def _other_format(first: str, path: str) -> tuple[str, str]:
    """What a file is of which no line is JSON, by its first line, and what to do about all of it."""
    if first.startswith(("- ", "---")) or first.rstrip().endswith(":"):
        return "this is YAML; a dataset has one JSON object a line", _LINE
    if any(mark in first for mark in ",;\t"):
        return "this is a table; a dataset has one JSON object a line", _CONVERT_CSV.format(
            path.removesuffix(".jsonl"), path.split("/")[-2] if "/" in path else "NAME"
        )
    return "this is not JSON; a dataset has one JSON object a line", _LINE


def _slip(error: ValueError, line: str) -> tuple[str, str]:
    """What keeps a line from being JSON, and what to do about just that."""
    if not isinstance(error, json.JSONDecodeError):
        said = str(error)
        cure = next((cure for words, cure in _CURES if words in said), "write one JSON object a line")
        return f"not JSON: {said}", cure
    at, before, rest = f"at column {error.colno}", line[: error.pos].rstrip(), line[error.pos :].strip()
    what, word, slip = f"{error.msg} {at}", _WORD.match(rest), json_slip(error)
    if line.lstrip().startswith(("//", "#")):
        cure = "delete the line: JSON has no comments"
    elif rest.startswith("'"):
        cure = "write double quotes in place of single ones"
    elif rest[:1] and rest[0] in "\u201c\u201d\u201e\u00ab\u00bb":
        cure = f'write " in place of {rest[0]}, as around all its keys and texts'
    elif before.endswith(",") and rest[:1] in {"}", "]"}:
        cure = "take out the comma before it"
    elif not rest and (opened := line.count("{") - line.count("}")) > 0:
        what, cure = "the line ends within its object", f"close it: {'}' * opened}"
    elif slip == "more":
        what, cure = _after_the_object(what, before, rest)
    elif slip == "comma" and word and before.endswith('"'):
        what = f"a text ends before column {error.colno}"
        cure = 'close it where it should end, or write \\" for a quotation mark within it'
    elif slip == "comma":
        cure = f"write it after {_value_before(before)}"
    elif word and slip == "value":
        meant = {"True": "true", "False": "false", "None": "null"}.get(word[0])
        cure = f"write {meant}" if meant else f'a text needs double quotes: "{word[0]}"'
    elif word and slip == "key":
        cure = f'write "{word[0]}"'
    else:
        cure = _SINGLE.get(slip, _LINE)
    return f"not JSON: {what}", cure


def _after_the_object(what: str, before: str, rest: str) -> tuple[str, str]:
    if rest == ",":
        return "a comma follows the object", "take out the comma at the end of the line"
    if not rest.strip("}]"):
        return "more is closed than was opened", f"take out {rest}"
    if rest.startswith("{") and before.endswith("}"):
        return what, "write each object on a line of its own"
    return what, _LINE


def _value_before(text: str) -> str:
    """The value that a text ends with, for a comma to be written after it; the end of a long one."""
    if number := _NUMBER.search(text):
        return number[0]
    for start in range(len(text) - 1, max(0, len(text) - _SHOWN), -1):
        try:
            read_json(text[start:])
        except ValueError:
            continue
        return text[start:]
    return f"...{text[-_SHOWN:]}"


_NUMBER = re.compile(r"-?[0-9][-+.0-9eE]*$")
_WORD = re.compile(r"[A-Za-z_]\w*")
_SHOWN = 20
"""Characters of a line that name a place in it."""
_SINGLE: dict[JsonSlip, str] = {
    "colon": "write it between the key and its value",
    "open": 'close the text with "',
    "escape": "write \\\\ for a backslash",
}
"""Cures of slips that look the same wherever they are."""


_CURES = (
    ("duplicate key", "keep one of the two"),
    ("is not JSON", "write null, or leave the key out"),
    ("half a character", "write the character itself"),
    ("number", "put it in quotes if it is text"),
    ("deep", "write it flatter"),
)
