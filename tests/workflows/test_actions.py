"""The stand-ins of published actions."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.results import unused_permissions
from workflows.small import CHECKOUT, CI, workflow


@pytest.mark.parametrize(
    ("depth", "commits", "knows_main"),
    [("", 1, False), ("with: {fetch-depth: 0}", 4, True), ("with: {fetch-depth: 2}", 3, False)],
)
def test_checkout_of_a_pull_request(
    new_github: Any, run_workflow: Any, depth: str, commits: int, knows_main: bool
) -> None:
    steps = f"- uses: {CHECKOUT}\n  {depth}\n$ git log --format=%s; ls; git branch -r; git config --list"
    github = new_github({CI: workflow(steps, "pull_request")})
    github.commit({"new.txt": "x"}, "idea", "Add a file")
    github.commit({"main.txt": "y"}, message="Move on")
    pull = github.open_pull_request("idea")
    result = run_workflow("ci.yml", events.pull_request(github, pull))
    log = result.job("a").steps[1].log
    assert result.conclusion == "success"
    assert log.startswith(f"Merge {pull.head_sha} into {pull.base_sha}\n")
    assert sum(log.count(name) for name in ("Merge ", "Add a file\n", "Begin\n", "Move on\n")) == commits
    assert {"new.txt", "main.txt"} <= set(log.split())
    assert ("origin/main" in log.split()) is knows_main
    assert ".extraheader" in log


def test_checkout_keeps_no_token_when_told(new_github: Any, run_workflow: Any) -> None:
    steps = (
        f"- uses: {CHECKOUT}\n  with: {{persist-credentials: false}}\n$ git config --list; git fetch origin"
    )
    result = run_workflow("ci.yml", events.push(new_github({CI: workflow(steps)})))
    assert result.conclusion == "failure"
    assert ".extraheader" not in result.log


def test_checkout_needs_contents(new_github: Any, run_workflow: Any) -> None:
    files = {CI: workflow(f"- uses: {CHECKOUT}", top="permissions: {}")}
    result = run_workflow("ci.yml", events.push(new_github(files)))
    assert result.conclusion == "failure"
    assert "403" in result.log


def test_a_push_needs_the_right_and_the_branch(new_github: Any, run_workflow: Any) -> None:
    who = "-c user.name=x -c user.email=x"
    steps = (
        f"- uses: {CHECKOUT}\n$ git {who} commit -qm $GITHUB_RUN_ID --allow-empty\n"
        "$ git push -qf origin HEAD:new"
    )
    github = new_github({CI: workflow(steps)})
    assert "Write access to repository not granted" in run_workflow("ci.yml", events.push(github)).log
    github.commit({CI: workflow(steps, top="permissions: {contents: write}")})
    assert run_workflow("ci.yml", events.push(github)).conclusion == "success"
    assert "refs/heads/new" in github.repository.refs("refs/heads")
    assert [(item.event, item.runs) for item in github.triggered] == [("push", "no")]
    github.protected_branches.add("new")
    assert "rule violations" in run_workflow("ci.yml", events.push(github)).log


FORK_RUN = workflow(f"- uses: {CHECKOUT}\n  with: {{ref: '${{{{ github.event.workflow_run.head_sha }}}}'}}")


def test_checkout_refuses_a_forks_code_after_the_run(new_github: Any, run_workflow: Any) -> None:
    after = FORK_RUN.replace("on: push", "on: {workflow_run: {workflows: [ci], types: [completed]}}")
    github = new_github({CI: workflow("$ true", "pull_request"), ".github/workflows/after.yml": after})
    github.commit_to_fork({"x": "y"})
    pull = github.open_pull_request("idea", by="eve", fork=True)
    first = run_workflow("ci.yml", events.pull_request(github, pull))
    result = run_workflow("after.yml", events.workflow_run(github, first))
    assert "Refusing to check out fork pull request code" in result.log


def _artifact(result: Any, name: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(result.artifacts[name].data)) as archive:
        return sorted(archive.namelist())


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("out", ["a.txt", "deep/b.txt"]),
        ("out/**/*.txt", ["a.txt", "deep/b.txt"]),
        ("out/a.txt", ["a.txt"]),
        ("|\n          out/a.txt\n          other/c.txt", ["other/c.txt", "out/a.txt"]),
        ("|\n          out\n          !out/deep", ["a.txt"]),
    ],
)
def test_what_an_artifact_holds(new_github: Any, run_workflow: Any, path: str, names: list[str]) -> None:
    make = "$ mkdir -p out/deep out/.hid other; touch out/a.txt out/deep/b.txt out/.hid/c out/.d other/c.txt"
    upload = f"- uses: actions/upload-artifact@v7\n  with:\n    name: x\n    path: {path}"
    result = run_workflow("ci.yml", events.push(new_github({CI: workflow(f"{make}\n{upload}")})))
    assert _artifact(result, "x") == names


def test_artifacts_go_from_job_to_job_and_run_to_run(new_github: Any, run_workflow: Any) -> None:
    name = "'n-${{ github.run_number }}'"
    up = f"$ echo 1 > f\n- uses: actions/upload-artifact@v7\n  with: {{name: {name}, path: f}}"
    down = (
        "  b:\n    needs: a\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/download-artifact@v8\n        with: {path: got}\n      - run: cat got/n-1/f\n"
    )
    after = workflow(
        "- uses: actions/download-artifact@v8\n"
        "  with:\n    name: n-1\n    run-id: ${{ github.event.workflow_run.id }}\n"
        "    github-token: ${{ github.token }}\n"
        "$ cat f",
        "{workflow_run: {workflows: [ci], types: [completed]}}",
        top="permissions: {actions: read}",
    )
    files = {CI: workflow(up) + down, ".github/workflows/after.yml": after}
    github = new_github(
        files | {".github/workflows/no.yml": after.replace("actions: read", "contents: read")}
    )
    first = run_workflow("ci.yml", events.push(github))
    assert first.job("b").log.endswith("1\n")
    assert run_workflow("after.yml", events.workflow_run(github, first)).log.endswith("1\n")
    assert run_workflow("no.yml", events.workflow_run(github, first)).conclusion == "failure"


@pytest.mark.parametrize(
    ("option", "conclusion", "levels"),
    [("", "success", ["warning"]), ("ignore", "success", []), ("error", "failure", [])],
)
def test_an_artifact_without_files(
    new_github: Any, run_workflow: Any, option: str, conclusion: str, levels: list[str]
) -> None:
    option = f", if-no-files-found: {option}" if option else ""
    files = {CI: workflow(f"- uses: actions/upload-artifact@v7\n  with: {{path: none{option}}}")}
    result = run_workflow("ci.yml", events.push(new_github(files)))
    assert (result.conclusion, [item.level for item in result.annotations]) == (conclusion, levels)
    assert not result.artifacts


def test_caches_are_scoped_to_refs(new_github: Any, run_workflow: Any) -> None:
    steps = (
        "- uses: actions/cache/restore@v6\n"
        "  with: {path: .c, key: 'k-${{ github.sha }}', restore-keys: k-}\n"
        "$ cat .c/f 2>/dev/null || echo nothing\n"
        "$ mkdir -p .c; echo $GITHUB_EVENT_NAME > .c/f\n"
        "- uses: actions/cache/save@v6\n  with: {path: .c, key: 'k-${{ github.sha }}'}"
    )
    github = new_github({CI: workflow(steps, "[push, pull_request]")})
    github.commit({"x": "y"}, "idea")
    pull = github.open_pull_request("idea")

    def seen(event: Any) -> str:
        return run_workflow("ci.yml", event).job("a").steps[1].log.strip()

    assert seen(events.pull_request(github, pull)) == "nothing"
    assert seen(events.push(github)) == "nothing", "a pull request wrote to the default branch's caches"
    github.commit({"z": "y"}, "other")
    assert seen(events.pull_request(github, github.open_pull_request("other"))) == "push"
    assert seen(events.pull_request(github, pull)) == "pull_request"
    assert {entry.ref for entry in github.caches} == {
        "refs/heads/main",
        "refs/pull/1/merge",
        "refs/pull/2/merge",
    }


PAGES = """
name: ci
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: mkdir -p site; echo hi > site/index.html; touch site/.nojekyll
      - uses: actions/upload-pages-artifact@v5
        with: {path: site}
  deploy:
    needs: build
    runs-on: ubuntu-24.04
    permissions: {pages: write, id-token: write, contents: read}
    environment: {name: github-pages, url: '${{ steps.d.outputs.page_url }}'}
    steps:
      - id: d
        uses: actions/deploy-pages@v5
