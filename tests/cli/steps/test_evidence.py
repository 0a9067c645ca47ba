from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from conftest import QA

Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_pages")
def test_a_publication_after_it_asks_no_model(cli: Cli, registry: Path) -> None:
    before = commit(registry)
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry)
    ended = cli(registry, "ci", "evidence", "--base", before)
    assert (ended.code, "qa/2 on qa: pass\n" in ended.out) == (0, True)
    assert not (registry / "build").exists()
    replies = registry / ".cuebook/replies.sqlite"
    replies.unlink()  # a publication that asked anything would buy it again
    ended = cli(registry, "ci", "publish", "--base", before)
    assert (ended.code, replies.exists()) == (0, False)


def test_what_cannot_be_evaluated_is_a_warning_and_decided_on_by_the_publication(
    cli: Cli, registry: Path
) -> None:
    before = commit(registry)
    real = QA["prompts/qa/v2.prompt.yml"].replace("offline/rules", "openai/gpt-4o")
    write(registry, {"prompts/qa/v3.prompt.yml": real, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    ended = cli(registry, "ci", "evidence", "--base", before)
    assert ended.code == 0
    assert "no evidence: qa/3 on qa: Not evaluated: " in ended.out
    assert "qa/1 on qa: pass" in ended.out
    ended = cli(registry, "ci", "publish", "--base", before)
    assert (ended.code, "no valid verdict on qa/3" in ended.out) == (3, True)
    assert not (registry / "build/site").exists()


def test_wrong_files_stop_it(cli: Cli, registry: Path) -> None:
    commit(registry)
    write(registry, {"prompts/qa/v1.prompt.yml": "message: Edited\nmodel: offline/rules\ntemplate: x\n"})
    assert cli(registry, "ci", "evidence", "--base", "HEAD").code == 2
