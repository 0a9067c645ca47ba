from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core.files import Folder
from cuebook.doctor.workflows import Workflow, read_workflows

SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"


def read(tmp_path: Path, text: str) -> Workflow:
    """The one workflow with this text."""
    write(tmp_path, {".github/workflows/x.yml": text})
    found, broken = read_workflows(Folder(tmp_path))
    assert broken == []
    return found[0]


def test_a_workflow_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "on: {push: {branches: [main]}}\npermissions: {}\njobs:\n"
        "  one:\n    name: first job\n    permissions: {contents: read}\n    steps:\n"
        f"      - uses: a/b@{SHA}\n"
        "      - run: x\n        env: {A: '${{ secrets.MY_KEY }}', O: '${{ secrets.OTHER || x }}'}\n"
        "  two:\n    needs: [one]\n    environment: {name: live, url: x}\n"
        "  three:\n    needs: one\n    environment: plain\n    uses: ./.github/workflows/y.yml\n",
    )
    one, two, three = found.jobs
    assert (found.file, found.triggers, found.permissions) == ("x.yml", {"push": {"branches": ["main"]}}, {})
    assert (one.check, one.permissions, one.uses) == ("first job", {"contents": "read"}, (f"a/b@{SHA}",))
    assert one.secrets == {"MY_KEY", "OTHER"}
    assert (two.check, two.environment, two.permissions, two.waits) == ("two", "live", None, ("one",))
    assert (three.environment, three.waits, three.uses) == ("plain", ("one",), ("./.github/workflows/y.yml",))
    assert [job.id for job in found.last_jobs] == ["two", "three"]


@pytest.mark.parametrize(
    ("on", "events"),
    [
        ("push", ["push"]),
        ("[push, issues]", ["push", "issues"]),
        ("{push: , schedule: [{cron: x}]}", ["push", "schedule"]),
    ],
)
def test_ways_to_write_triggers(tmp_path: Path, on: str, events: list[str]) -> None:
    assert list(read(tmp_path, f"on: {on}\njobs: {{}}\n").triggers) == events


@pytest.mark.parametrize(
    ("use", "pinned"),
    [
        (f"actions/checkout@{SHA}", True),
        (f"owner/name/.github/workflows/x.yml@{SHA}", True),
        ("./.github/actions/mine", True),
        (f"docker://image@sha256:{SHA}{SHA[:24]}", True),
        ("docker://image:latest", False),
        ("actions/checkout@v7", False),
        ("actions/checkout@main", False),
        (f"actions/checkout@{SHA[:39]}", False),
        (f"actions/checkout@{SHA.upper()}", False),
        ("actions/checkout", False),
    ],
)
def test_what_counts_as_pinned(tmp_path: Path, use: str, pinned: bool) -> None:
    found = read(tmp_path, f"on: push\njobs: {{a: {{steps: [{{uses: '{use}'}}]}}}}\n")
    assert (found.loose == []) is pinned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "on: push",
        "on: push\njobs: [a]",
        "on: push\njobs: {a: b}",
        "on:\njobs: {}",
        "a: [",
        "a: &b c",
    ],
)
def test_what_is_no_workflow_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, {".github/workflows/x.yml": text, ".github/workflows/notes.md": "", ".github/y.yml": ""})
    assert read_workflows(Folder(tmp_path)) == ([], [".github/workflows/x.yml"])


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_workflows(Folder(tmp_path)) == ([], [])
