from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core import wire
from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.wire import Provider, providers, wire_model

ROWS = sorted(providers())
NAMES = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "maxTokens": "max_tokens",
    "maxCompletionTokens": "max_completion_tokens",
    "stop": "stop",
    "seed": "seed",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "reasoningEffort": "reasoning_effort",
    "verbosity": "verbosity",
}


def prompt(response: str = "text", schema: Any = None, **parameters: Any) -> dict[str, Any]:
    return {"modelParameters": parameters, "responseFormat": response, "jsonSchema": schema}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_whole(name: str) -> None:
    row = providers()[name]
    assert row.url.startswith(("https://", "http://localhost:"))
    assert not row.url.endswith("/")
    assert bool(row.keys) is row.url.startswith("https://")
    assert row.max in {"max_tokens", "max_completion_tokens"}
    assert set(row.takes) | set(row.renamed) <= set(ALLOWED_PARAMETERS) - wire.ALWAYS
    assert bool(row.effort) is ("reasoningEffort" in row.takes)
    assert set(row.formats) <= {"json_object", "json_schema"}
    assert set(row.choices) <= {"auto", "none", "required", "named"}


def test_no_variable_holds_the_key_of_two_providers() -> None:
    keys = [key for row in providers().values() for key in row.keys]
    assert len(keys) == len(set(keys))


def test_every_allowed_parameter_goes_unchanged_where_no_provider_is_known() -> None:
    assert set(NAMES) == set(ALLOWED_PARAMETERS)
    assert wire.sent(prompt(**dict.fromkeys(NAMES, 1)), None) == dict.fromkeys(NAMES.values(), 1)


VALUES = st.dictionaries(st.sampled_from(ALLOWED_PARAMETERS), st.integers(1, 9), max_size=6)


@given(name=st.sampled_from(ROWS), parameters=VALUES)
def test_names_are_translated_and_values_never(name: str, parameters: dict[str, int]) -> None:
    row = providers()[name]
    if {"maxTokens", "maxCompletionTokens"} <= set(parameters):
        del parameters["maxTokens"]
    body = wire.sent(prompt(**parameters), row)
    rest = {key: value for key, value in body.items() if key not in row.extra}
    assert sorted(rest.values()) == sorted(parameters.values())
    refused = {
        item.field.removeprefix("modelParameters.") for item in wire.refusals(prompt(**parameters), row)
    }
    takes = {*wire.ALWAYS, *row.takes} - {"reasoningEffort"}
    assert refused == set(parameters) - takes


@pytest.mark.parametrize(
    ("name", "parameters", "body"),
    [
        ("openai", {"maxTokens": 9}, {"max_completion_tokens": 9}),
        ("mistral", {"maxCompletionTokens": 9, "seed": 1}, {"max_tokens": 9, "random_seed": 1}),
        ("deepseek", {"reasoningEffort": "none"}, {"thinking": {"type": "disabled"}}),
        ("deepseek", {"reasoningEffort": "max"}, {"reasoning_effort": "max"}),
        ("together_ai", {"reasoningEffort": "none"}, {"reasoning": {"enabled": False}}),
        ("openrouter", {"topP": None}, {"provider": {"require_parameters": True}}),
        ("fireworks_ai", {}, {"context_length_exceeded_behavior": "error"}),
    ],
)
def test_how_a_provider_spells_it(name: str, parameters: dict[str, Any], body: dict[str, Any]) -> None:
    assert wire.sent(prompt(**parameters), providers()[name]) == body


@pytest.mark.parametrize(
    ("name", "asked", "field", "cure"),
    [
        ("openai", prompt(topK=3), "modelParameters.topK", "take topK out"),
        (
            "xai",
            prompt(reasoningEffort="xhigh"),
            "modelParameters.reasoningEffort",
            "none, low, medium, high",
        ),
        (
            "nvidia_nim",
            prompt(reasoningEffort="low"),
            "modelParameters.reasoningEffort",
            "take reasoningEffort out",
        ),
        ("deepseek", prompt("json_schema", {}), "responseFormat", "one of: text, json_object"),
        ("lm_studio", prompt("json_object"), "responseFormat", "one of: text, json_schema"),
        (
            "groq",
            prompt(maxTokens=1, maxCompletionTokens=1),
            "modelParameters.maxCompletionTokens",
            "keep one",
        ),
        (
            "ollama_chat",
            prompt() | {"tools": [{}], "toolChoice": "none"},
            "toolChoice",
            "take toolChoice out",
        ),
        ("lm_studio", prompt() | {"tools": [{}], "toolChoice": {"name": "x"}}, "toolChoice", "required"),
        ("gemini", prompt("json_object") | {"tools": [{}]}, "responseFormat", "or the tools out"),
    ],
)
def test_what_a_provider_does_not_take(name: str, asked: dict[str, Any], field: str, cure: str) -> None:
    (refusal,) = wire.refusals(asked, providers()[name])
    assert refusal.field == field
    assert cure in refusal.cure


@pytest.mark.parametrize(
    ("model", "name", "row"),
    [
        ("openai/gpt-6-luna", "gpt-6-luna", "openai"),
        ("openai/gpt-6.1-sol-pro", "gpt-6.1-sol-pro", None),
        ("litellm/openai/gpt-6-luna", "gpt-6-luna", None),
        ("groq/openai/gpt-oss-20b", "openai/gpt-oss-20b", "groq"),
        ("ollama/llama3", "llama3", "ollama_chat"),
        ("fireworks_ai/kimi-k3", "accounts/fireworks/models/kimi-k3", "fireworks_ai"),
        ("fireworks_ai/kimi-k3-fast", "accounts/fireworks/routers/kimi-k3-fast", "fireworks_ai"),
        ("fireworks_ai/accounts/me/models/x", "accounts/me/models/x", "fireworks_ai"),
        ("huggingface/groq/meta/llama", "meta/llama:groq", "huggingface"),
        ("huggingface/meta/llama", "meta/llama", "huggingface"),
        ("anthropic/claude-haiku-5-5", "claude-haiku-5-5", None),
        ("gpt-6-luna", "gpt-6-luna", None),
    ],
)
def test_how_a_model_is_called(model: str, name: str, row: str | None) -> None:
    found = wire.provider_of(model)
    assert isinstance(found, Provider) or found is None
    assert (wire_model(model), found and found.name) == (name, row)


def test_tools_are_sent_to_every_provider() -> None:
    calling = {"tools": [{"name": "look"}], "toolChoice": "auto", "parallelToolCalls": True}
    for row in (None, *providers().values()):
        body = wire.sent(prompt() | calling, row)
        assert body["tools"] == [{"type": "function", "function": {"name": "look"}}]
        assert (body["tool_choice"], body["parallel_tool_calls"]) == ("auto", True)
    assert "tools" not in wire.sent(prompt() | {"tools": None}, None)
