"""YAML with line numbers, strict about what hostile files do.

Read as plain data by YAML 1.2 rules (``no`` is text, ``2026-11-22`` is text): no tags, no anchors,
no merge keys, no duplicate keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any

import yaml
from yaml.representer import SafeRepresenter

from cuebook.core.canonical import MAX_DEPTH
from cuebook.core.errors import COMING, Problem
from cuebook.core.files import NO_TEXT, Broken, conflict_line, decode
from cuebook.core.layout import PROMPTS
from cuebook.core.yaml_slips import slip_of

_SAFE_DEPTH = 500
"""Levels that the C loader surely takes: it recurses, and what ends its stack ends the process."""
MOST_VALUES = 200_000
"""Keys, texts, numbers, lists and mappings in another tool's file, those behind its aliases each time."""
_LEAD = " \t?:-"
"""What may stand before a value on its line; each of these can open a level."""


class _Loader(yaml.CSafeLoader):
    """PyYAML's C loader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


_NULL, _BOOL, _INT, _FLOAT, _STR, _SEQ, _MAP = (
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")
)
for _tag, _pattern, _first in (
    (_NULL, r"~|null|Null|NULL|", "~nN\0"),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (_INT, r"[-+]?[0-9]+", "-+0123456789"),
    (_FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    for _char in _first:
        _Loader.yaml_implicit_resolvers.setdefault(_char if _char != "\0" else "", []).append(
            (_tag, re.compile(f"(?:{_pattern})\\Z"))
        )


@dataclass(frozen=True)
class Document:
    """A YAML file read: its data, and where each part of it is."""

    data: Any
    path: str
    _node: yaml.Node | None
    text: str = field(default="", repr=False)

    def line(self, place: Sequence[str | int] = ()) -> int:
        """The line (from 1) of the value at this path of keys and indexes, or of its nearest parent."""
        node = self._node
        found = int(node.start_mark.line) + 1 if node else 1
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            node, found = child
        return found

    def comment_after(self, place: Sequence[str | int]) -> str:
        """The comment behind a text without quotes, which its writer may have meant as text."""
        node = self._node
        for step in place:
            child = _child(node, step)
            if child is None:
                return ""
            node = child[0]
        if not isinstance(node, yaml.ScalarNode) or node.style:
            return ""
        line = self.text.split("\n")[node.end_mark.line]
        rest = line[node.end_mark.column :].strip()
        return rest if rest.startswith("#") else ""

    def with_texts(self, texts: Iterable[tuple[Sequence[str | int], bool, str]]) -> str:
        """The file with other texts, the rest as it is; each with its place, and whether its key is meant."""
        found = self.text
        spots = ((self._scalar_at(place, key=key), text) for place, key, text in texts)
        known = [(node, text) for node, text in spots if node]
        # From the end on, so that what comes before stays where it was.
        for node, text in sorted(known, key=lambda item: -item[0].start_mark.index):
            start, end = node.start_mark.index, node.end_mark.index
            was = found[start:end]
            # A text can be written in several ways, such as "q\x61", and is then none of the file's words.
            at = was.rfind(node.value)
            new = json.dumps(text) if at < 0 else was[:at] + text + was[at + len(node.value) :]
            found = found[:start] + new + found[end:]
        return found

    def _scalar_at(self, place: Sequence[str | int], *, key: bool) -> yaml.ScalarNode | None:
        node, last = self._node, None
        for step in place:
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            last = next((name for name, _ in pairs if name.value == step), None)
            child = _child(node, step)
            if child is None:
                return None
            node = child[0]
        found = last if key else node
        return found if isinstance(found, yaml.ScalarNode) else None

    def text_line(self, place: Sequence[str | int]) -> int:
        """The line where the text of a scalar begins: one further down for block style (``|``)."""
        node = self._node
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            node = child[0]
        if node is None:
            return 1
        block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
        return int(node.start_mark.line) + 1 + block


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None


def read_yaml(data: bytes, path: str) -> Document:
    """Read one YAML file as plain data, which nobody may change: who reads the file again gets the same.

    Raises Broken with the line of the first thing that is wrong.
    """
    return _parsed(data, path)


def read_foreign_yaml(data: bytes, path: str) -> Document:
    """Read another tool's YAML file; as ``read_yaml``, but anchors and merge keys are followed.

    Raises Broken, also where anchors make more values of a file than anybody needs.
    """
    return _parsed(data, path, _Foreign)


def read_numbered_yaml(data: bytes, path: str) -> Document:
    """Read a file whose keys may be numbers of versions, which become text; else as ``read_yaml``."""
    return _parsed(data, path, _Numbered)


def new_yaml_problems(data: bytes, path: str) -> list[Problem]:
    """Return the anchors and tags of a file: they have no effect, so earlier releases took them.

    Raises Broken where it cannot be read.
    """
    # Most files have none, and by these rules each would be read a second time.
    if b"&" not in data and b"!" not in data:
        return []
    loader, found = _Loader(read_numbered_yaml(data, path).text), []
    while loader.check_event():
        event: Any = loader.get_event()
        line = event.start_mark.line + 1
        if anchor := getattr(event, "anchor", None):
            found.append(Problem(path, line, _ANCHORS, f"take &{anchor} out", code="yaml_anchor"))
        if tag := getattr(event, "tag", None):
            found.append(_tag_problem(tag, path, line)._replace(code="yaml_tag"))
    return [item._replace(since=COMING) for item in found]


_ANCHORS = "YAML anchors and aliases (&name, *name) are not allowed"


# The trees before and after a change share most files, and several rules look at each. A bound, because a
# document takes some ten times the bytes of its file: above all files of a large registry, as one that is
# too low has each of them parsed by every rule.
@lru_cache(maxsize=8_192)
def _parsed(data: bytes, path: str, rules: type[_Ours] | None = None) -> Document:
    rules = rules or _Ours
    text = decode(data, path)
    if line := conflict_line(text):
        name = path.split("/")[1] if path.startswith(f"{PROMPTS}/") else "NAME"
        hint = f"keep one side and delete the marks; two new versions of one number: cuebook renumber {name}"
        raise Broken(Problem(path, line, "a merge conflict is left in the file", hint))
    try:
        _refuse_depth(text, path)
        node = _Loader(text).get_single_node()
    except yaml.YAMLError as error:
        line, what, cure = slip_of(error, text)
        code = "" if isinstance(error, yaml.MarkedYAMLError) else NO_TEXT
        raise Broken(Problem(path, line, f"not YAML: {what}", cure, code=code)) from None
    if node is None:
        raise Broken(Problem(path, 1, "the file is empty", "fill it, or delete it"))
    return Document(_construct(node, path, rules(), 0), path, node, text)


class _Ours:
    """Files of ours write out what is in two places."""

    def __init__(self) -> None:
        self.seen: set[int] = set()

    def meet(self, node: yaml.Node, path: str) -> None:
        """Refuse a node that is met again."""
        if id(node) in self.seen:
            problem = Problem(path, node.start_mark.line + 1, _ANCHORS, "write the text out in both places")
            raise Broken(problem)
        self.seen.add(id(node))

    def key(self, key: Any, path: str, line: int) -> str:
        """The key as it is, which is text and no merge key."""
        if isinstance(key, dict) and len(key) == 1:
            cure = f"put the text in quotes: '{{{{{next(iter(key))}}}}}'"
            raise Broken(Problem(path, line, "not YAML: a text that begins with {{ needs quotes", cure))
        if not isinstance(key, str):
            raise Broken(Problem(path, line, f"the key {key!r} is not text", "put it in quotes"))
        if key == _MERGE:
            raise Broken(Problem(path, line, "YAML merge keys (<<) are not allowed", "write the keys out"))
        return key


class _Numbered(_Ours):
    """Numbers of versions are keys in ``aliases.yml``."""

    def key(self, key: Any, path: str, line: int) -> str:
        """A whole number as text."""
        number = isinstance(key, int) and not isinstance(key, bool)
        return super().key(str(key) if number else key, path, line)


class _Foreign(_Ours):
    """Other tools' files may have anchors, merge keys and keys that are no text, within a budget."""

    left = MOST_VALUES

    def meet(self, node: yaml.Node, path: str) -> None:
        """Count every value, those behind an alias each time."""
        self.left -= 1
        if self.left < 0:
            what = f"more than {MOST_VALUES:,} values, or anchors that make as many"
            raise Broken(Problem(path, node.start_mark.line + 1, what, "split the file"))

    def key(self, key: Any, path: str, line: int) -> str:
        """A number, truth value or nothing as the text that JSON has for it."""
        if isinstance(key, (int, float)) or key is None:
            return json.dumps(key)
        return key if key == _MERGE else super().key(key, path, line)