"""


def test_pages_are_deployed_from_an_allowed_branch(new_github: Any, run_workflow: Any) -> None:
    github = new_github({CI: PAGES})
    github.environment("github-pages", branches=("main",))
    result = run_workflow("ci.yml", events.push(github))
    assert github.pages == {"index.html": b"hi\n"}
    assert result.job("deploy").environment_url.endswith("/_pages/")
    assert unused_permissions(result) == {"deploy": {"contents": "read"}}
    github.commit({"x": "y"}, "idea")
    other = run_workflow("ci.yml", events.push(github, branch="idea"))
    assert "is not allowed to deploy to github-pages" in other.job("deploy").error


@pytest.mark.parametrize("missing", ["pages: write, ", "id-token: write, ", "    environment"])
def test_pages_need_rights_and_an_environment(new_github: Any, run_workflow: Any, missing: str) -> None:
    text = "\n".join(line for line in PAGES.splitlines() if not line.startswith(missing))
    result = run_workflow("ci.yml", events.push(new_github({CI: text.replace(missing, "")})))
    assert result.job("deploy").conclusion == "failure"


def test_attestations(new_github: Any, run_workflow: Any) -> None:
    steps = (
        "$ echo 1 > f\n- uses: actions/attest-build-provenance@v4\n  with: {subject-path: f}\n"
        "- uses: actions/attest@v4\n"
        "  with: {subject-path: f, predicate-type: x, predicate: '{\"verdict\": 1}'}"
    )
    allowed = workflow(steps, top="permissions: {id-token: write, attestations: write}")
    github = new_github({CI: allowed})
    assert run_workflow("ci.yml", events.push(github)).conclusion == "success"
    assert [item.predicate_type for item in github.attestations] == ["https://slsa.dev/provenance/v1", "x"]
    github.commit({CI: workflow(steps)})
    assert "needs id-token: write" in run_workflow("ci.yml", events.push(github)).log
