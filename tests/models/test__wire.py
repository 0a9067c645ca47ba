from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cuebook.core.errors import Aborted, CaseFailed, Retryable
from cuebook.core.tool_calls import ToolCall
from cuebook.models import _wire
from cuebook.shapes.run import ModelCall, Usage
from cuebook.shapes.settings_format import Price

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
CALL = ModelCall("local/m", ({"role": "user", "content": "hi"},))


def body(**parts: Any) -> bytes:
    message = parts.pop("message", {"role": "assistant", "content": "yes"})
    finish = parts.pop("finish", "stop")
    made = {"model": "m-1", "choices": [{"message": message, "finish_reason": finish}], **parts}
    return json.dumps(made).encode()


def problem(code: str | int | None, message: str = "no", kind: str = "") -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "type": kind}}).encode()


def test_parameters_and_format_are_sent_and_nothing_else() -> None:
    schema = {"name": "a", "schema": {"type": "object"}, "strict": True}
    parameters = {"topP": 0.5, "maxTokens": 3, "stop": ["x"], "seed": None}
    call = ModelCall("local/m", CALL.messages, parameters, "json_schema", schema)
    assert _wire.settings(call) == {
        "top_p": 0.5,
        "max_tokens": 3,
        "stop": ["x"],
        "response_format": {"type": "json_schema", "json_schema": schema},
    }
    assert _wire.settings(ModelCall("local/m", (), {}, "json_object")) == {
        "response_format": {"type": "json_object"}
    }
    assert _wire.settings(CALL) == {}
    calling = {"tools": [{"name": "look"}], "toolChoice": "none"}
    assert _wire.settings(ModelCall("local/m", (), calling=calling)) == {
        "tools": [{"type": "function", "function": {"name": "look"}}],
        "tool_choice": "none",
    }


@pytest.mark.parametrize(
    "name", ["api_base", "base_url", "apiKey", "extra_headers", "max_tokens", "timeout", "mock_response"]
)
def test_a_parameter_off_the_list_is_refused(name: str) -> None:
    with pytest.raises(Aborted, match=name):
        _wire.settings(ModelCall("local/m", (), {name: "x"}))


