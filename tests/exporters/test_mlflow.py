from __future__ import annotations

import json

import pytest

import build
from cuebook import importers
from cuebook.core.errors import UsageError
from cuebook.exporters._base import ExportRequest
from cuebook.exporters.mlflow import SCHEMA, write
from cuebook.importers import mlflow as importer


def test_the_file_is_what_a_registry_is_read_as() -> None:
    (data,) = write(ExportRequest("qa", [build.version(1)], aliases={"live": 1})).files.values()
    found = json.loads(data)
    assert found["schema"] == SCHEMA == importer.SCHEMA
    (version,) = found["prompts"][0]["versions"]
    assert (version["template"], version["aliases"]) == ("Answer: {{question}}", ["live"])
    assert version["model_config"] == {"provider": "scripted", "model_name": "model"}


def test_one_version_alone_is_imported_without_a_word_of_those_before_it() -> None:
    (data,) = write(ExportRequest("qa", [build.version(3)])).files.values()
    made = importer.read(importers.Request("qa.mlflow.json", data, model="openai/gpt-5"))
    assert [version.theirs for version in made.prompts[0].versions] == ["3"]
    assert not [note for note in made.notes if "deleted" in note.message]


@pytest.mark.parametrize(
    ("text", "form", "says"),
    [("{% a %}", "simple", "which MLflow runs"), ("{{ x | upper }}", "jinja2", "MLflow does not fill")],
)
def test_what_mlflow_takes_otherwise_is_refused(text: str, form: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        write(ExportRequest("qa", [build.version(1, text, template_format=form, inputs={})]))
