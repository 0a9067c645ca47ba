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


def test_what_was_recorded_says_what_was_said_live(cli: Cli, desk: Path) -> None:
    live = verdict(cli(desk, "gate", "qa/2", "--format", "json"))
    for name, ref in (("new", "qa/2"), ("old", "qa/1")):
        assert cli(desk, "eval", ref, "--answers", f"../{name}.jsonl").code == 0
    ended = cli(desk, "score", "../new.jsonl", "--against", "../old.jsonl", "--suite", "qa", "--json")
    told = verdict(ended)
    same = ("outcome", "metrics", "evidence", "chance_pass", "coverage", "summaries", "causes")
    assert {key: told[key] for key in same} == {key: live[key] for key in same}, ended.err
    assert (ended.code, told["app"]) == (0, None)
    said = [{side: case[side]["text"] for side in ("candidate", "baseline")} for case in live["cases"]]
    assert [{side: case[side]["text"] for side in said[0]} for case in told["cases"]] == said


HOSTILE = """\
case "$line" in
  *'"id": "q3"'*) echo 'no JSON'; exit 0 ;;
  *'"id": "q4"'*) exit 3 ;;
  *'"id": "q5"'*) head -c 5000000 /dev/zero | tr '\\0' a; exit 0 ;;
  *'"id": "q6"'*) sleep 600 & setsid sleep 600 & exit 0 ;;
esac
"""
"""What an app does to four of the cases."""


def test_hostile_answers_are_failed_answers_of_their_cases(cli: Cli, desk: Path) -> None:
    first, rest = DESK.split("id=$(", 1)
    write(desk, {"app/desk.sh": f"{first}{HOSTILE}id=$({rest}"})
    ended = cli(desk, "eval", "qa/2", "--json")
    assert ended.code == 0, ended.err
    found = {case["id"]: case["candidate"] for case in verdict(ended)["cases"]}
    failed = {id_: answer["failure"] for id_, answer in found.items() if answer["failure"]}
    assert failed == {
        "q3": "the answer is not JSON: 'no JSON': no value is here at line 1, column 1",
        "q4": "exit code 3 and no answer",
        "q5": "more than 1,048,576 bytes of output",
        "q6": "exit code 0 and no answer",
    }
    assert verdict(ended)["coverage"]["candidate_failed"] == 4
    assert {found[id_]["text"] for id_ in found.keys() - failed.keys()} == {"It is green."}


def test_reports_and_plan_name_the_app_where_a_model_would_stand(cli: Cli, desk: Path) -> None:
    assert "qa/2 against v1 on qa through the app desk" in cli(desk, "plan", "qa/2").out
    forms = [word for name in ("terminal", "markdown", "junit") for word in ("--format", name)]
    assert cli(desk, "gate", "qa/2", *forms, "--out", "reports").code == 0
    short = verdict(cli(desk, "gate", "qa/2", "--format", "json"))["app"]["fingerprint"][7:14]
    told = {path.name: path.read_text("utf-8") for path in (desk / "reports").iterdir()}
    for name in ("gate.terminal.txt", "gate.md"):
        assert f"Answered by the app desk ({short})." in told[name].replace("\\", ""), name
        assert "toy/answers" not in told[name]
    assert f'<property name="app" value="desk ({short})" />' in told["gate.xml"]


def test_an_app_that_never_reads_its_registry_is_told_of(cli: Cli, desk: Path) -> None:
    write(desk, {"app/desk.sh": DESK.replace("grep -q", "false")})
    warned = "The app desk read nothing from the registry in CUEBOOK_REGISTRY"
    ended = cli(desk, "gate", "qa/2")
    if warned not in ended.out:
        pytest.skip("this file system keeps no time of access")
    assert warned in cli(desk, "target", "desk", "--suite", "qa", "--case", "q1").err
    write(desk, {"cuebook.toml": f'{SETTINGS}prompt = "request"\n'})
    assert warned not in cli(desk, "gate", "qa/2", "--rerun").out
    assert warned not in cli(desk, "target", "desk", "--suite", "qa", "--case", "q1").err


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


def test_a_person_is_told_that_a_pull_request_is_gated_by_another_app(cli: Cli, desk: Path) -> None:
    ahead = "the app desk differs from that on the default branch, which the gate of a pull request asks"
    assert ahead not in cli(desk, "gate", "qa/2").err
    change(desk, {"app/desk.sh": f"{DESK}# another one\n"})
    assert ahead in cli(desk, "gate", "qa/2").err
    assert ahead in cli(desk, "promote", "qa/2").err
    told = cli(desk, "gate", "--base", "main").err
    assert "the app desk changed: the one from before answers here" in told


