from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from rich.cells import cell_len

from cuebook.reports.terminal import render
from cuebook.shapes.verdict import Arm, Coverage, Verdict
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from verdicts import (
    EVERY,
    FAIL,
    FIRST,
    GOOD,
    INCONCLUSIVE,
    OFFLINE_NOTE,
    PASS,
    UNTESTED,
    WRONG,
    answer,
    case,
    controls,
    hostile_verdicts,
    metric,
    verdict,
)

OURS = {f"\x1b[{code}m" for code in ("0", "1", "2", "31", "32", "33", "1;31", "1;32", "1;33")}
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("shown", EVERY)
def test_the_first_line_is_verdict_and_reason_the_next_what_to_do(shown: Verdict) -> None:
    words = " ".join(render([shown]).split())
    first = f"{shown.outcome.upper()} qa-assistant/{shown.candidate.version}"
    assert words[2:].startswith(first)
    assert (
        words.index(headline(shown)) < words.index(f"Next: {next_step(shown).text}") < words.index("metric")
    )


def test_a_pass_is_short_a_failure_long() -> None:
    assert len(render([PASS]).splitlines()) < 30
    assert len(render([FAIL]).splitlines()) > 60
    assert "Happy to help" not in render([PASS])
    assert "Happy to help" in render([FAIL])


def test_up_to_five_broken_and_five_fixed_cases_with_both_answers_and_the_reason() -> None:
    many = [case(f"f-{n}", "fixed", WRONG, GOOD) for n in range(7)]
    text = render([verdict("fail", cases=[*FAIL.cases[:7], *many])])
    assert "Broken: 7, 5 of them shown (all: --format json)" in text
    assert "Fixed: 7, 5 of them shown (all: --format json)" in text
    assert "qa-005" in text
    assert "qa-006" not in text
    assert ("f-4" in text, "f-5" in text) == (True, False)
    block = text[text.index("    qa-001") : text.index("    qa-002")]
    for part in (
        "protected",
        "critical",
        "Is return qa-001 free?",
        "v5   ",
        "Yes, within 30 days.",
        "100 → 0",
    ):
        assert part in block
    assert "contradicts the reference" in block


def test_cases_that_lost_a_little_are_shown_when_nothing_broke() -> None:
    assert "Worse: 1" in render([INCONCLUSIVE])
    assert "Worse: 1" not in render([FAIL])


def test_cases_broken_in_a_pass_are_named() -> None:
    text = render([verdict("pass", cases=FAIL.cases)])
    assert "Broken in spite of the pass: qa-001, qa-002, qa-003, qa-004, qa-005 and 3 more." in text


def test_a_first_version_has_no_other_side() -> None:
    text = render([FIRST])
    assert "(first version)" in text
    assert "3 failing, 1 without an answer, 4 passing" in " ".join(text.split())
    assert "Failing: 4" in text
    assert "(no answer: the answer was cut off by maxTokens)" in text
    assert not re.search(r"\bv[025]\b|broken|worse than|Fixed", text)


def test_nothing_measured_is_no_crash() -> None:
    assert "INCONCLUSIVE" in render([UNTESTED])


def test_notes_stand_once_at_the_end() -> None:
    text = render([PASS, FAIL])
    text = " ".join(text.split())
    assert text.count(OFFLINE_NOTE) == 1
    assert text.rstrip().endswith(OFFLINE_NOTE)


def test_many_verdicts_are_listed_at_the_end() -> None:
    many = [verdict(outcome) for outcome in ("pass", "fail", "pass", "inconclusive")]
    listed = render(many).partition("All verdicts\n")[2].splitlines()[:4]
    assert [row.split()[:2] for row in listed] == [
        ["✓", "PASS"],
        ["✗", "FAIL"],
        ["✓", "PASS"],
        ["?", "INCONCLUSIVE"],
    ]
    assert len({row.index("qa-assistant/") for row in listed}) == 1
    assert "All verdicts" not in render(many[:3])


def test_of_many_verdicts_those_that_ask_for_nothing_are_only_listed() -> None:
    asks = verdict("fail", live_version=None)
    old = verdict("fail", live_version=asks.candidate.version + 1)
    text = render([old, old, asks, old])
    assert text.count("Next: ") == 1
    assert "3 verdicts that ask for nothing: listed only" in text
    assert len(re.findall("FAIL +qa-assistant/", text.partition("All verdicts\n")[2])) == 4
    assert render([old, old, old]).count("Next: Nothing to do") == 3
    assert "verdict that asks for nothing" in render([old, asks, asks, asks])


def test_real_models_are_named_with_what_answered() -> None:
    digests = PASS.digests.model_copy(update={"models": ["openai/gpt-4o-mini"]})
    text = render([PASS.model_copy(update={"digests": digests, "served_models": ["gpt-4o-mini-2024-07-18"]})])
    assert "Models: openai/gpt-4o-mini; answers came from gpt-4o-mini-2024-07-18" in " ".join(text.split())
    assert "built in" not in text


def test_a_paired_scorer_has_a_change_and_no_sides() -> None:
    def said(value: float) -> dict[str, object]:
        scores = {"judge-preference/1": {"state": "measured", "value": value, "passed": True, "reason": ""}}
        return {"text": "x", "scores": {**GOOD.model_dump()["scores"], **scores}}

    found = [case("a", "same", GOOD, answer("x", 1.0).model_validate(said(0.4)))]
    summary = FAIL.summaries[1].model_copy(
        update={"label": "judge-preference/1", "baseline": None, "candidate": 0.4}
    )
    text = render([verdict("inconclusive", cases=found, summaries=[summary])])
    assert re.search(r"judge-preference/1 +– +– +\+40.0 ", text)


