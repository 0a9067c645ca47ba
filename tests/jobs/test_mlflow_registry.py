from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cuebook.core.errors import RegistryUnreachable, UsageError
from cuebook.jobs.mlflow_registry import register, registry_json, shown

Cli = Callable[..., Any]
VERSIONS = {
    1: SimpleNamespace(
        version=1, template="Hi {{x}}", commit_message="First", creation_timestamp=1_000, aliases=["live"]
    ),
    2: SimpleNamespace(
        version=2,
        template="Hello {{x}}",
        commit_message=None,
        aliases=[],
        model_config={"model_name": "gpt-4o"},
    ),
}


class Page(list[Any]):
    token: str | None = None


class Pretended:
    """What of MLflow is used, over prompts of two versions; ``asked`` keeps every call."""

    def __init__(self, *, lists_models: bool) -> None:
        self.asked: list[str] = []
        self.lists_models = lists_models

    def search_prompts(self, max_results: int, page_token: str | None = None) -> Page:
        page = Page([SimpleNamespace(name="a" if page_token is None else "b")])
        page.token = "more" if page_token is None else None
        return page

    def search_registered_models(self, max_results: int, filter_string: str) -> Page:
        self.asked.append(filter_string)
        if not self.lists_models:
            raise RuntimeError("the store has no such list")
        names = ["none"] if "none" in filter_string else ["a"] if "name" in filter_string else ["a", "b"]
        return Page([SimpleNamespace(name=n, tags={"team": "a"}, aliases={"live": "1"}) for n in names])

    def search_model_versions(self, max_results: int, filter_string: str, page_token: str = "") -> Page:
        self.asked.append(f"versions {page_token}")
        number = 1 if page_token else 2
        names = ["a"] if "name" in filter_string else ["a", "b"]
        page = Page([SimpleNamespace(name=name, version=str(number)) for name in names])
        page.token = None if page_token else "more"
        return Page() if "none" in filter_string else page

    def load_prompt(self, uri: str, *, link_to_model: bool) -> Any:
        assert link_to_model is False, "nothing is written there"
        self.asked.append(uri)
        return VERSIONS[int(uri.rpartition("/")[2])]

    def search_prompt_versions(self, max_results: int, name: str) -> Page:
        return Page([] if name == "none" else VERSIONS.values())

    def get_prompt(self, _name: str) -> Any:
        return SimpleNamespace(tags={"team": "a"})


def _pretended(monkeypatch: pytest.MonkeyPatch, *, lists_models: bool) -> Pretended:
    there = Pretended(lists_models=lists_models)
    mlflow, genai, utils = (ModuleType(f"mlflow{name}") for name in ("", ".genai", ".prompt.registry_utils"))
    vars(mlflow).update(
        set_tracking_uri=lambda _: None,
        set_registry_uri=lambda _: None,
        MlflowClient=lambda: there,
        genai=genai,
    )
    vars(genai).update(search_prompts=there.search_prompts, load_prompt=there.load_prompt)
    vars(utils).update(model_version_to_prompt_version=lambda item: VERSIONS[int(item.version)])
    for module in (mlflow, genai, utils):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    return there


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    return _pretended(monkeypatch, lists_models=True)


def test_a_registry_is_read_by_pages_and_no_version_is_loaded(pretended: Pretended) -> None:
    found = json.loads(registry_json("http://mlflow.example"))
    assert pretended.asked == ["tag.`mlflow.prompt.is_prompt` = 'true'", "versions ", "versions more"]
    assert [[item["version"] for item in prompt["versions"]] for prompt in found["prompts"]] == [[1, 2]] * 2
    first, second = found["prompts"][0]["versions"]
    assert (first["created"], first["aliases"]) == ("1970-01-01T00:00:01Z", ["live"])
    assert (second["aliases"], found["prompts"][0]["tags"]) == ([], {"team": "a"})


def test_a_store_that_lists_no_prompts_is_asked_for_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = _pretended(monkeypatch, lists_models=False)
    found = json.loads(registry_json("http://mlflow.example"))
    assert [item["name"] for item in found["prompts"]] == ["a", "b"]
    assert pretended.asked[1:3] == ["prompts:/a/1", "prompts:/a/2"]
    first = found["prompts"][0]["versions"][0]
    assert (first["created"], first["aliases"]) == ("1970-01-01T00:00:01Z", ["live"])


