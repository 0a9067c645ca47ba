"""What a change makes necessary to evaluate, under which rules, and against what. Pure.

What a change removes still counts: suites, cases, rules and judges are those of the base, and a promotion
answers to those of the last promotion as well. What is new is measured for reading and decides from the
next change on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from types import MappingProxyType

from cuebook import scorers
from cuebook.core.chat import said
from cuebook.core.errors import InvalidFiles
from cuebook.core.refs import parse_ref
from cuebook.core.text import fold
from cuebook.gate.base_suite import NO_CHANGES, as_named, asked_as_before, case_changes
from cuebook.gate.comparison import Comparison, Second
from cuebook.gate.former_rules import (
    MOST,
    FormerSuite,
    former_suites,
    judges_of,
    state_now,
    state_of_all,
    strictest,
    with_first,
)
from cuebook.gate.held_out import with_held_out
from cuebook.gate.loosening import app_loosened, asked_otherwise, suite_loosened
from cuebook.gate.plan import Plan, can_run, compare, readable_version, version_before, with_what_can_run
from cuebook.registry.alias_changes import AliasChanges, alias_changes, shares_changed
from cuebook.registry.alias_past import NO_PAST, AliasPast, FormerRules, Pasts
from cuebook.registry.judges import pinned_judges
from cuebook.registry.overrides import REMOVED
from cuebook.registry.reader import Registry
from cuebook.registry.settings import load_config
from cuebook.shapes.cause import Nothing, Reason, RuleChange
from cuebook.shapes.run import Version
from cuebook.shapes.suite import Suite


def plan_change(
    base: Registry,
    head: Registry,
    protected: Sequence[str],
    pasts: Pasts = MappingProxyType({}),
    refused: Callable[[str], int | None] = lambda _: None,
) -> Plan:
    """What a change from ``base`` to ``head`` makes necessary.

    A new version against its baseline; a protected alias that moves: target against what was live last; a
    changed suite, dataset or judge pin: every aliased version again. ``pasts`` say what aliases pointed to,
    ``refused`` a prompt's last version that the gate refused: what other cases would make of it is shown.
    Why there is no comparison at all is said, never left to silence.
    """
    comparisons: list[Comparison] = []
    nothing: list[Nothing] = []
    changes = alias_changes(
        base, head, protected, lambda name, alias: pasts.get((name, alias), NO_PAST).tried
    )
    for name in head.names():
        change = _change(base, head, name, changes, pasts)
        found = list(_comparisons(change)) if change.targets else list(_again(change, refused))
        comparisons += found
        # A comparison for reading decides nothing, and whoever made the change has to know that none does.
        if change.targets and all(item.reading_only for item in found):
            nothing.append(Nothing(code="new_suite" if head.suites_of(name) else "no_suite", prompt=name))
    if not (comparisons or nothing):
        only_shares = not changes.moved and shares_changed(base, head, protected)
        nothing.append(Nothing(code="shares_only" if only_shares else "no_change"))
    return with_what_can_run(Plan(tuple(comparisons), tuple(nothing)))


@dataclass(frozen=True, slots=True)
class _Target:
    """A version to look at, and which of the protected aliases the change points at it."""

    number: int
    aliases: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True)
class _Change:
    """What a change does to one prompt."""

    base: Registry
    head: Registry
    name: str
    targets: tuple[_Target, ...]
    before: Mapping[str, int]
    pasts: Mapping[str, AliasPast]
    beside: Mapping[tuple[str, int], int]

    def past(self, alias: str) -> AliasPast:
        """What an alias pointed to; nothing where that is not known."""
        return self.pasts.get(alias, NO_PAST)

    def live(self, alias: str) -> int | None:
        """What an alias points to before the change; where it is gone, what it pointed to last."""
        return self.before.get(alias) or self.past(alias).last

    def against(self, alias: str, number: int) -> int | None:
        """What a version takes the place of: where it is tried, what is in use beside it."""
        return self.beside.get((alias, number)) or self.live(alias)

    def taken(self, aliases: Iterable[str], number: int) -> list[int]:
        """What aliases stop to point to by the change that lets units try a version beside another one.

        Else one change could go back to a weak version and try beside it what is worse than the live one.
        """
        tried = [alias for alias in aliases if (alias, number) in self.beside]
        found = {live for alias in tried if (live := self.live(alias))}
        return sorted(found - {self.beside[alias, number] for alias in tried} - {number})

    @cached_property
    def deciding(self) -> dict[str, Suite]:
        """The suites from before the change, by the names that they have after it."""
        before = {suite.name: suite for suite in self.base.suites_of(self.name)}
        return as_named(before, self.head.suites_of(self.name))

    def former(self, aliases: Iterable[str], number: int) -> dict[str, list[FormerSuite]]:
        """The states of each suite that a promotion of aliases to a version answers to, by today's names."""
        found: dict[str, list[FormerSuite]] = {}
        for alias in aliases:
            if number not in self.past(alias).past_live:
                for name, items in self._former.get(alias, {}).items():
                    found[name] = [*found.get(name, ()), *items]
        return found

    @cached_property
    def _former(self) -> dict[str, dict[str, list[FormerSuite]]]:
        return {
            alias: former_suites(past.rules, self.name, self.deciding.values())
            for alias, past in self.pasts.items()
        }

    def can_run(self, suite: Suite) -> bool:
        """Whether all that a suite asks is there; of former rules even a judge may be erased."""
        pins = [pin for pin in map(parse_ref, pinned_judges(suite)) if pin.version]
        there = (version_before(self.base, self.head, pin.name, pin.version) for pin in pins)
        return can_run(suite) and all(there)

    def version(self, number: int | None) -> Version | None:
        """A version as the base has it, where it does."""
        return version_before(self.base, self.head, self.name, number)


