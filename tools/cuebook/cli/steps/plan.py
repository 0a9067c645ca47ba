"""Print how many shards to split the gate into."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from cuebook.cli import _event
from cuebook.cli._missing import plugins_needed
from cuebook.cli._shared import base_option, say, workspace_option
from cuebook.cli.steps._change import change, open_questions
from cuebook.core.format import plural
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared
from cuebook.github import policy
from cuebook.github.run_report import AskedQuestion
from cuebook.jobs.evaluate import with_seconds
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.verdict import AskedWords
from cuebook.wording.elsewhere import not_evaluated_line, will_need


@click.command("plan")
@base_option
@workspace_option
def command(workspace: Workspace, base: str | None) -> None:
    """Print how many shards to split the gate into; nothing is spent and no key is needed.

    Sets the outputs 'shards', a JSON list for a matrix, and 'count', for 'cuebook ci buy' and
    'cuebook ci gate --shards'. Both are empty if one machine is enough. What the gate is about to ask goes
    to plan/ in the output folder: it counts as asked, even if the run is interrupted. Example: cuebook ci
    plan --base origin/main
    """
    guarded, _, plan = change(workspace, base, "plan")
    todo = open_questions(guarded, plan)
    out = workspace.output.emptied("plan")
    # Before the first call: a run that is cut off has asked all the same.
    _event.leave_claim(workspace, out, "plan", exit_code=0, questions=_asked(guarded, todo))
    calls = expected_calls(guarded, todo)
    parts = policy.shards(calls, guarded.config.shard_calls)
    _event.output(shards=json.dumps(parts), count=str(len(parts)))
    # Keys are not looked for: this step is given none.
    absent = plugins_needed(guarded, map(Prepared.of, todo))
    for line in [*map(not_evaluated_line, plan.nothing), *map(will_need, absent)]:
        say(line)
    say(f"at most {calls:,} calls, on {plural(len(parts) or 1, 'machine')}")


def _asked(workspace: Workspace, todo: Sequence[Comparison]) -> list[AskedQuestion]:
    """What the comparisons ask that decide something, the second ones that must pass among them."""
    found = []
    for item in with_seconds(todo):
        if not item.reading_only:
            asked = Prepared.of(item).question(workspace.config.replacements)
            words = AskedWords(settings=asked.settings, words=dict(asked.words))
            found.append(AskedQuestion(suite=asked.suite, baseline=asked.baseline, asked=words))
    return found
