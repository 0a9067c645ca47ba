"""Limit calls: how many are in flight at once, what they may cost, and when an endpoint is given up.

Nothing here makes a call; the engine reports the result of each.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from cuebook.core.errors import Aborted, CeilingReached, Retryable
from cuebook.core.format import money
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import ModelReply


class Limiter:
    """How many calls to one endpoint are in flight at once: ``async with limiter.slot()``.

    Begins with ``START`` and doubles with each round of successes at full use until the endpoint first
    says 429. Then the number is multiplied by ``SHRINK``, once for all calls that were in flight, and each
    round adds one (Chiu & Jain 1989, as TCP does), each ``CAUTION`` rounds where it went wrong the last
    time. A Retry-After of at most ``patience`` seconds holds every call back.
    """

    START, SHRINK, CAUTION = 20, 0.7, 10

    def __init__(self, most: int, patience: float) -> None:
        self.most = most
        self.limit = float(min(self.START, most))
        self._patience = patience
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._too_many = 0.0
        self._shrunk = 0.0
        self._good = 0
        self._resume: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a place for one call; whether the call raises decides how many may be in flight next."""
        await self._enter()
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield
            self._succeeded()
        except Retryable as error:
            if error.throttled:
                self._refused(began, clock(), error.after)
            raise
        finally:
            self._leave()

    async def _enter(self) -> None:
        self._admit()
        if not self._waiting and self._room() > 0:
            self._in_flight += 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # the place was given already and is not needed
                self._leave()
            raise

    def _leave(self) -> None:
        self._in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        """Give free places to those who wait, the longest waiting first; nobody overtakes them."""
        while self._waiting and self._room() > 0:
            waiting = self._waiting.popleft()
            if not waiting.cancelled():
                self._in_flight += 1
                waiting.set_result(None)

    def _room(self) -> int:
        return 0 if self._resume else int(self.limit) - self._in_flight

    def _succeeded(self) -> None:
        if self._in_flight < int(self.limit):
            return  # more room would not have been used
        self._good += 1
        # Before the first 429 each success makes room for one more call, so a round doubles them.
        needed = 1.0
        if self._too_many:
            # A round of successes; near where it went wrong the last time, several.
            needed = self.limit if self.limit + 1 < self._too_many else self.CAUTION * self.limit
        if self._good >= needed:
            self.limit = min(self.limit + 1, float(self.most))
            self._good = 0

    def _refused(self, began: float, now: float, after: float | None) -> None:
        if began >= self._shrunk:  # else the call set out before the last change: the same episode
            self._too_many = self.limit
            self.limit = max(1.0, self.limit * self.SHRINK)
            self._shrunk, self._good = now, 0
        if after and after <= self._patience and (not self._resume or self._resume.when() < now + after):
            if self._resume:
                self._resume.cancel()
            self._resume = asyncio.get_running_loop().call_at(now + after, self._go_on)

    def _go_on(self) -> None:
        self._resume = None
        self._admit()


class Breaker:
    """Give up an endpoint when too many tries in a row failed."""

    ROW = 10
    """Failed tries in a row, of any calls: fewer may be a restart, or the fault of one call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._row = 0
        self._since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether so many tries in a row failed that the endpoint itself must be at fault."""
        return self._row >= self.ROW

    def reset(self) -> None:
        """Count from zero again: the endpoint gave an answer."""
        self._row = 0

    def missed(self, error: Retryable, now: float, patience: float) -> None:
        """Count one more failed try. Raises Aborted after too many, over ``patience`` seconds or more."""
        self._since = self._since if self._row else now
        self._row += 1
        if self.is_open and now - self._since >= patience:
            raise Aborted(
                f"gave up on {self._name!r} after {self._row} tries in a row: {error.message}",
                "when it works again, run the same command: it goes on from the replies that are kept",
                cause="unreachable",
            )


_Unit = Literal["cost_usd", "tokens", "calls"]
_Amount = tuple[float, float]
"""US dollars and tokens."""


class _Prices:
    """What one call of a model takes, judged by the dearest so far.

    In the example registry the longest answer of a suite has up to nine times the length of the usual one,
    so the dearest of a few says little: up to ``FEW`` calls, ``DOUBT`` times as much is expected.
    """

    FEW, DOUBT = 20, 10.0

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._dearest: dict[str, _Amount] = {}

    def book(self, model: str, amount: _Amount) -> None:
        """Record what one more call took."""
        before = self.dearest(model)
        self._known[model] = self._known.get(model, 0) + 1
        self._dearest[model] = max(before[0], amount[0]), max(before[1], amount[1])

    def knows(self, model: str) -> bool:
        """Whether a call of the model has been booked."""
        return model in self._known

    def dearest(self, model: str) -> _Amount:
        """The most that one call took so far."""
        return self._dearest.get(model, (0.0, 0.0))

    def expected(self, model: str) -> _Amount:
        """Return what to hold back for a call."""
        doubt = self.DOUBT if self._known.get(model, 0) < self.FEW else 1.0
        cost, tokens = self.dearest(model)
        return doubt * cost, doubt * tokens


