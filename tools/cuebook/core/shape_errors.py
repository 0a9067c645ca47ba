"""What pydantic refuses of a file, in the words of somebody who writes that file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from math import isfinite, nan
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from cuebook.core.errors import Problem, did_you_mean, nearest
from cuebook.core.format import joined, place_in_words
from cuebook.core.text import WIDE_SPACES
from cuebook.core.values import quoted
from cuebook.core.written_numbers import as_written

_QUOTED = re.compile("'([^']*)'")
_STOP = re.compile(r"at line (\d+) column (\d+)$")

_RULE = "rule_of_the_file"


def broken_rule(key: str, what: str, cure: str) -> PydanticCustomError:
    """What a shape raises of several keys together; ``key`` is the one whose line is shown."""
    return PydanticCustomError(_RULE, "{what}", {"key": key, "what": what, "cure": cure})


def rule_key(item: Mapping[str, Any]) -> str | None:
    """The key that one complaint of pydantic's shows for a rule of several; None where it is no such rule."""
    return item["ctx"]["key"] if item["type"] == _RULE else None


_MEANT: dict[str, tuple[str, str]] = {}
"""Each pattern of a file format: what it asks for, and an example that fits."""


_RIGHT: dict[str, Callable[[str], str]] = {}
"""Patterns of file formats of which the right value can be told from a wrong one."""


_REPEATED: dict[str, str] = {}
"""Patterns of file formats in whose place somebody may have put a secret, and what of it may be repeated."""


def meant(
    pattern: str, what: str, example: str, *, repeated: str = "", right: Callable[[str], str] | None = None
) -> str:
    """The pattern, after keeping for its refusal what it asks for and an example.

    What it asks for is said as "is no date", after the beginning of the value. Where that may be a secret,
    only a value is repeated that the pattern ``repeated`` fits. ``right`` makes of a wrong value the one that
    was meant, if it can, which is told in place of the example.

    Raises ValueError where other words are kept for it: one of the two would be told in place of the other.
    """
    if _MEANT.setdefault(pattern, (what, example)) != (what, example):
        raise ValueError(f"{pattern!r} is meant as {_MEANT[pattern][0]!r}, too: write it otherwise")
    if repeated:
        _REPEATED[pattern] = repeated
    if right:
        _RIGHT[pattern] = right
    return pattern


