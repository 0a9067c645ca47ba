"""Run a comparison: ask for both arms' answers, score them, look, stop when decided.

Cases go in batches in their fixed order. Within a batch all calls of one round are asked for at once:
first the answers, then whatever the judges want to know. Answers arrive in any order; they are always
looked at in the fixed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import cast

from cuebook import scorers
from cuebook.core.chat import answered
from cuebook.core.errors import CeilingReached, CuebookError, MissingExtra
from cuebook.core.escape import shorten
from cuebook.core.limited import OverBudget
from cuebook.gate import answers
from cuebook.gate.answering import Answering, Asker, ByModel, Slot
from cuebook.gate.comparison import scale_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.protected import MOST_RUNS, case_state
from cuebook.judging.ask import canaries, sum_of
from cuebook.scorers import Asked, Context
from cuebook.shapes.run import Canary, Case, CaseRun, Failure, ModelCall, ModelReply, Played, Sample, Score
from cuebook.shapes.suite import ScorerSpec

ONCE_MORE = 2_000
"""The repeat under which a lucky canary is asked about again: no other sample has it."""

CANARY = "canary"
"""In place of the model of an answer that no model gave."""

MOST_ASKED = 2 * MOST_RUNS
"""Runs of a protected case that are asked for at most, those without a known result among them."""


StopRule = Callable[[Sequence[CaseRun]], bool]
"""Called after each batch with every case run so far, in order; true when no more are needed."""


def never(_: Sequence[CaseRun]) -> bool:
    """Look at nothing: use every case."""
    return False


@dataclass(frozen=True, slots=True)
class _CanaryCase:
    """A known-bad answer to the case of one run (at ``place``), for the judge behind a scorer."""

    place: int
    spec: ScorerSpec
    name: str
    slot: Slot
    answer: ModelReply
    rival: ModelReply | None
    paired: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """The cases run, in order, and the ceiling that ended the run early, if one did."""

    cases: list[CaseRun]
    stopped: CeilingReached | None = None


async def run(
    comparison: Prepared,
    engine: Asker,
    *,
    decided: StopRule = never,
    batch: int | None = None,
    answering: Answering | None = None,
) -> Ran:
    """Run batches of cases, on each model, until ``decided`` returns true or all are used.

    Protected cases not reached by then are run as well and come last: a version may pass only when all of
    them have been seen. ``answering`` gives the answers in place of the versions' models. Raises Aborted when
    no call can work.
    """
    work = _Work(comparison, engine, answering or ByModel(comparison, engine))
    done: list[CaseRun] = []
    try:
        await _run_all(work, done, decided, batch or comparison.batch(0))
    except CeilingReached as ceiling:
        return Ran(done, ceiling)
    return Ran(done)


async def _run_all(work: _Work, done: list[CaseRun], decided: StopRule, size: int) -> None:
    comparison = work.comparison
    seen = 0
    while seen < len(comparison.cases):
        done += await work.with_canaries(await work.cases(comparison.cases[seen : seen + size]))
        seen = min(len(comparison.cases), seen + size)
        if stop := answers.most_calls_failed(comparison, done):
            raise stop
        # Its further replies would be paid for, and nobody could read them either.
        work.silenced = frozenset(answers.unreadable_judges(comparison, done))
        if decided(done):
            break
    late = [case for case in comparison.cases[seen:] if comparison.is_protected(case)]
    if late:
        done += await work.with_canaries(await work.cases(late))
    # Whether a case passes is then asked of those judges alone that let no known-bad answer win.
    work.comparison = comparison.without_void_judges(done)
    await work.settle(done)


class _Work:
    """Sampling and scoring for one comparison."""

    def __init__(self, comparison: Prepared, engine: Asker, answering: Answering) -> None:
        self.comparison = comparison
        self.engine = engine
        self.answering = answering
        self.silenced: frozenset[str] = frozenset()

    async def cases(self, cases: Sequence[Case]) -> list[CaseRun]:
        """Both arms of each case on each model; the arms' calls interleave."""
        models, repeats = self.comparison.models, self.comparison.suite.repeats
        before = self.comparison.baseline_repeats if self.comparison.baseline else 0
        slots = []
        for case, model, repeat in product(cases, models, range(max(repeats, before))):
            if repeat < repeats:
                slots.append(self._slot(case, model, repeat, is_baseline=False))
            if repeat < before:
                slots.append(self._slot(case, model, repeat, is_baseline=True))
        grouped: dict[tuple[str, str, bool], list[Sample]] = {}
        for slot, sample in zip(slots, await self.sample(slots), strict=True):
            grouped.setdefault((slot.case.id, slot.model, slot.is_baseline), []).append(sample)
        return [
            CaseRun(
                case,
                model,
                tuple(grouped[case.id, model, False]),
                tuple(grouped.get((case.id, model, True), ())),
            )
            for case, model in product(cases, models)
        ]

    async def with_canaries(self, runs: Sequence[CaseRun]) -> list[CaseRun]:
        """The runs, with what each judge makes of the known-bad answers that are mixed in with their cases.

        One that wins is asked about once more, unless the judge would say the same: one lucky draw of many
        voids no run.
        """
        canary_cases = list(self._canary_cases(runs))
        scores = await self._canary_scores(canary_cases)
        lucky, again = [], []
        for index, score in scores.items():
            canary_case = canary_cases[index]
            judge = self.comparison.judge_behind(canary_case.spec.label)
            says_the_same = judge is None or self.engine.deterministic(judge.model)
            if _won(score, paired=canary_case.paired) and not says_the_same:
                lucky.append(index)
                again.append(replace(canary_case, slot=replace(canary_case.slot, repeat=ONCE_MORE)))
        for place, score in (await self._canary_scores(again)).items():
            first = scores[lucky[place]]
            # The second answer counts, and both were paid for.
            scores[lucky[place]] = replace(score, usage=sum_of([first.usage, score.usage]))
        results: dict[int, list[Canary]] = {}
        for index, score in sorted(scores.items()):
            canary_case = canary_cases[index]
            canary = Canary(
                canary_case.spec.label, canary_case.name, score, _won(score, paired=canary_case.paired)
            )
            results.setdefault(canary_case.place, []).append(canary)
        return [
            replace(item, canaries=tuple(results[index])) if index in results else item
            for index, item in enumerate(runs)
        ]

    def _canary_cases(self, runs: Sequence[CaseRun]) -> Iterator[_CanaryCase]:
        """The canaries whose case is among the runs and, where two answers are compared, has a rival."""
        model = self.comparison.models[0]
        place = {item.case.id: index for index, item in enumerate(runs) if item.model == model}
        for spec in self.comparison.judging:
            paired = spec.label in self.comparison.paired
            _, top = scale_of(spec) or (1, 5)
            for name, case in self.comparison.canary_cases(spec).items():
                item = runs[place[case.id]] if case.id in place else None
                rival = item.baseline[0].reply if item and item.baseline else None
                if item is None or (paired and rival is None):
                    continue
                slot = Slot(case, self.comparison.candidate, model, 0, is_baseline=False)
                said = next((one.reply for one in item.of_candidate + item.of_baseline if one.reply), None)
                words = canaries(top)[name]
                led = None
                if said and said.played:  # of a dialogue it takes the place of the last answer
                    led = Played(said.played.messages, (*said.played.said[:-1], answered(words, ())))
                answer = ModelReply(words, CANARY, played=led)
                yield _CanaryCase(place[case.id], spec, name, slot, answer, rival, paired)

    async def _canary_scores(self, canary_cases: Sequence[_CanaryCase]) -> dict[int, Score]:
        """What the judges say of the canaries that they are asked about, by their place in the sequence."""
        outcomes = [self._score(item.spec, item.slot, item.answer, item.rival) for item in canary_cases]
        asking = [
            (index, canary_cases[index].spec.label, outcome)
            for index, outcome in enumerate(outcomes)
            if not isinstance(outcome, Score)
        ]
        return {index: score for index, _, score in await self._converse(asking)}

    def _slot(self, case: Case, model: str, repeat: int, *, is_baseline: bool) -> Slot:
        comparison = self.comparison
        version = comparison.baseline if is_baseline else comparison.candidate
        assert version is not None
        return Slot(case, version, model, repeat, is_baseline)

    async def sample(self, slots: Sequence[Slot], known: Sequence[CaseRun] = ()) -> list[Sample]:
        """One sample a slot: its answer and that answer's scores.

        A scorer that compares takes the baseline's answers among the slots, or those in the ``known`` runs.
        """
        answers = await self.answering.answers(slots)
        rivals = {(item.case.id, item.model): [sample.reply for sample in item.baseline] for item in known}
        for slot, answer in zip(slots, answers, strict=True):
            if slot.is_baseline and not known:
                found = answer if isinstance(answer, ModelReply) else None
                rivals.setdefault((slot.case.id, slot.model), []).append(found)
        scores = await self._scores(slots, answers, rivals)
        return [
            Sample(slot.repeat, None, answer)
            if isinstance(answer, Failure)
            else Sample(slot.repeat, answer, None, scores[index])
            for index, (slot, answer) in enumerate(zip(slots, answers, strict=True))
        ]

    async def _scores(
        self,
        slots: Sequence[Slot],
        answers: Sequence[ModelReply | Failure],
        rivals: Mapping[tuple[str, str], Sequence[ModelReply | None]],
    ) -> list[dict[str, Score]]:
        scores: list[dict[str, Score]] = [{} for _ in slots]
        asking: list[tuple[int, str, Asked]] = []
        for index, (slot, answer) in enumerate(zip(slots, answers, strict=True)):
            if isinstance(answer, Failure):
                continue
            beside = rivals.get((slot.case.id, slot.model), ())
            rival = beside[slot.repeat % len(beside)] if beside else None
            for spec in self.comparison.suite.scorers:
                if slot.is_baseline and spec.label in self.comparison.paired:
                    continue  # the score of the two answers is the candidate's
                outcome = self._score(spec, slot, answer, rival)
                if isinstance(outcome, Score):
                    scores[index][spec.label] = outcome
                else:
                    asking.append((index, spec.label, outcome))
        for index, label, score in await self._converse(asking):
            scores[index][label] = score
        return scores

    @property
    def _json_schema(self) -> Mapping[str, object] | None:
        baseline = self.comparison.baseline
        # The live version's, where it has one: a candidate must not ask less of its own answers.
        return (baseline.json_schema if baseline else None) or self.comparison.candidate.json_schema

    def _score(
        self, spec: ScorerSpec, slot: Slot, answer: ModelReply, rival: ModelReply | None
    ) -> Score | Asked:
        if spec.label in self.silenced:
            why = "not asked: most replies of the judge could not be read"
            return Score("failed", reason=why, unread="not_asked")
        context = Context(
            slot.case,
            slot.version,
            answer,
            self.comparison.suite.files,
            rival,
            self.comparison.judges,
            slot.repeat,
            self._json_schema,
        )
        try:
            return scorers.over_turns(scorers.find(spec.name), context, self.comparison.settings[spec.label])
        except (MissingExtra, scorers.UnsteadyScorer):
            raise  # the scorer can score nothing here, whatever the answer is
        except Exception as error:  # noqa: BLE001  a scorer that fails is a failed score, not a lost run
            return _crashed(error)

    async def _converse(self, asking: Iterable[tuple[int, str, Asked]]) -> list[tuple[int, str, Score]]:
        """Let every asking scorer go on, round by round, until each has returned its score."""
        scored: list[tuple[int, str, Score]] = []
        waiting: list[tuple[int, str, Asked, Sequence[ModelCall]]] = []
        served: dict[tuple[int, str], set[str]] = {}

        def advance(
            index: int, label: str, asked: Asked, sent: Sequence[ModelReply | Failure] | None
        ) -> None:
            try:
                calls = next(asked) if sent is None else asked.send(sent)
            except StopIteration as stop:
                scored.append((index, label, cast("Score", stop.value)))
            except Exception as error:  # noqa: BLE001  as in _score
                scored.append((index, label, _crashed(error)))
            else:
                waiting.append((index, label, asked, calls))

        for index, label, asked in asking:
            advance(index, label, asked, None)
        while waiting:
            round_, waiting = waiting, []
            replies = iter(await self.engine.ask_all([call for item in round_ for call in item[3]]))
            for index, label, asked, calls in round_:
                sent = [next(replies) for _ in calls]
                names = (reply.served_model for reply in sent if isinstance(reply, ModelReply))
                served.setdefault((index, label), set()).update(names)
                advance(index, label, asked, sent)
        return [
            (index, label, replace(score, served=tuple(sorted(served.get((index, label), ())))))
            for index, label, score in scored
        ]

    async def settle(self, runs: list[CaseRun]) -> None:
        """Run protected cases again, in place, until each is known to hold or to be broken."""
        names = {case.id for case in self.comparison.cases if self.comparison.is_protected(case)}
        checks = len(names) * len(self.comparison.models)
        open_ = [index for index, item in enumerate(runs) if item.case.id in names]
        while slots := [(index, slot) for index in open_ for slot in self._further(runs[index], checks)]:
            open_ = list(dict.fromkeys(index for index, _ in slots))
            known = [runs[index] for index in open_]
            for (index, slot), sample in zip(
                slots, await self.sample([slot for _, slot in slots], known), strict=True
            ):
                item = runs[index]
                runs[index] = (
                    replace(item, baseline_confirmations=(*item.baseline_confirmations, sample))
                    if slot.is_baseline
                    else replace(item, confirmations=(*item.confirmations, sample))
                )

    def _further(self, item: CaseRun, checks: int) -> list[Slot]:
        """The runs of a protected case that are missing to know where it stands."""
        tried, before = self.comparison.protected_runs(item)
        found = case_state(tried, before, checks, has_baseline=self.comparison.baseline is not None)
        if found == "run candidate":
            asked, wanted, is_baseline = len(item.of_candidate), 1, False
        elif found == "run baseline":
            asked = len(item.of_baseline)
            wanted, is_baseline = MOST_RUNS - len(before), True
        else:
            return []
        # A provider that fails each time would have a case asked for without end.
        last = min(asked + wanted, MOST_ASKED)
        return [self._slot(item.case, item.model, n, is_baseline=is_baseline) for n in range(asked, last)]


def _won(score: Score, *, paired: bool) -> bool:
    """Whether a known-bad answer got by: passed, or preferred to the baseline's in both orders."""
    return score.state == "measured" and (score.value == 1 if paired else score.passed is True)


def _crashed(error: Exception) -> Score:
    if isinstance(error, CuebookError | OverBudget):  # its sentence is ours
        return Score("failed", reason=f"the scorer failed: {error.args[0]}")
    said = shorten(" ".join(str(error).split()), _QUOTED)
    return Score(
        "failed", reason=f"the scorer failed with {type(error).__name__}" + (f": {said!r}" if said else "")
    )


_QUOTED = 200
"""Characters of what an exception of somebody's code says."""
