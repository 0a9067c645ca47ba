"""One comparison: what is asked of whom, how many calls that takes, and all that its verdict depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Literal

from cuebook import models, scorers
from cuebook.core import wire
from cuebook.core.canonical import digest
from cuebook.core.stand_ins import is_stand_in
from cuebook.judging.ask import ANSWER, BESIDE, FIRST, SECOND, Lacks, canaries, judge_values
from cuebook.judging.labels import Scale
from cuebook.registry import apps
from cuebook.registry.apps import AppUnderTest
from cuebook.scorers import NoParameters, ScoreKind
from cuebook.shapes.cause import Reason, RuleChange
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Case, Version
from cuebook.shapes.suite import ScorerSpec, Suite
from cuebook.shapes.verdict import Digests

GATE_VERSION = 4
"""Goes up when the same scores may get another verdict: stored evidence is stale then."""


@dataclass(frozen=True)
class Comparison:
    """One version compared with its baseline (None for a first version) on one suite.

    ``cases`` are in the order fixed before the run; ``left_out`` counts new ones, which do not decide yet,
    and ``as_before`` those that the change removes or edits, asked as they were. ``live`` is the version
    that the suite's baseline alias points to now, ``alias`` is what that is called, also where the suite
    writes it wrong, ``live_tries`` are those that a share of units gets in its
    place. ``labels`` are what the judge behind a ref is measured
    against.

    ``aliases`` are the protected ones that the change points at the candidate, to which it ``returns``
    where it was live before; ``seconds`` must pass, too. What is ``reading_only`` decides nothing.
    ``own_suite``: the suite came with the version. ``loosened`` holds the suite's rules where it no longer
    evaluates the prompt, ``gone`` is set where that was so before this change. ``unfilled`` are inputs
    without which the candidate cannot be asked the former cases. One that ``is_second`` is part of another's
    verdict. Where answers are ``given``, no model is asked for them.
    """

    suite: Suite
    candidate: Version
    baseline: Version | None
    reason: Reason
    cases: tuple[Case, ...]
    judges: Mapping[str, Version] = field(default_factory=dict)
    left_out: int = 0
    live: int | None = None
    alias: str = ""
    live_tries: tuple[int, ...] = ()
    labels: Mapping[str, Labels] = field(default_factory=dict)
    as_before: int = 0
    aliases: tuple[str, ...] = ()
    returns: bool = False
    seconds: tuple[Second, ...] = ()
    reading_only: bool = False
    own_suite: bool = False
    loosened: tuple[RuleChange, ...] = ()
    unfilled: tuple[str, ...] = ()
    is_second: bool = False
    gone: bool = False
    given: bool = False

    @property
    def is_live(self) -> bool:
        """Whether apps get the candidate by the suite's baseline alias now, be it for a share of units."""
        return self.candidate.number == self.live or self.is_tried

    @property
    def is_tried(self) -> bool:
        """Whether a share of units gets the candidate now."""
        return self.candidate.number in self.live_tries

    @cached_property
    def app(self) -> AppUnderTest | None:
        """The app that answers in place of models; None where models do, or nothing trusted has it."""
        return apps.offered(self.suite.target) if self.suite.target else None

    @property
    def models(self) -> tuple[str, ...]:
        """Models to run both versions on; ``""`` means each version's own.

        Where a version names another model than the baseline, those of the suite would hide what that does.
        """
        other = self.baseline is not None and self.baseline.model != self.candidate.model
        return (*self.suite.models, "") if other else self.suite.models or ("",)

    def model_name(self, model: str) -> str:
        """Return the name under which results on one of ``models`` are reported."""
        if self.suite.target:
            return self.suite.target
        if model or not self.suite.models or self.baseline is None:
            return model or self.candidate.model
        return f"{self.candidate.model} instead of {self.baseline.model}"

    @property
    def asked_models(self) -> list[str]:
        """The models that will be asked, as versions, judges and suite name them."""
        answering = set() if self.given else set(self.answering_models)
        return sorted(answering.union(judge.model for judge in self.judges.values()))

    @property
    def answering_models(self) -> list[str]:
        """The models that answer, or did, as versions and suite name them; none where an app does."""
        if self.suite.target:
            return []
        arms = [version.model for version in (self.candidate, self.baseline) if version]
        return sorted({name for model in self.models for name in ([model] if model else arms)})

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
        """Return the case that each canary of a judge is asked about, by the canary's name.

        These are the first cases of the first batch that the judge can be asked about, else the first ones of
        all. Cases of other shards are left out.
        """
        judge = self.judges.get(judge_of(spec))
        if judge is None or (spec.label in self.paired and not self.baseline):
            return {}
        names = tuple(canaries(1))  # the same on every scale
        every = self.all_cases
        able = [case for case in every if case.id in self._askable[spec.label]]
        batch = {case.id for case in every[: _smallest_batch(len(every))]}
        first = ([case for case in able if case.id in batch] or able)[: len(names)]
        here = {case.id for case in self.cases}
        asked = {name: first[index % len(first)] for index, name in enumerate(names) if first}
        return {name: case for name, case in asked.items() if case.id in here}

    @cached_property
    def _askable(self) -> dict[str, frozenset[str]]:
        """By the label of each known judge: the cases that have what it asks for beside the answer."""
        # No answer is there yet, and none can be lacking: only what the case itself holds counts.
        blank = dict.fromkeys((ANSWER, FIRST, SECOND, *BESIDE), "")
        found = {}
        for spec in self.judging:
            if judge := self.judges.get(judge_of(spec)):
                sources = spec.parameters.get("with", {})
                filled = ((case.id, judge_values(judge, case, sources, blank)) for case in self.all_cases)
                found[spec.label] = frozenset(
                    name for name, values in filled if not isinstance(values, Lacks)
                )
        return found

    def applies(self, label: str, case: Case) -> bool:
        """Return whether the case has what the scorer needs; known before anything is run."""
        key = self.settings[label].reads
        if key is not None and key not in case.expected:
            return False
        return label not in self._askable or case.id in self._askable[label]

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

    def digests(
        self, resolve: Mapping[str, str] | None = None, servers: Mapping[str, str] | None = None
    ) -> Digests:
        """Return the digests of everything that a verdict on this comparison depends on.

        ``resolve`` maps a model id to the one configuration puts in its place, ``servers`` the name of an
        endpoint to the digest of where it is.
        """
        named = {judge.model for judge in self.judges.values()} | set(self.suite.models)
        if not self.suite.target:
            named |= {version.model for version in (self.candidate, self.baseline) if version}
        asked = sorted((resolve or {}).get(name, name) for name in named)
        known = {
            name: scorers.find(name).version for name in sorted({item.name for item in self.suite.scorers})
        }
        versions = ", ".join(f"{name} {version}" for name, version in known.items())
        # The same version may be sent otherwise by another table of providers: what it answers may change.
        providers = wire.revision() if any(map(wire.provider_of, asked)) else None
        direct = f"; providers {providers}" if providers is not None else ""
        own = "; each version's own model, too" if self.suite.models and "" in self.models else ""
        # Evidence from before they were, where large ones mostly came first, holds no longer.
        if len({case.unit for case in self.cases}) < len(self.cases):
            own += "; clusters in an order of their own"
        # Nearly always they are all cases of the suite, whose digest is kept.
        whole = len(self.cases) == len(self.suite.cases)
        # Stand-ins answer here: an endpoint that is called like their prefix has no part in it.
        at = {name.partition("/")[0] for name in asked if not is_stand_in(name)}
        # The slash keeps a prefix of models apart from a scorer of the same name.
        sources = {f"{model.partition('/')[0]}/": models.plugin_of(model) for model in asked}
        sources |= {spec.name: scorers.plugin_of(spec.name) for spec in self.suite.scorers}
        return Digests(
            candidate=self.candidate.digest,
            baseline=self.baseline.digest if self.baseline else None,
            dataset=self.suite.dataset_digest
            if whole
            else digest({case.id: case.digest for case in self.cases}),
            suite=self.suite.digest,
            judges={ref: judge.digest for ref, judge in sorted(self.judges.items())},
            models=asked,
            tool=f"gate {GATE_VERSION}; {versions}{direct}{own}",
            plugins={name: source for name, source in sorted(sources.items()) if source},
            target=f"{self.app.name} {self.app.fingerprint}" if self.app and not self.given else "",
            servers={name: where for name, where in sorted((servers or {}).items()) if name in at},
            gate=GATE_VERSION,
            scorers=known,
            providers=providers,
        )

    def calls(self) -> int:
        """How many model calls the whole comparison takes when every case is used, canaries among them.

        Of a dialogue with tools it is the least: each round of calls that are answered takes another one.
        """
        answers = 0
        for case in self.cases:
            # An app plays a dialogue by itself.
            answers += 0 if self.given else 1 if self.suite.target else max(1, len(case.asked))
        arms = 2 if self.baseline else 1
        judged = sum(calls for _, _, calls in self.judge_calls())
        return self.suite.repeats * len(self.models) * arms * answers + judged

    def judge_calls(self) -> Iterator[tuple[ScorerSpec, Case, int]]:
        """Yield how often a scorer's judge is called about a case, for both versions and all their samples.

        Canaries come last, each with the case that it is asked about.
        """
        samples = self.suite.repeats * len(self.models)
        for spec in self.judging:
            is_paired = spec.label in self.paired
            # The judge reads a pair in both orders, for it may prefer whatever comes first; else each answer.
            each = (2 if self.baseline else 0) if is_paired else (2 if self.baseline else 1)
            for case in self.cases:
                # A dialogue is scored as a whole, and at each turn of which something is expected.
                parts = 1 + len(scorers.scored_turns(self.settings[spec.label], case, self.judges))
                yield spec, case, samples * each * parts
            for case in self.canary_cases(spec).values():
                yield spec, case, 1 + is_paired

    @property
    def may_take_more(self) -> bool:
        """Whether answers may call tools of which cases have results: each round takes another call."""
        versions = (self.candidate, self.baseline)
        calling = any(version.calling.get("tools") for version in versions if version)
        plays = not self.given and not self.suite.target
        return calling and plays and any(case.tools for case in self.cases)

    def batch(self, concurrency: int) -> int:
        """Cases between two looks: large enough to keep ``concurrency`` calls in flight."""
        # Half as many cases as calls: each case is asked of two versions.
        return max(_smallest_batch(len(self.cases)), ceil(concurrency / 2))


