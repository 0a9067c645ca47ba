from __future__ import annotations

import json
import pickle
import time
from typing import Any

import pytest

import build
from cuebook.client.prompt import NEVER, Prompt, checked, whole
from cuebook.core.canonical import behaviour, digest
from cuebook.core.errors import DigestMismatch, RegistryUnreachable, RenderError
from cuebook.core.images import image
from cuebook.core.refs import Ref
from cuebook.models import _wire
from cuebook.publish.artifacts import artifact
from cuebook.shapes._base import encode
from cuebook.shapes.run import ModelCall
from loopback import Loopback

CHAT = build.version(
    3,
    messages=({"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{question}}"}),
    template=None,
    inputs={"tone": {"type": "string", "default": "calm"}, "question": {"type": "string"}},
    model="openai/gpt-4o-mini",
    parameters={"temperature": 0.2, "maxTokens": 400, "frequencyPenalty": 1, "stop": ["\n"]},
    response_format="json_schema",
    json_schema={"name": "out", "schema": {"type": "object"}},
)
TEXT = build.version(1)


def data(version: Any, /, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode(artifact(version))) | changes
    return found | ({} if "digest" in changes else {"digest": digest(behaviour(found))})


def prompt(version: Any, source: Any = "live", /, **changes: Any) -> Prompt:
    return Prompt(data(version, **changes), source, 10.0, lambda: 12.5)


def test_what_a_prompt_says() -> None:
    found = prompt(CHAT)
    assert (found.name, found.version, found.ref) == ("qa", 3, "qa/3")
    assert found.digest == CHAT.digest
    assert found.model == "openai/gpt-4o-mini"
    assert found.parameters == CHAT.parameters
    assert found.messages == [dict(message) for message in CHAT.messages or ()]
    assert found.template is None
    assert found.inputs == CHAT.inputs
    assert (found.response_format, found.json_schema) == ("json_schema", CHAT.json_schema)
    assert (found.source, found.alias, found.age) == ("live", None, 2.5)
    assert repr(found) == "<Prompt qa/3 live>"
    text = prompt(TEXT)
    assert (text.messages, text.template, text.json_schema) == (None, "Answer: {{question}}", None)


def test_the_age_of_a_fallback_is_not_known() -> None:
    assert Prompt(data(TEXT), "fallback", NEVER, lambda: 1.0).age is None
    assert Prompt(data(TEXT), "live", 2.0, lambda: 1.0).age == 0


def test_format() -> None:
    assert prompt(TEXT).format(question="why?") == "Answer: why?"
    assert prompt(CHAT).format(question="{{tone}}") == [
        {"role": "system", "content": "Be calm"},
        {"role": "user", "content": "{{tone}}"},
    ]


@pytest.mark.parametrize(
    "values", [{}, {"question": "a", "tones": "b"}, {"question": None}, {"question": ["a"]}]
)
def test_format_is_strict(values: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match=f"^{prompt(TEXT).ref}: cannot fill the prompt"):
        prompt(TEXT).format(**values)
    with pytest.raises(RenderError, match=f"^{prompt(TEXT).ref}: cannot fill the prompt"):
        prompt(TEXT).to_openai(**values)


def test_a_variable_may_have_any_name() -> None:
    odd = build.version(
        1, "{{self}} {{values}}", inputs={"self": {"type": "string"}, "values": {"type": "string"}}
    )
    assert prompt(odd).format(self="a", values="b") == "a b"


def test_what_is_handed_out_is_a_copy() -> None:
    found = prompt(CHAT)
    before = json.dumps(found.format(question="q"))
    messages, parameters = found.messages, found.parameters
    assert messages
    messages[0]["content"] = "Be evil"
    parameters["stop"].append("x")
    found.inputs["tone"]["default"] = "evil"
    found.format(question="q")[0]["content"] = "Be evil"  # type: ignore[index]
    assert json.dumps(found.format(question="q")) == before
    assert found.parameters["stop"] == ["\n"]


def test_arguments_for_a_call() -> None:
    assert prompt(CHAT).to_openai(question="q") == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": "Be calm"}, {"role": "user", "content": "q"}],
        "temperature": 0.2,
        "max_completion_tokens": 400,
        "frequency_penalty": 1,
        "stop": ["\n"],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "out", "schema": {"type": "object"}},
        },
    }
    assert prompt(TEXT).to_openai(question="q") == {
        "model": "model",
        "messages": [{"role": "user", "content": "Answer: q"}],
    }
    assert prompt(TEXT, responseFormat="json_object").to_openai(question="q")["response_format"] == {
        "type": "json_object"
    }


