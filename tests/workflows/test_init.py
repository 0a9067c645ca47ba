"""A repository made by ``cuebook init``: its workflows are ours, and they run to a green end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import build
from workflows.changes import UNRELATED
from workflows.runner import events
from workflows.runner.documents import load, read_workflow
from workflows.runner.hygiene import house_rules
from workflows.runner.repository import Content
from workflows.runner.results import unused_permissions

ROOT = Path(__file__).parents[2]
OURS = ROOT / ".github/workflows"
TEMPLATES = sorted((ROOT / "tools/cuebook/templates/workflows").glob("*.yml"))
LOCK = ".github/cuebook-requirements.txt"
REMOTE = "https://github.com/acme/prompts"

template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)


def initialised(
    folder: Path, files: dict[str, str] | None = None, at: str = ".", more: tuple[str, ...] = ()
) -> dict[str, Content]:
    """What an empty Git repository, or one with these files, holds after ``cuebook init``."""
    folder.mkdir()
    build.write(folder, files or {})
    build.git(folder, "init", "-q", "-b", "main")
    build.git(folder, "remote", "add", "origin", REMOTE)
    build.git(folder, "config", "github.user", "ada")
    words = [
        "-c",
        "from cuebook.cli import main; main()",
        "init",
        "--root",
        at,
        "--hash",
        f"sha256:{'0' * 64}",
        *more,
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
    subprocess.run([sys.executable, *words], cwd=folder, env=env, check=True, capture_output=True)
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_an_empty_repository_is_green_after_init(new_github: Any, run_workflow: Any, tmp_path: Path) -> None:
    github = new_github({"README.md": "Ours\n"})
    github.commit(initialised(tmp_path / "new"), "start", "Start a registry")
    pull = github.open_pull_request("start")
    result = run_workflow("check.yml", events.pull_request(github, pull))
    assert result.conclusion == "success", result.explain()
    assert [job.name for job in result.jobs] == ["files, offline gate and site"]
    assert "check: 0 errors, 0 warnings" in result.log
    assert unused_permissions(result) == {}


@pytest.mark.pages
def test_the_first_change_is_checked_gated_and_published(
    new_github: Any, run_workflow: Any, tmp_path: Path
) -> None:
    github = new_github(initialised(tmp_path / "new"))
    second = github.repository.read("main", "prompts/example/v2.prompt.yml").decode()
    better = second.replace("one short sentence", "one sentence")
    assert better != second
    moved = {"prompts/example/v3.prompt.yml": better, "prompts/example/aliases.yml": "production: 3\n"}
    github.commit(moved, "change")
    pull = github.open_pull_request("change")
    for name in ("check.yml", "gate.yml"):
        result = run_workflow(name, events.pull_request(github, pull))
        assert result.conclusion == "success", result.explain()
        assert "example/3 on example: pass" in result.log
    github.merge(pull)
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    assert "example/3 on example: pass, taken over" in result.log
    live = json.loads(github.pages["api/v1/prompts/example/aliases/production.json"])
    assert live["version"] == 3


def test_a_registry_in_a_sub_folder_with_folders_of_its_own_is_checked_and_gated(
    new_github: Any, run_workflow: Any, tmp_path: Path
) -> None:
    folders = ("--prompts-dir", "llm/prompts", "--evals-dir", "llm/suites")
    files = initialised(tmp_path / "new", at="services/ai", more=folders)
    assert "services/ai/llm/suites/example/suite.yml" in files
    github = new_github(files)
    path = "services/ai/llm/prompts/example"
    second = github.repository.read("main", f"{path}/v2.prompt.yml").decode()
    better = second.replace("one short sentence", "one sentence")
    github.commit({f"{path}/v3.prompt.yml": better, f"{path}/aliases.yml": "production: 3\n"}, "change")
    pull = github.open_pull_request("change")
    for name in ("check.yml", "gate.yml"):
        result = run_workflow(name, events.pull_request(github, pull))
        assert result.conclusion == "success", result.explain()
        assert "example/3 on example: pass" in result.log


def test_init_beside_prompts_of_ones_own_is_green(new_github: Any, run_workflow: Any, tmp_path: Path) -> None:
    mine = {
        "prompts/mine/v1.prompt.yml": "message: First\nmodel: offline/rules\ntemplate: 'Say {{word}}'\n",
        "prompts/mine/meta.yml": "title: Mine\n",
    }
    files = initialised(tmp_path / "new", mine)
    assert {path: files[path] for path in mine} == {path: text.encode() for path, text in mine.items()}
    assert not [path for path in files if "example" in path]
    github = new_github(files)
    github.commit(UNRELATED, "change")
    result = run_workflow("check.yml", events.pull_request(github, github.open_pull_request("change")))
    assert result.conclusion == "success", result.explain()


def test_without_cuebooks_hash_nothing_is_installed(
    new_github: Any, run_workflow: Any, tmp_path: Path
) -> None:
    files = initialised(tmp_path / "new")
    lock = files[LOCK]
    assert isinstance(lock, bytes)
    files[LOCK] = lock.replace(f" --hash=sha256:{'0' * 64}".encode(), b"", 1)
    github = new_github(files)
    github.commit(UNRELATED, "change")
    result = run_workflow("check.yml", events.pull_request(github, github.open_pull_request("change")))
    assert result.conclusion == "failure"
    assert "packages without version and hash: ['cuebook[all]" in result.log


def test_there_is_a_template_for_every_workflow() -> None:
    callable_ = {path.name for path in OURS.glob("*.yml") if "workflow_call" in load(path.read_text())["on"]}
    assert callable_ == {"reusable.yml"}
    own = {"release.yml", "adapters.yml"}  # this project's package
    assert {path.name for path in TEMPLATES} == {path.name for path in OURS.glob("*.yml")} - callable_ - own


@template
def test_a_template_is_our_workflow_but_for_the_install(path: Path) -> None:
    ours, theirs = load((OURS / path.name).read_text("utf-8")), load(path.read_text("utf-8"))
    jobs = ours.pop("jobs")
    made = theirs.pop("jobs")
    assert theirs == ours
    assert set(jobs) - set(made) <= {"house"}
    for name, job in made.items():
        steps, other = job.pop("steps"), jobs[name].pop("steps")
        assert job == jobs[name]
        assert [_plain(step) for step in steps] == [_plain(step) for step in other]


def _plain(step: dict[str, Any]) -> dict[str, Any]:
    """A step, with the install of Cuebook and of what it needs in one way of writing."""
    if "install" not in step.get("run", ""):
        return step
    script = re.sub(r"-r (requirements/\w+\.txt|\S+/cuebook-requirements\.txt)", "-r LOCK", step["run"])
    lines = [line for line in script.splitlines() if "--no-build-isolation . " not in line]
    assert any(line.endswith("install --require-hashes -r LOCK") for line in lines)
    return {**step, "run": lines}


@template
def test_a_template_follows_the_rules(path: Path) -> None:
    text = path.read_text("utf-8")
    assert house_rules(read_workflow(path.name, text)) == []
    assert "requirements/" not in text
    assert "quickstart" not in text


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    initialised(tmp_path / "new")
    words = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--pedantic", "--quiet"]
    done = subprocess.run(
        [*words, str(tmp_path / "new/.github")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
