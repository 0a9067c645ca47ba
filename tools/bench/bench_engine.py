"""What a job of model calls takes: engine, gate and command line against bare aiohttp and bare litellm.

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
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import aiohttp

from bench.exam_registry import exam_files, write_files
from cuebook.calls.engine import Engine
from cuebook.calls.reply_store import ReplyStore
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import Options, judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply
from cuebook.shapes.settings_format import Endpoint

ROOT = Path(__file__).parents[2]
PASSAGE = "The warranty covers parts and labour for two years from the day of delivery. " * 6


@contextmanager
def server(latency: float, answer: str = "echo") -> Iterator[str]:
    """The base URL of a loopback server in a process of its own."""
    command = [sys.executable, str(ROOT / "tests/loopback.py"), "--latency", str(latency), "--answer", answer]
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


async def engine(config: Settings, store: Path, calls: list[ModelCall], concurrency: int) -> tuple[int, int]:
    """Calls made and answers found in the store."""
    with ReplyStore(store) as replies:
        async with Engine(config, replies, concurrency=concurrency) as asking:
            answers = await asking.ask_all(calls)
            assert all(isinstance(answer, ModelReply) for answer in answers)
            return asking.calls_made, asking.from_store


def timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and CPU seconds of a function, and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def show(what: str, count: int, wall: float, cpu: float, limit: float, bare: float, calls_made: int) -> None:
    ratio = f"{wall / limit:6.2f} {wall / bare:6.2f}" if calls_made else f"{'':13}"
    print(f"{what:<36} {calls_made:>6} {wall:8.3f} {ratio} {cpu * 1000 / count:8.2f}")


def direct(words: argparse.Namespace, folder: Path) -> None:
    count, most = words.calls, words.concurrency
    limit = count / most * words.latency
    calls = make_calls("local/m", count)
    with server(words.latency) as url:
        asyncio.run(bare_aiohttp(url, calls[:most], most))
        bare, cpu, _ = timed(lambda: asyncio.run(bare_aiohttp(url, calls, most)))
        show("bare aiohttp", count, bare, cpu, limit, bare, count)
        os.environ["OPENAI_API_KEY"] = "none"
        config = Settings(endpoints={"local": Endpoint(base_url=url), "openai": Endpoint(base_url=url)})
        for what, model in (
            ("engine, an endpoint of the settings", "local/m"),
            ("engine, again: from the store", "local/m"),
            ("engine, openai/...", "openai/gpt-4o-mini"),
        ):
            job = engine(config, folder / "replies.sqlite", make_calls(model, count), most)
            wall, cpu, (bought, _found) = timed(partial(asyncio.run, job))
            show(what, count, wall, cpu, limit, bare, bought)
        assert "litellm" not in sys.modules, "a provider asked directly needs no litellm"


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
        by_name = make_calls("litellm/openai/gpt-4o-mini", count)
        job = engine(Settings(), folder / "litellm.sqlite", by_name, most)
        wall, cpu, (bought, _found) = timed(partial(asyncio.run, job))
        show("engine, litellm", count, wall, cpu, limit, bare, bought)


def by_gate(words: argparse.Namespace, folder: Path) -> None:
    """The whole path of ``cuebook eval``: two versions, one judge, every case; then with nothing new."""
    cases, most = words.calls // 4, words.concurrency
    limit = words.calls / most * words.latency
    with server(words.latency, "exam") as url:
        root = write_files(folder / "gate", exam_files(url, cases, settings=f"concurrency = {most}"))
        workspace = Workspace(root)
        (comparison,) = plan_record(workspace.registry).comparisons[1:]
        job = partial(judge_all, workspace, [comparison], options=Options(every_case=True))
        for what in ("evaluation, every case", "evaluation, from the store"):
            wall, cpu, (judged,) = timed(job)
            assert judged.verdict.coverage.used == cases
            show(what, words.calls, wall, cpu, limit, limit, judged.calls_made)
        shown = [
            ("cuebook eval, from the store", ["eval", "exam/2"]),
            ("cuebook gate, decided anew", ["gate", "exam/2"]),
            ("cuebook gate, evidence stands", ["gate", "exam/2"]),
            ("cuebook gate, once more", ["gate", "exam/2"]),
        ]
        before = calls_of(url)
        for what, command in shown:
            child = cuebook(*command, "--root", str(root))
            print(f"{what:<36} {calls_of(url) - before:>6} {child}")


@dataclass(frozen=True)
class Child:
    """What one run of the command line took, start-up included."""

    wall: float
    cpu: float
    megabytes: float
    imported: list[str]

    def __str__(self) -> str:
        heavy = f"imported {', '.join(self.imported)}" if self.imported else "nothing heavy imported"
        return f"{self.wall:8.3f} s  {self.cpu:.3f} s CPU  {self.megabytes:.0f} MB  {heavy}"


WATCHED = ("litellm", "aiohttp", "asyncio", "jinja2", "jsonschema")
_CHILD = """
import atexit, sys
atexit.register(lambda: print(*[name for name in {watched} if name in sys.modules], file=sys.stderr))
from cuebook.cli import main
main()
"""


def cuebook(*words: str) -> Child:
    """Run the command line in a process of its own, with compiled files, as an installed one has them."""
    command = [sys.executable, "-c", _CHILD.format(watched=WATCHED), *words]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "cuebook-bench-compiled")
    begun = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read().splitlines()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - begun
    return Child(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said[-1].split())


def calls_of(url: str) -> int:
    """How many calls a server got so far."""
    with urlopen(url.replace("/v1", "/calls"), timeout=10) as answer:
        return int(answer.read())


def by_memory(words: argparse.Namespace, folder: Path) -> None:
    """Peak memory of ``cuebook eval`` over many calls, the server in another process."""
    with server(0.0, "exam") as url:
        root = write_files(folder / "memory", exam_files(url, words.memory_calls // 4))
        child = cuebook("eval", "exam/2", "--root", str(root))
        print(f"{'cuebook eval, peak memory':<36} {calls_of(url):>6} {child}")


def by_start(folder: Path) -> None:
    """Commands that call nobody, on the registry of this repository."""
    for part in ("prompts", "evals"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / "registry" / part)
    for command in (["--help"], ["list"], ["check"]):
        where = [] if command == ["--help"] else ["--root", str(folder / "registry")]
        runs = [cuebook(*command, *where) for _ in range(5)]
        print(f"{'cuebook ' + command[0]:<36} {0:>6} {min(runs, key=lambda run: run.wall)}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=2000)
    words.add_argument("--latency", type=float, default=0.2)
    words.add_argument("--concurrency", type=int, default=50)
    words.add_argument("--litellm-calls", type=int, default=400, help="0 leaves litellm out")
    words.add_argument("--memory-calls", type=int, default=20000, help="0 leaves the memory test out")
    given = words.parse_args()
    print(json.dumps(vars(given)), f"limit {given.calls / given.concurrency * given.latency:.2f} s")
    print(f"{'':<36} {'calls':>6} {'wall s':>8} {'/limit':>6} {'/bare':>6} {'CPU ms':>8}")
    with tempfile.TemporaryDirectory() as folder:
        direct(given, Path(folder))
        by_gate(given, Path(folder))
        by_start(Path(folder))
        if given.memory_calls:
            by_memory(given, Path(folder))
        if given.litellm_calls and importlib.util.find_spec("litellm"):
            by_litellm(given, Path(folder))


if __name__ == "__main__":
    main()
