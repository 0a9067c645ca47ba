from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import write
from cuebook.wording.differences import SAME

Cli = Callable[..., Any]


def test_words_that_differ_are_marked(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "diff", "qa/1", "qa/2")
    assert ended.out.startswith("qa/1 -> qa/2  Short answers\n")
    assert "{+" in ended.out
    assert "one short sentence" in ended.out


def test_one_ref_means_against_the_version_before(cli: Cli, registry: Path) -> None:
    assert cli(registry, "diff", "qa").out == cli(registry, "diff", "qa/1", "qa/2").out


def test_the_first_version_has_nothing_before_it(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "diff", "qa/1")
    assert ended.code == 2
    assert "is the first version\n    name two: cuebook diff qa/1 qa/2\n" in ended.err
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    assert 'there is no other yet: cuebook new qa -m "Why this version"\n' in cli(registry, "diff", "qa").err


def test_json_and_no_change(cli: Cli, registry: Path) -> None:
    assert json.loads(cli(registry, "diff", "qa/1", "qa/1", "--json").out) == []
    assert [item["kind"] for item in json.loads(cli(registry, "diff", "qa", "--json").out)] == ["text"]
    assert cli(registry, "diff", "qa/1", "qa/1").out.splitlines()[1:] == [SAME]


def test_tools_are_told_with_their_parameters(cli: Cli, registry: Path) -> None:
    def desk(kind: str) -> str:
        schema = {"type": "object", "properties": {"id": {"type": kind}}}
        tool = {"name": "look", "description": f"By {kind}", "parameters": schema}
        said = [{"role": "user", "content": "Help."}]
        return json.dumps({"message": kind, "model": "offline/rules", "messages": said, "tools": [tool]})

    files = {"prompts/desk/v1.prompt.yml": desk("string"), "prompts/desk/v2.prompt.yml": desk("integer")}
    write(registry, files)
    assert cli(registry, "diff", "desk").out == (
        "desk/1 -> desk/2  integer\n"
        "  breaks callers: tool parameter look.id was string and is integer\n"
        "  may change answers: the description of the tool look changed\n"
        "\n[parameters of tools]\n"
        "  look.id: string, optional -> integer, optional\n"
        "\n[tool look]\n"
        "* By [-string-]{+integer+}\n"
    )
    found = json.loads(cli(registry, "diff", "desk", "--json").out)
    assert [(item["kind"], item["severity"]) for item in found] == [
        ("tool-parameter-type", "breaking"),
        ("tool-description", "notable"),
    ]
