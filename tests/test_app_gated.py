"""Suites whose answers an app gives: gated from case to verdict, from the working tree and as a change."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write

Cli = Callable[..., Any]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the app is a shell script")

DESK = """\
echo x >> "$STARTS"
read -r line
id=$(printf '%s' "$line" | sed 's/.*"id": "\\([0-9a-f]*\\)", "case".*/\\1/')
said="It is red."
grep -q 'Answer well' "$CUEBOOK_REGISTRY/api/v1/prompts/qa/aliases/production.json" && said="It is green."
printf '{"id": "%s", "output": "%s"}\\n' "$id" "$said"
"""
"""An app in shell that fetches its prompt, and answers well where that says so."""
SETTINGS = """\
[targets.desk]
command = ["sh", "desk.sh"]
cwd = "app"
env = ["STARTS"]
files = ["app/**"]
timeout = 60
"""
SUITE = (
    "prompt: qa\ntarget: desk\nscorers:\n  - contains: {expectation: must_mention}\n"
    "gate:\n  metrics:\n    contains: {margin: 0.5}\n"
)


def version(text: str) -> str:
    """The file of a version that says so."""
    return f"message: x\nmodel: toy/answers\ntemplate: '{text}: {{{{question}}}}'\n"


FILES = {
    "cuebook.toml": SETTINGS,
    "app/desk.sh": DESK,
    "prompts/qa/v1.prompt.yml": version("Answer"),
    "prompts/qa/v2.prompt.yml": version("Answer well"),
    "prompts/qa/aliases.yml": "production: 1\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": "".join(
        f'{{"id": "q{n}", "inputs": {{"question": "Lamp {n}?"}}, '
        '"expectations": {"must_mention": ["green"]}}\n'
        for n in range(12)
    ),
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an app; it counts its starts in a file beside it."""
    monkeypatch.setenv("STARTS", str(tmp_path / "starts"))
    root = write(tmp_path / "registry", FILES)
    commit(root)
    return root


def starts(root: Path) -> int:
    """Processes of the app since the last look."""
    path = root.parent / "starts"
    count = len(path.read_text().split()) if path.exists() else 0
    path.unlink(missing_ok=True)
    return count


def verdict(ended: Any) -> dict[str, Any]:
    """The one verdict that a command printed as JSON."""
    (found,) = json.loads(ended.out)
    assert isinstance(found, dict)
    return found


def test_a_better_version_passes_through_the_app_and_a_worse_one_fails(cli: Cli, desk: Path) -> None:
    better = cli(desk, "gate", "qa/2", "--format", "json")
    assert better.code == 0, better.err
    found = verdict(better)
    assert found["digests"]["target"].startswith("desk sha256:")
    assert (found["digests"]["models"], found["offline"]) == ([], False)
    assert {case["candidate"]["text"] for case in found["cases"]} == {"It is green."}
    assert {case["baseline"]["text"] for case in found["cases"]} == {"It is red."}
    assert starts(desk) == 2 * found["coverage"]["used"]
    write(desk, {"prompts/qa/aliases.yml": "production: 2\n", "prompts/qa/v3.prompt.yml": version("Reply")})
    worse = cli(desk, "gate", "qa/3", "--format", "json")
    assert (worse.code, verdict(worse)["outcome"]) == (1, "fail"), worse.err


def test_the_app_is_started_again_only_for_what_its_answers_depend_on(cli: Cli, desk: Path) -> None:
    assert cli(desk, "gate", "qa/2").code == 0
    assert starts(desk) > 0
    assert cli(desk, "gate", "qa/2", "--fresh").code == 0
    assert starts(desk) == 0, "answers are kept"
    write(desk, {"README.md": "outside of its files"})
    ended = cli(desk, "gate", "qa/2")
    assert (ended.code, starts(desk), "stale" in ended.err) == (0, 0, False)
    write(desk, {"app/words.txt": "one of its files"})
    ended = cli(desk, "gate", "qa/2")
    assert (ended.code, starts(desk) > 0) == (0, True)
    assert "the earlier verdict is stale: the app under test changed" in ended.err
    write(
        desk, {"prompts/other/v1.prompt.yml": version("Else"), "prompts/other/aliases.yml": "production: 1\n"}
    )
    assert (cli(desk, "gate", "qa/2").code, starts(desk)) == (0, 0)


