from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook.core.files import Folder
from cuebook.registry.alias_changes import (
    AliasChange,
    AliasChanges,
    AliasRemoval,
    alias_changes,
    shares_changed,
)
from cuebook.registry.reader import Registry

MOVE = AliasChange("qa", "production", 2, 1)


def registry_at(root: Path, aliases: str) -> Registry:
    return Registry(Folder(write(root, {**QA, "prompts/qa/aliases.yml": aliases})))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("production: 1\n", "production: 2\n", AliasChanges((MOVE,))),
        ("production: 2\n", "production: 2\n", AliasChanges()),
        ("production: 1\n", "production: 1\nstaging: 2\n", AliasChanges()),
        (None, "production: 2\n", AliasChanges((AliasChange("qa", "production", 2),))),
        ("staging: 1\n", "production: 2\n", AliasChanges((AliasChange("qa", "production", 2),))),
        ("production: 1\n", "staging: 2\n", AliasChanges((), (AliasRemoval("qa", "production", 1),))),
        ("staging: 1\n", "{}\n", AliasChanges()),
    ],
)
def test_only_protected_aliases_count(
    tmp_path: Path, before: str | None, after: str, found: AliasChanges
) -> None:
    old = registry_at(tmp_path / "old", before) if before else None
    assert alias_changes(old, registry_at(tmp_path / "new", after), ["production"]) == found


TRIED = "production: {use: 1, try: {2: 10}}\n"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (TRIED, TRIED.replace("10", "20"), True),
        (TRIED, "production: 1\n", True),
        (TRIED, TRIED, False),
        (TRIED, "production: 2\n", False),
        (TRIED.replace("production", "staging"), "staging: 1\n", False),
    ],
)
def test_shares_change_where_the_version_in_use_stays(
    tmp_path: Path, before: str, after: str, *, found: bool
) -> None:
    old, new = registry_at(tmp_path / "old", before), registry_at(tmp_path / "new", after)
    assert shares_changed(old, new, ["production"]) is found


def test_a_prompt_that_is_gone_has_lost_its_aliases(tmp_path: Path) -> None:
    old = registry_at(tmp_path / "old", "production: 1\n")
    new = Registry(Folder(write(tmp_path / "new", {"prompts/other/aliases.yml": "production: 1\n"})))
    found = alias_changes(old, new, ["production"])
    assert found.removed == (AliasRemoval("qa", "production", 1),)
    assert [str(item) for item in found.moved] == ["other: production none -> 1"]
    assert str(found.removed[0]) == "qa: production 1 -> none"


def test_the_moves_of_one_prompt() -> None:
    found = AliasChanges((MOVE, AliasChange("triage", "production", 7)))
    assert found.of("qa") == [MOVE]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("1", "{use: 1, try: {2: 10}}", ["10% of production -> 2"]),
        ("{use: 1, try: {2: 10}}", "{use: 1, try: {2: 50}}", ["50% of production -> 2"]),
        ("{use: 1, try: {3: 10}}", "{use: 1, try: {3: 50}}", []),
        ("{use: 1, try: {2: 50}}", "{use: 1, try: {2: 1}}", []),
        ("{use: 1, try: {2: 50}}", "1", []),
        ("1", "{use: 1, try: {3: 10}}", ["10% of production -> 3"]),
        ("{use: 1, try: {2: 9}}", "{use: 2, try: {1: 9}}", ["production 1 -> 2", "9% of production -> 1"]),
        ("{use: 1, try: {2: 10, 3: 20}}", "{use: 1, try: {2: 20, 3: 10}}", ["20% of production -> 2"]),
        ("{use: 1, try: {2: 10}}", "2", ["production 1 -> 2"]),
        ("{use: 1, try: {3: 50}}", "{use: 2, try: {3: 1}}", ["production 1 -> 2", "1% of production -> 3"]),
        (None, "{use: 1, try: {3: 1}}", ["production none -> 1", "1% of production -> 3"]),
    ],
)
def test_what_is_tried_is_moved_to_unless_it_was_let_beside_the_same_version(
    tmp_path: Path, before: str | None, after: str, moved: list[str]
) -> None:
    old = registry_at(tmp_path / "old", f"production: {before}\n") if before else None
    new = registry_at(tmp_path / "new", f"production: {after}\n")
    found = alias_changes(old, new, ["production"], lambda *_: frozenset({(1, 3), (2, 2)}))
    assert [str(item).removeprefix("qa: ") for item in found.moved] == moved
    assert found.removed == ()
    assert all(item.beside == new.aliases("qa")["production"] for item in found.moved if item.share)
