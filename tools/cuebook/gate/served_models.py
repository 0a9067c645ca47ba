"""Which models really replied, and when that should make a reader wonder. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cuebook.gate.plan import Comparison, judge_of
from cuebook.shapes.run import CaseRun, Sample, Score
from cuebook.shapes.verdict import Served, Verdict

_ARMS = {"candidate": "The candidate", "baseline": "The baseline"}


def served(
    comparison: Comparison, runs: Sequence[CaseRun], resolve: Mapping[str, str] | None = None
) -> list[Served]:
    """The models that replied, for each arm and judge that had a reply.

    ``resolve`` maps a model id to the one that configuration puts in its place.
    """
    put = resolve or {}
    found = []
    for model in comparison.models:
        mine = [item for item in runs if item.model == model]
        arms = {
            "candidate": (comparison.candidate, [(*item.candidate, *item.confirmations) for item in mine]),
            "baseline": (comparison.baseline, [item.baseline for item in mine]),
        }
        for who, (version, groups) in arms.items():
            asked = model or (version.model if version else "")
            names = {sample.reply.served_model for group in groups for sample in group if sample.reply}
            found.append(Served(who=who, model=put.get(asked, asked), names=sorted(names)))
    for ref, labels in _judges(comparison).items():
        judge = comparison.judges.get(ref)
        asked = judge.model if judge else ref
        names = {name for score in _scores(runs, labels) for name in score.served}
        found.append(Served(who=ref, model=put.get(asked, asked), names=sorted(names)))
    return [item for item in found if item.names]


def served_notes(now: Sequence[Served], earlier: Verdict | None = None) -> list[str]:
    """What to tell a reader: replies of several models mixed, or of another one than ``earlier``."""
    before = {(item.who, item.model): item.names for item in (earlier.served if earlier else ())}
    notes = []
    for item in now:
        who = _ARMS.get(item.who, f"The judge {item.who}")
        if len(item.names) > 1:
            notes.append(
                f"{who} was served by more than one model where {item.model} was asked: "
                f"{', '.join(item.names)}. Their replies are mixed in this verdict."
            )
        known = before.get((item.who, item.model), item.names)
        if new := [name for name in item.names if name not in known]:
            notes.append(
                f"{who} was served by {', '.join(new)} where {item.model} was asked; in the earlier verdict "
                f"it was {', '.join(known)}. The provider may have changed the model."
            )
    return notes


def price_note(runs: Sequence[CaseRun]) -> list[str]:
    """How many replies have no known price, if any: their cost is in no total and under no ceiling."""
    samples = [sample for item in runs for sample in _all(item)]
    unpriced = sum(sample.reply is not None and sample.reply.usage.cost_usd is None for sample in samples)
    unpriced += sum(bool(score.served) and score.usage.cost_usd is None for score in _scores(runs))
    if not unpriced:
        return []
    replies = "1 reply has" if unpriced == 1 else f"{unpriced:,} replies have"
    return [
        f"{replies} no known price, and a ceiling of money cannot see them: give 'prices' in the settings."
    ]


def _judges(comparison: Comparison) -> dict[str, set[str]]:
    """The labels of the scorers that ask each judge, by its ref."""
    found: dict[str, set[str]] = {}
    for spec in comparison.judging:
        found.setdefault(judge_of(spec), set()).add(spec.label)
    return found


def _all(item: CaseRun) -> Iterable[Sample]:
    return (*item.candidate, *item.baseline, *item.confirmations, *item.baseline_confirmations)


def _scores(runs: Sequence[CaseRun], labels: set[str] | None = None) -> Iterable[Score]:
    """Every score of these labels (all when None), those of canaries among them."""
    for item in runs:
        for sample in _all(item):
            yield from (score for label, score in sample.scores.items() if labels is None or label in labels)
        yield from (one.score for one in item.canaries if labels is None or one.label in labels)
