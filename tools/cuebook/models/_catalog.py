"""Look up what is known of a model offline: prices, limits, the day it is shut down.

Read from the table that litellm brings, which is not imported for it (that takes 5 s): 2 ms to find, 30 ms to
parse, once a process. Without litellm nothing is known, and that is said as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cuebook.core.bare_models import with_provider
from cuebook.core.errors import nearest
from cuebook.core.stand_ins import is_stand_in
from cuebook.core.wire import SAME, FieldRefusal, provider_of, providers
from cuebook.registry.settings import Settings
from cuebook.shapes.ending import ShutDown
from cuebook.shapes.settings_format import Price

FILE = "litellm/model_prices_and_context_window_backup.json"
LARGEST = 16 << 20
"""Bytes of a table that is read; the one of 2026 has three million."""

_MILLION = 1_000_000
_TIER = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")

_LITELLM = {"litellm", "litellm_proxy", "anthropic", "azure", "azure_ai", "bedrock", "vertex_ai", "cohere"}
"""Prefixes of litellm that its table spells otherwise, or not at all."""

_MEANT = {
    "together": "together_ai",
    "fireworks": "fireworks_ai",
    "google": "gemini",
    "nvidia": "nvidia_nim",
    "claude": "anthropic",
    "gpt": "openai",
    "grok": "xai",
}

_SLIP, _SAME_WORD = 0.75, 0.85
"""Likeness from which a name is a typing error of another: ``opnai`` is openai, a server's name is not."""

_THINKS_WITHOUT_SAMPLING = re.compile(r"openai/(gpt-[56]|o\d)")
"""OpenAI's reasoning models take no temperature but 1 while they reason, and no stop or penalties."""

_NO_STOP = re.compile(r"xai/grok-([4-9]|\d\d)")


@cache
def _table() -> Mapping[str, Any]:
    """Every entry of the bundled table; empty where litellm is not installed or its table cannot be read."""
    import importlib.metadata  # 10 ms that only real models cost

    try:
        path = Path(str(importlib.metadata.distribution("litellm").locate_file(FILE)))
        # A checkout could bring a folder that looks like an installed litellm: packages lie elsewhere.
        if path.parents[1].name not in {"site-packages", "dist-packages"} or path.stat().st_size > LARGEST:
            return {}
        data = json.loads(path.read_bytes())
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def entry(model: str) -> Mapping[str, Any]:
    """Return the table's entry of a model id; empty where it has none.

    A bare name counts only where the table gives it to the same provider: 83 names have another price bare.
    """
    model = model.removeprefix("litellm/")
    provider, _, name = model.partition("/")
    found = _table().get(model)
    if not isinstance(found, dict):
        bare = _table().get(name)
        found = bare if isinstance(bare, dict) and bare.get("litellm_provider") == provider else {}
    return found if found.get("mode") in {"chat", "responses"} else {}


def names(provider: str) -> list[str]:
    """The chat models of a provider, without its name."""
    return list(_by_provider(_table).get(provider, ()))


@cache
def _by_provider(table: Callable[[], Mapping[str, Any]]) -> Mapping[str, list[str]]:
    """The chat models of each provider: going through the table takes 4 ms, and some ask a thousand times."""
    found: dict[str, list[str]] = {}
    for name, item in table().items():
        if isinstance(item, dict) and item.get("mode") == "chat":
            provider = str(item.get("litellm_provider"))
            found.setdefault(provider, []).append(name.removeprefix(f"{provider}/"))
    return found


class Prefixes(NamedTuple):
    """What model ids begin with: the ``known`` prefixes, ``whole`` where there are no others, and ``meant``,
    the right name for one that people write for another.
    """

    known: frozenset[str]
    whole: bool
    meant: Mapping[str, str]


def prefixes() -> Prefixes:
    """Our providers and those of litellm's table, without which there may be others."""
    there = {str(item.get("litellm_provider")) for item in _table().values() if isinstance(item, dict)}
    return Prefixes(frozenset({*providers(), *SAME, *_LITELLM, *there}), bool(there), _MEANT)


def unknown_provider(model: str, served: Collection[str]) -> FieldRefusal | None:
    """Why nobody can be asked for a model: no provider has the name its id begins with.

    ``served`` are further prefixes: endpoints of the settings, plug-ins. Without litellm's table only a name
    that is nearly one of ours is called wrong.
    """
    head, slash, _ = model.partition("/")
    if not slash:
        near = f"write {with_provider(model) or f'provider/model, such as openai/{model}'}"
        return FieldRefusal("model", f"{model!r} names no provider", near)
    if head in served or head in providers() or head in SAME or head in _LITELLM:  # without the table
        return None
    known, whole, meant_by = prefixes()
    if head in known or model in _table():
        return None
    # Of litellm's hundred names many are short, and near to what people call a server of their own.
    well_known = sorted({*providers(), *SAME, *_LITELLM, *meant_by})
    near = nearest(head, [*sorted(served), *well_known], cutoff=_SLIP) or nearest(
        head, sorted(known), cutoff=_SAME_WORD
    )
    if not near and not whole:
        return None
    own = f"[endpoints.{head}] in the settings, with its base_url"
    cure = (
        f"name a server of your own: {own}; a plug-in under [plugins]; or write a provider, such as openai/"
    )
    if near:
        cure = f"did you mean {meant_by.get(near, near)}/? Or name a server of your own: {own}"
    return FieldRefusal("model", f"no provider is called {head!r}", cure)


