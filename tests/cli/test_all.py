from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.reports.table import LIVE

Cli = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("no_pages")


def test_the_whole_job_ends_with_a_table_and_a_site(cli: Cli, registry: Path, pages: None) -> None:
    commit(registry)
    ended = cli(registry, "all")
    assert ended.code == 0, ended.out + ended.err
    assert "qa/2" in ended.out
    assert "2 verdicts (0 reused)" in ended.out
    assert (registry / "build/site/index.html").is_file()
    index = json.loads((registry / "build/site/api/v1/index.json").read_text())
    assert index["prompts"][0]["aliases"] == {"production": 1}
    again = cli(registry, "all")
    assert "2 verdicts (2 reused), 0 calls" in again.out
    assert "JSON 0 written" in again.out


def test_a_draft_is_built_edited_built_again_and_left(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "switch", "-q", "-c", "one")
    draft = registry / "prompts/qa/v3.prompt.yml"
    for words in ("word", "few words"):
        text = (registry / "prompts/qa/v2.prompt.yml").read_text("utf-8").replace("Short answers", words)
        draft.write_text(text.replace("short sentence", words), "utf-8")
        assert cli(registry, "all").code == 0
    commit(registry)
    git(registry, "switch", "-q", "-c", "two", "main")
    assert cli(registry, "all").code == 0
    draft.write_text(text.replace("short sentence", "line"), "utf-8")
    assert cli(registry, "all").code == 0
    draft.unlink()
    write(registry, {"prompts/qa/v2.prompt.yml": text})
    ended = cli(registry, "all")
    assert ended.code > 0
    assert "a published version was edited" in ended.err


def test_a_live_version_that_fails_its_floor_fails_the_job(cli: Cli, registry: Path) -> None:
    write(registry, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("floor: 0.5", "floor: 1.0")})
    dataset = registry / "evals/qa/dataset.jsonl"
    dataset.write_text(dataset.read_text().replace('["green"]', '["blue"]'))
    assert cli(registry, "all").code == 1


def test_a_version_that_a_share_of_units_gets_is_live_and_fails_the_job(cli: Cli, registry: Path) -> None:
    wrong = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
    tried = "production: {use: 1, try: {3: 10}}\n"
    write(registry, {"prompts/qa/v3.prompt.yml": wrong, "prompts/qa/aliases.yml": tried})
    ended = cli(registry, "all")
    marked = [line.split()[0] for line in ended.out.splitlines() if line.startswith("qa/")]
    assert (ended.code, [f"{LIVE}" in ref for ref in marked]) == (1, [True, False, True]), ended.out


def test_a_broken_file_stops_the_job_before_anything_is_spent(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v2.prompt.yml": "message: x\n"})
    ended = cli(registry, "all")
    assert ended.code == 2
    assert not (registry / ".cuebook").exists()
    assert not (registry / "build").exists()


def test_state_and_output_can_stand_outside_the_checkout(
    cli: Cli, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: None
) -> None:
    monkeypatch.setenv("CUEBOOK_STATE", str(tmp_path / "known"))
    monkeypatch.setenv("CUEBOOK_OUTPUT", str(tmp_path / "made"))
    before = set(registry.rglob("*"))
    assert cli(registry, "all").code == 0
    assert (tmp_path / "known/evaluations/qa/2/qa.json").is_file()
    assert (tmp_path / "made/site/index.html").is_file()
    assert set(registry.rglob("*")) == before


@pytest.mark.parametrize("name", ["site", "published", "pages", ".site.new", "pages/docs"])
def test_a_link_in_the_output_folder_is_named_and_not_followed(
    cli: Cli, registry: Path, tmp_path: Path, pages: None, name: str
) -> None:
    victim = write(tmp_path / "victim", {"thesis.txt": "precious", "assets/cuebook/x": "x"})
    (registry / "build" / name).parent.mkdir(parents=True)
    (registry / "build" / name).symlink_to(victim, target_is_directory=True)
    ended = cli(registry, "all")
    assert (ended.code, f"{name} is a link" in ended.err) == (2, True)
    assert sorted(path.name for path in victim.rglob("*")) == ["assets", "cuebook", "thesis.txt", "x"]


def test_what_nobody_published_does_not_reach_the_site(cli: Cli, registry: Path, pages: None) -> None:
    planted = {"api/v1/notes/index.htm": "<script>1</script>", "api/v1/prompts/ghost/index.json": "{}"}
    write(registry / "build/published", planted)
    assert cli(registry, "all").code == 0
    assert (registry / "build/site/api/v1/index.json").is_file()
    assert not any((registry / "build/site" / path).exists() for path in planted)


def test_what_needs_a_key_is_listed_and_the_rest_goes_on(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch, pages: None
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for path, text in QA.items():
        other = text.replace("offline/rules", "openai/gpt-6-luna").replace("prompt: qa", "prompt: mail")
        write(registry, {path.replace("/qa/", "/mail/"): other})
    commit(registry)
    ended = cli(registry, "all")
    assert ended.code == 4, ended.out + ended.err
    for ref in ("mail/1", "mail/2"):
        wanted = (
            f"{ref} on mail: Not evaluated: openai/gpt-6-luna needs a key, and OPENAI_API_KEY is not set."
        )
        assert ended.err.count(wanted) == 1
    assert "qa/2" in ended.out
    assert (registry / "build/site/prompts/mail/index.html").is_file()


def test_no_verdict_is_called_nothing_to_evaluate(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for path, text in QA.items():
        write(registry, {path: text.replace("offline/rules", "openai/gpt-6-luna")})
    commit(registry)
    ended = cli(registry, "all")
    assert ended.code == 4, ended.out + ended.err
    assert "OPENAI_API_KEY is not set" in ended.err
    assert "0 verdicts" in ended.out
    assert "Nothing to evaluate" not in ended.out
    assert "No verdicts." not in ended.out
