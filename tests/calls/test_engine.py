from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cuebook import models
from cuebook.calls import engine as engine_module
from cuebook.calls.engine import Engine, Progress, pause
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted, CaseFailed, CeilingReached, Retryable
from cuebook.models.scripted import register
from cuebook.registry.settings import Settings
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import Failure, ModelCall, ModelReply
from cuebook.shapes.settings_format import Endpoint, Price
from loopback import Fault, Loopback, error

DEFAULTS = Settings()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "FIRST_PAUSE", 0.0)
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReplyStore]:
    with ReplyStore(tmp_path / "replies.sqlite") as opened:
        yield opened


def call(text: str, model: str = "scripted/m", **more: Any) -> ModelCall:
    return ModelCall(model, ({"role": "user", "content": text},), **more)


def calls(count: int, model: str = "scripted/m") -> list[ModelCall]:
    return [call(str(number), model) for number in range(count)]


def local(server: Loopback, **more: Any) -> Settings:
    return Settings(endpoints={"local": Endpoint(base_url=server.url)}, **more)


def kept(store: ReplyStore, settings: Settings, asked: Iterable[ModelCall]) -> int:
    """How many replies to these calls the store has, as the servers of the settings gave them."""
    at = [replace(one, epoch=one.epoch + settings.server_of(one.model)) for one in asked]
    return len(store.get_many(one.key for one in at))


def said(asked: ModelCall) -> str:
    return asked.messages[-1]["content"]


def use(
    config: Settings, store: ReplyStore, what: Callable[[Engine], Awaitable[Any]], **limits: Any
) -> Engine:
    """Run ``what`` inside an engine; the engine, for its counters."""

    most = {name: limits.pop(name) for name in ("cost_usd", "tokens", "calls") if name in limits}

    async def inside() -> Engine:
        async with Engine(config, store, ceilings=Ceilings(**most), **limits) as engine:
            await what(engine)
            return engine

    return asyncio.run(inside())


def answers(
    config: Settings, store: ReplyStore, asked: list[ModelCall], **limits: Any
) -> list[ModelReply | Failure]:
    got: list[ModelReply | Failure] = []

    async def what(engine: Engine) -> None:
        got.extend(await engine.ask_all(asked))

    use(config, store, what, **limits)
    return got


def texts(replies: list[ModelReply | Failure]) -> list[str]:
    return [
        reply.text if isinstance(reply, ModelReply) else f"{reply.kind}: {reply.message}" for reply in replies
    ]


def test_answers_come_in_the_order_of_the_calls(store: ReplyStore) -> None:
    with Loopback(faults=[error(500)] * 7) as server:  # the first ones arrive late
        got = answers(local(server), store, [*calls(30, "local/m")[::-1], call("7", "local/m")])
    assert texts(got) == [*(str(number) for number in range(29, -1, -1)), "7"]


def test_no_call_is_no_answer(store: ReplyStore) -> None:
    assert answers(DEFAULTS, store, []) == []


def test_one_call(store: ReplyStore) -> None:
    async def one(engine: Engine) -> None:
        assert isinstance(reply := await engine.ask(call("hello")), ModelReply)
        assert reply.text == "hello"

    with register("m", said):
        assert use(DEFAULTS, store, one).calls_made == 1


def test_what_was_bought_is_not_bought_again(store: ReplyStore) -> None:
    asked: list[str] = []

    def script(one: ModelCall) -> str:
        asked.append(said(one))
        return said(one)

    async def all_of(engine: Engine) -> None:
        await engine.ask_all(calls(20))

    with register("m", script):
        first = use(DEFAULTS, store, all_of)
        second = use(DEFAULTS, store, all_of)
        more = use(DEFAULTS, store, lambda engine: engine.ask_all(calls(22)))
    assert (first.calls_made, first.from_store) == (20, 0)
    assert (second.calls_made, second.from_store) == (0, 20)
    assert (more.calls_made, more.from_store) == (2, 20)
    assert len(asked) == 22


def test_stored_replies_open_no_transport(store: ReplyStore) -> None:
    with Loopback() as server:
        settings = local(server)
        first = answers(settings, store, calls(3, "local/m"))
    assert answers(settings, store, calls(3, "local/m")) == first