@pytest.mark.parametrize(
    ("data", "text", "finish", "served"),
    [
        (body(), "yes", "stop", "m-1"),
        (body(finish="length"), "yes", "length", "m-1"),
        (body(finish=None), "yes", "stop", "m-1"),
        (body(model=None), "yes", "stop", "local/m"),
        (body(message={"content": None}, finish="length"), "", "length", "m-1"),
        (body(message={"content": ""}), "", "stop", "m-1"),
        (
            body(message={"content": [{"type": "text", "text": "a"}, {"type": "x"}, {"text": "b"}]}),
            "ab",
            "stop",
            "m-1",
        ),
        (body(message={"content": "yes", "refusal": None}), "yes", "stop", "m-1"),
        (body(message={"content": None}, finish="content_filter"), "", "content_filter", "m-1"),
        (body(message={"content": None, "refusal": "I will not"}), "I will not", "refusal", "m-1"),
        (body(message={"content": "", "reasoning_content": "Hm."}), "", "stop", "m-1"),
        (
            body(message={"content": [{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "no"}]}),
            "no",
            "stop",
            "m-1",
        ),
        (body(error=None), "yes", "stop", "m-1"),
    ],
)
def test_replies(data: bytes, text: str, finish: str, served: str) -> None:
    reply = _wire.read_reply(data, CALL, lambda _: None, 0.5)
    assert (reply.text, reply.finish, reply.served_model, reply.seconds) == (text, finish, served, 0.5)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Retryable, "empty"),
        (b"<!DOCTYPE html><html>...", Retryable, "a web page"),
        (b'{"choices": [', Retryable, "not JSON"),
        (b"[" * 100_000, Retryable, "not JSON"),
        (b"\xff\xfe", Retryable, "not JSON"),
        (b"<!doctype html><p>Log in", Retryable, "local answered with what is not JSON: a web page"),
        (b"[]", Retryable, "local answered without choices"),
        (b"{}", Retryable, "local answered without choices"),
        (b'{"choices": []}', Retryable, "local answered without choices"),
        (b'{"choices": [{}]}', Retryable, "local answered without choices"),
        (b'{"choices": ["x"]}', Retryable, "local answered without choices"),
        (body(finish="error"), Retryable, "broke"),
        (problem(429, "slow down"), Retryable, "slow down"),
        (problem(502, "upstream"), Retryable, "upstream"),
        (problem("odd"), Retryable, "500"),
        (problem(401), Aborted, "key"),
        (problem("content_policy_violation", "blocked"), CaseFailed, "blocked"),
        (b'{"error": "plain text"}', Retryable, "plain text"),
    ],
)
def test_answers_that_are_no_reply(data: bytes, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        _wire.read_reply(data, CALL, lambda _: None, 0.0)


PRICE = Price(input=1, output=10, cached_input=0.1, cache_write=2, as_of="2026-05-01")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"prompt_tokens": 10**6, "completion_tokens": 0}, 1.0),
        ({"prompt_tokens_details": {"cached_tokens": 900_000}}, 0.19),
        ({"prompt_cache_hit_tokens": 900_000}, 0.19),
        ({"prompt_tokens_details": {"cached_tokens": 800_000, "cache_write_tokens": 200_000}}, 0.48),
        ({"prompt_tokens_details": {"cached_tokens": 9 * 10**6}}, 0.1),
        ({"total_tokens": 1_100_000}, 2.0),
        ({"cost_in_usd_ticks": 5 * 10**9}, 0.5),
    ],
)
def test_what_the_cache_and_thinking_cost(given: dict[str, Any], wanted: float) -> None:
    counted = {"prompt_tokens": 10**6, "completion_tokens": 0} | given
    found = _wire.usage({"usage": counted}, lambda _: PRICE)
    assert found.cost_usd == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("given", "price", "wanted"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.5}, None, Usage(10, 2, 0.5)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "cost": 0}, None, Usage(10, 2, 0.0)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.5}, (1, 1), Usage(10, 2, 0.5)),
        (
            {"prompt_tokens": 1_000_000, "completion_tokens": 2_000_000},
            (0.5, 3),
            Usage(10**6, 2 * 10**6, 6.5),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 2}, None, Usage(10, 2, None)),
        ({"completion_tokens": 2}, (1, 1), Usage(None, 2, None)),
        ({"prompt_tokens": True, "completion_tokens": -1, "cost": True}, (1, 1), Usage(None, None, None)),
        ({"prompt_tokens": "10", "cost": -1}, None, Usage(None, None, None)),
        ({"cost": float("inf")}, None, Usage(None, None, None)),
        (None, (1, 1), Usage(None, None, None)),
        ([], (1, 1), Usage(None, None, None)),
    ],
)
def test_usage(given: Any, price: tuple[float, float] | None, wanted: Usage) -> None:
    made = Price(input=price[0], output=price[1], as_of="2026-05-01") if price else None
    assert _wire.usage({"usage": given}, lambda _: made) == wanted


LOOK = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id": "A-17"}'}}
LOOKED = ToolCall("c1", "look", {"id": "A-17"}, '{"id": "A-17"}')


@pytest.mark.parametrize(
    ("message", "finish", "read"),
    [
        ({"content": None, "tool_calls": [LOOK]}, "tool_calls", ("", "tool_calls", (LOOKED,), "", "")),
        ({"content": "I look.", "tool_calls": [LOOK]}, None, ("I look.", "tool_calls", (LOOKED,), "", "")),
        ({"content": "yes", "tool_calls": []}, None, ("yes", "stop", (), "", "")),
        ({"content": "yes", "tool_calls": None}, "stop", ("yes", "stop", (), "", "")),
        ({"content": None, "refusal": "No."}, "stop", ("No.", "refusal", (), "No.", "")),
        ({"content": "Half", "refusal": "No."}, "stop", ("Half", "stop", (), "No.", "")),
        ({"content": "yes", "reasoning": "Hm."}, "stop", ("yes", "stop", (), "", "Hm.")),
        (
            {"content": "yes", "reasoning_content": "x" * 30_000},
            "stop",
            ("yes", "stop", (), "", "x" * 20_000),
        ),
        ({"content": "yes", "reasoning": {"no": "text"}}, "stop", ("yes", "stop", (), "", "")),
    ],
)
def test_calls_refusals_and_reasoning_are_read(
    message: dict[str, Any], finish: str | None, read: tuple[Any, ...]
) -> None:
    reply = _wire.read_reply(body(message=message, finish=finish), CALL, lambda _: None, 0.5)
    assert (reply.text, reply.finish, reply.tool_calls, reply.refusal, reply.reasoning) == read
