"""A registry whose stand-ins are not installed: what each command says and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from conftest import QA
from plugged import installed

OFFERS = "no plug-in offers offline/rules"
DRAFT = QA["prompts/qa/v2.prompt.yml"].replace("one short", "just one")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A committed registry as ``cuebook init`` of the first release wrote it."""
    root = write(tmp_path / "registry", QA)
    commit(root)
    return root


def test_gate_ends_with_4_and_the_line_that_installs_it(
    bare: Path, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "gate", "qa/2")
    assert ended.code == 4
    assert f"qa/2 on qa: Not evaluated: {OFFERS}." in ended.err
    assert "pip install " in ended.err
    assert "standins" in ended.err
    assert "0 of 0 calls" not in ended.err


def test_check_warns_and_passes(bare: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "check")
    assert ended.code == 0
    assert f"prompts/qa/v2.prompt.yml:2: warning: {OFFERS}" in ended.out
    assert "0 errors, 2 warnings" in ended.out


def test_ci_check_goes_on_with_the_rest(bare: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    write(bare, {"prompts/qa/v3.prompt.yml": DRAFT})
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "ci", "check", "--base", "HEAD")
    assert ended.code == 0, ended.err
    assert f"qa/3 on qa: Not evaluated: {OFFERS} (pip install " in ended.out


def test_publish_goes_on_with_what_there_is(bare: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    assert cli(bare, "ci", "publish", "--base", "HEAD").code == 0
    write(bare, {"prompts/qa/v3.prompt.yml": DRAFT})
    commit(bare)
    with installed(tmp_path / "packages", only=True):
        assert cli(bare, "publish").code == 0
        step = cli(bare, "ci", "publish", "--base", "HEAD")
    assert step.code == 0, step.err
    assert f"qa/3 on qa: Not evaluated: {OFFERS}. (pip install " in step.out
    assert (bare / "build/published/api/v1/prompts/qa/versions/3.json").is_file()


def test_evidence_made_elsewhere_holds_where_the_plug_in_is_not_installed(
    bare: Path, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    assert cli(bare, "gate", "qa/2").code == 0
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "gate", "qa/2")
    assert ended.code == 0, ended.err
