from __future__ import annotations

import pytest

from cuebook.core.templating import render, variables
from cuebook.importers._notes import Notes
from cuebook.importers._nunjucks import nunjucks
from cuebook.importers._templates import CannotSay, Texts


def converted(text: str) -> tuple[str, str, list[str]]:
    notes = Notes("a.yaml")
    texts = Texts(notes)
    texts.add(["prompts", 0], nunjucks(text, notes, ["prompts", 0]))
    (made,), form = texts.finish()
    return made, form, [note.message for note in notes.notes]


@pytest.mark.parametrize(
    ("text", "made", "form"),
    [
        ("Hi {{name}}, {{ a.b }}", "Hi {{name}}, {{ a.b }}", "simple"),
        ("{{ x | dump }}", "{{ x | tojson }}", "jinja2"),
        ("{{ x | upper | trim }}", "{{ x | upper | trim }}", "jinja2"),
        ("{{ x | safe }}!", "{{ x  }}!", "jinja2"),
        ("{% if a === 'b' && not c %}y{% elseif d %}z{% endif %}", None, "jinja2"),
        ("{% for n in ns %}{{ loop.index }}{{ n }}{% endfor %}", None, "jinja2"),
        ("{% if xs.length %}{{ xs[0] }}{% endif %}", None, "jinja2"),
    ],
)
def test_what_both_engines_have_is_taken_over(text: str, made: str | None, form: str) -> None:
    got, kind, _ = converted(text)
    assert kind == form
    assert made is None or got == made
    assert variables([got], kind)


def test_operators_mean_what_they_meant() -> None:
    text, form, _ = converted(
        "{% if a === 'b' && xs.length %}yes{% elseif c || d %}or{% else %}no{% endif %}"
    )
    inputs = {name: {"type": "string", "default": ""} for name in ("a", "c", "d")} | {"xs": {"type": "array"}}
    assert render([text], {"a": "b", "xs": [1]}, inputs, form) == ["yes"]
    assert render([text], {"a": "b", "xs": [], "d": "x"}, inputs, form) == ["or"]
    assert render([text], {"a": "x", "xs": [1]}, inputs, form) == ["no"]


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("{{ env.KEY }}", "values of the tool itself", 1),
        ("a\n{% include 'x' %}", "block include", 2),
        ("{{ x | mystery }}", "filter mystery", 1),
        ("{% for k, v in xs %}{{ k }}{% endfor %}", "keys and values", 1),
        ("{% for m in _conversation %}{{ m }}{% endfor %}", "values of the tool itself", 1),
        ("a\n{% if x %}", "", 2),
        ('{{"a": {{x}} }}', "", 1),
    ],
)
def test_what_only_nunjucks_has_is_refused_with_its_line(text: str, why: str, line: int) -> None:
    with pytest.raises(CannotSay) as refused:
        converted(text)
    assert why in refused.value.why
    assert refused.value.line == line


def test_changes_are_said() -> None:
    assert converted("{{ x | dump }}{{ y | safe }}")[2] == [
        "filter dump -> tojson",
        "filter safe was left out",
    ]
