from __future__ import annotations

from pathlib import Path

import pytest

import build
from build import commit, write
from cuebook.core import git, git_base
from cuebook.core.errors import GitError
from cuebook.core.git import Snapshot


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    write(
        root,
        {"prompts/qa/v1.prompt.yml": "one\n", "prompts/qa/aliases.yml": "production: 1\n", "README": "x"},
    )
    commit(root, "First")
    write(root, {"prompts/qa/v2.prompt.yml": "two\n"})
    commit(root, "Second")
    return root


def seen(root: Path, *paths: str) -> list[tuple[str, str, str]]:
    return [(change.commit.subject, change.status, change.path) for change in git.history(root, paths)]


def test_history_is_oldest_first_and_only_of_the_paths_asked_for(repo: Path) -> None:
    assert seen(repo, "prompts") == [
        ("First", "A", "prompts/qa/aliases.yml"),
        ("First", "A", "prompts/qa/v1.prompt.yml"),
        ("Second", "A", "prompts/qa/v2.prompt.yml"),
    ]
    assert seen(repo, "nothing") == []


def test_history_says_who_and_when(repo: Path) -> None:
    change = git.history(repo, ["prompts"])[-1]
    assert change.commit.author == "Ada Tester"
    assert change.commit.sha == git.commit_of(repo, "HEAD")
    assert change.commit.time.endswith("Z")
    assert len(change.commit.time) == len("2026-11-22T10:00:00Z")


