from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from build import commit, git, write
from conftest import QA
from cuebook.core.errors import GitError, PublishConflict, UsageError
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all, take_over, valid_verdict
from cuebook.jobs.nightly import Record
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch as module
from cuebook.publish.data_branch import BRANCH, MAX_RECORD, Ledger, Live, Published, path_of
from cuebook.shapes._base import encode
from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import Override, Verdict
from verdicts import FAIL, INCONCLUSIVE, PASS, verdict

Cli = Callable[..., Any]
OTHER = verdict("pass", digests=PASS.digests.model_copy(update={"dataset": "sha256:" + "0" * 64}))


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository that holds the small registry."""
    bare = tmp_path / "remote.git"
    start = write(tmp_path / "start", QA)
    commit(start)
    git(start, "clone", "-q", "--bare", ".", str(bare))
    return bare


def clone(remote: Path, name: str) -> Path:
    folder = remote.parent / name
    git(remote, "clone", "-q", str(remote), str(folder))
    return folder


def tip(remote: Path) -> str:
    return git(remote, "rev-parse", BRANCH)


def test_what_is_kept_is_read_in_another_clone(remote: Path) -> None:
    assert Ledger(clone(remote, "empty")).load("qa-assistant", 6, "qa-assistant") == []
    written = Ledger(clone(remote, "a")).keep([PASS, OTHER])
    assert written == sorted([path_of(PASS), path_of(OTHER)])
    assert written[0].startswith("evaluations/qa-assistant/6/qa-assistant/")
    read = Ledger(clone(remote, "b"))
    assert sorted(item.digests.dataset for item in read.all()) == sorted(
        [PASS.digests.dataset, OTHER.digests.dataset]
    )
    assert read.load("qa-assistant", 6, "other") == []
    assert len(list(read.of_prompts(["qa-assistant", "nobody"]))) == 2
    assert list(read.of_prompts([".", "../evaluations"])) == []
    assert git(remote, "log", "--format=%an %s", BRANCH) == "Cuebook Keep 2 records"


def test_keeping_the_same_again_writes_nothing(remote: Path) -> None:
    Ledger(clone(remote, "a")).keep([PASS])
    before = tip(remote)
    held = PASS.model_copy(
        update={"override": Override(who="a", why="b", until="2099-01-01"), "live_version": 4}
    )
    assert Ledger(clone(remote, "b")).keep([PASS, held]) == []
    # A record of an earlier release does not say by themselves which versions its text names.
    more = PASS.model_copy(update={"digests": PASS.digests.model_copy(update={"gate": 1})})
    assert PASS.digests.gate is None
    assert Ledger(clone(remote, "c")).keep([more]) == []
    assert tip(remote) == before


def test_another_outcome_for_the_same_digests_is_refused(remote: Path) -> None:
    kept = Ledger(clone(remote, "a"))
    kept.keep([PASS])
    before = tip(remote)
    lie = FAIL.model_copy(update={"digests": PASS.digests})
    with pytest.raises(PublishConflict, match="pass on the same digests, would become fail"):
        kept.keep([OTHER, lie])
    with pytest.raises(PublishConflict, match="pass on the same digests, would become fail"):
        kept.keep([OTHER, OTHER.model_copy(update={"outcome": "fail"})])
    assert tip(remote) == before
    rerun = lie.model_copy(update={"attempt": 1})
    assert kept.keep([rerun]) == [path_of(rerun)]
    assert [item.attempt for item in Ledger(clone(remote, "b")).load("qa-assistant", 6, "qa-assistant")] == [
        1,
        0,
    ]


def test_what_a_further_run_could_change_is_not_kept(remote: Path) -> None:
    stopped = PASS.model_copy(update={"causes": [Cause(code="ceiling")]})
    missing = INCONCLUSIVE
    assert missing.coverage.missing or missing.coverage.dropped
    assert Ledger(clone(remote, "a")).keep([stopped, missing]) == []
    assert git(remote, "branch", "--list", BRANCH) == ""


@pytest.mark.parametrize("change", [{"prompt": "../x"}, {"suite": "a/b"}, {"prompt": "x y"}])
def test_a_verdict_whose_names_lead_elsewhere_is_refused(remote: Path, change: dict[str, Any]) -> None:
    with pytest.raises(PublishConflict, match="cannot be kept"):
        Ledger(clone(remote, "a")).keep([verdict("pass", **change)])


def overtaken_by(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the other clone write while the first one does, once."""
    real = module.git_branch.add_files
    raced: list[int] = []

    def slow(*words: Any) -> str:
        if not raced:
            raced.append(1)
            Ledger(other).keep([OTHER])
        return real(*words)

    monkeypatch.setattr(module.git_branch, "add_files", slow)
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


