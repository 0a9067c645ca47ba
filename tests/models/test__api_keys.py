from __future__ import annotations

import pytest

from cuebook.models._api_keys import missing_keys, variable_of
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


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, {"local/m": "LOCAL_KEY", "gemini/g": "GEMINI_API_KEY", "openai/gpt-4o": "PROXY_KEY"}),
        ({"LOCAL_KEY": "k", "GOOGLE_API_KEY": "k", "PROXY_KEY": " "}, {"openai/gpt-4o": "PROXY_KEY"}),
        ({"LOCAL_KEY": "k", "GEMINI_API_KEY": "k", "OPENAI_API_KEY": "k"}, {"openai/gpt-4o": "PROXY_KEY"}),
    ],
)
def test_keys_that_are_surely_missing(environ: dict[str, str], missing: dict[str, str]) -> None:
    models = ["offline/rules", "local/m", "open/m", "gemini/g", "openai/gpt-4o", "bedrock/m", "nobody/m"]
    assert missing_keys(models, CONFIG, environ) == missing
