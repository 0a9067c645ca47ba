"""A verdict for every way a comparison can end: what each is called, and the fields that make it so."""

from __future__ import annotations

from typing import Any

from cuebook.shapes.cause import Cause, Doubt, RuleChange
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import (
    Arm,
    Coverage,
    LimitResult,
    MetricResult,
    Override,
    Protected,
    Ruling,
    SecondRuling,
    Unreliable,
    Verdict,
)
from verdicts import metric, verdict

V1 = Arm(version=1, digest="sha256:" + "1" * 64, message="First version")
NEW = Arm(version=5, digest="sha256:" + "4" * 64, message="", file="new.jsonl", unanswered=7)
FILES: dict[str, Any] = {
    "candidate": NEW,
    "baseline": NEW.model_copy(update={"file": "old.jsonl", "unanswered": 1}),
}
COVERAGE = Coverage(cases=198, used=28, candidate_failed=0, dropped=0)
ALL = COVERAGE.model_copy(update={"used": 198})
JUDGE = JudgeState(label="judge/1", ref="grader/1", digest="sha256:" + "9" * 64, decides=True)


def _correct(outcome: Any, mean: float, lower: float, upper: float, **fields: Any) -> MetricResult:
    return metric("correctness", outcome, mean, lower, upper, **{"bound": 0.08, **fields})


def _floor(outcome: Any, mean: float, lower: float, upper: float, **fields: Any) -> MetricResult:
    return metric("correctness", outcome, mean, lower, upper, kind="floor", bound=0.8, **fields)


LOST = _correct("fail", -0.554, -0.945, -0.077, error=0.025)
KEPT = _correct("pass", 0.012, -0.046, 0.069)
OPEN = _correct("inconclusive", -0.02, -0.112, 0.07, needed=632, evidence=0.38)
STYLE = metric("style", "pass", -0.004, -0.05, 0.04, bound=0.053)
SHARES = [
    metric(label, "inconclusive", -0.04, -0.12, 0.01, evidence=share)
    for label, share in (("correctness", 0.44), ("style", 0.31), ("tone", 0.27))
]


def of(outcome: Any, metrics: list[MetricResult], *causes: Cause, **fields: Any) -> Verdict:
    """A verdict on qa-assistant/6 against 5 with these tests and reasons."""
    given = {
        "coverage": COVERAGE,
        "protected": None,
        "error": 0.05,
        "causes": list(causes),
        "live_version": 5,
    }
    return verdict(outcome, **{**given, "metrics": metrics, **fields})


def first(outcome: Any, metrics: list[MetricResult], *causes: Cause, **fields: Any) -> Verdict:
    """A verdict on a first version, which is compared with nothing."""
    alone = {"candidate": V1, "baseline": None, "baseline_spending": None, "live_version": None}
    return of(outcome, metrics, *causes, **{**alone, **fields})


def open_because(code: Any, **fields: Any) -> Verdict:
    """An undecided verdict for one reason; ``judges`` and ``limits`` are the verdict's."""
    known = {
        name: fields.pop(name) for name in ("judges", "limits", "coverage", "protected") if name in fields
    }
    return of("inconclusive", [OPEN], Cause(code=code, **fields), evidence=OPEN.evidence, **known)


def protected(broken: int, total: int = 8, **fields: Any) -> Protected:
    """So many broken cases of those that may not break."""
    return Protected(
        tag="critical", total=total, broken=[f"qa-{n:03}" for n in range(1, broken + 1)], **fields
    )


ALL_BROKEN = protected(8)
FAILED_AGAINST_5 = Ruling(
    outcome="fail", baseline=5, metrics=[LOST], causes=[Cause(code="metric_lost", label="correctness")]
)
PASSED = Ruling(outcome="pass", baseline=5, metrics=[KEPT])
LOOSENED = [
    RuleChange(code="margin", label="correctness", old=0.05, new=0.08),
    RuleChange(code="cases", count=3),
]

