from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from clock import run
from cuebook.calls.endpoints import RESTART, Endpoints, EndpointState, endpoint_of
from cuebook.calls.engine import Engine
from cuebook.calls.limits import Breaker
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted, CaseFailed, CeilingReached, Retryable
from cuebook.models.scripted import register
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Failure, ModelCall, ModelReply

LOST = Retryable("cannot connect", unreachable=True)
BUSY = Retryable("slow down", throttled=True)
PATIENCE = 360.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReplyStore]:
    with ReplyStore(tmp_path / "replies.sqlite") as opened:
        yield opened


def calls(count: int) -> list[ModelCall]:
    return [ModelCall("scripted/m", ({"role": "user", "content": str(n)},)) for n in range(count)]


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [("openai/gpt-4o", "openai"), ("local/meta/llama", "local"), ("offline/rules", "offline")],
)
def test_the_endpoint_of_a_model(model: str, endpoint: str) -> None:
    assert endpoint_of(model) == endpoint


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (Retryable("500"), True),
        (Retryable("cut off"), True),
        (LOST, True),
        (BUSY, False),
        (Retryable("slow down", throttled=True, after=1.0), False),
    ],
)
def test_what_is_counted_against_a_call(error: Retryable, counts: bool) -> None:
    assert EndpointState("local", 50, PATIENCE).counts(error, 0.0) is counts


def tries(
    endpoint: EndpointState, error: Retryable, count: int, *, begin: float = 0.0, every: float = 0.0
) -> list[bool]:
    """What each of so many tries in vain counts."""
    return [endpoint.counts(error, begin + every * number) for number in range(count)]


def test_an_endpoint_never_heard_of_is_given_up_at_once() -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    assert all(tries(endpoint, LOST, Breaker.ROW - 1))
    with pytest.raises(Aborted, match="gave up on 'local'"):
        endpoint.counts(LOST, 0.0)


def test_an_endpoint_that_answered_may_be_started_again() -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    endpoint.answered()
    counted = tries(endpoint, LOST, 90, every=0.1)
    assert counted == [True] * (Breaker.ROW - 1) + [False] * (90 - Breaker.ROW + 1)
    endpoint.answered()
    assert tries(endpoint, LOST, 3, begin=20.0) == [True] * 3
    with pytest.raises(Aborted):
        tries(endpoint, LOST, 90, begin=20.0, every=RESTART / 80)


@pytest.mark.parametrize("answer", [Retryable("500"), BUSY])
def test_an_answer_of_any_kind_ends_the_row(answer: Retryable) -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    for _ in range(5):
        tries(endpoint, LOST, Breaker.ROW - 1)
        endpoint.counts(answer, 0.0)


def test_an_endpoint_that_throttles_without_end_is_given_up() -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    assert not any(tries(endpoint, BUSY, 359, every=1.0))
    with pytest.raises(Aborted, match="slow down"):
        endpoint.counts(BUSY, 360.0)


def test_a_throttled_endpoint_that_answers_now_and_then_is_not_given_up() -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    for number in range(20):
        tries(endpoint, BUSY, 100, begin=100.0 * number, every=1.0)
        endpoint.answered()


def test_an_endpoint_that_wants_more_patience_than_a_call_has_is_given_up() -> None:
    endpoint = EndpointState("local", 50, PATIENCE)
    tomorrow = Retryable("daily limit", throttled=True, after=86400.0)
    tries(endpoint, tomorrow, Breaker.ROW - 1)
    with pytest.raises(Aborted, match="daily limit"):
        endpoint.counts(tomorrow, 1.0)


def test_what_one_engine_learns_the_next_one_knows(store: ReplyStore) -> None:
    said = iter([BUSY])

    async def two() -> None:
        async with Endpoints(Settings()) as endpoints:
            async with Engine(Settings(), store, endpoints=endpoints) as first:
                await first.ask_all(calls(1))
            limiter = endpoints.state_of("scripted/m").limiter
            assert limiter.limit == 14
            async with Engine(Settings(), store, endpoints=endpoints) as second:
                await second.ask_all(calls(60))
            assert 14 < limiter.limit < 20

    with register("m", lambda call: next(said, "yes")):
        run(two())


def test_engines_share_the_settings_ceilings_and_connections(store: ReplyStore) -> None:
    config = Settings(max_calls=10)

    async def two() -> None:
        async with Endpoints(config) as endpoints:
            async with Engine(config, store, endpoints=endpoints) as first:
                await first.ask_all(calls(7))
            client = endpoints.client("scripted/m")
            async with Engine(config, store, endpoints=endpoints) as second:
                with pytest.raises(CeilingReached, match=r"10 calls .* max_calls in the settings"):
                    await second.ask_all(calls(20))
                assert second.calls_made == 3
            assert endpoints.client("scripted/m") is client

    with register("m", lambda call: "yes"):
        run(two())


