"""The combinations that a ``strategy.matrix`` stands for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from workflows.runner.expressions import as_text

LARGEST = 256
"""Jobs of one matrix."""


def expand(matrix: Any) -> list[dict[str, Any]]:
    """The legs, in GitHub's order. Raises ValueError, as GitHub fails the job, for a matrix without any."""
    if not isinstance(matrix, Mapping):
        raise ValueError("matrix must be a mapping")
    vectors = {name: values for name, values in matrix.items() if name not in {"include", "exclude"}}
    include, exclude = matrix.get("include") or [], matrix.get("exclude") or []
    for name, values in vectors.items():
        if not isinstance(values, list) or not values:
            raise ValueError(f"Matrix vector '{name}' does not contain any values")
    if not vectors and not include:
        raise ValueError("Matrix must define at least one vector")
    legs = (
        [dict(zip(vectors, values, strict=True)) for values in product(*vectors.values())] if vectors else []
    )
    legs = [leg for leg in legs if not any(_fits(leg, item) for item in exclude)]
    found = _included(legs, include, set(vectors))
    if len(found) > LARGEST:
        raise ValueError(f"a matrix has at most {LARGEST} jobs, this one {len(found)}")
    return found


def _fits(leg: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return all(name in leg and leg[name] == value for name, value in item.items())


def _included(
    legs: list[dict[str, Any]], include: list[dict[str, Any]], vectors: set[str]
) -> list[dict[str, Any]]:
    """An entry extends every combination whose own values it keeps; one that extends none is added."""
    extended, more = [dict(leg) for leg in legs], []
    for item in include:
        shared = {name: value for name, value in item.items() if name in vectors}
        fitting = [at for at, leg in enumerate(legs) if _fits(leg, shared)]
        if vectors and fitting:
            for at in fitting:
                extended[at].update(item)
        else:
            more.append(dict(item))
    return extended + more


def title(name: str, leg: Mapping[str, Any]) -> str:
    """The name of a leg whose job has no expression in its own."""
    return f"{name} ({', '.join(as_text(value) for value in leg.values())})" if leg else name
