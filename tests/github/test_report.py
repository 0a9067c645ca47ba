from __future__ import annotations

from collections.abc import Iterator

import pytest

from claims import CHECKED, HEAD, a_claim, artifact, claimed
from cuebook.core.errors import GitHubError, UsageError
from cuebook.github.comment import EarlierComment, ReportedChange, announce
from cuebook.github.report import CHECK_RUN, reporter_for, stick
from cuebook.github.runs import guarded, guarded_files
from cuebook.reports.markdown import MARKER
from rest import BOT, Asked, Comments, Rest, Says
from verdicts import FAIL
from world import FORK, World


@pytest.fixture
def world() -> Iterator[World]:
    with Rest() as rest:
        yield World(rest)
        assert rest.strays == []


def test_a_pass_is_told_in_one_comment_and_one_check_run(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    said, numbers, failed = world.reporter().report()
    assert (said.conclusion, numbers, failed) == ("success", [7], "")
    (comment,) = world.comments.kept
    assert "✅ pass: qa" in comment["body"]
    (check,) = world.checks
    assert (check["name"], check["head_sha"], check["conclusion"]) == (CHECK_RUN, HEAD, "success")


def test_running_then_done_is_the_same_comment_and_check_run(world: World) -> None:
    world.checked()
    run = world.run("gate", 2, status="in_progress", conclusion=None)
    assert world.reporter().report()[0].conclusion is None
    assert "⏳ **Running:**" in world.comments.kept[0]["body"]
    assert world.checks[0]["status"] == "in_progress"
    world.runs.remove(run)
    world.run("gate", 2, conclusion="failure", data=artifact(a_claim(exit_code=1, verdicts=[FAIL])))
    assert world.reporter().report()[0].conclusion == "failure"
    assert len(world.comments.kept) == len(world.checks) == 1
    assert "❌ fail: qa" in world.comments.kept[0]["body"]
    assert world.checks[0]["conclusion"] == "failure"
    writes = len(world.rest.asked("PATCH")) + len(world.rest.asked("POST"))
    world.reporter().report()
    assert len(world.rest.asked("PATCH")) + len(world.rest.asked("POST")) == writes


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        (artifact(a_claim(head="b" * 40)), "its head is"),
        (artifact(a_claim(repository="o/other")), "its repository is"),
        (artifact(a_claim(event="push")), "its event is"),
        (artifact(a_claim(), **{"../../x": b""}), "holds"),
        (b"junk", "not a zip"),
    ],
)
def test_a_forged_artifact_is_a_failure_that_says_why(world: World, forged: bytes, said: str) -> None:
    world.checked()
    world.run("gate", 2, data=forged)
    assert world.reporter().report()[0].conclusion == "failure"
    body = world.comments.kept[0]["body"].replace("\\", "")
    assert "was refused" in body
    assert said in body


