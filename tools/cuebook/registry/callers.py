"""Compare a version with the one that it replaces, for the apps that call it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from cuebook.core.canonical import alike
from cuebook.core.stand_ins import is_stand_in
from cuebook.registry.diff import compare
from cuebook.shapes.difference import Difference, DifferenceKind, ToolKind
from cuebook.shapes.run import Case, Json, Version
from cuebook.shapes.suite import Suite
from cuebook.wording.differences import difference_line, no_model

_CALLS: frozenset[DifferenceKind] = frozenset(
    {"template-kind", "input-added-required", "input-removed", "input-type", "input-default"}
)
_WIDER = frozenset({("integer", "number"), ("integer", "string"), ("number", "string")})
"""Types of an input, old and new, where each value that apps pass is still accepted."""


def refused_calls(old: Version, new: Version) -> list[str]:
    """Return why calls that the old version accepts fail with the new one, a sentence each; empty if none."""
    found = [difference_line(item) for item in compare(old, new) if _refuses(item)]
    # What follows rules needs no list and no key, and passes as well as a model where the cases are simple.
    if is_stand_in(new.model) and not is_stand_in(old.model):
        found.append(no_model(new.model))
    return found


def told_calls(old: Version, new: Version) -> list[str]:
    """Return what else may break an app when an alias moves, though its calls still work; a sentence each."""
    return [difference_line(item) for item in compare(old, new) if _is_told(item)]


LEAST_TRIED = 0.1
"""Share of a suite's cases that ask with a default: to break these costs as many points as most margins."""


class UntriedDefault(NamedTuple):
    """An input of which apps get another default, and a suite of which hardly a case asks with that."""

    input: str
    suite: str


def untried_defaults(old: Version, new: Version, suites: Iterable[Suite]) -> Iterator[UntriedDefault]:
    """Yield what apps that call as they do now would get and the suites do not ask.

    An input that the old version has not is passed by no app; one that it has without a default, by each.
    """
    changed = {
        name: spec["default"]
        for name, spec in new.inputs.items()
        if "default" in spec
        and (
            name not in old.inputs
            or ("default" in old.inputs[name] and not alike(old.inputs[name]["default"], spec["default"]))
        )
    }
    for suite in suites if changed else ():
        for name, default in changed.items():
            tried = sum(_asks_with(case, name, default) for case in suite.cases)
            if tried < LEAST_TRIED * len(suite.cases):
                yield UntriedDefault(name, suite.name)


def _asks_with(case: Case, name: str, default: Json) -> bool:
    values = case.opening
    return name not in values or alike(values[name], default)


def _is_told(item: Difference) -> bool:
    return item.severity == "breaking" and (item.kind == "artifact-format" or item.kind in get_args(ToolKind))


def _refuses(item: Difference) -> bool:
    if item.kind not in _CALLS or item.severity != "breaking":
        return False
    return item.kind != "input-type" or (item.old, item.new) not in _WIDER
