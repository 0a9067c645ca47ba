"""One line a verdict: the table at the end of a job."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cuebook.numbers import points
from cuebook.verdict import MetricResult, Verdict

SUFFIX = ".txt"
WIDTH = 110


def render(verdicts: Sequence[Verdict]) -> str:
    """Version, baseline, suite, outcome and the weakest metric of each verdict, in the order given."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("version", "against", "verdict", "metric", "change", "interval"):
        table.add_column(heading, no_wrap=True)
    table.add_column("cases", justify="right", no_wrap=True)
    table.add_column("why", overflow="ellipsis", no_wrap=True)
    for verdict in verdicts:
        table.add_row(*_row(verdict))
    out = io.StringIO()
    Console(file=out, width=WIDTH, force_terminal=False, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _row(verdict: Verdict) -> list[str | Text]:
    metric = verdict.deciding
    against = f"v{verdict.baseline.version}" if verdict.baseline else "floor"
    version = f"{verdict.prompt}/{verdict.candidate.version}"
    outcome = Text(verdict.outcome)
    if metric is None:
        return [version, against, outcome, "", "", "", f"{verdict.coverage.used}", verdict.sentence]
    return [
        version,
        against,
        outcome,
        metric.label,
        points(metric.mean),
        f"[{points(metric.lower)}, {points(metric.upper)}]",
        _cases(metric),
        _why(verdict),
    ]


def _cases(metric: MetricResult) -> str:
    return f"{metric.used}/{metric.planned}"


def _why(verdict: Verdict) -> str:
    return verdict.reasons[0] if verdict.reasons else verdict.candidate.message
