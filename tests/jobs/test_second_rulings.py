from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from build import case, comparison, suite, version, write
from cuebook.gate.comparison import Comparison, Second
from cuebook.jobs.second_rulings import lets, override_for, rules_accepted, to_accept, together
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.cause import RuleChange
from cuebook.shapes.verdict import Verdict
from cuebook.wording.headline import headline
from cuebook.wording.notes import notes
from verdicts import metric, verdict

OF = comparison(suite([case(n) for n in range(3)]))
STATES = (("sha256:" + "1" * 64, "sha256:" + "2" * 64), ("sha256:" + "3" * 64, "sha256:" + "2" * 64))
RULES = Second(
    "rules", 4, "2026-11-20T08:00:00Z", OF, (RuleChange(code="margin", old=0.05, new=0.1),), *STATES
)
GROWN = replace(RULES, changes=(RuleChange(code="cases_added", count=90),))
LABELLED = replace(RULES, changes=(RuleChange(code="labels_added", label="grader", count=90),))
LEFT = Second("rollback", 5, "2026-11-21T08:00:00Z", replace(OF, baseline=version(5)))


@pytest.mark.parametrize(
    ("outcome", "advisory", "lets_through"),
    [
        ("pass", False, True),
        ("inconclusive", False, False),
        ("inconclusive", True, True),
        ("fail", False, False),
    ],
)
def test_former_labels_may_leave_it_open_where_no_judge_decided_by_them(
    outcome: Any, advisory: bool, lets_through: bool
) -> None:
    made = verdict(outcome, metrics=[metric("exact", outcome, 0.0, -0.1, 0.1, advisory=advisory)])
    assert lets(LABELLED, made) == lets_through


def test_of_too_many_former_rules_none_lets_a_version_through() -> None:
    assert lets(RULES, verdict("pass"))
    assert not lets(replace(RULES, more_than=20), verdict("pass"))


def test_what_answers_otherwise_now_lets_no_version_through() -> None:
    assert not lets(replace(RULES, asked_otherwise=True), verdict("pass"))


def of(*seconds: Second) -> Comparison:
    return replace(OF, seconds=seconds)


def said(outcome: Any) -> Verdict:
    return verdict(outcome, metrics=[metric("exact", outcome, 0.0, -0.1, 0.1)])


def word(root: Path, left: str = "") -> None:
    candidate = OF.candidate
    text = f"prompt: qa\nversion: {candidate.number}\ndigest: {candidate.digest}\nwho: '@ada'\nwhy: known\n"
    write(root, {f"overrides/qa-v{candidate.number}.yml": f"{text}until: '2099-12-31'\n{left}"})


def rules_word(root: Path, after: str = STATES[1][0]) -> None:
    text = (
        f"suite: qa\nbefore: {{rules: '{STATES[0][0]}', dataset: '{STATES[0][1]}'}}\n"
        f"after: {{rules: '{after}', dataset: '{STATES[1][1]}'}}\n"
        "who: '@ada'\nwhy: known\nuntil: '2099-12-31'\n"
    )
    write(root, {"overrides/qa-rules.yml": text})


@pytest.mark.parametrize(
    ("first", "others", "outcome", "told"),
    [
        ("pass", ["pass", "pass"], "pass", "rules"),
        ("pass", ["fail", "pass"], "fail", "rules"),
        ("pass", ["pass", "inconclusive"], "inconclusive", "rollback"),
        ("pass", ["inconclusive", "fail"], "fail", "rollback"),
        ("inconclusive", ["pass", "pass"], "inconclusive", "rules"),
        ("inconclusive", ["pass", "fail"], "fail", "rollback"),
        ("fail", ["pass", "pass"], "fail", "rules"),
    ],
)
def test_all_of_them_must_pass(
    tmp_path: Path, first: Any, others: list[Any], outcome: str, told: str
) -> None:
    whole = together(Workspace(tmp_path), of(RULES, LEFT), said(first), [said(item) for item in others])
    assert whole.second is not None
    assert (whole.outcome, whole.second.first, whole.second.why) == (outcome, first, told)
    assert (whole.alone.outcome, whole.alone.second) == (first, None)


