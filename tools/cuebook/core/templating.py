"""Filling a template's variables: strict, one pass, a value is never looked at again.

``simple`` knows ``{{name}}`` and ``{{a.b}}`` and nothing else. ``jinja2`` is the sandboxed engine with
strict undefined and no loader. Missing and unknown variables are errors in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cuebook.core.errors import CuebookError, MissingExtra, RenderError, did_you_mean
from cuebook.core.values import what_is

_PLACE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*")
_UNCLOSED = re.compile(_PLACE.pattern + r"\}?[^{}]*\{\{")
"""A variable before the next pair of open braces: its own were closed with one, or with none."""
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (Mapping,),
    "messages": (list, tuple),
    "image": (str,),
}


def _split(text: str) -> Iterator[tuple[str, str | None, int]]:
    """The literal pieces of a template, each with what is in the braces after it and where they open.

    The last piece has None. Found by scanning and not by a pattern, which would take quadratic time
    on a text of many open braces.
    """
    place = 0
    while (start := text.find("{{", place)) >= 0 and (end := text.find("}}", start + 2)) >= 0:
        yield text[place:start], text[start + 2 : end], start
        place = end + 2
    yield text[place:], None, len(text)


def pieces(text: str) -> tuple[list[str], list[str]]:
    """The literal pieces of a ``simple`` template and the names between them: one piece more than names.

    Raises RenderError for a template that cannot be filled.
    """
    literals, names = [], []
    for literal, inside, _ in _split(text):
        literals.append(literal)
        if inside is not None:
            if (place := _PLACE.fullmatch(inside)) is None:
                raise RenderError(f"{_short(inside)} is not a variable", _cure(inside))
            names.append(place[1])
    return literals, names


def variables(texts: Iterable[str], template_format: str = "simple") -> dict[str, str]:
    """Name and likely type of each variable, in order.

    ``string``, or ``object`` when a part of it is used, or ``array`` when a jinja2 loop goes over it.
    Raises RenderError for a template that cannot be filled.
    """
    found: dict[str, str] = {}
    for text in texts:
        for name, kind in _simple_variables(text) if template_format == "simple" else _jinja_variables(text):
            if found.get(name, "string") == "string":
                found[name] = kind
    return found


def template_problems(text: str, template_format: str = "simple") -> list[tuple[int, str, str]]:
    """(line from 1, what is wrong, what to do) for everything in a template that cannot be filled."""
    if template_format == "jinja2":
        return _jinja_problems(text)
    problems = []
    line, counted = 1, 0
    for _, inside, start in _split(text):
        if inside is not None and not _PLACE.fullmatch(inside):
            line, counted = line + text.count("\n", counted, start), start
            problems.append((line, f"{_short(inside)} is not a variable", _cure(inside)))
    return problems


def _cure(inside: str) -> str:
    if (unclosed := _UNCLOSED.match(inside)) is not None:
        return f"close it with two braces: {{{{{unclosed[1]}}}}}; for braces as text: templateFormat: jinja2"
    if any(mark in inside for mark in ("|", "#", "/", "%", "(", "[")):
        return "write {{name}} only, or set 'templateFormat: jinja2'"
    if not inside.strip():
        return "put a variable's name between the braces"
    if any(mark in inside for mark in "\"':"):  # JSON, which no variable is meant by
        return f"for braces as text: templateFormat: jinja2, and {{% raw %}}{_short(inside)}{{% endraw %}}"
    # Of another script nothing is left: no other name can be proposed, but what one is made of.
    name = re.sub(r"\W+", "_", inside.strip(), flags=re.A).strip("_0123456789")[:40]
    name = f"{{{{{name}}}}}" if name else "{{name}}, of letters a to z, digits and _"
    raw = f"{{% raw %}}{_short(inside)}{{% endraw %}}"
    return f"write {name}; for braces as text: templateFormat: jinja2, and {raw}"


def _short(inside: str) -> str:
    line = " ".join(f"{{{{{inside}}}}}".split())
    return line if len(line) <= 40 else f"{line[:36]}...}}}}"


def _simple_variables(text: str) -> Iterable[tuple[str, str]]:
    for _, inside, _ in _split(text):
        if inside is not None and (place := _PLACE.fullmatch(inside)):
            name, _, rest = place[1].partition(".")
            yield name, "object" if rest else "string"


def render(
    texts: Sequence[str],
    values: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, Any]],
    template_format: str = "simple",
) -> list[str]:
    """The texts with every variable filled, given the declared inputs.

    Values that are not text are written as JSON. Raises RenderError naming every missing, unknown or
    wrongly typed variable at once.
    """
    full = {name: spec["default"] for name, spec in inputs.items() if "default" in spec} | dict(values)
    check_values(full, inputs)
    if template_format == "simple":
        return ["".join(_filled(text, full)) for text in texts]
    return [_render_jinja(text, full) for text in texts]


def check_values(values: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse values that a prompt with these inputs cannot be filled with.

    Raises RenderError naming every missing, unknown or wrongly typed variable at once.
    """
    wrong = [
        f"{name!r} is missing"
        for name, spec in inputs.items()
        if name not in values and "default" not in spec
    ]
    for name, value in values.items():
        if name not in inputs:
            known = did_you_mean(name, list(inputs)) or "it has none"
            wrong.append(f"{name!r} is not a variable of this prompt ({known})")
        elif not has_type(value, inputs[name].get("type", "string")):
            wrong.append(f"{name!r} must be {inputs[name].get('type', 'string')}, not {what_is(value)}")
    if wrong:
        raise RenderError("cannot fill the prompt: " + "; ".join(wrong))


