"""Every other provider, by way of litellm. Imported only when such a model is asked: that takes 5 s."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import time
import warnings
from typing import Any

from cuebook.core.errors import (
    Aborted,
    CaseFailed,
    MissingExtra,
    ModelError,
    Retryable,
    UsageError,
    install_line,
)
from cuebook.core.stand_ins import is_stand_in
from cuebook.models import _wire
from cuebook.models._api_keys import variable_of
from cuebook.models._base import ModelClient, Transport
from cuebook.models._catalog import unknown_provider
from cuebook.models._failures import Complaint, complaint, failure, safe_line
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage

OLDEST = (1, 84, 0)
"""Releases before it have known holes (CVE-2026-49468 and older)."""

MALICIOUS = {(1, 82, 7), (1, 82, 8)}
"""Releases of 24 March 2026 that steal keys."""

_ENVIRONMENT = {
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else the import fetches today's prices from the internet
    "LITELLM_MODE": "PRODUCTION",  # else the import reads a .env file from the checkout
}
PREFIX = "litellm/"
"""Prefix for asking through litellm a provider that can be asked directly, too."""

_CASE = {"ContentPolicyViolationError", "ContextWindowExceededError"}
_CONNECTION = {"Timeout", "APIConnectionError"}


class LitellmClient:
    """Asks through ``litellm.acompletion``: no retries, no dropped parameters, no price look-ups online."""

    def __init__(self, litellm: Any, config: Settings) -> None:
        self._litellm = litellm
        self._config = config

    async def complete(self, call: ModelCall) -> ModelReply:
        """The reply to one call, tried once. Raises Retryable, CaseFailed or Aborted."""
        settings = _wire.settings(call)
        if call.calling:
            # Else a call with tools imports the package mcp, which is not among what Cuebook installs.
            settings["_skip_mcp_handler"] = True
        start = time.perf_counter()
        try:
            answer = await self._litellm.acompletion(
                model=call.model.removeprefix(PREFIX),
                messages=_wire.chat(call),
                timeout=self._config.timeout,
                max_retries=0,
                num_retries=0,
                drop_params=False,
                **settings,
            )
        except Exception as error:  # noqa: BLE001  each provider's code in there raises what it likes
            raise self._failure(error, call) from None
        return self._reply(answer, call, time.perf_counter() - start)

    async def close(self) -> None:
        """Close litellm's connections and its worker. Safe to call twice."""
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        await GLOBAL_LOGGING_WORKER.flush()
        await GLOBAL_LOGGING_WORKER.stop()
        await self._litellm.close_litellm_async_clients()
        self._litellm.in_memory_llm_clients_cache.flush_cache()

    def _reply(self, answer: Any, call: ModelCall, seconds: float) -> ModelReply:
        choice = answer.choices[0] if answer.choices else None
        if choice is None:
            raise Retryable("the answer has no choices")
        around = ModelReply("", str(answer.model or call.model), self._usage(answer, call), seconds)
        said = choice.message.model_dump()
        # A refusal, among others, litellm keeps beside the fields that it knows.
        beside = said.get("provider_specific_fields") or {}
        return _wire.replied(beside | said, choice.finish_reason, around)

    def _usage(self, answer: Any, call: ModelCall) -> Usage:
        """Money by the repository's own price if it gives one, else litellm's; its 0 means unknown."""
        counted = getattr(answer, "usage", None)
        read = getattr(counted, "prompt_tokens", None)
        written = getattr(counted, "completion_tokens", None)
        cost = _wire.priced(read, written, self._config.prices.get(call.model), *_cached(counted))
        if cost is None:
            given = answer._hidden_params.get("response_cost")  # noqa: SLF001  litellm has no other place for it
            cost = given or (0.0 if given == 0 and self._is_listed(call.model) else None)
        return Usage(read, written, cost)

    def _is_listed(self, model: str) -> bool:
        prices = self._litellm.model_cost
        return model in prices or model.partition("/")[2] in prices

    def _failure(self, error: Exception, call: ModelCall) -> ModelError:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        provider = call.model.partition("/")[0]
        said, status = _said(error), _status(error)
        if isinstance(error.__context__, ModuleNotFoundError):
            package = error.__context__.name
            what = f"litellm asks {provider} by way of the package {package!r}, which is not installed"
            return Aborted(what, f"pip install {package}")
        if kinds & _CASE:
            return CaseFailed(said, filtered="ContentPolicyViolationError" in kinds)
        if kinds & _CONNECTION:
            return Retryable(said, unreachable="Timeout" not in kinds)
        if "LLM Provider NOT provided" in said:
            cure = (
                f"[endpoints.{provider}] in cuebook.toml with its base_url, or a provider that litellm knows"
            )
            what = f"no provider is called {provider!r}, as {call.model} says"
            nearly = unknown_provider(call.model, self._config.endpoints)
            return Aborted(what, nearly.cure if nearly else cure, cause="unknown_model")
        key = variable_of(call.model, self._config) or f"litellm's variable for {provider}"
        found = _complaint(error)._replace(said=said)
        return failure(status, found, _headers(error), model=call.model, key_name=key)


