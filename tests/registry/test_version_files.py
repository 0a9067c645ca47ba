from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook.core.errors import (
    Problem,
)
from cuebook.registry.version_files import read_aliases, read_meta, read_version
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
        ("- a", 1, "block of keys", ""),
        (HEAD, 1, "neither of", ""),
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
        ("production: '3'\nstaging: 1", {"staging": 1}, ["number of a version"]),
        ("production: true", {}, ["number of a version"]),
        ("production: 0", {}, ["number of a version"]),
        ("latest: 1", {}, ["reserved"]),
        ("v1: 1", {}, ["reserved"]),
        ("Prod: 1\nproduction: x", {}, ["must begin", "number of a version"]),
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
