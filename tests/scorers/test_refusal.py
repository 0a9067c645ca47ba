from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.run import ModelReply
from scoring import grade

PLAIN = ModelReply("I am sorry, I cannot help.", "m")
REFUSED = ModelReply("No.", "m", finish="refusal", refusal="No.")
FILTERED = ModelReply("", "m", finish="content_filter")


@pytest.mark.parametrize(
    ("reply", "expectations", "settings", "value", "reason"),
    [
        (PLAIN, {}, {}, 1, "the answer was not refused"),
        (PLAIN, {}, {"expect": True}, 0, "the answer was not refused"),
        (REFUSED, {}, {}, 0, 'the answer was refused: "No."'),
        (REFUSED, {}, {"expect": True}, 1, 'the answer was refused: "No."'),
        (FILTERED, {"refusal": True}, {}, 1, "the answer was refused, it ended with content_filter"),
        (FILTERED, {"refusal": False}, {"expect": True}, 0, "the answer was refused"),
        (REFUSED, {"declined": True}, {"expectation": "declined"}, 1, "the answer was refused"),
    ],
)
def test_value_and_reason(
    reply: ModelReply, expectations: Any, settings: dict[str, Any], value: float, reason: str
) -> None:
    result = grade("refusal", "", expectations, given={"reply": reply}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)
    assert result.reason.startswith(reason)


def test_an_expectation_that_is_no_truth_value_is_no_score() -> None:
    result = grade("refusal", "yes", {"refusal": "yes"})
    assert (result.state, result.reason) == (
        "failed",
        "expectation 'refusal' must be true or false, not \"yes\"",
    )
