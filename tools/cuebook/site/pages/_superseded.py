"""List the verdicts that past moves were based on; those that were replaced since have their own pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cuebook.core.refs import name_problem
from cuebook.shapes.moves import AliasMove, MoveEvidence
from cuebook.shapes.published import PromptIndex, earlier_path
from cuebook.site.pages._base import earlier_page


@dataclass(frozen=True, slots=True)
class Rested:
    """A verdict that a move rests on: about this version of the prompt."""

    move: AliasMove
    prompt: str
    version: int
    item: MoveEvidence

    @property
    def page(self) -> str:
        """The path of the page about it, if another took its place."""
        return earlier_page(self.prompt, self.version, self.item.suite, self.item.key)


def rested_on(prompt: PromptIndex) -> Iterator[Rested]:
    """Yield each verdict that a move rests on; the newest move first.

    A record may name any suite: one that cannot be a suite's name gets no page.
    """
    for move in prompt.history:
        for item in move.known:
            if move.version is not None and not name_problem(item.suite):
                yield Rested(move, prompt.name, move.version, item)


def superseded(prompt: PromptIndex) -> Iterator[Rested]:
    """Yield those that are published where superseded ones are, each once."""
    told: set[str] = set()
    for found in rested_on(prompt):
        here = earlier_path(prompt.name, found.version, found.item.suite, found.item.key)
        # One verdict may carry several moves: the newest, which comes first, names the page.
        if found.item.url == here and here not in told:
            told.add(here)
            yield found
