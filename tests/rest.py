"""A small REST server on 127.0.0.1 for tests of what talks to GitHub: real HTTP, scripted answers.

In a test: ``with Rest() as rest: rest.on("GET", "pulls/7", {...})``. Paths are regular expressions below
``/repos/o/r/``. Whatever no route answers is a 404 that is kept in ``strays``.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from cuebook.github.api import GitHub
from listening import ReadyServer

TOKEN = "ghs_secret0123456789"
BOT = "github-actions[bot]"


class Asked(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    groups: tuple[str, ...] = ()


@dataclass
class Says:
    """An answer: JSON, or bytes as they are."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[Asked], Any]


class Rest:
    """The server. ``log`` holds every request; ``pauses`` what the client wanted to sleep."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.strays: list[str] = []
        self.pauses: list[float] = []
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []

    def on(self, method: str, path: str, answer: Any) -> None:
        """Answer requests so; a function is called with the request. The last route given wins."""
        route = answer if callable(answer) else lambda _: answer
        self._routes.insert(0, (method, re.compile(path), route))

    @property
    def client(self) -> GitHub:
        """A client of repository ``o/r`` here that does not really sleep."""
        return GitHub("o/r", TOKEN, self.url, sleep=self.pauses.append)

    def asked(self, method: str, path: str = ".*") -> list[Asked]:
        """The requests of this kind, in order."""
        return [item for item in self.log if item.method == method and re.fullmatch(path, item.path)]

    def __enter__(self) -> Self:
        rest = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                rest._answer(self)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler._any)
        self._server = ReadyServer(("127.0.0.1", 0), Handler)
        self._server.socket.settimeout(1.0)  # a connection may be gone before it is accepted
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = parts.path.removeprefix("/repos/o/r").removeprefix("/")
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(
            handler.command, path, dict(parse_qsl(parts.query)), json.loads(raw) if raw else None, headers
        )
        self.log.append(asked)
        says = self._said(asked)
        body = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
        handler.send_response(says.status)
        for name, value in {"Content-Length": str(len(body)), **says.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def _said(self, asked: Asked) -> Says:
        for method, pattern, route in self._routes:
            if method == asked.method and (found := pattern.fullmatch(asked.path)):
                made = route(asked._replace(groups=found.groups()))
                return made if isinstance(made, Says) else Says(made)
        self.strays.append(f"{asked.method} {asked.path}")
        return Says({"message": "Not Found"}, 404)


@dataclass
class Comments:
    """Comments of one issue or pull request, two a page, that behave as on GitHub."""

    rest: Rest
    number: int
    kept: list[dict[str, Any]] = field(default_factory=list)
    next_id: int = 100

    def __post_init__(self) -> None:
        self.rest.on("GET", f"issues/{self.number}/comments", self._list)
        self.rest.on("POST", f"issues/{self.number}/comments", self._post)
        self.rest.on("PATCH", r"issues/comments/(\d+)", self._patch)
        self.rest.on("DELETE", r"issues/comments/(\d+)", self._delete)

    def add(self, body: str, by: str = BOT) -> dict[str, Any]:
        """A comment that already exists."""
        kind = "Bot" if by.endswith("[bot]") else "User"
        made = {"id": self.next_id, "body": body, "user": {"login": by, "type": kind}}
        self.next_id += 1
        self.kept.append(made)
        return made

    def _list(self, asked: Asked) -> Says:
        page = int(asked.query.get("page", "1"))
        more = len(self.kept) > page * 2
        url = f"{self.rest.url}/repos/o/r/{asked.path}?page={page + 1}"
        headers = {"Link": f'<{url}>; rel="next", <{url}>; rel="last"'} if more else {}
        return Says(self.kept[(page - 1) * 2 : page * 2], headers=headers)

    def _post(self, asked: Asked) -> Says:
        return Says(self.add(asked.body["body"]), 201)

    def _patch(self, asked: Asked) -> Says:
        found = [item for item in self.kept if item["id"] == int(asked.groups[0])]
        if not found:
            return Says({"message": "Not Found"}, 404)
        found[0]["body"] = asked.body["body"]
        return Says(found[0])

    def _delete(self, asked: Asked) -> Says:
        before = len(self.kept)
        self.kept[:] = [item for item in self.kept if item["id"] != int(asked.groups[0])]
        return Says(b"", 204 if len(self.kept) < before else 404)
