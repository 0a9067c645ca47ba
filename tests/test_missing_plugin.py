"""A registry whose stand-ins are not installed: what each command says and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from conftest import QA
from judged import JUDGED
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


ACME = {"cuebook.toml": '[plugins]\nacme = "acme-models>=1.2"\nshouts = "acme-scorers"\n'}
LARGE = {"prompts/qa/v2.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("offline/rules", "acme/large")}


def test_a_plug_in_that_the_settings_name_is_told_alike(tmp_path: Path, cli: Callable[..., Any]) -> None:
    root = write(tmp_path / "registry", QA | ACME | LARGE)
    commit(root)
    checked, gated = cli(root, "check"), cli(root, "gate", "qa/2")
    assert checked.code == 0, checked.out
    assert "prompts/qa/v2.prompt.yml:2: warning: no plug-in offers acme/large" in checked.out
    assert gated.code == 4
    assert "qa/2 on qa: Not evaluated: no plug-in offers acme/large." in gated.err
    assert "pip install 'acme-models>=1.2'" in checked.out
    assert "pip install 'acme-models>=1.2'" in gated.err
    assert "calls" not in gated.err
    assert "no plug-in offers acme/large: pip install" in cli(root, "plan", "qa/2").out
    published = cli(root, "publish")
    assert published.code == 0
    assert "no plug-in offers acme/large" in published.err


def test_a_prefix_that_nobody_offers_is_refused_before_a_call(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    root = write(tmp_path / "registry", QA | LARGE)
    commit(root)
    ended = cli(root, "gate", "qa/2")
    assert ended.code == 4
    assert "no provider is called 'acme'" in ended.err
    assert "a plug-in under [plugins]" in ended.err
    assert "25 of" not in ended.err


def test_a_scorer_whose_plug_in_is_not_installed_has_its_line(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    suite = QA["evals/qa/suite.yml"].replace("scorers:\n", "scorers:\n  - shouts\n")
    root = write(tmp_path / "registry", QA | ACME | {"evals/qa/suite.yml": suite})
    commit(root)
    for words in (["check"], ["gate", "qa/2"]):
        ended = cli(root, *words)
        assert ended.code in {1, 2}
        assert "no plug-in offers the scorer 'shouts'" in ended.out + ended.err
        assert "pip install acme-scorers" in ended.out + ended.err


def test_check_warns_and_passes(bare: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "check")
    assert ended.code == 0
    assert f"prompts/qa/v2.prompt.yml:2: warning: {OFFERS}" in ended.out
    assert "0 errors, 2 warnings" in ended.out


@pytest.mark.usefixtures("no_pages")
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
    assert f"qa/3 on qa: Not evaluated: {OFFERS} (pip install " in step.out
    assert (bare / "build/published/api/v1/prompts/qa/versions/3.json").is_file()


@pytest.mark.usefixtures("no_pages")
def test_every_command_says_it_in_the_same_sentence(tmp_path: Path, cli: Callable[..., Any]) -> None:
    root = write(tmp_path / "registry", JUDGED)
    commit(root)
    write(root, {"prompts/qa/v3.prompt.yml": DRAFT})
    with installed(tmp_path / "packages", only=True):
        gate, check = cli(root, "gate", "qa/3"), cli(root, "ci", "check", "--base", "HEAD")
        every, evidence = cli(root, "all"), cli(root, "ci", "evidence", "--base", "HEAD")
    what = "qa/3 on qa: Not evaluated: no plug-in offers offline/judge and offline/rules"
    # An error has what repairs it on a line of its own.
    assert f"{what}.\n    pip install " in gate.err
    for told in (check.out, every.err, evidence.out):
        assert told.count(f"{what} (pip install ") == 1
    assert f"\nno evidence: {what}" in f"\n{evidence.out}"


def test_the_plan_of_a_change_names_what_is_not_installed(
    bare: Path, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    write(bare, {"prompts/qa/v3.prompt.yml": DRAFT})
    commit(bare)
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "ci", "plan", "--base", "HEAD~1")
    assert ended.code == 0
    assert ended.out.count(f"{OFFERS}: pip install ") == 1


def test_the_nightly_log_names_what_kept_a_run_from_its_end(
    bare: Path, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "ci", "nightly")
    assert ended.code == 0
    what = f"qa/1 on qa: Not evaluated: {OFFERS} (pip install "
    assert f"problem: qa: the nightly run could not be finished: {what}" in ended.out


def test_the_nightly_log_names_what_kept_a_judge_from_being_measured(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    root = write(tmp_path / "registry", JUDGED)
    commit(root)
    with installed(tmp_path / "packages", only=True):
        ended = cli(root, "ci", "nightly")
    found = json.loads((root / "build/nightly/night.json").read_text())["troubles"]
    codes = [(item["code"], item["why"]["code"]) for item in found]
    assert codes == [("unfinished", "no_plugin"), ("unmeasured", "no_plugin")]
    what = "problem: grader/1: it could not be measured: Not evaluated: no plug-in offers offline/judge (pip "
    assert what in ended.out


def test_evidence_made_elsewhere_holds_where_the_plug_in_is_not_installed(
    bare: Path, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    assert cli(bare, "gate", "qa/2").code == 0
    with installed(tmp_path / "packages", only=True):
        ended = cli(bare, "gate", "qa/2")
    assert ended.code == 0, ended.err
