"""Measure judges against labels: ask them, keep what was found, attach what is known to a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from cuebook import models
from cuebook.core.errors import Aborted, CeilingReached, InvalidFiles
from cuebook.core.files import write_if_changed
from cuebook.gate.answering import Asker
from cuebook.gate.answers import MostCallsFailed
from cuebook.gate.comparison import Comparison, judge_of, scale_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.quoted import quoted
from cuebook.jobs.workspace import Workspace
from cuebook.judging import calibration
from cuebook.judging import labels as labelling
from cuebook.judging.ask import JudgeReplies, ask, compares, read_preference, read_verdict
from cuebook.judging.calibration import Basis, CalibrationFile, Facts, sum_up
from cuebook.judging.labels import Scale
from cuebook.judging.trust import MAX_MISSING, JudgeStanding, assess
from cuebook.registry.renames import former_names
from cuebook.shapes._base import encode, is_newer
from cuebook.shapes.cause import Doubt, Nothing
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Version
from cuebook.shapes.suite import JudgeRules, ScorerSpec
from cuebook.shapes.verdict import Verdict
from cuebook.wording.stopped import NotEvaluated

if TYPE_CHECKING:
    from cuebook.calls.engine import Progress

T = TypeVar("T")

FIRST_LABELS = 20
"""Labels asked about before the others: a judge that nobody can read shows by then, and costs no more."""


@dataclass(frozen=True, slots=True)
class JudgeUnderTest:
    """A judge to be measured, the labels to compare it with, and what the measurement depends on."""

    judge: Version
    labels: Labels
    basis: Basis

    @property
    def calls(self) -> int:
        """How many calls a measurement takes, second tries apart."""
        return len(self.labels.cases) * (2 if compares(self.judge) else 1)


def subject(workspace: Workspace, judge: Version, labels: Labels, scale: Scale | None) -> JudgeUnderTest:
    """The judge as it would be measured now. ``scale`` is None for a comparing judge."""
    model = workspace.config.resolve(judge.model)
    tool = f"calibration {calibration.VERSION}"
    # In another state a plug-in answers the same calls otherwise.
    if state := models.state_of(model, workspace.config):
        tool += f"; {models.plugin_of(model)} {state}"
    basis = Basis(
        judge=judge.ref,
        digest=judge.digest,
        labels_digest=labels.digest,
        model=model,
        tool=tool,
        scale=scale,
    )
    return JudgeUnderTest(judge, labels, basis)


def path_of(workspace: Workspace, judge: Version) -> Path:
    """Where a judge's measurement is kept."""
    return workspace.judges / judge.prompt / f"{judge.number}.json"


def load(workspace: Workspace, judge: Version) -> CalibrationFile | None:
    """The measurement kept, whatever it is bound to; None when there is none that can be read.

    One that a newer Cuebook wrote counts as none here, and stays for that one.
    """
    path = path_of(workspace, judge)
    if path not in workspace.measured:
        workspace.measured[path] = None
        if path.is_file():
            # One that cannot be read is none: the judge is measured again, from kept replies.
            try:
                workspace.measured[path] = CalibrationFile.model_validate_json(path.read_bytes())
            except ValidationError as error:
                if is_newer(error):
                    workspace.newer.append(path)
    return workspace.measured[path]


@dataclass(frozen=True, slots=True)
class KnownJudges:
    """The judges of a comparison by the label of their scorer, with the facts kept here, if any."""

    judges: Mapping[str, tuple[JudgeUnderTest, Facts | None]]
    rules: JudgeRules
    today: str

    def standings(self, stored: Verdict | None = None) -> dict[str, JudgeStanding]:
        """Return the measurement of each judge, and whether it may decide, by its scorer's label.

        A measurement that is not kept here is taken from an earlier verdict, ``stored``: it is valid as long
        as judge, labels and model are the same.
        """
        told = {state.label: state for state in stored.judges} if stored else {}
        found = {}
        for label, (about, kept) in self.judges.items():
            holds = kept is not None and kept.bound_to == about.basis.key
            # An outdated measurement is handed on: that there was one is a doubt of its own.
            facts = kept if holds else _facts(told.get(label)) or kept
            found[label] = assess(facts, about.basis, self.rules, self.today)
        return found


