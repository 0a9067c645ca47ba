from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
from cuebook.core.templating import render
from cuebook.traces._inverse import inverse, read_back
from shared_vectors import vectors


@pytest.mark.parametrize(
    ("template", "text", "values"),
    [
        ("Hi {{name}}!", "Hi Ada!", {"name": "Ada"}),
        ("Hi {{name}}!", "Ho Ada!", None),
        ("Hi {{name}}!", "Hi!", None),
        ("{{a}} - {{b}}", "x - y", {"a": "x", "b": "y"}),
        ("{{a}} - {{b}}", "x - y - z", None),
        ("{{a}}{{b}}", "xy", None),
        ("{{a}}, {{a}}", "x, x", {"a": "x"}),
        ("{{a}}, {{a}}", "x, y", None),
        ("{{a.b}}", "x", None),
        ("aba{{x}}aba", "ababa", None),
        ("Fixed", "Fixed", {}),
        ("Fixed", "fixed", None),
        ("{{ text }}", "", {"text": ""}),
    ],
)
def test_values_are_read_back_where_they_are_certain(
    template: str, text: str, values: dict[str, str] | None
) -> None:
    assert inverse(template, text) == values


@given(st.lists(st.text("ab \n", max_size=4), min_size=2, max_size=5), st.data())
def test_what_is_read_back_gives_the_same_text(literals: list[str], data: st.DataObject) -> None:
    names = [f"v{index % 3}" for index in range(len(literals) - 1)]
    template = literals[0] + "".join(f"{{{{{n}}}}}{x}" for n, x in zip(names, literals[1:], strict=True))
    said = {name: data.draw(st.text("ab \n", max_size=4)) for name in names}
    inputs = {name: {"type": "string"} for name in names}
    (text,) = render([template], said, inputs)
    found = inverse(template, text)
    assert found is None or render([template], found, inputs) == [text]
    assert found in (None, said), "no other values than those"


def test_all_messages_agree_on_a_value() -> None:
    version = build.version(
        1,
        template=None,
        messages=(
            {"role": "system", "content": "Be {{tone}}."},
            {"role": "user", "content": "{{tone}}: {{q}}"},
        ),
    )
    sent = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "kind: When?"}]
    assert read_back(version, sent) == {"tone": "kind", "q": "When?"}
    sent[0]["content"] = "Be brief."
    assert read_back(version, sent) is None
    assert read_back(version, sent[:1]) is None
    assert read_back(build.version(1, "{% if a %}{% endif %}", template_format="jinja2"), sent[:1]) is None


def test_the_shared_vectors_agree() -> None:
    for row in vectors("inverse", "agents_vectors.json"):
        assert inverse(row["template"], row["text"]) == row["values"], row


def test_long_texts_of_repeated_literals_take_no_quadratic_time() -> None:
    template = "".join(f"{{{{v{index}}}}} and " for index in range(12))
    text = " and ".join(["x" * 20] * 20_000)
    assert inverse(template, text) is None
