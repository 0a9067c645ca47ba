from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import Any

import pytest

from build import case, comparison, runs, suite, version
from cuebook.core.tool_calls import ToolCall
from cuebook.gate import answers, decision
from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import CaseRun, Failure, ModelReply, Sample, Score
from cuebook.shapes.suite import MetricRule, ScorerSpec

LIMITED = version(2, "Answer well: {{question}}", parameters={"maxTokens": 100})


def made(count: int = 40, **changes: Any) -> Prepared:
    return comparison(suite([case(n) for n in range(count)]), candidate=LIMITED, **changes)


def ended(text: str = "", finish: str = "length", value: float = 0.0, model: str = "m-1") -> Sample:
    scores = {"exact": Score("measured", value, value == 1)}
    return Sample(0, ModelReply(text, model, finish=finish, asked="2026-11-29"), None, scores)


GOOD = ended("yes", "stop", 1.0)


def found(of: Prepared, candidate: Any, baseline: Any) -> decision.GateDecision:
    return decision.find(of, runs(of, candidate, baseline))


def nth(of: Prepared, bad: Sample, count: int) -> Any:
    first = {item.id for item in of.cases[:count]}
    return lambda item: bad if item.id in first else GOOD


@pytest.mark.parametrize(
    ("sample", "how"),
    [
        (ended(), "cut_off"),
        (ended("half an ans"), "cut_off"),
        (ended("", "stop"), "empty"),
        (ended(" \n", "stop"), "empty"),
        (ended("", "content_filter"), "filtered"),
        (ended("I cannot help with that.", "refusal"), "filtered"),
    ],
)
def test_a_candidate_whose_answers_are_of_no_use_fails_and_is_named(sample: Sample, how: str) -> None:
    of = made()
    result = found(of, sample, GOOD)
    assert (result.outcome, result.causes[0].code) == ("fail", "answers_unusable")
    cause = result.causes[0]
    assert (cause.who, cause.how, cause.count, cause.total) == ("candidate", how, 40, 40)
    assert cause.limit == (100 if how == "cut_off" else None)
    other = found(of, GOOD, sample)
    assert (other.outcome, other.causes[0].who) == ("inconclusive", "baseline")
    both = found(of, sample, sample)
    assert (both.outcome, both.causes[0].who, both.causes[0].count) == ("inconclusive", "both", 80)


CALLED = ModelReply("", "m-1", finish="tool_calls", tool_calls=(ToolCall.of("c1", "look", "{}"),))


@pytest.mark.parametrize(
    "sample",
    [
        ended("yes", "length", 1.0),
        ended("I will not.", "refusal", 1.0),
        ended("no", "stop"),
        replace(ended(), reply=CALLED),
    ],
)
def test_an_answer_that_is_what_was_asked_for_is_of_use(sample: Sample) -> None:
    of = made()
    assert answers.useless_arms(of, runs(of, sample, sample)) is None


def test_a_wrong_word_at_the_limit_is_whole_where_others_are_right_with_it() -> None:
    """One token is allowed, and every answer uses it: three in five labels are wrong."""
    of = made(100)

    def labels(item: Any) -> Sample:
        number = int(item.id[5:])
        return ended("ABC"[number % 3], "length", float(number % 5 < 2))

    assert answers.useless_arms(of, runs(of, labels, labels)) is None
    assert answers.useless_arms(of, runs(of, labels, GOOD)) is None
    cut = answers.useless_arms(of, runs(of, ended("A passage that", "length"), labels))
    assert cut is not None
    assert (cut.who, cut.how) == ("candidate", "cut_off")


def test_an_empty_answer_is_of_no_use_even_where_it_passes() -> None:
    of = made()
    silent = ended("", "stop", 1.0)
    assert found(of, silent, GOOD).outcome == "fail"


def test_fewer_than_half_are_counted_and_decide_nothing() -> None:
    of = made(100)
    result = found(of, nth(of, ended(), 3), GOOD)
    assert "answers_unusable" not in [cause.code for cause in result.causes]
    arm, other = answers.arm_answers(of, runs(of, nth(of, ended(), 3), GOOD))
    assert (arm.who, arm.answers, arm.cut_off, arm.unusable, arm.token_limit) == ("candidate", 100, 3, 3, 100)
    assert (other.who, other.unusable, other.token_limit) == ("baseline", 0, None)


def test_an_arm_is_to_blame_alone_only_where_the_other_is_mostly_fine() -> None:
    of = made()
    cause = answers.useless_arms(of, runs(of, nth(of, ended(), 21), nth(of, ended(), 10)))
    assert cause is not None
    assert cause.who == "both"
    cause = answers.useless_arms(of, runs(of, nth(of, ended(), 21), nth(of, ended(), 9)))
    assert cause is not None
    assert cause.who == "candidate"


def test_of_two_equal_versions_few_are_told_apart_by_useless_answers() -> None:
    """Whatever their share is; by one answer it is one in four, as docs/gate.md says."""

    def told_apart(count: int, share: float) -> float:
        odds = [comb(count, n) * share**n * (1 - share) ** (count - n) for n in range(count + 1)]
        most = sum(odds[n] for n in range(count + 1) if 2 * n > count)
        return most * sum(odds[n] for n in range(count + 1) if answers.FEW * n < count)

    worst = {count: max(told_apart(count, n / 100) for n in range(101)) for count in range(1, 60)}
    assert max(chance for count, chance in worst.items() if count >= 10) < 0.04
    assert worst[1] == max(worst.values()) == 0.25


