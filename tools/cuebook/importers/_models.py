"""Ids of models as other tools write them, as litellm does; and what a file without one becomes."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from cuebook.core.bare_models import with_provider
from cuebook.core.stand_ins import is_stand_in
from cuebook.importers._base import Request
from cuebook.importers._notes import Notes, Place

_OWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]*(/[A-Za-z0-9._:@-]+)+")
# Other tools' words for a provider, and litellm's.
_PROVIDERS = {
    "ai21-labs": "ai21",
    "azure_openai": "azure",
    "fireworks": "fireworks_ai",
    "google": "gemini",
    "google-ai": "gemini",
    "google-genai": "gemini",
    "google_genai": "gemini",
    "googleai": "gemini",
    "google_vertexai": "vertex_ai",
    "mistral-ai": "mistral",
    "mistralai": "mistral",
    "together": "together_ai",
    "togetherai": "together_ai",
    "vertex": "vertex_ai",
    "vertexai": "vertex_ai",
}
_GATEWAYS = {"adaline", "github"}
"""Services between an app and a provider, whose ids hold that of the provider's model."""
# Prefixes that litellm asks directly; a maker of models that is none of them is asked by way of OpenRouter.
_KNOWN = {"ai21", "anthropic", "azure", "bedrock", "cerebras", "cohere", "databricks", "deepseek"} | {
    "fireworks_ai", "gemini", "groq", "huggingface", "mistral", "ollama", "ollama_chat", "openai"
} | {"openrouter", "perplexity", "replicate", "together_ai", "vertex_ai", "watsonx", "xai"}  # fmt: skip
_AT_OPENROUTER = {"meta": "meta-llama", "core42": "core42"}
"""Makers of models who offer none themselves, as a service that has them all calls them."""
_AZURE_ML = re.compile(r"azureml://registries/(?:azure-|azureml-)?([a-z0-9]+)/models/([^/]+)(/.*)?", re.I)
"""A model by its place in the catalogue of Azure, as GitHub's tools wrote it."""
_WAYS = {"chat", "completion", "completions", "messages", "responses", "converse"}
"""Parts of a model's id that name the kind of API and not the model."""
# Kinds of API, in ids such as openai:embedding:NAME, that answer with no text.
_UNLIKE = {
    "assistant",
    "embedding",
    "embeddings",
    "image",
    "realtime",
    "moderation",
    "agents",
    "tts",
    "video",
}
_PROGRAMS = re.compile(
    r"(file|python|exec|https?|wss?|websocket|echo|mcp|package|script|webhook|browser)\b", re.I
)
"""Ids of providers that are programs or servers: such a config tests an app, not a prompt."""
# Programs around a model that decide for themselves what it is asked.
_AGENTS = re.compile(r"(agent-sdk|claude-code|codex-sdk|:agents?\b|opencode)")


def is_program(text: str) -> bool:
    """Return whether the id of a provider names a program or a server and not a model."""
    return bool(_PROGRAMS.match(text) or _AGENTS.search(text)) or text.endswith(
        (".py", ".js", ".ts", ".mjs", ".cjs", ".go", ".rb")
    )


def model_id(text: str, served: Collection[str] = ()) -> tuple[str, str]:
    """Return the litellm id for a model, empty when there is none; and what to know about it, if anything."""
    text = text.strip()
    # First, as such a place has colons and slashes of its own.
    if found := _AZURE_ML.fullmatch(text):
        text = f"{found[1]}/{found[2]}".lower()
    # Before the names of models: an agent may be called like one.
    if is_program(text):
        return "", f"{text[:80]!r} is a program or a server, not a model"
    if whole := with_provider(text):
        return whole, ""
    provider, mark, rest = text.partition(":")
    if provider in _GATEWAYS and rest:
        own, what = model_id(rest, served)
        return own, what or f"{text[:80]} is asked without {provider} here, as {own}"
    if mark and "/" not in provider:
        if _OWN.fullmatch(own := f"{provider}/{rest}") and (provider in served or is_stand_in(own)):
            return own, ""  # as an export for another tool wrote it
        return _by_colon(text, provider, rest)
    if not _OWN.fullmatch(text):
        return "", f"{text[:80]!r} is not a model id such as openai/gpt-6-luna"
    provider, _, rest = text.partition("/")
    if provider in served or is_stand_in(text):
        return text, ""
    ours = _PROVIDERS.get(provider, provider)
    made = f"{ours}/{rest}"
    if ours not in _KNOWN:
        # OpenRouter writes ids in small letters.
        made = f"openrouter/{_AT_OPENROUTER.get(ours, ours)}/{rest.lower()}"
        return made, f"{provider!r} offers no models itself; {made} asks a service that offers many"
    return made, "" if made == text else f"{text} is called {made} here"


def _by_colon(text: str, provider: str, rest: str) -> tuple[str, str]:
    ours = _PROVIDERS.get(provider, provider)
    way, _, name = rest.partition(":")
    if way in _UNLIKE:
        return "", f"{text[:80]!r} is asked for something other than text"
    # Without one of these words, all behind the first colon is the name, as in ollama:NAME:SIZE.
    made = name if way in _WAYS and name else rest
    # litellm has two prefixes for the two ways that ollama is asked.
    if provider == "ollama" and way == "chat":
        ours = "ollama_chat"
    if ours not in _KNOWN or not _OWN.fullmatch(f"{ours}/{made}"):
        return "", f"{text[:80]!r} is not a model that is known here"
    return f"{ours}/{made}", ""


def chosen(request: Request, written: Any, notes: Notes, place: Place) -> str:
    """Return the model of a version: the one somebody chose, else the file's, else that of the settings.

    A model of the file that another was chosen for is said.

    Empty where there is none, which is noted as a problem; a model that cannot be used is said, and the
    settings' taken.
    """
    if request.model:
        if isinstance(written, str) and written.strip():
            own = model_id(written, request.served)[0] or written.strip()[:80]
            if own != request.model:
                notes.changed(place, f"{own} there: {request.model}, as --model chose")
        return request.model
    found, what = "", ""
    if isinstance(written, str) and written.strip():
        found, what = model_id(written, request.served)
    if not found and not request.usual_model:
        notes.no_model(place, what or "no model is named here")
    elif what:
        notes.changed(place, what, "choose another: --model ID")
    if not found and request.usual_model:
        notes.changed(
            place, f"no model there: {request.usual_model} of the settings", "choose another: --model ID"
        )
    return found or request.usual_model or ""
