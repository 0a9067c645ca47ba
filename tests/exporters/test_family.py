from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import build
from cuebook import exporters, importers
from cuebook.core.errors import UsageError
from cuebook.core.templating import variables
from cuebook.exporters import Exported, ExportRequest, Lost
from cuebook.registry.version_files import read_version
from cuebook.shapes.run import Version

MESSAGES = (
    {"role": "system", "content": "Answer {{who}}\n  as JSON: [1].\n"},
    {"role": "user", "content": "{{ question }}"},
    {"role": "assistant", "content": "Yes.\nuser wants more"},
    {"role": "user", "content": "{{question}}, {{who}}"},
)
TEXT: dict[str, Any] = {"type": "string"}
OPTIONAL: dict[str, Any] = {"type": "messages", "default": []}
INPUTS = {"who": TEXT, "question": TEXT}
ONE = {"question": TEXT}
SMALL = {"maxCompletionTokens": 9, "reasoningEffort": "low", "verbosity": "low"}
TOOLS = {
    "tools": [{"name": "look", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}]
}
SCHEMA = {
    "name": "reply",
    "strict": True,
    "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
}
ALL = {
    "temperature": 0.2, "topP": 0.5, "maxTokens": 90, "stop": ["END"], "seed": 7, "frequencyPenalty": 0.1,
}  # fmt: skip


def chat(*messages: dict[str, Any], **changes: Any) -> Version:
    given = {"messages": messages or MESSAGES, "template": None, "inputs": INPUTS, "model": "openai/gpt-4.1"}
    return build.version(1, "", **(given | changes))


def text(said: str, **changes: Any) -> Version:
    given = {
        "template": said,
        "model": "openai/gpt-4.1",
        "inputs": {n: {"type": "string"} for n in variables([said])},
    }
    return build.version(1, "", **(given | changes))


VERSIONS = {
    "chat": chat(),
    "settings": chat(parameters=ALL),
    "small": chat(parameters=SMALL, model="openai/gpt-5"),
    "schema": chat(response_format="json_schema", json_schema=SCHEMA),
    "json": chat(response_format="json_object"),
    "text": text("Say {{word}} to {{name}}.\n"),
    "history": chat(
        MESSAGES[0], {"placeholder": "history"}, MESSAGES[3], inputs=INPUTS | {"history": OPTIONAL}
    ),
    "thread": chat(
        MESSAGES[0], {"placeholder": "talk"}, MESSAGES[3], inputs=INPUTS | {"talk": {"type": "messages"}}
    ),
    "tools": chat(calling=TOOLS | {"toolChoice": {"name": "look"}, "parallelToolCalls": False}),
    "calls": chat(
        MESSAGES[3],
        {"role": "assistant", "content": "", "toolCalls": [{"id": "c", "name": "look", "arguments": {}}]},
        {"role": "tool", "toolCallId": "c", "content": "x"},
        calling=TOOLS,
    ),
    "developer": chat({"role": "developer", "content": "Be brief."}, MESSAGES[1], inputs=ONE),
    "defaults": chat(inputs={"who": {"type": "string", "default": "all"}, "question": {"type": "string"}}),
    "types": text("{{n}} of {{word}}", inputs={"n": {"type": "integer", "default": 2}, "word": TEXT}),
    "claude": chat(model="anthropic/claude-haiku-4-5"),
    "gemini": chat(model="gemini/gemini-2.5-flash"),
    "vertex": text("Say {{x}}", model="vertex_ai/gemini-2.5-flash"),
    "ollama": text("Say {{x}}", model="ollama_chat/llama3.2"),
    "jinja": text(
        "{% if word %}Say {{ word | upper }}{% endif %}",
        template_format="jinja2",
        inputs={"word": TEXT | {"default": ""}},
    ),
    "plain-jinja": text("Say {{ word }}", template_format="jinja2"),
}


def request(*versions: Version, **changes: Any) -> ExportRequest:
    return ExportRequest("qa", versions, **changes)


def without(version: Version, lost: list[Lost], form: str) -> dict[str, Any]:
    """What a version says, without the parts that a format cannot hold."""
    parts = {item.part for item in lost}
    body = dict(version.behaviour)
    role = "system" if form == "prompty" else "user"
    if "template" in parts:
        body |= {"messages": [{"role": role, "content": body["template"]}], "template": None}
    if "messages" in parts:
        body |= {"template": body["messages"][0]["content"], "messages": None}
    if "model" in parts:
        body["model"] = "openai/gpt-4.1"
    if body["messages"] is not None:
        body["messages"] = [kept for item in body["messages"] if (kept := _message(item, parts))]
    if "spaces" in parts and body["template"] is not None:
        body["template"] = body["template"].replace("{{ ", "{{").replace(" }}", "}}")
    if "responseFormat" in parts:
        body |= {"responseFormat": "text", "jsonSchema": None}
    if "templateFormat" in parts:
        body["templateFormat"] = "simple"
    if body["jsonSchema"]:
        named = {"name": "qa"} if "jsonSchema.name" in parts else {}
        kept = {k: v for k, v in body["jsonSchema"].items() if f"jsonSchema.{k}" not in parts}
        body["jsonSchema"] = kept | named
    if "tools" in parts:
        body = {
            key: value
            for key, value in body.items()
            if key not in {"tools", "toolChoice", "parallelToolCalls"}
        }
    dropped = {part.removeprefix("modelParameters.") for part in parts}
    body["modelParameters"] = (
        {}
        if "modelParameters" in parts
        else {key: value for key, value in body["modelParameters"].items() if key not in dropped}
    )
    body["inputs"] = _inputs(body, version, parts)
    return body


