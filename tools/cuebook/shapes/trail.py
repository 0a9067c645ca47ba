"""How an optimiser came to a version, without any text of a case: ``evals/<suite>/trails/``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cuebook.shapes._base import Shape

ProposalOutcome = Literal["accepted", "not better", "refused", "not scored"]
EndCode = Literal["nothing_new", "refused", "answers", "money", "ceiling", "fooled"]
"""Why a search ended: nothing left to improve, proposals or a budget used up, or a judge that was fooled."""


class Tried(Shape):
    """A text that was proposed for one component of candidate ``parent``, and what became of it.

    ``train`` are the sums of scores of the cases that were read, before and after. One that was refused
    was not tried, and its text is not kept: it may hold words of a case.
    """

    parent: int
    component: str
    became: ProposalOutcome
    why: str = ""
    train: tuple[float, float] | None = None
    text: str = ""


class Candidate(Shape):
    """Texts that were scored on all cases that choose; the first are those of the start."""

    parents: list[int]
    texts: dict[str, str]
    choose: float


class Shared(Shape):
    """What counts as one observation, by what it was for."""

    train: int
    choose: int
    held_out: int


class Trail(Shape):
    """What was tried, on which cases, with which models, and what it cost.

    ``cost_usd`` is what all replies together cost, whenever they were made; ``attempt`` counts other texts
    that were gated on the same held-out cases before. ``ended`` says in words why the search did,
    ``ended_by`` by its code (None in trails of earlier releases).
    """

    schema_: Annotated[Literal["cuebook/trail/1"], Field(alias="schema")] = "cuebook/trail/1"
    prompt: str
    suite: str
    start: int
    start_digest: str
    baseline: int
    dataset: str
    clusters: Shared
    gepa: str
    seed: int
    reflected_with: str
    models: list[str]
    answers: int
    reflections: int
    cost_usd: float
    attempt: int = 0
    ended: str
    ended_by: EndCode | None = None
    winner: int
    candidates: list[Candidate]
    tried: list[Tried]
