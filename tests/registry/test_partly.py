from __future__ import annotations

from typing import Any

from cuebook.core.yaml_files import read_yaml
from cuebook.registry.partly import Doubts, partly
from cuebook.shapes.file_formats import SuiteFile

STAND_INS: dict[tuple[str | int, ...], Any] = {
    ("scorers",): ["-"],
    ("scorers", "*"): "-",
    ("gate", "metrics"): {"-": {}},
}


def seen(text: str) -> tuple[SuiteFile | None, Doubts, list[tuple[int, str]]]:
    shaped, doubts, problems = partly(read_yaml(text.encode(), "suite.yml"), SuiteFile, STAND_INS)
    return shaped, doubts, [(item.line, item.message) for item in problems]


def test_a_key_that_is_written_wrong_counts_by_its_right_name() -> None:
    shaped, doubts, told = seen("prompt: qa\nscorer: [exact]\ngate: {metrcs: {exact: {margin: 3}}}\n")
    assert shaped
    assert (shaped.scorers, list(shaped.gate.metrics)) == (["exact"], ["exact"])
    assert told == [
        (3, "unknown key 'gate.metrcs'"),
        (2, "unknown key 'scorer'"),
        (3, "gate.metrics.exact.margin: it is 3; at most 1 is allowed"),
    ]
    assert doubts == {("gate", "metrics", "exact", "margin")}


def test_a_key_of_a_block_that_is_written_beside_it_counts_in_it() -> None:
    text = "prompt: qa\nscorers: [exact]\ngate: {metrics: {exact: {}}}\njudges: {min_kappa: 0.4}\n"
    shaped, doubts, told = seen(text)
    assert shaped
    assert (shaped.gate.judges.min_kappa, doubts, told) == (0.4, set(), [(4, "unknown key 'judges'")])


def test_what_is_refused_is_left_out_and_doubted() -> None:
    shaped, doubts, told = seen("prompt: qa\nrepeats: 0\nscorers: [exact, 5]\ngate: {metrics: {}}\n")
    assert shaped
    assert (shaped.repeats, shaped.scorers) == (1, ["exact", "-"])
    assert [line for line, _ in told] == [2, 3, 4]
    assert doubts == {("repeats",), ("scorers", 1), ("gate", "metrics")}
    assert [doubts.touch("gate"), doubts.touch("gate", "baseline")] == [True, False]
    assert [doubts.cover("gate"), doubts.cover("gate", "metrics", "exact")] == [False, True]


def test_of_keys_that_do_not_go_together_one_is_left_out() -> None:
    text = "prompt: qa\nscorers: [exact]\ngate: {metrics: {exact: {}}}\ntarget: app\nmodels: [a/b]\n"
    shaped, doubts, told = seen(text)
    assert shaped
    assert shaped.target is None
    assert doubts == {("target",)}
    assert told == [(4, "an app answers in place of every model, and the suite names models, too")]


def test_nothing_is_concluded_from_what_seems_to_be_indented_wrong() -> None:
    shaped, _, told = seen("prompt: qa\nscorers: [exact]\n'- gate': {metrics: {exact: {}}}\n")
    assert shaped is None
    assert (3, "unknown key '- gate'") in told
