"""Verdicts to render: one of each outcome, a first version, and ones full of other people's malice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st

from cuebook.core.text import whole
from cuebook.shapes.case_result import Answer, CaseChange, CaseResult, ScoreResult, ShownImage
from cuebook.shapes.cause import Cause, CauseCode
from cuebook.shapes.judge_state import JudgeState, PassChange
from cuebook.shapes.verdict import (
    Arm,
    Coverage,
    Digests,
    MetricResult,
    Outcome,
    Override,
    Protected,
    ScorerSummary,
    Served,
    Spending,
    Verdict,
)
from cuebook.wording.notes import STAND_INS

OFFLINE_NOTE = STAND_INS

PASSING = PassChange(
    pairs=80,
    baseline=0.9,
    candidate=0.8,
    seen=-0.1,
    seen_lower=-0.2,
    seen_upper=0.01,
    true=-0.16,
    true_lower=-0.33,
    true_upper=0.02,
)
"""Fewer answers pass, and fewer still once the judge's errors are taken out."""


def metric(
    label: str, outcome: Outcome, mean: float, lower: float, upper: float, **fields: Any
) -> MetricResult:
    made: dict[str, Any] = {"model": "offline/rules", "kind": "difference", "bound": 0.05}
    made |= {"used": 80, "planned": 160, "baseline": 0.81, "candidate": 0.81 + mean, "sd": 0.3}
    made |= {"label": label, "outcome": outcome, "mean": mean, "lower": lower, "upper": upper}
    return MetricResult(**{**made, **fields})


def answer(text: str | None, value: float | None, reason: str = "", **fields: Any) -> Answer:
    state = "failed" if value is None else "measured"
    passed = None if value is None else value >= 0.5
    scores = {
        "judge-correctness/2": ScoreResult(state=state, value=value, passed=passed, reason=reason),
        "latency": ScoreResult(state="not_applicable", reason="0.80 s, without a limit"),
    }
    return Answer(
        text=text, scores=scores if text is not None else {}, seconds=0.8, cost_usd=0.0004, **fields
    )


def case(name: str, change: CaseChange, old: Answer | None, new: Answer, **fields: Any) -> CaseResult:
    deltas = {"broken": -1.0, "failed": -1.0, "worse": -0.25, "dropped": None, "fixed": 1.0, "better": 0.25}
    made: dict[str, Any] = {
        "id": name,
        "model": "offline/rules",
        "change": change,
        "difference": deltas.get(change, 0.0),
        "tags": ["returns"],
        "inputs": {
            "context": "Returns are free within 30 days. After that they cost 5 euros, whatever the reason.",
            "question": f"Is return {name} free?",
        },
        "expectations": {"answer": "Yes, within 30 days"},
        "candidate": new,
        "baseline": old,
    }
    return CaseResult(**{**made, **fields})


GOOD = answer("Yes, within 30 days.", 1.0, "says what the reference says")
FAIR = answer("Yes.", 0.75, "does not say until when")
WRONG = answer("Happy to help!\nReturns always cost 5 euros.", 0.0, "contradicts the reference")
SILENT = answer(None, None, failure="the answer was cut off by maxTokens")
UNJUDGED = answer("Yes, I think.", None, "the judge gave no score from 1 to 5")


def cases(first: bool = False) -> list[CaseResult]:
    """Of every kind, the worst first, as the gate orders them."""
    if first:
        return [
            *(case(f"qa-{n:03}", "broken", None, WRONG, protected=n == 1) for n in range(1, 4)),
            case("qa-010", "failed", None, SILENT),
            *(case(f"qa-{n:03}", "same", None, GOOD) for n in range(20, 24)),
        ]
    return [
        *(case(f"qa-{n:03}", "broken", GOOD, WRONG, protected=n < 3, tags=["critical"]) for n in range(1, 8)),
        case("qa-010", "failed", GOOD, SILENT, tags=[]),
        case("qa-011", "worse", GOOD, FAIR),
        case("qa-012", "dropped", GOOD, UNJUDGED),
        *(case(f"qa-{n:03}", "fixed", WRONG, GOOD) for n in range(13, 15)),
        case("qa-015", "better", FAIR, GOOD),
        *(case(f"qa-{n:03}", "same", GOOD, GOOD) for n in range(20, 30)),
    ]


