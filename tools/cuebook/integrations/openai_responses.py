"""OpenAI's Responses API: the arguments of ``client.responses.create``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.client.prompt import Prompt
from cuebook.integrations._carried import refuse_keys, refuse_rest

_NAME = "the Responses API"
# Settings that the Responses API calls as the chat API does.
_SAME = ("model", "temperature", "top_p", "parallel_tool_calls", "extra_body")
_MESSAGE = {"role", "content", "tool_calls", "tool_call_id"}


def to_openai_responses(prompt: Prompt, /, **values: Any) -> dict[str, Any]:
    """Keyword arguments for ``client.responses.create`` of the ``openai`` package.

    All messages are in ``input``, each with its role: ``instructions`` would make one text of several, and
    is not kept by ``previous_response_id``. A tool is as strict as in a chat, where the word is left out.
    Raises RenderError, and UsageError for what the API does not take (seed, stop, penalties).
    """
    request = prompt.to_openai(**values)
    made = {key: request.pop(key) for key in _SAME if key in request}
    made["input"] = [
        item for at, message in enumerate(request.pop("messages")) for item in _items(message, at)
    ]
    # Which of the two a request has depends on the model; the Responses API has one word.
    for name in ("max_completion_tokens", "max_tokens"):
        if name in request:
            made["max_output_tokens"] = request.pop(name)
    if "reasoning_effort" in request:
        made["reasoning"] = {"effort": request.pop("reasoning_effort")}
    if text := _text(request):
        made["text"] = text
    if "tools" in request:
        # Left out, strict would be true there, and false in a chat.
        made["tools"] = [{"type": "function", "strict": False, **_function(t)} for t in request.pop("tools")]
    if "tool_choice" in request:
        choice = request.pop("tool_choice")
        made["tool_choice"] = choice if isinstance(choice, str) else {"type": "function", **_function(choice)}
    refuse_rest(request, prompt.ref, _NAME)
    return made


def _function(found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(found["function"])


def _text(request: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "response_format" in request:
        wanted = request.pop("response_format")
        made["format"] = {"type": wanted["type"], **wanted.get("json_schema", {})}
    if "verbosity" in request:
        made["verbosity"] = request.pop("verbosity")
    return made


def _items(message: Mapping[str, Any], place: int) -> Iterator[dict[str, Any]]:
    refuse_keys(message, _MESSAGE, place, _NAME)
    role, content, calls = message["role"], message.get("content"), message.get("tool_calls") or ()
    if role == "tool":
        yield {
            "type": "function_call_output",
            "call_id": message["tool_call_id"],
            "output": _content(content, place, "input_text"),
        }
        return
    # A message of calls alone would be an empty one before them.
    if content or not calls:
        # Parts of what the model said have another type than parts it is given.
        kind = "output_text" if role == "assistant" else "input_text"
        yield {"role": role, "content": _content(content or "", place, kind)}
    for call in calls:
        yield {"type": "function_call", "call_id": call["id"], **_function(call)}


def _content(content: Any, place: int, kind: str) -> Any:
    if not isinstance(content, list):
        return content
    made: list[dict[str, Any]] = []
    for part in content:
        if part.get("type") == "image_url":
            refuse_keys(part, {"type", "image_url"}, place, _NAME)
            image = part["image_url"]
            made.append(
                {"type": "input_image", "image_url": image["url"], "detail": image.get("detail", "auto")}
            )
        else:
            refuse_keys(part, {"type", "text"}, place, _NAME)
            made.append({"type": kind, "text": part["text"]})
    return made
