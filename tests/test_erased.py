"""A version taken back for legal reasons: nothing of its text is served, its number stays taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook import UnknownAlias, UnknownVersion, load_prompt

Cli = Callable[..., Any]
V2 = "prompts/qa/v2.prompt.yml"
META = "prompts/qa/meta.yml"


@pytest.fixture
def published(cli: Cli, registry: Path, no_pages: None) -> Path:
    """A registry whose version 2 is on the default branch, published, and then erased on a branch."""
    write(
        registry, {"prompts/qa/v3.prompt.yml": QA[V2].replace("Short", "Shorter").replace("short", "brief")}
    )
    commit(registry)
    assert cli(registry, "all").code == 0
    git(registry, "switch", "-q", "-c", "erase")
    (registry / V2).unlink()
    write(registry, {META: QA[META] + "erased: [2]\n"})
    return registry


def test_a_tombstone_takes_its_place(cli: Cli, published: Path, pages: None) -> None:
    before = json.loads((published / "build/published/api/v1/prompts/qa/versions/2.json").read_bytes())
    ended = cli(published, "all")
    assert ended.code == 0, ended.err
    api = published / "build/site/api/v1"
    assert json.loads((api / "prompts/qa/versions/2.json").read_bytes()) == {
        "schema": "cuebook/erased/1",
        "name": "qa",
        "version": 2,
        "digest": before["digest"],
        "erased": True,
    }
    left = [path for path in (published / "build").rglob("*") if path.is_file() and "check" not in path.parts]
    assert not [path for path in left if b"in one short sentence" in path.read_bytes()]
    with pytest.raises(UnknownVersion, match="qa/2 was erased"):
        load_prompt("qa/2", registry=str(published / "build/site"))
    assert load_prompt("qa/3", registry=str(published / "build/site")).version == 3
    assert "JSON 0 written" in cli(published, "all").out


def test_a_verdict_that_quotes_its_answers_is_published_no_more(
    cli: Cli, registry: Path, no_pages: None
) -> None:
    commit(registry)
    assert cli(registry, "all").code == 0
    path = registry / "build/published/api/v1/evaluations/qa/2/qa.json"
    said = json.loads(path.read_bytes())
    assert (said["baseline"]["version"], bool(said["cases"][0]["baseline"]["text"])) == (1, True)
    (registry / "prompts/qa/v1.prompt.yml").unlink()
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n", META: QA[META] + "erased: [1]\n"})
    assert cli(registry, "publish").code == 0
    assert not path.exists()
    cli(registry, "all")
    assert json.loads(path.read_bytes())["baseline"] is None


@pytest.mark.parametrize("live", [1, 2])
def test_a_tombstone_takes_its_place_under_a_former_name_too(cli: Cli, published: Path, live: int) -> None:
    """Where apps asked for it before the prompt was renamed, by its number or by an alias."""
    git(published, "stash", "-q")
    write(published, {"prompts/qa/aliases.yml": f"production: {live}\nstaging: 3\n"})
    commit(published, "Move")
    git(published, "mv", "prompts/qa", "prompts/ask")
    git(published, "mv", "evals/qa", "evals/ask")
    suite = QA["evals/qa/suite.yml"].replace("prompt: qa", "prompt: ask")
    meta = f"{QA[META]}formerly: [qa]\n"
    write(published, {"prompts/ask/meta.yml": meta, "evals/ask/suite.yml": suite})
    commit(published, "Rename")
    write(published, {"prompts/ask/aliases.yml": "production: 3\n"})
    (published / "prompts/ask/v2.prompt.yml").unlink()
    write(published, {"prompts/ask/meta.yml": f"{meta}erased: [2]\nretired: [1]\n"})
    ended = cli(published, "publish")
    assert ended.code == 0, ended.err
    api = published / "build/published"
    for name in ("ask", "qa"):
        with pytest.raises(UnknownVersion, match=f"{name}/2 was erased"):
            load_prompt(f"{name}/2", registry=str(api))
        assert load_prompt(f"{name}/3", registry=str(api)).version == 3
    assert not [path for path in api.rglob("*.json") if b"in one short sentence" in path.read_bytes()]
    assert load_prompt("qa@staging", registry=str(api)).version == 3
    index = json.loads((api / "api/v1/prompts/qa/index.json").read_bytes())
    assert (index["erased"], [one["retired"] for one in index["versions"]]) == ([2], [True, False])
    # Nobody can move an alias of a former name: one that pointed there goes with the version.
    with nullcontext() if live == 1 else pytest.raises(UnknownAlias):
        assert load_prompt("qa@production", registry=str(api)).version == 1


@pytest.mark.parametrize("words", ["show qa/2", "gate qa/2", "diff qa/2 qa/3", "promote qa/2"])
def test_commands_say_that_it_was_erased(cli: Cli, published: Path, words: str) -> None:
    ended = cli(published, *words.split())
    assert ended.code == 2
    assert "qa/2 was erased\n    nearest: qa/1; it has 2 versions from 1 to 3" in ended.err


def test_the_only_version_may_be_the_erased_one(cli: Cli, registry: Path) -> None:
    write(registry, {META: QA[META] + "erased: [1, 2]\n"})
    for number in (1, 2):
        (registry / f"prompts/qa/v{number}.prompt.yml").unlink()
    ended = cli(registry, "show", "qa/2")
    assert (ended.code, "qa/2 was erased\n    cuebook new qa" in ended.err) == (2, True), ended.err


def test_the_number_is_never_used_again(cli: Cli, published: Path) -> None:
    cli(published, "new", "qa", "-m", "Next")
    assert (published / "prompts/qa/v4.prompt.yml").is_file()
    git(published, "switch", "-q", "-c", "main2")
    (published / "prompts/qa/v4.prompt.yml").unlink()
    (published / "prompts/qa/v3.prompt.yml").unlink()
    write(published, {META: QA[META] + "erased: [2, 3]\n"})
    cli(published, "new", "qa", "-m", "Next", "--from", "qa/1")
    assert (published / "prompts/qa/v4.prompt.yml").is_file()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"prompts/qa/aliases.yml": "production: 2\n"}, "production: version 2 was erased"),
        ({V2: QA[V2]}, "version 2 is listed as erased"),
    ],
)
def test_nothing_may_lead_to_it(cli: Cli, published: Path, files: dict[str, str], said: str) -> None:
    assert cli(published, "check").code == 0
    write(published, files)
    ended = cli(published, "check")
    assert ended.code == 1, ended.err
    assert said in ended.out


def test_an_erased_version_stays_listed(cli: Cli, published: Path) -> None:
    commit(published)
    git(published, "switch", "-q", "-C", "main")
    git(published, "switch", "-q", "-c", "back")
    write(published, {META: QA[META], V2: QA[V2].replace("short", "other")})
    ended = cli(published, "check")
    assert ended.code == 1, ended.err
    assert "erased version 2 is no longer listed" in ended.out
    assert "list it again: erased: [2]" in ended.out
