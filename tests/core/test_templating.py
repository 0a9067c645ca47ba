from __future__ import annotations

import sys
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.core import templating
from cuebook.core.errors import MissingExtra, RenderError
from cuebook.core.templating import render, template_problems, variables

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("no variable", {}),
        ("{{a}}", {"a": "string"}),
        ("{{ a }} {{b}} {{a}}", {"a": "string", "b": "string"}),
        ("{{a.b}}", {"a": "object"}),
        ("{{a}} {{a.b.c}}", {"a": "object"}),
        ("{{a.b}} {{a}}", {"a": "object"}),
        ("{{\n a \n}}", {"a": "string"}),
        ("{a} { {b} }", {}),
        ("{{a", {}),
        ("{{ a b }}", {}),
    ],
)
def test_simple_variables(text: str, found: dict[str, str]) -> None:
    assert variables([text]) == found


def test_variables_come_in_the_order_of_the_texts() -> None:
    assert list(variables(["{{b}} {{a}}", "{{c}} {{a.x}}"])) == ["b", "a", "c"]
    assert variables(["{{a}}", "{{a.x}}"]) == {"a": "object"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("{{ b }} {{ a }}", {"a": "string", "b": "string"}),
        ("{% for d in docs %}{{ d.text }}{% endfor %}", {"docs": "array"}),
        ("{{ user.name }}", {"user": "object"}),
        ("{% if flag %}x{% endif %}", {"flag": "string"}),
        ("{% set x = 1 %}{{ x }}", {}),
        ("{% raw %}{{ a }}{% endraw %}", {}),
        ("{{ name | upper }}", {"name": "string"}),
    ],
)
def test_jinja_variables(text: str, found: dict[str, str]) -> None:
    assert variables([text], "jinja2") == found


def test_variables_of_a_broken_jinja_template_are_an_error() -> None:
    with pytest.raises(RenderError):
        variables(["{% if %}"], "jinja2")


@pytest.mark.parametrize(
    ("text", "line", "shown", "cure"),
    [
        ("{{}}", 1, "{{}}", "put a variable's name"),
        ("{{ }}", 1, "{{ }}", "put a variable's name"),
        ("a\nb {{a-b}}", 2, "{{a-b}}", "write {{a_b}}"),
        ("{{a b}}", 1, "{{a b}}", "write {{a_b}}"),
        ("{{é}}", 1, "{{é}}", "write {{name}}, of letters a to z, digits and _"),
        ("{{1a}}", 1, "{{1a}}", "write {{a}}"),
        ("{{a|upper}}", 1, "{{a|upper}}", "jinja2"),
        ("{{#if a}}", 1, "{{#if a}}", "jinja2"),
        ("{{{a}}}", 1, "{{{a}}", "write {{a}}"),
        ("{{a.}}", 1, "{{a.}}", "write {{a}}"),
        ("{{.a}}", 1, "{{.a}}", "write {{a}}"),
        ('{{"a": 1}}', 1, '{{"a": 1}}', "for braces as text: templateFormat: jinja2, and {% raw %}"),
        ("{{name} and {{other}}", 1, "{{name} and {{other}}", "jinja2"),
        ("{{\n\nx y\n}}", 1, "{{ x y }}", "write {{x_y}}"),
    ],
)
def test_what_is_no_variable_comes_with_a_cure(text: str, line: int, shown: str, cure: str) -> None:
    ((found_line, message, hint),) = template_problems(text)
    assert found_line == line
    assert message.startswith(shown)
    assert cure in hint


@pytest.mark.parametrize(
    "text", ["", "{{a}}", "{{ a.b }}", "{ {a} }", "}}{{", "{{a", '{"a": {"b": 1}}', "{%"]
)
def test_templates_without_a_problem(text: str) -> None:
    assert template_problems(text) == []


def test_every_problem_has_its_own_line() -> None:
    assert [line for line, _, _ in template_problems("{{a b}}\n\n{{c d}}{{}}\n{{ok}}\n{{-}}")] == [1, 3, 3, 5]


