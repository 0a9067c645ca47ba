"""Name the models of a plan that cannot be asked on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable

from cuebook import models
from cuebook.gate.prepared import Prepared
from cuebook.jobs.workspace import Workspace
from cuebook.wording.elsewhere import will_need_key, will_need_plugin


def plugins_needed(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[str]:
    """Return a line for each model whose plug-in is not installed here, with the command that installs it."""
    absent = {
        model: models.missing_plugin(model, workspace.config) for model in _asked(workspace, comparisons)
    }
    return [will_need_plugin(model, install) for model, install in absent.items() if install]


def keys_needed(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[str]:
    """Return a line for each model whose key is not in the environment, with the variable that holds it."""
    missing = models.missing_keys(_asked(workspace, comparisons), workspace.config, os.environ)
    return [will_need_key(model, key) for model, key in missing.items()]


def _asked(workspace: Workspace, comparisons: Iterable[Prepared]) -> list[str]:
    # As the settings replace them: it is those that are asked.
    return sorted({workspace.config.resolve(name) for item in comparisons for name in item.asked_models})
