"""A published registry for tests: verdicts for it, and a loopback server that can fall ill."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from cuebook.core.files import Folder
from cuebook.publish.artifacts import Known, plan_files
from cuebook.publish.history import History, read_history
from cuebook.publish.writer import PublishSummary, publish
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Version
from cuebook.shapes.verdict import Arm, Coverage, Digests, Spending, Verdict
from listening import ReadyServer

NOTHING = Spending(cost_usd=None, seconds=None, words=None, input_tokens=None, output_tokens=None)


def verdict(version: Version, outcome: str = "pass", suite: str = "qa", **fields: Any) -> Verdict:
    """A verdict about exactly this version."""
    made: dict[str, Any] = {
        "outcome": outcome,
        "prompt": version.prompt,
        "suite": suite,
        "candidate": Arm(version=version.number, digest=version.digest, message=version.message),
        "baseline": None,
        "baseline_alias": "production",
        "metrics": [],
        "summaries": [],
        "protected": None,
        "coverage": Coverage(cases=1, used=1, candidate_failed=0, dropped=0),
        "candidate_spending": NOTHING,
        "baseline_spending": None,
        "cost_usd": None,
        "digests": Digests(
            candidate=version.digest, baseline=None, dataset="d", suite="s", judges={}, models=[], tool="t"
        ),
        "offline": True,
        "served_models": [],
        "cases": [],
    }
    return Verdict(**(made | fields))


def plan(
    root: Path,
    *verdicts: Verdict,
    history: History | None = None,
    today: str = "",
    known: Known | None = None,
    **config: Any,
) -> dict[str, bytes]:
    """Every file to publish from a checkout."""
    found = read_history(root) if history is None else history
    opened = Registry(Folder(root), found.added)
    return plan_files(opened, found, verdicts, Settings(**config), today, known or Known())


def publish_to(root: Path, out: Path) -> PublishSummary:
    """Publish a checkout's prompts into a folder."""
    return publish(plan(root), out)


class Site:
    """A loopback server of one folder. ``illness`` changes how it answers.

    ``asked`` has the paths of requests, ``sent`` their headers by lower-case name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.illness = ""
        self.asked: list[str] = []
        self.sent: list[dict[str, str]] = []
        self.conditional = 0
        self._server: ReadyServer | None = None
        self._port = 0
        self.gate = threading.Event()
        self.gate.set()

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Serve on a port that stays the same over a restart."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.sent.append({name.lower(): value for name, value in self.headers.items()})
                site.gate.wait(10)
                answer(site, self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ReadyServer(("127.0.0.1", self._port), Handler)
        self._server.socket.settimeout(1.0)  # a connection may be gone before it is accepted
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Close the port: connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def answer(site: Site, request: BaseHTTPRequestHandler) -> None:
    """One answer, healthy or as the illness wants it."""
    if site.illness.isdigit():
        return reply(request, int(site.illness), b'{"error": "no"}')
    if site.illness == "html":
        return reply(request, 200, b"<!doctype html><title>Welcome</title>")
    if site.illness == "short":
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b'{"schema": ')
        return None
    if site.illness == "drip":
        return drip(request)
    if site.illness.startswith("redirect ") and not request.path.startswith("/moved"):
        return reply(request, 302, b"", Location=site.illness.removeprefix("redirect ") + request.path)
    path = site.folder / request.path.partition("?")[0].removeprefix("/moved").lstrip("/")
    if not path.is_file():
        return reply(request, 404, b"<!doctype html><title>Not found</title>")
    data = path.read_bytes()
    etag = f'"{sha256(data).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        site.conditional += 1
        return reply(request, 304, b"", ETag=etag)
    return reply(request, 200, data, ETag=etag)


def drip(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then, until the client hangs up."""
    request.send_response(200)
    request.end_headers()
    with suppress(OSError):
        for _ in range(1000):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.02)


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """Send one response."""
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """A running site."""
    site = Site(folder)
    site.start()
    try:
        yield site
    finally:
        site.gate.set()
        site.stop()
