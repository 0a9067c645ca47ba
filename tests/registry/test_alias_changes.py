from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook.core.files import Folder
from cuebook.registry.alias_changes import AliasChange, AliasChanges, AliasRemoval, alias_changes
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


def test_a_prompt_that_is_gone_has_lost_its_aliases(tmp_path: Path) -> None:
    old = registry_at(tmp_path / "old", "production: 1\n")
    new = Registry(Folder(write(tmp_path / "new", {"prompts/other/aliases.yml": "production: 1\n"})))
    found = alias_changes(old, new, ["production"])
    assert found.removed == (AliasRemoval("qa", "production", 1),)
    assert [str(item) for item in found.moved] == ["other: production none -> 1"]
    assert str(found.removed[0]) == "qa: production 1 -> none"


def test_the_targets_are_those_of_one_prompt() -> None:
    found = AliasChanges((MOVE, AliasChange("triage", "production", 7)))
    assert found.targets("qa") == {"production": 2}
