from __future__ import annotations

import pytest

from cuebook.shapes.file_formats import OverrideFile, RemovalFile, RulesFile, UnprotectedFile
from cuebook.wording.overrides import about, override_problem

AGREED = {"who": "@ada", "why": "known", "until": "2026-12-31"}
SHA = "sha256:" + "a" * 64
STATE = {"rules": SHA, "dataset": SHA}


@pytest.mark.parametrize(
    ("shaped", "words"),
    [
        (OverrideFile.model_validate({"prompt": "qa", "version": 2, "digest": SHA, **AGREED}), "qa/2"),
        (
            RulesFile.model_validate({"suite": "s", "before": STATE, "after": "removed", **AGREED}),
            "the rules of s",
        ),
        (
            RemovalFile.model_validate({"prompt": "qa", "alias": "beta", **AGREED}),
            "the removal of beta of qa",
        ),
        (UnprotectedFile.model_validate({"alias": "beta", **AGREED}), "the protection of beta"),
    ],
)
def test_each_kind_is_called_by_what_it_is_about(
    shaped: OverrideFile | RulesFile | RemovalFile | UnprotectedFile, words: str
) -> None:
    assert about(shaped) == words


def test_what_earlier_releases_let_through_says_since_when_it_does_not() -> None:
    assert override_problem("no_account", "f", 4, who="Ada").since
    assert not override_problem("override_misplaced", "f", about="qa/2", place="g").since
