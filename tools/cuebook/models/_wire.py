"""The OpenAI chat format: what is sent, what came back, and what each kind of failure means.

Data in, data out; the clients beside this file move the bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from cuebook.core import wire
from cuebook.core.errors import Aborted, CaseFailed, ModelError, Retryable, StopCode, did_you_mean
from cuebook.core.wire import Provider
from cuebook.shapes.file_formats import ALLOWED_PARAMETERS, Price
from cuebook.shapes.run import Json, ModelCall, ModelReply, Usage

_BUSY = {408, 409, 425, 429}
_TOO_LONG = {"context_length_exceeded", "string_above_max_length", "request_too_large"}
_REFUSED = {"content_filter", "content_policy_violation", "content_policy", "moderation", "safety"}
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached"}
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|gsk|xai)-[A-Za-z0-9_*.-]{6,}|(?<=Bearer )\S+")
_LONG_WORDS = re.compile(
    r"context[ _](?:length|window|size)|too many tokens|(?:prompt|input) is too long", re.I
)
_SHOWN = 300
_PLAIN_WORD = re.compile(r"[A-Za-z]{1,15}(?:'[a-z]{1,2})?[.,:;!?]?")
_STOPS: dict[int, StopCode] = {401: "wrong_key", 403: "wrong_key", 404: "unknown_model"}


def settings(call: ModelCall, row: Provider | None = None) -> dict[str, Json]:
    """Parameters and response format of a call by their names on the wire; ``row`` is its provider's.

    Raises Aborted for a parameter that no version may set (it could choose an endpoint or a key), and for
    what the provider does not take.
    """
    for name in call.parameters:
        if name not in ALLOWED_PARAMETERS:
            what = f"the parameter {name!r} is not allowed"
            raise Aborted(what, did_you_mean(name, list(ALLOWED_PARAMETERS)), cause="parameters")
    prompt = {
        "modelParameters": call.parameters,
        "responseFormat": call.response_format,
        "jsonSchema": call.json_schema,
    }
    if row and (wrong := next(wire.refusals(prompt, row), None)):
        raise Aborted(f"{call.model}: {wrong.what}", f"{wrong.field}: {wrong.cure}", cause="parameters")
    return wire.sent(prompt, row)


def chat(call: ModelCall) -> list[dict[str, str]]:
    """The messages of a call as the wire has them."""
    return [{"role": message["role"], "content": message["content"]} for message in call.messages]


def read_reply(data: bytes, call: ModelCall, price: Price | None, seconds: float) -> ModelReply:
    """The reply in the body of a successful answer.

    A refusal, by the model or a filter, is an answer: its words, mostly none, and ``finish``. Reasoning
    beside the answer is no part of it. Raises Retryable when there is no reply.
    """
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Retryable(f"the answer is not JSON: {_start(data)}") from None
    if isinstance(body, Mapping) and body.get("error") and not body.get("choices"):
        raise _error_in_body(data, body["error"])
    choice = _first_choice(body)
    if choice is None:
        raise Retryable(f"the answer has no choices: {_start(data)}")
    finish = str(choice.get("finish_reason") or "stop")
    message = choice["message"]
    text = _text(message.get("content"))
    if finish == "error":
        raise Retryable("the provider broke the answer off")
    if not text and message.get("refusal"):
        text, finish = str(message["refusal"]), "refusal"
    served = body.get("model")
    return ModelReply(
        text,
        served if isinstance(served, str) and served else call.model,
        usage(body, price),
        seconds,
        finish,
    )


def usage(body: Mapping[str, Any], price: Price | None) -> Usage:
    """Tokens and money: what the provider says it cost, else by price per million tokens, else unknown."""
    given = body.get("usage")
    given = given if isinstance(given, Mapping) else {}
    read, written = _count(given.get("prompt_tokens")), _count(given.get("completion_tokens"))
    cost = given.get("cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool) and isfinite(cost) and cost >= 0:
        return Usage(read, written, float(cost))
    return Usage(read, written, priced(read, written, price))


def priced(read: int | None, written: int | None, price: Price | None) -> float | None:
    """US dollars for tokens read and written, or None when tokens or price are unknown."""
    if price is None or read is None or written is None:
        return None
    return (read * price.input + written * price.output) / 1e6


def failure(
    status: int, data: bytes, headers: Mapping[str, str], *, key_name: str, now: datetime
) -> ModelError:
    """What an answer with this status means for the call, the case and the run.

    ``key_name`` is the environment variable that holds the key, empty when none is configured.
    """
    code, said = complaint(data)
    text = f"the provider answered {status}{f': {said}' if said else ''}"
    if status == 401:
        text = refused_key("the provider", said)
    return sorted_failure(status, code, text, retry_after(headers, now), key_name)


def sorted_failure(status: int, code: str, text: str, after: float | None, key_name: str) -> ModelError:
    """The kind of failure that a status and the provider's own code make; ``text`` becomes its message."""
    if code in _NO_CREDIT or status == 402:
        billing = "the account has no credit left: see the provider's billing page"
        return Aborted(text, billing, cause="no_credit")
    if status in _BUSY or status >= 500:
        return Retryable(text, after=after, throttled=status == 429)
    if status == 413 or code in _TOO_LONG | _REFUSED:
        return CaseFailed(text, filtered=code in _REFUSED)
    if status in {400, 422} and _LONG_WORDS.search(text):
        return CaseFailed(text)
    return Aborted(text, _cure(status, key_name), cause=_STOPS.get(status, "parameters"))


