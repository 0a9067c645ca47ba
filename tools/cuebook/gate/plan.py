"""What must be evaluated, against what, on which cases and in which order.

Pure: two registries in, comparisons out. Nothing is spent before a plan is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Literal

from cuebook import scorers
from cuebook.core.canonical import digest
from cuebook.core.errors import RefError
from cuebook.core.refs import parse_ref
from cuebook.gate.attempts import case_order, order_salt
from cuebook.judging.ask import ANSWER, FIRST, SECOND, canaries, fill
from cuebook.judging.labels import Scale
from cuebook.registry.alias_changes import AliasChanges, alias_changes
from cuebook.registry.copies import clustered
from cuebook.registry.reader import Registry
from cuebook.scorers import NoParameters
from cuebook.shapes.cause import Nothing
from cuebook.shapes.run import Case, Labels, ScorerSpec, Suite, Version
from cuebook.shapes.verdict import Digests

GATE_VERSION = 3
"""Goes up when the same scores may get another verdict: stored evidence is stale then."""

Reason = Literal["new version", "alias moves", "suite changed", "on record"]


@dataclass(frozen=True)
class Comparison:
    """One version held against its baseline (None for a first version) on one suite.

    ``cases`` are in the order fixed before the run; ``left_out`` counts those that only one side of a
    changed dataset has. ``live`` is the version that the suite's baseline alias points to now.
    ``labels`` are what the judge behind a ref is measured against. ``drawn_from`` is the digest of the
    dataset that the order is drawn from.
    """

    suite: Suite
    candidate: Version
    baseline: Version | None
    reason: Reason
    cases: tuple[Case, ...]
    judges: Mapping[str, Version] = field(default_factory=dict)
    left_out: int = 0
    live: int | None = None
    labels: Mapping[str, Labels] = field(default_factory=dict)
    drawn_from: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the candidate is what the suite's baseline alias points to now."""
        return self.candidate.number == self.live

    @property
    def models(self) -> tuple[str, ...]:
        """Models to run both versions on; ``("",)`` stands for each version's own."""
        return self.suite.models or ("",)

    @property
    def asked_models(self) -> list[str]:
        """The models that will be asked, as versions, judges and suite name them."""
        arms = [version.model for version in (self.candidate, self.baseline) if version]
        judges = [judge.model for judge in self.judges.values()]
        return sorted({*(self.suite.models or arms), *judges})

    @cached_property
    def paired(self) -> frozenset[str]:
        """Labels of scorers that compare the two answers."""
        return frozenset(spec.label for spec in self.suite.scorers if scorers.find(spec.name).paired)

    @cached_property
    def settings(self) -> dict[str, NoParameters]:
        """The checked settings of each scorer by label. Raises pydantic's ValidationError."""
        return {
            spec.label: scorers.find(spec.name).parameters.model_validate(dict(spec.parameters))
            for spec in self.suite.scorers
        }

    @property
    def judging(self) -> tuple[ScorerSpec, ...]:
        """The scorers that ask a judge."""
        return tuple(spec for spec in self.suite.scorers if scorers.find(spec.name).needs_model)

    def judge_behind(self, label: str) -> Version | None:
        """The judge that the scorer of this label asks; None when it asks none, or it is not known."""
        pins = {spec.label: judge_of(spec) for spec in self.suite.scorers}
        return self.judges.get(pins.get(label, ""))

    def labels_of(self, spec: ScorerSpec) -> Labels:
        """What the judge behind a scorer is measured against."""
        return self.labels.get(judge_of(spec), Labels())

    @property
    def all_cases(self) -> tuple[Case, ...]:
        """The cases of the comparison, whatever part of them is run here."""
        return self.cases

    def canary_cases(self, spec: ScorerSpec) -> dict[str, Case]:
        """Which case of the first batch each canary of a judge rides on; other shards' are left out.

        Where the judge can be asked about none of these, the first cases that it can be asked about.
        """
        judge = self.judges.get(judge_of(spec))
        if judge is None or (spec.label in self.paired and not self.baseline):
            return {}
        names = tuple(canaries(1))
        blank = dict.fromkeys((ANSWER, FIRST, SECOND), "")
        sources = spec.parameters.get("with", {})
        every = self.all_cases
        able = [case for case in every if isinstance(fill(judge, case, sources, blank), dict)]
        batch = {case.id for case in every[: _smallest_batch(len(every))]}
        first = ([case for case in able if case.id in batch] or able)[: len(names)]
        here = {case.id for case in self.cases}
        riding = {name: first[index % len(first)] for index, name in enumerate(names) if first}
        return {name: case for name, case in riding.items() if case.id in here}

    def applies(self, label: str, case: Case) -> bool:
        """Whether the case holds what the scorer measures against; known before anything is run."""
        key = self.settings[label].reads
        return key is None or key in case.expectations

    def planned(self, label: str) -> int:
        """Observations a metric will have when every case is used: cases, or clusters where declared."""
        return len({case.unit for case in self.cases if self.applies(label, case)})

    @property
    def baseline_repeats(self) -> int:
        """Answers of the baseline to a case, kept for every later candidate."""
        return max(self.suite.repeats, self.suite.gate.baseline_repeats)

    def is_protected(self, case: Case) -> bool:
        """Whether the case may not break."""
        return self.suite.gate.protected in case.tags if self.suite.gate.protected else False

    def digests(self, resolve: Mapping[str, str] | None = None) -> Digests:
        """Everything a verdict about this comparison depends on.

        ``resolve`` maps a model id to the one configuration puts in its place.
        """
        named = {self.candidate.model, *(judge.model for judge in self.judges.values()), *self.suite.models}
        if self.baseline:
            named.add(self.baseline.model)
        return Digests(
            candidate=self.candidate.digest,
            baseline=self.baseline.digest if self.baseline else None,
            dataset=self._dataset(),
            suite=self.suite.digest,
            judges={ref: judge.digest for ref, judge in sorted(self.judges.items())},
            models=sorted((resolve or {}).get(name, name) for name in named),
            tool=_tool(self.suite.scorers),
        )

    def _dataset(self) -> str:
        """Digest of the cases; nearly always they are all of the suite's, whose digest is kept."""
        if len(self.cases) == len(self.suite.cases):
            return self.suite.dataset_digest
        return digest({case.id: case.digest for case in self.cases})

    def calls(self) -> int:
        """How many model calls the whole comparison takes when every case is used, canaries among them."""
        arms = 2 if self.baseline else 1
        per_sample = 1 + sum(
            (1 if not member.paired else 0)
            for spec in self.suite.scorers
            if (member := scorers.find(spec.name)).needs_model
        )
        pairwise = 2 * len(self.paired) if self.baseline else 0
        samples = len(self.cases) * self.suite.repeats * len(self.models)
        riding = sum(
            len(self.canary_cases(spec)) * (1 + (spec.label in self.paired)) for spec in self.judging
        )
        return samples * (arms * per_sample + pairwise) + riding

    def batch(self, concurrency: int) -> int:
        """Cases between two looks: large enough to keep ``concurrency`` calls in flight."""
        return max(_smallest_batch(len(self.cases)), ceil(concurrency / 2))


