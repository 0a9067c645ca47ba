"""Write the JSON that apps fetch; never changes a version that is already published."""

from __future__ import annotations

import click

from cuebook.cli._shared import note, say, workspace_option
from cuebook.jobs import promote
from cuebook.jobs.checking import committed, published
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.run_all import checked, publish_all
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import alias_changes


@click.command("publish")
@workspace_option
def command(workspace: Workspace) -> None:
    """Write the JSON that apps fetch to published/ in the output folder, build/ by default.

    Adds what is missing and stops if a version on the default branch would change or disappear; other
    versions are drafts. Publishing twice writes nothing the second time. It publishes this checkout as it
    is, for this machine only, and warns if an alias moved without evidence: 'cuebook ci publish' refuses
    that. Example: cuebook publish
    """
    for warning in checked(workspace):
        note(str(warning))
    summary = publish_all(workspace)
    wrote = f"{len(summary.written)} written, {len(summary.unchanged)} unchanged"
    say(f"JSON {wrote} in {workspace.api}")
    before = published(workspace) or committed(workspace)
    if before is None:
        return
    past = LiveHistory(workspace, before)
    moves = alias_changes(before, workspace.registry, workspace.config.protected_aliases, past.tried).moved
    held = promote.comparisons(workspace, before, moves, past) if moves else []
    for move in moves:
        found = promote.check_promotion(workspace, move, held, past)
        if found.stops:
            note(
                f"beware: {move}: {found.why}; 'cuebook ci publish' refuses this, 'cuebook promote' says more"
            )
