"""Messages and tools: what a version's JSON says of them, and OpenAI's chat format, in which they are sent.

Standard library only: the runtime client needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cuebook.core.canonical import calling, canonical
from cuebook.core.errors import RenderError
from cuebook.core.images import IMAGE, fetched, image_line, url_problem
from cuebook.core.values import what_is

ROLES = ("system", "developer", "user", "assistant", "tool")
PLACEHOLDER = "placeholder"
MESSAGES = "messages"
"""The type of an input that is a conversation."""
MESSAGE_KEYS = ("role", "content", "name", "toolCalls", "tool_calls", "toolCallId", "tool_call_id")
"""Keys of a message that we know; an app may pass others, which some providers want back."""


def needs_second(prompt: Mapping[str, Any]) -> bool:
    """Whether a version's JSON says more than readers of the first number of its format can use."""
    is_plain = all(map(is_text, prompt["messages"] or ()))
    return bool(calling(prompt)) or not is_plain


def is_text(message: Mapping[str, Any]) -> bool:
    """Whether a message of a version is a role and a text, and no more."""
    return message.keys() == {"role", "content"} and isinstance(message["content"], str)


def said(message: Mapping[str, Any]) -> tuple[str, str]:
    """What a message of a version is, by one word, and all that it says, as text to be read and compared."""
    if PLACEHOLDER in message:
        return PLACEHOLDER, str(message[PLACEHOLDER])
    content = message["content"]
    lines = [content] if isinstance(content, str) else [_part_said(part) for part in content]
    if "toolCallId" in message:
        lines.insert(0, f"result of {message['toolCallId']}:")
    lines += [
        f"calls {call['name']} {canonical(call['arguments']).decode()} as {call['id']}"
        for call in message.get("toolCalls", ())
    ]
    return str(message["role"]), "\n".join(line for line in lines if line)


def _part_said(part: Mapping[str, Any]) -> str:
    if "text" in part:
        return str(part["text"])
    if part.get("image"):
        which = f"image {part['image']}"
    else:
        # The pages' script writes the same words: ``fixed`` in theme/assets/tooldiff.js.
        kind = part["url"].removeprefix("data:").partition(";")[0]
        which = f"{kind}, {len(part['url'])} characters, ending in {part['url'][-16:]}"
    return f"[{which}, detail {part['detail']}]" if part.get("detail") else f"[{which}]"


