from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.site import gate_rates
from cuebook.site.gate_rates import GATE, SIGMAS, GateHealth, RateRow, Rates, error, limit, quality

PUBLISHED = gate_rates.read()


def row(low: float, high: float, passed: float, failed: float, *, runs: int = 1000, **fields: Any) -> RateRow:
    rates = Rates(passed=passed, failed=failed, used=0.5)
    return RateRow(
        **{"family": "f", "cases": 50, "low": low, "high": high, "runs": runs, "rules": {GATE: rates}}
        | fields
    )


def table(*rows: RateRow) -> GateHealth:
    family = {"kind": "simulated", "title": "F", "words": "made up"}
    fields = {
        "runs": 1000,
        "seed": 1,
        "gate_version": 1,
        "rules": {GATE: "the gate"},
        "families": {"f": family},
        "sources": [],
    }
    return GateHealth(margin=0.05, alpha=0.05, rows=list(rows), **fields)


LIMIT = 0.05 + 3 * (0.05 * 0.95 / 1000) ** 0.5


@pytest.mark.parametrize(
    ("low", "high", "passed", "failed", "broken"),
    [
        (0, 0, 0.9, 0.05, 0),
        (0, 0, 0.9, LIMIT - 0.001, 0),
        (0, 0, 0.9, LIMIT + 0.001, 1),
        (0.05, 0.1, 0.5, 0.5, 1),
        (-0.05, -0.05, LIMIT - 0.001, 0.9, 0),
        (-0.05, -0.05, LIMIT + 0.001, 0.9, 1),
        (-1, -0.15, 0.5, 0.5, 1),
        (-0.02, -0.02, 0.5, 0.5, 0),
        (-0.05, 0, 0.5, 0.5, 0),
        (-0.1, 0.1, 0.5, 0.5, 0),
    ],
)
def test_a_promise_is_broken_beyond_chance_only(
    low: float, high: float, passed: float, failed: float, broken: int
) -> None:
    found = row(low, high, passed, failed)
    assert len(table(found).broken_promises(found)) == broken


def test_more_runs_allow_less() -> None:
    assert limit(0.05, 100) > limit(0.05, 10_000) > 0.05
    assert limit(0.05, 400) == pytest.approx(0.05 + SIGMAS * error(0.05, 400))
    assert error(0.05, 1900) == pytest.approx(0.005)
    assert error(0.0, 10) == 0


def test_quality_sums_up_one_rule_at_one_number_of_cases() -> None:
    rows = [
        row(0, 0, 0.8, 0.02),
        row(0, 0, 0.6, 0.04, family="g"),
        row(-0.05, -0.05, 0.03, 0.7),
        row(-0.1, -0.1, 0.0, 0.9),
        row(0, 0, 0.0, 1.0, cases=100),
        row(-0.05, 0, 0.0, 1.0),
    ]
    found = quality(rows, GATE, 50, 0.05)
    assert (found.families, found.false_blocks.mean, found.false_blocks.worst) == (
        2,
        pytest.approx(0.03),
        0.04,
    )
    assert found.false_passes == gate_rates.Spread(0.03, 0.03)
    assert set(found.means) == {0, -0.05, -0.1}
    assert found.means[0].passed == pytest.approx(0.7)
    assert found.means[0].undecided == pytest.approx(0.27)
    assert found.means[-0.1].failed == 0.9


@pytest.mark.parametrize("rows", [[], [row(0, 0, 1, 0)], [row(-0.05, -0.05, 0, 1)]])
def test_quality_needs_no_change_and_the_margin(rows: list[RateRow]) -> None:
    with pytest.raises(ValueError, match="not measured"):
        quality(rows, GATE, 50, 0.05)


@pytest.mark.parametrize(
    "bad",
    [
        {"rows": [row(0, 0, 1, 0, family="other").model_dump(by_alias=True)]},
        {"rules": {}},
        {"rows": [{"family": "f"}]},
        {"alpha": 1.5},
    ],
)
def test_a_file_that_makes_no_sense_is_refused(bad: dict[str, Any]) -> None:
    good = table(row(0, 0, 1, 0)).model_dump(by_alias=True)
    GateHealth.model_validate(good)
    with pytest.raises(ValidationError):
        GateHealth.model_validate(good | bad)


def test_the_published_promise_holds_in_every_row() -> None:
    assert len(PUBLISHED.rows) > 100
    assert {found.family: found for found in PUBLISHED.rows if PUBLISHED.broken_promises(found)} == {}


def test_the_published_rows_are_all_that_the_page_shows() -> None:
    simulated = PUBLISHED.of_kind("simulated")
    assert {found.cases for found in simulated} == {50, 100, 200, 500}
    assert {found.low for found in simulated} == {0.0, -0.02, -0.05, -0.10}
    assert len({found.family for found in simulated}) == 7
    assert len(simulated) == 4 * 4 * 7
    assert {found.family for found in PUBLISHED.of_kind("metrics")} == {"metrics_1", "metrics_3"}
    assert PUBLISHED.of_kind("clusters")
    assert all(GATE in found.rules for found in PUBLISHED.rows)


def test_simpler_rules_break_it_in_the_published_numbers() -> None:
    simulated = PUBLISHED.of_kind("simulated")
    for rule in ("any_drop", "drop_beyond_margin", "paired_t", "peeked_t"):
        assert any(PUBLISHED.broken_promises(found, rule) for found in simulated), rule


def test_real_scores_are_published_as_rates_with_their_sources() -> None:
    assert PUBLISHED.of_kind("real")
    licences = {source.name.split()[0]: source.licence for source in PUBLISHED.sources}
    assert "CC BY-NC" in licences["tatsu-lab/alpaca_eval"]
    assert len(licences) == 4
    whole = json.loads(gate_rates.FILE.read_bytes())
    for found in whole["rows"]:
        assert set(found) == {"family", "cases", "low", "high", "runs", "rules"}
        assert all(set(rates) == {"pass", "fail", "used"} for rates in found["rules"].values())