def test_history_knows_changes_and_removals(repo: Path) -> None:
    write(repo, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(repo, "Move")
    (repo / "prompts/qa/aliases.yml").unlink()
    commit(repo, "Drop")
    *_, moved, dropped = git.history(repo, ["prompts/qa/aliases.yml"])
    assert (moved.status, dropped.status) == ("M", "D")
    assert git.blobs(repo, [moved.blob]) == {moved.blob: b"production: 2\n"}
    assert dropped.blob == ""


def test_a_merge_is_one_change_by_whoever_merged(repo: Path) -> None:
    build.git(repo, "checkout", "-q", "-b", "side")
    write(repo, {"prompts/qa/v3.prompt.yml": "three"})
    commit(repo, "Draft")
    write(repo, {"prompts/qa/v3.prompt.yml": "three, better"})
    commit(repo, "Improve")
    build.git(repo, "checkout", "-q", "main")
    build.git(repo, "merge", "-q", "--no-ff", "-m", "Merge pull request", "side")
    change = git.history(repo, ["prompts"])[-1]
    assert (change.commit.subject, change.status) == ("Merge pull request", "A")
    assert git.blobs(repo, [change.blob])[change.blob] == b"three, better"


FORGED = "x\x1e" + "a" * 40 + "\x1fLinus\x1f2020-01-01T00:00:00+00:00\x1fforged"


@pytest.mark.parametrize("subject", [FORGED, ":100644 100644 a b A", "é 😀", "tab\there", "A"])
def test_a_subject_cannot_pretend_to_be_another_commit(repo: Path, subject: str) -> None:
    write(repo, {"prompts/qa/v3.prompt.yml": "three"})
    sha = commit(repo, subject)
    change = git.history(repo, ["prompts"])[-1]
    assert change.commit == git.Commit(sha, "Ada Tester", change.commit.time, subject)
    assert change.path == "prompts/qa/v3.prompt.yml"


@pytest.mark.parametrize("author", ["Ev\x1eil", "é 😀", "a\x1fb"])
def test_an_author_cannot_pretend_to_be_another_commit(repo: Path, author: str) -> None:
    write(repo, {"prompts/qa/v3.prompt.yml": "three"})
    build.git(repo, "add", "-A")
    build.git(repo, "-c", f"user.name={author}", "commit", "-q", "-m", "Third")
    change = git.history(repo, ["prompts"])[-1]
    assert (change.commit.author, change.commit.subject) == (author, "Third")


def test_a_commit_without_a_message_is_no_obstacle(repo: Path) -> None:
    write(repo, {"prompts/qa/v3.prompt.yml": "three"})
    build.git(repo, "add", "-A")
    build.git(repo, "commit", "-q", "--allow-empty-message", "-m", "")
    assert seen(repo, "prompts")[-1] == ("", "A", "prompts/qa/v3.prompt.yml")


@pytest.mark.parametrize(
    "path", ["prompts/é 😀.yml", "prompts/new\nline", 'prompts/"quoted"', "prompts/:raw A"]
)
def test_odd_paths_come_back_as_they_are(repo: Path, path: str) -> None:
    write(repo, {path: "x"})
    sha = commit(repo, "Odd")
    assert seen(repo, "prompts")[-1] == ("Odd", "A", path)
    assert Snapshot(repo, sha).read(path) == b"x"


def test_a_folder_inside_a_repository_has_its_own_paths(repo: Path) -> None:
    assert seen(repo / "prompts", "qa")[0] == ("First", "A", "qa/aliases.yml")
    assert git.show(repo / "prompts", "HEAD", "qa/v1.prompt.yml") == b"one\n"
    snapshot = Snapshot(repo, git.commit_of(repo, "HEAD"), "prompts/")
    assert snapshot.paths() == ["qa/aliases.yml", "qa/v1.prompt.yml", "qa/v2.prompt.yml"]
    assert snapshot.read("qa/v2.prompt.yml") == b"two\n"


def test_no_repository_and_no_commit_have_no_history(tmp_path: Path) -> None:
    assert git.top(tmp_path) is None
    assert git.history(tmp_path, ["prompts"]) == []
    build.git(tmp_path, "init", "-q")
    assert git.top(tmp_path) == tmp_path.resolve()
    assert git.history(tmp_path, ["prompts"]) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        git.top(tmp_path / "nothing")


def test_a_damaged_repository_is_an_error_and_not_an_empty_one(repo: Path) -> None:
    sha = git.commit_of(repo, "HEAD")
    (repo / ".git/objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(GitError):
        git.history(repo, ["prompts"])


def test_shallow_clones_are_told_apart(repo: Path, tmp_path: Path) -> None:
    build.git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "shallow")
    assert git.is_shallow(tmp_path / "shallow")
    assert not git.is_shallow(repo)


def test_a_snapshot_is_a_tree(repo: Path) -> None:
    first = build.git(repo, "rev-parse", "HEAD~1")
    write(repo, {"prompts/qa/v1.prompt.yml": "changed since"})
    snapshot = Snapshot(repo, first)
    assert snapshot.paths() == ["README", "prompts/qa/aliases.yml", "prompts/qa/v1.prompt.yml"]
    assert snapshot.paths("prompts") == snapshot.paths("prompts/") == snapshot.paths()[1:]
    assert snapshot.paths("prom") == []
    assert snapshot.read("prompts/qa/v1.prompt.yml") == b"one\n"
    assert snapshot.read("README") == b"x"
    assert snapshot.read("prompts/qa/v2.prompt.yml") is None
    assert snapshot.read("prompts") is None
    assert snapshot.read("../README") is None


def test_a_snapshot_of_nothing_is_empty(tmp_path: Path) -> None:
    sha = commit(tmp_path, "Empty")
    assert Snapshot(tmp_path, sha).paths() == []
    assert Snapshot(tmp_path, sha).read("a") is None


def test_a_snapshot_reads_bytes_as_they_are_and_follows_no_link(repo: Path) -> None:
    data = bytes(range(256)) * 3
    write(repo, {"evals/a/bytes": data, "evals/a/empty": b"", "evals/a/no-newline": "x"})
    (repo / "evals/a/link").symlink_to("/etc/passwd")
    snapshot = Snapshot(repo, commit(repo, "Bytes"))
    assert snapshot.read("evals/a/bytes") == data
    assert snapshot.read("evals/a/empty") == b""
    assert snapshot.read("evals/a/no-newline") == b"x"
    assert snapshot.is_link("evals/a/link")
    assert not snapshot.is_link("evals/a/bytes")
    assert snapshot.read("evals/a/link") is None


def test_a_link_in_the_history_has_no_bytes(repo: Path) -> None:
    (repo / "prompts/qa/aliases.yml").unlink()
    (repo / "prompts/qa/aliases.yml").symlink_to("/etc/passwd")
    commit(repo, "Link")
    assert git.history(repo, ["prompts/qa/aliases.yml"])[-1].blob == ""


def test_blobs_that_are_missing_are_an_error(repo: Path) -> None:
    assert git.blobs(repo, []) == {}
    with pytest.raises(GitError, match="no object"):
        git.blobs(repo, ["1" * 40])


def test_revisions(repo: Path) -> None:
    assert git.commit_of(repo, "HEAD") == git.commit_of(repo, "main")
    for revision in ("nothing", "--help", "-x", "HEAD:README", ""):
        with pytest.raises(GitError):
            git.commit_of(repo, revision)


def test_show_reads_one_file_of_one_commit(repo: Path) -> None:
    assert git.show(repo, "HEAD", "README") == b"x"
    assert git.show(repo, "HEAD", "nothing") is None
    assert git.show(repo, "--help", "README") is None


@pytest.mark.parametrize("apart", [False, True])
def test_a_repository_of_plain_files_is_not_taken_for_one(tmp_path: Path, apart: bool) -> None:
    """Git would take it for that of a registry in a folder, with the branches and programs that it names."""
    ran = tmp_path / "ran"
    write(tmp_path / "top", {"team/prompts/qa/v1.prompt.yml": "x"})
    commit(tmp_path / "top")
    team = tmp_path / "top/team"
    assert git.top(team) == tmp_path / "top"
    build.git(tmp_path, "clone", "-q", "--bare", "top", str(team / "planted"))
    for name in ("HEAD", *(() if apart else ("objects", "refs"))):
        (team / "planted" / name).rename(team / name)
    write(team, {"commondir": "planted\n"} if apart else {})
    config = f'[core]\nbare = false\nworktree = .\nfsmonitor = "touch {ran}; false"\n'
    write(team / "planted" if apart else team, {"config": config})
    git._planted.cache_clear()
    for folder in (team, team / "prompts"):
        with pytest.raises(GitError, match="take it for a repository of its own"):
            git.run(folder, "ls-files", "--others")
    assert not ran.exists()


def test_variables_that_hooks_export_do_not_lead_elsewhere(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    assert git.top(repo) == repo.resolve()


def test_a_failed_command_says_what_it_was_and_what_git_said(repo: Path) -> None:
    with pytest.raises(GitError) as caught:
        git.run(repo, "frobnicate")
    assert "git frobnicate ended with 1" in str(caught.value)
    assert "frobnicate' is not a git command" in str(caught.value)


def test_git_that_is_not_installed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    with pytest.raises(GitError, match="install git"):
        git.top(repo)


def test_an_impossible_time_is_no_crash(repo: Path) -> None:
    write(repo, {"prompts/qa/v3.prompt.yml": "three"})
    build.git(repo, "add", "-A")
    tree = build.git(repo, "write-tree")
    parent = build.git(repo, "rev-parse", "HEAD")
    who = f"Ada <a@b> {10**17} +0000"
    raw = f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nFar\n"
    sha = git.run(repo, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw.encode())
    build.git(repo, "reset", "-q", "--soft", sha.decode().strip())
    assert git.history(repo, ["prompts"])[-1].commit.time.endswith("Z")


def test_a_mailmap_of_the_checkout_gives_nobody_another_name(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "1", ".mailmap": "Grace Hopper <grace@example.org> <ada@example.org>\n"})
    first = commit(tmp_path)
    write(tmp_path, {"a.txt": "2"})
    commit(tmp_path)
    assert {change.commit.author for change in git.history(tmp_path, ["a.txt"])} == {"Ada Tester"}
    assert git.last_author(tmp_path, first, "a.txt") == "Ada Tester"


def test_a_file_at_several_commits_is_read_by_one_process(tmp_path: Path) -> None:
    shas = []
    for text in ("1", None, "2\n"):
        write(tmp_path, {"a/b c.txt": text}) if text else (tmp_path / "a/b c.txt").unlink()
        shas.append(commit(tmp_path))
    asked = [(sha, "a/b c.txt") for sha in (*shas, "f" * 40)]
    assert git.files_at(tmp_path, asked) == [b"1", None, b"2\n", None]
    assert git.files_at(tmp_path, []) == []
    assert git.ancestors(tmp_path, shas[1]) == shas[1::-1]


def test_no_object_is_shown_in_the_place_of_another(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "1"})
    first = commit(tmp_path)
    write(tmp_path, {"a.txt": "2"})
    build.git(tmp_path, "replace", first, commit(tmp_path))
    assert git.show(tmp_path, first, "a.txt") == b"1"


