"""Fill a prompt's variables, call its model and print the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import click

from cuebook.calls.engine import Engine
from cuebook.calls.reply_store import ReplyStore
from cuebook.cli._progress import waits
from cuebook.cli._shared import json_option, note, print_json, say_text, workspace_option
from cuebook.cli._values import case_of, collect, values_options
from cuebook.core.errors import CaseFailed
from cuebook.core.messages import fill
from cuebook.core.refs import PRODUCTION, parse_ref
from cuebook.gate.dialogue import play
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Version
from cuebook.wording.dialogue import lines_said


@click.command("run")
@click.argument("ref", metavar="REF")
@values_options
@click.option("--model", help="Ask this model instead of the version's own.")
@json_option
@workspace_option
def command(
    workspace: Workspace,
    ref: str,
    pairs: tuple[str, ...],
    file: str | None,
    case: str | None,
    model: str | None,
    *,
    as_json: bool,
) -> None:
    """Fill a prompt's variables, call its model and print the answer.

    REF is name/3, name@staging, or a bare name, which means name@production. Replies are cached: the same
    question is asked only once. A case that is a dialogue is played and printed in full. Example: cuebook
    run qa-assistant --case qa-assistant/qa-001
    """
    version = workspace.registry.resolve(parse_ref(ref, default_alias=PRODUCTION))
    values = collect(workspace.registry, version, pairs, file, case)
    suite, talk = case_of(workspace.registry, case) if case else (None, None)
    # Values from the command line count before the case's, in a dialogue as without one.
    if suite and talk and talk.script:
        talk = replace(talk, inputs={**talk.inputs, **values})
        reply = asyncio.run(_play(workspace, version, talk, suite.max_steps, model))
    else:
        reply = asyncio.run(_ask(workspace, version, values, model))
    if isinstance(reply, Failure):
        raise CaseFailed(reply.message)
    if as_json:
        usage = {"input_tokens": reply.usage.input_tokens, "output_tokens": reply.usage.output_tokens}
        cost = {"cost_usd": reply.usage.cost_usd, "seconds": reply.seconds}
        calls = [call.shown for call in reply.tool_calls]
        beside: dict[str, Any] = {"finish": reply.finish, "tool_calls": calls, "refusal": reply.refusal}
        beside |= {"dialogue": reply.played.said} if reply.played else {}
        print_json({"text": reply.text, "model": reply.served_model, **beside, **usage, **cost})
        return
    for who, said in lines_said(reply.played.said) if reply.played else ():
        say_text(f"{who}: {said}")
    if not reply.played:
        say_text(reply.said)
    note(f"({reply.served_model}, {reply.seconds:.1f} s)")


async def _ask(
    workspace: Workspace, version: Version, values: dict[str, object], model: str | None
) -> ModelReply | Failure:
    call = ModelCall.of(version, fill(version.behaviour, values), model=model or version.model)
    with ReplyStore(workspace.replies) as store:
        async with Engine(workspace.config, store, on_progress=waits(version.ref)) as engine:
            return await engine.ask(call)


async def _play(
    workspace: Workspace, version: Version, case: Case, max_steps: int, model: str | None
) -> ModelReply | Failure:
    asking = partial(ModelCall.of, version, model=model or version.model)
    with ReplyStore(workspace.replies) as store:
        async with Engine(workspace.config, store, on_progress=waits(version.ref)) as engine:
            playing = play(version, case, asking, max_steps)
            came: ModelReply | Failure | None = None
            while True:
                try:
                    # The dialogue says what to ask next and is given the answer: it asks nobody itself.
                    call = next(playing) if came is None else playing.send(came)
                except StopIteration as stop:
                    found: ModelReply | Failure = stop.value
                    return found
                came = await engine.ask(call)
