"""The process that runs one scorer of a repository's own: no key is in its environment.

It is told what to do by whoever started it, whom it trusts, and answers in JSON, as nothing that it says is
trusted: one line for each thing that it is told. When the pipe closes it ends, whatever it does then.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import struct
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from pydantic import ValidationError

from cuebook.core.errors import CuebookError
from cuebook.core.limited import OverBudget
from cuebook.scorers._base import Asked, Context, NoParameters, Scorer
from cuebook.shapes.run import Score

PACKAGE = "cuebook_local"
HEADER = struct.Struct(">Q")
"""In front of each thing that it is told: its length in bytes."""


class Host:
    """What was loaded, and the scorings that wait for replies."""

    def __init__(self) -> None:
        self._scorer: Scorer | None = None
        self._shared: dict[str, Any] = {}
        self._waiting: dict[int, Asked] = {}

    def answer(self, what: str, *rest: Any) -> dict[str, Any]:
        """What came of one thing that it was told; an error of the scorer is an answer, too."""
        try:
            found: dict[str, Any] = getattr(self, f"do_{what}")(*rest)
        except (Exception, SystemExit) as error:  # noqa: BLE001  other people's code may raise anything here
            told = error.args[0] if isinstance(error, CuebookError | OverBudget) and error.args else error
            ours = isinstance(error, CuebookError | OverBudget)
            return {"error": str(told)[:10_000], "name": type(error).__name__, "ours": ours}
        return found

    def do_load(self, name: str, path: str, data: bytes) -> dict[str, Any]:
        """Run the file; what its scorer is."""
        module = ModuleType(f"{PACKAGE}.{name}")
        sys.modules[module.__name__] = module
        with no_module_of_the_checkout():
            exec(compile(data, path, "exec", dont_inherit=True), vars(module))  # noqa: S102
        found = vars(module).get("score")
        if not isinstance(found, Scorer):
            return {"none": True}
        self._scorer = found
        return {
            "version": found.version,
            "needs_model": found.needs_model,
            "paired": found.paired,
            "kind": found.kind,
            "sees": found.sees,
            "fields": list(found.parameters.model_fields),
            "doc": module.__doc__ or "",
        }

    def do_check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Whether these are settings of the scorer, and what they come to."""
        try:
            settings = self._settings(given)
        except ValidationError as error:
            return {"wrong": json.loads(error.json(include_url=False))}
        values = {name: getattr(settings, name) for name in type(settings).model_fields}
        return {"values": values, "reads": settings.reads}

    def do_share(self, shared: dict[str, Any]) -> dict[str, Any]:
        """Keep what many contexts have in common."""
        self._shared = shared
        return {}

    def do_score(self, number: int, context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
        """Score an answer, or begin to."""
        assert self._scorer is not None
        found = self._scorer.function(replace(context, **self._shared), self._settings(given))
        if isinstance(found, Score) or not hasattr(found, "send"):
            return _told(found)
        self._waiting[number] = found
        return self._go_on(number, None)

    def do_send(self, number: int, replies: Any) -> dict[str, Any]:
        """Go on with a scoring that asked."""
        return self._go_on(number, replies)

    def _go_on(self, number: int, replies: Any) -> dict[str, Any]:
        try:
            calls = self._waiting[number].send(replies)
        except StopIteration as stop:
            del self._waiting[number]
            return _told(stop.value)
        return {"calls": [asdict(call) for call in calls]}

    def _settings(self, given: Mapping[str, Any]) -> NoParameters:
        assert self._scorer is not None
        return self._scorer.parameters.model_validate(dict(given))


def _told(found: Any) -> dict[str, Any]:
    return {"score": asdict(found)} if isinstance(found, Score) else {"odd": type(found).__name__}


@contextmanager
def no_module_of_the_checkout() -> Iterator[None]:
    """Take the working folder from where modules are looked for: it may hold a stranger's files."""
    before = list(sys.path)
    here = {"", os.path.realpath(Path.cwd())}
    sys.path[:] = [entry for entry in before if (os.path.realpath(entry) if entry else "") not in here]
    try:
        yield
    finally:
        sys.path[:] = before


def main() -> None:
    """Serve until the pipe closes. What the scorer prints goes to standard error."""
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What the scorer prints must not come between the answers, and it must not read what is meant for us.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, told), daemon=True).start()
    host = Host()
    while True:
        line = json.dumps(host.answer(*told.get()), default=repr)
        out.write(line.encode() + b"\n")
        out.flush()


def _listen(source: BinaryIO, told: queue.SimpleQueue[Any]) -> None:
    """Hand on what comes. When nobody is there any more, end also a scorer that does not."""
    while len(head := source.read(HEADER.size)) == HEADER.size:
        told.put(pickle.loads(source.read(HEADER.unpack(head)[0])))  # noqa: S301  from who started this process
    # Not sys.exit: a scorer that never ends would keep the process alive.
    os._exit(0)
