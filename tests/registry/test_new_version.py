from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook import check
from cuebook.core.errors import Problem
from cuebook.core.files import Folder
from cuebook.registry.new_version import _LOOKALIKE, new_version_problems
from cuebook.registry.version_files import read_version
from fixtures.new_versions import new_versions, refused

PATH = "prompts/qa/v1.prompt.yml"


def problems(text: str) -> list[Problem]:
    version, found = read_version(text.encode(), PATH, "qa", 1)
    assert version is not None, found
    return new_version_problems(version, text.encode())


def with_schema(schema: Any, **settings: Any) -> str:
    given = json.dumps({"name": "answer", "schema": schema} | settings)
    head = "message: M\nmodel: offline/rules\ntemplate: '{{x}}'\n"
    return f"{head}responseFormat: json_schema\njsonSchema: {given}\n"


STRICT = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"type": "integer"}}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "settings", "message"),
    [
        ({"type": "objekt"}, {}, "not a JSON Schema"),
        ({"enum": []}, {"name": "my answer"}, "name 'my answer' is refused by providers"),
        ({"enum": [1]}, {"name": "a" * 65}, "refused by providers"),
        ({"pattern": "a("}, {}, "not a regular expression"),
        ({"pattern": r"\Aa\Z"}, {}, "RE2 cannot compile"),
        ({"items": {"$ref": "http://169.254.169.254/x"}}, {}, "does not hold"),
        ({"unevaluatedProperties": False}, {}, "not checked within a limit"),
        (STRICT | {"additionalProperties": True}, {"strict": True}, "missing at its top)"),
        (STRICT | {"required": ["a"]}, {"strict": True}, "(missing at its top: 'b')"),
        ({"type": "array"}, {"strict": True}, "needs an object at"),
        (STRICT | {"$defs": {"c": {"type": "object"}}}, {"strict": True}, "(missing at /$defs/c)"),
    ],
)
def test_a_schema_that_providers_or_the_check_would_refuse(
    schema: Any, settings: dict[str, Any], message: str
) -> None:
    [found] = problems(with_schema(schema, **settings))
    assert message in found.message
    assert (found.line, found.since, bool(found.hint)) == (5, "0.1.0", True)


@pytest.mark.parametrize("settings", [{}, {"strict": True}, {"strict": False}])
def test_good_schemas(settings: dict[str, Any]) -> None:
    assert problems(with_schema(STRICT, **settings)) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{type: number, default: 1.0}", "the default 1.0 has the digest of 1, "),
        ("{type: number, default: -0.0}", "the default -0.0 has the digest of 0, "),
        ("{type: number, default: 1.0e+20}", "has the digest of 100000000000000000000, "),
        ("{default: 3.0}", "the default 3.0 has the digest of 3, "),
        ("{type: array, default: [1, {a: [2.0]}]}", "the default 2.0"),
        ("{type: integer, default: 9007199254740993}", "is beyond 2^53"),
        ("{type: number, default: -100000000000000000000}", "is beyond 2^53"),
    ],
)
def test_a_default_has_one_text_for_one_digest(spec: str, message: str) -> None:
    [found] = problems(f"message: M\nmodel: offline/rules\ninputs:\n  x: {spec}\ntemplate: '{{{{x}}}}'\n")
    assert message in found.message
    assert (found.line, bool(found.hint)) == (4, True)


@pytest.mark.parametrize(
    "value", ["1", "-7", "1.5", "9007199254740992", "'1.0'", "[1, 2.5]", "true", "1.5e-7"]
)
def test_other_defaults_are_fine(value: str) -> None:
    kind = (
        "array" if "[" in value else "boolean" if value == "true" else "string" if "'" in value else "number"
    )
    spec = f"{{type: {kind}, default: {value}}}"
    assert problems(f"message: M\nmodel: offline/rules\ninputs: {{x: {spec}}}\ntemplate: '{{{{x}}}}'\n") == []


def test_parameters_and_schemas_have_numbers_that_a_double_holds() -> None:
    head = "message: M\nmodel: offline/rules\ntemplate: '{{x}}'\n"
    assert problems(head + "modelParameters: {temperature: 1.0, seed: 9007199254740992}\n") == []
    [found] = problems(head + "modelParameters: {seed: 9007199254740993}\n")
    assert (found.line, "beyond 2^53" in found.message) == (4, True)
    [found] = problems(with_schema({"maximum": 1 << 60}))
    assert "beyond 2^53" in found.message
    assert problems(with_schema({"maximum": 1.0})) == []


