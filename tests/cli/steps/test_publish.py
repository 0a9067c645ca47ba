from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from claims import HEAD, a_claim, artifact
from conftest import QA
from cuebook.cli.steps import _merged
from cuebook.gate.plan import plan_record
from cuebook.github.merged_verdicts import Claimed
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import BRANCH, Ledger
from cuebook.shapes.verdict import Verdict
from rest import TOKEN, Rest, Says
from world import World, compared

pytestmark = pytest.mark.usefixtures("no_pages")
Cli = Callable[..., Any]
WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"


@pytest.fixture(autouse=True)
def _no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clone(registry: Path, tmp_path: Path) -> Path:
    """A clone of a repository with the small registry; its remote is a bare one."""
    commit(registry)
    git(registry, "clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git(registry, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def move(root: Path, number: int) -> str:
    write(root, {"prompts/qa/aliases.yml": f"production: {number}\n"})
    return commit(root)


def test_nothing_is_published_when_an_alias_moved_without_evidence(
    cli: Cli, clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    before = commit(clone)
    move(clone, 3)
    ended = cli(clone, "ci", "publish", "--base", before)
    assert ended.code == 1
    said = "qa: production 1 -> 3: not published: qa/3 on qa: fail (see why: cuebook gate qa/3)\n"
    assert said in ended.out
    assert "not published" in (tmp_path / "summary.md").read_text()
    assert not (clone / "build/published").exists()
    assert not (clone / "build/site").exists()


def test_the_command_that_is_named_shows_why_it_was_refused(cli: Cli, clone: Path) -> None:
    """Under the former rules: a gate of the version alone compares under today's, and passes."""
    mild = QA["evals/qa/suite.yml"].replace("margin: 0.1, floor: 0.5", "margin: 1.0")
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG, "evals/qa/suite.yml": mild})
    before = commit(clone)
    move(clone, 3)
    ended = cli(clone, "ci", "publish", "--base", before)
    command = f"cuebook gate --base {before[:12]}"
    assert (ended.code, f"qa/3 on qa: fail (see why: {command})" in ended.out) == (1, True), ended.out
    shutil.rmtree(clone / ".cuebook")  # a reader's clone has no verdicts of the runner
    assert cli(clone, "gate", "qa/3").code == 0
    shown = cli(clone, *command.split()[1:])
    assert (shown.code, "Passes under today's rules only." in shown.out) == (1, True), shown.out


def test_too_little_evidence_ends_with_3(cli: Cli, clone: Path) -> None:
    path = clone / "evals/qa/dataset.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:12]))
    before = commit(clone)
    move(clone, 2)
    ended = cli(clone, "ci", "publish", "--base", before)
    assert (ended.code, "not published: qa/2 on qa: inconclusive" in ended.out) == (3, True)


def test_an_override_lets_it_through(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    before = commit(clone)
    digest = Workspace(clone).registry.version("qa", 3).digest
    last = (date.fromisoformat(Workspace(clone).today) + timedelta(days=180)).isoformat()
    held = f"prompt: qa\nversion: 3\ndigest: {digest}\nwho: '@ada'\nwhy: known\nuntil: '{last}'\n"
    write(clone, {"overrides/qa-v3.yml": held})
    move(clone, 3)
    ended = cli(clone, "ci", "publish", "--base", before)
    assert ended.code == 0
    assert f"let through by @ada until {last}: known" in ended.out


def test_a_rollback_is_published_at_once(cli: Cli, clone: Path, pages: None) -> None:
    before = move(clone, 2)
    move(clone, 1)
    write(clone, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("floor: 0.5", "floor: 0.999")})
    commit(clone)
    ended = cli(clone, "ci", "publish", "--base", before)
    assert ended.code == 0
    assert "qa: production 2 -> 1: " in ended.out
    assert (clone / "build/site/index.html").is_file()


