from __future__ import annotations

import pytest

from cuebook.core.bare_models import with_provider


@pytest.mark.parametrize(
    ("bare", "whole"),
    [
        ("gpt-4o", "openai/gpt-4o"),
        ("o3-mini", "openai/o3-mini"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("gemini-2.5-pro", "gemini/gemini-2.5-pro"),
        ("llama3", ""),
        ("openai/gpt-4o", ""),
    ],
)
def test_a_model_is_named_with_its_maker_where_its_name_tells_it(bare: str, whole: str) -> None:
    assert with_provider(bare) == whole
