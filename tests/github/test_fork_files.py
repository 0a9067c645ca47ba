"""The whole of a hostile pull request is played in tests/cli/steps/test_gate_fork.py; here, the names."""

from __future__ import annotations

import pytest

from cuebook.github.fork_files import is_allowed


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("prompts/qa/v3.prompt.yml", True),
        ("prompts/qa/meta.yml", True),
        ("prompts/qa/aliases.yml", False),
        ("prompts/qa/v03.prompt.yml", False),
        ("prompts/QA/v3.prompt.yml", False),
        ("prompts/qa/deep/v3.prompt.yml", False),
        ("prompts/../evals/qa/meta.yml", False),
        ("evals/qa/suite.yml", False),
        (".github/workflows/gate.yml", False),
        ("", False),
    ],
)
def test_only_version_and_meta_files_of_prompts_are_taken(path: str, *, allowed: bool) -> None:
    assert is_allowed(path) == allowed
