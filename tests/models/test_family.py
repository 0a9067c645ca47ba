"""Rules that every transport keeps, and the choice between them."""

from __future__ import annotations

import ast
import asyncio
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import cuebook_standins
from cuebook import models
from cuebook.core.errors import Aborted
from cuebook.models.scripted import register
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall
from cuebook.shapes.settings_format import Endpoint
from loopback import Loopback
from plugged import installed

FOLDER = Path(models.__file__).parent
MEMBERS = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
CONFIG = Settings(endpoints={"local": Endpoint(base_url="http://127.0.0.1:9/v1")})


def test_the_scan_finds_every_file() -> None:
    assert sorted(models.transports()) == MEMBERS
    assert {"litellm", "openai_compatible", "scripted", "toy"} <= set(MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_says_what_it_is_and_has_a_test(name: str) -> None:
    assert importlib.import_module(f"cuebook.models.{name}").__doc__
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_imports_no_other_member(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {f"cuebook.models.{other}" for other in MEMBERS}


def test_only_one_file_imports_litellm() -> None:
    root = FOLDER.parent
    users = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(item.name.split(".")[0] == "litellm" for item in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "litellm")
    ]
    assert set(users) == {"models/litellm.py"}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("offline/rules", "offline/"),
        ("offline/nothing-of-this-name", "offline/"),
        ("local/gpt-x", "openai_compatible"),
        ("local/meta/llama", "openai_compatible"),
        ("openai/gpt-6-luna", "openai_compatible"),
        ("openai/gpt-6.1-sol-pro", "litellm"),
        ("litellm/openai/gpt-6-luna", "litellm"),
        ("anthropic/claude-haiku-5-5", "litellm"),
        ("openrouter/meta/llama", "openai_compatible"),
    ],
)
def test_the_model_id_decides(model: str, name: str) -> None:
    assert models.transport_for(model, CONFIG) == name


@pytest.mark.parametrize("model", ["gpt-4o", "scripted/nobody", "", "rules", "locals/gpt-x"])
def test_an_id_that_nothing_serves_is_refused(model: str) -> None:
    with pytest.raises(Aborted, match=r"names no provider|no provider is called"):
        models.transport_for(model, CONFIG)


def test_built_in_names_cannot_be_taken_by_an_endpoint() -> None:
    endpoint = Endpoint(base_url="http://127.0.0.1:9/v1")
    config = Settings(endpoints={"offline": endpoint, "scripted": endpoint})
    assert models.transport_for("offline/rules", config) == "offline/"
    with register("mine", lambda call: "x"):
        assert models.transport_for("scripted/mine", config) == "scripted"


def test_an_endpoint_called_openai_is_asked_directly() -> None:
    config = Settings(endpoints={"openai": Endpoint(base_url="http://127.0.0.1:9/v1")})
    assert models.transport_for("openai/gpt-4o-mini", config) == "openai_compatible"


