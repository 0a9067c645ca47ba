from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.files import Folder
from cuebook.publish.loosenings import read_loosenings
from cuebook.registry.reader import Registry
from cuebook.shapes.published import Loosening
from cuebook.wording.loosening import loosened_by

SUITE, DATASET = "evals/qa/suite.yml", "evals/qa/dataset.jsonl"
LESS = QA[SUITE].replace("margin: 0.1", "margin: 0.2")
SETTINGS = "protected_aliases = ['production', 'stable']\nmax_cost_usd = 1.0\n"


@pytest.fixture
def base(registry: Path) -> Path:
    """A repository with the registry and its settings committed."""
    write(registry, {"cuebook.toml": SETTINGS})
    commit(registry, "base")
    return registry


def found(root: Path) -> dict[str, list[Loosening]]:
    return read_loosenings(root, Registry(Folder(root)))


def told(root: Path, name: str = "qa") -> list[str]:
    return [loosened_by(item.change) for item in found(root).get(name, [])]


def test_a_rule_that_asks_for_less_is_there_with_both_values_and_who_did_it(base: Path) -> None:
    assert found(base) == {}
    write(base, {SUITE: LESS})
    sha = commit(base, "looser")
    ((name, (item,)),) = found(base).items()
    assert (name, item.commit, item.holds) == ("qa", sha, True)
    assert (item.change.file, loosened_by(item.change)) == (
        SUITE,
        "loosened by Ada Tester: accepted loss on contains 10 \N{RIGHTWARDS ARROW} 20 points",
    )


def test_whose_commit_it_was_is_asked_behind_a_merge(base: Path) -> None:
    git(base, "switch", "-qc", "change")
    write(base, {SUITE: LESS})
    git(base, "-c", "user.name=Mallory", "commit", "-qam", "x", "--author", "Mallory <m@example.org>")
    git(base, "switch", "-q", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "merge", "change")
    assert told(base) == ["loosened by Mallory: accepted loss on contains 10 \N{RIGHTWARDS ARROW} 20 points"]


def test_what_was_undone_is_said_to_be(base: Path) -> None:
    for text in (LESS, QA[SUITE]):
        write(base, {SUITE: text})
        commit(base)
    assert [item.holds for item in found(base)["qa"]] == [False]


def test_what_became_stricter_or_is_new_is_none(base: Path) -> None:
    write(base, {"evals/more/suite.yml": QA[SUITE], "evals/more/dataset.jsonl": QA[DATASET]})
    write(base, {SUITE: QA[SUITE].replace("margin: 0.1", "margin: 0.05")})
    commit(base)
    assert found(base) == {}


def test_a_suite_that_is_gone_and_cases_that_are_gone(base: Path) -> None:
    write(base, {DATASET: "".join(QA[DATASET].splitlines(keepends=True)[1:])})
    commit(base)
    git(base, "rm", "-rq", "evals/qa")
    commit(base)
    assert [line.partition(": ")[2] for line in told(base)] == [
        "suite qa removed",
        "1 case removed or altered",
    ]


def test_settings_and_states_that_cannot_be_read(base: Path) -> None:
    for text in (SETTINGS.replace(", 'stable'", ""), "max_cost_usd =", f"models = ['a/*']\n{SETTINGS}"):
        write(base, {"cuebook.toml": text, SUITE: text})
        commit(base)
    assert told(base, "") == ["loosened by Ada Tester: protected alias stable removed"]
    assert [item.holds for item in found(base)[""]] == [False]


def test_a_state_between_that_cannot_be_read_hides_nothing(base: Path) -> None:
    for text in ("prompt: [", LESS):
        write(base, {SUITE: text})
        commit(base)
    assert len(told(base)) == 1


def test_a_prompt_that_has_another_name_now_keeps_its_past(base: Path) -> None:
    write(base, {SUITE: LESS})
    commit(base)
    git(base, "mv", "prompts/qa", "prompts/answers")
    write(base, {"prompts/answers/meta.yml": "title: A\nformerly: [qa]\n"})
    write(base, {SUITE: LESS.replace("prompt: qa", "prompt: answers")})
    commit(base)
    assert [line.partition(": ")[2] for line in told(base, "answers")] == [
        "accepted loss on contains 10 \N{RIGHTWARDS ARROW} 20 points"
    ]


def test_without_a_repository_nothing_is_known(registry: Path) -> None:
    assert found(registry) == {}


def test_a_suite_that_was_taken_away_is_told_by_its_name(base: Path) -> None:
    git(base, "rm", "-qr", "evals/qa")
    commit(base, "no suite")
    ((item,),) = found(base).values()
    assert (item.change.code, item.change.label) == ("suite", "qa")


def rename(root: Path, suite: str = LESS) -> None:
    """Call qa ask, its suite as well."""
    for top in ("prompts", "evals"):
        git(root, "mv", f"{top}/qa", f"{top}/ask")
    write(root, {"prompts/ask/meta.yml": "title: A\nformerly: [qa]\n"})
    write(root, {"evals/ask/suite.yml": suite.replace("prompt: qa", "prompt: ask")})
    commit(root, "rename")


def test_a_suite_that_was_renamed_with_its_prompt_was_not_removed(base: Path) -> None:
    write(base, {SUITE: LESS})
    commit(base)
    rename(base)
    ((name, (item,)),) = found(base).items()
    assert (name, item.holds, item.change.file) == ("ask", True, "evals/ask/suite.yml")


def test_what_a_rename_loosens_is_there_with_who_wrote_it(base: Path) -> None:
    git(base, "switch", "-qc", "change")
    rename(base)
    git(base, "commit", "-q", "--amend", "--no-edit", "--author", "Mallory <m@example.org>")
    git(base, "switch", "-q", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "merge", "change")
    assert told(base, "ask") == [
        "loosened by Mallory: accepted loss on contains 10 \N{RIGHTWARDS ARROW} 20 points"
    ]


def test_a_folder_that_was_renamed_alone_was_not_removed_and_a_new_one_of_its_name_is_another(
    base: Path,
) -> None:
    git(base, "mv", "evals/qa", "evals/questions")
    commit(base)
    write(base, {SUITE: LESS, DATASET: QA[DATASET]})
    commit(base)
    assert found(base) == {}


def test_labels_go_with_the_name_of_their_judge(base: Path) -> None:
    label = '{"id": "l1", "inputs": {"answer": "a"}, "label": 1}\n'
    write(base, {"prompts/grader/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"]})
    write(base, {"evals/grader/labels.jsonl": label + label.replace("l1", "l2").replace('"a"', '"b"')})
    commit(base)
    for top in ("prompts", "evals"):
        git(base, "mv", f"{top}/grader", f"{top}/marker")
    write(base, {"prompts/marker/meta.yml": "title: M\nformerly: [grader]\n"})
    commit(base)
    assert found(base) == {}
    write(base, {"evals/marker/labels.jsonl": label})
    commit(base)
    assert [line.partition(": ")[2] for line in told(base, "marker")] == [
        "labels on marker 2 \N{RIGHTWARDS ARROW} 1"
    ]


def test_a_copy_of_a_suite_that_is_loosened_meanwhile_is_no_rename_of_it(base: Path) -> None:
    copy = {"evals/more/suite.yml": QA[SUITE], "evals/more/dataset.jsonl": QA[DATASET]}
    write(base, {SUITE: LESS, **copy})
    commit(base)
    ((name, (item,)),) = found(base).items()
    assert (name, item.holds, item.change.file) == ("qa", True, SUITE)