def test_a_version_that_was_refused_has_not_been_live(cli: Cli, clone: Path) -> None:
    """Moving an alias there and back again makes no rollback of it."""
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    start = commit(clone)
    bad = move(clone, 3)
    assert cli(clone, "ci", "publish", "--base", start).code == 1
    assert cli(clone, "ci", "keep").code == 0
    assert recorded(clone, "qa", "production") == {1}
    back = move(clone, 1)
    assert cli(clone, "ci", "publish", "--base", bad).code == 0
    cli(clone, "ci", "keep")
    move(clone, 3)
    ended = cli(clone, "ci", "publish", "--base", back)
    assert (ended.code, "not published" in ended.out) == (1, True)


def recorded(clone: Path, prompt: str, alias: str) -> set[int]:
    """The versions that the data branch says an alias was let point to."""
    return {record.version for record in Ledger(clone).live(prompt, alias)}


def begun(cli: Cli, clone: Path) -> str:
    """The commit of a first publication, which is on record."""
    assert cli(clone, "ci", "publish", "--base", "HEAD").code == 0
    assert cli(clone, "ci", "keep").code == 0
    return git(clone, "rev-parse", "HEAD")


SECOND = {
    name.replace("qa", "xy"): text.replace("prompt: qa", "prompt: xy").replace("context.}", "context!}")
    for name, text in QA.items()
}
BAD: dict[str, tuple[dict[str, str], int, str]] = {
    "an alias without evidence": (
        {"prompts/qa/v3.prompt.yml": WRONG, "prompts/qa/aliases.yml": "production: 3\n"},
        1,
        "qa: production 1 -> 3: not published",
    ),
    "a new prompt without evidence": (
        SECOND | {"prompts/xy/v1.prompt.yml": WRONG},
        1,
        "xy: production none -> 1: not published",
    ),
    "an edited version": (
        {"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("Answer", "Reply to")},
        2,
        "a published version was edited",
    ),
    "an alias without evidence, no longer protected": (
        {
            "prompts/qa/v3.prompt.yml": WRONG,
            "prompts/qa/aliases.yml": "production: 3\n",
            "cuebook.toml": "protected_aliases = []\n",
        },
        2,
        "production is no longer protected",
    ),
}


@pytest.mark.parametrize("ran", [True, False], ids=["refused", "never-ran"])
@pytest.mark.parametrize("name", BAD)
def test_what_may_not_go_live_does_not_with_the_next_push_either(
    cli: Cli, clone: Path, name: str, ran: bool
) -> None:
    """GitHub runs one publication at a time, and drops a waiting one for a newer."""
    files, code, said = BAD[name]
    start = begun(cli, clone)
    write(clone, files)
    bad = commit(clone)
    if ran:
        ended = cli(clone, "ci", "publish", "--base", start)
        assert (ended.code, said in ended.out + ended.err) == (code, True)
        if (clone / "build/ledger").exists():
            cli(clone, "ci", "keep")
    write(clone, {"README.md": "Hello\n"})
    commit(clone)
    ended = cli(clone, "ci", "publish", "--base", bad)
    assert (ended.code, said in ended.out + ended.err) == (code, True)


@pytest.mark.parametrize("joined", ["merged", "pushed-over"])
def test_a_branch_that_left_long_ago_answers_to_what_was_published_last(
    cli: Cli, clone: Path, joined: str
) -> None:
    """Its own gate compared it with what was live when it left; a push over main hides what came since."""
    suite = QA["evals/qa/suite.yml"].replace("floor: 0.5", "floor: 0.0")
    weak = QA["prompts/qa/v1.prompt.yml"].replace("<context>\\n{{context}}\\n</context>", "{{context}}")
    write(clone, {"prompts/qa/v1.prompt.yml": weak, "evals/qa/suite.yml": suite})
    commit(clone)
    start = begun(cli, clone)
    main = git(clone, "branch", "--show-current")
    move(clone, 2)
    assert cli(clone, "ci", "publish", "--base", start).code == 0
    cli(clone, "ci", "keep")
    git(clone, "switch", "-q", "-c", "change", start)
    write(
        clone,
        {
            "prompts/qa/v3.prompt.yml": weak.replace("Answer the", "Answer a"),
            "prompts/qa/aliases.yml": "production: 3\n",
        },
    )
    commit(clone)
    if joined == "merged":
        git(clone, "switch", "-q", main)
        git(clone, "merge", "-q", "-X", "theirs", "--no-edit", "change")
    ended = cli(clone, "ci", "publish", "--base", start)
    refused = "-> 3: not published" in ended.out and "qa/3 on qa: fail" in ended.out
    assert (ended.code, refused) == (1, True), ended.out
    assert recorded(clone, "qa", "production") == {1, 2}


def test_what_was_refused_does_not_count_as_live_before(cli: Cli, clone: Path) -> None:
    begun(cli, clone)
    write(clone, SECOND | {"prompts/xy/v2.prompt.yml": WRONG, "prompts/xy/aliases.yml": "production: 2\n"})
    bad = commit(clone)
    write(clone, {"prompts/xy/aliases.yml": "production: 1\n"})
    good = commit(clone)
    ended = cli(clone, "ci", "publish", "--base", bad)
    assert ended.code == 0, ended.out
    cli(clone, "ci", "keep")
    assert recorded(clone, "xy", "production") == {1}
    write(clone, {"prompts/xy/aliases.yml": "production: 2\n"})
    commit(clone)
    assert cli(clone, "ci", "publish", "--base", good).code == 1


def pushed(cli: Cli, clone: Path, files: dict[str, str]) -> Any:
    """What becomes of the publication of a change, which is kept on record."""
    write(clone, files)
    commit(clone)
    ended = cli(clone, "ci", "publish", "--base", "HEAD~1")
    cli(clone, "ci", "keep")
    return ended


ALIASES = "prompts/qa/aliases.yml"


def test_a_version_that_is_tried_needs_what_a_promotion_needs(cli: Cli, clone: Path) -> None:
    begun(cli, clone)
    tried = {ALIASES: "production: {use: 1, try: {3: 1}}\n", "prompts/qa/v3.prompt.yml": WRONG}
    ended = pushed(cli, clone, tried)
    assert (ended.code, "qa: 1% of production -> 3: not published: qa/3 on qa: fail" in ended.out) == (
        1,
        True,
    )
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {3: 50}}\n"})
    assert (ended.code, "qa: 50% of production -> 3: not published" in ended.out) == (1, True)
    assert Ledger(clone).tried("qa", "production") == []
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {2: 10}}\n"})
    assert (ended.code, "qa: 10% of production -> 2: pass on qa\n" in ended.out) == (0, True), ended.out
    assert [(item.version, item.beside) for item in Ledger(clone).tried("qa", "production")] == [(2, 1)]
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {2: 50}}\n"})
    assert (ended.code, "no alias moved" in ended.out) == (0, True), ended.out  # a pass let it in
    ended = cli(clone, "ci", "gate", "--base", "HEAD~1")
    assert (ended.code, "only shares of units changed" in ended.out) == (0, True), ended.out
    assert recorded(clone, "qa", "production") == {1}  # a rollback never returns to it