def change(root: Path, files: dict[str, str]) -> None:
    """A commit on a branch of its own."""
    git(root, "switch", "-q", "-c", "change")
    write(root, files)
    commit(root)


LOOSE = DESK.replace("It is red", "It is green")
WORSE = {
    "prompts/qa/aliases.yml": "production: 2\n",
    "prompts/qa/v2.prompt.yml": FILES["prompts/qa/v2.prompt.yml"],
}


@pytest.mark.parametrize(
    "brought",
    [
        {"app/desk.sh": LOOSE},
        {"app/loose.sh": LOOSE, "cuebook.toml": SETTINGS.replace("desk.sh", "loose.sh")},
        {"loose.sh": LOOSE, "cuebook.toml": SETTINGS.replace('cwd = "app"', 'cwd = "."')},
    ],
)
def test_a_change_is_answered_by_the_app_from_before_it(
    cli: Cli, desk: Path, brought: dict[str, str]
) -> None:
    write(desk, WORSE)
    commit(desk)
    change(desk, {**brought, "prompts/qa/v3.prompt.yml": version("Reply")})
    ended = cli(desk, "ci", "gate", "--base", "main")
    assert (ended.code, "qa/3 on qa: fail, so it cannot be merged" in ended.out) == (1, True), ended.err
    assert "the app desk changed: the one from before answers here" in ended.out
    (found,) = json.loads((desk / "build/gate/gate.json").read_text("utf-8"))
    assert {case["candidate"]["text"] for case in found["cases"]} == {"It is red."}


def test_the_files_that_an_app_does_not_name_are_not_there(cli: Cli, desk: Path) -> None:
    write(desk, {"app/desk.sh": f"[ -e ../README.md ] && exit 1\n{DESK}", "README.md": "x"})
    commit(desk)
    change(desk, {"prompts/qa/v3.prompt.yml": version("Answer well, please")})
    assert cli(desk, "ci", "gate", "--base", "main").code == 0


def test_an_app_that_a_change_brings_is_not_run_and_decides_nothing(cli: Cli, desk: Path) -> None:
    asks = SUITE.replace("target: desk", "target: other")
    brought = f'{SETTINGS}[targets.other]\ncommand = ["sh", "desk.sh"]\ncwd = "app"\n'
    change(
        desk,
        {
            "cuebook.toml": brought,
            "evals/new/suite.yml": asks.replace("qa", "new"),
            "evals/new/dataset.jsonl": FILES["evals/qa/dataset.jsonl"],
            "prompts/new/v1.prompt.yml": version("Say"),
        },
    )
    for words in (("ci", "gate"), ("gate",)):
        ended = cli(desk, *words, "--base", "main")
        assert (ended.code, starts(desk)) == (3, 0), ended.out + ended.err
        told = "new/1 on new: Not evaluated: the app other is new in this change and runs once it is on the"
        assert told in ended.out + ended.err


def test_no_app_runs_without_keys_or_for_a_fork(
    cli: Cli, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(desk, {"prompts/qa/v3.prompt.yml": version("Answer well, please")})
    ended = cli(desk, "ci", "check", "--base", "main")
    assert (ended.code, starts(desk)) == (0, 0), ended.out
    assert "qa/3 on qa: Not evaluated here: needs the app desk, which runs where" in ended.out
    head = git(desk, "rev-parse", "HEAD")
    git(desk, "update-ref", "refs/remotes/origin/main", "main")
    pull = {"base": {"ref": "main"}, "head": {"sha": head, "repo": {"full_name": "stranger/prompts"}}}
    event = {"repository": {"full_name": "ada/prompts"}, "pull_request": pull}
    (desk.parent / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(desk.parent / "event.json"))
    ended = cli(desk, "ci", "gate")
    assert (ended.code, starts(desk)) == (3, 0), ended.out
    assert "qa/3 on qa: Not evaluated: the suite needs the app desk, and no app runs for a fork" in ended.out
    git(desk, "update-ref", "-d", "refs/remotes/origin/main")
