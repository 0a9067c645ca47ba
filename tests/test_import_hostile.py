"""Sources that are made to take long, to grow, or to be anything but what they are called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree
from cuebook.jobs.import_rows import appended

SECONDS = 20
"""Far more than any of these takes, and far less than one whose time grows with the square of its size."""
HEAD = "---\nmodel: gpt-6-luna\n---\n"


def taken(path: str, data: bytes | str, files: Mapping[str, bytes] | None = None) -> importers.Imported:
    data = data.encode() if isinstance(data, str) else data
    beside = FixedTree(dict(files or {}))
    request = importers.Request(path, data, model="openai/gpt-6-luna", beside=beside)
    return importers.read(importers.sniff(path, data), request)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.prompty", HEAD + " " * 500_000 + "x"),
        ("a.prompty", HEAD + "#" + " " * 500_000 + "x"),
        ("a.prompty", HEAD.replace("model", "template: mustache\nmodel") + "{{" * 200_000),
        ("a.prompty", HEAD + "{% for a in b %}" + " " * 300_000),
        ("a.prompt", HEAD + "{{" * 200_000),
        ("a.prompt", HEAD + "{{!--" * 80_000),
        ("a.prompt", HEAD + "{{{x" * 80_000),
        ("a.prompt", "\n" * 300_000 + "#" + HEAD),
        ("a.prompt", "#a\r\n" * 60 + "x" + HEAD),
        ("a.prompty", HEAD + "![" * 200_000),
        ("promptfooconfig.yaml", f"providers: [openai:o3]\nprompts: ['{'{{' * 200_000}']\n"),
        ("promptfooconfig.yaml", f"providers: [openai:o3]\nprompts: ['{'{%' * 200_000}']\n"),
        ("a.csv", "id,q\n" + "x,y\n" * 10_000),
        ("a.txt", "{{" + " " * 300_000),
    ],
)
def test_a_long_source_takes_seconds(path: str, text: str) -> None:
    start = monotonic()
    with suppress(InvalidFiles):
        taken(path, text)
    assert monotonic() - start < SECONDS


def test_references_that_multiply_are_left_out() -> None:
    more = "@@@langfusePrompt:name=n%d|version=1@@@"
    prompts = [
        {"name": f"n{at}", "version": 1, "type": "text", "prompt": more % (at + 1) * 40, "labels": []}
        for at in range(4)
    ]
    prompts.append({"name": "n4", "version": 1, "type": "text", "prompt": "lol", "labels": []})
    made = taken("a.json", json.dumps(prompts))
    assert [prompt.name for prompt in made.prompts] == ["n3", "n4"]
    left = [note.message for note in made.notes if note.whole]
    assert len(left) == 3
    assert all(what.startswith("prompts that refer to others too often") for what in left)


def test_labels_that_are_no_list_name_no_prompt() -> None:
    given: list[dict[str, Any]] = [
        {"name": "a", "version": 1, "type": "text", "prompt": "x", "labels": "production"},
        {"name": "b", "version": 1, "prompt": "@@@langfusePrompt:name=a|label=prod@@@", "labels": {"a": 1}},
    ]
    made = taken("a.json", json.dumps(given))
    assert [(prompt.name, dict(prompt.aliases)) for prompt in made.prompts] == [("a", {})]


def test_names_that_are_one_here_are_told() -> None:
    names = ["Mail", "mail", "MAIL", "mail-2"]
    given = [{"name": name, "version": 1, "prompt": f"x {name}", "labels": []} for name in names]
    made = taken("a.json", json.dumps(given))
    assert [prompt.name for prompt in made.prompts] == ["mail", "mail-2", "mail-3", "mail-2-2"]
    assert [note.message for note in made.notes if "another prompt" in note.message] == [
        "mail: another prompt is called mail here: mail-2",
        "MAIL: another prompt is called mail here: mail-3",
        "mail-2: another prompt is called mail-2 here: mail-2-2",
    ]


@pytest.mark.parametrize("path", ["a.txt", "a.prompty", "a.prompt", "a.prompt.yml", "a.py"])
@pytest.mark.parametrize(
    ("data", "why"), [(b"x\0y", "holds a NUL"), ("x: Gr\u00fc\u00dfe".encode("utf-16"), "not UTF-8 text")]
)
def test_what_is_no_text_is_told_as_that(path: str, data: bytes, why: str) -> None:
    with pytest.raises(InvalidFiles, match=why):
        taken(path, HEAD.encode() * (path == "a.prompt") + data)


def test_a_cell_that_never_ends_is_told_with_its_cause() -> None:
    rows = b'q,__expected\n"' + b"x" * 200_000
    with pytest.raises(InvalidFiles, match="not CSV: a cell has over 131,072 characters"):
        taken("a.csv", rows)
    config = "providers: [openai:o3]\nprompts: ['Say {{q}}']\ntests: t.csv\n"
    with pytest.raises(InvalidFiles, match="close its quotes if they are open"):
        taken("promptfooconfig.yaml", config, {"t.csv": rows})


@pytest.mark.parametrize(
    "ref",
    [
        *("file:///etc/passwd", "file://../secret.txt", "../secret.txt", "file://a/../../secret.txt"),
        *("/etc/passwd", "file://./a/../../secret.txt", "file://**/secret.txt", "file://..\\secret.txt"),
    ],
)
def test_no_reference_leaves_the_folder(ref: str) -> None:
    asked: list[str] = []

    class Watched(FixedTree):
        def read(self, path: str) -> bytes | None:
            asked.append(path)
            return None

    config = {
        "prompts": ["Say {{q}}", ref],
        "providers": ["openai:o3", ref],
        "defaultTest": ref,
        "tests": [ref, {"vars": {"q": ref}, "assert": [{"type": "contains", "value": ref}]}],
    }
    data = json.dumps(config).encode()
    importers.read("promptfoo", importers.Request("promptfooconfig.json", data, beside=Watched({})))
    assert not [path for path in asked if path.startswith(("/", "~")) or ".." in path.split("/")]


def test_ten_thousand_rows_with_one_id_are_added_behind_ten_thousand_in_seconds() -> None:
    start = monotonic()
    rows = [{"id": "x", "inputs": {"q": str(at)}} for at in range(10_000)]
    there, count = appended(b"", "d.jsonl", rows)
    more, again = appended(there, "d.jsonl", [{"id": "x", "inputs": {"q": f"{at}!"}} for at in range(10_000)])
    assert (count, again, more.count(b"\n")) == (10_000, 10_000, 20_000)
    assert monotonic() - start < SECONDS
