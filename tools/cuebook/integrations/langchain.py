"""LangChain: messages of ``langchain_core``, and the settings to bind to a chat model."""

from __future__ import annotations

from typing import Any, NamedTuple

from cuebook.client.prompt import Prompt


class LangChainCall(NamedTuple):
    """A filled prompt for LangChain: ``messages`` to invoke a model with, and ``settings`` to bind to it."""

    model: str
    messages: list[Any]
    settings: dict[str, Any]


def to_langchain(prompt: Prompt, /, **values: Any) -> LangChainCall:
    """Return messages (``BaseMessage``), model and settings for a LangChain chat model.

    ``ChatOpenAI(model=call.model, use_responses_api=False).bind(**call.settings).invoke(call.messages)``:
    the settings have the names of OpenAI's chat format, for ``ChatOpenAI`` and its kin. The messages are
    filled: they are no ``ChatPromptTemplate``, which would fill braces of a value again. A response format is
    in ``extra_body``, since LangChain parses answers to any other and refuses tools that are not strict.
    Raises RenderError.
    """
    # Here, so that an app without the framework can import this package.
    from langchain_core.messages import convert_to_messages

    request = prompt.to_openai(**values)
    messages, model = request.pop("messages"), str(request.pop("model"))
    # As an argument of its own LangChain would parse answers by it, and refuse tools that are not strict.
    if "response_format" in request:
        wanted = {"response_format": request.pop("response_format")}
        request["extra_body"] = {**request.get("extra_body", {}), **wanted}
    return LangChainCall(model, list(convert_to_messages(messages)), request)
