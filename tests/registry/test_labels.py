from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.files import FixedTree, Folder
from cuebook.registry.labels import is_labels, labelled, labels_path, read_labels


def line(name: str, answer: str, label: Any, **more: Any) -> str:
    said = {"id": name, "inputs": {"question": "When?", "answer": answer}, "label": label}
    return json.dumps(said | more) + "\n"


def tree(**files: str) -> FixedTree:
    """Labels of the judge ``grader``, by file: ``labels`` is the one without a name."""
    paths = {name: labels_path("grader", "" if name == "labels" else name) for name in files}
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
