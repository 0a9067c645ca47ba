from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cuebook.core.stand_ins import RULE_MODELS, is_stand_in, rule_models

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("model", "stands_in"),
    [("offline/rules", True), ("offline/x", True), ("offline", False), ("my/offline/rules", False)],
)
def test_what_a_stand_in_is(model: str, stands_in: bool) -> None:
    assert is_stand_in(model) is stands_in


def test_each_row_owns_what_it_names() -> None:
    for row in RULE_MODELS:
        assert rule_models(row.answers) is rule_models(row.judge) is row
    assert rule_models("openai/gpt-6-luna") is None


def test_the_plug_in_that_offers_the_stand_ins_is_the_one_in_the_table() -> None:
    (row,) = [row for row in RULE_MODELS if row.distribution]
    project = tomllib.loads((ROOT / row.folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == row.distribution
    assert [f"{prefix}/" for prefix in project["entry-points"]["cuebook.models"]] == [row.prefix]
