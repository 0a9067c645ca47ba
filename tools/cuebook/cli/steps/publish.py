"""Verify what was merged and publish it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import click

from cuebook import check, reports
from cuebook.cli import _event
from cuebook.cli._shared import base_option, workspace_option
from cuebook.cli.steps._places import CHECKSUMS, PUBLISHED, STAGED
from cuebook.core import git
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, GitError, GitHubError, InvalidFiles
from cuebook.core.escape import fence
from cuebook.core.files import write_atomic
from cuebook.gate.plan import Comparison, plan_record
from cuebook.github import merged_verdicts, policy
from cuebook.github.api import from_environment
from cuebook.jobs import evaluate, promote, run_all
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.promote import PromotionCheck
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch
from cuebook.publish.data_branch import Live, Published
from cuebook.publish.writer import checksums
from cuebook.registry.alias_changes import AliasChange, alias_changes
from cuebook.registry.reader import Registry
from cuebook.registry.settings import load_config
from cuebook.shapes._base import encode
from cuebook.shapes.verdict import Verdict

_FAR = 1_000_000
"""Commits of the default branch among which the one published last is looked for."""


@click.command("publish")
@base_option
@workspace_option
def command(workspace: Workspace, base: str | None) -> int:
    """Do the whole job on what was merged; publish nothing when an alias moved without evidence.

    The gate's findings on the merged pull requests are taken over where their digests are those of the
    merged tree; what is missing is evaluated. A return to a version that was live before is published at
    once. What 'cuebook ci keep' is to keep goes to ledger/ in the output folder; from then on all that
    came after the commit published last is looked at, whatever the base. checksums.txt on the site lists
    every published file, for a signature. Example: cuebook ci publish
    """
    before = _known(workspace, _last_published(workspace, base or _event.base()))
    run_all.checked(workspace, before)
    if before and (edited := check.check_change(before.tree, workspace.tree)):
        raise InvalidFiles(edited)
    past = LiveHistory(workspace, before)
    todo = _to_check(workspace, before)
    record = plan_record(workspace.registry, lives=workspace.lives).comparisons
    held = _comparisons(workspace, past, todo, record)
    lines = _take_over(workspace, before, [*held, *record])
    judged = judge_all(workspace, held)
    verdicts = [verdict for item in judged for verdict in (item.verdict, *item.seconds)]
    standings = [promote.check_promotion(workspace, move, held, past) for move in todo]
    lines += [_sentence(item) for item in standings] or ["no alias moved"]
    table = ""
    if not any(item.stops for item in standings):
        workspace.output.emptied(PUBLISHED)
        done = run_all.run(workspace, before=before, for_good=True)
        write_atomic(workspace.site / CHECKSUMS, checksums(workspace.site))
        verdicts += [item.verdict for item in done.judged]
        table = (
            fence(reports.render("table", [item.verdict for item in run_all.live_first(done.judged)])) + "\n"
        )
    _stage(workspace, verdicts, standings, past)
    _event.summarise(policy.summary(table, lines))
    for line in lines:
        click.echo(line)
    codes = {item.exit_code for item in standings}
    return EXIT_FAIL if EXIT_FAIL in codes else max(codes, default=EXIT_PASS)


def _sentence(item: PromotionCheck) -> str:
    if not item.stops:
        return f"{item.move}: {item.why}"
    hint = f" ({item.hint})" if item.hint else ""
    return f"{item.move}: not published: {item.why}{hint}"


def _last_published(workspace: Workspace, named: str | None) -> str | None:
    """The commit published last; ``named`` while none is recorded, None when history has lost it.

    A push that was refused, or whose run gave way to a later one, is looked at again with the next.
    """
    known = workspace.ledger.published
    if not known:
        return named
    return next((sha for sha in git.first_parents(workspace.root, None, _FAR) if sha in known), None)


def _to_check(workspace: Workspace, before: Registry | None) -> list[AliasChange]:
    """The aliases that need evidence: those that moved, and where nothing was published on record, all.

    Without records nothing tells whether the push before this one was let through.
    """
    protected = _protected(workspace, before)
    moved = list(alias_changes(before, workspace.registry, protected).moved)
    if workspace.ledger.published:
        return moved
    known = {(item.prompt, item.alias) for item in moved}
    all_of_them = alias_changes(None, workspace.registry, protected).moved
    others = [item for item in all_of_them if (item.prompt, item.alias) not in known]
    return moved + [replace(item, previous=item.version) for item in others]


def _protected(workspace: Workspace, before: Registry | None) -> list[str]:
    """The aliases that need evidence: no change takes one from the list and moves it in one go."""
    old = load_config(before.tree).protected_aliases if before else []
    return list(dict.fromkeys([*old, *workspace.config.protected_aliases]))


def _known(workspace: Workspace, revision: str | None) -> Registry | None:
    """The registry at a revision; None when a forced push has taken it away, which makes every alias new."""
    try:
        return workspace.at(revision) if revision else None
    except GitError:
        return None


def _comparisons(
    workspace: Workspace,
    past: LiveHistory,
    todo: Sequence[AliasChange],
    record: Sequence[Comparison],
) -> list[Comparison]:
    """What the moves are decided on; without a past, each version against what it took the place of."""
    before = past.before
    moved = [move for move in todo if move.previous != move.version] if before else []
    held = promote.comparisons(workspace, before, moved, past) if before and moved else []
    wanted = {(move.prompt, move.version) for move in todo if move not in moved}
    return held + [item for item in record if (item.candidate.prompt, item.candidate.number) in wanted]


def _take_over(workspace: Workspace, before: Registry | None, comparisons: Sequence[Comparison]) -> list[str]:
    """Keep what the pull requests' gates found, as far as it holds here; a line on each pull request."""
    if _event.name() != "push" or not os.environ.get("GITHUB_TOKEN"):
        return []
    start = before.tree.sha if before and isinstance(before.tree, git.Snapshot) else None
    commits = git.first_parents(workspace.root, start, merged_verdicts.MOST_COMMITS)
    try:
        found = merged_verdicts.claimed(from_environment(), commits, workspace.config.default_branch)
    except GitHubError as error:
        return [f"evidence of pull requests cannot be had: {error.message}"]
    taken = evaluate.take_over(workspace, comparisons, found.verdicts)
    return [*found.lines, *(f"{verdict.name}: {verdict.outcome}, taken over" for verdict in taken)]


def _stage(
    workspace: Workspace, verdicts: Sequence[Verdict], standings: Sequence[PromotionCheck], past: LiveHistory
) -> None:
    """Write what is to be kept for good where the next job finds it."""
    out = workspace.output.emptied(STAGED)
    for path, verdict in data_branch.by_path(verdicts).items():
        write_atomic(out / path, encode(verdict), flush=False)
    if git.top(workspace.root) is None:
        return
    now, commit = git.utc(datetime.now(UTC).isoformat()), git.commit_of(workspace.root, "HEAD")
    records: list[Live | Published] = [*promote.records(workspace, standings, past, commit, now)]
    if not any(item.stops for item in standings):
        records.append(Published(commit=commit, time=now))
    for record in records:
        write_atomic(out / record.path, encode(record), flush=False)
