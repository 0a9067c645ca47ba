"""What a prompt was under a former name goes on under the new one, and nobody else's past is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.jobs import promote
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import Known, plan_files
from cuebook.publish.data_branch import MoveRecord, key_of
from cuebook.publish.past_moves import PastMoves, evidence_of
from cuebook.shapes.verdict import Verdict
from publishing import verdict
from recorded import TIME, on_branch

SUITE, ASKED = "evals/qa/suite.yml", QA["evals/qa/suite.yml"].replace("prompt: qa", "prompt: ask")


@pytest.fixture
def base(registry: Path) -> Path:
    """A repository whose production went from 1 to 2."""
    commit(registry, "base")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry, "promote")
    return registry


def rename(root: Path) -> str:
    git(root, "mv", "prompts/qa", "prompts/ask")
    write(root, {"prompts/ask/meta.yml": "title: Questions\nformerly: [qa]\n", SUITE: ASKED})
    return commit(root, "rename")


def published(root: Path, records: list[MoveRecord], kept: list[Verdict]) -> Any:
    """Every file to publish, with these records of moves and these verdicts on the data branch."""
    workspace = Workspace(root)
    known = {(item.prompt, item.alias, item.commit): item for item in records}

    def load(name: str, number: int) -> list[Verdict]:
        return [item for item in kept if (item.prompt, item.candidate.version) == (name, number)]

    past = PastMoves(known, load)
    return plan_files(
        workspace.signed_registry, workspace.history, [], workspace.config, "", Known(past=past)
    )


def test_who_approved_a_move_and_on_what_is_told_under_the_new_name(base: Path) -> None:
    version = Workspace(base).registry.version("qa", 2)
    then = verdict(version, "pass")
    made = MoveRecord(
        prompt="qa",
        alias="production",
        version=2,
        digest=version.digest,
        commit=git(base, "rev-parse", "HEAD"),
        recorded="2026-11-02T10:05:00Z",
        merged_by="joon",
        approved_by=["ana"],
        evidence=evidence_of([then]),
    )
    rename(base)
    files = published(base, [made], [then])
    for name in ("ask", "qa"):
        move = next(
            item
            for item in json.loads(files[f"api/v1/prompts/{name}/index.json"])["history"]
            if item["version"] == 2
        )
        url = f"api/v1/evaluations/{name}/2/qa.{key_of(then)}.json"
        assert (move["approved_by"], move["merged_by"], move["state"]) == (["ana"], "joon", "pass")
        assert (move["evidence"], json.loads(files[url])["prompt"]) == ([url], name)


def test_nothing_is_recorded_again_of_what_was_live_under_the_former_name(base: Path) -> None:
    on_branch(base, (2, "pass"), published=(git(base, "rev-parse", "HEAD"),))
    git(base, "tag", "base")
    rename(base)
    workspace = Workspace(base)
    past = LiveHistory(workspace, workspace.at("base"))
    assert promote.records(workspace, [], past, "c" * 40, TIME) == []
    assert past.versions("ask", "production") == {2}
