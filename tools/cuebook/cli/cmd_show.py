"""Show one version: its message, settings, inputs and text."""

from __future__ import annotations

import json

import click

from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.chat import said
from cuebook.core.layout import shown as shown_path
from cuebook.core.refs import PRODUCTION, parse_ref
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import artifact
from cuebook.registry.paths import trail_path
from cuebook.wording.moves import ENDED
from cuebook.wording.shares import share_lines


@click.command("show")
@click.argument("ref", metavar="REF")
@json_option
@workspace_option
def command(workspace: Workspace, ref: str, *, as_json: bool) -> None:
    """Show one version: its message, settings, inputs and text.

    REF is name/3, name@staging, or a bare name, which means name@production.
    Example: cuebook show qa-assistant/3
    """
    version = workspace.signed_registry.resolve(parse_ref(ref, default_alias=PRODUCTION))
    shown = artifact(version)
    if as_json:
        print_json(shown.model_dump(mode="json", by_alias=True))
        return
    aliases = [
        name
        for name, number in workspace.registry.aliases(version.prompt).items()
        if number == version.number
    ]
    marks = [f"@{name}" for name in aliases]
    for name, pointer in workspace.registry.pointers(version.prompt).items():
        marks += share_lines(name, [pair for pair in pointer.tries.items() if pair[0] == version.number])
    if version.number in workspace.registry.meta(version.prompt).retired:
        marks.append(ENDED["retired"])
    say(f"{version.ref}  {' '.join(marks)}".rstrip())
    say(f"  {version.message}")
    if version.author:
        say(f"  by {version.author}, {version.created}")
    say(f"  {version.digest}")
    settings = ", ".join(f"{name} {value}" for name, value in version.parameters.items())
    say(f"  model {version.model}  {settings}".rstrip())
    if version.origin:
        trail = trail_path(version.origin.suite, version.prompt, version.number)
        say(f"  an optimiser made it on {version.origin.suite}: see {shown_path(trail)}")
    for included in version.includes:
        say(f"  with the text of {included}")
    for name, spec in version.inputs.items():
        default = f", default {spec['default']!r}" if "default" in spec else ""
        say(f"  input {name}: {spec['type']}{default}")
    for tool in version.calling.get("tools", ()):
        schema = tool.get("parameters") or {}
        needed = schema.get("required") or ()
        # With a question mark where a call may leave it out.
        named = [name if name in needed else f"{name}?" for name in schema.get("properties") or {}]
        say(f"  tool {tool['name']}: {', '.join(named) or 'no parameters'}")
    for key in ("toolChoice", "parallelToolCalls"):
        if key in version.calling:
            say(f"  {key} {json.dumps(version.calling[key], ensure_ascii=False)}")
    parts = [("template", shown.template or "")] if shown.messages is None else map(said, shown.messages)
    for role, text in parts:
        say(f"\n[{role}]\n{text.rstrip()}")
