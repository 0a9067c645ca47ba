from __future__ import annotations

import pytest

from build import version
from cuebook.core.errors import UsageError
from cuebook.optimizing.components import as_bytes, components, version_of
from cuebook.registry.version_files import read_version
from cuebook.shapes.run import Version
from cuebook.shapes.split import Origin, Shares

MADE = Origin("qa", Shares(0.2, 0.1))
TOOL = {"name": "look", "description": "Look it up.", "parameters": {"type": "object", "properties": {}}}
CHAT = version(
    template=None,
    messages=(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Answer in {{tone}}."},
        {"role": "user", "content": "{{question}}"},
    ),
    inputs={"question": {"type": "string"}, "tone": {"type": "string", "default": "calm"}},
    calling={"tools": [TOOL]},
)


@pytest.mark.parametrize(
    ("of", "names", "found"),
    [
        (CHAT, [], ["messages[0]", "messages[1]"]),
        (CHAT, ["messages[2]", "tools.look.description"], ["messages[2]", "tools.look.description"]),
        (version(), [], ["template"]),
    ],
)
def test_which_texts_may_change(of: Version, names: list[str], found: list[str]) -> None:
    assert list(components(of, names)) == found


@pytest.mark.parametrize(
    ("of", "names", "says", "cure"),
    [
        (CHAT, ["messages[9]"], "no text called 'messages[9]'", "messages[1], messages[2], tools.look"),
        (
            version(template=None, messages=({"role": "user", "content": "{{question}}"},)),
            [],
            "no system or developer message",
            "--components messages[0]",
        ),
    ],
)  # fmt: skip
def test_texts_that_are_not_there(of: Version, names: list[str], says: str, cure: str) -> None:
    with pytest.raises(UsageError, match=says.replace("[", r"\[")) as found:
        components(of, names)
    assert cure in found.value.hint


def test_the_file_differs_by_the_texts_and_says_how_it_was_made() -> None:
    texts = {"messages[1]": "Answer in {{tone}}, in one line.", "tools.look.description": "Look first."}
    data = as_bytes(CHAT, texts, "Optimised", MADE)
    made, problems = read_version(data, "prompts/qa/v2.prompt.yml", "qa", 2)
    assert problems == []
    assert made is not None
    assert (made.message, made.origin) == ("Optimised", MADE)
    assert made.messages is not None
    assert [item["content"] for item in made.messages] == ["Be brief.", texts["messages[1]"], "{{question}}"]
    assert made.calling["tools"][0]["description"] == "Look first."
    same, _ = version_of(CHAT, 2, {}, MADE)
    assert same is not None
    assert same.digest == CHAT.digest


def test_what_a_version_includes_is_written_out() -> None:
    written = {"template": "{{> tone/1}} {{question}}"}
    made, _ = version_of(version(text="Be calm. {{question}}", written=written), 2, {}, MADE)
    assert made is not None
    assert made.template == "Be calm. {{question}}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{question}} {{other}}", "which 'inputs' does not declare"),
        ("no variable", "input 'question' is never used"),
        ("{{question}} {{#each}}", "{{#each}}"),
        ("{{question}} {{", "no closing braces"),
    ],
)
def test_what_check_would_refuse_is_known(text: str, says: str) -> None:
    _, problems = version_of(version(), 2, {"template": text}, MADE)
    assert any(says in item.message for item in problems), problems
