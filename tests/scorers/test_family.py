from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from cuebook.core.errors import UsageError
from cuebook.scorers import Scorer, find, names

FOLDER = Path(__file__).parent


def test_the_family_is_the_folder() -> None:
    assert {"exact", "judge", "judge_pairwise", "sql_result"} <= set(names())
    assert not [name for name in names() if name.startswith("_")]


@pytest.mark.parametrize("name", names())
def test_member_keeps_the_contract(name: str) -> None:
    member = find(name)
    module = sys.modules[f"cuebook.scorers.{name}"]
    assert isinstance(member, Scorer)
    assert module.score is member
    assert member.name == name
    assert member.version >= 1
    assert member.parameters is module.Parameters
    assert member.summary == member.summary.strip() != ""
    assert len(member.summary) <= 110
    assert member.function.__doc__
    assert member.parameters.__doc__


@pytest.mark.parametrize("name", names())
def test_member_has_a_test_file(name: str) -> None:
    assert (FOLDER / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", names())
def test_unknown_settings_are_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        find(name).parameters.model_validate({"no_such_setting": 1})
    assert "extra_forbidden" in {error["type"] for error in refused.value.errors()}


@pytest.mark.parametrize("name", names())
def test_settings_are_never_coerced(name: str) -> None:
    assert find(name).parameters.model_config["extra"] == "forbid"
    assert find(name).parameters.model_config["frozen"]
    assert find(name).parameters.model_config["strict"]
    assert find(name).parameters.model_config["allow_inf_nan"] is False


SHORT = ["exact", "contains", "regex", "json_schema", "json_fields", "numeric_close", "label", "token_f1"]


@pytest.mark.parametrize("name", [*SHORT, "latency", "cost"])
def test_the_short_form_works(name: str) -> None:
    find(name).parameters.model_validate({})


def test_traits() -> None:
    asking = {name for name in names() if find(name).needs_model}
    assert asking == {"judge", "judge_pairwise"}
    assert {name for name in names() if find(name).paired} == {"judge_pairwise"}


def test_an_unknown_scorer_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        find("exactly")
    assert "exact" in unknown.value.hint
