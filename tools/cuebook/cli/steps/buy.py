"""Collect the replies of one shard of a gate."""

from __future__ import annotations

import click

from cuebook.calls.reply_store import ReplyStore
from cuebook.cli._progress import watching
from cuebook.cli._shared import base_option, part, say, workspace_option
from cuebook.cli.steps._change import change, earlier_looks, open_questions
from cuebook.cli.steps._parts import mark
from cuebook.cli.steps._places import SHARD
from cuebook.core.errors import CeilingReached
from cuebook.core.places import REPLIES
from cuebook.jobs.evaluate import fill_all
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.workspace import Workspace


@click.command("buy")
@click.option("--shard", required=True, metavar="I/N", help="Which shard, as 'cuebook ci plan' lists them.")
@base_option
@workspace_option
def command(workspace: Workspace, shard: str, base: str | None) -> None:
    """Collect model replies for one shard; computes no verdict.

    The replies go to shard/ in the output folder, for 'cuebook ci gate --shards', with a record of any
    ceiling that was reached. Example: cuebook ci buy --shard 1/4 --base origin/main
    """
    index, count = part(shard)
    guarded, _, plan = change(workspace, base, "buy --shard 1/4")
    looks = earlier_looks(guarded, plan)
    todo = open_questions(guarded, plan)
    with watching(lambda: expected_calls(guarded, todo) // count) as watch:
        try:
            calls_made = fill_all(guarded, todo, index, count, watch=watch, processes=count + 1, looks=looks)
            say(f"shard {index} of {count}: {calls_made} calls made")
        # What was collected so far is handed on, and the gate says that the ceiling was reached.
        except CeilingReached as reached:
            say(f"shard {index} of {count}: {reached.message}")
    target = workspace.output.emptied(SHARD) / REPLIES
    mark(workspace, target.parent, index, count)
    with ReplyStore(target) as mine, ReplyStore(guarded.replies) as store:
        mine.merge(store)
