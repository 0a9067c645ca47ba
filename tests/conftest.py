from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from build import write
from cuebook import scorers
from cuebook.core import layout
from cuebook.jobs import run_all
from cuebook.jobs.workspace import Workspace
from cuebook.site.build import SiteSummary

# What is collected, over thirteen thousand tests, lives until the end: looking for cycles among it found none
# and took a quarter of the time of collecting.
gc.disable()

# Durable writes are for a machine that loses power, not for a folder that lasts as long as its test.
os.fsync = os.sync = lambda *_: None  # type: ignore[assignment]

# How long an example takes says how loaded the machine is: a first one that imports a module took a second.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """Look for cycles from now on, but never again through the tests that were collected."""
    gc.freeze()
    gc.enable()


QA = {
    "prompts/qa/v1.prompt.yml": (
        "message: First\nmodel: offline/rules\nmessages:\n"
        "  - {role: system, content: Answer the question from the context.}\n"
        '  - {role: user, content: "<context>\\n{{context}}\\n</context>\\nQuestion: {{question}}"}\n'
    ),
    "prompts/qa/v2.prompt.yml": (
        "message: Short answers\nmodel: offline/rules\nmessages:\n"
        "  - {role: system, content: Answer the question from the context in one short sentence.}\n"
        '  - {role: user, content: "<context>\\n{{context}}\\n</context>\\nQuestion: {{question}}"}\n'
    ),
    "prompts/qa/aliases.yml": "production: 1\n",
    "prompts/qa/meta.yml": "title: Questions\nowners: ['@ada']\ntags: [support]\n",
    "evals/qa/suite.yml": (
        "prompt: qa\nscorers:\n  - contains: {expectation: must_mention}\n"
        "gate:\n  metrics:\n    contains: {margin: 0.1, floor: 0.5}\n"
    ),
    "evals/qa/dataset.jsonl": "".join(
        f'{{"id": "q{n}", "inputs": {{"context": "The lamp in room {n} is green. The door is red.", '
        f'"question": "What colour is the lamp in room {n}?"}}, '
        '"expectations": {"must_mention": ["green"]}}\n'
        for n in range(60)
    ),
}
"""A small registry whose second version is as good as its first."""


class Ended(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def default_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """State, output and files where they are by default, whatever the environment or a test before says."""
    layout.show(layout.USUAL)
    scorers.offer(None)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CUEBOOK_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("CUEBOOK_OUTPUT", raising=False)


_BUILD_SITE = run_all.build_site


@pytest.fixture
def no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish without building pages, which takes longer than all else, where a test looks at none."""

    def build(workspace: Workspace, *_: object) -> SiteSummary:
        workspace.site.mkdir(parents=True, exist_ok=True)
        return SiteSummary(pages=0, guides=0, seconds=0.0)

    monkeypatch.setattr(run_all, "build_site", build)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, no_pages: None) -> None:
    """Pages all the same, in a file of tests most of which look at none."""
    monkeypatch.setattr(run_all, "build_site", _BUILD_SITE)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A folder with the small registry, not a Git repository."""
    return write(tmp_path / "registry", QA)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run ``cuebook`` with these words in a folder, through its real entry point."""
    from cuebook.cli import main

    def run(root: Path, *words: str) -> Ended:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["cuebook", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run
