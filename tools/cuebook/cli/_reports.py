"""Verdicts in the formats that were asked for, printed or written to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from cuebook import reports
from cuebook.cli._shared import note, say_made, write_out
from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from cuebook.shapes.verdict import Verdict

_F = TypeVar("_F", bound=Callable[..., Any])


def report_options(function: _F) -> _F:
    """``--format NAME`` (as ``formats``) and ``--out FOLDER``."""
    formats = click.option(
        "--format",
        "formats",
        multiple=True,
        type=click.Choice(reports.names()),
        help="How to report; may be given several times. Default: terminal.",
    )
    out = click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Write each report to a file in this folder instead of printing it.",
    )
    return formats(out(function))


def report(
    verdicts: Sequence[Verdict], formats: Sequence[str], out: Path | None, stem: str, *, of_a_change: bool
) -> None:
    """Print the verdicts, or write them to ``out`` as files called ``stem``.

    What is compared by hand concerns no line of a change, so that a log gets nothing of it.
    """
    for name in formats or ("terminal",):
        mine = [] if not of_a_change and reports.find(name).AUDIENCE == "log" else verdicts
        if out:
            note(f"wrote {write_report(out, stem, name, mine)}")
        else:
            say_made(reports.render(name, mine))


def write_report(out: Path, stem: str, name: str, verdicts: Sequence[Verdict]) -> Path:
    """Write one report to the folder ``out``; return where. Raises UsageError where it cannot be written."""
    path = out / f"{stem}{reports.find(name).SUFFIX}"
    # A file has no use for a terminal's colours.
    write_out(path, click.unstyle(reports.render(name, verdicts)).encode())
    return path


def write_reports(out: Path, verdicts: Sequence[Verdict]) -> Path:
    """Write every report of a gated change; return where the Markdown is. Raises UsageError."""
    # All of them: whoever takes the artifact finds the form that their tool reads.
    return {name: write_report(out, "gate", name, verdicts) for name in reports.names()}["markdown"]


def worst(verdicts: Sequence[Verdict]) -> int:
    """Return the exit code of several verdicts: fail before inconclusive before pass."""
    # The numbers do not say which is worse: inconclusive is 3.
    codes = {verdict.exit_code for verdict in verdicts}
    return next((code for code in (EXIT_FAIL, EXIT_INCONCLUSIVE) if code in codes), EXIT_PASS)
