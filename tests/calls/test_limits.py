from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from clock import run
from cuebook.calls.limits import Breaker, CallBudget, Limiter
from cuebook.core.errors import Aborted, CaseFailed, CeilingReached, Retryable
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import ModelReply, Usage

BUSY = Retryable("slow down", throttled=True)


def limiter(most: int = 50, patience: float = 360.0) -> Limiter:
    return Limiter(most, patience)


async def rounds(of: Limiter, count: int) -> list[int]:
    """The whole limit after each second while more calls of one second want to fly than may."""

    async def call() -> None:
        async with of.slot():
            await asyncio.sleep(1)

    calls = [asyncio.create_task(call()) for _ in range(count * of.most)]
    limits = []
    await asyncio.sleep(0.5)
    for _ in range(count):
        await asyncio.sleep(1)
        limits.append(int(of.limit))
    for task in calls:
        task.cancel()
    return limits


async def fail(of: Limiter, error: Exception, seconds: float = 1.0) -> None:
    with suppress(Exception):
        async with of.slot():
            await asyncio.sleep(seconds)
            raise error


async def flown(of: Limiter, calls: int) -> int:
    """The most that fly at once when so many want to."""
    in_flight = most = 0

    async def call() -> None:
        nonlocal in_flight, most
        async with of.slot():
            in_flight += 1
            most = max(most, in_flight)
            await asyncio.sleep(1)
            in_flight -= 1

    await asyncio.gather(*(call() for _ in range(calls)))
    return most


@pytest.mark.parametrize(("most", "begin"), [(50, 20), (20, 20), (7, 7), (1, 1)])
def test_it_begins_with_twenty_at_most(most: int, begin: int) -> None:
    assert limiter(most).limit == begin


def test_a_healthy_endpoint_soon_gets_all_it_may() -> None:
    of = limiter(50)
    assert run(flown(of, 500)) == 50
    assert of.limit == 50


def test_no_more_than_the_limit_are_in_flight_and_all_get_their_turn() -> None:
    assert run(flown(limiter(7), 60)) == 7


def test_room_that_is_not_used_does_not_grow() -> None:
    of = limiter(50)

    async def few() -> None:
        for _ in range(40):
            assert await flown(of, 19) == 19

    run(few())
    assert of.limit == 20


def test_many_refusals_at_once_are_one_episode() -> None:
    of = limiter(20)

    async def storm() -> None:
        await asyncio.gather(*(fail(of, BUSY) for _ in range(20)))
        assert of.limit == 14
        await asyncio.gather(*(fail(of, BUSY) for _ in range(14)))
        assert of.limit == pytest.approx(9.8)

    run(storm())


def test_after_an_episode_each_round_adds_one_and_slows_where_it_went_wrong() -> None:
    of = limiter(50)

    async def recover() -> list[int]:
        await fail(of, BUSY)
        assert of.limit == 14
        return await rounds(of, 26)

    assert run(recover()) == [15, 16, 17, 18, 19, *[19] * 9, *[20] * 10, 21, 21], "20 was too many"


def test_it_never_shrinks_to_nothing() -> None:
    of = limiter(5)

    async def storm() -> None:
        for _ in range(30):
            await fail(of, BUSY)

    run(storm())
    assert of.limit == 1
    assert run(flown(of, 3)) >= 1


@pytest.mark.parametrize("error", [Retryable("503"), CaseFailed("no"), Aborted("no"), ValueError("x")])
def test_other_failures_change_nothing(error: Exception) -> None:
    of = limiter(20)
    run(fail(of, error))
    assert of.limit == 20
    assert run(flown(of, 30)) == 20, "its place is free again"


def begins(of: Limiter, error: Retryable) -> list[float]:
    """When three calls begin that come just after one was refused with this error, at second 1."""

    async def all_of() -> list[float]:
        clock = asyncio.get_running_loop().time
        seen: list[float] = []

        async def call() -> None:
            async with of.slot():
                seen.append(clock())

        await fail(of, error)
        await asyncio.gather(*(call() for _ in range(3)))
        return seen

    return run(all_of())


@pytest.mark.parametrize(
    ("error", "second"),
    [
        (Retryable("busy", after=30.0, throttled=True), 31.0),
        (Retryable("busy", after=0.0, throttled=True), 1.0),
        (Retryable("busy", throttled=True), 1.0),
        (Retryable("busy", after=361.0, throttled=True), 1.0),
        (Retryable("broken", after=30.0), 1.0),
    ],
)
def test_a_retry_after_holds_every_call_back_but_not_for_longer_than_a_call_may_take(
    error: Retryable, second: float
) -> None:
    assert begins(limiter(), error) == [second] * 3


def test_the_longest_retry_after_counts() -> None:
    of = limiter()

    async def two() -> float:
        await asyncio.gather(
            fail(of, Retryable("busy", after=9.0, throttled=True)),
            fail(of, Retryable("busy", after=5.0, throttled=True)),
            fail(of, Retryable("busy", after=7.0, throttled=True), 3.0),
        )
        async with of.slot():
            return asyncio.get_running_loop().time()

    assert run(two()) == 10.0


