from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree
from cuebook.importers.langchain import sniff

MODEL = "openai/gpt-6-luna"


def made_of(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", kind], "kwargs": kwargs}


def template(text: str, way: str = "f-string") -> dict[str, Any]:
    return made_of("PromptTemplate", template=text, template_format=way, input_variables=[])


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return made_of("ChatPromptTemplate", messages=list(messages), **more)


def message(kind: str, text: str, way: str = "f-string") -> dict[str, Any]:
    return made_of(f"{kind}MessagePromptTemplate", prompt=template(text, way))


def taken(data: Any, **changes: Any) -> importers.Imported:
    text = json.dumps(data, indent=1).encode()
    return importers.read("langchain", importers.Request("a/shop.json", text, model=MODEL, **changes))


def body(data: Any, **changes: Any) -> dict[str, Any]:
    return dict(taken(data, **changes).prompts[0].versions[0].body)


def test_a_chat_with_the_conversation_so_far() -> None:
    made = body(
        chat(
            message("System", 'Reply for {shop} as {{"a": 1}}.'),
            made_of("MessagesPlaceholder", variable_name="history", optional=True),
            made_of("AIMessage", content="Hi {not a variable}"),
            message("Human", "{question}"),
            partial_variables={"shop": "Ours"},
        )
    )
    assert made["messages"] == [
        {"role": "system", "content": 'Reply for {{shop}} as {"a": 1}.'},
        {"placeholder": "history"},
        {"role": "assistant", "content": "Hi {not a variable}"},
        {"role": "user", "content": "{{question}}"},
    ]
    assert made["inputs"] == {
        "shop": {"type": "string", "default": "Ours"},
        "question": {"type": "string"},
        "history": {"type": "messages", "default": []},
    }


def test_mustache_and_jinja2() -> None:
    made = body(chat(message("System", "Be {{tone}}.", "mustache"), message("Human", "{{{q}}}", "mustache")))
    assert [item["content"] for item in made["messages"]] == ["Be {{tone}}.", "{{q}}"]
    made = body(template("{% if a %}{{ a }}{% endif %}", "jinja2"))
    assert (made["templateFormat"], made["inputs"]) == ("jinja2", {"a": {"type": "string", "default": ""}})


def test_a_prompt_with_its_model() -> None:
    model = made_of(
        "ChatOpenAI", model_name="gpt-4o", temperature=0.5, openai_api_key={"type": "secret"}, n=2
    )
    sequence = made_of("RunnableSequence", first=template("Q: {q}"), middle=[], last=model)
    data = json.dumps(sequence).encode()
    made = importers.read("langchain", importers.Request("shop.json", data))
    version = made.prompts[0].versions[0].body
    assert (version["model"], version["modelParameters"]) == ("openai/gpt-4o", {"temperature": 0.5})
    assert [note.message for note in made.notes] == [
        "openai_api_key: a secret or an address; a version cannot set it"
    ]


def test_a_schema_of_the_answer_keeps_its_title_as_name() -> None:
    schema = {"title": "grade", "type": "object", "properties": {"score": {"type": "integer"}}}
    made = body(made_of("StructuredPrompt", messages=[message("Human", "Grade {a}")], schema_=schema))
    assert made["jsonSchema"] == {
        "name": "grade",
        "schema": {k: v for k, v in schema.items() if k != "title"},
    }


def test_older_files() -> None:
    old = {
        "_type": "prompt",
        "input_variables": ["t"],
        "partial_variables": {"d": "Monday"},
        "template": "{d}: {t}",
    }
    made = taken(old | {"output_parser": {"_type": "regex"}})
    assert made.prompts[0].versions[0].body["inputs"]["d"] == {"type": "string", "default": "Monday"}
    assert [note.at for note in made.notes] == ["output_parser"]
    beside = FixedTree({"t.txt": b"On {day}"})
    by_path = {"_type": "prompt", "input_variables": ["day"], "template_path": "t.txt"}
    assert body(by_path, beside=beside)["template"] == "On {{day}}"
    shots = {
        "_type": "few_shot",
        "examples": [{"q": "{2+2}", "a": "4"}],
        "example_prompt": {"_type": "prompt", "template": "Q: {q} A: {a}"},
        "prefix": "Solve.",
        "suffix": "Q: {q}",
    }
    assert body(shots)["template"] == "Solve.\n\nQ: {2+2} A: 4\n\nQ: {{q}}"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (chat(message("Human", "{{#xs}}x{{/xs}}", "mustache")), "mustache section xs"),
        (chat(message("Human", "{x!r}")), "{x!r} is more than a name"),
        (chat(message("Human", "x", "odd")), "template_format odd"),
        (chat({"type": "constructor", "id": ["ToolMessage"], "kwargs": {"content": "x"}}), "role "),
        ({"_type": "prompt", "template_path": "../secret.txt"}, "no file below this folder"),
    ],
)
def test_what_no_version_says_is_left_out_whole(data: Any, says: str) -> None:
    made = taken(data)
    assert made.prompts == []
    assert says in made.notes[-1].message
    assert made.notes[-1].whole


def test_a_file_without_data_is_refused() -> None:
    with pytest.raises(InvalidFiles, match="not_implemented: the file has no data of FewShot"):
        taken({"lc": 1, "type": "not_implemented", "id": ["x", "FewShot"], "repr": "FewShot(boom())"})


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.json", template("x"), "mine"),
        ("a.json", {"_type": "prompt", "template": "x"}, "mine"),
        ("a.json", {"input_variables": [], "template": "x"}, "mine"),
        ("a.json", {"_type": "llm"}, "no"),
        ("a.yaml", template("x"), "no"),
        ("a.json", ["lc"], "no"),
    ],
)
def test_sniffing(path: str, data: Any, found: str) -> None:
    assert sniff(path, json.dumps(data).encode()) == found
