"""litellm: the arguments of ``litellm.completion`` and ``litellm.acompletion``."""

from __future__ import annotations

from typing import Any

from cuebook.client.prompt import Prompt
from cuebook.core.wire import SAME, sent


def to_litellm(prompt: Prompt, /, **values: Any) -> dict[str, Any]:
    """Keyword arguments for ``litellm.completion``: the version's model, messages and settings.

    litellm spells them for the provider, and raises where it takes none, unless ``drop_params`` is set.
    Tools need litellm's extra ``mcp`` (``pip install 'litellm[mcp]'``). Not given are the fields that Cuebook
    sends of its own to OpenRouter and Fireworks. For a model of an endpoint of your settings put ``model=``
    and ``api_base=`` of your own in. Raises RenderError.
    """
    head, slash, name = prompt.model.removeprefix("litellm/").partition("/")
    settings = {
        "modelParameters": prompt.parameters,
        "responseFormat": prompt.response_format,
        "jsonSchema": prompt.json_schema,
        "tools": prompt.tools or None,
        "toolChoice": prompt.tool_choice,
        "parallelToolCalls": prompt.parallel_tool_calls,
    }
    # The messages alone: of the settings litellm gets the names that it spells for a provider itself.
    messages = prompt.to_openai(**values)["messages"]
    return {"model": f"{SAME.get(head, head)}{slash}{name}", "messages": messages, **sent(settings, None)}
