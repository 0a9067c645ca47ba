from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from conftest import QA
from cuebook.core.errors import InvalidFiles, UnknownVersion
from cuebook.gate.plan import plan_record
from cuebook.jobs import promote
from cuebook.jobs.checking import committed
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.promote import PromotionCheck
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange
from cuebook.registry.alias_pointers import Pointer
from cuebook.shapes.cause import Lack
from cuebook.wording.promotion import Ground, lack
from recorded import on_branch

WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
DIGEST, TIME = "sha256:" + "0" * 64, "2026-01-01T00:00:00Z"
MOVE = AliasChange("qa", "production", 2, 1)


LACK = Lack(code="judge_unmeasured", values={"about": "qa/3"})


def said(found: PromotionCheck) -> tuple[str, ...]:
    return tuple(map(lack, found.missing))


def stand(root: Path, move: AliasChange = MOVE, *, judge: bool = False) -> PromotionCheck:
    """How a move stands in a checkout; ``judge`` gates it first."""
    workspace = Workspace(root)
    after = promote.proposed(workspace, move.prompt, move.alias, Pointer(move.version))
    past = LiveHistory(after, committed(workspace) or workspace.registry)
    held = promote.comparisons(after, workspace.registry, [move], past)
    if judge:
        judge_all(workspace, held)
    return promote.check_promotion(after, move, held, LiveHistory(after, committed(workspace)))


def test_without_a_verdict_it_may_not(registry: Path) -> None:
    found = stand(registry)
    assert (found.stops, found.exit_code) == (True, 3)
    assert said(found) == ("no valid verdict on qa/2: it was not evaluated yet",)
    assert found.hint == "run: cuebook gate qa/2"


def test_a_further_comparison_is_made_by_a_gate_of_the_change(registry: Path) -> None:
    commit(registry)
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry)
    loosened = QA["evals/qa/suite.yml"].replace("margin: 0.1", "margin: 0.5")
    third = QA["prompts/qa/v2.prompt.yml"].replace("short", "brief")
    write(registry, {"evals/qa/suite.yml": loosened, "prompts/qa/v3.prompt.yml": third})
    commit(registry)
    move = AliasChange("qa", "production", 3, 2)
    hint = "set 'production: 3' in prompts/qa/aliases.yml, then: cuebook gate --base HEAD"
    workspace = Workspace(registry)
    record = plan_record(workspace.registry, lives=workspace.lives).comparisons
    judge_all(workspace, [item for item in record if item.candidate.number == 3])
    found = stand(registry, move)
    assert found.hint == hint
    (lacking,) = said(found)
    assert lacking.endswith(
        "the rules were loosened since the last promotion, and it was not gated under the former ones"
    )
    assert not stand(registry, move, judge=True).stops