class Account:
    """The money and tokens spent and held back, and the calls in flight, under one set of ceilings."""

    def __init__(self, ceilings: Ceilings) -> None:
        self.spent: _Amount = (0.0, 0.0)
        self.held: _Amount = (0.0, 0.0)
        self.calls = self.in_flight = 0
        self._ceilings = ceilings
        self._limits = (ceilings.cost_usd, ceilings.tokens)

    def count(self) -> None:
        """Book one more call. Raises CeilingReached when that is one too many."""
        most = self._ceilings.calls
        if most is not None and self.calls >= most:
            raise self._reached(f"the ceiling of {most:,} calls is reached", "calls", most)
        self.calls += 1

    def hold(self, amount: _Amount, calls: int) -> None:
        """Hold back an amount for calls that start; a negative one releases it again."""
        self.held = _sum(self.held, amount)
        self.in_flight += calls

    def fits(self, model: str, prices: _Prices) -> bool:
        """Return whether one more call surely stays below the ceilings; False: wait for calls in flight.

        Raises CeilingReached when it could not and no other is in flight.
        """
        full = [index for index in (0, 1) if not self._fits(index, model, prices)]
        if full and not self.in_flight:
            raise self._passed(full[0])
        return not full

    def _fits(self, index: int, model: str, prices: _Prices) -> bool:
        limit = self._limits[index]
        if limit is None:
            return True
        limit *= 1 + 1e-9  # a sum of ten cents in floats is a little more than a tenth
        spent = self.spent[index]
        if not self.in_flight:
            return spent < limit and spent + prices.dearest(model)[index] <= limit
        return prices.knows(model) and spent + self.held[index] + prices.expected(model)[index] <= limit

    def _passed(self, index: int) -> CeilingReached:
        if index == 0:
            said = f"{money(self._limits[0])} ({money(self.spent[0])} spent)"
        else:
            said = f"{self._limits[1]:,} tokens ({self.spent[1]:,.0f} used)"
        units: tuple[_Unit, _Unit] = ("cost_usd", "tokens")
        message = f"the next call would pass the ceiling of {said}"
        return self._reached(message, units[index], self._limits[index])

    def _reached(self, message: str, unit: _Unit, limit: float | None) -> CeilingReached:
        said = f"{message}: max_{unit} in {self._ceilings.where}"
        return CeilingReached(said, "raise it to go on; replies are kept", limit=limit, unit=unit)


class CallBudget:
    """Holds back what calls in flight may take, so that no ceiling is passed, nor one of those ``above``.

    What a call may take is learnt, not worked out from ``maxTokens`` and a price: many versions set no such
    limit, and of many models no price is known before they have answered. So the first call of a model goes
    alone. Past twenty, calls that are dearer than all before may pass a ceiling by the difference.
    Money and tokens that neither the provider reports nor a price gives are not counted.
    """

    def __init__(self, ceilings: Ceilings, above: CallBudget | None = None) -> None:
        self.accounts: tuple[Account, ...] = (Account(ceilings), *(above.accounts if above else ()))
        self.prices: _Prices = above.prices if above else _Prices()
        self.settled: asyncio.Event = above.settled if above else asyncio.Event()

    @property
    def cost_usd(self) -> float:
        """Money known to be spent."""
        return self.accounts[0].spent[0]

    def count(self) -> None:
        """Book one more call. Raises CeilingReached when that is one too many."""
        # From the settings' ceilings down: the wider one is named where both are reached.
        for account in reversed(self.accounts):
            account.count()

    async def spend(self, model: str, ask: Callable[[], Awaitable[ModelReply]]) -> ModelReply:
        """Return what ``ask`` returns; it is called once its cost surely stays below the ceilings.

        Raises CeilingReached when it would pass a ceiling, whatever becomes of the calls in flight.
        """
        # Each call that comes back may have been cheaper than what was held back for it.
        while not all(account.fits(model, self.prices) for account in self.accounts):
            self.settled.clear()
            await self.settled.wait()
        cost, tokens = self.prices.expected(model)
        self._hold((cost, tokens), 1)
        try:
            reply = await ask()
            usage = reply.usage
            amount = (usage.cost_usd or 0.0, float((usage.input_tokens or 0) + (usage.output_tokens or 0)))
            self.prices.book(model, amount)
            for account in self.accounts:
                account.spent = _sum(account.spent, amount)
        finally:
            self._hold((-cost, -tokens), -1)
            self.settled.set()
        return reply

    def _hold(self, amount: _Amount, calls: int) -> None:
        for account in self.accounts:
            account.hold(amount, calls)


def _sum(one: _Amount, other: _Amount) -> _Amount:
    return one[0] + other[0], one[1] + other[1]
