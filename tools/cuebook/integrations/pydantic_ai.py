"""pydantic-ai: message history, settings and tools for one run of an agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cuebook.client.prompt import Prompt
from cuebook.integrations._carried import refuse_keys

_NAME = "pydantic-ai"


class PydanticAICall(NamedTuple):
    """A filled prompt for pydantic-ai: what ``Agent.run`` takes, and the model's name for its provider."""

    model: str
    message_history: list[Any]
    model_settings: dict[str, Any]
    toolsets: list[Any]


def to_pydantic_ai(prompt: Prompt, /, **values: Any) -> PydanticAICall:
    """Return what an agent is run with: ``agent.run(message_history=..., model_settings=..., toolsets=...)``.

    Give the agent no instructions and the run no prompt of its own: the history ends with what is asked.
    All settings are in ``extra_body`` by the names of OpenAI's chat format, for ``OpenAIChatModel``: by names
    of its own pydantic-ai leaves some of them out for models that reason. Messages of a developer are sent
    as the model's profile sends system prompts. A JSON Schema is sent, and the answer stays a text. Tools
    are not run: let the agent have ``DeferredToolRequests`` as an output.
    Raises RenderError, and UsageError for a message with keys that pydantic-ai has no place for.
    """
    from pydantic_ai import ExternalToolset, ToolDefinition

    request = prompt.to_openai(**values)
    history = _history(request.pop("messages"))
    model, tools = str(request.pop("model")), request.pop("tools", None)
    # By names of its own pydantic-ai leaves some settings out for models that reason.
    extra = {**request.pop("extra_body", {}), **request}
    made = [
        ToolDefinition(
            name=tool["function"]["name"],
            description=tool["function"].get("description"),
            parameters_json_schema=tool["function"].get("parameters", {"type": "object", "properties": {}}),
            # Tools that say nothing of it would be made strict.
            strict=tool["function"].get("strict", False),
        )
        for tool in tools or ()
    ]
    settings = {"extra_body": extra} if extra else {}
    return PydanticAICall(model, history, settings, [ExternalToolset(made)] if made else [])


def _history(messages: list[dict[str, Any]]) -> list[Any]:
    from pydantic_ai import messages as kinds

    made: list[Any] = []
    names: dict[str, str] = {}
    for place, message in enumerate(messages):
        refuse_keys(message, {"role", "content", "tool_calls", "tool_call_id"}, place, _NAME)
        content, calls = message.get("content"), message.get("tool_calls") or ()
        if message["role"] == "assistant":
            # An answer's parts are texts and calls of its own kinds, so a list of ours has no place.
            refuse_keys({} if isinstance(content, str | None) else {"parts": content}, set(), place, _NAME)
            parts: list[Any] = [kinds.TextPart(content)] if content or not calls else []
            for call in calls:
                function = call["function"]
                names[call["id"]] = function["name"]
                parts.append(kinds.ToolCallPart(function["name"], function["arguments"], call["id"]))
            made.append(kinds.ModelResponse(parts))
            continue
        if message["role"] == "user":
            part: Any = kinds.UserPromptPart(_content(content, place))
        elif message["role"] == "tool":
            called = message["tool_call_id"]
            # A result has only the call's id in our format; pydantic-ai asks for the tool's name, too.
            part = kinds.ToolReturnPart(names[called], content, called)
        else:
            part = kinds.SystemPromptPart(content)
        made.append(kinds.ModelRequest([part]))
    return made


def _content(content: Any, place: int) -> Any:
    from pydantic_ai import ImageUrl

    if not isinstance(content, list):
        return content
    made: list[Any] = []
    for part in content:
        if part.get("type") == "image_url":
            image: Mapping[str, Any] = part["image_url"]
            detail = {"vendor_metadata": {"detail": image["detail"]}} if "detail" in image else {}
            made.append(ImageUrl(url=image["url"], **detail))
        else:
            refuse_keys(part, {"type", "text"}, place, _NAME)
            made.append(part["text"])
    return made
