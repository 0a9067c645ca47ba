"""Nothing that a reader sees moves while a page comes in, however slowly: its text, our scripts, our data."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from fixtures.browsing import MARKS
from fixtures.built_site import built
from listening import ReadyServer

pytestmark = MARKS
PIECES = 8
WATCH = """window.shifts = [];
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.shifts.push([one.value, ...one.sources.map(({node}) =>
        (node?.outerHTML ?? node?.parentElement?.outerHTML ?? "").slice(0, 120))]);
}).observe({type: "layout-shift", buffered: true});"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class _Pieces(ReadyServer):
    """A server of the site; ``goes`` lets the next piece of the page go that is asked for now."""

    goes = threading.Semaphore(0)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site; of a page each piece is held back until the one before it has been painted."""

    server: _Pieces

    def do_GET(self) -> None:
        path, goes = Path(self.translate_path(self.path)), self.server.goes
        if path.suffix != ".html" or self.headers.get("Sec-Fetch-Dest") != "document":
            return super().do_GET()
        page = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        ends = [found.end() for found in re.finditer(rb"</\w+>", page) if found.end() > page.find(b"<header")]
        at = 0
        for number in range(1, PIECES):
            cut = ends[len(ends) * number // PIECES]
            self.wfile.write(page[at:cut])
            self.wfile.flush()
            at = cut
            goes.acquire()
        self.wfile.write(page[at:])
        return None

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def pieces() -> Iterator[_Pieces]:
    with _Pieces(("127.0.0.1", 0), partial(_Handler, directory=str(built().root))) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.mark.parametrize(
    ("name", "done", "width"),
    [
        ("index.html", ".cb-prompts .cb-sort", 1280),
        ("index.html", ".cb-prompts .cb-sort", 390),
        ("history.html", "#cb-live-then p", 1280),
        ("history.html", "#cb-live-then p", 390),
        ("prompts/qa-assistant/v4.html", ".cb-leaf-menu [aria-current]", 1280),
        ("reports/qa-assistant/v4/qa-assistant.html", "#__config", 1280),
        ("reports/qa-assistant/v4/qa-assistant/cases.html", ".cb-case-controls:not([hidden])", 1280),
        ("reports/qa-assistant/v4/qa-assistant/cases.html", ".cb-case-controls:not([hidden])", 390),
        ("gate-health.html", "#__config", 1280),
        ("guides/index.html", ".md-typeset__table", 1280),
        ("propose.html", "#cb-propose form, #cb-propose a", 1280),
        ("compare.html?prompt=qa-assistant&a=3&b=4", "#cb-shown:not([hidden])", 1280),
        ("find.html?words=passage", "#cb-hits mark", 390),
    ],
)
def test_nothing_in_sight_moves_while_a_page_comes_in(
    browser: Any, pieces: _Pieces, name: str, done: str, width: int
) -> None:
    goes = pieces.goes = threading.Semaphore(0)
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.add_init_script(WATCH)
    page.goto(pieces.address + name, wait_until="commit")
    for _ in range(PIECES - 1):
        page.evaluate(PAINTED)
        goes.release()
    page.locator(done).first.wait_for(state="attached")
    page.evaluate(PAINTED)
    shifts = page.evaluate("window.shifts")
    page.close()
    assert sum(value for value, *_ in shifts) < 0.01, shifts
