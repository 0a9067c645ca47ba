"""A registry of MLflow as one JSON, read through MLflow's own package where that is installed.

Only loading each version by its number gives its aliases. Nothing is written there, and a password in an
address is never shown.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cuebook.core.errors import CuebookError, RegistryUnreachable, UsageError
from cuebook.importers.mlflow import SCHEMA

_USER = re.compile(r"(?<=://)[^/@\s]*@")


def shown(uri: str) -> str:
    """An address without the user and password in it."""
    return _USER.sub("", uri)


def registry_json(uri: str, names: Sequence[str] = ()) -> bytes:
    """All prompts of a registry, or those of these names, with their versions.

    Raises UsageError where MLflow is not installed or knows a name not, RegistryUnreachable where it fails.
    """
    genai = _package(uri)
    try:
        found = list(names) or _names(genai)
        prompts = [_prompt(genai, name) for name in found]
    except CuebookError:
        raise
    except Exception as error:  # noqa: BLE001  whatever its store raises is an answer that did not come
        said = shown(str(error)).replace(uri, shown(uri))[:300]
        what = f"MLflow could not read {shown(uri)}: {type(error).__name__}: {said}"
        raise RegistryUnreachable(what, "check the address, and that its MLflow has prompts") from None
    return json.dumps({"schema": SCHEMA, "prompts": prompts}, ensure_ascii=False).encode()


def _package(uri: str) -> Any:
    """MLflow's module for prompts, pointed at a registry."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        mlflow = importlib.import_module("mlflow")
        genai = importlib.import_module("mlflow.genai")
    except ImportError:
        raise UsageError("mlflow is not installed", "pip install mlflow, beside Cuebook") from None
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return genai


def _names(genai: Any) -> list[str]:
    """The names of all prompts, page by page."""
    found: list[str] = []
    token = None
    while True:
        page = (
            genai.search_prompts(max_results=100, page_token=token)
            if token
            else genai.search_prompts(max_results=100)
        )
        found += [prompt.name for prompt in page]
        token = getattr(page, "token", None)
        if not token:
            return found


def _prompt(genai: Any, name: str) -> dict[str, Any]:
    client = importlib.import_module("mlflow").MlflowClient()
    numbers = sorted(int(item.version) for item in client.search_prompt_versions(name))
    if not numbers:
        raise UsageError(
            f"MLflow has no prompt {name!r} with a version", "cuebook import --mlflow URI takes all"
        )
    prompt = client.get_prompt(name)
    versions = [_version(genai.load_prompt(f"prompts:/{name}/{n}", link_to_model=False)) for n in numbers]
    return {"name": name, "tags": dict(getattr(prompt, "tags", None) or {}), "versions": versions}


def _version(item: Any) -> dict[str, Any]:
    config: Any = getattr(item, "model_config", None)
    config = config.model_dump() if hasattr(config, "model_dump") else config
    time = getattr(item, "creation_timestamp", None)
    created = datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None
    return {
        "version": int(item.version),
        "template": item.template,
        "commit_message": getattr(item, "commit_message", None),
        "created": created,
        "author": getattr(item, "user_id", None),
        "tags": dict(getattr(item, "tags", None) or {}),
        "aliases": list(getattr(item, "aliases", None) or ()),
        "model_config": config,
        "response_format": getattr(item, "response_format", None),
    }
