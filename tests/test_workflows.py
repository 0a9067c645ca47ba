"""Workflows are thin, pinned, and allowed next to nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cuebook.cli.cmd_ci import command as ci_command

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _load(path: Path) -> Any:
    """A workflow with every scalar as text, so that the key ``on`` stays one."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


def _steps(path: Path) -> list[Any]:
    return [step for job in _load(path)["jobs"].values() for step in job["steps"]]


workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


@workflow
def test_nothing_is_allowed_but_what_a_job_asks_for(path: Path) -> None:
    found = _load(path)
    assert found["permissions"] == {}
    assert "concurrency" in found
    for name, job in found["jobs"].items():
        assert set(job["permissions"].values()) <= {"read", "write"}, name
        assert 0 < int(job["timeout-minutes"]) <= 60, name
        assert job["runs-on"] == "ubuntu-24.04", name


@workflow
def test_actions_are_pinned_and_leave_no_credentials(path: Path) -> None:
    lines = [
        line.strip().removeprefix("- ")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().removeprefix("- ").startswith("uses:")
    ]
    assert lines
    assert [line for line in lines if not PINNED.fullmatch(line)] == []
    for step in _steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@workflow
def test_scripts_hold_no_expressions_and_every_step_of_ours_exists(path: Path) -> None:
    assert isinstance(ci_command, click.Group)
    for step in _steps(path):
        script = step.get("run", "")
        assert "${{" not in script
        for word in re.findall(r'cuebook"? ci (\w+)', script):
            assert word in ci_command.commands


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_no_module_is_run_that_a_file_of_the_checkout_could_stand_in_for(path: Path) -> None:
    """``python -m venv`` runs ``venv.py`` of the folder it is started in, ``python -I -m venv`` does not."""
    found = re.findall(r"python3? (?:\S+ )*?-m \w+", path.read_text("utf-8"))
    assert [line for line in found if " -I " not in line] == []


def test_an_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, ROOT / "action.yml"]:
        for name, pin in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40} # \S+)", path.read_text("utf-8")):
            pins.setdefault("/".join(name.split("/")[:2]), set()).add(pin)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


TRIGGERS = {
    "check.yml": {"pull_request": "", "merge_group": ""},
    "gate.yml": {"pull_request": "", "merge_group": ""},
    "publish.yml": {"push": {"branches": ["main"]}},
}


@pytest.mark.parametrize("name", TRIGGERS)
def test_triggers(name: str) -> None:
    assert _load(GITHUB / "workflows" / name)["on"] == TRIGGERS[name]


def test_forks_see_no_secret_and_write_nothing() -> None:
    check = GITHUB / "workflows/check.yml"
    assert "secrets." not in check.read_text("utf-8")
    for job in _load(check)["jobs"].values():
        assert "environment" not in job
        assert job["permissions"] == {"contents": "read"}


def test_the_gate_runs_for_this_repository_only_and_in_its_environment() -> None:
    jobs = _load(GITHUB / "workflows/gate.yml")["jobs"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["plan"]["if"]
    assert "environment" not in jobs["plan"]
    for name in ("shard", "gate"):
        assert "plan" in jobs[name]["needs"]
        assert jobs[name]["environment"] == "prompt-eval"
    uses = [step.get("uses", "") for job in jobs.values() for step in job["steps"]]
    assert not [use for use in uses if use.startswith(("actions/cache@", "actions/cache/save@"))]


def test_only_the_deploying_job_may_deploy() -> None:
    jobs = _load(GITHUB / "workflows/publish.yml")["jobs"]
    assert set(jobs["build"]["permissions"].values()) == {"read"}
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert "secrets" not in str(jobs["deploy"])


@workflow
def test_packages_are_installed_by_lock_file(path: Path) -> None:
    newest = "install --upgrade -r requirements/adapters.in"
    for step in _steps(path):
        for line in step.get("run", "").splitlines():
            if "pip" in line and "install" in line and not (newest in line and path.name == "adapters.yml"):
                assert (
                    "--require-hashes -r requirements/" in line
                    or '--require-hashes -r "$REQUIREMENTS"' in line
                    or "--no-deps --no-build-isolation ." in line
                )
                for name in re.findall(r"requirements/\S+", line):
                    assert (ROOT / name).is_file()


def test_newest_releases_are_installed_where_nothing_can_be_had() -> None:
    path = GITHUB / "workflows/adapters.yml"
    text = path.read_text("utf-8")
    assert [
        word for word in ("secrets.", "github.token", "actions/cache", "environment:") if word in text
    ] == []
    for job in _load(path)["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
    frameworks = set((ROOT / "requirements/adapters.in").read_text("utf-8").split("\n"))
    assert {"langchain-core", "litellm", "mlflow", "openai", "pydantic-ai-slim[openai]"} <= frameworks


def test_zizmor_finds_nothing() -> None:
    words = [str(BIN / "zizmor"), "--offline", "--pedantic", "--quiet", str(GITHUB), str(ROOT / "action.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    bad = (
        (GITHUB / "workflows/check.yml").read_text("utf-8").replace("credentials: false", "credentials: true")
    )
    (tmp_path / "bad.yml").write_text(
        bad.replace("run: cuebook ci check", "run: echo ${{ github.head_ref }}")
    )
    words = [str(BIN / "zizmor"), "--offline", "--pedantic", "--quiet", str(tmp_path / "bad.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize(
    ("schema", "paths"),
    {
        "vendor.github-workflows": WORKFLOWS,
        "vendor.github-actions": [ROOT / "action.yml"],
        "vendor.dependabot": [GITHUB / "dependabot.yml"],
        "vendor.github-issue-config": [path for path in FORMS if path.name == "config.yml"],
        "vendor.github-issue-forms": [path for path in FORMS if path.name != "config.yml"],
    }.items(),
)
def test_files_follow_githubs_schemas(schema: str, paths: list[Path]) -> None:
    assert paths
    words = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_updates_wait_until_a_release_is_old_enough() -> None:
    for update in yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]:
        assert update["cooldown"]["default-days"] >= 14


def test_promotions_judges_and_workflows_have_owners() -> None:
    owned = {
        line.split()[0]: line.split()[1:]
        for line in (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    for path in ("/prompts/*/aliases.yml", "/overrides/", "/evals/", "/.github/", "/requirements/"):
        assert owned[path]
    assert all(owner.startswith("@") for owners in owned.values() for owner in owners)


@workflow
def test_state_and_output_are_outside_the_checkout(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"^ *path: (?:build|\.cuebook)", text, re.M) == []
    for step in _steps(path):
        if re.search(r'(?:^|/)cuebook"? ', step.get("run", "").strip("'\""), re.M):
            for name, folder in (("CUEBOOK_STATE", "cuebook-state"), ("CUEBOOK_OUTPUT", "cuebook-output")):
                assert step["env"][name] == f"${{{{ runner.temp }}}}/{folder}", step["name"]


@workflow
def test_a_key_is_given_to_the_steps_that_ask_models_alone(path: Path) -> None:
    keyed = {step["name"] for step in _steps(path) if "_API_KEY" in str(step)}
    assert keyed <= {"Evidence", "Gate", "Collect replies", "Look"}


def test_the_cache_is_saved_by_publications_of_the_default_branch_alone() -> None:
    saving = {
        path.name for path in WORKFLOWS if re.search(r"actions/cache(/save)?@", path.read_text("utf-8"))
    }
    assert saving == {"publish.yml"}
    assert _load(GITHUB / "workflows/publish.yml")["on"] == {"push": {"branches": ["main"]}}