def _cached(counted: Any) -> tuple[int, int]:
    """Tokens that came from the provider's cache and that went into it, as litellm counts them."""
    details = getattr(counted, "prompt_tokens_details", None)
    found = (getattr(details, "cached_tokens", None), getattr(counted, "cache_creation_input_tokens", None))
    hit, stored = (value if isinstance(value, int) else 0 for value in found)
    return hit, stored


def _said(error: Exception) -> str:
    """The provider's words, without litellm's own and without the value of any secret in the environment."""
    text = str(error)
    for name, value in os.environ.items():
        if len(value) >= 8 and re.search("KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", name):
            text = text.replace(value, "***")
    return safe_line(re.sub(r"^(?:(?:litellm\.)?\w*(?:Error|Timeout): ?)+", "", text)) or type(error).__name__


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _complaint(error: Exception) -> Complaint:
    """The provider's own code and field, for which litellm has no name."""
    body = getattr(error, "body", None)
    return complaint(json.dumps(body, default=str).encode()) if body else Complaint()


def _headers(error: Exception) -> dict[str, str]:
    response = getattr(error, "response", None)
    found = getattr(error, "litellm_response_headers", None) or getattr(response, "headers", None) or {}
    return {str(name).lower(): str(value) for name, value in dict(found).items()}


def check_release(release: str) -> None:
    """Whether a release of litellm may be loaded. Raises UsageError, before a line of it runs."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", release)[:3])
    if numbers in MALICIOUS:
        raise UsageError(
            f"litellm {release} is a malicious release that steals keys",
            f"pip uninstall litellm, change every key this machine holds, then {install_line('eval')}",
        )
    if numbers < OLDEST:
        raise UsageError(f"litellm {release} has known security holes", install_line("eval"))


def _serves(model: str, _: Settings) -> bool:
    provider, slash, _name = model.partition("/")
    return bool(slash) and provider != "scripted" and not is_stand_in(model)


def _connect(config: Settings) -> ModelClient:
    try:
        check_release(importlib.metadata.version("litellm"))
    except importlib.metadata.PackageNotFoundError:
        raise MissingExtra("litellm (it asks models that Cuebook does not ask directly)", "eval") from None
    os.environ.update(_ENVIRONMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm
    _silence(litellm)
    return LitellmClient(litellm, config)


def _silence(litellm: Any) -> None:
    """No telemetry, no advice on the terminal, no prompt in a log; the settings are the whole process's."""
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.redact_messages_in_exceptions = True
    litellm.drop_params = False
    litellm.num_retries = 0
    litellm.callbacks = []
    import logging  # every command that looks for a transport reads this file

    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"(litellm|openai|pydantic)(\.|$)")


TRANSPORT = Transport(_serves, _connect, priority=-100)
