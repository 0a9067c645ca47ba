from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Lack, LackCode
from cuebook.shapes.verdict import Override
from cuebook.wording.promotion import _LACKS, call_refused, lack, let_through

LOST = {
    "day": "2026-11-20",
    "commit": "aaaaaaaa",
    "path": "overrides/qa-rules.yml",
    "rules": "r",
    "dataset": "d",
}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Lack(code="rules_lost", values=LOST),
            (
                "the history here does not hold what was published on 2026-11-20 (aaaaaaaa), nor the rules "
                "that the last promotion answered to: fetch the whole history, or accept today's rules in "
                "overrides/qa-rules.yml: before: lost, after: {rules: r, dataset: d}"
            ),
        ),
        (
            Lack(code="unshown", values={"about": "qa/2"}),
            "it is not shown to be as good as qa/2, which a rollback left",
        ),
        (call_refused("production", "qa/2", "{b} is new"), "apps of production cannot call qa/2: {b} is new"),
    ],
)
def test_what_is_in_the_way(found: Lack, said: str) -> None:
    assert lack(found) == said


def test_every_code_has_its_sentence() -> None:
    assert set(_LACKS) == set(get_args(LackCode))


def test_who_lets_through() -> None:
    held = Override(who="@ana", why="known", until="2026-12-31")
    assert let_through(held) == "let through by @ana until 2026-12-31: known"
    rules = held.model_copy(update={"of": "rules"})
    assert let_through(rules) == "its loosened rules accepted by @ana until 2026-12-31: known"