def known_judges(workspace: Workspace, comparison: Comparison) -> KnownJudges:
    """Return what is known of a comparison's judges from kept measurements; no call is made."""
    found = {
        spec.label: (about, kept.facts if (kept := load(workspace, about.judge)) else None)
        for spec, about in _subjects(workspace, comparison)
    }
    return KnownJudges(found, comparison.suite.gate.judges, workspace.today)


def with_judge_facts(workspace: Workspace, comparison: Comparison) -> Prepared:
    """Return the comparison prepared with the kept measurements of its judges; no call is made."""
    return Prepared.of(comparison, trust=known_judges(workspace, comparison).standings())


def _facts(state: JudgeState | None) -> Facts | None:
    if state is None or state.measured is None:
        return None
    known = {name: getattr(state, name) for name in Facts.__slots__}
    return Facts(**known | {"cautions": tuple(state.cautions)})


def _subjects(workspace: Workspace, comparison: Comparison) -> list[tuple[ScorerSpec, JudgeUnderTest]]:
    return [
        (spec, subject(workspace, judge, comparison.labels_of(spec), scale_of(spec)))
        for spec in comparison.judging
        if (judge := comparison.judges.get(judge_of(spec)))
    ]


def pending(workspace: Workspace, comparisons: Sequence[Prepared]) -> list[JudgeUnderTest]:
    """The judges that comparisons still need measured, each once."""
    found: dict[str, JudgeUnderTest] = {}
    for comparison in comparisons:
        for spec, about in _subjects(workspace, comparison):
            known = comparison.trust.get(spec.label, JudgeStanding(None)).facts
            if known is None and about.labels.cases:
                # Several scorers may pin one judge on one scale, which is measured once.
                found.setdefault(about.basis.key, about)
    return list(found.values())


def expected_calls(workspace: Workspace, comparisons: Sequence[Comparison]) -> int:
    """Calls that these comparisons take at most, measuring their judges included."""
    known = [with_judge_facts(workspace, comparison) for comparison in comparisons]
    judges = sum(about.calls for about in pending(workspace, known))
    return judges + sum(comparison.calls() for comparison in comparisons)


async def measured(workspace: Workspace, engine: Asker, comparison: Prepared) -> Prepared:
    """Measure the comparison's judges as far as they are not measured yet; return it with the results.

    A ceiling reached on the way leaves a judge unmeasured. Raises InvalidFiles when labels do not fit
    their judge, and Aborted when no call can work.
    """
    todo = {about.basis.key: about for about in pending(workspace, [comparison])}
    files: dict[str, CalibrationFile] = {}
    with suppress(CeilingReached):
        for key, about in todo.items():
            files[key] = await measure(workspace, engine, about)
    trust = dict(comparison.trust)
    for spec, about in _subjects(workspace, comparison):
        if file := files.get(about.basis.key):
            found = assess(file.facts, about.basis, comparison.suite.gate.judges, workspace.today)
            if found.doubt and not _is_answered(file):
                # So many failures are the provider's: in a verdict, what is known would from then on be taken
                # for a measurement of the judge.
                judge, judged = found.doubt.judge, file.labels - file.unanswered
                doubt = Doubt(code="unanswered", judge=judge, judged=judged, labels=file.labels)
                found = JudgeStanding(None, doubt)
            trust[spec.label] = found
    return replace(comparison, trust=trust)


