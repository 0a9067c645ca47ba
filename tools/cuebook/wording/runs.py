"""Sentences on the workflow runs of a pull request: what was not reported, not evaluated or not trusted.

Values may come with markup: who fills them in has made them harmless.
"""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import plural, some

NOTHING_RUN = "nothing was evaluated"
NOTHING_TO_EVALUATE = "nothing to evaluate"
WRONG_NEXT = "correct them and push"
REFUSED_NEXT = "run it again"
SILENT_NEXT = "read its log"
"""What to do about files that are wrong, a report that was refused, a run without one."""


def running(steps: str) -> str:
    """Say that runs are at work, in the line that sums up a change."""
    return f"running: {steps}; no verdict yet"


def at_work(runs: str, *, waits: bool, rehearsed: bool) -> str:
    """Say which runs are at work, or wait to be let; what follows may be what another run ``rehearsed``."""
    how = "**Waiting for a maintainer's approval:**" if waits else "**Running:**"
    return f"{how} {runs}.{' Until then, the rehearsal:' if rehearsed else ''}"


def unreported(steps: str) -> str:
    """Say that runs ended without a report that counts, in the line that sums up a change."""
    return f"fail: no report of {steps}"


def stopped(why: str) -> str:
    """Say that no model could be asked, in the line that sums up a change."""
    return f"not evaluated: {why}"


def wrong_files(count: int) -> str:
    """Say that files are wrong. No full stop."""
    return f"fail: {plural(count, 'problem')} in the files"


def guarded(files: Sequence[str], most: int) -> str:
    """Say that a change edits files which take part in its own verdict; at most ``most`` of them by name."""
    return (
        f"This pull request changes files that produce the verdict: {some(files, most)}. Read these first. "
        "The verdict below is not trusted; it is recomputed on the default branch."
    )


def of_other_workflows(why: str) -> str:
    """Say that the workflows which made what is told may be a stranger's; ``why``, without full stop."""
    return (
        f"This report may not come from the default branch's workflows: {why}. The verdict below is "
        "not trusted; it is recomputed on the default branch. For a trusted one, propose the same change "
        "from a new branch."
    )


def refused(run: str) -> str:
    """Say that the report of a run was not accepted."""
    return f"fail: the report of {run} was refused."


def silent(run: str) -> str:
    """Say that a run left no report."""
    return f"fail: {run} ended without a report."


def by_hand(number: int | None, head: str) -> str:
    """Return how a maintainer gates a change from a fork."""
    return (
        "From a fork: only what needs no key is evaluated here. A maintainer gates it under Actions, "
        f"*gate-fork*, *Run workflow*: pull request {number or 'N'}, commit `{head}`."
    )
