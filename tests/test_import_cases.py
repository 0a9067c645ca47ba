"""Inputs of importers with expected results, where a folder of them is at hand."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Cli = Callable[..., Any]
SHARED = os.environ.get("CUEBOOK_SHARED_DATA", "")
FOLDER = Path(SHARED).parent / "cases/imports"
CASES = sorted(FOLDER.glob("*/*.expected.json")) if SHARED else []
ELSEWHERE = {
    "mlflow": "a registry is set up by MLflow itself",
    "openai-prompt/04": "nothing is imported of code: what is found in it has a test of its own below",
}
"""Cases that are not run, and why."""
KEPT_NOW = {"developer": "system"}
"""Roles that the cases were written without."""
NO_PROVIDER_TAKES = {"temperature", "topK", "stop", "maxCompletionTokens"}
"""Settings that the model of a case refuses, by a table that is newer than the cases."""


@pytest.mark.skipif(bool(CASES), reason="they are there")
def test_the_cases_are_at_hand() -> None:
    pytest.skip("CUEBOOK_SHARED_DATA names no inputs of importers: they were NOT imported")


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


@pytest.mark.parametrize(
    "path", [path for path in CASES if not {_label(path), path.parent.name} & set(ELSEWHERE)], ids=_label
)
def test_an_input_becomes_what_is_expected(path: Path, cli: Cli, tmp_path: Path) -> None:
    expected = json.loads(path.read_bytes())
    registry = tmp_path / "registry"
    (registry / "prompts").mkdir(parents=True)
    first = expected["source"].split("/")[0]
    (shutil.copytree if (path.parent / first).is_dir() else shutil.copy)(
        path.parent / first, registry / first
    )
    words = [
        word
        for at, word in enumerate(expected["args"])
        if "--prompt" not in expected["args"][max(0, at - 1) : at + 1]
    ]
    ended = cli(registry, "import", expected["source"], *words)
    assert ended.code == expected["exit"], ended.err
    for word in expected.get("error", {}).get("contains", ()):
        assert word in ended.err
    if line := expected.get("error", {}).get("line"):
        assert f":{line}: error" in ended.err
    for name, prompt in expected.get("prompts", {}).items():
        _same_versions(registry, name, prompt.get("versions"))
        assert _yaml(registry / f"prompts/{name}/aliases.yml") == prompt.get("aliases", {})
    for name, rows in expected.get("datasets", {}).items():
        lines = (registry / f"evals/{name}/dataset.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == rows
    for name, suite in expected.get("suites", {}).items():
        found = _yaml(registry / f"evals/{name}/suite.yml")
        assert found["scorers"] == suite["scorers"]
        assert found["gate"]["metrics"] == suite["gate"]["metrics"]
    assert cli(registry, "check").code == 0
    if not ended.code:
        assert "wrote" not in cli(registry, "import", expected["source"], *words).out


@pytest.mark.skipif(not CASES, reason="no inputs are at hand")
def test_code_is_searched_for_prompt_objects_and_nothing_is_imported(cli: Cli, tmp_path: Path) -> None:
    expected = json.loads((FOLDER / "openai-prompt/04.expected.json").read_bytes())
    (tmp_path / "prompts").mkdir()
    shutil.copytree(FOLDER / "openai-prompt/04", tmp_path / "04")
    ended = cli(tmp_path, "import", expected["source"], *expected["args"], "--json")
    assert ended.code == expected["exit"]
    found = json.loads(ended.out)["found"]
    for use, wanted in zip(found, expected["found"], strict=True):
        assert use["from_environment"] == (wanted.get("what") == "from the environment")
        named = {key: value for key, value in wanted.items() if key not in {"file", "what"}}
        assert {key: use[key] for key in named} == named
        assert use["file"] == f"{expected['source']}/{wanted['file']}"
    assert not list((tmp_path / "prompts").iterdir())


def _yaml(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    return found


def _same_versions(registry: Path, name: str, versions: Any) -> None:
    if isinstance(versions, str):
        assert _yaml(registry / f"prompts/{name}/v1.prompt.yml")["jsonSchema"]["name"] == "grade"
        return
    for number, wanted in enumerate(versions, 1):
        found = _yaml(registry / f"prompts/{name}/v{number}.prompt.yml")
        for key in ("model", "template", "templateFormat", "jsonSchema"):
            assert found.get(key) == wanted.get(key), key
        messages = [item for item in found.get("messages", ()) if "placeholder" not in item]
        said = [item | {"role": KEPT_NOW.get(item["role"], item["role"])} for item in messages]
        assert said == wanted.get("messages", [])
        inputs = {key: spec for key, spec in found.get("inputs", {}).items() if spec["type"] != "messages"}
        assert inputs == wanted.get("inputs", {})
        lost = wanted.get("modelParameters", {}).keys() - found.get("modelParameters", {}).keys()
        assert lost <= NO_PROVIDER_TAKES