def _change(base: Registry, head: Registry, name: str, changes: AliasChanges, pasts: Pasts) -> _Change:
    old = name in base.names()
    known = set(base.numbers(name)) if old else set()
    moved = changes.of(name)
    fresh = [number for number in head.numbers(name) if number not in known]
    targets = []
    # A new version to which an alias moves at once is one target: both questions have one answer.
    for number in dict.fromkeys([*fresh, *(move.version for move in moved)]):
        aliases = tuple(sorted(move.alias for move in moved if move.version == number))
        targets.append(_Target(number, aliases, "new version" if number in fresh else "alias moves"))
    mine = {alias: past for (prompt, alias), past in pasts.items() if prompt == name}
    beside = {(move.alias, move.version): move.beside for move in moved if move.share}
    return _Change(base, head, name, tuple(targets), base.aliases(name) if old else {}, mine, beside)


def _comparisons(change: _Change) -> Iterator[Comparison]:
    """What the versions that a change adds or points at have to show, and what is measured beside."""
    base, head, deciding = change.base, change.head, change.deciding
    for target in change.targets:
        former = change.former(target.aliases, target.number)
        gone = {name: items for name, items in former.items() if name not in deciding}
        for suite in deciding.values():
            yield from _against_each(change, target, suite)
        for items in gone.values():
            held = strictest(items, partial(_seen, change))
            yield from _against_each(change, target, _runnable(change, held[0].suite), held)
        for suite in head.suites_of(change.name):
            old = deciding.get(suite.name)
            if old is None or _moved(old, suite) or _relabelled(base, head, suite):
                yield _new_suite(change, target, suite, decides=not deciding and not gone)


def _against_each(
    change: _Change, target: _Target, suite: Suite, gone: Sequence[FormerSuite] = ()
) -> Iterator[Comparison]:
    """One suite's comparison with each version that an alias takes the target from; one for a new version.

    ``gone`` are the states of a suite that was taken away before the change, of which this is the first.
    """
    wanted: dict[int | None, list[str]] = {}
    for alias in target.aliases:
        wanted.setdefault(change.against(alias, target.number), []).append(alias)
    if not wanted:
        wanted = {change.live(suite.gate.baseline): []}
    for against, aliases in wanted.items():
        known = [change.past(alias) for alias in aliases]
        # An alias that was lost and comes back to what it left has nothing to be compared with.
        other = against if against != target.number else None
        made = _compare(change, target, suite, other, gone[0].rules if gone else None)
        made = replace(
            made,
            aliases=tuple(aliases),
            gone=bool(gone),
            returns=bool(known) and all(target.number in past.past_live for past in known),
        )
        # A suite that no longer evaluates the prompt loses all its rules at once.
        if all(item.name != suite.name for item in change.head.suites_of(change.name)):
            made = replace(made, loosened=tuple(suite_loosened(suite, None)))
        if gone and not made.returns:
            made = replace(made, seconds=tuple(_of_gone(change, target, other, gone)))
        elif not made.returns:  # what returns may come back whatever is found
            taken = change.taken(aliases, target.number)
            made = replace(made, seconds=tuple(_seconds(change, target, suite, made, known, taken)))
        yield with_held_out(made, change.head.suite_names())


