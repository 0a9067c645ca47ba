"""What a prompt was under a former name goes on under the new one, and nobody else's past is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import InvalidFiles
from cuebook.gate.change_plan import plan_change
from cuebook.gate.plan import compare
from cuebook.jobs import promote
from cuebook.jobs.changes import change_problems
from cuebook.jobs.evaluate import Options, judge_all
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import Known, plan_files
from cuebook.publish.data_branch import BRANCH, MoveRecord, key_of, path_of
from cuebook.publish.past_moves import PastMoves, evidence_of
from cuebook.registry.alias_changes import AliasChange
from cuebook.shapes._base import encode
from cuebook.shapes.verdict import Verdict
from publishing import verdict
from recorded import TIME, on_branch

SUITE, ASKED = "evals/qa/suite.yml", QA["evals/qa/suite.yml"].replace("prompt: qa", "prompt: ask")


@pytest.fixture
def base(registry: Path) -> Path:
    """A repository whose production went from 1 to 2."""
    commit(registry, "base")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry, "promote")
    return registry


def rename(root: Path) -> str:
    git(root, "mv", "prompts/qa", "prompts/ask")
    write(root, {"prompts/ask/meta.yml": "title: Questions\nformerly: [qa]\n", SUITE: ASKED})
    return commit(root, "rename")


def published(root: Path, records: list[MoveRecord], kept: list[Verdict]) -> Any:
    """Every file to publish, with these records of moves and these verdicts on the data branch."""
    workspace = Workspace(root)
    known = {(item.prompt, item.alias, item.commit): item for item in records}

    def load(name: str, number: int) -> list[Verdict]:
        return [item for item in kept if (item.prompt, item.candidate.version) == (name, number)]

    past = PastMoves(known, load)
    return plan_files(
        workspace.signed_registry, workspace.history, [], workspace.config, "", Known(past=past)
    )


def test_who_approved_a_move_and_on_what_is_told_under_the_new_name(base: Path) -> None:
    version = Workspace(base).registry.version("qa", 2)
    then = verdict(version, "pass")
    made = MoveRecord(
        prompt="qa",
        alias="production",
        version=2,
        digest=version.digest,
        commit=git(base, "rev-parse", "HEAD"),
        recorded="2026-11-02T10:05:00Z",
        merged_by="joon",
        approved_by=["ana"],
        evidence=evidence_of([then]),
    )
    rename(base)
    files = published(base, [made], [then])
    for name in ("ask", "qa"):
        move = next(
            item
            for item in json.loads(files[f"api/v1/prompts/{name}/index.json"])["history"]
            if item["version"] == 2
        )
        url = f"api/v1/evaluations/{name}/2/qa.{key_of(then)}.json"
        assert (move["approved_by"], move["merged_by"], move["state"]) == (["ana"], "joon", "pass")
        assert (move["evidence"], json.loads(files[url])["prompt"]) == ([url], name)


def test_nothing_is_recorded_again_of_what_was_live_under_the_former_name(base: Path) -> None:
    on_branch(base, (2, "pass"), published=(git(base, "rev-parse", "HEAD"),))
    git(base, "tag", "base")
    rename(base)
    workspace = Workspace(base)
    past = LiveHistory(workspace, workspace.at("base"))
    assert promote.records(workspace, [], past, "c" * 40, TIME) == []
    assert past.versions("ask", "production") == {2}


def refused(root: Path) -> Verdict:
    """A verdict of the gate on a third version, which is no pass, on the data branch."""
    write(root, {"prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("short", "very short")})
    commit(root)
    head = Workspace(root).registry
    asked = compare(head, head.suite("qa"), head.version("qa", 3), head.version("qa", 2), "new version")
    (judged,) = judge_all(Workspace(root), [asked], options=Options(apart=True))
    found = judged.verdict.model_copy(update={"outcome": "fail"})
    here = git(root, "symbolic-ref", "--short", "HEAD")
    git(root, "checkout", "-q", "--orphan", BRANCH)
    write(root, {path_of(found): encode(found)})
    git(root, "rm", "-rfq", "--cached", ".")
    git(root, "add", "-f", path_of(found))
    git(root, "commit", "-q", "-m", "records")
    git(root, "checkout", "-qf", here)
    return found


def test_what_was_refused_under_the_former_name_was_not_live(base: Path) -> None:
    refused(base)
    git(base, "tag", "base")
    rename(base)
    workspace = Workspace(base)
    past = LiveHistory(workspace, workspace.at("base"))
    assert (past.was_refused("ask", 3), past.last_refused("ask")) == (True, 3)


@pytest.mark.parametrize(
    ("moves", "suite"),
    [
        ([("prompts/qa", "prompts/ask")], "qa"),
        ([("evals/qa", "evals/other")], "other"),
        ([("prompts/qa", "prompts/ask"), ("evals/qa", "evals/ask")], "ask"),
    ],
)
def test_another_name_wins_no_look_at_the_full_error(
    base: Path, moves: list[tuple[str, str]], suite: str
) -> None:
    """Of the prompt, of its suite's folder, or of both: the same question was asked already."""
    refused(base)
    if moves[0][1] == "prompts/ask":
        rename(base)
        moves = moves[1:]
    for old, new in moves:
        git(base, "mv", old, new)
    commit(base)
    workspace = Workspace(base)
    head = workspace.registry
    name = head.suite(suite).prompt
    asked = compare(head, head.suite(suite), head.version(name, 3), head.version(name, 2), "new version")
    (judged,) = judge_all(workspace, [asked])
    assert (judged.verdict.attempt, judged.verdict.error) == (1, 0.025)


