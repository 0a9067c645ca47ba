"""What a change does to protected aliases: those it points elsewhere, adds, or takes away. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cuebook.registry.reader import Registry


@dataclass(frozen=True, slots=True)
class AliasChange:
    """An alias that a change points to ``version``; ``previous`` is None where it is new."""

    prompt: str
    alias: str
    version: int
    previous: int | None = None

    def __str__(self) -> str:
        if self.previous == self.version:
            return f"{self.prompt}: {self.alias} stays at {self.version}"
        return f"{self.prompt}: {self.alias} {self.previous or 'none'} -> {self.version}"


@dataclass(frozen=True, slots=True)
class AliasRemoval:
    """An alias that pointed to ``previous`` before a change and is gone after it."""

    prompt: str
    alias: str
    previous: int

    def __str__(self) -> str:
        return f"{self.prompt}: {self.alias} {self.previous} -> none"


@dataclass(frozen=True, slots=True)
class AliasChanges:
    """Everything that a change does to protected aliases, by prompt and alias."""

    moved: tuple[AliasChange, ...] = ()
    removed: tuple[AliasRemoval, ...] = ()

    def targets(self, prompt: str) -> dict[str, int]:
        """Where the aliases of one prompt that moved or were added point now."""
        return {item.alias: item.version for item in self.moved if item.prompt == prompt}


def alias_changes(before: Registry | None, after: Registry, protected: Sequence[str]) -> AliasChanges:
    """What happened between two states to the protected aliases; with no ``before`` all of them are new.

    A prompt that is gone has lost its aliases.
    """
    old, new = _aliases(before, protected), _aliases(after, protected)
    moved, removed = [], []
    for prompt, alias in sorted({*old, *new}):
        was, now = old.get((prompt, alias)), new.get((prompt, alias))
        if now is not None and now != was:
            moved.append(AliasChange(prompt, alias, now, was))
        elif was is not None and now is None:
            removed.append(AliasRemoval(prompt, alias, was))
    return AliasChanges(tuple(moved), tuple(removed))


def _aliases(registry: Registry | None, protected: Sequence[str]) -> Mapping[tuple[str, str], int]:
    names = registry.names() if registry else ()
    pairs = ((name, registry.aliases(name)) for name in names if registry)
    return {
        (name, alias): number
        for name, found in pairs
        for alias, number in found.items()
        if alias in protected
    }
