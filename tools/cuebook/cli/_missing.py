"""Name the models of a plan that cannot be asked on this machine: a gate stops before its first call."""

from __future__ import annotations

import os
from collections.abc import Iterable

from cuebook import models
from cuebook.gate.prepared import Prepared
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.cause import Nothing


def plugins_needed(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[Nothing]:
    """Return each model whose plug-in is not installed here; ``cure`` is the command that installs it."""
    absent = {
        model: models.missing_plugin(model, workspace.config) for model in _asked(workspace, comparisons)
    }
    return [
        Nothing(code="no_plugin", model=model, cure=install) for model, install in absent.items() if install
    ]


def keys_needed(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[Nothing]:
    """Return each model whose key is not in the environment; ``key`` is the variable that holds it."""
    missing = models.missing_keys(_asked(workspace, comparisons), workspace.config, os.environ)
    return [Nothing(code="no_key", model=model, key=key) for model, key in missing.items()]


def _asked(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[str]:
    # As the settings replace them: it is those that are asked.
    return sorted({workspace.config.resolve(name) for item in comparisons for name in item.asked_models})