def test_a_pass_lets_it_and_a_fail_does_not(registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    found = stand(registry, judge=True)
    assert (found.stops, found.why, found.exit_code) == (False, "pass on qa", 0)
    assert found.basis == "pass", "a word for its rules would renew them for what comes next"
    found = stand(registry, AliasChange("qa", "production", 3, 1), judge=True)
    assert (found.stops, said(found), found.exit_code) == (True, ("qa/3 on qa: fail",), 1)


def test_evidence_for_other_digests_is_none(registry: Path) -> None:
    assert not stand(registry, judge=True).stops
    write(registry, {"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "0.05")})
    assert said(stand(registry)) == (
        "no valid verdict on qa/2: the suite's scorers or gate rules changed since",
    )


def test_every_suite_of_the_prompt_counts(registry: Path) -> None:
    second = {name.replace("evals/qa", "evals/more"): QA[name] for name in QA if name.startswith("evals")}
    write(registry, second)
    assert len(stand(registry).missing) == 2
    assert stand(registry, judge=True).why == "pass on more, qa"


@pytest.mark.parametrize(("until", "stops"), [("2099-01-01", False), ("2020-01-01", True)])
def test_an_override_lets_it_while_it_holds(registry: Path, until: str, stops: bool) -> None:
    digest = Workspace(registry).registry.version("qa", 2).digest
    held = f"prompt: qa\nversion: 2\ndigest: {digest}\nwho: '@ada'\nwhy: known\nuntil: '{until}'\n"
    write(registry, {"overrides/qa-v2.yml": held})
    found = stand(registry)
    assert found.stops is stops
    last = (date.fromisoformat(Workspace(registry).today) + timedelta(days=180)).isoformat()
    assert stops or (found.why, found.basis) == (f"let through by @ada until {last}: known", "override")


def test_what_was_live_may_come_back(registry: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    commit(registry)
    write(registry, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(registry)
    found = stand(registry)
    assert (found.stops, found.past_live, found.exit_code) == (False, True, 0)
    why = "Back to v2, which was live before: allowed without a verdict"
    assert found.why == f"{why} (today: no valid verdict on qa/2: it was not evaluated yet)"
    write(registry, {"prompts/qa/aliases.yml": "production: 1\nstaging: 2\n"})
    assert stand(registry, AliasChange("qa", "staging", 2)).past_live is False


def test_a_version_that_apps_cannot_call_needs_somebody_who_answers_for_it(registry: Path) -> None:
    asks = QA["prompts/qa/v2.prompt.yml"].replace("<context>", "{{tone}}\\n<context>")
    told = QA["evals/qa/dataset.jsonl"].replace('"question"', '"tone": "kind", "question"')
    write(registry, {"prompts/qa/v3.prompt.yml": asks, "evals/qa/dataset.jsonl": told})
    move = AliasChange("qa", "production", 3, 1)
    found = stand(registry, move, judge=True)
    why = "apps of production cannot call qa/3: input tone is new and required: callers must pass it"
    assert ([item.outcome for item in found.verdicts], found.stops, said(found)) == (["pass"], True, (why,))
    digest = Workspace(registry).registry.version("qa", 3).digest
    held = f"prompt: qa\nversion: 3\ndigest: {digest}\nwho: '@ada'\nwhy: known\nuntil: '2099-01-01'\n"
    write(registry, {"overrides/qa-v3.yml": held})
    assert not stand(registry, move).stops


def test_a_default_that_no_case_asks_with_needs_somebody_who_answers_for_it(registry: Path) -> None:
    asks = QA["prompts/qa/v1.prompt.yml"].replace(
        "messages:", "inputs: {context: {}, question: {}, tone: {default: kind}}\nmessages:", 1
    )
    asks = asks.replace("<context>", "{{tone}}\\n<context>")
    told = QA["evals/qa/dataset.jsonl"].replace('"question"', '"tone": "kind", "question"')
    write(registry, {"prompts/qa/v3.prompt.yml": asks, "evals/qa/dataset.jsonl": told})
    write(
        registry, {"prompts/qa/v4.prompt.yml": asks.replace("kind", "Say sorry.").replace("First", "Sorry")}
    )
    commit(registry)
    move = AliasChange("qa", "production", 4, 3)
    found = stand(registry, move, judge=True)
    why = (
        "apps of production that leave out tone get a new default of qa/4, and hardly any case of suite qa "
        "uses it"
    )
    assert ([item.outcome for item in found.verdicts], found.stops, said(found)) == (["pass"], True, (why,))
    some = told.replace('"tone": "kind", ', "", 6)
    write(registry, {"evals/qa/dataset.jsonl": some})
    assert why not in said(stand(registry, move))


def test_a_prompt_without_a_suite_has_no_evidence(registry: Path) -> None:
    (registry / "evals/qa/suite.yml").unlink()
    assert said(stand(registry)) == ("no suite evaluates qa, so nothing shows what qa/2 does",)


def test_a_judge_needs_its_labels(registry: Path) -> None:
    judge = (
        "message: Judge\nmodel: offline/judge\nmessages:\n"
        '  - {role: user, content: "{{answer}} {{answer_given}}"}\n'
    )
    line = '{"id": "a", "inputs": {}, "label": 5}\n'
    files = {f"prompts/grade/v{n}.prompt.yml": judge.replace("Judge", f"Judge {n}") for n in (1, 2)}
    write(
        registry, {**files, "prompts/grade/aliases.yml": "production: 1\n", "evals/grade/labels.jsonl": line}
    )
    found = stand(registry, AliasChange("grade", "production", 2, 1))
    assert said(found) == ("grade/2 was not measured against its labels",)
    assert found.hint == "cuebook judge grade/2"


def test_a_judge_agrees_with_the_labels_from_before_the_change(registry: Path) -> None:
    """Whoever promotes a judge may add labels, not choose them: its agreement would say nothing."""
    judge = "message: J\nmodel: offline/judge\ntemplate: '{{answer}} {{answer_given}}'\n"
    path, lines = (
        "evals/grade/labels.jsonl",
        [f'{{"id": "{n}", "inputs": {{}}, "label": 5}}\n' for n in "abc"],
    )
    versions = {f"prompts/grade/v{n}.prompt.yml": judge.replace("J", f"J{n}", 1) for n in (1, 2)}
    write(registry, {**versions, "prompts/grade/aliases.yml": "production: 1\n", path: "".join(lines)})
    commit(registry)
    move = AliasChange("grade", "production", 2, 1)
    unmeasured = "grade/2 was not measured against its labels"
    write(registry, {path: "".join([*lines, lines[0].replace('"a"', '"d"')])})
    added = (
        "1 of the 4 labels of grade/2 come with the change that promotes it, and decide from the next one on"
    )
    found = stand(registry, move)
    assert (found.stops, said(found)) == (True, (added, unmeasured))
    assert (
        found.hint
        == "merge the labels in a separate change, or say who is responsible in overrides/grade-v2.yml"
    )
    write(registry, {path: lines[0] + lines[1].replace("5", "1")})
    changed = "2 of the 3 labels that grade/2 has to agree with are gone, or have another label now"
    found = stand(registry, move)
    assert (found.stops, said(found)) == (True, (changed, unmeasured))
    assert found.hint == "restore the labels, or say who is responsible in overrides/grade-v2.yml"
    (registry / path).unlink()
    assert said(stand(registry, move))[0] == changed.replace("2 of", "3 of")


def test_a_judge_agrees_with_all_labels_since_its_last_promotion(registry: Path) -> None:
    judge = "message: J\nmodel: offline/judge\ntemplate: '{{answer}} {{answer_given}}'\n"
    versions = {f"prompts/grade/v{n}.prompt.yml": judge.replace("J", f"J{n}", 1) for n in (1, 2)}
    write(registry, {**versions, "prompts/grade/aliases.yml": "production: 1\n"})
    commit(registry)
    lines = [f'{{"id": "{n}", "inputs": {{}}, "label": 5}}\n' for n in "abc"]
    for given in (lines[:2], lines, [lines[0], lines[1], lines[2].replace("5", "1")], lines[:1]):
        write(registry, {"evals/grade/labels.jsonl": "".join(given)})
        commit(registry)
    told = said(stand(registry, AliasChange("grade", "production", 2, 1)))
    changed = "2 of the 3 labels that grade/2 has to agree with are gone, or have another label now"
    assert told == (changed, "grade/2 was not measured against its labels")


def test_a_version_that_is_not_there(registry: Path) -> None:
    with pytest.raises(UnknownVersion):
        stand(registry, AliasChange("qa", "production", 9, 1))
    write(registry, {"prompts/qa/aliases.yml": "{production: 1}\n"})
    with pytest.raises(InvalidFiles):
        stand(registry)


def test_records_of_a_publication(registry: Path) -> None:
    commit(registry)
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG, "prompts/qa/aliases.yml": "production: 3\n"})
    commit(registry)
    workspace = Workspace(registry)
    past = LiveHistory(workspace, workspace.tip("HEAD~1"))
    refused: Any = PromotionCheck(
        AliasChange("qa", "production", 3, 1),
        DIGEST,
        missing=(LACK,),
    )
    made = promote.records(workspace, [refused], past, "c" * 40, TIME)
    assert [(item.version, item.why) for item in made] == [(1, "live before records began")]
    allowed = PromotionCheck(AliasChange("qa", "production", 3, 1), DIGEST, grounds=Ground("passed", ("qa",)))
    made = promote.records(workspace, [allowed], past, "c" * 40, TIME)
    assert [(item.version, item.commit) for item in made] == [(3, "c" * 40), (1, made[1].commit)]
    both = promote.records(workspace, [allowed, refused], past, "c" * 40, TIME)
    assert [item.version for item in both] == [1]  # nothing goes live when anything is stopped


def test_what_is_live_stays_on_evidence_of_an_earlier_gate_and_a_move_does_not(registry: Path) -> None:
    assert not stand(registry, judge=True).stops
    workspace = Workspace(registry)
    (kept,) = [item for item in workspace.evidence.all() if item.candidate.version == 2]
    old = kept.digests.model_copy(update={"tool": "gate 1; contains 1"})
    workspace.evidence.save(kept.model_copy(update={"digests": old}))
    assert said(stand(registry)) == (
        "no valid verdict on qa/2: the gate or a scorer of this tool changed since",
    )
    held = [
        replace(item, reason="on record")
        for item in promote.comparisons(
            promote.proposed(workspace, MOVE.prompt, MOVE.alias, Pointer(MOVE.version)),
            workspace.registry,
            [MOVE],
            LiveHistory(workspace, None),
        )
    ]
    stays = replace(MOVE, previous=MOVE.version)
    assert promote.still_stands(workspace, stays, held)
    assert not promote.still_stands(workspace, MOVE, held)
    assert promote.check_promotion(workspace, MOVE, held, LiveHistory(workspace, None)).stops
    workspace.evidence.save(kept.model_copy(update={"digests": old, "outcome": "fail"}))
    assert not promote.still_stands(workspace, stays, held)


def test_what_a_rollback_left_still_counts_when_it_is_erased(registry: Path) -> None:
    text = QA["prompts/qa/v2.prompt.yml"]
    write(registry, {"prompts/qa/v3.prompt.yml": text.replace("short", "brief")})
    shas = []
    for number in (1, 2, 1):
        write(registry, {"prompts/qa/aliases.yml": f"production: {number}\n"})
        shas.append(commit(registry))
    on_branch(registry, (1, "pass"), (2, "pass"), published=tuple(shas))
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    write(registry, {"prompts/qa/meta.yml": "title: Q\nerased: [2]\n"})
    commit(registry)
    move = AliasChange("qa", "production", 3, 1)
    found = stand(registry, move, judge=True)
    assert said(found) == ("it is not shown to be as good as qa/2, the version that was rolled back",)
    digest = Workspace(registry).registry.version("qa", 3).digest
    word = f"prompt: qa\nversion: 3\ndigest: {digest}\nwho: '@ada'\nwhy: known\nuntil: '2099-01-01'\n"
    write(registry, {"overrides/qa-v3.yml": word})
    assert stand(registry, move).stops
    write(registry, {"overrides/qa-v3.yml": f"{word}left: {{v2: It leaked a name}}\n"})
    assert not stand(registry, move).stops
