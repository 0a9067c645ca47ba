"""What a job of model calls takes: the engine against bare aiohttp, the store, and bare litellm.

PYTHONPATH=tools python tools/bench/bench_engine.py [--calls 2000] [--latency 0.2] [--concurrency 50]

All against tests/loopback.py in a process of its own. The limit is calls / concurrency x latency: no
client can be faster.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from cuebook.cache import ReplyStore
from cuebook.engine import Engine
from cuebook.records import ModelCall, ModelReply
from cuebook.schema import ConfigFile, Endpoint

ROOT = Path(__file__).parents[2]
PASSAGE = "The warranty covers parts and labour for two years from the day of delivery. " * 6


@contextmanager
def server(latency: float) -> Iterator[str]:
    """The base URL of a loopback server in a process of its own."""
    command = [sys.executable, str(ROOT / "tests/loopback.py"), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def make_calls(model: str, count: int) -> list[ModelCall]:
    """Distinct calls of about 600 bytes."""
    return [
        ModelCall(
            model,
            (
                {"role": "system", "content": "Answer from the context only."},
                {"role": "user", "content": f"Context: {PASSAGE}\n\nQuestion {number}: how long?"},
            ),
            {"temperature": 0.2, "maxTokens": 400},
        )
        for number in range(count)
    ]


async def pooled(
    calls: list[ModelCall], concurrency: int, ask: Callable[[ModelCall], Awaitable[Any]]
) -> None:
    """Every call, so many at a time."""
    queue = iter(calls)

    async def work() -> None:
        for call in queue:
            await ask(call)

    await asyncio.gather(*(work() for _ in range(concurrency)))


async def bare_aiohttp(url: str, calls: list[ModelCall], concurrency: int) -> None:
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(call: ModelCall) -> None:
            body = {"model": "m", "messages": call.messages, "temperature": 0.2, "max_tokens": 400}
            async with session.post(f"{url}/chat/completions", json=body) as answer:
                found = await answer.json()
                assert found["choices"][0]["message"]["content"]

        await pooled(calls, concurrency, ask)


async def bare_litellm(calls: list[ModelCall], concurrency: int) -> None:
    import litellm

    async def ask(call: ModelCall) -> None:
        answer = await litellm.acompletion(
            model=call.model, messages=list(call.messages), temperature=0.2, max_tokens=400, timeout=60
        )
        assert answer.choices[0].message.content

    await pooled(calls, concurrency, ask)
    await litellm.close_litellm_async_clients()


async def engine(
    config: ConfigFile, store: Path, calls: list[ModelCall], concurrency: int
) -> tuple[int, int]:
    """Calls bought and answers found in the store."""
    with ReplyStore(store) as replies:
        async with Engine(config, replies, concurrency=concurrency) as asking:
            answers = await asking.ask_all(calls)
            assert all(isinstance(answer, ModelReply) for answer in answers)
            return asking.bought, asking.from_store


def timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and CPU seconds of a function, and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def show(what: str, count: int, wall: float, cpu: float, limit: float, bare: float, bought: int) -> None:
    ratio = f"{wall / limit:6.2f} {wall / bare:6.2f}" if bought else f"{'':13}"
    print(f"{what:<34} {bought:>6} {wall:8.3f} {ratio} {cpu * 1000 / count:8.2f}")


def direct(words: argparse.Namespace, folder: Path) -> None:
    count, most = words.calls, words.concurrency
    limit = count / most * words.latency
    calls = make_calls("local/m", count)
    with server(words.latency) as url:
        asyncio.run(bare_aiohttp(url, calls[:most], most))
        bare, cpu, _ = timed(lambda: asyncio.run(bare_aiohttp(url, calls, most)))
        show("bare aiohttp", count, bare, cpu, limit, bare, count)
        store = folder / "replies.sqlite"
        config = ConfigFile(endpoints={"local": Endpoint(base_url=url)})
        for what in ("engine, openai_compatible", "engine, again: from the store"):
            job = engine(config, store, make_calls("local/m", count), most)
            wall, cpu, (bought, _found) = timed(partial(asyncio.run, job))
            show(what, count, wall, cpu, limit, bare, bought)


def by_litellm(words: argparse.Namespace, folder: Path) -> None:
    count, most = words.litellm_calls, words.concurrency
    limit = count / most * words.latency
    calls = make_calls("openai/gpt-4o-mini", count)
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION", OPENAI_API_KEY="none")
    with server(words.latency) as url:
        os.environ["OPENAI_BASE_URL"] = url
        wall, cpu, _ = timed(lambda: importlib.import_module("litellm"))
        print(f"import litellm: {wall:.1f} s")
        asyncio.run(bare_litellm(calls[:most], most))
        bare, cpu, _ = timed(lambda: asyncio.run(bare_litellm(calls, most)))
        show("bare litellm", count, bare, cpu, limit, bare, count)
        job = engine(ConfigFile(), folder / "litellm.sqlite", calls, most)
        wall, cpu, (bought, _found) = timed(partial(asyncio.run, job))
        show("engine, litellm", count, wall, cpu, limit, bare, bought)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=2000)
    words.add_argument("--latency", type=float, default=0.2)
    words.add_argument("--concurrency", type=int, default=50)
    words.add_argument("--litellm-calls", type=int, default=400, help="0 leaves litellm out")
    given = words.parse_args()
    print(json.dumps(vars(given)), f"limit {given.calls / given.concurrency * given.latency:.2f} s")
    print(f"{'':<34} {'calls':>6} {'wall s':>8} {'/limit':>6} {'/bare':>6} {'CPU ms':>8}")
    with tempfile.TemporaryDirectory() as folder:
        direct(given, Path(folder))
        if given.litellm_calls and importlib.util.find_spec("litellm"):
            by_litellm(given, Path(folder))


if __name__ == "__main__":
    main()