def test_several_models_are_told_apart() -> None:
    metrics = [metric("x", "pass", 0.1, 0.0, 0.2, model=model) for model in ("openai/a", "openai/b")]
    text = render([verdict("pass", metrics=metrics)])
    assert "x (openai/a)" in text
    assert "x (openai/b)" in text


def test_pipes_get_no_colour_and_100_columns() -> None:
    text = render(EVERY)
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_colour_and_its_own_width() -> None:
    text = render([FAIL])
    assert "\x1b[1;31m✗ FAIL" in text
    prose = STYLE.sub("", text).partition("metric")[0]
    assert max(len(line) for line in prose.splitlines()) <= 72
    assert "✗ FAIL" in STYLE.sub("", text)


@pytest.mark.parametrize("shown", [PASS, FAIL, FIRST, INCONCLUSIVE])
def test_a_table_that_is_too_wide_has_what_is_needed_below_each_row(
    monkeypatch: pytest.MonkeyPatch, shown: Verdict
) -> None:
    monkeypatch.setattr("cuebook.reports.terminal.PROSE", 80)
    lines = render([shown]).splitlines()
    assert max(map(len, lines)) <= 80
    (head,) = (at for at, each in enumerate(lines) if each.startswith("     metric"))
    if not lines[head].endswith("needs"):
        assert lines[head + 2].startswith("       needs: ")


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in render([FAIL])


@pytest.mark.usefixtures("ascii_only")
def test_an_old_encoding_gets_plain_marks_in_the_same_places() -> None:
    plain = render(EVERY)
    golden = (Path(__file__).parent / "golden/terminal.terminal.txt").read_text(encoding="utf-8")
    assert plain.isascii()
    assert [len(line) for line in plain.splitlines()] == [len(line) for line in golden.splitlines()]
    assert "x FAIL" in plain
    assert "|--" in plain


@pytest.mark.usefixtures("terminal")
@given(shown=hostile_verdicts())
@settings(max_examples=20, deadline=None)
def test_only_our_own_colours_reach_a_terminal(shown: Verdict) -> None:
    text = render([shown])
    assert set(STYLE.findall(text)) <= OURS
    assert STYLE.search(text)
    assert not controls(STYLE.sub("", text))


def test_rich_markup_in_an_answer_is_text() -> None:
    shown = verdict("fail", cases=[case("a", "broken", GOOD, answer("[bold red]x[/] :smile:", 0.0))])
    assert "[bold red]x[/] :smile:" in render([shown])


def test_wide_characters_keep_the_columns() -> None:
    shown = verdict(
        "fail", cases=[case("a", "broken", GOOD, answer("返品は三十日以内なら無料です。" * 9, 0.0))]
    )
    block = render([shown]).partition("v6   ")[2].partition("judge-")[0]
    assert len(block.splitlines()) > 2
    assert all(len(line.strip()) <= 45 for line in block.splitlines())


def test_wide_names_keep_the_columns() -> None:
    found = case("a", "broken", GOOD, WRONG, inputs={"質問": "返品は?", "context": "x"}, expectations={})
    text = render([verdict("fail", cases=[found])])
    starts = [re.search(f"^ {{6}}.*(?={word})", text, re.MULTILINE) for word in ("返品", "x$", "100 → 0")]
    assert {cell_len(start[0]) for start in starts if start} == {6 + len("judge-correctness/2") + 2}


def test_a_long_first_message_does_not_matter() -> None:
    arm = Arm(version=6, digest="sha256:" + "6" * 64, message="x" * 4000)
    assert len(render([PASS.model_copy(update={"candidate": arm})])) == len(render([PASS]))


def test_what_a_metric_counts_is_named_and_cases_are_cases() -> None:
    cases = [case.model_copy(update={"cluster": "doc"}) for case in FAIL.cases]
    coverage = Coverage(cases=198, used=28, candidate_failed=0, clusters=151, clusters_used=11)
    clustered = FAIL.model_copy(update={"cases": cases, "coverage": coverage})
    text = render([clustered])
    assert re.search(r"interval +clusters +needs", text)
    assert "28 of 198 cases asked (11 of 151 clusters counted), enough to decide" in text
    assert re.search(r"length .* 80 cases +reported only", text)
    ahead = Coverage(cases=202, used=89, candidate_failed=0, clusters=202, clusters_used=84, ahead=5)
    text = render([FAIL.model_copy(update={"coverage": ahead})])
    assert re.search(r"interval +cases +needs", text)
    assert "89 of 202 cases asked (84 counted; 5 protected cases asked ahead of their turn)" in text


def test_where_every_case_was_asked_the_mean_of_all_stands_beside_the_test() -> None:
    first = FAIL.summaries[0]
    every = Coverage(cases=80, used=80, candidate_failed=0)
    stopped = [item.model_copy(update={"used": 25, "planned": 80}) for item in FAIL.metrics]
    row = rf"{first.label} .* 80, 1 failed +all cases"
    assert re.search(row, render([FAIL.model_copy(update={"coverage": every, "metrics": stopped})]))
    assert not re.search(row, render([FAIL]))