def _smallest_batch(cases: int) -> int:
    return max(10, ceil(cases / 10))


def _tool(specs: Sequence[ScorerSpec]) -> str:
    versions = ", ".join(sorted({f"{spec.name} {scorers.find(spec.name).version}" for spec in specs}))
    return f"gate {GATE_VERSION}; {versions}"


def compare(
    head: Registry,
    suite: Suite,
    candidate: Version,
    baseline: Version | None,
    reason: Reason,
    base_suite: Suite | None = None,
    base: Registry | None = None,
    before: Suite | None = None,
) -> Comparison:
    """A comparison with its cases in order and its judges loaded.

    With ``base_suite``, the suite as it was before the same change, that one's rules and judge pins
    count, and only the cases that both have: nobody lowers the bar and jumps in one move. For the same
    reason judges are measured against the labels of ``base`` where it has any. ``before`` is the suite as
    it was, whether or not its rules count.
    Raises RefError or InvalidFiles when a pinned judge or its labels cannot be read.
    """
    rules = base_suite or suite
    cases = suite.cases
    left_out = 0
    if base_suite is not None:
        old = {case.id: case.digest for case in base_suite.cases}
        cases = tuple(case for case in suite.cases if old.get(case.id) == case.digest)
        ids = {case.id for case in suite.cases} | set(old)
        left_out = len(ids) - len(cases)
    # What the change itself brings must not choose the order, so it is drawn from the cases before it.
    drawn_from = (before or base_suite or suite).dataset_digest
    judges = {ref: head.resolve(ref) for ref in pinned_judges(rules)}
    cases = _clustered(rules, cases, [candidate, *([baseline] if baseline else []), *judges.values()])
    live = head.aliases(candidate.prompt).get(rules.gate.baseline)
    labels = {ref: _labels(head, base, judge.prompt) for ref, judge in judges.items()}
    return Comparison(
        rules,
        candidate,
        baseline,
        reason,
        in_order(cases, order_salt(baseline.digest if baseline else None, drawn_from, 0)),
        judges,
        left_out,
        live,
        labels=labels,
        drawn_from=drawn_from,
    )


