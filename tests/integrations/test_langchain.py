"""Against the real LangChain where it is installed, and a loopback server."""

from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.errors import RenderError
from cuebook.integrations.langchain import to_langchain
from framework_prompts import DESK, GREET, HISTORY, PHOTO, alike, prompt
from loopback import Loopback

pytest.importorskip("langchain_core", reason="langchain-core is missing: skipped")


def test_messages_and_settings() -> None:
    call = to_langchain(prompt(**GREET, modelParameters={"maxTokens": 5, "stop": ["x"]}), name="{{name}} {x}")
    assert [(message.type, message.content) for message in call.messages] == [("human", "Hello {{name}} {x}")]
    assert (call.model, call.settings) == ("gpt-6-luna", {"max_completion_tokens": 5, "stop": ["x"]})
    with pytest.raises(RenderError, match="'name' is missing"):
        to_langchain(prompt(**GREET))


def test_langchain_sends_what_the_version_says() -> None:
    models = pytest.importorskip("langchain_openai", reason="langchain-openai is missing: skipped")
    history = [*HISTORY, {"role": "user", "content": "And?", "name": "ada"}]
    values: dict[str, Any] = {"status": "{{photo}} open", "history": history, "photo": PHOTO}
    made = prompt(**DESK)
    with Loopback() as server:
        call = to_langchain(made, **values)
        model = models.ChatOpenAI(model=call.model, base_url=server.url, api_key="x", use_responses_api=False)
        model.bind(**call.settings).invoke(call.messages)
        (body,) = server.requests
    assert alike(body) == alike(made.to_openai(**values))
