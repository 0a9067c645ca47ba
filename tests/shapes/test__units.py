from __future__ import annotations

import pytest

from cuebook.shapes._units import units_among
from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.shapes.run import Case


@pytest.mark.parametrize(
    ("cluster", "unit"), [("shift", "shift"), (None, "\0q1"), ("", "\0q1")], ids=["named", "none", "empty"]
)
def test_a_case_and_its_result_count_as_the_same_observation(cluster: str | None, unit: str) -> None:
    case = Case("q1", {}, cluster=cluster)
    answer = Answer(text="yes", failure=None, scores={}, seconds=None, cost_usd=None)
    result = CaseResult(
        id="q1",
        model="m",
        change="same",
        difference=0,
        cluster=cluster,
        inputs={},
        expectations={},
        candidate=answer,
    )
    assert case.unit == result.unit == unit
    assert units_among([case]) == units_among([result])


def test_a_case_named_as_a_cluster_is_not_in_it() -> None:
    assert Case("shift", {}).unit != Case("q1", {}, cluster="shift").unit
