from __future__ import annotations

from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles

MODEL = "openai/gpt-6-luna"
SHOP = '''\
"""Prompts of the shop: Hello {nobody} there."""
GREETING = "Hello {name}, welcome."
SYSTEM_PROMPT = f"""You help {GREETING!r} people.
Total: {total:.2f} for {user.name} {len(items)} {{literal}}"""
ANSWER = PromptTemplate.from_template("Q: {q}\\nA:")
LIMIT = 5
PATH = f"{home}/prompts"


class Texts:
    rules: str = "Be brief. " "Use {{tone}} words."


def build(question: str) -> str:
    log(f"asked {question} today")
    return f"Answer {{as JSON}}: {question}"


def add(a, b):
    return a + b


def joined(order) -> str:
    return "About the order " + order.id + ": " + f"{order.text}"
'''


def taken(code: str, **changes: Any) -> importers.Imported:
    return importers.read("python_code", importers.Request("shop.py", code.encode(), model=MODEL, **changes))


def texts(code: str) -> dict[str, str]:
    return {item.name: item.versions[0].body["template"] for item in taken(code).prompts}


def test_each_text_that_has_a_name_or_a_function_returns_is_a_prompt() -> None:
    assert texts(SHOP) == {
        "greeting": "Hello {{name}}, welcome.",
        "answer": "Q: {{q}}\nA:",
        "rules": "Be brief. Use {{tone}} words.",
        "build": "Answer {as JSON}: {{question}}",
        "joined": "About the order {{order.id}}: {{order.text}}",
    }
    assert next(item.versions[0].message for item in taken(SHOP).prompts) == "Imported from shop.py, line 2"


def test_what_is_more_than_a_name_is_said_with_its_line() -> None:
    (note,) = taken(SHOP).notes
    assert (note.line, note.at, note.whole) == (3, "SYSTEM_PROMPT", True)
    assert note.message == "expressions GREETING!r, total:.2f, len(items)"


@pytest.mark.parametrize(
    ("code", "template"),
    [
        ("SYSTEM_PROMPT = 'Be brief.'", "Be brief."),
        (
            "X = ChatPromptTemplate.from_template('Say {{ x }} now', template_format='mustache')",
            "Say {{x}} now",
        ),
        ("async def ask():\n  if x:\n    return f'Say {x} now'", "Say {{x}} now"),
        ("A_PROMPT: str = ('Say ' + 'it {x}')", "Say it {{x}}"),
        ("PROMPT = '\\d of {x}'", "\\d of {{x}}"),
    ],
)
def test_ways_to_write_a_prompt(code: str, template: str) -> None:
    assert list(texts(code).values()) == [template]


def test_two_of_one_name_are_two_prompts_and_a_name_is_for_one() -> None:
    assert list(texts("def a():\n  if x:\n    return f'Say {x}'\n  return f'Tell {x}'")) == ["a", "a-2"]
    assert [item.name for item in taken("PROMPT = 'Be brief.'", name="mine").prompts] == ["mine"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 5\n\ny = = 3\n", "shop.py:3: error: not Python: invalid syntax"),
        ("import os\nos.system('echo hi there')\n", "shop.py:1: error: no prompt in this code"),
        ("x = " + "(" * 5000 + "1" + ")" * 5000, "not Python: too many nested parentheses"),
        ("x = " + "1+" * 50_000 + "1", "nested deeper than can be read"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(code: str, said: str) -> None:
    with pytest.raises(InvalidFiles) as refused:
        taken(code)
    assert said in str(refused.value)


def test_code_is_a_format_by_its_name_but_none_of_a_folder() -> None:
    assert importers.sniff("shop.py", SHOP.encode()) == "python_code"
    assert importers.sure("shop.py", SHOP.encode()) is None
