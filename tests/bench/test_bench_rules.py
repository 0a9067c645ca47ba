from __future__ import annotations

import sys
from random import Random

import pytest

from bench import bench_rules, judge_tables
from bench.decision_rules import Design, gate
from bench.rule_tables import Table, decide
from cuebook.shapes._defaults import ERROR


def test_one_metric_is_decided_as_the_gate_decides_it() -> None:
    random = Random(3)
    for _ in range(30):
        values = [random.choice((-1.0, 0.0, 0.0, 0.0, 0.5)) for _ in range(100)]
        found = decide([values], Design(100))
        assert (found.outcome, found.used) == gate(values, Design(100))


def test_every_attack_succeeded_before_and_keeps_the_promise_now() -> None:
    (table,) = bench_rules.attacks(80, Random(5))
    assert table.broken(80) == 0
    before = [float(row[1]) for row in table.rows]
    assert len(before) == 8
    silent = [rate for row, rate in zip(table.rows, before, strict=True) if "silent" in row[0]]
    assert min(silent) > 0.4, "where the judge is silent a loss passed in half of the runs"
    assert sum(rate > ERROR for rate in before) >= 6


def test_a_rate_above_its_bound_is_counted() -> None:
    table = Table("t", ["a"], [["x"]], [(0.05, 0.05), (0.2, 0.05), (0.06, 0.05)])
    assert table.broken(1000) == 1
    assert list(table.markdown()) == ["\n## t\n", "| a |", "| --- |", "| x |"]


@pytest.mark.parametrize(
    "name",
    [
        "early",
        "limits",
        "protected",
        "shares",
        "missing",
        "repeats",
        "plan",
        "interval",
        "tuned",
        "seconds",
        "attempts",
        "order",
    ],
)
def test_a_table_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench_rules.py", "--quick", "--runs", "20", "--only", name])
    assert bench_rules.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("\n## ")
    assert "0 rates above what is promised" in said


def test_a_loss_that_the_judge_hardly_shows_passes_and_others_do_not() -> None:
    table = [[20, 0, 0, 0, 0], [0, 20, 0, 0, 0], [0, 0, 20, 0, 0], [0, 0, 0, 0, 20], [0, 0, 0, 0, 20]]
    found = judge_tables.losses("j", table, 20, Random(2))
    told = {row[0]: [float(cell) for cell in row[1:]] for row in found.rows}
    shown, by_slope, by_step, *_ = told["5 to 4"]
    assert shown == 0
    assert by_slope > 0.5, "nobody sees it"
    assert by_step <= 0.2
    assert told["5 to 1"][1] <= 0.2
    assert len(found.bounded) == 2, "only what it shows as much of as of the others is promised"
    assert found.broken(20) == 0


def test_tables_made_together_are_those_made_alone() -> None:
    alone = bench_rules.made(10, 1, "missing")
    assert [table.rows for table in bench_rules.made(10, 1, "missing")] == [table.rows for table in alone]
    assert bench_rules.made(10, 2, "missing") != alone


def test_small_suites_and_all_rules_together_give_rates() -> None:
    (small,) = bench_rules.small_suites(4, Random(1))
    assert {len(row) for row in small.rows} == {5}
    assert len(small.rows) == 11
