from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import InvalidFiles
from cuebook.core.git import Snapshot
from cuebook.gate.former_rules import former_suites
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.readable_states import base_of
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry

SUITE = "evals/qa/suite.yml"
LOOSE = QA[SUITE].replace("margin: 0.1", "margin: 1.0")


def put(root: Path, path: str, text: str) -> str:
    write(root, {path: text})
    return commit(root)


def sha(state: Registry) -> str:
    assert isinstance(state.tree, Snapshot)
    return state.tree.sha


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        (SUITE, "prompt: qa\nscorers: [contains\n"),
        ("evals/qa/dataset.jsonl", "{"),
        ("prompts/qa/aliases.yml", "production: [1\n"),
        ("prompts/qa/v3.prompt.yml", "message: [x\n"),
        ("cuebook.toml", "models = [\n"),
    ],
)
def test_a_change_that_repairs_the_branch_is_compared_with_the_state_before(
    registry: Path, path: str, broken: str
) -> None:
    put(registry, SUITE, LOOSE)
    before = put(registry, SUITE, QA[SUITE])
    put(registry, path, broken)
    git(registry, "checkout", "-q", "-b", "repair")
    # As long as the change has the fault, too, it is said of the change.
    assert sha(base_of(Workspace(registry), "main")) == sha(Workspace(registry).tip("main"))
    git(registry, "checkout", "-q", before, ".")
    if path in {"prompts/qa/v3.prompt.yml", "cuebook.toml"}:  # not there before
        (registry / path).unlink()
    commit(registry)
    assert sha(base_of(Workspace(registry), "main")) == before


def test_a_base_that_can_be_read_is_the_base_whatever_the_change_has(registry: Path) -> None:
    commit(registry)
    git(registry, "checkout", "-q", "-b", "break")
    put(registry, SUITE, "[")
    assert sha(base_of(Workspace(registry), "main")) == sha(Workspace(registry).tip("main"))


def test_where_no_state_can_be_read_the_faults_of_the_last_are_told(tmp_path: Path) -> None:
    root = write(tmp_path / "bad", {**QA, SUITE: "["})
    commit(root)
    git(root, "checkout", "-q", "-b", "repair")
    put(root, SUITE, QA[SUITE])
    with pytest.raises(InvalidFiles):
        base_of(Workspace(root), "main").suite("qa")


@pytest.mark.parametrize("earlier", [True, False])
def test_a_promotion_out_of_a_broken_state_answers_to_the_state_before_it(
    tmp_path: Path, *, earlier: bool
) -> None:
    """Else no promotion could ever follow: a commit of the past is put right by nobody."""
    root = write(tmp_path / "registry", QA)
    if earlier:
        commit(root)
    put(root, SUITE, "[")
    write(root, {"prompts/qa/aliases.yml": "production: 2\n", SUITE: LOOSE})
    base = commit(root)
    workspace = Workspace(root)
    rules = LiveHistory(workspace, workspace.at(base)).rules("qa", "production")
    found = former_suites(rules, "qa", ())["qa"]
    margins = [item.suite.gate.metrics["contains"].margin for item in found]
    assert margins == ([0.1, 1.0] if earlier else [1.0, 1.0])