def test_a_larger_share_of_what_an_override_let_in_needs_one_that_holds(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    commit(clone)
    begun(cli, clone)
    digest = Workspace(clone).registry.version("qa", 3).digest
    last = (date.fromisoformat(Workspace(clone).today) + timedelta(days=9)).isoformat()
    word = f"prompt: qa\nversion: 3\ndigest: {digest}\nwho: '@ada'\nwhy: known\nuntil: '{last}'\n"
    ended = pushed(cli, clone, {"overrides/qa-v3.yml": word, ALIASES: "production: {use: 1, try: {3: 1}}\n"})
    assert (ended.code, "let through by @ada" in ended.out) == (0, True), ended.out
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {3: 2}}\n"})
    assert (ended.code, "qa: 2% of production -> 3: let through by @ada" in ended.out) == (0, True), ended.out
    (clone / "overrides/qa-v3.yml").unlink()
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {3: 50}}\n"})
    assert (ended.code, "qa: 50% of production -> 3: not published" in ended.out) == (1, True), ended.out
    ended = cli(clone, "ci", "gate", "--base", "HEAD~1")
    assert (ended.code, "no prompt text" in ended.out) == (1, False), ended.out
    ended = pushed(cli, clone, {ALIASES: "production: {use: 1, try: {3: 1}}\n"})
    assert (ended.code, "no alias moved" in ended.out) == (0, True), ended.out  # it gets less
    ended = pushed(cli, clone, {ALIASES: "production: {use: 3, try: {1: 50}}\n"})
    assert (ended.code, "qa: production 1 -> 3: not published" in ended.out) == (1, True), ended.out
    assert "qa: 50% of production -> 1: not published" not in ended.out  # it was live before
    ended = pushed(cli, clone, {ALIASES: "production: 1\n"})
    assert ended.code == 0  # an end is never stopped


