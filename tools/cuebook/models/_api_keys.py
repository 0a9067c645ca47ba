"""Find the environment variable that holds the key of a model: names only, never values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cuebook.core import wire
from cuebook.core.stand_ins import is_stand_in
from cuebook.registry.settings import Settings

KEYS = {name: row.keys[0] for name, row in wire.providers().items() if row.keys} | {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "bedrock": "AWS_ACCESS_KEY_ID",
    "cohere": "COHERE_API_KEY",
}
"""Provider of a model id to the variable that its key is usually in."""

_ALSO = {name: row.keys[1:] for name, row in wire.providers().items()} | {
    "anthropic": ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_AWS_API_KEY"),
    "cohere": ("CO_API_KEY",),
}
"""Other variables that a provider's key is taken from."""

_OTHER_WAYS = {"azure", "bedrock"}
"""Providers that also accept a role or a login: a missing variable proves nothing."""

_BARE = {"gpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic"}
_KEYLESS = {"scripted", "ollama", *(name for name, row in wire.providers().items() if not row.keys)}


def variable_of(model: str, config: Settings) -> str | None:
    """Return the variable with a model's key; empty when it needs none, None when that is not known."""
    if is_stand_in(model):
        return ""
    provider, slash, _ = model.partition("/")
    if slash and provider in config.endpoints:
        return config.endpoints[provider].api_key_env or ""
    provider = provider_of(model)
    return "" if provider in _KEYLESS else KEYS.get(provider)


def provider_of(model: str) -> str:
    """Return the provider that a model id names, or is known to mean; empty when it names none."""
    head, slash, _ = model.removeprefix("litellm/").partition("/")
    return head if slash else next((name for start, name in _BARE.items() if model.startswith(start)), "")


def missing_keys(models: Iterable[str], config: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The models that surely cannot be asked, each with the variable that is not set; resolved ids."""
    missing = {}
    for model in models:
        variable = variable_of(model, config)
        provider = provider_of(model)
        own = model.partition("/")[0] in config.endpoints
        others = () if own else _ALSO.get(provider, ())
        if not variable or (provider in _OTHER_WAYS and not own):
            continue
        if not any(environ.get(name, "").strip() for name in (variable, *others)):
            missing[model] = variable
    return missing
