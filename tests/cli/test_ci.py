from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from build import commit, crossed, git, write
from conftest import QA
from cuebook.jobs.workspace import Workspace
from judged import JUDGED
from loopback import Loopback

pytestmark = pytest.mark.usefixtures("no_pages")
Cli = Callable[..., Any]
BETTER = QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "one sentence")
WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"


@pytest.fixture
def repository(registry: Path) -> Path:
    """The small registry, committed on main, with a branch for a change checked out."""
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    return registry


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the step's summary goes."""
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def promoted(cli: Cli, registry: Path) -> Any:
    """How the gate of a change ends that only promotes version 2."""
    git(registry, "switch", "-q", "-c", "change")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry)
    return cli(registry, "ci", "gate", "--base", "main")


@pytest.fixture(autouse=True)
def _no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def test_check_rehearses_the_gate_and_builds_the_site(
    cli: Cli, repository: Path, summary: Path, pages: None
) -> None:
    write(repository, {"prompts/qa/v3.prompt.yml": BETTER})
    commit(repository)
    ended = cli(repository, "ci", "check", "--base", "main")
    assert (ended.code, ended.err) == (0, "")
    assert "check: 0 errors, 0 warnings\n" in ended.out
    assert "qa/3 on qa: pass\n" in ended.out
    assert (repository / "build/site/index.html").is_file()
    assert {path.suffix for path in (repository / "build/check").iterdir()} == {
        ".json",
        ".md",
        ".txt",
        ".xml",
    }
    assert summary.read_text().startswith("- qa/3 on qa\\: pass\n")


@pytest.mark.parametrize(
    ("github", "line"),
    [
        ("true", "::error file=prompts/qa/v1.prompt.yml,line=4::a published version was edited"),
        ("", "prompts/qa/v1.prompt.yml:4: error: a published version was edited"),
    ],
)
def test_check_shows_problems_at_their_lines_and_stops(
    cli: Cli, repository: Path, summary: Path, monkeypatch: pytest.MonkeyPatch, github: str, line: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", github)
    write(
        repository, {"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("Answer", "Reply to")}
    )
    ended = cli(repository, "ci", "check", "--base", "main")
    assert ended.code == 1
    assert (line in ended.out, "::" in ended.out) == (True, bool(github))
    assert "a published version was edited" in summary.read_text()
    assert not (repository / "build/site").exists()


@pytest.mark.parametrize("step", ["check", "gate"])
def test_a_reviewer_reads_new_overrides_and_looser_rules_first(cli: Cli, repository: Path, step: str) -> None:
    weaker = QA["evals/qa/suite.yml"].replace("margin: 0.1", "margin: 0.4")
    until = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    removed = f"prompt: qa\nalias: staging\nwho: '@ada'\nwhy: gone\nuntil: '{until}'\n"
    write(repository, {"evals/qa/suite.yml": weaker, "overrides/qa-staging-removed.yml": removed})
    commit(repository, "Loosen")
    assert cli(repository, "ci", step, "--base", "main").code == 0
    lines = json.loads((repository / f"build/{step}/claim.json").read_text("utf-8"))["lines"]
    assert lines[0] == "new override: overrides/qa-staging-removed.yml"
    assert "accepted loss on contains 10 → 40 points" in lines[1]


def test_the_words_of_what_would_go_live_are_shown_first(cli: Cli, repository: Path) -> None:
    said = {3: "two sentences", 4: "three sentences", 5: "a sentence"}
    drafts = {
        f"prompts/qa/v{number}.prompt.yml": BETTER.replace("one sentence", words)
        for number, words in said.items()
    }
    write(repository, drafts | {"prompts/qa/aliases.yml": "production: 5\n"})
    commit(repository)
    ended = cli(repository, "ci", "check", "--base", "main")
    assert ended.code == 0, ended.out
    words = json.loads((repository / "build/check/claim.json").read_bytes())["words"]
    assert [(item["old"], item["new"]) for item in words] == [
        ("qa/1", "qa/5"),
        ("qa/1", "qa/3"),
        ("qa/1", "qa/4"),
    ]


def test_small_warnings_hide_none_that_somebody_has_to_answer_for(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    bare = "message: m\nmodel: offline/rules\ntemplate: hi\n"
    many = {f"prompts/a{number}/v1.prompt.yml": bare for number in range(12)}
    looser = QA["evals/qa/suite.yml"].replace("margin: 0.1", "margin: 0.2")
    write(repository, many | {"evals/qa/suite.yml": looser})
    commit(repository)
    told = cli(repository, "ci", "check", "--base", "main").out.splitlines()
    shown = [line for line in told if line.startswith("::warning ")]
    assert "loosened by" in shown[0]
    assert any("prompts/a9: warning: no suite evaluates this prompt" in line for line in told)


def test_check_leaves_real_models_to_the_gate(cli: Cli, repository: Path) -> None:
    real = BETTER.replace("offline/rules", "openai/gpt-4o-mini")
    write(repository, {"prompts/qa/v3.prompt.yml": real, "cuebook.toml": 'model = "openai/gpt-4o-mini"\n'})
    commit(repository)
    ended = cli(repository, "ci", "check", "--base", "main")
    assert ended.code == 0
    assert "qa/3 on qa: Not evaluated here: needs " in ended.out


ASKS_MORE = {
    "prompts/qa/v3.prompt.yml": BETTER.replace("<context>", "{{tone}}\\n<context>"),
    "prompts/qa/aliases.yml": "production: 3\n",
    "evals/qa/dataset.jsonl": QA["evals/qa/dataset.jsonl"].replace(
        '"question"', '"tone": "kind", "question"'
    ),
}
"""A version as good as the one before, with an input that no app passes."""


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"prompts/qa/v3.prompt.yml": BETTER}, 0, "qa/3 on qa: pass"),
        ({"prompts/qa/v3.prompt.yml": WRONG}, 1, "qa/3 on qa: fail, so it cannot be merged"),
        ({"prompts/qa/aliases.yml": "production: 2\n"}, 0, "qa/2 on qa: pass"),
        ({"README.md": "hello"}, 0, "Nothing to evaluate"),
        (ASKS_MORE, 3, "apps of production cannot call qa/3: input tone is new and required"),
    ],
)
def test_gate(cli: Cli, repository: Path, files: dict[str, str], code: int, said: str) -> None:
    write(repository, files)
    commit(repository)
    ended = cli(repository, "ci", "gate", "--base", "main")
    assert ended.code == code
    assert said in ended.out
    assert (repository / "build/gate/gate.json").is_file()
    report = repository / "build/gate/gate.md"
    assert (f"report: {report}" in ended.out) is ("qa/" in said)
    assert report.is_file()