@pytest.mark.parametrize("change", [{"repeat": 1}, {"epoch": "baseline"}, {"parameters": {"seed": 1}}])
def test_another_question_is_asked(change: dict[str, Any], store: ReplyStore) -> None:
    with register("m", said):
        engine = use(DEFAULTS, store, lambda engine: engine.ask_all([call("x"), call("x", **change)]))
    assert engine.calls_made == 2


def test_equal_calls_are_asked_once_wherever_they_come_from(store: ReplyStore) -> None:
    async def together(engine: Engine) -> None:
        first, second, third = await asyncio.gather(
            engine.ask_all([call("x"), call("y"), call("x")]),
            engine.ask_all([call("x")]),
            engine.ask(call("x")),
        )
        assert texts(first) == ["x", "y", "x"]
        assert texts(second) == texts([third]) == ["x"]

    with register("m", said):
        engine = use(DEFAULTS, store, together)
    assert (engine.calls_made, engine.from_store, engine.planned) == (2, 2, 4)
    assert engine.progress == Progress(4, 4, 2, 2, 0, 0.0)


def test_whoever_waits_for_a_cancelled_asker_asks_in_its_place(store: ReplyStore) -> None:
    async def impatient(engine: Engine) -> None:
        first = asyncio.create_task(engine.ask(call("x", "local/m")))
        while server.calls == 0:
            await asyncio.sleep(0.005)
        second = asyncio.create_task(engine.ask(call("x", "local/m")))
        await asyncio.sleep(0.05)
        assert server.calls == 1
        first.cancel()
        assert isinstance(await second, ModelReply)
        assert first.cancelled()

    with Loopback(faults=[Fault("hang")]) as server:
        assert use(local(server), store, impatient).calls_made == 1
        assert server.calls == 2


def test_no_more_calls_fly_than_allowed(store: ReplyStore) -> None:
    with Loopback(latency=0.02) as server:
        use(local(server), store, lambda engine: engine.ask_all(calls(60, "local/m")), concurrency=7)
        assert server.most_at_once == 7


def test_several_askers_share_the_limit(store: ReplyStore) -> None:
    async def three(engine: Engine) -> None:
        await asyncio.gather(
            *(engine.ask_all([call(f"{n}-{m}", "local/m") for m in range(10)]) for n in range(3))
        )

    with Loopback(latency=0.02) as server:
        assert use(local(server, concurrency=4), store, three).calls_made == 30
        assert server.most_at_once == 4


@pytest.mark.parametrize(
    "faults",
    [
        [error(429, retry_after="0")],
        [error(429, retry_after="0"), error(500), Fault("reset"), Fault("truncate")],
        [Fault(body="<html>"), Fault(status=503)],
    ],
)
def test_passing_trouble_is_tried_again(faults: list[Fault], store: ReplyStore) -> None:
    with Loopback(faults=faults) as server:
        assert texts(answers(local(server), store, [call("x", "local/m")])) == ["x"]
        assert server.calls == len(faults) + 1


def test_a_call_is_tried_five_times_and_is_then_the_providers_failure(store: ReplyStore) -> None:
    with Loopback(faults=[error(500)] * 5) as server:
        (failure,) = answers(local(server), store, [call("x", "local/m")])
        assert server.calls == 5
        assert failure == Failure("provider", "local answered 500: no (tried 5 times)")
        assert texts(answers(local(server), store, [call("x", "local/m")])) == ["x"], (
            "a failure is not stored"
        )


