"""Which environment variable holds the key of a model: names only, never values."""

from __future__ import annotations

from cuebook.registry.settings import Settings, is_stand_in

KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "bedrock": "AWS_ACCESS_KEY_ID",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
"""Provider of a model id to the variable that litellm reads its key from."""

_BARE = {"gpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic"}
_KEYLESS = {"scripted", "ollama", "ollama_chat"}


def variable_of(model: str, config: Settings) -> str | None:
    """The variable that a model's key is read from; empty when it needs none, None when nobody here knows."""
    if is_stand_in(model):
        return ""
    head, slash, _ = model.partition("/")
    if slash and head in config.endpoints:
        return config.endpoints[head].api_key_env or ""
    provider = head if slash else next((name for start, name in _BARE.items() if model.startswith(start)), "")
    return "" if provider in _KEYLESS else KEYS.get(provider)
