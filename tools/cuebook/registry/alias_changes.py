"""What a change does to protected aliases: those it points elsewhere, adds, or takes away. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.reader import Registry

TriedPairs: TypeAlias = frozenset[tuple[int, int]]
"""Pairs (version in use, version tried) that an alias was allowed to have, as they were compared."""


def never(_prompt: str, _alias: str) -> TriedPairs:
    """Return no pair: nothing is known to have been allowed."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class AliasChange:
    """An alias that a change points to ``version``; ``previous`` is None where it is new.

    With a ``share`` only that per cent of units gets the version, the others the one ``beside`` it;
    ``previous`` is then what all of them got before.
    """

    prompt: str
    alias: str
    version: int
    previous: int | None = None
    share: int = 0
    beside: int = 0

    @property
    def step(self) -> str:
        """What the alias does, without the name of its prompt: ``production 3 -> 4``."""
        if self.share:
            return f"{self.share}% of {self.alias} -> {self.version}"
        if self.previous == self.version:
            return f"{self.alias} stays at {self.version}"
        return f"{self.alias} {self.previous or 'none'} -> {self.version}"

    def __str__(self) -> str:
        return f"{self.prompt}: {self.step}"


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

    def of(self, prompt: str) -> list[AliasChange]:
        """Return the moves of one prompt's aliases."""
        return [item for item in self.moved if item.prompt == prompt]


def alias_changes(
    before: Registry | None,
    after: Registry,
    protected: Sequence[str],
    let: Callable[[str, str], TriedPairs] = never,
) -> AliasChanges:
    """Return what a change does to the protected aliases; with no ``before`` all of them are new.

    A prompt that is gone has lost its aliases. A version that gets a share of units counts as a move, unless
    its share only shrinks, or grows where the pair was ``let``: allowed before, beside the same version in
    use. Otherwise a first per cent, or another version in use that nobody compared it with, would open the
    way to half of all units.
    """
    old, new = _pointers(before, protected), _pointers(after, protected)
    moved: list[AliasChange] = []
    removed = []
    for prompt, alias in sorted({*old, *new}):
        was, now = old.get((prompt, alias)), new.get((prompt, alias))
        if now is not None:
            if was is None or now.use != was.use:
                moved.append(AliasChange(prompt, alias, now.use, was.use if was else None))
            moved += _tried(prompt, alias, was, now, let)
        elif was is not None:
            removed.append(AliasRemoval(prompt, alias, was.use))
    return AliasChanges(tuple(moved), tuple(removed))


def shares_changed(before: Registry, after: Registry, protected: Sequence[str]) -> bool:
    """Return whether shares change of a protected alias whose version in use stays."""
    old, new = _pointers(before, protected), _pointers(after, protected)
    return any(
        old[at].use == new[at].use and old[at].tries != new[at].tries for at in old.keys() & new.keys()
    )


def _tried(
    prompt: str, alias: str, was: Pointer | None, now: Pointer, let: Callable[[str, str], TriedPairs]
) -> Iterator[AliasChange]:
    known = was.tries if was and was.use == now.use else {}
    for version, share in now.tries.items():
        grows = share > known.get(version, 0)
        if grows and not (version in known and (now.use, version) in let(prompt, alias)):
            yield AliasChange(prompt, alias, version, was.use if was else None, share, now.use)


def _pointers(registry: Registry | None, protected: Sequence[str]) -> Mapping[tuple[str, str], Pointer]:
    names = registry.names() if registry else ()
    pairs = ((name, registry.pointers(name)) for name in names if registry)
    return {
        (name, alias): pointer
        for name, found in pairs
        for alias, pointer in found.items()
        if alias in protected
    }
