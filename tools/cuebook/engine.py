"""Asks models under limits: the store first, then the provider, each question once.

Retries, ceilings and concurrency live here and nowhere else; a transport tries a call once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from types import TracebackType
from typing import Self

from cuebook import models, offline
from cuebook.cache import ReplyStore
from cuebook.errors import Aborted, CaseFailed, CeilingReached, Retryable
from cuebook.models import ModelClient
from cuebook.records import Failure, ModelCall, ModelReply
from cuebook.schema import ConfigFile

TRIES = 5
"""Most tries for one call."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds: the ceiling of the pause after the first try, doubling with each, and where that ends."""

DEADLINES = 3
"""A call with all its tries and pauses may take this many times the timeout of one try."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an engine has come, in different questions. ``cost_usd`` is the money known to be spent."""

    planned: int
    done: int
    from_store: int
    bought: int
    failed: int
    cost_usd: float


class Limiter:
    """Lets so many calls fly at once: ``async with limiter``."""

    def __init__(self, most: int) -> None:
        self._slots = asyncio.Semaphore(most)

    async def __aenter__(self) -> None:
        await self._slots.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()


class Budget:
    """Holds back what calls in flight may cost, so that the ceilings are not passed.

    What a call may cost is judged by the dearest one of its model so far, ten times that while few are
    known; until one is known, calls go one by one. Money that no provider or price tells of is not seen.
    """

    FEW, DOUBT = 20, 10.0

    def __init__(self, max_cost_usd: float | None, max_calls: int | None) -> None:
        self.spent = 0.0
        self._limit = max_cost_usd
        self._max_calls = max_calls
        self._calls = 0
        self._held = 0.0
        self._flying = 0
        self._known: dict[str, int] = {}
        self._dearest: dict[str, float] = {}
        self._settled = asyncio.Event()

    def count(self) -> None:
        """Book one more call. Raises CeilingReached when that is one too many."""
        if self._max_calls is not None and self._calls >= self._max_calls:
            raise CeilingReached(
                f"the ceiling of {self._max_calls} calls is reached",
                "raise it to go on; what is bought is kept",
            )
        self._calls += 1

    async def spend(self, model: str, ask: Callable[[], Awaitable[ModelReply]]) -> ModelReply:
        """What ``ask`` brings, begun once it can surely be paid for.

        Raises CeilingReached when it would pass the ceiling, whatever becomes of the calls in flight.
        """
        while not self._fits(model):
            if not self._flying:
                raise CeilingReached(
                    f"the next call would pass the ceiling of ${self._limit:.2f} (${self.spent:.4f} spent)",
                    "raise max_cost_usd to go on; what is bought is kept",
                )
            self._settled.clear()
            await self._settled.wait()
        held = self._expected(model)
        self._held += held
        self._flying += 1
        try:
            reply = await ask()
            self._book(model, reply.usage.cost_usd or 0.0)
        finally:
            self._held -= held
            self._flying -= 1
            self._settled.set()
        return reply

    def _book(self, model: str, cost: float) -> None:
        self.spent += cost
        self._known[model] = self._known.get(model, 0) + 1
        self._dearest[model] = max(cost, self._dearest.get(model, 0.0))

    def _expected(self, model: str) -> float:
        doubt = self.DOUBT if self._known.get(model, 0) < self.FEW else 1.0
        return doubt * self._dearest.get(model, 0.0)

    def _fits(self, model: str) -> bool:
        if self._limit is None:
            return True
        limit = self._limit * (1 + 1e-9)  # a sum of ten cents in floats is a little more than a tenth
        if not self._flying:
            return self.spent < limit and self.spent + self._dearest.get(model, 0.0) <= limit
        return model in self._known and self.spent + self._held + self._expected(model) <= limit