OUTCOMES: dict[str, Verdict] = {
    "pass": of("pass", [KEPT]),
    "pass, live": of("pass", [KEPT], live_version=6),
    "pass, several metrics": of("pass", [KEPT, STYLE]),
    "pass, better on some": of("pass", [_correct("pass", 0.08, 0.031, 0.12), STYLE]),
    "pass, better": of("pass", [_correct("pass", 0.08, 0.031, 0.12)]),
    "pass, no loss on any": of("pass", [_correct("pass", 0.08, 0.0, 0.12), STYLE]),
    "pass, worse within what is accepted": of("pass", [_correct("pass", -0.03, -0.06, -0.002)]),
    "pass, worse on one": of("pass", [_correct("pass", -0.03, -0.06, -0.002), STYLE]),
    "pass, second look": of("pass", [KEPT], attempt=1, error=0.025),
    "pass, judged": of("pass", [KEPT], judges=[JUDGE]),
    "fail, all protected and a metric": of(
        "fail",
        [LOST],
        Cause(code="protected_broken"),
        Cause(code="metric_lost", label="correctness"),
        protected=ALL_BROKEN,
    ),
    "fail, some protected": of(
        "fail", [KEPT], Cause(code="protected_broken"), protected=protected(3), coverage=ALL
    ),
    "fail, some protected and below the floor": of(
        "fail",
        [KEPT, _floor("fail", -0.369, -0.5, -0.118)],
        Cause(code="protected_broken"),
        Cause(code="below_floor"),
        protected=protected(1, 7),
    ),
    "fail, metric": of("fail", [LOST], Cause(code="metric_lost", label="correctness")),
    "fail, live": of("fail", [LOST], Cause(code="metric_lost"), live_version=6),
    "fail, metrics together": of("fail", SHARES, Cause(code="metrics_together")),
    "fail, floor": of(
        "fail", [KEPT, _floor("fail", -0.369, -0.5, -0.118, error=0.005)], Cause(code="below_floor")
    ),
    "fail, limit": of(
        "fail",
        [KEPT],
        Cause(code="over_limit", label="cost_usd"),
        limits=[LimitResult(name="cost_usd", limit=0.01, value=0.0124, outcome="fail")],
    ),
    "over the limit, not significantly": of(
        "pass", [KEPT], limits=[LimitResult(name="words", limit=150, value=158, outcome="inconclusive")]
    ),
    "unreliable protected case": of(
        "pass", [KEPT], protected=protected(0, unreliable=[Unreliable(id="qa-071", passed=3, runs=5)])
    ),
    "fail, answers missing": of(
        "fail", [LOST], Cause(code="metric_lost"), coverage=ALL.model_copy(update={"candidate_failed": 12})
    ),
    **{
        f"fail, {how} answers of the new version": of(
            "fail",
            [LOST],
            Cause(code="answers_unusable", who="candidate", how=how, count=130, total=198, limit=limit),
        )
        for how, limit in (("cut_off", 100), ("empty", None), ("filtered", None))
    },
    "undecided": open_because("not_shown", label="correctness", coverage=ALL),
    "undecided, early stop": open_because(
        "stopped_early", count=80, total=200, pass_chance=0.03, fail_chance=0.06
    ),
    "undecided, answers of both cut off": open_because(
        "answers_unusable", who="both", how="cut_off", count=198, total=198, limit=100
    ),
    "undecided, answers of the old version empty": open_because(
        "answers_unusable", who="baseline", how="empty", count=198, total=198
    ),
    "undecided, models did not answer": open_because(
        "models_silent", who="baseline", names=["openai/gpt-4o"], count=40, total=198, words="timeout"
    ),
    "undecided, judge unreadable": open_because("judge_unreadable", label="judge/1", count=14, total=198),
    "undecided, judge unsteady": open_because("judge_unsteady", label="judge/1", count=120, total=198),
    "undecided, both score nothing": open_because("all_zero", label="correctness"),
    "undecided, scores missing": open_because("scores_missing", count=14, total=198),
    "undecided, two models served": open_because(
        "two_models", names=["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"], since="2026-11-20"
    ),
    "undecided, judge void": open_because(
        "judge_void",
        label="judge/1",
        judges=[JUDGE.model_copy(update={"void": True, "canaries_lost": 2, "canaries_total": 6})],
    ),
    "undecided, judge advisory": open_because(
        "judge_advisory",
        label="judge/1",
        judges=[
            JUDGE.model_copy(
                update={
                    "decides": False,
                    "advisory": True,
                    "doubt": Doubt(code="kappa", judge="grader", lower=0.31, least_kappa=0.4),
                    "kappa": 0.42,
                    "lower": 0.31,
                    "labels": 120,
                }
            )
        ],
    ),
    "undecided, judge never measured": open_because(
        "judge_advisory",
        label="judge/1",
        judges=[
            JUDGE.model_copy(
                update={"decides": False, "advisory": True, "doubt": Doubt(code="no_labels", judge="grader")}
            )
        ],
    ),
    "undecided, protected not scored": open_because(
        "protected_unseen", count=2, names=["qa-003", "qa-009"], protected=protected(0)
    ),
    "undecided, cost unknown": open_because(
        "limit_unknown",
        label="cost_usd",
        limits=[LimitResult(name="cost_usd", limit=0.01, value=None, outcome="inconclusive")],
    ),
    "undecided, ceiling": open_because(
        "ceiling", unit="cost_usd", limit=2.0, coverage=COVERAGE.model_copy(update={"used": 61})
    ),
    "undecided, no case": open_because("no_case"),
    "undecided, inputs unfilled": open_because("inputs_unfilled", names=["tone"]),
    "pass, by the suite that came with it": of("pass", [KEPT], own_suite=True),
    "pass, by a suite that is gone": of(
        "pass", [KEPT], loosened=[RuleChange(code="suite", label="qa-assistant", count=198)]
    ),
    "pass, with cases as they were": of(
        "pass", [KEPT], coverage=ALL.model_copy(update={"left_out": 3, "as_before": 2})
    ),
    "undecided, samples missing": open_because("samples_wrong", names=["qa-001"]),
    "undecided, asked too often": open_because("asked_before", count=6),
    "override": of(
        "fail",
        [LOST],
        Cause(code="metric_lost"),
        override=Override(who="Ana Lima", until="2026-12-01", why="the old answers were wrong"),
    ),
    "first version, floor reached": first("pass", [_floor("pass", 0.06, 0.012, 0.1)]),
    "first version, within what is accepted below the floor": first(
        "pass", [_floor("pass", 0.01, -0.03, 0.06, accepted=0.05)]
    ),
    "first version, below the floor": first(
        "fail", [_floor("fail", -0.369, -0.5, -0.118)], Cause(code="below_floor")
    ),
    "first version, protected": first(
        "fail",
        [_floor("inconclusive", 0.0, -0.1, 0.1)],
        Cause(code="protected_broken"),
        protected=protected(3),
    ),
    "first version, floor open": first(
        "inconclusive", [_floor("inconclusive", 0.0, -0.1, 0.1)], Cause(code="not_shown")
    ),
    "first version, no floor": first("inconclusive", [], Cause(code="no_rule")),
    "after a rollback": of(
        "fail",
        [KEPT],
        baseline=Arm(version=3, digest="sha256:" + "3" * 64, message="Before"),
        second=SecondRuling(why="rollback", version=5, date="2026-11-20", ruling=FAILED_AGAINST_5),
    ),
    "tried beside an older version": of(
        "fail",
        [KEPT],
        baseline=Arm(version=3, digest="sha256:" + "3" * 64, message="Before"),
        second=SecondRuling(why="rollback", version=5, date="", ruling=FAILED_AGAINST_5),
    ),
    "rules loosened": of(
        "pass",
        [KEPT],
        second=SecondRuling(why="rules", version=4, date="2026-11-20", ruling=PASSED, changes=LOOSENED),
    ),
    "passes under today's rules only": of(
        "fail",
        [KEPT],
        second=SecondRuling(
            why="rules", version=4, date="2026-11-20", ruling=FAILED_AGAINST_5, changes=LOOSENED
        ),
    ),
    "passes under today's rules, not under some between": of(
        "fail",
        [KEPT],
        second=SecondRuling(
            why="rules",
            version=4,
            date="2026-11-20",
            ruling=FAILED_AGAINST_5,
            changes=LOOSENED,
            between=True,
        ),
    ),
    "too many former rules": of(
        "inconclusive",
        [KEPT],
        second=SecondRuling(
            why="rules",
            version=4,
            date="2026-11-20",
            ruling=PASSED,
            changes=LOOSENED,
            between=True,
            more_than=20,
        ),
    ),
    "something else answers now": of(
        "inconclusive",
        [KEPT],
        second=SecondRuling(
            why="rules",
            version=4,
            date="2026-11-20",
            ruling=PASSED,
            changes=[RuleChange(code="asked_model", label="judge_model", was="x/strict", now="x/mild")],
        ),
    ),
    "for reading only": of("fail", [LOST], Cause(code="metric_lost"), reading_only=True),
    "answers from files": of("fail", [LOST], Cause(code="metric_lost"), **FILES, reading_only=True),
    "answers from files, open": of(
        "inconclusive", [OPEN], Cause(code="not_shown"), **FILES, reading_only=True, coverage=ALL
    ),
    "answers from one file": first(
        "pass", [_floor("pass", 0.06, 0.012, 0.1)], candidate=NEW, reading_only=True
    ),
    "answers from one file, no floor": first(
        "inconclusive", [], Cause(code="no_rule"), candidate=NEW, reading_only=True
    ),
    "an earlier version": of("fail", [LOST], Cause(code="metric_lost"), live_version=7),
    "a record of an earlier release": of(
        "fail", [LOST], protected=ALL_BROKEN, error=None, attempt=1, live_version=None
    ),
}