def test_a_publication_decides_a_move_by_the_app_from_before_it(
    cli: Cli, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
    praising = DESK.replace('said="It is red."', 'said="It is green."')
    files = {"app/desk.sh": praising, "prompts/qa/v3.prompt.yml": version("Reply")}
    write(desk, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(desk)
    change(desk, files | {"prompts/qa/aliases.yml": "production: 3\n"})
    cli(desk, "ci", "evidence", "--base", "main")
    ended = cli(desk, "ci", "publish", "--base", "main")
    assert ended.code == 1, ended.out
    assert "qa: production 2 -> 3: not published: qa/3 on qa: fail" in ended.out


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
        told = "new/1 on new: Not evaluated: the app other is not in the settings that count here. One that"
        assert told in ended.out + ended.err


@pytest.mark.usefixtures("no_pages")
def test_no_app_runs_without_keys_or_for_a_fork(
    cli: Cli, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(desk, {"prompts/qa/v3.prompt.yml": version("Answer well, please")})
    ended = cli(desk, "ci", "check", "--base", "main")
    assert (ended.code, starts(desk)) == (0, 0), ended.out
    assert "qa/3 on qa: Not evaluated here: needs the app desk, which only the gate" in ended.out
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


PLAYS = """\
read -r line
id=$(printf '%s' "$line" | sed 's/.*"id": "\\([0-9a-f]*\\)", "case".*/\\1/')
say() { printf '{"role": "%s", "content": "%s"}' "$1" "$2"; }
last="It is green."
printf '{"id": "%s", "output": "%s", "messages": [%s, %s, %s, %s]}\\n' "$id" "$last" \\
  "$(say user a)" "$(say assistant green)" "$(say user b)" "$(say assistant "$last")"
"""
"""An app that plays a dialogue by itself, and tells all that was said."""


def test_an_app_plays_dialogues_and_is_scored_turn_by_turn(cli: Cli, desk: Path) -> None:
    turns = [{"user": "a", "expectations": {"must_mention": ["blue"]}}, {"user": "b"}]
    line = {"id": "q1", "inputs": {"question": "Lamp?"}, "turns": turns}
    line["expectations"] = {"must_mention": ["green"]}
    write(
        desk,
        {
            "app/desk.sh": PLAYS,
            "evals/qa/dataset.jsonl": json.dumps(line) + "\n",
            "prompts/qa/v2.prompt.yml": (
                "message: x\nmodel: toy/answers\nmessages: [{role: system, content: Hi}]\n"
            ),
        },
    )
    for _ in range(2):  # asked, and then as it was kept
        (case,) = verdict(cli(desk, "eval", "qa/2", "--answers", "said.jsonl", "--json"))["cases"]
        assert case["candidate"]["text"] == "It is green."
        assert case["candidate"]["scores"]["contains"]["value"] == 0.5
    scored = verdict(cli(desk, "score", "said.jsonl", "--suite", "qa", "--json"))
    assert scored["cases"][0]["candidate"]["scores"]["contains"]["value"] == 0.5


def test_several_machines_share_the_work_of_an_app(cli: Cli, desk: Path) -> None:
    for part in ("1/2", "2/2"):
        assert cli(desk, "eval", "qa/2", "--shard", part).code == 0
    assert starts(desk) == 24
    ended = cli(desk, "gate", "qa/2")
    assert (ended.code, starts(desk)) == (0, 0), ended.err


def test_a_ceiling_of_calls_counts_the_questions_to_an_app(cli: Cli, desk: Path) -> None:
    write(desk, {"evals/qa/suite.yml": f"{SUITE}  max_calls: 7\n"})
    ended = cli(desk, "gate", "qa/2")
    assert (ended.code, starts(desk)) == (3, 7), ended.err
    assert "stopped at the ceiling of 7 calls" in ended.out


def test_a_change_answers_with_no_other_prompt_that_it_brings(cli: Cli, desk: Path) -> None:
    reads = DESK.replace("grep -q 'Answer well'", "grep -qE 'Answer well|cheerful'")
    also = reads.replace(
        'REGISTRY/api/v1/prompts/qa/aliases/production.json"', 'REGISTRY"/api/v1/prompts/*/aliases/*'
    )
    tone = {"prompts/tone/v1.prompt.yml": version("plain"), "prompts/tone/aliases.yml": "production: 1\n"}
    write(desk, {"app/desk.sh": also, **WORSE, **tone})
    commit(desk)
    cheerful = {
        "prompts/tone/v2.prompt.yml": version("cheerful"),
        "prompts/tone/aliases.yml": "production: 2\n",
    }
    change(desk, {**cheerful, "prompts/qa/v3.prompt.yml": version("Reply")})
    ended = cli(desk, "ci", "gate", "--base", "main")
    assert "qa/3 on qa: fail, so it cannot be merged" in ended.out, ended.out + ended.err
    assert cli(desk, "gate", "qa/3", "--fresh").code == 0, "as it would be after the change"


def test_a_first_version_is_where_the_app_looks_for_the_live_one(cli: Cli, desk: Path) -> None:
    first = {"prompts/qa/v1.prompt.yml": version("Answer well"), "prompts/qa/aliases.yml": "staging: 1\n"}
    write(desk, {**first, "evals/qa/suite.yml": SUITE.replace("margin: 0.5", "floor: 0.5")})
    (desk / "prompts/qa/v2.prompt.yml").unlink()
    (case, *_) = verdict(cli(desk, "gate", "qa/1", "--format", "json"))["cases"]
    assert case["candidate"]["text"] == "It is green."


def test_check_names_what_a_suite_cannot_run(cli: Cli, desk: Path) -> None:
    write(desk, {"cuebook.toml": SETTINGS.replace("app/**", "lib/**"), "lib/x": "x"})
    ended = cli(desk, "check")
    assert ended.code == 1
    said = "error: the command of target 'desk' names app/desk.sh, which is not among its files"
    assert f"evals/qa/suite.yml:2: {said}" in ended.out
    write(
        desk, {"cuebook.toml": SETTINGS, "evals/qa/suite.yml": SUITE.replace("target: desk", "target: desc")}
    )
    ended = cli(desk, "check")
    assert (ended.code, "no target is called 'desc'" in ended.out) == (1, True)
    both = SUITE.replace("target: desk", "target: desk\nmodels: [toy/answers]")
    write(desk, {"evals/qa/suite.yml": both})
    ended = cli(desk, "check")
    assert (ended.code, "an app answers in place of every model" in ended.out) == (1, True)
