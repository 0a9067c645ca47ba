from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cuebook.core.errors import (
    Problem,
)
from cuebook.registry.version_files import as_file, read_aliases, read_meta, read_version
from cuebook.shapes.run import Version
from cuebook.shapes.split import Origin, Shares

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
        (
            HEAD + "messages: Hello\n",
            3,
            "messages: expected a list, got text",
            "write each after '- ', with its keys: role, content",
        ),
        (HEAD + "messages:\n  - rol: user\n    content: x", 4, "message 1", ""),
        (HEAD + "template: '{{a}}'\ninputs:\n  a:\n    typ: string", 6, "unknown key 'inputs.a.typ'", "type"),
        (
            HEAD + "template: '{{a}}'\ninputs:\n  b: {}",
            4,
            "uses {{a}}",
            "add 'a: {type: string}' under 'inputs'",
        ),
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
    ("text", "says"),
    [
        ("template: x\nmessages: [{role: user, content: x}]\n", "both of 'messages'"),
        ("messages: [{role: user, content: x}]\ntoolChoice: auto\n", "there are no tools"),
        ("template: x\nresponseFormat: json_schema\n", "json_schema needs a schema"),
        ("template: '{{a}}'\ninputs: {b: {}}\n", "'b' is never used"),
        (
            "messages: [{role: user, content: x}]\ntools: [{name: a, parameters: {type: objct}}]\n",
            "not a JSON",
        ),
    ],
)
def test_a_key_that_is_missing_or_unknown_hides_no_other_fault(text: str, says: str) -> None:
    found = [problem.message for problem in read("modle: offline/rules\nnotes: x\n" + text)[1]]
    assert sum(says in message for message in found) == 1
    assert {"'message' is missing", "unknown key 'modle'", "unknown key 'notes'"} <= set(found)


@pytest.mark.parametrize(
    "refused", ["tools: 1", "responseFormat: xml\njsonSchema: {name: a, schema: {}}", "tols: []"]
)
def test_what_follows_from_a_refused_key_is_no_fault_of_its_own(refused: str) -> None:
    text = f"messages: [{{role: user, content: x}}]\n{refused}\n"
    assert len(read(HEAD + text)[1]) == 1


@pytest.mark.parametrize(
    ("text", "aliases", "says"),
    [
        ("production: 3\nstaging: 4", {"production": 3, "staging": 4}, []),
        ("{}", {}, []),
        ("", {}, ["empty"]),
        ("- a", {}, ["must map"]),
        ("production: '3'\nstaging: 1", {"staging": 1}, ["version number"]),
        ("production: true", {}, ["version number"]),
        ("production: 0", {}, ["version number"]),
        ("latest: 1", {}, ["reserved"]),
        ("v1: 1", {}, ["reserved"]),
        ("Prod: 1\nproduction: x", {}, ["must begin", "version number"]),
        ("production: 1\nproduction: 2", {}, ["duplicate"]),
    ],
)
def test_aliases(text: str, aliases: dict[str, int], says: list[str]) -> None:
    found, problems = read_aliases(text.encode(), "aliases.yml")
    assert found == aliases
    assert [said in problem.message for said, problem in zip(says, problems, strict=True)] == [True] * len(
        says
    )


def test_a_colon_without_a_space_is_shown_with_the_files_own_number() -> None:
    """Whoever writes what a cure shows must not move production."""
    (problem,) = read_aliases(b"production:2\n", "aliases.yml")[1]
    assert problem.hint == "write a space after each colon: production: 2"
    assert read_meta("title\uff1aT\n".encode(), "meta.yml")[1][0].hint.endswith("title: T")


def test_meta() -> None:
    meta, problems = read_meta(b"title: T\nretired: [1]\n", "meta.yml")
    assert meta
    assert (meta.title, meta.retired, meta.tags, problems) == ("T", [1], [], [])
    meta, problems = read_meta(b"titel: T\n", "meta.yml")
    assert meta is None
    assert "title" in str(problems)


TOOLS = """\
messages: [{role: user, content: '{{name}}'}]
tools:
  - name: look_up
    description: Look a person up.
    parameters:
      type: object
      properties: {id: {type: [string, 'null'], default: null}}
      required: [id]
      additionalProperties: false
    strict: true
toolChoice: {name: look_up}
parallelToolCalls: false
"""