_MERGE = "<<"


def _refuse_depth(text: str, path: str) -> None:
    """The C parser overflows its stack on deep nesting, so a file that might be deep is counted first."""
    brackets = text.count("[") + text.count("{")
    indent = max(len(line) - len(line.lstrip(_LEAD)) for line in text.split("\n"))
    if 2 * (brackets + indent + 1) <= _SAFE_DEPTH:
        return
    loader, depth = _Loader(text), 0
    while loader.check_event():
        event: Any = loader.get_event()
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Broken(Problem(path, event.start_mark.line + 1, _TOO_DEEP, _FLATTER))


_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
_FLATTER = "write it flatter"


def _construct(node: yaml.Node, path: str, rules: _Ours, depth: int) -> Any:
    line = node.start_mark.line + 1
    rules.meet(node, path)
    if depth > MAX_DEPTH:
        raise Broken(Problem(path, line, _TOO_DEEP, _FLATTER))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, path, line)
    if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
        return [_construct(item, path, rules, depth + 1) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
        return _mapping(node, path, rules, depth)
    raise Broken(_tag_problem(node.tag, path, line))


def _tag_problem(tag: str, path: str, line: int) -> Problem:
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    cure = "remove the tag: files are plain data; a text that begins with ! needs quotes"
    return Problem(path, line, f"YAML tags such as {shown} are not allowed", cure)


def _scalar(node: yaml.ScalarNode, path: str, line: int) -> Any:
    tag, text = node.tag, node.value
    if tag == _STR:
        if "\0" in text:
            raise Broken(Problem(path, line, "the text holds a NUL character (\\0)", "take it out"))
        return text
    try:
        if tag == _INT:
            return int(text)
        if tag == _FLOAT and isfinite(value := float(text)):
            return value
        if tag == _FLOAT:
            raise Broken(
                Problem(
                    path, line, f"{text[:40]} is too large for a number", "put it in quotes if it is text"
                )
            )
    except ValueError:
        what = "too long for a number" if text[-1:].isdecimal() else "not a number"
        raise Broken(
            Problem(path, line, f"{text[:40]!r} is {what}", "put it in quotes if it is text")
        ) from None
    if tag == _BOOL:
        return text.lower() == "true"
    if tag == _NULL:
        return None
    raise Broken(_tag_problem(tag, path, line))


def _mapping(node: yaml.Node, path: str, rules: _Ours, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = rules.key(_construct(key_node, path, rules, depth + 1), path, line)
        if key in made:
            raise Broken(Problem(path, line, f"duplicate key {key!r}", "keep one of the two"))
        value = _construct(value_node, path, rules, depth + 1)
        if key == _MERGE:
            for part in value if isinstance(value, list) else [value]:
                # Of several the first has the say, as the merge key's own specification wants it.
                merged = {**(part if isinstance(part, dict) else {}), **merged}
        else:
            made[key] = value
    return merged | made


class _Dumper(yaml.SafeDumper):
    """Block style for texts of several lines, so that a diff of a prompt reads like the prompt."""

    yaml_implicit_resolvers: dict[Any, Any] = {
        first: [
            *yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()),
            *_Loader.yaml_implicit_resolvers.get(first, ()),
        ]
        for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *_Loader.yaml_implicit_resolvers}
    }

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's own signature
        """Anchors are not allowed in our files: what is in two places is written twice."""
        return True


