from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.importers.openai_prompt import sniff

OBJECT: dict[str, Any] = {
    "openai_prompt_id": "pmpt_12ab",
    "name": "Shop helper",
    "production_version": "2",
    "versions": [
        {
            "version": "2",
            "messages": [{"role": "developer", "content": "Help {{who}}. Answer in JSON."}],
            "config": {
                "model": "gpt-5",
                "reasoning": {"effort": "low", "summary": "auto"},
                "text": {"format": {"type": "json_object"}, "verbosity": "low"},
                "tools": [
                    {"type": "function", "name": "look", "parameters": {"type": "object"}},
                    {"type": "web_search"},
                ],
                "store": True,
            },
        },
        {
            "version": "1",
            "messages": [{"role": "user", "content": [{"type": "input_text", "text": "Hi {{who}}"}]}],
            "config": {"model": "gpt-4.1", "max_output_tokens": 90, "temperature": 9},
        },
    ],
}


def taken(body: Any, **changes: Any) -> importers.Imported:
    data = json.dumps(body, indent=1).encode()
    return importers.read("openai_prompt", importers.Request("x/shop.json", data, **changes))


def test_versions_come_in_their_order_with_settings_tools_and_the_live_one() -> None:
    (prompt,) = taken(OBJECT).prompts
    first, second = (version.body for version in prompt.versions)
    assert (prompt.name, prompt.title, prompt.aliases) == ("shop-helper", "Shop helper", {"production": 1})
    assert prompt.versions[0].message == "Imported from pmpt_12ab, version 1"
    assert first["messages"] == [{"role": "user", "content": "Hi {{who}}"}]
    assert (first["model"], first["modelParameters"]) == ("openai/gpt-4.1", {"maxTokens": 90})
    assert second["messages"][0]["role"] == "developer"
    assert second["modelParameters"] == {"reasoningEffort": "low", "verbosity": "low"}
    assert second["responseFormat"] == "json_object"
    assert second["tools"] == [{"name": "look", "parameters": {"type": "object"}}]


def test_an_object_of_one_version_keeps_its_name() -> None:
    flat = {"openai_prompt_id": "pmpt_9", "name": "Shop helper", "model": "gpt-5", "instructions": "Help."}
    made = taken(flat)
    (prompt,) = made.prompts
    assert (prompt.name, prompt.title) == ("shop-helper", "Shop helper")
    assert prompt.versions[0].message == "Imported from pmpt_9"
    assert not made.notes


def test_what_has_no_equal_is_said_with_its_line() -> None:
    notes = {note.at: note for note in taken(OBJECT).notes}
    assert set(notes) == {
        "versions.0.config.reasoning.summary",
        "versions.0.config.tools.1",
        "versions.0.config.store",
        "versions.1.config.temperature",
    }
    lines = json.dumps(OBJECT, indent=1).split("\n")
    store = notes["versions.0.config.store"]
    assert lines[store.line - 1].strip() == '"store": true'


@pytest.mark.parametrize("strict", [{"strict": True}, {"parameters": {"type": "array"}}])
def test_production_that_points_to_no_version_here_is_said(strict: dict[str, Any]) -> None:
    refused = {"type": "function", "name": "look", "parameters": {"type": "object"}, **strict}
    body = json.loads(json.dumps(OBJECT))
    body["versions"][0]["config"]["tools"] = [refused]
    for given in (body, OBJECT | {"production_version": "7"}):
        made = taken(given)
        theirs = given["production_version"]
        said = [note.message for note in made.notes if note.at == "shop-helper@production"]
        assert said == [f"it points to version {theirs}, which is not taken"]
        assert made.prompts[0].aliases == {}


def test_a_body_of_a_request_is_one_version() -> None:
    body = {
        "model": "gpt-5-mini",
        "instructions": "Be brief on {{day}}.",
        "input": [{"role": "user", "content": "Plan: {{plan}}"}],
        "text": {"format": {"type": "json_object"}},
        "user": "u-1",
    }
    made = taken(body, name="plans")
    (version,) = made.prompts[0].versions
    assert [item["role"] for item in version.body["messages"]] == ["system", "user"]
    assert set(version.body["inputs"]) == {"day", "plan"}
    said = [note.message for note in made.notes]
    assert "json_object is asked for, and no message says JSON" in said, "the API would refuse it"
    assert "responseFormat" not in version.body
    assert any("no version may set it" in item for item in said)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"prompt": {"id": "pmpt_9", "version": "2"}}, "pmpt_9 is only a reference"),
        ({"openai_prompt_id": "pmpt_9"}, "pmpt_9 is only a reference"),
        ({"id": "pmpt_9", "variables": {"a": "b"}}, "pmpt_9 is only a reference"),
        (
            {"model": "gpt-5", "input": [{"type": "function_call"}]},
            "function_call: an item that is not a message",
        ),
        (
            {"openai_prompt_id": "p", "versions": [{"messages": [{"role": "x"}]}]},
            "no version of it can be taken",
        ),
        ([], "a prompt object is a JSON object"),
        ({"instructions": "Hi"}, "no model is named here"),
    ],
)
def test_what_cannot_be_taken(body: Any, says: str) -> None:
    with pytest.raises(InvalidFiles, match=says):
        taken(body)


def test_what_keeps_the_only_version_out_is_told_once() -> None:
    with pytest.raises(importers.NotImported) as refused:
        taken({"model": "gpt-5", "messages": [{"role": "boss", "content": "Hi"}]})
    (problem,) = refused.value.problems
    assert problem.message.startswith(
        "role boss: no message may have it here; roles are system, developer, user"
    )
    assert refused.value.notes == []


def test_a_reference_says_what_to_fill() -> None:
    with pytest.raises(InvalidFiles) as refused:
        taken({"prompt": {"id": "pmpt_9"}})
    hint = refused.value.problems[0].hint
    assert "dashboard" in hint
    assert '"production_version"' in hint


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("a.json", OBJECT, "mine"),
        ("a.json", {"prompt": {"id": "pmpt_1"}}, "mine"),
        ("a.json", {"id": "pmpt_1", "version": "2"}, "mine"),
        ("a.json", {"model": "gpt-5", "input": "x"}, "maybe"),
        ("a.json", {"model": "gpt-5"}, "no"),
        ("a.txt", OBJECT, "no"),
        ("a.json", [1, "pmpt_"], "no"),
    ],
)
def test_sniffing(path: str, body: Any, found: str) -> None:
    assert sniff(path, json.dumps(body).encode()) == found
