from __future__ import annotations

from cuebook.wording.prompt_files import prompt_problem


def test_a_name_is_quoted_and_never_filled_in() -> None:
    found = prompt_problem("misnamed", "prompts/qa/{right}", file="{right}", right="v2.prompt.yml")
    assert found.message == "'{right}' is not a version's file name"
    assert found.hint == "rename it to v2.prompt.yml"


def test_what_only_waits_for_a_merge_warns() -> None:
    assert prompt_problem("gap_ahead", "f", branch="origin/main").severity == "warning"
    assert prompt_problem("gap", "f", missing=2).severity == "error"