def test_a_comparison_without_others_says_what_it_says(tmp_path: Path) -> None:
    only = said("fail")
    assert together(Workspace(tmp_path), OF, only, []) is only


@pytest.mark.parametrize(
    ("outcome", "lets_through"), [("pass", True), ("inconclusive", True), ("fail", False)]
)
def test_few_former_cases_may_leave_it_open_where_only_cases_were_added(
    outcome: Any, lets_through: bool
) -> None:
    assert lets(GROWN, said(outcome)) is lets_through
    assert lets(RULES, said(outcome)) is (outcome == "pass")


@pytest.mark.parametrize(
    ("mean", "changes", "lets_through"),
    [
        (-0.05, {}, True),
        (-0.06, {}, False),
        (-0.06, {"advisory": True}, True),
        (-0.06, {"kind": "floor"}, True),
    ],
)
def test_few_former_cases_may_not_look_like_a_loss(
    mean: float, changes: dict[str, Any], lets_through: bool
) -> None:
    found = verdict("inconclusive", metrics=[metric("exact", "inconclusive", mean, -0.1, 0.1, **changes)])
    assert lets(GROWN, found) is lets_through


def test_what_something_else_answers_needs_a_word_though_it_passes(tmp_path: Path) -> None:
    otherwise = replace(RULES, asked_otherwise=True)
    whole = together(Workspace(tmp_path), of(otherwise), said("pass"), [said("pass")])
    assert whole.outcome == "inconclusive"
    (text,) = to_accept(of(otherwise), whole)
    before, after = (f"{{rules: {rules}, dataset: {data}}}" for rules, data in STATES)
    written = f"suite: qa, before: {before}, after: {after}, who: '@NAME', why: 'WHY', until: 'YYYY-MM-DD'"
    assert text.endswith(f"write overrides/qa-rules.yml: {{{written}}}")
    rules_word(tmp_path)
    accepted = together(Workspace(tmp_path), of(otherwise), said("pass"), [said("pass")])
    assert accepted.override is not None
    assert list(to_accept(of(otherwise), accepted)) == []


def test_rules_are_accepted_by_an_override_that_names_them(tmp_path: Path) -> None:
    assert override_for(Workspace(tmp_path), OF, said("pass"), [RULES]) is None
    rules_word(tmp_path)
    found = override_for(Workspace(tmp_path), OF, said("pass"), [RULES])
    assert found is not None
    assert (found.who, found.of) == ("@ada", "rules")
    assert override_for(Workspace(tmp_path), OF, said("fail"), [RULES]) is None, (
        "it accepts rules and no verdict"
    )
    assert override_for(Workspace(tmp_path), OF, said("pass"), [RULES, LEFT]) is None
    rules_word(tmp_path, after="sha256:" + "9" * 64)
    assert override_for(Workspace(tmp_path), OF, said("pass"), [RULES]) is None, "it names another loosening"


def test_a_suite_that_is_gone_is_let_go_by_an_override_that_says_so(tmp_path: Path) -> None:
    gone = replace(OF, gone=True)
    state = f"{{rules: '{OF.suite.digest}', dataset: '{OF.suite.dataset_digest}'}}"
    (line,) = to_accept(gone, said("fail"))
    states = f"before: {state}, after: removed".replace("'", "")
    assert line.endswith(f"{{suite: qa, {states}, who: '@NAME', why: 'WHY', until: 'YYYY-MM-DD'}}")
    text = f"suite: qa\nbefore: {state}\nafter: NOW\nwho: '@ada'\nwhy: known\nuntil: '2099-12-31'\n"
    write(tmp_path, {"overrides/qa-rules.yml": text.replace("NOW", state)})
    assert rules_accepted(Workspace(tmp_path), gone) is None
    write(tmp_path, {"overrides/qa-rules.yml": text.replace("NOW", "removed")})
    word = rules_accepted(Workspace(tmp_path), gone)
    assert (word.who, word.of) == ("@ada", "rules") if word else False
    assert rules_accepted(Workspace(tmp_path), OF) is None


