from __future__ import annotations

import pytest

from build import version
from cuebook.optimizing.reflection import LONGEST, Example, prompt_of, proposed
from cuebook.shapes.run import Case

CHAT = version(
    template=None,
    messages=(
        {"role": "system", "content": "Be brief with {{name}}."},
        {"role": "user", "content": "{{question}}"},
    ),
    inputs={"question": {"type": "string"}, "name": {"type": "string"}},
)
CASE = Case(
    "case-7", {"question": "Which lamp?", "name": "Ada", "reference": "SECRET"}, {"answer": "EXPECTED"}
)


def test_it_shows_what_was_given_and_scored_and_nothing_else_of_a_case() -> None:
    examples = [Example.of(CASE, CHAT, "The ``` one", 0.5, ["exact: it differs"])]
    prompt = prompt_of(CHAT, "messages[0]", "Be brief with {{name}}.", examples, ["it is empty"])
    for shown in ("Which lamp?", "Ada", "````\nThe ``` one\n````", "Score: 0.50\n- exact: it differs"):
        assert shown in prompt
    for shown in (
        "Be brief with",
        "stay as they are:\n\n```\n{{question}}",
        "no other: {{name}}.",
        "- it is empty",
    ):
        assert shown in prompt
    assert not any(hidden in prompt for hidden in ("case-7", "SECRET", "EXPECTED"))


def test_long_values_are_cut() -> None:
    prompt = prompt_of(CHAT, "messages[0]", "x", [Example({"question": "q" * 9_000}, "a", 1.0)])
    assert "q" * LONGEST + "\n[1,000 more characters]" in prompt


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("Here:\n```text\nBe kind.\nBe brief.\n```\nDone.", "Be kind.\nBe brief."),
        ("```\na\n```\nmore\n```\nb\n```", "a\n```\nmore\n```\nb"),
        ("Be kind.\n", "Be kind."),
        ("```\nBe kind.", "```\nBe kind."),
        ("", ""),
    ],
)
def test_the_text_in_a_reply(reply: str, text: str) -> None:
    assert proposed(reply) == text
