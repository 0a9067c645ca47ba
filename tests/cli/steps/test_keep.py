from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from cuebook.publish.data_branch import BRANCH, path_of
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
    assert (ended.code, "pass stands for these digests" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("evaluations/x/1/x/00000000.json", encode(PASS), "does not stand where it belongs"),
        ("evaluations/x/1/x/00000000.json", b"{}", "no record"),
        ("live/qa/production/1.json", b'{"prompt": "../x"}', "no record"),
        ("README.md", b"hello", "no record"),
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
    assert "holds all of it already" in cli(clone, "ci", "keep", "--from", str(tmp_path / "none")).out