def _represent_text(dumper: SafeRepresenter, text: str) -> yaml.ScalarNode:
    if any(char in text for char in _ODD_BREAKS):
        return dumper.represent_scalar(_STR, text, style='"')
    style = "|" if "\n" in text.strip("\n") or text.endswith("\n") else None
    return dumper.represent_scalar(_STR, text, style=style)


_ODD_BREAKS = "\r\x85\u2028\u2029\ufeff"
"""YAML reads these as line breaks or drops them; only a text in double quotes keeps them."""
_Dumper.add_representer(str, _represent_text)


class _FastDumper(yaml.CSafeDumper):
    """The same by libyaml, four times as fast, but for texts in double quotes and very long keys."""

    yaml_implicit_resolvers = _Dumper.yaml_implicit_resolvers
    ignore_aliases = _Dumper.ignore_aliases


_FastDumper.add_representer(str, _represent_text)
# Where libyaml writes other bytes than PyYAML: files that are there must not change by being written again.
_DIFFERS = re.compile(r"""(?:^|[:?-] ) *"|^[ -]*(?:\? |'':)|^.{100,}:(?: |$)""", re.MULTILINE)


def dump_yaml(data: Any, schema: str, up: str = "../..") -> bytes:
    """A YAML file in our house style; its first line names the JSON Schema, ``up`` from its folder."""
    style: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 100}
    body = yaml.dump(data, Dumper=_FastDumper, default_flow_style=False, **style)
    if _DIFFERS.search(body):
        body = yaml.dump(data, Dumper=_Dumper, default_flow_style=False, **style)
    return f"# yaml-language-server: $schema={up}/schemas/{schema}.json\n{body}".encode()
