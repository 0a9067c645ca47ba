from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

import pytest

from bench import bench_decisions, decision_families, decision_rules, decision_tables
from bench.decision_rules import Design, Ending
from cuebook.gate import joint_test
from cuebook.gate.joint_test import Series
from cuebook.site import gate_rates
from cuebook.site.gate_rates import GateHealth, RateRow

FIFTY, HUNDRED = Design(50), Design(100)


@pytest.fixture(scope="module")
def quick() -> GateHealth:
    return bench_decisions.measure(100, 7, (50, 100), None)


def test_a_quick_run_agrees_with_what_is_published(quick: GateHealth) -> None:
    published = {
        (row.family, row.cases, row.low): row for row in gate_rates.read().rows if row.low == row.high
    }
    compared = 0
    for row in quick.rows:
        old = published[row.family, row.cases, row.low]
        assert set(row.rules) == set(old.rules)
        for rule, rates in row.rules.items():
            before = old.rules[rule]
            where = (row.family, row.cases, row.low, rule)
            assert _agree(rates.passed, row, before.passed, old), where
            assert _agree(rates.failed, row, before.failed, old), where
            assert rates.used == pytest.approx(before.used, abs=4.5 * 0.5 / sqrt(row.runs)), where
            compared += 1
    assert compared > 250


def _agree(new: float, row: RateRow, old: float, before: RateRow) -> bool:
    """Two shares differ by no more than 4.5 standard errors and one run."""
    share = (new * row.runs + old * before.runs) / (row.runs + before.runs)
    spread = sqrt(max(share * (1 - share), 0.01) * (1 / row.runs + 1 / before.runs))
    return abs(new - old) <= 4.5 * spread + 1 / row.runs


def test_the_same_seed_gives_the_same_row_and_another_does_not() -> None:
    setting = next(bench_decisions.simulated((50,)))
    first = bench_decisions.simulate(setting, 60, 1)
    assert bench_decisions.simulate(setting, 60, 1) == first
    assert bench_decisions.simulate(setting, 60, 2) != first


@pytest.mark.parametrize("family", ["binary_30", "ordinal", "catastrophic"])
def test_published_rows_come_from_the_rule_as_it_is_today(family: str) -> None:
    found = gate_rates.read()
    settings = [item for item in bench_decisions.simulated((50,)) if item.family == family]
    for setting in settings:
        today = bench_decisions.simulate(setting, found.runs, found.seed)
        (row,) = [
            item for item in found.rows if (item.family, item.cases, item.low) == (family, 50, today.low)
        ]
        assert row.runs == today.runs
        for name, rates in today.rules.items():
            published, last_bits = row.rules[name], 2 / row.runs
            assert rates.passed == pytest.approx(published.passed, abs=last_bits), (today.low, name)
            assert rates.failed == pytest.approx(published.failed, abs=last_bits), (today.low, name)
            assert rates.used == pytest.approx(published.used, abs=last_bits), (today.low, name)


def test_the_published_file_is_what_the_script_writes() -> None:
    assert bench_decisions.dump(gate_rates.read()) == gate_rates.FILE.read_bytes()


def test_the_published_words_are_those_of_the_script() -> None:
    found = gate_rates.read()
    assert found.sources == decision_tables.SOURCES
    assert found.rules == decision_rules.WORDS
    families = bench_decisions._named({})
    assert {key: found.families[key] for key in families} == families


def test_the_tables_say_what_held_and_what_was_skipped(quick: GateHealth) -> None:
    text = "\n".join(bench_decisions.markdown(quick))
    assert "skipped: CUEBOOK_SHARED_DATA names no folder" in text
    assert "BROKEN" not in text
    assert "tolerated loss: nothing is promised" in text
    assert "holds: false blocks at most 11.5%" in text
    assert " *" in text
    columns = {line.count("|") for line in text.splitlines() if line.startswith("| 50 | ")}
    assert len(columns) == 1


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.delenv(decision_tables.VARIABLE, raising=False)
    monkeypatch.setattr(bench_decisions, "of_clusters", lambda: iter(()))
    monkeypatch.setattr(bench_decisions, "of_metrics", lambda _cases: iter(()))
    monkeypatch.setattr(sys, "argv", ["bench_decisions.py", "--quick", *words])
    return bench_decisions.main()


