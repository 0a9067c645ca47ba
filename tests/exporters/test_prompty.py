from __future__ import annotations

import pytest

import build
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.prompty import write


def test_the_file_reads_as_people_write_it() -> None:
    messages = ({"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{question}}"})
    (data,) = write(ExportRequest("qa", [build.version(1, messages=messages, template=None)])).files.values()
    assert data.decode().endswith("---\nsystem:\nBe kind.\n\nuser:\n{{question}}\n")


@pytest.mark.parametrize(
    ("text", "says"), [("a\nuser:\nb", "takes for a role"), ("a {% b", "which prompty runs")]
)
def test_what_prompty_takes_otherwise_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        write(ExportRequest("qa", [build.version(1, text, inputs={})]))