def test_the_gate_says_why_and_where_the_report_is(cli: Cli, repository: Path) -> None:
    write(repository, {"prompts/qa/v3.prompt.yml": WRONG})
    commit(repository)
    lines = cli(repository, "ci", "gate", "--base", "main").out.splitlines()
    assert [line[:30] for line in lines if line.startswith("qa/3 on qa: Worse than v1: ")]
    assert lines[-1] == f"report: {repository / 'build/gate/gate.md'}"


def test_too_few_cases_warn_at_merge_and_stop_a_promotion(cli: Cli, registry: Path) -> None:
    path = registry / "evals/qa/dataset.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:12]))
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    write(registry, {"prompts/qa/v3.prompt.yml": BETTER})
    commit(registry)
    ended = cli(registry, "ci", "gate", "--base", "main")
    assert (ended.code, "inconclusive, which stops nothing here" in ended.out) == (0, True)
    write(registry, {"prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    ended = cli(registry, "ci", "gate", "--base", "main")
    assert (ended.code, "inconclusive, so it cannot be promoted" in ended.out) == (3, True)


def test_a_change_cannot_bring_its_own_model_settings(cli: Cli, repository: Path) -> None:
    evil = 'model = "evil/one"\n[endpoints.evil]\nbase_url = "http://127.0.0.1:9/v1"\n'
    write(repository, {"prompts/qa/v3.prompt.yml": BETTER, "cuebook.toml": evil})
    commit(repository)
    ended = cli(repository, "ci", "gate", "--base", "main")
    assert ended.code == 0
    (verdict,) = json.loads((repository / "build/gate/gate.json").read_text())
    assert verdict["digests"]["models"] == ["offline/rules"]


def test_the_base_comes_from_the_event(cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"prompts/qa/v3.prompt.yml": WRONG})
    commit(repository)
    base, head = git(repository, "rev-parse", "main"), git(repository, "rev-parse", "HEAD")
    event = {"merge_group": {"base_sha": base, "head_sha": head}}
    path = repository.parent / "event.json"
    path.write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "merge_group")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))
    assert cli(repository, "ci", "gate").code == 1
    path.write_text("{")
    ended = cli(repository, "ci", "gate")
    assert (ended.code, "payload cannot be read" in ended.err) == (2, True)


