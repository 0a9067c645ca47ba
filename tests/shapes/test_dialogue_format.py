from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.core.shape_errors import shape_problems
from cuebook.shapes.dialogue_format import MOST_TURNS
from cuebook.shapes.file_formats import CaseLine


@pytest.mark.parametrize(
    ("line", "what", "cure"),
    [
        ({"turns": [{"user": "a", "assistant": "b"}]}, "not assistant and user", '{"user": "..."}'),
        ({"turns": [{}]}, "one of user, inputs and assistant, not none", '{"user": "..."}'),
        ({"turns": ["Hello"]}, "turn 1", ""),
        ({"turns": [{"user": "a"}, {"assistant": "b"}]}, "nothing is asked after the last turn", "end with"),
        ({"turns": [{"user": [{"type": "image_url"}]}]}, "a part has the type text or image", "photo"),
        ({"turns": [{"user": "a", "expect": {}}]}, "turn 1: unknown key 'expect'", ""),
        ({"turns": [{"user": "a"}] * (MOST_TURNS + 1)}, f"at most {MOST_TURNS}", ""),
        ({"tools": {"a b": [{"result": 1}]}}, "not a valid name for a tool", "lookup_order"),
        ({"tools": {"look": [{"result": 1, "error": "x"}]}}, "'result' or 'error', one of them", "result"),
    ],
)
def test_a_wrong_dialogue_gets_one_error_with_its_place_and_cure(
    line: dict[str, Any], what: str, cure: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        CaseLine.model_validate({"id": "a", "inputs": {}, **line})
    (problem,) = shape_problems(caught.value, "d.jsonl", lambda _: 1, lambda _: ())
    assert what in problem.message
    assert cure in problem.hint


def test_a_result_that_is_null_is_a_result() -> None:
    line = CaseLine.model_validate({"id": "a", "inputs": {}, "tools": {"look": [{"result": None}]}})
    assert line.model_dump(include={"tools"}, exclude_unset=True) == {"tools": {"look": [{"result": None}]}}
