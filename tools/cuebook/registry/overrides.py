"""Recorded overrides: who lets a version through against its verdict, why, and until when."""

from __future__ import annotations

from pydantic import ValidationError

from cuebook.core.errors import Problem
from cuebook.core.files import Broken, Tree, read_yaml, shape_problems
from cuebook.shapes.file_formats import OverrideFile
from cuebook.shapes.verdict import Override

FOLDER = "overrides"


def path_of(prompt: str, version: int) -> str:
    """Where the override for a version stands."""
    return f"{FOLDER}/{prompt}-v{version}.yml"


def read(tree: Tree, path: str) -> tuple[OverrideFile | None, list[Problem]]:
    """One override file and everything wrong with it."""
    try:
        document = read_yaml(tree.read(path) or b"", path)
        shaped = OverrideFile.model_validate(document.data)
    except Broken as broken:
        return None, [broken.problem]
    except ValidationError as error:
        known = list(OverrideFile.model_fields)
        return None, shape_problems(error, path, document.line, lambda _: known)
    expected = path_of(shaped.prompt, shaped.version)
    if path != expected:
        return None, [
            Problem(path, 0, f"it overrides {shaped.prompt}/{shaped.version}", f"call it {expected}")
        ]
    return shaped, []


def standing(tree: Tree, prompt: str, version: int, digest: str, today: str) -> Override | None:
    """The override that holds for exactly this version (by digest) on ``today`` (``2026-11-22``, UTC).

    An expired one, one for another digest and one that cannot be read do nothing.
    """
    path = path_of(prompt, version)
    if tree.read(path) is None:
        return None
    shaped, _ = read(tree, path)
    if shaped is None or shaped.digest != digest or shaped.until < today:
        return None
    return Override(who=shaped.who, why=shaped.why, until=shaped.until)
