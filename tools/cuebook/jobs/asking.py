"""Who is asked while one comparison runs: an engine under its suite's ceilings, and the app of its suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cuebook.calls.app import RunningApp
from cuebook.calls.endpoints import Endpoints
from cuebook.calls.engine import Engine, Progress
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted
from cuebook.core.format import plural
from cuebook.gate.answering import Answering
from cuebook.gate.answers import MostCallsFailed
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared
from cuebook.jobs.targets import ByApp, running
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.ceilings import Ceilings


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """An engine, and the app that gives the answers of both arms in place of models, if one does."""

    engine: Engine
    answering: Answering | None
    app: RunningApp | None


@asynccontextmanager
async def asking(
    workspace: Workspace,
    store: ReplyStore,
    endpoints: Endpoints,
    comparison: Prepared,
    tell: Callable[[Progress], None] | None,
    processes: int,
    most: Ceilings | None = None,
) -> AsyncIterator[AnswerSource]:
    """An engine for one comparison, under its suite's ceilings and ``most``.

    What stops it says which comparison that was, and how far it came.
    """
    with running(workspace, comparison) as app:
        async with Engine(
            endpoints.config,
            store,
            endpoints=endpoints,
            ceilings=ceilings(comparison).within(most).part(processes),
            on_progress=tell,
            needs=comparison.asked_models,
            app=app,
        ) as engine:
            try:
                yield AnswerSource(engine, ByApp(workspace, comparison, engine, app) if app else None, app)
            except MostCallsFailed as error:
                # The gate counts by the model that a version names; people look for the one that was asked.
                asked = endpoints.config.resolve(error.why.model)
                raise MostCallsFailed(error.why.model_copy(update={"model": asked})) from error
            except Aborted as error:
                now = engine.progress
                done, planned = now.from_store + now.calls_made, plural(now.planned, "call")
                # These are known before the first call, so no count says more.
                is_early = error.cause in {"no_key", "no_plugin"}
                far = "" if is_early else f"; {done:,} of {planned} were answered"
                name = f"{comparison.candidate.ref} on {comparison.suite.name}"
                raise Aborted(f"{name}: {error.message}{far}", error.hint, cause=error.cause) from error


MOST_BROUGHT = 20_000
"""Calls that a suite takes at most in the change that brings it: nobody has agreed to its size yet."""


def ceilings(comparison: Comparison) -> Ceilings:
    """The most that a suite lets one comparison take."""
    rules = comparison.suite.gate
    where, calls = f"{comparison.suite.path}/suite.yml", rules.max_calls
    if (comparison.reading_only or comparison.own_suite) and (calls is None or calls > MOST_BROUGHT):
        where, calls = "a suite that comes with the change", MOST_BROUGHT
    return Ceilings(rules.max_cost_usd, rules.max_tokens, calls, where)
