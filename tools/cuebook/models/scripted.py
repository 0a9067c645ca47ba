"""Replies from a function instead of a model: for tests, demos and dry runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeAlias

from cuebook.core.chat import text_of
from cuebook.core.errors import Aborted
from cuebook.core.text import word_count
from cuebook.models._base import Transport, give_way
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage

Script: TypeAlias = Callable[[ModelCall], str | ModelReply | Exception]
"""The text of the reply to a call, the whole reply, or the error to raise instead."""

PREFIX = "scripted/"
_scripts: dict[str, Script] = {}


def register(name: str, script: Script) -> AbstractContextManager[object]:
    """Serve the model ``scripted/<name>`` by a script, for good or for the length of a ``with`` block."""
    model = PREFIX + name
    _scripts[model] = script
    undo = ExitStack()
    undo.callback(_scripts.pop, model, None)
    return undo


class ScriptedClient:
    """Replies with what a script says of a call, and keeps the calls it was asked, in order.

    Without a script of its own it plays the one registered for the call's model.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.calls: list[ModelCall] = []
        self._script = script

    async def complete(self, call: ModelCall) -> ModelReply:
        """The script's reply; words are counted as tokens. Raises the error it gives."""
        await give_way()
        self.calls.append(call)
        script = self._script or _scripts.get(call.model)
        if script is None:
            raise Aborted(f"no script is registered for {call.model!r}")
        said = script(call)
        if isinstance(said, Exception):
            raise said
        if isinstance(said, ModelReply):
            return said
        read = sum(word_count(text_of(message)) for message in call.messages)
        return ModelReply(said, call.model, Usage(read, word_count(said), 0.0))

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def _serves(model: str, _: Settings) -> bool:
    return model in _scripts


def _connect(_: Settings) -> ScriptedClient:
    return ScriptedClient()


TRANSPORT = Transport(_serves, _connect, priority=100)