def _message(item: dict[str, Any], parts: set[str]) -> dict[str, Any] | None:
    if "placeholder" in item:
        return None if "messages.placeholder" in parts else item
    if "messages.calls" in parts and ("toolCalls" in item or item["role"] == "tool"):
        return None
    item = dict(item)
    if "messages.developer" in parts and item["role"] == "developer":
        item["role"] = "system"
    if "spaces" in parts:
        item["content"] = item["content"].replace("{{ ", "{{").replace(" }}", "}}")
    if "messages.spaces" in parts:
        item["content"] = item["content"].strip()
    return item


def _inputs(body: dict[str, Any], version: Version, parts: set[str]) -> dict[str, Any]:
    made = {}
    placed = {item["placeholder"] for item in body["messages"] or () if "placeholder" in item}
    for name, given in version.behaviour["inputs"].items():
        spec = dict(given)
        if spec["type"] == "messages" and name not in placed:
            continue
        if "inputs.required" in parts and spec["type"] == "messages":
            spec["default"] = []
        if "inputs.type" in parts and spec["type"] != "messages":
            spec["type"] = "string"
        is_asked = version.template_format == "jinja2" and spec.get("default") == ""
        if "inputs.default" in parts and spec["type"] != "messages" and not is_asked:
            spec.pop("default", None)
        made[name] = spec
    return made


def written(form: str, wanted: ExportRequest) -> Exported | UsageError:
    try:
        return exporters.write(form, wanted)
    except UsageError as refused:
        return refused


def imported(made: Exported) -> Version:
    (path, data) = next(iter(made.files.items()))
    model = "openai/gpt-4.1" if any(item.part == "model" for item in made.lost) else None
    request = importers.Request(path, data, "qa", model=model)
    found = importers.read(importers.sniff(path, data), request)
    version = found.prompts[0].versions[-1]
    read, problems = read_version(version.data(), "x", "qa", 1)
    assert read, problems
    return read


@pytest.mark.parametrize("form", exporters.names())
@pytest.mark.parametrize("name", VERSIONS)
def test_what_both_formats_can_say_comes_back_with_its_digest(form: str, name: str) -> None:
    version = VERSIONS[name]
    made = written(form, request(version))
    if isinstance(made, UsageError):  # each member's own test says what it refuses
        advised = re.findall(r"--to ([\w-]+)", made.hint)
        assert advised, made.hint
        for other in advised:
            exporters.write(other, request(version))
        return
    assert imported(made).behaviour == without(version, list(made.lost), form)
    if not made.lost:
        assert imported(made).digest == version.digest


@pytest.mark.parametrize("name", exporters.names())
def test_a_member_says_what_it_holds_and_has_a_test(name: str) -> None:
    assert (exporters.find(name).__doc__ or "").strip()
    assert (Path(__file__).parent / f"test_{name.replace('-', '_')}.py").is_file()


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        exporters.find("promptfo")
    assert "did you mean 'promptfoo'?" in unknown.value.hint


@pytest.mark.parametrize("form", exporters.names())
def test_a_format_holds_every_version_with_its_aliases_or_the_last_one_alone(form: str) -> None:
    versions = [
        build.version(n, f"Say {n} {{{{x}}}}", inputs={"x": {"type": "string"}}, model="openai/gpt-4.1")
        for n in (1, 2)
    ]
    made = exporters.write(form, request(*versions, aliases={"live": 1}))
    held = imported(made).template or imported(made).messages[0]["content"]
    if made.files == exporters.write(form, request(versions[-1], aliases={"live": 1})).files:
        assert held == "Say 2 {{x}}"
        return
    (path, data) = next(iter(made.files.items()))
    (prompt,) = importers.read(importers.sniff(path, data), importers.Request(path, data, "qa")).prompts
    assert [version.body["template"] for version in prompt.versions] == ["Say 1 {{x}}", "Say 2 {{x}}"]
    assert dict(prompt.aliases) == ({"live": 0} if b"live" in data else {})


def test_advice_names_only_formats_that_can_hold_the_version() -> None:
    greet = chat(*MESSAGES[:2], template_format="jinja2")
    made = {form: written(form, request(greet)) for form in exporters.names()}
    hints = {form: found.hint for form, found in made.items() if isinstance(found, UsageError)}
    assert hints
    for hint in hints.values():
        advised = re.findall(r"--to ([\w-]+)", hint)
        assert len(advised) == 3
        assert not hints.keys() & set(advised)


def test_where_no_format_can_that_is_said() -> None:
    said = {"role": "user", "content": "user:\n{{ question ~ who }}"}
    with pytest.raises(UsageError) as refused:
        exporters.write("langfuse", request(chat(said, said, template_format="jinja2")))
    assert refused.value.hint == "no format can hold it: write a version without that"
