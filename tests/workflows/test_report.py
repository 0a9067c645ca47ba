"""report.yml from event to end: what check and gate found is told once, forged reports are not believed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from cuebook.github.report import BOT, CHECK_RUN
from workflows.changes import BETTER, EDITED, UNRELATED, WRONG, propose
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.model import PullRequest
from workflows.runner.results import Result, unused_permissions
from workflows.runner.runs import begin

FORGING = ".github/workflows/gate.yml"


def runs(github: GitHub, run_workflow: Any, pull: PullRequest) -> list[Result]:
    """Check and gate on a pull request, then a report on each."""
    found = [run_workflow(name, events.pull_request(github, pull)) for name in ("check.yml", "gate.yml")]
    return [run_workflow("report.yml", events.workflow_run(github, each)) for each in found]


def bodies(github: GitHub) -> list[str]:
    return [comment.body for comment in github.comments.values() if comment.by == BOT]


def conclusions(github: GitHub) -> list[str | None]:
    return [check.data.get("conclusion") for check in github.check_runs.values() if check.name == CHECK_RUN]


@pytest.mark.parametrize(
    ("files", "conclusion", "said"),
    [
        (BETTER, "success", "**✅ pass: qa/3"),
        (WRONG, "failure", "**❌ fail: qa/3"),
        (UNRELATED, "neutral", "Nothing to evaluate"),
        (EDITED, "failure", "1 problem in the files"),
    ],
)
def test_what_was_found_is_told_in_one_comment_and_one_check_run(
    github: GitHub, run_workflow: Any, files: Any, conclusion: str, said: str
) -> None:
    first, second = runs(github, run_workflow, propose(github, files))
    assert second.conclusion == "success", second.explain()
    (body,) = bodies(github)
    assert said in body
    assert ("<summary>Words that changed: qa&#47;1 → qa&#47;3</summary>" in body) is (
        files in (BETTER, WRONG)
    )
    assert conclusions(github)[-1] == conclusion
    assert unused_permissions(first, second) == {}


def test_a_gate_at_work_is_shown_and_then_replaced(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, BETTER)
    run_workflow("check.yml", events.pull_request(github, pull))
    event = events.pull_request(github, pull)
    begun = begin("gate.yml", event)
    run_workflow("report.yml", events.workflow_run(github, begun, "in_progress"))
    assert "⏳ **Running:**" in bodies(github)[0]
    assert conclusions(github) == [None]
    ended = run_workflow("gate.yml", event, run=begun)
    run_workflow("report.yml", events.workflow_run(github, ended))
    (body,) = bodies(github)
    assert "Running" not in body
    assert conclusions(github) == ["success"]


def test_a_fork_is_told_how_it_is_gated_and_never_succeeds(github: GitHub, run_workflow: Any) -> None:
    github.commit_to_fork(BETTER)
    pull = github.open_pull_request("idea", by="eve", fork=True, title='x"; $(id) @ada')
    runs(github, run_workflow, pull)
    (body,) = bodies(github)
    assert "gate-fork" in body
    assert pull.head_sha in body
    assert "@ada" not in body
    assert set(conclusions(github)) <= {"neutral", None}


def test_a_second_push_keeps_the_first_verdict_folded(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, WRONG)
    runs(github, run_workflow, pull)
    github.commit(BETTER, "change")
    runs(github, run_workflow, pull)
    (body,) = bodies(github)
    assert "✅ pass" in body
    assert "Earlier: 1" in body
    assert "qa/3 on qa\\: fail" in body


def test_two_reports_that_race_leave_one_comment(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, BETTER)
    found = [run_workflow(name, events.pull_request(github, pull)) for name in ("check.yml", "gate.yml")]

    def race(_: Any) -> None:
        github.comment(pull.number, "<!-- cuebook:gate -->\nthe other's", by=BOT)

    github.before("POST", r".*/issues/\d+/comments", race)
    run_workflow("report.yml", events.workflow_run(github, found[1]))
    (body,) = bodies(github)
    assert "✅ pass" in body


def test_a_comment_that_github_refuses_is_a_warning(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, BETTER)
    found = run_workflow("gate.yml", events.pull_request(github, pull))
    github.fail("POST", r".*/issues/\d+/comments", 500, times=9)
    result = run_workflow("report.yml", events.workflow_run(github, found))
    assert result.conclusion == "success", result.explain()
    assert [item.title for item in result.annotations if item.level == "warning"] == [
        "the comment could not be written"
    ]


def forge(data: bytes, **changes: Any) -> bytes:
    """The same artifact with something else in its claim."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["claim.json"] = json.dumps(json.loads(files["claim.json"]) | changes).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


FORGED: dict[str, dict[str, Any]] = {
    "other SHA": {"head": "b" * 40},
    "other repository": {"repository": "evil/prompts"},
    "wrong schema": {"verdicts": [{"outcome": "pass"}]},
    "other event": {"event": "push"},
    "a line too long": {"lines": ["x" * 5000]},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_artifact_is_refused(github: GitHub, run_workflow: Any, name: str) -> None:
    pull = propose(github, BETTER)
    found = run_workflow("gate.yml", events.pull_request(github, pull))
    artifact = found.artifacts["gate"]
    artifact.data = forge(artifact.data, **FORGED[name])
    result = run_workflow("report.yml", events.workflow_run(github, found))
    assert result.conclusion == "success", result.explain()
    assert conclusions(github) == ["failure"]
    assert "was refused" in bodies(github)[0]


def test_an_artifact_of_40_megabytes_is_refused(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, BETTER)
    found = run_workflow("gate.yml", events.pull_request(github, pull))
    found.artifacts["gate"].data += b"\0" * (40 << 20)
    run_workflow("report.yml", events.workflow_run(github, found))
    assert conclusions(github) == ["failure"]


def test_a_change_of_the_gates_own_workflow_is_a_claim_only(github: GitHub, run_workflow: Any) -> None:
    """A pull request brings its own workflow: what that uploads can be anything, so it is no success."""
    changed = f"# quicker\n{(github.repository.read('main', FORGING) or b'').decode()}"
    pull = propose(github, {**BETTER, FORGING: changed})
    runs(github, run_workflow, pull)
    assert conclusions(github)[-1] == "neutral"
    assert "files that produce the verdict" in bodies(github)[0]


def test_the_merge_queue_has_a_check_run_and_no_comment(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, BETTER)
    found = run_workflow("gate.yml", events.merge_group(github, pull))
    result = run_workflow("report.yml", events.workflow_run(github, found))
    assert result.conclusion == "success", result.explain()
    assert (bodies(github), conclusions(github)) == ([], ["success"])


def test_runs_about_no_change_are_not_reported(github: GitHub, run_workflow: Any) -> None:
    pushed = run_workflow("publish.yml", events.push(github, branch="main"))
    result = run_workflow("report.yml", events.workflow_run(github, pushed))
    assert result.conclusion in {"skipped", "not triggered"}
