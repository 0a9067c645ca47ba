from __future__ import annotations

from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree
from cuebook.importers.prompty import sniff

FIRST = """\
---
name: Mail reply
description: Answers a letter
version: "1.4"
authors: [ada, bo]
tags: [mail]
model:
  api: chat
  configuration: {type: azure_openai, azure_deployment: small, api_key: "${env:KEY}", azure_endpoint: http://x}
  parameters: {max_tokens: 300, temperature: 0.2}
inputs:
  letter: {type: string}
  tone: {type: string, default: calm}
sample: {letter: "Where is it?", other: 1}
---
system:
Reply in a {{tone}} tone.

user:
{{letter}}
"""
SECOND = """\
---
name: weather
displayName: Weather answer
model:
  id: gpt-4.1
  provider: openai
  connection: {kind: key, apiKey: sk-planted}
  options: {temperature: 0.4, maxOutputTokens: 150, stopSequences: [END], odd: 1}
inputs:
  - {name: city, kind: string, default: Oslo, description: Where}
  - {name: days, kind: integer}
  - {name: talk, kind: thread}
outputs:
  - {name: summary, kind: string, required: true}
  - {name: sky, kind: string, enumValues: [clear, grey]}
tools:
  - {name: forecast, kind: function, parameters: [{name: city, kind: string, required: true}]}
  - {name: web, kind: bing}
template: {format: {kind: mustache}}
---
system:
Weather for {{city}}.

{{talk}}

user:
Next {{days}} days.
"""


def taken(text: str, files: dict[str, bytes] | None = None, **changes: Any) -> importers.Imported:
    request = importers.Request("a/01.mail.prompty", text.encode(), beside=FixedTree(files or {}), **changes)
    return importers.read("prompty", request)


def body(text: str, **changes: Any) -> dict[str, Any]:
    return dict(taken(text, **changes).prompts[0].versions[0].body)


def test_the_first_edition() -> None:
    made = taken(FIRST)
    (prompt,) = made.prompts
    version = prompt.versions[0]
    assert (prompt.name, prompt.title, prompt.tags) == ("mail-reply", "Mail reply", ["mail"])
    assert version.author == "ada, bo"
    assert version.body["model"] == "azure/small"
    assert version.body["modelParameters"] == {"maxTokens": 300, "temperature": 0.2}
    assert version.body["messages"] == [
        {"role": "system", "content": "Reply in a {{tone}} tone."},
        {"role": "user", "content": "{{letter}}"},
    ]
    assert version.body["inputs"] == {
        "tone": {"type": "string", "default": "calm"},
        "letter": {"type": "string"},
    }
    assert made.cases[0].rows == [{"id": "sample", "inputs": {"letter": "Where is it?"}}]
    assert {(note.at, note.line) for note in made.notes} == {
        ("version", 4),
        ("model.configuration", 9),
        ("sample.other", 14),
        ("sample", 14),
    }


def test_the_second_edition() -> None:
    made = taken(SECOND)
    found = made.prompts[0].versions[0].body
    assert found["messages"][1] == {"placeholder": "talk"}
    assert found["modelParameters"] == {"temperature": 0.4, "maxTokens": 150, "stop": ["END"]}
    assert found["inputs"]["city"] == {"type": "string", "description": "Where", "default": "Oslo"}
    assert found["inputs"]["talk"] == {"type": "messages", "default": []}
    assert found["tools"][0]["parameters"]["required"] == ["city"]
    assert found["jsonSchema"]["schema"] == {
        "type": "object",
        "properties": {"summary": {"type": "string"}, "sky": {"type": "string", "enum": ["clear", "grey"]}},
        "required": ["summary"],
    }
    assert [note.at for note in made.notes] == ["model.connection", "model.options.odd", "tools.1"]
    assert "sk-planted" not in str(made.notes)


def test_a_loop_over_messages_is_the_conversation_so_far() -> None:
    text = (
        "---\nmodel: gpt-4o\n---\nsystem:\nYou help.\n# Orders\n"
        "{% for o in orders %}- {{o.n}}\n{% endfor %}\n"
        "{% for item in history %}\n{{item.role}}:\n{{item.content}}\n{% endfor %}\nuser:\n{{q}}\n"
    )
    made = body(text)
    assert [item.get("placeholder", item.get("role")) for item in made["messages"]] == [
        "system",
        "history",
        "user",
    ]
    assert made["messages"][0]["content"].startswith("You help.\n# Orders\n{% for o in orders %}")


def test_a_text_without_a_role_is_a_system_message() -> None:
    made = taken("---\nmodel: gpt-4o\n---\nName a river.\n![map](http://x/y.png)\n")
    assert made.prompts[0].versions[0].body["messages"][0]["role"] == "system"
    assert [(note.line, note.message) for note in made.notes] == [(5, "an image there, text here")]


