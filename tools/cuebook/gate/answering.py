"""Where a run's answers come from: each version's model, asked by us, or what takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cuebook.gate.dialogue import Asking, Playing, play
from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Version


class Asker(Protocol):
    """What the runner needs of an engine."""

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        """One reply or failure for each call, in the order of the calls."""

    def deterministic(self, model: str) -> bool:
        """Whether the model gives the same reply to the same call, so that a fresh sample is pointless."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One answer to get: which case, which arm, which repeat."""

    case: Case
    version: Version
    model: str
    repeat: int
    is_baseline: bool


class Answering(Protocol):
    """What gives the answers of both arms. Judges are asked by the engine, whoever answers."""

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """One answer or failure for each slot, in the order of the slots."""


@dataclass(frozen=True, slots=True)
class ByModel:
    """Each version's model, or the one of the slot, is asked what the version says of the case."""

    comparison: Prepared
    engine: Asker

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """As ``Answering``; a version that cannot be filled has failed, and no call is made.

        Dialogues go on side by side: the next answer of each is asked for at once.
        """
        found: dict[int, ModelReply | Failure] = {}
        waiting: list[tuple[int, Playing, ModelCall]] = []

        def advance(index: int, playing: Playing, came: ModelReply | Failure | None) -> None:
            try:
                call = next(playing) if came is None else playing.send(came)
            except StopIteration as stop:
                found[index] = stop.value
            else:
                waiting.append((index, playing, call))

        for index, slot in enumerate(slots):
            steps = self.comparison.suite.max_steps
            advance(index, play(slot.version, slot.case, self._asking(slot), steps), None)
        while waiting:
            round_, waiting = waiting, []
            replies = await self.engine.ask_all([call for _, _, call in round_])
            for (index, playing, _), reply in zip(round_, replies, strict=True):
                advance(index, playing, reply)
        return [found[index] for index in range(len(slots))]

    def _asking(self, slot: Slot) -> Asking:
        model = slot.model or slot.version.model
        fresh = epoch(self.comparison, self.engine, slot, model)
        return partial(ModelCall.of, slot.version, model=model, repeat=slot.repeat, epoch=fresh)


def epoch(comparison: Prepared, engine: Asker, slot: Slot, model: str) -> str:
    """What keeps samples apart that must not be the same: an arm's role, a forced rerun, an occasion."""
    # One reply is all that such a model has: a second sample would be the first one again.
    if engine.deterministic(model):
        return ""
    # The run that got the baseline promoted was lucky; it is scored afresh in its new role.
    role = "baseline" if slot.is_baseline else ""
    # A rerun asks the candidate alone: the baseline's answers are kept for all that come after it.
    rerun = f"#{comparison.attempt}" if comparison.attempt and not role else ""
    return role + rerun + (f"@{comparison.occasion}" if comparison.occasion else "")
