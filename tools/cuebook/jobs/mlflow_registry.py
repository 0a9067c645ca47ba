"""A registry of MLflow as one JSON, read through MLflow's own package where that is installed.

Only loading each version by its number gives its aliases. Nothing is written there, and a password in an
address is never shown.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Mapping, Sequence
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


def register(uri: str, data: bytes) -> list[str]:
    """Register the versions that an export made, those that are not there; what was done, a line each.

    Versions there are walked in order, so a second run registers nothing. Raises as ``registry_json``.
    """
    genai = _package(uri)
    said: list[str] = []
    try:
        for prompt in json.loads(data)["prompts"]:
            said += _registered(genai, prompt)
    except Exception as error:  # noqa: BLE001  as in ``registry_json``
        text = shown(str(error)).replace(uri, shown(uri))[:300]
        what = f"MLflow did not take it: {type(error).__name__}: {text}"
        raise RegistryUnreachable(what, "what was registered before stays; run it again") from None
    return said or ["nothing new: all versions are there"]


def _registered(genai: Any, prompt: Mapping[str, Any]) -> list[str]:
    client = importlib.import_module("mlflow").MlflowClient()
    name = prompt["name"]
    try:
        numbers = sorted(int(item.version) for item in client.search_prompt_versions(name))
    except Exception:  # noqa: BLE001  a store says in its own way that there is no such prompt
        numbers = []
    there = [_version(genai.load_prompt(f"prompts:/{name}/{n}", link_to_model=False)) for n in numbers]
    said, at = [], 0
    for item in prompt["versions"]:
        same = (i for i in range(at, len(there)) if _same(there[i], item))
        if (found := next(same, None)) is not None:
            number, at = there[found]["version"], found + 1
        else:
            given = {"response_format": item["response_format"]} if item.get("response_format") else {}
            made = genai.register_prompt(
                name=name,
                template=item["template"],
                commit_message=item["commit_message"],
                model_config=item["model_config"],
                **given,
            )
            number = int(made.version)
            said.append(f"registered {name}/{item['version']} as version {number} of {name}")
        known = there[found]["aliases"] if found is not None else []
        for alias in item["aliases"]:
            if alias not in known:
                genai.set_prompt_alias(name, alias=alias, version=number)
                said.append(f"set {name}@{alias} to version {number}")
    return said


def _same(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether a version there says the same: what is not set there counts as nothing."""

    def kept(item: Mapping[str, Any]) -> Any:
        config = {key: value for key, value in (item.get("model_config") or {}).items() if value is not None}
        return item["template"], config, item.get("response_format") or None

    return bool(kept(there) == kept(ours))


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
