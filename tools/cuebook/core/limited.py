"""Call one function in a child process, for work that Python itself cannot stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cuebook.core.environment import for_python

CPU_SECONDS = 2
_WALL_SECONDS = 20
"""Seconds of real time: reached only where two seconds of CPU take longer than this."""
_MEMORY = 1 << 30
"""Bytes: a Python with what it imports needs a tenth of it."""


class OverBudget(Exception):
    """A contributed program did not end within its budget; the text says which."""


TRIES = 3
"""How often a program may run over its budget: one long answer says little of it, three do."""

_failures: Counter[str] = Counter()


@contextmanager
def patience(program: str) -> Iterator[None]:
    """Refuse a program that ran over its budget ``TRIES`` times: each further try would take as long.

    Raises OverBudget then, and counts one that is raised within.
    """
    if _failures[program] >= TRIES:
        raise OverBudget(f"not tried: it was over its budget {TRIES} times")
    try:
        yield
    except OverBudget:
        _failures[program] += 1
        raise


inside = False
"""Whether this process is such a child, which then needs no other one."""


def call_limited(function: str, **arguments: Any) -> Any:
    """Return what ``module:name`` gives for arguments that JSON can hold, computed in a child process.

    Raises OverBudget after two seconds of CPU or a gigabyte of memory.
    """
    # -P: the working folder may be a stranger's checkout, which must not bring modules.
    command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps([function, arguments]),
            capture_output=True,
            encoding="utf-8",
            env=for_python(os.environ),
            timeout=_WALL_SECONDS if sys.platform != "win32" else CPU_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        raise OverBudget(f"stopped after {CPU_SECONDS} seconds")
    return json.loads(done.stdout)


def _limit() -> None:
    global inside  # noqa: PLW0603  a process is a child once and for all
    inside = True
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def main() -> None:
    """Answer the one call that standard input holds."""
    function, arguments = json.load(sys.stdin)
    module, _, name = function.partition(":")
    called = getattr(import_module(module), name)
    _limit()
    json.dump(called(**arguments), sys.stdout)
