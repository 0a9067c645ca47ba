"""Why a text is no TOML, in words: told by the line itself, as of YAML."""

from __future__ import annotations

import json
import re

from cuebook.core.yaml_slips import Slip

_TEXT = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'", re.S)
_COMMENT = re.compile(r"#[^\n]*")
_PLACE = re.compile(r"at line (\d+)")
_DIGITS = re.compile(r"\d+")
_PAIR = re.compile(r"\s*([\w.\"'-]+)\s*=\s*(.*?)\s*")
_COLON = re.compile(r"\s*([\w.-]+)\s*:\s*(.*?)\s*,?\s*")
_DAY = re.compile(r"(\d{4})-\d{1,2}-\d{1,2}$")
_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def slip_of(said: str, text: str) -> Slip:
    """The slip behind what the parser said, at the line that a person must change."""
    lines = text.split("\n")
    bare = _bare(text).split("\n")
    if "int_max_str_digits" in said:  # Python's own limit, which says no line
        longest = max(range(len(bare)), key=lambda at: max(map(len, _DIGITS.findall(bare[at])), default=0))
        return Slip(longest + 1, "a number has too many digits", "write a shorter one")
    stop = _PLACE.search(said)
    at = int(stop[1]) - 1 if stop else len(text.rstrip().split("\n")) - 1
    # First what was opened earlier: the parser stops where it no longer makes sense, often further down.
    if found := _open_text(bare, at) or _open_bracket(bare, at, said):
        return found
    line = lines[min(at, len(lines) - 1)]
    if "overwrite" in said or "twice" in said or "Duplicate" in said:
        twice = "a key or a [table] is there twice" if "inline" in said else _twice(bare, lines, at)
        return Slip(at + 1, twice, "keep one of the two")
    what, cure = _in_line(line, bare[min(at, len(bare) - 1)])
    return Slip(at + 1, what, cure)


def _bare(text: str) -> str:
    """The text without its strings and comments, with as many lines."""
    whole = re.compile(f"{_TEXT.pattern}|{_COMMENT.pattern}", re.S)
    return whole.sub(lambda found: '""' * (found[0][0] != "#") + "\n" * found[0].count("\n"), text)


def _open_text(bare: list[str], at: int) -> Slip | None:
    """The first text in quotes that does not end."""
    for index, line in enumerate(bare[: at + 1]):
        rest = line.replace('""', "")
        if mark := re.search(r"\"\"\"|'''|\"|'", line if '"""' in line else rest):
            where = "" if len(mark[0]) == 3 else " on its line"
            return Slip(
                index + 1, f"a {mark[0]} is opened and not closed{where}", f"end the text with {mark[0]}"
            )
    return None


_CLOSE = {"[": "]", "{": "}"}


def _open_bracket(bare: list[str], at: int, said: str) -> Slip | None:
    """A list or table that is still open where the parser stops, by the line where it begins."""
    opened: list[tuple[int, str]] = []
    for index, line in enumerate(bare[: at + 1]):
        begins = re.match(r"\s*(\[|[\w.\"-]+\s*=)", line)
        # A new key or table: the bracket before it is the one that lacks its end.
        if begins and opened and index > opened[0][0]:
            break
        # The brackets of a [table] are its name's, and open no list.
        for char in "" if not opened and line.lstrip().startswith("[") else line:
            if char in _CLOSE:
                opened.append((index, char))
            elif opened and char == _CLOSE[opened[-1][1]]:
                opened.pop()
    if opened:
        first, char = opened[0]
        cure = "write it on one line" if char == "{" else f"end the list with {_CLOSE[char]}"
        return Slip(first + 1, f"a {char} is opened and not closed", cure)
    if "Unclosed" in said:
        return Slip(at + 1, "a comma between its items is missing", "put a comma between two items")
    return None


_NAMED = re.compile(r"\s*(\[\[?[^\]#]*\]|[\w.\"'-]+(?=\s*=))")


def _twice(bare: list[str], lines: list[str], at: int) -> str:
    """The key or table of a line, and the line that has it first: a key in the same table."""
    found = _NAMED.match(lines[at])
    if found is None:
        return "a key or a [table] is there twice"
    name = found[1].strip()
    first = 0
    for index in range(at - 1, -1, -1):
        earlier = _NAMED.match(lines[index]) if bare[index].strip() else None
        if earlier and earlier[1].strip() == name:
            first = index + 1
            break
        if earlier and earlier[1].startswith("[") and not name.startswith("["):
            break
    return f"{name[:60]} is there twice" + (f", first in line {first}" if first else "")


def _in_line(line: str, bare: str) -> tuple[str, str]:
    whole = line.strip()
    if whole.startswith(("//", "--", "/*")):
        return "it is not a key", "begin a comment with #"
    if whole.startswith("["):
        name = whole.strip("[] ")
        return "a [table] is not closed, or not alone on its line", f"write [{name}]"
    if "=" not in bare and (pair := _COLON.fullmatch(line)):
        return "a colon is where = should be", f"write {pair[1]} = {_value(pair[2])}"
    pair = _PAIR.fullmatch(line)
    if pair is None:
        return "it is not a key = value", 'write one key = "text" a line, lists in [ ]'
    return _in_value(pair[1], pair[2])


def _in_value(key: str, value: str) -> tuple[str, str]:
    if "\\" in value and '"' in value:
        bare = value.strip("\"' ")
        return 'a backslash between " begins an escape', f"use single quotes: {key} = '{bare}'"
    if not value:
        return "the value is missing", f'write {key} = "text", or take the line out'
    if value.lower() in {"null", "none", "~"}:
        return f"{value} is not a TOML value", "take the line out"
    if value[-1] in ",;":
        return f"a {value[-1]} follows the value", f"write {key} = {_value(value[:-1])}"
    if value[0] in "[{":
        return "one of its values cannot be read", 'texts need quotes: ["a", "b"], { key = "text" }'
    if day := _DAY.match(value):
        cure = f'write a day that exists, such as {key} = "{day[1]}-12-31"'
        return f"{value} is not a day", cure
    if value.startswith(('"', "'")) or re.match(r"[\d+-]", value):
        return "the line goes on after its value", "write one key = value a line; a comment begins with #"
    if value.lower() in {"true", "false", *_WORDS}:
        return f"{value} is not a TOML value", f"write {key} = {_value(value)}"
    return "a text needs quotes", f"write {key} = {_value(value)}"


def _value(text: str) -> str:
    """A value as it was probably meant."""
    text = text.strip().strip("\u201c\u201d\u201e\u2018\u2019")
    low = text.lower()
    if low in {"true", "false"} or low in _WORDS:
        return _WORDS.get(low, low)
    is_written = re.fullmatch(r"[+-]?[\d._]+|\[.*\]|\{.*\}|\".*\"|'.*'", text)
    return text if is_written else json.dumps(text, ensure_ascii=False)
