"""The JavaScript client as it is packed, and what both clients make of the same vectors."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import tarfile
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

import client_js
import release
from cuebook.client import fetch
from cuebook.client.access import Access
from cuebook.client.client import MAX_STALE, RETRY, TIMEOUT, TTL, Client
from cuebook.client.fetch import Fetched, FetchResult, _Web
from cuebook.client.prompt import Prompt
from cuebook.core import errors, wire
from cuebook.core.errors import CuebookError, RegistryUnreachable
from cuebook.core.refs import parse_ref
from cuebook.core.units import MOST_SHARE, percent
from cuebook.shapes.published import ROOT
from framework_prompts import DESK, HISTORY, PHOTO, alike, prompt

TESTS = Path(__file__).resolve().parent
VECTORS = json.loads((TESTS / "client_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        f"ttl = {TTL * 1000:.0f}",
        f"maxStale = {MAX_STALE * 1000:.0f}",
        f"timeout = {TIMEOUT * 1000:.0f}",
        f"now() + {RETRY * 1000:.0f}",
        f"${{base}}/{ROOT}/",
        f"<= {MOST_SHARE})",
    ],
)
def test_both_clients_have_the_same_limits(text: str) -> None:
    source = (client_js.ROOT / "tools" / "client-js" / "index.js").read_text("utf-8")
    # As a person writes a number of milliseconds there: 6e4.
    plain = re.sub(r"\b(\d+)e(\d+)\b", lambda found: found[1] + "0" * int(found[2]), source)
    assert text in plain


def test_the_client_asks_where_files_are_published() -> None:
    assert fetch._API == ROOT


def artifact(given: Any) -> dict[str, Any]:
    """An artifact of the vectors by its name, or one ``of`` a name with other fields."""
    if isinstance(given, str):
        return VECTORS["artifacts"][given]  # type: ignore[no-any-return]
    return {
        **VECTORS["artifacts"][given["of"]],
        **{key: value for key, value in given.items() if key != "of"},
    }


def is_error(error: BaseException, kind: str) -> None:
    assert isinstance(error, CuebookError if kind == "*" else getattr(errors, kind)), repr(error)


@pytest.mark.parametrize("vector", VECTORS["refs"], ids=lambda vector: vector["ref"][:20])
def test_a_ref(vector: dict[str, str]) -> None:
    if "error" in vector:
        with pytest.raises(getattr(errors, vector["error"])):
            parse_ref(vector["ref"])
    else:
        assert str(parse_ref(vector["ref"])) == vector["is"]


@pytest.mark.parametrize("vector", VECTORS["format"], ids=lambda vector: str(vector["artifact"])[:20])
def test_a_prompt_is_filled(vector: dict[str, Any]) -> None:
    prompt = Prompt(artifact(vector["artifact"]), "live", 0.0, lambda: 0.0)
    if "error" not in vector:
        assert prompt.format(**vector["values"]) == vector["made"]
        return
    with pytest.raises(getattr(errors, vector["error"])) as caught:
        prompt.format(**vector["values"])
    assert all(text in caught.value.message for text in vector["says"])


def request(given: Any, values: dict[str, Any]) -> dict[str, Any]:
    """A request with what is in ``extra_body`` beside the rest, as it is sent."""
    made = Prompt(artifact(given), "live", 0.0, lambda: 0.0).to_openai(**values)
    more = made.pop("extra_body", {})
    return {**made, **more}


@pytest.mark.parametrize(
    "vector", VECTORS["openai"], ids=lambda vector: str(artifact(vector["artifact"])["model"])
)
def test_a_request_for_openai(vector: dict[str, Any]) -> None:
    assert request(vector["artifact"], vector["values"]) == vector["made"]


def test_every_provider_of_the_table_has_a_vector() -> None:
    models = {artifact(vector["artifact"])["model"].partition("/")[0] for vector in VECTORS["openai"]}
    assert set(wire.providers()) <= models


class Served(_Web):
    """A registry whose answers are those of a vector."""

    def __init__(self) -> None:
        super().__init__(Access("https://prompts.example.org"))
        self.serve: Any = {}
        self.asked = 0

    def _within(self, path: str, etag: str | None, deadline: float) -> FetchResult:
        self.asked += 1
        if self.serve == "away":
            error = RegistryUnreachable("away")
            error.away = True
            raise error
        found = self.serve.get(path.removeprefix("api/v1/"), 404)
        if found == 404:
            return "missing"
        if isinstance(found, int):
            raise RegistryUnreachable(f"answered {found}")
        whole = artifact(found) if "of" in found else found
        return Fetched((whole if isinstance(whole, str) else json.dumps(whole)).encode(), None)


@pytest.mark.parametrize("name", VECTORS["loads"])
def test_prompts_are_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUEBOOK_CACHE_DIR", raising=False)
    registry, now = Served(), [1000.0]
    client = Client("https://prompts.example.org", clock=lambda: now[0])
    client._registry = registry
    for step in VECTORS["loads"][name]:
        registry.serve = step.get("serve", registry.serve)
        now[0] += step.get("pass", 0)
        assert step.get("asked", registry.asked) == registry.asked
        if "settle" in step:
            refreshing = [thread for thread in threading.enumerate() if thread.name == "cuebook-refresh"]
            for thread in refreshing:
                thread.join(10)
        for _ in range(step.get("times", 1) if "load" in step else 0):
            fallback = artifact(step["fallback"]) if "fallback" in step else None
            try:
                given = {"unit": step.get("unit"), "digest": step.get("digest"), "fallback": fallback}
                found = client.load(step["load"], **given)
            except CuebookError as error:
                is_error(error, step.get("error", "none is expected"))
            else:
                said = f"{found.ref} {found.source}"
                assert said == step.get("is") or (said == "qa/1 cache" and "times" in step)
                assert found.arm == step.get("arm")


@pytest.mark.parametrize("vector", VECTORS["units"], ids=lambda vector: vector["unit"])
def test_where_a_unit_stands(vector: dict[str, Any]) -> None:
    assert percent(vector["salt"], vector["unit"]) == vector["percent"]


@pytest.mark.parametrize("vector", VECTORS["spans"], ids=lambda vector: vector["source"])
def test_attributes_of_a_span(vector: dict[str, Any]) -> None:
    made = Prompt(artifact(vector["artifact"]), vector["source"], 0.0, lambda: 0.0)
    assert made.span_attributes(vector.get("variables")) == vector["made"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an app that has installed what is published; skipped where there is no Node."""
    if reason := client_js.missing():
        pytest.skip(f"{reason}: the JavaScript client was skipped, NO JavaScript WAS RUN")
    app = tmp_path_factory.mktemp("app")
    packed = client_js.pack(app)
    with tarfile.open(packed) as archive:
        release.unpack(archive, app / "unpacked")
    (app / "node_modules/@cuebook").mkdir(parents=True)
    (app / "unpacked/package").rename(app / "node_modules/@cuebook/client")
    for path in (TESTS / "client_js").glob("*.mjs"):
        shutil.copy(path, app)
    return app


