"""Carry out a plan: reuse evidence that still holds, run the rest, keep and return the verdicts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cuebook import gate, ruling, runner
from cuebook.cache import ReplyStore
from cuebook.engine import Engine, Progress
from cuebook.plan import Comparison
from cuebook.verdict import Verdict
from cuebook.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, whether stored evidence was reused for it, and the calls bought to reach it."""

    comparison: Comparison
    verdict: Verdict
    reused: bool
    bought: int = 0


Watch = Callable[[Comparison, Progress], None]
"""Told of progress while a comparison runs."""


def judge_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    *,
    watch: Watch | None = None,
    every_case: bool = False,
    fresh: bool = False,
) -> list[Judged]:
    """The verdict on each comparison; what was bought is kept whatever happens.

    ``every_case`` goes on after the decision; ``fresh`` decides anew from stored replies instead of
    reusing verdicts. Raises Aborted when a model cannot be reached at all.
    """
    return asyncio.run(_judge_all(workspace, comparisons, watch, every_case=every_case, fresh=fresh))


async def _judge_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    watch: Watch | None,
    *,
    every_case: bool,
    fresh: bool,
) -> list[Judged]:
    judged = []
    spent = 0.0
    with ReplyStore(workspace.replies) as store:
        for comparison in comparisons:
            stored = None if fresh else standing(workspace, comparison)
            if stored is not None:
                workspace.evidence.save(stored)
                judged.append(Judged(comparison, stored, reused=True))
                continue
            result, cost = await _judge(workspace, store, comparison, watch, spent, every_case=every_case)
            spent += cost
            workspace.evidence.save(result.verdict)
            judged.append(result)
    return judged


def standing(workspace: Workspace, comparison: Comparison) -> Verdict | None:
    """The stored verdict on exactly these digests, or None. What to do next is said anew."""
    candidate = comparison.candidate
    stored = workspace.evidence.load(candidate.prompt, candidate.number, comparison.suite.name)
    if stored is None or stored.digests != comparison.digests(_resolved(workspace)):
        return None
    next_action = ruling.action(comparison, stored.outcome, stored.metrics)
    return stored.model_copy(update={"action": next_action})


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
    *,
    every_case: bool,
) -> tuple[Judged, float]:
    config = workspace.config
    limits = [limit - spent for limit in (config.max_cost_usd,) if limit is not None]
    limits += [limit for limit in (comparison.suite.gate.max_cost_usd,) if limit is not None]
    told = (lambda progress: watch(comparison, progress)) if watch else None
    async with Engine(config, store, max_cost_usd=min(limits, default=None), on_progress=told) as engine:
        size = comparison.batch(_concurrency(engine, comparison, config.concurrency))
        decided = runner.never if every_case else lambda runs: gate.is_decided(comparison, runs, batch=size)
        ran = await runner.run(comparison, engine, decided=decided, batch=size)
        verdict = ruling.rule(
            comparison, ran.cases, batch=size, resolve=_resolved(workspace), stopped=ran.stopped
        )
        return Judged(
            comparison, verdict, reused=False, bought=engine.bought
        ), engine.progress.cost_usd or 0.0


def _concurrency(engine: Engine, comparison: Comparison, configured: int) -> int:
    """Models that answer at once need no batch large enough to keep many calls in flight."""
    versions = [comparison.candidate, comparison.baseline, *comparison.judges.values()]
    models = {version.model for version in versions if version} | set(comparison.suite.models)
    return 0 if all(engine.deterministic(model) for model in models) else configured
