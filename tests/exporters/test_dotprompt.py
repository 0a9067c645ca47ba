from __future__ import annotations

import pytest

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.dotprompt import write


def test_the_file_reads_as_people_write_it() -> None:
    version = build.version(
        1,
        "Say {{word}}",
        inputs={"word": {"type": "string", "default": "hi"}},
        model="gemini/gemini-2.5-flash",
        parameters={"maxTokens": 9},
    )
    (data,) = write(ExportRequest("say", [version])).files.values()
    head, _, text = data.decode().removeprefix("---\n").partition("---\n")
    assert "model: googleai/gemini-2.5-flash\nconfig:\n  maxOutputTokens: 9\n" in head
    assert "default:\n    word: hi\n" in head
    assert text == "Say {{word}}\n"


@pytest.mark.parametrize("text", ["{{{x}}}", r"\{{x}}", "{{role}}"])
def test_what_handlebars_takes_otherwise_is_refused(text: str) -> None:
    name = "role" if "role" in text else "x"
    version = build.version(1, text, inputs={name: {"type": "string"}})
    with pytest.raises(UsageError):
        write(ExportRequest("qa", [version]))


def test_jinja_is_refused() -> None:
    version = build.version(1, "{% if question %}x{% endif %}", template_format="jinja2")
    with pytest.raises(UsageError):
        write(ExportRequest("qa", [version]))
