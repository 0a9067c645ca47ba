"""An app under test: a command that gets one case as a line of JSON and prints one answer as a line of JSON.

One process a case, in a session of its own with a fresh home. It has so many seconds, so much output and,
where the system can, so much memory; whatever is left of it and of its children then is killed. No shell is
asked.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal, Self

from pydantic import ValidationError

from cuebook.calls import _keeper
from cuebook.core.canonical import digest, read_json
from cuebook.core.environment import for_python, for_target
from cuebook.core.errors import FailureCode, UsageError
from cuebook.core.escape import shorten
from cuebook.core.format import joined
from cuebook.core.shape_errors import shape_problems
from cuebook.shapes.answers_format import AnswerLine
from cuebook.shapes.run import Case, Failure, Message, ModelReply
from cuebook.shapes.settings_format import TargetApp

PROTOCOL = "target/1"
STDERR_KEPT = 4_096
"""Bytes of the end of what a process writes to standard error."""
GRACE = 2.0
"""Seconds between asking a process to end and ending it."""
TRY_AGAIN = 75
"""The exit code that says: not my fault, try again (EX_TEMPFAIL of sysexits.h)."""
_SECRET = 6
"""Characters from which the value of a variable that is passed on is taken out of messages."""

Ended = Literal["exited", "timeout", "output"]


@dataclass(frozen=True)
class App:
    """A target made ready: its command found, its folder and environment known."""

    name: str
    target: TargetApp
    command: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    keeper: Keeper | None = None

    @property
    def unset(self) -> list[str]:
        """The variables that the settings pass on and that are not set here."""
        return [name for name in self.target.env if name not in self.environment]

    @classmethod
    def of(
        cls, name: str, target: TargetApp, top: Path, more: Mapping[str, str], keeper: Keeper | None = None
    ) -> App:
        """The target of the settings with ``more`` in its environment. Raises UsageError."""
        cwd = top / target.cwd
        if not cwd.is_dir():
            raise UsageError(
                f"the target {name!r} cannot run: there is no folder {target.cwd}", "correct its 'cwd'"
            )
        own = {"CUEBOOK_TARGET": "1", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
        environment = {**for_target(os.environ, target.env), **own, **more}
        first = target.command[0]
        found = str(cwd / first) if "/" in first else shutil.which(first, path=environment.get("PATH"))
        if not found or not os.access(found, os.X_OK):
            cure = f"set targets.{name}.command to a program on PATH or below {target.cwd}"
            raise UsageError(f"the target {name!r} cannot run: there is no program {first!r}", cure)
        return cls(name, target, (found, *target.command[1:]), cwd, environment, keeper)


class Keeper:
    """Who ends what apps started when this process is killed, and deletes ``folder`` then. Use in ``with``.

    Windows has no groups of processes: there nobody is told, and what runs then runs to its end.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._one = threading.Lock()

    def __enter__(self) -> Self:
        if sys.platform != "win32":
            # A session of its own: what ends all of this one's must not end the keeper before it has worked.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _keeper.__file__, self._folder],
                env=for_python({}),
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.tell(_keeper.OVER)
            assert self._process.stdin is not None
            with suppress(OSError):
                self._process.stdin.close()
            self._process.wait()

    def tell(self, *words: str) -> None:
        """Send one line about a process that starts or ends."""
        if self._process is not None and self._process.stdin is not None:
            with self._one, suppress(OSError):
                self._process.stdin.write(f"{' '.join(words)}\n")
                self._process.stdin.flush()


def request(case: Case, repeat: int, prompt: Any, messages: Sequence[Message]) -> bytes:
    """Return the line of JSON that a process gets; it holds no expectations, no tags and no arm."""
    dialogue = {"turns": case.spoken, "tools": dict(case.tools)} if case.script else {}
    line = {
        "cuebook": PROTOCOL,
        "id": _id(case, repeat),
        "case": {"id": case.id, "inputs": dict(case.inputs), **dialogue},
        "prompt": prompt,
        "messages": [dict(message) for message in messages],
        "repeat": repeat,
    }
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _id(case: Case, repeat: int) -> str:
    return digest([case.id, repeat]).partition(":")[2][:8]


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """The result of one process: its output, the end of its standard error, how it ended, and in how long."""

    ended: Ended
    code: int | None
    out: bytes
    err: str
    seconds: float


