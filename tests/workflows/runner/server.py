"""The loopback server: REST under ``/api/v3``, Git over HTTP, and the store that downloads redirect to.

Every answer that a workflow gets passes here, so this is also where requests are recorded, races are staged
and a route without a stand-in is noticed.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from listening import ReadyServer
from workflows.runner import certificate, githttp
from workflows.runner.model import Request, Token
from workflows.runner.routing import Call, Refused, Reply, Route, all_routes, demand

if TYPE_CHECKING:
    from workflows.runner.github import GitHub

API = "/api/v3"
_REPOSITORY = re.compile(r"^/repos/([^/]+/[^/]+)(/.*)?$")


@dataclass
class Hook:
    """Something a test wants to happen around matching requests."""

    when: str
    method: str
    path: re.Pattern[str]
    action: Callable[[Any], Reply | None]
    times: int

    def fires(self, when: str, call: Call) -> bool:
        """Whether this request is one of them; counts down."""
        if (
            self.times <= 0
            or self.when != when
            or self.method != call.method
            or not self.path.search(call.path)
        ):
            return False
        self.times -= 1
        return True


class Server:
    """Serves one GitHub on 127.0.0.1 until closed."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.hooks: list[Hook] = []
        self._rest_server, self._blob_server = self._listen(), self._listen()
        # handshakes belong to the thread of a connection: a client that says nothing would hold up all
        self._blob_server.socket = certificate.context().wrap_socket(
            self._blob_server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            for server in (self._rest_server, self._blob_server)
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> ReadyServer:
        made = ReadyServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        made.block_on_close = False
        # A connection may be gone before it is accepted: without a limit its thread would wait for another.
        made.socket.settimeout(1.0)
        return made

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._rest_server.server_address[1]}"

    def blob_url(self, number: int) -> str:
        """Where an artifact's bytes are: another host, which must not be sent the token."""
        return f"https://localhost:{self._blob_server.server_address[1]}/_blobs/{number}"

    def close(self) -> None:
        """Stop."""
        for server in (self._rest_server, self._blob_server):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, method: str, target: str, headers: dict[str, str], data: bytes) -> Reply:
        """The reply to one request."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        if path.startswith("/_blobs/"):
            return self._blob(path, headers)
        if githttp.wanted(path):
            return githttp.answer(self.github, method, path, parts.query, headers, data)
        with self.github.lock:
            return self._rest(method, path, dict(parse_qsl(parts.query)), headers, data)

    def token(self, headers: dict[str, str]) -> Token | None:
        """The token that a request carries; None for an unknown one."""
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            value = base64.b64decode(value).decode(errors="replace").partition(":")[2]
        return self.github.tokens.get(value.strip())

    def _blob(self, path: str, headers: dict[str, str]) -> Reply:
        if "authorization" in headers:
            return Reply(400, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>")
        found = self.github.artifacts.get(int(path.rpartition("/")[2]))
        return Reply(200, found.data) if found else Reply(404, b"")

    def _rest(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], data: bytes
    ) -> Reply:
        token = self.token(headers)
        request = Request(
            method,
            path.removeprefix(API),
            query,
            data,
            token.job if token else None,
            token.run_id if token else None,
            headers=headers,
        )
        self.github.requests.append(request)
        try:
            reply = self._handled(request, token)
        except Refused as refused:
            reply = refused.reply
        except Exception as error:  # noqa: BLE001 - a stand-in's own mistake has to reach the test, not the log
            self.github.unknown.append(f"{method} {path} broke: {error!r}")
            reply = Reply(500, {"message": repr(error)})
        request.status = reply.status
        return reply

    def _handled(self, request: Request, token: Token | None) -> Reply:
        if "user-agent" not in request.headers:
            raise Refused(403, "Request forbidden by administrative rules. Please send a User-Agent header.")
        if token is None:
            sent = "authorization" in request.headers
            raise Refused(401, "Bad credentials" if sent else "Requires authentication")
        try:
            request.body = json.loads(request.body) if request.body else {}
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        found = _REPOSITORY.match(request.path)
        name = found[1] if found else self.github.full_name
        if name != self.github.full_name and name not in self.github.forks:
            raise Refused(404, "Not Found")
        call = Call(
            self.github,
            token,
            name,
            request.method,
            request.path,
            request.query,
            request.body,
            request.headers,
        )
        route, values = self._route(call, f"/repos{found[2] or ''}" if found else request.path)
        return self._reply(call, route, values)

    def _route(self, call: Call, path: str) -> tuple[Route, dict[str, str]]:
        for route in all_routes():
            if route.method == call.method and (found := route.pattern.match(path)):
                return route, found.groupdict()
        self.github.unknown.append(f"{call.method} {call.path}")
        raise Refused(501, f"no stand-in for {call.method} {call.path}")

    def _reply(self, call: Call, route: Route, values: dict[str, str]) -> Reply:
        for hook in [hook for hook in self.hooks if hook.fires("before", call)]:
            if reply := hook.action(call):
                return reply
        demand(call, route, values)
        numbers = {"number", "id", "comment"}
        named = {name: int(text) if name in numbers else text for name, text in values.items()}
        made = route.handler(call, **named)
        reply = made if isinstance(made, Reply) else Reply(200, made)
        reply.headers = {**call.answered, **reply.headers}
        for hook in [hook for hook in self.hooks if hook.fires("after", call)]:
            reply = hook.action(call) or reply
        return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ClassVar[Server]

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.owner.answer(self.command, self.path, headers, self._data(headers))
        body = reply.body if isinstance(reply.body, bytes) else b""
        kind = "application/octet-stream"
        if reply.body is not None and not isinstance(reply.body, bytes):
            body, kind = json.dumps(reply.body).encode(), "application/json; charset=utf-8"
        self.send_response(reply.status)
        for name, value in {"Content-Type": kind, **reply.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _data(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the names http.server calls

    def log_message(self, *_: Any) -> None:
        """Say nothing; requests are recorded."""
