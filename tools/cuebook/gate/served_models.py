"""Which models really replied, now and the last time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cuebook.gate.comparison import Comparison, judge_of
from cuebook.shapes.run import CaseRun, Score
from cuebook.shapes.verdict import Served, Verdict


def served(
    comparison: Comparison,
    runs: Sequence[CaseRun],
    resolve: Mapping[str, str] | None = None,
    earlier: Verdict | None = None,
) -> list[Served]:
    """The models that replied, for each arm and judge that had a reply.

    ``resolve`` maps a model id to the one that configuration puts in its place. Where a name is new since
    the ``earlier`` verdict, those of then are beside it.
    """
    put = resolve or {}
    found = []
    for model in comparison.models:
        mine = [item for item in runs if item.model == model]
        arms = {
            "candidate": (comparison.candidate, [item.of_candidate for item in mine]),
            "baseline": (comparison.baseline, [item.of_baseline for item in mine]),
        }
        for who, (version, groups) in arms.items():
            asked = comparison.suite.target or model or (version.model if version else "")
            replies = [sample.reply for group in groups for sample in group if sample.reply]
            names = {reply.served_model for reply in replies if reply.served_model}  # an app need not say it
            found.append(Served(who=who, model=put.get(asked, asked), names=sorted(names)))
    by_judge: dict[str, set[str]] = {}
    for spec in comparison.judging:
        by_judge.setdefault(judge_of(spec), set()).add(spec.label)
    for ref, labels in by_judge.items():
        judge = comparison.judges.get(ref)
        asked = judge.model if judge else ref
        names = {name for score in _scores(runs, labels) for name in score.served}
        found.append(Served(who=ref, model=put.get(asked, asked), names=sorted(names)))
    return compared([item for item in found if item.names], earlier)


def compared(now: Sequence[Served], earlier: Verdict | None) -> list[Served]:
    """The models that replied, beside those of an earlier verdict where a name is new since."""
    past = {(item.who, item.model): item.names for item in (earlier.served if earlier else ())}
    found = []
    for item in now:
        before = past.get((item.who, item.model), [])
        # Only names that came: a model that has gone may not have been asked this time.
        is_new = before and set(item.names) - set(before)
        found.append(item.model_copy(update={"before": before if is_new else []}))
    return found


def unpriced(runs: Sequence[CaseRun], *, given: bool = False) -> int:
    """How many replies have no known price: their cost is in no total and under no ceiling.

    For answers that were ``given`` nothing is paid here, so that only the replies of judges count.
    """
    samples = [] if given else [sample for item in runs for sample in item.samples]
    replies = sum(sample.reply is not None and sample.reply.usage.cost_usd is None for sample in samples)
    return replies + sum(bool(score.served) and score.usage.cost_usd is None for score in _scores(runs))


def _scores(runs: Sequence[CaseRun], labels: set[str] | None = None) -> Iterable[Score]:
    """Every score of these labels (all when None), those of canaries among them."""
    for item in runs:
        for sample in item.samples:
            yield from (score for label, score in sample.scores.items() if labels is None or label in labels)
        yield from (one.score for one in item.canaries if labels is None or one.label in labels)
