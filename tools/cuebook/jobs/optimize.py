"""Look for a better wording of a version, gate the best on held-out cases, write it.

GEPA runs in a thread of its own; what it wants to know is asked by an engine here, under the ceilings, with
the store first. So a run that was killed goes the same way again, and pays for nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from cuebook.core.canonical import canonical, read_json
from cuebook.core.errors import CuebookError, ModelError
from cuebook.core.files import write_atomic
from cuebook.core.format import plural, points
from cuebook.gate import runner
from cuebook.gate.attempts import Look
from cuebook.gate.comparison import Comparison
from cuebook.jobs.evaluate import Options, Watch, judge_all
from cuebook.jobs.optimize_plan import OVERFITS, Task
from cuebook.jobs.workspace import Workspace
from cuebook.optimizing.components import as_bytes, version_of
from cuebook.optimizing.loop import (
    Asking,
    Budget,
    ComponentTexts,
    Loop,
    ProposalResult,
    Reply,
    version_of_gepa,
)
from cuebook.optimizing.refusals import Guard
from cuebook.optimizing.scoring import Scored, scored
from cuebook.registry.paths import trail_path, version_path
from cuebook.shapes._base import encode
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import Failure, ModelCall, Version
from cuebook.shapes.trail import Trail
from cuebook.shapes.verdict import Verdict

if TYPE_CHECKING:
    from cuebook.calls.engine import Engine

T = TypeVar("T")

TRIED = "optimized.json"
"""The file of the state folder that knows which wordings were gated on which baseline's held-out cases."""


@dataclass(frozen=True)
class SearchResult:
    """The result of a search: its trail, the winner's version (None: nothing better), and its cost."""

    task: Task
    trail: Trail
    winner: Version | None
    spent_usd: float


@dataclass(frozen=True)
class Gated:
    """The verdicts on a winner, those on held-out cases first, up to the first that is no pass."""

    verdicts: tuple[Verdict, ...]
    calls: int

    @property
    def passed(self) -> bool:
        """Whether all that was asked for passes."""
        return all(verdict.outcome == "pass" for verdict in self.verdicts)


def search(
    workspace: Workspace,
    task: Task,
    *,
    max_usd: float | None,
    max_answers: int,
    seed: int = 0,
    tell: Callable[[ProposalResult], None] = lambda _: None,
) -> SearchResult:
    """Search until the budget or what may be tried is used up. Raises MissingExtra and errors of models."""
    gepa = version_of_gepa()
    read = [case for case in task.suite.cases if task.shared[case.id] == "train"]
    budget = Budget(max_answers, max_usd, task.gate_cost or 0.0, task.gate_answers)
    guard = Guard(task.start, task.seed_texts, read, task.origin)

    def made(asking: Asking) -> Loop:
        ids = task.ids("train"), task.ids("choose")
        return Loop(task.start, task.seed_texts, *ids, asking, guard, budget, tell, seed)

    loop, spent_usd = asyncio.run(_searched(workspace, task, made, max_usd))
    if loop.fooled:
        what = f"{loop.ended}: {OVERFITS}"
        raise ModelError(what, f"measure it: cuebook judge {loop.fooled.partition('/')[0]}")
    trail = _trail(task, loop, gepa)
    # Candidate 0 is the start: a draw is no reason for other words.
    better = loop.candidates and trail.candidates[loop.winner].choose > trail.candidates[0].choose
    winner = _version(task, loop.candidates[loop.winner].texts) if better else None
    return SearchResult(task, trail, winner, spent_usd)


async def _searched(
    workspace: Workspace, task: Task, made: Callable[[Asking], Loop], max_usd: float | None
) -> tuple[Loop, float]:
    from cuebook.calls.endpoints import Endpoints
    from cuebook.calls.engine import Engine
    from cuebook.calls.reply_store import ReplyStore

    # The gate is paid for from the same amount, so its part is kept back from the search.
    most = None if max_usd is None else max_usd - (task.gate_cost or 0.0)
    ceilings = Ceilings(most, None, None, "the options of this command")
    needs = [*task.scoring.asked_models, task.reflect_with]
    here = asyncio.get_running_loop()

    def wait(work: Coroutine[Any, Any, T]) -> T:
        """The result of work of the engine, for the thread that GEPA runs in."""
        return asyncio.run_coroutine_threadsafe(work, here).result()

    with ReplyStore(workspace.replies) as store:
        async with (
            Endpoints(workspace.config) as endpoints,
            Engine(workspace.config, store, endpoints=endpoints, ceilings=ceilings, needs=needs) as engine,
        ):
            loop = made(
                Asking(
                    lambda texts, ids: wait(_scores(task, engine, texts, ids)),
                    lambda prompt, count: wait(_reflect(task, engine, prompt, count)),
                )
            )
            await asyncio.to_thread(loop.run)
            return loop, engine.progress.cost_usd


async def _scores(task: Task, engine: Engine, texts: ComponentTexts, ids: Sequence[str]) -> list[Scored]:
    """What the texts are worth on cases. Known-bad answers ride on cases that choose."""
    scoring = task.scoring
    wanted = set(ids)
    cases = tuple(case for case in scoring.cases if case.id in wanted)
    choosing = set(task.ids("choose"))
    # Nothing is decided here: no case is asked again because it may not break, and one arm does unless a
    # judge compares the two.
    rules = replace(scoring.suite, gate=replace(scoring.suite.gate, protected=None))
    compared = scoring.paired.intersection(scoring.suite.gate.metrics)
    part = replace(
        scoring,
        suite=rules,
        candidate=_version(task, texts),
        baseline=scoring.baseline if compared else None,
        cases=cases,
        whole=tuple(case for case in scoring.cases if case.id in choosing),
        seconds=(),
    )
    ran = await runner.run(part, engine, batch=len(cases))
    if ran.stopped:
        raise ran.stopped
    by_id: dict[str, list[Any]] = {}
    for item in ran.cases:
        by_id.setdefault(item.case.id, []).append(item)
    return [scored(part, by_id[name]) for name in ids]


