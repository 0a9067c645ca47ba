"""The progress bar of commands that call models: cases, time left, spend."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from cuebook.cli._shared import is_terminal, note
from cuebook.core.escape import one_line
from cuebook.core.format import money, plural
from cuebook.gate.comparison import Comparison

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from cuebook.calls.engine import Progress
    from cuebook.jobs.evaluate import Watch


def _bar() -> Bar:
    # Imported here: most commands draw no bar, and a log shows none.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    # No markup: what a provider says of a wait is in the description.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[spend]}"),
    )
    # On standard error, so that the report can be piped; gone afterwards, so that the report stands alone.
    return Bar(*columns, console=Console(stderr=True), transient=True)


def _spend(progress: Progress) -> str:
    return money(progress.cost_usd) if progress.cost_usd else ""


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how to go on when the user has had enough."""
    try:
        yield
    except KeyboardInterrupt:
        # The same words again are all that it takes, as replies are kept.
        again = shlex.join(["cuebook", *sys.argv[1:]])
        note(f"stopped: every reply is kept and not asked for again; to continue: {again}")
        raise


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[Progress], None]]:
    """As ``watching``, for calls that belong to one thing, called ``what``."""
    if not is_terminal():
        told = _Told()
        with _resumable():
            yield lambda progress: told.tell(what, progress, lambda: total)
        return
    with _resumable(), _bar() as bar:
        task = bar.add_task(what, total=total, spend="")

        def watch(progress: Progress) -> None:
            bar.update(
                task, completed=progress.done, description=_said(what, progress), spend=_spend(progress)
            )

        yield watch


def waits(what: str) -> Callable[[Progress], None]:
    """Return a watcher that says only what is waited for, for a call or two, which are worth no bar."""
    told = -_Told.EVERY

    def watch(progress: Progress) -> None:
        nonlocal told
        if progress.waiting is not None and monotonic() - told >= _Told.EVERY:
            told = monotonic()
            note(_said(what, progress))

    return watch


@contextmanager
def watching(total: Callable[[], int]) -> Iterator[Watch]:
    """Yield a watcher that draws calls done of ``total``, time left, spend, and what is waited for.

    Where nobody is watching it only says now and then how far a comparison has come, and ``total`` is not
    asked for: it takes a look at every comparison.
    """
    if not is_terminal():
        told = _Told()
        with _resumable():
            yield lambda comparison, progress: told.tell(comparison.candidate.ref, progress, comparison.calls)
        return
    with _resumable(), _bar() as bar:
        task = bar.add_task("starting", total=total(), spend="")
        before = 0
        current: Comparison | None = None
        done = 0

        def watch(comparison: Comparison, progress: Progress) -> None:
            nonlocal before, current, done
            # What is told is the progress of one comparison; the bar is of all.
            if comparison is not current:
                before += done
                current = comparison
            done = progress.done
            said = _said(comparison.candidate.ref, progress)
            bar.update(task, completed=before + done, description=said, spend=_spend(progress))

        yield watch


class _Told:
    """Says now and then, on lines of their own, how far a run has come: a log of hours must not be silent."""

    EVERY = 30.0

    def __init__(self) -> None:
        self._last = monotonic()
        self._has_waited = False

    def tell(self, what: str, progress: Progress, most: Callable[[], int]) -> None:
        """Say how many calls of at most ``most`` are done, unless that was said a moment ago.

        That a run waits is said at once the first time.
        """
        is_news = progress.waiting is not None and not self._has_waited
        now = monotonic()
        if is_news or now - self._last >= self.EVERY:
            self._last, self._has_waited = now, self._has_waited or is_news
            # Each round of tools in a dialogue is one call more than was planned.
            calls = plural(max(most(), progress.planned), "call")
            spent = f" for {_spend(progress)}" if progress.cost_usd else ""
            mark = ";" if progress.waiting else ":"
            note(f"{_said(what, progress)}{mark} {progress.done:,} of at most {calls} done{spent}")


def _said(what: str, progress: Progress) -> str:
    """The name of what is asked for, and what a run waits for with the time when it goes on."""
    if (waiting := progress.waiting) is None:
        return what
    at = (datetime.now().astimezone() + timedelta(seconds=waiting.seconds)).strftime("%H:%M:%S")
    return f"{what} waits until {at}: {one_line(waiting.why, _LONGEST)}"


_LONGEST = 80
"""Characters of a reason: it shares a line of the terminal with the bar."""
