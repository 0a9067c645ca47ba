from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import (
    BRANCH,
    MAX_RECORD,
    Ledger,
    Live,
    MoveRecord,
    Published,
    TriedRecord,
    path_of,
)
from cuebook.shapes._base import encode
from verdicts import FAIL, PASS

Cli = Callable[..., Any]


@pytest.fixture
def clone(registry: Path, tmp_path: Path) -> Path:
    commit(registry)
    git(registry, "clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git(registry, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def test_keep(cli: Cli, clone: Path, tmp_path: Path) -> None:
    write(tmp_path / "found", {path_of(PASS): encode(PASS)})
    ended = cli(clone, "ci", "keep", "--from", str(tmp_path / "found"))
    assert (ended.code, ended.out) == (0, f"kept {path_of(PASS)}\n")
    assert git(tmp_path / "remote.git", "show", f"{BRANCH}:{path_of(PASS)}").startswith("{")


def test_another_verdict_for_the_same_digests_ends_with_1(cli: Cli, clone: Path, tmp_path: Path) -> None:
    write(tmp_path / "found", {path_of(PASS): encode(PASS)})
    cli(clone, "ci", "keep", "--from", str(tmp_path / "found"))
    lie = FAIL.model_copy(update={"digests": PASS.digests})
    write(tmp_path / "found", {path_of(PASS): encode(lie)})
    ended = cli(clone, "ci", "keep", "--from", str(tmp_path / "found"))
    assert (ended.code, "pass on the same digests, would become fail" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("evaluations/x/1/x/00000000.json", encode(PASS), "its path does not match"),
        ("evaluations/x/1/x/00000000.json", b"{}", "not a record"),
        ("live/qa/production/1.json", b'{"prompt": "../x"}', "not a record"),
        ("README.md", b"hello", "not a record"),
    ],
)
def test_what_is_no_record_is_refused(
    cli: Cli, clone: Path, tmp_path: Path, path: str, data: bytes, said: str
) -> None:
    write(tmp_path / "found", {path: data})
    ended = cli(clone, "ci", "keep", "--from", str(tmp_path / "found"))
    assert (ended.code, said in ended.err) == (2, True)
    assert git(tmp_path / "remote.git", "branch", "--list", BRANCH) == ""


def test_nothing_to_keep(cli: Cli, clone: Path, tmp_path: Path) -> None:
    assert "already has all of it" in cli(clone, "ci", "keep", "--from", str(tmp_path / "none")).out


def went_live(root: Path, **changes: Any) -> dict[str, bytes]:
    """The records of a publication of the commit in ``root``, by path."""
    digest = Workspace(root).registry.version("qa", 1).digest
    fields: dict[str, Any] = {"prompt": "qa", "alias": "production", "version": 1, "digest": digest}
    fields |= {"commit": git(root, "rev-parse", "HEAD"), "time": "2026-01-01T00:00:00Z", "why": "pass on qa"}
    fields |= changes
    live = Live(**fields)
    published = Published(commit=fields["commit"], time=fields["time"])
    return {record.path: encode(record) for record in (live, published)}


def keep(cli: Cli, clone: Path, folder: Path, files: dict[str, bytes]) -> Any:
    write(folder, files)
    return cli(clone, "ci", "keep", "--from", str(folder))


