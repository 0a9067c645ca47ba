from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from build import commit, git, write
from conftest import QA
from workflows.changes import BETTER, EDITED, WRONG
from workflows.runner import warm
from workflows.runner.commands_on_path import make_python

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "site/guides/other-ci.md").read_text("utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
LOCK = f"cuebook[all]==0.1.0 --hash=sha256:{'0' * 64}\n"


def _block(title: str) -> str:
    found = re.search(rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$', GUIDE, re.M | re.S)
    assert found
    return found[1]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a small registry, on a branch ``change`` that left ``main``, as CI systems have it."""
    source = write(tmp_path / "source", {**QA, "cuebook-requirements.txt": LOCK, ".gitignore": "build/\n"})
    commit(source)
    git(tmp_path, "clone", "-q", str(source), "clone")
    git(tmp_path / "clone", "switch", "-q", "-c", "change")
    git(tmp_path / "clone", "update-ref", "-d", "refs/remotes/origin/main")
    return tmp_path / "clone"


def _environment(clone: Path) -> dict[str, str]:
    """A machine whose ``python`` and ``pip`` install nothing but make the ``cuebook`` under test."""
    machine = clone.parent / "machine"
    make_python(machine, warm.place())
    keep = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(machine), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**keep, "PATH": path, "HOME": str(clone.parent)}


def _run(clone: Path, lines: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Lines of a guide in one shell that stops at the first failure."""
    script = "\n".join(["set -eu", *lines])
    env = _environment(clone) | variables
    return subprocess.run(
        ["bash", "-c", script], cwd=clone, env=env, capture_output=True, text=True, check=False
    )


def _gitlab(clone: Path, job: str, before: str = "") -> subprocess.CompletedProcess[str]:
    pipeline = yaml.safe_load(_block(".gitlab-ci.yml"))
    job_id = f"{job}-{len(list(clone.parent.iterdir()))}"
    places = {
        name: text.replace("$CI_BUILDS_DIR", str(clone.parent)).replace("$CI_JOB_ID", job_id)
        for name, text in pipeline["variables"].items()
    }
    done = _run(
        clone,
        [*pipeline["before_script"], *pipeline[job]["script"]],
        CI_BUILDS_DIR=str(clone.parent),
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_COMMIT_BEFORE_SHA=before or "0" * 40,
        CUEBOOK_PUSH_URL=str(clone.parent / "source"),
        OPENAI_API_KEY="sk-CANARY",
        **places,
    )
    _run(clone, pipeline[job].get("after_script", []), **places)
    return done


def _jenkins(clone: Path, stage: str, before: str = "") -> subprocess.CompletedProcess[str]:
    whole = _block("Jenkinsfile")
    stages = dict(re.findall(r"stage\('(\w+)'\) \{(.*?)(?=\n    stage|\n  post|\Z)", whole, re.S))
    path = re.search(r'PATH = "(\S+):\$\{PATH\}"', whole)
    assert path
    lines = [f'PATH="{path[1]}:$PATH"']
    steps, _, after = stages[stage].partition("post {")
    for text in (stages["Install"], steps):
        lines += re.findall(r"sh '([^']+)'", text)
    temporary = str(clone.parent / "tmp")
    given = dict(re.findall(r'(CUEBOOK_\w+) = "(\S+)"', whole))
    places = {name: value.replace("${WORKSPACE_TMP}", temporary) for name, value in given.items()}
    variables = {"WORKSPACE_TMP": temporary, "CHANGE_TARGET": "main", **places}
    done = _run(clone, lines, GIT_PREVIOUS_SUCCESSFUL_COMMIT=before, **variables)
    for text in (after, whole.rpartition("\n  post {")[2]):
        _run(clone, [lines[0], *re.findall(r"sh '([^']+)'", text)], **variables)
    return done


SYSTEMS = [(_gitlab, ("check", "gate", "pages")), (_jenkins, ("Check", "Gate", "Publish"))]
system = pytest.mark.parametrize(("system", "names"), SYSTEMS, ids=["GitLab", "Jenkins"])


@system
@pytest.mark.parametrize(
    ("step", "files", "code", "said"),
    [
        (0, BETTER, 0, "qa/3 on qa: pass"),
        (0, EDITED, 1, "published version was edited"),
        (1, BETTER, 0, "qa/3 on qa: pass"),
        (1, WRONG, 1, "qa/3 on qa: fail, so it cannot be merged"),
    ],
    ids=["check-better", "check-edited", "gate-better", "gate-worse"],
)
def test_the_guides_lines_judge_a_change(
    clone: Path, system: Any, names: tuple[str, ...], step: int, files: Any, code: int, said: str
) -> None:
    write(clone, files)
    commit(clone)
    if names[step] == "Gate":
        git(clone, "fetch", "-q", "origin", "+refs/heads/main:refs/remotes/origin/main")
    done = system(clone, names[step])
    assert said in done.stdout, done.stdout + done.stderr
    assert done.returncode == code
    found = list((clone / "cuebook-reports").rglob("gate.xml"))
    assert len(found) == (files is not EDITED)
    assert not any((clone / name).exists() for name in (".cuebook", "build"))


@system
def test_the_guides_lines_publish(clone: Path, system: Any, names: tuple[str, ...]) -> None:
    done = system(clone, names[2])
    assert done.returncode == 0, done.stdout + done.stderr
    site = clone / "public" if names[2] == "pages" else clone.parent / "tmp/cuebook-output/site"
    assert (site / "api/v1/index.json").is_file()
    assert "published/" in git(clone.parent / "source", "ls-tree", "-r", "--name-only", "cuebook-data")


@system
def test_what_a_publication_refused_does_not_go_live_with_the_next_push(
    clone: Path, system: Any, names: tuple[str, ...]
) -> None:
    assert system(clone, names[2]).returncode == 0
    start = git(clone, "rev-parse", "HEAD")
    write(clone, {**WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    bad = commit(clone)
    done = system(clone, names[2], start)
    assert (done.returncode, "not published" in done.stdout) == (1, True), done.stdout + done.stderr
    write(clone, {"site/guides/a.md": "# A guide\n"})
    commit(clone)
    done = system(clone, names[2], bad)
    assert (done.returncode, "production 1 -> 3: not published" in done.stdout) == (1, True)


@system
def test_what_a_publication_refused_was_not_live_to_the_gate_either(
    clone: Path, system: Any, names: tuple[str, ...]
) -> None:
    """Though Git's history has it, and the machine that gates has never seen the records."""
    start = git(clone, "rev-parse", "HEAD")
    assert system(clone, names[2]).returncode == 0
    write(clone, {**WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(clone)
    assert system(clone, names[2], start).returncode == 1
    write(clone, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(clone)
    git(clone.parent / "source", "config", "receive.denyCurrentBranch", "ignore")
    git(clone, "push", "-q", str(clone.parent / "source"), "HEAD:main")
    write(clone, {"prompts/qa/aliases.yml": "production: 3\n"})
    commit(clone)
    git(clone, "update-ref", "-d", "refs/remotes/origin/cuebook-data")
    system(clone, names[0])
    done = system(clone, names[1])
    said = "qa/3 on qa: fail, so it cannot be promoted" in done.stdout
    assert (done.returncode, said) == (1, True), done.stdout + done.stderr


def test_the_pipeline_follows_gitlabs_schema(tmp_path: Path) -> None:
    write(tmp_path, {".gitlab-ci.yml": _block(".gitlab-ci.yml")})
    words = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci"]
    words += ["--data-transform", "gitlab-ci", str(tmp_path / ".gitlab-ci.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_names_this_version_and_the_hooks_there_are() -> None:
    (repo,) = yaml.safe_load(_block(".pre-commit-config.yaml"))["repos"]
    assert repo["rev"] == f"v{metadata.version('cuebook')}"
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in HOOKS]


def test_commands_in_the_guides_table_are_those_of_the_pipelines() -> None:
    for step in ("check", "gate", "evidence", "publish"):
        assert f"| `cuebook ci {step} --base" in GUIDE
        for title in (".gitlab-ci.yml", "Jenkinsfile"):
            assert f"cuebook ci {step} --base" in _block(title)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_says_all_that_it_needs(hook: dict[str, Any]) -> None:
    assert hook["language"] == "python"
    assert hook["additional_dependencies"] == [".[cli]"]
    assert hook["pass_filenames"] is False
    taken = re.compile(hook["files"])
    assert taken.search("prompts/qa/v1.prompt.yml")
    assert not taken.search("docs/prompts/qa.md")


def _hook(name: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A hook's command as pre-commit runs it."""
    (hook,) = [item for item in HOOKS if item["id"] == name]
    program, *words = [*hook["entry"].split(), *hook.get("args", [])]
    command = [str(Path(sys.executable).parent / program), *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "files", "code"),
    [
        ("cuebook-check", BETTER, 0),
        ("cuebook-check", EDITED, 1),
        ("cuebook-check", {"prompts/qa/aliases.yml": "production: 9\n"}, 1),
        ("cuebook-immutable", BETTER, 0),
        ("cuebook-immutable", EDITED, 1),
    ],
)
def test_a_hook_runs(clone: Path, name: str, files: dict[str, str], code: int) -> None:
    git(clone, "fetch", "-q", "origin", "+refs/heads/main:refs/remotes/origin/main")
    write(clone, files)
    done = _hook(name, clone)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("edited" in done.stdout) is (files is EDITED)
