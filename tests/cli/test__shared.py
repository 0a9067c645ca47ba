"""What the command line prints of other people's text: shown, never sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cuebook.cli
from build import commit, write
from conftest import QA, Ended
from cuebook.cli import _shared, command_names
from cuebook.core.escape import HIDDEN
from cuebook.core.layout import shown
from cuebook.jobs.workspace import Workspace
from judged import JUDGED

EVIL = "hi\\e]0;owned\\a\\e[2J\\u202e\\u200b\\x9b31m\\x7f\\U000E0041"
"""As YAML and JSON write it."""
IN_JSON = EVIL.replace("\\e", "\\u001b").replace("\\a", "\\u0007").replace("\\x", "\\u00")
IN_JSON = IN_JSON.replace("\\U000E0041", "\\udb40\\udc41")


def evil_registry(folder: Path) -> Path:
    """A small registry whose every text is hostile, with its history in Git."""
    hostile = {
        "prompts/qa/v1.prompt.yml": f'message: "{EVIL}"\nmodel: offline/rules\nauthor: "{EVIL}"\n'
        f'template: "Say {EVIL} {{{{context}}}} {{{{question}}}}"\n',
        "prompts/qa/v2.prompt.yml": f'message: "{EVIL}"\nmodel: offline/rules\n'
        f'template: "Say {EVIL} now {{{{context}}}} {{{{question}}}}"\n',
        "prompts/qa/meta.yml": f'title: "T {EVIL}"\nowners: ["@{EVIL}"]\ntags: ["{EVIL}"]\n',
        "evals/qa/dataset.jsonl": "".join(
            f'{{"id": "q{n}", "inputs": {{"context": "The lamp is green. {IN_JSON}", '
            f'"question": "What colour {IN_JSON}?"}}, "expectations": {{"must_mention": ["{IN_JSON}"]}}}}\n'
            for n in range(40)
        ),
        "answers.jsonl": f'{{"id": "q1", "output": "{IN_JSON}", "model": "{IN_JSON}", '
        f'"finish": "{IN_JSON}"}}\n',
        "cuebook.toml": '[targets.desk]\ncommand = ["sh", "-c", "cat said.txt >&2; cat answers.jsonl"]\n',
        "said.txt": f"{EVIL}\x1b[2J\u202e\n",
    }
    root = write(folder, QA | hostile)
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    commit(root, "first \x1b[2J\u202e")
    return root


COMMANDS = [
    ["list"],
    ["list", "--json"],
    ["show", "qa/1"],
    ["show", "qa/1", "--json"],
    ["diff", "qa/1", "qa/2"],
    ["diff", "qa/1", "qa/2", "--json"],
    ["history", "qa"],
    ["history", "qa", "--json"],
    ["search", "Say"],
    ["search", "Say", "--json"],
    ["check"],
    ["check", "--json"],
    ["plan", "qa/2"],
    ["gate", "qa/2"],
    ["gate", "qa/2", "--json"],
    ["eval", "qa/2"],
    ["score", "answers.jsonl", "--suite", "qa"],
    ["target", "desk", "qa/1", "--suite", "qa", "--case", "q1"],
    ["all"],
    ["doctor"],
    ["ci", "check"],
    ["promote", "qa/2"],
    ["rollback", "qa@production"],
    ["render", "qa/1", "-v", "context=x", "-v", "question=y"],
    ["run", "qa/1", "-v", "context=x", "-v", "question=y"],
    ["judge", "qa/1"],
    ["audit", "qa/2", "--pairs", "20"],
    ["cases", "add", "qa", "answers.jsonl", "--dry-run"],
    ["export", "qa/1", "--to", "prompty", "-o", "out"],
    ["migrate", "--from", "offline/rules", "--to", "toy/answers", "--no-gate"],
    ["uses", "qa/1"],
    ["optimize", "qa", "--reflect-with", "offline/rules"],
    ["show", "qa@\x1b[2J"],
    ["gate", "\x1b]0;x\x07/1"],
]


@pytest.mark.usefixtures("no_pages")  # what a page makes of such text is tested on pages
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]).replace("\x1b", "ESC"))
def test_hostile_text_is_shown_and_not_sent(
    tmp_path: Path, cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    # As for a person who watches: a pipe gets the bytes of 'render' and 'run' as they are.
    monkeypatch.setattr(_shared.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    ended = cli(evil_registry(tmp_path), *words)
    printed = ended.out + ended.err
    colours = re.sub(r"\x1b\[[0-9;]*m", "", printed) if words[0] == "diff" else printed
    # A report breaks what could be a workflow's command with a zero-width space of its own.
    reports = {"gate", "eval", "all", "score"}
    found = set(HIDDEN.findall(colours)) - {"\n", "\u200b" if words[0] in reports else "\n"}
    assert not found
    assert ended.code != cuebook.cli.EXIT_BUG


def test_a_pipe_gets_a_prompt_as_it_is(tmp_path: Path, cli: Callable[..., Ended]) -> None:
    ended = cli(evil_registry(tmp_path), "render", "qa/1", "-v", "context=x", "-v", "question=y")
    assert "\x1b[2J\u202e" in ended.out


def test_json_says_the_same(tmp_path: Path, cli: Callable[..., Ended]) -> None:
    shown = json.loads(cli(evil_registry(tmp_path), "show", "qa/1", "--json").out)
    assert shown["message"] == json.loads(f'"{IN_JSON}"')


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a\n::error file=a::spoofed", "\x1b[2J", "\u202egpj.yml", "a\rb"])
def test_a_file_name_stays_on_its_line(tmp_path: Path, cli: Callable[..., Ended], name: str) -> None:
    root = write(
        tmp_path, QA | {f"prompts/qa/{name}": "x", f"evals/qa/{name}": "x", f"overrides/{name}": "x"}
    )
    for words in (["check"], ["ci", "check"], ["all"], ["list"]):
        ended = cli(root, *words)
        lines = (ended.out + ended.err).split("\n")
        assert not any(HIDDEN.search(line) for line in lines)
        assert not any(line.lstrip().startswith("::error file=a::") for line in lines)


def test_what_a_command_says_names_files_as_its_registry_has_them(tmp_path: Path) -> None:
    """So does nothing before: to look at a registry moves no words."""
    root = write(tmp_path, {"cuebook.toml": 'prompts_dir = "llm/prompts"\nevals_dir = "llm/evals"\n'})
    assert Workspace(root).layout.there("prompts/qa") == "llm/prompts/qa"
    assert shown("see prompts/qa/meta.yml") == "see prompts/qa/meta.yml"
    _shared.opened(root)
    assert shown("see prompts/qa/meta.yml") == "see llm/prompts/qa/meta.yml"


MOVED = 'prompts_dir = "llm/prompts"\nevals_dir = "llm/evals"\n'
USUAL_PATH = re.compile(r"(?<![\w./:-])(?:prompts|evals)/")


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "qa/2"],
        ["plan", "qa/2", "--json"],
        ["gate"],
        ["gate", "qa/2", "--format", "json"],
        ["gate", "bare/2", "--against", "1"],
        ["eval", "qa/2"],
        ["optimize", "bare", "--reflect-with", "offline/rules"],
        ["optimize", "qa", "--reflect-with", "offline/rules"],
        ["migrate", "offline/rules", "--to", "toy/answers"],
        ["judge", "grader"],
        ["new", "qa", "-m", "Better"],
        ["new", "other", "-m", "First"],
        ["promote", "qa", "2"],
        ["promote", "bare", "2"],
        ["rollback", "qa"],
        ["check"],
        ["history", "qa"],
        ["list"],
        ["show", "qa/2"],
        ["uses", "offline/rules"],
        ["doctor"],
        ["ci", "check", "--base", "HEAD"],
        ["ci", "plan", "--base", "HEAD"],
    ],
    ids=" ".join,
)
def test_no_command_names_a_folder_that_the_settings_moved(
    tmp_path: Path, cli: Callable[..., Ended], words: list[str]
) -> None:
    versions = {f"prompts/bare/v{n}.prompt.yml": QA[f"prompts/qa/v{n}.prompt.yml"] for n in (1, 2)}
    suite = {
        "evals/qa/suite.yml": JUDGED["evals/qa/suite.yml"].replace(
            "scorers:", "models: [offline/rules]\nscorers:"
        )
    }
    live = {"prompts/bare/aliases.yml": "production: 1\n"}
    files = {
        path.replace("prompts/", "llm/prompts/").replace("evals/", "llm/evals/"): text
        for path, text in (JUDGED | versions | suite | live).items()
    }
    root = write(tmp_path, {"cuebook.toml": MOVED, **files})
    commit(root)
    ended = cli(root, *words)
    said = (ended.out + ended.err).splitlines()
    assert said
    assert [line for line in said if USUAL_PATH.search(line)] == []


def test_every_command_is_tried() -> None:
    harmless = {"import", "init", "merge", "new", "publish", "renumber", "site"}
    """What they print names files and numbers; a file's name is tried above."""
    assert {words[0] for words in COMMANDS} | harmless == set(command_names())


def test_nothing_else_prints() -> None:
    printing = re.compile(r"click\.s?echo|\bprint\(|stdout\.write")
    files = Path(cuebook.cli.__file__).parent.rglob("*.py")
    found = {path.name for path in files if printing.search(path.read_text("utf-8"))}
    assert found == {"_shared.py", "__init__.py"}