def test_a_long_message_is_cut() -> None:
    ((_, message, hint),) = template_problems("{{" + "a " * 100_000 + "}}")
    assert len(message) < 100
    assert len(hint) < 200


@pytest.mark.parametrize("text", ["{{" * 400_000, "{" * 800_000, "{{a}" * 200_000])
def test_many_open_braces_take_no_quadratic_time(text: str) -> None:
    # At the speed of a pattern that looks ahead from each brace this would take hours.
    assert template_problems(text) == []
    assert variables([text]) == {}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x\n{% if %}", 2, "{% if %} cannot be read"),
        ("{{ a | nosuch }}", 1, "nosuch"),
        ("{{ a is nosuch }}", 1, "nosuch"),
        ("{% include 'x' %}", 1, "cannot load another file"),
        ("a\n{% import 'x' as y %}", 2, "cannot load another file"),
        ("{% extends 'x' %}", 1, "cannot load another file"),
        ("{% for a in b %}" * 30 + "{% endfor %}" * 30, 1, "cannot be compiled"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", 1, "cannot be compiled"),
    ],
)
def test_jinja_problems(text: str, line: int, says: str) -> None:
    ((found_line, message, _),) = template_problems(text, "jinja2")
    assert found_line == line
    assert says in message


def test_a_jinja_template_without_a_problem() -> None:
    assert template_problems("{% for a in b %}{{ a.c | upper }}{% endfor %}", "jinja2") == []


@pytest.mark.parametrize("template_format", ["simple", "jinja2"])
@settings(deadline=None)  # a jinja2 environment is made for each render
@given(value=st.text())
def test_a_value_is_never_looked_at_again(template_format: str, value: str) -> None:
    inputs = {"a": TEXT, "b": TEXT}
    filled = render(["<{{a}}|{{b}}>"], {"a": value, "b": "{{a}}{{secret}}{% raw %}"}, inputs, template_format)
    assert filled == [f"<{value}|{{{{a}}}}{{{{secret}}}}{{% raw %}}>"]


@given(st.lists(st.sampled_from(["{{a}}", "{{ a }}", "x", "{", "}", "\n", "}} "]), max_size=12))
def test_what_stands_between_variables_stays(parts: list[str]) -> None:
    text = "".join(parts)
    if not template_problems(text) and set(variables([text])) <= {"a"}:
        assert render([text], {"a": "{{a}}"}, {"a": TEXT}) == [text.replace("{{ a }}", "{{a}}")]


@pytest.mark.parametrize(
    ("text", "values", "kind", "filled"),
    [
        ("{{a}}", {"a": ""}, "string", ""),
        ("{{a}}", {"a": "é\n"}, "string", "é\n"),
        ("{{a}}", {"a": 3}, "string", "3"),
        ("{{a}}", {"a": 0.5}, "number", "0.5"),
        ("{{a}}", {"a": True}, "boolean", "true"),
        ("{{a}}", {"a": ["x", 1, None]}, "array", '["x", 1, null]'),
        ("{{a}}", {"a": ("x",)}, "array", '["x"]'),
        ("{{a}}", {"a": {"é": 1}}, "object", '{"é": 1}'),
        ("{{a}}", {"a": MappingProxyType({"b": 1})}, "object", '{"b": 1}'),
        ("{{a.b.c}}", {"a": {"b": {"c": "x"}}}, "object", "x"),
        ("{{a.b}}", {"a": {"b": [1]}}, "object", "[1]"),
    ],
)
def test_values_as_text(text: str, values: dict[str, Any], kind: str, filled: str) -> None:
    assert render([text], values, {"a": {"type": kind}}) == [filled]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"a": True}, "string"),
        ({"a": None}, "string"),
        ({"a": ["x"]}, "string"),
        ({"a": "1"}, "number"),
        ({"a": True}, "number"),
        ({"a": 1.0}, "integer"),
        ({"a": False}, "integer"),
        ({"a": 1}, "boolean"),
        ({"a": "x"}, "array"),
        ({"a": ["x"]}, "object"),
        ({"a": "2026-11-22"}, "date"),
    ],
)
def test_values_of_the_wrong_type(values: dict[str, Any], kind: str) -> None:
    with pytest.raises(RenderError, match=f"'a' must be {kind}"):
        render(["{{a}}"], values, {"a": {"type": kind}})


