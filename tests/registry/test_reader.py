from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.errors import (
    InvalidFiles,
    MalformedRef,
    Problem,
    UnknownAlias,
    UnknownPrompt,
    UnknownVersion,
    UsageError,
)
from cuebook.core.files import Folder
from cuebook.core.git import Commit
from cuebook.registry.reader import (
    Registry,
    read_aliases,
    read_cases,
    read_meta,
    read_suite,
    read_version,
    scorer_spec,
)
from cuebook.shapes.run import Version

PATH = "prompts/qa/v1.prompt.yml"
HEAD = "message: m\nmodel: offline/rules\n"


def read(text: str) -> tuple[Version | None, list[Problem]]:
    return read_version(text.encode(), PATH, "qa", 1)


def test_a_text_prompt() -> None:
    version, problems = read(HEAD + "template: Hello {{name}}\nmodelParameters: {temperature: 0.5}\n")
    assert problems == []
    assert version
    assert (version.ref, version.template, version.messages) == ("qa/1", "Hello {{name}}", None)
    assert version.inputs == {"name": {"type": "string"}}
    assert version.parameters == {"temperature": 0.5}
    assert version.path == PATH


def test_a_chat_prompt_with_everything() -> None:
    text = (
        HEAD
        + "inputs:\n  doc: {type: object, description: d}\n  tone: {default: calm}\n"
        + "messages:\n  - {role: system, content: 'Be {{tone}}'}\n  - {role: user, content: '{{doc.text}}'}\n"
        + 'responseFormat: json_schema\njsonSchema: \'{"name": "a", "schema": {}}\'\n'
        + "author: Ada\ncreated: '2026'\n"
    )
    version, problems = read(text)
    assert problems == []
    assert version
    assert version.inputs == {
        "doc": {"type": "object", "description": "d"},
        "tone": {"type": "string", "default": "calm"},
    }
    assert version.messages == (
        {"role": "system", "content": "Be {{tone}}"},
        {"role": "user", "content": "{{doc.text}}"},
    )
    assert version.json_schema == {"name": "a", "schema": {}}
    assert (version.author, version.created) == ("Ada", "2026")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"message": "other"}, True),
        ({"author": "Ada"}, True),
        ({"inputs": {"name": {"type": "string", "description": "other"}}}, True),
        ({"inputs": {"name": {"type": "string", "default": "x"}}}, False),
        ({"inputs": {"name": {"type": "number"}}}, False),
        ({"template": "Hi {{name}}"}, False),
        ({"templateFormat": "jinja2"}, False),
        ({"model": "offline/judge"}, False),
        ({"modelParameters": {"temperature": 0}}, False),
        ({"responseFormat": "json_object"}, False),
    ],
)
def test_the_digest_covers_what_changes_answers(change: dict[str, Any], same: bool) -> None:
    base: dict[str, Any] = {"message": "m", "model": "offline/rules", "template": "Hello {{name}}"}
    base["inputs"] = {"name": {"type": "string", "description": "d"}}
    first, _ = read(json.dumps(base))
    second, problems = read(json.dumps(base | change))
    assert first
    assert second, problems
    assert (first.digest == second.digest) is same


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ("", 1, "empty", ""),
        ("- a", 1, "mapping of keys", ""),
        (HEAD, 1, "exactly one of", ""),
        (HEAD + "tempalte: x", 3, "unknown key 'tempalte'", "template"),
        (
            HEAD + "template: x\nmodelParameters:\n  temprature: 1",
            5,
            "unknown key 'modelParameters.temprature'",
            "temperature",
        ),
        (
            HEAD + "template: x\nmodelParameters:\n  api_base: http://x",
            5,
            "'modelParameters.api_base' is not allowed",
            "remove it",
        ),
        (HEAD + "messages:\n  - rol: user\n    content: x", 4, "messages.0", ""),
        (HEAD + "template: '{{a}}'\ninputs:\n  a:\n    typ: string", 6, "unknown key 'inputs.a.typ'", "type"),
        (HEAD + "template: '{{a}}'\ninputs:\n  b: {}", 4, "uses {{a}}", "known: b"),
        (HEAD + "template: x\ninputs:\n  b: {}", 5, "'b' is never used", "{{b}}"),
        (
            HEAD + "template: '{{a}}'\ninputs:\n  a: {type: number, default: x}",
            5,
            "default of input 'a'",
            "default",
        ),
        (HEAD + "template: '{{a}}'\ninputs:\n  a: {default: null}", 5, "default of input 'a'", "required"),
        (HEAD + "template: |\n  one\n  {{two three}}\n", 5, "{{two three}} is not a variable", "two_three"),
        (HEAD + "messages:\n  - role: user\n    content: '{{}}'", 5, "{{}} is not a variable", "name"),
        (HEAD + "template: '{% if %}'\ntemplateFormat: jinja2", 3, "jinja2", ""),
        (HEAD + "template: '{{ a | nosuch }}'\ntemplateFormat: jinja2", 3, "nosuch", ""),
        (HEAD + "message: again\ntemplate: x", 3, "duplicate key 'message'", ""),
    ],
)
def test_versions_that_are_refused(text: str, line: int, says: str, hint: str) -> None:
    version, problems = read(text)
    assert version is None
    found = next(problem for problem in problems if says in problem.message)
    assert found.line == line
    assert hint in found.hint
    assert found.file == PATH


