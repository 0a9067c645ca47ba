from __future__ import annotations

import time

import pytest

from cuebook.core.errors import RenderError
from cuebook.core.jinja_words import slips
from cuebook.core.limited_jinja import LimitedEnvironment
from cuebook.core.templating import new_template_problems, render


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\n{{ x + }}", [(2, "jinja2: {{ x + }} cannot be read", "{% raw %}")]),
        ('{"a": {{x}}, {{"b": 1}}}', [(1, 'jinja2: {{"b": 1}} cannot be read', "{% raw %}")]),
        ("{{ x ? 1 }}", [(1, "jinja2: {{ x ? 1 }} cannot be read", "correct it")]),
        ("{{ x | uper }}", [(1, "jinja2 has no filter 'uper'", "did you mean 'upper'?")]),
        ("{{ x is foo }}", [(1, "jinja2 has no test 'foo'", "")]),
        ("{% iff x %}", [(1, "jinja2 has no {% iff %}", "did you mean 'if'?")]),
        (
            "{% if x %}\n{% for a in x %}\n",
            [(2, "{% for a in x %} is opened and not closed", "{% endfor %}")],
        ),
        ("{% for a in x %}{% endif %}", [(1, "{% endif %} comes where {% for %} is open", "{% endfor %}")]),
        ("x\n{% endif %}", [(2, "{% endif %} closes nothing: no block is open here", "take it out")]),
        ("{% raw %}{{", [(1, "{% raw %} is opened and not closed", "{% endraw %}")]),
        ("{# {{ x }}", [(1, "{# is opened and not closed", "#}")]),
        (
            "{{1}}" * 30_000,
            [(1, "jinja2: the template is too long: more than 50,000 names and signs", "make it shorter")],
        ),
        ("a {{ x }}\n{{ question", [(2, "{{ question has no closing braces", "close them")]),
        ("{% if x ++ %}{% endif %}", [(1, "jinja2: {% if x ++ %} cannot be read", "correct it")]),
        ("{% set = 3 %}", [(1, "jinja2: {% set = 3 %} cannot be read", "correct it")]),
    ],
)
def test_a_slip_is_said_in_our_words(text: str, found: list[tuple[int, str, str]]) -> None:
    said = slips(LimitedEnvironment(), text)
    assert [(line, what) for line, what, _ in said] == [(line, what) for line, what, _ in found]
    assert all(part in cure for (_, _, cure), (_, _, part) in zip(said, found, strict=True))


def test_every_slip_of_a_template_is_found_at_once() -> None:
    text = "{{ a + }}\n{{ b | uper }} {{ c ) }}\n{{ d | lowwer }}\n{% if e %}\n"
    assert sorted(line for line, _, _ in slips(LimitedEnvironment(), text)) == [1, 2, 4]
    closed = slips(LimitedEnvironment(), text + "{% endif %}")
    assert sorted(line for line, _, _ in closed) == [1, 2, 2, 3]


def test_what_a_branch_does_not_know_is_found_in_a_new_version() -> None:
    text = "{% if x %}{{ x | uper }}{% endif %}"
    assert slips(LimitedEnvironment(), text) == []
    assert [what for _, what, _ in new_template_problems(text)] == ["jinja2 has no filter 'uper'"]


@pytest.mark.parametrize(
    "text", ["{{" * 200_000, "{{ a + }}" * 50_000, "{{ a + }} " * 1_000, "{% if a %}\n" * 9_000]
)
def test_a_template_of_many_slips_is_read_in_bounded_time(text: str) -> None:
    before = time.process_time()
    assert slips(LimitedEnvironment(), text)
    assert time.process_time() - before < 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ x.y }}", "no value has 'y'"),
        ("{{ x[9] }}", "no value has '9'"),
        ("{{ 1 / 0 }}", "it divides by zero"),
        ("{{ x + 'a' }}", "it uses an operation that the type of a value does not support"),
        ("{% if x %}{{ x | nosuch }}{% endif %}", "jinja2 has no filter 'nosuch'"),
        ("{{ x.append(1) }}", "it uses an attribute that templates may not use"),
        ("{{ x() }}", "it uses an operation that the type of a value does not support"),
    ],
)
def test_why_filling_stopped_is_said_in_our_words(text: str, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        render([text], {"x": [1]}, {"x": {"type": "array"}}, "jinja2")
    assert caught.value.message == f"jinja2: {said}"