@dataclass(frozen=True, slots=True)
class Second:
    """Another comparison that has to pass as well, and ``why``.

    ``held_out``: only the cases that the candidate was not made from: no optimiser saw them, and they are
    none of those ``quoted``, which its text repeats. ``rollback``: with
    ``version``, which a rollback at ``time`` left (empty: this change does). ``rules``: under the rules of
    the last promotion, of ``version`` at ``time``, or that held ``between`` promotions from ``time`` on,
    which ``changes`` loosened; ``before`` and ``after`` are the digests of rules and dataset that an override
    has to name. Something else answers now where it is ``asked_otherwise``; ``more_than`` so many states
    asked for more, which are not all compared.
    """

    why: Literal["rollback", "rules", "held_out"]
    version: int
    time: str
    comparison: Comparison
    changes: tuple[RuleChange, ...] = ()
    before: tuple[str, str] = ("", "")
    after: tuple[str, str] = ("", "")
    asked_otherwise: bool = False
    between: bool = False
    more_than: int = 0
    quoted: tuple[str, ...] = ()

    @property
    def needs_override(self) -> bool:
        """Whether no run can show what has to pass: models of then may be gone, or not all is compared."""
        return self.asked_otherwise or self.more_than > 0

    @property
    def may_stay_open(self) -> bool:
        """Whether only cases were added: too few former ones must not stop a suite that has grown."""
        return self.why == "rules" and all(item.code == "cases_added" for item in self.changes)

    @property
    def may_decide_nothing(self) -> bool:
        """Whether labels were added, and at most cases: no judge may have decided by the former ones."""
        codes = {item.code for item in self.changes}
        return self.why == "rules" and "labels_added" in codes and codes <= {"labels_added", "cases_added"}


def _smallest_batch(cases: int) -> int:
    """Cases between two looks: a decided run goes on for a tenth at most; fewer than ten decide nothing."""
    return max(10, ceil(cases / 10))


def judge_of(spec: ScorerSpec) -> str:
    """The ref of the judge that a scorer pins; empty for a scorer that asks nobody."""
    return str(spec.parameters.get("prompt", ""))


def kind_of(suite: Suite, label: str) -> ScoreKind:
    """How the scores of a metric spread before any is known."""
    return next(scorers.find(spec.name).kind for spec in suite.scorers if spec.label == label)


def scale_of(spec: ScorerSpec) -> Scale | None:
    """Lowest and highest score of a grading scorer's judge; None for one that compares."""
    settings = scorers.find(spec.name).parameters.model_validate(dict(spec.parameters))
    scale: Scale | None = getattr(settings, "scale", None)
    return scale
