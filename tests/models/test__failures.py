from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cuebook.core.errors import Aborted, CaseFailed, Retryable
from cuebook.models._failures import Complaint, complaint, failure, is_filtered, retry_after, safe_line

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


def problem(code: str | int | None, message: str = "no", kind: str = "", **more: Any) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "type": kind, **more}}).encode()


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
    assert type(failure(status, complaint(data), {}, key_name="K", now=NOW)) is kind


def test_only_too_many_requests_is_throttling() -> None:
    headers = {"retry-after": "7"}
    slow = failure(429, Complaint(), headers, key_name="", now=NOW)
    down = failure(503, Complaint(), headers, key_name="", now=NOW)
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
    assert hint in failure(status, Complaint(), {}, key_name=key_name, now=NOW).hint


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
    assert retry_after(headers, NOW) == seconds


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
    assert safe_line(text) == shown


def test_of_a_refused_key_plain_words_are_shown() -> None:
    found = failure(401, complaint(problem(None, "key abc-very-secret is wrong")), {}, key_name="K", now=NOW)
    assert found.message == "the provider refused the key (401): key *** is wrong"
    long = problem(
        "invalid_api_key", "Incorrect API key provided: wxyz****1234 5f. See https://k.example/a1."
    )
    shown = failure(401, complaint(long), {}, key_name="K", now=NOW).message
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
    found = failure(status, complaint(problem(code, "no")), {}, key_name="K", now=NOW)
    assert isinstance(found, Aborted)
    assert found.cause == cause


GOOGLE = {"status": "INVALID_ARGUMENT"}


@pytest.mark.parametrize(
    ("model", "status", "data", "message", "cure"),
    [
        (
            "gemini/g",
            400,
            json.dumps([{"error": {**GOOGLE, "message": "API key not valid.", "code": 400}}]).encode(),
            "gemini refused the key (400)",
            "check the key in K",
        ),
        (
            "xai/g",
            400,
            b'{"code": "x", "error": "Incorrect API key provided: xa***yz"}',
            "refused the key",
            "K",
        ),
        ("nvidia_nim/n", 403, b'{"status": 403, "title": "F", "detail": "Denied"}', "Denied", "K"),
        ("anthropic/c", 400, problem(None, "Your credit balance is too low"), "credit", "billing"),
        (
            "openai/gpt-9-lunar",
            404,
            problem("model_not_found", "no such"),
            "no such",
            "did you mean gpt-9-luna?",
        ),
        (
            "ollama_chat/llama9",
            404,
            problem(None, "not found", "not_found_error"),
            "not found",
            "ollama pull llama9",
        ),
        (
            "openai/gpt-9-luna",
            400,
            problem("unsupported_value", "'temperature' does not support 0", param="temperature"),
            "temperature",
            "take temperature out of the version, or set reasoningEffort: none",
        ),
        (
            "local/m",
            400,
            problem("unsupported_parameter", "no", param="max_tokens"),
            "max_tokens",
            "maxCompletion",
        ),
        (
            "mistral/m",
            422,
            b'{"message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "random_seed"]}]}}',
            "random_seed",
            "take seed out of the version",
        ),
        (
            "local/m",
            500,
            problem(None, "1 validation error: {'loc': ('body', 'top_k'), 'msg': 'bad'}"),
            "top_k",
            "take topK out of the version",
        ),
        (
            "openai/m",
            400,
            problem(None, "Invalid schema for response_format: 'additionalProperties' is required"),
            "schema",
            "strict: false",
        ),
        (
            "deepseek/m",
            400,
            problem(None, "This response_format is unavailable"),
            "format",
            "responseFormat: json_object, and take jsonSchema out of the version",
        ),
        ("lm_studio/m", 400, b'{"error": "\'response_format.type\' must be text"}', "format", "json_schema"),
    ],
)
def test_a_run_stops_with_the_providers_words_and_a_cure(
    model: str, status: int, data: bytes, message: str, cure: str
) -> None:
    found = failure(status, complaint(data), {}, model=model, key_name="K", known=["gpt-9-luna", "other"])
    assert isinstance(found, Aborted)
    assert message in found.message
    assert cure in found.hint


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (400, problem("invalid_prompt", "your prompt was flagged")),
        (403, problem(403, "flagged", metadata={"reasons": ["violence"]})),
        (400, problem("json_validate_failed")),
        (429, problem("rate_limit_exceeded", "Request too large for m: Limit 300, Requested 482.")),
        (400, problem(400, "The input token count exceeds the maximum number of tokens allowed 10.")),
        (400, problem(400, "does not fit", "exceed_context_size_error")),
    ],
)
def test_one_case_cannot_be_answered_and_others_can(status: int, data: bytes) -> None:
    assert isinstance(failure(status, complaint(data), {}, model="openai/m"), CaseFailed)


@pytest.mark.parametrize(
    ("status", "data", "throttled", "after"),
    [
        (498, problem("capacity_exceeded"), True, None),
        (429, problem("resource_unavailable"), True, None),
        (429, problem(429, "exceeded your current quota", details=[{"retryDelay": "37s"}]), True, 37.0),
        (529, problem(None), False, None),
        (503, problem(503, "Loading model"), False, None),
    ],
)
def test_the_same_call_may_work_later(status: int, data: bytes, throttled: bool, after: float | None) -> None:
    found = failure(status, complaint(data), {}, model="gemini/m")
    assert isinstance(found, Retryable)
    assert (found.throttled, found.after) == (throttled, after)


def test_what_a_filter_stopped_is_an_answer() -> None:
    assert is_filtered(400, complaint(problem("content_filter")))
    assert not is_filtered(500, complaint(problem("content_filter")))