def _clustered(suite: Suite, cases: tuple[Case, ...], readers: Sequence[Version]) -> tuple[Case, ...]:
    """The cases with copies, in the eyes of these prompts, in one cluster."""
    seen = frozenset(name for version in readers for name in version.inputs)
    if cases is not suite.cases:
        return clustered(cases, seen)
    if seen not in suite.clustered:  # a record compares hundreds of versions on the same cases
        suite.clustered[seen] = clustered(cases, seen)
    return suite.clustered[seen]


def _labels(head: Registry, base: Registry | None, judge: str) -> Labels:
    before = base.labels(judge) if base else Labels()
    return before if before.cases else head.labels(judge)


def pinned_judges(suite: Suite) -> list[str]:
    """The refs of judges that a suite's scorers pin."""
    named = (spec.parameters.get("prompt") for spec in suite.scorers)
    return sorted({ref for ref in named if isinstance(ref, str)})


def judge_of(spec: ScorerSpec) -> str:
    """The ref of the judge that a scorer pins; empty for a scorer that asks nobody."""
    return str(spec.parameters.get("prompt", ""))


def scale_of(spec: ScorerSpec) -> Scale | None:
    """Lowest and highest score of a grading scorer's judge; None for one that compares."""
    settings = scorers.find(spec.name).parameters.model_validate(dict(spec.parameters))
    scale: Scale | None = getattr(settings, "scale", None)
    return scale


def in_order(cases: Sequence[Case], salt: str) -> tuple[Case, ...]:
    """Cases in the order fixed before the run; a cluster stands together where its first case falls."""
    by_id = {case.id: case for case in cases}
    ordered = [by_id[name] for name in case_order(by_id, salt)]
    place: dict[str, int] = {}
    for index, case in enumerate(ordered):
        place.setdefault(case.unit, index)
    return tuple(sorted(ordered, key=lambda case: place[case.unit]))


@dataclass(frozen=True)
class Plan:
    """Comparisons to run, and why something is not evaluated."""

    comparisons: tuple[Comparison, ...]
    nothing: tuple[Nothing, ...] = ()


Lives = Mapping[str, Mapping[str, Sequence[int]]]
"""For each prompt and alias, the versions it ever pointed to, as Git tells."""


def plan_record(head: Registry, names: Sequence[str] | None = None, lives: Lives | None = None) -> Plan:
    """Every version on every suite of its prompt: the whole record of a registry."""
    comparisons = []
    nothing = []
    for name in names if names is not None else head.names():
        suites = head.suites_of(name)
        if not suites and not _is_judge_only(head, name):
            nothing.append(Nothing(code="no_suite", prompt=name))
        comparisons += [
            on_record(head, suite, version, lives) for suite in suites for version in head.versions(name)
        ]
    return Plan(tuple(comparisons), tuple(nothing))


