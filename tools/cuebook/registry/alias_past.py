"""What an alias pointed to before a change, and which rules its last promotion answered to. Pure.

Made from records that the change cannot write: see ``jobs.live_history``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cuebook.registry.alias_changes import TriedPairs
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings, load_config
from cuebook.shapes.labels import Labels
from cuebook.shapes.suite import Suite


@dataclass(frozen=True, slots=True)
class Stay:
    """A version that an alias pointed to, since ``time`` (UTC), by ``commit``.

    ``former`` is the commit published before that, if it is on record. ``renews`` is false where it went live
    by an override for the version: that accepts the version, and no weaker rules for the next one.
    """

    version: int
    commit: str = ""
    time: str = ""
    renews: bool = True
    former: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A version that the alias pointed to until a rollback at ``time`` (UTC)."""

    version: int
    time: str


@dataclass(frozen=True)
class FormerRules:
    """The rules that a promotion, of ``version`` at ``time`` (UTC), was decided by, or that held after one.

    ``before`` is the registry that it changed, whose rules decided, and ``at`` the one that it made, whose
    suites count where the promotion brought them; both have prompts under the names of today. ``between``
    promotions there is no ``before``: ``at`` is what the default branch had from ``time`` on.
    """

    version: int
    time: str
    at: Registry
    before: Registry | None = None
    between: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings that decided. Raises InvalidFiles."""
        return load_config((self.before or self.at).tree)

    def suites_of(self, prompt: str) -> dict[str, Suite]:
        """The suites that decided, by name."""
        found = {suite.name: suite for suite in self.at.suites_of(prompt)}
        if self.before:
            known = set(self.before.suite_names())
            found = {name: suite for name, suite in found.items() if name not in known}
            found |= {suite.name: suite for suite in self.before.suites_of(prompt)}
        return found

    def labels(self, judge: str) -> Labels:
        """Return the labels that a judge was measured against."""
        before = self.before.labels(judge) if self.before else Labels()
        return before if before.cases else self.at.labels(judge)


@dataclass(frozen=True)
class AliasPast:
    """The past of an alias: what it pointed to (``stays``), oldest first.

    ``past_live`` are all versions that it was allowed to point to, ``tried`` the pairs that it was allowed to
    have for a share of units, ``rules`` those that its next promotion answers to, oldest first; none where
    the change promotes nothing.
    """

    stays: tuple[Stay, ...] = ()
    past_live: frozenset[int] = frozenset()
    rules: tuple[FormerRules, ...] = ()
    tried: TriedPairs = frozenset()

    @property
    def last(self) -> int | None:
        """The version that was live last, though the alias may be gone since."""
        return self.stays[-1].version if self.stays else None

    @cached_property
    def _promotions(self) -> list[int]:
        """The places of stays that were no return to an earlier version."""
        seen: set[int] = set()
        places = []
        for place, stay in enumerate(self.stays):
            if stay.version not in seen:
                places.append(place)
            seen.add(stay.version)
        return places

    @property
    def promotions(self) -> list[Stay]:
        """The promotions that renewed the rules, oldest first; the first of all where none did."""
        found = [self.stays[place] for place in self._promotions]
        return [stay for stay in found if stay.renews] or found[:1]

    @property
    def promotion(self) -> Stay | None:
        """The last promotion whose rules the next one answers to; rollbacks and returns renew nothing."""
        return self.promotions[-1] if self.stays else None

    @property
    def left(self) -> tuple[Left, ...]:
        """The versions that rollbacks since the last promotion left, with the time of the latest of each."""
        start = self._promotions[-1] if self._promotions else 0
        steps = zip(self.stays[start:], self.stays[start + 1 :], strict=False)
        found = {stay.version: after.time for stay, after in steps}
        return tuple(Left(number, time) for number, time in sorted(found.items()) if number != self.last)


def standing_line(versions: Iterable[int]) -> list[int]:
    """Return where an alias pointed, oldest first, without what was rolled back.

    A return to a version undoes all that came after it.
    """
    line: list[int] = []
    for version in versions:
        if version in line:
            del line[line.index(version) + 1 :]
        else:
            line.append(version)
    return line


Pasts = Mapping[tuple[str, str], AliasPast]
"""By prompt and alias."""

NO_PAST = AliasPast()
