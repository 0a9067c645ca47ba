"""The trusted settings of a repository: ``[tool.cuebook]`` in pyproject.toml, or cuebook.toml."""

from __future__ import annotations

import tomllib
from typing import Any

from pydantic import ValidationError

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Tree, shape_problems
from cuebook.shapes.file_formats import ConfigFile

FILES = ("cuebook.toml", "pyproject.toml")


def load_config(tree: Tree) -> ConfigFile:
    """The settings of the repository, or the defaults where none are given.

    ``cuebook.toml`` wins over ``pyproject.toml``. Raises InvalidFiles with every problem.
    """
    for path in FILES:
        table = _table(tree.read(path), path)
        if table is not None:
            return _checked(table, path)
    return ConfigFile()


def _table(data: bytes | None, path: str) -> dict[str, Any] | None:
    if data is None:
        return None
    try:
        parsed = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidFiles([Problem(path, 0, f"not TOML: {error}")]) from None
    if path == FILES[0]:
        return parsed
    tool = parsed.get("tool")
    found = tool.get("cuebook") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise InvalidFiles([Problem(path, 0, "[tool.cuebook] must be a table", "[tool.cuebook]")])
    return found


def _checked(table: dict[str, Any], path: str) -> ConfigFile:
    try:
        return ConfigFile.model_validate(table)
    except ValidationError as error:
        known = list(ConfigFile.model_fields)
        raise InvalidFiles(shape_problems(error, path, lambda _: 0, lambda _: known)) from None
