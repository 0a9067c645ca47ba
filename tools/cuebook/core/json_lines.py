"""JSON Lines with line numbers: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cuebook.core.canonical import read_json
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

_CONVERT_CSV = (
    "from a table with commas and names in its first line: "
    "python3 -c \"import csv, json, sys; [print(json.dumps({'id': str(n), 'inputs': row}))"
    ' for n, row in enumerate(csv.DictReader(open(sys.argv[1])), 1)]" FILE.csv > new.jsonl, then move what is'
    " expected from 'inputs' to 'expectations'"
)

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
        yield Problem(path, begins, *_other_format(first), code=UNREADABLE)
        return
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, read_json(line)
            except ValueError as error:
                yield Problem(path, number, *_slip(error, line), code=UNREADABLE)


def _other_format(first: str) -> tuple[str, str]:
    """What a file is of which no line is JSON, by its first line, and what to do about all of it."""
    if first.startswith(("- ", "---")) or first.rstrip().endswith(":"):
        return "this is YAML; a dataset has one JSON object a line", _LINE
    if any(mark in first for mark in ",;\t"):
        return "this is a table; a dataset has one JSON object a line", _CONVERT_CSV
    return "this is not JSON; a dataset has one JSON object a line", _LINE


def _slip(error: ValueError, line: str) -> tuple[str, str]:
    """What keeps a line from being JSON, and what to do about just that."""
    if not isinstance(error, json.JSONDecodeError):
        said = str(error)
        cure = next((cure for words, cure in _CURES if words in said), "write one JSON object a line")
        return f"not JSON: {said}", cure
    what, rest = f"not JSON: {error.msg} at column {error.colno}", line[error.pos :]
    if line.lstrip().startswith(("//", "#")):
        return what, "delete the line: JSON has no comments"
    if rest.startswith("'"):
        return what, "write double quotes in place of single ones"
    if line[: error.pos].rstrip().endswith(",") and rest[:1] in {"}", "]"}:
        return what, "take out the comma before it"
    if rest.lstrip().startswith("{") and line[: error.pos].rstrip().endswith("}"):
        return what, "write each object on a line of its own"
    if not rest.strip() and (opened := line.count("{") - line.count("}")) > 0:
        return "not JSON: the line ends within its object", f"close it: {'}' * opened}"
    return what, _LINE


_CURES = (
    ("duplicate key", "keep one of the two"),
    ("is not JSON", "write null, or leave the key out"),
    ("half a character", "write the character itself"),
    ("number", "put it in quotes if it is text"),
    ("deep", "write it flatter"),
)