def test_a_suite_that_is_there_asks_for_itself(base: Path) -> None:
    """Another suite of the same cases is no new name of the first one."""
    refused(base)
    write(
        base, {path.replace("evals/qa", "evals/more"): text for path, text in QA.items() if "evals" in path}
    )
    head = Workspace(base).registry
    asked = compare(head, head.suite("more"), head.version("qa", 3), head.version("qa", 2), "new version")
    (judged,) = judge_all(Workspace(base), [asked])
    assert judged.verdict.attempt == 0


def test_a_prompt_that_others_include_has_to_keep_its_name_and_is_told_so(base: Path) -> None:
    """What is published names it as it was, and never changes."""
    included = "message: Tone\nmodel: offline/rules\ntemplate: '{{> tone/1}} {{question}}'\n"
    tone = "message: Tone\nmodel: offline/rules\ntemplate: Be kind.\n"
    write(base, {"prompts/tone/v1.prompt.yml": tone, "prompts/qa/v3.prompt.yml": included})
    commit(base)
    git(base, "mv", "prompts/tone", "prompts/voice")
    write(base, {"prompts/voice/meta.yml": "title: Voice\nformerly: [tone]\n"})
    with pytest.raises(InvalidFiles) as error:
        Workspace(base).registry.version("qa", 3)
    (problem,) = error.value.problems
    assert problem.message == "there is no prompts/tone/v1.prompt.yml to include: tone is called voice now"
    assert problem.hint.startswith("write {{> voice/1}} in a draft; ")


OTHER = {
    path.replace("qa/", "xy/", 1): text.replace("prompt: qa", "prompt: xy").replace("Answer", "Sing")
    for path, text in QA.items()
}


def errors(root: Path, revision: str) -> list[str]:
    workspace = Workspace(root)
    found = change_problems(workspace, workspace.at(revision))
    return [item.message for item in found if item.severity == "error"]


def called(root: Path, **names: str) -> str:
    """A commit that gives prompts other names at once: old to new, each with what it says it was."""
    for old in names:
        git(root, "mv", f"prompts/{old}", f"prompts/moving-{old}")
    for old, new in names.items():
        git(root, "mv", f"prompts/moving-{old}", f"prompts/{new}")
        write(root, {f"prompts/{new}/meta.yml": f"title: T\nformerly: [{old}]\n"})
    return commit(root)


@pytest.mark.parametrize("names", [{"qa": "xy", "xy": "qa"}, {"qa": "ask", "xy": "qa"}])
def test_no_prompt_takes_a_name_and_a_past_that_another_leaves(base: Path, names: dict[str, str]) -> None:
    write(base, OTHER)
    commit(base)
    git(base, "tag", "base")
    called(base, **names)
    told = errors(base, "base")
    for old, new in names.items():
        taken = f"formerly: {old!r} still exists as a prompt, so {new!r} has not replaced it"
        never = f"formerly: {new!r} was not called {old!r} before this change"
        assert (taken if old in names.values() else never) in told