def _of_gone(
    change: _Change, target: _Target, against: int | None, gone: Sequence[FormerSuite]
) -> Iterator[Second]:
    """What must pass under the other states of a suite that was taken away, of which none asks for all."""
    before = state_of_all(gone)
    for item in _compared(gone if len(gone) > MOST or not change.can_run(gone[0].suite) else gone[1:]):
        made = replace(
            _compare(change, target, _runnable(change, item.suite), against, item.rules), is_second=True
        )
        changes = tuple(suite_loosened(item.suite, None))
        told = Second("rules", item.rules.version, item.rules.time, made, changes, before, REMOVED)
        yield _marked(change, told, item, len(gone))


def _runnable(change: _Change, suite: Suite) -> Suite:
    """The suite, or one that asks nothing where it cannot be run any more: that passes nothing either."""
    if change.can_run(suite):
        return suite
    return replace(suite, scorers=(), cases=(), target="", gate=replace(suite.gate, metrics={}, limits={}))


def _seconds(
    change: _Change,
    target: _Target,
    suite: Suite,
    first: Comparison,
    pasts: Sequence[AliasPast],
    taken: Sequence[int],
) -> Iterator[Second]:
    """What else must pass: against what rollbacks left, under former rules that asked for more, and both.

    What the change itself takes away counts as left, with no date yet.
    """
    known = first.baseline.number if first.baseline else None
    left = {item.version: item.time for past in pasts for item in past.left if item.version != target.number}
    left = dict.fromkeys(taken, "") | left
    left.pop(known or 0, None)  # what the first comparison is with already
    for version, time in left.items():
        made = _compare(change, target, suite, version)
        if made.baseline:
            yield Second("rollback", version, time, replace(made, is_second=True))
    seen, labels = partial(_seen, change), change.base.labels
    states = [change.former([alias], target.number).get(suite.name, ()) for alias in first.aliases]
    weaker = list(_weaker(change, chain.from_iterable(states), suite, first))
    firsts = [items[0] for items in states if items]
    held = with_first(strictest(weaker, seen), firsts, suite, labels, seen)
    if not held:
        return
    before, after = state_of_all(held), state_now(suite, change.base.labels, held)
    # Today's ceilings: what a run may spend is no rule about what a version has to show.
    ceilings = {name: getattr(suite.gate, name) for name in ("max_cost_usd", "max_tokens", "max_calls")}
    for item in _compared(held):
        # What cannot be run any more shows nothing: today's rules stand in for it, and that needs a word.
        runs = change.can_run(item.suite)
        strict = replace(item.suite, gate=replace(item.suite.gate, **ceilings)) if runs else suite
        for against in (known, *left):
            rules = item.rules if runs else None
            made = replace(_compare(change, target, strict, against, rules), is_second=True)
            told = Second("rules", item.rules.version, item.rules.time, made, item.weaker, before, after)
            yield _marked(change, told, item, len(held))


def _compared(held: Sequence[FormerSuite]) -> Sequence[FormerSuite]:
    """The states to compare under: where they are too many, the newest alone, as it lets nothing through."""
    return held[-1:] if len(held) > MOST else held


def _marked(change: _Change, second: Second, item: FormerSuite, states: int) -> Second:
    """The comparison under one of so many former ``states``, with why no run can be enough for it."""
    return replace(
        second,
        asked_otherwise=bool(item.asked) or not change.can_run(item.suite),
        between=item.rules.between,
        more_than=MOST if states > MOST else 0,
    )


def _weaker(
    change: _Change, states: Iterable[FormerSuite], suite: Suite, first: Comparison
) -> Iterator[FormerSuite]:
    """The states of a suite, since the last promotion, that asked for more than it does now."""
    for item in states:
        changes = item.asks_more_than(suite, change.base.labels, _seen(change, item.suite))
        asked = tuple(_asked(change, first, item.rules))
        if weaker := (*changes, *asked):
            yield replace(item, weaker=weaker, asked=asked)


def _asked(change: _Change, first: Comparison, rules: FormerRules) -> list[RuleChange]:
    """What took part then, too, and is answered by something else now, before the change or after it."""
    arms = [model or first.baseline.model for model in first.models] if first.baseline else []
    models = {*arms, *(judge.model for judge in first.judges.values())}
    found: dict[str, RuleChange] = {}
    for state in (change.base, change.head):
        # Settings that cannot be read are refused by ``check``; there is nothing to compare in them.
        with suppress(InvalidFiles):
            settings = load_config(state.tree)
            changes = asked_otherwise(rules.settings, settings, models)
            changes += app_loosened(first.suite.target, rules.settings, settings)
            changes += _own_scorers(first.suite, rules.before or rules.at, state)
            found |= {f"{item.code} {item.label} {item.now}": item for item in changes}
    return list(found.values())