def images_in(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The inputs that are images in a version's messages, in order."""
    contents = (item.get("content") for item in messages)
    parts = (part for content in contents if isinstance(content, (list, tuple)) for part in content)
    return list(dict.fromkeys(part["image"] for part in parts if part.get("image")))


def are_messages(messages: Sequence[Any]) -> bool:
    """Whether messages of JSON that was fetched have the shape of a version's."""
    return all(
        isinstance(item, dict)
        and (isinstance(item.get(PLACEHOLDER), str) or (item.get("role") in ROLES and _has_content(item)))
        and not any(_call_problems(item, ""))
        for item in messages
    )


def has_addresses(prompt: Mapping[str, Any]) -> bool:
    """Whether a version's JSON has an image that somebody would have to fetch, also in a default."""
    contents = (message.get("content") for message in prompt["messages"] or ())
    parts = [part for content in contents if isinstance(content, list) for part in content]
    given = [
        spec["default"]
        for spec in prompt["inputs"].values()
        if spec.get("type") == MESSAGES and "default" in spec
    ]
    return any(part.get("url") is not None and url_problem(part["url"]) for part in parts) or any(
        not any(conversation_problems(value, "")) and any(fetched(value)) for value in given
    )


def _has_content(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    if not isinstance(content, list):
        return isinstance(content, str)
    return all(
        isinstance(part, dict)
        and (
            isinstance(part.get("text"), str)
            if part.get("type") == "text"
            else part.get("type") == IMAGE and isinstance(part.get("image") or part.get("url"), str)
        )
        for part in content
    )


def sent(
    messages: Sequence[Mapping[str, Any]], texts: Iterator[str], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A version's messages as they are sent, given their filled ``texts`` in order.

    Raises RenderError for a conversation among the ``values`` that is none, naming messages by their index.
    """
    made: list[dict[str, Any]] = []
    for message in messages:
        if PLACEHOLDER not in message:
            content = message["content"]
            filled = next(texts) if isinstance(content, str) else _parts(content, texts, values)
            made.append(_as_sent({**message, "content": filled}))
            continue
        name = message[PLACEHOLDER]
        if problems := list(conversation_problems(values[name], name, known=call_ids(made))):
            cure = "pass a list of messages: [{'role': 'user', 'content': '...'}]"
            raise RenderError(f"cannot fill the prompt: {'; '.join(problems)}", cure)
        made += [_as_sent(item) for item in values[name]]
    return made


def _parts(
    parts: Sequence[Mapping[str, Any]], texts: Iterator[str], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Parts of a message as they are sent. Raises RenderError for a value that is no image."""
    made: list[dict[str, Any]] = []
    for part in parts:
        if "text" in part:
            made.append({"type": "text", "text": next(texts)})
            continue
        name = part.get("image")
        url = values[name] if name else part["url"]
        if name and (problem := url_problem(url)):
            cure = "pass what cuebook.image(path or bytes) makes"
            raise RenderError(f"cannot fill the prompt: {name}: {problem}", cure)
        detail = {"detail": part["detail"]} if part.get("detail") else {}
        made.append({"type": "image_url", "image_url": {"url": url, **detail}})
    return made


def _as_sent(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message by OpenAI's names; what it has by them already, or by names we do not know, stays."""
    made = {key: value for key, value in message.items() if key not in {"toolCalls", "toolCallId"}}
    if "toolCalls" in message:
        made["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": canonical(call["arguments"]).decode()},
            }
            for call in message["toolCalls"]
        ]
    if "toolCallId" in message:
        made["tool_call_id"] = message["toolCallId"]
    return made


def call_ids(messages: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of the calls that messages make, by either spelling."""
    calls = (call for item in messages for key in ("toolCalls", "tool_calls") for call in item.get(key) or ())
    return {str(call["id"]) for call in calls}


def conversation_problems(value: Any, name: str, known: set[str] | None = None) -> Iterator[str]:
    """Yield why a value is no conversation, each problem with the index of its message.

    ``known`` are the ids of calls that were made before it.
    """
    if not isinstance(value, (list, tuple)):
        yield f"{name!r} must be a list of messages, not {what_is(value)}"
        return
    known = set(known or ())
    for index, message in enumerate(value):
        where = f"{name}[{index}]"
        if not isinstance(message, Mapping):
            yield f"{where} is {what_is(message)}, not a message with a role"
            continue
        found = list(_message_problems(message, where, known))
        yield from found
        if not found:
            known |= call_ids([message])


def _message_problems(message: Mapping[str, Any], where: str, known: set[str]) -> Iterator[str]:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        has = f"the role {role!r}" if isinstance(role, str) else "no role"
        yield f"{where} has {has}; known: {', '.join(ROLES)}"
        return
    is_parts = isinstance(content, (list, tuple)) and all(isinstance(part, Mapping) for part in content)
    if not isinstance(content, str | None) and not is_parts:
        yield f"{where} has {what_is(content)} as its content, not a text"
    if found := list(_call_problems(message, where)):
        yield from found
        return
    if role == "tool":
        wanted = message.get("tool_call_id", message.get("toolCallId"))
        if not isinstance(wanted, str):
            yield f"{where} does not name the call that it answers, by its id in toolCallId"
        elif wanted not in known:
            yield f"{where}: no call {wanted} before it"


def _call_problems(message: Mapping[str, Any], where: str) -> Iterator[str]:
    for key in ("toolCalls", "tool_calls"):
        calls = message.get(key) or ()
        if not isinstance(calls, (list, tuple)) or not all(isinstance(call, Mapping) for call in calls):
            yield f"{where}: {key} is not a list of calls"
            continue
        for call in calls:
            whole = isinstance(call.get("id"), str)
            if key == "toolCalls":
                whole &= isinstance(call.get("name"), str) and isinstance(call.get("arguments"), Mapping)
            if not whole:
                yield f"{where}: a call has id, name and arguments"


def plain(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Messages as they are sent, each as a role and a text, for models that read nothing else."""
    return [{"role": item["role"], "content": text_of(item)} for item in messages]


def text_of(message: Mapping[str, Any]) -> str:
    """The words of a message as it is sent: its text, or the texts of its parts; calls as JSON."""
    content = _content_of(message)
    calls = message.get("tool_calls")
    return "\n".join(filter(None, (content, canonical(calls).decode() if calls else "")))


def _content_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "\n".join(filter(None, map(_part_text, content)))


def told(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as it is sent, to be read or kept: one text in place of its parts, without foreign keys."""
    kept = {name: value for name, value in message.items() if name in MESSAGE_KEYS}
    return {**kept, "content": _content_of(message)}


def place_of_history(messages: Sequence[Mapping[str, Any]]) -> tuple[int, str] | None:
    """Where in a version's messages the conversation is, and the input that it is; None for nowhere."""
    found = ((at, item[PLACEHOLDER]) for at, item in enumerate(messages) if PLACEHOLDER in item)
    return next(found, None)


def answered(text: str, calls: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """An answer as a message that is sent: its text and its calls, each an id, a name and its arguments."""
    listed = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": raw}}
        for id_, name, raw in calls
    ]
    return {"role": "assistant", "content": text, **({"tool_calls": listed} if listed else {})}


def asked(content: str | Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a user says, as a version's messages have it, as it is sent; no variable in it is filled.

    Raises RenderError for an image that is none.
    """
    if isinstance(content, str):
        return {"role": "user", "content": content}
    texts = iter([part["text"] for part in content if "text" in part])
    return {"role": "user", "content": _parts(content, texts, values)}


def _part_text(part: Mapping[str, Any]) -> str:
    inner = part.get("image_url")
    if isinstance(inner, Mapping):
        return image_line(str(inner.get("url", "")))
    return str(part["text"]) if isinstance(part.get("text"), str) else ""


def are_tools(prompt: Mapping[str, Any]) -> bool:
    """Whether what JSON that was fetched says of tools has their shape; also where it says nothing."""
    tools, choice = prompt.get("tools"), prompt.get("toolChoice")
    return (
        isinstance(tools, list | None)
        and all(isinstance(tool, dict) and isinstance(tool.get("name"), str) for tool in tools or ())
        and isinstance(choice.get("name") if isinstance(choice, dict) else choice or "", str)
        and isinstance(prompt.get("parallelToolCalls"), bool | None)
    )


def tools_sent(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """``tools``, ``tool_choice`` and ``parallel_tool_calls`` of a version's JSON, those that are set."""
    given = calling(prompt)
    made: dict[str, Any] = {}
    if "tools" in given:
        made["tools"] = [{"type": "function", "function": dict(tool)} for tool in given["tools"]]
    if "toolChoice" in given:
        choice = given["toolChoice"]
        is_word = isinstance(choice, str)
        made["tool_choice"] = choice if is_word else {"type": "function", "function": dict(choice)}
    if "parallelToolCalls" in given:
        made["parallel_tool_calls"] = given["parallelToolCalls"]
    return made
