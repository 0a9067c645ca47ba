from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from build import case as a_case
from build import commit, comparison, runs, suite, version, write
from conftest import QA
from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, Problem, UsageError
from cuebook.gate import verdict_builder
from cuebook.gate.plan import Plan
from cuebook.github import policy
from cuebook.jobs.evaluate import Judged
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes.cause import Nothing
from cuebook.shapes.verdict import Override, Verdict
from cuebook.wording.elsewhere import not_evaluated_line
from plugged import installed

SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"


@pytest.mark.parametrize(
    ("event", "payload", "base"),
    [
        ("pull_request", {"pull_request": {"base": {"ref": "main"}}}, "origin/main"),
        ("merge_group", {"merge_group": {"base_sha": SHA}}, SHA),
        ("push", {"before": SHA}, SHA),
        ("push", {"before": "0" * 40}, None),
        ("workflow_dispatch", {}, None),
        ("schedule", {}, None),
    ],
)
def test_the_base_comes_from_the_event(event: str, payload: dict[str, Any], base: str | None) -> None:
    assert policy.base_of(event, payload) == base


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {}),
        ("pull_request", {"pull_request": None}),
        ("merge_group", {"merge_group": {"base_sha": "--upload-pack=x"}}),
        ("merge_group", {"merge_group": {"base_sha": 7}}),
        ("push", {"before": "main"}),
        ("push", {}),
    ],
)
def test_a_payload_that_names_no_base_is_refused(event: str, payload: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="names no base"):
        policy.base_of(event, payload)


def _verdict(outcome: str, **changes: Any) -> Verdict:
    of = comparison(suite([a_case(n) for n in range(3)]))
    made = verdict_builder.rule(of, runs(of, 1.0, 1.0))
    return made.model_copy(update={"outcome": outcome, **changes})


OVERRIDE = Override(who="@ada", why="known", until="2099-01-01")


@pytest.mark.parametrize(
    ("outcome", "enforce", "promoted", "returns", "effect"),
    [
        ("pass", "merge", True, False, "none"),
        ("fail", "merge", False, False, "stops"),
        ("fail", "promotion", False, False, "warns"),
        ("fail", "promotion", True, False, "stops"),
        ("fail", "merge", True, True, "warns"),
        ("inconclusive", "merge", False, False, "warns"),
        ("inconclusive", "merge", True, False, "stops"),
        ("inconclusive", "promotion", True, True, "warns"),
    ],
)
def test_what_a_verdict_does(outcome: str, enforce: Any, promoted: bool, returns: bool, effect: str) -> None:
    verdict = _verdict(outcome)
    assert policy.effect(verdict, enforce, promoted=promoted, returns=returns) == effect
    held = _verdict(outcome, override=OVERRIDE)
    assert policy.effect(held, enforce, promoted=promoted, returns=returns) == "none"


@pytest.mark.parametrize(
    ("effects", "code"),
    [
        ([], EXIT_PASS),
        ([("pass", "none"), ("fail", "warns"), ("inconclusive", "warns")], EXIT_PASS),
        ([("inconclusive", "stops")], EXIT_INCONCLUSIVE),
        ([("inconclusive", "stops"), ("fail", "stops")], EXIT_FAIL),
    ],
)
def test_the_exit_code_is_that_of_the_worst_that_stops(effects: list[tuple[str, Any]], code: int) -> None:
    weighed = [policy.ChangeEffect(_verdict(outcome), False, effect) for outcome, effect in effects]
    assert policy.exit_code(weighed, []) == code


def _registry(root: Path, aliases: str) -> Registry:
    return Workspace(write(root, {**QA, "prompts/qa/aliases.yml": aliases})).registry


def nothing(_prompt: str, _alias: str) -> set[int]:
    """Nothing was live before."""
    return set()


def _judged(outcome: str) -> Judged:
    of = comparison(suite([a_case(n) for n in range(3)]), candidate=version(2))
    return Judged(
        of, verdict_builder.rule(of, runs(of, 1.0, 1.0)).model_copy(update={"outcome": outcome}), reused=False
    )


@pytest.mark.parametrize(
    ("before", "after", "promoted"),
    [
        ("production: 1\n", "production: 2\n", True),
        ("production: 2\n", "production: 2\n", False),
        ("production: 1\n", "production: 1\n", False),
        ("production: 1\n", "production: 1\nstaging: 2\n", False),
        (None, "production: 2\n", True),
    ],
)
def test_a_promotion_is_a_protected_alias_that_moves(
    tmp_path: Path, before: str | None, after: str, promoted: bool
) -> None:
    old = _registry(tmp_path / "old", before) if before else None
    new = _registry(tmp_path / "new", after)
    (weighed,) = policy.effects_of([_judged("inconclusive")], old, new, nothing, ["production"])
    assert (weighed.promoted, weighed.effect) == (promoted, "stops" if promoted else "warns")


def test_a_rollback_is_never_stopped(tmp_path: Path) -> None:
    old = _registry(tmp_path / "old", "production: 1\n")
    new = _registry(tmp_path / "new", "production: 2\n")

    def past(prompt: str, alias: str) -> set[int]:
        return {2} if (prompt, alias) == ("qa", "production") else set()

    (back,) = policy.effects_of([_judged("fail")], old, new, past, ["production"])
    assert back.effect == "warns"
    assert "it was live before" in policy.effect_lines([back])[0]
    both = _registry(tmp_path / "both", "production: 2\nstaging: 2\n")
    (first,) = policy.effects_of([_judged("fail")], old, both, past, ["production", "staging"])
    assert first.effect == "stops"


