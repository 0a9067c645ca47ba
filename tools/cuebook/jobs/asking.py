"""Who is asked while one comparison runs: an engine under its suite's ceilings, and the app of its suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cuebook import models
from cuebook.calls.app import RunningApp
from cuebook.calls.endpoints import Endpoints
from cuebook.calls.engine import Engine, Progress
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted
from cuebook.core.layout import shown, suite_path
from cuebook.gate.answering import Answering
from cuebook.gate.answers import MostCallsFailed
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared
from cuebook.jobs.targets import ByApp, running
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.cause import Nothing
from cuebook.shapes.ceilings import Ceilings
from cuebook.wording.stopped import NotEvaluated, cause_of


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

    What stops it says which comparison that was, and how far it came. Raises NotEvaluated, or
    MostCallsFailed, which has the counts.
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
                raise NotEvaluated(_why(error, comparison, engine), cause=error.cause) from error


def _why(error: Aborted, comparison: Prepared, engine: Engine) -> Nothing:
    """The cause, with the comparison that it stopped and, where calls were made, how far that came."""
    why, now, version = cause_of(error), engine.progress, comparison.candidate
    if why.code == "no_plugin":
        # The error is about the first model that was looked for; whoever installs one wants all.
        asked = map(engine.config.resolve, comparison.asked_models)
        why = models.without_plugin(asked, engine.config) or why
    about: dict[str, object] = {
        "prompt": version.prompt,
        "version": version.number,
        "suite": comparison.suite.name,
    }
    if why.total is None:
        about |= {"count": now.from_store + now.calls_made, "total": now.planned}
    return why.model_copy(update=about)


MOST_BROUGHT = 20_000
"""Calls that a suite takes at most in the change that brings it: nobody has agreed to its size yet."""


def ceilings(comparison: Comparison) -> Ceilings:
    """The most that a suite lets one comparison take."""
    rules = comparison.suite.gate
    where, calls = shown(suite_path(comparison.suite.name)), rules.max_calls
    if (comparison.reading_only or comparison.own_suite) and (calls is None or calls > MOST_BROUGHT):
        where, calls = "a suite that comes with the change", MOST_BROUGHT
    return Ceilings(rules.max_cost_usd, rules.max_tokens, calls, where)
