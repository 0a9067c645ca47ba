"""A change that renames a prompt, from the push to what is kept for good and what apps fetch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from cuebook.publish.data_branch import Ledger

pytestmark = pytest.mark.usefixtures("no_pages")
Cli = Callable[..., Any]


@pytest.fixture
def clone(registry: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose first commit is published and on record."""
    for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    commit(registry)
    git(registry, "clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git(registry, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    assert pushed(cli, tmp_path / "clone").code == 0
    return tmp_path / "clone"


def pushed(cli: Cli, clone: Path) -> Any:
    """What becomes of the publication of HEAD, all records of which are kept."""
    git(clone, "push", "-q", "origin", "HEAD:main")
    ended = cli(clone, "ci", "publish", "--base", "HEAD")
    if ended.code == 0:
        kept = cli(clone, "ci", "keep")
        assert kept.code == 0, kept.err
    return ended


def rename(clone: Path, old: str, new: str) -> str:
    """Rename a prompt as the guide says; the commit."""
    git(clone, "mv", f"prompts/{old}", f"prompts/{new}")
    git(clone, "mv", f"evals/{old}", f"evals/{new}")
    suite, meta = (clone / f"evals/{new}/suite.yml", clone / f"prompts/{new}/meta.yml")
    suite.write_text(suite.read_text().replace(f"prompt: {old}", f"prompt: {new}"))
    text = meta.read_text()
    was = text.partition("formerly: [")[2].partition("]")[0]
    names = f"{was}, {old}" if was else old
    meta.write_text(f"{text.partition('formerly:')[0]}formerly: [{names}]\n")
    return commit(clone, f"Call {old} {new}")


def ends(clone: Path) -> set[tuple[str, str]]:
    """The recorded moves of an alias to nothing, as prompt and commit."""
    return {(item.prompt, item.commit) for item in Ledger(clone).moves.values() if item.version is None}


def api(clone: Path, path: str) -> Any:
    """What apps and pages read, below the folder of all prompts."""
    return json.loads((clone / "build/published/api/v1/prompts" / path).read_bytes())


def test_records_are_kept_after_a_rename_and_after_the_next(cli: Cli, clone: Path) -> None:
    first = rename(clone, "qa", "ask")
    ended = pushed(cli, clone)
    assert (ended.code, ended.out) == (0, "qa@production is ask@production now\n")
    assert ends(clone) == {("qa", first)}
    assert [api(clone, f"{name}/aliases/production.json")["state"] for name in ("qa", "ask")] == ["pass"] * 2
    second = rename(clone, "ask", "answers")
    write(clone, {"prompts/answers/aliases.yml": "production: 2\n"})
    commit(clone)
    ended = pushed(cli, clone)
    assert (ended.code, "answers: production 1 -> 2: pass on " in ended.out) == (0, True), ended.out
    assert "ask@production is answers@production now\n" in ended.out
    assert ends(clone) == {("qa", first), ("ask", second)}
    assert api(clone, "answers/aliases/production.json")["state"] == "pass"
    assert 2 in {item.version for item in Ledger(clone).live("answers", "production")}


def test_an_alias_that_needs_no_evidence_is_said_to_have_moved(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/aliases.yml": "production: 1\nbeta: 2\n"})
    commit(clone)
    assert pushed(cli, clone).out == "qa: beta -> 2\n"
    write(clone, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(clone)
    assert pushed(cli, clone).out == "qa: beta -> none\n"
    assert pushed(cli, clone).out == "no alias moved\n"


def test_two_renames_before_the_next_publication_are_published(cli: Cli, clone: Path) -> None:
    """GitHub drops a run that waits for the one before as soon as a later one comes."""
    first = rename(clone, "qa", "ask")
    second = rename(clone, "ask", "answers")
    ended = pushed(cli, clone)
    assert ended.code == 0, ended.err
    assert ends(clone) == {("qa", first), ("ask", second)}
