from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cuebook.models import _catalog, ending, price_of, refusals, retires, unknown_provider, unlisted
from cuebook.registry.settings import Settings
from cuebook.shapes.settings_format import Endpoint, Price

TABLE: dict[str, Any] = {
    "small": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1e-7,
        "output_cost_per_token": 5e-7,
        "cache_read_input_token_cost": 1e-8,
        "input_cost_per_token_above_272k_tokens": 2e-7,
        "output_cost_per_token_above_272k_tokens": 7.5e-7,
        "max_output_tokens": 1000,
    },
    "free": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 0,
        "output_cost_per_token": 0,
    },
    "small-2026-01-01": {"litellm_provider": "openai", "mode": "chat", "deprecation_date": "2027-01-14"},
    "small-2026-05-01": {"litellm_provider": "openai", "mode": "chat", "deprecation_date": "2027-03-14"},
    "mistral/levels": {
        "litellm_provider": "mistral",
        "mode": "chat",
        "reasoning_effort_levels": ["none", "high"],
        "supports_sampling_params": False,
    },
    "image": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 1e-7},
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_catalog, "_table", lambda: TABLE)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "tokens", "price"),
    [
        ("openai/small", 10, (0.1, 0.5, 0.01)),
        ("litellm/openai/small", 10, (0.1, 0.5, 0.01)),
        ("openai/small", 300_000, (0.2, 0.75, 0.01)),
        ("groq/small", 10, None),
        ("openai/free", 10, None),
        ("openai/image", 10, None),
        ("openai/none", 10, None),
    ],
)
def test_price(model: str, tokens: int, price: tuple[float, ...] | None) -> None:
    found = price_of(model, Settings(), tokens)
    assert (found and (found.input, found.output, found.cached_input)) == price


@pytest.mark.usefixtures("table")
def test_the_settings_price_wins() -> None:
    own = Price(input=9, output=9, as_of="2026-05-01")
    assert price_of("openai/small", Settings(prices={"openai/small": own})) is own


@pytest.mark.usefixtures("table")
def test_an_undated_name_is_retired_with_the_last_dated_one() -> None:
    assert retires("openai/small", Settings()) == "2027-03-14"
    assert retires("openai/small-2026-01-01", Settings()) == "2027-01-14"
    assert retires("openai/free", Settings()) is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "parameters", "fields"),
    [
        ("openai/gpt-6-luna", {"temperature": 0, "stop": ["x"]}, ["temperature", "stop"]),
        ("openai/gpt-6-luna", {"temperature": 1}, []),
        ("openai/gpt-6-luna", {"temperature": 0, "reasoningEffort": "none"}, []),
        ("openai/o3", {"topP": 0.5}, ["topP"]),
        ("openai/gpt-4o", {"temperature": 0, "stop": ["x"]}, []),
        ("xai/grok-4.7", {"presencePenalty": 1}, ["presencePenalty"]),
        ("mistral/levels", {"reasoningEffort": "low", "topK": 3}, ["topK", "reasoningEffort"]),
        ("openai/small", {"maxTokens": 1001}, ["maxTokens"]),
        ("nobody/knows", {"temperature": 0, "reasoningEffort": "max", "maxTokens": 9}, []),
    ],
)
def test_what_a_model_is_known_to_refuse(model: str, parameters: dict[str, Any], fields: list[str]) -> None:
    found = list(refusals(model, parameters))
    assert [item.field.removeprefix("modelParameters.") for item in found] == fields
    assert all(item.cure for item in found)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("openai/smal", "openai/small"),
        ("openai/gpt-7-luna", ""),
        ("openai/gpt-6-luna", ""),
        ("openai/ft:gpt-6-lunar", ""),
        ("openai/something-else", ""),
        ("mine/smal", ""),
        ("openai/tiny-smal", ""),
    ],
)
def test_a_model_whose_name_has_a_slip_is_not_in_the_table(model: str, meant: str) -> None:
    here = {"mine": Endpoint(base_url="http://localhost:1/v1")}
    known = Settings(endpoints=here, model_info={"openai/tiny-smal": {}})
    found = unlisted(model, known)
    assert (found.cure.partition("?")[0] if found else "") == (f"did you mean {meant}" if meant else "")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "cure"),
    [
        ("gpt-6-luna", "write openai/gpt-6-luna"),
        ("llama3", "write provider/model, such as openai/llama3"),
        ("opnai/x", "did you mean openai/?"),
        ("locl/x", "did you mean local/?"),
        ("together/x", "did you mean together_ai/?"),
        ("google/x", "did you mean gemini/?"),
        ("claude/x", "did you mean anthropic/?"),
        ("qqqqq/x", "name a server of your own: [endpoints.qqqqq]"),
        ("desk/x", "name a server of your own: [endpoints.desk]"),
    ],
)
def test_a_provider_that_nobody_knows(model: str, cure: str) -> None:
    found = unknown_provider(model, {"local"})
    assert found
    assert cure in found.cure