def test_the_package_does_what_the_vectors_say(package: Path) -> None:
    words = ["node", "run.mjs", str(TESTS / "client_vectors.json")]
    done = subprocess.run(words, cwd=package, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["failures"] == []
    assert told["count"] > sum(len(VECTORS[kind]) for kind in ("refs", "format", "openai", "loads"))


def test_the_package_is_small_and_whole(package: Path) -> None:
    folder = package / "node_modules/@cuebook/client"
    code = (folder / "index.js").read_bytes()
    assert 2000 < len(gzip.compress(code, 9)) <= client_js.LIMIT
    assert max(map(len, code.splitlines())) < 1000, "Node prints the whole line of an error"
    assert b"import" not in code, "what apps import is one module"
    about = json.loads((folder / "package.json").read_text("utf-8"))
    python = tomllib.loads((client_js.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (about["version"], about["license"]) == (python["version"], python["license"])
    assert not about.keys() & {"dependencies", "scripts", "devDependencies"}
    for entry in about["exports"].values():
        assert all((folder / path).is_file() for path in entry.values())
    assert {"LICENSE", "README.md"} <= {path.name for path in folder.iterdir()}


def test_the_types_name_what_the_module_exports() -> None:
    for name in ("index", "ai-sdk", "spans"):
        code = (client_js.SOURCE / f"{name}.js").read_text("utf-8")
        listed = re.findall(r"^export (?:const|class|function) (?:\[(.*?)\]|(\w+))", code, re.M | re.S)
        exported = {word for pair in listed for word in re.findall(r"\w+", " ".join(pair))}
        types = (client_js.SOURCE / f"{name}.d.ts").read_text("utf-8")
        named = set(re.findall(r"^export (?:class|function) (\w+)", types, re.M))
        assert exported - {"json"} == named, "json is for spans.js alone"


AI_SDK = TESTS / "client_js" / "node_modules"
"""Where ``npm install ai @ai-sdk/openai`` was run by hand: CI has no such folder."""


def sent_by_the_ai_sdk(package: Path, made: dict[str, Any], values: dict[str, Any]) -> Any:
    """What the AI SDK sends for a prompt, or why it was refused."""
    if not (AI_SDK / "ai").is_dir():
        pytest.skip(f"{AI_SDK} has no package 'ai': its requests were skipped, NOT checked")
    for name in (
        "ai",
        "@ai-sdk",
        "@opentelemetry",
        "@standard-schema",
        "eventsource-parser",
        "zod",
        "@vercel",
    ):
        there = package / "node_modules" / name
        if (AI_SDK / name).exists() and not there.exists():
            there.symlink_to((AI_SDK / name).resolve())
    data = json.dumps({"artifact": made, "values": values})
    done = subprocess.run(
        ["node", "ai-sdk.mjs"], cwd=package, input=data, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_ai_sdk_sends_what_the_version_says(package: Path) -> None:
    parameters = {
        "maxTokens": 9,
        "temperature": 0.5,
        "topP": 0.25,
        "seed": 3,
        "stop": ["x"],
        "frequencyPenalty": 0.5,
    }
    version = {**DESK, "model": "openai/gpt-4o-mini", "modelParameters": {**parameters, "verbosity": "low"}}
    made = prompt(**version)
    values: dict[str, Any] = {"status": "{{photo}} open", "history": HISTORY, "photo": PHOTO}
    told = sent_by_the_ai_sdk(package, made._artifact, values)
    wanted = alike(made.to_openai(**values))
    wanted["max_tokens"] = wanted.pop("max_completion_tokens")  # its older name, for this model
    wanted["messages"][0]["role"] = "system"
    assert told["refused"] is None
    assert alike(told["body"]) == wanted


def test_the_ai_sdk_refuses_what_it_has_no_place_for(package: Path) -> None:
    values: dict[str, Any] = {
        "status": "open",
        "history": [{"role": "user", "content": "Hi", "name": "ada"}],
        "photo": PHOTO,
    }
    told = sent_by_the_ai_sdk(package, prompt(**DESK)._artifact, values)
    assert told == {"body": None, "refused": told["refused"]}
    assert "messages[3] has name, for which the AI SDK has no place" in told["refused"]
