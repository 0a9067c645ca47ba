"""Carry out a plan: reuse evidence that still holds, run the rest, keep and return the verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cuebook import gate, overrides, ruling, runner
from cuebook.cache import ReplyStore
from cuebook.engine import Engine, Progress
from cuebook.evidence import moved
from cuebook.plan import Comparison, shard
from cuebook.verdict import Verdict
from cuebook.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, whether stored evidence was reused for it, and the calls bought to reach it.

    ``moved`` names what changed since an earlier verdict that could therefore not be reused.
    """

    comparison: Comparison
    verdict: Verdict
    reused: bool
    bought: int = 0
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to carry out a plan.

    ``every_case`` goes on after the decision and keeps no verdict. ``fresh`` decides anew from stored
    replies. ``rerun`` takes fresh samples where a verdict stands, at half the error of the last attempt.
    """

    every_case: bool = False
    fresh: bool = False
    rerun: bool = False


Watch = Callable[[Comparison, Progress], None]
"""Told of progress while a comparison runs."""


def judge_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    *,
    watch: Watch | None = None,
    options: Options = Options(),
) -> list[Judged]:
    """The verdict on each comparison; what was bought is kept whatever happens.

    Raises Aborted when a model cannot be reached at all.
    """
    return asyncio.run(_judge_all(workspace, comparisons, watch, options))


async def _judge_all(
    workspace: Workspace, comparisons: Sequence[Comparison], watch: Watch | None, options: Options
) -> list[Judged]:
    judged = []
    spent = 0.0
    with ReplyStore(workspace.replies) as store:
        for planned in comparisons:
            comparison, found = _before(workspace, planned, options)
            if found is None or found.verdict is None:
                result, cost = await _judge(workspace, store, comparison, watch, spent, options)
                spent += cost
                judged.append(replace(result, moved=found.moved if found else ()))
            else:
                judged.append(Judged(comparison, found.verdict, reused=True))
            if not options.every_case:
                workspace.evidence.save(judged[-1].verdict)
    return judged


def fill_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    index: int,
    count: int,
    *,
    watch: Watch | None = None,
) -> int:
    """Buy every reply that shard ``index`` of ``count`` needs, decide nothing; how many were bought.

    When the stores of all shards are merged, ``judge_all`` finds every reply there and comes to the
    verdict that one process would have come to.
    """
    return asyncio.run(_fill_all(workspace, [shard(item, index, count) for item in comparisons], watch))


async def _fill_all(workspace: Workspace, comparisons: Sequence[Comparison], watch: Watch | None) -> int:
    bought = 0
    with ReplyStore(workspace.replies) as store:
        for part in comparisons:
            told = partial(watch, part) if watch else None
            limit = part.suite.gate.max_cost_usd
            async with Engine(workspace.config, store, max_cost_usd=limit, on_progress=told) as engine:
                await runner.run(part, engine, batch=len(part.cases) or 1)
                bought += engine.bought
    return bought


@dataclass(frozen=True, slots=True)
class _Found:
    """An earlier verdict that still stands, or what moved since."""

    verdict: Verdict | None
    moved: tuple[str, ...] = ()


def _before(
    workspace: Workspace, comparison: Comparison, options: Options
) -> tuple[Comparison, _Found | None]:
    """The comparison at its attempt, and what is known of it from before."""
    candidate = comparison.candidate
    stored = workspace.evidence.load(candidate.prompt, candidate.number, comparison.suite.name)
    if stored is None or options.every_case:
        return comparison, None
    changed = tuple(moved(stored.digests, comparison.digests(_resolved(workspace))))
    if changed:
        return comparison, _Found(None, changed)
    if options.rerun:
        return replace(comparison, attempt=stored.attempt + 1), None
    comparison = replace(comparison, attempt=stored.attempt)
    return comparison, None if options.fresh else _Found(_said_anew(workspace, comparison, stored))


def _said_anew(workspace: Workspace, comparison: Comparison, verdict: Verdict) -> Verdict:
    """The verdict with what depends on the day: what to do next, and whether an override holds."""
    candidate = comparison.candidate
    override = overrides.standing(
        workspace.tree, candidate.prompt, candidate.number, candidate.digest, workspace.today
    )
    held = override if verdict.outcome != "pass" else None
    action = ruling.action(comparison, verdict.outcome, verdict.metrics)
    if held:
        action = f"Let through by {held.who} until {held.until}: {held.why}"
    return verdict.model_copy(update={"action": action, "override": held})


def _resolved(workspace: Workspace) -> dict[str, str]:
    """Model ids and what trusted configuration puts in their place."""
    config = workspace.config
    put = {"offline/rules": config.model, "offline/judge": config.judge_model}
    return {name: model for name, model in put.items() if model}


async def _judge(
    workspace: Workspace,
    store: ReplyStore,
    comparison: Comparison,
    watch: Watch | None,
    spent: float,
    options: Options,
) -> tuple[Judged, float]:
    config = workspace.config
    limits = [limit - spent for limit in (config.max_cost_usd,) if limit is not None]
    limits += [limit for limit in (comparison.suite.gate.max_cost_usd,) if limit is not None]
    told = partial(watch, comparison) if watch else None
    async with Engine(config, store, max_cost_usd=min(limits, default=None), on_progress=told) as engine:
        size = comparison.batch(_concurrency(engine, comparison, config.concurrency))
        look = partial(gate.is_decided, comparison, batch=size)
        decided = runner.never if options.every_case else look
        ran = await runner.run(comparison, engine, decided=decided, batch=size)
        verdict = ruling.rule(
            comparison, ran.cases, batch=size, resolve=_resolved(workspace), stopped=ran.stopped
        )
        verdict = _said_anew(workspace, comparison, verdict)
        return Judged(
            comparison, verdict, reused=False, bought=engine.bought
        ), engine.progress.cost_usd or 0.0


def _concurrency(engine: Engine, comparison: Comparison, configured: int) -> int:
    """Models that answer at once need no batch large enough to keep many calls in flight."""
    versions = [comparison.candidate, comparison.baseline, *comparison.judges.values()]
    models = {version.model for version in versions if version} | set(comparison.suite.models)
    return 0 if all(engine.deterministic(model) for model in models) else configured
