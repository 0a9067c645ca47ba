from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.shapes.made_by import MadeBy

RIGHT = {"time": "2026-11-22T12:00:00Z", "commit": "a" * 40}


@pytest.mark.parametrize(
    "fields",
    [
        {"time": "yesterday"},
        {"commit": "main"},
        {"pull_request": 0},
        {"run_url": "javascript:alert(1)"},
        {"run_url": "http://x.example/"},
        {"run_url": "https://x.example/ y"},
        {"by": "<script>"},
        {"by": ""},
    ],
)
def test_a_record_of_others_says_nothing_that_is_none(fields: dict[str, Any]) -> None:
    assert MadeBy(**RIGHT).run_url == ""
    with pytest.raises(ValidationError):
        MadeBy(**{**RIGHT, **fields})