PARAMETERS = {"type": "object", "properties": {"id": {"type": "string"}}}
DESK = build.version(
    4,
    messages=({"role": "developer", "content": "Look it up."}, {"role": "user", "content": "{{question}}"}),
    template=None,
    model="openai/gpt-6-luna",
    parameters={"topK": 5, "reasoningEffort": "low"},
    calling={
        "tools": [{"name": "look", "description": "Look.", "parameters": PARAMETERS, "strict": False}],
        "toolChoice": {"name": "look"},
        "parallelToolCalls": False,
    },
)


def test_tools_are_handed_out_as_copies() -> None:
    found = prompt(DESK)
    assert (found.tools, found.tool_choice) == (DESK.calling["tools"], {"name": "look"})
    assert found.parallel_tool_calls is False
    found.tools[0]["name"] = "other"
    found.tool_choice["name"] = "other"  # type: ignore[index]
    assert (found.tools, found.tool_choice) == (DESK.calling["tools"], {"name": "look"})
    assert found.digest == DESK.digest
    plain = prompt(CHAT)
    assert (plain.tools, plain.tool_choice, plain.parallel_tool_calls) == ([], None, None)


def test_the_official_client_sends_what_the_gate_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    openai = pytest.importorskip("openai")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    arguments = prompt(DESK).to_openai(question="Where is A-17?")
    with Loopback() as server:
        client = openai.OpenAI(base_url=server.url, api_key="none", max_retries=0)
        client.chat.completions.create(**arguments)
        gated = ModelCall.of(DESK, [{"role": "developer", "content": "Look it up."}])
    assert server.requests == [
        {
            "model": "gpt-6-luna",
            "messages": [
                {"role": "developer", "content": "Look it up."},
                {"role": "user", "content": "Where is A-17?"},
            ],
            **_wire.settings(gated),
        }
    ]
    assert server.requests[0]["tools"] == [
        {
            "type": "function",
            "function": {"name": "look", "description": "Look.", "parameters": PARAMETERS, "strict": False},
        }
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"tools": {}},
        {"tools": ["look"]},
        {"tools": [{"name": 1}]},
        {"toolChoice": 1},
        {"toolChoice": {"name": None}},
        {"toolChoice": {}},
        {"parallelToolCalls": "no"},
        {"schema": "cuebook/version/1"},
    ],
)
def test_tools_of_another_shape_are_a_damaged_prompt(change: dict[str, Any]) -> None:
    with pytest.raises(DigestMismatch, match="damaged"):
        whole(data(DESK, **change), "here")


def test_span_attributes() -> None:
    assert prompt(TEXT).span_attributes() == {
        "gen_ai.prompt.name": "qa",
        "gen_ai.prompt.version": "1",
        "cuebook.prompt.digest": TEXT.digest,
        "cuebook.prompt.source": "live",
    }
    assert prompt(TEXT, alias="production").span_attributes()["cuebook.prompt.alias"] == "production"


def test_a_prompt_goes_to_another_process() -> None:
    found = pickle.loads(pickle.dumps(Prompt(data(CHAT), "live", 0.0, time.monotonic)))
    assert found.format(question="q") == prompt(CHAT).format(question="q")


def test_an_artifact_that_is_what_was_asked_for() -> None:
    body = json.dumps(data(TEXT)).encode()
    assert checked(body, Ref("qa", 1), "here")["digest"] == TEXT.digest
    alias = json.dumps(
        data(TEXT, schema="cuebook/alias/1", alias="production", since=None, evidence=[])
    ).encode()
    assert checked(alias, Ref("qa", alias="production"), "here")["alias"] == "production"


def test_keys_of_a_later_version_of_the_format_do_no_harm() -> None:
    assert whole(data(TEXT, more="x"), "here")["more"] == "x"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"<!doctype html>", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no prompt of a format"),
        (b"{}", "no prompt of a format"),
        (b'{"schema": "cuebook/version/3"}', "no prompt of a format"),
        (b'{"schema": []}', "no prompt of a format"),
        (json.dumps(data(TEXT, name="other")).encode(), "answered for qa/1 with other 1"),
        (json.dumps(data(TEXT, version=2)).encode(), "answered for qa/1 with qa 2"),
    ],
)
def test_an_answer_that_is_no_such_artifact(body: bytes, says: str) -> None:
    with pytest.raises(RegistryUnreachable, match=says):
        checked(body, Ref("qa", 1), "here")


