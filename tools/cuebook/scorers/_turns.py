"""Scoring a dialogue: the case's expectations on the last answer, those of a turn on the answer to it.

A dialogue is one observation, so that the scores of its answers become one: their mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from cuebook.core.format import plural
from cuebook.core.tool_calls import read_calls
from cuebook.judging.ask import names_read, sum_of
from cuebook.scorers._base import Asked, Context, NoParameters, Scorer, failed
from cuebook.shapes.run import Case, ModelReply, Played, Score, Version

_SHOWN = 3
"""Wrong answers of a dialogue that a reason tells; the others are counted."""


def over_turns(member: Scorer, context: Context, parameters: NoParameters) -> Score | Asked:
    """What a scorer says of an answer; of a dialogue, of all answers of which it is told what to expect."""
    places = scored_turns(parameters, context.case, context.judges)
    parts = [("", member.score(context, parameters))]
    for at, own in _contexts(context, places):
        if own is None:
            parts.append((f"turn {at + 1}: ", failed("the transcript does not tell the answer to it")))
        elif not member.paired or own.rival is not None:
            parts.append((f"turn {at + 1}: ", member.score(own, parameters)))
    if len(parts) == 1:
        return parts[0][1]
    scores = [(name, part) for name, part in parts if isinstance(part, Score)]
    return _together(scores) if len(scores) == len(parts) else _asking(parts)


def scored_turns(parameters: NoParameters, case: Case, judges: Mapping[str, Version]) -> list[int]:
    """Places of the answered turns of a case that expect something which the scorer reads."""
    judge = judges.get(str(getattr(parameters, "prompt", "")))
    keys = names_read(judge, getattr(parameters, "with_", {}), "expectations") if judge else set()
    keys |= {str(key) for key in (parameters.reads, getattr(parameters, "expectation", None)) if key}
    return [at for at in case.asked if keys & case.script[at].get("expectations", {}).keys()]


def _contexts(context: Context, places: Sequence[int]) -> Iterator[tuple[int, Context | None]]:
    """For each turn the context in which its answer is the one to score."""
    case, played = context.case, context.reply.played
    rivals = context.rival.played.turns if context.rival and context.rival.played else {}
    for at in places if played else ():
        assert played is not None
        given = [turn.get("inputs", {}) for turn in case.script[: at + 1]]
        inputs = {name: value for part in (case.inputs, *given) for name, value in part.items()}
        own = replace(case, inputs=inputs, expectations=case.script[at]["expectations"])
        reply = played.turns.get(at) or _told(case, context.reply, at)
        yield at, replace(context, case=own, reply=reply, rival=rivals.get(at)) if reply else None


def _told(case: Case, last: ModelReply, at: int) -> ModelReply | None:
    """The answer to a turn, as the transcript of an app tells it where it has a question for each turn."""
    said = last.played.said if last.played else ()
    starts = [place for place, message in enumerate(said) if message["role"] == "user"]
    asking = [place for place, turn in enumerate(case.script) if "assistant" not in turn]
    # An app that asked more or less than the script: nobody can say which answer is to which turn.
    if len(starts) != len(asking):
        return None
    index = asking.index(at)
    part = said[starts[index] + 1 : starts[index + 1] if index + 1 < len(starts) else None]
    answers = [message for message in part if message["role"] == "assistant"]
    if not answers:
        return None
    calls = [read_calls(message.get("tool_calls")) for message in answers]
    led = Played(said[: starts[index] + 1], calls=tuple(call for made in calls for call in made))
    text = str(answers[-1]["content"])
    return ModelReply(text, last.served_model, tool_calls=calls[-1], played=led)


def _asking(parts: Sequence[tuple[str, Score | Asked]]) -> Asked:
    scores = []
    for name, part in parts:
        scores.append((name, part if isinstance(part, Score) else (yield from part)))
    return _together(scores)


def _together(scores: Sequence[tuple[str, Score]]) -> Score:
    """One score of several: their mean, passed where all are; one that is missing makes it unknown."""
    usage = sum_of([score.usage for _, score in scores if score.usage.output_tokens is not None])
    # In this order: one score that is missing makes that of the whole dialogue unknown.
    for state in ("failed", "measured"):
        mine = [(name, score) for name, score in scores if score.state == state]
        if not mine:
            continue
        name, first = next((item for item in mine if item[1].passed is False), mine[0])
        reason = f"{name}{first.reason}"
        if state == "failed":
            return replace(first, reason=reason, usage=usage)
        values = [score.value for _, score in mine if score.value is not None]
        wrong = [f"{name}{score.reason}" for name, score in mine if score.passed is False]
        if len(wrong) > 1:
            more = f"; and {plural(len(wrong) - _SHOWN, 'answer')} more" if len(wrong) > _SHOWN else ""
            reason = "; ".join(wrong[:_SHOWN]) + more
        # What is told of the whole dialogue goes before what is told of one turn.
        details = mine[0][1].details
        made = replace(first, value=fmean(values), passed=not wrong, reason=reason)
        return replace(made, usage=usage, details=details)
    return scores[0][1]
