"""``NAME.prompt`` as dotprompt reads it: model, settings, inputs and answer above, Handlebars below.

Not held: tools, images, the name of a schema and whether it is strict; a conversation is ``history``.
"""

from __future__ import annotations

import re
from typing import Any

from cuebook.core.errors import UsageError
from cuebook.exporters._base import Exported, ExportRequest, Losses, joined, spaceless, yaml_text

_MODELS = {"gemini/": "googleai/", "vertex_ai/": "vertexai/"}
_ROLES = {"system": "system", "user": "user", "assistant": "model"}
_HELPERS = {"role", "history", "media", "section", "json", "else", "this", "if", "unless", "each", "with"}
_SPELT = {"maxTokens": "maxOutputTokens", "stop": "stopSequences"}


def write(request: ExportRequest) -> Exported:
    """The last version as one file. Raises UsageError."""
    version = request.last
    losses = Losses(version)
    losses.refuse_jinja("dotprompt")
    losses.tools()
    if taken := _HELPERS & set(version.inputs) - _thread(version):
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
    return Exported({f"{request.name}.prompt": body.encode()}, joined([losses]))


def _thread(version: Any) -> set[str]:
    return {name for name, spec in version.inputs.items() if spec.get("type") == "messages"}


def _text(text: str, losses: Losses) -> str:
    if "{{{" in text or "\\{{" in text:
        what = f"{losses.version.ref} has a brace or backslash before {{{{, which Handlebars takes otherwise"
        raise UsageError(what)
    return spaceless(text, losses)


def _message(item: dict[str, Any], losses: Losses) -> str:
    if "placeholder" in item:
        if item["placeholder"] == "history":
            return "{{history}}"
        losses.add("messages.placeholder", f"the place of {item['placeholder']}: only history has one there")
        return ""
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
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"input": {"schema": schema, **({"default": defaults} if defaults else {})}}


def _output(losses: Losses) -> dict[str, Any]:
    """What the answer is."""
    version = losses.version
    if version.json_schema is None:
        return {"output": {"format": "json"}} if version.response_format == "json_object" else {}
    schema = dict(version.json_schema["schema"])
    called = re.sub(r"[^A-Za-z0-9_-]+", "_", version.prompt)[:64]
    if version.json_schema["name"] != called or "title" in schema:
        losses.add("jsonSchema.name", f"the name of the schema, {version.json_schema['name']}")
    for key in ("strict", "description"):
        if version.json_schema.get(key) is not None:
            losses.add(f"jsonSchema.{key}", f"{key} of the schema")
    return {"output": {"format": "json", "schema": schema}}
