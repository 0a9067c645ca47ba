"""Which proposals are refused before anybody is asked, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cuebook.core.text import fold
from cuebook.optimizing.components import version_of
from cuebook.registry.plain_text import plain_text_problems
from cuebook.shapes.run import Case, Json, Version
from cuebook.shapes.split import Origin

GROWTH, ROOM = 2, 2_000
"""A text may become so many times as long as it was at the start, and so many characters longer."""

WORDS, CHARACTERS = 8, 24
"""So many words, or characters, in a row of a case are copied from it, and not said by chance."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a proposal is refused, in words that may go back to who made it. It copies from a ``case``."""

    why: str
    case: str = ""

    @property
    def told(self) -> str:
        """The same for people, who know the cases by their ids."""
        return f"it copies words of {self.case}" if self.case else self.why


@dataclass(frozen=True)
class Guard:
    """Checks proposed wordings against the version they start from and the cases that were read."""

    start: Version
    seed: Mapping[str, str]
    read: Sequence[Case]
    origin: Origin

    def refusal(self, texts: Mapping[str, str], changed: str) -> Refusal | None:
        """Why these texts are refused, of which ``changed`` is new; None where they may be tried."""
        text = texts[changed]
        if not text.strip():
            return Refusal("it is empty")
        # Of the text at the start: round after round a little more would have no end.
        most = GROWTH * len(self.seed[changed]) + ROOM
        if len(text) > most:
            return Refusal(f"it has {len(text):,} characters; {most:,} are allowed")
        # Nobody sees such characters in a review.
        if hidden := plain_text_problems(self.start.path, text.encode(), ()):
            return Refusal(hidden[0].message)
        version, problems = version_of(self.start, self.start.number + 1, texts, self.origin)
        if problems or version is None:
            return Refusal("; ".join(item.message for item in problems[:3]))
        if copied := self._copied(text):
            what = f"it copies {WORDS} words or {CHARACTERS} characters in a row of an example"
            return Refusal(f"{what}: say what to do in general", copied)
        return None

    @cached_property
    def _known(self) -> str:
        """What the version said before, which is copied from no case."""
        return fold("\n".join(_strings(self.start.behaviour)))

    @cached_property
    def _folded(self) -> list[tuple[str, str]]:
        return [
            (case.id, folded)
            for case in self.read
            for text in _strings([case.inputs, case.expectations, list(case.turns), case.tools])
            if len(folded := fold(text)) >= _SHORTEST
        ]

    def _copied(self, text: str) -> str:
        """The id of the first case that the text copies from; empty where it copies from none."""
        folded = fold(text)
        runs = {run for run in _runs(folded) if run not in self._known}
        words = {run for run in _word_runs(folded) if run not in self._known}
        # The sets are of the proposal, which is short: long cases are walked once and kept nowhere.
        for name, said in self._folded:
            if any(run in runs for run in _runs(said)) or any(run in words for run in _word_runs(said)):
                return name
        return ""


_SHORTEST = 2 * WORDS - 1
"""Characters of eight words of one letter: no shorter text can be copied from."""


def _runs(text: str) -> Iterator[str]:
    return (text[at : at + CHARACTERS] for at in range(len(text) - CHARACTERS + 1))


def _word_runs(text: str) -> Iterator[str]:
    words = text.split()
    return (" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def _strings(value: Json) -> Iterator[str]:
    """Every text in a JSON value, names of keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _all(value.values())
    elif isinstance(value, list | tuple):
        yield from _all(value)


def _all(values: Iterable[Json]) -> Iterator[str]:
    for item in values:
        yield from _strings(item)