def refused_key(who: str, said: str) -> str:
    """The message for status 401, of plain words only: providers like to repeat part of the key."""
    words = [word if _PLAIN_WORD.fullmatch(word) else "***" for word in said.split()]
    told = re.sub(r"(?:\*\*\* )+(?=\*\*\*)", "", " ".join(words))
    return f"{who} refused the key (401){f': {told}' if told else ''}"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the provider asks to wait (RFC 9110: a number or a date; also its cousin in milliseconds)."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def shorten(text: str) -> str:
    """One short line of a foreign message, with everything that looks like a key blotted out."""
    line = " ".join(_KEY_LIKE.sub("***", text).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."


def _cure(status: int, key_name: str) -> str:
    if status in {401, 403}:
        return f"check the key in {key_name}" if key_name else "configure api_key_env for the endpoint"
    if status == 404:
        return "check the model's name and the endpoint's base_url"
    if 300 <= status < 400:
        return "redirects are not followed: write the final address into base_url"
    return "check the model's parameters: nothing is dropped silently"


def _error_in_body(data: bytes, error: Any) -> ModelError:
    """A failure that came with status 200, as gateways send it."""
    code = error.get("code") if isinstance(error, Mapping) else None
    named = 400 if complaint(data)[0] in _TOO_LONG | _REFUSED else 500
    status = code if isinstance(code, int) and 400 <= code < 600 else named
    return failure(status, data, {}, key_name="", now=datetime.now(UTC))


def complaint(data: bytes) -> tuple[str, str]:
    """Code and message of an error body; of a body that is no JSON its beginning."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return "", _start(data) if data.strip() else ""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return "", shorten(str(error))
    codes = [str(error.get(name) or "") for name in ("code", "type")]
    known = _TOO_LONG | _REFUSED | _NO_CREDIT
    said = error.get("message") or error.get("detail") or ""
    return next((code for code in codes if code in known), codes[0]), shorten(str(said))


def _first_choice(body: Any) -> Mapping[str, Any] | None:
    choices = body.get("choices") if isinstance(body, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) and isinstance(first.get("message"), Mapping) else None


def _text(content: Any) -> str:
    """Plain text, or the text parts of a content list, joined; parts that hold reasoning are no text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"]
        for part in parts
        if isinstance(part, Mapping)
        and isinstance(part.get("text"), str)
        and part.get("type", "text") in {"text", "output_text"}
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(0.0, value) if isfinite(value) else None


def _start(data: bytes) -> str:
    shown = shorten(data[:_SHOWN].decode("utf-8", "replace"))
    return (
        "a web page" if shown[:15].casefold().startswith(("<!doctype", "<html")) else shown or "it is empty"
    )
