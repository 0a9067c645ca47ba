"""Why a text is no YAML, in words: told by the line itself, since no parser names the slip and its cure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from cuebook.core.format import plural
from cuebook.core.text import WIDE_SPACES


class Slip(NamedTuple):
    """The line (from 1) that a person must change, what is wrong with it, and what to do."""

    line: int
    what: str
    cure: str


def slip_of(error: yaml.YAMLError, text: str) -> Slip:
    """The slip behind an error of the parser."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _unreadable(error, text)
    said = str(error.problem or error.context or "")
    if "another document" in said or "<document start>" in said:
        return _apart(error, text)
    lines = text.split("\n")
    marks = (error.problem_mark, error.context_mark)
    places = list(dict.fromkeys(min(mark.line, len(lines) - 1) for mark in marks if mark))
    # What begins a text may be the fault, though the parser stumbles only on its end.
    if places and (above := _above(lines, places[0])) is not None:
        places.append(above)
    # A slip that one line shows by itself is surer than one that is told by the lines around it, so every
    # place is looked at for the former first.
    for looks in ((_tab, _wide, _odd_start, _in_braces, _quotes, _escape, _dash), (_item, _colon, _indent)):
        for at in places:
            for look in looks:
                if found := look(lines, at):
                    return Slip(at + 1, *found)
    at = next((at for at in places if lines[at].strip()), -1) + 1
    return Slip(at, "the line does not continue the one above", "compare its indentation, colon and quotes")


_Found = tuple[str, str] | None

_LINE = re.compile(r"(\s*(?:- +)*)((?:[\w.-]+:[ \t]+)?)(.*)")
"""Indentation and dashes, a key, and the value."""


def quoted(text: str) -> str:
    """A text as YAML takes it whatever it holds: in single quotes, where only these are doubled."""
    return "'" + text.replace("'", "''") + "'"


def _parts(line: str) -> tuple[str, str, str]:
    found = _LINE.fullmatch(line.rstrip())
    return (found[1], found[2], found[3]) if found else ("", "", line)


def _tab(lines: list[str], at: int) -> _Found:
    if found := re.match(r"[ -]*([\u00a0\u3000])", lines[at]):
        return f"{_WIDE[found[1]]} is where spaces should be", "delete it and indent with spaces"
    if re.match(r"[ -]*\t", lines[at]):
        return "a tab is where spaces should be", "indent with spaces, not tabs"
    return None


_WIDE = {**WIDE_SPACES, "\uff1a": "a full-width colon (U+FF1A)"}
"""What keyboards and web pages put where YAML wants a colon and a space."""


def _wide(lines: list[str], at: int) -> _Found:
    found = re.match(
        r"\s*((?:- +)*[A-Za-z_][\w.-]*)(?:(\uff1a)|:([\u00a0\u3000]))\s*(.*)", lines[at], re.ASCII
    )
    if not found:
        return None
    what = f"{_WIDE[found[2]]} is not a colon" if found[2] else f"{_WIDE[found[3]]} follows the colon"
    return what, f"write {found[1]}: {found[4].lstrip(''.join(_WIDE))}".rstrip()


def glued(text: str) -> str:
    """A text that was meant as a key and a value, with the space behind its colon; else an empty text."""
    found = re.match(r"([A-Za-z_][\w-]*)[:\uff1a]\s*(\S[^:\uff1a]*)(?=$|\s[\w-]+[:\uff1a])", text)
    return f"{found[1]}: {found[2]}".rstrip() if found else ""


_STARTS = re.compile(r"[{\[*&!%@`]|[|>](?![-+0-9]*\s*(?:#|$))|[-?] ")


def _odd_start(lines: list[str], at: int) -> _Found:
    lead, key, value = _parts(lines[at])
    if not _STARTS.match(value) or (not key and value[0] in "-?"):
        return None
    if key and re.fullmatch(r"\[[^\[\]]*\]", value) and not _PART.search(value):
        return None  # a list that is whole
    # Two braces begin a variable of a prompt, which is text; one begins a block of keys.
    is_block = value[0] in "{[" and not value.startswith(("{{", "{%"))
    if is_block and (found := _inside(key, value)):
        return found
    if is_block and re.search(r"\w['\"]?(,|: )", value):
        return None  # a mapping or a list is meant
    if value[0] in "{[" and value.count("[") + value.count("{") > value.count("]") + value.count("}"):
        return f"a {value[0]} is opened and not closed", f"close it, or {_in_quotes(key + quoted(value))}"
    begins = value[:2] if value[:2] in {"{{", "{%"} else value[0]
    what = f"a text that begins with {begins} needs quotes"
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if key and below.strip() and _width(below) > _width(lines[at]):
        return what, _as_block(key)
    return what, _in_quotes((key or lead[-2:].lstrip()) + quoted(value))


