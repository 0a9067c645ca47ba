from __future__ import annotations

import pytest

from cuebook.doctor.api_keys import variable_of
from cuebook.registry.settings import Settings

CONFIG = Settings.model_validate(
    {
        "endpoints": {
            "local": {"base_url": "http://127.0.0.1:1/v1", "api_key_env": "LOCAL_KEY"},
            "open": {"base_url": "http://127.0.0.1:1/v1"},
            "openai": {"base_url": "https://proxy.example/v1", "api_key_env": "PROXY_KEY"},
        }
    }
)


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("offline/rules", ""),
        ("ollama/llama3", ""),
        ("anthropic/claude-x", "ANTHROPIC_API_KEY"),
        ("claude-x", "ANTHROPIC_API_KEY"),
        ("gpt-4o", "OPENAI_API_KEY"),
        ("local/m", "LOCAL_KEY"),
        ("open/m", ""),
        ("openai/gpt-4o", "PROXY_KEY"),
        ("nobody/m", None),
        ("unheard-of", None),
    ],
)
def test_the_variable_of_a_model(model: str, variable: str | None) -> None:
    assert variable_of(model, CONFIG) == variable