def test_a_gate_without_a_base_is_refused(cli: Cli, repository: Path) -> None:
    ended = cli(repository, "ci", "gate")
    assert ended.code == 2
    assert "cuebook ci gate --base origin/main" in ended.err


def test_a_promotion_that_no_suite_evaluates_is_stopped(cli: Cli, registry: Path) -> None:
    for path in ("evals/qa/suite.yml", "evals/qa/dataset.jsonl"):
        (registry / path).unlink()
    commit(registry)
    ended = promoted(cli, registry)
    assert ended.code == 3
    assert "qa: production 1 -> 2: no suite evaluates qa" in ended.out
    write(registry, {"prompts/qa/aliases.yml": "production: 1\n"})
    assert cli(registry, "ci", "gate", "--base", "main").code == 0


def test_check_and_gate_leave_a_claim_about_the_commit(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, {"prompts/qa/v3.prompt.yml": BETTER})
    head = commit(repository)
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    assert cli(repository, "ci", "gate", "--base", "main").code == 0
    claim = json.loads((repository / "build/gate/claim.json").read_text())
    assert (claim["step"], claim["repository"], claim["head"], claim["exit_code"]) == ("gate", "o/r", head, 0)
    assert [item["outcome"] for item in claim["verdicts"]] == ["pass"]
    pull = {"base": {"ref": "main"}, "head": {"sha": "b" * 40}}
    path = repository.parent / "event.json"
    path.write_text(json.dumps({"pull_request": pull}))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))
    write(repository, {"prompts/qa/v1.prompt.yml": "message: x"})
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    assert cli(repository, "ci", "check").code == 1
    claim = json.loads((repository / "build/check/claim.json").read_text())
    assert (claim["head"], claim["event"], claim["exit_code"]) == ("b" * 40, "pull_request", 1)
    assert any("a published version was edited" in text for text in claim["problems"])


def test_a_gate_bought_in_parts_comes_to_the_same_verdict(cli: Cli, repository: Path) -> None:
    write(repository, {"prompts/qa/v3.prompt.yml": BETTER})
    commit(repository)
    cli(repository, "ci", "gate", "--base", "main")
    alone = (repository / "build/gate/gate.json").read_text()
    shutil.rmtree(repository / ".cuebook")
    for index in (1, 3):  # the machine of the second part was lost
        assert "calls made" in cli(repository, "ci", "buy", "--shard", f"{index}/3", "--base", "main").out
        (repository / "build/shards").mkdir(exist_ok=True)
        (repository / "build/shard").rename(repository / f"build/shards/{index}")
        shutil.rmtree(repository / ".cuebook")
    ended = cli(repository, "ci", "gate", "--base", "main", "--shards", "3")
    assert ended.out.count("new replies") == 2
    assert "1 of 3 shards left no replies: they are collected here" in ended.out
    assert (repository / "build/gate/gate.json").read_text() == alone


@pytest.mark.parametrize(
    "changes", [{"run": "41"}, {"head": "0" * 40}, {"count": 3}, {"index": 3}, {"schema": "x"}, None]
)
def test_replies_that_no_machine_of_this_gate_bought_are_left_out(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any] | None
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "42")
    write(repository, {"prompts/qa/v3.prompt.yml": BETTER})
    commit(repository)
    cli(repository, "ci", "buy", "--shard", "1/2", "--base", "main")
    shutil.rmtree(repository / ".cuebook")
    part = repository / "build/shard/part.json"
    if changes is None:
        part.unlink()
    else:
        part.write_text(json.dumps(json.loads(part.read_text()) | changes))
    (repository / "build/shards").mkdir()
    (repository / "build/shard").rename(repository / "build/shards/x")
    ended = cli(repository, "ci", "gate", "--base", "main", "--shards", "2")
    assert "x: left out: it does not belong to this run" in ended.out
    assert "new replies" not in ended.out
    assert not any((repository / "build/shards").iterdir())


