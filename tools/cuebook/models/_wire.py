"""The OpenAI chat format: what is sent, what came back, and what each kind of failure means.

Data in, data out; the clients beside this file move the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from cuebook.core import wire
from cuebook.core.errors import Aborted, CaseFailed, ModelError, Retryable, did_you_mean
from cuebook.core.images import fetched, put_back
from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.tool_calls import read_calls
from cuebook.core.wire import Provider
from cuebook.models._failures import CODES, complaint, failure, start_of
from cuebook.shapes.run import LONGEST_REASONING, Json, ModelCall, ModelReply, Usage
from cuebook.shapes.settings_format import Price

PriceOf = Callable[[int], Price | None]
_NOT_AN_ANSWER = {"error", "insufficient_system_resource"}
"""Endings of an answer that are the provider's fault: the same call may work later."""


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
        **call.calling,
    }
    if row and (wrong := next(wire.refusals(prompt, row), None)):
        raise Aborted(f"{call.model}: {wrong.what}", f"{wrong.field}: {wrong.cure}", cause="parameters")
    return wire.sent(prompt, row)


def chat(call: ModelCall) -> list[dict[str, Any]]:
    """The messages of a call as the wire has them, without keys that no message has.

    Raises CaseFailed for a part that somebody would have to fetch: litellm does so itself for some providers.
    """
    messages = put_back(call.messages, call.images)
    if found := next(fetched(messages), None):
        raise CaseFailed(f"message {found[0]}, part {found[1]}: {found[2]}")
    return [{key: value for key, value in item.items() if key in _OF_A_MESSAGE} for item in messages]


_OF_A_MESSAGE = frozenset({"role", "content", "name", "tool_calls", "tool_call_id"})


def read_reply(data: bytes, call: ModelCall, price: PriceOf, seconds: float) -> ModelReply:
    """The reply in the body of a successful answer; ``price`` gives the price of a prompt of so many tokens.

    A refusal, by the model or a filter, is an answer: its words, mostly none, and ``finish``; so are calls
    of tools. Reasoning beside the answer is no part of it. Raises Retryable when there is no reply.
    """
    who = call.model.partition("/")[0]
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        # An address that is not the API's, or a login before it, answers all the same.
        hint = "check the endpoint's base_url, and that no login or proxy answers in its place"
        raise Retryable(f"{who} answered with what is not JSON: {start_of(data)}", hint) from None
    if isinstance(body, Mapping) and body.get("error") and not body.get("choices"):
        raise _error_in_body(data, body["error"], call)
    choice = _first_choice(body)
    if choice is None:
        raise Retryable(f"{who} answered without choices: {start_of(data)}")
    finish = choice.get("finish_reason")
    if finish in _NOT_AN_ANSWER:
        raise Retryable("the provider broke the answer off")
    served = body.get("model")
    name = served if isinstance(served, str) and served else call.model
    return replied(choice["message"], finish, ModelReply("", name, usage(body, price), seconds))


def replied(message: Mapping[str, Any], finish: Any, around: ModelReply) -> ModelReply:
    """The reply with what a message says: text, calls, refusal and reasoning; ``finish`` may be missing."""
    calls = read_calls(message.get("tool_calls"))
    refusal = _text(message.get("refusal"))
    text = _text(message.get("content"))
    ended = str(finish or ("tool_calls" if calls else "stop"))
    if refusal and not text and not calls:
        text, ended = refusal, "refusal"
    reasoning = _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
    return replace(
        around,
        text=text,
        finish=ended,
        tool_calls=calls,
        refusal=refusal,
        reasoning=reasoning[:LONGEST_REASONING],
    )


def usage(body: Mapping[str, Any], price: PriceOf) -> Usage:
    """Return tokens and cost: as the provider says, else by the price per million tokens, else unknown."""
    given = body.get("usage")
    given = given if isinstance(given, Mapping) else {}
    read, written = _count(given.get("prompt_tokens")), _count(given.get("completion_tokens"))
    total = _count(given.get("total_tokens"))
    if read is not None and written is not None and total is not None:
        written = max(written, total - read)  # xAI and Gemini count thinking in the total only
    if (told := _told_cost(given)) is not None:
        return Usage(read, written, told)
    if read is None or written is None:
        return Usage(read, written, None)
    return Usage(read, written, priced(read, written, price(read), *_cached(given)))


def _told_cost(given: Mapping[str, Any]) -> float | None:
    """What the provider says the call cost: OpenRouter in dollars, xAI in ticks of 10^-10 of one."""
    for name, unit in (("cost", 1.0), ("cost_in_usd_ticks", 1e-10)):
        value = given.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0:
            return float(value) * unit
    return None


def _cached(given: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of the prompt that came from the provider's cache, and that went into it."""
    details = given.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    hit = _count(details.get("cached_tokens")) or _count(given.get("prompt_cache_hit_tokens")) or 0
    return hit, _count(details.get("cache_write_tokens")) or 0


def priced(
    read: int | None, written: int | None, price: Price | None, cached: int = 0, stored: int = 0
) -> float | None:
    """Return US dollars for tokens read and written; None when tokens or price are unknown.

    ``cached`` and ``stored`` of the tokens read came from the provider's cache, or went into it.
    """
    if price is None or read is None or written is None:
        return None
    cached, stored = min(cached, read), min(stored, max(0, read - cached))
    hit = price.input if price.cached_input is None else price.cached_input
    store = price.input if price.cache_write is None else price.cache_write
    plain = (read - cached - stored) * price.input
    return (plain + cached * hit + stored * store + written * price.output) / 1e6


def _error_in_body(data: bytes, error: Any, call: ModelCall) -> ModelError:
    """A failure that came with status 200, as gateways send it."""
    code = error.get("code") if isinstance(error, Mapping) else None
    found = complaint(data)
    named = 400 if not isinstance(code, int) and found.code in CODES else 500
    status = code if isinstance(code, int) and 400 <= code < 600 else named
    return failure(status, found, {}, model=call.model)


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
