from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.jobs import targets

Cli = Callable[..., Any]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the app is a shell script")

DESK = """\
read -r line
id=$(printf '%s' "$line" | sed 's/.*"id": "\\([0-9a-f]*\\)", "case".*/\\1/')
if grep -q 'one short sentence' "$CUEBOOK_REGISTRY/api/v1/prompts/qa/aliases/production.json"; then
  said="It is {right}."
else
  said="It is red."
fi
printf '{{"id": "%s", "output": "%s"}}\\n' "$id" "$said"
"""
"""An app in shell that fetches its prompt: the second version makes it answer well."""
SETTINGS = '[targets.desk]\ncommand = ["sh", "desk.sh"]\ncwd = "app"\nworkers = 2\ntimeout = 60\n'


@pytest.fixture
def desk(registry: Path) -> Path:
    """The small registry with ten cases and the app."""
    cases = (registry / "evals/qa/dataset.jsonl").read_text().splitlines(keepends=True)[:10]
    write(
        registry,
        {
            "cuebook.toml": SETTINGS,
            "app/desk.sh": DESK.format(right="green"),
            "evals/qa/dataset.jsonl": "".join(cases),
            "evals/qa/suite.yml": (registry / "evals/qa/suite.yml").read_text().replace("0.1", "0.9"),
        },
    )
    return registry


def test_an_app_in_another_language_is_gated_from_case_to_verdict(cli: Cli, desk: Path) -> None:
    for name, ref in (("old", "qa/1"), ("new", "qa/2")):
        ended = cli(desk, "target", "desk", ref, "--suite", "qa", "--answers", f"{name}.jsonl")
        assert (ended.code, f"wrote 10 answers of desk with {ref}" in ended.err) == (0, True), ended.err
    better = cli(desk, "score", "new.jsonl", "--against", "old.jsonl", "--suite", "qa", "--json")
    worse = cli(desk, "score", "old.jsonl", "--against", "new.jsonl", "--suite", "qa", "--json")
    assert (better.code, worse.code) == (0, 1)
    (case, *_) = json.loads(worse.out)[0]["cases"]
    assert (case["candidate"]["text"], case["baseline"]["text"]) == ("It is red.", "It is green.")


def test_one_case_is_shown_with_all_that_went_in_and_came_out(cli: Cli, desk: Path) -> None:
    ended = cli(desk, "target", "desk", "qa/2", "--suite", "qa", "--case", "q3")
    assert ended.code == 0
    assert "answer       It is green." in ended.out
    assert "CUEBOOK_REGISTRY" in ended.out
    assert "What colour is the lamp in room 3?" in ended.out
    assert "must_mention" not in ended.out, "what is expected never reaches an app"
    write(desk, {"app/desk.sh": "echo broken >&2; exit 3"})
    ended = cli(desk, "target", "desk", "--suite", "qa", "--case", "q3")
    assert (ended.code, "no answer    exit code 3 and no answer: broken" in ended.out) == (1, True)


def test_an_app_that_cannot_run_stops_after_the_first_cases(cli: Cli, desk: Path) -> None:
    write(desk, {"app/desk.sh": "echo $$ >> ../started; echo 'No module named desk' >&2; exit 1"})
    ended = cli(desk, "target", "desk", "--suite", "qa", "--answers", "new.jsonl")
    assert (
        ended.code,
        "the app desk cannot run (exit code 1 and no answer: No module" in ended.err,
    ) == (
        4,
        True,
    )
    assert len((desk / "started").read_text().split()) == targets.FIRST
    assert not (desk / "new.jsonl").exists()


def test_an_app_cannot_run_whatever_it_writes_beside(cli: Cli, desk: Path) -> None:
    write(desk, {"app/desk.sh": 'echo x >> ../started; echo "(took $$ ms)" >&2; exit 1'})
    suite = (desk / "evals/qa/suite.yml").read_text()
    write(desk, {"evals/qa/suite.yml": f"{suite}target: desk\n"})
    asked = {"target": ("desk", "--suite", "qa", "--answers", "new.jsonl"), "gate": ("qa/2",)}
    for command, words in asked.items():
        ended = cli(desk, command, *words)
        assert ended.code == 4, ended
        assert "the app desk cannot run (exit code 1 and no answer: (took" in ended.out + ended.err, ended


def test_an_app_that_says_an_error_of_each_case_runs(cli: Cli, desk: Path) -> None:
    script = DESK.format(right="green").replace('"output": "%s"}}'.replace("}}", "}"), '"error": "no %s"}')
    write(desk, {"app/desk.sh": script.replace('"$said"', '"$id"')})
    ended = cli(desk, "target", "desk", "--suite", "qa", "--answers", "new.jsonl")
    assert (ended.code, (desk / "new.jsonl").exists()) == (0, True), ended.err
    write(desk, {"app/desk.sh": script.replace('"$said"', '"key"')})
    ended = cli(desk, "target", "desk", "--suite", "qa", "--answers", "same.jsonl")
    assert (ended.code, "the app desk cannot run (no key)" in ended.err) == (4, True), ended.err


def test_a_variable_that_is_not_set_is_named_where_the_app_cannot_run(cli: Cli, desk: Path) -> None:
    write(desk, {"app/desk.sh": "exit 1", "cuebook.toml": f'{SETTINGS}env = ["DESK_KEY", "PATH"]\n'})
    ended = cli(desk, "target", "desk", "--suite", "qa", "--answers", "new.jsonl")
    assert (ended.code, "not set here: DESK_KEY" in ended.err) == (4, True)


def test_what_the_provider_fails_to_do_is_tried_again(cli: Cli, desk: Path) -> None:
    script = f"echo x >> ../tries; [ $(wc -l < ../tries) -lt 3 ] && exit 75\n{DESK.format(right='green')}"
    write(desk, {"app/desk.sh": script})
    ended = cli(desk, "target", "desk", "qa/2", "--suite", "qa", "--case", "q1")
    assert (ended.code, len((desk / "tries").read_text().split())) == (0, 3)


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (("desc", "--suite", "qa", "--case", "q1"), SETTINGS, "no target is called 'desc'"),
        (("desk", "--suite", "qa", "--case", "q99x"), SETTINGS, "has no case 'q99x'"),
        (("desk", "--suite", "qa"), SETTINGS, "give either --case or --answers"),
        (
            ("desk", "--suite", "qa", "--case", "q1"),
            SETTINGS.replace('"sh"', '"no-sh"'),
            "no program 'no-sh'",
        ),
        (
            ("desk", "--suite", "qa", "--case", "q1"),
            '[targets.desk]\ncommand = "sh desk.sh"\n',
            "expected a list of words, got one text",
        ),
        (
            ("desk", "--suite", "qa", "--case", "q1"),
            f'{SETTINGS}env = ["CUEBOOK_STATE"]\n',
            "is for Cuebook and its workflows, never for an app",
        ),
        (
            ("desk", "--suite", "qa", "--case", "q1"),
            SETTINGS.replace('"app"', '"../x"'),
            "not a folder below",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    cli: Cli, desk: Path, words: tuple[str, ...], settings: str, said: str
) -> None:
    write(desk, {"cuebook.toml": settings})
    ended = cli(desk, "target", *words)
    assert (ended.code, said in ended.err) == (2, True), ended.err
