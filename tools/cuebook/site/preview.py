"""A built site on this machine, built again and shown again when a file that it is made from changes.

The script that reloads is put into pages on their way to the browser; no file of the site has it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cuebook.core.errors import CuebookError, UsageError

STATE = "/_cuebook/state"
SCRIPT = "/_cuebook/reload.js"
Stamps = dict[str, tuple[int, int]]
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""What this machine is called on this machine."""

PAUSE = 0.7
"""Seconds between two looks at the files."""

RELOAD = """"use strict";
(() => {
  const mine = document.currentScript.dataset.build;
  const bar = document.createElement("pre");
  bar.setAttribute("role", "status");
  bar.className = "cb-problem";
  async function look() {
    const reply = await fetch("/_cuebook/state", {cache: "no-store"}).catch(() => null);
    if (!reply?.ok) return;
    const {build, problem} = await reply.json();
    if (String(build) !== mine) location.reload();
    if (problem === bar.textContent) return;
    bar.textContent = problem;
    problem ? document.body.prepend(bar) : bar.remove();
  }
  setInterval(look, 1000);
})();
"""


class Preview(ThreadingHTTPServer):
    """A server of a built site for this machine only; ``problem`` says why the last build failed.

    The site is served below ``base``, a path such as ``/`` or ``/team/``.
    """

    daemon_threads = True
    # A browser asks for a page's files over several connections; beyond the library's five the system lets
    # one wait for a second or more.
    request_queue_size = 128
    build = 1
    problem = ""
    base = "/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that left before it had the whole page is no error of this server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Where the front page is."""
        return f"http://127.0.0.1:{self.server_address[1]}{self.base}"


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site, never a listing of a folder."""

    server: Preview
    # A page has a dozen files, and a connection for each would cost more than they do.
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, live: bool, **options: Any) -> None:
        self._live = live
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        """A file; while live, what the reloading script asks for, and pages with that script."""
        if not self._is_asked_here():
            return
        path = self.path.partition("?")[0]
        if self._live and path == STATE:
            state = {"build": self.server.build, "problem": self.server.problem}
            self._send(json.dumps(state).encode(), "application/json")
        elif self._live and path == SCRIPT:
            self._send(RELOAD.encode(), "text/javascript; charset=utf-8")
        elif not self._inside(path):
            return
        elif self._live and (page := self._page()):
            self._send(self._marked(page), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        """What a GET would say of a file."""
        if self._is_asked_here() and self._inside(self.path.partition("?")[0]):
            super().do_HEAD()

    def _is_asked_here(self) -> bool:
        """Whether the browser wanted this machine by a name of its own; if not, the answer is given.

        The name of a page elsewhere may be made to lead here, and that page could then read drafts.
        """
        ends = ("", f":{self.server.server_address[1]}")
        asked = self.headers.get_all("Host") or [""]
        if len(asked) == 1 and asked[0].lower() in {f"{name}{end}" for name in HOSTS for end in ends}:
            return True
        self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "This preview answers to 127.0.0.1 and localhost")
        return False

    def _inside(self, path: str) -> bool:
        """Whether a path is one of the site; if not, the answer is given."""
        base = self.server.base
        if path.startswith(base):
            return True
        if path in {"/", base.rstrip("/")}:
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", base)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)
        return False

    def translate_path(self, path: str) -> str:
        """The file that a path below the base means."""
        return super().translate_path(f"/{path.removeprefix(self.server.base)}")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's own page for what is not there, as its host will show it."""
        page = Path(self.directory, "404.html")
        if code == HTTPStatus.NOT_FOUND and page.is_file():
            text = page.read_bytes()
            self._send(self._marked(text) if self._live else text, "text/html; charset=utf-8", code)
        else:
            super().send_error(code, message, explain)

    def _marked(self, page: bytes) -> bytes:
        mark = f'<script src="{SCRIPT}" data-build="{self.server.build}"></script></body>'.encode()
        return page.replace(b"</body>", mark, 1)

    def _page(self) -> bytes | None:
        path = Path(self.translate_path(self.path))
        # Without the slash, the base class redirects to it first: links of the page are relative.
        path = path / "index.html" if path.is_dir() and self.path.partition("?")[0].endswith("/") else path
        try:
            return path.read_bytes() if path.suffix == ".html" else None
        except OSError:
            return None

    def _send(self, data: bytes, kind: str, code: int = HTTPStatus.OK) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        # A 404 page answers both methods.
        if self.command != "HEAD":
            self.wfile.write(data)

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002  a base class's signature
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        # Files of one address change while people look.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        """Say nothing of each request."""


def server(out: Path, port: int, *, live: bool = False, base: str = "/") -> Preview:
    """Return a server of the built site below the path ``base``, on this machine only; port 0: any free one.

    Raises UsageError.
    """
    if not (out / "index.html").is_file():
        raise UsageError(f"there is no site in {out}", "cuebook site build")
    try:
        made = Preview(("127.0.0.1", port), partial(_Handler, directory=str(out), live=live))
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}", "cuebook site serve --port 0"
        ) from None
    made.base = base
    return made


def base_of(site_url: str) -> str:
    """Return the path that a site is published below: ``/team/`` for ``https://prompts.example.org/team``."""
    path = urlsplit(site_url).path.strip("/")
    return f"/{path}/" if path else "/"


def serve(
    out: Path, port: int, watched: Iterable[Path], rebuild: Callable[[], str], *, base: str = "/"
) -> None:
    """Build a site and serve it until interrupted; ``rebuild`` is called again when a watched file changes.

    ``rebuild`` says what it made. A CuebookError of the first call is the caller's, one of a later call is
    shown in the browser and here. Raises UsageError.
    """
    places = list(watched)
    built = stamps(places)  # before the build, so that a change made during it is not missed
    sys.stderr.write(f"{rebuild()}\n")
    with server(out, port, live=True, base=base) as running:
        sys.stderr.write(
            f"serving {out} at {running.address} and building again when a file changes (Ctrl+C stops)\n"
        )
        over = threading.Event()
        watcher = threading.Thread(target=watch, args=(running, places, built, rebuild, over), daemon=True)
        watcher.start()
        try:
            running.serve_forever()
        finally:
            over.set()
            # A build that takes longer ends with the process, as its thread is a daemon's.
            watcher.join(timeout=10)


def watch(
    running: Preview, places: list[Path], built: Stamps, rebuild: Callable[[], str], over: threading.Event
) -> None:
    """Build again after each change, once the files have been still for a moment, until ``over``."""
    seen = built
    while not over.wait(PAUSE):
        now = stamps(places)
        # An editor may write a file in two steps, and Git many one after the other.
        if now == seen != built:
            built = now
            try:
                said, running.problem = rebuild(), ""
                running.build += 1
            except CuebookError as error:
                said = running.problem = str(error)
            sys.stderr.write(f"{said}\n")
        seen = now


def stamps(places: Iterable[Path]) -> Stamps:
    """Return size in bytes and time in nanoseconds of every file at or below some places, by path."""
    found = {}
    for place in places:
        for folder, _, names in os.walk(place) if place.is_dir() else [(str(place.parent), [], [place.name])]:
            for name in names:
                path = Path(folder, name)
                try:
                    state = path.stat()
                except OSError:  # it was deleted since its folder was listed
                    continue
                found[str(path)] = state.st_size, state.st_mtime_ns
    return found
