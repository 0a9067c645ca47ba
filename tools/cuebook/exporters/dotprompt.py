"""``NAME.prompt`` as dotprompt reads it: model, settings, inputs and answer above, Handlebars below.

Not held: tools, images, the name of a schema and whether it is strict; a conversation is ``history``.
"""

from __future__ import annotations

from typing import Any

from cuebook.core.errors import UsageError
from cuebook.exporters._base import Exported, ExportRequest, Losses, all_lost, spaceless, yaml_text

# Genkit's plug-ins, by whose names dotprompt asks models of Google.
_MODELS = {"gemini/": "googleai/", "vertex_ai/": "vertexai/"}
_ROLES = {"system": "system", "user": "user", "assistant": "model"}
# As variables they would be called as helpers or read as values of a loop.
_HELPERS = {"role", "history", "media", "section", "json", "else", "this", "if", "unless", "each", "with"}
_SPELT = {"maxTokens": "maxOutputTokens", "stop": "stopSequences"}


def write(request: ExportRequest) -> Exported:
    """Return the last version as one file. Raises UsageError."""
    version = request.last
    losses = Losses(version)
    losses.refuse_jinja("dotprompt")
    losses.tools()
    # The conversation is no value in dotprompt, so its name is never looked up.
    values = {name for name, spec in version.inputs.items() if spec.get("type") != "messages"}
    if taken := _HELPERS & values:
        what = f"{version.ref} has a variable {sorted(taken)[0]!r}, which means something else in dotprompt"
        raise UsageError(what, "rename it in a new version")
    if version.template is not None:
        text = _text(version.template, losses)
    else:
        text = "".join(_message(item, losses) for item in losses.messages(placeholders=True, roles=_ROLES))
    head: dict[str, Any] = {"model": version.model}
    for ours, theirs in _MODELS.items():
        if version.model.startswith(ours):
            head["model"] = theirs + version.model.removeprefix(ours)
    if version.parameters:
        head["config"] = {_SPELT.get(key, key): value for key, value in version.parameters.items()}
    head |= _input(losses) | _output(losses)
    body = f"---\n{yaml_text(head)}---\n{text}\n"
    return Exported({f"{request.name}.prompt": body.encode()}, all_lost([losses]))


def _text(text: str, losses: Losses) -> str:
    if "{{{" in text or "\\{{" in text:
        what = (
            f"{losses.version.ref} has a brace or backslash before {{{{, which Handlebars reads differently"
        )
        raise UsageError(what)
    return spaceless(text, losses)


def _message(item: dict[str, Any], losses: Losses) -> str:
    if "placeholder" in item:
        if item["placeholder"] == "history":
            return "{{history}}"
        losses.add("messages.placeholder", f"the place of {item['placeholder']}: only history has one there")
        return ""
    # Dotprompt drops a message without a text.
    if not item["content"].strip():
        losses.add("messages.empty", "a message without a text")
        return ""
    return f'{{{{role "{item["role"]}"}}}}{_text(item["content"], losses)}'


def _input(losses: Losses) -> dict[str, Any]:
    """The inputs as a JSON Schema, and their defaults."""
    properties: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for name, spec in losses.version.inputs.items():
        kind = spec.get("type", "string")
        if kind in {"messages", "image"}:
            continue
        described = {"description": spec["description"]} if spec.get("description") else {}
        properties[name] = {"type": kind, **described}
        if spec.get("default") is not None:
            defaults[name] = spec["default"]
    if not properties:
        return {}
    # All are required, as here: one with a default has it beside the schema.
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"input": {"schema": schema, **({"default": defaults} if defaults else {})}}


def _output(losses: Losses) -> dict[str, Any]:
    """What the answer is."""
    version = losses.version
    if version.json_schema is None:
        return {"output": {"format": "json"}} if version.response_format == "json_object" else {}
    losses.around_schema()
    return {"output": {"format": "json", "schema": dict(version.json_schema["schema"])}}
