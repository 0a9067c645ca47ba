from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.files import FixedTree, Folder
from cuebook.registry.labels import is_labels, labelled, read_labels


def line(name: str, answer: str, label: Any, **more: Any) -> str:
    said = {"id": name, "inputs": {"question": "When?", "answer": answer}, "label": label}
    return json.dumps(said | more) + "\n"


def tree(**files: str) -> FixedTree:
    """Labels of the judge ``grader``, by file: ``labels`` is the one without a name."""
    own = "evals/grader/labels"
    paths = {name: f"{own}.jsonl" if name == "labels" else f"{own}/{name}.jsonl" for name in files}
    return FixedTree({paths[name]: text.encode() for name, text in files.items()})


def test_files_of_people_are_read_with_the_one_without_a_name() -> None:
    there = tree(labels=line("a", "noon", 5), ben=line("c", "at one", 2), ada=line("b", "at two", 1))
    labels, problems = read_labels(there, "grader")
    assert problems == []
    assert [(case.id, case.expectations["label"]) for case in labels.cases] == [("a", 5), ("b", 1), ("c", 2)]
    assert [item.path for item in labels.given] == [
        "evals/grader/labels.jsonl",
        "evals/grader/labels/ada.jsonl",
        "evals/grader/labels/ben.jsonl",
    ]
    alone = read_labels(tree(labels=line("a", "noon", 5)), "grader")[0]
    assert labels.digest != alone.digest
    assert labelled(there) == labelled(tree(ada=line("b", "at two", 1))) == {"grader"}
    assert labelled(FixedTree({"evals/qa/dataset.jsonl": b"{}"})) == set()


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("evals/grader/labels.jsonl", True),
        ("evals/grader/labels/ada.jsonl", True),
        ("evals/grader/labels/ada.json", False),
        ("evals/grader/labels/old/ada.jsonl", False),
        ("evals/grader/labels.jsonl/x.jsonl", False),
        ("prompts/grader/labels.jsonl", False),
        ("evals", False),
    ],
)
def test_where_labels_are(path: str, is_read: bool) -> None:
    assert is_labels(path) == is_read


def test_each_file_says_its_own_faults(tmp_path: Path) -> None:
    files = {"labels.jsonl": "{,\n", "labels/ada.jsonl": line("a", "noon", 5) + line("b", "one", 5, who="me")}
    root = write(tmp_path, {f"evals/grader/{name}": text for name, text in files.items()})
    labels, problems = read_labels(Folder(root), "grader")
    assert [(item.file.rpartition("grader/")[2], item.line) for item in problems] == [
        ("labels.jsonl", 1),
        ("labels/ada.jsonl", 2),
    ]
    assert "unknown key 'who'" in problems[1].message
    assert [case.id for case in labels.cases] == ["a"]


@pytest.mark.parametrize(
    ("ada", "ben", "mean"),
    [(1, 2, 1.5), (5, 5, 5), (1, 3, 2), ("first", "first", "first"), ("first", "tie", "tie")],
)
def test_an_answer_that_several_labelled_counts_once_by_their_mean(ada: Any, ben: Any, mean: Any) -> None:
    there = tree(
        ada=line("x-ada", "noon", ada, note="too short"),
        ben=line("x-ben", "noon", ben) + line("y-ben", "one", ben),
    )
    labels, problems = read_labels(there, "grader")
    assert problems == []
    assert [(case.id, case.expectations["label"]) for case in labels.cases] == [
        ("x-ada", mean),
        ("y-ben", ben),
    ]
    assert {name: [item.by for item in lines] for name, lines in labels.several.items()} == {
        "x-ada": ["ada", "ben"]
    }
    assert labels.cases[0].note == "too short"


def test_both_arms_may_have_given_one_answer_which_a_person_labelled_twice() -> None:
    lines = [line(f"x{arm}", "noon", 4, of=f"qa/2/qa q1 {arm}") for arm in ("candidate", "baseline")]
    labels, problems = read_labels(tree(ada="".join(lines), ben=line("b", "noon", 1)), "grader")
    assert problems == []
    assert [case.expectations["label"] for case in labels.cases] == [2.5], "each person has one voice"


def test_a_skipped_answer_is_kept_and_is_no_label() -> None:
    labels, problems = read_labels(tree(ada=line("a", "noon", None) + line("b", "one", 4)), "grader")
    assert problems == []
    assert [case.id for case in labels.cases] == ["b"]
    assert [item.label for item in labels.given] == [None, 4]


def test_lines_of_nobody_in_particular_count_as_they_always_did() -> None:
    old = line("a", "noon", 4) + line("b", "noon", 2)
    assert [case.id for case in read_labels(tree(labels=old), "grader")[0].cases] == ["a", "b"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"ada": line("a", "noon", 4) + line("b", "noon", 5)},
            ["labels/ada.jsonl:2: error: ada has labelled this answer already: line 1"],
        ),
        (
            {"ada": 2 * line("a", "noon", 4, of="qa/2/qa q1 candidate").replace('"a"', '"%s"') % ("a", "b")},
            ["labels/ada.jsonl:2: error: ada has labelled this answer already: line 1"],
        ),
        (
            {"ada": line("a", "noon", 4, by="ben")},
            ["labels/ada.jsonl:1: error: 'by' says ben in the file of ada"],
        ),
        (
            {"ada": line("a", "noon", 4), "bob": line("b", "one", 4, by="ada")},
            ["labels/bob.jsonl:1: error: ada has two files: the other one is evals/grader/labels/ada.jsonl"],
        ),
        (
            {"labels": line("b", "one", 4, by="ada"), "ada": line("a", "noon", 4)},
            ["labels.jsonl:1: error: ada has two files: the other one is evals/grader/labels/ada.jsonl"],
        ),
        (
            {"Ada": line("a", "noon", 4)},
            ["labels/Ada.jsonl: error: label files are named after a person's handle; 'Ada' is not one"],
        ),
        (
            {"ada": line("a", "noon", 4), "ben": line("a", "one", 4)},
            ["labels/ben.jsonl:1: error: 'a' already names another answer: evals/grader/labels/ada.jsonl:1"],
        ),
        (
            {"ada": line("a", "noon", 4, of="the first one")},
            ["labels/ada.jsonl:1: error: of: it is 'the first one', which names no answer of a verdict"],
        ),
        ({"ada": line("a", "noon", 4), "ben": line("a", "noon", 4)}, []),
    ],
)
def test_what_is_wrong_with_who_said_what(files: dict[str, str], said: list[str]) -> None:
    problems = read_labels(tree(**files), "grader")[1]
    assert [str(item).partition("\n")[0].removeprefix("evals/grader/") for item in problems] == said


@pytest.mark.parametrize(
    ("text", "said"), [("", "the file has no label"), ("[]\n", "the line is not a JSON object")]
)
def test_a_line_of_labels_is_shown_with_its_label(text: str, said: str) -> None:
    (problem,) = read_labels(tree(labels=text), "grader")[1]
    assert problem.message == said
    assert problem.hint.endswith('{"id": "...", "inputs": {...}, "label": ...}')
