from __future__ import annotations

import pytest

from cuebook.core import errors
from cuebook.core.errors import CuebookError, InvalidFiles, MissingExtra, Problem, Retryable

EXIT_CODES = {
    "CuebookError": 2,
    "UsageError": 2,
    "InvalidFiles": 2,
    "MissingExtra": 2,
    "BrokenPlugin": 2,
    "RefError": 2,
    "MalformedRef": 2,
    "UnknownPrompt": 2,
    "UnknownVersion": 2,
    "UnknownAlias": 2,
    "RenderError": 2,
    "GitError": 2,
    "GitHubError": 4,
    "Refused": 4,
    "CeilingReached": 3,
    "PublishConflict": 1,
    "RegistryUnreachable": 4,
    "DigestMismatch": 4,
    "ModelError": 4,
    "Retryable": 4,
    "CaseFailed": 4,
    "Aborted": 4,
}


def family() -> dict[str, type[CuebookError]]:
    found: list[type[CuebookError]] = [CuebookError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return {kind.__name__: kind for kind in found if kind.__module__ == "cuebook.core.errors"}


def test_every_error_has_the_exit_code_it_promises() -> None:
    assert {name: kind.exit_code for name, kind in family().items()} == EXIT_CODES


def test_the_docstring_draws_the_whole_tree() -> None:
    for name in family():
        assert name in str(errors.__doc__)


@pytest.mark.parametrize("name", ["MalformedRef", "UnknownPrompt", "UnknownVersion", "UnknownAlias"])
def test_the_four_ref_errors_are_one_family(name: str) -> None:
    assert issubclass(family()[name], errors.RefError)
    assert not issubclass(family()[name], ValueError)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.yml", 3, "bad"), "a.yml:3: error: bad"),
        (Problem("a.yml", 0, "bad"), "a.yml: error: bad"),
        (Problem("a.yml", 3, "bad", "do this"), "a.yml:3: error: bad\n    do this"),
        (Problem("a.yml", 3, "odd", "", "warning"), "a.yml:3: warning: odd"),
    ],
)
def test_a_problem_says_where_what_and_the_cure(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_error_prints_its_hint_only_when_it_has_one() -> None:
    assert str(CuebookError("no")) == "no"
    assert str(CuebookError("no", "try this")) == "no\n    try this"


def test_invalid_files_carry_every_problem() -> None:
    problems = [Problem("a", 1, "x"), Problem("b", 2, "y")]
    error = InvalidFiles(problems)
    assert error.problems == problems
    assert "a:1: error: x" in str(error)
    assert "b:2: error: y" in str(error)


def test_a_missing_extra_says_how_to_install_it() -> None:
    line = "pip install 'cuebook[cli] @ git+https://github.com/cuebook/cuebook'"
    assert line in str(MissingExtra("jinja2", "cli"))


def test_a_retryable_error_remembers_when_to_come_back() -> None:
    assert Retryable("busy", after=2.5, throttled=True).after == 2.5
    assert Retryable("busy").after is None
    assert not Retryable("busy").throttled


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("produciton", ["production", "staging"], "production"),
        ("production", ["production"], "production"),
        ("zzz", ["production", "staging"], ""),
        ("x", [], ""),
        ("", ["production"], ""),
        ("ID", ["inputs", "id"], "id"),
        ("model_parameters", ["messages", "modelParameters"], "modelParameters"),
        ("PROD", ["Prod", "prod"], "Prod"),
        ("qq", ["qa"], "qa"),
        ("url", ["base_url", "like"], "base_url"),
        ("foo", ["tools", "messages"], ""),
        ("name", ["gate", "prompt"], ""),
        ("tests", ["target", "dataset"], ""),
    ],
)
def test_nearest(word: str, known: list[str], found: str) -> None:
    assert errors.nearest(word, known) == found


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("produciton", ["production"], "did you mean 'production'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], ""),
        (
            "zzz",
            [f"k{n:02}" for n in range(14)],
            "known: k00, k01, k02, k03, k04, k05, k06, k07, k08, k09, k10, k11, ...",
        ),
    ],
)
def test_did_you_mean_names_the_nearest_or_lists_the_known(word: str, known: list[str], hint: str) -> None:
    assert errors.did_you_mean(word, known) == hint