def test_settings_come_from_before_the_change(tmp_path: Path) -> None:
    root = write(tmp_path, {**QA, "cuebook.toml": 'models = ["offline/*"]\n'})
    commit(root)
    evil = '[endpoints.local]\nbase_url = "https://evil.example"\n'
    write(root, {"cuebook.toml": f'model = "local/x"\n{evil}'})
    workspace = Workspace(root)
    guarded = policy.with_base_settings(workspace, workspace.at("HEAD"))
    assert (guarded.config.model, guarded.config.endpoints) == (None, {})
    assert guarded.config.models == ["offline/*"]
    keyless = policy.keyless(workspace, workspace.at("HEAD"))
    assert (keyless.config.model, keyless.config.endpoints) == (None, {})
    alone = policy.keyless(workspace, None)
    assert (alone.config.model, alone.config.endpoints) == ("local/x", {})


def test_problems_become_commands_that_nothing_in_them_can_end() -> None:
    hostile = Problem("a,b:c.yml", 0, "100%\n::set-output name=x::y", "do\rthis")
    (line,) = policy.commands_for([hostile])
    assert line == ("::error file=a%2Cb%3Ac.yml,line=1::100%25%0A::set-output name=x::y%0Ado%0Dthis")
    many = [Problem("a.yml", n, "wrong", "::error::x", severity="warning") for n in range(25)]
    told = list(policy.commands_for(many))
    assert sum(said.startswith("::warning ") for said in told) == policy.MOST_ANNOTATIONS
    assert len(told) == 25
    assert told[-1].replace("\u200b", "") == "a.yml:24: warning: wrong\n    ::error::x"
    assert "::error" not in told[-1]
    assert list(policy.commands_for([])) == []


def test_a_summary_is_cut_to_what_github_takes() -> None:
    assert policy.summary("report", ["*one*"]) == b"- \\*one\\*\n\nreport"
    assert policy.summary("report", []) == b"report"
    cut = policy.summary("é" * policy.SUMMARY_LIMIT, ["one"])
    assert len(cut) <= policy.SUMMARY_LIMIT
    assert cut.decode().endswith("among the artifacts of this run.\n")


def test_what_needs_a_model_is_left_to_the_gate_and_said(tmp_path: Path) -> None:
    cases = suite([a_case(n) for n in range(3)])
    builtin = comparison(
        cases,
        baseline=version(1, model="offline/rules"),
        candidate=version(2, "Answer well: {{question}}", model="offline/rules"),
    )
    real = comparison(cases, candidate=version(3, "Now: {{question}}", model="openai/gpt-4o-mini"))
    whole = Plan((builtin, real), (Nothing(code="no_change"),))
    plan = policy.keyless_part(whole, Settings())
    assert plan.comparisons == (builtin,)
    assert [item.code for item in plan.nothing] == ["no_change", "needs_model"]
    assert not_evaluated_line(plan.nothing[1]).startswith("qa/3 on qa: Not evaluated here: needs ")
    replaced = policy.keyless_part(whole, Settings(model="openai/gpt-4o"))
    assert replaced.comparisons == (), "no toy and no stand-in answers in the place of a configured model"
    assert "needs openai/gpt-4o" in not_evaluated_line(replaced.nothing[1])
    with installed(tmp_path, only=True):
        absent = policy.keyless_part(whole, Settings())
    assert absent.comparisons == ()
    assert "no plug-in offers offline/rules (pip install " in not_evaluated_line(absent.nothing[1])


@pytest.mark.parametrize(
    ("calls", "parts"),
    [
        (0, []),
        (3_999, []),
        (4_000, ["1/2", "2/2"]),
        (6_500, ["1/3", "2/3", "3/3"]),
        (10**6, [f"{n}/16" for n in range(1, 17)]),
    ],
)
def test_only_a_gate_of_many_calls_is_shared(calls: int, parts: list[str]) -> None:
    assert policy.shards(calls, 2_000) == parts


@pytest.mark.parametrize(("why", "stops"), [("target_elsewhere", False), ("target_fork", True)])
def test_suites_that_an_app_answers_are_left_out_by_name(why: Any, *, stops: bool) -> None:
    of = comparison(suite([a_case(1)], target="desk"))
    read = replace(of, reading_only=True)
    other = comparison(suite([a_case(1)]))
    found = policy.without_apps(Plan((of, read, other)), why)
    assert found.comparisons == (other,)
    assert [(item.code, item.target, item.stops) for item in found.nothing] == [
        (why, "desk", stops),
        (why, "desk", False),
    ]
    assert policy.exit_code([], found.nothing) == (EXIT_INCONCLUSIVE if stops else EXIT_PASS)


@pytest.mark.parametrize(
    ("event", "head", "fork"),
    [
        ("pull_request", {"full_name": "ada/prompts"}, False),
        ("pull_request", {"full_name": "stranger/prompts"}, True),
        ("pull_request", None, True),
        ("merge_group", None, False),
    ],
)
def test_a_fork_is_known_by_its_repository(event: str, head: Any, *, fork: bool) -> None:
    payload = {"repository": {"full_name": "ada/prompts"}, "pull_request": {"head": {"repo": head}}}
    assert policy.is_from_fork(event, payload) is fork
