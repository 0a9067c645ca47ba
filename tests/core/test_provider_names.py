from __future__ import annotations

import re

import pytest

from cuebook.core.provider_names import PATTERN, provider_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lookup-order_2", "lookup-order_2"),
        ("mcp.shop.find order", "mcp_shop_find_order"),
        ("a/ b", "a_b"),
        ("é" * 9, "_"),
        ("n" * 90, "n" * 64),
    ],
)
def test_a_name_becomes_the_nearest_one_that_providers_take(text: str, name: str) -> None:
    assert provider_name(text) == name
    assert re.fullmatch(PATTERN, name)


def test_no_name_stays_none() -> None:
    assert provider_name("") == ""
