from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.importers.mlflow import SCHEMA, sniff


def version(number: int, template: Any = "Hi {{ x }}", **changes: Any) -> dict[str, Any]:
    return {"version": number, "template": template, "aliases": [], "tags": {}} | changes


def taken(*versions: dict[str, Any], name: str = "Greet.er", **changes: Any) -> importers.Imported:
    data = {"schema": SCHEMA, "prompts": [{"name": name, "tags": {"team": "a"}, "versions": list(versions)}]}
    changes = {"usual_model": "openai/gpt-6-luna"} | changes
    return importers.read("mlflow", importers.Request("sqlite:///x.db", json.dumps(data).encode(), **changes))


def test_versions_keep_messages_times_aliases_and_settings() -> None:
    config = {
        "provider": "openai",
        "model_name": "gpt-4o-mini",
        "max_tokens": 9,
        "stop_sequences": ["END"],
        "api_base": "http://x",
    }
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    made = taken(
        version(
            1,
            commit_message="First",
            created="2026-05-01T10:00:00Z",
            model_config=config,
            aliases=["champion"],
        ),
        version(
            2,
            [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{x}}"}],
            response_format=schema,
        ),
        version(
            3,
            "{% if t %}{{ t }}{% endif %}{{ x }}",
            aliases=["production", "latest"],
            tags={"k": "v", "mlflow.x": "y"},
        ),
    )
    (prompt,) = made.prompts
    first, second, third = prompt.versions
    assert (prompt.name, prompt.title, prompt.tags) == ("greet.er", "Greet.er", ["team:a", "k:v"])
    assert prompt.aliases == {"champion": 0, "production": 2}
    assert (first.message, first.created, first.body["model"]) == (
        "First",
        "2026-05-01T10:00:00Z",
        "openai/gpt-4o-mini",
    )
    assert first.body["modelParameters"] == {"maxTokens": 9, "stop": ["END"]}
    assert first.body["template"] == "Hi {{ x }}"
    assert second.message == "Imported from mlflow, version 2"
    assert second.body["jsonSchema"] == {"name": "greet_er", "schema": schema}
    assert third.body["templateFormat"] == "jinja2"
    said = {note.at: note.message for note in made.notes}
    assert "a secret or an address" in said["Greet.er/1.model_config.api_base"]
    assert said["Greet.er/2.response_format"] == "the schema is named greet_er here"


def test_deleted_numbers_leave_no_gap() -> None:
    made = taken(version(1), version(3, "Hello {{x}}"), version(7, "Hey {{x}}"))
    assert [item.theirs for item in made.prompts[0].versions] == ["1", "3", "7"]
    said = [note.message for note in made.notes if note.message.startswith("deleted")]
    assert said == [
        "deleted there: 2",
        "deleted there: 4 to 6",
    ]


def test_a_version_that_cannot_be_said_is_left_out_whole() -> None:
    made = taken(version(1, [{"role": "tool", "content": "x"}]), version(2, 3))
    assert made.prompts == []
    assert [note.whole for note in made.notes] == [True, True]


def test_an_alias_of_a_version_that_is_left_out_is_said() -> None:
    made = taken(version(1, "Hi"), version(2, 3) | {"aliases": ["champion", "latest"]})
    assert made.notes[-1].message == "it points to version 2, which is not taken"


def test_braces_that_are_no_variable_are_text_there_and_here() -> None:
    body = taken(version(1, "{{ x }} {{not one}} {%")).prompts[0].versions[0].body
    assert set(body["inputs"]) == {"x"}


def test_other_json_is_refused() -> None:
    with pytest.raises(InvalidFiles, match="it was not read from an MLflow registry"):
        importers.read("mlflow", importers.Request("a.json", b"{}"))
    assert sniff("a.json", f'{{"schema": "{SCHEMA}"'.encode()) == "mine"
    assert sniff("a.json", b"{}") == "no"
