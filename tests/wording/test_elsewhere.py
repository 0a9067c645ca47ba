from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Effect, Nothing, NothingCode, StaleCode, StaleInput
from cuebook.shapes.verdict import Override
from cuebook.wording import elsewhere
from outcomes import LOST, of

SAID = {
    "no_change": (
        "Nothing to evaluate: no version is new, no protected alias points to another one, and what is "
        "live has the same rules and cases."
    ),
    "shares_only": "Nothing to evaluate: only shares of units changed, within what was let through before.",
    "no_suite": "Not evaluated: no suite is about qa. Add evals/qa/suite.yml with cases and scorers.",
    "new_suite": "For reading only: the suite of qa is new and decides from the next change on.",
    "needs_model": "Not evaluated here: needs openai/gpt-4o.",
    "no_key": ("Not evaluated: openai/gpt-4o needs a key, and OPENAI_API_KEY is not set. No call was made."),
    "no_answer": "Not evaluated: openai/gpt-4o answered no call (status 401).",
    "most_calls_failed": "Not evaluated: openai/gpt-4o did not answer 140 of 198 calls (status 401).",
    "target_cannot_run": "Not evaluated: the app desk cannot run (status 401).",
    "target_elsewhere": ("Not evaluated here: needs the app desk, which only the gate runs."),
    "target_fork": (
        "Not evaluated: the suite needs the app desk, and no app runs for a fork. A maintainer can push the "
        "change to a branch of this repository."
    ),
    "new_target": (
        "Not evaluated: the app desk is not in the settings that count here. One that is new in a change "
        "runs once it is on the default branch: merge it with its settings first, then the suite that names "
        "it."
    ),
    "new_scorer": "Not evaluated: the scorer status 401 is new and decides from the next change on.",
    "no_plugin": "Not evaluated: no plug-in offers openai/gpt-4o (pip install cuebook-standins).",
    **dict.fromkeys(
        (
            "wrong_key",
            "no_credit",
            "unknown_model",
            "not_allowed",
            "parameters",
            "unreachable",
            "stopped",
        ),
        "Not evaluated: status 401; 140 of 198 calls were answered.",
    ),
}


def test_each_reason_for_no_verdict_has_its_sentence() -> None:
    assert set(SAID) == set(get_args(NothingCode))
    for code, said in SAID.items():
        words = "pip install cuebook-standins" if code == "no_plugin" else "status 401"
        found = Nothing(
            code=code,
            prompt="qa",
            model="openai/gpt-4o",
            key="OPENAI_API_KEY",
            target="desk",
            count=140,
            total=198,
            words=words,
        )
        assert elsewhere.not_evaluated(found) == said


def test_without_the_words_of_somebody_else_the_sentence_is_whole() -> None:
    assert (
        elsewhere.not_evaluated(Nothing(code="no_suite")) == "Not evaluated: no suite is about this prompt."
    )
    silent = Nothing(code="no_answer", model="m")
    assert elsewhere.not_evaluated(silent) == "Not evaluated: m answered no call."
    assert elsewhere.not_evaluated(Nothing(code="no_plugin", model="m")).endswith("offers m.")


def test_what_repairs_it_is_told_after_the_sentence() -> None:
    absent = Nothing(
        code="no_plugin", prompt="qa", version=3, suite="qa", model="a and b", cure="pip install c"
    )
    line = elsewhere.not_evaluated_line(absent)
    assert line == "qa/3 on qa: Not evaluated: no plug-in offers a and b (pip install c)."
    wrong = Nothing(code="wrong_key", words="refused the key", cure="export KEY=...")
    said = elsewhere.not_evaluated(wrong)
    assert said == "Not evaluated: refused the key. What to do: export KEY=...."