def test_tips_are_those_of_the_refs_that_are_there(tmp_path: Path) -> None:
    assert git.tips(tmp_path, ["refs/heads/main"]) == {}
    sha = commit(write(tmp_path, {"a": "1"}))
    git.run(tmp_path, "update-ref", "refs/heads/kept/below", sha)
    assert git.tips(tmp_path, ["refs/heads/lost", "refs/heads/kept", "refs/heads/main"]) == {
        "refs/heads/main": sha
    }


def test_a_commit_has_its_time(tmp_path: Path) -> None:
    write(tmp_path, {"a": "x"})
    sha = commit(tmp_path)
    assert git.time_of(tmp_path, sha) == git.history(tmp_path, ["a"])[0].commit.time


@pytest.mark.parametrize("name", ["origin/main", "main"])
def test_a_tag_cannot_stand_in_for_a_branch(tmp_path: Path, name: str) -> None:
    """Git itself looks among tags first, and whoever may push a tag would choose what decides."""
    write(tmp_path / "source", {"a.txt": "1"})
    right = commit(tmp_path / "source")
    build.git(tmp_path, "clone", "-q", str(tmp_path / "source"), "clone")
    clone = tmp_path / "clone"
    write(clone, {"a.txt": "2"})
    build.git(clone, "switch", "-q", "-c", "change")
    wrong = commit(clone)
    build.git(clone, "tag", name)
    assert (git.commit_of(clone, name), git_base.left_at(clone, name)) == (right, right)
    assert git.commit_of(clone, f"{name}~0") == right
    assert git.commit_of(clone, f"refs/tags/{name}") == wrong
    assert git.commit_of(clone, "HEAD") == wrong
    build.git(clone, "tag", "only-a-tag")
    assert git.commit_of(clone, "only-a-tag") == wrong


def test_what_cannot_change_is_asked_once(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = git.commit_of(repo, "HEAD")
    git.top(repo)
    snapshot = git.Snapshot(repo, sha)
    found = {path: snapshot.read(path) for path in snapshot.paths()}
    listed = git.list_folder(repo, sha, "prompts", 1_000)
    git.commit_of(repo, sha)
    monkeypatch.setattr(git, "run", lambda *_, **__: pytest.fail("asked again"))
    again = git.Snapshot(repo, sha)
    assert {path: again.read(path) for path in again.paths()} == found
    assert found
    assert git.list_folder(repo, sha, "prompts", 1_000) == listed
    assert (git.top(repo), git.commit_of(repo, sha)) == (repo.resolve(), sha)


def test_large_files_are_read_again_and_the_same(repo: Path) -> None:
    (repo / "prompts").mkdir(exist_ok=True)
    (repo / "prompts/large.txt").write_bytes(b"x" * 20_000)
    commit(repo, "large")
    sha = git.commit_of(repo, "HEAD")
    for _ in range(2):
        assert git.Snapshot(repo, sha).read("prompts/large.txt") == b"x" * 20_000
