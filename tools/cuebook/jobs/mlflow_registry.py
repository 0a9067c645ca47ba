"""A registry of MLflow as one JSON, read through MLflow's own package where that is installed.

MLflow keeps prompts as registered models: listing these gives aliases and tags, listing their versions gives
texts, a page of a thousand a call. A store that lists no prompts so is asked for each version by its number,
which is slow. Nothing is written there, and a password in an address is never shown.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cuebook.core.errors import CuebookError, RegistryUnreachable, UsageError
from cuebook.core.moments import written
from cuebook.importers.mlflow import SCHEMA

_USER = re.compile(r"(?<=://)[^/@\s]*@")
_IS_PROMPT = "tag.`mlflow.prompt.is_prompt` = 'true'"
_NAME = re.compile(r"[\w.-]+", re.ASCII)
_PAGE = 1_000
"""Entries of a page, the most that MLflow lists of registered models."""


def shown(uri: str) -> str:
    """An address without the user and password in it."""
    return _USER.sub("", uri)


def registry_json(uri: str, names: Sequence[str] = ()) -> bytes:
    """All prompts of a registry, or those of these names, with their versions.

    Raises UsageError where MLflow is not installed or knows a name not, RegistryUnreachable where it fails.
    """
    mlflow = _package(uri)
    path = uri.partition("?")[0].removeprefix("sqlite:///")
    # Asked for a file that is not there, MLflow makes an empty registry of it.
    if uri.startswith("sqlite:///") and not Path(path).exists():
        raise UsageError(f"{shown(uri)}: there is no file {path}", "name the file of MLflow's database")
    try:
        prompts = _listed(mlflow, names) or _loaded(mlflow, names)
        known = {prompt["name"] for prompt in prompts if prompt["versions"]}
        if unknown := next((name for name in names if name not in known), None):
            what = f"MLflow has no prompt {unknown!r} with a version"
            raise UsageError(what, "cuebook import --mlflow URI takes all")
    except CuebookError:
        raise
    except Exception as error:  # noqa: BLE001  whatever its store raises is an answer that did not come
        # Its words may quote the address, with the password in it.
        said = shown(str(error)).replace(uri, shown(uri))[:300]
        what = f"MLflow could not read {shown(uri)}: {type(error).__name__}: {said}"
        raise RegistryUnreachable(what, "check the address, and that its MLflow has prompts") from None
    if not prompts:
        raise UsageError(
            f"{shown(uri)} holds no prompt", "name the address that your MLflow has its prompts at"
        )
    return json.dumps({"schema": SCHEMA, "prompts": prompts}, ensure_ascii=False).encode()


def register(uri: str, data: bytes) -> list[str]:
    """Register the versions that an export made, those that are not there; what was done, a line each.

    Versions there are walked in order, so a second run registers nothing. Raises as ``registry_json``.
    """
    mlflow = _package(uri)
    said: list[str] = []
    try:
        for prompt in json.loads(data)["prompts"]:
            said += _registered(mlflow, prompt)
    except Exception as error:  # noqa: BLE001  as in ``registry_json``
        text = shown(str(error)).replace(uri, shown(uri))[:300]
        what = f"MLflow refused it: {type(error).__name__}: {text}"
        raise RegistryUnreachable(what, "what was registered before stays; run it again") from None
    return said or ["nothing new: all versions already exist"]


def _registered(mlflow: Any, prompt: Mapping[str, Any]) -> list[str]:
    genai = importlib.import_module("mlflow.genai")
    name = prompt["name"]
    (known,) = _listed(mlflow, [name]) or _loaded(mlflow, [name])
    there = known["versions"]
    said, at = [], 0
    for item in prompt["versions"]:
        same = (i for i in range(at, len(there)) if _said(there[i]) == _said(item))
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


def _said(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a version another one; what is not set counts as nothing."""
    config = {key: value for key, value in (item.get("model_config") or {}).items() if value is not None}
    return item["template"], config, item.get("response_format") or None


def _package(uri: str) -> Any:
    """MLflow's module, pointed at a registry."""
    # It reports its use by itself unless it is told not to.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        mlflow = importlib.import_module("mlflow")
    except ImportError:
        raise UsageError("mlflow is not installed", "pip install mlflow, beside Cuebook") from None
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow


def _pages(search: Callable[..., Any], **given: Any) -> Iterator[Any]:
    """What a search finds, page by page."""
    token: Any = None
    while True:
        page = search(max_results=_PAGE, **given, **({"page_token": token} if token else {}))
        yield from page
        token = getattr(page, "token", None)
        if not token:
            return


def _listed(mlflow: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """Prompts with their versions, read from pages of registered models; none where a store has no such."""
    try:
        client = mlflow.MlflowClient()
        reading = importlib.import_module("mlflow.prompt.registry_utils").model_version_to_prompt_version
        asked = [f"name = '{name}' AND {_IS_PROMPT}" for name in names if _NAME.fullmatch(name)]
        filters = asked if names else [_IS_PROMPT]
        prompts: dict[str, tuple[Any, list[Any]]] = {
            model.name: (model, [])
            for text in filters
            for model in _pages(client.search_registered_models, filter_string=text)
        }
        for text in filters:
            for version in _pages(client.search_model_versions, filter_string=text):
                prompts[version.name][1].append(version)
    except Exception:  # noqa: BLE001  another way to ask is left, and says what is wrong
        return []
    found = []
    for name, (model, listed) in prompts.items():
        called: dict[int, list[str]] = {}
        for alias, number in model.aliases.items():
            called.setdefault(int(number), []).append(alias)
        versions = [_version(reading(item)) for item in sorted(listed, key=lambda item: int(item.version))]
        versions = [item | {"aliases": called.get(item["version"], [])} for item in versions]
        found.append({"name": name, "tags": dict(model.tags or {}), "versions": versions})
    return found


def _loaded(mlflow: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """Prompts with their versions, each loaded by its number: only that gives aliases in every store."""
    genai = importlib.import_module("mlflow.genai")
    client = mlflow.MlflowClient()
    found = []
    for name in names or [prompt.name for prompt in _pages(genai.search_prompts)]:
        try:
            numbers = sorted(int(item.version) for item in _pages(client.search_prompt_versions, name=name))
        except Exception as error:
            if getattr(error, "error_code", "") != "RESOURCE_DOES_NOT_EXIST":
                raise
            numbers = []  # the caller says which name has no version
        versions = [_version(genai.load_prompt(f"prompts:/{name}/{n}", link_to_model=False)) for n in numbers]
        tags = dict(getattr(client.get_prompt(name), "tags", None) or {}) if numbers else {}
        found.append({"name": name, "tags": tags, "versions": versions})
    return found


def _version(item: Any) -> dict[str, Any]:
    config: Any = getattr(item, "model_config", None)
    config = config.model_dump() if hasattr(config, "model_dump") else config
    time = getattr(item, "creation_timestamp", None)
    created = written(datetime.fromtimestamp(time / 1000, UTC)) if time else None
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
