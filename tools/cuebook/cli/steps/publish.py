"""Verify what was merged and publish it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from cuebook import reports
from cuebook.cli import _event
from cuebook.cli._shared import base_option, say, workspace_option
from cuebook.cli.steps._merged import as_merged, merged, take_over_evidence, who_merged
from cuebook.cli.steps._places import CHECKSUMS, PUBLISHED, STAGED
from cuebook.core import git
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS
from cuebook.core.escape import fence
from cuebook.core.files import write_atomic
from cuebook.core.moments import written
from cuebook.github import policy
from cuebook.jobs import move_records, promote, run_all
from cuebook.jobs.evaluate import Judged, judge_each
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.moved_judges import measure_moved
from cuebook.jobs.promote import PromotionCheck
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch
from cuebook.publish.data_branch import Live, MoveRecord, Published, TriedRecord
from cuebook.publish.writer import checksums
from cuebook.registry.renames import former_names
from cuebook.shapes._base import encode
from cuebook.shapes.verdict import Verdict
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("publish")
@base_option
@workspace_option
def command(workspace: Workspace, base: str | None) -> int:
    """Do the whole job on what was merged; publish nothing when an alias moved without evidence.

    The gate's verdicts on the merged pull requests are used where their digests are those of the merged tree;
    what is missing is evaluated. After 'cuebook ci evidence' nothing is missing, so that this step needs no
    key. A return to a version that was live before is published at once.

    The records for 'cuebook ci keep' go to ledger/ in the output folder. Once some are kept, every change
    since the last published commit is examined, whatever the base; until then, every protected alias is.
    checksums.txt on the site lists every published file, for a signature. Example: cuebook ci publish
    """
    found = merged(workspace, base)
    past = found.past
    lines = take_over_evidence(workspace, found)
    held, failed = judge_each(workspace, found.held)
    failed += measure_moved(workspace, found.todo, found.held, past)
    verdicts = [verdict for item in held for verdict in (item.verdict, *item.seconds)]
    # Decided by apps from before the merge, so before these are replaced.
    standings = [promote.check_promotion(workspace, move, found.held, past) for move in found.todo]
    as_merged(workspace)
    table = ""
    moves: list[MoveRecord] = []
    # All or nothing: with one alias without evidence, no JSON of this commit goes out.
    if not any(item.stops for item in standings):
        judged, more = judge_each(workspace, found.record)
        failed += more
        verdicts += [item.verdict for item in judged]
        moves = move_records.records(
            workspace, found.commits, who_merged(workspace), written(datetime.now(UTC))
        )
        table = _publish(workspace, judged, moves)
    said = [*map(_sentence, standings), *_without_evidence(workspace, standings, moves)]
    lines += said or ["no alias moved"]
    # Also where a move stops the publication: its verdicts are evidence all the same.
    _stage(workspace, verdicts, standings, past, moves)
    if workspace.config.notify.repositories and any(move.version for move in moves):
        _event.output(notify="true")
    # Comparisons that need one model fail alike, and are told once.
    untold = list(dict.fromkeys(map(not_evaluated_line, failed)))
    for line in untold:
        _event.warn("no evidence", line)
    _event.summarise(policy.summary(table, [*lines, *untold]))
    for line in lines:
        say(line)
    # A fail says more than a missing conclusion, though its number is the smaller one.
    codes = {item.exit_code for item in standings}
    return EXIT_FAIL if EXIT_FAIL in codes else max(codes, default=EXIT_PASS)


def _publish(workspace: Workspace, judged: Sequence[Judged], moves: Sequence[MoveRecord]) -> str:
    """Write JSON and site; a table of the verdicts, for the summary."""
    workspace.output.emptied(PUBLISHED)
    run_all.build_site(workspace, run_all.publish_all(workspace, for_good=True, records=moves))
    write_atomic(workspace.site / CHECKSUMS, checksums(workspace.site))
    return fence(reports.render("table", [item.verdict for item in run_all.live_first(judged)])) + "\n"


def _sentence(item: PromotionCheck) -> str:
    if not item.stops:
        return f"{item.move}: {item.why}"
    hint = f" ({item.hint})" if item.hint else ""
    return f"{item.move}: not published: {item.why}{hint}"


def _without_evidence(
    workspace: Workspace, standings: Sequence[PromotionCheck], moves: Sequence[MoveRecord]
) -> Iterator[str]:
    """What else moved, which nothing has to be shown for: other aliases, and those of former names."""
    registry = workspace.registry
    called = {old: name for name in registry.names() for old in former_names(registry, name)}
    known = {(item.move.prompt, item.move.alias) for item in standings}
    for record in moves:  # of each alias the newest first
        about, new = (record.prompt, record.alias), called.get(record.prompt, "")
        if about in known:
            continue
        known.add(about)
        if record.version is None and new and record.alias in registry.aliases(new):
            yield f"{record.prompt}@{record.alias} is {new}@{record.alias} now"
        else:
            yield f"{record.prompt}: {record.alias} -> {record.version or 'none'}"


def _stage(
    workspace: Workspace,
    verdicts: Sequence[Verdict],
    standings: Sequence[PromotionCheck],
    past: LiveHistory,
    moves: Sequence[MoveRecord],
) -> None:
    """Write what is to be kept for good where the next job finds it."""
    out = workspace.output.emptied(STAGED)
    for path, verdict in data_branch.by_path(verdicts).items():
        write_atomic(out / path, encode(verdict), flush=False)
    # Without Git there is no commit that a record could name.
    if git.top(workspace.root) is None:
        return
    now, commit = written(datetime.now(UTC)), git.commit_of(workspace.root, "HEAD")
    records: list[Live | MoveRecord | Published | TriedRecord] = [
        *promote.records(workspace, standings, past, commit, now),
        *promote.tried_records(workspace, standings, commit, now),
        *moves,
    ]
    if not any(item.stops for item in standings):
        # The next publication begins behind this commit, so it is recorded only where this one went through.
        records.append(Published(commit=commit, time=now))
    for record in records:
        write_atomic(out / record.path, encode(record), flush=False)
