"""Find runs that went wrong by their answers: calls that failed, useless answers, unreadable judges. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import product
from typing import Literal

from cuebook.gate.prepared import Prepared
from cuebook.shapes.cause import Cause, Nothing
from cuebook.shapes.run import CaseRun, Sample, Score, Version
from cuebook.shapes.verdict import ArmAnswers
from cuebook.wording.stopped import NotEvaluated

FEWEST = 5
"""Judgements from which most of them being unreadable says something about the judge."""

FEW = 4
"""Where more than half of one arm's answers are of no use, and a quarter of the other's, it is no fault of
one version alone: of two equal ones, fewer than 4 in 100 are told apart so by ten answers or more."""

SAME_MODELS = 0.5
"""Share of two arms' answers that the same models must have given. A gateway that spreads calls over
several models gives both arms the same mixture; a model that was replaced gives them none."""


class MostCallsFailed(NotEvaluated):
    """More than half of the calls of an arm or a judge got no answer; ``why`` counts them."""

    def __init__(self, why: Nothing) -> None:
        cure = "when the provider answers again, run the same command to go on: what is answered is kept"
        super().__init__(why.model_copy(update={"cure": cure}))


def most_calls_failed(comparison: Prepared, runs: Sequence[CaseRun]) -> MostCallsFailed | None:
    """Return the error that ends a run in which most calls of an arm or a judge failed; else None."""
    calls: list[tuple[str, list[str]]] = []
    # Of answers that are given no more come, whoever is asked again.
    for version, samples in () if comparison.given else _arms(comparison, runs):
        calls.append((", ".join(_asked(comparison, version)), _failed(samples)))
    for label, scores in judgements(comparison, runs).items():
        judge = comparison.judge_behind(label)
        # A judge whose replies cannot be read is asked no more: no call was made that could have failed.
        asked = [score for score in scores if score.unread != "not_asked"]
        words = [score.reason if score.unread == "no_reply" else "" for score in asked]
        calls.append((judge.model if judge else label, words))
    for model, words in calls:
        failed = [text for text in words if text]
        if 2 * len(failed) > len(words):
            (commonest, _), *_ = Counter(failed).most_common(1)
            count, total = len(failed), len(words)
            why = Nothing(code="most_calls_failed", model=model, count=count, total=total, words=commonest)
            return MostCallsFailed(why)
    return None


def why_missing(comparison: Prepared, runs: Sequence[CaseRun], label: str) -> Cause | None:
    """Return why most of a metric's missing scores are missing: silent models, or an unreadable judge.

    None where the scorer itself failed.
    """
    found = []
    silent = [
        (who, version, said)
        # Not strict: a first version has one arm only.
        for who, (version, samples) in zip(("candidate", "baseline"), _arms(comparison, runs), strict=False)
        if any(said := _failed(samples))
    ]
    # One cause for both versions: it is told of the models, whichever version asked them.
    if silent:
        names = [name for _, version, _ in silent for name in _asked(comparison, version)]
        who = "both" if len(silent) > 1 else silent[0][0]
        found.append(_silence([text for *_, said in silent for text in said], who=who, names=names))
    asked = [score for score in judgements(comparison, runs).get(label, []) if score.unread != "not_asked"]
    came = [score for score in asked if score.unread != "no_reply"]
    if len(came) < len(asked):
        judge = comparison.judge_behind(label)
        words = [score.reason if score.unread == "no_reply" else "" for score in asked]
        found.append(_silence(words, who="", names=[judge.model if judge else label]))
    if unread := sum(score.unread == "unreadable" for score in came):
        found.append(Cause(code="judge_unreadable", label=label, count=unread, total=len(came)))
    return max(found, key=lambda cause: cause.count or 0, default=None)


def _silence(said: Sequence[str], *, who: str, names: Sequence[str]) -> Cause:
    """``said`` is why each question got no answer, empty where it got one."""
    failed = [text for text in said if text]
    (words, _), *_ = Counter(failed).most_common(1)
    return Cause.model_validate(
        {
            "code": "models_silent",
            "who": who,
            "names": list(dict.fromkeys(names)),
            "count": len(failed),
            "total": len(said),
            "words": words,
        }
    )


def _asked(comparison: Prepared, version: Version) -> Sequence[str]:
    """The models, or the app, that answer for a version."""
    return [comparison.suite.target or model or version.model for model in comparison.models]


def _failed(samples: Sequence[Sample]) -> list[str]:
    """Why each call failed; empty where it did not."""
    return [
        sample.failure.message if sample.failure and sample.failure.kind == "provider" else ""
        for sample in samples
    ]


def _arms(comparison: Prepared, runs: Sequence[CaseRun]) -> Iterator[tuple[Version, list[Sample]]]:
    yield comparison.candidate, [sample for item in runs for sample in item.candidate]
    if comparison.baseline:
        yield comparison.baseline, [sample for item in runs for sample in item.baseline]


def judgements(comparison: Prepared, runs: Sequence[CaseRun]) -> dict[str, list[Score]]:
    """Return the scores of each scorer with a judge, by its label, canaries included, if applicable."""
    found: dict[str, list[Score]] = {spec.label: [] for spec in comparison.judging}
    for item in runs:
        for sample in (*item.of_candidate, *item.of_baseline):
            for label in found.keys() & sample.scores.keys():
                found[label].append(sample.scores[label])
        for canary in item.canaries:
            found[canary.label].append(canary.score)
    # Any other score was made without the judge: the case has nothing to ask about, or the scorer failed.
    return {
        label: [score for score in scores if score.state == "measured" or score.unread]
        for label, scores in found.items()
    }


def unreadable_judges(comparison: Prepared, runs: Sequence[CaseRun]) -> dict[str, tuple[int, int]]:
    """Return (unreadable replies, replies received) of each judge most of whose replies are unreadable."""
    found = {}
    for label, scores in judgements(comparison, runs).items():
        came = [score for score in scores if score.unread in {"", "unreadable"}]
        unread = sum(score.unread == "unreadable" for score in came)
        if len(came) >= FEWEST and 2 * unread > len(came):
            found[label] = unread, len(came)
    return found


def unsteady_judges(comparison: Prepared, runs: Sequence[CaseRun]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the judges that named another winner in half of the pairs or more once the answers were swapped.

    For each label and model: (such pairs, all pairs). Such a pair counts as a tie and may hide a loss: an
    answer can be written so that it happens. On each model by itself, as the tests are.
    """
    found = {}
    for label, model in product(sorted(comparison.paired), comparison.models):
        samples = [sample for item in runs if item.model == model for sample in item.candidate]
        scores = [sample.scores.get(label) for sample in samples]
        pairs = [score for score in scores if score and score.state == "measured"]
        flipped = sum(bool(score.details.get("flipped")) for score in pairs)
        if flipped and 2 * flipped >= len(pairs):
            found[label, model] = flipped, len(pairs)
    return found


