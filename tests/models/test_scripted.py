from __future__ import annotations

import asyncio

import pytest

from cuebook import models
from cuebook.core.errors import Aborted, Retryable
from cuebook.models.scripted import ScriptedClient, register
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, Usage

CALL = ModelCall("scripted/mine", ({"role": "user", "content": "two words"},))


def test_the_script_says_the_reply_and_calls_are_kept() -> None:
    client = ScriptedClient(lambda call: call.messages[0]["content"].upper())
    reply = asyncio.run(client.complete(CALL))
    assert (reply.text, reply.served_model, reply.usage) == ("TWO WORDS", "scripted/mine", Usage(2, 2, 0.0))
    assert client.calls == [CALL]


def test_an_error_of_the_script_is_raised() -> None:
    client = ScriptedClient(lambda call: Retryable("busy", after=2.0))
    with pytest.raises(Retryable) as caught:
        asyncio.run(client.complete(CALL))
    assert caught.value.after == 2.0


def test_a_registered_script_serves_until_the_block_ends() -> None:
    config = Settings()
    with register("mine", lambda call: "hello"):
        name = models.transport_for("scripted/mine", config)
        assert asyncio.run(models.connect(name, config).complete(CALL)).text == "hello"
    with pytest.raises(Aborted):
        models.transport_for("scripted/mine", config)


def test_a_script_registered_again_replaces_the_first() -> None:
    with register("mine", lambda call: "one"), register("mine", lambda call: "two"):
        assert asyncio.run(ScriptedClient().complete(CALL)).text == "two"


def test_a_model_without_a_script_is_refused() -> None:
    with pytest.raises(Aborted, match="no script"):
        asyncio.run(ScriptedClient().complete(CALL))
