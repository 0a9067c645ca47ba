"""The trusted settings of a repository: ``[tool.cuebook]`` in pyproject.toml, or cuebook.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Container
from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Tree
from cuebook.core.shape_errors import shape_problems
from cuebook.shapes.file_formats import ConfigFile

FILES = ("cuebook.toml", "pyproject.toml")

TOYS, STAND_INS = "toy/", "offline/"
"""Prefixes of what follows rules: the toy of the package, the stand-ins of the example, which are a plug-in.

Both are reserved: no setting can give one to a real model.
"""


class Settings(ConfigFile):
    """The settings as written, and what they mean for a model. Every other module asks here."""

    @property
    def replacements(self) -> dict[str, str]:
        """Model ids and what the settings put in their place; the others are asked as they are."""
        wanted = {
            "toy/answers": self.model,
            "offline/rules": self.model,
            "toy/judge": self.judge_model,
            "offline/judge": self.judge_model,
        }
        return {named: model for named, model in wanted.items() if model}

    def resolve(self, model: str) -> str:
        """Return the model that is asked when this one is named."""
        return self.replacements.get(model, model)

    def allows(self, model: str, among: Container[str] | None = None) -> bool:
        """Whether a resolved model may be asked: a stand-in, one of ``model`` and ``judge_model``, or listed.

        Without a list any model may; a change that nobody reviewed may use those in ``among`` only.
        """
        if is_stand_in(model) or model in {self.model, self.judge_model}:
            return True
        if not self.models:
            return among is None or model in among
        return any(fnmatchcase(model, pattern) for pattern in self.models)


def is_stand_in(model: str) -> bool:
    """Whether a model id names rules in place of a model: no key, no cost, and no evidence about a model."""
    return model.startswith((TOYS, STAND_INS))


def load_config(tree: Tree) -> Settings:
    """The settings of the repository, or the defaults where none are given.

    ``cuebook.toml`` wins over ``pyproject.toml``. Raises InvalidFiles with every problem.
    """
    for path in FILES:
        table = _table(tree.read(path), path)
        if table is not None:
            return _checked(table, path)
    return Settings()


def both_settings(tree: Tree) -> list[str]:
    """The files with settings where there is more than one. Raises InvalidFiles."""
    found = [path for path in FILES if _table(tree.read(path), path) is not None]
    return found if len(found) > 1 else []


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


def _checked(table: dict[str, Any], path: str) -> Settings:
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        known = list(Settings.model_fields)
        raise InvalidFiles(shape_problems(error, path, lambda _: 0, lambda _: known)) from None