def test_a_kept_promise_ends_with_0_and_writes_the_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "numbers.json"
    assert _run(monkeypatch, "--runs", "20", "--json", str(target)) == 0
    assert len(GateHealth.model_validate_json(target.read_bytes()).rows) == 2 * 7 * 4


def test_a_broken_promise_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for known in (decision_rules.ORDINARY, decision_rules.BINARY):
        monkeypatch.setitem(known, "gate", decision_rules.any_drop)
    assert _run(monkeypatch, "--runs", "60") == 1
    assert "BROKEN: blocked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rule", "values", "ending"),
    [
        ("any_drop", [0.0] * 50, Ending("pass", 50)),
        ("any_drop", [0.0] * 49 + [-0.01], Ending("fail", 50)),
        ("drop_beyond_margin", [-0.04] * 50, Ending("pass", 50)),
        ("drop_beyond_margin", [-0.06] * 50, Ending("fail", 50)),
        ("paired_t", [0.0] * 50, Ending("pass", 50)),
        ("paired_t", [-0.06] * 50, Ending("fail", 50)),
        ("paired_t", [-1.0, 1.0] * 25, Ending("inconclusive", 50)),
        ("peeked_t", [0.0] * 50, Ending("pass", 10)),
        ("peeked_t", [-1.0, 1.0] * 25, Ending("inconclusive", 50)),
        ("peeked_t", [-1.0, 1.0] * 10 + [-0.9] * 30, Ending("fail", 30)),
        ("mcnemar", [-1.0] * 4 + [0.0] * 46, Ending("inconclusive", 50)),
        ("mcnemar", [-1.0] * 5 + [0.0] * 45, Ending("fail", 50)),
        ("mcnemar", [-1.0] * 9 + [1.0] + [0.0] * 40, Ending("fail", 50)),
        ("mcnemar", [-1.0] * 8 + [1.0] * 2 + [0.0] * 40, Ending("inconclusive", 50)),
        ("mcnemar", [0.0] * 50, Ending("pass", 50)),
        ("gate", [-1.0] * 50, Ending("fail", 10)),
        ("gate", [1.0] * 50, Ending("pass", 10)),
        ("gate", [0.0] * 50, Ending("inconclusive", 50)),
    ],
)
def test_rules_by_hand(rule: str, values: list[float], ending: Ending) -> None:
    assert decision_rules.BINARY[rule](values, FIFTY) == ending


@pytest.mark.parametrize(("freedom", "value"), [(9, 1.8331), (19, 1.7291), (49, 1.6766), (499, 1.6479)])
def test_the_t_quantile_is_that_of_the_tables(freedom: int, value: float) -> None:
    assert decision_rules._t_quantile(freedom) == pytest.approx(value, abs=1e-4)


def test_the_gate_in_one_go_is_the_gate_batch_by_batch() -> None:
    source = random.Random(5)
    for _ in range(50):
        values = decision_families.discordant(0.2)(-0.05)(source, 100)
        whole = decision_rules.gate(values, HUNDRED)
        for end in range(10, 110, 10):
            series = Series("difference", [(value, value) for value in values[:end]], 100, 0.05)
            found = joint_test.decide([series], looks=range(10, 101, 10), planned=100, interval=False)
            if found.how != "incomplete":
                assert whole == Ending(found.outcome, end)
                break


EQUAL, WORSE, NOISE = [0.0] * 100, [-0.5] * 100, [1.0, -1.0] * 50


@pytest.mark.parametrize(
    ("metrics", "outcome", "used"),
    [
        ([EQUAL, EQUAL, EQUAL], "pass", 70),
        ([EQUAL, EQUAL, WORSE], "fail", 20),
        ([EQUAL, NOISE, EQUAL], "inconclusive", 60),
        ([NOISE, WORSE, EQUAL], "fail", 20),
    ],
)
def test_any_metric_blocks_and_all_must_pass(metrics: list[list[float]], outcome: str, used: int) -> None:
    assert decision_rules.of_metrics(3)["gate"](metrics, HUNDRED) == Ending(outcome, used)


