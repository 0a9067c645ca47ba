from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core import git as asked
from cuebook.registry.layout_history import history
from cuebook.registry.reader import Registry
from cuebook.registry.rule_history import rule_states

SUITE = QA["evals/qa/suite.yml"]
JUDGED = SUITE.replace("gate:", "  - judge: {prompt: grader/1, scale: [1, 5]}\ngate:")
LABEL = '{"id": "a", "inputs": {"answer": "x"}, "label": 1}\n'
OTHER = {
    "evals/other/suite.yml": SUITE.replace("prompt: qa", "prompt: other"),
    "evals/other/dataset.jsonl": "x",
}


def states(root: Path, since: str, *prompts: str) -> list[Registry]:
    """The registries of the states since a commit, by the files of settings and suites."""
    line = asked.first_parents(root, since)
    changes = history(root, ["evals", "cuebook.toml", "pyproject.toml"])
    return [Registry(item.tree) for item in rule_states(root, changes, set(line), prompts or ("qa",))]


@pytest.mark.parametrize(
    ("files", "more"),
    [
        ({"evals/qa/suite.yml": SUITE + "    # a word\n"}, 1),
        ({"evals/qa/dataset.jsonl": QA["evals/qa/dataset.jsonl"] * 2}, 1),
        ({"evals/grader/labels.jsonl": LABEL * 2}, 1),
        ({"evals/grader/labels/ada.jsonl": LABEL}, 1),
        ({"evals/_scorers/mine.py": "x = 2\n"}, 1),
        ({"cuebook.toml": "judge_model = 'x/mild'\n"}, 1),
        ({"evals/more/suite.yml": SUITE, "evals/more/dataset.jsonl": "x"}, 1),
        ({"evals/more/suite.yml": SUITE.replace("qa", '"\\x71a"', 1), "evals/more/dataset.jsonl": "x"}, 1),
        ({"evals/other/suite.yml": OTHER["evals/other/suite.yml"] + "# a word\n"}, 0),
        ({"evals/judge/labels.jsonl": LABEL}, 0),
        ({"cuebook.toml": "judge_model = 'x/strict'\n# a word\n"}, 0),
        ({"prompts/qa/meta.yml": "title: Q\n"}, 0),
    ],
)
def test_a_state_is_what_a_commit_changed_of_what_decides_about_the_prompt(
    registry: Path, files: Mapping[str, str], more: int
) -> None:
    write(registry, OTHER)
    write(registry, {"evals/qa/suite.yml": JUDGED, "evals/grader/labels.jsonl": LABEL})
    write(registry, {"cuebook.toml": "judge_model = 'x/strict'\n", "evals/_scorers/mine.py": "x = 1\n"})
    since = commit(registry)
    write(registry, files)
    commit(registry)
    found = states(registry, since)
    assert len(found) == 1 + more
    assert found[0].suites_of("qa")[0].name == "qa"
    if more:
        assert {found[-1].tree.read(path) for path in files} == {text.encode() for text in files.values()}


def test_a_state_holds_what_was_there_then(registry: Path) -> None:
    first = commit(registry)
    for margin in ("0.05", "0.2"):
        write(registry, {"evals/qa/suite.yml": SUITE.replace("margin: 0.1", f"margin: {margin}")})
        last = commit(registry)
    git(registry, "mv", "evals/qa", "evals/answers")
    write(registry, {"cuebook.toml": "evals_dir = 'tries'\n"})
    git(registry, "mv", "evals", "tries")
    commit(registry)
    told = [
        [(suite.name, suite.gate.metrics["contains"].margin) for suite in item.suites_of("qa")]
        for item in states(registry, first)
    ]
    assert told == [[("qa", 0.1)], [("qa", 0.05)], [("qa", 0.2)], [("answers", 0.2)]]
    (only, moved) = states(registry, last)
    assert [suite.name for each in (only, moved) for suite in each.suites_of("qa")] == ["qa", "answers"]
    git(registry, "rm", "-rq", "tries")
    commit(registry)
    assert states(registry, last)[-1].suite_names() == []


def test_what_a_branch_did_on_the_way_is_no_state(registry: Path) -> None:
    first = commit(registry)
    git(registry, "switch", "-qc", "change")
    for margin in ("0.01", "0.05"):
        write(registry, {"evals/qa/suite.yml": SUITE.replace("margin: 0.1", f"margin: {margin}")})
        commit(registry)
    git(registry, "switch", "-q", "main")
    git(registry, "merge", "-q", "--no-ff", "-m", "merge", "change")
    found = [item.suite("qa").gate.metrics["contains"].margin for item in states(registry, first)]
    assert found == [0.1, 0.05]
