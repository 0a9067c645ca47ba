from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.shapes.file_formats import VersionFile

CHAT = {"message": "m", "model": "a/b", "messages": [{"role": "user", "content": "x"}]}
TOOL = {"name": "look"}


@pytest.mark.parametrize("choice", [None, "auto", "none", "required", {"name": "look"}], ids=str)
def test_a_version_may_have_tools(choice: Any) -> None:
    shaped = VersionFile.model_validate(CHAT | {"tools": [TOOL], "toolChoice": choice})
    assert shaped.tools
    assert shaped.tools[0].name == "look"


@pytest.mark.parametrize(
    "change",
    [
        {"tools": []},
        {"tools": [TOOL] * 2},
        {"tools": [{"name": f"t{n}"} for n in range(129)]},
        {"tools": [{"name": "a.b"}]},
        {"tools": [{"name": "a" * 65}]},
        {"tools": [TOOL | {"type": "function"}]},
        {"tools": [TOOL], "toolChoice": {"name": "other"}},
        {"tools": [TOOL], "toolChoice": "any"},
        {"toolChoice": "auto"},
        {"parallelToolCalls": True},
        {"tools": [TOOL], "template": "x", "messages": None},
    ],
)
def test_what_is_said_of_tools_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VersionFile.model_validate(CHAT | change)