def test_every_problem_of_a_version_is_told() -> None:
    _, problems = read("model: gpt\ntemplate: x\nmodelParameters: {temprature: 1}\n")
    assert {problem.line for problem in problems} == {1, 3}
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("text", "aliases", "says"),
    [
        ("production: 3\nstaging: 4", {"production": 3, "staging": 4}, []),
        ("{}", {}, []),
        ("", {}, ["empty"]),
        ("- a", {}, ["must map"]),
        ("production: '3'\nstaging: 1", {"staging": 1}, ["not a version number"]),
        ("production: true", {}, ["not a version number"]),
        ("production: 0", {}, ["not a version number"]),
        ("latest: 1", {}, ["reserved"]),
        ("v1: 1", {}, ["reserved"]),
        ("Prod: 1\nproduction: x", {}, ["must begin", "not a version number"]),
        ("production: 1\nproduction: 2", {}, ["duplicate"]),
    ],
)
def test_aliases(text: str, aliases: dict[str, int], says: list[str]) -> None:
    found, problems = read_aliases(text.encode(), "aliases.yml")
    assert found == aliases
    assert [said in problem.message for said, problem in zip(says, problems, strict=True)] == [True] * len(
        says
    )


def test_meta() -> None:
    meta, problems = read_meta(b"title: T\nretired: [1]\n", "meta.yml")
    assert meta
    assert (meta.title, meta.retired, meta.tags, problems) == ("T", [1], [], [])
    meta, problems = read_meta(b"titel: T\n", "meta.yml")
    assert meta is None
    assert "title" in str(problems)


@pytest.mark.parametrize(
    ("item", "spec"),
    [
        ("exact", ("exact", "exact", {})),
        ({"contains": {"expectation": "x"}}, ("contains", "contains", {"expectation": "x"})),
        ({"judge": {"prompt": "judge-a/2"}}, ("judge", "judge-a/2", {"prompt": "judge-a/2"})),
        ({"exact": {"as": "strict"}}, ("exact", "strict", {})),
        ({"judge": {"prompt": "judge-a/2", "as": "j"}}, ("judge", "j", {"prompt": "judge-a/2"})),
        ({"a": {}, "b": {}}, None),
        ({"a": 3}, None),
        ({}, None),
    ],
)
def test_scorers_as_a_suite_writes_them(item: Any, spec: Any) -> None:
    found = scorer_spec(item)
    assert (found and (found.name, found.label, dict(found.parameters))) == spec


