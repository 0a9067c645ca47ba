from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.jobs.judge_evidence import chosen_labels
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange

ALIAS, LABELS = "prompts/grade/aliases.yml", "evals/grade/labels.jsonl"
JUDGE = "message: J{0}\nmodel: offline/judge\ntemplate: '{0} {{{{answer}}}} {{{{answer_given}}}}'\n"
MOVE = AliasChange("grade", "production", 2, 1)


def labels(count: int) -> str:
    """The lines of so many labels."""
    return "".join(
        f'{{"id": "l{n}", "inputs": {{"answer": "{n}", "answer_given": ""}}, "label": 5}}\n'
        for n in range(count)
    )


def lacks(root: Path, base: str) -> list[str]:
    """What is wrong with the labels of a checkout, promoted since a commit."""
    workspace = Workspace(root)
    past = LiveHistory(workspace, workspace.at(base))
    return [item.code for item in chosen_labels(workspace, MOVE, past)]


@pytest.mark.parametrize(("before", "added", "stops"), [(0, 9, True), (20, 2, False), (20, 3, True)])
def test_labels_that_come_with_a_promotion_are_few_beside_the_former_ones(
    registry: Path, before: int, added: int, *, stops: bool
) -> None:
    """Else a prompt that no suite evaluates would bring its own evidence along."""
    versions = {f"prompts/grade/v{n}.prompt.yml": JUDGE.format(n) for n in (1, 2)}
    given = {LABELS: labels(before)} if before else {}
    write(registry, {**versions, **given, ALIAS: "production: 1\n"})
    start = commit(registry)
    write(registry, {LABELS: labels(before + added)})
    assert lacks(registry, "HEAD") == (["judge_labels_new"] if stops else [])
    # Once they are merged, they decide; also where both changes are published at once.
    base = commit(registry)
    write(registry, {ALIAS: "production: 2\n"})
    commit(registry)
    git(registry, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(registry, "checkout", "-q", "--detach")
    assert lacks(registry, base) == lacks(registry, start) == []


def test_a_first_version_brings_the_labels_that_it_is_measured_by(registry: Path) -> None:
    commit(registry)
    write(registry, {"prompts/grade/v2.prompt.yml": JUDGE.format(2), LABELS: labels(9)})
    assert lacks(registry, "HEAD") == []
