"""Play a dialogue: the case's author wrote what the user says, and the answers are asked for.

Nothing here makes a call: calls are yielded, as judges yield theirs, so that limits, the store of replies
and the order of cases stay where they are. What was said so far is part of each call, so that each beginning
of a dialogue is asked for once, whoever needs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from cuebook.core.call_matching import match
from cuebook.core.canonical import canonical
from cuebook.core.chat import answered, asked, place_of_history, told
from cuebook.core.errors import RenderError
from cuebook.core.format import plural
from cuebook.core.limited import OverBudget
from cuebook.core.tool_calls import ToolCall, calls_named
from cuebook.gate.prepared import filled
from cuebook.judging.ask import sum_of
from cuebook.shapes.run import Case, Failure, Json, Message, ModelCall, ModelReply, Played, Version
from cuebook.shapes.transcripts import UNSCRIPTED

STEPS = "steps"
"""The ending of a turn that still calls tools after the rounds that a suite allows."""
NO_RESULT = json.loads(UNSCRIPTED)
"""The result of a call that the case has none for: the conversation goes on, and such calls are counted."""
NO_OBJECT = {"error": "the arguments are not one JSON object"}
"""What a call gets back whose arguments no tool could read, as a tool itself would say it."""

Playing: TypeAlias = Generator[ModelCall, ModelReply | Failure, ModelReply | Failure]
"""Yields one call after the other, is sent what came of each, and returns the last answer."""
MakeCall: TypeAlias = Callable[[Sequence[Message]], ModelCall]
"""The call that asks what these messages say."""


def play(version: Version, case: Case, asking: MakeCall, max_steps: int) -> Playing:
    """Yield the calls for a version's answer to a case: one, or as many as a dialogue and its tools need.

    A dialogue that cannot go on has failed, named by its turn; so has one of which an answer did not come.
    """
    if not case.script:
        try:
            messages = filled(version, case.values)
        except RenderError as error:
            return Failure("candidate", error.message)
        return (yield asking(messages))
    return (yield from _Dialogue(version, case, asking, max_steps).play())


@dataclass(slots=True)
class _Turn:
    """One turn: what was said within it after its question, and what that took."""

    said: list[dict[str, Any]] = field(default_factory=list)
    replies: list[ModelReply] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    unscripted: int = 0


class _Dialogue:
    """A case on its way through its turns."""

    def __init__(self, version: Version, case: Case, asking: MakeCall, max_steps: int) -> None:
        self.version = version
        self.case = case
        self.asking = asking
        self.max_steps = max_steps
        self.place = place_of_history(version.messages or ())
        name = self.place[1] if self.place else ""
        # The conversation that the case has already; what is none, filling the version refuses.
        default = version.inputs.get(name, {}).get("default", [])
        value = case.inputs.get(name, default) if name else []
        self.history = list(value) if isinstance(value, list | tuple) else [value]
        self.before = len(self.history)
        self.turns: dict[int, ModelReply] = {}
        self.passed: list[_Turn] = []
        self.ids: set[str] = set()

    def play(self) -> Playing:
        """Play the case; see the function ``play``."""
        places = self.case.asked
        for at, turn in enumerate(self.case.script):
            if "assistant" in turn:
                self.history.append(answered(turn["assistant"], ()))
                continue
            try:
                messages = self._put(at, turn)
            except RenderError as error:
                return self._failed(at, error.message)
            if at not in places:
                continue  # the case says itself what is answered here
            current = _Turn()
            found = yield from self._answer(messages, current)
            if isinstance(found, Failure):
                return self._failed(at, found.message, found.kind)
            # Before what would keep the dialogue from going on: a call may well be its last answer.
            if at == places[-1]:
                return self._whole(found, current)
            if stuck := self._stuck(found):
                return self._failed(at, stuck)
            self.turns[at] = found
            self.history += [*current.said, answered(found.text, ())]
        raise AssertionError("the last turn of a script is answered")

    def _put(self, at: int, turn: Mapping[str, Json]) -> list[Message]:
        """The messages that ask a turn, after adding to the history what the user says in it.

        Where the version itself asks, that is what its user's messages after the placeholder say. What
        else is there is sent again with each call, as an app does that fills the same version again.
        """
        values = self.case.values_at(at)
        if "user" in turn:
            self.history.append(asked(turn["user"], values))
        if self.place is None:
            if "inputs" in turn and self.history:
                cure = "write a later turn as {'user': ...}"
                what = f"{self.version.ref} has no placeholder for what was said before: {cure}"
                raise RenderError(what)
            return [*filled(self.version, values), *self.history]
        index, name = self.place
        messages = filled(self.version, {**values, name: self.history})
        if "inputs" in turn:
            after = messages[index + len(self.history) :]
            self.history += [item for item in after if item["role"] == "user"]
        return list(messages)

    def _answer(self, messages: Sequence[Message], turn: _Turn) -> Playing:
        """The answer to one turn: asked again as long as it calls tools of which the case has results."""
        self.passed.append(turn)
        while True:
            sent = [*messages, *turn.said]
            reply = yield self.asking(sent)
            if isinstance(reply, Failure):
                return reply
            turn.replies.append(reply)
            turn.calls += reply.tool_calls
            goes_on = bool(reply.tool_calls and self.case.tools)
            # The first reply is of no round: it came before any result.
            if goes_on and len(turn.replies) <= self.max_steps:
                turn.said += self._results(reply, turn)
                continue
            led = Played(tuple(map(told, sent)), calls=tuple(turn.calls), unscripted=turn.unscripted)
            return replace(
                reply,
                finish=STEPS if goes_on else reply.finish,
                usage=sum_of([item.usage for item in turn.replies]),
                seconds=sum(item.seconds for item in turn.replies),
                played=led,
            )

    def _results(self, reply: ModelReply, turn: _Turn) -> list[dict[str, Any]]:
        """The answer that calls tools, and what each of these gives back."""
        named = []
        for call in reply.tool_calls:
            # A provider may send no id, or one that it sent before, and a result has to name one call.
            id_ = call.id if call.id and call.id not in self.ids else f"call_{len(self.ids) + 1}"
            self.ids.add(id_)
            named.append((id_, call))
        made = [answered(reply.text, [(id_, call.name, call.raw) for id_, call in named])]
        for id_, call in named:
            result = scripted(self.case.tools, call)
            # By identity: the author of a case may have written a result that is equal to it.
            turn.unscripted += result is NO_RESULT
            text = result if isinstance(result, str) else canonical(result).decode()
            made.append({"role": "tool", "tool_call_id": id_, "content": text})
        return made

    def _stuck(self, answer: ModelReply) -> str:
        """Why nothing can be said after an answer; empty where it can."""
        if answer.finish == STEPS:
            return f"it still calls tools after {plural(self.max_steps, 'round')} of calls"
        if answer.tool_calls:
            return f"the answer is {calls_named(answer.tool_calls)}, and the case has no results of tools"
        return "" if answer.text.strip() else f"the answer is empty (it ended with {answer.finish})"

    def _whole(self, last: ModelReply, turn: _Turn) -> ModelReply:
        """The last answer, with all that led to it."""
        assert last.played is not None
        replies = [reply for turn in self.passed for reply in turn.replies]
        calls = [(call.id, call.name, call.raw) for call in last.tool_calls]
        said = [*self.history[self.before :], *turn.said, answered(last.text, calls)]
        played = Played(
            last.played.messages,
            tuple(map(told, said)),
            tuple(call for turn in self.passed for call in turn.calls),
            {**self.turns, self.case.asked[-1]: last},
            sum(turn.unscripted for turn in self.passed),
        )
        return replace(
            last,
            usage=sum_of([reply.usage for reply in replies]),
            seconds=sum(reply.seconds for reply in replies),
            played=played,
        )

    def _failed(self, at: int, why: str, kind: Literal["provider", "candidate"] = "candidate") -> Failure:
        said = [*self.history[self.before :], *(self.passed[-1].said if self.passed else ())]
        # The turns before the one that failed were paid for, so they count in the cost.
        usages = [reply.usage for turn in self.passed for reply in turn.replies]
        what = f"turn {at + 1} of {len(self.case.script)}: {why}"
        return Failure(kind, what, tuple(map(told, said)), sum_of(usages) if usages else None)


def scripted(tools: Mapping[str, Json], call: ToolCall) -> Json:
    """Return what a case's tools give back to a call: the first result whose arguments match."""
    if call.arguments is None:
        return NO_OBJECT
    for entry in tools.get(call.name, ()):
        wanted = {"name": call.name, "arguments": entry.get("arguments") or {}}
        try:
            fits = match([wanted], [call]).pairs
        except OverBudget:
            # The arguments are a model's words: too many to be compared count as another call.
            continue
        if fits:
            return {"error": entry["error"]} if entry.get("error") is not None else entry["result"]
    return NO_RESULT
