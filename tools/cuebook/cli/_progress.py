"""The progress bar of commands that call models: cases, time left, spend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cuebook.cli._shared import is_terminal
from cuebook.engine import Progress
from cuebook.evaluation import Watch
from cuebook.plan import Comparison


@contextmanager
def watching(total: int) -> Iterator[Watch | None]:
    """A watcher that draws calls done of ``total``, time left and spend; None when nobody is watching."""
    if not is_terminal():
        yield None
        return
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
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=total, spend="")
        before = 0
        current: Comparison | None = None
        done = 0

        def watch(comparison: Comparison, progress: Progress) -> None:
            nonlocal before, current, done
            if comparison is not current:
                before += done
                current = comparison
            done = progress.done
            spend = "" if not progress.cost_usd else f"${progress.cost_usd:.4f}"
            bar.update(task, completed=before + done, description=comparison.candidate.ref, spend=spend)

        yield watch