_PART = re.compile(r"([\[{,:]\s*)([@`%&*!][^,\]}'\"]*?)(?=\s*[,\]}])")
_TEXT_IN_QUOTES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")


def _inside(key: str, value: str) -> _Found:
    """A list or block of keys in one line: one of its texts needs quotes, or its end is missing."""
    bare = _TEXT_IN_QUOTES.sub("", value).rstrip()
    if part := _PART.search(bare):
        cure = _PART.sub(lambda found: found[1] + quoted(found[2]), value)
        return f"a text that begins with {part[2][0]} needs quotes", _in_quotes(key + cure)
    lacks = bare.count(bare[0]) - bare.count(_CLOSE[bare[0]])
    if lacks == 1 and re.search(r"\w\s*(,|: )", bare) and bare[-1] not in "{[,:":
        return f"a {bare[0]} is opened and not closed", f"close it: {key}{value}{_CLOSE[bare[0]]}"
    return None


_CLOSE = {"{": "}", "[": "]"}


def _in_quotes(line: str) -> str:
    return f"put the text in quotes: {line}"


def _as_block(key: str) -> str:
    return f"write {key}| and the text on the lines below, indented"


def _quotes(lines: list[str], at: int) -> _Found:
    _, key, value = _parts(lines[at])
    mark = value[:1]
    if mark not in {"'", '"'} or (at and not key and not lines[at].lstrip().startswith(("-", mark))):
        return None
    inner = value[1:-1] if len(value) > 1 and value.endswith(mark) else value[1:]
    # Before the count: a text with an apostrophe in it has an odd number of marks, too, and is closed.
    if value.endswith(mark) and len(value) > 1 and mark in inner:
        return f"the text ends at its second {mark}", _as_block(key)
    if value.count(mark) % 2:
        return f"a {mark} is opened and not closed", f"close it, or {_as_block(key)}"
    return None


_IN_BRACES = re.compile(r"(.*\{.*?\b(?:content|template|message): +)([^'\"].*?)(\}\s*\]?)\s*")


def _in_braces(lines: list[str], at: int) -> _Found:
    found = _IN_BRACES.fullmatch(lines[at])
    if not found or not re.search(r"[{}\[\],:]", found[2]):
        return None
    cure = _in_quotes(f"{found[1].lstrip()}{quoted(found[2].rstrip())}{found[3]}")
    return "a text between { and } needs quotes if it holds braces, commas or colons", cure


def _escape(lines: list[str], at: int) -> _Found:
    _, _, value = _parts(lines[at])
    if value.startswith('"') and (found := re.search(_HALF_ESCAPE, value)):
        letter = found[1] or found[2] or found[3]
        digits = {"x": 2, "u": 4, "U": 8}[letter]
        return (
            f"\\{letter} takes {digits} digits, 0 to 9 and a to f",
            "write \\\\ for a backslash, or use single quotes",
        )
    if value.startswith('"') and (found := re.search(r"\\[^0abtnvfre \"/\\N_LPxuU]", value)):
        return (
            f"{found[0]} means nothing between double quotes",
            "write \\\\ for a backslash, or use single quotes",
        )
    return None


_HALF_ESCAPE = r"(?<!\\)(?:\\\\)*\\(?:(x)(?![\da-fA-F]{2})|(u)(?![\da-fA-F]{4})|(U)(?![\da-fA-F]{8}))"


def _colon(lines: list[str], at: int) -> _Found:
    lead, key, value = _parts(lines[at])
    if key and ": " in value and value[0] not in "{[\"'":
        return "a second colon followed by a space makes it a key", _in_quotes(key + quoted(value))
    near = [_parts(line) for line in (*lines[max(at - 1, 0) : at], *lines[at + 1 : at + 2])]
    beside = any(other[0] == lead and other[1] for other in near)
    if beside and not key and value and value[0] not in "#-" and not value.endswith(":"):
        pair = re.match(r"([\w.-]+)[:\s]?\s*(.*)", value)
        meant = f"{pair[1]}: {pair[2]}".strip() if pair else "key: value"
        return "it has no colon followed by a space", f"write a key, a colon and a space: {meant}"
    return None