def test_a_metric_that_is_zero_for_both_never_passes() -> None:
    of = made(200)
    wrong = ended("no", "stop")
    result = found(of, wrong, wrong)
    assert (result.outcome, result.causes[0].code, result.causes[0].label) == (
        "inconclusive",
        "all_zero",
        "exact",
    )
    assert found(of, nth(of, GOOD, 200), wrong).outcome == "pass"


def test_one_model_must_answer_both() -> None:
    of = made(100, baseline=version(1))
    new, old = ended("yes", "stop", 1.0, "m-2"), ended("yes", "stop", 1.0, "m-1")
    result = found(of, new, old)
    assert (result.outcome, result.causes[0].code) == ("inconclusive", "two_models")
    assert (result.causes[0].names, result.causes[0].since) == (["m-1", "m-2"], "2026-11-29")
    assert found(of, old, old).outcome == "pass"
    assert old.reply
    before = replace(old, reply=replace(old.reply, asked="2026-11-01"))
    result = found(of, lambda item: new if int(item.id[-3:]) % 3 else before, old)
    assert result.causes[0].since == "2026-11-29", (
        "since when the other model answers, not since the first answer"
    )

    def mixed(item: Any) -> Sample:
        return new if int(item.id[-3:]) % 3 else old

    assert found(of, mixed, mixed).outcome == "pass", "a gateway that spreads the calls of both"
    asks_another = version(2, "Answer: {{question}}", model="b/m")
    other = comparison(suite([case(n) for n in range(100)]), candidate=asks_another)
    assert found(other, new, old).outcome == "pass", "another model was asked for"


def test_calls_that_failed_are_counted_by_arm() -> None:
    of = made(10)
    silent = Sample(0, None, Failure("provider", "boom"))
    assert answers.most_calls_failed(of, runs(of, nth(of, silent, 5), GOOD)) is None
    stop = answers.most_calls_failed(of, runs(of, GOOD, nth(of, silent, 6)))
    assert stop is not None
    assert "did not answer 6 of 10 calls (boom)" in stop.message


def test_nothing_was_run() -> None:
    of = made()
    nobody: list[CaseRun] = []
    assert answers.most_calls_failed(of, nobody) is None
    assert answers.useless_arms(of, nobody) is None
    assert answers.two_models(of, nobody) is None
    assert answers.unreadable_judges(of, nobody) == {}


def silent(reason: str = "down", unread: Any = "no_reply") -> Sample:
    return Sample(0, ModelReply("yes", "m-1"), None, {"judge": Score("failed", reason=reason, unread=unread)})


LOST = Sample(0, None, Failure("provider", "timeout"))


@pytest.mark.parametrize(
    ("candidate", "baseline", "who", "count", "total"),
    [(LOST, GOOD, "candidate", 4, 40), (GOOD, LOST, "baseline", 4, 40), (LOST, LOST, "both", 8, 80)],
)
def test_models_that_did_not_answer_are_named(
    candidate: Sample, baseline: Sample, who: str, count: int, total: int
) -> None:
    of = made()
    result = found(of, nth(of, candidate, 4), nth(of, baseline, 4))
    (cause, *_) = result.causes
    assert (result.outcome, cause.code, cause.who) == ("inconclusive", "models_silent", who)
    assert (cause.count, cause.total, cause.words, cause.names) == (
        count,
        total,
        "timeout",
        ["scripted/model"],
    )


@pytest.mark.parametrize(
    ("unread", "code", "count", "words"),
    [("no_reply", "models_silent", 4, "down"), ("unreadable", "judge_unreadable", 4, "")],
)
def test_a_judge_that_kept_scores_back_is_named(unread: str, code: str, count: int, words: str) -> None:
    specs = (ScorerSpec("judge", "judge", {"prompt": "grader/1"}),)
    of = comparison(
        suite([case(n) for n in range(40)], scorers=specs, metrics={"judge": MetricRule()}),
        judges={"grader/1": version(1, prompt="grader", model="scripted/judge")},
    )
    good = Sample(0, ModelReply("yes", "m-1"), None, {"judge": Score("measured", 1.0, True)})
    first = {item.id for item in of.cases[:4]}
    bad = lambda item: silent(unread=unread) if item.id in first else good  # noqa: E731
    result = decision.find(of, runs(of, bad, good))
    (cause, *_) = result.causes
    assert (result.outcome, cause.code, cause.count, cause.words) == ("inconclusive", code, count, words)
    assert cause.total == 80
    assert cause.names == (["scripted/judge"] if code == "models_silent" else [])


def test_confirmations_of_both_arms_are_judgements() -> None:
    specs = (ScorerSpec("judge", "judge", {"prompt": "grader/1"}),)
    of = comparison(
        suite([case(0)], scorers=specs, metrics={"judge": MetricRule()}),
        judges={"grader/1": version(1, prompt="grader", model="scripted/judge")},
    )
    read, unread = (silent(unread=how) for how in ("no_reply", "unreadable"))
    run = replace(runs(of, read, read)[0], confirmations=(unread,) * 2, baseline_confirmations=(unread,) * 3)
    counted = [score.unread for score in answers.judgements(of, [run])["judge"]]
    assert (counted.count("no_reply"), counted.count("unreadable")) == (2, 5)