def test_a_sample_may_be_a_file_below_the_folder() -> None:
    text = "---\nmodel: gpt-4o\nsample: {}\n---\n{{{{q}}}}\n"
    files = {"s.json": b'{"q": "x"}'}
    assert taken(text.format("s.json"), files).cases[0].rows[0]["inputs"] == {"q": "x"}
    assert taken(text.format('"${file:s.json}"'), files).cases
    for path in ("gone.json", "../s.json", "/etc/passwd"):
        made = taken(text.format(path), files)
        assert made.cases == []
        assert "is not there" in made.notes[-1].message


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("---\nmodel: gpt-4o\n---\nsystem:\na\n{% if x %}\nuser:\nb\n{% endif %}\n", ": the whole file", 6),
        ("---\nmodel: gpt-4o\n---\nfunction:\nx\n", "role function", 5),
        ("---\nmodel: gpt-4o\n---\n\n", "no message", 4),
        ("---\nmodel: gpt-4o\ntemplate: handlebars\n---\nx\n", "template handlebars", 5),
    ],
)
def test_what_is_not_said_here_leaves_the_file_out(text: str, says: str, line: int) -> None:
    made = taken(text)
    assert made.prompts == []
    first = next(note for note in made.notes if note.whole)
    assert says in first.message
    assert first.line == line


def test_a_broken_front_matter_has_its_line() -> None:
    with pytest.raises(InvalidFiles) as wrong:
        taken("---\nname: open\nmodel: {id: x\n---\nsystem:\nx\n")
    assert wrong.value.problems[0].line == 3


def test_sniffing() -> None:
    assert [sniff(path, b"x") for path in ("a.prompty", "a.prompt")] == ["mine", "no"]


def test_a_section_over_messages_is_the_conversation_so_far() -> None:
    made = body(
        "---\nmodel: gpt-4o\n---\nsystem:\nHi\n{{#talk}}\n{{role}}:\n{{content}}\n{{/talk}}\nuser:\n{{q}}\n"
    )
    assert [item.get("placeholder", item.get("role")) for item in made["messages"]] == [
        "system",
        "talk",
        "user",
    ]


BETWEEN = """\
---
name: claims
metadata: {authors: [ada], tags: [x], reviewed: yes}
model:
  api: chat
  connection: {type: azure_openai, azure_deployment: small, api_version: 2024-08-01}
  options:
    response_format: ${file:schema.json}
    tools: [{name: find, kind: function, parameters: {properties: [{name: at, kind: string}]}}]
inputSchema: {properties: [{name: who, kind: string, default: Jane}]}
inputs: {claim: {type: object, sample: {id: 3}}, unused: {type: string, default: x}}
tools: [{id: web, type: web_search}]
---
Help {{who}} with {{claim.id}}.
![thread]
user:
Go on.
"""
"""The edition between the first and the second."""


def test_the_edition_between_is_read_by_its_shape_too() -> None:
    schema = b'{"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}'
    made = taken(BETWEEN, {"schema.json": schema})
    body = made.prompts[0].versions[0].body
    assert body["model"] == "azure/small"
    assert body["jsonSchema"]["name"] == "answer"
    assert body["tools"][0]["parameters"] == {"type": "object", "properties": {"at": {"type": "string"}}}
    assert body["inputs"]["who"] == {"type": "string", "default": "Jane"}
    assert body["messages"][1:] == [{"placeholder": "thread"}, {"role": "user", "content": "Go on."}]
    assert list(made.cases[0].rows) == [{"id": "sample", "inputs": {"claim": {"id": 3}}}]
    said = {note.at: note.message for note in made.notes}
    assert said["metadata.reviewed"] == "reviewed: no equivalent"
    assert said["inputs.unused"] == "unused: the text does not use it"
    assert said["tools.0"] == "tools: 'web_search' is not a function of an app"


def test_outputs_keep_what_is_inside_of_objects_and_lists() -> None:
    place = "{type: object, properties: {city: {type: string}}}"
    outputs = f"{{place: {place}, all: {{type: array, items: {{kind: float}}}}}}"
    made = taken(f"---\nmodel: gpt-4o\noutputs: {outputs}\n---\nSay it\n")
    schema = made.prompts[0].versions[0].body["jsonSchema"]["schema"]["properties"]
    assert schema["place"] == {"type": "object", "properties": {"city": {"type": "string"}}}
    assert schema["all"] == {"type": "array", "items": {"type": "number"}}


@pytest.mark.parametrize("path", ["gone.json", "/etc/passwd", "../x.json"])
def test_a_file_that_is_not_below_the_folder_is_told_and_not_read(path: str) -> None:
    made = taken(f"---\nmodel: gpt-4o\ninputs: ${{file:{path}}}\n---\nSay {{{{x}}}}\n")
    assert made.notes[0].message == f"{path} is not there, or not below this folder"


def test_what_asks_for_no_text_is_left_out() -> None:
    made = taken("---\nmodel: {api: embedding, id: gpt-4o}\n---\n{{text}}\n")
    assert made.prompts == []
    assert made.notes[0].message == "model.api embedding: it does not ask for text: the whole file"