def unlisted(model: str, config: Settings) -> FieldRefusal | None:
    """That a provider's model is not in the table, where one is that differs by a slip of the pen.

    Nothing for what may well be there: another number (the table is older than a new model), a model of
    one's own or of many hosts, and one of which the settings say something.
    """
    provider, _, name = model.partition("/")
    is_own = provider in config.endpoints or model in {*config.prices, *config.model_info} or ":" in name
    row = provider_of(model)
    if is_own or entry(model) or not (provider == "anthropic" or (row and row.keys)):
        return None
    near = nearest(name, names(provider), cutoff=_SLIP)
    if not near or _DIGITS.sub("", near) == _DIGITS.sub("", name):
        return None
    cure = f'did you mean {provider}/{near}? Is it newer: write its price under [prices."{model}"]'
    return FieldRefusal("model", f"{model} is not in litellm's table of models", cure)


_DIGITS = re.compile(r"[\d.]+")


def _is_at_home(model: str, config: Settings) -> bool:
    """Whether a model runs on a machine of one's own, by a row that needs no key: it costs nothing."""
    own = config.endpoints.get(model.partition("/")[0])
    row = providers().get(own.like or "") if own else provider_of(model)
    return row is not None and not row.keys and not (own and own.api_key_env)


def price_of(model: str, config: Settings, input_tokens: int = 0) -> Price | None:
    """The price of a model for a prompt of so many tokens, the settings' first; None is unknown, not free."""
    if model in config.prices:
        return config.prices[model]
    if _is_at_home(model, config):
        return Price(input=0, output=0, as_of="local")
    known = entry(model)
    tiers = [int(found[1]) for key in known if (found := _TIER.fullmatch(key))]
    # Above a threshold the whole call costs more, not only what lies beyond it.
    tier = max((size for size in tiers if input_tokens > size * 1000), default=0)
    suffix = f"_above_{tier}k_tokens" if tier else ""

    def dollars(key: str) -> float | None:
        value = known.get(f"{key}{suffix}", known.get(key))
        return value * _MILLION if isinstance(value, int | float) and value > 0 else None

    given, made = dollars("input_cost_per_token"), dollars("output_cost_per_token")
    if given is None or made is None:  # 76 chat entries say 0 and mean unknown
        return None
    # The table has prices of one token: a million of them differ from the price in the last bits of a float.
    return Price(
        input=round(given, 9),
        output=round(made, 9),
        cached_input=dollars("cache_read_input_token_cost"),
        cache_write=dollars("cache_creation_input_token_cost"),
        as_of="litellm",
    )


def retires(model: str, settings: Settings) -> str | None:
    """The day a model is shut down, as ``2027-01-14``; None where nobody has said one.

    What the settings say of it comes first, and of an endpoint of theirs nobody else knows. An undated name
    ends with the last of its dated ones, if all of those have a date.
    """
    own = settings.model_info.get(model)
    if own and own.retires:
        return own.retires
    if own is None and model.partition("/")[0] in settings.endpoints:
        return None
    if is_stand_in(model):  # the table, which takes 30 ms to read, knows none
        return None
    day = entry(model).get("deprecation_date")
    if isinstance(day, str):
        return day
    provider, _, name = model.partition("/")
    dated = [item for item in names(provider) if _DATED.sub("", item) == name and item != name]
    days = [str(entry(f"{provider}/{item}").get("deprecation_date") or "") for item in dated]
    return max(days) if days and all(days) else None


SOON = 90
"""Days before a model is shut down from which it is reported: a new version has to be gated by then."""


def ending(model: str, settings: Settings, today: str) -> ShutDown | None:
    """The end of a model that is over or near on the day ``today``; None where it is far or not known."""
    day = retires(model, settings)
    try:
        days = (date.fromisoformat(day or "") - date.fromisoformat(today)).days
    except ValueError:  # no day: litellm's table is made by many hands
        return None
    own = settings.model_info.get(model)
    return ShutDown(model, str(day), days, (own and own.successor) or "") if days <= SOON else None


def refusals(model: str, parameters: Mapping[str, Any]) -> Iterator[FieldRefusal]:
    """Parameters that this very model is known to refuse; nothing for a model that is not known."""
    known = entry(model)
    effort = parameters.get("reasoningEffort") or known.get("default_reasoning_effort")
    name = model.partition("/")[2]
    thinks = bool(_THINKS_WITHOUT_SAMPLING.match(model)) and effort != "none"
    never = known.get("supports_sampling_params") is False
    for parameter in ("temperature", "topP", "topK"):
        value = parameters.get(parameter)
        is_default = parameter == "temperature" and value == 1 and not never
        if value is not None and (never or thinks) and not is_default:
            also = "" if never else ", or set reasoningEffort: none"
            when = "" if never else " while it reasons"
            what = f"{name} takes no {parameter}{when}"
            yield FieldRefusal(f"modelParameters.{parameter}", what, f"take {parameter} out{also}")
    for parameter in ("stop", "frequencyPenalty", "presencePenalty"):
        if parameters.get(parameter) is not None and (thinks or _NO_STOP.match(model)):
            place = f"modelParameters.{parameter}"
            yield FieldRefusal(place, f"{name} takes no {parameter}", f"take {parameter} out")
    asked, levels = parameters.get("reasoningEffort"), known.get("reasoning_effort_levels")
    refused = known.get(f"supports_{asked}_reasoning_effort") is False
    if asked and (refused or (isinstance(levels, list) and asked not in levels)):
        cure = f"one of: {', '.join(map(str, levels))}" if isinstance(levels, list) else "name another"
        yield FieldRefusal(
            "modelParameters.reasoningEffort", f"{name} has no reasoningEffort {asked!r}", cure
        )
    most, wanted = known.get("max_output_tokens"), parameters.get("maxTokens")
    if isinstance(most, int) and isinstance(wanted, int) and wanted > most:
        what = f"{name} gives at most {most:,} tokens"
        yield FieldRefusal("modelParameters.maxTokens", what, f"lower maxTokens to {most}")
