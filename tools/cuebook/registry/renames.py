"""Prompts that were given another name: ``formerly: [old]`` in the new one's meta.yml, said once.

A rename keeps what the prompt was: its versions, what its aliases pointed to, and the suites that decide
about it. So a change that renames is compared with the base as if the prompt had had its new name there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cuebook.core.files import Broken
from cuebook.core.git import Snapshot
from cuebook.core.json_schema import PlaceKey
from cuebook.core.layout import SUITE, meta_path
from cuebook.core.yaml_files import read_yaml
from cuebook.registry.labels import is_labels
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.version_files import read_meta


@dataclass
class Renamed(Snapshot):
    """A commit's files as if prompts had had other names there: ``names`` maps the old ones to the new.

    Labels go with the judge's name. ``moved`` are the old names whose whole folder of a suite went with it.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, or None; suites name prompts and judges as they are called now."""
        data = super().read(path)
        return data if data is None else with_new_names(path, data, self.names)

    def _list(self) -> dict[str, tuple[str, str]]:
        return self._as_called

    @cached_property
    def _as_called(self) -> dict[str, tuple[str, str]]:
        there = super()._list()
        called = {path: self._new(path) for path in there}
        # What was renamed comes last: a file that was at its new place before belonged to no prompt.
        order = sorted(there, key=lambda path: called[path] != path)
        return {called[path]: there[path] for path in order}

    def _new(self, path: str) -> str:
        top, name, rest = (*path.split("/", 2), "", "")[:3]
        goes = top == PROMPTS or (top == EVALS and (name in self.moved or is_labels(path)))
        return f"{top}/{self.names[name]}/{rest}" if goes and name in self.names else path


def with_new_names(path: str, data: bytes, names: Mapping[str, str]) -> bytes:
    """Return a file's bytes; in a suite's file, prompts have their new ``names`` (old to new).

    A file that cannot be read stays as it is.
    """
    if not (names and path.startswith(f"{EVALS}/") and path.endswith(f"/{SUITE}")):
        return data
    try:
        document = read_yaml(data, path)
    except Broken:
        return data
    return document.with_texts(_named(document.data, names)).encode()


def _named(suite: Any, names: Mapping[str, str]) -> Iterator[tuple[PlaceKey, bool, str]]:
    """The prompt of a suite, its judges and the metrics called like these: place, whether a key, new text."""
    parts = suite if isinstance(suite, dict) else {}
    scorers = parts["scorers"] if isinstance(parts.get("scorers"), list) else []
    told: list[tuple[PlaceKey, Any]] = [(("prompt",), parts.get("prompt"))]
    for at, scorer in enumerate(scorers):
        for name, settings in scorer.items() if isinstance(scorer, dict) else ():
            pin = settings.get("prompt") if isinstance(settings, dict) else None
            told.append((("scorers", at, name, "prompt"), pin))
            if isinstance(parts.get("gate"), dict) and not (isinstance(settings, dict) and "as" in settings):
                told.append((("gate", "metrics", str(pin)), pin))
    for place, value in dict(told).items():
        name, slash, number = value.partition("/") if isinstance(value, str) else ("", "", "")
        if name in names:
            yield place, place[0] == "gate", f"{names[name]}{slash}{number}"


def as_renamed(base: Registry, head: Registry) -> Registry:
    """Return the base with its prompts under the names that ``head`` gives them.

    It is a rename only where the old name is gone and the new one was not there before; whether the versions
    are the same is checked like any edit of a version.
    """
    return as_called(base, head, renames(base, head))


def as_called(then: Registry, now: Registry, names: Mapping[str, str]) -> Registry:
    """Return the registry of ``then``, a commit, with its prompts under new ``names`` (old to new).

    The folder of a suite goes along where ``now`` has it under the new name alone, and ``then`` had not.
    """
    tree = then.tree
    if not names or not isinstance(tree, Snapshot):
        return then
    moved = {
        old
        for old, new in names.items()
        if now.tree.paths(f"{EVALS}/{new}")
        and not (now.tree.paths(f"{EVALS}/{old}") or tree.paths(f"{EVALS}/{new}"))
    }
    return Registry(
        Renamed(tree.root, tree.sha, tree.prefix, tree.layout, names=names, moved=frozenset(moved)),
        then.added,
    )


def renames(base: Registry, head: Registry) -> dict[str, str]:
    """Return the prompts that ``head`` has renamed: old name to new name."""
    before, after = set(base.names()), set(head.names())
    found: dict[str, str] = {}
    for new in sorted(after - before):
        for old in former_names(head, new):
            if old in before - after:
                found.setdefault(old, new)
    return found


def former_names(registry: Registry, name: str) -> list[str]:
    """The names that a prompt says it had; none where that cannot be read."""
    path = meta_path(name)
    data = registry.tree.read(path)
    if data is None or b"formerly" not in data:
        return []  # asked of each prompt, and most files need no parsing for it
    meta, _ = read_meta(data, path)
    return list(meta.formerly) if meta else []
