from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.core.errors import GitError
from cuebook.core.git_branch import add_files, git_settings, push


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = write(tmp_path / "repo", {"a.txt": "1"})
    commit(root)
    return root


@pytest.mark.parametrize(
    "path",
    ["a\nD published", 'a"b', "a b", "../a", "a//b", "/a", "a/.git/b", "a/./b", "a\\b", "", "a/", "\u00e9"],
)
def test_no_path_is_added_that_could_be_more_than_a_path(tmp_path: Path, path: str) -> None:
    with pytest.raises(GitError, match="not a plain path"):
        add_files(tmp_path, None, {path: b"x"}, "message", 0)


def test_files_are_added_and_nothing_else_is_done(repo: Path) -> None:
    first = add_files(repo, None, {"live/a.json": b"1", "b": b"2"}, "D b\nfrom nowhere", 0)
    second = add_files(repo, first, {"live/c.json": b"3"}, "message", 0)
    assert git(repo, "ls-tree", "-r", "--name-only", second).split() == ["b", "live/a.json", "live/c.json"]
    for files in ({"b": b"other"}, {"b": b"2"}, {"b/c": b"x"}):
        with pytest.raises(GitError, match="does more than add"):
            add_files(repo, first, files, "message", 0)


def test_a_branch_that_others_moved_is_not_pushed_over(repo: Path) -> None:
    first = add_files(repo, None, {"a": b"1"}, "one", 0)
    other = add_files(repo, None, {"b": b"2"}, "two", 0)
    assert push(repo, ".", first, "data")
    assert not push(repo, ".", other, "data")
    with pytest.raises(GitError, match="ended with"):
        push(repo, "nowhere", other, "data")


@pytest.mark.parametrize(
    ("url", "server", "shown_to"),
    [
        ("https://github.com/a/b", "", "https://github.com/"),
        ("https://git.example.org/a/b", "https://git.example.org/", "https://git.example.org/"),
        ("https://github.com.example.org/a/b", "", None),
        ("git@github.com:a/b", "", None),
        (None, "", None),
    ],
)
def test_the_token_is_shown_to_github_alone(
    url: str | None, server: str, shown_to: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("GITHUB_SERVER_URL", server)
    assert list(git_settings(url)) == ([f"http.{shown_to}.extraheader"] if shown_to else [])
    monkeypatch.delenv("GITHUB_TOKEN")
    assert git_settings(url) == {}
