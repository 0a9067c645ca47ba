from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import Ledger, Live, Published, path_of
from cuebook.shapes._base import encode
from verdicts import FAIL

ALIASES = "prompts/qa/aliases.yml"
TIME = "2026-01-01T00:00:00Z"


@pytest.fixture
def clone(registry: Path, tmp_path: Path) -> Path:
    """A clone whose alias went 1, 2, 1 on the default branch."""
    third = {"prompts/qa/v3.prompt.yml": "message: Third\nmodel: offline/rules\ntemplate: '{{question}}'\n"}
    write(registry, third)
    commit(registry)
    for number in (2, 1):
        move(registry, number)
    git(registry, "clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git(registry, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def move(root: Path, number: int | None) -> str:
    write(root, {ALIASES: f"production: {number}\n" if number else "{}\n"})
    return commit(root)


def record(root: Path, *records: Live | Published) -> None:
    Ledger(root).keep([], {item.path: encode(item) for item in records})


def live(root: Path, number: int, digest: str = "") -> Live:
    digest = digest or Workspace(root).registry.version("qa", number).digest
    return Live(
        prompt="qa", alias="production", version=number, digest=digest, commit="c" * 40, time=TIME, why="pass"
    )


def past(root: Path, base: str = "origin/main") -> LiveHistory:
    workspace = Workspace(root)
    return LiveHistory(workspace, workspace.at(base))


def test_without_records_the_history_before_the_change_counts(clone: Path) -> None:
    assert past(clone).versions("qa", "production") == {1, 2}
    assert past(clone).versions("qa", "staging") == frozenset()
    assert past(clone).last("qa", "production") == 1


@pytest.mark.parametrize("numbers", [(3, 1, 3), (3, 2), (3, None, 3)])
def test_moves_inside_the_change_never_count(clone: Path, numbers: tuple[int | None, ...]) -> None:
    for number in numbers:
        move(clone, number)
    assert past(clone).versions("qa", "production") == {1, 2}
    assert past(clone).last("qa", "production") == 1


def test_where_no_base_is_known_nothing_was_live(clone: Path) -> None:
    found = LiveHistory(Workspace(clone), None)
    assert (found.versions("qa", "production"), found.last("qa", "production")) == (frozenset(), None)


def test_records_say_it_and_git_no_longer_does(clone: Path) -> None:
    record(clone, live(clone, 1), Published(commit=git(clone, "rev-parse", "HEAD"), time=TIME))
    assert past(clone).versions("qa", "production") == {1}
    assert past(clone).versions("qa", "staging") == frozenset()


def test_a_record_about_another_text_is_none(clone: Path) -> None:
    record(clone, live(clone, 1), live(clone, 3, "sha256:" + "0" * 64))
    assert past(clone).versions("qa", "production") == {1}


def test_what_was_refused_before_records_began_was_not_live(clone: Path) -> None:
    digest = Workspace(clone).registry.version("qa", 2).digest
    candidate = FAIL.candidate.model_copy(update={"version": 2})
    digests = FAIL.digests.model_copy(update={"candidate": digest})
    fail = FAIL.model_copy(update={"prompt": "qa", "candidate": candidate, "digests": digests})
    Ledger(clone).keep([fail])
    assert git(clone, "show", f"origin/cuebook-data:{path_of(fail)}") == encode(fail).decode().strip()
    assert past(clone).versions("qa", "production") == {1}


def test_the_last_live_version_is_that_of_the_last_publication(clone: Path) -> None:
    record(clone, live(clone, 1), Published(commit=git(clone, "rev-parse", "HEAD"), time=TIME))
    move(clone, 3)
    git(clone, "push", "-q", "origin", "HEAD:main")  # merged, and refused
    write(clone, {"README.md": "x"})
    commit(clone)
    assert past(clone).last("qa", "production") == 1


def test_an_alias_taken_away_was_last_live_where_it_pointed(clone: Path) -> None:
    move(clone, 2)
    gone = move(clone, None)
    git(clone, "push", "-q", "origin", "HEAD:main")
    record(clone, live(clone, 2), Published(commit=gone, time=TIME))
    move(clone, 3)
    assert past(clone).last("qa", "production") == 2
