"""The tools of two versions compared, as the handler of the calls sees them: it gets what the model sends.

Pure data; ``registry/diff.py`` says how much each kind matters, ``wording/differences.py`` words it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cuebook.core.canonical import canonical
from cuebook.core.format import joined
from cuebook.shapes.difference import ToolKind

ToolValue = Mapping[str, Any]


class ToolDifference(NamedTuple):
    """One thing that differs, as in ``shapes.difference.Difference``."""

    kind: ToolKind
    path: str
    old: Any
    new: Any


class Parameter(NamedTuple):
    """What a call's handler may rely on of one argument; ``values`` is None where any is allowed."""

    type: str
    required: bool
    values: tuple[str, ...] | None
    description: str

    @property
    def shown(self) -> str:
        """In a few words, without the description."""
        return f"{self.type}, {'required' if self.required else 'optional'}{self._among}"

    @property
    def type_and_values(self) -> str:
        """What it may be."""
        return f"{self.type}{self._among}"

    @property
    def _among(self) -> str:
        return f", one of {', '.join(self.values)}" if self.values is not None else ""


class ToolRow(NamedTuple):
    """A parameter that differs, before and after; empty where there is none."""

    tool: str
    parameter: str
    before: str
    after: str


def tool_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ToolDifference]:
    """Yield everything that two versions say differently of tools; each is a behaviour."""
    before, after = _by_name(old), _by_name(new)
    renamed = _renamed(before, after)
    gone = [name for name in before if name not in after and name not in renamed]
    came = [name for name in after if name not in before and name not in renamed.values()]
    yield from (ToolDifference("tool-removed", f"tools.{name}", name, None) for name in gone)
    for one, other in renamed.items():
        yield ToolDifference("tool-renamed", f"tools.{one}", one, other)
        if canonical({**before[one], "name": other}) != canonical(after[other]):
            yield from _tool(f"tools.{other}", before[one], after[other])
    for index, name in enumerate(came):
        yield ToolDifference("tool-added" if before or index else "tools-first", f"tools.{name}", None, name)
    for name in before:
        if name in after and canonical(before[name]) != canonical(after[name]):
            yield from _tool(f"tools.{name}", before[name], after[name])
    kept = [[name for name in side if name in before and name in after] for side in (before, after)]
    if kept[0] != kept[1]:
        yield ToolDifference("tool-order", "tools", ", ".join(kept[0]), ", ".join(kept[1]))
    kinds: tuple[tuple[ToolKind, str], ...] = (
        ("tool-choice", "toolChoice"),
        ("parallel-calls", "parallelToolCalls"),
    )
    for kind, key in kinds:
        # A choice of one tool is a mapping with its name, any other one a word.
        was, now = (
            value["name"] if isinstance(value, Mapping) else value for value in (old.get(key), new.get(key))
        )
        if was != now:
            yield ToolDifference(kind, key, was, now)


def tool_rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[ToolRow]:
    """Return the parameters that differ, of every tool of either version, as a table shows them."""
    before, after = _by_name(old), _by_name(new)
    found = []
    for name in dict.fromkeys([*before, *after]):
        sides = [parameters(side[name]) if name in side else {} for side in (before, after)]
        for path in dict.fromkeys([*sides[0], *sides[1]]):
            shown = [side[path].shown if path in side else "" for side in sides]
            if shown[0] != shown[1]:
                found.append(ToolRow(name, path, *shown))
    return found


def tool_texts(side: Mapping[str, Any]) -> dict[str, str]:
    """Return what is said of each tool and of its parameters, line by line."""
    return {name: _text(tool) for name, tool in _by_name(side).items()}


def parameters(tool: ToolValue) -> dict[str, Parameter]:
    """Return the parameters of a tool by their path: ``address.city``, ``lines[].sku``."""
    return dict(_parameters(tool.get("parameters") or {}, ""))


def _parameters(schema: Mapping[str, Any], before: str) -> Iterator[tuple[str, Parameter]]:
    needed = schema.get("required", ())
    for name, part in _described(schema).items():
        path = f"{before}{name}"
        yield path, _parameter_of(part, is_required=name in needed)
        yield from _parameters(part, f"{path}.")
        if isinstance(part.get("items"), Mapping):
            yield from _parameters(part["items"], f"{path}[].")


def _parameter_of(part: Mapping[str, Any], *, is_required: bool) -> Parameter:
    choices = part.get("enum")
    values = tuple(canonical(item).decode() for item in choices) if isinstance(choices, list) else None
    return Parameter(_type(part), is_required, values, str(part.get("description", "")))


def _type(part: Mapping[str, Any]) -> str:
    kind = part.get("type")
    if isinstance(kind, list):
        return joined([*map(str, kind)], "or")
    if isinstance(kind, str):
        of = part.get("items")
        return f"{kind} of {_type(of)}" if kind == "array" and isinstance(of, Mapping) else kind
    if isinstance(part.get("anyOf"), list):
        return joined([_type(one) for one in part["anyOf"] if isinstance(one, Mapping)], "or")
    return str(part.get("$ref", "any"))


