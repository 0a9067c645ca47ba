"""Recorded overrides: who is responsible for what the rules do not let through, why, and until when.

Four kinds, told apart by the end of the file's name: for a version, for the rules of a suite that were
loosened, for a protected alias that is taken away, and for an alias that is no longer protected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from cuebook.core.errors import Problem
from cuebook.core.files import Broken, Tree
from cuebook.core.yaml_files import read_yaml
from cuebook.registry._shaped import as_shape
from cuebook.registry.reader import Registry
from cuebook.shapes.file_formats import OverrideFile, RemovalFile, RulesFile, UnprotectedFile
from cuebook.shapes.verdict import Override

FOLDER = "overrides"
MOST_DAYS = 180
"""Days after the commit that set it on which the last override ends: what nobody confirms is forgotten."""

LOST, REMOVED = ("lost", "lost"), ("removed", "removed")
"""In place of the digests of rules and dataset that Git's history does not hold any more."""

AnyOverride: TypeAlias = OverrideFile | RulesFile | RemovalFile | UnprotectedFile
SetOn: TypeAlias = Callable[[str], "str | None"]
"""The day (``2026-11-22``, UTC) of the commit that set a file last; None where there is none yet."""

_KINDS: tuple[tuple[str, type[AnyOverride]], ...] = (
    ("-rules.yml", RulesFile),
    ("-removed.yml", RemovalFile),
    ("-unprotected.yml", UnprotectedFile),
    ("", OverrideFile),
)
_File = TypeVar("_File", OverrideFile, RulesFile, RemovalFile, UnprotectedFile)


@dataclass(frozen=True, slots=True)
class ValidOverride:
    """An override for a version that holds, and the versions of which it says why a rollback left them."""

    override: Override
    left: frozenset[int]


def path_of(prompt: str, version: int) -> str:
    """Return the path of the override for a version."""
    return f"{FOLDER}/{prompt}-v{version}.yml"


def rules_path(suite: str) -> str:
    """Return the path of the override for loosened rules of a suite."""
    return f"{FOLDER}/{suite}-rules.yml"


def removal_path(prompt: str, alias: str) -> str:
    """Return the path of the override for removing a protected alias."""
    return f"{FOLDER}/{prompt}-{alias}-removed.yml"


def unprotected_path(alias: str) -> str:
    """Return the path of the override for no longer protecting an alias."""
    return f"{FOLDER}/{alias}-unprotected.yml"


def read(tree: Tree, path: str) -> tuple[AnyOverride | None, list[Problem]]:
    """One override file of any kind and what is wrong with its shape; it may be in another's place."""
    shape = next(shape for end, shape in _KINDS if path.endswith(end))
    try:
        return as_shape(read_yaml(tree.read(path) or b"", path), shape)
    except Broken as broken:
        return None, [broken.problem]


def place_of(shaped: AnyOverride) -> str:
    """Return the path that a file of this content has; at any other it overrides nothing."""
    if isinstance(shaped, RulesFile):
        return rules_path(shaped.suite)
    if isinstance(shaped, RemovalFile):
        return removal_path(shaped.prompt, shaped.alias)
    if isinstance(shaped, UnprotectedFile):
        return unprotected_path(shaped.alias)
    return path_of(shaped.prompt, shaped.version)


def overridden(tree: Tree, path: str) -> tuple[str, int] | None:
    """The prompt and version that a file names, also one that is refused for another key."""
    try:
        written = read_yaml(tree.read(path) or b"", path).data
    except Broken:
        return None
    prompt, version = (
        written.get(key) if isinstance(written, dict) else None for key in ("prompt", "version")
    )
    return (prompt, version) if isinstance(prompt, str) and type(version) is int else None


def last_day(until: str, set_on: str) -> str:
    """The last day that an override holds, set on a day and said to hold ``until`` another."""
    latest = (date.fromisoformat(set_on) + timedelta(days=MOST_DAYS)).isoformat()
    # Compared as text: what earlier releases took for a day may be none, and then ends like one too late.
    return min(until, latest)


