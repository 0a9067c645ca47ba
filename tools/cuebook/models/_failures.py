"""Tell from a failed answer what to do: retry the call, fail the case, or end the run. Data in, data out.

Providers agree on little: codes are in four places, and one status means five things. So an answer is first
brought into one form (``complaint``), then the first rule of ``failure`` that fits decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, NamedTuple

from cuebook.core.errors import Aborted, CaseFailed, ModelError, Retryable, did_you_mean
from cuebook.core.format import joined
from cuebook.core.wire import parameter_of, provider_of

BUSY = {408, 409, 425, 429, 498, 529}
"""Statuses to retry; 498 is Groq's and 529 Anthropic's for "at capacity"."""

_WRONG_KEY = {"invalid_api_key", "wrong_api_key", "API_KEY_INVALID", "authentication_error"}
_NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached"}
_UNKNOWN = {"model_not_found", "DeploymentNotFound", "not_found_error"}
_TOO_LONG = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "string_above_max_length",
    "request_too_large",
}
_REFUSED = {"content_policy_violation", "content_policy", "moderation", "safety"}
_ANSWER_AT_FAULT = {"json_validate_failed", "tool_use_failed"}
_BAD_FIELD = {"unsupported_value", "unsupported_parameter", "unknown_parameter", "extra_forbidden"}
CODES = (_WRONG_KEY | _NO_CREDIT | _UNKNOWN | _TOO_LONG | _REFUSED | _ANSWER_AT_FAULT | _BAD_FIELD) | {
    "content_filter",
    "resource_unavailable",
    "invalid_prompt",
}

_KEY_WORDS = re.compile(r"incorrect api key|api key not valid", re.I)
_CREDIT_WORDS = re.compile(r"credit balance is too low", re.I)
_LONG_WORDS = re.compile(
    r"context[ _](?:length|window|size)|exceeds the maximum number of tokens|too many tokens"
    r"|(?:prompt|input) is too long",
    re.I,
)
_LARGE = re.compile(r"request too large.*Limit (\d+).*Requested (\d+)", re.I | re.S)
_FIELD_WORDS = re.compile(
    r"is deprecated for this model|unrecognized request argument|not permitted"
    r"|unsupported (?:value|parameter)|are not supported for",
    re.I,
)
_FORMAT_WORDS = re.compile(r"response_format", re.I)
_PYDANTIC = re.compile(r"'loc': \(([^)]*)\)")
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|gsk|xai)-[A-Za-z0-9_*.-]{6,}|(?<=Bearer )\S+")
_PLAIN_WORD = re.compile(r"[A-Za-z]{1,15}(?:'[a-z]{1,2})?[.,:;!?]?")
_QUOTED = re.compile(r"[`'\"]([a-z][a-z_]{2,30})[`'\"]")
_SHOWN = 300
"""Characters of a foreign message: what comes after is a trace, or the request once more."""


class Complaint(NamedTuple):
    """An error body in one form: the provider's code and words, the field it is about, seconds to wait."""

    code: str = ""
    said: str = ""
    field: str = ""
    delay: float | None = None
    moderated: bool = False


def complaint(data: bytes) -> Complaint:
    """Return the complaint in an error body; for one that is not JSON, its beginning."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return Complaint(said=start_of(data) if data.strip() else "")
    if isinstance(body, list) and body:  # Gemini
        body = body[0]
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        said = str(error)
        return Complaint(
            _first_code(body if isinstance(body, Mapping) else {}), safe_line(said), _place(said)
        )
    detail = error.get("message") or error.get("detail") or error.get("title") or ""
    if isinstance(detail, Mapping):  # Mistral: {"detail": [{"type", "loc", "msg"}]}
        detail = detail.get("detail", "")
    listed = detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], Mapping) else {}
    said = str(listed.get("msg") or detail)
    field = error.get("param") or ".".join(str(step) for step in listed.get("loc", ())) or _place(said)
    given = error.get("details")
    details = [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    delays = [seconds for item in details if (seconds := _seconds(item.get("retryDelay"))) is not None]
    metadata = error.get("metadata")
    moderated = isinstance(metadata, Mapping) and bool(metadata.get("reasons"))
    code = _first_code(error, *details, listed)
    return Complaint(code, safe_line(said), str(field), next(iter(delays), None), moderated)


def _first_code(*places: Mapping[str, Any]) -> str:
    """The code that a rule knows, wherever it stands; else the first that there is."""
    found = [
        str(place[key]) for place in places for key in ("code", "type", "reason", "status") if place.get(key)
    ]
    return next((code for code in found if code in CODES), found[0] if found else "")


def _place(said: str) -> str:
    """The field that a Python server's own words about a failed validation name."""
    found = _PYDANTIC.search(said)
    return ".".join(re.findall(r"'([^']*)'", found[1])) if found else ""


def is_filtered(status: int, found: Complaint) -> bool:
    """Return whether a filter stopped the question, which counts as an empty answer."""
    return found.code == "content_filter" and status in {200, 400}