def test_the_scan_loads_no_heavy_library() -> None:
    code = (
        "import sys, cuebook.calls.engine; from cuebook import models; models.transports(); "
        "print([m for m in ('aiohttp', 'litellm', 'openai', 'httpx') if m in sys.modules])"
    )
    tools = str(FOLDER.parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, env={"PYTHONPATH": tools}
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


_ASK = """\
import asyncio, sys
from cuebook.core import wire
rows = {"openai": wire.providers()["openai"]._replace(url=sys.argv[1])}
wire.providers = lambda: rows
from cuebook.models import connect, transport_for
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall
call = ModelCall("openai/gpt-6-luna", ({"role": "user", "content": "hi"},), {"maxTokens": 9})
client = connect(transport_for(call.model, Settings()), Settings())

async def ask():
    print((await client.complete(call)).text, "litellm" in sys.modules)
    await client.close()

asyncio.run(ask())
"""


def test_a_known_provider_is_asked_without_litellm() -> None:
    with Loopback() as server:
        environment = {"PYTHONPATH": str(FOLDER.parents[1]), "OPENAI_API_KEY": "none"}
        command = [sys.executable, "-c", _ASK, server.url]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.stdout.split() == ["hi", "False"], done.stderr
        (asked,) = server.requests
    assert asked.pop("messages") == [{"role": "user", "content": "hi"}]
    assert asked == {"model": "gpt-6-luna", "max_completion_tokens": 9}


ACME = {
    "acme-models": "1.2",
    "cuebook.models": "acme = acme_models:PLUGIN\nlocal = acme_models:PLUGIN",
    "acme_models.py": (
        "from cuebook.models import ModelPlugin\nfrom cuebook.models.scripted import ScriptedClient\n"
        "PLUGIN = ModelPlugin(lambda settings: ScriptedClient(lambda call: f'{call.model} says hi'),\n"
        "    state=lambda: 'weights 7')\n"
    ),
}


def test_a_plug_in_serves_its_prefix_after_the_endpoints_of_the_settings(tmp_path: Path) -> None:
    call = ModelCall("acme/large", ({"role": "user", "content": "hi"},))
    with installed(tmp_path, ACME):
        assert models.transport_for("acme/large", CONFIG) == "acme/"
        with pytest.raises(Aborted, match="no provider is called 'acmes'"):
            models.transport_for("acmes/large", CONFIG)
        assert models.transport_for("local/m", CONFIG) == "openai_compatible"
        assert models.transport_for("local/m", Settings()) == "local/"
        reply = asyncio.run(models.connect("acme/", CONFIG).complete(call))
        assert models.plugin_of("acme/large") == "acme-models 1.2"
        assert models.state_of("acme/large", CONFIG) == "weights 7"
        assert models.needs_key("acme/large", CONFIG), "only deterministic ones need none for sure"
    assert reply.text == "acme/large says hi"
    assert models.plugin_of("acme/large") == ""


def test_a_plug_in_cannot_take_a_built_in_name(tmp_path: Path) -> None:
    taking = {"taker": "1", "cuebook.models": "scripted = acme_models:PLUGIN"}
    with installed(tmp_path, taking | {"acme_models.py": ""}), register("m", lambda call: "x"):
        assert models.transport_for("scripted/m", CONFIG) == "scripted"


def test_stand_ins_that_are_not_installed_are_named_with_the_line_that_installs_them(tmp_path: Path) -> None:
    with installed(tmp_path, only=True):
        with pytest.raises(Aborted) as caught:
            models.transport_for("offline/rules", CONFIG)
        assert models.needs_key("offline/rules", CONFIG)
        assert models.state_of("offline/rules", CONFIG) == ""
    assert caught.value.message == "Not evaluated: no plug-in offers offline/rules."
    assert caught.value.cause == "no_plugin"
    assert caught.value.hint.startswith("pip install ")
    assert caught.value.exit_code == 4


def test_a_plug_in_that_knows_its_models_is_asked_for_no_other(tmp_path: Path) -> None:
    text = ACME["acme_models.py"]
    knows = ACME | {"acme_models.py": text.replace("state=", "models=lambda: ['acme/large'], state=")}
    broken = ACME | {"acme_models.py": "1 / 0\n"}
    with installed(tmp_path / "knows", knows):
        assert models.not_offered("acme/large", CONFIG) is None
        wrong = models.not_offered("acme/larg", CONFIG)
        assert models.not_offered("local/m", CONFIG) is None, "an endpoint may serve any model"
    assert wrong == ("model", "acme-models 1.2 has no model 'acme/larg'", "did you mean 'acme/large'?")
    for name, given in (("silent", ACME), ("broken", broken)):
        with installed(tmp_path / name, given):
            assert models.not_offered("acme/larg", CONFIG) is None


def test_the_stand_ins_name_the_models_of_all_their_skills() -> None:
    assert cuebook_standins.models() == sorted({item.MODEL for item in cuebook_standins.skills().values()})
    found = models.not_offered("offline/answers", Settings())
    assert found
    assert found.cure == "known: offline/judge, offline/rules"