def test_what_a_rollback_left_is_accepted_by_saying_why(tmp_path: Path) -> None:
    word(tmp_path)
    assert override_for(Workspace(tmp_path), OF, said("fail"), [RULES]) is not None
    assert override_for(Workspace(tmp_path), OF, said("pass"), [LEFT]) is None
    word(tmp_path, "left: {v4: It was slow}\n")
    assert override_for(Workspace(tmp_path), OF, said("pass"), [LEFT]) is None
    word(tmp_path, "left: {v5: It leaked names}\n")
    assert override_for(Workspace(tmp_path), OF, said("pass"), [LEFT]) is not None


def test_protected_cases_that_the_text_repeats_are_counted(tmp_path: Path) -> None:
    rules = replace(OF.suite, gate=replace(OF.suite.gate, protected="critical"))
    first, *others = OF.cases
    cases = (replace(first, tags=("critical",)), *others)
    made = replace(OF, suite=rules, cases=cases)
    ids = tuple(case.id for case in cases[:2])
    alone = Second("held_out", 1, "", replace(made, cases=cases[2:]), quoted=ids)
    whole = together(Workspace(tmp_path), replace(made, seconds=(alone,)), said("pass"), [said("pass")])
    assert whole.made_from is not None
    assert (whole.made_from.quoted, whole.made_from.protected) == (sorted(ids), 1)


HELD = Second("held_out", 1, "", replace(OF, cases=OF.cases[:1]))


@pytest.mark.parametrize(
    ("first", "held", "outcome", "says"),
    [
        ("pass", "pass", "pass", "Not shown to be better. The same on the 1 case that it was not made from."),
        (
            "pass",
            "fail",
            "fail",
            "Passes on all cases together only. On the 1 case that it was not made from: Worse",
        ),
        ("pass", "inconclusive", "inconclusive", "Passes on all cases together only."),
        ("inconclusive", "pass", "inconclusive", "Not decided"),
    ],
)
def test_what_an_optimiser_made_passes_only_with_cases_it_did_not_see(
    tmp_path: Path, first: Any, held: Any, outcome: str, says: str
) -> None:
    whole = together(Workspace(tmp_path), of(HELD), said(first), [said(held)])
    assert (whole.outcome, whole.second and whole.second.why) == (outcome, "held_out")
    assert says in headline(whole)
    assert whole.made_from is not None
    assert (whole.made_from.seen, whole.made_from.held) == (2, 1)
    assert any(
        "An optimiser saw 2 of the 3 cases; those that it did not see" in note for note in notes(whole)
    )
    assert list(to_accept(of(HELD), whole)) == [], "no override of rules lets it through"


def test_an_override_for_the_version_lets_through_what_an_optimiser_made(tmp_path: Path) -> None:
    rules_word(tmp_path)
    assert together(Workspace(tmp_path), of(HELD), said("pass"), [said("fail")]).override is None
    word(tmp_path)
    assert together(Workspace(tmp_path), of(HELD), said("pass"), [said("fail")]).override is not None


def test_what_else_had_to_pass_on_record_is_still_told(tmp_path: Path) -> None:
    recorded = together(Workspace(tmp_path), of(LEFT), said("pass"), [said("fail")])
    again = together(Workspace(tmp_path), of(HELD), recorded, [said("pass")])
    assert (again.outcome, again.second) == ("fail", recorded.second)
    worse = together(Workspace(tmp_path), of(HELD), recorded, [said("inconclusive")])
    assert (worse.outcome, worse.second) == ("fail", recorded.second)
    passed = together(Workspace(tmp_path), of(LEFT), said("pass"), [said("pass")])
    worse = together(Workspace(tmp_path), of(HELD), passed, [said("inconclusive")])
    assert (worse.outcome, worse.second and worse.second.why) == ("inconclusive", "held_out")
