"""publish.yml from event to end: what is merged goes live, and only with evidence."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from workflows.changes import BETTER, EDITED, UNRELATED, WRONG, project, propose
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.results import unused_permissions

ALIAS = "api/v1/prompts/qa/aliases/production.json"
KEPT = "refs/heads/cuebook-data"
PROMOTED: dict[str, Any] = {"prompts/qa/aliases.yml": "production: 2\n"}


def live(github: GitHub) -> Any:
    """What an app gets for ``qa@production``."""
    assert github.pages is not None
    return json.loads(github.pages[ALIAS])


@pytest.mark.pages
def test_a_merge_goes_live_on_the_evidence_of_its_pull_request(github: GitHub, run_workflow: Any) -> None:
    github.environment("github-pages", branches=("main",))
    pull = propose(github, PROMOTED)
    gated = run_workflow("gate.yml", events.pull_request(github, pull))
    assert gated.conclusion == "success"
    github.merge(pull)
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    log = result.job("build").step("Evidence").log
    assert "pull request 1: 1 verdict claimed" in log
    assert "qa/2 on qa: pass, taken over" in log
    log = result.job("build").step("Publish").log
    assert "qa: production 1 -> 2: pass on qa" in log
    assert live(github)["version"] == 2
    assert "index.html" in github.pages
    assert github.repository.read(KEPT, "live/qa/production/2.json")
    kept = [path for _, kind, _, path in github.repository.tree(KEPT) if kind == "blob"]
    (evidence,) = (path for path in kept if path.startswith("evaluations/qa/2/"))
    verdict = json.loads(github.repository.read(KEPT, evidence) or b"")
    assert verdict["draw"] == str(gated.run.id), "the order of its cases was not known before the run"
    assert result.job("deploy").environment_url
    assert unused_permissions(result) == {}
    assert result.concurrency == {"group": "publish", "cancel-in-progress": False}
    gate = run_workflow("gate.yml", events.pull_request(github, propose(github, BETTER, "next")))
    assert f"Cache restored from key: cuebook-{result.run.head_sha}" in gate.log


def test_a_repository_that_cannot_be_told_is_a_warning(github: GitHub, run_workflow: Any) -> None:
    """The token is in the environment of one step of one job, and nobody knows it."""
    github.environment("notify", secrets={"CUEBOOK_DISPATCH_TOKEN": "ghs_unknown"})
    settings = f"{project()['pyproject.toml']}notify = {{repositories = ['acme/prompts']}}\n"
    github.commit({"pyproject.toml": settings, **PROMOTED})
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    assert live(github)["version"] == 2
    assert "acme/prompts: qa@production was not told: " in result.job("notify").log
    steps = [step for job in result.jobs for step in job.steps]
    assert [step.name for step in steps if "ghs_unknown" in step.environment.values()] == ["Notify"]


def test_what_is_published_is_signed(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    assert github.pages is not None
    listed = dict(line.split("  ")[::-1] for line in github.pages["checksums.txt"].decode().splitlines())
    assert listed == {
        path: sha256(data).hexdigest() for path, data in github.pages.items() if path.startswith("api/v1/")
    }
    (signed,) = github.attestations
    assert signed.digest == sha256(github.pages["checksums.txt"]).hexdigest()


@pytest.mark.parametrize(
    ("variables", "conclusion"), [({}, "skipped"), ({"CUEBOOK_ATTEST": "true"}, "success")]
)
def test_a_private_repository_is_signed_for_where_it_says_so(
    github: GitHub, run_workflow: Any, variables: dict[str, str], conclusion: str
) -> None:
    github.visibility, github.variables = "private", variables
    result = run_workflow("publish.yml", events.push(github))
    assert (result.conclusion, result.job("attest").conclusion) == ("success", conclusion)
    assert github.pages


@pytest.mark.parametrize("hidden", [False, True])
def test_evidence_is_not_taken_over_when_an_earlier_push_changed_the_gate(
    github: GitHub, run_workflow: Any, hidden: bool
) -> None:
    """What its own workflow saved in the cache of the pull request answers for the models later on.

    Whoever may push may also delete the run that saved it.
    """
    gate = ".github/workflows/gate.yml"
    ours = github.repository.read("main", gate)
    pull = propose(github, {**PROMOTED, gate: (ours or b"") + b"# saves forged replies\n"})
    run_workflow("gate.yml", events.pull_request(github, pull))
    if hidden:
        github.runs.clear()
        github.artifacts.clear()
    github.commit({gate: ours}, "change")
    run_workflow("gate.yml", events.pull_request(github, pull, "synchronize"))
    github.merge(pull)
    build = run_workflow("publish.yml", events.push(github)).job("build")
    log = build.step("Evidence").log
    assert f"touched {gate}" in log
    assert "taken over\n" not in log
    log = build.step("Publish").log
    assert "qa: production 1 -> 2: pass on qa" in log, "it was asked again"


def test_a_promotion_without_evidence_does_not_go_live(github: GitHub, run_workflow: Any) -> None:
    github.pages = {ALIAS: b'{"version": 1}'}
    github.commit({**WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    result = run_workflow("publish.yml", events.push(github))
    assert result.job("build").conclusion == "failure"
    log = result.job("build").step("Publish").log
    assert "qa: production 1 -> 3: not published: qa/3 on qa: fail" in log
    assert result.job("deploy").conclusion == "skipped"
    assert live(github) == {"version": 1}
    assert result.job("keep").conclusion == "success", "what was found against it is kept all the same"
    assert github.repository.read(KEPT, "live/qa/production/3.json") is None


def test_an_edited_version_does_not_go_live(github: GitHub, run_workflow: Any) -> None:
    github.pages = {ALIAS: b'{"version": 1}'}
    github.commit(EDITED)
    result = run_workflow("publish.yml", events.push(github))
    assert result.job("build").conclusion == "failure", result.explain()
    assert live(github) == {"version": 1}


def test_a_registry_with_nothing_to_evaluate_goes_live(new_github: Any, run_workflow: Any) -> None:
    files = {path: data for path, data in project().items() if not path.startswith("evals/")}
    del files["prompts/qa/aliases.yml"]
    github = new_github(files)
    github.commit(UNRELATED)
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    kept = [path for _, kind, _, path in github.repository.tree(KEPT) if kind == "blob"]
    assert kept == [f"published/{result.run.head_sha}.json"]
    assert "index.html" in (github.pages or {}), result.explain()


@pytest.mark.pages
def test_publishing_twice_changes_nothing(github: GitHub, run_workflow: Any) -> None:
    assert run_workflow("publish.yml", events.push(github)).conclusion == "success"
    pages, kept = github.pages, github.repository.resolve(KEPT)
    again = run_workflow("publish.yml", events.push(github))
    assert again.conclusion == "success", again.explain()
    assert (github.pages, github.repository.resolve(KEPT)) == (pages, kept)


@pytest.mark.pages
def test_a_run_that_is_cancelled_half_way_leaves_the_site_whole(github: GitHub, run_workflow: Any) -> None:
    assert run_workflow("publish.yml", events.push(github)).conclusion == "success"
    pages = github.pages
    github.commit(PROMOTED)
    for step in ("Publish", "Keep", "deploy"):
        result = run_workflow("publish.yml", events.push(github), cancel_before=step)
        assert (result.conclusion, github.pages) == ("cancelled", pages), result.explain()
    assert run_workflow("publish.yml", events.push(github)).conclusion == "success"
    assert live(github)["version"] == 2


def test_other_branches_publish_nothing(github: GitHub, run_workflow: Any) -> None:
    github.commit(BETTER, "idea")
    result = run_workflow("publish.yml", events.push(github, branch="idea"))
    assert result.conclusion == "not triggered"


def test_a_promotion_whose_run_gave_way_to_a_later_one_is_looked_at_there(
    github: GitHub, run_workflow: Any
) -> None:
    """The group runs one at a time and keeps one waiting: the push in between has no run of its own."""
    assert run_workflow("publish.yml", events.push(github)).conclusion == "success"
    github.commit({**WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    github.commit(UNRELATED)
    result = run_workflow("publish.yml", events.push(github))
    assert result.job("build").conclusion == "failure", result.explain()
    assert "qa: production 1 -> 3: not published" in result.job("build").step("Publish").log
    assert live(github)["version"] == 1
