from __future__ import annotations

import pytest
from pydantic import ValidationError

from cuebook.scorers.cost import Parameters
from cuebook.shapes.run import ModelReply, Score, Usage
from scoring import grade


def priced(usd: float | None, **settings: float) -> Score:
    return grade("cost", "", given={"reply": ModelReply("x", "m", Usage(10, 10, usd))}, **settings)


@pytest.mark.parametrize(("usd", "value"), [(0, 1), (0.01, 1), (0.015, 0.5), (0.02, 0), (5, 0)])
def test_value(usd: float, value: float) -> None:
    result = priced(usd, max_usd=0.01)
    assert (result.value, result.passed) == (pytest.approx(value), usd <= 0.01)
    assert result.details == {"usd": usd}


def test_an_unknown_price_is_not_free() -> None:
    assert priced(None, max_usd=0.01).state == "not_applicable"
    assert priced(None).details == {}


def test_reported_without_a_limit() -> None:
    result = priced(0.002)
    assert (result.state, result.details) == ("not_applicable", {"usd": 0.002})


@pytest.mark.parametrize("limit", [0, -1, "2"])
def test_bad_limits(limit: object) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({"max_usd": limit})
