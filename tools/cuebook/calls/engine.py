"""Ask models within limits: first the reply store, then the provider, each question once.

Retries live here and nowhere else; a transport tries a call once. How many calls are in flight, what they may
cost and when an endpoint is given up is ruled by ``limits``.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from types import TracebackType
from typing import Self

from cuebook import models
from cuebook.calls.app import RunningApp
from cuebook.calls.endpoints import Endpoints, EndpointState, endpoint_of
from cuebook.calls.limits import CallBudget
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted, CaseFailed, Retryable
from cuebook.core.format import joined
from cuebook.core.text import whole
from cuebook.registry.settings import Settings
from cuebook.shapes.cause import Nothing
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import FILTERED, Failure, ModelCall, ModelReply
from cuebook.wording.elsewhere import not_allowed
from cuebook.wording.stopped import NotEvaluated

TRIES = 5
"""Most tries that count for one call."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds: the ceiling of the pause after the first try, doubling with each, and where that ends."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an engine has come, in different questions. ``cost_usd`` is the money known to be spent."""

    planned: int
    done: int
    from_store: int
    calls_made: int
    failed: int
    cost_usd: float
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Calls that wait for their next try: why, and in how many seconds, the first of them asks again."""

    calls: int
    why: str
    seconds: float


class Engine:
    """Answers calls from the store or from models. Use in ``async with``; one event loop, one process.

    ``calls_made`` counts replies that models gave, ``from_store`` questions that had their answer already
    (on disk, or in flight for somebody else), ``failed`` those without one, ``unpriced`` the new replies
    whose cost is unknown. ``needs`` are models that will be asked later: where one of all has no key, no call
    is made. A call to the name of the ``app`` is answered by that, in place of a model.
    """

    def __init__(
        self,
        config: Settings,
        store: ReplyStore,
        *,
        endpoints: Endpoints | None = None,
        ceilings: Ceilings | None = None,
        concurrency: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        needs: Sequence[str] = (),
        app: RunningApp | None = None,
    ) -> None:
        self.config = config
        self.planned = self.from_store = self.calls_made = self.failed = self.unpriced = 0
        self._store = store
        self._own = Endpoints(config, concurrency=concurrency)
        self._endpoints = endpoints or self._own
        self._budget = CallBudget(ceilings or Ceilings(), self._endpoints.budget)
        self._on_progress = on_progress
        self._needs = needs
        self._app = app
        self._app_endpoint = EndpointState(app.model, app.most, app.patience) if app else None
        self._resolved: dict[str, str] = {}
        self._states: dict[str, str] = {}
        self._rests: dict[str, tuple[float, str]] = {}
        self._in_flight: dict[str, asyncio.Future[ModelReply | Failure]] = {}
        self._paying: set[asyncio.Task[None]] = set()
        self._halt = asyncio.Event()
        self._stopped: Exception | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections it does not share; the store stays open. Safe to call twice."""
        await self._own.close()

    @property
    def progress(self) -> Progress:
        """The state of this moment."""
        done = self.from_store + self.calls_made + self.failed
        waiting = None
        if self._rests:
            until, why = min(self._rests.values())
            waiting = Waiting(len(self._rests), why, max(0.0, until - asyncio.get_running_loop().time()))
        return Progress(
            self.planned,
            done,
            self.from_store,
            self.calls_made,
            self.failed,
            self._budget.cost_usd,
            waiting,
        )

    def resolve_model(self, model: str) -> str:
        """Return the model that is asked when this one is named: the settings may replace it.

        Raises Aborted when the settings do not allow it, or nothing serves it.
        """
        if self._is_app(model):
            return model
        if model not in self._resolved:
            resolved = self.config.resolve(model)
            if not self.config.allows(resolved):
                raise Aborted(*not_allowed(resolved, self.config.models), cause="not_allowed")
            # Looked up for its error alone: where nothing serves the model, no call is made.
            models.transport_for(resolved, self.config)
            self._resolved[model] = resolved
        return self._resolved[model]

    def deterministic(self, model: str) -> bool:
        """Return whether the same call always gets the same reply, so that asking again is useless."""
        if self._app and self._is_app(model):
            return self._app.deterministic
        name = models.transport_for(self.resolve_model(model), self.config)
        return models.transport(name).deterministic

    def _is_app(self, model: str) -> bool:
        return self._app is not None and model == self._app.model

    async def ask(self, call: ModelCall) -> ModelReply | Failure:
        """Return the reply to one call, or why there is none. Raises as ``ask_all``."""
        return (await self.ask_all([call]))[0]

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        """Return a reply or failure for each call, in the order given; equal calls are asked once.

        Raises Aborted when no call can work and CeilingReached when a ceiling would be passed, after storing
        the replies so far. Either stops the engine: later calls are answered from the store alone.
        """
        addressed = [self._addressed(call) for call in calls]
        wanted = {call.key: call for call in addressed}
        self.planned += len(wanted)
        found: dict[str, ModelReply | Failure] = dict(self._store.get_many(wanted))
        self.from_store += len(found)
        if found:
            self._tell()
        missing = [call for key, call in wanted.items() if key not in found]
        if missing:
            await self._ask_missing(missing, found)
        return [found[call.key] for call in addressed]

    async def _ask_missing(self, calls: list[ModelCall], found: dict[str, ModelReply | Failure]) -> None:
        self._require_keys(calls)
        by_endpoint: dict[str, list[ModelCall]] = {}
        for call in calls:
            by_endpoint.setdefault(endpoint_of(call.model), []).append(call)
        workers = []
        for mine in by_endpoint.values():
            # One queue for the workers of an endpoint, so that no call waits behind those of another one.
            queue = iter(mine)
            # Twice as many as calls in flight: some store a reply or wait for their next try.
            size = min(len(mine), 2 * self._endpoints.concurrency)
            workers += [asyncio.create_task(self._work(queue, found)) for _ in range(size)]
        try:
            _, late = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            for worker in late - self._paying:
                worker.cancel()
            if late:
                await asyncio.wait(late, timeout=self.config.timeout)  # they are paid for: let them arrive
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        # Where every worker came to its end, all that was asked for here is there, whoever was stopped.
        if self._stopped and any(worker.cancelled() or worker.exception() for worker in workers):
            raise self._stopped

    def _require_keys(self, calls: Sequence[ModelCall]) -> None:
        """Raise Aborted, before anything is spent, when a model that will be asked surely has no key."""
        asked = {call.model for call in calls} | {self.resolve_model(model) for model in self._needs}
        asked = {model for model in asked if not self._is_app(model)}
        if missing := models.missing_keys(sorted(asked), self.config, os.environ):
            model, key = next(iter(missing.items()))
            cure = "; ".join(f"export {name}=..." for name in sorted(set(missing.values())))
            cure += " (in CI: a secret that this job is handed)"
            # The settings' models take the place of toys and stand-ins alone, which is easily overlooked.
            mine = {name for name in (self.config.judge_model, self.config.model) if name} - set(missing)
            if mine:
                cure += f"; or name {joined(sorted(mine), 'or')} of the settings in a new version"
            raise NotEvaluated(Nothing(code="no_key", model=model, key=key, cure=cure))

    async def _work(self, queue: Iterator[ModelCall], found: dict[str, ModelReply | Failure]) -> None:
        try:
            for call in queue:
                found[call.key] = await self._once(call)
                self._tell()
        except Exception as error:
            self._stopped = self._stopped or error
            self._halt.set()
            raise

    async def _once(self, call: ModelCall) -> ModelReply | Failure:
        """Ask for a reply, or wait for the task that asks for the same one."""
        while (asked := self._in_flight.get(call.key)) is not None:
            await asyncio.wait([asked])
            # Cancelled: whoever asked was stopped, and this task asks in its place.
            if not asked.cancelled():
                result = asked.result()
                self.from_store += isinstance(result, ModelReply)
                self.failed += isinstance(result, Failure)
                return result
        mine = self._in_flight[call.key] = asyncio.get_running_loop().create_future()
        try:
            result = await self._buy(call)
            mine.set_result(result)
        finally:
            mine.cancel()
            del self._in_flight[call.key]
        return result

    async def _buy(self, call: ModelCall) -> ModelReply | Failure:
        self._go_on()
        # Rules that run here cost nothing, so no ceiling stops them; an app may cost what nobody sees.
        free = self.deterministic(call.model) and not self._is_app(call.model)
        if not free:
            self._budget.count()
        result = await self._try(call, free=free)
        if isinstance(result, Failure):
            self.failed += 1
            return result
        # The day, so that a report can say since when another model answers.
        result = replace(result, asked=datetime.now(UTC).date().isoformat())
        self._store.put(call.key, result)
        self.calls_made += 1
        self.unpriced += result.usage.cost_usd is None
        return result

    async def _try(self, call: ModelCall, *, free: bool) -> ModelReply | Failure:
        """Try until there is a reply, the tries are used up or time is.

        A try that the endpoint was too busy for, or that found it out of reach altogether, is no fault
        of the call and does not count; the deadline and the breaker end those.
        """
        clock = asyncio.get_running_loop().time
        endpoint, patience = self._endpoints.state_of(call.model), self._endpoints.patience
        if self._app and self._app_endpoint and self._is_app(call.model):
            endpoint, patience = self._app_endpoint, self._app.patience
        left = patience
        counted = 0
        for attempt in count(1):
            try:
                async with endpoint.limiter.slot():  # waiting for a place is not the provider's time
                    deadline = clock() + left
                    ask = partial(self._complete, call, deadline)
                    reply = await (ask() if free else self._budget.spend(call.model, ask))
            except TimeoutError:
                return Failure("provider", f"no answer within {patience:g} s", code="timeout")
            except CaseFailed as error:
                endpoint.answered()  # it works: it refuses this question
                if error.filtered:  # an answer without words, as from providers that say so with status 200
                    return ModelReply("", call.model, finish=FILTERED)
                return Failure("candidate", error.message, code=error.code)
            except Retryable as error:
                wait = pause(attempt, error.after, random.random())  # noqa: S311  spreads load, hides nothing
                counted += endpoint.counts(error, clock())
                left = deadline - clock() - wait
                if counted >= TRIES or left < 0:
                    tries = "once" if attempt == 1 else f"{attempt} times"
                    return Failure("provider", f"{error.message} (tried {tries})", code=error.code)
                await self._rest(call, wait, error.message)
            else:
                endpoint.answered()
                return reply
        raise AssertionError("the loop has no end")

    async def _rest(self, call: ModelCall, seconds: float, why: str) -> None:
        """Wait before the next try, unless the run is stopped meanwhile."""
        self._rests[call.key] = (asyncio.get_running_loop().time() + seconds, why)
        self._tell()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._halt.wait()
        finally:
            del self._rests[call.key]

    async def _complete(self, call: ModelCall, deadline: float) -> ModelReply:
        # Once more: the run may have been stopped while the call waited for a place or for money.
        self._go_on()
        me = asyncio.current_task()
        assert me is not None
        # From here on it is paid for, so that a run which is stopped waits for it.
        self._paying.add(me)
        try:
            async with asyncio.timeout_at(deadline):
                app = self._app if self._is_app(call.model) else None
                return _clean(await (app or self._endpoints.client(call.model)).complete(call))
        finally:
            self._paying.discard(me)

    def _go_on(self) -> None:
        if self._stopped:
            raise self._stopped

    def _addressed(self, call: ModelCall) -> ModelCall:
        """The call as it is asked and stored: to the resolved model, its key bound to state and server."""
        model = self.resolve_model(call.model)
        if self._is_app(model):
            return call
        if model not in self._states:
            # What one server of an endpoint said is no answer of the next one.
            state = models.state_of(model, self.config)
            self._states[model] = state + self.config.server_of(model)
        if model == call.model and not self._states[model]:
            return call
        return replace(call, model=model, epoch=call.epoch + self._states[model])

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self.progress)


def pause(attempt: int, after: float | None, jitter: float) -> float:
    """Return the seconds before the next try; ``attempt`` counts from 1, ``jitter`` is uniform on [0, 1).

    What the provider asks for plus up to a tenth, else exponential back-off with full jitter (Brooker,
    AWS Architecture Blog, 2015).
    """
    if after is not None:
        return after * (1 + jitter / 10)
    return float(jitter * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))


def _clean(reply: ModelReply) -> ModelReply:
    """The reply without halves of surrogate pairs: JSON can carry them; digests and files cannot."""
    return replace(
        reply,
        text=whole(reply.text),
        served_model=whole(reply.served_model),
        finish=whole(reply.finish),
        refusal=whole(reply.refusal),
        reasoning=whole(reply.reasoning),
    )
