"""The record of each move of an alias when it is published: who approved it, on what evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cuebook.core.errors import RefError
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import MOST_SUITES, MoveRecord
from cuebook.publish.past_moves import evidence_of
from cuebook.registry.overrides import override_of
from cuebook.shapes._base import Shape
from cuebook.shapes._records import CommitSha, Login, PullRequest
from cuebook.shapes.moves import AliasMove


class Merge(Shape):
    """The pull request that brought a commit to the default branch."""

    commit: CommitSha
    pull_request: PullRequest
    merged_by: Login | None = None
    approved_by: list[Login] = []


class Merges(Shape):
    """The pull requests that one run looked up, for a later step that has no token."""

    merges: list[Merge] = []


def fresh_moves(workspace: Workspace, commits: Collection[str]) -> Iterator[tuple[str, AliasMove]]:
    """The moves that these commits made and of which nothing was written down yet, each with its prompt."""
    known = workspace.ledger.moves
    for name, moves in sorted(workspace.history.moves.items()):
        for move in moves:
            if move.commit in commits and (name, move.alias, move.commit) not in known:
                yield name, move


def records(
    workspace: Workspace, commits: Collection[str], merges: Mapping[str, Merge], now: str
) -> list[MoveRecord]:
    """Return the records of the moves that these commits made, dated ``now`` (UTC)."""
    kept = list(workspace.evidence.all())
    found = []
    for name, move in fresh_moves(workspace, commits):
        try:
            version = workspace.registry.version(name, move.version) if move.version else None
        except RefError:
            continue  # renamed or erased within the same push: Git says all there is to say
        digest = version.digest if version else None
        mine = [v for v in kept if version and v.prompt == name and v.digests.candidate == digest]
        merge = merges.get(move.commit)
        found.append(
            MoveRecord(
                prompt=name,
                alias=move.alias,
                version=move.version,
                digest=digest,
                commit=move.commit,
                recorded=now,
                pull_request=merge.pull_request if merge else None,
                merged_by=merge.merged_by if merge else None,
                approved_by=merge.approved_by if merge else [],
                # No more than a reader takes: a longer record would not be read at all.
                evidence=evidence_of(v for v in mine if v.candidate.version == move.version)[:MOST_SUITES],
                override=override_of(workspace.signed_registry, name, version.number, now[:10])
                if version
                else None,
            )
        )
    return found
