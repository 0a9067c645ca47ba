from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import RuleChange, RuleCode
from cuebook.wording.loosening import loosened, loosened_by


@pytest.mark.parametrize("code", get_args(RuleCode))
def test_every_kind_of_loosening_has_words(code: RuleCode) -> None:
    assert loosened(RuleChange(code=code, label="x", old=0.1, new=0.2, count=3))
    assert "x" in loosened(RuleChange(code=code, label="x", was="a", now="b", count=1)) or "case" in code


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (RuleChange(code="metric", label="exact"), "metric exact removed"),
        (RuleChange(code="suite", label="qa", count=20), "suite qa removed"),
        (RuleChange(code="judge", label="correct", was="a/2", now="b/1"), "judge of correct a/2 → b/1"),
        (RuleChange(code="protected", was="critical"), "protected tag critical → none"),
        (RuleChange(code="protected", old=3, new=4), "failed runs that break a protected case 3 → 4"),
        (RuleChange(code="target", label="desk", was="cwd x"), "app desk: cwd x → none"),
        (
            RuleChange(code="plugin", label="acme", was="acme>=1", now="acme>=2"),
            "package of the plug-in acme: acme>=1 → acme>=2",
        ),
        (
            RuleChange(code="protected", label="tone", was="critical", now="critical"),
            "protected cases have to pass tone, too: where production fails it, none can break",
        ),
        (RuleChange(code="labels_added", label="grader", old=2, new=3, count=1), "1 label of grader added"),
        (RuleChange(code="cases_added", old=20, new=620, count=600), "600 cases added"),
        (
            RuleChange(code="kappa", old=0.4, new=0.99),
            "required agreement of judges 0.4 → 0.99, so that one may no longer decide",
        ),
        (RuleChange(code="steps", old=8, new=1), "rounds of tool calls 8 → 1"),
        (RuleChange(code="kappa", old=0.4, new=0.3), "required agreement of judges 0.4 → 0.3"),
        (RuleChange(code="floor", label="exact", old=0.6), "floor on exact 60 → none"),
        (
            RuleChange(code="margin", label="exact", old=0.1, new=0.1004),
            "accepted loss on exact 10 → 10.04 points",
        ),
        (RuleChange(code="error", old=0.05, new=0.050001), "error 5% → 5.0001%"),
        (RuleChange(code="limit", label="words", old=60, new=60.00001), "limit on words 60 → 60.00001"),
        (RuleChange(code="asked_model", label="model", now="x/mild"), "setting model: not set → x/mild"),
        (
            RuleChange(code="asked_model", label="judge_model", was="x/a"),
            "setting judge_model: x/a → not set",
        ),
        (
            RuleChange(code="asked_model", label="toy/judge", was="x/a", now="x/b"),
            "what replaces toy/judge: x/a → x/b",
        ),
    ],
)
def test_what_was_and_what_is_are_said(change: RuleChange, words: str) -> None:
    assert loosened(change) == words


def test_nobody_is_named_by_words_that_read_like_ours() -> None:
    change = RuleChange(code="metric", label="exact", by="nobody: all as strict as before")
    assert loosened_by(change) == "loosened by 'nobody: all as strict as before': metric exact removed"
