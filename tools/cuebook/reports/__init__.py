"""One file per form of report: verdicts in, text out. Found by a folder scan; file name = ``--format``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

from cuebook.core import family
from cuebook.reports._audience import Audience
from cuebook.shapes.verdict import Verdict


class Report(Protocol):
    """A member: a docstring, the suffix of its files (``.csv``), whom it is made for, and a pure function."""

    SUFFIX: str
    AUDIENCE: Audience

    def render(self, verdicts: Sequence[Verdict]) -> str:
        """Return the report on these verdicts, ending with a line feed.

        The headline of each is in it, in the words of ``wording``. Texts of others steer neither a terminal
        nor a workflow's log: see ``_text``.
        """


@cache
def names() -> tuple[str, ...]:
    """Return every form of report, sorted."""
    return tuple(family.members(__path__))


def find(name: str) -> Report:
    """Return the report of this name. Raises UsageError."""
    return cast("Report", family.member(__name__, name, names(), "report"))


def render(name: str, verdicts: Sequence[Verdict]) -> str:
    """Return the report of this name on these verdicts. Raises UsageError."""
    return find(name).render(verdicts)
