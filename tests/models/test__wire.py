from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cuebook.core.errors import Aborted, CaseFailed, Retryable
from cuebook.models import _wire
from cuebook.shapes.file_formats import Price
from cuebook.shapes.run import ModelCall, Usage

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
    reply = _wire.read_reply(data, CALL, None, 0.5)
    assert (reply.text, reply.finish, reply.served_model, reply.seconds) == (text, finish, served, 0.5)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Retryable, "empty"),
        (b"<!DOCTYPE html><html>...", Retryable, "a web page"),
        (b'{"choices": [', Retryable, "not JSON"),
        (b"[" * 100_000, Retryable, "not JSON"),
        (b"\xff\xfe", Retryable, "not JSON"),
        (b"[]", Retryable, "no choices"),
        (b"{}", Retryable, "no choices"),
        (b'{"choices": []}', Retryable, "no choices"),
        (b'{"choices": [{}]}', Retryable, "no choices"),
        (b'{"choices": ["x"]}', Retryable, "no choices"),
        (body(finish="error"), Retryable, "broke"),
        (problem(429, "slow down"), Retryable, "slow down"),
        (problem(502, "upstream"), Retryable, "upstream"),
        (problem("odd"), Retryable, "500"),
        (problem(401), Aborted, "key"),
        (problem("content_filter", "blocked"), CaseFailed, "blocked"),
        (b'{"error": "plain text"}', Retryable, "plain text"),
    ],
)
def test_answers_that_are_no_reply(data: bytes, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        _wire.read_reply(data, CALL, None, 0.0)


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
    assert _wire.usage({"usage": given}, made) == wanted


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (408, b"", Retryable),
        (409, b"", Retryable),
        (425, b"", Retryable),
        (429, problem("rate_limit_exceeded"), Retryable),
        (429, problem("insufficient_quota"), Aborted),
        (429, problem(None, kind="insufficient_quota"), Aborted),
        (500, b"oops", Retryable),
        (503, b"<html>", Retryable),
        (529, b"", Retryable),
        (400, problem("context_length_exceeded"), CaseFailed),
        (
            400,
            problem(400, "This model's maximum context length is 4096 tokens", "BadRequestError"),
            CaseFailed,
        ),
        (400, problem("content_filter"), CaseFailed),
        (400, problem(None, kind="content_policy_violation"), CaseFailed),
        (413, b"", CaseFailed),
        (400, problem("unsupported_parameter", "temperature"), Aborted),
        (401, problem("invalid_api_key"), Aborted),
        (402, b"", Aborted),
        (403, b"", Aborted),
        (404, problem("model_not_found"), Aborted),
        (405, b"", Aborted),
        (422, b'{"detail": [{"loc": ["body"]}]}', Aborted),
        (301, b"", Aborted),
    ],
)
def test_kinds_of_failure(status: int, data: bytes, kind: type[Exception]) -> None:
    assert type(_wire.failure(status, data, {}, key_name="K", now=NOW)) is kind


def test_only_too_many_requests_is_throttling() -> None:
    headers = {"retry-after": "7"}
    slow = _wire.failure(429, b"", headers, key_name="", now=NOW)
    down = _wire.failure(503, b"", headers, key_name="", now=NOW)
    assert isinstance(slow, Retryable)
    assert isinstance(down, Retryable)
    assert (slow.throttled, slow.after, down.throttled, down.after) == (True, 7.0, False, 7.0)


@pytest.mark.parametrize(
    ("status", "key_name", "hint"),
    [
        (401, "LOCAL_KEY", "LOCAL_KEY"),
        (403, "LOCAL_KEY", "LOCAL_KEY"),
        (401, "", "api_key_env"),
        (402, "", "billing"),
        (404, "", "model's name"),
        (302, "", "base_url"),
        (400, "", "parameters"),
    ],
)
def test_hints_name_what_to_change(status: int, key_name: str, hint: str) -> None:
    assert hint in _wire.failure(status, b"", {}, key_name=key_name, now=NOW).hint


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 04 May 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 04 May 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Mon, 04 May 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 99 May 2026 11:00:00 GMT"}, None),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert _wire.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\n  lines\r\n", "two lines"),
        ("Incorrect API key provided: sk-abc***wxyz.", "Incorrect API key provided: ***"),
        ("got Bearer abcdef here", "got Bearer *** here"),
        ("gsk-0123456789", "***"),
        ("ask-me-anything-today", "ask-me-anything-today"),
        ("x" * 400, "x" * 297 + "..."),
    ],
)
def test_foreign_words_are_one_short_line_without_keys(text: str, shown: str) -> None:
    assert _wire.shorten(text) == shown


def test_of_a_refused_key_plain_words_are_shown() -> None:
    failure = _wire.failure(401, problem(None, "key abc-very-secret is wrong"), {}, key_name="K", now=NOW)
    assert failure.message == "the provider refused the key (401): key *** is wrong"
    long = problem(
        "invalid_api_key", "Incorrect API key provided: wxyz****1234 5f. See https://k.example/a1."
    )
    shown = _wire.failure(401, long, {}, key_name="K", now=NOW).message
    assert shown == "the provider refused the key (401): Incorrect API key provided: *** See ***"


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, None, "wrong_key"),
        (403, None, "wrong_key"),
        (402, None, "no_credit"),
        (429, "insufficient_quota", "no_credit"),
        (404, "model_not_found", "unknown_model"),
        (400, "unsupported_parameter", "parameters"),
    ],
)
def test_each_stop_has_its_cause(status: int, code: str | None, cause: str) -> None:
    failure = _wire.failure(status, problem(code, "no"), {}, key_name="K", now=NOW)
    assert isinstance(failure, Aborted)
    assert failure.cause == cause
