from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.core.errors import UsageError
from cuebook.reports import find, names, render
from cuebook.shapes.verdict import Verdict
from verdicts import EVERY, PASS, UNTESTED, check_golden, commands, controls, hostile_verdicts

FOLDER = Path(__file__).parent
COMMANDS = {"annotations"}
"""Members whose lines are meant to be obeyed; their own test sees to them."""


def test_the_family_is_the_folder() -> None:
    assert set(names()) == {"annotations", "json", "junit", "markdown", "table", "terminal"}


@pytest.mark.parametrize("name", names())
def test_member_keeps_the_contract(name: str) -> None:
    module = sys.modules[find(name).__name__]  # type: ignore[attr-defined]
    assert module.__doc__
    assert len(module.__doc__.splitlines()[0]) <= 110
    assert module.render.__doc__
    assert module.SUFFIX.startswith(".")


@pytest.mark.parametrize("name", names())
def test_member_has_a_test_and_a_golden_file(name: str) -> None:
    assert (FOLDER / f"test_{name}.py").is_file()
    path = FOLDER / "golden" / f"{name}{find(name).SUFFIX}"
    assert path.is_file()
    if name != "json":  # grows with the verdict's shape; its own test reads the file back instead
        check_golden(path, render(name, EVERY))


def test_no_two_members_write_the_same_file() -> None:
    assert len({find(name).SUFFIX for name in names()}) == len(names())


@pytest.mark.parametrize("verdicts", [[], [PASS], [UNTESTED], EVERY])
@pytest.mark.parametrize("name", names())
def test_text_is_whole_and_pure(name: str, verdicts: Sequence[Verdict]) -> None:
    text = render(name, verdicts)
    assert text == render(name, verdicts)
    assert text.endswith("\n") or (name == "annotations" and not verdicts)
    assert not text.endswith("\n\n")
    text.encode()


@pytest.mark.parametrize("name", sorted(set(names()) - {"json", "annotations", "junit"}))
def test_nothing_to_evaluate_is_said(name: str) -> None:
    assert "Nothing to evaluate." in render(name, [])


@pytest.mark.parametrize("name", names())
@given(verdicts=st.lists(hostile_verdicts(), max_size=2))
@settings(max_examples=40, deadline=None)
def test_other_peoples_text_steers_nothing(name: str, verdicts: list[Verdict]) -> None:
    text = render(name, verdicts)
    text.encode()
    assert not controls(text)
    if name not in COMMANDS:
        assert not commands(text)


@pytest.mark.parametrize("name", [name for name in names() if name not in {"json", "table"}])
def test_offline_models_are_named(name: str) -> None:
    assert "built in" in render(name, [PASS]) or "Built-in" in render(name, [PASS])


def test_an_unknown_report_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        render("markdwn", [])
    assert "markdown" in unknown.value.hint
