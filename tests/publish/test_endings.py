from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from cuebook.core.git import Commit, FileChange
from cuebook.publish.endings import endings, joined_endings
from cuebook.shapes.moves import Ending
from publishing import plan


def found(*files: str | None, first: int = 1) -> list[Ending]:
    """What files one after the other end; None is a file that was taken away."""
    data = {str(at): text.encode() for at, text in enumerate(files) if text is not None}
    changes = [
        FileChange(
            Commit(f"c{at}", "Ada", f"2026-11-{at:02}T00:00:00Z", f"Change {at}"),
            "M",
            "prompts/qa/meta.yml",
            str(at - first) if str(at - first) in data else None,
        )
        for at in range(first, first + len(files))
    ]
    return endings(changes, data)


def short(items: list[Ending]) -> list[tuple[str, int, str]]:
    return [(item.kind, item.version, item.commit) for item in items]


HEAD = "title: t\ndescription: d\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([HEAD], []),
        ([HEAD, f"{HEAD}retired: [1, 2]\n"], [("retired", 2, "c2"), ("retired", 1, "c2")]),
        ([f"{HEAD}retired: [1]\n", f"{HEAD}retired: [1]\ntags: [x]\n"], [("retired", 1, "c1")]),
        ([f"{HEAD}retired: [1]\n", HEAD], [("returned", 1, "c2"), ("retired", 1, "c1")]),
        ([f"{HEAD}retired: [1]\n", f"{HEAD}erased: [1]\n"], [("erased", 1, "c2"), ("retired", 1, "c1")]),
        ([f"{HEAD}erased: [1]\nretired: [1]\n"], [("erased", 1, "c1")]),
        ([f"{HEAD}retired: [1]\n", "retired: [", None], [("retired", 1, "c1")]),
    ],
)
def test_each_version_that_meta_yml_begins_to_list(files: list[Any], told: list[Any]) -> None:
    assert short(found(*files)) == told


def test_a_prompt_that_was_renamed_ends_nothing_twice() -> None:
    before = found(f"{HEAD}retired: [1]\n", None)
    after = found(f"{HEAD}retired: [1]\n", f"{HEAD}retired: [1]\nerased: [2]\n", first=3)
    assert short(joined_endings(before, after)) == [("erased", 2, "c4"), ("retired", 1, "c1")]
    assert joined_endings([], after) == after


def test_who_retired_a_version_reaches_the_published_files(repo: Path) -> None:
    write(repo, {"prompts/qa/meta.yml": "title: Questions\nretired: [1]\n"})
    commit(repo, "Too long for a phone")
    files = plan(repo)
    (found,) = json.loads(files["api/v1/prompts/qa/index.json"])["endings"]
    assert (found["kind"], found["version"], found["author"]) == ("retired", 1, "Ada Tester")
    (event,) = [
        event
        for event in json.loads(files["api/v1/events.json"])["events"]
        if event["kind"] == "version-retired"
    ]
    assert event["id"] == f"retired:qa/1:{git(repo, 'rev-parse', 'HEAD')[:7]}"
    assert (event["version"], event["headline"]) == (1, "Too long for a phone")
