"""One file per way to reach models. Found by a folder scan; the model id decides which one is used."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from cuebook.core.errors import Aborted
from cuebook.models._api_keys import missing_keys, variable_of
from cuebook.models._base import ModelClient, Transport
from cuebook.models._catalog import price_of, refusals, retires, unknown_provider
from cuebook.registry.settings import Settings

__all__ = [
    "ModelClient",
    "Transport",
    "connect",
    "missing_keys",
    "price_of",
    "refusals",
    "retires",
    "transport_for",
    "transports",
    "unknown_provider",
    "variable_of",
]


@cache
def transports() -> dict[str, Transport]:
    """Every transport by name, the preferred first. Their libraries are imported by ``connect`` only."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    found = {name: importlib.import_module(f"{__name__}.{name}").TRANSPORT for name in names}
    return dict(sorted(found.items(), key=lambda item: (-item[1].priority, item[0])))


def transport_for(model: str, config: Settings) -> str:
    """The name of the transport that serves a model id. Raises Aborted when none does."""
    for name, transport in transports().items():
        if transport.serves(model, config):
            return name
    raise Aborted(
        f"no transport serves the model {model!r}",
        "known without a key: offline/rules, offline/judge",
        cause="unknown_model",
    )


def connect(name: str, config: Settings) -> ModelClient:
    """Open a transport. Raises MissingExtra when its library is not installed."""
    return transports()[name].connect(config)