def spending(scale: float) -> Spending:
    return Spending(
        cost_usd=0.0004 * scale,
        seconds=0.8 * scale,
        words=30 * scale,
        input_tokens=400,
        output_tokens=48 * scale,
    )


def verdict(outcome: Outcome, **fields: Any) -> Verdict:
    """A verdict on qa-assistant/6 against 5, every part filled."""
    tests = {
        "pass": [metric("judge-correctness/2", "pass", 0.021, -0.031, 0.075)],
        "fail": [metric("judge-correctness/2", "fail", -0.07, -0.132, 0.0)],
        "inconclusive": [metric("judge-correctness/2", "inconclusive", -0.011, -0.083, 0.062, used=160)],
    }
    floor = metric("judge-correctness/2", "inconclusive", -0.012, -0.1, 0.06, kind="floor", bound=0.8)
    made: dict[str, Any] = {
        "outcome": outcome,
        "prompt": "qa-assistant",
        "suite": "qa-assistant",
        "candidate": Arm(version=6, digest="sha256:" + "6" * 64, message="Friendlier answers"),
        "baseline": Arm(version=5, digest="sha256:" + "5" * 64, message="Short answers"),
        "baseline_alias": "production",
        "metrics": [*tests[outcome], floor],
        "summaries": [
            ScorerSummary(
                label="judge-correctness/2",
                model="offline/rules",
                decides=True,
                baseline=0.81,
                candidate=0.74,
                measured=80,
                failed=1,
            ),
            ScorerSummary(
                label="length",
                model="offline/rules",
                decides=False,
                baseline=0.9,
                candidate=0.4,
                measured=80,
                failed=0,
            ),
        ],
        "protected": Protected(
            tag="critical", total=6, broken=["qa-001", "qa-002"] if outcome == "fail" else []
        ),
        "coverage": Coverage(cases=160, used=80, candidate_failed=1, dropped=1, left_out=4),
        "candidate_spending": spending(1.5),
        "baseline_spending": spending(1.0),
        "cost_usd": 0.2134,
        "digests": Digests(
            candidate="sha256:" + "6" * 64,
            baseline="sha256:" + "5" * 64,
            dataset="sha256:" + "d" * 64,
            suite="sha256:" + "e" * 64,
            judges={"judge-correctness/2": "sha256:" + "1" * 64},
            models=["offline/judge", "offline/rules"],
            tool="cuebook gate 1",
        ),
        "offline": True,
        "served_models": ["offline/rules (built in)"],
        "live_version": 5,
        "cases": cases(),
    }
    if outcome == "fail":
        made["causes"] = [Cause(code="protected_broken"), Cause(code="metric_lost")]
    return Verdict(**{**made, **fields})


PASS = verdict("pass", cases=cases()[10:])
FAIL = verdict("fail")
INCONCLUSIVE = verdict("inconclusive", cases=[*cases()[8:12], *cases()[15:]])
FIRST = verdict(
    "fail",
    causes=[Cause(code="below_floor")],
    candidate=Arm(version=1, digest="sha256:" + "a" * 64, message="First version"),
    baseline=None,
    baseline_spending=None,
    live_version=None,
    metrics=[
        metric(
            "judge-correctness/2",
            "fail",
            -0.09,
            -0.16,
            -0.02,
            kind="floor",
            bound=0.8,
            baseline=None,
            candidate=0.71,
        )
    ],
    protected=None,
    summaries=[],
    cases=cases(first=True),
)
UNTESTED = verdict(
    "inconclusive", metrics=[], summaries=[], protected=None, cases=[], causes=[Cause(code="no_case")]
)
EVERY = [PASS, FAIL, INCONCLUSIVE, FIRST]

