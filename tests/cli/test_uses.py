from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import write

Cli = Callable[..., Any]
FILES = {
    "prompts/tone/v1.prompt.yml": "message: m\nmodel: toy/answers\ntemplate: Be kind.\n",
    "prompts/qa/v3.prompt.yml": (
        "message: m\nmodel: toy/answers\nmessages:\n"
        "  - {role: user, content: '{{> tone/1}} {{context}} {{question}}'}\n"
    ),
    "prompts/qa/aliases.yml": "production: 1\nstaging: 3\n",
}


def test_the_versions_that_include_a_fragment_are_listed(cli: Cli, registry: Path) -> None:
    write(registry, FILES)
    assert cli(registry, "uses", "tone/1").out == "qa/3 @staging includes tone/1\n"
    assert cli(registry, "uses", "tone").out == "qa/3 @staging includes tone/1\n"
    (row,) = json.loads(cli(registry, "uses", "tone/1", "--json").out)
    assert row == {"includes": "tone/1", "ref": "qa/3", "aliases": ["staging"]}
    assert cli(registry, "uses", "qa/1").out == "nothing includes qa/1\n"


def test_an_alias_or_an_unknown_version_is_refused(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "uses", "qa@production")
    assert (ended.code, "only a version is included" in ended.err) == (2, True)
    assert "nearest: qa/2" in cli(registry, "uses", "qa/7").err
