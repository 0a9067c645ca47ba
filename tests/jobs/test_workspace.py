from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import GitError, UsageError
from cuebook.jobs.workspace import Workspace, find_root


def test_the_nearest_registry_above_is_found(registry: Path) -> None:
    assert find_root(registry / "prompts" / "qa") == registry


def test_a_repository_without_prompts_is_not_left(tmp_path: Path) -> None:
    write(tmp_path, {"prompts/qa/v1.prompt.yml": "x", "inner/.git/HEAD": "", "inner/deep/file": ""})
    with pytest.raises(UsageError, match="cuebook init"):
        find_root(tmp_path / "inner" / "deep")


def test_the_base_is_where_the_branch_was_left(registry: Path) -> None:
    commit(registry)
    git(registry, "checkout", "-q", "-b", "change")
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    commit(registry)
    workspace = Workspace(registry)
    assert workspace.registry.numbers("qa") == [1]
    assert workspace.at("main").numbers("qa") == [1, 2]
    with pytest.raises(GitError):
        workspace.at("nowhere")


def test_one_run_has_one_base_even_where_the_branch_goes_on_meanwhile(registry: Path) -> None:
    left = commit(registry)
    git(registry, "checkout", "-q", "-b", "change")
    workspace = Workspace(registry)
    assert workspace.left("main") == left
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    ahead = commit(registry)
    git(registry, "branch", "-f", "main", ahead)
    assert workspace.left("main") == left
    assert workspace.at("main").numbers("qa") == [1, 2]
    assert Workspace(registry).left("main") == ahead


def test_a_registry_in_a_sub_folder_of_its_repository(tmp_path: Path) -> None:
    inner = write(tmp_path / "services" / "bot", QA)
    commit(tmp_path)
    assert Workspace(inner).at("HEAD").names() == ["qa"]
    assert Workspace(inner).signed_registry.version("qa", 1).author == "Ada Tester"


def test_outside_a_repository_there_is_no_base(registry: Path) -> None:
    with pytest.raises(UsageError, match="not in a Git repository"):
        Workspace(registry).at("main")


def test_today_is_a_day(registry: Path) -> None:
    assert len(Workspace(registry).today) == 10


def test_the_day_of_a_file_is_the_same_before_and_after_the_history_was_read(registry: Path) -> None:
    path = "overrides/qa/2.yml"
    write(registry, {path: "until: 2026-01-01\n"})
    commit(registry)
    workspace, other = Workspace(registry), Workspace(registry)
    assert other.history.added
    assert workspace.set_on(path) == other.set_on(path) is not None
    assert workspace.set_on("overrides/qa/3.yml") is other.set_on("overrides/qa/3.yml") is None


def test_a_checkout_is_read_once_and_again_where_it_was_written(registry: Path) -> None:
    workspace, later = Workspace(registry), Workspace(registry)
    path, new = "prompts/qa/aliases.yml", "prompts/qa/v9.prompt.yml"
    before = workspace.tree.read(path)
    (registry / path).write_text("production: 1\n# changed since\n")
    assert workspace.tree.read(path) == workspace.registry.tree.read(path) == before != later.tree.read(path)
    assert workspace.tree.read(new) is None
    assert new not in workspace.tree.paths("prompts/qa")
    workspace.write(path, b"production: 2\n")
    workspace.write(new, b"x")
    assert [workspace.tree.read(name) for name in (path, new)] == [b"production: 2\n", b"x"]
    assert new in workspace.tree.paths("prompts/qa")
    workspace.remove(new)
    assert workspace.tree.read(new) is None
    assert new not in workspace.tree.paths("prompts/qa")
