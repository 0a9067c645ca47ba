"""What was merged since the last publication, and what the aliases in it are decided on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cuebook.cli import _event
from cuebook.cli.steps._places import MERGES, MERGES_FILE
from cuebook.core import git
from cuebook.core.errors import GitError, GitHubError
from cuebook.core.files import write_atomic
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import plan_record
from cuebook.github import merged_verdicts
from cuebook.github.api import from_environment
from cuebook.github.merges import merges
from cuebook.github.runs import OwnLine
from cuebook.jobs import evaluate, promote, run_all, tracked_places
from cuebook.jobs.changes import refuse_change
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.move_records import Merge, Merges, fresh_moves
from cuebook.jobs.workspace import Workspace
from cuebook.registry import apps, overrides
from cuebook.registry.alias_changes import AliasChange, alias_changes
from cuebook.registry.reader import Registry
from cuebook.registry.settings import load_config
from cuebook.shapes._base import encode


@dataclass(frozen=True, slots=True)
class Merged:
    """What was merged: the ``past`` before it, the aliases to check, and the comparisons that takes.

    ``commits`` are those of the default branch that came since, newest first; where no commit before is
    known, the newest alone.
    ``held`` decide on the aliases, ``record`` is everything that is live or newest.
    """

    past: LiveHistory
    commits: tuple[str, ...]
    todo: tuple[AliasChange, ...]
    held: tuple[Comparison, ...]
    record: tuple[Comparison, ...]


def merged(workspace: Workspace, base: str | None) -> Merged:
    """Return what was merged since the last publication, or since ``base`` without one. Raises InvalidFiles.

    From then on apps are those from before it, until ``as_merged``: so ``held`` is decided first.
    """
    before = _last_published(workspace, base or _event.base())
    run_all.checked(workspace, before)
    if before:
        refuse_change(workspace, before)
    past = LiveHistory(workspace, before)
    todo = _to_check(workspace, past)
    record = plan_record(workspace.registry, lives=workspace.lives).comparisons
    if before:  # no change moves an alias by an app that it brings; ``as_merged`` ends that
        apps.offer(before.tree)
    held = _comparisons(workspace, past, todo, record)
    # Before anything is judged: a new verdict takes the place of the one that an alias stays on.
    open_ones = [move for move in todo if not promote.still_stands(workspace, move, held)]
    start = _start(before)
    # Without a start there is no telling how far to go back, so the newest commit stands for all.
    most = None if start else 1
    commits = git.first_parents(workspace.root, start, most=most) if git.top(workspace.root) else ()
    return Merged(past, tuple(commits), tuple(open_ones), tuple(held), tuple(record))


def as_merged(workspace: Workspace) -> None:
    """Take apps from the merged tree from now on, for comparisons that no alias depends on."""
    apps.offer(workspace.tree)


def _start(before: Registry | None) -> str | None:
    return before.tree.sha if before and isinstance(before.tree, git.Snapshot) else None


def ask_who(workspace: Workspace, found: Merged) -> list[str]:
    """Record who merged the moves of aliases, for the publication; return a line if it cannot be found."""
    if _event.name() != "push" or not os.environ.get("GITHUB_TOKEN"):
        return []
    moved = dict.fromkeys(move.commit for _, move in fresh_moves(workspace, found.commits))
    try:
        known = merges(from_environment(), moved, _branch(workspace))
    except GitHubError as error:
        return [f"who merged each move is not known, because GitHub failed: {error.message}"]
    # A file, as the publication runs in a job without a token.
    write_atomic(workspace.output.emptied(MERGES) / MERGES_FILE, encode(Merges(merges=known)))
    return []


def _branch(workspace: Workspace) -> str:
    """The branch that is published, as the event says: no merged settings choose whose gates are believed."""
    return _event.ref().removeprefix("refs/heads/") or workspace.config.default_branch


def who_merged(workspace: Workspace) -> dict[str, Merge]:
    """Return what ``ask_who`` recorded, by commit; empty where it did not."""
    path = workspace.output.folder(MERGES) / MERGES_FILE
    if not path.is_file():
        return {}
    return {found.commit: found for found in Merges.model_validate_json(path.read_bytes()).merges}


def _last_published(workspace: Workspace, named: str | None) -> Registry | None:
    """The registry as it was published last, or at ``named`` while no publication is recorded.

    A push that was refused, or whose run gave way to a later one, is looked at again with the next. None
    where a forced push has taken the commit away, which makes every alias new.
    """
    known = workspace.ledger.published
    revision = named
    if known:
        # The newest of them that is here, on whatever line: a forced push may have taken others away.
        here = git.ancestors(workspace.root, "HEAD")
        revision = next((sha for sha in here if sha in known), None)
    try:
        return workspace.at(revision) if revision else None
    except GitError:
        return None


def _to_check(workspace: Workspace, past: LiveHistory) -> list[AliasChange]:
    """The aliases that need evidence: those that moved, and where nothing was published on record, all.

    Without records nothing tells whether the push before this one was let through.
    """
    before = past.before
    protected = _protected(workspace, before)
    moved = list(alias_changes(before, workspace.registry, protected, past.tried).moved)
    if workspace.ledger.published:
        return moved
    known = {(item.prompt, item.alias, item.version) for item in moved}
    all_of_them = alias_changes(None, workspace.registry, protected).moved
    others = [item for item in all_of_them if (item.prompt, item.alias, item.version) not in known]
    # As moves to where they are: each needs the evidence that it would have needed then.
    return moved + [replace(item, previous=item.version) for item in others]


def _protected(workspace: Workspace, before: Registry | None) -> list[str]:
    """Return the aliases that are or were protected; where Git no longer shows which were, those on record.

    Otherwise a rewritten history would take the protection from an alias, although no override says so.
    """
    if before:
        return workspace.config.protected_with(load_config(before.tree))
    tree, today, set_on = workspace.tree, workspace.today, workspace.set_on
    known = workspace.ledger.aliases
    kept = [alias for alias in known if overrides.for_unprotected(tree, alias, today, set_on) is None]
    return list(dict.fromkeys([*workspace.config.protected_aliases, *kept]))


def _comparisons(
    workspace: Workspace,
    past: LiveHistory,
    todo: Sequence[AliasChange],
    record: Sequence[Comparison],
) -> list[Comparison]:
    """What the moves are decided on; without a past, each version against what it took the place of."""
    before = past.before
    # An alias that did not move has no version before it to be compared with.
    moved = [move for move in todo if move.previous != move.version] if before else []
    held = promote.comparisons(workspace, before, moved, past) if before and moved else []
    wanted = {(move.prompt, move.version) for move in todo if move not in moved}
    return held + [item for item in record if (item.candidate.prompt, item.candidate.number) in wanted]


def take_over_evidence(workspace: Workspace, found: Merged) -> list[str]:
    """Keep what the pull requests' gates found, as far as it holds here; a line on each pull request."""
    if _event.name() != "push" or not os.environ.get("GITHUB_TOKEN"):
        return []
    commits = git.first_parents(workspace.root, _start(found.past.before), most=merged_verdicts.MOST_COMMITS)
    try:
        places = tracked_places.own(workspace)
        line = OwnLine.of(workspace.root)
        claimed = merged_verdicts.claimed(from_environment(), commits, _branch(workspace), line, places)
    except GitHubError as error:
        return [f"the evidence of pull requests was not read, because GitHub failed: {error.message}"]
    taken = evaluate.take_over(workspace, [*found.held, *found.record], claimed.verdicts)
    return [*claimed.lines, *(f"{verdict.name}: {verdict.outcome}, taken over" for verdict in taken)]
