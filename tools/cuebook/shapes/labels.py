"""What people said of answers, for a judge to be measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cuebook.core.canonical import digest
from cuebook.shapes.run import Case, Json


@dataclass(frozen=True)
class Given:
    """One line of labels: what one person said of one answer, which is the ``case``.

    ``label`` is None where the person skipped it. ``by`` is the person's handle, empty where nobody is named;
    ``of`` names the answer of a verdict, such as ``qa/6/qa q17 candidate``.
    """

    case: Case
    label: Json
    path: str = ""
    by: str = ""
    of: str = ""


@dataclass(frozen=True)
class Labels:
    """Answers that people judged: cases whose expectation ``label`` a judge is measured against.

    ``given`` are the lines that they come from, skipped ones too. ``several`` has the lines behind an answer
    that more than one of them is of, by the id of its case: it counts once, by their mean.
    """

    cases: tuple[Case, ...] = ()
    given: tuple[Given, ...] = ()
    several: Mapping[str, tuple[Given, ...]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str | None:
        """Digest of the cases and of what their means are of, whatever their order; None for no case."""
        if not self.cases:
            return None
        behind = {name: sorted(str(line.label) for line in lines) for name, lines in self.several.items()}
        found: dict[str, Json] = {case.id: case.digest for case in self.cases}
        return digest(found | ({"": behind} if behind else {}))