@pytest.mark.parametrize("wrong", ["x", "-1", "2/3"])
def test_a_number_of_parts_that_is_none(cli: Cli, repository: Path, wrong: str) -> None:
    ended = cli(repository, "ci", "gate", "--base", "main", "--shards", wrong)
    assert (ended.code, "is not a number of shards" in ended.err) == (2, True)


def test_a_guide_that_cannot_be_published_is_told_like_any_wrong_file(
    cli: Cli, repository: Path, pages: None
) -> None:
    write(repository, {"site/guides/a.md": "# A\n\n<iframe src='x'></iframe>\n"})
    commit(repository)
    ended = cli(repository, "ci", "check", "--base", "main")
    assert (ended.code, "guides/a.html: error: " in ended.out) == (1, True)
    claim = json.loads((repository / "build/check/claim.json").read_text())
    assert any("<iframe>" in text for text in claim["problems"])


WEAK = "prompt: qa\nscorers: [{length: {min_words: 1}}]\ngate: {metrics: {length: {margin: 1.0}}}\n"
LESS = QA["evals/qa/suite.yml"].replace("margin: 0.1, floor: 0.5", "margin: 0.2")


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        # less at each step: what was first asked for all of it
        ((QA["evals/qa/suite.yml"], LESS, WEAK), [True, False, True]),
        # more in between
        ((LESS, QA["evals/qa/suite.yml"], WEAK), [False, True, True]),
        # something else in between, so that one pair of digests stands for both
        ((QA["evals/qa/suite.yml"], WEAK.replace("1.0", "0.5"), WEAK), [False, False, True]),
    ],
)
def test_the_gate_says_what_accepts_rules_that_were_loosened_before(
    cli: Cli, registry: Path, rules: tuple[str, ...], named: list[bool]
) -> None:
    """In two steps: what the override has to name is counted from the last promotion, not from the base."""
    states = []
    for text in rules:
        write(registry, {"evals/qa/suite.yml": text})
        commit(registry)
        states.append(Workspace(registry).registry.suite("qa"))
    git(registry, "switch", "-q", "-c", "change")
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    ended = cli(registry, "ci", "gate", "--base", "main")
    assert ended.code == 1
    (line,) = [text for text in ended.out.splitlines() if "to accept today's rules" in text]
    assert [state.digest in line for state in states] == named
    text = line.partition(" to accept today's rules for the next promotion, write overrides/qa-rules.yml: ")[
        2
    ]
    because = "qa/3 on qa: Passes under today's rules only. Under those of "
    assert because in ended.out
    # As it is printed, who, why and until filled in.
    text = text.replace("NAME", "ada").replace("YYYY-MM-DD", Workspace(registry).today)
    write(registry, {"overrides/qa-rules.yml": text + "\n"})
    commit(registry)
    accepted = cli(registry, "ci", "gate", "--base", "main")
    assert (accepted.code, "to accept today's rules" in accepted.out) == (3, False)  # no app can call it


