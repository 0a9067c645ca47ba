from __future__ import annotations

import pytest

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.text import write


def test_the_file_is_the_text_and_says_what_it_is_not() -> None:
    made = write(ExportRequest("qa", [build.version(1, parameters={"temperature": 0})]))
    assert made.files == {"qa.txt": b"Answer: {{question}}"}
    assert [item.part for item in made.lost] == ["model", "modelParameters"]
    jinja = build.version(1, "{% if question %}x{% endif %}", template_format="jinja2")
    assert list(write(ExportRequest("qa", [jinja])).files) == ["qa.j2"]


def test_messages_are_refused() -> None:
    said = [{"role": "system", "content": "Answer."}, {"role": "user", "content": "{{question}}"}]
    with pytest.raises(UsageError):
        write(ExportRequest("qa", [build.version(1, messages=said, template=None)]))
