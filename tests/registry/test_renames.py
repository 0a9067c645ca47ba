from __future__ import annotations

import json
from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import InvalidFiles, UnknownPrompt
from cuebook.gate.change_plan import plan_change
from cuebook.jobs.changes import change_problems, refuse_change
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.artifacts import plan_files
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names, renames
from publishing import verdict

META = "title: Questions\nformerly: [qa]\n"
SUITE = "evals/qa/suite.yml"


@pytest.fixture
def base(registry: Path) -> Path:
    commit(registry, "base")
    git(registry, "tag", "base")
    return registry


def rename(root: Path, meta: str = META, *, edit: str = "") -> None:
    """Call qa ask, and its suite evaluate ask."""
    git(root, "mv", "prompts/qa", "prompts/ask")
    write(root, {"prompts/ask/meta.yml": meta, SUITE: QA[SUITE].replace("prompt: qa", "prompt: ask")})
    if edit:
        write(root, {"prompts/ask/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("Answer", edit)})
    commit(root, "rename")


def errors(root: Path) -> list[str]:
    workspace = Workspace(root)
    return [
        item.message for item in change_problems(workspace, workspace.at("base")) if item.severity == "error"
    ]


def test_a_rename_keeps_versions_aliases_and_suites(base: Path) -> None:
    rename(base)
    assert errors(base) == []
    workspace = Workspace(base)
    before = workspace.at("base")
    assert (before.names(), before.aliases("ask")) == (["ask"], {"production": 1})
    assert before.suite("qa").prompt == "ask"
    plan = plan_change(before, workspace.registry, ["production"])
    assert plan.comparisons == ()


def test_a_promotion_in_the_same_change_has_its_baseline_and_suite(base: Path) -> None:
    rename(base)
    write(
        base, {"prompts/ask/aliases.yml": "production: 2\n", SUITE: QA[SUITE].replace(": qa", ": ask") + "\n"}
    )
    workspace = Workspace(base)
    before = workspace.at("base")
    past = LiveHistory(workspace, before)
    (found,) = plan_change(before, workspace.registry, ["production"], past.pasts(["production"])).comparisons
    assert found.baseline is not None
    assert (found.baseline.number, found.own_suite, found.aliases) == (1, False, ("production",))


def test_a_name_that_only_a_branch_used_was_never_the_prompts(base: Path) -> None:
    git(base, "branch", "-M", "main")
    git(base, "switch", "-qc", "change")
    rename(base)
    git(base, "mv", "prompts/ask", "prompts/answers")
    write(base, {"prompts/answers/meta.yml": "title: Questions\nformerly: [qa, ask]\n"})
    commit(base)
    assert errors(base) == ["formerly: 'answers' was not called 'ask' before this change"]


def test_a_suite_whose_folder_is_renamed_with_its_prompt_decides_and_is_not_missed(base: Path) -> None:
    rename(base)
    git(base, "mv", "evals/qa", "evals/ask")
    write(base, {"prompts/ask/aliases.yml": "production: 2\n"})
    commit(base)
    workspace = Workspace(base)
    before = workspace.at("base")
    assert list(change_problems(workspace, before)) == []
    pasts = LiveHistory(workspace, before).pasts(["production"])
    (found,) = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    assert (found.suite.name, found.gone, found.own_suite, found.loosened) == ("ask", False, False, ())
    dataset = base / "evals/ask/dataset.jsonl"
    dataset.write_text("".join(dataset.read_text().splitlines(keepends=True)[1:]))  # one case less
    workspace = Workspace(base)
    assert [item.message.partition(": ")[2] for item in change_problems(workspace, before)] == [
        "1 case removed or altered"
    ]
    found, beside = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    assert (found.suite.name, len(found.cases), beside.suite.name) == ("ask", 60, "ask")
    assert beside.reading_only


@pytest.mark.parametrize(
    "spelt", ["prompt:\n  qa", 'prompt: "q\\x61"', "? prompt\n: qa", "'prompt': >-\n  qa", "prompt :  'qa'"]
)
def test_no_spelling_of_a_name_leaves_a_suite_behind(base: Path, spelt: str) -> None:
    write(base, {SUITE: QA[SUITE].replace("prompt: qa", spelt)})
    commit(base)
    git(base, "tag", "-f", "base")
    rename(base)
    workspace = Workspace(base)
    before = workspace.at("base")
    assert (before.suite("qa").prompt, before.suite("qa").digest) == (
        "ask",
        workspace.registry.suite("qa").digest,
    )


JUDGE = "prompts/grader/v1.prompt.yml"
LABELS = "".join(
    f'{{"id": "l{n}", "inputs": {{"answer": "a{n}"}}, "label": {n % 2 + 1}}}\n' for n in range(9)
)
JUDGED = QA[SUITE].replace("scorers:\n", "scorers:\n  - judge: {prompt: grader/1, scale: [1, 5]}\n")
JUDGED += "    grader/1: {margin: 0.1}\n"


@pytest.fixture
def judged(base: Path) -> Path:
    """The base with a judge that decides, and that people labelled for."""
    words = "message: First\nmodel: offline/rules\ntemplate: Grade {{answer}}\n"
    write(base, {JUDGE: words, "evals/grader/labels.jsonl": LABELS, SUITE: JUDGED})
    commit(base)
    git(base, "tag", "-f", "base")
    return base


def rename_judge(root: Path, **files: str) -> None:
    git(root, "mv", "prompts/grader", "prompts/marker")
    git(root, "mv", "evals/grader", "evals/marker")
    meta = {"prompts/marker/meta.yml": "title: Marker\nformerly: [grader]\n"}
    write(root, {SUITE: JUDGED.replace("grader/1", "marker/1"), **meta, **files})
    commit(root, "rename")


def test_a_judge_that_is_renamed_keeps_its_labels_and_what_it_decides(judged: Path) -> None:
    rename_judge(judged)
    workspace = Workspace(judged)
    before = workspace.at("base")
    assert list(change_problems(workspace, before)) == []
    assert before.labels("marker").digest == workspace.registry.labels("marker").digest
    assert list(before.suite("qa").gate.metrics) == ["contains", "marker/1"]


def test_a_promotion_after_a_judge_was_renamed_answers_to_the_same_rules(judged: Path) -> None:
    rename_judge(judged)
    git(judged, "tag", "-f", "base")
    write(judged, {"prompts/qa/aliases.yml": "production: 2\n"})
    workspace = Workspace(judged)
    before = workspace.at("base")
    pasts = LiveHistory(workspace, before).pasts(["production"])
    (found,) = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    assert (found.seconds, len(found.labels["marker/1"].cases)) == ((), 9)


@pytest.mark.parametrize("stay", [True, False])
def test_a_rename_gives_a_judge_no_labels_of_the_changes_own(judged: Path, *, stay: bool) -> None:
    """Also where the old ones stay where they were, or something else does."""
    left = {"evals/grader/labels.jsonl": LABELS} if stay else {"evals/grader/notes.md": "x"}
    rename_judge(judged, **left, **{"evals/marker/labels.jsonl": LABELS.replace("a1", "b1")})
    write(judged, {"prompts/qa/aliases.yml": "production: 2\n"})
    workspace = Workspace(judged)
    before = workspace.at("base")
    assert "labels on marker" in " ".join(item.message for item in change_problems(workspace, before))
    pasts = LiveHistory(workspace, before).pasts(["production"])
    comparisons = plan_change(before, workspace.registry, ["production"], pasts).comparisons
    (found,) = (item for item in comparisons if not item.reading_only)
    assert [case.inputs["answer"] for case in found.labels["marker/1"].cases][:2] == ["a0", "a1"]


def test_the_past_goes_with_the_name(base: Path) -> None:
    write(base, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(base)
    rename(base)
    git(base, "tag", "-f", "base")
    workspace = Workspace(base)
    past = LiveHistory(workspace, workspace.at("base")).past("ask", "production")
    assert [stay.version for stay in past.stays] == [1, 2]
    assert 1 in past.past_live


def test_without_the_word_one_error_asks_for_it(base: Path) -> None:
    rename(base, "title: Questions\n")
    workspace = Workspace(base)
    (found,) = change_problems(workspace, workspace.at("base"))
    assert (found.file, found.hint) == ("prompts/ask/meta.yml", "write there: formerly: [qa]")
    assert "prompt qa was renamed to ask" in found.message
    with pytest.raises(InvalidFiles):
        refuse_change(Workspace(base), Workspace(base).at("base"))


def test_without_the_word_and_with_other_words_it_is_a_removal(base: Path) -> None:
    rename(base, "title: Questions\n", edit="Sing")
    assert "production is protected, and is removed from qa/1" in errors(base)


def test_other_words_under_the_new_name_are_an_edit(base: Path) -> None:
    rename(base, edit="Sing")
    assert errors(base) == ["a published version was edited; versions never change"]


def test_nobody_takes_the_name_of_a_prompt_that_is_there(base: Path) -> None:
    write(base, {"prompts/xy/v1.prompt.yml": QA["prompts/qa/v2.prompt.yml"], "prompts/xy/meta.yml": META})
    assert errors(base) == ["formerly: 'qa' still exists as a prompt, so 'xy' has not replaced it"]
    workspace = Workspace(base)
    assert renames(workspace.at("base"), workspace.registry) == {}
    assert former_names(workspace.registry, "xy") == ["qa"]


def test_nobody_takes_a_past_afterwards(base: Path) -> None:
    """A prompt that already exists cannot say later that it was called otherwise."""
    write(base, {"prompts/qa/meta.yml": "title: Questions\nformerly: [other]\n"})
    assert errors(base) == ["formerly: 'qa' was not called 'other' before this change"]


def test_the_old_names_json_stays_published_byte_for_byte(base: Path) -> None:
    def published() -> dict[str, bytes]:
        workspace = Workspace(base)
        return plan_files(workspace.signed_registry, workspace.history, [], workspace.config)

    before = published()
    rename(base)
    after = published()
    old = [path for path in before if path.startswith("api/v1/prompts/qa/versions/")]
    assert len(old) == 2
    assert all(after[path] == before[path] for path in old)
    alias = "api/v1/prompts/qa/aliases/production.json"
    assert b'"version": 1' in before[alias]
    assert b'"version": 1' in after[alias]
    assert "api/v1/prompts/ask/versions/2.json" in after


def test_the_old_names_alias_has_the_verdicts_of_the_same_versions(base: Path) -> None:
    workspace = Workspace(base)
    before = verdict(workspace.registry.version("qa", 1), "fail")
    rename(base)
    workspace = Workspace(base)
    now = verdict(workspace.registry.version("ask", 1), "pass", suite="qa")
    files = plan_files(workspace.signed_registry, workspace.history, [before, now], workspace.config)
    found = [json.loads(files[f"api/v1/prompts/{name}/aliases/production.json"]) for name in ("qa", "ask")]
    assert [item["state"] for item in found] == ["pass", "pass"]
    assert found[0]["evidence"] == found[1]["evidence"] == ["api/v1/evaluations/ask/1/qa.json"]
    assert [path for path in files if "/evaluations/" in path] == found[0]["evidence"]


def test_the_history_of_a_renamed_prompt_goes_on_under_the_new_name(base: Path) -> None:
    write(base, {"prompts/qa/aliases.yml": "production: 2\nstaging: 1\n"})
    commit(base)
    added = dict(Workspace(base).history.added)
    rename(base, "title: Questions\nformerly: [qa]\n")
    write(base, {"prompts/ask/aliases.yml": "production: 1\nstaging: 1\n"})
    git(base, "commit", "-qa", "--amend", "--no-edit")
    found = Workspace(base).history
    moves = [(move.alias, move.previous, move.version) for move in found.moves["ask"]]
    assert moves == [
        ("production", 2, 1),
        ("staging", None, 1),
        ("production", 1, 2),
        ("production", None, 1),
    ]
    assert found.added["prompts/ask/v1.prompt.yml"] == added["prompts/qa/v1.prompt.yml"]


def test_a_name_that_a_prompt_had_leads_to_it(base: Path) -> None:
    rename(base)
    workspace = Workspace(base)
    with pytest.raises(UnknownPrompt) as error:
        workspace.registry.numbers("qa")
    assert error.value.hint == "it is called 'ask' now"
    files = plan_files(workspace.signed_registry, workspace.history, [], workspace.config)
    index = json.loads(files["api/v1/index.json"])
    assert (index["renamed"], [item["name"] for item in index["prompts"]]) == ({"qa": "ask"}, ["ask"])


def test_a_registry_without_a_past_is_as_it_is(registry: Path) -> None:
    tree = Workspace(registry).tree
    assert renames(Registry(tree), Registry(tree)) == {}