def test_an_artifact_that_is_too_large_is_not_even_fetched(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    world.artifacts[2][0]["size_in_bytes"] = 100 << 20
    assert world.reporter().report()[0].conclusion == "failure"
    assert world.rest.asked("GET", "actions/artifacts/20/zip") == []


def test_no_number_in_an_artifact_is_believed(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    world.reporter().report()
    assert {item.path for item in world.rest.asked("POST")} == {"issues/7/comments", "check-runs"}


def test_a_fork_is_found_by_its_branch_and_never_succeeds(world: World) -> None:
    world.source = FORK
    world.run("check", 1, data=artifact(a_claim(step="check")))
    world.run("gate", 2, conclusion="skipped")
    said, numbers, _ = world.reporter(head_branch="$(id)").report()
    assert (said.conclusion, numbers) == ("neutral", [7])
    assert world.rest.asked("GET", "pulls")[0].query["head"] == "mallory:$(id)"
    assert "gate\\-fork" in world.comments.kept[0]["body"] or "gate-fork" in world.comments.kept[0]["body"]


def test_runs_of_another_repository_for_the_same_commit_count_for_nothing(world: World) -> None:
    """A fork of the same commit runs its own workflows: they are not those of our branch."""
    world.checked()
    world.run("gate", 3, data=artifact(a_claim()), head_repository={"full_name": FORK})
    world.run("gate", 2, conclusion="failure")
    assert world.reporter().report()[0].line == "fail: no report of gate"


def test_a_workflow_of_the_same_name_in_another_file_is_not_ours(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()), path=".github/workflows/evil.yml", name="gate")
    assert reporter_for(world.rest.client, {"workflow_run": world.runs[-1]}) is None
    assert world.reporter(path=".github/workflows/check.yml").report()[0].conclusion == "neutral"


def test_a_change_of_the_workflows_is_said_and_never_a_success(world: World) -> None:
    world.files = ["prompts/qa/v3.prompt.yml", ".github/workflows/gate.yml"]
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    assert world.reporter().report()[0].conclusion == "neutral"
    assert "files that produce the verdict" in world.comments.kept[0]["body"]
    world.rest.on("GET", "pulls/8/files", [{"filename": "x", "previous_filename": "requirements/eval.txt"}])
    assert guarded_files(world.rest.client, 8) == ["requirements/eval.txt"]


def test_what_another_bases_workflow_may_have_said_is_no_success(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    world.rest.on(
        "GET", "pulls", [world.pull(7), world.pull(8) | {"base": {"ref": "weak"}, "state": "closed"}]
    )
    world.rest.on("GET", "pulls/8/files", [])
    Comments(world.rest, 8)
    assert world.reporter().report()[0].conclusion == "neutral"
    assert "may not come from the default branch's workflows" in world.comments.kept[0]["body"]


def test_a_pull_request_for_another_branch_says_nothing_of_the_commit(world: World) -> None:
    """The commit may be proposed for the default branch as well, where one check run of a name is shown."""
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    world.rest.on("GET", "pulls", [world.pull(7) | {"base": {"ref": "weak"}}])
    assert world.reporter().report()[0].conclusion == "neutral"
    assert (len(world.comments.kept), world.checks) == (1, [])


def test_the_same_commit_on_another_branch_has_runs_of_its_own(world: World) -> None:
    world.checked()
    world.run("gate", 3, data=artifact(a_claim()), head_branch="twin")
    world.run("gate", 2, conclusion="failure")
    assert world.reporter().report()[0].line == "fail: no report of gate"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (".github/workflows/gate.yml", True),
        ("sub/cuebook.toml", True),
        (".gitattributes", True),
        ("prompts/.gitattributes", True),
        (".gitmodules", True),
        ("docs/CODEOWNERS", True),
        (".cuebook/evaluations/qa/2/qa.json", True),
        (".CUEBOOK/x", True),
        ("build/published/api/v1/index.json", True),
        ("build", True),
        ("public/x", False),
        ("prompts/qa/v3.prompt.yml", False),
        ("docs/build/x", False),
        ("", False),
    ],
)
def test_files_that_make_verdicts_or_stand_where_verdicts_do(name: str, found: bool) -> None:
    assert bool(guarded([name])) is found
    assert bool(guarded(["team/public/x"], ["team/public"])) is True


def test_a_new_push_meanwhile_leaves_the_comment_alone(world: World) -> None:
    world.head = "c" * 40
    world.checked()
    said, numbers, _ = world.reporter().report()
    assert (numbers, world.comments.kept, len(world.checks)) == ([], [], 1)
    assert said.conclusion == "neutral"


def test_a_merge_queue_has_a_check_run_and_no_comment(world: World) -> None:
    claim = a_claim(event="merge_group")
    world.run("gate", 2, data=artifact(claim), event="merge_group", head_branch="gh-readonly-queue/main/x")
    assert world.reporter().report()[1] == []
    assert world.checks[0]["conclusion"] == "success"
    assert world.rest.asked("GET", "pulls") == []