def run(app: App, line: bytes) -> ProcessRun:
    """Start a process, send it the line, and wait for its end or a limit; what is left of it is then ended.

    Raises UsageError when it cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="cuebook-target-", ignore_cleanup_errors=True) as home:
        environment = {**app.environment, "HOME": home, "TMPDIR": home}
        if app.keeper:  # before it starts: whoever kills this process may do so at once
            app.keeper.tell(_keeper.STARTED, "0", home)
        start = time.monotonic()
        try:
            process = subprocess.Popen(
                app.command,
                cwd=app.cwd,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise UsageError(
                f"the target {app.name!r} cannot run: {error.strerror}", "correct its 'command'"
            ) from None
        here = (str(process.pid), home)
        if app.keeper:
            app.keeper.tell(_keeper.STARTED, *here)
        _limit_memory(process.pid, app.target.max_memory)  # before it gets anything to work on
        watch = _Watch(process, line, app.target.max_output)
        _running.add(process)
        try:
            ended = watch.wait(app.target.timeout)
        finally:
            _end(process)
            _keeper.kill_strays(home)
            _running.discard(process)
            if app.keeper:
                app.keeper.tell(_keeper.ENDED, *here)
            seconds = time.monotonic() - start
            out, err = watch.read()
    if len(out) > app.target.max_output:  # it may have ended before all of it was read
        ended = "output"
    return ProcessRun(ended, process.returncode, out, _blotted(err, app), seconds)


_running: set[subprocess.Popen[bytes]] = set()


def stop_all() -> None:
    """End every process that runs now; called when whoever started them was interrupted."""
    ending = list(_running)
    if sys.platform != "win32":
        for process in ending:  # all are asked before the first is waited for
            _signal(process.pid, signal.SIGTERM)
    for process in ending:
        _end(process)


@dataclass
class _Watch:
    """Threads that feed a process and read it, so that neither side waits for the other."""

    process: subprocess.Popen[bytes]
    line: bytes
    most: int
    _out: bytearray = field(default_factory=bytearray)
    _err: bytearray = field(default_factory=bytearray)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        for work in (self._write, self._read_out, self._read_err, self._await):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self, seconds: float) -> Ended:
        """Wait until the process has ended or printed too much, for at most so many seconds."""
        return "exited" if self._over.wait(seconds) else "timeout"

    def read(self) -> tuple[bytes, bytes]:
        """Return what it printed; a child that left its session and holds the pipe open is not waited for."""
        for thread in self._threads:
            thread.join(GRACE)
        return bytes(self._out), bytes(self._err)

    def _write(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError), self.process.stdin as pipe:  # one that does not read is told by its answer
            pipe.write(self.line)

    def _read_out(self) -> None:
        for part in _parts(self.process.stdout):
            self._out += part[: self.most + 1 - len(self._out)]
            if len(self._out) > self.most:
                self._over.set()
                return

    def _read_err(self) -> None:
        for part in _parts(self.process.stderr):
            self._err = (self._err + part)[-STDERR_KEPT:]

    def _await(self) -> None:
        self.process.wait()
        self._over.set()


def _parts(pipe: IO[bytes] | None) -> Iterator[bytes]:
    assert pipe is not None
    with pipe:
        yield from iter(lambda: os.read(pipe.fileno(), 65_536), b"")


def _limit_memory(pid: int, most: int | None) -> None:
    """Hold a process to so many bytes of address space, where the system can: Linux alone."""
    if most is not None and sys.platform == "linux":
        import resource  # Windows has no such module

        with suppress(ProcessLookupError):  # it may have ended already
            resource.prlimit(pid, resource.RLIMIT_AS, (most, most))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started: asked first, unless it has ended, and then made to."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        process.wait()
        return
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, kind: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody of it may be left
        os.killpg(group, kind)


def _blotted(written: bytes, app: App) -> str:
    """What an app wrote, without the values that were passed on."""
    text = written.decode(errors="replace")
    for name in app.target.env:
        value = app.environment.get(name, "")
        if len(value) >= _SECRET:
            text = text.replace(value, f"${name}")
    return text.strip()


def answer(app: App, case: Case, repeat: int, found: ProcessRun) -> ModelReply | Failure:
    """Return the answer that a process printed, or why there is none; a fault of the app itself scores 0."""
    tail = f": {found.err[-500:]}" if found.err else ""

    def failed(code: FailureCode, why: str) -> Failure:
        return Failure("provider" if code == "try_again" else "candidate", why, code=code)

    if found.ended == "timeout":
        return failed("timeout", f"not ended after {app.target.timeout:g} seconds{tail}")
    if found.ended == "output":
        return failed("too_much_output", f"more than {app.target.max_output:,} bytes of output")
    if found.code == TRY_AGAIN:
        return failed("try_again", f"exit code {TRY_AGAIN}, try again{tail}")
    # A byte-order mark and empty lines are harmless.
    lines = [line for line in found.out.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    if not lines:
        return failed("no_output", f"exit code {found.code} and no answer{tail}")
    if len(lines) > 1:
        cure = "whatever is not an answer belongs on standard error"
        said = joined([_quoted(line, app) for line in lines[:2]])
        return failed("several_lines", f"{len(lines):,} lines of output, and not one: {said}; {cure}")
    try:
        said = read_json(lines[0].decode())
        if not isinstance(said, dict):
            return failed("not_json", f"the answer is not a JSON object: {_quoted(lines[0], app)}{tail}")
        line = AnswerLine.model_validate(said)
    except ValidationError as error:
        (first, *_) = shape_problems(error, "", lambda _: 0, lambda _: ())
        return failed("unreadable", f"the answer cannot be read: {first.message}")
    except ValueError as error:
        return failed("not_json", f"the answer is not JSON: {_quoted(lines[0], app)}: {error}{tail}")
    return _said(case, repeat, said, line, found.seconds)


def _quoted(line: bytes, app: App) -> str:
    """The beginning of a line that an app printed, as a report can show it."""
    return repr(shorten(_blotted(line, app), _SHOWN))


_SHOWN = 120
"""Characters of such a line: enough to see what printed it."""


def _said(
    case: Case, repeat: int, said: Mapping[str, Any], line: AnswerLine, seconds: float
) -> ModelReply | Failure:
    if line.id != _id(case, repeat):
        return Failure(
            "candidate",
            f"the answer has the id {str(line.id)[:80]!r}, not that of the request",
            code="other_id",
        )
    none = line.no_answer(STDERR_KEPT)
    if isinstance(none, Failure):
        return replace(none, message=none.message or "an error", code="own_error")
    if none is not None:
        return replace(none, seconds=seconds)
    if (reply := line.reply(seconds)) is None:
        keys = ", ".join(sorted(map(str, said))[:12])[:200]
        return Failure(
            "candidate", f"the answer has neither 'output' nor 'toolCalls' (keys: {keys})", code="unreadable"
        )
    return reply