def shape_problems(
    error: Any,
    path: str,
    line_of: Callable[[Sequence[str | int]], int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
    needed: Callable[[Sequence[str | int]], bool] = lambda _: False,
) -> list[Problem]:
    """Every complaint of a pydantic ValidationError as a problem with its line.

    ``known`` gives the keys allowed at a place, for the nearest one to be named; ``needed`` whether one may
    not be left out. The cure is written as files with the suffix of ``path`` are.
    """
    # Each member of a union refuses the same value in its own way: one cause, one error.
    refused: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for item in error.errors():
        loc = item["loc"]
        place = tuple(step for index, step in enumerate(loc) if not _is_union_label(loc, index))
        refused.setdefault(place, []).append(item)
    # A key that is written wrong is missing by its right name, too.
    meant = {
        (*place[:-1], *found.blocks, found.key)
        for place, items in refused.items()
        if items[0]["type"] == "extra_forbidden"
        for found in [meant_key(str(place[-1]), place[:-1], known)]
    }
    # Of a list one member of a union says that it is none, another what is wrong in it: the latter is meant.
    outer = {place[:-1] for place in refused if place and isinstance(place[-1], int)}
    return [
        _problem(place, items, path, line_of, known, is_needed=needed(place))
        for place, items in refused.items()
        if not (items[0]["type"] == "missing" and place in meant)
        and not (items[0]["type"] in _WANTED and place in outer)
    ]


def first_fault(error: Any) -> str:
    """The first complaint of a pydantic ValidationError, with its place: for what no person writes."""
    return shape_problems(error, "", lambda _: 0, lambda _: ())[0].message


def _problem(
    place: tuple[str | int, ...],
    items: Sequence[Mapping[str, Any]],
    path: str,
    line_of: Callable[[Sequence[str | int]], int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
    *,
    is_needed: bool,
) -> Problem:
    dotted, first = ".".join(str(step) for step in place), items[0]
    # Programs go by the key, which counts from 0; people read words, which count from 1.
    listed = any(isinstance(step, int) for step in place[:-1])
    where = f"{place_in_words(place[:-1])}: " if listed else ""
    named = repr(place[-1] if listed else dotted)
    line = line_of([*place, key] if (key := rule_key(first)) else place)
    if first["type"] == "extra_forbidden":
        cure = _key_cure(str(place[-1]), place[:-1], known, _form(path))
        return Problem(path, line, f"{where}unknown key {named}", cure, code="unknown_key", key=dotted)
    if first["type"] == "missing":
        cure = _missing(str(place[-1]), line, _form(path))
        return Problem(path, line, f"{where}{named} is missing", cure, code="missing_key", key=dotted)
    what, hint = _refusal(items, _form(path))
    given = first["input"]
    if first["type"] in {"dict_type", "model_type"} and _SHORT.fullmatch(str(given)):
        keys = known(place)
        if keys and keys != known([]):  # a short form that another tool has: its only value is meant
            value = _TYPES.get(str(given), "string") if keys[0] == "type" else given
            short = f"{keys[0]}: {value}" if _form(path) is _YAML else f'"{keys[0]}": {json.dumps(value)}'
            hint = f"write {{{short}}}"
    if hint == _YAML.keys and (keys := known(place)) and keys != known([]):
        more = ", ..." if len(keys) > _KEYS else ""
        hint = f"write its keys, one a line and indented below it: {', '.join(keys[:_KEYS])}{more}"
    if first["type"] == "list_type" and (keys := known([*place, "[]"])) != known([]):
        hint = f"write each after '- ', with its keys: {', '.join(keys[:_KEYS])}"
    if is_needed and first["input"] is None:
        hint = "write it: it cannot be left out"
    said = f"{place_in_words(place)}: {what}" if dotted else what
    return Problem(path, line, said, hint, code="wrong_value", key=dotted)


class Meant(NamedTuple):
    """The key that was meant by one that is unknown, and the blocks below the place that it belongs into.

    ``*`` in place of a block is any name and ``[]`` any item of a list; no key where none is near.
    """

    blocks: tuple[str, ...]
    key: str


def meant_key(
    key: str, place: Sequence[str | int], known: Callable[[Sequence[str | int]], Sequence[str]]
) -> Meant:
    """The key at a place or in a block of it that an unknown one was meant to be: the same, or the nearest.

    A block's key has to be much nearer than those of the place itself, to which it was written.
    """
    below = list(_below((), place, known))
    if exact := next((blocks for blocks, keys in below if key in keys), None):
        return Meant(exact, key)
    if own := nearest(key, known(place), cutoff=_ALIKE):
        return Meant((), own)
    for blocks, keys in below:
        if near := nearest(key, keys, cutoff=_ALIKE):
            return Meant(blocks, near)
    return Meant((), nearest(key, known(place)))


_ALIKE = 0.8
"""How like a key must be for another block to be meant: one letter in five may differ."""
_DEEPEST = 3
"""Blocks within each other that are looked into: no file of ours has more."""


def _below(
    blocks: tuple[str, ...],
    place: Sequence[str | int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """The blocks below a place that have keys of their own, the outer ones first."""
    top = known([])  # also what is told of a place that has no keys of its own
    found = []
    for name in known(place) if len(blocks) < _DEEPEST else ():
        for inner in ((name,), (name, "*"), (name, "[]")):
            if (keys := known([*place, *inner])) != top:
                found.append((inner, keys))
                break
    yield from (((*blocks, *inner), keys) for inner, keys in found)
    for inner, _ in found:
        yield from _below((*blocks, *inner), [*place, *inner], known)


def _key_cure(
    key: str, place: Sequence[str | int], known: Callable[[Sequence[str | int]], Sequence[str]], form: _Form
) -> str:
    if key[:1] in WIDE_SPACES:
        return f"it begins with {WIDE_SPACES[key[0]]}, copied with the text: delete it and indent with spaces"
    top, meant = known([]), meant_key(key, place, known)
    if meant.blocks and meant.key == key and len(meant.blocks) == 1:
        return f"write it under '{meant.blocks[0]}:'"
    if (named := f"{key}_env") in known(place):
        return f"take it out: put the value into an environment variable, and name that with {named!r}"
    if place and key in top and known(place) != top:
        return f"it is a key of the top: {form.top}"
    # A part of several names is near to each of them, and one of them alone would be a guess.
    whole = [name for name in known(place) if key in name.split("_")]
    if len(whole) > 1:
        return f"did you mean {joined(list(map(repr, whole)), 'or')}?"
    if meant.blocks:
        return _in_blocks(key, meant, form)
    return did_you_mean(key, known(place))


def _in_blocks(key: str, meant: Meant, form: _Form) -> str:
    """Where an unknown key belongs, as it is written there."""
    if len(meant.blocks) == 1:
        return f"did you mean {meant.key!r}, under '{meant.blocks[0]}:'?"
    where = f"{{{meant.key}: ...}}"
    for name in reversed(meant.blocks):
        where = f"[{where}]" if name == "[]" else f"{{{'NAME' if name == '*' else name}: {where}}}"
    where = where[1:-1]
    if form is _FORMS[".toml"]:
        where = f"{meant.key} under [{'.'.join(meant.blocks).replace('*', 'NAME')}]"
    return f"write it as {where}" if meant.key == key else f"did you mean {where}?"


def _missing(key: str, line: int, form: _Form) -> str:
    """What to add: the key with a value that can stand there, where one is known."""
    if key not in _EXAMPLES:
        return form.key.format(key)
    example = _EXAMPLES[key].format(line=line)
    name = key if form is _YAML else json.dumps(key)
    if form is _FORMS[".toml"]:
        return f"add {key} = {example}"
    return f"add {name}: {example}"


_EXAMPLES = {
    "id": '"case-{line}"',
    "role": '"user"',
    "content": '"What is said"',
    "message": '"Why this version"',
    "model": '"openai/gpt-6-luna"',
    "title": '"What it is for"',
    "base_url": '"http://localhost:8080/v1"',
    "command": '["python3", "app.py"]',
    "who": '"@name"',
    "until": '"2026-12-31"',
    "as_of": '"2026-11-01"',
    "input": "0.10",
    "output": "0.40",
    "why": '"Why this is right"',
}
"""Values of keys that may not be missing, as JSON, YAML and TOML write them."""


class _Form(NamedTuple):
    """How a kind of file writes a key, a list and a block of keys."""

    key: str
    list: str
    keys: str
    top: str


_FORMS = {
    ".json": _Form(
        'add "{}": ...', "write it between [ and ]", 'write { "key": value }', "move it out of this block"
    ),
    ".jsonl": _Form(
        'add "{}": ...', "write it between [ and ]", 'write { "key": value }', "move it out of this block"
    ),
    ".toml": _Form(
        "add '{} = ...'",
        "write it between [ and ]",
        "write a [table] of its own, or { key = value }",
        "move it above the first [table]",
    ),
}
_YAML = _Form(
    "add '{}:'",
    "write one item a line, each after '- '",
    "write one 'key: value' a line, indented below it",
    "begin its line without spaces",
)


def _form(path: str) -> _Form:
    return _FORMS.get(PurePosixPath(path).suffix, _YAML)


_KEYS = 8
"""Keys that are listed of a block that is missing."""
_WORD = re.compile(r"[\w.-]+")
"""What needs no quotes in a list of YAML."""
_FEW = re.compile(r"[^\s,;:]+(?:,\s*[^\s,;:]+)*")
"""Words with commas between them, or one: written as a text where a list is meant."""
_TYPES = {
    "string": "string",
    "str": "string",
    "text": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "double": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "array": "array",
    "dict": "object",
    "json": "object",
    "object": "object",
    "messages": "messages",
    "chat": "messages",
    "history": "messages",
    "image": "image",
    "picture": "image",
}
"""What the types of inputs are called elsewhere."""
_ROLES = {
    "human": "user",
    "ai": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "sys": "system",
}
"""What the roles of messages are called elsewhere."""
_SHORT = re.compile(r"[a-z]+|[0-9.]+")
"""A word or number in place of a block."""
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "finite_number": "a number",
}


_BLOCKS = {"dict_type", "model_type"}
_WHOLE = {"int_type", "int_from_float", "int_parsing"}


def _as_wanted(kind: str, given: object, form: _Form) -> str:
    """How to write what is wanted, given what is there: nothing is advised that would be refused again.

    ``kind`` is pydantic's code of the refusal, one of those in ``_WANTED``.
    """
    if given is None:
        return "write it, or take the key out"
    if kind == "string_type":
        is_block = isinstance(given, (list, dict))
        if isinstance(given, list) and len(given) == 1 and _WORD.fullmatch(str(given[0])):
            return f"write {given[0] if form is _YAML else json.dumps(given[0])}"
        return (
            "only text is allowed here; a text that begins with [ or { needs quotes"
            if is_block
            else "put it in quotes"
        )
    if kind == "list_type" and isinstance(given, (str, int, float)) and _WORD.fullmatch(str(given)):
        return f"write [{given if form is _YAML else json.dumps(given)}]"
    if kind == "list_type" and isinstance(given, str) and given and _FEW.fullmatch(given):
        return f"write {json.dumps([part.strip() for part in given.split(',')], ensure_ascii=False)}"
    if kind == "list_type" or kind in _BLOCKS:
        return form.list if kind == "list_type" else form.keys
    if kind == "bool_type":
        said = isinstance(given, str) and given.lower() in {"true", "false"}
        return "write it without quotes" if said else "write true or false"
    number, is_whole = _number(given), kind in _WHOLE
    if isinstance(given, str) and number is None:
        number, given = as_written(given), None
    if number is None or (is_whole and not number.is_integer()):
        return "write a whole number" if is_whole else "write a number, such as 0.5"
    plain = f"{number:.0f}" if is_whole else f"{number:.12g}"
    return "write it without quotes" if str(given) == plain else f"write {plain}"


def _number(given: object) -> float | None:
    """The finite number that a value or its text is; None where it is none."""
    try:
        found = float(given) if isinstance(given, (int, float, str)) and not isinstance(given, bool) else nan
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def _not_known(given: object, known: Sequence[str]) -> tuple[str, str]:
    """What is refused of a value that is none of those known, and the one that is meant."""
    if not isinstance(given, str):
        what = f"expected one of {', '.join(known)}, got {kind_of(given)[0]}{kind_of(given)[1]}"
        inner = list(given.values()) if isinstance(given, dict) else given
        # As other formats write it: {type: json_object}.
        named = [value for value in known if isinstance(inner, list) and value in inner]
        return what, f"write {named[0] if len(named) == 1 else 'one of them'}"
    what = f"{quoted(given[:60])} is not a known value"
    if (meant := _TYPES.get(given.lower(), _ROLES.get(given.lower()))) in known:
        return what, f"write {meant}"
    begun = [value for value in known if given and value.startswith(given)]
    # Which of several that begin so is meant nobody knows: json, of json_object and json_schema.
    return what, f"known: {', '.join(sorted(known))}" if len(begun) > 1 else did_you_mean(given, known)


def _refusal(items: Sequence[Mapping[str, Any]], form: _Form) -> tuple[str, str]:
    """What is refused of a value, and what to do: the nearest right one, or what is there."""
    item = items[0]
    kind, given, limits = str(item["type"]), item["input"], item.get("ctx", {})
    if kind in _WANTED:
        wanted = joined([_WANTED[one["type"]] for one in items if one["type"] in _WANTED], "or")
        found, shown = kind_of(given)
        return f"expected {wanted}, got {found}{shown}", _as_wanted(kind, given, form)
    if kind in {"string_too_short", "too_short"}:
        return "it is empty", "write at least one " + ("character" if kind[0] == "s" else "item")
    if kind in {"string_too_long", "too_long"}:
        unit = "characters" if kind[0] == "s" else "items"
        cure = "shorten it" if kind[0] == "s" else f"keep {limits['max_length']:,} of them, at most"
        return f"it has {len(given):,} {unit}; at most {limits['max_length']:,} are allowed", cure
    if kind == "string_pattern_mismatch":
        if limits["pattern"] not in _MEANT:
            return "invalid value", ""
        what, example = _MEANT[limits["pattern"]]
        tell = _RIGHT.get(limits["pattern"])
        if tell and (right := tell(given)):
            example = f"write {right}"
        is_shown = re.fullmatch(_REPEATED.get(limits["pattern"], ".*"), given, re.S)
        return f"it is {quoted(given[:60])}, which {what}" if is_shown else f"it {what}", example
    if kind == "json_invalid":
        stop = _STOP.search(limits["error"])  # the sentence around it is the library's
        return f"it is not JSON{f', from line {stop[1]}, column {stop[2]} on' if stop else ''}", ""
    if kind == "literal_error":
        return _not_known(given, _QUOTED.findall(limits["expected"]))
    if kind in _BOUNDS:
        bound, name = _BOUNDS[kind]
        is_share = name == "le" and limits[name] == 1 and 1 < given <= 100
        limit = f"{limits[name]:,.12g}"  # 1,000,000 and 0.5, not 1e+06
        cure = (
            f"write per cent as a share of 1: {given / 100:g}" if is_share else f"write {_INTO[name]} {limit}"
        )
        return f"it is {given}; {bound} {limit} is allowed", cure
    if kind == _RULE:
        return str(limits["what"]), str(limits["cure"])
    own = kind in {"value_error", "assertion_error"}
    return (str(item["ctx"]["error"]), "") if own else ("invalid value", "")


_INTO = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
_BOUNDS = {
    "greater_than": ("only more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("only less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def kind_of(given: object) -> tuple[str, str]:
    """What a value is, and the value itself where it is short."""
    if given is None:
        return "an empty value", ""
    if isinstance(given, bool):
        return "true or false", f": {str(given).lower()}"
    if isinstance(given, (int, float)):
        return "a number", f": {given!r}"[:62]
    if isinstance(given, str):
        return "text", f": {quoted(given if len(given) <= 60 else given[:59] + '…')}"
    if isinstance(given, (date, time)):
        return "a date or time", f": {given}"
    return ("a list" if isinstance(given, list) else "a block of keys"), ""


def _is_union_label(place: Sequence[str | int], index: int) -> bool:
    """Pydantic names the member of a union it tried; a key of the file may have the same name."""
    step = place[index]
    if not isinstance(step, str) or index == 0:
        return False
    last = index == len(place) - 1
    return bool(re.fullmatch(r"(list|dict|shape)\[.*\]|\[key\]", step)) or (
        last and step in {"str", "int", "constrained-str"}
    )