@pytest.mark.parametrize(
    "model", ["openai/x", "ollama/x", "anthropic/x", "litellm/any/thing", "local/x", "bedrock/x", "mistral/x"]
)
def test_providers_that_are_there(model: str) -> None:
    assert unknown_provider(model, {"local"}) is None


def test_without_litellm_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_catalog, "_table", dict)
    assert price_of("openai/gpt-6-luna", Settings()) is None
    assert retires("openai/gpt-4o", Settings()) is None
    assert unknown_provider("somebody/x", ()) is None
    assert unknown_provider("opnai/x", ())


def test_the_table_is_read_where_packages_lie_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Found:
        def __init__(self, folder: Path) -> None:
            self.folder = folder

        def locate_file(self, path: str) -> Path:
            return self.folder / path

    for name, count in (("site-packages", 1), ("checkout", 0)):
        path = tmp_path / name / _catalog.FILE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"a": {}}), "utf-8")
        monkeypatch.setattr("importlib.metadata.distribution", lambda _, name=name: Found(tmp_path / name))
        assert len(_catalog._table.__wrapped__()) == count
    (tmp_path / "site-packages" / _catalog.FILE).write_text("{", "utf-8")
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Found(tmp_path / "site-packages"))
    assert _catalog._table.__wrapped__() == {}


@pytest.mark.skipif(not _catalog._table(), reason="litellm is not installed")
def test_the_installed_table_knows_the_models_that_the_documents_name() -> None:
    found = price_of("openai/gpt-6-luna", Settings(), 300_000)
    assert found
    assert (found.input, found.output) == (0.2, 0.75)
    assert retires("openai/gpt-4o-mini", Settings()) == "2027-01-14"


@pytest.mark.parametrize(
    ("model", "free"),
    [
        ("ollama/llama3.2", True),
        ("ollama_chat/llama3.2", True),
        ("lm_studio/m", True),
        ("mine/m", True),
        ("paid/m", False),
        ("other/m", False),
    ],
)
def test_a_model_on_ones_own_machine_costs_nothing(model: str, *, free: bool) -> None:
    here = "http://localhost:1/v1"
    endpoints = {
        "mine": Endpoint(base_url=here, like="ollama_chat"),
        "paid": Endpoint(base_url=here, like="ollama_chat", api_key_env="PAID_KEY"),
        "other": Endpoint(base_url=here),
    }
    found = price_of(model, Settings(endpoints=endpoints))
    assert (found is not None and (found.input, found.output) == (0, 0)) is free


def test_what_the_settings_say_of_a_models_end_comes_first() -> None:
    own = Settings(
        model_info={
            "openai/small-2026-01-01": {"retires": "2026-12-01"},
            "mine/big": {"retires": "2026-11-30"},
        },
        endpoints={"mine": Endpoint(base_url="http://localhost:1/v1")},
    )
    assert retires("openai/small-2026-01-01", own) == "2026-12-01"
    assert retires("mine/big", own) == "2026-11-30"
    assert retires("mine/small-2026-01-01", own) is None


def test_nothing_is_read_of_models_that_the_table_cannot_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_catalog, "_table", lambda: pytest.fail("the table was read"))
    assert retires("offline/rules", Settings()) is None
    assert unknown_provider("openai/small", ()) is None
    assert unknown_provider("mine/small", {"mine"}) is None


@pytest.mark.parametrize(
    ("said", "today", "days"),
    [
        ("2027-01-14", "2026-10-15", None),
        ("2027-01-14", "2026-10-16", 90),
        ("2027-01-14", "2027-01-15", -1),
        ("2027-01-14", "", None),
        ("early 2027", "2027-01-01", None),
        (None, "2027-01-01", None),
    ],
)
def test_an_end_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, said: str | None, today: str, days: int | None
) -> None:
    monkeypatch.setattr(_catalog, "retires", lambda model, settings: said)
    found = ending("openai/small", Settings(), today)
    assert (found and found.days) == days
