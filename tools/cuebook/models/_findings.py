"""Check the model of a version and its settings, as far as that is possible without a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from cuebook.core import plugins, wire
from cuebook.core.errors import BrokenPlugin, did_you_mean, nearest
from cuebook.core.messages import texts
from cuebook.core.stand_ins import TOY, TOY_NAMES, is_stand_in
from cuebook.core.wire import FieldRefusal
from cuebook.models._base import ModelPlugin
from cuebook.models._catalog import Prefixes, prefixes, refusals, unknown_provider
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Version

OURS = {"scripted", "toy"}


def version_findings(version: Version, settings: Settings) -> Iterator[FieldRefusal]:
    """Return what would make the first call of a version fail, field by field; unknown models are skipped."""
    model = settings.resolve(version.model)
    if wrong := not_offered(model, settings):
        yield wrong
    if wrong or is_stand_in(model):
        return
    head = model.partition("/")[0]
    own = settings.endpoints.get(head)
    if unknown := unknown_provider(model, served(settings)):
        yield unknown
        return
    row = wire.providers().get(own.like or "") if own else wire.provider_of(model)
    found = list(wire.refusals(version.behaviour, row)) if row else []
    if not own:  # an endpoint may serve any model under any name
        found += refusals(model, version.parameters)
    yield from {item.field: item for item in found}.values()
    if version.response_format == "json_object" and not _says_json(version):
        cure = "say in a message that the answer is JSON: OpenAI and others refuse the call without the word"
        yield FieldRefusal("responseFormat", "json_object is asked for, and no message says JSON", cure)


def not_offered(model: str, settings: Settings) -> FieldRefusal | None:
    """Why a toy or a plug-in's model cannot be asked: whoever offers its prefix has none of that name."""
    if model.startswith(TOY.prefix):
        known, what = list(TOY_NAMES), f"no toy is called {model!r}"
    else:
        head = model.partition("/")[0]
        by = "" if head in settings.endpoints else plugins.source("cuebook.models", head)
        known, what = _models_of(head) if by else [], f"{by} has no model {model!r}"
    if not known or model in known:
        return None
    # The prefix is right, and so says nothing of which name is near.
    head, _, name = model.partition("/")
    near = nearest(name, [item.partition("/")[2] for item in known])
    return FieldRefusal(
        "model", what, f"did you mean {head + '/' + near!r}?" if near else did_you_mean("", known)
    )


def _models_of(prefix: str) -> list[str]:
    """The models of a plug-in that knows them; none where it does not, or cannot be loaded."""
    with suppress(BrokenPlugin):
        offered = plugins.load("cuebook.models", prefix, ModelPlugin)
        return sorted(offered.models()) if offered.models else []
    return []


def prefixes_for(settings: Settings) -> Prefixes:
    """Return the prefixes that models of new versions may have under these settings."""
    known, whole, meant = prefixes()
    return Prefixes(known | served(settings), whole, meant)


def served(settings: Settings) -> frozenset[str]:
    """Return the prefixes of models that are not a provider's: endpoints, plug-ins, our own."""
    return frozenset({*settings.endpoints, *settings.plugins, *plugins.names("cuebook.models"), *OURS})


def _says_json(version: Version) -> bool:
    return any("json" in text.casefold() for text in texts(version.behaviour))
