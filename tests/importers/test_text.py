from __future__ import annotations

from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.templating import render
from cuebook.importers.text import sniff

MODEL = "openai/gpt-6-luna"


def taken(text: str, path: str = "letter.txt", **changes: Any) -> importers.Imported:
    return importers.read("text", importers.Request(path, text.encode(), model=MODEL, **changes))


def body(text: str, path: str = "letter.txt", **changes: Any) -> dict[str, Any]:
    return dict(taken(text, path, **changes).prompts[0].versions[0].body)


@pytest.mark.parametrize(
    ("text", "way", "template"),
    [
        ("Dear {name}, as JSON: {{1}}.\n", "f-string", "Dear {{name}}, as JSON: {1}.\n"),
        ("Dear {a.b}", "f-string", "Dear {{a.b}}"),
        ("Write {{{{x}}}} for {y}", "f-string", "Write {% raw %}{{x}}{% endraw %} for {{ y }}"),
        ("Sum up {{ text }}\n", "", "Sum up {{ text }}\n"),
        ("No variable", "", "No variable"),
        ("Keep {x} and {{y}}", "plain", "Keep {x} and {% raw %}{{y}}{% endraw %}"),
        ("{% if a %}x{% endif %}", "jinja2", "{% if a %}x{% endif %}"),
    ],
)
def test_variables_are_what_they_were(text: str, way: str, template: str) -> None:
    assert body(text, template=way)["template"] == template


@pytest.mark.parametrize("text", ["{% endraw %}{{x}}", "{{ a", "}} {{", "{#", "a {% b"])
def test_plain_text_stays_what_it_is_whatever_it_holds(text: str) -> None:
    made = body(text, template="plain")
    assert render([made["template"]], {}, {}, made.get("templateFormat", "simple")) == [text]


def test_braces_that_may_be_text_are_asked_for() -> None:
    with pytest.raises(InvalidFiles) as asked:
        taken("Dear all,\n{name}\n")
    assert "letter.txt:2" in str(asked.value)
    assert "--template f-string for a variable, --template plain for text" in str(asked.value)


def test_what_looks_like_a_variable_is_said() -> None:
    made = taken("# Task\n\nFor ${reader} on {{date}}.\n", "note.md")
    assert [(note.line, note.message) for note in made.notes] == [
        (3, "${reader} looks like a variable but is text")
    ]
    assert made.prompts[0].name == "note"


@pytest.mark.parametrize(
    ("text", "way", "line", "says"),
    [
        ("{{#if x}}\n\n\n\nthe text\n", "simple", 1, "text with {{ }} or the like -> jinja2 with raw"),
        ("a text\n{{ y }}\n{{#if x}}", "simple", 3, "text with {{ }} or the like -> jinja2 with raw"),
        ("{a}\n{{{{\n{{b}} {b}\n{{c}}\n", "f-string", 2, "text with {{ }} or the like -> jinja2 with raw"),
        ("no\n{{ a }}\n{b} and\n{b}", "simple", 3, "{b} looks like a variable but is text"),
        ("x: 1\n{% if x %}{{ x }}{% endif %}", "jinja2", 2, "x: its default is empty"),
    ],
)
def test_a_note_has_the_line_that_it_is_about(text: str, way: str, line: int, says: str) -> None:
    (note,) = taken(text, template=way).notes
    assert (note.line, note.message[: len(says)]) == (line, says)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Dear\n{name},\n{x!r} and {y:.2f}\n{f(z)}", [3, 3, 4]),
        ("{{a}}\n{b}\n{c:{d}}\n{e!s:>4}\n{f:}\n}}{{\n{g", [3, 4, 7]),
        ("{a}\n{\nb}\n{c\n", [2, 4]),
        ("{a}\n}}\n} {b!r}", [3]),
        ("a\n{", [2]),
    ],
)
def test_faults_of_an_f_string_have_their_lines(text: str, lines: list[int]) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        taken(text, template="f-string")
    assert [problem.line for problem in wrong.value.problems] == lines


@pytest.mark.parametrize(
    ("text", "changes", "says"),
    [
        ("{x!r}", {"template": "f-string"}, "{x!r} is more than a name"),
        ("{x:.2f}", {"template": "f-string"}, "{x:.2f} is more than a name"),
        ("{f(x)}", {"template": "f-string"}, "is more than a name"),
        ("{", {"template": "f-string"}, "its braces do not match"),
        ("{% if %}", {"template": "jinja2"}, "--template"),
        ("{% include 'x' %}", {"template": "jinja2"}, "cannot load another file"),
        (" \n", {}, "no text"),
        ("Use tools", {"path": "AGENTS.md"}, "it is not a prompt file"),
    ],
)
def test_what_no_template_says_is_refused(text: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        taken(text, **changes)
    assert says in str(wrong.value)


def test_sniffing() -> None:
    assert [sniff(path, b"x") for path in ("a.txt", "a.md", "a.j2", "a.py")] == [
        "maybe",
        "maybe",
        "maybe",
        "no",
    ]
