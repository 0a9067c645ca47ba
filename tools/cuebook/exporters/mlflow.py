"""``NAME.mlflow.json``: what MLflow's prompt registry holds, which ``--mlflow URI`` registers there.

All versions with messages, aliases, model and settings. Not held: types and defaults of inputs, tools,
images, the conversation so far, the name of a schema.
"""

from __future__ import annotations

from typing import Any

from cuebook.core.errors import UsageError
from cuebook.exporters._base import (
    Exported,
    ExportRequest,
    Losses,
    all_lost,
    json_bytes,
    shows_jinja,
    snake_settings,
)

SCHEMA = "cuebook/mlflow-prompts/1"


def write(request: ExportRequest) -> Exported:
    """Return all versions in one file. Raises UsageError."""
    versions = []
    all_losses = []
    for version in request.versions:
        losses = Losses(version)
        all_losses.append(losses)
        losses.inputs()
        losses.tools()
        chat = None if version.template is not None else losses.messages(placeholders=False)
        _refuse_other_engine(
            [version.template or ""] if chat is None else [item["content"] for item in chat], losses
        )
        settings = snake_settings(version)
        # MLflow's model config has no place for them; the response format has one of its own.
        for key in ("tools", "tool_choice", "parallel_tool_calls", "response_format"):
            settings.pop(key, None)
        provider, _, name = version.model.partition("/")
        item: dict[str, Any] = {
            "version": version.number,
            "template": version.template if chat is None else chat,
            "commit_message": version.message,
            "created": version.created,
            "tags": {},
            "aliases": [alias for alias, number in request.aliases.items() if number == version.number],
            "model_config": {"provider": provider, "model_name": name, **settings},
        }
        versions.append(item | _format(losses))
    # Versions before it were not deleted, only not exported; see the importer.
    first = request.versions[0].number
    prompt = {"name": request.name, "tags": {}, "first": first, "versions": versions}
    data = {"schema": SCHEMA, "prompts": [prompt]}
    return Exported({f"{request.name}.mlflow.json": json_bytes(data)}, all_lost(all_losses))


def _refuse_other_engine(texts: list[str], losses: Losses) -> None:
    """MLflow chooses the engine by the text: where that is not ours, it says something else."""
    version = losses.version
    for text in texts:
        by_text = "jinja2" if "{%" in text and "%}" in text else "simple"
        if by_text == "jinja2" and version.template_format == "simple":
            raise UsageError(f"{version.ref} has {{% as text, which MLflow runs")
    is_jinja = any("{%" in text and "%}" in text for text in texts)
    if version.template_format == "jinja2" and not is_jinja:
        if shows_jinja(texts):
            raise UsageError(f"{version.ref} has filters but no {{%, and MLflow does not fill these")
        losses.add("templateFormat", "that it is jinja2, which its text does not show")


def _format(losses: Losses) -> dict[str, Any]:
    version = losses.version
    if version.response_format == "json_object":
        losses.add("responseFormat", "that the answer is JSON")
    if version.json_schema is None:
        return {}
    losses.around_schema()
    return {"response_format": dict(version.json_schema["schema"])}
