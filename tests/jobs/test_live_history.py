from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import BRANCH, Grounds, Ledger, Live, Published, path_of
from cuebook.registry.alias_past import AliasPast, FormerRules
from cuebook.shapes._base import encode
from recorded import TIME, on_branch
from verdicts import FAIL

ALIASES = "prompts/qa/aliases.yml"
SUITE = "evals/qa/suite.yml"


@pytest.fixture
def clone(registry: Path, tmp_path: Path) -> Path:
    """A clone whose alias went 1, 2, 1 on the default branch."""
    third = {"prompts/qa/v3.prompt.yml": "message: Third\nmodel: offline/rules\ntemplate: '{{question}}'\n"}
    write(registry, third)
    commit(registry)
    for number in (2, 1):
        move(registry, number)
    git(registry, "clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git(registry, "clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return tmp_path / "clone"


def move(root: Path, number: int | None) -> str:
    write(root, {ALIASES: f"production: {number}\n" if number else "{}\n"})
    return commit(root)


def record(root: Path, *records: Live | Published) -> None:
    Ledger(root).keep([], {item.path: encode(item) for item in records})


def live(root: Path, number: int, digest: str = "") -> Live:
    digest = digest or Workspace(root).registry.version("qa", number).digest
    return Live(
        prompt="qa", alias="production", version=number, digest=digest, commit="c" * 40, time=TIME, why="pass"
    )


def past(root: Path, base: str = "origin/main") -> LiveHistory:
    workspace = Workspace(root)
    return LiveHistory(workspace, workspace.at(base))


def test_without_records_the_history_before_the_change_counts(clone: Path) -> None:
    assert past(clone).versions("qa", "production") == {1, 2}
    assert past(clone).versions("qa", "staging") == frozenset()
    assert past(clone).last("qa", "production") == 1


def test_without_records_a_number_with_another_text_was_never_live(clone: Path) -> None:
    path = "prompts/qa/v2.prompt.yml"
    (clone / path).unlink()
    commit(clone, "Delete it")
    write(clone, {path: QA[path].replace("short sentence", "long poem")})
    git(clone, "push", "-q", "origin", f"{commit(clone)}:main")
    assert past(clone).versions("qa", "production") == {1}
    write(clone, {path: QA[path]})
    assert past(clone).versions("qa", "production") == {1, 2}


@pytest.mark.parametrize("numbers", [(3, 1, 3), (3, 2), (3, None, 3)])
def test_moves_inside_the_change_never_count(clone: Path, numbers: tuple[int | None, ...]) -> None:
    for number in numbers:
        move(clone, number)
    assert past(clone).versions("qa", "production") == {1, 2}
    assert past(clone).last("qa", "production") == 1


def test_where_no_base_is_known_nothing_was_live(clone: Path) -> None:
    found = LiveHistory(Workspace(clone), None)
    assert (found.versions("qa", "production"), found.last("qa", "production")) == (frozenset(), None)


def test_records_say_it_and_git_no_longer_does(clone: Path) -> None:
    record(clone, live(clone, 1), Published(commit=git(clone, "rev-parse", "HEAD"), time=TIME))
    assert past(clone).versions("qa", "production") == {1}
    assert past(clone).versions("qa", "staging") == frozenset()


def test_a_record_about_another_text_is_none(clone: Path) -> None:
    record(clone, live(clone, 1), live(clone, 3, "sha256:" + "0" * 64))
    assert past(clone).versions("qa", "production") == {1}


def test_what_was_refused_before_records_began_was_not_live(clone: Path) -> None:
    digest = Workspace(clone).registry.version("qa", 2).digest
    candidate = FAIL.candidate.model_copy(update={"version": 2})
    digests = FAIL.digests.model_copy(update={"candidate": digest})
    fail = FAIL.model_copy(update={"prompt": "qa", "candidate": candidate, "digests": digests})
    Ledger(clone).keep([fail])
    assert git(clone, "show", f"origin/cuebook-data:{path_of(fail)}") == encode(fail).decode().strip()
    assert past(clone).versions("qa", "production") == {1}


def test_what_a_newer_release_has_its_say_on_was_not_live_and_is_not_called_refused(clone: Path) -> None:
    path = "evaluations/qa/2/qa/00000000.json"
    Ledger(clone).keep([], {path: b'{"schema": "cuebook/evaluation/9"}'})
    found = past(clone)
    assert found.versions("qa", "production") == {1}
    assert found.workspace.newer_records == [f"{BRANCH}:{path}"]
    assert found.last_refused("qa") is None


def test_the_last_live_version_is_that_of_the_last_publication(clone: Path) -> None:
    record(clone, live(clone, 1), Published(commit=git(clone, "rev-parse", "HEAD"), time=TIME))
    move(clone, 3)
    git(clone, "push", "-q", "origin", "HEAD:main")  # merged, and refused
    write(clone, {"README.md": "x"})
    commit(clone)
    assert past(clone).last("qa", "production") == 1


def test_an_alias_taken_away_was_last_live_where_it_pointed(clone: Path) -> None:
    move(clone, 2)
    gone = move(clone, None)
    git(clone, "push", "-q", "origin", "HEAD:main")
    record(clone, live(clone, 2), Published(commit=gone, time=TIME))
    move(clone, 3)
    assert past(clone).last("qa", "production") == 2


def more_versions(root: Path) -> None:
    text = QA["prompts/qa/v2.prompt.yml"]
    write(root, {f"prompts/qa/v{n}.prompt.yml": text.replace("short", f"short ({n})") for n in (3, 4)})


def production(root: Path, before: str) -> AliasPast:
    workspace = Workspace(root)
    return LiveHistory(workspace, workspace.tip(before)).past("qa", "production")


def rules_of(root: Path, before: str) -> tuple[FormerRules, ...]:
    workspace = Workspace(root)
    return LiveHistory(workspace, workspace.tip(before)).rules("qa", "production")


def margins(root: Path, before: str) -> list[float]:
    suites = [rules.suites_of("qa")["qa"] for rules in rules_of(root, before)]
    return [suite.gate.metrics["contains"].margin for suite in suites]


def versions(past: AliasPast) -> list[int]:
    return [stay.version for stay in past.stays]


def test_stays_are_in_the_order_of_the_default_branch(registry: Path) -> None:
    more_versions(registry)
    base = [move(registry, number) for number in (1, 2, 1)][-1]
    for number in (3, 1, 3):
        move(registry, number)
    past = production(registry, base)
    assert (versions(past), past.past_live) == ([1, 2, 1], {1, 2})
    assert [item.version for item in past.left] == [2]


def test_moves_inside_a_change_are_no_stays(registry: Path) -> None:
    """Where the branch's tip is checked out, its own commits are on the first-parent line."""
    more_versions(registry)
    base = move(registry, 1)
    for number in (4, 1, 4):
        move(registry, number)
    assert versions(production(registry, base)) == [1]


def test_an_alias_that_is_gone_has_a_past(registry: Path) -> None:
    move(registry, 1)
    base = move(registry, None)
    assert production(registry, base).last == 1


def test_where_publications_are_recorded_only_those_count(registry: Path) -> None:
    more_versions(registry)
    first = move(registry, 1)
    move(registry, 3)
    base = move(registry, 2)
    on_branch(registry, (1, "pass"), (2, "pass"), published=(first, base))
    past = production(registry, base)
    assert (versions(past), past.past_live) == ([1, 2], {1, 2})


def test_an_alias_that_nothing_was_recorded_of_was_never_live(registry: Path) -> None:
    base = move(registry, 1)
    on_branch(registry, published=(base,))
    past = production(registry, base)
    assert (past.past_live, past.last) == (frozenset(), 1)


@pytest.mark.parametrize(
    ("grounds", "expected"),
    [("pass", 2), ("rules", 2), ("unknown", 2), ("override", 1)],
)
def test_a_word_for_a_version_renews_no_rules(registry: Path, grounds: Grounds, expected: int) -> None:
    commits = [move(registry, 1), move(registry, 2)]
    on_branch(registry, (1, "pass"), (2, grounds), published=tuple(commits))
    past = production(registry, commits[-1])
    assert past.promotion is not None
    assert past.promotion.version == expected


@pytest.mark.parametrize("grounds", ["override", "rules", "pass", "unknown"])
def test_what_was_live_may_come_back_on_whatever_grounds_it_was(registry: Path, grounds: Grounds) -> None:
    more_versions(registry)
    commits = [move(registry, number) for number in (1, 2, 1, 3)]
    on_branch(registry, (1, "pass"), (2, grounds), (3, "pass"), published=tuple(commits))
    past = production(registry, commits[-1])
    assert (past.past_live, versions(past)) == ({1, 2, 3}, [1, 2, 1, 3])


def test_the_rules_are_those_that_were_published_before_the_promotion(registry: Path) -> None:
    rules = QA["evals/qa/suite.yml"]
    first = move(registry, 1)
    write(registry, {"evals/qa/suite.yml": rules.replace("floor: 0.5", "floor: 0.1")})
    commit(registry)
    base = move(registry, 2)
    on_branch(registry, (1, "pass"), (2, "pass"), published=(first, base))
    former, *_ = rules_of(registry, base)
    assert former.version == 1
    assert former.suites_of("qa")["qa"].gate.metrics["contains"].floor == 0.5


@pytest.mark.parametrize(
    ("grounds", "expected"), [("pass", [0.1, 0.1, 1.0]), ("rules", [1.0, 1.0]), ("unknown", [1.0, 1.0])]
)
def test_a_pass_between_makes_no_loosening_good(
    registry: Path, grounds: Grounds, expected: list[float]
) -> None:
    more_versions(registry)
    first = move(registry, 1)
    write(registry, {SUITE: QA[SUITE].replace("margin: 0.1", "margin: 1.0")})
    loosened = commit(registry)
    between = move(registry, 2)
    base = move(registry, 3)
    on_branch(registry, (1, "pass"), (2, grounds), (3, "pass"), published=(first, loosened, between, base))
    assert margins(registry, base) == expected


def test_what_was_tightened_since_the_last_promotion_is_among_the_former_rules(registry: Path) -> None:
    first = move(registry, 1)
    for margin in ("0.05", "0.1", "0.2"):
        write(registry, {SUITE: QA[SUITE].replace("margin: 0.1", f"margin: {margin}")})
        base = commit(registry)
    assert margins(registry, base) == [0.1, 0.1, 0.05, 0.1, 0.2]
    on_branch(registry, (1, "pass"), published=(first,))
    found = rules_of(registry, base)
    assert [(rules.version, rules.between) for rules in found] == [(1, False)] * 2 + [(1, True)] * 3


def margin(root: Path, value: str) -> str:
    write(root, {SUITE: QA[SUITE].replace("margin: 0.1", f"margin: {value}")})
    return commit(root)


def test_rules_behind_the_second_parent_of_what_the_branch_moved_on_to_are_among_the_former(
    registry: Path,
) -> None:
    """``git pull`` and a push make such a merge, and so does who wants stricter rules to be forgotten."""
    first = move(registry, 1)
    tightened = margin(registry, "0.05")
    published = margin(registry, "0.06")
    git(registry, "checkout", "-q", "-b", "aside", first)
    write(registry, {"README.md": "x"})
    commit(registry)
    git(registry, "merge", "-q", "-m", "Merge the default branch", published)
    base = margin(registry, "0.1")
    assert margins(registry, base) == [0.1, 0.1, 0.06, 0.1]
    on_branch(registry, (1, "pass"), published=(first, tightened, published))
    assert margins(registry, base) == [0.1, 0.1, 0.05, 0.06, 0.1, 0.06, 0.1]


def test_cases_and_suites_that_went_away_are_among_the_former_rules(registry: Path) -> None:
    more_versions(registry)
    first = move(registry, 1)
    cases = QA["evals/qa/dataset.jsonl"]
    write(registry, {"evals/qa/dataset.jsonl": cases + cases.replace('"id": "q', '"id": "easy')})
    grown = commit(registry)
    between = move(registry, 2)
    git(registry, "rm", "-rq", "evals/qa")
    base = commit(registry)
    on_branch(registry, (1, "pass"), (2, "pass"), published=(first, grown, between))
    suites = [rules.suites_of("qa") for rules in rules_of(registry, base)]
    assert [[len(suite.cases) for suite in each.values()] for each in suites] == [[60], [60], [120], []]


def test_pasts_are_those_of_what_the_change_moves_or_adds_to(registry: Path) -> None:
    base = move(registry, 1)
    workspace = Workspace(registry)
    before = workspace.tip(base)
    assert LiveHistory(workspace, before).pasts(["production"]) == {}
    more_versions(registry)
    found = LiveHistory(Workspace(registry), before).pasts(["production", "stable"])
    assert {key: versions(past) for key, past in found.items()} == {
        ("qa", "production"): [1],
        ("qa", "stable"): [],
    }


def test_a_branch_that_merged_the_default_branch_hides_nothing_of_it(registry: Path) -> None:
    """Where a branch's tip is checked out, its first-parent line is its own and not the default branch's."""
    more_versions(registry)
    move(registry, 1)
    git(registry, "switch", "-qc", "change")
    write(registry, {"README.md": "x"})
    commit(registry)
    git(registry, "switch", "-q", "main")
    base = [move(registry, number) for number in (2, 1)][-1]
    git(registry, "switch", "-q", "change")
    git(registry, "merge", "-q", "-m", "merge", "main")
    move(registry, 3)
    past = production(registry, base)
    assert versions(past) == [1, 2, 1]
    assert [item.version for item in past.left] == [2]


def test_a_publication_that_history_lost_is_said_until_a_later_promotion(registry: Path) -> None:
    more_versions(registry)
    commits = [move(registry, number) for number in (1, 2, 3, 4)]
    on_branch(registry, (1, "pass"), (2, "pass"), published=tuple(commits[:2]))
    lost = LiveHistory(Workspace(registry), Workspace(registry).tip(commits[1])).lost
    assert lost("qa", "production") is None
    git(registry, "reset", "-q", "--hard", commits[0])
    git(registry, "commit", "-q", "--amend", "-m", "another history")
    move(registry, 2)
    found = LiveHistory(Workspace(registry), Workspace(registry).tip("HEAD"))
    gone = found.lost("qa", "production")
    assert gone is not None
    assert gone.commit in commits[:2]
    assert found.lost("qa", "staging") is None, "nothing says that it was ever live"


def test_a_later_promotion_on_record_answers_to_rules_that_are_there(registry: Path) -> None:
    more_versions(registry)
    commits = [move(registry, number) for number in (1, 2, 3)]
    days = {
        "f" * 40: "2026-01-02",
        commits[0]: "2026-01-01",
        commits[1]: "2026-01-03",
        commits[2]: "2026-01-04",
    }
    on_branch(registry, (1, "pass"), (2, "pass"), (3, "pass"))
    git(registry, "checkout", "-q", BRANCH)
    for sha, day in days.items():
        item = Published(commit=sha, time=f"{day}T00:00:00Z")
        write(registry, {item.path: encode(item)})
        git(registry, "add", "-f", item.path)
    git(registry, "commit", "-q", "-m", "more")
    git(registry, "checkout", "-qf", "main")

    def lost(before: str) -> Published | None:
        return LiveHistory(Workspace(registry), Workspace(registry).tip(before)).lost("qa", "production")

    assert lost(commits[2]) is None
    assert lost(commits[1]) is not None


def test_the_checkouts_own_files_are_before_what_a_fork_brings(registry: Path) -> None:
    more_versions(registry)
    for number in (1, 2, 1):
        move(registry, number)
    workspace = Workspace(registry)
    past = LiveHistory(workspace, workspace.registry)
    assert versions(past.past("qa", "production")) == [1, 2, 1]
    assert past.last_refused("qa") is None


def test_the_version_refused_last_is_the_newest_that_no_verdict_lets_through(clone: Path) -> None:
    def kept(number: int, outcome: str) -> Any:
        digest = Workspace(clone).registry.version("qa", number).digest
        candidate = FAIL.candidate.model_copy(update={"version": number})
        digests = FAIL.digests.model_copy(update={"candidate": digest})
        told = {"prompt": "qa", "candidate": candidate, "digests": digests, "outcome": outcome}
        return FAIL.model_copy(update=told)

    Ledger(clone).keep([kept(2, "fail"), kept(3, "pass")])
    assert past(clone).last_refused("qa") == 2
    assert past(clone).last_refused("other") is None


def test_publications_are_read_where_the_folders_were_then(registry: Path) -> None:
    shas = [move(registry, 1)]
    git(registry, "mv", "prompts", "texts")
    write(registry, {"cuebook.toml": "prompts_dir = 'texts'\n"})
    for number in (2, 1):
        write(registry, {"texts/qa/aliases.yml": f"production: {number}\n"})
        shas.append(commit(registry))
    on_branch(registry, (1, "pass"), (2, "pass"), published=tuple(shas))
    past = production(registry, shas[-1])
    assert versions(past) == [1, 2, 1]
    assert [item.version for item in past.left] == [2]
