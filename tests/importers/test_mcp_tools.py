from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import build
from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.importers.mcp_tools import read, sniff
from cuebook.registry.version_files import read_version
from cuebook.shapes.run import Version

Cli = Callable[..., Any]
LOOK = {
    "name": "orders.look",
    "title": "Look",
    "description": "Find an order.",
    "inputSchema": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"id": {}},
    },
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
    "_meta": {},
}
LIST = {"tools": [LOOK, {"name": "go", "inputSchema": {"type": "object"}}]}
BASE = build.version(
    2,
    template=None,
    messages=({"role": "user", "content": "{{question}}"},),
    calling={"tools": [{"name": "go", "description": "Old."}, {"name": "stay"}], "toolChoice": "auto"},
)


def request(found: Any, into: Version | None = BASE) -> importers.Request:
    return importers.Request("here/tools.json", json.dumps(found).encode(), "qa", into=into)


@pytest.mark.parametrize("framed", [LIST, {"jsonrpc": "2.0", "id": 1, "result": LIST}])
def test_tools_become_those_of_the_next_version(framed: Any) -> None:
    made = importers.read("mcp_tools", request(framed))
    [prompt] = made.prompts
    [new] = prompt.versions
    assert prompt.name == "qa"
    version, problems = read_version(new.data(), "v3.prompt.yml", "qa", 3)
    assert problems == []
    assert version
    assert version.message == "Take over 2 tools from tools.json"
    assert version.calling == {
        "tools": [
            {"name": "stay"},
            {
                "name": "orders_look",
                "description": "Find an order.",
                "parameters": {"type": "object", "properties": {"id": {}}},
            },
            {"name": "go", "parameters": {"type": "object"}},
        ],
        "toolChoice": "auto",
    }
    assert version.messages == BASE.messages
    assert [(item.at, item.kind, item.message) for item in made.notes] == [
        ("tools.0", "changed", "'orders.look' is called 'orders_look' here: the app has to map it back"),
        ("tools.0", "left-out", "orders_look: no model sees _meta, annotations, outputSchema, title"),
    ]


def test_a_list_that_goes_on_is_said() -> None:
    warned = read(request(LIST | {"nextCursor": "x"})).notes
    assert "the server has more tools" in warned[-1].message


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (request(LIST, None), "add --into NAME"),
        (request({"tools": "x"}), "there is no list of tools in it"),
        (request([]), "there is no list of tools in it"),
        (importers.Request("t.json", b"{", "qa", into=BASE), "not JSON that can be read"),
        (importers.Request("t.json", b" " * 5_000_000, "qa", into=BASE), "the limit is 4,194,304"),
        (
            request({"tools": [{"name": "a", "inputSchema": {"type": "object", "$ref": "http://x/y"}}]}),
            "only '#/...'",
        ),
        (request({"tools": [{"name": "a.b"}, {"name": "a_b"}]}), "two tools are called 'a_b'"),
        (request({"tools": [{}]}), "it is '', which is not a valid name for a tool"),
    ],
)
def test_what_cannot_be_taken_over(asked: importers.Request, says: str) -> None:
    with pytest.raises(InvalidFiles) as caught:
        importers.read("mcp_tools", asked)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("tools.json", json.dumps(LIST).encode(), True),
        ("tools.txt", json.dumps(LIST).encode(), False),
        ("tools.json", b'{"tools": [{"name": "a"}]}', False),
        ("tools.json", b"[", False),
        ("tools.json", b"[" * 100_000, False),
    ],
)
def test_sniffing(path: str, data: bytes, found: bool) -> None:
    assert sniff(path, data) == ("mine" if found else "no")


def test_the_command_writes_the_next_version(cli: Cli, registry: Path) -> None:
    (registry / "tools.json").write_text(json.dumps(LIST))
    ended = cli(registry, "import", "tools.json", "--into", "qa")
    assert (ended.code, "wrote prompts/qa/v3.prompt.yml" in ended.out) == (0, True)
    assert "next: cuebook check && cuebook gate qa/3" in ended.out
    assert "left-out: tool 1: orders_look: no model sees _meta" in ended.err
    assert cli(registry, "check").code == 0
    assert (
        "nothing new: 1 of 1 versions already exist"
        in cli(registry, "import", "tools.json", "--into", "qa").out
    )
    assert "no prompt is called 'nope'" in cli(registry, "import", "tools.json", "--into", "nope").err
    assert "add --into NAME" in cli(registry, "import", "tools.json").err
