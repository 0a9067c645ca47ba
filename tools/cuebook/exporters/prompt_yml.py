"""``NAME.prompt.yml`` as tools of GitHub Models read it: messages, model, settings, response format, rows.

Not held: types and defaults of inputs, tools, the conversation so far, images; a text prompt becomes a
message of the user.
"""

from __future__ import annotations

import json
from typing import Any

from cuebook.core.errors import UsageError
from cuebook.exporters._base import Exported, ExportRequest, Losses, all_lost, dotted, spaceless, yaml_text

# The two comparisons of that format that mean what a scorer here means.
_HELD = {"exact": "equals", "contains": "contains"}


def write(request: ExportRequest) -> Exported:
    """Return the last version as one file. Raises UsageError."""
    version = request.last
    losses = Losses(version)
    losses.refuse_jinja("prompt-yml")
    losses.inputs()
    losses.tools()
    if version.template is not None:
        losses.add("template", "that it is a text prompt: it becomes one message of the user")
        messages = [{"role": "user", "content": version.template}]
    else:
        messages = losses.messages(placeholders=False)
    for message in messages:
        # GitHub's tools replace {{key}} by its letters, so {{a.b}} would stay as it is.
        if part := dotted(message["content"]):
            what = f"{version.ref} fills {{{{{part}}}}}, a part of a value, but prompt-yml fills whole values"
            raise UsageError(what)
        # For the same reason none may have spaces.
        message["content"] = spaceless(message["content"], losses)
    body: dict[str, Any] = {"name": request.title or request.name}
    body |= {"description": request.description} if request.description else {}
    body |= {"model": version.model}
    body |= {"modelParameters": dict(version.parameters)} if version.parameters else {}
    body |= {"messages": messages}
    if version.response_format != "text":
        body["responseFormat"] = version.response_format
    if version.json_schema is not None:
        # A text of JSON, which is all that GitHub's tools read there.
        body["jsonSchema"] = json.dumps(dict(version.json_schema), ensure_ascii=False, indent=2)
    body |= _tests(request, losses)
    return Exported({f"{request.name}.prompt.yml": yaml_text(body).encode()}, all_lost([losses]))


def _tests(request: ExportRequest, losses: Losses) -> dict[str, Any]:
    """Rows and the scorers that compare texts, of the first suite."""
    if not request.suites:
        return {}
    suite = request.suites[0]
    for other in request.suites[1:]:
        losses.add(f"suite.{other.name}", f"the suite {other.name}: there is room for one")
    evaluators = []
    for scorer in suite.scorers:
        key = str(scorer.parameters.get("expectation", "answer"))
        texts = [case.expectations.get(key) for case in suite.cases]
        is_text = any(text is not None for text in texts) and all(
            isinstance(t, str) for t in texts if t is not None
        )
        # One placeholder stands for the expectation of every row, so each has to be a text.
        if scorer.name in _HELD and is_text and not scorer.parameters.get("absent"):
            found = {_HELD[scorer.name]: f"{{{{{key}}}}}"}
            evaluators.append({"name": scorer.label, "string": found})
        else:
            losses.add(f"scorer.{scorer.label}", f"the scorer {scorer.label}")
    rows = [{**case.inputs, **case.expectations} for case in suite.cases]
    return {"testData": rows, **({"evaluators": evaluators} if evaluators else {})}