def test_an_alias_artifact_of_another_alias_is_refused() -> None:
    body = json.dumps(data(TEXT, schema="cuebook/alias/1", alias="staging")).encode()
    with pytest.raises(RegistryUnreachable):
        checked(body, Ref("qa", alias="production"), "here")


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "evil/model"},
        {"template": "Ignore the question"},
        {"modelParameters": {"temperature": 2}},
        {"inputs": {}},
        {"responseFormat": "json_object"},
        {"jsonSchema": {}},
        {"templateFormat": "jinja2"},
        {"digest": "sha256:0"},
    ],
)
def test_any_change_of_behaviour_shows(changes: dict[str, Any]) -> None:
    with pytest.raises(DigestMismatch, match="not what its digest says"):
        whole(data(TEXT, digest=TEXT.digest) | changes, "here")


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": [{"role": "user", "content": "x"}]},
        {"template": None},
        {"template": None, "messages": ["x"]},
        {"template": None, "messages": [{"role": "user"}]},
        {"template": None, "messages": "x"},
        {"inputs": {"question": "string"}},
        {"inputs": {"question": {}}},
        {"inputs": {"question": {"type": []}}},
        {"inputs": []},
        {"version": "1"},
        {"model": None},
        {"jsonSchema": []},
        {"modelParameters": {"temperature": float("nan")}},
        {"jsonSchema": {1: 2}},
    ],
)
def test_an_artifact_of_the_wrong_shape_is_damaged(changes: dict[str, Any]) -> None:
    with pytest.raises(DigestMismatch, match="damaged"):
        whole(data(TEXT, digest="x") | changes, "here")


@pytest.mark.parametrize("key", ["name", "version", "digest", "model", "inputs", "template", "messages"])
def test_an_artifact_with_a_part_missing_is_damaged(key: str) -> None:
    with pytest.raises(DigestMismatch, match="damaged"):
        whole({name: value for name, value in data(TEXT).items() if name != key}, "here")


@pytest.mark.parametrize(
    "name",
    [
        "messages",
        "model",
        "extraHeaders",
        "extra_body",
        "timeout",
        "apiBase",
        "tools",
        "stream",
        "n",
        "logitBias",
    ],
)
def test_a_parameter_that_no_prompt_may_set_is_refused_with_a_right_digest(name: str) -> None:
    with pytest.raises(RegistryUnreachable, match=f"the parameter '{name}'"):
        whole(data(TEXT, modelParameters={"temperature": 0, name: None}), "here")


PNG_URL = image(b"\x89PNG\r\n\x1a\n")


def looks_at(url: str) -> list[dict[str, Any]]:
    """Two versions with an image: in a message, and in the conversation where an app gives none."""
    asks = {"role": "user", "content": [{"type": "text", "text": "?"}]}
    fixed = {"role": "user", "content": [{"type": "image", "url": url}]}
    earlier = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
    history = {"history": {"type": "messages", "default": [earlier]}}
    given: list[dict[str, Any]] = [
        {"messages": (asks, fixed), "inputs": {}},
        {"messages": (asks, {"placeholder": "history"}), "inputs": history},
    ]
    return [data(build.version(template=None, **changes)) for changes in given]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/a.png", "file:///etc/passwd", "data:text/html;base64,YQ=="]
)
def test_an_image_at_an_address_is_refused_with_a_right_digest(url: str) -> None:
    for made in looks_at(PNG_URL):
        assert whole(made, "here") is made
    for made in looks_at(url):
        with pytest.raises(RegistryUnreachable, match="an image at an address"):
            whole(made, "here")


@pytest.mark.parametrize(
    ("model", "wire", "taken"),
    [
        ("openai/gpt-4o-mini", "gpt-4o-mini", True),
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini", True),
        ("fireworks_ai/llama-v3", "accounts/fireworks/models/llama-v3", True),
        ("huggingface/host/org/llama:8b", "org/llama:8b:host", True),
        ("openai/gpt-4o-mini", "gpt-4o", False),
        ("openai/gpt-4o-mini", "evil/gpt-4o-mini", False),
        ("openai/gpt-4o-mini", "openai", False),
        ("openai/gpt-4o-mini", "", False),
        ("openai/gpt-4o-mini", 5, False),
    ],
)
def test_the_name_on_the_wire_which_no_digest_covers_names_the_same_model(
    model: str, wire: Any, taken: bool
) -> None:
    made = data(TEXT, model=model, wireModel=wire)
    if taken:
        assert whole(made, "here")["wireModel"] == wire
        return
    with pytest.raises(RegistryUnreachable, match="for the model"):
        whole(made, "here")


def test_a_pin_is_compared_with_the_digest_of_what_is_there() -> None:
    pin = data(TEXT)["digest"]
    assert whole(data(TEXT), "here", pin)
    with pytest.raises(DigestMismatch, match="not sha256:"):
        whole(data(TEXT, model="other/model"), "here", pin)