def _dash(lines: list[str], at: int) -> _Found:
    """A dash without a space, and a name that has something below it and no colon."""
    if found := re.match(r"\s*-(?=[A-Za-z_][\w-]*:( |$))", lines[at]):
        return "a dash needs a space after it", f"write - {lines[at][found.end() :].rstrip()}"
    above = _above(lines, at)
    if (
        above is None
        or not re.match(r"\s*[\w-]+:( |$)", lines[at])
        or _width(lines[at]) <= _width(lines[above])
    ):
        return None
    if re.fullmatch(r"\s*(- +)?[\w-]+\s*", lines[above]):
        return f"line {above + 1} has no colon, and this belongs to it", f"write {lines[above].strip()}:"
    return None


def _item(lines: list[str], at: int) -> _Found:
    """A list item beside its list: nearly as wide as the items above, or where no list can begin."""
    above, here = _above(lines, at), _width(lines[at])
    if above is None or not lines[at].lstrip().startswith("- "):
        return None
    # Only items that are still open here: those of a list further in say nothing of this one.
    items = {_width(lines[one]): one for one in _open_lines(lines, at) if lines[one].lstrip()[:2] == "- "}
    if not items or here in items or lines[above].rstrip().endswith(":"):
        return None
    width = min(items, key=lambda one: abs(here - one))
    goes_on = re.match(r"\s*(- +)?[\w-]+: +[^|>\s]", lines[above]) and re.match(r"\s*- +[\w-]+:", lines[at])
    if not goes_on and abs(here - width) > abs(here - _width(lines[above])):
        return None  # a line of a text, as the ones above it
    line = items[width] + 1
    what = f"the list item is indented by {plural(here, 'space')}, and the one on line {line} by {width}"
    return what, f"indent it by {plural(width, 'space')}, as line {line}"


def _indent(lines: list[str], at: int) -> _Found:
    line, above = lines[at], _above(lines, at)
    if above is None or not line.strip():
        return None
    here, there = _width(line), _width(lines[above])
    # The keys of an item begin behind its dash, however many spaces follow that.
    if lines[above].lstrip().startswith("- "):
        there += len(lines[above].lstrip()) - len(lines[above].lstrip()[2:].lstrip())
    if here == there or not here:
        return None
    fits = sorted({width for width in _open(lines, at) if width <= there})
    if here in fits:
        return None
    way = "less" if here < there else "more"
    what = f"it is indented {way} than line {above + 1}, and matches no other line that it could belong to"
    return (
        what,
        f"indent it by {there} spaces, as line {above + 1}; a text written with | is indented throughout",
    )


def _open(lines: list[str], at: int) -> Iterator[int]:
    """Widths of the lines above that something may still be added to."""
    for one in _open_lines(lines, at):
        yield (width := _width(lines[one]))
        if lines[one].lstrip().startswith("- "):
            yield width + 2


def _open_lines(lines: list[str], at: int) -> Iterator[int]:
    """The lines above, the nearest first, that are less wide than every line between."""
    least = 10**9
    for one in range(at - 1, -1, -1):
        if lines[one].strip() and (width := _width(lines[one])) < least:
            least = width
            yield one


def _above(lines: list[str], at: int) -> int | None:
    return next((index for index in range(at - 1, -1, -1) if lines[index].strip()), None)


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _apart(error: yaml.MarkedYAMLError, text: str) -> Slip:
    """A file that holds two documents, or begins with an indented line that looks like one."""
    at = error.problem_mark.line if error.problem_mark else 0
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip() and line[0] != "#"), 0)
    if lines[first].startswith(" "):
        return Slip(first + 1, "the first line is indented", "begin it without spaces, as the lines below")
    return Slip(at + 1, "a second document begins", "delete the line ---: a file holds one document")


def _unreadable(error: yaml.YAMLError, text: str) -> Slip:
    """A character that YAML takes nowhere; its place is a position in the text."""
    position = getattr(error, "position", None)
    if not isinstance(position, int) or position >= len(text):
        return Slip(0, "it cannot be read", "")
    code = f"U+{ord(text[position]):04X}"
    cure = f'take it out, or write it as an escape between double quotes: "\\u{ord(text[position]):04x}"'
    return Slip(text.count("\n", 0, position) + 1, f"a control character, {code}", cure)