class Engine:
    """Answers calls from the store or from models. Use in ``async with``; one event loop, one process.

    ``bought`` counts replies that models gave, ``from_store`` questions that had their answer already
    (on disk, or in flight for somebody else), ``failed`` those without one, ``unpriced`` the bought
    ones whose cost nobody knows.
    """

    def __init__(
        self,
        config: ConfigFile,
        store: ReplyStore,
        *,
        concurrency: int | None = None,
        max_cost_usd: float | None = None,
        max_calls: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.config = config
        self.planned = self.from_store = self.bought = self.failed = self.unpriced = 0
        self._store = store
        self._concurrency = concurrency or config.concurrency
        self._limiter = Limiter(self._concurrency)
        self._budget = Budget(config.max_cost_usd if max_cost_usd is None else max_cost_usd, max_calls)
        self._on_progress = on_progress
        self._clients: dict[str, ModelClient] = {}
        self._resolved: dict[str, str] = {}
        self._flying: dict[str, asyncio.Future[ModelReply | Failure]] = {}
        self._halt = asyncio.Event()
        self._stopped: Exception | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the store stays open. Safe to call twice."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    @property
    def progress(self) -> Progress:
        """The state of this moment."""
        done = self.from_store + self.bought + self.failed
        return Progress(self.planned, done, self.from_store, self.bought, self.failed, self._budget.spent)

    def resolve_model(self, model: str) -> str:
        """The model that is asked when this one is named: the settings may put one for a built-in one.

        Raises Aborted when the settings do not allow it, or nothing serves it.
        """
        if model not in self._resolved:
            put = {"offline/rules": self.config.model, "offline/judge": self.config.judge_model}
            resolved = put.get(model) or model
            if not is_allowed(resolved, self.config):
                listed = ", ".join(f'"{name}"' for name in [*self.config.models, resolved])
                raise Aborted(
                    f"the settings do not allow the model {resolved!r}",
                    f"in [tool.cuebook] of the default branch: models = [{listed}]",
                )
            models.transport_for(resolved, self.config)
            self._resolved[model] = resolved
        return self._resolved[model]

    def deterministic(self, model: str) -> bool:
        """Whether the same call always gets the same reply, so that asking again tells nothing new."""
        name = models.transport_for(self.resolve_model(model), self.config)
        return models.transports()[name].deterministic

    async def ask(self, call: ModelCall) -> ModelReply | Failure:
        """The reply to one call, or why there is none. Raises as ``ask_all``."""
        return (await self.ask_all([call]))[0]

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        """A reply or failure for each call, in the order given; equal calls are asked once.

        Raises Aborted when no call can work and CeilingReached when a ceiling would be passed, after
        storing what was bought. Either stops the engine: later calls are answered from the store alone.
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
        # Twice as many workers as calls may fly: some store a reply or wait for their next try.
        queue = iter(calls)
        workers = [
            asyncio.create_task(self._work(queue, found))
            for _ in range(min(len(calls), 2 * self._concurrency))
        ]
        try:
            _, late = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            if late:
                await asyncio.wait(late, timeout=self.config.timeout)  # they are paid for: let them arrive
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if self._stopped and any(worker.cancelled() or worker.exception() for worker in workers):
            raise self._stopped

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
        """Buy a reply, or wait for whoever is buying the same one."""
        while (flying := self._flying.get(call.key)) is not None:
            await asyncio.wait([flying])
            if not flying.cancelled():
                result = flying.result()
                self.from_store += isinstance(result, ModelReply)
                self.failed += isinstance(result, Failure)
                return result
        mine = self._flying[call.key] = asyncio.get_running_loop().create_future()
        try:
            result = await self._buy(call)
            mine.set_result(result)
        finally:
            mine.cancel()
            del self._flying[call.key]
        return result

    async def _buy(self, call: ModelCall) -> ModelReply | Failure:
        self._go_on()
        self._budget.count()
        result = await self._try(call)
        if isinstance(result, Failure):
            self.failed += 1
            return result
        self._store.put(call.key, result)
        self.bought += 1
        self.unpriced += result.usage.cost_usd is None
        return result

    async def _try(self, call: ModelCall) -> ModelReply | Failure:
        """Try until there is a reply, the tries are used up or time is."""
        clock = asyncio.get_running_loop().time
        free = self.deterministic(call.model)
        deadline = 0.0
        for attempt in range(1, TRIES + 1):
            try:
                async with self._limiter:
                    deadline = deadline or clock() + DEADLINES * self.config.timeout
                    ask = partial(self._complete, call, deadline)
                    return await (ask() if free else self._budget.spend(call.model, ask))
            except CaseFailed as error:
                return Failure("candidate", error.message)
            except TimeoutError:
                return Failure("provider", f"no answer within {DEADLINES * self.config.timeout:g} s")
            except Retryable as error:
                wait = pause(attempt, error.after, random.random())  # noqa: S311  spreads load, hides nothing
                if attempt == TRIES or clock() + wait > deadline:
                    return Failure("provider", f"{error.message} ({_tries(attempt)})")
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._halt.wait()
        raise AssertionError("the last try returns")

    async def _complete(self, call: ModelCall, deadline: float) -> ModelReply:
        self._go_on()
        async with asyncio.timeout_at(deadline):
            return _clean(await self._client(call.model).complete(call))

    def _client(self, model: str) -> ModelClient:
        name = models.transport_for(model, self.config)
        if name not in self._clients:
            self._clients[name] = models.connect(name, self.config)
        return self._clients[name]

    def _go_on(self) -> None:
        if self._stopped:
            raise self._stopped

    def _addressed(self, call: ModelCall) -> ModelCall:
        """The call as it is asked and stored: to the resolved model; a built-in one's state is in the key."""
        model = self.resolve_model(call.model)
        if model.startswith("offline/"):
            return replace(call, model=model, epoch=call.epoch + offline.fingerprint())
        return call if model == call.model else replace(call, model=model)

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self.progress)


def is_allowed(model: str, config: ConfigFile) -> bool:
    """Whether the settings let a model be asked: built in, set by them, or on their list if there is one."""
    if not config.models or model.startswith("offline/") or model in {config.model, config.judge_model}:
        return True
    return any(fnmatchcase(model, pattern) for pattern in config.models)


def pause(attempt: int, after: float | None, jitter: float) -> float:
    """Seconds before the next try; ``attempt`` counts from 1, ``jitter`` is uniform on [0, 1).

    What the provider asks for plus up to a tenth, else exponential back-off with full jitter (Brooker,
    AWS Architecture Blog, 2015).
    """
    if after is not None:
        return after * (1 + jitter / 10)
    return float(jitter * min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)))


def _tries(count: int) -> str:
    return "tried once" if count == 1 else f"tried {count} times"


def _clean(reply: ModelReply) -> ModelReply:
    """The reply without halves of surrogate pairs: JSON can carry them; digests and files cannot."""
    return replace(
        reply,
        text=_whole(reply.text),
        served_model=_whole(reply.served_model),
        finish=_whole(reply.finish),
    )


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