def for_version(
    tree: Tree, prompt: str, version: int, digest: str, today: str, set_on: SetOn = lambda _: None
) -> ValidOverride | None:
    """The override that holds for exactly this version (by digest) on ``today`` (``2026-11-22``, UTC).

    An expired one, one for another digest and one that cannot be read do nothing.
    """
    held = _holding(tree, path_of(prompt, version), OverrideFile, today, set_on)
    if held is None or held.file.digest != digest:
        return None
    return ValidOverride(held.override, frozenset(int(name[1:]) for name in held.file.left))


def valid_override(
    tree: Tree, prompt: str, version: int, digest: str, today: str, set_on: SetOn = lambda _: None
) -> Override | None:
    """Return the override that ``for_version`` finds, without the versions that rollbacks left."""
    found = for_version(tree, prompt, version, digest, today, set_on)
    return found.override if found else None


def override_of(registry: Registry, name: str, number: int, day: str) -> Override | None:
    """Return the override that holds for a version of a registry on a day (``2026-11-22``)."""
    digest = registry.version(name, number).digest
    return valid_override(registry.tree, name, number, digest, day, registry.set_on)


def for_rules(
    tree: Tree,
    suite: str,
    before: tuple[str, str],
    after: tuple[str, str],
    today: str,
    set_on: SetOn = lambda _: None,
) -> Override | None:
    """The override that holds for exactly this loosening: digests of rules and dataset before and after."""
    held = _holding(tree, rules_path(suite), RulesFile, today, set_on)
    if held is None:
        return None
    was, now = held.file.before, held.file.after
    named = [
        LOST if was == "lost" else (was.rules, was.dataset),
        REMOVED if now == "removed" else (now.rules, now.dataset),
    ]
    return held.override.model_copy(update={"of": "rules"}) if named == [before, after] else None


def for_removal(
    tree: Tree, prompt: str, alias: str, today: str, set_on: SetOn = lambda _: None
) -> Override | None:
    """The override that holds for taking a protected alias away."""
    held = _holding(tree, removal_path(prompt, alias), RemovalFile, today, set_on)
    # Both names may hold hyphens, so that two pairs of them can have one path.
    mine = held is not None and (held.file.prompt, held.file.alias) == (prompt, alias)
    return held.override if held and mine else None


def for_unprotected(tree: Tree, alias: str, today: str, set_on: SetOn = lambda _: None) -> Override | None:
    """Return the override that holds for no longer protecting an alias."""
    held = _holding(tree, unprotected_path(alias), UnprotectedFile, today, set_on)
    return held.override if held else None


class _Held(NamedTuple, Generic[_File]):
    """An override file that holds, and what it says."""

    file: _File
    override: Override


def ended_for(
    tree: Tree, prompt: str, version: int, digest: str, today: str, set_on: SetOn = lambda _: None
) -> Override | None:
    """The override for exactly this version whose last day is past; None where there is none, or it holds."""
    path = path_of(prompt, version)
    shaped = read(tree, path)[0] if tree.read(path) is not None else None
    if not isinstance(shaped, OverrideFile) or place_of(shaped) != path or shaped.digest != digest:
        return None
    until = last_day(shaped.until, min(set_on(path) or today, today))
    return Override(who=shaped.who, why=shaped.why, until=until) if until < today else None


def _holding(tree: Tree, path: str, kind: type[_File], today: str, set_on: SetOn) -> _Held[_File] | None:
    shaped = read(tree, path)[0] if tree.read(path) is not None else None
    if not isinstance(shaped, kind) or place_of(shaped) != path:
        return None
    # A day in the future, which anybody can write into a commit, is today.
    until = last_day(shaped.until, min(set_on(path) or today, today))
    return _Held(shaped, Override(who=shaped.who, why=shaped.why, until=until)) if until >= today else None
