from __future__ import annotations

import pytest
from pydantic import ValidationError

from cuebook.scorers.latency import Parameters
from cuebook.shapes.run import ModelReply, Score
from scoring import grade


def timed(seconds: float, **settings: float) -> Score:
    return grade("latency", "", given={"reply": ModelReply("x", "m", seconds=seconds)}, **settings)


@pytest.mark.parametrize(
    ("seconds", "value"), [(0, 1), (1.5, 1), (2, 1), (2.5, 0.75), (3, 0.5), (4, 0), (60, 0)]
)
def test_value(seconds: float, value: float) -> None:
    result = timed(seconds, max_seconds=2)
    assert (result.value, result.passed) == (pytest.approx(value), seconds <= 2)
    assert result.details == {"seconds": seconds}


def test_reason() -> None:
    assert timed(2.5, max_seconds=2).reason == "2.50 s, limit 2 s"


def test_reported_without_a_limit() -> None:
    result = timed(2.5)
    assert (result.state, result.value, result.details) == ("not_applicable", None, {"seconds": 2.5})


@pytest.mark.parametrize("limit", [0, -1, "2", float("inf")])
def test_bad_limits(limit: object) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({"max_seconds": limit})