def test_processes_have_their_part_of_the_settings_ceilings(store: ReplyStore) -> None:
    config = Settings(max_calls=10)

    async def quarter() -> None:
        endpoints = Endpoints(config, processes=4)
        async with endpoints, Engine(config, store, endpoints=endpoints) as engine:
            with pytest.raises(CeilingReached):
                await engine.ask_all(calls(20))
            assert engine.calls_made == 2

    with register("m", lambda call: "yes"):
        run(quarter())


def test_a_dead_endpoint_stops_the_run_before_every_call_is_tried_five_times(store: ReplyStore) -> None:
    tried: list[ModelCall] = []

    def dead(call: ModelCall) -> Retryable:
        tried.append(call)
        return LOST

    async def ask() -> None:
        async with Engine(Settings(), store) as engine:
            with pytest.raises(
                Aborted, match="gave up on 'scripted' after 10 tries in a row: cannot connect"
            ):
                await engine.ask_all(calls(500))

    with register("m", dead):
        run(ask())
    assert len(tried) <= 20, "at most those that were in the air"


@pytest.mark.parametrize(("seconds", "comes"), [(RESTART / 2, True), (RESTART * 3, False)])
def test_a_restart_of_the_server_loses_no_case(seconds: float, comes: bool, store: ReplyStore) -> None:
    down: list[float] = []

    def script(call: ModelCall) -> str | Exception:
        now = asyncio.get_running_loop().time()
        if store.count() >= 50:
            down.append(now)
        return LOST if down and now - down[0] < seconds else "yes"

    async def ask() -> list[ModelReply | Failure]:
        async with Engine(Settings(), store) as engine:
            return await engine.ask_all(calls(300))

    with register("m", script):
        if comes:
            assert all(isinstance(item, ModelReply) for item in run(ask()))
            return
        with pytest.raises(Aborted):
            run(ask())
    assert store.count() >= 50, "what was bought is kept"


def test_throttled_tries_do_not_use_a_call_up(store: ReplyStore) -> None:
    said = iter([*[Retryable("busy", after=2.0, throttled=True)] * 12, "yes"])

    async def ask() -> ModelReply | Failure:
        async with Engine(Settings(), store) as engine:
            return await engine.ask(calls(1)[0])

    with register("m", lambda call: next(said)):
        reply = run(ask())
    assert isinstance(reply, ModelReply)


def test_the_total_deadline_ends_a_call_that_is_throttled_for_ever(store: ReplyStore) -> None:
    begun: list[float] = []

    def script(call: ModelCall) -> Exception:
        begun.append(asyncio.get_running_loop().time())
        return Retryable("busy", after=100.0, throttled=True)

    async def ask() -> ModelReply | Failure:
        async with Engine(Settings(timeout=90.0), store) as engine:
            return await engine.ask(calls(1)[0])

    with register("m", script):
        failure = run(ask())
    assert isinstance(failure, Failure)
    assert failure.message == "busy (tried 3 times)"
    assert begun[-1] < 270.0 < begun[-1] + 100.0


def test_waits_are_spread(store: ReplyStore) -> None:
    begun: list[float] = []

    def script(call: ModelCall) -> str | Exception:
        begun.append(asyncio.get_running_loop().time())
        return Retryable("500") if begun[-1] == 0.0 else "yes"

    async def ask() -> None:
        async with Engine(Settings(), store) as engine:
            await engine.ask_all(calls(20))

    with register("m", script):
        run(ask())
    later = begun[20:]
    assert len(later) == 20
    assert len(set(later)) > 15, "full jitter: no two begin together"
    assert max(later) <= 0.5


def test_what_a_case_did_wrong_is_an_answer_too(store: ReplyStore) -> None:
    def script(call: ModelCall) -> Exception:
        number = int(call.messages[0]["content"])
        return CaseFailed("too long") if number % 2 == 0 else Retryable("reset", unreachable=True)

    async def ask() -> list[ModelReply | Failure]:
        async with Engine(Settings(), store, concurrency=1) as engine:
            return [await engine.ask(call) for call in calls(11)]

    with register("m", script):
        kinds = [item.kind for item in run(ask()) if isinstance(item, Failure)]
    assert kinds == ["candidate" if n % 2 == 0 else "provider" for n in range(11)]