def test_several_metrics_share_the_error_of_a_block() -> None:
    known = decision_rules.of_metrics(3)
    weak = [-0.25, 0.0, -0.25, 0.25] * 25
    assert known["uncorrected"]([weak, EQUAL, EQUAL], HUNDRED).outcome == "fail"
    assert known["gate"]([weak, EQUAL, EQUAL], HUNDRED).outcome == "inconclusive"
    assert "uncorrected" not in decision_rules.of_metrics(1)


def test_clusters_count_once() -> None:
    clusters = [[value] * 5 for value in [-0.4, 0.2, -0.2, 0.0, -0.3] * 4]
    assert decision_rules.gate_cases_apart(clusters, HUNDRED).outcome == "fail"
    assert decision_rules.gate_by_cluster(clusters, HUNDRED) == Ending("inconclusive", 100)
    assert decision_rules.gate_by_cluster([[-1.0] * 5] * 20, HUNDRED) == Ending("fail", 30)


@pytest.mark.parametrize("family", decision_families.FAMILIES)
@pytest.mark.parametrize("change", bench_decisions.CHANGES)
def test_families_have_exactly_the_mean_they_say(family: str, change: float) -> None:
    count = 40_000
    values = decision_families.FAMILIES[family].at(change)(random.Random(3), count)
    assert all(-1 <= value <= 1 for value in values)
    assert fmean(values) == pytest.approx(change, abs=4.5 * stdev(values) / sqrt(count))


def test_cases_of_a_cluster_resemble_each_other() -> None:
    made = decision_families.clusters(random.Random(4), 4000, 2, -0.05, 0.3)
    values = [value for cluster in made for value in cluster]
    assert all(-1 <= value <= 1 for value in values)
    assert fmean(values) == pytest.approx(-0.05, abs=0.01)
    assert stdev(values) == pytest.approx(0.2, abs=0.01)
    alike = fmean((a + 0.05) * (b + 0.05) for a, b in made) / 0.04
    assert alike == pytest.approx(0.3, abs=0.06)


@pytest.fixture(scope="module")
def groups() -> dict[str, decision_tables.Real]:
    place = decision_tables.folder()
    if place is None:
        pytest.skip(f"{decision_tables.VARIABLE} names no score tables: the real groups were NOT checked")
    return decision_tables.groups(place)


def test_real_groups_are_what_they_say(groups: dict[str, decision_tables.Real]) -> None:
    assert len(groups) == 4 + 7
    for key, group in groups.items():
        values = group.draw(random.Random(6), 4000)
        assert all(-1 <= value <= 1 for value in values), key
        if group.low == group.high == 0:
            assert fmean(values) == pytest.approx(0, abs=4.5 * stdev(values) / sqrt(4000))
    assert [key for key, group in groups.items() if group.binary] == ["same_agent"]


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [
        (-0.2, -1, -0.15),
        (-0.15, -1, -0.15),
        (-0.05, -0.1, -0.05),
        (-0.01, -0.05, 0),
        (0, 0, 0.05),
        (0.05, 0.05, 0.1),
        (0.5, 0.1, 1),
    ],
)
def test_an_edge_belongs_to_the_side_of_the_promise(mean: float, low: float, high: float) -> None:
    at = decision_tables._band(mean)
    assert decision_tables.EDGES[at : at + 2] == (low, high)


def test_tables_are_looked_for_where_the_variable_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(decision_tables.VARIABLE, str(tmp_path))
    assert decision_tables.folder() is None
    table = tmp_path / "judge" / "alpacaeval1_gpt4.csv.gz"
    table.parent.mkdir()
    table.touch()
    assert decision_tables.folder() == table.parent
    monkeypatch.setenv(decision_tables.VARIABLE, str(table.parent))
    assert decision_tables.folder() == table.parent
    monkeypatch.delenv(decision_tables.VARIABLE)
    assert decision_tables.folder() is None


RULES: list[Callable[[Sequence[float], Design], Ending]] = [*decision_rules.BINARY.values()]


def test_every_rule_has_words_and_uses_no_more_than_there_is() -> None:
    assert set(decision_rules.BINARY) <= set(decision_rules.WORDS)
    for rule in RULES:
        ending = rule(decision_families.ordinal(-0.02)(random.Random(8), 100), HUNDRED)
        assert 0 < ending.used <= 100
