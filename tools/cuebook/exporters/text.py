"""``NAME.txt``: the text of a prompt and nothing else. A chat of one message gives that; of more, none."""

from __future__ import annotations

from cuebook.core.errors import UsageError
from cuebook.exporters._base import Exported, ExportRequest, Losses, all_lost


def write(request: ExportRequest) -> Exported:
    """Return the last version's text. Raises UsageError."""
    version = request.last
    losses = Losses(version)
    losses.inputs()
    losses.tools()
    text = version.template
    if text is None:
        messages = losses.messages(placeholders=False)
        if len(messages) > 1:
            what = f"{version.ref} is a chat of {len(messages)} messages, and a text has no roles"
            raise UsageError(what)
        losses.add("messages", "that it is a message of a chat")
        text = messages[0]["content"]
    losses.engine([text])
    losses.add("model", f"the model, {version.model}")
    if version.parameters:
        losses.add("modelParameters", "settings")
    if version.response_format != "text":
        losses.add("responseFormat", "the format of the answer")
    # The ending is all that says which engine fills it; the importer goes by it, too.
    suffix = "j2" if version.template_format == "jinja2" else "txt"
    return Exported({f"{request.name}.{suffix}": text.encode()}, all_lost([losses]))
