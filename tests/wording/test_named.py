from __future__ import annotations

import pytest

from cuebook.wording.named import line_of_judge, named_problem, way_to_model


@pytest.mark.parametrize(
    ("code", "severity"),
    [("field_refused", "error"), ("field_refused_in_place", "warning"), ("model_gone", "error")],
)
def test_what_a_version_is_no_cause_of_only_warns(code, severity: str) -> None:
    about = {"why": "it has no top_k", "cure": "remove it", "prompt": "qa", "ends": "m was shut down"}
    found = named_problem(code, "f", 1, **about, instead="choose another model", command="new qa")
    assert found.severity == severity
    assert not found.breaks


def test_a_model_in_the_place_of_a_versions_own_wants_a_version_of_its_own() -> None:
    found = named_problem("field_refused_in_place", "f", 1, why="no top_k", cure="remove it", prompt="qa")
    assert found.hint == 'in a version of its own: remove it; cuebook new qa -m "Why this version"'


def test_a_model_gets_to_apps_by_a_version_that_names_it() -> None:
    gated = "cuebook gate qa/2 && cuebook promote qa/2"
    assert way_to_model("qa", "openai/m", 2, is_written=True) == gated
    assert (
        way_to_model("qa", "openai/m", 2, is_written=False)
        == f'cuebook new qa -m "Ask openai/m", then {gated}'
    )


@pytest.mark.parametrize(
    ("asked", "compares", "line"),
    [
        ([], False, "- judge: {prompt: tone/2}"),
        (
            ["q"],
            True,
            "- judge_pairwise: {prompt: tone/2, with: {q: inputs.Q}}, with keys of its cases for Q",
        ),
    ],
)
def test_a_suite_asks_a_judge_by_a_line_with_all_its_variables(
    asked: list[str], compares: bool, line: str
) -> None:
    assert line_of_judge("tone/2", asked, compares=compares) == line
