from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import commit, git, write

Cli = Callable[..., Any]
ALIASES = "prompts/qa/aliases.yml"
WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"


def lives(root: Path, *numbers: int) -> None:
    for number in numbers:
        write(root, {ALIASES: f"production: {number}\n"})
        commit(root)


def test_back_to_the_version_before_without_any_evidence(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2, 3)
    ended = cli(registry, "rollback", "qa")
    assert ended.code == 0
    assert "production 3 -> 2 (Back to v2, which was live before: allowed without a verdict" in ended.out
    assert (registry / ALIASES).read_text() == "production: 2\n"


def test_a_move_that_is_not_committed_is_undone_rather_than_rolled_back(cli: Cli, registry: Path) -> None:
    lives(registry, 1)
    git(registry, "branch", "-m", "elsewhere")
    write(registry, {ALIASES: "production: 2\n"})
    ended = cli(registry, "rollback", "qa")
    assert ended.code == 2
    assert "qa/2 is production in this checkout only: HEAD still says production: 1" in ended.err
    assert f"git checkout HEAD -- {ALIASES}" in ended.err


def test_a_first_move_that_is_not_committed_is_undone_by_a_command_that_works(
    cli: Cli, registry: Path
) -> None:
    (registry / ALIASES).unlink()
    commit(registry)
    write(registry, {ALIASES: "production: 1\n"})
    ended = cli(registry, "rollback", "qa")
    assert "HEAD still says no production" in ended.err
    assert f"undo the move here: delete {ALIASES}" in ended.err


def test_a_second_rollback_goes_on_backwards(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2, 3)
    for target in (2, 1):
        assert cli(registry, "rollback", "qa").code == 0
        assert (registry / ALIASES).read_text() == f"production: {target}\n"
        commit(registry)
    ended = cli(registry, "rollback", "qa")
    assert ended.code == 2
    assert "versions that were: 2, 3; choose one with --to" in ended.err


def test_after_a_rollback_and_a_promotion_it_goes_to_what_was_live_in_between(
    cli: Cli, registry: Path
) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2, 1, 3)
    cli(registry, "rollback", "qa")
    assert (registry / ALIASES).read_text() == "production: 1\n"


def test_back_to_a_named_one(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2)
    assert cli(registry, "rollback", "qa", "--to", "1").code == 0
    commit(registry)
    ended = cli(registry, "rollback", "qa", "--to", "3")
    assert ended.code == 2
    assert "qa/3 was never production; before 1 there was: 2" in ended.err
    assert "cuebook promote qa 3" in ended.err


def test_a_version_may_be_named_as_promote_takes_it(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2, 3)
    assert "production 3 -> 1" in cli(registry, "rollback", "qa", "1").out


def test_where_nothing_was_live_before(cli: Cli, registry: Path) -> None:
    commit(registry)
    assert "no version is known to have been production" in cli(registry, "rollback", "qa").err
    missing = cli(registry, "rollback", "qa", "--alias", "prodution").err
    assert "has no alias 'prodution'" in missing
    assert "did you mean 'production'?" in missing


def test_a_move_that_is_in_this_checkout_only_is_undone_here(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(registry, "switch", "-q", "-c", "work")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    ended = cli(registry, "rollback", "qa")
    assert ended.code == 2
    assert "qa/2 is production in this checkout only: origin/main still says production: 1" in ended.err
    assert "git checkout origin/main -- prompts/qa/aliases.yml" in ended.err
    assert cli(registry, "rollback", "qa", "1").err == ended.err
    missing = cli(registry, "rollback", "qa", "9")
    assert "'qa' has no version 9" in missing.err


def test_a_version_may_be_named_by_a_ref(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    lives(registry, 1, 2, 3)
    assert "two versions are named: 1 and 2" in cli(registry, "rollback", "qa/1", "2").err
    assert cli(registry, "rollback", "qa/1").code == 0
    assert (registry / ALIASES).read_text() == "production: 1\n"


def test_a_version_that_was_rolled_back_or_retired_is_not_to_be_promoted_again(
    cli: Cli, registry: Path
) -> None:
    lives(registry, 1, 2, 1)
    assert "Next: Write a better version, as v2 was live and rolled back" in cli(registry, "gate", "qa/2").out
    meta = (registry / "prompts/qa/meta.yml").read_text()
    write(registry, {"prompts/qa/meta.yml": f"{meta}retired: [2]\n"})
    assert "Next: Nothing to do: v2 is retired." in cli(registry, "gate", "qa/2").out
    assert "Next: Nothing to do" in cli(registry, "gate", "qa/1").out
