"""``NAME.langfuse.json``: prompts as Langfuse's API takes and gives them, with settings in ``config``.

All versions, messages, aliases as labels, tags, tools. Not held: types and defaults of inputs, images.
"""

from __future__ import annotations

from typing import Any

from cuebook.exporters._base import Exported, ExportRequest, Losses, all_lost, json_bytes, snake_settings


def write(request: ExportRequest) -> Exported:
    """Return all versions in one file. Raises UsageError."""
    prompts: list[dict[str, Any]] = []
    all_losses: list[Losses] = []
    for version in request.versions:
        losses = Losses(version)
        all_losses.append(losses)
        losses.refuse_jinja("langfuse")
        losses.inputs()
        text: Any = version.template if version.template is not None else _chat(losses)
        labels = [alias for alias, number in request.aliases.items() if number == version.number]
        prompts.append(
            {
                "name": request.name,
                "version": version.number,
                "type": "text" if version.template is not None else "chat",
                "prompt": text,
                "config": {"model": version.model, **snake_settings(version)},
                "labels": labels,
                # Our importer's own mark, which would come back as the tag of a person.
                "tags": [tag for tag in request.tags if tag != "imported"],
                "commitMessage": version.message,
                **({"createdAt": version.created} if version.created else {}),
            }
        )
    return Exported({f"{request.name}.langfuse.json": json_bytes({"prompts": prompts})}, all_lost(all_losses))


def _chat(losses: Losses) -> list[dict[str, Any]]:
    return [
        {"type": "placeholder", "name": item["placeholder"]}
        if "placeholder" in item
        else {"type": "chatmessage", **item}
        for item in losses.messages(placeholders=True)
    ]
