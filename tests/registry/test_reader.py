from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core.errors import (
    InvalidFiles,
    MalformedRef,
    UnknownAlias,
    UnknownPrompt,
    UnknownVersion,
    UsageError,
)
from cuebook.core.files import Folder
from cuebook.core.git import Commit
from cuebook.registry.reader import Registry

HEAD = "message: m\nmodel: offline/rules\n"


def test_a_registry_lists_what_is_there(registry: Path) -> None:
    write(
        registry, {"prompts/README.md": "x", "prompts/qa/notes.txt": "x", "prompts/qa/old/v9.prompt.yml": "x"}
    )
    write(
        registry,
        {"prompts/empty/meta.yml": "title: E\n", "prompts/qa/v10.prompt.yml": HEAD + "template: x\n"},
    )
    found = Registry(Folder(registry))
    assert found.names() == ["empty", "qa"]
    assert found.numbers("qa") == [1, 2, 10]
    assert found.numbers("empty") == []
    assert [version.ref for version in found.versions("qa")] == ["qa/1", "qa/2", "qa/10"]
    assert found.aliases("qa") == {"production": 1}
    assert found.aliases("empty") == {}
    assert found.meta("qa").owners == ["@ada"]
    assert found.suite_names() == ["qa"]
    assert [suite.name for suite in found.suites_of("qa")] == ["qa"]
    assert found.suites_of("empty") == []


def test_an_empty_folder_is_an_empty_registry(tmp_path: Path) -> None:
    found = Registry(Folder(tmp_path))
    assert (found.names(), found.suite_names()) == ([], [])


@pytest.mark.parametrize(
    ("ref", "number"),
    [("qa/1", 1), ("qa@production", 1), ("qa@latest", 2), ("prompts:/qa/latest", 2), ("prompts:/qa/2", 2)],
)
def test_refs_resolve(registry: Path, ref: str, number: int) -> None:
    assert Registry(Folder(registry)).resolve(ref).number == number


@pytest.mark.parametrize(
    ("ref", "error", "hint"),
    [
        ("qa", MalformedRef, "qa@production"),
        ("qq/1", UnknownPrompt, "'qa'"),
        ("qa/7", UnknownVersion, "qa/2"),
        ("qa@prod", UnknownAlias, "'production'"),
        ("qa@zzz", UnknownAlias, "latest"),
        ("none@latest", UnknownVersion, "cuebook new none"),
        ("none/1", UnknownVersion, "cuebook new none"),
    ],
)
def test_refs_that_name_nothing(registry: Path, ref: str, error: type[Exception], hint: str) -> None:
    write(registry, {"prompts/none/meta.yml": "title: N\n"})
    with pytest.raises(error) as caught:
        Registry(Folder(registry)).resolve(ref)
    assert hint in str(caught.value)


def test_a_broken_file_fails_only_whoever_needs_it(registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": "message: [", "evals/bad/suite.yml": "x"})
    found = Registry(Folder(registry))
    assert found.resolve("qa@production").number == 1
    assert found.suite("qa").name == "qa"
    for action in (lambda: found.resolve("qa/3"), lambda: found.suite("bad"), lambda: found.suites_of("qa")):
        with pytest.raises(InvalidFiles):
            action()
    write(registry, {"evals/bad/suite.yml": "prompt: other\nscorers: 3\n"})
    assert [suite.name for suite in Registry(Folder(registry)).suites_of("qa")] == ["qa"]
    with pytest.raises(UsageError, match="did you mean 'qa'"):
        found.suite("q")


def test_the_commit_signs_a_version_unless_the_file_does(registry: Path) -> None:
    commit = Commit("a" * 40, "Git Author", "2026-11-22T10:00:00Z", "s")
    write(registry, {"prompts/qa/v3.prompt.yml": HEAD + "template: x\nauthor: File Author\n"})
    added = {f"prompts/qa/v{n}.prompt.yml": commit for n in (1, 3)}
    found = Registry(Folder(registry), added)
    first, second, third = found.versions("qa")
    assert (first.author, first.created) == ("Git Author", "2026-11-22T10:00:00Z")
    assert (second.author, second.created) == (None, None)
    assert (third.author, third.created) == ("File Author", "2026-11-22T10:00:00Z")
    assert first.digest == Registry(Folder(registry)).version("qa", 1).digest


def test_a_link_is_no_version(registry: Path) -> None:
    (registry / "prompts/qa/v3.prompt.yml").symlink_to(registry / "prompts/qa/v1.prompt.yml")
    with pytest.raises(InvalidFiles):
        Registry(Folder(registry)).version("qa", 3)


def test_labels_are_cases_with_a_note_and_a_digest(tmp_path: Path) -> None:
    line = '{"id": "a", "inputs": {"answer": "x"}, "label": 5, "note": "right"}\n'
    found = Registry(Folder(write(tmp_path, {"evals/grader/labels.jsonl": line}))).labels("grader")
    (case,) = found.cases
    assert (case.expectations, case.note, case.line) == ({"label": 5}, "right", 1)
    other = line.replace('"label": 5', '"label": 4')
    assert Registry(Folder(write(tmp_path, {"evals/grader/labels.jsonl": other}))).labels("grader") != found
    reworded = line.replace("right", "so it is")
    same = Registry(Folder(write(tmp_path, {"evals/grader/labels.jsonl": reworded}))).labels("grader")
    assert same.digest == found.digest


def test_nothing_labelled_is_no_labels(tmp_path: Path) -> None:
    found = Registry(Folder(tmp_path)).labels("grader")
    assert (found.cases, found.digest) == ((), None)


def test_broken_labels_are_an_error(tmp_path: Path) -> None:
    root = write(tmp_path, {"evals/grader/labels.jsonl": '{"id": "a", "label": 5}\n'})
    with pytest.raises(InvalidFiles):
        Registry(Folder(root)).labels("grader")