@pytest.mark.parametrize(
    ("lines", "ids", "says"),
    [
        (['{"id": "a", "inputs": {}}', "", '{"id": "b", "inputs": {"x": 1}}'], ["a", "b"], []),
        ([], [], ["no case"]),
        (['{"id": "a", "inputs": {}}', '{"id": "a", "inputs": {}}'], ["a", "a"], ["already used on line 1"]),
        (["[]", '{"id": "a", "inputs": {}}'], ["a"], ["a JSON object"]),
        (["{,"], [], ["not JSON"]),
        (['{"id": "a"}', '{"inputs": {}}'], [], ["'inputs' is missing", "'id' is missing"]),
        (['{"id": "a", "inputs": {}, "expected": 1}'], [], ["unknown key 'expected'"]),
        (['{"id": "a", "inputs": {"x": "\\ud800"}}'], [], ["not JSON"]),
        (['{"id": "a", "inputs": {"x": 1e999}}'], [], ["not JSON"]),
    ],
)
def test_cases(tmp_path: Path, lines: list[str], ids: list[str], says: list[str]) -> None:
    tree = Folder(write(tmp_path, {"evals/s/dataset.jsonl": "\n".join(lines)}))
    cases, problems = read_cases(tree, "evals/s/dataset.jsonl")
    assert [case.id for case in cases] == ids
    assert [said in problem.message for said, problem in zip(says, problems, strict=True)] == [True] * len(
        says
    )


def test_labels_are_cases_whose_expectation_is_the_label(tmp_path: Path) -> None:
    tree = Folder(write(tmp_path, {"evals/s/labels.jsonl": '{"id": "a", "inputs": {"x": 1}, "label": 4}'}))
    ((case,), problems) = read_cases(tree, "evals/s/labels.jsonl")
    assert (case.expectations, problems) == ({"label": 4}, [])


def test_a_missing_dataset(tmp_path: Path) -> None:
    assert "missing" in read_cases(Folder(tmp_path), "evals/s/dataset.jsonl")[1][0].message


SUITE = "prompt: qa\nscorers:\n  - exact\n  - contains: {expectation: x}\ngate:\n  metrics:\n    exact: {}\n"


def test_a_suite_with_its_files(registry: Path) -> None:
    write(registry, {"evals/qa/shop.sql": "create", "evals/qa/labels.jsonl": "x", "evals/qa/deep/file": "x"})
    suite, problems = read_suite(Folder(registry), "qa")
    assert problems == []
    assert suite
    assert (suite.prompt, len(suite.cases), suite.path) == ("qa", 60, "evals/qa")
    assert suite.files == {"shop.sql": b"create"}
    assert suite.gate.metrics["contains"].floor == 0.5


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (SUITE.replace("    exact: {}", "    exat: {}"), 7, "'exat', but no scorer"),
        (SUITE.replace("  - exact\n", "  - exact\n  - exact\n"), 4, "two scorers are called 'exact'"),
        (SUITE.replace("  - exact\n", "  - {a: {}, b: {}}\n"), 3, "a scorer is a name"),
        (SUITE + "repeets: 2\n", 8, "unknown key 'repeets'"),
        (SUITE.replace("{}\n", "{margn: 0.1}\n"), 7, "unknown key 'gate.metrics.exact.margn'"),
        (SUITE + "dataset: other.jsonl\n", 0, "the dataset is missing"),
        ("[", 1, "not YAML"),
    ],
)
def test_suites_that_are_refused(registry: Path, text: str, line: int, says: str) -> None:
    write(registry, {"evals/qa/suite.yml": text})
    suite, problems = read_suite(Folder(registry), "qa")
    assert suite is None
    found = next(problem for problem in problems if says in problem.message)
    assert found.line == line or says == "not YAML"


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
