"""Point an alias back at a version that was live before."""

from __future__ import annotations

import click

from cuebook.cli import _promote
from cuebook.cli._shared import workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.core.errors import UsageError, did_you_mean
from cuebook.core.layout import aliases_path
from cuebook.jobs.checking import committed, published
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange
from cuebook.registry.alias_past import standing_line
from cuebook.registry.alias_pointers import Pointer


@click.command("rollback")
@click.argument("name")
@click.argument("word", metavar="[VERSION]", required=False)
@click.option(
    "--to",
    "version",
    type=WholeNumber(1),
    help="The same as VERSION; default: the version before the live one.",
)
@_promote.alias_option
@_promote.open_pr_option
@workspace_option
def command(
    workspace: Workspace, name: str, word: str | None, version: int | None, alias: str, *, open_pr: bool
) -> int:
    """Point an alias back at a version that was live before; needs no evidence.

    If a trial ('promote --try') is running, it ends; without VERSION nothing else changes.
    Example: cuebook rollback qa-assistant
    """
    name, number = _promote.version_named(workspace.registry, "rollback", name, word)
    if version and number not in {0, version}:
        raise UsageError(f"two versions are named: {number} and {version}", "name one")
    pointers = workspace.registry.pointers(name)
    pointed = pointers.get(alias)
    if pointed is None:
        hint = did_you_mean(alias, list(pointers)) or f"cuebook promote {name} 1 --alias {alias}"
        raise UsageError(f"{name} has no alias {alias!r}", hint)
    now = pointed.use
    # What was tried last was changed last, so it is what is undone first.
    if pointed.tries and (version or number) in {0, now}:
        return _promote.move(workspace, AliasChange(name, alias, now, now), Pointer(now), open_pr=open_pr)
    # A move that only this checkout has is no past.
    base = published(workspace) or committed(workspace)
    past = LiveHistory(workspace, base)
    past_live = past.versions(name, alias)
    # --to and VERSION say the same; the option is the older of the two.
    wanted_number = version or number or None
    if wanted_number:
        workspace.registry.version(name, wanted_number)
    # What the default branch says: a move that only this checkout has was never live.
    there = base.aliases(name).get(alias) if base and name in base.names() else now
    # Git undoes such a move: there is no past of it to go back to.
    if there != now and now not in past_live and wanted_number in {None, there}:
        path = workspace.layout.there(aliases_path(name))
        where = workspace.default_base or "HEAD"
        # Git brings no file back to where there was none.
        is_new = not (base and base.tree.read(aliases_path(name)))
        said = f"{alias}: {there}" if there else f"no {alias}"
        what = f"{name}/{now} is {alias} in this checkout only: {where} still says {said}"
        cure = f"delete {path}" if is_new else f"git checkout {where} -- {path}"
        raise UsageError(what, f"undo the move here: {cure}")
    target = wanted_number or _before(past, name, alias, now)
    wanted = AliasChange(name, alias, target, now)
    if target != now and target not in past_live:
        listed = ", ".join(map(str, sorted(past_live - {now}))) or "none"
        what = f"{name}/{target} was never {alias}; before {now} there was: {listed}"
        raise UsageError(what, f"cuebook promote {name} {target} --alias {alias}")
    return _promote.move(workspace, wanted, Pointer(target), open_pr=open_pr)


def _before(past: LiveHistory, name: str, alias: str, now: int) -> int:
    """The version to go back to: what was live before ``now`` was promoted, not what a rollback left."""
    past_live = past.versions(name, alias)
    moved = (move.version for move in reversed(past.moves(name, alias)))
    # Rolled back twice it goes back twice, and not to what the first rollback left.
    line = standing_line(version for version in moved if version and version in {*past_live, now})
    if len(line) > 1 and line[-1] == now:
        return line[-2]
    others = ", ".join(map(str, sorted(past_live - {now})))
    hint = f"versions that were: {others}; choose one with --to" if others else f"cuebook history {name}"
    raise UsageError(f"no version is known to have been {alias} before {now}", hint)
