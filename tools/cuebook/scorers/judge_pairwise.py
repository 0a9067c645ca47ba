"""Whether a judge prefers the answer to the baseline's: asked in both orders, won only if both agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cuebook.core.errors import RenderError
from cuebook.judging.ask import FIRST, SECOND, Lacks, Preference, ask, call_for, judge_values, read_preference
from cuebook.judging.transcript import Transcript
from cuebook.scorers._base import Asked, Context, failed, judge_scorer, measured, not_applicable
from cuebook.scorers._judging import JudgeParameters, unread
from cuebook.shapes.run import ModelCall, ModelReply, Score, Version

_CANDIDATE, _BASELINE, _TIE = "candidate", "baseline", "tie"
_ORDERS = ((_CANDIDATE, _BASELINE), (_BASELINE, _CANDIDATE))
_VALUES = {_CANDIDATE: 1, _TIE: 0, _BASELINE: -1}


class Parameters(JudgeParameters):
    """Settings of ``judge_pairwise``."""


@judge_scorer(Parameters, paired=True, version=3)
def score(context: Context, parameters: Parameters) -> Asked:
    """1 when the candidate wins in both orders, -1 when the baseline does, else 0; passed unless lost.

    Judges tend to prefer a position, so one order alone says little (Zheng et al. 2023). Calls of an answer
    are shown below its text, a line each. Of a dialogue all that was said is compared, each message below a
    heading with the mark in it.
    """
    if context.rival is None:
        return not_applicable("there is no baseline's answer to compare with")
    judge = context.judges.get(parameters.prompt)
    if judge is None:
        return failed(f"the judge {parameters.prompt} was not found")
    # A judge could only name a winner by chance, and each call costs.
    if _compared_text(context.reply) == _compared_text(context.rival):
        return measured(0, "both answers are the same", passed=True, judge=judge.ref)
    calls = _calls(judge, context, parameters, context.rival)
    if isinstance(calls, Score):
        return calls
    told = yield from ask(calls, read_preference)
    if told.unread:
        return unread(told.unread[0], judge, told.usage)
    said = [reading for reading in told.readings if isinstance(reading, Preference)]
    return replace(_compared(said, judge), usage=told.usage)


def _compared_text(reply: ModelReply) -> str | Transcript:
    """An answer as it is compared: of a dialogue what was said from the first turn on."""
    said = reply.played.said if reply.played else ()
    return Transcript.of(said) if said else reply.said


def _calls(
    judge: Version, context: Context, parameters: Parameters, rival: ModelReply
) -> list[ModelCall] | Score:
    texts = {_CANDIDATE: _compared_text(context.reply), _BASELINE: _compared_text(rival)}
    calls = []
    for first, second in _ORDERS:
        graded = {FIRST: texts[first], SECOND: texts[second]}
        values = judge_values(judge, context.case, parameters.with_, graded)
        if isinstance(values, Lacks):
            return not_applicable(values.words)
        try:
            calls.append(call_for(judge, values, context.repeat, case=context.case.id))
        except RenderError as error:
            return failed(f"{judge.ref}: {error.message}")
    return calls


def _compared(said: Sequence[Preference], judge: Version) -> Score:
    winners = [
        _TIE if told.winner == "tie" else order[told.winner == "second"]
        for told, order in zip(said, _ORDERS, strict=True)
    ]
    orders: list[dict[str, Any]] = [
        {"first": order[0], "winner": winner, "reason": told.reason}
        for told, order, winner in zip(said, _ORDERS, winners, strict=True)
    ]
    flipped = winners[0] != winners[1]
    winner = _TIE if flipped else winners[0]
    reason = said[0].reason
    if flipped:
        reason = f"no winner: {winners[0]} when the candidate came first, {winners[1]} when it came second"
    value = _VALUES[winner]
    return measured(value, reason, passed=value >= 0, judge=judge.ref, orders=orders, flipped=flipped)
