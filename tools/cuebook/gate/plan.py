"""What must be evaluated, against what, on which cases and in which order.

Pure: two registries in, comparisons out. Nothing is spent before a plan is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cuebook import scorers
from cuebook.core.errors import RefError, nearest
from cuebook.core.format import joined
from cuebook.core.refs import parse_ref
from cuebook.gate.attempts import case_order, salt_of
from cuebook.gate.base_suite import NO_CHANGES, CaseChanges
from cuebook.gate.comparison import Comparison
from cuebook.gate.held_out import with_held_out
from cuebook.registry import apps
from cuebook.registry.copies import clustered, copies_of
from cuebook.registry.judges import judges, pinned_judges
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing, NothingCode, Reason
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Case, Version
from cuebook.shapes.suite import Suite


def compare(
    head: Registry,
    suite: Suite,
    candidate: Version,
    baseline: Version | None,
    reason: Reason,
    *,
    base: Registry | None = None,
    changes: CaseChanges = NO_CHANGES,
    labels: Callable[[str], Labels] | None = None,
) -> Comparison:
    """A comparison with its cases in order and its judges loaded.

    With ``base`` the suite is that of the base, and ``changes`` are what the change makes of its cases.
    Judges are then those of the base, measured against the labels that the base has, or against ``labels``.
    Raises RefError or InvalidFiles when a pinned judge or its labels cannot be read.
    """
    refs = {ref: parse_ref(ref) for ref in pinned_judges(suite)}
    judges = {
        ref: version_before(base, head, wanted.name, wanted.version) or head.resolve(wanted)
        for ref, wanted in refs.items()
    }
    # Copies of a case, by what is read of it, are one observation: a file of them is no evidence more.
    readers = [candidate, *([baseline] if baseline else []), *judges.values()]
    seen = frozenset(name for reader in readers for name in reader.inputs)
    measured = labels or partial(_labels, head, base)
    pointers = head.pointers(candidate.prompt)
    pointer = pointers.get(suite.gate.baseline)
    slip = "" if pointer else nearest(suite.gate.baseline, list(pointers), cutoff=_SLIP)
    # Cases are those of before the change: they cannot ask what only a new version has inputs for.
    needed = [name for name, spec in candidate.inputs.items() if base and "default" not in spec]
    return Comparison(
        suite,
        candidate,
        baseline,
        reason,
        in_order(clustered(suite.cases, copies_of(suite, seen)), salt_of(0)),
        judges,
        left_out=len(changes.added),
        live=pointer.use if pointer else None,
        alias=slip or suite.gate.baseline,
        live_tries=tuple(pointer.tries) if pointer else (),
        labels={ref: measured(judge.prompt) for ref, judge in judges.items()},
        as_before=len(changes.edited) + len(changes.removed),
        unfilled=tuple(name for name in needed if any(name not in case.opening for case in suite.cases)),
    )


_SLIP = 0.8
"""How like an alias that there is one must be to be meant by a name that no alias has."""


def _labels(head: Registry, base: Registry | None, judge: str) -> Labels:
    """Those of the base where it has any: a change must not grade the judge that grades it."""
    before = base.labels(judge) if base else Labels()
    return before if before.cases else head.labels(judge)


def in_order(cases: Sequence[Case], salt: str) -> tuple[Case, ...]:
    """Cases in the order fixed before the run. A cluster is kept together, in a place drawn by its name.

    Drawn by its cases a large one would mostly come first. A version that loses in small ones alone would
    then pass before these are looked at.
    """
    by_id = {case.id: case for case in cases}
    ordered = [by_id[name] for name in case_order(by_id, salt)]
    if not any(case.cluster for case in ordered):
        return tuple(ordered)
    drawn = case_order({case.cluster or case.id for case in ordered}, salt)
    place = {name: index for index, name in enumerate(drawn)}
    # A cluster may be called like a case of none.
    return tuple(sorted(ordered, key=lambda case: (place[case.cluster or case.id], case.unit)))


@dataclass(frozen=True)
class Plan:
    """Comparisons to run, and why something is not evaluated."""

    comparisons: tuple[Comparison, ...]
    nothing: tuple[Nothing, ...] = ()


Lives = Mapping[str, Mapping[str, Sequence[int]]]
"""For each prompt and alias, the versions it ever pointed to, as Git tells."""


def plan_record(head: Registry, lives: Lives | None = None) -> Plan:
    """Plan a comparison of every version on every suite of its prompt: the whole record of a registry."""
    comparisons = []
    nothing = []
    judging = judges(head)
    for name in head.names():
        suites = head.suites_of(name)
        # A judge is measured on labels: that it has no suite is nothing to report.
        if not suites and name not in judging:
            nothing.append(Nothing(code="no_suite", prompt=name))
        comparisons += [
            on_record(head, suite, version, lives) for suite in suites for version in head.versions(name)
        ]
    return with_what_can_run(Plan(tuple(comparisons), tuple(nothing)))


def can_run(suite: Suite) -> bool:
    """Whether the scorers and the app of a suite are there; of former rules they may be gone."""
    known = all(scorers.is_known(spec.name) for spec in suite.scorers)
    return known and not (suite.target and apps.offered(suite.target) is None)


def with_what_can_run(plan: Plan) -> Plan:
    """Return the plan without suites whose scorer or app exists in the change alone, and say why."""
    kept, nothing = [], list(plan.nothing)
    for item in plan.comparisons:
        new = [spec.name for spec in item.suite.scorers if not scorers.is_known(spec.name)]
        # An app that only former rules ask counts as well: a promotion is not decided without it.
        asked = (item, *(second.comparison for second in item.seconds))
        unknown = [each.suite.target for each in asked if each.suite.target and each.app is None]
        if new:
            nothing.append(left_out(item, "new_scorer", words=joined(new)))
        elif unknown:
            nothing.append(left_out(item, "new_target", unknown[0], stops=not item.reading_only))
        else:
            kept.append(item)
    return Plan(tuple(kept), tuple(nothing))


def left_out(
    comparison: Comparison, code: NothingCode, target: str = "", words: str = "", *, stops: bool = False
) -> Nothing:
    """Return why a comparison is not made; ``stops``: it would decide, so the change cannot go on."""
    version, suite = comparison.candidate, comparison.suite.name
    return Nothing(
        code=code,
        prompt=version.prompt,
        version=version.number,
        suite=suite,
        target=target,
        words=words,
        stops=stops,
    )


def on_record(head: Registry, suite: Suite, version: Version, lives: Lives | None = None) -> Comparison:
    """Compare a version with what it replaced, or would replace.

    That is the live version for a later one, and for one that is tried; for the live one and those before it
    the highest earlier version that ever was live, or the predecessor where Git does not tell.
    """
    alias = suite.gate.baseline
    pointer = head.pointers(version.prompt).get(alias)
    live = pointer.use if pointer else None
    if pointer and live and (version.number > live or version.number in pointer.tries):
        against = live
    else:
        ever = (lives or {}).get(version.prompt, {}).get(alias, ())
        known = set(head.numbers(version.prompt))
        earlier = [number for number in ever if number < version.number and number in known]
        against = max(earlier, default=version.number - 1)
    made = compare(head, suite, version, readable_version(head, version.prompt, against), "on record")
    return with_held_out(made, head.suite_names())


def readable_version(registry: Registry, name: str, number: int | None) -> Version | None:
    """A version of a registry; None where it has none of this number. Raises InvalidFiles."""
    try:
        return registry.version(name, number) if number else None
    except RefError:
        return None


def version_before(base: Registry | None, head: Registry, name: str, number: int | None) -> Version | None:
    """A version as the base has it, where it does: one that a change edits measures nothing of the change.

    None where neither has it. Raises InvalidFiles.
    """
    known = readable_version(base, name, number) if base else None
    return known or readable_version(head, name, number)