def test_what_the_provider_asks_to_wait_is_waited_for(
    store: ReplyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []
    monkeypatch.setattr(engine_module, "pause", lambda attempt, after, jitter: waits.append(after) or 0.0)
    with Loopback(faults=[error(429, retry_after="0.1"), error(500)]) as server:
        answers(local(server), store, [call("x", "local/m")])
    assert waits == [0.1, None]


def test_a_wait_past_the_deadline_is_not_begun(store: ReplyStore) -> None:
    with Loopback(faults=[error(429, retry_after="3600")]) as server:
        (failure,) = answers(local(server), store, [call("x", "local/m")])
        assert server.calls == 1
    assert failure == Failure("provider", "local answered 429: no (tried once)")


def test_a_provider_that_hangs_ends_at_the_deadline(store: ReplyStore) -> None:
    with Loopback(faults=[Fault("hang")] * 9) as server:
        (failure,) = answers(local(server, timeout=0.1), store, [call("x", "local/m")])
        assert 1 <= server.calls < 5
    assert isinstance(failure, Failure)
    assert failure.kind == "provider"


def test_one_case_that_fails_is_the_candidates_and_stops_nothing(store: ReplyStore) -> None:
    def script(one: ModelCall) -> str | Exception:
        return CaseFailed("too long") if said(one) == "1" else said(one)

    with register("m", script):
        engine = use(DEFAULTS, store, lambda engine: engine.ask_all(calls(3)))
        got = texts(answers(DEFAULTS, store, calls(3)))
    assert got == ["0", "candidate: too long", "2"]
    assert engine.progress == Progress(3, 3, 0, 2, 1, 0.0)


def test_a_question_that_a_filter_refused_is_an_answer_and_is_not_asked_again(store: ReplyStore) -> None:
    with register("m", lambda _: CaseFailed("flagged", filtered=True)):
        (reply,) = answers(DEFAULTS, store, calls(1))
    assert isinstance(reply, ModelReply)
    assert (reply.text, reply.finish, reply.is_blocked) == ("", "content_filter", True)
    with register("m", lambda _: "another answer"):
        (again,) = answers(DEFAULTS, store, calls(1))
    assert again == reply


def test_a_call_that_cannot_work_stops_everything_and_keeps_what_was_bought(store: ReplyStore) -> None:
    with Loopback(latency=0.02) as server:
        asked = calls(40, "local/m")

        async def stopped(engine: Engine) -> None:
            await engine.ask_all(asked[:10])
            server.faults.append(error(401))
            with pytest.raises(Aborted, match="refused the key"):
                await engine.ask_all(asked[10:])
            with pytest.raises(Aborted):
                await engine.ask(asked[-1])
            assert isinstance(await engine.ask(asked[0]), ModelReply), "the store still answers"

        engine = use(local(server), store, stopped, concurrency=5)
        assert server.calls < 10 + 10
    assert kept(store, local(server), asked) == engine.calls_made == server.calls - 1


def test_another_asker_is_stopped_too(store: ReplyStore) -> None:
    def script(one: ModelCall) -> str | Exception:
        return Aborted("no") if said(one) == "bad" else said(one)

    async def two(engine: Engine) -> list[Any]:
        return await asyncio.gather(
            engine.ask_all(calls(500)), engine.ask(call("bad")), return_exceptions=True
        )

    got: list[Any] = []

    async def both(engine: Engine) -> None:
        got.extend(await two(engine))

    with register("m", script):
        engine = use(DEFAULTS, store, both, concurrency=2)
    assert [type(result) for result in got] == [Aborted, Aborted]
    assert engine.calls_made < 500


def test_a_pause_ends_when_the_run_is_stopped(store: ReplyStore) -> None:
    def script(one: ModelCall) -> str | Exception:
        return Retryable("busy", after=300.0) if said(one) == "0" else Aborted("no")

    with register("m", script), pytest.raises(Aborted, match="no"):
        answers(DEFAULTS, store, calls(2))


def test_a_held_back_endpoint_does_not_hold_the_end_of_a_run_back(store: ReplyStore) -> None:
    with Loopback(faults=[error(429, retry_after="100")]) as slow, Loopback(faults=[error(401)]) as wrong:
        config = Settings(
            endpoints={"slow": Endpoint(base_url=slow.url), "wrong": Endpoint(base_url=wrong.url)}
        )

        async def stopped(engine: Engine) -> None:
            waiting = asyncio.create_task(engine.ask_all(calls(9, "slow/m")))
            while not slow.calls:
                await asyncio.sleep(0.005)
            with pytest.raises(Aborted):
                await engine.ask_all([*calls(9, "slow/m"), call("x", "wrong/m")])
            waiting.cancel()

        use(config, store, stopped, concurrency=1)
        assert slow.calls == 1


def test_one_endpoint_does_not_wait_for_another(store: ReplyStore) -> None:
    with Loopback(faults=[error(429, retry_after="100")] * 2) as slow, Loopback() as quick:
        config = Settings(
            endpoints={"slow": Endpoint(base_url=slow.url), "quick": Endpoint(base_url=quick.url)}
        )

        async def both(engine: Engine) -> None:
            task = asyncio.create_task(engine.ask_all([*calls(50, "slow/m"), *calls(50, "quick/m")]))
            while engine.calls_made < 50:
                await asyncio.sleep(0.005)
            task.cancel()

        use(config, store, both, concurrency=2)
        assert quick.calls == 50
        assert slow.calls <= 2, "no more than were in the air when the first was refused"


def test_a_fault_in_our_own_code_is_not_hidden(store: ReplyStore) -> None:
    def script(one: ModelCall) -> str:
        raise ZeroDivisionError

    with register("m", script), pytest.raises(ZeroDivisionError):
        answers(DEFAULTS, store, calls(3))


def test_the_ceiling_of_calls(store: ReplyStore) -> None:
    with register("m", said):
        with pytest.raises(CeilingReached, match="5 calls"):
            answers(DEFAULTS, store, calls(9), calls=5)
        assert len(store.get_many(one.key for one in calls(9))) == 5
        assert texts(answers(DEFAULTS, store, calls(9), calls=4)) == [str(n) for n in range(9)]


def priced(server: Loopback, **more: Any) -> Settings:
    """A cent a call: one word in, one out."""
    return local(server, prices={"local/m": Price(input=5000.0, output=5000.0, as_of="2026-05-01")}, **more)


@pytest.mark.parametrize(
    ("ceiling", "calls_made"), [(0.1, 10), (0.105, 10), (0.2, 20), (0.004, 1), (10.0, 30)]
)
def test_the_ceiling_of_money_lets_only_a_first_call_of_unknown_cost_pass(
    ceiling: float, calls_made: int, store: ReplyStore
) -> None:
    with Loopback(latency=0.01) as server:
        asked = calls(30, "local/m")

        async def spend(engine: Engine) -> None:
            if calls_made == 30:
                await engine.ask_all(asked)
                return
            with pytest.raises(CeilingReached, match="ceiling of"):
                await engine.ask_all(asked)

        engine = use(priced(server), store, spend, cost_usd=ceiling)
        assert server.calls == engine.calls_made == calls_made
        assert engine.progress.cost_usd == pytest.approx(calls_made / 100)
        assert kept(store, priced(server), asked) == calls_made


def test_the_settings_ceiling_holds_when_no_other_is_given(store: ReplyStore) -> None:
    with Loopback() as server, pytest.raises(CeilingReached):
        answers(priced(server, max_cost_usd=0.03), store, calls(9, "local/m"))
    assert server.calls == 3


def test_calls_differ_in_cost_and_the_dearest_is_reckoned_with(store: ReplyStore) -> None:
    def answer(request: dict[str, Any]) -> str:
        return "word " * (int(request["messages"][0]["content"]) % 7)

    with Loopback(answer, latency=0.005) as server:

        async def spend(engine: Engine) -> None:
            with pytest.raises(CeilingReached):
                await engine.ask_all(calls(100, "local/m"))

        engine = use(priced(server), store, spend, cost_usd=0.5)
    assert 0.4 < engine.progress.cost_usd <= 0.5 + 1e-9


def test_the_ceiling_of_tokens(store: ReplyStore) -> None:
    with Loopback(latency=0.005) as server:

        async def spend(engine: Engine) -> None:
            with pytest.raises(CeilingReached, match="ceiling of 21 tokens"):
                await engine.ask_all(calls(30, "local/m"))

        engine = use(local(server), store, spend, tokens=21)
    assert engine.calls_made == server.calls == 10, "a word in and a word out are two tokens"


def test_built_in_models_are_outside_the_ceilings(store: ReplyStore) -> None:
    assert len(answers(DEFAULTS, store, calls(5, "offline/rules"), calls=1, tokens=1, cost_usd=0.001)) == 5


def test_money_that_nobody_tells_of_is_counted_apart(store: ReplyStore) -> None:
    with Loopback() as server:
        engine = use(local(server), store, lambda engine: engine.ask_all(calls(6, "local/m")), cost_usd=0.01)
    assert (engine.calls_made, engine.unpriced, engine.progress.cost_usd) == (6, 6, 0.0)


def test_stored_and_built_in_replies_pass_every_ceiling_of_money(store: ReplyStore) -> None:
    with register("m", said):
        answers(DEFAULTS, store, calls(3))
        assert texts(answers(DEFAULTS, store, calls(3), cost_usd=0.0)) == ["0", "1", "2"]
    assert len(answers(DEFAULTS, store, calls(2, "offline/rules"), cost_usd=0.0)) == 2


def test_progress_is_told_and_adds_up(store: ReplyStore) -> None:
    seen: list[Progress] = []

    def script(one: ModelCall) -> str | Exception:
        return CaseFailed("no") if said(one) == "3" else said(one)

    with register("m", script):
        answers(DEFAULTS, store, calls(2))
        answers(DEFAULTS, store, calls(5), on_progress=seen.append)
    assert seen[0] == Progress(5, 2, 2, 0, 0, 0.0)
    assert seen[-1] == Progress(5, 5, 2, 2, 1, 0.0)
    assert [step.done for step in seen] == [2, 3, 4, 5]


def test_models_of_the_settings_take_the_place_of_the_built_in_ones(store: ReplyStore) -> None:
    config = Settings(model="scripted/m", judge_model="scripted/j")

    async def both(engine: Engine) -> None:
        assert engine.resolve_model("offline/rules") == "scripted/m"
        assert engine.resolve_model("offline/judge") == "scripted/j"
        assert not engine.deterministic("offline/rules")
        got = await engine.ask_all([call("x", "offline/rules"), call("x", "offline/judge"), call("x")])
        assert texts(got) == ["m: x", "j: x", "m: x"]

    with register("m", lambda one: f"m: {said(one)}"), register("j", lambda one: f"j: {said(one)}"):
        engine = use(config, store, both)
    assert engine.calls_made == 2, "the replaced model is in the key"


def test_without_settings_models_stay_as_they_are(store: ReplyStore) -> None:
    async def same(engine: Engine) -> None:
        assert engine.resolve_model("offline/rules") == "offline/rules"
        assert engine.deterministic("offline/rules")
        assert not engine.deterministic("openai/gpt-4o-mini")

    use(DEFAULTS, store, same)


def test_a_model_off_the_list_stops_the_run_before_any_call(store: ReplyStore) -> None:
    config = Settings(models=["scripted/m"])
    with register("m", said), register("n", said):

        async def mixed(engine: Engine) -> None:
            with pytest.raises(Aborted) as caught:
                await engine.ask_all([call("x"), call("x", "scripted/n")])
            assert 'models = ["scripted/m", "scripted/n"]' in caught.value.hint
            assert engine.calls_made == engine.planned == 0
            assert len(await engine.ask_all([call("x")])) == 1

        use(config, store, mixed)


def test_a_model_that_nothing_serves_stops_the_run(store: ReplyStore) -> None:
    with pytest.raises(Aborted, match="no provider"):
        answers(DEFAULTS, store, [call("x", "scripted/nobody")])


def test_stored_replies_of_rules_end_with_their_code(
    store: ReplyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = calls(2, "offline/rules")
    assert use(DEFAULTS, store, lambda engine: engine.ask_all(asked)).calls_made == 2
    assert use(DEFAULTS, store, lambda engine: engine.ask_all(asked)).from_store == 2
    changed = replace(models.transport("offline/"), state=lambda: "sha256:another")
    monkeypatch.setattr(models, "transport", lambda name: changed)
    assert use(DEFAULTS, store, lambda engine: engine.ask_all(asked)).calls_made == 2


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("日本 \U0001f600", "日本 \U0001f600"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
    ],
)
def test_halves_of_characters_do_not_reach_store_or_scorers(text: str, clean: str, store: ReplyStore) -> None:
    with register("m", lambda one: text):
        assert texts(answers(DEFAULTS, store, [call("x")])) == [clean]
        assert texts(answers(DEFAULTS, store, [call("x")])) == [clean]


@pytest.mark.parametrize(
    ("attempt", "after", "jitter", "seconds"),
    [
        (1, None, 1.0, 0.5),
        (2, None, 1.0, 1.0),
        (5, None, 1.0, 8.0),
        (20, None, 1.0, 30.0),
        (3, None, 0.0, 0.0),
        (1, 10.0, 0.0, 10.0),
        (4, 10.0, 0.5, 10.5),
        (1, 0.0, 1.0, 0.0),
    ],
)
def test_pauses(
    attempt: int, after: float | None, jitter: float, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "FIRST_PAUSE", 0.5)
    assert pause(attempt, after, jitter) == pytest.approx(seconds)


def test_cancelling_leaves_the_store_whole_and_the_engine_usable(store: ReplyStore) -> None:
    async def cancelled(engine: Engine) -> None:
        task = asyncio.create_task(engine.ask_all(calls(50, "local/m")))
        while engine.calls_made < 10:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        calls_made = engine.calls_made
        assert kept(store, engine.config, calls(50, "local/m")) == calls_made < 50
        assert len(await engine.ask_all(calls(50, "local/m"))) == 50

    with Loopback(latency=0.02) as server:
        use(local(server), store, cancelled, concurrency=4)


JOB = """
import asyncio, sys
from pathlib import Path
from cuebook.calls.reply_store import ReplyStore
from cuebook.calls.engine import Engine
from cuebook.shapes.run import ModelCall
from cuebook.registry.settings import Settings
from cuebook.shapes.settings_format import Endpoint

async def main():
    config = Settings(endpoints={"local": Endpoint(base_url=sys.argv[1])})
    with ReplyStore(Path(sys.argv[2])) as store:
        async with Engine(config, store, concurrency=4) as engine:
            texts = map(str, range(200))
            await engine.ask_all([ModelCall("local/m", ({"role": "user", "content": n},)) for n in texts])

asyncio.run(main())
"""


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_process_goes_on_where_it_was(with_signal: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    tools = str(Path(engine_module.__file__).parents[2])
    with Loopback(latency=0.01) as server:
        command = [sys.executable, "-c", JOB, server.url, str(path)]
        environment = {"PYTHONPATH": tools, "PATH": os.environ["PATH"]}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as job:
            while server.calls < 60 and job.poll() is None:
                time.sleep(0.005)
            job.send_signal(with_signal)
            job.wait(timeout=30)
        assert job.returncode != 0
        answered = server.calls
        with ReplyStore(path) as store:
            engine = use(local(server), store, lambda engine: engine.ask_all(calls(200, "local/m")))
    assert engine.calls_made + engine.from_store == 200
    # The reply on its way when the signal came may be lost: at most one for each call in flight.
    assert answered - 4 <= engine.from_store <= answered
    assert server.calls <= 204


def test_a_missing_key_stops_before_the_first_call(
    store: ReplyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with Loopback() as server:
        config = local(server)
        asked = [call("a", "local/m"), call("b", "openai/gpt-4o-mini")]
        with pytest.raises(Aborted, match="gpt-4o-mini needs a key, and OPENAI_API_KEY is not set") as no:
            use(config, store, lambda engine: engine.ask_all(asked))
        assert (no.value.cause, no.value.exit_code) == ("no_key", 4)
        assert "export OPENAI_API_KEY=..." in no.value.hint
        # The judge is asked later, and it is known now that it cannot be.
        with pytest.raises(Aborted, match="OPENAI_API_KEY"):
            use(config, store, lambda engine: engine.ask(asked[0]), needs=["openai/gpt-4o-mini"])
        assert server.requests == []
        use(config, store, lambda engine: engine.ask(asked[0]))
        use(config, store, lambda engine: engine.ask(asked[0]), needs=["openai/gpt-4o-mini"])
        assert len(server.requests) == 1, "stored replies need no key"


def test_whoever_watches_is_told_what_a_run_waits_for(store: ReplyStore) -> None:
    seen: list[Progress] = []
    with Loopback(faults=[error(429, retry_after="0.2")]) as server:
        answers(local(server), store, calls(1, "local/m"), on_progress=seen.append)
    waits = [item.waiting for item in seen if item.waiting]
    assert waits[0].why == "local answered 429: no"
    assert 0 < waits[0].seconds < 0.3
    assert waits[0].calls == 1
    assert seen[-1].waiting is None