def test_what_is_no_verdict_is_said_in_one_sentence() -> None:
    said = [elsewhere.scorer_changed("polite.py", how) for how in ("new", "changed", "gone")]
    assert said == [
        "polite.py is new: it is not run here and counts once it is on the default branch",
        "polite.py changed: the one from before decides here, this one once it is on the default branch",
        "polite.py is removed: here it still decides",
    ]
    said = [elsewhere.app_changed("desk", how) for how in ("new", "changed", "gone")]
    assert said == [
        "the app desk is new: it is not run here and counts once it is on the default branch",
        "the app desk changed: the one from before answers here, this one once it is on the default branch",
        "the app desk is removed: here it still answers",
    ]
    assert elsewhere.rolled_back(3) == "Back to v3, which was live before: allowed without a verdict"
    assert elsewhere.stale(["the suite", "a judge"]) == (
        "Out of date: the suite and a judge changed. It lets nothing through."
    )
    assert elsewhere.stale(["the dataset"], "2026-11-20") == (
        "Out of date: the dataset changed since 2026-11-20. It lets nothing through."
    )


@pytest.mark.parametrize(
    ("effect", "promoted", "said"),
    [
        ("none", False, ""),
        ("stops", False, ", so it cannot be merged"),
        ("stops", True, ", so it cannot be promoted"),
        ("warns", False, ", which stops nothing here"),
        ("warns", True, ", which stops nothing here (it was live before)"),
    ],
)
def test_what_a_verdict_does_to_a_change(effect: Effect, promoted: bool, said: str) -> None:
    found = of("fail", [LOST])
    assert elsewhere.change_effect(found, effect, promoted=promoted) == f"{found.name}: fail{said}"


def test_what_somebody_is_responsible_for_is_let_through() -> None:
    held = of("fail", [LOST], override=Override(who="@ana", why="known", until="2026-12-31"))
    said = f"{held.name}: fail, let through until 2026-12-31 by a recorded override"
    assert elsewhere.change_effect(held, "none", promoted=True) == said


def test_every_reason_of_stale_evidence_has_its_words() -> None:
    words = elsewhere.stale_inputs(StaleInput(code, "openai") for code in get_args(StaleCode))
    assert len(set(words)) == len(words)
    assert words[-2:] == ["[endpoints.openai] in the settings", "the suite (now removed)"]
    assert elsewhere.earlier_is_stale("qa/2 on qa", [StaleInput("dataset"), StaleInput("tool")]) == (
        "qa/2 on qa: the earlier verdict is stale: the dataset and the gate or a scorer of this tool changed"
    )


def test_a_plan_and_a_gate_say_the_same_of_a_model_that_cannot_be_asked() -> None:
    no_key = elsewhere.not_evaluated(Nothing(code="no_key", model="openai/m", key="OPENAI_API_KEY"))
    before, _, _ = elsewhere.will_need(
        Nothing(code="no_key", model="openai/m", key="OPENAI_API_KEY")
    ).partition(": export")
    assert before in no_key
    no_plugin = elsewhere.not_evaluated(Nothing(code="no_plugin", model="offline/rules"))
    assert no_plugin == "Not evaluated: no plug-in offers offline/rules."
    assert elsewhere.will_need(
        Nothing(code="no_plugin", model="offline/rules", cure="pip install x")
    ).startswith("no plug-in offers offline/")


def test_a_version_without_results_says_why() -> None:
    assert elsewhere.never_evaluated("qa", 3, ["qa"]).startswith("Version 3 was not evaluated.")
    no_suite = elsewhere.not_evaluated(Nothing(code="no_suite", prompt="qa"))
    assert elsewhere.never_evaluated("qa", 3, []) == no_suite
    assert all(text.endswith(".") for text in elsewhere.UNMEASURED.values())


def test_records_of_a_newer_release_are_counted_after_the_first() -> None:
    said = "written by a newer Cuebook, so not used here and not replaced"
    assert elsewhere.newer_records(["a.json"]).startswith(f"a.json: {said}\n    pip install --upgrade ")
    assert elsewhere.newer_records(["a", "b", "c"]).startswith(f"a and 2 other files: {said}\n")
