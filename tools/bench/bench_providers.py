"""What the first calls to a well-known provider take: asked directly, as an endpoint, by litellm.

PYTHONPATH=tools python tools/bench/bench_providers.py [--calls 12 2000] [--rounds 5] [--latency 0.2]

Each way is a process of its own, from its start to the last answer; all ask one server on loopback. The
address in the table of providers is replaced by the server's, and nothing else of the row. Ends with 1
when the direct way takes more than 5% longer than an endpoint (and 50 ms, which is noise), or loads litellm.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.bench_engine import engine, make_calls, server
from cuebook.core import wire
from cuebook.registry.settings import Settings
from cuebook.shapes.settings_format import Endpoint

WAYS = {"endpoint": "local/m", "openai": "openai/gpt-6-luna", "litellm": "litellm/openai/gpt-6-luna"}
MORE, NOISE = 1.05, 0.05


def child(way: str, url: str, count: int, concurrency: int) -> None:
    """Ask so many questions one way; prints whether litellm was loaded."""
    row = wire.providers()["openai"]
    rows = {**wire.providers(), "openai": row._replace(url=url)}
    wire.providers = lambda: rows  # type: ignore[assignment]
    settings = Settings(endpoints={"local": Endpoint(base_url=url, like="openai")})
    with tempfile.TemporaryDirectory() as folder:
        calls = make_calls(WAYS[way], count)
        calls = [replace(call, parameters={"maxTokens": 400}) for call in calls]
        asyncio.run(engine(settings, Path(folder, "replies.sqlite"), calls, concurrency))
    print("litellm" in sys.modules)


def once(way: str, url: str, count: int, concurrency: int) -> tuple[float, bool]:
    """Seconds of a whole process, and whether it loaded litellm."""
    words = ["--child", way, "--url", url, "--calls", str(count), "--concurrency", str(concurrency)]
    environment = os.environ | {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": url,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, *words], env=environment, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begun, done.stdout.split()[-1] == "True"


def compare(counts: Sequence[int], rounds: int, latency: float, concurrency: int) -> bool:
    """Print a row for each number of calls; whether the direct way held its promise."""
    held = True
    print(f"{'calls':>6} " + " ".join(f"{way:>10}" for way in WAYS) + "   direct/endpoint")
    with server(latency) as url:
        for count in counts:
            taken: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way, seconds in taken.items():
                    if way == "litellm" and len(seconds) == 1:
                        continue  # it is slower by so much that one look is enough
                    wall, loaded = once(way, url, count, concurrency)
                    held = held and loaded == (way == "litellm")
                    seconds.append(wall)
            mid = {way: median(seconds) for way, seconds in taken.items()}
            ratio = mid["openai"] / mid["endpoint"]
            held = held and mid["openai"] <= MORE * mid["endpoint"] + NOISE
            print(f"{count:>6} " + " ".join(f"{mid[way]:9.2f}s" for way in WAYS) + f"   {ratio:.3f}")
    return held


def main() -> int:
    """Measure, or be one of the measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, nargs="+", default=[12, 2000])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--latency", type=float, default=0.2)
    options.add_argument("--concurrency", type=int, default=50)
    options.add_argument("--child", choices=WAYS)
    options.add_argument("--url")
    words = options.parse_args()
    if words.child:
        child(words.child, words.url, words.calls[0], words.concurrency)
        return 0
    return 0 if compare(words.calls, words.rounds, words.latency, words.concurrency) else 1


if __name__ == "__main__":
    sys.exit(main())
