from __future__ import annotations

from dataclasses import replace

import pytest

from build import case, comparison, suite
from cuebook.jobs.asking import MOST_BROUGHT, ceilings


@pytest.mark.parametrize(
    ("brought", "calls", "expected"),
    [
        ({}, None, None),
        ({}, 50_000, 50_000),
        ({"reading_only": True}, None, MOST_BROUGHT),
        ({"own_suite": True}, 50_000, MOST_BROUGHT),
        ({"reading_only": True}, 100, 100),
    ],
)
def test_a_suite_that_comes_with_the_change_takes_no_calls_without_end(
    brought: dict[str, bool], calls: int | None, expected: int | None
) -> None:
    of = comparison(suite([case(1)], gate={"max_calls": calls}))
    assert ceilings(replace(of, **brought)).calls == expected
