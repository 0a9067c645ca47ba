"""An app under test while it is asked: what one question to it is, and who runs its processes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cuebook.calls.target import GRACE, App, ProcessRun, answer, run, stop_all
from cuebook.core.canonical import digest
from cuebook.core.environment import REGISTRY
from cuebook.core.errors import CaseFailed, Retryable
from cuebook.core.reads import Reads
from cuebook.registry.apps import AppUnderTest
from cuebook.shapes.run import Case, ModelCall, ModelReply

_PATIENCE = 3
"""An answer with all its tries may take this many times the limit of one process."""


@dataclass(frozen=True)
class AppCall(ModelCall):
    """One question to an app: a ``case``, asked with the registry of an ``arm``; ``model`` is its name.

    ``line`` is what its process reads. The answer depends on the ``fingerprint`` of the app, the digest of
    the version (the arm's name), and what other prompts say that are live ``beside`` it.
    """

    case: Case = field(default_factory=lambda: Case("", {}))
    arm: str = ""
    line: bytes = b""
    fingerprint: str = ""
    beside: str = ""

    @cached_property
    def key(self) -> str:
        """Digest of everything that may change the answer."""
        about: list[Any] = [self.fingerprint, self.beside, self.arm, self.case.inputs, self.case.files]
        # Only of a dialogue, so that keys of single questions stay what earlier releases stored.
        about += [self.case.spoken, self.case.tools] if self.case.script else []
        return digest(["target", self.model, *about, self.repeat, self.epoch])


class RunningApp:
    """An app whose arms are made ready, by the digest of their version. Close it when all is asked.

    ``model`` is the name in calls to it, ``most`` how many of its processes run at once, ``patience`` the
    seconds for one answer with all its tries.
    """

    def __init__(self, tested: AppUnderTest, arms: Mapping[str, App]) -> None:
        target = tested.target
        self._reads = Reads(Path(app.environment[REGISTRY]) for app in arms.values())
        self._looks = target.prompt == "registry"
        self._started = 0
        self.model = tested.name
        self.fingerprint = tested.fingerprint
        self.most = target.workers
        # A process that does not end in time is asked to, and then made to: that takes time as well.
        self.patience = _PATIENCE * (target.timeout + 2 * GRACE)
        self.deterministic = target.deterministic
        self._arms = arms
        self._pool = ThreadPoolExecutor(target.workers, thread_name_prefix="cuebook-target")
        self._tasks: set[Future[ProcessRun]] = set()

    async def complete(self, call: ModelCall) -> ModelReply:
        """The answer of one process. Raises Retryable, CaseFailed, UsageError when none can be started."""
        assert isinstance(call, AppCall)
        app = self._arms[call.arm]
        task = self._pool.submit(run, app, call.line)
        self._started += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        said = answer(app, call.case, call.repeat, await asyncio.wrap_future(task))
        if isinstance(said, ModelReply):
            return said
        failed = Retryable if said.kind == "provider" else CaseFailed
        raise failed(said.message, code=said.code)

    @property
    def unset(self) -> list[str]:
        """The variables that it should get and that are not set here."""
        return next(iter(self._arms.values())).unset

    @property
    def unread(self) -> bool:
        """Whether no process that ran read its registry, though the version is to be had there."""
        return self._looks and self._started > 0 and self._reads.none

    async def close(self) -> None:
        """As ``end``."""
        self.end()

    def end(self) -> None:
        """Start no more processes, and end those that run with all that they started. Safe to call twice."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        # More than once: a process may be started between the look and the end.
        while left := [task for task in list(self._tasks) if not task.done()]:
            stop_all()
            wait(left, timeout=GRACE)