def test_nor_does_it_by_the_next_change(base: Path) -> None:
    write(base, OTHER)
    commit(base)
    git(base, "tag", "base")
    called(base, qa="ask")
    git(base, "tag", "renamed")
    called(base, xy="qa")
    assert errors(base, "renamed") == [
        "ask was called qa before, and what is published under that name stays"
    ]
    # Published together, as where one publication gave way to the next, it is no less refused.
    assert "formerly: 'qa' was not called 'xy' before this change" in errors(base, "base")


def test_the_suite_of_the_former_name_decides_whatever_is_there_afterwards(base: Path) -> None:
    """It may be another prompt's now, and an easier one of the new name be there."""
    write(base, OTHER)
    commit(base)
    git(base, "tag", "base")
    rename(base)
    worse = QA["prompts/qa/v2.prompt.yml"].replace("Answer", "Sing")
    cases = QA["evals/qa/dataset.jsonl"].splitlines(keepends=True)
    write(base, {"prompts/ask/v3.prompt.yml": worse, "prompts/ask/aliases.yml": "production: 3\n"})
    write(base, {SUITE: OTHER["evals/xy/suite.yml"], "evals/ask/suite.yml": ASKED})
    write(base, {"evals/ask/dataset.jsonl": cases[0]})
    commit(base)
    workspace = Workspace(base)
    before = workspace.at("base")
    pasts = LiveHistory(workspace, before).pasts(["production"])
    made = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    deciding = [item for item in made if item.candidate.prompt == "ask" and not item.reading_only]
    assert [(item.suite.name, len(item.cases), item.own_suite) for item in deciding] == [("qa", 60, False)]


def test_what_the_rename_loosened_is_asked_by_the_next_promotion(base: Path) -> None:
    write(base, {"prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("short", "very short")})
    commit(base)
    git(base, "mv", "evals/qa", "evals/ask")
    write(base, {"evals/ask/suite.yml": ASKED.replace("margin: 0.1", "margin: 0.5")})
    git(base, "mv", "prompts/qa", "prompts/ask")
    write(base, {"prompts/ask/meta.yml": "title: Questions\nformerly: [qa]\n"})
    commit(base, "rename")
    git(base, "tag", "base")
    write(base, {"prompts/ask/aliases.yml": "production: 3\n"})
    workspace = Workspace(base)
    before = workspace.at("base")
    pasts = LiveHistory(workspace, before).pasts(["production"])
    (found,) = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    (second,) = found.seconds
    assert (found.suite.name, [(item.code, item.old, item.new) for item in second.changes]) == (
        "ask",
        [("margin", 0.1, 0.5)],
    )


@pytest.mark.parametrize("left", [False, True])
def test_a_judge_sheds_no_labels_by_a_rename_with_its_promotion(base: Path, *, left: bool) -> None:
    """Whether the former labels stay where they were or go."""
    words = "message: First\nmodel: offline/rules\ntemplate: Grade {{answer}}\n"
    told = "".join(
        f'{{"id": "l{n}", "inputs": {{"answer": "a{n}"}}, "label": {n % 2 + 1}}}\n' for n in range(9)
    )
    write(base, {"prompts/grader/v1.prompt.yml": words, "prompts/grader/aliases.yml": "production: 1\n"})
    write(base, {"prompts/grader/v2.prompt.yml": words.replace("Grade", "Mark")})
    write(base, {"evals/grader/labels.jsonl": told})
    commit(base)
    git(base, "tag", "base")
    git(base, "mv", "prompts/grader", "prompts/marker")
    write(base, {"prompts/marker/meta.yml": "title: M\nformerly: [grader]\n"})
    write(base, {"prompts/marker/aliases.yml": "production: 2\n"})
    write(base, {"evals/marker/labels.jsonl": told.splitlines(keepends=True)[0]})
    if not left:
        git(base, "rm", "-qr", "evals/grader")
    commit(base)
    workspace = Workspace(base)
    past = LiveHistory(workspace, workspace.at("base"))
    found = promote.check_promotion(workspace, AliasChange("marker", "production", 2, 1), [], past)
    assert (found.missing[0].code, found.missing[0].values["gone"]) == ("judge_labels", 8)
