from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from cuebook.wording.moves import NO_MOVES

Cli = Callable[..., Any]


def test_moves_come_from_git(cli: Cli, registry: Path) -> None:
    commit(registry, "start")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    sha = commit(registry, "promote")
    ended = cli(registry, "history", "qa")
    assert "production: 1 -> 2  Ada Tester" in ended.out
    moves = json.loads(cli(registry, "history", "qa", "--json").out)
    assert {(move["previous"], move["version"]) for move in moves} == {(None, 1), (1, 2)}
    assert sha in {move["commit"] for move in moves}


def test_moves_are_in_the_order_of_git_whatever_day_a_commit_says(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(registry, "start")
    for number, day in ((2, "2001-01-01"), (1, "2091-01-01"), (2, "2011-01-01")):
        write(registry, {"prompts/qa/aliases.yml": f"production: {number}\n"})
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day}T00:00:00Z")
        commit(registry, day)
    told = cli(registry, "history", "qa").out.splitlines()
    assert [line.rpartition(" ")[2] for line in told] == ["2011-01-01", "2091-01-01", "2001-01-01", "start"]
    assert cli(registry, "history", "qa", "--as-of", "2080-01-01").out == f"{told[0]}\n"


def test_an_alias_that_never_was_is_a_slip(cli: Cli, registry: Path) -> None:
    commit(registry, "start")
    ended = cli(registry, "history", "qa", "--alias", "prodution")
    assert (ended.code, "did you mean 'production'?" in ended.err) == (2, True)
    assert cli(registry, "history", "qa", "--alias", "production").code == 0


def test_what_a_share_of_units_tries_is_told_by_history_show_and_list(cli: Cli, registry: Path) -> None:
    commit(registry, "start")
    write(registry, {"prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    commit(registry, "try it")
    assert "  10% of production -> 2  Ada Tester" in cli(registry, "history", "qa").out
    assert "10% of production -> 2" in cli(registry, "history", "qa", "--as-of", "2999-01-01").out
    assert "qa/2  10% of production -> 2\n" in cli(registry, "show", "qa/2").out
    assert "production: 1, 10% of production -> 2" in cli(registry, "list").out
    assert json.loads(cli(registry, "list", "--json").out)[0]["tries"] == {"production": {"2": 10}}


def test_as_of(cli: Cli, registry: Path) -> None:
    commit(registry)
    assert "production" in cli(registry, "history", "qa", "--as-of", "2999-01-01T00:00Z").out
    assert (
        cli(registry, "history", "qa", "--as-of", "1999-01-01").out
        == "no alias had been set at 1999-01-01T00:00:00Z\n"
    )
    for none in ("yesterday", "9999-12-31T23:59:59-12:00"):
        assert cli(registry, "history", "qa", "--as-of", none).code == 2


def test_a_time_without_a_zone_is_utc_on_every_machine(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(registry)
    moved = json.loads(cli(registry, "history", "qa", "--json").out)[0]["time"]
    monkeypatch.setenv("TZ", "Etc/GMT-12")
    time.tzset()
    try:
        assert moved in cli(registry, "history", "qa", "--as-of", moved.rstrip("Z")).out
    finally:
        monkeypatch.undo()
        time.tzset()


def test_without_git_there_is_no_history(cli: Cli, registry: Path) -> None:
    assert f"{NO_MOVES}\n" == cli(registry, "history", "qa").out
    assert cli(registry, "history", "nobody").code == 2
