"""What a suite asked for since the last promotion, as far as it asks for less now. Pure.

A suite is followed under whatever name it has. Of all its states those are kept of which no other asks for
as much: who passes these would pass the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cuebook.core.canonical import digest
from cuebook.core.errors import InvalidFiles
from cuebook.core.refs import parse_ref
from cuebook.gate.base_suite import as_named
from cuebook.gate.loosening import MOST_ADDED, SPENDING, labels_changed, suite_loosened
from cuebook.registry.alias_past import FormerRules
from cuebook.registry.judges import pinned_judges
from cuebook.shapes.cause import RuleChange
from cuebook.shapes.labels import Labels
from cuebook.shapes.suite import Suite

MOST = 20
"""States of a suite that a promotion is compared under; of more, somebody has to accept today's."""


@dataclass(frozen=True)
class FormerSuite:
    """A suite under former ``rules``, and what is ``weaker`` now.

    Of that, ``asked`` is what took part then and is answered by something else now.
    """

    suite: Suite
    rules: FormerRules
    weaker: tuple[RuleChange, ...] = ()
    asked: tuple[RuleChange, ...] = ()

    @cached_property
    def labels(self) -> dict[str, Labels]:
        """The labels that its judges were measured against, by judge."""
        return {name: self.rules.labels(name) for name in judges_of(self.suite)}

    @cached_property
    def key(self) -> str:
        """The same for states that ask for the same."""
        labels = {name: found.digest for name, found in self.labels.items()}
        return digest([self.suite.digest, self.suite.dataset_digest, labels, self._asked])

    @property
    def _asked(self) -> list[list[str | None]]:
        return [[item.code, item.label, item.was] for item in self.asked]

    @property
    def relabelled(self) -> list[str]:
        """The judges whose labels were others."""
        return sorted({item.label for item in self.weaker if item.code in {"labels", "labels_added"}})

    @property
    def state(self) -> tuple[str, str]:
        """The digests that an override names it by."""
        labels = [["labels", judge, self.labels[judge].digest] for judge in self.relabelled]
        return state_of(self.suite, [*self._asked, *labels])

    def asks_more_than(
        self,
        suite: Suite,
        labels: Callable[[str], Labels],
        seen: Iterable[str],
        most_added: float = MOST_ADDED,
    ) -> Iterator[RuleChange]:
        """Yield what is less strict in another state of the suite. Ceilings of a run are no rules."""
        for item in suite_loosened(self.suite, suite, frozenset(seen), most_added):
            if item.code not in SPENDING:
                yield item
        for judge, was in self.labels.items():
            yield from labels_changed(judge, was, labels(judge))

    def beyond(self, other: FormerSuite, seen: Iterable[str]) -> bool:
        """Whether it asks for more than another state does in anything."""
        if self.key == other.key:
            return False
        asked = any(item not in other._asked for item in self._asked)
        return asked or any(True for _ in self.asks_more_than(other.suite, other.rules.labels, seen))


def state_of(suite: Suite, others: Sequence[Sequence[str | None]]) -> tuple[str, str]:
    """The digests that an override has to name: of the rules with these ``others``, and of the dataset.

    ``others`` are kind, name and value of what answered or was labelled otherwise.
    """
    rules = digest([suite.digest, [list(item) for item in others]]) if others else suite.digest
    return rules, suite.dataset_digest


def state_of_all(items: Sequence[FormerSuite]) -> tuple[str, str]:
    """The digests of all these states: who accepts what changed since accepts all of it, and nothing else."""
    states = [item.state for item in items]
    return states[0] if len(states) == 1 else (digest(states), states[0][1])


def state_now(suite: Suite, labels: Callable[[str], Labels], held: Sequence[FormerSuite]) -> tuple[str, str]:
    """The digests of a suite today, as an override has to name it beside these former states of it."""
    asked = sorted({(item.code, item.label, item.now) for state in held for item in state.asked})
    judges = sorted({name for state in held for name in state.relabelled})
    return state_of(suite, [*asked, *(("labels", name, labels(name).digest) for name in judges)])


def judges_of(suite: Suite) -> list[str]:
    """The prompts behind the judges that a suite pins."""
    return sorted({parse_ref(ref).name for ref in pinned_judges(suite)})


def former_suites(
    states: Iterable[FormerRules], prompt: str, now: Iterable[Suite]
) -> dict[str, list[FormerSuite]]:
    """Return the states of each suite of a prompt, oldest first, by the name that it has now or had last.

    ``now`` are the suites of today. Raises InvalidFiles where the rules of the promotion cannot be read.
    """
    found: dict[str, list[FormerSuite]] = {}
    for rules in states:
        try:
            there = [FormerSuite(suite, rules) for suite in rules.suites_of(prompt).values()]
            _ = [item.labels for item in there]
        except InvalidFiles:
            if not rules.between:
                raise
            continue  # nothing was decided by files that nobody could read
        _follow(found, [item.suite for item in there])
        for item in there:
            found.setdefault(item.suite.name, []).append(item)
    _follow(found, now)
    return found


def _follow(found: dict[str, list[FormerSuite]], there: Iterable[Suite]) -> None:
    """Call suites whose folder was renamed by their new name."""
    known = list(there)
    for name in list(found):
        new = next(iter(as_named({name: found[name][-1].suite}, known)))
        if new != name:
            found[new] = found.pop(name) + found.get(new, [])


def strictest(items: Sequence[FormerSuite], seen: Callable[[Suite], Iterable[str]]) -> list[FormerSuite]:
    """Return those of which no other one asks for as much, oldest first.

    Of more than ``MOST`` the newest come back, and nothing is known of the others. ``seen`` returns the
    inputs that the prompt and the judges of a suite read.
    """
    # Of equal ones the oldest, which is the one that people know as the last promotion's.
    each: dict[str, FormerSuite] = {}
    for item in items:
        each.setdefault(item.key, item)
    kept: list[FormerSuite] = []
    # From both ends, as rules become stricter and looser. A state is left out only beside one that is kept:
    # of a suite loosened by a tenth at a time each state is near the next, and the last far from the first.
    read = {key: frozenset(seen(item.suite)) for key, item in each.items()}
    for item in reversed(each.values()):
        if all(item.beyond(other, read[item.key]) for other in kept):
            kept.insert(0, item)
        if len(kept) > MOST:
            return kept
    left: list[FormerSuite] = []
    for item in kept:
        if all(item.beyond(other, read[item.key]) for other in left):
            left.append(item)
    return left


def with_first(
    held: Sequence[FormerSuite],
    firsts: Iterable[FormerSuite],
    suite: Suite,
    labels: Callable[[str], Labels],
    seen: Callable[[Suite], Iterable[str]],
) -> list[FormerSuite]:
    """Return the states held, and before them the first of each alias where any case joined it since.

    Else a tenth more cases, chosen so that a version gains on them, would hide as large a loss on the others.
    """
    found = list(held)
    for first in firsts:
        read = frozenset(seen(first.suite))
        others = [(item.suite, item.rules.labels) for item in found]
        weaker = [tuple(first.asks_more_than(*other, read, 0)) for other in ((suite, labels), *others)]
        # Another state that has all its cases, and no more, asks for as much.
        if len(found) < MOST and all(weaker):
            found.insert(0, replace(first, weaker=weaker[0]))
    return found
