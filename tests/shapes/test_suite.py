"""The digests of a suite: what they cover decides whether recorded verdicts still hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cuebook.shapes._defaults import ERROR, MAX_STEPS
from cuebook.shapes.run import Case
from cuebook.shapes.suite import GateRules, MetricRule, ScorerSpec, Suite

RULES = GateRules({"exact": MetricRule()})
CASES = (Case("a", {"x": 1}), Case("b", {"x": 2}))
SUITE = Suite("answers", "answer", "answers", CASES, (ScorerSpec("exact", "exact"),), RULES)


@pytest.mark.parametrize(
    "changed",
    [
        replace(SUITE, gate=GateRules({"exact": MetricRule(margin=0.2)})),
        replace(SUITE, gate=replace(RULES, error=ERROR / 2)),
        replace(SUITE, scorers=(ScorerSpec("exact", "exact", {"absent": True}),)),
        replace(SUITE, files={"scorers/own.py": b"1"}),
        replace(SUITE, target="app"),
        replace(SUITE, max_steps=MAX_STEPS + 1),
    ],
)
def test_what_decides_is_in_the_digest_of_a_suite(changed: Suite) -> None:
    assert changed.digest != SUITE.digest


def test_a_rule_that_came_later_changes_no_digest_until_it_is_set() -> None:
    """Verdicts of earlier releases hold: the digest is as it was before these rules existed."""
    usual = replace(SUITE, gate=replace(RULES, error=ERROR, baseline_repeats=1), max_steps=MAX_STEPS)
    assert usual.digest == SUITE.digest
    assert SUITE.digest == "sha256:062bea6e6e2c5e91787069f16cb522c5643880b029005e379ef1498979fb704a"


def test_the_cases_have_a_digest_of_their_own_whatever_their_order() -> None:
    turned = replace(SUITE, cases=CASES[::-1])
    assert (turned.dataset_digest, turned.digest) == (SUITE.dataset_digest, SUITE.digest)
    assert replace(SUITE, cases=CASES[:1]).dataset_digest != SUITE.dataset_digest