@pytest.mark.parametrize("value", [{"x": object()}, [float("nan")], {1: {2, 3}}])
def test_values_that_json_cannot_write(value: Any) -> None:
    kind = "array" if isinstance(value, list) else "object"
    with pytest.raises(RenderError, match="cannot be written as JSON"):
        render(["{{a}}"], {"a": value}, {"a": {"type": kind}})


@pytest.mark.parametrize("template_format", ["simple", "jinja2"])
def test_everything_wrong_is_named_at_once(template_format: str) -> None:
    inputs = {"context": TEXT, "question": TEXT, "tone": {"type": "string", "default": "calm"}}
    with pytest.raises(RenderError) as caught:
        render(["{{context}}"], {"qestion": "x", "tone": 1 == 1}, inputs, template_format)
    said = str(caught.value)
    assert "'context' is missing" in said
    assert "'question' is missing" in said
    assert "'qestion' is not a variable of this prompt (did you mean 'question'?)" in said
    assert "'tone' must be string, not true or false" in said


def test_a_prompt_without_inputs_takes_none() -> None:
    assert render(["x"], {}, {}) == ["x"]
    with pytest.raises(RenderError, match="it has none"):
        render(["x"], {"a": 1}, {})


def test_a_default_fills_what_is_left_out_and_gives_way() -> None:
    inputs = {"tone": {"type": "string", "default": "calm"}}
    assert render(["{{tone}}"], {}, inputs) == ["calm"]
    assert render(["{{tone}}"], {"tone": "brisk"}, inputs) == ["brisk"]


@pytest.mark.parametrize("values", [{"a": {}}, {"a": {"b": "x"}}, {"a": {"b": {}}}])
def test_a_part_that_is_not_there(values: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="has no value"):
        render(["{{a.b.c}}"], values, {"a": {"type": "object"}})


def test_a_template_that_was_never_checked_is_still_refused() -> None:
    with pytest.raises(RenderError, match="is not a variable"):
        render(["{{a|upper}}"], {"a": "x"}, {"a": TEXT})


@pytest.mark.parametrize("text", ["{{context} {{question}}", "{{context {{question}}", "{{context}, {{q}}"])
def test_braces_that_are_not_closed_are_shown_closed(text: str) -> None:
    ((_, _, cure),) = template_problems(text)
    assert cure.startswith("close it with two braces: {{context}};")


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("{% for d in docs %}[{{ d }}]{% endfor %}", {"docs": ["a", "<b>"]}, "[a][<b>]"),
        ("{{ docs | length }}\n", {"docs": []}, "0\n"),
    ],
)
def test_jinja(text: str, values: dict[str, Any], filled: str) -> None:
    assert render([text], values, {"docs": {"type": "array"}}, "jinja2") == [filled]


@pytest.mark.parametrize(
    "text",
    [
        "{{ docs.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ nothing }}",
        "{{ docs[9] }}",
        "{{ docs.append(1) }}",
        "{{ 1 / 0 }}",
        "{{ '%(a)s' % {} }}",
        "{{ '%d' % 'x' }}",
        "{% include 'x' %}",
        "{{ range(10 ** 9) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ docs | nosuch }}",
    ],
)
def test_a_jinja_template_that_fails_is_a_render_error(text: str) -> None:
    with pytest.raises(RenderError):
        render([text], {"docs": []}, {"docs": {"type": "array"}}, "jinja2")


def test_without_jinja_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.delitem(sys.modules, "cuebook.core.limited_jinja", raising=False)
    with pytest.raises(MissingExtra, match=r"cuebook\[jinja2\]"):
        render(["x"], {}, {}, "jinja2")


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        ("x", "string", True),
        (1, "string", True),
        (True, "string", False),
        (None, "string", False),
        (1, "unknown", False),
    ],
)
def test_has_type(value: Any, kind: str, fits: bool) -> None:
    assert templating.has_type(value, kind) is fits
