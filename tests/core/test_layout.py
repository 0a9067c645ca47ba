from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cuebook
from build import commit, git, write
from cuebook.core import layout
from cuebook.core.errors import Problem
from cuebook.core.files import Folder
from cuebook.core.git import Snapshot
from cuebook.core.layout import (
    ALIASES,
    DATASET,
    LABELS,
    META,
    SUITE,
    USUAL,
    Layout,
    aliases_path,
    labels_path,
    layout_problem,
    meta_path,
    shown,
    suite_path,
    version_file,
    version_path,
)
from fixtures.trees import nodes

OWN = Layout("llm/prompts", "llm/evals")


@pytest.fixture
def own() -> Iterator[None]:
    layout.show(OWN)
    yield
    layout.show(USUAL)


@pytest.mark.parametrize(
    ("usual", "there"),
    [
        ("prompts/qa/v1.prompt.yml", "llm/prompts/qa/v1.prompt.yml"),
        ("evals/qa/suite.yml", "llm/evals/qa/suite.yml"),
        ("prompts", "llm/prompts"),
        ("overrides/qa-v1.yml", "overrides/qa-v1.yml"),
        ("cuebook.toml", "cuebook.toml"),
    ],
)
def test_a_path_goes_there_and_back(usual: str, there: str) -> None:
    assert OWN.there(usual) == there
    assert OWN.usual(there) == usual
    assert USUAL.there(usual) == USUAL.usual(usual) == usual


@pytest.mark.parametrize("path", ["prompts/app.py", "evals/notes/suite.yml", "prompts"])
def test_a_folder_of_a_usual_name_is_somebody_elses(path: str) -> None:
    assert OWN.usual(path) is None
    assert (
        Layout("prompts/registry", "evals").usual("prompts/registry/qa/v1.prompt.yml")
        == "prompts/qa/v1.prompt.yml"
    )


def test_a_folder_and_a_commit_are_read_by_a_layout(tmp_path: Path) -> None:
    files = {"llm/prompts/qa/v1.prompt.yml": "x", "prompts/app.py": "y", "llm/other": "z", "README": ""}
    commit(write(tmp_path, files), "all")
    sha = git(tmp_path, "rev-parse", "HEAD").strip()
    for tree in (Folder(tmp_path, OWN), Snapshot(tmp_path, sha, layout=OWN)):
        assert tree.paths("prompts") == ["prompts/qa/v1.prompt.yml"]
        assert tree.paths() == ["README", "llm/other", "prompts/qa/v1.prompt.yml"]
        assert tree.read("prompts/qa/v1.prompt.yml") == b"x"
        assert tree.read("prompts/app.py") is None
    (tmp_path / "link").symlink_to(tmp_path / "llm")
    linked = Folder(tmp_path, Layout("link/prompts", "evals"))
    assert linked.is_link("prompts/qa/v1.prompt.yml")
    assert linked.paths("prompts") == []


def test_a_new_file_names_the_schemas_from_where_it_is() -> None:
    head = b"# yaml-language-server: $schema=../../schemas/meta.json\ntitle: ../../schemas/\n"
    path, data = OWN.file("prompts/qa/meta.yml", head)
    assert path == "llm/prompts/qa/meta.yml"
    assert data == head.replace(b"$schema=../../", b"$schema=../../../")
    assert USUAL.file("prompts/qa/meta.yml", head) == ("prompts/qa/meta.yml", head)


def test_words_name_files_as_they_are_there(own: None) -> None:
    assert shown("add evals/qa/suite.yml, or git mv prompts/a prompts/b") == (
        "add llm/evals/qa/suite.yml, or git mv llm/prompts/a llm/prompts/b"
    )
    for other in ("prompts:/qa/1", "https://x/prompts/qa/v1.html", "llm/prompts/qa", "no prompts here"):
        assert shown(other) == other
    problem = Problem("prompts/qa/meta.yml", 3, "wrong", "see evals/qa/")
    assert str(problem) == "llm/prompts/qa/meta.yml:3: error: wrong\n    see llm/evals/qa/"


@pytest.mark.parametrize(
    ("prompts", "evals", "says"),
    [
        ("llm/prompts", "llm/evals", None),
        ("prompts/registry", "evals", None),
        ("", "evals", "should be a folder"),
        ("/etc", "evals", "should be a folder"),
        ("../prompts", "evals", "should be a folder"),
        ("a/../b", "evals", "should be a folder"),
        (".git/hooks", "evals", "should be a folder"),
        ("a b", "evals", "should be a folder"),
        ("overrides", "evals", "holds other files"),
        ("Site/x", "evals", "holds other files"),
        ("llm", "llm/evals", "beside each other"),
        ("llm", "LLM", "beside each other"),
        ("evals/prompts", "tests", "usual folder"),
    ],
)
def test_folders_that_a_registry_can_use(prompts: str, evals: str, says: str | None) -> None:
    found = layout_problem(prompts, evals)
    assert found is None if says is None else says in str(found)


def test_where_files_are_is_said_in_one_place() -> None:
    """A second spelling would be missed by whoever gives a file another name."""
    package = Path(cuebook.__file__).parent
    names = "|".join(map(re.escape, [ALIASES, META, SUITE, DATASET, LABELS, f"/{version_file(1)}"]))
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"\S*({names})", node.value)
    }
    assert found == {"core/layout.py"}
    assert aliases_path("qa") == "prompts/qa/aliases.yml"
    assert meta_path("qa") == "prompts/qa/meta.yml"
    assert version_path("qa", 2) == "prompts/qa/v2.prompt.yml"
    assert suite_path("qa") == "evals/qa/suite.yml"
    assert labels_path("judge") == "evals/judge/labels.jsonl"