HEAD = "message: M\nmodel: offline/rules\n"


@pytest.mark.parametrize(
    ("text", "line", "severity", "message", "cure"),
    [
        (HEAD + "template: |\n  {{x}}\n  and {{y\n", 5, "error", "{{y has no closing", "write {{y}}"),
        (
            HEAD + "template: 'a }} {{x'\n",
            3,
            "error",
            "{{x has no closing",
            "write {{x}}; for braces as text: templateFormat: jinja2, and {% raw %}",
        ),
        (HEAD + "template: '{{x}} for {x}'\n", 3, "warning", "{x} looks like a variable", "write {{x}}"),
        (HEAD + "template: '{name}: hello'\n", 3, "warning", "{name} looks like", "write {{name}}"),
        (HEAD + "messages: [{role: user, content: '${x} {{y}}'}]\n", 3, "warning", "${x} looks", "{{x}}"),
        (HEAD + "template: '${{ env.A }}'\n", 3, "warning", "another tool's syntax", "{% raw %}"),
        ("message: fixes #12\n" + HEAD[11:] + "template: '{{x}}'\n", 1, "warning", "no '#12'", "in quotes"),
        (HEAD + "template: '{%- if x %}{{x}}{% endif %}'\n", 3, "warning", "{%- if x %} is sent", "jinja2"),
        (HEAD + "template: |\n  {{x}}\n  {% for a in x %}\n", 5, "warning", "{% for a in x %} is", "raw"),
        (HEAD + "inputs: {x: {default: 3}}\ntemplate: '{{x}}'\n", 3, "warning", "'x' is a number", '"3"'),
        (HEAD + "inputs: {x: {default: 0.5}}\ntemplate: '{{x}}'\n", 3, "warning", "is a number", '"0.5"'),
        (HEAD + "template: Say {{x}} # from {{y}}\n", 3, "warning", "no '# from {{y}}'", "in quotes"),
    ],
)
def test_text_that_its_writer_meant_otherwise(
    text: str, line: int, severity: str, message: str, cure: str
) -> None:
    [found] = problems(text)
    assert (found.line, found.severity) == (line, severity)
    assert message in found.message
    assert cure in found.hint


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "template: 'as {\"a\": 1}, {x, y} or {a b}: {{x}}'\n",
        HEAD + "template: 'a set {y} of {{x}}'\n",
        HEAD + "templateFormat: jinja2\ntemplate: '{x} {{ x }} ${y}'\n",
        HEAD + "templateFormat: jinja2\ntemplate: '{% if x %}{{ x }}{% endif %}'\n",
        HEAD + "templateFormat: jinja2\ntemplate: '{% raw %}{% if x %}{% endraw %}{{ x }}'\n",
        HEAD + "template: '10 {% of 20 %} {{x}}'\n",
        HEAD + "inputs: {x: {default: \"3\"}}\ntemplate: '{{x}}'\n",
        HEAD + "template: 'issue #12 of {{x}}'  # a comment\n",
        HEAD + "template: |\n  {{x}} # a heading\n",
    ],
)
def test_text_that_is_meant_as_it_is(text: str) -> None:
    assert problems(text) == []


def test_a_template_says_the_same_each_time() -> None:
    head = "message: M\nmodel: offline/rules\ntemplateFormat: jinja2\n"
    [found] = problems(head + "template: |\n  {{ x }}\n  {{ x|random }}\n")
    assert (found.line, "'random' writes a different text" in found.message) == (6, True)
    [found] = problems(head + "messages:\n  - {role: user, content: '{{ x }}{{ lipsum() }}'}\n")
    assert (found.line, "'lipsum'" in found.message) == (5, True)
    assert problems("message: M\nmodel: offline/rules\ntemplate: 'random {{x}} lipsum'\n") == []


@pytest.mark.parametrize("base", [None, "the same", "another"])
def test_only_files_that_the_base_has_not_are_refused(tmp_path: Path, base: str | None) -> None:
    text = with_schema({"pattern": r"a\Z"})
    here = Folder(write(tmp_path / "here", {PATH: text}))
    before = Folder(write(tmp_path / "before", {PATH: text if base == "the same" else text + "\n"}))
    found = [item for item in check.check(here, before if base else None) if "RE2" in item.message]
    assert [item.severity for item in found] == ["warning" if base == "the same" else "error"]