def _own_scorers(suite: Suite, then: Registry, now: Registry) -> Iterator[RuleChange]:
    """The repository's own scorers that a suite names and that were other files then."""
    was, is_now = scorers.own_digests(then.tree), scorers.own_digests(now.tree)
    for name in dict.fromkeys(spec.name for spec in suite.scorers):
        before, after = was.get(name, ""), is_now.get(name, "")
        if before and before != after:
            # Twelve digits are what people compare by eye; the whole digests decided above.
            yield RuleChange(code="own_scorer", label=name, was=before[:12], now=after[:12])


def _compare(
    change: _Change, target: _Target, suite: Suite, against: int | None, rules: FormerRules | None = None
) -> Comparison:
    """The target on a suite as it was, its cases with what the change adds to their inputs."""
    head = change.head
    now = head.suite(suite.name) if suite.name in head.suite_names() else None
    seen = _seen(change, suite)
    asked = asked_as_before(suite, now, seen)
    return compare(
        head,
        asked,
        head.version(change.name, target.number),
        change.version(against),
        target.reason,
        base=change.base,
        changes=case_changes(suite, now, seen) if now else NO_CHANGES,
        labels=rules.labels if rules else None,
    )


def _new_suite(change: _Change, target: _Target, suite: Suite, *, decides: bool) -> Comparison:
    """A suite that the change brings or alters: measured for reading.

    It decides about a first version only, of which nobody could have written a suite before, and not
    about one whose words another prompt has: that would be a way to leave that prompt's suite behind.
    """
    candidate = change.head.version(change.name, target.number)
    baseline = change.version(change.live(suite.gate.baseline))
    made = compare(change.head, suite, candidate, baseline, target.reason)
    if decides and _is_first(change, candidate):
        made = replace(made, aliases=target.aliases, own_suite=True)
        return with_held_out(made, change.head.suite_names())
    return replace(made, reading_only=True)


def _is_first(change: _Change, candidate: Version) -> bool:
    base, name = change.base, change.name
    if name in base.names() and set(base.numbers(name)) - {candidate.number}:
        return False
    # A copy with another model or one more space has another digest, and the same words.
    words = _words(candidate)
    others = (version for other in base.names() if other != name for version in base.versions(other))
    return all(other.digest != candidate.digest and _words(other) != words for other in others)


def _words(version: Version) -> list[tuple[str, str]]:
    if version.messages is None:
        return [("", fold(version.template or ""))]
    return [(role, fold(text)) for role, text in map(said, version.messages)]


def _again(change: _Change, refused: Callable[[str], int | None]) -> Iterator[Comparison]:
    """Every aliased version on the suites that a change touches without bringing a version or a move.

    Beside them the version that was refused last, where cases changed: they may be made to let it through.
    """
    base, head, name = change.base, change.head, change.name
    for suite in head.suites_of(name):
        old = base.suite(suite.name) if suite.name in base.suite_names() else None
        if old is not None and not _moved(old, suite) and not _relabelled(base, head, suite):
            continue
        live = change.before.get(suite.gate.baseline)
        for number in head.live(name):
            # The live version is what the others are compared with, and is measured alone.
            baseline = change.version(live) if number != live else None
            version = head.version(name, number)
            made = compare(head, suite, version, baseline, "suite changed")
            yield with_held_out(made, head.suite_names())
        if old is not None and old.dataset_digest != suite.dataset_digest:
            number = refused(name) or 0
            tried = readable_version(head, name, number)
            if tried and number not in head.live(name):
                made = compare(head, suite, tried, change.version(live), "suite changed")
                yield replace(made, reading_only=True)


def _seen(change: _Change, suite: Suite) -> frozenset[str]:
    """The inputs that versions of the base read, and the judges of a suite.

    So are those that a new version has a default for: apps need not pass them, and a case that did would be
    asked what no app asks.
    """
    base, name = change.base, change.name
    versions = base.versions(name) if name in base.names() else []
    defaults = frozenset(
        key
        for version in change.head.versions(name)
        for key, spec in version.inputs.items()
        if "default" in spec
    )
    pins = map(parse_ref, pinned_judges(suite))
    judges = [found for pin in pins if (found := version_before(base, change.head, pin.name, pin.version))]
    return defaults.union(key for version in (*versions, *judges) for key in version.inputs)


def _moved(old: Suite, suite: Suite) -> bool:
    return old.digest != suite.digest or old.dataset_digest != suite.dataset_digest


def _relabelled(base: Registry, head: Registry, suite: Suite) -> bool:
    """Whether the labels of a judge that the suite pins are others now."""
    return any(base.labels(name).digest != head.labels(name).digest for name in judges_of(suite))
