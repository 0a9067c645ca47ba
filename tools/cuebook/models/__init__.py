"""One file per way to reach models. Found by a folder scan; the model id decides which one is used.

Other distributions add models of a prefix of their own through the entry-point group ``cuebook.models``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache

from cuebook.core import family, plugins
from cuebook.core.errors import Aborted
from cuebook.core.format import joined
from cuebook.core.stand_ins import TOY_NAMES, rule_models
from cuebook.models._api_keys import missing_keys, variable_of
from cuebook.models._base import ModelClient, ModelPlugin, Transport
from cuebook.models._catalog import ending, price_of, refusals, retires, unknown_provider, unlisted
from cuebook.models._findings import not_offered, prefixes_for, served, version_findings
from cuebook.registry.settings import Settings
from cuebook.shapes.cause import Nothing
from cuebook.shapes.run import ModelCall, ModelReply, Usage
from cuebook.wording.stopped import NotEvaluated

__all__ = [
    "ModelCall",
    "ModelClient",
    "ModelPlugin",
    "ModelReply",
    "Settings",
    "Transport",
    "Usage",
    "connect",
    "ending",
    "missing_keys",
    "missing_plugin",
    "needs_key",
    "not_offered",
    "plugin_of",
    "prefixes_for",
    "price_of",
    "refusals",
    "retires",
    "served",
    "state_of",
    "transport",
    "transport_for",
    "transports",
    "unknown_provider",
    "unlisted",
    "variable_of",
    "version_findings",
    "without_plugin",
]

GROUP: plugins.Group = "cuebook.models"


@cache
def transports() -> dict[str, Transport]:
    """Every built-in transport by name, the preferred first. Libraries are imported by ``connect`` only."""
    found = {
        name: importlib.import_module(f"{__name__}.{name}").TRANSPORT for name in family.members(__path__)
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1].priority, item[0])))


def transport_for(model: str, settings: Settings) -> str:
    """The name of the transport that serves a model id: a built-in one's, or a plug-in's prefix and a slash.

    Raises Aborted when none does.
    """
    prefix = model.partition("/")[0]
    # Endpoints of the settings come before plug-ins, and those before what takes any id.
    own = {name: member for name, member in transports().items() if member.priority >= 0}
    for name, member in own.items():
        if member.serves(model, settings):
            return name
    if plugins.source(GROUP, prefix):
        return f"{prefix}/"
    if absent := without_plugin([model], settings):
        raise NotEvaluated(absent)
    wrong = unknown_provider(model, {*settings.endpoints, *settings.plugins})
    for name in () if wrong else transports().keys() - own:
        if transports()[name].serves(model, settings):
            return name
    what = wrong.what if wrong else f"nobody serves the model {model!r}"
    cure = f"{wrong.cure}; " if wrong else ""
    raise Aborted(what, f"{cure}known without a key: {', '.join(TOY_NAMES)}", cause="unknown_model")


@cache
def transport(name: str) -> Transport:
    """The transport of this name. Raises BrokenPlugin when it is that of a plug-in that cannot be loaded."""
    if not name.endswith("/"):
        return transports()[name]
    found = plugins.load(GROUP, name.removesuffix("/"), ModelPlugin)
    return Transport(
        lambda model, _: model.startswith(name), found.connect, 0, found.deterministic, found.state
    )


def connect(name: str, settings: Settings) -> ModelClient:
    """Open a transport. Raises MissingExtra when its library is not installed, BrokenPlugin."""
    return transport(name).connect(settings)


def missing_plugin(model: str, settings: Settings) -> str:
    """Return the line that installs a model's plug-in; empty where it is installed, or none is known."""
    prefix = model.partition("/")[0]
    if plugin_of(model) or prefix in settings.endpoints:
        return ""
    if (row := rule_models(model)) and row.distribution:
        return plugins.plugin_install_line(row.distribution, row.folder)
    return plugins.pip_install(settings.plugins[prefix]) if prefix in settings.plugins else ""


def without_plugin(asked: Iterable[str], settings: Settings) -> Nothing | None:
    """Return which of the models have no plug-in here, as the reason for no verdict; None where all have."""
    found = {model: install for model in sorted(asked) if (install := missing_plugin(model, settings))}
    cure = "; ".join(dict.fromkeys(found.values()))
    return Nothing(code="no_plugin", model=joined(list(found)), cure=cure) if found else None


def plugin_of(model: str) -> str:
    """Name and version of the plug-in that offers a model's prefix; empty where none is installed."""
    return plugins.source(GROUP, model.partition("/")[0])


def state_of(model: str, settings: Settings) -> str:
    """Return what a model's replies depend on beside the call; empty where that is not known."""
    try:
        return transport(transport_for(model, settings)).state()
    except Aborted:
        return ""


def needs_key(model: str, settings: Settings) -> bool:
    """Return whether a model may need a key, a network or money; also true where nothing here serves it."""
    try:
        return not transport(transport_for(model, settings)).deterministic
    except Aborted:
        return True
