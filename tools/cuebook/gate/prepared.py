"""A comparison ready to be run: with what is known of its judges, its attempt and its share of the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Self

from cuebook.core.canonical import digest
from cuebook.core.chat import text_of
from cuebook.core.errors import RenderError
from cuebook.core.messages import fill
from cuebook.core.templating import as_text
from cuebook.gate.attempts import MOST_ATTEMPTS, Question, salt_of, words_digest
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import in_order
from cuebook.gate.protected import MOST_RUNS
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.cause import Doubt
from cuebook.shapes.passing import all_pass
from cuebook.shapes.run import Case, CaseRun, Sample, Version
from cuebook.shapes.verdict import Digests


@dataclass(frozen=True)
class Prepared(Comparison):
    """A comparison with all that a run and its verdict need to know. Made once, by ``of``.

    ``trust`` is what may rest on the judge behind a scorer's label, and ``void`` are the labels of judges
    that let a canary win. ``attempt`` counts forced reruns: each takes fresh samples and is held to half
    the error of the last; ``draw`` is the run that the order of the cases is drawn from, if any. ``tried``
    counts other questions of the same suite and baseline. ``whole`` are the
    cases of the comparison that this one is a shard of. ``occasion`` names a run whose samples are shared
    with no other.
    """

    trust: Mapping[str, JudgeStanding] = field(default_factory=dict)
    attempt: int = 0
    draw: str = ""
    tried: int = 0
    occasion: str = ""
    whole: tuple[Case, ...] = ()
    void: frozenset[str] = frozenset()

    @classmethod
    def of(cls, comparison: Comparison, **known: Any) -> Self:
        """Build it from a comparison; ``known`` are values of the fields below."""
        return cls(**{item.name: getattr(comparison, item.name) for item in fields(Comparison)}, **known)

    @property
    def is_asked_out(self) -> bool:
        """Whether its question was asked so often before that another look could decide nothing."""
        return self.attempt >= MOST_ATTEMPTS

    def at(self, attempt: int, draw: str = "") -> Self:
        """Return the comparison at another attempt: its cases get another order, fixed before the run."""
        if (attempt, draw) == (self.attempt, self.draw):
            return self
        cases = in_order(self.cases, salt_of(attempt, draw))
        return replace(self, attempt=attempt, draw=draw, cases=cases)

    def question(self, resolve: Mapping[str, str] | None = None) -> Question:
        """Return what this comparison asks, to compare it with what earlier runs asked.

        The seed does not belong to it: another seed only samples the same distribution again.
        ``resolve`` maps a model id to the one configuration puts in its place.
        """
        version = self.candidate
        asked = [model or version.model for model in self.models]
        models = [(resolve or {}).get(name, name) for name in asked]
        # An app asks models of its own choice: what answers is the app, in the state that it has.
        if self.suite.target:
            models = [f"{self.app.name} {self.app.fingerprint}" if self.app else self.suite.target]
        parameters = {name: value for name, value in version.parameters.items() if name != "seed"}
        settings = digest([models, parameters, version.response_format, version.json_schema])
        words = {case.id: self._words(case) for case in self.all_cases}
        return Question(self.suite.name, self.baseline.digest if self.baseline else None, settings, words)

    def _words(self, case: Case) -> str:
        try:
            messages = filled(self.candidate, case.opening)
        except RenderError as error:
            # A case that cannot be filled asks no model, and fails in the same words each time.
            return words_digest([("", error.message)])
        beside = {"tools": self.candidate.calling, "turns": case.spoken, "results": case.tools}
        more = [(name, as_text(value)) for name, value in beside.items() if value]
        return words_digest([*((item["role"], text_of(item)) for item in messages), *more])

    @property
    def all_cases(self) -> tuple[Case, ...]:
        """The cases of the comparison, those of other shards included."""
        return self.whole or self.cases

    @cached_property
    def deciders(self) -> tuple[str, ...]:
        """Labels of the metrics that decide: those of judges that only advise, or are void, do not."""
        rules = self.suite.gate.metrics
        return tuple(label for label in rules if label not in self.void and not self.advises(label))

    def advises(self, label: str) -> bool:
        """Return whether the judge behind a metric only advises: its agreement with people is in doubt."""
        return label in self.trust and self.trust[label].doubt is not None

    @property
    def doubted(self) -> dict[str, Doubt]:
        """Why judges of gating metrics only advise, by label."""
        held = {label: self.trust[label] for label in self.suite.gate.metrics if label in self.trust}
        return {label: standing.doubt for label, standing in held.items() if standing.doubt}

    def margin(self, label: str) -> float:
        """Return the margin to test a metric with: below the suite's where its judge blurs differences."""
        stated = self.suite.gate.metrics[label].margin
        return self.trust[label].margin(stated) if label in self.trust else stated

    def shown(self, label: str) -> float | None:
        """Return the least share of a true difference that a metric's judge shows; None where unknown."""
        standing = self.trust.get(label)
        return standing.facts.shows if standing and standing.facts and not standing.doubt else None

    def without_void_judges(self, runs: Sequence[CaseRun]) -> Self:
        """Return the comparison without the judges that let a canary win in these runs."""
        lost = frozenset(canary.label for item in runs for canary in item.canaries if canary.won)
        # The same object where nothing is lost, with what it has worked out so far.
        return replace(self, void=lost) if lost != self.void else self

    def passes(self, sample: Sample) -> bool | None:
        """Return whether a sample passes by every metric that decides and applies; None when not known."""
        if sample.failure is not None:
            return False if sample.failure.kind == "candidate" else None
        scores = [score for label in self.deciders if (score := sample.scores.get(label))]
        return all_pass(scores)

    @property
    def error(self) -> float:
        """The error of either side; each attempt at one question has half that of the last."""
        return float(self.suite.gate.error / 2**self.attempt)

    @property
    def tests_to_pass(self) -> int:
        """How many tests a pass needs: differences, or floors where nothing is compared, on each model."""
        rules = self.suite.gate.metrics
        able = [label for label in self.deciders if self.baseline or rules[label].floor is not None]
        return max(1, len(able)) * len(self.models)

    def protected_runs(self, item: CaseRun) -> tuple[list[bool], list[bool]]:
        """Return whether each run of a protected case passes, for the candidate and for the baseline.

        Runs with an unknown result are left out; of the candidate the first five count.
        """
        tried, before = (
            [passed for sample in arm if (passed := self.passes(sample)) is not None]
            for arm in (item.of_candidate, item.of_baseline)
        )
        return tried[:MOST_RUNS], before

    def digests(
        self, resolve: Mapping[str, str] | None = None, servers: Mapping[str, str] | None = None
    ) -> Digests:
        """Return the digests of ``Comparison``, with what is known of the agreement of its judges."""
        known = {label: self.trust[label].text for label in self.suite.gate.metrics if label in self.trust}
        return super().digests(resolve, servers).model_copy(update={"calibrations": known})


def shard(prepared: Prepared, index: int, count: int, among: Sequence[Case] = ()) -> Prepared:
    """Return the part of a comparison that shard ``index`` (from 1) asks for: every ``count``-th case.

    Cases are counted ``among`` those of a larger comparison, so that no two shards ask the same one.
    """
    places = {case.id: at for at, case in enumerate(among or prepared.cases)}
    cases = tuple(case for case in prepared.cases if places[case.id] % count == index - 1)
    part = slice(index - 1, None, count)
    # What measures a judge is asked by the shards as well, each a part of the labels.
    labels = {ref: replace(found, cases=found.cases[part]) for ref, found in prepared.labels.items()}
    return replace(prepared, cases=cases, whole=prepared.cases, labels=labels)


def filled(version: Version, values: Mapping[str, object]) -> tuple[dict[str, Any], ...]:
    """Return the chat messages of a version, filled for one case; unused inputs of the case are ignored.

    Raises RenderError when a variable is missing.
    """
    used = {name: value for name, value in values.items() if name in version.inputs}
    return tuple(fill(version.behaviour, used))