def test_a_comment_that_cannot_be_written_is_no_error(world: World) -> None:
    world.checked()
    world.run("gate", 2, data=artifact(a_claim()))
    world.rest.on("POST", "issues/7/comments", Says({"message": "locked"}, 403))
    said, _, failed = world.reporter().report()
    assert said.conclusion == world.checks[0]["conclusion"] == "success"
    assert "locked" in failed


def test_a_check_run_that_cannot_be_written_is(world: World) -> None:
    world.checked()
    world.rest.on("POST", "check-runs", Says({"message": "no"}, 403))
    with pytest.raises(GitHubError, match="check-runs"):
        world.reporter().report()


def test_what_ends_while_it_is_told_is_told_again(world: World) -> None:
    world.checked()
    run = world.run("gate", 2, status="in_progress", conclusion=None, data=artifact(a_claim()))

    def finish(asked: Asked) -> Says:
        run.update(status="completed", conclusion="success")
        return Says(world.comments.add(asked.body["body"]), 201)

    world.rest.on("POST", "issues/7/comments", finish)
    assert world.reporter().report()[0].conclusion == "success"
    assert "Running" not in world.comments.kept[0]["body"]


@pytest.mark.parametrize(
    ("conclusion", "line"),
    [
        ("failure", "fail: no report of gate"),
        ("timed_out", "fail: no report of gate"),
        ("startup_failure", "fail: no report of gate"),
        ("cancelled", "nothing to evaluate"),
        ("skipped", "nothing to evaluate"),
        ("success", "nothing to evaluate"),
        ("action_required", "running: gate; no verdict yet"),
    ],
)
def test_a_run_without_an_artifact(world: World, conclusion: str, line: str) -> None:
    world.checked()
    world.run("gate", 2, conclusion=conclusion)
    assert world.reporter().report()[0].line == line


SAID = announce([CHECKED, claimed()], ReportedChange(HEAD, 7))


def test_the_comment_is_found_on_every_page_and_is_nobody_elses(world: World) -> None:
    world.comments.add(f"{MARKER}\nfake", by="mallory")
    for n in range(4):
        world.comments.add(f"chat {n}", by="ada")
    ours = world.comments.add(f"{MARKER}\nold")
    stick(world.rest.client, 7, SAID)
    assert ours["body"] == SAID.body(EarlierComment())
    assert world.comments.kept[0]["body"] == f"{MARKER}\nfake"
    assert len(world.comments.kept) == 6


def test_two_that_race_converge_on_the_lowest_id(world: World) -> None:
    def race(asked: Asked) -> Says:
        world.comments.add(f"{MARKER}\nthe other's")
        return Says(world.comments.add(asked.body["body"]), 201)

    world.rest.on("POST", "issues/7/comments", race)
    stick(world.rest.client, 7, SAID)
    (left,) = world.comments.kept
    assert (left["id"], left["body"]) == (100, SAID.body(EarlierComment()))


def test_a_duplicate_that_is_gone_already_is_no_error(world: World) -> None:
    world.comments.add(f"{MARKER}\none")
    two = world.comments.add(f"{MARKER}\ntwo")
    world.rest.on("DELETE", f"issues/comments/{two['id']}", Says({"message": "Not Found"}, 404))
    stick(world.rest.client, 7, SAID)
    assert world.comments.kept[0]["body"] == SAID.body(EarlierComment())


def test_an_event_of_another_repository_or_shape_is_refused(world: World) -> None:
    world.run("gate", 2, repository={"full_name": "evil/r"})
    with pytest.raises(UsageError, match="another repository"):
        reporter_for(world.rest.client, {"workflow_run": world.runs[0]})
    for payload in ({}, {"workflow_run": None}, {"workflow_run": {"repository": {"full_name": "o/r"}}}):
        with pytest.raises(UsageError, match="not that of a workflow_run"):
            reporter_for(world.rest.client, payload)
    push = world.run("gate", 3, event="push")
    assert reporter_for(world.rest.client, {"workflow_run": push}) is None
    assert BOT.endswith("[bot]")
