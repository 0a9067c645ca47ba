"""Check new versions for what earlier releases accepted: versions that have it stay readable.

``check`` asks it; no reader does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cuebook.core.canonical import LARGEST_WHOLE, calling, canonical
from cuebook.core.errors import Problem
from cuebook.core.files import Broken
from cuebook.core.json_schema import new_schema_problems, schema_problems
from cuebook.core.messages import places
from cuebook.core.provider_names import provider_name
from cuebook.core.schema_rules import numbers, strict_problems, too_large, unknown_required
from cuebook.core.templating import new_template_problems
from cuebook.core.yaml_files import read_yaml
from cuebook.registry.version_files import texts_of
from cuebook.shapes.run import Version
from cuebook.wording.version_files import VersionCode, version_problem

_LOOKALIKE = re.compile(r"\$\{\{[^{}]*\}\}|(?<!\{)\$?\{(?P<name>[A-Za-z_]\w*)\}(?!\})")
_WIDE = re.compile(r"\uff5b{1,2}\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*\uff5d{1,2}")
_TAG = re.compile(r"\{%[-+]?\s*(?:if|elif|else|endif|for|endfor|set|raw|endraw|include|macro|filter|with)\b")
_NAME = re.compile(r"\s*([A-Za-z_]\w*)")

_Place = list[str | int]


class _Found(NamedTuple):
    """Where in the file, how many lines below, what is wrong, and the facts that its words need."""

    place: _Place
    down: int
    code: VersionCode
    facts: Mapping[str, object]


def new_version_problems(version: Version, data: bytes) -> list[Problem]:
    """Return everything that refuses a version which no earlier release has accepted."""
    found = [*_number_problems(version)]
    if version.template_format == "simple":
        # Braces that are text to us and a variable to whoever wrote them.
        found += [*_unclosed(_texts(version)), *_lookalikes(version, set(version.inputs))]
        found += _tags(_texts(version))
    found += _chance(version)
    found += [*_schema_problems(version.json_schema), *_required(version), *_empty(version)]
    if b" #" in data:
        found += _comments(version, data)
    return _located(version.path, data, found)


def unread_problems(data: bytes, path: str) -> list[Problem]:
    """Return what of these can be found in a version that is refused for something else."""
    try:
        document = read_yaml(data, path)
    except Broken:
        return []
    texts, template_format = texts_of(document)
    return _located(path, data, _unclosed(texts) if template_format == "simple" else ())


def written_as_text(version: Version, data: bytes, name: str) -> list[Problem]:
    """Places where the name is in single braces, which are text: its writer meant the variable."""
    found = (item for item in _lookalikes(version, {name}) if item.facts.get("name") == name)
    return _located(version.path, data, found)


def _located(path: str, data: bytes, found: Iterable[_Found]) -> list[Problem]:
    found = list(found)
    if not found:
        return []
    line = read_yaml(data, path).text_line
    return [version_problem(at.code, path, line(at.place) + at.down, **at.facts) for at in found]


def _number_problems(version: Version) -> Iterator[_Found]:
    """Numbers that other libraries digest to something else, or that one digest writes in two ways."""
    for name, spec in version.inputs.items():
        place: _Place = ["inputs", name, "default"]
        for number in numbers(spec.get("default")):
            if isinstance(number, float) and number.is_integer():
                is_text = spec.get("type") == "string"
                code: VersionCode = "default_needs_quotes" if is_text else "default_needs_no_point"
                yield _Found(place, 0, code, {"number": number, "whole": canonical(number).decode()})
            elif abs(number) > LARGEST_WHOLE:
                yield _refused(place, 0, "number_too_large", *too_large(number))
            elif spec.get("type") == "string" and not isinstance(spec["default"], (list, Mapping)):
                yield _Found(
                    place, 0, "default_is_number", {"name": name, "number": canonical(number).decode()}
                )
    for key, value in (("modelParameters", version.parameters), ("jsonSchema", version.json_schema)):
        for number in numbers(value):
            if isinstance(number, int) and abs(number) > LARGEST_WHOLE:
                yield _refused([key], 0, "number_too_large", *too_large(number))


def _refused(place: _Place, down: int, code: VersionCode, why: str, cure: str) -> _Found:
    """What a library or a rule of ``core`` refuses, in the words that it has for it."""
    return _Found(place, down, code, {"why": why, "cure": cure})


def _texts(version: Version) -> list[tuple[_Place, str]]:
    return places(version.behaviour)


def _unclosed(texts: Iterable[tuple[_Place, str]]) -> Iterator[_Found]:
    for place, text in texts:
        end = text.rfind("}}") + 1
        if (opened := text.find("{{", end)) >= 0:
            down = text.count("\n", 0, opened)
            name = _NAME.match(text, opened + 2)
            about = {"text": _start(text[opened:]), "name": name[1] if name else "name"}
            yield _Found(place, down, "braces_unclosed", about)


def _lookalikes(version: Version, names: Collection[str]) -> Iterator[_Found]:
    """Another tool's braces around one of these names; around any name with ``$``, or where there is none."""
    for place, text in _texts(version) if version.template_format == "simple" else ():
        for match in _WIDE.finditer(text):
            down = text.count("\n", 0, match.start())
            yield _Found(place, down, "braces_as_text", {"text": match[0], "name": match["name"]})
        if "${{" not in text and "{" not in text.replace("{{", ""):
            continue  # no brace stands alone: this takes a tenth of the pattern's time
        for match in _LOOKALIKE.finditer(text):
            down = text.count("\n", 0, match.start())
            if match[0].startswith("${{"):
                yield _Found(place, down, "foreign_braces", {"text": _start(match[0])})
            elif match[0].startswith("${") or match["name"] in names or not names:
                yield _Found(place, down, "braces_as_text", {"text": match[0], "name": match["name"]})