async def _reflect(task: Task, engine: Engine, prompt: str, count: int) -> Reply:
    call = ModelCall(task.reflect_with, ({"role": "user", "content": prompt},), repeat=count)
    reply = await engine.ask(call)
    if isinstance(reply, Failure):
        raise ModelError(
            f"{task.reflect_with} gave no proposal: {reply.message}", "run the same command again"
        )
    return Reply(reply.text, reply.usage.cost_usd or 0.0)


def _version(task: Task, texts: ComponentTexts) -> Version:
    version, problems = version_of(task.start, task.number, texts, task.origin)
    if version is None:  # the start itself, as an earlier release accepted it
        raise CuebookError(
            f"{task.start.ref} cannot be written again: {problems[0].message}", problems[0].hint
        )
    return version


def _trail(task: Task, loop: Loop, gepa: str) -> Trail:
    return Trail(
        prompt=task.start.prompt,
        suite=task.suite.name,
        start=task.start.number,
        start_digest=task.start.digest,
        baseline=task.baseline.number,
        dataset=task.suite.dataset_digest,
        clusters=task.clusters,
        gepa=gepa,
        seed=loop.seed,
        reflected_with=task.reflect_with,
        models=task.scoring.asked_models,
        answers=loop.answers,
        reflections=loop.reflections,
        cost_usd=round(loop.spent, 6),
        ended=loop.ended,
        ended_by=loop.ended_by,
        winner=loop.winner,
        candidates=loop.candidates,
        tried=loop.tried,
    )


def gate(
    workspace: Workspace, found: SearchResult, max_usd: float | None, watch: Watch | None = None
) -> Gated:
    """Gate the winner on each suite of the prompt: first on the held-out cases, then on all of them.

    Each other wording that was gated on these held-out cases before is an attempt that shares the error.
    """
    assert found.winner is not None
    earlier = _earlier(workspace, found)
    looks = tuple(Look(digest) for digest in earlier)
    left = Ceilings(max_usd, None, None, "the options of this command").less(0, found.spent_usd)
    verdicts: list[Verdict] = []
    calls = 0
    in_turn: list[Comparison] = []
    for item in found.task.gated(workspace, found.winner):
        # What else must pass comes first: the comparison that it belongs to finds its replies in the store.
        in_turn += [*(other.comparison for other in item.seconds), item]
    for comparison in in_turn:
        (judged,) = judge_all(workspace, [comparison], watch=watch, options=Options(most=left, looks=looks))
        left = left.less(judged.calls_made, judged.spent_usd)
        verdicts.append(judged.verdict)
        calls += judged.calls_made
        if judged.verdict.outcome != "pass":
            break  # all of them have to pass: the others would be paid for and change nothing
    return Gated(tuple(verdicts), calls)


def _earlier(workspace: Workspace, found: SearchResult) -> list[str]:
    """The digests of other wordings that were gated on the same held-out cases; this one is remembered."""
    assert found.winner is not None
    path = workspace.state.file(TRIED)
    try:
        known = read_json(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        known = {}  # a file that was cut off stops nobody; what it counted is lost
    task = found.task
    key = f"{task.suite.name} {task.baseline.digest} {task.suite.dataset_digest}"
    before = [item for item in known.get(key, []) if isinstance(item, str)]
    if found.winner.digest not in before:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, canonical({**known, key: [*before, found.winner.digest]}))
        return before
    # Gated before and interrupted: it goes on at the attempt that it was.
    return before[: before.index(found.winner.digest)]


def message_of(found: SearchResult, verdict: Verdict) -> str:
    """Return the message of the new version: the observations it was made from, and its gain on others."""
    clusters = found.trail.clusters
    seen = plural(clusters.train + clusters.choose, "cluster")
    metric = verdict.deciding
    gain = f": {points(metric.mean)} on {metric.used} held out" if metric else ""
    return f"Optimised on {seen} by GEPA{gain}"


def write(workspace: Workspace, found: SearchResult, gated: Gated) -> tuple[str, str]:
    """Write the winner as a version, and its trail; where both are. A version that is there is left."""
    assert found.winner is not None
    winner = found.winner
    task, texts = found.task, found.trail.candidates[found.trail.winner].texts
    # An earlier run may have written a version that says the same: that one is taken, and no second made.
    same = (item for item in workspace.registry.versions(winner.prompt) if item.digest == winner.digest)
    number = next((item.number for item in same if item.origin == winner.origin), winner.number)
    held = gated.verdicts[0]
    path = version_path(task.start.prompt, number)
    if workspace.tree.read(path) is None:
        path = workspace.write(path, as_bytes(task.start, texts, message_of(found, held), task.origin))
    trail = found.trail.model_copy(update={"attempt": held.attempt})
    return path, workspace.write(trail_path(task.suite.name, task.start.prompt, number), encode(trail))


def keep(workspace: Workspace, found: SearchResult) -> str:
    """Write a winner that did not pass into the output folder; where it is."""
    texts = found.trail.candidates[found.trail.winner].texts
    folder = workspace.output.folder("optimize") / found.task.suite.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.task.start.prompt}.candidate.prompt.yml"
    write_atomic(path, as_bytes(found.task.start, texts, "Optimised by GEPA; not passed", found.task.origin))
    write_atomic(folder / f"{found.task.start.prompt}.trail.json", encode(found.trail))
    return str(path)
