from __future__ import annotations

from pathlib import Path

import pytest

import checked
from build import commit, write
from cuebook.core import git
from cuebook.core.errors import Problem
from cuebook.jobs.checking import committed, problems_of
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry

PROJECT = "[tool.cuebook]\nprotected_aliases = ['production']\n"
SECOND = "protected_aliases = ['stable']\n"


def two(root: Path) -> list[Problem]:
    return [item for item in problems_of(Workspace(root)) if "only those of the first count" in item.message]


def test_a_later_check_refuses_what_is_not_committed_yet(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT})
    commit(tmp_path, "settings")
    write(tmp_path, {"cuebook.toml": SECOND})
    (problem,) = two(tmp_path)
    assert (problem.file, problem.severity, problem.breaks) == ("cuebook.toml", "error", False)


def test_a_later_check_warns_of_what_was_accepted_before(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT, "cuebook.toml": SECOND})
    commit(tmp_path, "both")
    (problem,) = two(tmp_path)
    assert problem.severity == "warning"
    assert "only a warning: earlier releases did not check this" in problem.hint
    write(tmp_path, {"cuebook.toml": SECOND + "timeout = 3.0\n"})
    assert [item.severity for item in two(tmp_path)] == ["error"]


def test_what_the_branch_brought_is_new_though_it_is_committed(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT})
    commit(tmp_path, "settings")
    git.run(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git.run(tmp_path, "checkout", "--quiet", "-b", "work")
    write(tmp_path, {"cuebook.toml": SECOND})
    commit(tmp_path, "a second file")
    assert [item.severity for item in two(tmp_path)] == ["error"]


@pytest.mark.parametrize("files", [{"cuebook.toml": SECOND, "pyproject.toml": PROJECT}])
def test_outside_git_every_file_is_new(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert [item.severity for item in two(tmp_path)] == ["error"]


def test_every_draft_is_looked_at_and_no_old_version_that_nobody_uses(tmp_path: Path) -> None:
    odd = checked.GOOD.replace("offline/rules", "toy/answrs").replace("{{question}}", "{{questoin}}")
    third = checked.GOOD.replace("briefly", "well")
    root = write(
        tmp_path, checked.FILES | {"prompts/qa/v2.prompt.yml": odd, "prompts/qa/v3.prompt.yml": third}
    )
    commit(root, "three versions")

    def told(before: Registry | None) -> list[str]:
        found = problems_of(Workspace(root), before)
        return [f"{item.file}:{item.line}: {item.message}" for item in found if item.severity == "error"]

    base = committed(Workspace(root))
    assert told(base) == []
    write(root, {"prompts/qa/v4.prompt.yml": f"{odd}# draft\n", "prompts/qa/v5.prompt.yml": checked.GOOD})
    assert told(base) == [
        "prompts/qa/v4.prompt.yml:2: no toy is called 'toy/answrs'",
        "prompts/qa/v4.prompt.yml:5: no case of evals/qa/dataset.jsonl fills {{questoin}} of qa/4",
    ]
    write(root, {"prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    assert told(base)[-1].endswith("fills {{questoin}} of qa/2 and qa/4")
