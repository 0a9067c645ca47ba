"""Against the real pydantic-ai where it is installed, and a loopback server."""

from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.errors import RenderError, UsageError
from cuebook.integrations.pydantic_ai import to_pydantic_ai
from framework_prompts import DESK, GREET, HISTORY, PHOTO, alike, prompt
from loopback import Loopback

pytest.importorskip("pydantic_ai", reason="pydantic-ai is missing: skipped")


def sent(made: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The body that an agent sends for a filled prompt."""
    from pydantic_ai import Agent, DeferredToolRequests
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    with Loopback() as server:
        call = to_pydantic_ai(made, **values)
        model = OpenAIChatModel(call.model, provider=OpenAIProvider(base_url=server.url, api_key="x"))
        agent = Agent(model, output_type=[str, DeferredToolRequests])
        agent.run_sync(
            message_history=call.message_history,
            model_settings=call.model_settings,
            toolsets=call.toolsets,
        )
        (body,) = server.requests
    return alike(body)


def test_pydantic_ai_sends_what_the_version_says() -> None:
    values: dict[str, Any] = {"status": "{{photo}} open", "history": HISTORY, "photo": PHOTO}
    made = prompt(
        **{**DESK, "messages": [{"role": "system", "content": "Look it up."}, *DESK["messages"][1:]]}
    )
    wanted = alike(made.to_openai(**values))
    wanted["tools"][0]["function"] |= {"description": "", "parameters": {"type": "object", "properties": {}}}
    assert sent(made, values) == wanted


def test_each_setting_arrives() -> None:
    parameters = {
        "temperature": 0.5,
        "topP": 0.25,
        "maxTokens": 5,
        "stop": ["x"],
        "seed": 3,
        "verbosity": "low",
    }
    parameters |= {"frequencyPenalty": 0.5, "presencePenalty": 0.25}
    made = prompt(**GREET, model="openai/gpt-4o-mini", modelParameters=parameters)
    assert sent(made, {"name": "{{name}}"}) == alike(made.to_openai(name="{{name}}"))


def test_what_has_no_place_is_refused() -> None:
    history = [{"role": "user", "content": "Hi", "name": "ada"}]
    with pytest.raises(UsageError, match=r"messages\[3\] has name, for which pydantic-ai"):
        to_pydantic_ai(prompt(**DESK), status="open", history=history, photo=PHOTO)
    with pytest.raises(RenderError, match="'name' is missing"):
        to_pydantic_ai(prompt(**GREET))
