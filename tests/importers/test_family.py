from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import CuebookError, InvalidFiles, UsageError
from cuebook.core.files import FixedTree

SAMPLES = json.loads((Path(__file__).parents[1] / "fixtures/import_shapes.json").read_bytes())
"""A file of each format whose values are data, with as many of its keys as there is room for."""
OTHERS: tuple[Any, ...] = (None, 3, True, "x", [], {}, [[]], [3, None], {"a": {"b": 3}}, "file://x.yaml", "")
BESIDE = FixedTree(
    {"rows.yaml": b"- vars: {x: 1}\n", "p.json": b'[{"role": "user", "content": 3}]', "x.yaml": b"3\n"}
)
BODY = {"a.prompt": '{{role "user"}}Say {{x}}\n', "a.prompty": "system:\nSay {{x}}\n"}


@pytest.mark.parametrize("name", importers.names())
def test_a_member_keeps_the_contract_and_has_a_test(name: str) -> None:
    member = importers.find(name)
    assert (member.__doc__ or "").strip()
    assert member.sniff("x.unknown", b"\xff\0{{") == "no"
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        importers.find("prompt_yaml")
    assert "did you mean 'prompt_yml'?" in unknown.value.hint


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.prompt.yml", b"messages: []", "prompt_yml"),
        ("deep/a.prompt.yaml", b"messages: []\nname: x", "prompt_yml"),
        ("a.prompt.yml", b"messages: [", "prompt_yml"),
        ("a_prompt.yml", b"messages: []", "prompt_yml"),
        ("a.prompt.yml", b"", "prompt_yml"),
        ("a.yml", b"messages: []", None),
    ],
)
def test_sniffing(path: str, data: bytes, found: str | None) -> None:
    if found:
        assert importers.sniff(path, data) == found
    else:
        with pytest.raises(InvalidFiles, match="no importer knows this file") as caught:
            importers.sniff(path, data)
        (problem,) = caught.value.problems
        assert all(importers.find(name).FILES in problem.hint for name in importers.names())


def test_a_workbook_is_told_as_that() -> None:
    with pytest.raises(InvalidFiles, match="it is a workbook, not a table as text") as caught:
        importers.sniff("cases.xlsx", b"PK\x03\x04")
    assert "CSV UTF-8" in caught.value.problems[0].hint


def test_a_version_of_our_own_is_told_as_that() -> None:
    with pytest.raises(InvalidFiles, match="it is a version of Cuebook already") as caught:
        importers.sniff("a.prompt.yml", b"message: one of ours\nmessages: []")
    assert "cuebook new NAME --from" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("path", "data", "line"),
    [
        ("in/a.yaml", b"prompts:\n- [\n", 2),
        ("in/a.yml", b"a: b: c\n", 1),
        ("in/a.json", b'{"a": 1,\n "b" 2}', 2),
    ],
)
def test_a_file_that_does_not_parse_says_where(path: str, data: bytes, line: int) -> None:
    with pytest.raises(InvalidFiles) as caught:
        importers.sniff(path, data)
    assert [(item.file, item.line) for item in caught.value.problems] == [(path, line)]


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from _places(item, (*at, key))


def _put(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    if not at:
        return other
    made = copy.copy(value)
    made[at[0]] = _put(value[at[0]], at[1:], other)
    return made


def _request(path: str, data: Any) -> importers.Request:
    text = json.dumps(data)  # which is YAML, too
    text = f"---\n{text}\n---\n{BODY[path]}" if path in BODY else text
    return importers.Request(path, text.encode(), usual_model="openai/gpt-4o", beside=BESIDE)


_NAMES_MODEL = {"model", "model_name", "provider", "providers"}


def _without_model(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_model(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_model(item) for key, item in value.items() if key not in _NAMES_MODEL}
    return value


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"table"}))
def test_a_missing_model_is_told_beside_all_that_was_found(name: str) -> None:
    request = _request(SAMPLES[name]["path"], _without_model(SAMPLES[name]["data"]))
    with pytest.raises(importers.NotImported) as caught:
        importers.read(name, replace(request, usual_model=None))
    assert [item.message for item in caught.value.problems] == ["no model is named here"]
    found = importers.read(name, replace(request, model="litellm/any")).notes
    assert {note.message for note in found} == {note.message for note in caught.value.notes}


TWICE = {
    "dotprompt": ("a.prompt", "---\nmodel: gpt-4o\n---\n{{one x}}\n{{#two y}}\n{{/two}}\n{{>three}}\n"),
    "prompty": ("a.prompty", "---\nmodel: gpt-4o\n---\nuser:\n{{ x( }}\nfunction:\nHi\n"),
    "openai_prompt": ("a.json", '{"model": "gpt-4o", "messages": [{"role": "one"}, {"role": "two"}]}'),
    "promptfoo": ("promptfooconfig.yaml", "prompts: ['{{ x | one }} {{ y | two }}']\nproviders: [openai:o3]"),
    "langfuse": (
        "a.json",
        '[{"name": "a", "version": 1, "type": "chat", "prompt": [{"role": "one"}, 3], "labels": []}]',
    ),
    "langchain": (
        "a.json",
        '{"_type": "prompt", "template": "{{#one}}{{/one}}{{>two}}", "template_format": "mustache"}',
    ),
    "text": ("a.txt", "{x!r}\n{y:3}"),
}
"""A file of each format that two things keep from being taken."""


@pytest.mark.parametrize("name", TWICE)
def test_all_that_keeps_a_version_out_is_told(name: str) -> None:
    path, text = TWICE[name]
    request = importers.Request(path, text.encode(), model="openai/gpt-4o", template="f-string")
    try:
        told = [note.message for note in importers.read(name, request).notes if note.whole]
    except InvalidFiles as error:
        notes = error.notes if isinstance(error, importers.NotImported) else []
        told = [item.message for item in [*notes, *error.problems]]
    assert len(told) >= 2


@pytest.mark.parametrize("name", SAMPLES)
def test_a_value_of_another_shape_is_left_out_or_an_error_and_never_a_fault_of_ours(name: str) -> None:
    path, sample = SAMPLES[name]["path"], SAMPLES[name]["data"]
    assert importers.read(name, _request(path, sample)).files
    others = cycle(OTHERS)
    for place in _places(sample):
        with suppress(CuebookError):
            importers.find(name).read(_request(path, _put(sample, place, next(others))))


ROW = {
    "input": {"q": "a"},
    "inputs": {"q": "a"},
    "expectedOutput": "b",
    "metadata": {"k": "v\nw", "of": ["m", "n"]},
}
TESTS = {"prompts": ["{{q}}"], "providers": ["openai:gpt-4o"], "tests": [{"vars": {"q": "a"}, **ROW}]}


@pytest.mark.parametrize(
    ("name", "path", "data"),
    [
        ("table", "a.json", [ROW]),
        ("langfuse", "a.json", {"items": [ROW]}),
        ("promptfoo", "promptfooconfig.json", TESTS),
    ],
)
def test_metadata_of_rows_become_tags_that_a_case_may_have(name: str, path: str, data: Any) -> None:
    request = importers.Request(path, json.dumps(data).encode(), rows_only=True)
    assert importers.find(name).read(request).cases[0].rows[0]["tags"] == ["of:m", "of:n"]


@pytest.mark.parametrize("name", ["langchain", "langfuse", "mlflow", "openai_prompt"])
def test_a_file_of_another_ending_is_called_as_it_is(name: str) -> None:
    with pytest.raises(InvalidFiles) as broken:
        importers.read(name, importers.Request("saved.txt", b'{"a": '))
    assert broken.value.problems[0].file == "saved.txt"
