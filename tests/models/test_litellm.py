"""Against the real litellm (which takes seconds to import) and a loopback server it finds by environment."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

from cuebook.core.errors import Aborted, CaseFailed, MissingExtra, ModelError, Retryable, UsageError
from cuebook.models import connect
from cuebook.models.litellm import check_release
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply
from cuebook.shapes.settings_format import Price
from loopback import Fault, Loopback, error

HELLO = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello there"})
SECRET = "correct.horse.battery"
CALL = ModelCall("openai/gpt-4o-mini", HELLO)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Loopback() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        yield running


def ask(call: ModelCall = CALL, **settings: Any) -> ModelReply:
    async def one() -> ModelReply:
        client = connect("litellm", Settings(**settings))
        try:
            return await client.complete(call)
        finally:
            await client.close()
            await client.close()

    return asyncio.run(one())


def refused(call: ModelCall = CALL, **settings: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(call, **settings)
    return caught.value


def test_a_call_goes_out_and_its_reply_comes_back(server: Loopback) -> None:
    reply = ask(ModelCall("openai/gpt-4o-mini", HELLO, {"maxTokens": 9, "topP": 0.5, "seed": 3}))
    assert server.requests == [
        {"model": "gpt-4o-mini", "messages": list(HELLO), "max_tokens": 9, "top_p": 0.5, "seed": 3}
    ]
    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert (reply.text, reply.finish) == ("hello there", "stop")
    assert reply.served_model == "gpt-4o-mini-2026-01-01"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (4, 2)
    assert reply.seconds > 0


def test_a_schema_is_sent(server: Loopback) -> None:
    schema = {"name": "grade", "schema": {"type": "object", "properties": {"score": {"type": "integer"}}}}
    reply = ask(ModelCall("openai/gpt-4o-mini", HELLO, {}, "json_schema", schema))
    assert server.requests[0]["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert 1 <= json.loads(reply.text)["score"] <= 5


TOOL = {"name": "look", "parameters": {"type": "object", "properties": {}}}


def test_tools_are_sent_without_the_package_that_litellm_would_import(server: Loopback) -> None:
    calling = {"tools": [TOOL], "toolChoice": {"name": "look"}, "parallelToolCalls": False}
    ask(ModelCall("openai/gpt-4o-mini", HELLO, calling=calling))
    assert server.requests == [
        {
            "model": "gpt-4o-mini",
            "messages": list(HELLO),
            "tools": [{"type": "function", "function": TOOL}],
            "tool_choice": {"type": "function", "function": {"name": "look"}},
            "parallel_tool_calls": False,
        }
    ]


def test_calls_refusals_and_reasoning_come_back(server: Loopback) -> None:
    called = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id": "A-17"'}}
    said = [
        {"role": "assistant", "content": None, "tool_calls": [called], "reasoning_content": "Hm."},
        {"role": "assistant", "content": None, "refusal": "I will not"},
    ]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "message": said.pop(0), "finish_reason": "stop"}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}

    server.answer = answer
    reply = ask()
    assert (reply.text, reply.reasoning) == ("", "Hm.")
    assert [(call.name, call.arguments, call.raw) for call in reply.tool_calls] == [
        ("look", None, '{"id": "A-17"')
    ]
    reply = ask()
    assert (reply.text, reply.finish, reply.refusal) == ("I will not", "refusal", "I will not")


def test_a_package_that_litellm_lacks_is_named_and_not_tried_again(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    import litellm

    async def lacking(**_: Any) -> None:
        try:
            raise ModuleNotFoundError("No module named 'mcp'", name="mcp")
        except ModuleNotFoundError:
            failure = litellm.APIConnectionError("No module named 'mcp'", "openai", "gpt-4o-mini")
            raise failure  # noqa: B904  this is how litellm does it

    monkeypatch.setattr(litellm, "acompletion", lacking)
    failed = refused(ModelCall("openai/gpt-4o-mini", HELLO))
    assert isinstance(failed, Aborted)
    assert "the package 'mcp', which is not installed" in failed.message
    assert failed.hint == "pip install mcp"


def test_cost_is_litellms_the_settings_or_unknown_but_never_a_false_zero(server: Loopback) -> None:
    known = ask().usage.cost_usd
    assert known is not None
    assert 0 < known < 0.001
    assert ask(ModelCall("openai/nobody-knows-me", HELLO)).usage.cost_usd is None
    price = {"openai/nobody-knows-me": Price(input=100.0, output=1000.0, as_of="2026-05-01")}
    told = ask(ModelCall("openai/nobody-knows-me", HELLO), prices=price).usage.cost_usd
    assert told == pytest.approx(0.0024)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (error(429, retry_after="7"), Retryable, "no"),
        (error(429, "insufficient_quota", "no quota"), Aborted, "no quota"),
        (error(500), Retryable, ""),
        (error(503), Retryable, ""),
        (Fault("hang"), Retryable, ""),
        (Fault("reset"), Retryable, ""),
        (Fault("truncate"), Retryable, ""),
        (error(400, "context_length_exceeded", "maximum context length is 9 tokens"), CaseFailed, "context"),
        (error(400, "context_length_exceeded"), CaseFailed, ""),
        (error(400, "content_policy_violation"), CaseFailed, ""),
        (error(400, "unsupported_value", "temperature must be 1"), Aborted, "temperature must be 1"),
        (error(401, "invalid_api_key", f"bad key {SECRET}"), Aborted, "refused the key"),
        (error(403, "", f"not for {SECRET}"), Aborted, "not for ***"),
        (error(404, "model_not_found", f"no such model for {SECRET}"), Aborted, "no such model"),
    ],
)
def test_faults(
    fault: Fault, kind: type[ModelError], words: str, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.append(fault)
    caplog.set_level(logging.DEBUG)
    failure = refused(timeout=0.5)
    assert type(failure) is kind, repr(failure)
    assert words in failure.message
    assert SECRET not in f"{failure}{failure!r}{caplog.text}"
    assert server.calls == 1, "litellm must not try again by itself"


def test_how_long_to_wait_comes_with_the_failure(server: Loopback) -> None:
    server.faults.append(error(429, retry_after="7"))
    failure = refused()
    assert isinstance(failure, Retryable)
    assert (failure.after, failure.throttled) == (7.0, True)


def test_an_unknown_provider_stops_the_run(server: Loopback) -> None:
    failure = refused(ModelCall("nobody/gpt-x", HELLO))
    assert isinstance(failure, Aborted)
    assert "nobody/gpt-x" in str(failure)
    assert server.calls == 0


def test_a_parameter_off_the_list_never_reaches_litellm(server: Loopback) -> None:
    assert "api_base" in refused(ModelCall("openai/gpt-4o-mini", HELLO, {"api_base": "http://evil"})).message
    assert server.calls == 0


def test_a_parameter_that_the_provider_does_not_know_is_not_dropped(server: Loopback) -> None:
    failure = refused(ModelCall("openai/gpt-4o-mini", HELLO, {"reasoningEffort": "low"}))
    assert isinstance(failure, Aborted)
    assert "reasoning_effort" in failure.message
    assert server.calls == 0


def test_one_process_can_ask_from_two_event_loops(server: Loopback) -> None:
    assert [ask().text, ask().text] == ["hello there", "hello there"]


def test_the_import_is_made_safe_and_quiet(server: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    ask()
    server.faults.append(error(500))
    refused()
    litellm: Any = __import__("litellm")
    assert capfd.readouterr() == ("", "")
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert os.environ["LITELLM_MODE"] == "PRODUCTION"
    assert (litellm.telemetry, litellm.drop_params, litellm.callbacks) == (False, False, [])


@pytest.mark.parametrize("release", ["1.84.0", "1.84.0rc1", "1.106.2", "2.0.0", "1.100.0.post1"])
def test_releases_that_may_be_loaded(release: str) -> None:
    check_release(release)


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ("1.82.7", "malicious"),
        ("1.82.8", "malicious"),
        ("1.82.6", "security holes"),
        ("1.83.14", "security holes"),
        ("0.9", "security holes"),
        ("", "security holes"),
    ],
)
def test_releases_that_are_refused(release: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: release)
    with pytest.raises(UsageError, match=words) as caught:
        connect("litellm", Settings())
    assert "pip" in caught.value.hint


def test_without_litellm_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(MissingExtra, match="eval"):
        connect("litellm", Settings())
