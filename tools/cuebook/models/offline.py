"""The built-in models ``offline/rules`` and ``offline/judge``: no key, no network, no cost."""

from __future__ import annotations

import asyncio

from cuebook import offline
from cuebook.core.errors import Aborted, did_you_mean
from cuebook.models._base import Transport
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage

PREFIX = "offline/"


class OfflineClient:
    """Answers by rule, the same reply to the same call. Words are counted as tokens."""

    async def complete(self, call: ModelCall) -> ModelReply:
        """The reply of the built-in model. Raises Aborted when there is no such model."""
        await asyncio.sleep(0)  # lets an interrupt through: nothing else here waits
        known = offline.models()
        if call.model not in known:
            raise Aborted(
                f"no built-in model is called {call.model!r}",
                did_you_mean(call.model, known),
                cause="unknown_model",
            )
        schema = (call.json_schema or {}).get("schema")
        text = offline.reply(call.model, call.messages, schema)
        read = sum(len(message["content"].split()) for message in call.messages)
        return ModelReply(text, f"{call.model} (built in)", Usage(read, len(text.split()), 0.0))

    async def close(self) -> None:
        """Nothing to give back."""


def _serves(model: str, _: Settings) -> bool:
    return model.startswith(PREFIX)


def _connect(_: Settings) -> OfflineClient:
    return OfflineClient()


TRANSPORT = Transport(_serves, _connect, priority=100, deterministic=True)