def measure_all(
    workspace: Workspace,
    subjects: Sequence[JudgeUnderTest],
    *,
    afresh: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[CalibrationFile]:
    """Measure each judge, calling models only for replies that are not stored yet.

    Raises as ``measure``, and CeilingReached.
    """
    import asyncio  # a gate whose evidence stands asks nobody

    from cuebook.calls.engine import Engine
    from cuebook.calls.reply_store import ReplyStore

    async def work() -> list[CalibrationFile]:
        with ReplyStore(workspace.replies) as store:
            async with Engine(workspace.config, store, on_progress=on_progress) as engine:
                return [await measure(workspace, engine, about, afresh=afresh) for about in subjects]

    return asyncio.run(work())


async def fill(workspace: Workspace, engine: Asker, comparison: Prepared) -> None:
    """Collect the replies that ``measured`` needs, and sum nothing up: the work of a shard."""
    with suppress(CeilingReached):
        for about in pending(workspace, [comparison]):
            await _ask(engine, about, _moment(workspace, engine, about, afresh=False)[0])


async def measure(
    workspace: Workspace, engine: Asker, about: JudgeUnderTest, *, afresh: bool = False
) -> CalibrationFile:
    """Ask a judge about every label, sum up and keep what was found.

    ``afresh`` asks as if it had never been asked. A measurement that lacks many replies is not kept, so
    that the next run tries again. Raises InvalidFiles when labels do not fit the judge.
    """
    epoch, day = _moment(workspace, engine, about, afresh=afresh)
    try:
        said = await _ask(engine, about, epoch)
    except Aborted as error:
        what = f"judge {about.judge.ref}: {error.message}"
        if isinstance(error, NotEvaluated):
            raise NotEvaluated(error.why, what) from error
        raise Aborted(what, error.hint, cause=error.cause) from error
    repeated = len(quoted(about.judge, about.labels.cases))
    file = sum_up(about.basis, said, day, epoch, about.labels, repeated)
    if _is_answered(file):
        path = path_of(workspace, about.judge)
        load(workspace, about.judge)
        if path not in workspace.newer:
            write_if_changed(path, encode(file))
        workspace.measured[path] = file
    return file


def _is_answered(file: CalibrationFile) -> bool:
    return file.unanswered <= MAX_MISSING * file.labels


def _moment(workspace: Workspace, engine: Asker, about: JudgeUnderTest, *, afresh: bool) -> tuple[str, str]:
    """The epoch of the calls and the day of the oldest reply.

    New labels join a standing measurement of the same judge: the replies that it has keep their date, also
    under a former name.
    """
    if engine.deterministic(about.judge.model):
        return "", workspace.today
    if afresh:
        return workspace.today, workspace.today
    now = {"labels_digest": about.basis.labels_digest, "judge": about.basis.judge}
    for name in (about.judge.prompt, *former_names(workspace.registry, about.judge.prompt)):
        kept = load(workspace, replace(about.judge, prompt=name))
        if kept and kept.basis.model_copy(update=now) == about.basis:
            return kept.epoch, kept.measured
    return "", workspace.today


async def _ask(engine: Asker, about: JudgeUnderTest, epoch: str) -> list[labelling.Opinion]:
    cases = about.labels.cases
    if wrong := labelling.problems(about.judge, about.basis.scale, about.labels.given):
        raise InvalidFiles(wrong)
    said = await _opinions(engine, about, cases[:FIRST_LABELS], epoch)
    rest = cases[FIRST_LABELS:]
    silent = [item.reason for item in said if item.unanswered]
    # Most without a reply is the provider's fault: nothing would be learnt of the judge.
    if 2 * len(silent) > len(said):
        (words, _), *_ = Counter(silent).most_common(1)
        model, count, total = about.basis.model, len(silent), len(said)
        raise MostCallsFailed(
            Nothing(code="most_calls_failed", model=model, count=count, total=total, words=words)
        )
    if 2 * sum(item.said is None for item in said) > len(said):
        why = "not asked: most replies to the first labels were missing or could not be read"
        # Told as unanswered, so that the measurement is not kept and the next run tries again.
        return said + [labelling.Opinion(case, None, why, unanswered=True) for case in rest]
    return said + (await _opinions(engine, about, rest, epoch) if rest else [])


async def _opinions(
    engine: Asker, about: JudgeUnderTest, cases: Sequence[Case], epoch: str
) -> list[labelling.Opinion]:
    calls = [call for case in cases for call in labelling.questions(about.judge, case, epoch)]
    if about.basis.scale is None:
        return labelling.opinions(cases, (await _talk(engine, ask(calls, read_preference))).readings)
    read = partial(read_verdict, scale=about.basis.scale)
    return labelling.opinions(cases, (await _talk(engine, ask(calls, read))).readings)


async def _talk(
    engine: Asker, asking: Generator[Sequence[ModelCall], Sequence[ModelReply | Failure], JudgeReplies[T]]
) -> JudgeReplies[T]:
    calls = next(asking)
    while True:
        replies = await engine.ask_all(calls)
        try:
            calls = asking.send(replies)
        except StopIteration as stop:
            told: JudgeReplies[T] = stop.value
            return told