def test_nobody_overtakes_those_who_wait() -> None:
    of = limiter(1)
    order: list[int] = []

    async def worker(number: int) -> None:
        for _ in range(3):
            async with of.slot():
                order.append(number)
                await asyncio.sleep(1)

    async def all_of() -> None:
        await asyncio.gather(*(worker(number) for number in range(3)))

    run(all_of())
    assert order == [0, 1, 2] * 3


@pytest.mark.parametrize("given", [False, True])
def test_a_cancelled_call_leaves_its_place_to_another(given: bool) -> None:
    of = limiter(1)

    async def cancelled() -> None:
        async with of.slot():
            first, second = (asyncio.create_task(flown(of, 1)) for _ in range(2))
            await asyncio.sleep(1)
            if not given:
                first.cancel()
        first.cancel()  # when its place has just been given
        assert await second == 1
        assert await flown(of, 2) == 1

    run(cancelled())


def test_a_breaker_trips_after_a_row_without_end() -> None:
    breaker = Breaker("local")
    lost = Retryable("cannot connect", unreachable=True)
    for _ in range(Breaker.ROW - 1):
        breaker.missed(lost, 0.0, 0.0)
    assert not breaker.is_open
    with pytest.raises(Aborted, match="gave up on 'local' after 10 tries in a row: cannot connect") as caught:
        breaker.missed(lost, 0.0, 0.0)
    assert "run the same command" in caught.value.hint


def test_a_breaker_has_patience_and_forgets_when_the_endpoint_is_of_use() -> None:
    breaker = Breaker("local")
    lost = Retryable("cannot connect", unreachable=True)
    for second in range(30):
        breaker.missed(lost, second * 0.3, 10.0)
    assert breaker.is_open
    breaker.reset()
    assert not breaker.is_open
    for second in range(30):
        breaker.missed(lost, 100 + second * 0.3, 10.0)
    with pytest.raises(Aborted):
        breaker.missed(lost, 110.0, 10.0)


def reply(cost: float | None = 0.01, read: int | None = 10, written: int | None = 5) -> ModelReply:
    return ModelReply("x", "m", Usage(read, written, cost))


async def spend(budget: CallBudget, count: int, said: Callable[[], ModelReply] = reply) -> tuple[int, str]:
    """How many of so many calls at once come back, and why the rest does not."""

    async def ask() -> ModelReply:
        await asyncio.sleep(1)
        return said()

    async def one() -> ModelReply:
        budget.count()
        return await budget.spend("m", ask)

    results = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    stops = [str(item) for item in results if isinstance(item, CeilingReached)]
    assert len(stops) + sum(isinstance(item, ModelReply) for item in results) == count
    return count - len(stops), stops[0] if stops else ""


@pytest.mark.parametrize(
    ("ceilings", "come", "why"),
    [
        (Ceilings(), 30, ""),
        (
            Ceilings(cost_usd=0.105),
            10,
            "ceiling of $0.105 ($0.100 spent): max_cost_usd in a.yml\n    raise it",
        ),
        (Ceilings(tokens=100), 6, "ceiling of 100 tokens (90 used): max_tokens in a.yml\n    raise it"),
        (Ceilings(calls=7), 7, "the ceiling of 7 calls is reached: max_calls in a.yml\n    raise it"),
        (Ceilings(cost_usd=0.1, tokens=30), 2, "30 tokens"),
        (Ceilings(cost_usd=0.02, tokens=300), 2, "$0.020"),
        (Ceilings(cost_usd=9.0, tokens=9000, calls=900), 30, ""),
    ],
)
def test_ceilings_hold_whatever_is_in_flight(ceilings: Ceilings, come: int, why: str) -> None:
    where = Ceilings(ceilings.cost_usd, ceilings.tokens, ceilings.calls, "a.yml")
    got, said = run(spend(CallBudget(where), 30))
    assert got == come
    assert why in said


@pytest.mark.parametrize(("outer", "inner"), [(5, None), (None, 5), (5, 9), (9, 5)])
def test_the_lower_of_two_ceilings_counts(outer: int | None, inner: int | None) -> None:
    above = CallBudget(Ceilings(calls=outer, where="outer"))
    got, said = run(spend(CallBudget(Ceilings(calls=inner, where="inner"), above), 20))
    assert got == 5
    assert ("outer" if outer == 5 else "inner") in said


def test_what_one_budget_spends_its_successor_lacks() -> None:
    above = CallBudget(Ceilings(cost_usd=0.2))

    async def two() -> None:
        first = CallBudget(Ceilings(), above)
        assert (await spend(first, 15))[0] == 15
        second = CallBudget(Ceilings(cost_usd=0.1), above)
        assert (await spend(second, 15))[0] == 5
        assert (first.cost_usd, second.cost_usd, above.cost_usd) == pytest.approx((0.15, 0.05, 0.2))

    run(two())


def test_what_is_not_told_is_not_seen() -> None:
    budget = CallBudget(Ceilings(cost_usd=0.01, tokens=1))
    assert run(spend(budget, 20, lambda: reply(None, None, None)))[0] == 20
    assert budget.cost_usd == 0.0