def _tags(texts: Iterable[tuple[_Place, str]]) -> Iterator[_Found]:
    """The first tag of Jinja in each text: the others go with it."""
    for place, text in texts:
        if tag := _TAG.search(text):
            about = {"text": _start(text[tag.start() :].partition("%}")[0] + "%}")}
            yield _Found(place, text.count("\n", 0, tag.start()), "tag_as_text", about)


def _start(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 40 else f"{line[:37]}..."


def _comments(version: Version, data: bytes) -> Iterator[_Found]:
    """Text that is lost because YAML takes what follows `` #`` for a comment."""
    document = read_yaml(data, version.path)
    places: list[_Place] = [["message"], *(place for place, _ in _texts(version))]
    for place in places:
        if lost := document.comment_after(place):
            yield _Found(place, 0, "cut_by_comment", {"lost": _start(lost)})


def _chance(version: Version) -> Iterator[_Found]:
    """What a jinja2 template writes otherwise each time."""
    if version.template_format == "jinja2":
        for place, text in _texts(version):
            for line, what, cure in new_template_problems(text):
                yield _refused(place, line - 1, "template_by_chance", what, cure)


def _required(version: Version) -> Iterator[_Found]:
    """Names that a schema requires and does not have: no answer or call can follow it."""
    schemas: list[tuple[_Place, Any]] = [
        (["jsonSchema", "schema"], (version.json_schema or {}).get("schema"))
    ]
    schemas += [
        (["tools", at, "parameters"], tool.get("parameters"))
        for at, tool in enumerate(calling(version.behaviour).get("tools", ()))
    ]
    for start, schema in schemas:
        for place, name, near in unknown_required(schema) if isinstance(schema, Mapping) else ():
            yield _Found([*start, *place], 0, "required_unknown", {"name": name, "near": near})


def _empty(version: Version) -> Iterator[_Found]:
    for at, message in enumerate(version.messages or ()):
        # A message of calls has no text; what a tool gave back may be none.
        if message.get("role") in _SAYING and message.get("content") == "":
            yield _Found(["messages", at, "content"], 0, "message_empty", {"role": message["role"]})


_SAYING = {"system", "developer", "user"}


def _schema_problems(given: Mapping[str, Any] | None) -> Iterator[_Found]:
    if given is None:
        return
    name = str(given["name"])
    place: _Place = ["jsonSchema", "schema"]
    if (right := provider_name(name)) != name:
        yield _Found(["jsonSchema", "name"], 0, "schema_misnamed", {"name": name, "right": right})
    schema = given["schema"]
    if refused := schema_problems(json.dumps(schema, sort_keys=True)):
        for item in refused:
            yield _refused([*place, *item.place], 0, "schema_refused", item.what, item.cure)
        return
    for what, cure in new_schema_problems(schema):
        yield _refused(place, 0, "schema_refused", what, cure)
    for item in strict_problems(schema) if given.get("strict") else ():
        yield _refused([*place, *item.place], 0, "schema_refused", item.what, item.cure)
