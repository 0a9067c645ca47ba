"""``NAME.prompty`` in the second edition: model with options, inputs, and a chat of Jinja2.

Not held: the answer's format, tools, reasoning effort and verbosity; texts are trimmed, and a text prompt
becomes a system message.
"""

from __future__ import annotations

import re
from typing import Any

from cuebook.core.errors import UsageError
from cuebook.exporters._base import Exported, ExportRequest, Losses, all_lost, yaml_text

# As the tools of prompty read it, of which some take a # before the role or attributes behind.
_ROLE = re.compile(
    r"^[ \t]*#?[ \t]*(system|user|assistant|developer|function|tools?)(\[[^\]\n]*\])?[ \t]*:[ \t]*$",
    re.I | re.M,
)
_OPTIONS = {
    "temperature": "temperature",
    "topP": "topP",
    "topK": "topK",
    "maxTokens": "maxOutputTokens",
    "seed": "seed",
    "stop": "stopSequences",
    "frequencyPenalty": "frequencyPenalty",
    "presencePenalty": "presencePenalty",
}


def write(request: ExportRequest) -> Exported:
    """Return the last version as one file. Raises UsageError."""
    version = request.last
    losses = Losses(version)
    losses.tools()
    if version.template is not None:
        # Prompty gives a text without a role to the system.
        losses.add("template", "that it is a text prompt: it becomes a system message")
        messages: list[dict[str, Any]] = [{"role": "system", "content": version.template}]
    else:
        messages = losses.messages(placeholders=True)
    parts = [_message(item, losses) for item in messages]
    losses.engine(parts)
    if version.response_format != "text":
        losses.add("responseFormat", "the format of the answer")
    options = {_OPTIONS[key]: value for key, value in version.parameters.items() if key in _OPTIONS}
    for key in version.parameters:
        if key not in _OPTIONS:
            losses.add(f"modelParameters.{key}", f"the setting {key}")
    provider, _, name = version.model.partition("/")
    head: dict[str, Any] = {"name": request.name}
    head |= {"displayName": request.title} if request.title else {}
    head |= {"description": request.description} if request.description else {}
    head["model"] = {"id": name, "provider": provider, **({"options": options} if options else {})}
    if inputs := [_input(key, spec) for key, spec in version.inputs.items() if spec.get("type") != "image"]:
        head["inputs"] = inputs
    head["template"] = {"format": {"kind": "jinja2"}, "parser": {"kind": "prompty"}}
    body = f"---\n{yaml_text(head)}---\n" + "\n".join(parts)
    return Exported({f"{request.name}.prompty": body.encode()}, all_lost([losses]))


def _message(item: dict[str, Any], losses: Losses) -> str:
    if "placeholder" in item:
        return f"{{{{{item['placeholder']}}}}}\n"
    text = item["content"]
    if _ROLE.search(text):
        raise UsageError(f"{losses.version.ref} has a line that prompty takes for a role")
    if losses.version.template_format == "simple" and re.search(r"\{%|\{#", text):
        raise UsageError(f"{losses.version.ref} has {{% or {{# as text, which prompty runs")
    # Readers of prompty trim each message.
    if text.strip() != text:
        losses.add("messages.spaces", "white space at the ends of messages")
    if not text.strip():
        losses.add("messages.empty", "a message without a text")
        return ""
    return f"{item['role']}:\n{text.strip()}\n"


def _input(name: str, spec: Any) -> dict[str, Any]:
    kind = "thread" if spec.get("type") == "messages" else spec.get("type", "string")
    made = {"name": name, "kind": kind}
    made |= {"description": spec["description"]} if spec.get("description") else {}
    has_default = spec.get("default") is not None and kind != "thread"
    return made | ({"default": spec["default"]} if has_default else {"required": True})
