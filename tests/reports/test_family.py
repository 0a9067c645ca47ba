from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cuebook.core.errors import UsageError
from cuebook.reports import find, names, render
from cuebook.reports._audience import Audience
from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import Override, Protected, Verdict
from cuebook.wording.details import models, override_box
from cuebook.wording.headline import headline
from outcomes import OUTCOMES
from verdicts import EVERY, FAIL, FIRST, PASS, UNTESTED, check_golden, commands, controls, hostile_verdicts

FOLDER = Path(__file__).parent
SHOWN = re.compile(r"%([0-9A-F]{2})")


PACKAGE = FOLDER.parents[1] / "tools" / "cuebook"


def test_nothing_else_lists_the_reports_so_that_one_more_is_a_file_and_its_test() -> None:
    lists = {}
    for path in PACKAGE.rglob("*.py"):
        constants = (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
        )
        named = {node.value for node in constants if isinstance(node.value, str)} & set(names())
        if path.parent.name != "reports" and len(named) > len(names()) / 2:
            lists[path.name] = sorted(named)
    assert lists == {}


def of(*audiences: str) -> list[str]:
    """The reports made for these."""
    return [name for name in names() if find(name).AUDIENCE in audiences]


def words(name: str, verdicts: Sequence[Verdict]) -> str:
    """What a reader of a report sees: no markup, no escapes, one blank between words."""
    text = SHOWN.sub(lambda found: chr(int(found[1], 16)), render(name, verdicts))
    return " ".join(unescape(text).replace("\\", "").replace("\u200b", "").split())


@pytest.mark.parametrize("name", names())
def test_member_keeps_the_contract(name: str) -> None:
    module = sys.modules[find(name).__name__]  # type: ignore[attr-defined]
    assert module.__doc__
    assert len(module.__doc__.splitlines()[0]) <= 110
    assert module.render.__doc__
    assert module.SUFFIX.startswith(".")
    assert module.AUDIENCE in get_args(Audience)


@pytest.mark.parametrize("name", names())
def test_member_renders_what_its_golden_file_shows_where_it_has_one(name: str) -> None:
    path = FOLDER / "golden" / f"{name}{find(name).SUFFIX}"
    if path.is_file():
        check_golden(path, render(name, EVERY))


BROKE = re.compile(r"\b(broke|broken)\b", re.IGNORECASE)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("name", of("people", "log", "browsers"))
def test_a_first_version_fails_and_breaks_nothing(name: str) -> None:
    protected = Protected(tag="critical", total=6, broken=["qa-001", "qa-002"])
    update = {"protected": protected, "causes": [Cause(code="protected_broken")]}
    for live in (None, 1):
        first = FIRST.model_copy(update={**update, "live_version": live})
        text = words(name, [first])
        assert "2 of 6 protected cases fail" in text
        assert not BROKE.search(text), BROKE.search(text)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("name", names())
def test_the_headline_of_every_outcome_is_the_same_in_every_report(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("NO_COLOR", "1")
    for title, verdict in OUTCOMES.items():
        if verdict.override is None:  # a report of one line has room for the override only
            assert headline(verdict) in words(name, [verdict]), title


@pytest.mark.parametrize("name", of("people", "log"))
def test_an_override_is_shown_and_changes_no_outcome(name: str) -> None:
    held = Override(who="Ana Lima", why="the old answers were wrong", until="2026-12-01")
    shown = words(name, [FAIL.model_copy(update={"override": held})])
    assert override_box(held) in shown
    assert "fail" in shown.lower()
    assert "Ana Lima" not in words(name, [FAIL])


def ending(verdict: Verdict, old: str, new: str) -> Verdict:
    """The verdict, with the answers of each arm ended so."""
    cases = [
        case.model_copy(
            update={
                "candidate": case.candidate.model_copy(update={"finish": new}),
                "baseline": case.baseline and case.baseline.model_copy(update={"finish": old}),
            }
        )
        for case in verdict.cases
    ]
    return verdict.model_copy(update={"cases": cases})


@pytest.mark.parametrize("name", sorted({*of("people"), "junit"} - {"table"}))
def test_how_answers_ended_is_a_column_of_every_report(name: str) -> None:
    unknown = words(name, [FAIL])
    assert "finish" not in unknown, "a record of an earlier release does not tell"
    level, apart = (words(name, [ending(FAIL, "stop", new)]) for new in ("stop", "length"))
    assert "finish stop" in level
    assert "stop → stop" not in level
    assert "finish stop → length" in apart
    (silent,) = [case for case in FAIL.cases if case.change == "failed"]
    alone = FAIL.model_copy(update={"cases": [silent], "protected": None})
    assert "finish stop → no answer" in words(name, [ending(alone, "stop", "")])
    assert "finish length" in words(name, [ending(FIRST, "", "length")])
    assert len(words(name, [ending(FAIL, "stop", "x" * 500)])) < len(apart) + 500 * len(FAIL.cases)


@pytest.mark.parametrize("name", ["terminal", "markdown"])
def test_how_answers_ended_is_counted(name: str) -> None:
    text = words(name, [ending(FAIL, "stop", "length")])
    answered = sum(case.candidate.text is not None for case in FAIL.cases)
    assert f"length {answered}, no answer 1" in text
    assert f"stop {len(FAIL.cases)}" in text
    assert f"v6 stop {len(PASS.cases)}" in words("terminal", [ending(PASS, "stop", "stop")])


def test_no_two_members_write_the_same_file() -> None:
    assert len({find(name).SUFFIX for name in names()}) == len(names())


@pytest.mark.parametrize("verdicts", [[], [PASS], [UNTESTED], EVERY])
@pytest.mark.parametrize("name", names())
def test_text_is_whole_and_pure(name: str, verdicts: Sequence[Verdict]) -> None:
    text = render(name, verdicts)
    assert text == render(name, verdicts)
    assert text.endswith("\n") or (find(name).AUDIENCE == "log" and not verdicts)
    assert not text.endswith("\n\n")
    text.encode()


@pytest.mark.parametrize("name", of("people"))
def test_that_there_is_no_verdict_is_said(name: str) -> None:
    assert "No verdicts." in render(name, [])


@pytest.mark.parametrize("name", names())
@given(verdicts=st.lists(hostile_verdicts(), max_size=2))
# A verdict cannot be made smaller in less than five minutes, and the line that a report printed says enough.
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_other_peoples_text_steers_nothing(name: str, verdicts: list[Verdict]) -> None:
    text = render(name, verdicts)
    text.encode()
    assert not controls(text)
    if find(name).AUDIENCE != "log":  # whose lines are meant to be obeyed; its own test sees to them
        assert not commands(text)


@pytest.mark.parametrize("name", of("people"))
def test_offline_models_are_named_where_there_is_more_than_a_line_a_verdict(name: str) -> None:
    if len(render(name, EVERY).splitlines()) > 3 * len(EVERY):
        assert models(PASS) in words(name, [PASS])


def test_an_unknown_report_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        render("markdwn", [])
    assert "markdown" in unknown.value.hint