def test_a_version_with_tools() -> None:
    version, problems = read(HEAD + TOOLS)
    assert problems == []
    assert version
    assert version.calling == {
        "tools": [
            {
                "name": "look_up",
                "description": "Look a person up.",
                "parameters": {
                    "type": "object",
                    "properties": {"id": {"type": ["string", "null"], "default": None}},
                    "required": ["id"],
                    "additionalProperties": False,
                },
                "strict": True,
            }
        ],
        "toolChoice": {"name": "look_up"},
        "parallelToolCalls": False,
    }
    again, _ = read(json.dumps({"message": "m"} | as_file(version)))
    assert again
    assert again.digest == version.digest


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "cure"),
    [
        (
            "name: look_up\n",
            "name: look.up\n",
            5,
            "tool 1, name: it is 'look.up', which is not a valid name for a tool",
            "lookup_order",
        ),
        ("description:", "descripton:", 6, "tool 1: unknown key 'descripton'", "'description'"),
        ("{name: look_up}", "{name: look}", 13, "no tool is called 'look'", "'look_up'"),
        ("{name: look_up}", "alway", 13, "toolChoice: 'alway' is not a known value", "auto"),
        ("{name: look_up}", "{nam: look_up}", 13, "unknown key 'toolChoice.nam'", "'name'"),
        ("tools:\n", "tools:\n  - {name: look_up}\n", 4, "two tools are called 'look_up'", "rename"),
        (
            "      additionalProperties: false\n",
            "",
            7,
            "strict needs additionalProperties: false in each object (missing at its top)",
            "add it",
        ),
        ("[string, 'null']", "strin", 9, "not a JSON Schema: properties.id.type", "'string'"),
    ],
)
def test_what_is_wrong_with_a_tool(old: str, new: str, line: int, says: str, cure: str) -> None:
    version, problems = read(HEAD + TOOLS.replace(old, new, 1))
    assert version is None
    found = problems[0]
    assert (found.line, found.severity) == (line, "error")
    assert says in found.message
    assert cure in found.hint


@pytest.mark.parametrize(
    ("tool", "says", "cure"),
    [
        (
            "{type: function, function: {name: a, parameters: {}}}",
            "as OpenAI's API takes it",
            "below 'function'",
        ),
        ("{name: a, inputSchema: {}}", "as MCP writes it", "write 'parameters'"),
        ("{name: a, input_schema: {}, type: custom}", "as Anthropic writes it", "write 'parameters'"),
    ],
)
def test_a_tool_of_another_format_is_one_error(tool: str, says: str, cure: str) -> None:
    (problem,) = read(HEAD + f"messages: [{{role: user, content: x}}]\ntools:\n  - {tool}\n")[1]
    assert problem.line == 5
    assert says in problem.message
    assert cure in problem.hint


def test_tools_that_do_not_go_together_hide_no_fault_of_one() -> None:
    text = (
        "messages: [{role: user, content: x}]\ntools:\n  - {name: a, description: null, parameters: "
        "{type: object, properties: {b: {$ref: 'https://e.x/s.json'}}}}\n  - {name: a}\n"
    )
    twice, address = (problem.message for problem in read(HEAD + text)[1])
    assert "two tools are called 'a'" in twice
    assert "tool 1, parameters: " in address


def test_braces_in_a_tool_are_text() -> None:
    version, problems = read(HEAD + TOOLS.replace("a person", "{{name}}"))
    assert version
    assert [(item.line, item.severity) for item in problems] == [(6, "warning")]
    assert "nothing is filled in tools" in problems[0].message


def test_strict_without_a_schema() -> None:
    version, problems = read(
        HEAD + "messages: [{role: user, content: x}]\ntools: [{name: a, strict: true}]\n"
    )
    assert version is None
    assert "strict needs the parameters' schema" in problems[0].message


@pytest.mark.parametrize(
    ("more", "what", "cure"),
    [
        (
            "name: x\ntestData: []\nevaluators: []\n",
            "keys of GitHub Models' format, not of a version: ",
            "cuebook import",
        ),
        (
            "responseFormat: json_schema\njsonSchema: {type: object, properties: {}}\n",
            "jsonSchema: this is the schema itself",
            "the schema below that",
        ),
    ],
)
def test_a_part_in_another_form_is_one_error(more: str, what: str, cure: str) -> None:
    (problem,) = read_version(f"{HEAD}template: a\n{more}".encode(), "v1.prompt.yml", "qa", 1)[1]
    assert problem.message.startswith(what)
    assert cure in problem.hint


ORIGIN = "origin: {kind: optimize, suite: qa, split: cuebook-split/1, train: 0.3, choose: 0.1}\n"


def test_the_origin_of_a_version_changes_no_digest_and_is_not_taken_over() -> None:
    made, problems = read(f"{HEAD}template: a\n{ORIGIN}")
    plain, _ = read(f"{HEAD}template: a\n")
    assert made is not None
    assert plain is not None
    assert (made.origin, problems) == (Origin("qa", Shares(0.3, 0.1)), [])
    assert made.digest == plain.digest
    assert as_file(made) == as_file(plain)


@pytest.mark.parametrize("wrong", ["train: 0.4", "train: 0", "choose: 0.3", "kind: other", "split: mine/1"])
def test_an_origin_that_is_refused(wrong: str) -> None:
    key = wrong.partition(":")[0]
    text = re.sub(rf"{key}: [^,}}]*", wrong, ORIGIN)
    version, (problem,) = read(f"{HEAD}template: a\n{text}")
    assert (version, problem.key) == (None, f"origin.{key}")
