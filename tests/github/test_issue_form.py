from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from build import version
from cuebook.core.errors import UsageError
from cuebook.github.issue_form import HEADINGS, Form, read, version_file
from cuebook.registry.version_files import as_file, read_version
from verdicts import ATTACKS

FORM = Path(__file__).parents[2] / ".github/ISSUE_TEMPLATE/propose-prompt.yml"
ASKED = "Question: {{question}}\n"
CHAT = version(
    3,
    template=None,
    model="offline/rules",
    parameters={"temperature": 0.2},
    messages=(
        {"role": "system", "content": "Answer.\n"},
        {"role": "user", "content": "Question: {{question}}\n"},
    ),
)


def issue(**fields: str) -> str:
    """An issue's body as the form makes it."""
    given = {"Prompt": "qa", "Why": "Shorter", "Instructions": "```text\nAnswer in a word.\n```"}
    given |= {"User message": "_No response_", "Start from version": "_No response_"}
    given |= {name.replace("_", " "): text for name, text in fields.items()}
    return "".join(f"### {name}\n\n{text}\n\n" for name, text in given.items())


def test_the_forms_file_has_these_headings() -> None:
    parts = yaml.safe_load(FORM.read_text())["body"]
    assert tuple(part["attributes"]["label"] for part in parts) == HEADINGS


def test_a_form_is_read() -> None:
    assert read(issue()) == Form("qa", "Shorter", "Answer in a word.")
    assert read(issue().replace("\n", "\r\n")) == Form("qa", "Shorter", "Answer in a word.")
    full = read(issue(User_message="```text\nQ: {{question}}\n```", Start_from_version="v2"))
    assert (full.user, full.start) == ("Q: {{question}}", 2)
    assert read(issue(Instructions="no fence")).instructions == "no fence"
    fenced = "````text\nSay:\n```\n### Why\n```\n````"
    assert read(issue(Instructions=fenced)).instructions == "Say:\n```\n### Why\n```"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "nothing under Prompt, Why, Instructions"),
        ("hello", "nothing under"),
        (issue(Why="_No response_"), "nothing under Why"),
        (issue(Instructions="```text\n\n```"), "nothing under Instructions"),
        (issue(Prompt="../../etc"), "may have only"),
        (issue(Prompt="QA Assistant"), "may have only"),
        (issue(Prompt="$(id)"), "may have only"),
        (issue(Why="a\nb"), "one line"),
        (issue(Why="x" * 301), "one line"),
        (issue(Start_from_version="the last"), "must be a number"),
        (issue(Start_from_version="-1"), "must be a number"),
    ],
)
def test_what_is_missing_or_wrong_is_said(body: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(body)


def test_everything_else_is_taken_from_the_version_before() -> None:
    data = version_file(read(issue()), CHAT, as_file(CHAT))
    made, problems = read_version(data, "prompts/qa/v4.prompt.yml", "qa", 4)
    assert problems == []
    assert made is not None
    assert made.message == "Shorter"
    assert made.parameters == {"temperature": 0.2}
    assert [item["content"] for item in made.messages or ()] == [
        "Answer in a word.\n",
        "Question: {{question}}\n",
    ]


def test_variables_follow_the_text() -> None:
    form = read(issue(Instructions="In {{language}}.", User_message="Q: {{question}} {{tone}}"))
    made, problems = read_version(version_file(form, CHAT, as_file(CHAT)), "v4.prompt.yml", "qa", 4)
    assert problems == []
    assert made is not None
    assert sorted(made.inputs) == ["language", "question", "tone"]


PHOTO = {"type": "image", "image": "photo"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            [{"type": "text", "text": "Of {{question}}"}, PHOTO],
            [{"type": "text", "text": "Q: {{question}}"}, PHOTO],
        ),
        ([PHOTO], [{"type": "text", "text": "Q: {{question}}"}, PHOTO]),
    ],
)
def test_images_of_a_message_stay_beside_its_new_text(before: Any, after: Any) -> None:
    inputs = {"photo": {"type": "image"}, "question": {"type": "string"}}
    messages = ({"role": "system", "content": "Look.\n"}, {"role": "user", "content": before})
    start = version(3, template=None, model="offline/rules", inputs=inputs, messages=messages)
    for form in (issue(), issue(User_message="Q: {{question}}")):
        data = version_file(read(form), start, as_file(start))
        made, _ = read_version(data, "prompts/qa/v4.prompt.yml", "qa", 4)
        assert made is not None
        assert made.inputs["photo"] == {"type": "image"}
    assert list((made.messages or ())[1]["content"]) == after


def test_a_text_prompt_has_one_text() -> None:
    text = version(3)
    form = read(issue(Instructions="Say: {{question}}"))
    made, _ = read_version(version_file(form, text, as_file(text)), "v4.prompt.yml", "qa", 4)
    assert made is not None
    assert made.template == "Say: {{question}}"
    with pytest.raises(UsageError, match="leave 'User message' empty"):
        version_file(read(issue(User_message="x")), text, as_file(text))


def test_a_broken_template_is_told_with_its_line() -> None:
    with pytest.raises(UsageError, match="line 2 of the text"):
        version_file(read(issue(Instructions="fine\n{{ 1 + 1 }}")), CHAT, as_file(CHAT))


@given(st.lists(st.sampled_from(ATTACKS) | st.text(max_size=20), max_size=6).map("\n".join))
def test_no_text_is_anything_but_text(text: str) -> None:
    """Whatever stands in a field, the file made of it is read back as a version with that text."""
    try:
        form = read(issue(Instructions=f"{text}x", Why="a: b # c"))
        data = version_file(form, CHAT, as_file(CHAT))
    except UsageError:
        return
    except UnicodeEncodeError:
        assert "\ud800" in text
        return
    made, problems = read_version(data, "prompts/qa/v4.prompt.yml", "qa", 4)
    if made is None:
        assert problems
        return
    assert (made.model, made.message) == ("offline/rules", "a: b # c")
    assert made.messages is not None
    assert made.messages[0]["content"] == f"{form.instructions}\n"