def test_what_was_tried_before_the_alias_was_protected_grows_on_evidence_only(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG, ALIASES: "production: 1\nbeta: {use: 1, try: {3: 1}}\n"})
    commit(clone)
    begun(cli, clone)
    assert pushed(cli, clone, {"cuebook.toml": "protected_aliases = ['production', 'beta']\n"}).code == 0
    ended = pushed(cli, clone, {ALIASES: "production: 1\nbeta: {use: 1, try: {3: 50}}\n"})
    assert (ended.code, "qa: 50% of beta -> 3: not published" in ended.out) == (1, True), ended.out


def test_an_alias_that_becomes_protected_may_return_to_what_it_was(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG, "prompts/qa/aliases.yml": "production: 1\nbeta: 3\n"})
    commit(clone)
    start = begun(cli, clone)
    write(clone, {"cuebook.toml": "protected_aliases = ['production', 'beta']\n"})
    commit(clone)
    assert cli(clone, "ci", "publish", "--base", start).code == 0
    cli(clone, "ci", "keep")
    assert recorded(clone, "qa", "beta") == {3}


def test_what_a_publication_leaves_is_kept_and_saves_the_next_one_everything(
    cli: Cli, clone: Path, tmp_path: Path
) -> None:
    before = git(clone, "rev-parse", "HEAD")
    move(clone, 2)
    git(clone, "push", "-q", "origin", "main")
    ended = cli(clone, "ci", "publish", "--base", before)
    assert ended.code == 0
    assert "qa: production 1 -> 2: pass on qa\n" in ended.out
    kept = cli(clone, "ci", "keep")
    assert "kept live/qa/production/2.json\n" in kept.out
    assert kept.out.count("kept evaluations/qa/") == 2
    assert "already has all of it" in cli(clone, "ci", "keep").out
    git(clone, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "fresh"))
    workspace = Workspace(tmp_path / "fresh")
    assert all(item.reused for item in judge_all(workspace, plan_record(workspace.registry).comparisons))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Rest() as rest:
        for name, value in {
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": rest.url,
            "GITHUB_EVENT_NAME": "push",
        }.items():
            monkeypatch.setenv(name, value)
        yield World(rest)


