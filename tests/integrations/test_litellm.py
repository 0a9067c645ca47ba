"""Against the real litellm, which takes seconds to import, and a loopback server."""

from __future__ import annotations

from typing import Any

import pytest

from cuebook.integrations.litellm import to_litellm
from framework_prompts import DESK, GREET, HISTORY, PHOTO, prompt
from loopback import Loopback


@pytest.mark.filterwarnings("ignore::UserWarning")  # litellm's own models of replies warn
def test_litellm_sends_what_the_version_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # nothing is fetched while it is imported
    litellm = pytest.importorskip("litellm", reason="litellm is missing: skipped")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    version = {
        **DESK,
        "model": "openai/gpt-4o-mini",
        "modelParameters": {"maxTokens": 9, "topP": 0.5, "seed": 3},
    }
    values: dict[str, Any] = {"status": "{{photo}} open", "history": HISTORY, "photo": PHOTO}
    made = prompt(**version)
    with Loopback() as server:
        # Else litellm imports a package of its extra mcp for a call with tools.
        given = {"api_base": server.url, "api_key": "x", "_skip_mcp_handler": True, "max_retries": 0}
        litellm.completion(**to_litellm(made, **values), **given)
        (body,) = server.requests
    wanted = made.to_openai(**values)
    # litellm keeps the older name for this model, and believes that it knows no developer.
    wanted["max_tokens"] = wanted.pop("max_completion_tokens")
    wanted["messages"][0]["role"] = "system"
    assert body == wanted


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("openai/gpt-6-luna", "openai/gpt-6-luna"),
        ("litellm/bedrock/x/y", "bedrock/x/y"),
        ("ollama/llama", "ollama_chat/llama"),
        ("gpt-6", "gpt-6"),
    ],
)
def test_the_model_is_the_one_that_the_gate_asks_litellm_for(model: str, known: str) -> None:
    made = to_litellm(prompt(**GREET, model=model, modelParameters={"maxTokens": 5}), name="{{name}}")
    assert made == {
        "model": known,
        "messages": [{"role": "user", "content": "Hello {{name}}"}],
        "max_tokens": 5,
    }
