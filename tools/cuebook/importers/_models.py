"""Model ids of the retired GitHub Models catalogue as litellm ids."""

from __future__ import annotations

import re

_OWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]*(/[A-Za-z0-9._:@-]+)+")
_OPENAI = re.compile(r"(gpt|chatgpt|o[1-9])[A-Za-z0-9._-]*")
_PROVIDERS = {
    "openai": "openai",
    "deepseek": "deepseek",
    "cohere": "cohere",
    "xai": "xai",
    "mistral-ai": "mistral",
    "ai21-labs": "ai21",
}


def model_id(text: str) -> tuple[str, str]:
    """The litellm id for an id of the catalogue, empty when there is none; and what to know about it."""
    if _OPENAI.fullmatch(text):
        text = f"openai/{text}"
    if not _OWN.fullmatch(text):
        return "", f"{text[:80]!r} is not a model id such as openai/gpt-6-luna"
    provider, _, rest = text.partition("/")
    gone = "GitHub Models is retired"
    if provider not in _PROVIDERS:
        return text, f"{gone}, and no provider of litellm is called {provider!r}"
    made = f"{_PROVIDERS[provider]}/{rest}"
    return made, f"{gone}; from now on {made} asks the provider itself, with a key of its own"
