"""The progress bar of commands that call models: cases, time left, spend."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cuebook.cli._shared import is_terminal, note
from cuebook.gate.plan import Comparison

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from cuebook.calls.engine import Progress
    from cuebook.jobs.evaluate import Watch


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[spend]}"),
    )
    return Bar(*columns, console=Console(stderr=True), transient=True)


def _spend(progress: Progress) -> str:
    return "" if not progress.cost_usd else f"${progress.cost_usd:.4f}"


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how to go on when the user has had enough."""
    try:
        yield
    except KeyboardInterrupt:
        again = shlex.join(["cuebook", *sys.argv[1:]])
        note(f"stopped: every reply is kept and not asked for again; to continue: {again}")
        raise


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[Progress], None] | None]:
    """As ``watching``, for calls that belong to one thing, called ``what``."""
    if not is_terminal():
        with _resumable():
            yield None
        return
    with _resumable(), _bar() as bar:
        task = bar.add_task(what, total=total, spend="")
        yield lambda progress: bar.update(task, completed=progress.done, spend=_spend(progress))


@contextmanager
def watching(total: Callable[[], int]) -> Iterator[Watch | None]:
    """A watcher that draws calls done of ``total``, time left and spend; None when nobody is watching.

    ``total`` is asked for only then: reckoning it looks at every comparison.
    """
    if not is_terminal():
        with _resumable():
            yield None
        return
    with _resumable(), _bar() as bar:
        task = bar.add_task("starting", total=total(), spend="")
        before = 0
        current: Comparison | None = None
        done = 0

        def watch(comparison: Comparison, progress: Progress) -> None:
            nonlocal before, current, done
            if comparison is not current:
                before += done
                current = comparison
            done = progress.done
            name = comparison.candidate.ref
            bar.update(task, completed=before + done, description=name, spend=_spend(progress))

        yield watch