def _by_name(side: Mapping[str, Any]) -> dict[str, ToolValue]:
    return {tool["name"]: tool for tool in side.get("tools") or ()}


def _renamed(before: Mapping[str, ToolValue], after: Mapping[str, ToolValue]) -> dict[str, str]:
    """Tools that are gone while one came with the same parameters."""
    came = [name for name in after if name not in before]
    found: dict[str, str] = {}
    for name in before:
        if name not in after and before[name].get("parameters"):
            like = [one for one in came if after[one].get("parameters") == before[name]["parameters"]]
            if like:
                found[name] = like[0]
                came.remove(like[0])
    return found


def _tool(path: str, old: ToolValue, new: ToolValue) -> Iterator[ToolDifference]:
    sides = parameters(old), parameters(new)
    found = list(_parameters_changed(path, *sides))
    both = sorted(sides[0].keys() & sides[1].keys())
    words = [[side[name].description for name in both] for side in sides]
    if old.get("description") != new.get("description") or words[0] != words[1]:
        found.append(ToolDifference("tool-description", path, _text(old), _text(new)))
    schemas = [tool.get("parameters") or {} for tool in (old, new)]
    if not found or old.get("strict") != new.get("strict") or _says_else(*schemas):
        found.append(ToolDifference("tool-schema", path, None, None))
    yield from found


def _says_else(old: Mapping[str, Any], new: Mapping[str, Any], told: Collection[str] = ()) -> bool:
    """Whether schemas differ in what no parameter tells: a pattern, a bound, the order of values.

    ``told`` are the keys of these schemas whose difference is told already.
    """
    parts = [_described(schema) for schema in (old, new)]
    rest = [_rest(schema, told) for schema in (old, new)]
    rows, fresh = old.get("items"), new.get("items")
    if isinstance(rows, Mapping) and isinstance(fresh, Mapping):
        if _says_else(rows, fresh, ["type"] if _type(rows) != _type(fresh) else ()):
            return True
    else:
        rest = [[*rest[0], rows], [*rest[1], fresh]]
    # Names that are required and not described are no parameters.
    names = [sorted(set(schema.get("required", ())) - {*parts[0], *parts[1]}) for schema in (old, new)]
    if canonical([rest[0], names[0]]) != canonical([rest[1], names[1]]):
        return True
    pairs = [(parts[0][name], parts[1][name]) for name in parts[0] if name in parts[1]]
    return any(_says_else(*pair, _told(*pair)) for pair in pairs)


def _rest(schema: Mapping[str, Any], told: Collection[str]) -> list[Any]:
    others = {
        name: part for name, part in schema.get("properties", {}).items() if not isinstance(part, Mapping)
    }
    skip = {"properties", "required", "items", *told}
    return [{key: value for key, value in schema.items() if key not in skip}, others]


def _described(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: part for name, part in schema.get("properties", {}).items() if isinstance(part, Mapping)}


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The keys of a parameter whose difference is told of it."""
    one, other = (_parameter_of(part, is_required=True) for part in (old, new))
    values = [None if each.values is None else set(each.values) for each in (one, other)]
    same = {
        "type": one.type == other.type,
        "enum": values[0] == values[1],
        "description": one.description == other.description,
    }
    return [key for key, is_same in same.items() if not is_same]


def _parameters_changed(
    path: str, old: Mapping[str, Parameter], new: Mapping[str, Parameter]
) -> Iterator[ToolDifference]:
    for name in dict.fromkeys([*old, *new]):
        place = f"{path}.{name}"
        if name not in old:
            yield ToolDifference("tool-parameter-added", place, None, new[name].shown)
        elif name not in new:
            kind: ToolKind = "tool-parameter-removed" if old[name].required else "tool-parameter-unused"
            yield ToolDifference(kind, place, old[name].shown, None)
        else:
            yield from _parameter(place, old[name], new[name])


def _parameter(place: str, old: Parameter, new: Parameter) -> Iterator[ToolDifference]:
    if old.type != new.type:
        yield ToolDifference("tool-parameter-type", place, old.type, new.type)
    if old.required != new.required:
        kind: ToolKind = "tool-parameter-optional" if old.required else "tool-parameter-required"
        yield ToolDifference(kind, place, None, None)
    if old.values is not None and (new.values is None or set(new.values) - set(old.values)):
        more = "any value" if new.values is None else _listed(new.values, old.values)
        yield ToolDifference("tool-values-added", place, None, more)
    if new.values is not None and (old.values is None or set(old.values) - set(new.values)):
        fewer = "any value" if old.values is None else _listed(old.values, new.values)
        yield ToolDifference("tool-values-removed", place, fewer, None)


def _listed(values: Sequence[str], without: Sequence[str]) -> str:
    return ", ".join(value for value in values if value not in without)


def _text(tool: ToolValue) -> str:
    lines = [str(tool.get("description", ""))]
    lines += [f"{name}: {one.description}" for name, one in parameters(tool).items() if one.description]
    return "\n".join(filter(None, lines))