def on_record(head: Registry, suite: Suite, version: Version, lives: Lives | None = None) -> Comparison:
    """A version against what it replaced, or would replace.

    That is the live version for a later one; for the live one and those before it the highest earlier
    version that ever was live, or the predecessor where Git does not tell.
    """
    alias = suite.gate.baseline
    live = head.aliases(version.prompt).get(alias)
    if live and version.number > live:
        against = live
    else:
        ever = (lives or {}).get(version.prompt, {}).get(alias, ())
        known = set(head.numbers(version.prompt))
        earlier = [number for number in ever if number < version.number and number in known]
        against = max(earlier, default=version.number - 1)
    return compare(head, suite, version, _version(head, version.prompt, against), "on record")


def _is_judge_only(head: Registry, name: str) -> bool:
    pins = (ref for suite in map(head.suite, head.suite_names()) for ref in pinned_judges(suite))
    return any(parse_ref(ref).name == name for ref in pins)


def plan_change(base: Registry, head: Registry, protected: Sequence[str]) -> Plan:
    """What a change from ``base`` to ``head`` makes necessary.

    A new version against its baseline; a protected alias that moves: target against what it points to
    now; a changed suite, dataset or judge pin: every aliased version again. Why there is no
    comparison at all is said, never left to silence.
    """
    comparisons: dict[tuple[str, int, str], Comparison] = {}
    nothing: list[Nothing] = []
    changes = alias_changes(base, head, protected)
    for name in head.names():
        change = _change(base, head, name, changes)
        suites = head.suites_of(name)
        if (change.fresh or change.moved) and not suites:
            nothing.append(Nothing(code="no_suite", prompt=name))
        for suite in suites:
            for comparison in _needed(base, head, change, suite):
                key = (name, comparison.candidate.number, suite.name)
                comparisons.setdefault(key, comparison)
    if not comparisons:
        nothing.append(Nothing(code="no_change"))
    return Plan(tuple(comparisons.values()), tuple(nothing))


@dataclass(frozen=True, slots=True)
class _Change:
    """What a change does to one prompt: versions added, protected aliases moved, all aliases then and now."""

    name: str
    fresh: list[int]
    moved: dict[str, int]
    before: dict[str, int]
    after: dict[str, int]


def _change(base: Registry, head: Registry, name: str, changes: AliasChanges) -> _Change:
    old = name in base.names()
    known = set(base.numbers(name)) if old else set()
    before = base.aliases(name) if old else {}
    fresh = [number for number in head.numbers(name) if number not in known]
    return _Change(name, fresh, changes.targets(name), before, head.aliases(name))


def _needed(base: Registry, head: Registry, change: _Change, suite: Suite) -> Iterator[Comparison]:
    """The comparisons on one suite that a change of its prompt, or of the suite itself, asks for."""
    old = _suite_before(base, suite)
    touched = old is None or _moved(old, suite) or _relabelled(base, head, suite)
    rules = old if touched and (change.fresh or change.moved) else None
    live = change.before.get(suite.gate.baseline)
    targets: list[tuple[int, int | None, Reason]] = [(number, live, "new version") for number in change.fresh]
    targets += [(to, change.before.get(alias), "alias moves") for alias, to in change.moved.items()]
    for number, against, reason in targets:
        candidate, baseline = head.version(change.name, number), _version(head, change.name, against)
        yield compare(head, suite, candidate, baseline, reason, rules, base, old)
    if touched and not targets:
        for number in sorted(set(change.after.values())):
            baseline = _version(head, change.name, live) if number != live else None
            candidate = head.version(change.name, number)
            yield compare(head, suite, candidate, baseline, "suite changed", before=old)


def _version(registry: Registry, name: str, number: int | None) -> Version | None:
    try:
        return registry.version(name, number) if number else None
    except RefError:
        return None


def _moved(old: Suite, suite: Suite) -> bool:
    return old.digest != suite.digest or old.dataset_digest != suite.dataset_digest


def _relabelled(base: Registry, head: Registry, suite: Suite) -> bool:
    """Whether the labels of a judge that the suite pins are others now."""
    judges = {parse_ref(ref).name for ref in pinned_judges(suite)}
    return any(base.labels(name).digest != head.labels(name).digest for name in judges)


def _suite_before(base: Registry, suite: Suite) -> Suite | None:
    return base.suite(suite.name) if suite.name in base.suite_names() else None
