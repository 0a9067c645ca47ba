from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA

Cli = Callable[..., Any]
V3 = "prompts/qa/v3.prompt.yml"
V4 = "prompts/qa/v4.prompt.yml"
MINE = QA["prompts/qa/v2.prompt.yml"].replace("Short answers", "Mine").replace("short", "plain")
THEIRS = MINE.replace("Mine", "Theirs").replace("plain", "long")


@pytest.fixture
def branch(registry: Path) -> Path:
    """A branch with a version 3 that production points at; main has another version 3 by now."""
    commit(registry)
    git(registry, "switch", "-q", "-c", "mine")
    write(registry, {V3: MINE, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    git(registry, "switch", "-q", "main")
    write(registry, {V3: THEIRS})
    commit(registry)
    git(registry, "switch", "-q", "mine")
    return registry


def text(root: Path, path: str) -> str:
    return (root / path).read_text("utf-8")


def test_the_message_names_the_other_version_and_renumber_mends_it(cli: Cli, branch: Path) -> None:
    ended = cli(branch, "check")
    assert ended.code == 1
    assert f"{V3}: error: main already has another version 3: 'Theirs'\n    cuebook renumber qa" in ended.out
    ended = cli(branch, "renumber", "qa")
    assert (ended.code, ended.out.splitlines()[:2]) == (
        0,
        ["qa/3 is qa/4 now", "production now points to it in aliases.yml"],
    )
    assert (text(branch, V4), text(branch, V3)) == (MINE, THEIRS)
    assert "production: 4" in text(branch, "prompts/qa/aliases.yml")
    assert cli(branch, "check").code == 0
    commit(branch)
    git(branch, "merge", "-q", "main")
    assert cli(branch, "check").code == 0
    assert "nothing to renumber" in cli(branch, "renumber", "qa").out


def test_a_version_that_is_tried_follows_too(cli: Cli, branch: Path) -> None:
    write(branch, {"prompts/qa/aliases.yml": "production: {use: 1, try: {3: 10}}\n"})
    assert "production now points to it in aliases.yml" in cli(branch, "renumber", "qa").out
    assert text(branch, "prompts/qa/aliases.yml") == "production: {use: 1, try: {4: 10}}\n"


def test_drafts_that_include_a_renumbered_draft_follow_it(cli: Cli, registry: Path) -> None:
    def tone(words: str) -> str:
        return f"message: {words}\nmodel: toy/answers\ntemplate: Be {words}.\n"

    user = "message: m\nmodel: toy/answers\ntemplate: '{{> tone/2}} {{ > tone/1 }} {{question}}'\n"
    write(registry, {"prompts/tone/v1.prompt.yml": tone("kind")})
    commit(registry)
    git(registry, "switch", "-q", "-c", "mine")
    write(registry, {"prompts/tone/v2.prompt.yml": tone("brief"), V3: user})
    commit(registry)
    git(registry, "switch", "-q", "main")
    write(registry, {"prompts/tone/v2.prompt.yml": tone("formal")})
    commit(registry)
    git(registry, "switch", "-q", "mine")
    ended = cli(registry, "renumber", "tone")
    assert ended.out.startswith("tone/2 is tone/3 now\nqa/3 now includes it under its new number\n")
    assert "{{> tone/3}} {{ > tone/1 }}" in text(registry, V3)
    assert "git add prompts &&" in ended.out


def test_in_the_middle_of_a_merge(cli: Cli, branch: Path) -> None:
    with pytest.raises(Exception, match="merge"):
        git(branch, "merge", "-q", "main")
    ended = cli(branch, "check")
    assert ended.code == 1
    assert "a merge conflict is left in the file\n    keep one side" in ended.out
    assert cli(branch, "renumber", "qa").code == 0
    assert (text(branch, V4), text(branch, V3)) == (MINE, THEIRS)
    assert cli(branch, "check").code == 0


def test_a_number_that_only_the_default_branch_has_is_no_gap(cli: Cli, branch: Path) -> None:
    git(branch, "mv", V3, V4)
    write(branch, {"prompts/qa/aliases.yml": "production: 4\n"})
    ended = cli(branch, "check")
    assert ended.code == 0
    assert f"{V4}: warning: lower versions exist only on main\n    git merge main" in ended.out


def test_drafts_above_each_other_keep_their_order(cli: Cli, branch: Path) -> None:
    write(branch, {V4: MINE.replace("Mine", "More").replace("plain", "kind")})
    assert cli(branch, "renumber", "qa").code == 0
    assert "Mine" in text(branch, V4)
    assert "More" in text(branch, "prompts/qa/v5.prompt.yml")
    assert cli(branch, "check").code == 0


def test_on_the_default_branch_without_an_upstream_it_is_said_that_nothing_is_compared(
    cli: Cli, registry: Path
) -> None:
    commit(registry)
    ended = cli(registry, "renumber", "qa")
    assert ended.code == 2
    assert "there is nothing to compare with: 'main', the default branch, has no upstream here" in ended.err