ATTACKS = [
    "::error file=x::pwned",
    "\n::set-output name=a::b",
    "\r::add-mask::x",
    " \u00a0\u2003::stop-commands::t",
    "##[error]pwned",
    "a\n##[add-mask]x",
    "100%,title=x::::",
    "%0A::warning::x",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "\x9b31m \x85 \x07\x08\x00\x7f",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "\ud800 \ufffe\uffff",
    "@everyone @ada-lovelace #12 GH-7 www.evil.invalid https://evil.invalid",
    "```\n@ada\n```\n````\n# heading",
    "~~~\n</details>\n<details>",
    "</details><script>alert(1)</script> <!-- -->",
    "| a | b |\n|---|---|\n* list\n1. one\n> quote",
    "[link](javascript:x) ![i](http://evil.invalid/p.png) <http://evil.invalid>",
    "`code` **bold** _em_ $x$ &amp; \\",
    "[bold red]rich markup[/] :smile:",
    "]]><x/> <!DOCTYPE a> &lt;",
    "日本語のとても長い回答" * 3,
    "",
    "   \n\t ",
]

hostile_text = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=12), max_size=3).map("".join)


def causes() -> st.SearchStrategy[Cause]:
    """A reason of any kind whose words are hostile."""
    return st.builds(
        Cause,
        code=st.sampled_from(get_args(CauseCode)),
        label=hostile_text,
        names=st.lists(hostile_text, max_size=2),
        words=hostile_text,
        since=hostile_text,
    )


@st.composite
def hostile_verdicts(draw: st.DrawFn) -> Verdict:
    """A verdict in which every text that anybody can write is hostile."""

    def text() -> str:
        return draw(hostile_text)

    def said() -> Answer:
        missing = draw(st.booleans())
        score = ScoreResult(state="measured", value=0.5, passed=True, reason=text())
        fields: dict[str, Any] = {"failure": text(), "finish": text(), "scores": {label: score}}
        if draw(st.booleans()):
            call = {"id": text(), "function": {"name": text(), "arguments": text()}}
            fields["dialogue"] = [
                {"role": "user", "content": text()},
                {"role": "assistant", "content": text(), "tool_calls": [call]},
                {"role": "tool", "tool_call_id": call["id"], "content": text()},
                {"role": "assistant", "content": text()},
            ]
        return Answer(text=None if missing else text(), **fields)

    label = text()
    outcome = draw(st.sampled_from(["pass", "fail", "inconclusive"]))
    changes: list[CaseChange] = ["broken", "failed", "worse", "dropped", "fixed", "better", "same"]
    found = [
        case(
            text(),
            change,
            said(),
            said(),
            tags=[text()],
            model=text(),
            inputs={text(): text()},
            expectations={text(): [text()]},
            turns=[{"user": text()}, {"inputs": {whole(text()): text()}}] if draw(st.booleans()) else [],
            images={text(): ShownImage(file=text(), media_type=text(), bytes=1, digest=text())},
        )
        for change in draw(st.lists(st.sampled_from(changes), max_size=4))
    ]
    return verdict(
        outcome,
        causes=[draw(causes())],
        prompt=text(),
        suite=text(),
        baseline_alias=text(),
        candidate=Arm(version=6, digest=text(), message=text()),
        metrics=[metric(label, outcome, -0.1, -0.2, 0.1, model=text())],
        summaries=[FAIL.summaries[1].model_copy(update={"label": text()})],
        protected=Protected(tag=text(), total=2, broken=[item.id for item in found[:1]]),
        digests=FAIL.digests.model_copy(update={"models": [text()]}),
        served_models=[text()],
        served=[Served(who=text(), model=text(), names=[text(), text()], before=[text()])],
        override=Override(who=text(), why=text(), until=text()),
        judges=[JudgeState(label=text(), ref=text(), digest="x", void=True, why=text(), warnings=[text()])],
        cases=found,
    )


def check_golden(path: Path, text: str) -> None:
    """The text is what the file says; CUEBOOK_WRITE_GOLDEN set writes the file first."""
    if os.environ.get("CUEBOOK_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode()


BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def controls(text: str) -> list[str]:
    """Characters, other than line feeds, that a terminal obeys instead of showing them."""
    return [repr(c) for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in BIDI)]


def commands(text: str) -> list[str]:
    """Lines that a workflow's runner obeys when they are printed."""
    lines = text.replace("\r", "\n").split("\n")
    return [line for line in lines if line.strip().startswith("::") or "##[" in line]
