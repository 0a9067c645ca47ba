"""Models that are named without their provider, as their makers name them."""

from __future__ import annotations

import re

# Names that one provider alone gives its models, so that no prefix is needed to know whose they are.
_BARE = (
    (re.compile(r"(gpt|chatgpt|o[1-9]|ft:gpt)[A-Za-z0-9._:-]*"), "openai"),
    (re.compile(r"claude-[A-Za-z0-9._@-]+"), "anthropic"),
    (re.compile(r"gemini-[A-Za-z0-9._-]+"), "gemini"),
    (re.compile(r"(mistral|codestral|ministral|magistral)-[A-Za-z0-9._-]+"), "mistral"),
    (re.compile(r"deepseek-[A-Za-z0-9._-]+"), "deepseek"),
    (re.compile(r"grok-[A-Za-z0-9._-]+"), "xai"),
    (re.compile(r"command-[A-Za-z0-9._-]+"), "cohere"),
)


def with_provider(name: str) -> str:
    """``openai/gpt-6-luna`` for ``gpt-6-luna``; empty where the name tells no maker."""
    return next((f"{provider}/{name}" for pattern, provider in _BARE if pattern.fullmatch(name)), "")
