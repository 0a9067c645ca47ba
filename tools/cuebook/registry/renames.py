"""Prompts that were given another name: ``formerly: [old]`` in the new one's meta.yml, said once.

A rename keeps what the prompt was: its versions, what its aliases pointed to, and the suites that decide
about it. So a change that renames is compared with the base as if the prompt had had its new name there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cuebook.core.git import Snapshot
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.version_files import read_meta


@dataclass
class Renamed(Snapshot):
    """A commit's files as if prompts had had other names there: ``names`` maps the old ones to the new."""

    names: Mapping[str, str] = field(default_factory=dict)

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        return sorted(path for path in map(self._new, super().paths()) if path.startswith(start))

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, or None; suites name prompts and judges as they are called now."""
        data = super().read(self._old(path))
        return data if data is None else as_named(path, data, self.names)

    def is_link(self, path: str) -> bool:
        """Whether the path is a symbolic link or a submodule."""
        return super().is_link(self._old(path))

    def _new(self, path: str) -> str:
        top, name, rest = (*path.split("/", 2), "", "")[:3]
        return f"{top}/{self.names[name]}/{rest}" if top == PROMPTS and name in self.names else path

    def _old(self, path: str) -> str:
        top, name, rest = (*path.split("/", 2), "", "")[:3]
        before = {new: old for old, new in self.names.items()}
        return f"{top}/{before[name]}/{rest}" if top == PROMPTS and name in before else path


def as_named(path: str, data: bytes, names: Mapping[str, str]) -> bytes:
    """Return a file's bytes; in a suite's file, prompts have their new ``names`` (old to new)."""
    if not (path.startswith(f"{EVALS}/") and path.endswith("/suite.yml")):
        return data
    for old, new in names.items():
        # As the prompt that is evaluated, or pinned as a judge: the whole value, or all before a slash.
        name = re.escape(old.encode())
        named = re.compile(rb"(\bprompt['\"]?[ \t]*:[ \t]*['\"]?)" + name + rb"(?![\w.-])")
        data = named.sub(rb"\g<1>" + new.encode(), data)
    return data


def as_renamed(base: Registry, head: Registry) -> Registry:
    """Return the base with its prompts under the names that ``head`` gives them.

    It is a rename only where the old name is gone and the new one was not there before; whether the versions
    are the same is checked like any edit of a version.
    """
    tree = base.tree
    names = renames(base, head)
    if not names or not isinstance(tree, Snapshot):
        return base
    return Registry(Renamed(tree.root, tree.sha, tree.prefix, tree.layout, names=names), base.added)


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
    path = f"{PROMPTS}/{name}/meta.yml"
    data = registry.tree.read(path)
    if data is None or b"formerly" not in data:
        return []  # asked of each prompt, and most files need no parsing for it
    meta, _ = read_meta(data, path)
    return list(meta.formerly) if meta else []
