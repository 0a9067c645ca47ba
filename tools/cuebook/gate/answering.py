"""Get the answers of a run: by default each version's model is asked; files or an app may take its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cuebook.gate.dialogue import Playing, play
from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Version


class Asker(Protocol):
    """The part of an engine that a run uses."""

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        """Return one reply or failure for each call, in the order of the calls."""

    def deterministic(self, model: str) -> bool:
        """Return whether the model gives the same reply to the same call, so that resampling is useless."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One answer to get: which case, which arm, which repeat."""

    case: Case
    version: Version
    model: str
    repeat: int
    is_baseline: bool


class Answering(Protocol):
    """A source of the answers of both arms. Judges are asked by the engine, whatever the source."""

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """Return one answer or failure for each slot, in the order of the slots."""


@dataclass(frozen=True, slots=True)
class ByModel:
    """Answers by models: the slot's own, else the version's, is sent the version filled for the case."""

    comparison: Prepared
    engine: Asker

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """Return the answers as ``Answering`` does; a version that cannot be filled fails without a call.

        Dialogues are played side by side: each round asks for the next answer of all of them at once.
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
            model = slot.model or slot.version.model
            group = epoch(self.comparison, self.engine, slot, model)
            asking = partial(ModelCall.of, slot.version, model=model, repeat=slot.repeat, epoch=group)
            advance(index, play(slot.version, slot.case, asking, self.comparison.suite.max_steps), None)
        while waiting:
            round_, waiting = waiting, []
            replies = await self.engine.ask_all([call for _, _, call in round_])
            for (index, playing, _), reply in zip(round_, replies, strict=True):
                advance(index, playing, reply)
        return [found[index] for index in range(len(slots))]


def epoch(comparison: Prepared, engine: Asker, slot: Slot, model: str) -> str:
    """Return the sample group of a call: the reply store shares replies within a group only.

    It names the arm's role, the forced rerun and the occasion; it is empty for a deterministic model.
    """
    # One reply is all that such a model has: a second sample would be the first one again.
    if engine.deterministic(model):
        return ""
    # The run that got the baseline promoted was lucky; it is sampled again in its new role.
    role = "baseline" if slot.is_baseline else ""
    # A rerun asks the candidate alone: the baseline's answers are kept for all that come after it.
    rerun = f"#{comparison.attempt}" if comparison.attempt and not role else ""
    return role + rerun + (f"@{comparison.occasion}" if comparison.occasion else "")