def test_a_branch_that_moved_meanwhile_is_followed(remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = clone(remote, "a"), clone(remote, "b")
    Ledger(first).keep([PASS])
    overtaken_by(second, monkeypatch)
    third = verdict("pass", suite="other")
    assert Ledger(first).keep([third]) == [path_of(third)]
    assert len(list(Ledger(clone(remote, "c")).all())) == 3
    assert git(remote, "rev-list", "--count", BRANCH) == "3"


def test_two_that_make_the_branch_at_once_both_succeed(remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = clone(remote, "a"), clone(remote, "b")
    overtaken_by(second, monkeypatch)
    Ledger(first).keep([PASS])
    assert git(remote, "rev-list", "--count", BRANCH) == "2"


def test_a_branch_that_never_holds_still_is_given_up(remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.git_branch, "push", lambda *_: False)
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    with pytest.raises(GitError, match="moved by others 6 times"):
        Ledger(clone(remote, "a")).keep([PASS])


def test_a_remote_that_refuses_is_an_error(remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitError, match="protected branch"):
        Ledger(clone(remote, "a")).keep([PASS])


def test_what_a_newer_release_kept_is_left_out_and_told_of_once(remote: Path) -> None:
    rubbish = "evaluations/qa-assistant/6/qa-assistant/11111111.json"
    paths = [path_of(PASS), "moves/qa/production/x.json", "nightly/2026-11-06.json"]
    schemas = ["evaluation", "move", "nightly"]
    kept = {
        path: f'{{"schema": "cuebook/{name}/9"}}'.encode() for path, name in zip(paths, schemas, strict=True)
    }
    code = encode(PASS).replace(b'"causes": []', b'"causes": [{"code": "brand_new_code"}]')
    kept[coded := "evaluations/qa-assistant/5/qa-assistant/22222222.json"] = code
    Ledger(clone(remote, "a")).keep([OTHER], kept | {rubbish: b"{}"})
    ledger = Ledger(clone(remote, "b"))
    for _ in range(2):
        assert list(ledger.all()) == ledger.load("qa-assistant", 6) == [OTHER]
    assert (ledger.moves, ledger.nights(Record)) == ({}, [])
    assert ledger.newer == [coded, *paths]
    assert ledger.newer_on("qa-assistant", 6) == {path_of(PASS): "qa-assistant"}
    assert ledger.newer_on("qa-assistant", 5) == {coded: "qa-assistant"}


def test_rubbish_on_the_branch_is_no_evidence_and_is_not_written_over(remote: Path) -> None:
    work = clone(remote, "a")
    git(work, "switch", "-q", "--orphan", BRANCH)
    moved = f"evaluations/qa-assistant/6/qa-assistant/{'0' * 8}.json"
    write(work, {path_of(PASS): "{", moved: PASS.model_dump_json(by_alias=True), "README.md": "x"})
    commit(work)
    git(work, "push", "-q", "origin", BRANCH)
    fresh = Ledger(clone(remote, "b"))
    assert list(fresh.all()) == []
    with pytest.raises(PublishConflict, match="cannot be read"):
        fresh.keep([PASS])


def test_outside_a_repository_there_is_none(registry: Path) -> None:
    assert Ledger(registry).load("qa", 1, "qa") == []
    assert list(Ledger(registry).all()) == []


def _all(root: Path) -> list[Verdict]:
    workspace = Workspace(root)
    return [item.verdict for item in judge_all(workspace, plan_record(workspace.registry).comparisons)]


def test_a_fresh_clone_reuses_what_the_branch_holds(remote: Path) -> None:
    verdicts = _all(clone(remote, "a"))
    Ledger(remote.parent / "a").keep(verdicts)
    workspace = Workspace(clone(remote, "b"))
    judged = judge_all(workspace, plan_record(workspace.registry).comparisons)
    assert [item.reused for item in judged] == [True, True]
    assert not (workspace.root / ".cuebook/replies.sqlite").exists()
    lost = clone(remote, "c")
    write(lost, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "0.2")})
    other = Workspace(lost)
    assert [item.reused for item in judge_all(other, plan_record(other.registry).comparisons)] == [
        False,
        False,
    ]


