from __future__ import annotations

import pytest

from cuebook import reports
from cuebook.shapes.case_result import Answer
from cuebook.shapes.verdict import LimitResult
from cuebook.wording import names
from fixtures.site_catalog import verdict
from verdicts import metric


@pytest.mark.parametrize(("value", "text"), [(0.08, "8"), (0.053, "5.3"), (0.8, "80"), (0.0, "0")])
def test_a_margin_is_in_points_without_a_zero_at_its_end(value: float, text: str) -> None:
    assert names.margin(value) == text


@pytest.mark.parametrize(("error", "text"), [(0.05, "5%"), (0.0125, "1.25%"), (0.05 / 3, "1.67%")])
def test_an_error_is_in_per_cent(error: float, text: str) -> None:
    assert names.per_cent(error) == text


@pytest.mark.parametrize(
    ("evidence", "text"), [(0.31, "31%"), (0.996, "99%"), (0.9999, "99%"), (1.0, "100%"), (1.5, "150%")]
)
def test_evidence_that_is_no_fail_is_never_all_that_a_fail_needs(evidence: float, text: str) -> None:
    assert names.of_a_fail(evidence) == text


@pytest.mark.parametrize(("ends", "text"), [((-0.1, 0.99), "[−0.10, 0.99]"), ((0.953, 1.02), "[0.95, 1.00]")])
def test_the_interval_of_a_kappa_has_no_kappa_above_1(ends: tuple[float, float], text: str) -> None:
    assert names.kappa_interval(*ends) == text


def test_a_metric_names_its_model_only_where_there_are_several() -> None:
    one, other = metric("x", "pass", 0, 0, 0), metric("x", "pass", 0, 0, 0, model="m")
    assert names.metric(one, [one]) == "x"
    assert names.metric(other, [one, other]) == "x (m)"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("cost_usd", 0.0124, "$0.012"), ("seconds", 1.2, "1.20 s"), ("words", 158, "158 words")],
)
def test_a_limit_has_its_unit(name: str, value: float, text: str) -> None:
    limit = LimitResult.model_validate({"name": name, "limit": 1, "value": value, "outcome": "pass"})
    assert names.quantity(limit, value) == text


def test_a_mean_behind_a_distance_stays_on_the_scale() -> None:
    floor = metric("x", "pass", 0.1, 0, 0, kind="floor", bound=0.9)
    assert (names.mean(floor, 0.3), names.mean(floor, -1.2), names.mean(floor, -0.1)) == (
        "100.0",
        "0.0",
        "80.0",
    )


@pytest.mark.parametrize(
    ("finish", "calls", "told"),
    [
        ("stop", [], ""),
        ("tool_calls", [{"id": "c1", "name": "look", "arguments": {}}], ""),
        ("tool_calls", [], "tool_calls"),
        ("length", [{"id": "c1", "name": "look", "arguments": None, "raw": "{"}], "length"),
    ],
)
def test_how_an_answer_ended_is_told_where_it_is_not_plain(
    finish: str, calls: list[dict[str, object]], told: str
) -> None:
    assert names.ended_by(Answer(text="", finish=finish, tool_calls=calls)) == told


def test_what_a_version_is_beside_is_called_alike_on_pages_and_in_reports() -> None:
    later = verdict("qa", 3, "fail", baseline=None)
    for found, said in ((verdict("qa", 2, "pass"), "against v1"), (later, "nothing to compare with")):
        base = names.called(found.baseline) if found.baseline else ""
        assert names.beside(found.candidate.version, base) == said
        assert said in reports.render("terminal", [found])
    assert names.beside(1) == "first version"
