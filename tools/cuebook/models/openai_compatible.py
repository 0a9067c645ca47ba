"""Any server that speaks the OpenAI chat format, asked directly.

``[tool.cuebook.endpoints.local]`` with ``base_url`` and ``api_key_env`` serves every model ``local/...``;
well-known providers (``data/providers.toml``) need no settings. An endpoint of the settings comes first.
"""

from __future__ import annotations

from cuebook.core.errors import MissingExtra
from cuebook.core.stand_ins import is_stand_in
from cuebook.core.wire import provider_of
from cuebook.models._base import ModelClient, Transport
from cuebook.registry.settings import Settings


def _serves(model: str, config: Settings) -> bool:
    known = model.partition("/")[0] in config.endpoints or provider_of(model) is not None
    return known and not is_stand_in(model)


def _connect(config: Settings) -> ModelClient:
    try:
        from cuebook.models._http import HttpClient
    except ModuleNotFoundError:
        raise MissingExtra("aiohttp (it asks models)", "direct") from None
    return HttpClient(config)


TRANSPORT = Transport(_serves, _connect, priority=10)