def has_type(value: Any, kind: str) -> bool:
    """Whether a value may fill an input of this type; a number may fill a text."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "string" and isinstance(value, (int, float)):
        return True
    return isinstance(value, _TYPES.get(kind, ()))


def _filled(text: str, values: Mapping[str, Any]) -> Iterator[str]:
    for literal, inside, _ in _split(text):
        yield literal
        if inside is not None:
            yield _fill(inside, values)


def _fill(inside: str, values: Mapping[str, Any]) -> str:
    place = _PLACE.fullmatch(inside)
    if place is None:
        raise RenderError(f"{_short(inside)} is not a variable", _cure(inside))
    value: Any = values
    for part in place[1].split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise RenderError(f"{{{{{place[1]}}}}} has no value: {part!r} is missing")
        value = value[part]
    return as_text(value)


def as_text(value: Any) -> str:
    """A value as it is written in a prompt: text as it is, anything else as JSON. Raises RenderError."""
    if isinstance(value, str):
        return value
    import json

    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise RenderError(f"a value cannot be written as JSON: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _environment() -> Any:
    try:
        from cuebook.core.limited_jinja import LimitedEnvironment
    except ImportError:
        raise MissingExtra("jinja2 (this prompt says 'templateFormat: jinja2')", "jinja2") from None
    return LimitedEnvironment()


def _jinja_variables(text: str) -> Iterable[tuple[str, str]]:
    environment = _environment()
    from jinja2 import TemplateSyntaxError, meta, nodes

    try:
        tree = environment.parse(text)
        names = meta.find_undeclared_variables(tree)
    except (TemplateSyntaxError, RecursionError, ValueError) as error:
        raise RenderError(f"the template cannot be read: {error}") from None
    parts = {node.node.name for node in tree.find_all(nodes.Getattr) if isinstance(node.node, nodes.Name)}
    loops = {node.iter.name for node in tree.find_all(nodes.For) if isinstance(node.iter, nodes.Name)}
    return [
        (name, "object" if name in parts else "array" if name in loops else "string")
        for name in sorted(names)
    ]


def _jinja_problems(text: str) -> list[tuple[int, str, str]]:
    environment = _environment()
    from jinja2 import nodes

    from cuebook.core.jinja_words import slips

    if found := slips(environment, text):
        return found
    tree = environment.parse(text)
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    return [
        (node.lineno, "a template cannot load another file", "write the text out")
        for node in tree.find_all(kinds)
    ]


def new_template_problems(text: str) -> list[tuple[int, str, str]]:
    """As ``template_problems``, for what a jinja2 template of a new version may not have.

    Chance, and filters and tests that jinja2 does not know: in a branch they stop it only when it is filled.
    """
    from cuebook.core.jinja_words import unknown_names
    from cuebook.core.limited_jinja import chance_problems

    tree = _environment().parse(text)
    return [*unknown_names(tree), *chance_problems(tree)]


def _render_jinja(text: str, values: Mapping[str, Any]) -> str:
    environment = _environment()
    from cuebook.core.limited_jinja import LONGEST_OUTPUT

    try:
        made = str(environment.from_string(text).render(values))
    except CuebookError:
        raise
    except Exception as error:  # noqa: BLE001  a template is a program: whatever it raises is its own fault
        from cuebook.core.jinja_words import fill_error

        raise RenderError(f"jinja2: {fill_error(error)}") from None
    if len(made) > LONGEST_OUTPUT:
        raise RenderError(f"jinja2: {len(made):,} characters; the limit is {LONGEST_OUTPUT:,}")
    return made
