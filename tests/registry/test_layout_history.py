from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.core.files import Folder
from cuebook.publish.history import moves_at, read_history
from cuebook.registry.layout_history import history
from cuebook.registry.settings import layout_of

V1 = "message: m\nmodel: toy/answers\ntemplate: x\n"
MOVED = "prompts_dir = 'llm/prompts'\nevals_dir = 'llm/evals'\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A registry whose folders were moved, with changes before and after."""
    write(tmp_path, {"prompts/qa/v1.prompt.yml": V1, "prompts/qa/aliases.yml": "production: 1\n"})
    commit(tmp_path, "first")
    (tmp_path / "llm").mkdir()
    git(tmp_path, "mv", "prompts", "llm/prompts")
    commit(write(tmp_path, {"cuebook.toml": MOVED}), "move")
    write(tmp_path, {"llm/prompts/qa/v2.prompt.yml": V1.replace("x", "y"), "prompts/app.py": "x"})
    write(tmp_path, {"llm/prompts/qa/aliases.yml": "production: 2\n"})
    commit(tmp_path, "second")
    return tmp_path


def test_a_moved_folder_keeps_its_past(repo: Path) -> None:
    found = read_history(repo)
    assert {path: made.subject for path, made in found.added.items()} == {
        "prompts/qa/v1.prompt.yml": "first",
        "prompts/qa/v2.prompt.yml": "second",
    }
    moves = [(move.previous, move.version, move.subject) for move in found.moves["qa"]]
    assert moves == [(1, 2, "second"), (None, 1, "first")]
    assert moves_at(repo, "HEAD") == found.moves


def test_a_file_that_moved_with_its_folder_was_not_taken_away(repo: Path) -> None:
    changes = [(item.status, item.path) for item in history(repo, ["prompts"])]
    assert ("D", "prompts/qa/v1.prompt.yml") not in changes
    assert not any("app.py" in path or "llm" in path for _, path in changes)


def test_moving_back_loses_nothing(repo: Path) -> None:
    git(repo, "rm", "-q", "prompts/app.py")
    git(repo, "mv", "llm/prompts", "prompts")
    (repo / "cuebook.toml").unlink()
    commit(repo, "back")
    assert [move.version for move in read_history(repo).moves["qa"]] == [2, 1]
    assert read_history(repo).added["prompts/qa/v1.prompt.yml"].subject == "first"


@pytest.mark.parametrize("key", ["prompts_dir", r'"prompts\u005fdir"', r'"\U00000070rompts_dir"'])
def test_a_key_of_the_layout_is_found_however_it_is_spelled(tmp_path: Path, key: str) -> None:
    write(tmp_path, {"cuebook.toml": f"{key} = 'llm/prompts'\n"})
    assert layout_of(Folder(tmp_path)).prompts == "llm/prompts"
