from __future__ import annotations

from pathlib import Path

import pytest

import build
from build import commit, crossed, merged, write
from cuebook.core import git, git_base
from cuebook.core.errors import GitError


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    write(tmp_path / "repo", {"README": "x"})
    commit(tmp_path / "repo")
    return tmp_path / "repo"


def test_where_head_left_a_branch(repo: Path) -> None:
    base = git.commit_of(repo, "HEAD")
    build.git(repo, "checkout", "-q", "-b", "side")
    commit(repo, "Ahead")
    assert git_base.left_at(repo, "main") == base
    with pytest.raises(GitError, match="git fetch origin gone"):
        git_base.left_at(repo, "origin/gone")
    with pytest.raises(GitError, match="git log lists the commits"):
        git_base.left_at(repo, "HEAD~500")
    build.git(repo, "checkout", "-q", "--orphan", "alone")
    commit(repo, "Alone")
    with pytest.raises(GitError, match="no common commit"):
        git_base.left_at(repo, "main")


def test_a_change_began_where_the_branch_was_and_not_at_a_commit_that_came_by_a_merge(repo: Path) -> None:
    """Whose tree that commit has its author chose, and no reviewer sees it in the sum of what is merged."""
    first = git.commit_of(repo, "HEAD")
    build.git(repo, "checkout", "-q", "-b", "side")
    aside = commit(repo, "Loosen")
    build.git(repo, "checkout", "-q", "main")
    second = commit(repo, "Ahead")
    third = merged(repo, "-s", "ours", "side")
    build.git(repo, "checkout", "-q", "-b", "change", aside)
    commit(repo, "Change")
    assert git_base.left_at(repo, "main") == first
    merged(repo, "main~1")
    assert git_base.left_at(repo, "main") == second
    merged(repo, "main")
    assert git_base.left_at(repo, "main") == third
    build.git(repo, "checkout", "-q", "--orphan", "apart")
    apart = commit(repo, "Apart")
    build.git(repo, "checkout", "-q", "main")
    merged(repo, "-s", "ours", "--allow-unrelated-histories", "apart")
    build.git(repo, "checkout", "-q", apart)
    with pytest.raises(GitError, match="no common commit"):
        git_base.left_at(repo, "main")


def test_a_change_that_crossed_merges_hide_is_told(repo: Path) -> None:
    crossed(repo, {"README": "y"})
    assert git_base.hidden_by_merges(repo, "main") == ["README"]
    build.git(repo, "checkout", "-q", "main")
    merged(repo, "change")
    assert (repo / "README").read_text() == "y"
    build.git(repo, "branch", "-q", "-f", "base", "HEAD^1")
    assert git_base.hidden_by_merges(repo, "base") == ["README"]
    build.git(repo, "checkout", "-q", "change")
    merged(repo, "base")
    assert git_base.hidden_by_merges(repo, "base") == []
    build.git(repo, "checkout", "-q", "-b", "other", "base")
    write(repo, {"README": "z"})
    commit(repo, "Other")
    assert git_base.hidden_by_merges(repo, "change") == []


def test_a_file_that_is_called_like_a_revision_is_none(repo: Path) -> None:
    build.git(repo, "checkout", "-q", "-b", "side")
    write(repo, {"HEAD": "x", "main": "x"})
    commit(repo)
    assert git_base.left_at(repo, "main") == git.commit_of(repo, "main")
    assert git_base.hidden_by_merges(repo, "main") == []