def test_claims_are_taken_over_only_for_these_digests(remote: Path) -> None:
    verdicts = _all(clone(remote, "a"))
    workspace = Workspace(clone(remote, "b"))
    plan = plan_record(workspace.registry).comparisons
    forged = [
        item.model_copy(update={"digests": item.digests.model_copy(update={"dataset": "x"})})
        for item in verdicts
    ]
    assert take_over(workspace, plan, forged) == []
    assert list(workspace.evidence.all()) == []
    held = [
        item.model_copy(update={"override": Override(who="m", why="m", until="2099-01-01")})
        for item in verdicts
    ]
    taken = take_over(workspace, plan, [*forged, *held])
    assert [item.name for item in taken] == ["qa/1 on qa", "qa/2 on qa"]
    assert all(valid_verdict(workspace, item) for item in plan)
    assert all(item.override is None for item in workspace.evidence.all())
    assert take_over(workspace, plan, verdicts) == []


def test_what_went_live_is_recorded_once(remote: Path) -> None:
    first = Live(
        prompt="qa",
        alias="production",
        version=3,
        digest="sha256:" + "0" * 64,
        commit="c" * 40,
        time="2026-01-01T00:00:00Z",
        why="pass",
    )
    assert first.path == "live/qa/production/3.json"
    kept = Ledger(clone(remote, "a"))
    assert kept.live("qa", "production") == []
    assert kept.keep([], {first.path: encode(first)}) == [first.path]
    again = Ledger(clone(remote, "b"))
    assert again.live("qa", "production") == [first]
    assert again.live("qa", "staging") == []
    assert again.live("../..", "production") == []
    assert again.keep([], {first.path: b"another"}) == []


GOOD: dict[str, Any] = {
    "prompt": "qa",
    "alias": "production",
    "version": 3,
    "digest": "sha256:" + "0" * 64,
    "commit": "c" * 40,
    "time": "2026-01-01T00:00:00Z",
    "why": "pass",
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("prompt", "x\ndata 1\nA\nD published\nM 100644 inline y"),
        ("prompt", "../published"),
        ("prompt", "QA"),
        ("alias", "production\nD live"),
        ("alias", "latest"),
        ("version", 10**9),
        ("version", 0),
        ("digest", "d"),
        ("digest", "sha256:" + "0" * 64 + "\n"),
        ("commit", "HEAD"),
        ("time", "yesterday"),
        ("why", "x" * 20_000),
    ],
)
def test_a_record_that_no_publication_would_write_is_none(key: str, value: object) -> None:
    Live.model_validate(GOOD)
    with pytest.raises(ValidationError):
        Live.model_validate(GOOD | {key: value})


def test_a_record_too_large_to_be_ours_is_not_read(remote: Path) -> None:
    padded = encode(Live(**GOOD)) + b" " * MAX_RECORD
    Ledger(clone(remote, "a")).keep([], {"live/qa/production/3.json": padded})
    assert Ledger(clone(remote, "b")).live("qa", "production") == []


def test_a_record_counts_only_at_the_path_that_its_fields_give_it(remote: Path) -> None:
    live, published = Live(**GOOD), Published(commit="c" * 40, time="2026-01-01T00:00:00Z")
    elsewhere = {
        "live/qa/production/4.json": encode(live),
        f"published/{'d' * 40}.json": encode(published),
    }
    Ledger(clone(remote, "a")).keep([], elsewhere)
    read = Ledger(clone(remote, "b"))
    assert (read.live("qa", "production"), read.publications) == ([], [])
    Ledger(clone(remote, "c")).keep([], {record.path: encode(record) for record in (live, published)})
    read = Ledger(clone(remote, "d"))
    assert (read.live("qa", "production"), read.publications) == ([live], [published])


def test_a_reason_to_go_live_that_is_unknown_stops_the_command(remote: Path) -> None:
    coded = encode(Live(**GOOD)).replace(b'"grounds": "unknown"', b'"grounds": "brand_new_code"')
    Ledger(clone(remote, "a")).keep([], {"live/qa/production/3.json": coded})
    with pytest.raises(UsageError, match="written by a newer Cuebook"):
        Ledger(clone(remote, "b")).live("qa", "production")