def test_the_command_imports_a_registry_and_a_second_time_nothing(
    pretended: Pretended, cli: Cli, registry: Path
) -> None:
    words = ("import", "--mlflow", "http://mlflow.example", "a", "--model", "openai/gpt-6-luna")
    ended = cli(registry, *words)
    assert ended.code == 0, ended.err
    assert (registry / "prompts/a/v2.prompt.yml").is_file()
    assert (registry / "prompts/a/aliases.yml").read_text().endswith("live: 1\n")
    assert cli(registry, "check").code == 0
    assert "nothing new: 2 of 2 versions already exist" in cli(registry, *words).out


def test_only_versions_that_are_not_there_are_registered(pretended: Pretended) -> None:
    done: list[str] = []
    genai = sys.modules["mlflow.genai"]

    def register_prompt(**given: Any) -> Any:
        done.append(given["template"])
        return SimpleNamespace(version=3)

    vars(genai).update(
        register_prompt=register_prompt,
        set_prompt_alias=lambda name, *, alias, version: done.append(f"{name}@{alias}={version}"),
    )
    versions = [
        {
            "version": 1,
            "template": "Hi {{x}}",
            "commit_message": "m",
            "model_config": {},
            "aliases": ["live"],
        },
        {
            "version": 2,
            "template": "Hey {{x}}",
            "commit_message": "m",
            "model_config": {},
            "aliases": ["next"],
        },
    ]
    data = json.dumps({"prompts": [{"name": "a", "versions": versions}]}).encode()
    assert register("http://mlflow.example", data) == [
        "registered a/2 as version 3 of a",
        "set a@next to version 3",
    ]
    assert done == ["Hey {{x}}", "a@next=3"]
    only = json.dumps({"prompts": [{"name": "a", "versions": versions[:1]}]}).encode()
    assert register("http://mlflow.example", only) == ["nothing new: all versions already exist"]


def test_a_name_that_has_no_version(pretended: Pretended) -> None:
    with pytest.raises(UsageError, match="no prompt 'none'"):
        registry_json("http://mlflow.example", ["none"])


def test_a_file_that_is_not_there_is_named_and_not_made(pretended: Pretended, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*typo\.db"):
        registry_json(f"sqlite:///{tmp_path}/typo.db")
    assert list(tmp_path.iterdir()) == []
    assert pretended.asked == []
    (tmp_path / "there.db").touch()
    assert registry_json(f"sqlite:///{tmp_path}/there.db?timeout=20")


def test_a_registry_without_a_prompt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    there = _pretended(monkeypatch, lists_models=True)
    monkeypatch.setattr(there, "search_registered_models", lambda **_: Page())
    monkeypatch.setattr(sys.modules["mlflow.genai"], "search_prompts", lambda **_: Page())
    with pytest.raises(UsageError, match=r"http://mlflow\.example holds no prompt"):
        registry_json("http://mlflow.example")


def test_a_failure_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretended(monkeypatch, lists_models=False)
    uri = "postgresql://ada:s3cret@host/db"

    def fail(**_: Any) -> None:
        raise RuntimeError(f"cannot connect to {uri}")

    monkeypatch.setattr(sys.modules["mlflow.genai"], "search_prompts", fail)
    with pytest.raises(RegistryUnreachable) as failed:
        registry_json(uri)
    assert "s3cret" not in str(failed.value)
    assert shown(uri) == "postgresql://host/db"


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    with pytest.raises(UsageError, match="mlflow is not installed"):
        registry_json("http://mlflow.example")


def test_a_real_registry_where_mlflow_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: a real registry was NOT read")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "MLFLOW_DISABLE_TELEMETRY", "true")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    mlflow.genai.register_prompt(name="qa", template="Hi {{x}}", commit_message="First")
    mlflow.genai.register_prompt(name="qa", template="Hello {{x}}")
    mlflow.genai.set_prompt_alias("qa", alias="live", version=1)
    monkeypatch.setattr(mlflow.genai, "load_prompt", None)
    (prompt,) = json.loads(registry_json(uri))["prompts"]
    assert [item["template"] for item in prompt["versions"]] == ["Hi {{x}}", "Hello {{x}}"]
    assert [item["aliases"] for item in prompt["versions"]] == [["live"], []]
    with pytest.raises(UsageError, match="no prompt 'none'"):
        registry_json(uri, ["none"])