def merged(world: World, monkeypatch: pytest.MonkeyPatch, clone: Path, verdicts: list[Verdict]) -> None:
    """Pull request 7, whose gate found these verdicts, is what HEAD merged."""
    sha, before = git(clone, "rev-parse", "HEAD"), git(clone, "rev-parse", "HEAD~1")
    event = clone.parent / "event.json"
    event.write_text(json.dumps({"before": before, "after": sha}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    pull = {
        "number": 7,
        "merged_at": "2026-01-01T00:00:00Z",
        "base": {"ref": "main", "sha": "b" * 40},
        "head": {"sha": HEAD, "ref": "change", "repo": {"full_name": "o/r"}},
    }
    world.rest.on("GET", f"commits/{sha}/pulls", [pull])
    world.rest.on("GET", "pulls", [pull])
    world.rest.on("GET", "issues/7/events", [{"event": "merged"}])
    commits = [{"sha": HEAD, "parents": [{"sha": before}]}]
    world.rest.on("GET", "compare/.*", compared() | {"ahead_by": 1, "commits": commits})
    world.run("gate", 2, data=artifact(a_claim(verdicts=verdicts)))


def _verdicts(clone: Path) -> list[Verdict]:
    other = clone.parent / "gate"
    git(clone, "clone", "-q", ".", str(other))
    workspace = Workspace(other)
    plan = plan_record(workspace.registry, lives=workspace.lives)
    return [item.verdict for item in judge_all(workspace, plan.comparisons)]


def test_a_merge_buys_nothing_twice(
    cli: Cli, clone: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(clone, 2)
    merged(world, monkeypatch, clone, _verdicts(clone))
    ended = cli(clone, "ci", "publish")
    assert ended.code == 0
    assert "pull request 7: 2 verdicts claimed\n" in ended.out
    assert "qa/2 on qa: pass, taken over\n" in ended.out
    assert not (clone / ".cuebook/replies.sqlite-wal").exists()
    assert TOKEN not in ended.out


def test_a_claim_about_other_digests_is_not_taken_over(
    cli: Cli, clone: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    commit(clone)
    (second,) = [item for item in _verdicts(clone) if item.candidate.version == 2]
    move(clone, 3)
    lie = second.model_copy(update={"candidate": second.candidate.model_copy(update={"version": 3})})
    merged(world, monkeypatch, clone, [lie])
    ended = cli(clone, "ci", "publish")
    assert (ended.code, "taken over" in ended.out) == (1, False)


def test_no_merged_settings_choose_whose_gates_are_believed(
    cli: Cli, clone: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose workflows ran for a pull request into another branch is for who may push there to say."""
    write(clone, {"cuebook.toml": "default_branch = 'weak'\n"})
    move(clone, 2)
    merged(world, monkeypatch, clone, _verdicts(clone))
    monkeypatch.setenv("GITHUB_REF", "refs/heads/weak")
    assert "pull request 7" not in cli(clone, "ci", "publish").out
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    assert "pull request 7: 2 verdicts claimed\n" in cli(clone, "ci", "publish").out


def test_github_that_is_down_costs_only_money(
    cli: Cli, clone: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(clone, 2)
    merged(world, monkeypatch, clone, [])
    world.rest.on("GET", r"commits/\w+/pulls", Says({"message": "no"}, 403))
    ended = cli(clone, "ci", "publish")
    assert ended.code == 0
    assert "the evidence of pull requests was not read, because GitHub failed" in ended.out


def test_a_publication_behind_a_second_parent_is_what_is_compared_with(cli: Cli, clone: Path) -> None:
    """Where the default branch was moved on to a merge of itself, its own line has no publication."""
    start = commit(clone, "Nothing")
    git(clone, "switch", "-qc", "aside")
    write(clone, {"README.md": "x"})
    commit(clone)
    git(clone, "switch", "-q", "main")
    write(clone, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "0.2")})
    commit(clone)
    begun(cli, clone)
    git(clone, "switch", "-q", "aside")
    git(clone, "merge", "-q", "--no-edit", "main")
    write(clone, {"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("Answer", "Reply to")})
    commit(clone)
    git(clone, "branch", "-qf", "main")
    git(clone, "push", "-q", "origin", "main")
    ended = cli(clone, "ci", "publish", "--base", start)
    assert (ended.code, "a published version was edited" in ended.err) == (2, True)


def test_after_a_forced_push_every_alias_is_new(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    assert cli(registry, "ci", "publish", "--base", "1" * 40).code == 1
    assert git(registry, "branch", "--list", BRANCH) == ""


def test_each_move_is_written_down_with_what_was_known_then(
    cli: Cli, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(cli, clone)
    sha = move(clone, 2)
    git(clone, "push", "-q", "origin", "HEAD")
    pull = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "base": {"ref": "main"}}
    with Rest() as rest:
        rest.on("GET", f"commits/{sha}/pulls", [pull])
        rest.on("GET", "pulls/7", {**pull, "merged_by": {"login": "joon"}})
        rest.on("GET", "pulls/7/reviews", [{"user": {"login": "ana"}, "state": "APPROVED"}])
        monkeypatch.setattr(_merged, "from_environment", lambda: rest.client)
        monkeypatch.setattr(_merged.merged_verdicts, "claimed", lambda *_: Claimed((), ()))
        with monkeypatch.context() as on_github:
            on_github.setenv("GITHUB_EVENT_NAME", "push")
            on_github.setenv("GITHUB_TOKEN", TOKEN)
            assert cli(clone, "ci", "evidence").code == 0
    assert cli(clone, "ci", "publish").code == 0
    assert cli(clone, "ci", "keep").code == 0
    (told,) = Ledger(clone).moves.values()
    assert (told.version, told.commit, told.pull_request, told.merged_by) == (2, sha, 7, "joon")
    assert [(item.suite, item.outcome) for item in told.evidence] == [("qa", "pass")]
    index = json.loads((clone / "build/published/api/v1/prompts/qa/index.json").read_bytes())
    assert (index["history"][0]["state"], index["history"][0]["approved_by"]) == ("pass", ["ana"])
    assert index["history"][0]["recorded"] == told.recorded
    assert index["history"][1]["recorded"] is None


def test_where_history_lost_the_last_promotion_its_rules_need_a_word(cli: Cli, clone: Path) -> None:
    begun(cli, clone)
    git(clone, "checkout", "-q", "--orphan", "rewritten")
    base = commit(clone, "Rewritten")  # in the second of the first commit it would be the same one
    git(clone, "branch", "-qM", "main")
    git(clone, "push", "-qf", "origin", "main")
    git(clone, "switch", "-qc", "change")
    move(clone, 2)
    gated = cli(clone, "ci", "gate", "--base", "origin/main")
    assert gated.code == 3
    assert "qa: production 1 -> 2: this clone lacks commit " in gated.out
    suite = Workspace(clone).registry.suite("qa")
    after = f"{{rules: {suite.digest}, dataset: {suite.dataset_digest}}}"
    assert f"in overrides/qa-rules.yml: before: lost, after: {after}" in gated.out
    git(clone, "switch", "-q", "main")
    git(clone, "merge", "-q", "change")
    assert cli(clone, "ci", "publish", "--base", base).code == 3
    word = f"suite: qa\nbefore: lost\nafter: {after}\nwho: '@ada'\nwhy: A secret was taken out of it\n"
    write(clone, {"overrides/qa-rules.yml": f"{word}until: '2099-12-31'\n"})
    commit(clone)
    ended = cli(clone, "ci", "publish", "--base", base)
    assert (ended.code, "loosened rules accepted by @ada" in ended.out) == (0, True)
    assert cli(clone, "ci", "keep").code == 0
    assert Ledger(clone).live("qa", "production")[-1].grounds == "rules"


def test_a_rewritten_history_lets_go_of_no_alias_that_records_tell_of(cli: Cli, clone: Path) -> None:
    begun(cli, clone)
    git(clone, "checkout", "-q", "--orphan", "rewritten")
    write(clone, {"cuebook.toml": "protected_aliases = []\n", "prompts/qa/aliases.yml": "production: 2\n"})
    base = commit(clone, "Rewritten")
    git(clone, "branch", "-qM", "main")
    git(clone, "push", "-qf", "origin", "main")
    ended = cli(clone, "ci", "publish", "--base", base)
    assert (ended.code, "production none -> 2: not published" in ended.out) == (3, True)
    word = "alias: production\nwho: '@ada'\nwhy: Nothing reads it\nuntil: '2099-12-31'\n"
    write(clone, {"overrides/production-unprotected.yml": word})
    commit(clone)
    assert cli(clone, "ci", "publish", "--base", base).code == 0


def test_without_records_what_failed_was_not_live_before(cli: Cli, clone: Path) -> None:
    write(clone, {"prompts/qa/v3.prompt.yml": WRONG})
    commit(clone)
    move(clone, 3)
    assert cli(clone, "ci", "publish", "--base", "HEAD~1").code == 1
    move(clone, 1)
    assert cli(clone, "ci", "publish", "--base", "HEAD~1").code == 0
    move(clone, 3)
    gated = cli(clone, "ci", "gate", "--base", "HEAD~1")
    assert (gated.code, "live before" in gated.out) == (1, False), gated.out
    ended = cli(clone, "ci", "publish", "--base", "HEAD~1")
    assert (ended.code, "qa: production 1 -> 3: not published: qa/3 on qa: fail" in ended.out) == (1, True)
