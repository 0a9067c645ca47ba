from __future__ import annotations

from typing import Any

import pytest

from cuebook.gate.comparison import GATE_VERSION
from cuebook.site import gate_rates as numbers
from cuebook.site.gate_rates import GATE, GateHealth
from cuebook.site.pages import Site, method
from cuebook.site.pages._limits import Rate, limits
from cuebook.site.pages._rates import NAMES, change_words
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog

FOUND = numbers.read()


def page() -> Element:
    (found,) = method.pages(Site(FakeCatalog()))
    assert (found.path, found.title) == ("page/gate-method.md", "How often the gate is right")
    return read(found.body)


def rows(document: Element, label: str) -> list[list[str]]:
    return [
        [cell.words for cell in line.find("td")] for line in document.one(aria_label=label).find("tr")[1:]
    ]


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def published(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> GateHealth:
    made = FOUND.model_copy(update=changes)
    monkeypatch.setattr(numbers, "read", lambda: made)
    return made


def test_rules_stand_side_by_side_with_the_gate_first() -> None:
    found = rows(page(), "Rules side by side")
    assert [line[0].replace("\u00a0", " ") for line in found] == list(NAMES.values())[:6]
    gate = numbers.quality(FOUND.of_kind("simulated"), GATE, 200, FOUND.margin)
    assert found[0][1] == f"{percent(gate.false_blocks.mean)} ({percent(gate.false_blocks.worst)})"
    assert found[0][5] == percent(gate.means[-0.1].failed)
    assert found[0][-1] == percent(gate.means[-0.1].used)


def test_every_published_row_is_on_the_page() -> None:
    document = page()
    shown = [line for item in document.find("table", class_="cb-table") for line in item.find("tr")[1:]]
    texts = [[cell.words for cell in line.find("td")] for line in shown]
    for row in FOUND.rows:
        rates = row.rules[GATE]
        wanted = [percent(rates.passed), percent(rates.failed), percent(rates.undecided), percent(rates.used)]
        assert any(text[1:2] == [str(row.cases)] and text[3:7] == wanted for text in texts), row


def test_weak_spots_are_named_with_their_numbers() -> None:
    text = page().text
    weak = text[text.index("Where it is weak") : text.index("Several metrics, and clusters")]
    small = numbers.quality(FOUND.of_kind("simulated"), GATE, 50, FOUND.margin).means
    usual = numbers.quality(FOUND.of_kind("simulated"), GATE, 200, FOUND.margin).means
    for share in (small[0].undecided, small[-0.1].failed, usual[-0.02].failed, usual[-0.02].passed):
        assert percent(share) in weak
    assert usual[-0.05].undecided > 0.1
    assert percent(usual[-0.05].undecided) in weak


def test_a_rule_that_is_wrong_too_often_is_marked_and_the_gate_is_not() -> None:
    document = page()
    over = [chip for chip in document.find(class_="cb-chip-failed") if chip.text == "over"]
    wrong = [name for row in FOUND.rows for name in row.rules if FOUND.broken_promises(row, name)]
    assert len(over) == len(wrong) > 20
    assert GATE not in wrong
    assert not document.find(class_="cb-card-fail")
    assert f"It held in all {len(FOUND.rows)} settings" in document.text


def test_a_broken_promise_of_the_gate_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    first = FOUND.rows[0]
    assert first.low == 0
    bad = first.rules[GATE].model_copy(update={"failed": 0.2})
    broken = first.model_copy(update={"rules": first.rules | {GATE: bad}})
    published(monkeypatch, rows=[broken, *FOUND.rows[1:]])
    document = page()
    assert f"It broke in 1 of {len(FOUND.rows)} settings" in document.text
    assert len(document.find(class_="cb-card-fail")) == 1
    assert "20.0%" in document.one(class_="cb-card-fail").text


def test_sources_and_licences_are_named() -> None:
    note = page().one(class_="cb-note")
    assert "tatsu-lab/alpaca_eval" in note.text
    assert "CC BY-NC 4.0" in note.text
    assert "no score, answer or item" in note.text


def test_without_real_scores_nothing_is_said_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [row for row in FOUND.rows if FOUND.families[row.family].kind != "real"]
    published(monkeypatch, rows=kept, sources=[])
    text = page().text
    assert "real" not in text[: text.index("What is promised")]
    assert "On real judge scores" not in text


def test_the_numbers_are_of_the_gate_that_decides_and_its_page_names_no_command_of_cuebooks_own() -> None:
    document = page()
    assert FOUND.gate_version == GATE_VERSION, "run tools/bench/bench_decisions.py --write"
    assert f"of version {GATE_VERSION}, on the same draws in one run" in document.text
    assert not document.find("pre")
    assert "python " not in document.text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 0, "none"),
        (-0.02, -0.02, "2 worse, tolerated"),
        (-0.05, -0.05, "5 worse"),
        (-0.1, -0.05, "5 to 10 worse"),
        (-0.05, 0, "0 to 5 worse, tolerated"),
        (0, 0.05, "0 to 5 better"),
        (-1, -0.15, "more than 15 worse"),
        (0.1, 1, "more than 10 better"),
    ],
)
def test_true_changes_in_words(low: float, high: float, words: str) -> None:
    assert change_words(low, high, 0.05) == words


@pytest.mark.parametrize("values", [[0.0], [3.0, 58.9, 100.0], [4.9, 5.1]])
def test_the_picture_holds_every_rate_and_the_limit(values: list[float]) -> None:
    chart = read(limits([Rate("rule", value, within=value <= 5) for value in values], 5, "t")).one("svg")
    width, height = (float(part) for part in (chart.attributes["viewbox"] or "").split()[2:])
    for item in chart.find():
        for key, value in item.attributes.items():
            if key in {"x", "x1", "x2", "cx"}:
                assert 0 <= float(value or 0) <= width
            if key in {"y", "y1", "y2", "cy"}:
                assert 0 <= float(value or 0) <= height
    line = float(chart.one("line", class_="cb-bound").attributes["x1"] or 0)
    for group, value in zip(chart.find("g"), values, strict=True):
        dot = float(group.one("circle").attributes["cx"] or 0)
        assert (dot > line) == (value > 5)
        assert ("over" in group.text) == (value > 5)
        assert group.attributes["class"] == ("cb-fail" if value > 5 else "cb-pass")
    assert chart.one("desc").text.startswith("Limit 5%. rule: ")