@pytest.mark.parametrize("words", [("ci", "check"), ("check",)])
def test_a_promotion_that_no_reviewer_is_shown_is_refused(
    cli: Cli, registry: Path, words: tuple[str, ...]
) -> None:
    commit(registry)
    crossed(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    ended = cli(registry, *words, "--base", "main")
    told = "prompts/qa/aliases.yml: error: merges crossed, so that this change of it may be missing"
    assert (ended.code, told in ended.out) == (1, True), ended.out


def test_the_gate_says_what_promotions_in_a_row_may_have_lost_together(cli: Cli, registry: Path) -> None:
    """Each may lose less than the margin, and no comparison but one with the first sees the sum."""
    commit(registry)
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    write(registry, {"prompts/qa/v3.prompt.yml": BETTER, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    told = "qa/3 is promotion 2 of production since v1: each may lose up to 10 points on contains"
    ended = cli(registry, "ci", "gate", "--base", "main")
    assert (ended.code, told in ended.out) == (0, True), ended.out
    claim = json.loads((registry / "build/gate/claim.json").read_text())
    assert any(line.startswith(told) for line in claim["lines"])
    assert cli(registry, "gate", "qa/3", "--against", "1").code == 0
    write(registry, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(registry)
    assert "promotion 2" not in cli(registry, "ci", "gate", "--base", "main").out


@pytest.mark.parametrize(
    "words",
    [("ci", "gate"), ("ci", "buy", "--shard", "1/1"), ("gate",), ("eval",), ("eval", "--shard", "1/1")],
)
def test_the_endpoint_from_before_the_change_is_asked_and_sees_the_key(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """A change that moves it could send the key, and the prompts, wherever it likes."""
    monkeypatch.setenv("LOCAL_KEY", "sk-CANARY")
    table = "[endpoints.local]\nbase_url = '{}'\napi_key_env = 'LOCAL_KEY'\n"
    first = QA["prompts/qa/v1.prompt.yml"].replace("offline/rules", "local/small")
    with Loopback(lambda _: "It is green.") as ours, Loopback(lambda _: "It is green.") as theirs:
        write(registry, {"prompts/qa/v1.prompt.yml": first, "cuebook.toml": table.format(ours.url)})
        (registry / "prompts/qa/v2.prompt.yml").unlink()
        commit(registry)
        git(registry, "switch", "-q", "-c", "change")
        second = first.replace("First", "Second").replace("Answer the", "Answer a")
        write(registry, {"prompts/qa/v2.prompt.yml": second, "cuebook.toml": table.format(theirs.url)})
        commit(registry)
        told = cli(registry, *words, "--base", "main").err
        assert (ours.calls > 0, theirs.calls) == (True, 0)
        assert ("the settings are those of main" in told) is (words[0] != "ci")
        assert {item["authorization"] for item in ours.headers} == {"Bearer sk-CANARY"}


POLITE = (
    '"""Whether the answer is there."""\nfrom cuebook.scorers import NoParameters, measured, scorer\n\n\n'
    "@scorer(NoParameters)\ndef score(context, parameters):\n    return measured(0.9)\n"
)
"""A scorer of a repository's own."""
SCORED = {
    "cuebook.toml": 'scorers = ["evals/_scorers/polite.py"]\n',
    "evals/_scorers/polite.py": POLITE,
    "evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("scorers:\n", "scorers:\n  - polite\n"),
}


def test_former_rules_that_ask_a_scorer_which_is_gone_need_a_word(cli: Cli, registry: Path) -> None:
    decides = {"evals/qa/suite.yml": SCORED["evals/qa/suite.yml"] + "    polite: {margin: 0.3}\n"}
    for files in (SCORED | decides, {"cuebook.toml": "", "evals/qa/suite.yml": QA["evals/qa/suite.yml"]}):
        write(registry, files)
        commit(registry)
    ended = promoted(cli, registry)
    assert ended.code == 3
    (line,) = [text for text in ended.out.splitlines() if "to accept today's rules" in text]
    text = line.partition("overrides/qa-rules.yml: ")[2].replace("NAME", "ada")
    text = text.replace("YYYY-MM-DD", Workspace(registry).today)
    write(registry, {"overrides/qa-rules.yml": f"{text}\n"})
    commit(registry)
    ended = cli(registry, "ci", "gate", "--base", "main")
    assert (ended.code, "let through until" in ended.out) == (0, True)


def test_former_rules_whose_judge_is_erased_need_a_word(cli: Cli, registry: Path) -> None:
    """Else who erases a judge ends every promotion, and every publication with one in it."""
    suite, first = "evals/qa/suite.yml", "prompts/grader/v1.prompt.yml"
    again = JUDGED[first].replace("Say whether", "Tell whether")
    write(registry, JUDGED)
    commit(registry)
    named = JUDGED[suite].replace("grader/1", "grader/2")
    write(registry, {"prompts/grader/v2.prompt.yml": again, suite: named})
    commit(registry)
    (registry / first).unlink()
    write(registry, {"prompts/grader/meta.yml": JUDGED["prompts/grader/meta.yml"] + "erased: [1]\n"})
    commit(registry)
    ended = promoted(cli, registry)
    assert (ended.code, ended.err, "to accept today's rules" in ended.out) == (3, "", True)
    git(registry, "checkout", "-q", "main")
    write(registry, {suite: named.replace("margin: 0.1", "margin: 0.2")})
    ended = cli(registry, "check", "--base", "main")
    assert (ended.code, "before: {rules" in ended.out) == (0, True)


def test_what_another_suite_once_was_stops_no_promotion(cli: Cli, registry: Path) -> None:
    """Its form may be of an early release that no reader knows any more."""
    early = {path.replace("/qa", "/early"): text for path, text in QA.items() if path.startswith("prompts/")}
    early["evals/early/suite.yml"] = "prompt: early\nscorers: [exact]\njudges: 3\n"
    early["evals/early/dataset.jsonl"] = '{"id": "e", "question": "unknown key"}\n'
    whole = {f"evals/early/{path.rpartition('/')[2]}": QA[path] for path in QA if path.startswith("evals/")}
    whole["evals/early/suite.yml"] = QA["evals/qa/suite.yml"].replace("prompt: qa", "prompt: early")
    for files in (early, whole, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"] + "repeats: 1\n"}):
        write(registry, files)
        commit(registry)
    ended = promoted(cli, registry)
    assert (ended.code, ended.err) == (0, "")


def test_a_suite_that_is_gone_with_its_scorer_decides_all_the_same(cli: Cli, registry: Path) -> None:
    gone = {f"evals/old/{path.rpartition('/')[2]}": text for path, text in QA.items() if "evals/qa" in path}
    gone["evals/old/suite.yml"] = "prompt: qa\nscorers: [polite]\ngate: {metrics: {polite: {margin: 0.3}}}\n"
    write(registry, SCORED | gone | {"evals/qa/suite.yml": QA["evals/qa/suite.yml"]})
    commit(registry)
    git(registry, "rm", "-rq", "evals/old")
    write(registry, {"cuebook.toml": ""})
    commit(registry)
    ended = promoted(cli, registry)
    assert (ended.code, "before: {rules" in ended.out, "after: removed" in ended.out) == (3, True, True)


@pytest.mark.parametrize("step", ["check", "gate"])
def test_no_scorer_of_a_change_is_run_and_the_one_from_before_decides(
    cli: Cli, registry: Path, tmp_path: Path, step: str
) -> None:
    write(registry, SCORED)
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    marker = tmp_path / "was-run"
    evil = f"open({str(marker)!r}, 'w').close()\n"
    write(
        registry,
        {
            "cuebook.toml": 'scorers = ["evals/_scorers/polite.py", "evals/_scorers/evil.py"]\n',
            "evals/_scorers/polite.py": evil + POLITE.replace("0.9", "0.0"),
            "evals/_scorers/evil.py": evil + POLITE,
            "evals/qa/suite.yml": SCORED["evals/qa/suite.yml"].replace("- polite", "- polite\n  - evil"),
            "evals/more/suite.yml": SCORED["evals/qa/suite.yml"].replace("- polite", "- evil"),
            "evals/more/dataset.jsonl": QA["evals/qa/dataset.jsonl"],
            "prompts/qa/v3.prompt.yml": BETTER,
        },
    )
    commit(registry)
    ended = cli(registry, "ci", step, "--base", "main")
    assert (ended.code, marker.exists()) == (0, False), ended.out + ended.err
    assert "evals/_scorers/polite.py changed: the one from before decides here" in ended.out
    assert "evals/_scorers/evil.py is new: it is not run here" in ended.out
    assert "the scorer evil is new and decides from the next change on" in ended.out
    (verdict,) = json.loads((registry / f"build/{step}/gate.json").read_text("utf-8"))
    (polite,) = [item for item in verdict["summaries"] if item["label"] == "polite"]
    assert polite["candidate"] == pytest.approx(0.9)
    assert "evil" not in verdict["digests"]["plugins"]
