from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.importers.langfuse import sniff


def item(number: int, prompt: Any = "Hi {{x}}", name: str = "motto", **changes: Any) -> dict[str, Any]:
    kind = "text" if isinstance(prompt, str) else "chat"
    return {
        "name": name,
        "version": number,
        "type": kind,
        "prompt": prompt,
        "labels": [],
        "config": {},
    } | changes


def taken(data: Any, path: str = "lf.json", **changes: Any) -> importers.Imported:
    text = "\n".join(map(json.dumps, data)) if path.endswith("l") else json.dumps(data, indent=1)
    changes = {"usual_model": "openai/gpt-6-luna"} | changes
    return importers.read("langfuse", importers.Request(path, text.encode(), **changes))


def test_versions_come_in_their_order_with_messages_times_and_labels() -> None:
    made = taken(
        {
            "prompts": [
                item(3, "C {{x}}", labels=["production", "latest"], commitMessage="Rhyme"),
                item(1, "A {{x}}", labels=["staging"], createdAt="2026-05-01T10:00:00.000Z", tags=["desk"]),
            ]
        }
    )
    (prompt,) = made.prompts
    assert [version.theirs for version in prompt.versions] == ["1", "3"]
    assert [version.message for version in prompt.versions] == ["Imported from langfuse, version 1", "Rhyme"]
    assert prompt.versions[0].created == "2026-05-01T10:00:00Z"
    assert (prompt.aliases, prompt.tags) == ({"staging": 0, "production": 1}, ["desk"])


def test_labels_of_a_version_that_is_left_out_are_said() -> None:
    old = {"role": "function", "content": "x"}
    made = taken({"prompts": [item(1, "A"), item(2, [old], type="chat", labels=["staging", "latest"])]})
    role, alias = (note.message for note in made.notes[-2:])
    assert role.startswith("role function: a result without the ID of its call, which role tool has")
    assert alias == "it points to version 2, which is not taken"


def test_a_chat_with_settings_and_a_place_for_the_conversation() -> None:
    chat = [
        {"type": "chatmessage", "role": "system", "content": "Help {{who}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{q}}"},
    ]
    config = {"model": "gpt-4o-mini", "temperature": 0.1, "max_tokens": 9, "languages": ["en"]}
    made = taken(item(1, chat, "desk/support", config=config, createdBy="u"))
    (prompt,) = made.prompts
    body = prompt.versions[0].body
    assert (prompt.name, prompt.title) == ("desk-support", "desk/support")
    assert body["messages"][1] == {"placeholder": "history"}
    assert body["inputs"]["history"] == {"type": "messages", "default": []}
    assert (body["model"], body["modelParameters"]) == (
        "openai/gpt-4o-mini",
        {"temperature": 0.1, "maxTokens": 9},
    )
    assert {note.at for note in made.notes} == {"config.languages", "createdBy"}


def test_references_are_written_out_or_the_version_is_left_out() -> None:
    refer = "@@@langfusePrompt:name={}|{}@@@ {{{{q}}}}"
    made = taken(
        [
            item(1, "Be calm.", "tone", labels=["live"]),
            item(1, refer.format("tone", "label=live"), "a"),
            item(1, refer.format("tone", "version=1"), "b"),
            item(1, refer.format("gone", "version=2"), "c"),
            item(1, refer.format("d", "version=1"), "d"),
        ]
    )
    texts = {prompt.name: prompt.versions[0].body["template"] for prompt in made.prompts}
    assert texts == {"tone": "Be calm.", "a": "Be calm. {{q}}", "b": "Be calm. {{q}}"}
    left = [note.message for note in made.notes if note.whole]
    assert left == [
        "the prompt gone is not in the export: the whole version 1 of c",
        "prompts that refer to each other: the whole version 1 of d",
    ]


def test_braces_that_are_no_variable_stay_text() -> None:
    (prompt,) = taken(item(1, "{{x}} {{not a name}}")).prompts
    assert prompt.versions[0].body["templateFormat"] == "jinja2"
    assert set(prompt.versions[0].body["inputs"]) == {"x"}


MIXED = [
    item(1, config={"model": "gpt-4o"}),
    item(2, "B {{x}}", config={"model": "gpt-4o"}),
    item(1, name="bare"),
]


def test_a_chosen_model_replaces_the_others_and_each_is_said() -> None:
    made = taken(MIXED, model="openai/gpt-6-luna")
    bodies = [version.body for prompt in made.prompts for version in prompt.versions]
    assert {body["model"] for body in bodies} == {"openai/gpt-6-luna"}
    what = "openai/gpt-4o there: openai/gpt-6-luna, as --model chose"
    assert [(note.at, note.message) for note in made.notes] == [("0.config", what), ("1.config", what)]


def test_the_model_of_the_settings_is_for_those_without_one_and_the_error_says_so() -> None:
    made = taken(MIXED, usual_model="anthropic/claude-haiku-4-5")
    models = [[version.body["model"] for version in prompt.versions] for prompt in made.prompts]
    assert models == [["openai/gpt-4o", "openai/gpt-4o"], ["anthropic/claude-haiku-4-5"]]
    with pytest.raises(InvalidFiles) as caught:
        taken(MIXED, usual_model=None)
    assert [problem.hint for problem in caught.value.problems] == [
        "choose one: --model openai/gpt-6-luna for all, or 'model' in cuebook.toml for those that name none"
    ]


def test_a_dataset_becomes_rows() -> None:
    items = [
        {"id": "a 1", "status": "ACTIVE", "input": {"q": "?"}, "expectedOutput": "!", "metadata": {"k": "v"}},
        {"id": "a2", "status": "ARCHIVED", "input": "x", "expectedOutput": "y"},
        {"id": "a3", "input": "x", "expectedOutput": {"n": 1}},
    ]
    made = taken({"dataset": {"name": "town questions"}, "items": items, "scores": [{"value": 1}]})
    (cases,) = made.cases
    assert cases.name == "town-questions"
    assert cases.rows == [
        {"id": "a-1", "inputs": {"q": "?"}, "expectations": {"answer": "!"}, "tags": ["k:v"]},
        {"id": "a3", "inputs": {"input": "x"}, "expectations": {"answer": {"n": 1}}},
    ]
    assert [note.at for note in made.notes] == ["items.0.id", "items.1", "scores"]


def test_lines_of_json_have_their_lines() -> None:
    made = taken([item(1), item(2, [{"role": "odd", "content": "x"}])], "lf.jsonl")
    assert [(note.line, note.whole) for note in made.notes if note.kind == "left-out"] == [(2, True)]


def test_a_thousand_prompts_are_read() -> None:
    data = json.dumps([item(1, name=f"p{number}") for number in range(1000)]).encode()
    request = importers.Request("lf.json", data, usual_model="openai/gpt-6-luna")
    assert len(importers.find("langfuse").read(request).prompts) == 1000


def test_what_has_no_text() -> None:
    with pytest.raises(InvalidFiles, match="no prompt text in it, only names such as a"):
        taken({"a": {"name": "x"}})
    assert taken([item(1, 3)]).prompts == []


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.json", item(1), "mine"),
        ("a.json", {"data": [item(1)]}, "mine"),
        ("a.json", [{"input": "x", "expectedOutput": "y"}], "mine"),
        ("a.json", {"labels": []}, "no"),
        ("a.txt", item(1), "no"),
    ],
)
def test_sniffing(path: str, data: Any, found: str) -> None:
    assert sniff(path, json.dumps(data).encode()) == found
