from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Lack, LackCode, StaleInput
from cuebook.shapes.verdict import Override
from cuebook.wording.promotion import (
    _GROUNDS,
    _LACKS,
    Ground,
    GroundCode,
    call_refused,
    default_untried,
    ground,
    in_a_row,
    in_an_override,
    lack,
    let_through,
)

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
                "this clone lacks commit aaaaaaaa, published on 2026-11-20, and so the rules of the last "
                "promotion: fetch the whole history, or accept today's rules in "
                "overrides/qa-rules.yml: before: lost, after: {rules: r, dataset: d}"
            ),
        ),
        (
            Lack(
                code="stale", values={"about": "qa/2"}, changed=[StaleInput("dataset"), StaleInput("judges")]
            ),
            "no valid verdict on qa/2: the dataset and a judge changed since",
        ),
        (
            Lack(code="unshown", values={"about": "qa/2"}),
            "it is not shown to be as good as qa/2, the version that was rolled back",
        ),
        (
            default_untried("production", "qa/2", "tone", "words"),
            (
                "apps of production that leave out tone get a new default of qa/2, and hardly any case of "
                "suite words uses it"
            ),
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


def test_what_promotions_in_a_row_may_have_lost_together() -> None:
    said = in_a_row("qa/5", "production", 1, 3, {"contains": 0.1, "judge": 0.4})
    assert said == (
        "qa/5 is promotion 3 of production since v1: each may lose up to 10 points on contains and 40 points "
        "on judge, all of them together up to 30 on contains and 100 on judge; "
        "'cuebook gate qa/5 --against 1' compares the two"
    )


def test_the_grounds_name_suites_and_whoever_answers() -> None:
    held = Override(who="@ana", why="known", until="2026-12-31", of="rules")
    said = "its loosened rules accepted by @ana until 2026-12-31: known"
    assert ground(Ground("passed", ("qa", "tone"), (held,))) == f"pass on qa, tone, {said}"
    version = Override(who="@ana", why="known", until="2026-12-31")
    assert (
        ground(Ground("let_through", overrides=(version,))) == "let through by @ana until 2026-12-31: known"
    )
    assert ground(Ground("unprotected", ("staging",))) == "staging is not a protected alias"
    assert set(_GROUNDS) == set(get_args(GroundCode))


def test_what_an_override_answers_for_is_said_with_its_file() -> None:
    assert in_an_override("unshown", "overrides/qa-v2.yml").startswith(
        "say under 'left' in overrides/qa-v2.yml"
    )