@pytest.mark.parametrize(
    ("scorer", "files", "place", "message"),
    [
        ("regex: {pattern: '(?!a)b'}", {}, "suite.yml:3", "RE2 cannot compile"),
        ("regex", {}, "dataset.jsonl:1", "of case 'a': RE2 cannot compile"),
        ("regex: {expectation: wrong}", {}, "dataset.jsonl:1", "of case 'a': not a regular expression"),
        ("json_schema: {schema: {type: 5}}", {}, "suite.yml:3", "not a JSON Schema"),
        ("json_schema: {schema: s.json}", {}, "suite.yml:3", "no file 's.json'"),
        ("json_schema: {schema: s.json}", {"s.json": '{"$ref": "file:///etc/passwd"}'}, "s.json", "not hold"),
    ],
)
def test_what_a_suite_brings_follows_the_same_rules(
    tmp_path: Path, scorer: str, files: dict[str, str], place: str, message: str
) -> None:
    case = {"id": "a", "inputs": {"x": "1"}, "expectations": {"answer": r"a\Z", "wrong": "("}}
    name = scorer.partition(":")[0]
    written = {
        PATH: "message: M\nmodel: offline/rules\ntemplate: '{{x}}'\n",
        "prompts/qa/meta.yml": "title: Q\n",
        "prompts/qa/aliases.yml": "production: 1\n",
        "evals/qa/suite.yml": (
            f"prompt: qa\nscorers:\n  - {scorer}\ngate: {{metrics: {{{name}: {{margin: 0.1}}}}}}\n"
        ),
        "evals/qa/dataset.jsonl": json.dumps(case) + "\n",
        **{f"evals/qa/{file}": text for file, text in files.items()},
    }
    [found] = [item for item in check.check(Folder(write(tmp_path, written))) if message in item.message]
    assert (found.severity, bool(found.since)) == ("error", True)
    assert f"{found.file}:{found.line}".startswith(f"evals/qa/{place}")
    assert message in found.message


@pytest.mark.parametrize("item", new_versions(), ids=lambda item: item["why"])
def test_what_the_site_s_form_refuses_is_refused_here_and_nothing_else(item: dict[str, Any]) -> None:
    assert refused(item["file"]) == bool(item["wrong"])


def test_a_text_is_left_out_only_where_no_brace_stands_alone() -> None:
    for parts in product(("{", "}", "$", "a", " "), repeat=6):
        text = "".join(parts)
        if "${{" not in text and "{" not in text.replace("{{", ""):
            assert not _LOOKALIKE.search(text), text


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (
            "tools:\n- name: look\n  parameters: {type: object, properties: {a_b: {}}, required: [ab]}\n",
            7,
            "required lists 'ab', which is not a property there",
            "did you mean 'a_b'?",
        ),
        (
            "- {role: system, content: ''}\n",
            4,
            "the system message is empty, and some providers refuse empty messages",
            "write what it says, or take it out",
        ),
        (
            "- {role: user, content: 'Of \uff5b\uff5bx\uff5d\uff5d'}\n",
            4,
            "\uff5b\uff5bx\uff5d\uff5d looks like a variable, but is text",
            "write {{x}}",
        ),
    ],
)
def test_slips_of_new_versions_are_warnings(text: str, line: int, message: str, hint: str) -> None:
    head = "message: M\nmodel: offline/rules\nmessages:\n"
    user = "- {role: user, content: Hi}\n"
    (found,) = problems(head + (user + text if text.startswith("tools") else text + user))
    assert (found.message, found.hint, found.severity) == (message, hint, "warning")
    assert (found.line, found.since) == (line, "0.1.0")


def test_a_schema_may_tell_a_required_property_elsewhere() -> None:
    schema = {"type": "object", "properties": {}, "required": ["a"], "anyOf": [{"properties": {"a": {}}}]}
    assert problems(with_schema(schema)) == []
    [found] = problems(with_schema({"type": "object", "properties": {"b": {}}, "required": ["a"]}))
    assert found.message.startswith("required lists 'a'")