def failure(
    status: int,
    found: Complaint,
    headers: Mapping[str, str],
    *,
    model: str = "",
    key_name: str = "",
    known: Sequence[str] = (),
    now: datetime | None = None,
) -> ModelError:
    """Return the error for an answer with this status. The first rule that matches decides.

    ``key_name`` is the environment variable that holds the key (empty when none is configured), ``known`` are
    names of models that the provider has.
    """
    code, said = found.code, found.said
    who = model.partition("/")[0] or "the provider"
    about = found.field.split(".")[-1]
    place = f" ({about})" if about and about not in said else ""
    text = f"{who} answered {status}{f': {said}' if said else ''}{place}"
    if status == 401 or code in _WRONG_KEY or (status == 400 and _KEY_WORDS.search(said)):
        return Aborted(refused_key(who, status, said), _key_cure(key_name), cause="wrong_key")
    if status == 402 or code in _NO_CREDIT or _CREDIT_WORDS.search(said):
        billing = "the account has no credit left: see the provider's billing page"
        return Aborted(text, billing, cause="no_credit")
    if found.moderated or code in _REFUSED or (code == "invalid_prompt" and "flagged" in said):
        return CaseFailed(text, filtered=True)
    if status == 403:
        return Aborted(text, _key_cure(key_name), cause="wrong_key")
    if status in {404, 410} or code in _UNKNOWN:
        return Aborted(text, _model_cure(model, said, known), cause="unknown_model")
    is_long = status in {400, 422} and _LONG_WORDS.search(said)
    if status == 413 or code in _TOO_LONG | _ANSWER_AT_FAULT or is_long:
        return CaseFailed(text)
    if large := _LARGE.search(said):
        return CaseFailed(f"{text} ({large[2]} tokens; the account may send {large[1]} a minute)")
    if cure := _cure_of_a_field(status, found, model):
        return Aborted(text, cure, cause="parameters")
    if status in BUSY or status >= 500 or code == "resource_unavailable":
        after = retry_after(headers, now or datetime.now(UTC))
        throttled = status in {429, 498}
        return Retryable(text, after=found.delay if after is None else after, throttled=throttled)
    if 300 <= status < 400:
        cure = "redirects are not followed: write the final address into base_url"
        return Aborted(text, cure, cause="unreachable")
    return Aborted(text, "check the model's parameters: nothing is dropped silently", cause="parameters")


def _cure_of_a_field(status: int, found: Complaint, model: str) -> str:
    """What to do about a field that was refused; empty where the answer is about none."""
    # Servers written with pydantic answer 500 where a field does not validate: no retry would help.
    validates = status == 500 and "validation error" in found.said and bool(found.field)
    if status not in {400, 422} and not validates:
        return ""
    if _is_about_format(found):
        return _format_cure(model, found.said)
    is_refused = found.code in _BAD_FIELD or _FIELD_WORDS.search(found.said)
    return _field_cure(model, found) if is_refused or validates else ""


def _is_about_format(found: Complaint) -> bool:
    return (
        found.field.split(".")[-1] in {"response_format", "type"}
        and "response_format" in (f"{found.field} {found.said}")
    ) or bool(_FORMAT_WORDS.search(found.said))


def _key_cure(key_name: str) -> str:
    return f"check the key in {key_name}" if key_name else "configure api_key_env for the endpoint"


def _model_cure(model: str, said: str, known: Sequence[str]) -> str:
    head, _, name = model.partition("/")
    if head in {"ollama", "ollama_chat"}:
        return f"ollama pull {name}"
    if "No endpoints found that support" in said:
        return "no host of this model takes one of the parameters: take it out of the version"
    near = did_you_mean(name, [item.removeprefix(f"{head}/") for item in known]) if known else ""
    return (
        near.replace("'", "")
        or "check the model's name (on Azure the deployment's) and the endpoint's base_url"
    )


def _format_cure(model: str, said: str) -> str:
    row = provider_of(model)
    if "schema" in said.lower() and "additionalProperties" in said:
        return (
            "a strict schema has additionalProperties: false and every property in required, in each object;"
            " or set strict: false"
        )
    formats = row.formats if row else ("json_object",)
    if not formats:
        return "take responseFormat and jsonSchema out of the version"
    also = "" if "json_schema" in formats else ", and take jsonSchema out of the version"
    return f"set responseFormat: {joined(formats, 'or')}{also}"


def _field_cure(model: str, found: Complaint) -> str:
    quoted = _QUOTED.search(found.said)
    wire = found.field.split(".")[-1] or (quoted[1] if quoted else "")
    name = parameter_of(wire, model)
    if wire == "max_tokens":
        return 'write maxCompletionTokens in the version, or like = "openai" for the endpoint in the settings'
    if not name:
        return "check the model's parameters: nothing is dropped silently"
    if name == "reasoningEffort" and "none" in found.said:
        return "set reasoningEffort: none"
    also = ", or set reasoningEffort: none" if name == "temperature" and model.startswith("openai/") else ""
    return f"take {name} out of the version{also}"


def refused_key(who: str, status: int, said: str) -> str:
    """The message for a refused key, of plain words only: providers like to repeat part of the key."""
    words = [word if _PLAIN_WORD.fullmatch(word) else "***" for word in said.split()]
    told = re.sub(r"(?:\*\*\* )+(?=\*\*\*)", "", " ".join(words))
    return f"{who} refused the key ({status}){f': {told}' if told else ''}"


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


def _seconds(value: Any) -> float | None:
    """Seconds written as Google does: ``37s``."""
    return _number(value.removesuffix("s")) if isinstance(value, str) else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(0.0, value) if isfinite(value) else None


def safe_line(text: str) -> str:
    """Return one short line of a foreign message; everything that looks like a key is replaced."""
    line = " ".join(_KEY_LIKE.sub("***", text).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."


def start_of(data: bytes) -> str:
    """The beginning of a body, for a message; a page of HTML is only called that."""
    shown = safe_line(data[:_SHOWN].decode("utf-8", "replace"))
    is_page = shown[:15].casefold().startswith(("<!doctype", "<html"))
    return "a web page" if is_page else shown or "it is empty"
