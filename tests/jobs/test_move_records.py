from __future__ import annotations

from pathlib import Path

from build import commit, write
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.move_records import Merge, fresh_moves, records
from cuebook.jobs.workspace import Workspace

NOW = "2026-11-02T10:05:00Z"


def moved(root: Path, text: str) -> str:
    write(root, {"prompts/qa/aliases.yml": text})
    return commit(root)


def test_a_record_has_every_verdict_on_the_version_moved_to_and_the_people(registry: Path) -> None:
    commit(registry)
    sha = moved(registry, "production: 2\n")
    workspace = Workspace(registry)
    judge_all(workspace, plan_record(workspace.registry).comparisons)
    merge = Merge(commit=sha, pull_request=7, merged_by="joon", approved_by=["ana"])
    (made,) = records(workspace, [sha], {sha: merge}, NOW)
    assert (made.version, made.commit, made.recorded, made.pull_request) == (2, sha, NOW, 7)
    assert [(item.suite, item.outcome) for item in made.evidence] == [("qa", "pass")]
    assert made.digest == workspace.registry.version("qa", 2).digest


def test_moves_of_other_commits_are_left_to_their_own_publication(registry: Path) -> None:
    first = commit(registry)
    second = moved(registry, "production: 2\n")
    third = moved(registry, "{}\n")
    workspace = Workspace(registry)
    assert [move.commit for _, move in fresh_moves(workspace, [first, third])] == [third, first]
    (removed,) = records(workspace, [third], {}, NOW)
    assert (removed.version, removed.digest, removed.evidence, removed.merged_by) == (None, None, [], None)
    assert [item.version for item in records(workspace, [second], {}, NOW)] == [2]
