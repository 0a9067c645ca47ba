from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.published import AliasState
from cuebook.shapes.verdict import Override
from cuebook.wording.attention import KINDS, NeedKind, low_agreement, need_of
from cuebook.wording.promotion import override_ended


@pytest.mark.parametrize(
    ("alias", "state", "found"),
    [
        ("production", "fail", ("fails", "is live and fails. Worse.")),
        ("production", "stale", ("stale", "is live, and its evidence is out of date")),
        ("production", "inconclusive", ("open", "is live and not decided. Worse.")),
        ("production", "pass", None),
        ("staging", "fail", ("staged", "is in staging and fails. Worse.")),
        ("staging", "pass", ("ready", "passes in staging and waits for promotion")),
        ("staging", "stale", None),
    ],
)
def test_what_needs_somebody(alias: str, state: str, found: tuple[str, str] | None) -> None:
    now = AliasState.model_validate({"version": 2, "state": state, "headline": "Worse."})
    assert need_of(alias, now) == found


def test_why_evidence_is_out_of_date_is_said() -> None:
    now = AliasState.model_validate({"version": 2, "state": "stale"})
    said = need_of("production", now, changed=["the dataset", "a judge"])
    assert said == ("stale", "is live, and its evidence is out of date: the dataset and a judge changed")
    dated = need_of("production", now, changed=["the dataset"], decided="2026-11-20")
    assert dated == ("stale", "is live, and its evidence of 2026-11-20 is out of date: the dataset changed")


def test_what_let_a_version_through_is_named_once_it_has_ended() -> None:
    ended = Override(who="@ana", why="Outage", until="2026-06-30")
    now = AliasState.model_validate({"version": 2, "state": "fail", "headline": "Worse."})
    found = need_of("production", now, ended=ended)
    assert found == ("fails", f"is live and fails. Worse. {override_ended(ended)}")
    assert override_ended(ended).startswith(
        "The override of @ana ended on 2026-06-30. The version stays live;"
    )


def test_every_kind_has_words_for_several() -> None:
    assert set(KINDS) == set(get_args(NeedKind))
    assert low_agreement("j/1", ["one"], None).endswith("was not measured")
