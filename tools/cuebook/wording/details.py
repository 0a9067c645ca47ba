"""What follows the sentence of a verdict: numbers, cases, limits, judges and models, one sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cuebook.core.format import (
    amount,
    capital,
    interval,
    joined,
    money,
    plural,
    points,
    ratio,
    score,
    some,
    whole_per_cent,
)
from cuebook.core.stand_ins import RULE_MODELS, is_stand_in
from cuebook.shapes.became import Became, CaseKind
from cuebook.shapes.judge_state import JudgeState, PassChange
from cuebook.shapes.verdict import (
    ArmAnswers,
    Coverage,
    LimitResult,
    MetricResult,
    Override,
    Verdict,
    takes_most,
    units_of,
)
from cuebook.wording.clauses import cautions, clause, doubted, let_win, still_to_spend
from cuebook.wording.floors import floor_line
from cuebook.wording.headline import causes_of, former, not_made_from, ruling_of
from cuebook.wording.loosening import loosened
from cuebook.wording.names import (
    LIMITS,
    app_called,
    broke,
    called,
    change_on_metric,
    counted,
    margin,
    metric,
    of_a_fail,
    old,
    per_cent,
    quantity,
)
from cuebook.wording.weak_judges import SCORE_ROLES, share_shown, shows_only, weak_judge

CHANGES: dict[CaseKind, str] = {
    "broken": "broken",
    "failed": "without an answer",
    "mixed": "mixed",
    "worse": "worse",
    "dropped": "without a score",
    "wrong": "both wrong",
    "fixed": "fixed",
    "better": "better",
    "same": "unchanged",
}
_FIRST: dict[CaseKind, str] = {"broken": "failing", "same": "passing"}
"""Words for the cases of a first version, which has nothing to break."""

_LOOKS = ("first", "second", "third", "fourth", "fifth", "sixth")


SOME_WORDS = 0.05
"""Words that answers are longer or shorter by, on average, before a report says so."""
MISSING_SAID = 0.01
"""Share of missing scores from which a report says so."""


def details(verdict: Verdict) -> list[str]:
    """Sentences on a verdict beside its headline, the reasons first. The numbers of metrics are apart."""
    return [capital(text) for text in _details(verdict)]


def _details(verdict: Verdict) -> Iterator[str]:
    ruling = ruling_of(verdict)
    yield from _decided_elsewhere(verdict)
    # The first reason is in the headline.
    for cause in causes_of(ruling)[1:]:
        yield f"also: {clause(verdict, ruling, cause)}."
    yield from _protected(verdict)
    yield f"{asked(verdict)}. {capital(counts(verdict))}".rstrip(". ") + "."
    yield from _unanswered(verdict)
    yield from _missing(verdict)
    yield from _enough(verdict)
    for limit in verdict.limits:
        yield _limit(limit)
    yield from _margins(verdict)
    for judge in verdict.judges:
        yield from _judge(judge)
    yield how_sure(verdict)
    yield from _tried(verdict)
    if verdict.app:
        models_of_it = joined(verdict.served_models)
        behind = f", which asked {models_of_it}" if models_of_it else ""
        yield f"Answered by the app {app_called(verdict.app)}{behind}."
    if who := models(verdict):  # a file of answers need not name any
        yield f"Models: {who}."


def _decided_elsewhere(verdict: Verdict) -> Iterator[str]:
    """The numbers of the other comparison, where it and not the one of the table keeps a pass away."""
    second = verdict.second
    if second is None or second.first != "pass" or verdict.outcome == "pass":
        return
    where = {
        "rules": f"under the rules of {former(second)}",
        "rollback": f"against v{second.version}",
        "held_out": f"on {not_made_from(verdict)}",
    }[second.why]
    found = second.ruling.metrics
    for item in found:
        if item.outcome != "pass" and not item.advisory:
            least = (
                f"; a pass needs all of it above {points(-item.bound)}" if item.kind == "difference" else ""
            )
            yield f"{where}: {_metric_line(found, item)}{least}."


def metric_lines(verdict: Verdict) -> list[str]:
    """Return one line a metric that decides: its change, or its score and floor, and the interval."""
    return [_metric_line(verdict.metrics, item) for item in verdict.metrics if not item.advisory]


def telling_lines(verdict: Verdict) -> list[str]:
    """Those of ``metric_lines`` that the outcome can hang on: beside a comparison a floor can only fail."""
    compared = any(item.kind == "difference" for item in verdict.metrics)
    return [
        _metric_line(verdict.metrics, item)
        for item in verdict.metrics
        if not item.advisory and (item.kind == "difference" or item.outcome == "fail" or not compared)
    ]


def _metric_line(metrics: Sequence[MetricResult], item: MetricResult) -> str:
    name = metric(item, metrics)
    if item.kind == "floor":
        return f"{name} {floor_line(item)}"
    said = f"{name} {change_on_metric(item)}"
    if item.outcome == "inconclusive" and item.evidence:
        said += f"; evidence of a loss {of_a_fail(item.evidence)} of what a fail needs"
    return said


def override_box(found: Override) -> str:
    """Return who lets a version through in spite of it; what the verdict says is not changed by it."""
    return f"Let through by {found.who} until {found.until}: {found.why}"


def asked(verdict: Verdict) -> str:
    """Return ``28 of 198 cases asked (11 of 151 clusters counted), enough to decide``.

    Clusters count where there are any, else cases in their turn: protected ones are asked ahead of it.
    """
    found = verdict.coverage
    said = f"{found.used:,} of {plural(found.cases, 'case')} asked"
    if units_of(verdict) == "clusters" and found.clusters and found.clusters_used is not None:
        said += f" ({found.clusters_used:,} of {counted(found.clusters, 'clusters')} counted)"
    elif found.ahead:
        ahead = (
            f"{plural(found.ahead, 'protected case')} asked ahead of {'its' if found.ahead == 1 else 'their'}"
        )
        said += f" ({found.used - found.ahead:,} counted; {ahead} turn)"
    if found.used == found.cases:
        return f"{said}, all there are"
    return said if verdict.outcome == "inconclusive" else f"{said}, enough to decide"


def _unanswered(verdict: Verdict) -> Iterator[str]:
    """The cases that a file of answers leaves out."""
    for arm in filter(None, (verdict.candidate, verdict.baseline)):
        if arm.unanswered:
            number = plural(arm.unanswered, "case has", "cases have")
            yield f"{number} no answer in {arm.file}: {'it' if arm.unanswered == 1 else 'each'} scores 0."


def how_sure(verdict: Verdict) -> str:
    """Return how often an end of an interval is wrong; after a forced rerun, which look this is."""
    # About: where a bound would contradict the outcome it is cut, and then wrong where the outcome is.
    error = per_cent(ruling_of(verdict).error)
    said = f"Each bound of an interval is wrong in at most about {error} of evaluations"
    if not verdict.attempt:
        return f"{said}."
    look = _ordinal(verdict.attempt + 1)
    return f"{said}: {look} look at the same question, each at half the error of the one before."


def _ordinal(number: int) -> str:
    return _LOOKS[number - 1] if number <= len(_LOOKS) else f"{number}th"


def _tried(verdict: Verdict) -> Iterator[str]:
    """What trying version after version until one passes comes to; each by itself keeps the promise."""
    old = verdict.baseline.version if verdict.baseline else 0
    since, error = verdict.candidate.version - old, ruling_of(verdict).error or 0
    tried = max(since, verdict.tried + 1)
    if verdict.outcome == "pass" and old and tried > 1 and not verdict.reading_only:
        # Whatever they share, the sum of their errors: each at its first look, this one at all that it had.
        first = error * 2**verdict.attempt
        most = per_cent(min(1.0, first * (tried + 1) - error))
        which = f"version since v{old}" if tried == since else f"wording compared with v{old}"
        yield (
            f"The {_ordinal(tried)} {which} on these same cases: if each were worse by the margin, "
            f"the chance that at least one passes would be up to {most}."
        )


def broken_and_passed(names: Sequence[str], most: int) -> str:
    """Return which cases broke although the verdict is a pass; at most ``most`` of them by name."""
    return f"Broken in spite of the pass: {some(names, most)}."


def counts(verdict: Verdict) -> str:
    """Return ``22 broken, 6 worse``: how many cases went which way, the worst first."""
    found = Counter(Became(verdict).kinds)
    return ", ".join(f"{found[change]:,} {changed(verdict, change)}" for change in CHANGES if found[change])


def changed(verdict: Verdict, change: CaseKind) -> str:
    """Return the word for what became of a case; a first version has nothing to break or to fix."""
    return CHANGES[change] if verdict.baseline else _FIRST.get(change, CHANGES[change])


def kept_whole(verdict: Verdict) -> str:
    """Return ``None of 8 protected cases broke. ``: what a headline says only where some did; else empty."""
    found = verdict.protected
    if found is None or found.broken:
        return ""
    return f"None of {plural(found.total, 'protected case')} {broke(compared=bool(verdict.baseline))}. "


def _protected(verdict: Verdict) -> Iterator[str]:
    found = verdict.protected
    if found is None:
        return
    if found.broken:
        yield f"Protected cases that {broke(compared=bool(verdict.baseline))}: {', '.join(found.broken)}."
    else:
        yield kept_whole(verdict).rstrip()
    for item in found.unreliable:
        passes = f"{old(ruling_of(verdict))} passes it in only {item.passed} of {item.runs} runs"
        yield f"case {item.id} failed; {passes}, so this does not count as a fail."


def _ended(verdict: Verdict, arm: ArmAnswers) -> Iterator[str]:
    """``3 of 40 answers of v2 were cut off at 100 tokens``: how the answers of no use ended."""
    candidate = arm.who == "candidate"
    whose = called(verdict.candidate) if candidate else old(ruling_of(verdict))
    limit = f" at {arm.token_limit:,} tokens" if arm.token_limit else ""
    ways = {f"cut off{limit}": arm.cut_off, "empty": arm.empty, "refused": arm.filtered}
    if found := [f"{count:,} {how}" for how, count in ways.items() if count]:
        yield f"of {plural(arm.answers, 'answer')} of {whose}, {joined(found)}."
    if arm.unscripted:
        yield f"{plural(arm.unscripted, 'call')} of {whose} got no result: the cases have none."


_WORST = "each counts as the worst score"
_DROPPED = "no score, or no answer of the version compared with"
_NEW = "they decide from the next change on"


def coverage_rows(found: Coverage) -> Iterator[tuple[str, str]]:
    """Yield what was compared, asked and lacking, for a table: the same as the sentences say of it."""
    yield "cases compared", f"{found.cases:,}"
    yield "asked before the decision", f"{found.used:,}"
    yield CHANGES["failed"], f"{found.candidate_failed:,} ({_WORST})"
    yield "scores missing", f"{found.missing:,} ({_WORST})"
    if found.dropped:
        yield "left out", f"{found.dropped:,} ({_DROPPED})"
    if found.left_out:
        yield "new cases left out", f"{found.left_out:,} ({_NEW})"
    if found.as_before:
        yield "removed or edited", f"{found.as_before:,} (asked as before)"


def _missing(verdict: Verdict) -> Iterator[str]:
    found, new = verdict.coverage, called(verdict.candidate)
    if found.candidate_failed:
        of = f"{found.candidate_failed:,} of {plural(found.used, 'question')}"
        yield f"{of} got no answer from {new}; {_WORST}."
    for arm in verdict.answers:
        yield from _ended(verdict, arm)
    if found.missing and found.missing >= MISSING_SAID * found.missing_of:
        share = f"{100 * found.missing / found.missing_of:.0f}%"
        of = f"{found.missing:,} of {plural(found.missing_of, 'score')} ({share})"
        yield f"{of} {'is' if found.missing == 1 else 'are'} missing and counted at the worst."
    if found.dropped:
        without = plural(found.dropped, "case")
        yield f"{without} left out: {_DROPPED}."
    if found.left_out:
        yield f"{plural(found.left_out, 'new case')} left out: {_NEW}."
    if found.as_before:
        were = plural(found.as_before, "case")
        yield f"{were} that this change removes or edits, asked as before."
    if verdict.own_suite:
        yield "the suite came with this first version; no earlier one could exist."
    for change in verdict.loosened:
        why = "what was removed since the last promotion still counts"
        yield f"{loosened(change)}; it still decides, because {why}."


_TOO_LITTLE = {"not_shown", "stopped_early", "ceiling"}
"""Causes that more cases are a cure for."""


def _enough(verdict: Verdict) -> Iterator[str]:
    """What the cases of an undecided comparison would settle, and what it would take to settle more."""
    item, causes = takes_most(verdict.metrics), causes_of(ruling_of(verdict))
    if verdict.outcome != "inconclusive" or not causes or causes[0].code not in _TOO_LITTLE:
        return
    left = verdict.coverage.cases - verdict.coverage.used
    if causes[0].code == "ceiling" and (more := still_to_spend(verdict, causes[0])):
        yield f"The other {plural(left, 'case')} would take {more}."
    if item is None or item.kind == "floor" or not item.used:
        return
    several = [each for each in verdict.metrics if each.kind == item.kind and not each.advisory][1:]
    on = f" on {metric(item, verdict.metrics)}" if several else ""
    said = f"These cases settle a margin of {score(max(0.0, -item.lower))} points{on}"
    weak = weak_judge(verdict.judges, item.label)
    if weak:
        said += f"; more cases would hardly help, as {weak.ref} {shows_only(share_shown(weak)[1] or 0.0)}"
    elif item.needed and item.needed > item.planned:
        yield f"Too few cases to show that nothing is lost; {_loss_seen(verdict, item)}."
        lacking = item.needed - item.planned
        said += f"; about {lacking:,} more {units_of(verdict)} would settle {margin(item.bound)}"
        said += _price(verdict, lacking)
    yield f"{said}."
    if verdict.break_rate is not None:
        seen = verdict.coverage.clusters_used or verdict.coverage.used
        none = f"0 of {counted(seen, units_of(verdict))} broke"
        yield f"{none}: a break rate above {score(verdict.break_rate)}% is ruled out."


def _loss_seen(verdict: Verdict, item: MetricResult) -> str:
    """What speaks for a loss; a bet that has won nothing has seen none."""
    share = verdict.evidence or 0
    if share <= (ruling_of(verdict).error or 0) and item.mean >= 0:
        return "no loss was seen"
    # Each metric has a share of its own, told beside it; this one is that of all tests together.
    tests = [item for item in verdict.metrics if not item.advisory]
    whose = " over all tests" if len(tests) + len(verdict.limits) > 1 else ""
    return f"evidence of a loss{whose} {of_a_fail(share)} of what a fail needs"


def _price(verdict: Verdict, more: int) -> str:
    """What so many more cases, or clusters, would cost, by what those that were asked cost."""
    found = verdict.coverage
    if not verdict.cost_usd or not found.used:
        return ""
    # All cases of a cluster are asked, and it counts once.
    size = found.cases / found.clusters if found.clusters and units_of(verdict) == "clusters" else 1
    return f", for about {money(more * size * verdict.cost_usd / found.used)}"


def _limit(found: LimitResult) -> str:
    verb = LIMITS[found.name][0]
    most = quantity(found, found.limit)
    if found.value is None:
        return f"An answer {verb} an unknown amount; the limit is {most}."
    value = quantity(found, found.value)
    if found.value <= found.limit:
        return f"An answer {verb} {value} on average, within the limit of {most}."
    if found.outcome == "fail":
        return f"An answer {verb} {value} on average, over the limit of {most}."
    return (
        f"An answer {verb} {value} on average, over the limit of {most}, but not significantly: not a fail."
    )


def _margins(verdict: Verdict) -> Iterator[str]:
    """Where a margin is smaller than the suite says, and why an undecided floor stops no pass."""
    for item in verdict.metrics:
        if item.margin_stated is not None and item.margin_stated != item.bound:
            judge = verdict.judge_of(item.label)
            told = " that it can detect" if judge and (judge.blind or judge.pooled) else ""
            yield (
                f"The accepted loss on {metric(item, verdict.metrics)} is tested as {margin(item.bound)} "
                f"points instead of {margin(item.margin_stated)}, because the judge shows only a part of "
                f"each difference. A loss of {margin(item.margin_stated)} points{told} then passes about "
                f"{per_cent(ruling_of(verdict).error)} of the time, plus 5% as that part is estimated from "
                "labels."
            )
    floors = [item for item in verdict.metrics if item.kind == "floor" and not item.advisory]
    undecided = any(item.outcome == "inconclusive" for item in floors)
    if verdict.baseline and verdict.outcome == "pass" and undecided:
        yield "An undecided floor does not prevent a pass: beside a comparison, a floor can only fail."


def _judge(judge: JudgeState) -> Iterator[str]:
    """How far a judge can be trusted, what it did in this run, and what to beware of."""
    told = []
    if judge.void:
        told.append(f"{SCORE_ROLES['void']}, its scores count for nothing")
    if judge.advisory:
        told.append(f"{SCORE_ROLES['advisory']}, its scores decide nothing ({doubted(judge)})")
    if not judge.advisory or judge.kappa is not None:
        told.append(_agreement(judge))
    if judge.canaries_total:
        named = f" ({some(judge.fooled_by)})" if judge.fooled_by else ""
        told.append(f"{let_win(judge)}{named}")
    yield f"Judge {judge.ref}: {'; '.join(told)}."
    if seen := list(_seen(judge)):
        yield f"In this run of {judge.ref}: {'; '.join(seen)}."
    if beware := cautions(judge):
        yield f"Caution with {judge.ref}: {'; '.join(beware)}."


def _agreement(judge: JudgeState) -> str:
    if judge.kappa is None:
        return "its agreement with people was not measured"
    least = "" if judge.lower is None else f", at least {ratio(judge.lower)}"
    # Beside it how far people agree: no judge can be expected to agree better.
    people = "" if judge.people is None else f", people among themselves {ratio(judge.people)}"
    counted = f"on {plural(judge.labels, 'label')}{people}"
    return f"kappa {ratio(judge.kappa)} with people{least}, {counted}{_shown(judge)}"


def _shown(judge: JudgeState) -> str:
    share, least = share_shown(judge)
    if share is None:
        return ""
    bound = "" if least is None else f" (at least {whole_per_cent(max(0.0, least))})"
    return f", shows {whole_per_cent(share)} of a true difference{bound}"


GOOD_ANSWERS = "answers that pass"
BEYOND = "beyond what this judge can show"
"""In place of an estimate that cannot be."""


def corrected_change(found: PassChange) -> str:
    """Return the change in answers that pass behind what a judge saw: ``−4.2 [−11.0, +2.6]``."""
    estimate = BEYOND if found.beyond else points(found.true)
    return f"{estimate} {interval(found.true_lower, found.true_upper)}"


def _seen(judge: JudgeState) -> Iterator[str]:
    if found := judge.passing:
        yield (
            f"{GOOD_ANSWERS} {points(found.seen)} points {interval(found.seen_lower, found.seen_upper)}, "
            f"corrected for its errors {corrected_change(found)}"
        )
    if judge.flips is not None:
        yield f"the order of the answers changed the winner in {100 * judge.flips:.0f}% of pairs"
    if judge.ties is not None:
        yield f"{100 * judge.ties:.0f}% of pairs had no winner"
    if judge.words_more is not None and abs(judge.words_more) >= SOME_WORDS:
        how = "longer" if judge.words_more >= 0 else "shorter"
        yield f"the new version's answers are {amount(abs(judge.words_more))} words {how}"


def models(verdict: Verdict) -> str:
    """Return who answered and who judged; models that are not real ones are called so."""
    asked_for = list(dict.fromkeys(verdict.digests.models))  # one model may answer in the place of several
    bare = {name.partition("/")[2] for name in asked_for}
    served = [
        name for name in verdict.served_models if not name.startswith(tuple(asked_for)) and name not in bare
    ]
    served = [] if verdict.app else served  # they are the app's own, and told with it
    parts = [name for name in asked_for if not is_stand_in(name)]
    for row in RULE_MODELS:
        if names := [name for name in asked_for if name.startswith(row.prefix)]:
            what = f"{row.many}, no real models" if names[1:] else f"{row.one}, not a real model"
            parts.append(f"{joined(names)} ({what})")
    return f"{', '.join(parts)}; answers came from {', '.join(served)}" if served else ", ".join(parts)
