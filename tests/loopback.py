"""An OpenAI-compatible server on 127.0.0.1 for tests and benchmarks: real HTTP, faults on request.

In a test: ``with Loopback(answer=...) as server:``. In a process of its own, for a benchmark:
``python tests/loopback.py --latency 0.2``; its first line is the base URL.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import socket
import struct
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

Request = dict[str, Any]
Answer = Callable[[Request], "str | dict[str, Any]"]


@dataclass(frozen=True)
class Fault:
    """What one request gets instead of an answer.

    ``status`` sends ``status``, ``headers`` and ``body``; ``hang`` never answers; ``truncate`` promises more
    bytes than it sends; ``reset`` cuts the connection.
    """

    kind: Literal["status", "hang", "truncate", "reset"] = "status"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes = ""


Trouble = Callable[[Request, int], "Fault | None"]


def error(status: int, code: str = "", message: str = "no", **headers: str) -> Fault:
    """An error as OpenAI sends it; ``retry_after="1"`` becomes the header Retry-After."""
    body = json.dumps({"error": {"message": message, "type": "some_error", "code": code or None}})
    return Fault("status", status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def echo(request: Request) -> str:
    """The last message; when a JSON Schema is asked for, an object that follows it."""
    wanted = request.get("response_format") or {}
    text = str(request["messages"][-1]["content"])
    if wanted.get("type") == "json_schema":
        return json.dumps(_example(wanted["json_schema"]["schema"], text))
    return json.dumps({"echo": text}) if wanted.get("type") == "json_object" else text


def exam(request: Request) -> str:
    """Asked for the code of an item, that code, mostly; asked to grade, 5 where the reference is, else 1.

    Made for the registry of ``tools/bench/exam_registry.py``. The same request gets the same answer.
    """
    text = str(request["messages"][-1]["content"])
    if request.get("response_format"):
        graded = re.search(
            r"<reference-(\w+)>\n(.*?)\n</reference-\1>.*<answer-\1>\n(.*?)\n</answer-\1>", text, re.S
        )
        right = graded is not None and graded[2] in graded[3]
        return json.dumps({"reason": "the code is there" if right else "no code", "score": 5 if right else 1})
    item = re.search(r"item (\d+)", text)
    wrong = hashlib.sha256(json.dumps(request["messages"]).encode()).digest()[0] < 13  # 5%
    if item is None or wrong:
        return "I do not know."
    short = "short" in str(request["messages"][0]["content"])
    return f"code-{item[1]}." if short else f"The code of item {item[1]} is code-{item[1]}."


def _example(schema: Mapping[str, Any], text: str) -> Any:
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][len(text) % len(schema["enum"])]
    if kind == "object":
        return {name: _example(part, text) for name, part in schema.get("properties", {}).items()}
    if kind in {"integer", "number"}:
        low = schema.get("minimum", 1)
        return low + len(text) % (schema.get("maximum", 5) - low + 1)
    return {"boolean": len(text) % 2 == 0, "array": []}.get(str(kind), text[:80])


class Loopback:
    """The server; ``answer`` gives the text of a reply, or the whole body as a mapping.

    ``faults`` are used up first, one a request, in order of arrival; then ``trouble`` says what a request
    gets instead of its answer, given how often it was asked before. ``latency`` in seconds. ``answered``
    counts whole answers sent, by request.
    """

    def __init__(
        self,
        answer: Answer = echo,
        *,
        latency: float = 0.0,
        key: str | None = None,
        faults: Iterable[Fault] = (),
        trouble: Trouble | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.latency = latency
        self.key = key
        self.faults = deque(faults)
        self.trouble = trouble
        self.asked: Counter[bytes] = Counter()
        self.answered: Counter[bytes] = Counter()
        self.port = port
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.calls = self.unauthorised = self.at_once = self.most_at_once = self.hanging = 0
        self.keep = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._ready = threading.Event()
        self._done: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError(f"cannot listen on 127.0.0.1:{self.port}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._done is not None
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """What goes into ``base_url``."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self) -> None:
        """Serve until the ``with`` block ends."""
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/calls", self._count)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = listening.getsockname()[1]
        await web.SockSite(runner, listening).start()
        self._ready.set()
        await self._done.wait()
        await runner.cleanup()

    async def _count(self, _: web.Request) -> web.Response:
        """How many calls came so far, for benchmarks in another process."""
        return web.Response(text=str(self.calls))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._reply(request)
        finally:
            self.at_once -= 1

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        data = await request.read()
        asked = json.loads(data)
        if self.keep:
            self.requests.append(asked)
            self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            self.unauthorised += 1
            return await self._fault(
                request, error(401, message=f"bad {request.headers.get('Authorization')}")
            )
        if self.faults:
            return await self._fault(request, self.faults.popleft())
        name = hashlib.sha256(data).digest()
        self.asked[name] += 1
        fault = self.trouble(asked, self.asked[name] - 1) if self.trouble else None
        if fault:
            return await self._fault(request, fault)
        if self.latency:
            await asyncio.sleep(self.latency)
        said = self.answer(asked)
        body = completion(asked, said) if isinstance(said, str) else said
        self.answered[name] += 1
        return web.Response(text=json.dumps(body), content_type="application/json")

    async def _fault(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        assert request.transport is not None
        if fault.kind == "hang":
            self.hanging += 1
            await asyncio.sleep(3600)
        if fault.kind == "reset":
            raw = request.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.transport.abort()
        if fault.kind == "truncate":
            half = web.StreamResponse(headers={"Content-Length": "100000"})
            await half.prepare(request)
            await half.write(b'{"choices": [')
            request.transport.close()
            return half
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        return web.Response(status=fault.status, headers=dict(fault.headers), body=body)


def completion(asked: Request, text: str) -> dict[str, Any]:
    read = sum(len(str(message["content"]).split()) for message in asked["messages"])
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": f"{asked['model']}-2026-01-01",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": len(text.split()),
            "total_tokens": read + len(text.split()),
        },
    }


def main() -> None:
    """Serve until killed; the first line printed is the base URL."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--latency", type=float, default=0.0, help="seconds each call takes")
    words.add_argument("--key", help="the key that calls must carry")
    words.add_argument("--answer", choices=("echo", "exam"), default="echo")
    given = words.parse_args()
    said = {"echo": echo, "exam": exam}[given.answer]
    server = Loopback(said, latency=given.latency, key=given.key, port=given.port)
    server.keep = False
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
