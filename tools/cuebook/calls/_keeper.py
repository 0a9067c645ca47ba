"""Ends what apps started when Cuebook itself is killed: a process that waits for a pipe to close.

Nothing can be done by a process that gets SIGKILL, so another one waits for its end. It is told about each
process of an app while that runs. Run as a program, by its path: the standard library alone is imported.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

STARTED, ENDED, OVER = "+", "-", "over"


def strays(home: str) -> list[int]:
    """The processes whose environment has this folder as their home, by their number; Linux alone can tell.

    So those are found that have left the session which they were started in.
    """
    found = []
    mark = b"\0HOME=" + os.fsencode(home) + b"\0"
    for entry in Path("/proc").glob("[0-9]*") if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if mark in b"\0" + (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def kill_strays(home: str) -> None:
    """End them, and what they start meanwhile."""
    while left := strays(home):
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def keep(lines: Iterable[str], folder: str) -> None:
    """Read a line for each process that starts or ends; then end those left, unless told OVER.

    A line is ``+ GROUP HOME`` or ``- GROUP HOME``; GROUP is 0 until the process has been started. ``folder``
    holds what was made for the run, and is deleted like the homes.
    """
    left: dict[str, int] = {}
    for line in lines:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == OVER:
            return
        number, _, home = rest.partition(" ")
        if word == STARTED:
            left[home] = int(number)
        elif word == ENDED:
            left.pop(home, None)
    # What is just being started shows its environment a moment later.
    for wait in (0, 0.05, 0.2) if left else ():
        time.sleep(wait)
        for home, group in left.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if group and not wait:
                    os.killpg(group, signal.SIGKILL)
            kill_strays(home)
    for path in (*left, folder):
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    keep(sys.stdin, sys.argv[1])
