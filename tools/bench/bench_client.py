"""What the runtime client and publishing cost, beside floors measured in the same run.

    PYTHONPATH=tools python tools/bench/bench_client.py [--rounds 15]

Process rows are medians over fresh processes, with the lowest in brackets; ``over`` is what the row adds
to an empty script. The server is Python's own ``http.server`` on loopback.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from cuebook import Client
from cuebook.core.files import Folder
from cuebook.core.yaml_files import dump_yaml
from cuebook.publish.artifacts import plan_files
from cuebook.publish.history import History
from cuebook.publish.writer import publish
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings

TOOLS = Path(__file__).resolve().parents[1]
REF = "prompt-000@production"
ALIAS = "api/v1/prompts/prompt-000/aliases/production.json"
GET = "json.load(urllib.request.urlopen({url!r} + '/' + {alias!r}, timeout=5))['messages']"
LOAD = "from cuebook import load_prompt; load_prompt({ref!r}, registry={place}).format(context=1, question=2)"
PROCESSES = {
    "an empty script": "pass",
    "import json, urllib.request (floor)": "import json, urllib.request",
    "import cuebook": "import cuebook",
    "from cuebook import load_prompt": "from cuebook import load_prompt",
    "urllib: GET and parse (floor)": f"import json, urllib.request; {GET}",
    "load_prompt by alias, HTTP, format": LOAD.replace("{place}", "{url!r}"),
    "load_prompt by alias, folder, format": LOAD.replace("{place}", "{out!r}"),
}


class Quiet(SimpleHTTPRequestHandler):
    """The standard library's file server without its log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def write_prompts(root: Path, prompts: int, versions: int) -> None:
    text = "You answer from the context only, and say so when it does not hold the answer.\n" * 20
    for index in range(prompts):
        folder = root / "prompts" / f"prompt-{index:03}"
        folder.mkdir(parents=True)
        for number in range(1, versions + 1):
            content = {
                "message": f"Version {number}",
                "model": "openai/gpt-4o-mini",
                "messages": [
                    {"role": "system", "content": f"{text}{number}\n"},
                    {"role": "user", "content": "Context: {{context}}\n\nQuestion: {{question}}"},
                ],
            }
            (folder / f"v{number}.prompt.yml").write_bytes(dump_yaml(content, "prompt-version"))
        (folder / "aliases.yml").write_text(f"production: {versions}\n")


def processes(rounds: int, **names: str) -> None:
    times: dict[str, list[float]] = {name: [] for name in PROCESSES}
    env = {name: value for name, value in os.environ.items() if not name.startswith("CUEBOOK")}
    for _ in range(rounds):
        for name, code in PROCESSES.items():
            start = time.perf_counter()
            words = [sys.executable, "-c", code.format(**names)]
            subprocess.run(words, check=True, env=env | {"PYTHONPATH": str(TOOLS)})
            times[name].append((time.perf_counter() - start) * 1000)
    empty = median(times["an empty script"])
    for name, found in times.items():
        print(f"{name:44} {median(found):7.1f} ms ({min(found):.1f})  over {median(found) - empty:6.1f} ms")


def each(action: Callable[[], object], count: int) -> float:
    """Microseconds a call, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(count):
            action()
        best = min(best, (time.perf_counter() - start) / count * 1e6)
    return best


def in_process(url: str) -> None:
    from cuebook import load_prompt

    client = Client(url)
    prompt = client.load(REF)
    floor: dict[str, tuple[float, object]] = {REF: (time.monotonic() + 1e6, prompt)}

    def with_dict() -> object:
        until, found = floor[REF]
        return found if time.monotonic() < until else None

    load_prompt(REF, registry=url)
    os.environ["CUEBOOK_REGISTRY"] = url
    rows: list[tuple[str, Callable[[], object], int]] = [
        ("dict and a look at the clock (floor)", with_dict, 100_000),
        ("Client.load, cached", lambda: client.load(REF), 100_000),
        ("load_prompt(registry=...), cached", lambda: load_prompt(REF, registry=url), 100_000),
        ("load_prompt, CUEBOOK_REGISTRY, cached", lambda: load_prompt(REF), 100_000),
        ("format, two variables", lambda: prompt.format(context="c", question="q"), 10_000),
        ("urllib, one GET (floor)", lambda: urllib.request.urlopen(f"{url}/{ALIAS}").read(), 100),
        ("Client.load, not cached", lambda: Client(url).load(REF), 100),
    ]
    for name, action, count in rows:
        print(f"{name:44} {each(action, count):9.2f} µs")


def publishing(root: Path, out: Path, versions: int) -> None:
    start = time.perf_counter()
    registry = Registry(Folder(root))
    files = plan_files(registry, History(), [], Settings())
    planned = time.perf_counter()
    first = publish(files, out)
    written = time.perf_counter()
    again = publish(files, out)
    done = time.perf_counter()
    size = f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB"
    rate = versions / (written - start)
    floor = raw_writes(files, out.parent / "floor")
    print(f"{f'read and plan {versions} versions':44} {planned - start:7.2f} s  ({size})")
    print(f"{f'publish, {len(first.written)} files':44} {written - planned:7.2f} s")
    print(f"{'both':44} {rate:7.0f} versions/s")
    print(f"{'the same bytes, plain writes, no flush (floor)':44} {floor:5.2f} s")
    print(f"{f'publish again, {len(again.written)} files':44} {done - written:7.2f} s")


def raw_writes(files: dict[str, bytes], out: Path) -> float:
    start = time.perf_counter()
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        with open(out / path, "wb") as file:
            file.write(data)
    return time.perf_counter() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "repo", Path(folder) / "out"
        write_prompts(root, 100, 10)
        publishing(root, out, 1000)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(out)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        in_process(url)
        processes(rounds, url=url, out=str(out), ref=REF, alias=ALIAS)
        server.shutdown()


if __name__ == "__main__":
    main()