def arm_answers(comparison: Prepared, runs: Sequence[CaseRun]) -> list[ArmAnswers]:
    """Count for each arm the answers received, and how many of them were cut off, empty or refused.

    An answer that says something and passes by every score of its own that decides is of use however it
    ended: a prompt may be made to be refused, or to say one word. So is one that ended at the limit with
    just these words: where one word is asked for, a wrong one is no less whole than a right one.
    """
    found: list[ArmAnswers] = []
    arms = list(_arms(comparison, runs))
    whole = {
        sample.reply.text.strip()
        for _, samples in arms
        for sample in samples
        if sample.reply and _is_right(comparison, sample)
    }
    for version, samples in arms:
        ways = Counter(way for sample in samples if (way := _unusable(comparison, sample, whole)))
        limit = version.parameters.get("maxTokens")
        replies = [sample.reply for sample in samples if sample.reply]
        found.append(
            ArmAnswers(
                who="baseline" if found else "candidate",
                answers=len(replies),
                cut_off=ways["cut_off"],
                empty=ways["empty"],
                filtered=ways["filtered"],
                token_limit=limit if isinstance(limit, int) else None,
                unscripted=sum(reply.played.unscripted for reply in replies if reply.played),
            )
        )
    return found


def _is_right(comparison: Prepared, sample: Sample) -> bool:
    """Whether an answer says something and passes by all scores of its own that decide."""
    own = [sample.scores.get(label) for label in comparison.deciders if label not in comparison.paired]
    scored = [score for score in own if score is not None]
    said = sample.reply is not None and not sample.reply.is_empty
    return said and bool(scored) and all(score.passed for score in scored)


def _unusable(
    comparison: Prepared, sample: Sample, whole: Container[str]
) -> Literal["", "cut_off", "empty", "filtered"]:
    """How an answer came to be of no use; cut off and refused say more than empty."""
    reply = sample.reply
    if reply is None:
        return ""
    if _is_right(comparison, sample):
        return ""
    if reply.is_cut_off:
        return "" if reply.text.strip() in whole else "cut_off"
    if reply.is_filtered:
        return "filtered"
    return "empty" if reply.is_empty else ""


def useless_arms(comparison: Prepared, runs: Sequence[CaseRun]) -> Cause | None:
    """Return the cause that most answers of an arm, or of both, are of no use, and mostly how; else None."""
    arms = arm_answers(comparison, runs)
    bad = [arm for arm in arms if 2 * arm.unusable > arm.answers]
    if not bad:
        return None
    if len(bad) == 1 < len(arms) and all(FEW * arm.unusable >= arm.answers for arm in arms):
        bad = arms
    worst = bad[0]
    how = max(("cut_off", "empty", "filtered"), key=lambda way: getattr(worst, way))
    return Cause.model_validate(
        {
            "code": "answers_unusable",
            "who": "both" if len(bad) > 1 else worst.who,
            "how": how,
            "count": sum(arm.unusable for arm in bad),
            "total": sum(arm.answers for arm in bad),
            "limit": worst.token_limit if how == "cut_off" else None,
        }
    )


def two_models(comparison: Prepared, runs: Sequence[CaseRun]) -> Cause | None:
    """Return the cause that one model was asked and each arm got another one, since which day; else None."""
    baseline = comparison.baseline
    if baseline is None:
        return None
    same = baseline.model == comparison.candidate.model
    # Two versions that name different models ought to be answered by two.
    for model in (model for model in comparison.models if model or same):
        mine = [item for item in runs if item.model == model]
        old = _served(sample for item in mine for sample in item.baseline)
        new = _served(sample for item in mine for sample in item.candidate)
        if not (old and new):
            continue
        shares = (min(old[name] / old.total(), new[name] / new.total()) for name in old.keys() & new.keys())
        if sum(shares) < SAME_MODELS:
            first, second = old.most_common(1)[0][0], new.most_common(1)[0][0]
            days = [
                sample.reply.asked
                for item in mine
                for sample in item.candidate
                if sample.reply and sample.reply.served_model == second and sample.reply.asked
            ]
            return Cause(code="two_models", names=[first, second], since=min(days, default=""))
    return None


def _served(samples: Iterable[Sample]) -> Counter[str]:
    return Counter(sample.reply.served_model for sample in samples if sample.reply)