def test_what_went_live_is_kept_outside_github_and_by_a_push_to_the_default_branch(
    cli: Cli, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    assert keep(cli, clone, tmp_path / "found", went_live(clone)).code == 0
    assert [item.version for item in Ledger(clone).live("qa", "production")] == [1]


@pytest.mark.parametrize(
    ("event", "ref"),
    [
        ("pull_request", "refs/pull/7/merge"),
        ("push", "refs/heads/change"),
        ("push", "refs/tags/main"),
        ("workflow_run", "refs/heads/main"),
        ("issues", "refs/heads/main"),
        ("push", ""),
    ],
)
def test_no_other_run_says_what_went_live(
    cli: Cli, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str, ref: str
) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", event)
    monkeypatch.setenv("GITHUB_REF", ref)
    ended = keep(cli, clone, tmp_path / "found", went_live(clone))
    assert (ended.code, "keeps no record" in ended.err) == (2, True)
    assert keep(cli, clone, tmp_path / "verdicts", {path_of(PASS): encode(PASS)}).code == 0


@pytest.mark.parametrize(
    "changes", [{"digest": "sha256:" + "0" * 64}, {"version": 9}, {"prompt": "ghost"}, {"commit": "0" * 40}]
)
def test_a_record_is_about_what_the_commit_holds(
    cli: Cli, clone: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    ended = keep(cli, clone, tmp_path / "found", went_live(clone, **changes))
    assert (ended.code, "not about what this commit or its history holds" in ended.err) == (2, True)


def end_of_alias(root: Path, **changes: Any) -> dict[str, bytes]:
    """The record of a commit that took the alias of a prompt away, by path."""
    fields: dict[str, Any] = {"prompt": "qa", "alias": "production", "version": None, "digest": None}
    fields |= {"commit": git(root, "rev-parse", "HEAD"), "recorded": "2026-01-01T00:00:00Z"} | changes
    record = MoveRecord(**fields)
    return {record.path: encode(record)}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"prompt": "ghost"}, False),
        ({"prompt": "ask"}, False),  # it is there, and lost nothing
        ({"alias": "staging"}, False),
        ({"commit": "0" * 40}, False),
        ({"commit": "HEAD~1"}, False),
        ({"digest": "sha256:" + "0" * 64}, False),
        ({"version": 1}, False),
        ({"version": 1, "prompt": "ask"}, True),
        ({"version": 2, "prompt": "ask"}, False),  # no alias ever pointed there
    ],
)
def test_a_move_is_one_that_git_shows(
    cli: Cli, clone: Path, tmp_path: Path, changes: dict[str, Any], kept: bool
) -> None:
    """Also from a shallow clone, which workflows of earlier releases check out."""
    git(clone, "mv", "prompts/qa", "prompts/ask")
    git(clone, "commit", "-qm", "Rename")
    git(clone, "push", "-q", "origin", "HEAD:main")
    git(tmp_path, "clone", "-q", "--depth=1", (tmp_path / "remote.git").as_uri(), "other")
    if changes.get("commit") == "HEAD~1":
        changes = {"commit": git(clone, "rev-parse", "HEAD~1")}
    if changes.get("version"):
        name, number = changes.get("prompt", "qa"), changes["version"]
        digest = Workspace(clone).registry.version("ask", number).digest
        changes = {"digest": digest, "prompt": name, "version": number}
    ended = keep(cli, tmp_path / "other", tmp_path / "found", end_of_alias(clone, **changes))
    assert (ended.code, "or its history holds" in ended.err) == ((0, False) if kept else (2, True))


def test_what_is_tried_is_beside_what_the_commit_holds(cli: Cli, clone: Path, tmp_path: Path) -> None:
    first, second = (Workspace(clone).registry.version("qa", number).digest for number in (1, 2))
    fields: dict[str, Any] = {"prompt": "qa", "alias": "production", "version": 2, "beside": 1, "why": "w"}
    fields |= {"digest": second, "commit": git(clone, "rev-parse", "HEAD"), "time": "2026-01-01T00:00:00Z"}
    for digest, code in (("sha256:" + "0" * 64, 2), (first, 0)):
        record = TriedRecord(**fields, beside_digest=digest)
        assert keep(cli, clone, tmp_path / "found", {record.path: encode(record)}).code == code


def test_what_went_live_did_so_by_a_commit_of_the_default_branch(
    cli: Cli, clone: Path, tmp_path: Path
) -> None:
    files = went_live(clone, commit="0" * 40)
    (live,) = (path for path in files if path.startswith("live/"))
    assert keep(cli, clone, tmp_path / "found", {live: files[live]}).code == 2


def test_a_name_with_line_feeds_does_not_reach_git(cli: Cli, clone: Path, tmp_path: Path) -> None:
    name = "x\ndata 1\nA\nD published\nM 100644 inline y"
    text = went_live(clone)["live/qa/production/1.json"].replace(b'"qa"', json.dumps(name).encode())
    write(tmp_path / "found", {"live/y/production/1.json": text})
    assert "not a record" in cli(clone, "ci", "keep", "--from", str(tmp_path / "found")).err


def test_a_file_too_large_and_a_link_are_refused(cli: Cli, clone: Path, tmp_path: Path) -> None:
    (tmp_path / "found/live").mkdir(parents=True)
    (tmp_path / "found/live/x.json").symlink_to("/proc/self/environ")
    write(tmp_path / "found", {"published/big.json": b" " * (MAX_RECORD + 1)})
    ended = cli(clone, "ci", "keep", "--from", str(tmp_path / "found"))
    assert (ended.code, "65,537 bytes" in ended.err, "not a record" in ended.err) == (2, True, True)
