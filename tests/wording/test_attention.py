from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.published import AliasState
from cuebook.wording.attention import KINDS, NeedKind, low_agreement, need_of


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


def test_every_kind_has_words_for_several() -> None:
    assert set(KINDS) == set(get_args(NeedKind))
    assert low_agreement("j/1", ["one"], None).endswith("was not measured")
