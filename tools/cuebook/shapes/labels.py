"""What people said of answers, for a judge to be measured against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cuebook.core.canonical import digest
from cuebook.shapes.run import Case


@dataclass(frozen=True)
class Given:
    """One line of labels: what one person said of an answer, as the expectation ``label`` of ``case``."""

    case: Case
    path: str = ""


@dataclass(frozen=True)
class Labels:
    """Answers that people judged: cases whose expectation ``label`` a judge is measured against.

    ``given`` are the lines that they come from.
    """

    cases: tuple[Case, ...] = ()
    given: tuple[Given, ...] = ()

    @cached_property
    def digest(self) -> str | None:
        """Digest of the cases, whatever their order; None when there is none."""
        return digest({case.id: case.digest for case in self.cases}) if self.cases else None
