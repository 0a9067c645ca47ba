"""Names, marks and numbers that several reports share. Nothing is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import NONE, amount, interval, money, plural, points, relative_change, score, seconds
from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.shapes.verdict import MetricResult, Outcome, ScorerSummary, Verdict, is_paired, means, units_of
from cuebook.wording.dialogue import SpokenLine, talk_of
from cuebook.wording.finish import finishes, nothing_said
from cuebook.wording.floors import floor_bar
from cuebook.wording.names import beside, called, margin, mean
from cuebook.wording.values import value_said
from cuebook.wording.weak_judges import SCORE_ROLES

FINISH = "finish"
"""The column of how answers ended, in the provider's words."""

MOST_SAID = 6
"""Messages that a report shows of what both versions' dialogues have in common."""

MARKS: dict[Outcome, str] = {"pass": "✓", "fail": "✗", "inconclusive": "?"}
"""Marks beside the colours, which not everybody can tell apart."""


def ref(verdict: Verdict) -> str:
    """Return ``qa-assistant/6``, with the suite where it has a name of its own."""
    if verdict.candidate.file:
        return f"{verdict.candidate.file} on {verdict.suite}"
    name = f"{verdict.prompt}/{verdict.candidate.version}"
    return name if verdict.suite == verdict.prompt else f"{name} on {verdict.suite}"


def against(verdict: Verdict) -> str:
    """Return the name of what the version was compared with."""
    said = beside(verdict.candidate.version, called(verdict.baseline) if verdict.baseline else "")
    return said if verdict.baseline else f"({said})"


def arms(verdict: Verdict) -> list[str]:
    """Return headings of the sides there are: ``v5`` and ``v6``, or ``v1`` alone."""
    return sides(verdict, called(verdict.baseline) if verdict.baseline else "", called(verdict.candidate))


def sides(verdict: Verdict, old: str, new: str) -> list[str]:
    """Return both values, or the new one alone where there is no baseline."""
    return [old, new] if verdict.baseline else [new]


def of_two(verdict: Verdict, cell: str) -> list[str]:
    """Return a cell about a change, where there is a version to change from."""
    return [cell] if verdict.baseline else []


def metric_name(verdict: Verdict, metric: MetricResult) -> str:
    """Return the metric, with its model where there are several, and whether it decides nothing."""
    name = metric.label if metric.kind == "difference" else f"{metric.label} floor"
    # Of one model, its name in every row would tell nothing.
    remarks = [metric.model] if len({item.model for item in verdict.metrics}) > 1 else []
    remarks += [SCORE_ROLES["advisory"]] if metric.advisory else []
    return f"{name} ({', '.join(remarks)})" if remarks else name


def needed(verdict: Verdict, metric: MetricResult) -> str:
    """Return where the interval has to be for a pass: above the accepted loss, or beside the floor."""
    if metric.kind == "difference":
        return f"> {points(-metric.bound)}"
    return floor_bar(metric, compared=verdict.baseline is not None)


def change(metric: MetricResult) -> str:
    """Return the mean change; a floor has none."""
    return points(metric.mean) if metric.kind == "difference" else NONE


def between(metric: MetricResult) -> str:
    """Return both ends of the interval: of the change, or of the score that a floor is set on."""
    if metric.kind == "difference":
        return interval(metric.lower, metric.upper)
    return f"[{mean(metric, metric.lower)}, {mean(metric, metric.upper)}]"


def held(verdict: Verdict) -> tuple[str, str]:
    """Return what the deciding test compares with, a version or a floor, and the change or score found."""
    metric = verdict.deciding
    if metric and metric.kind == "floor":
        return f"floor {margin(metric.bound)}", mean(metric, metric.mean)
    return called(verdict.baseline) if verdict.baseline else NONE, points(metric.mean if metric else None)


def outcome_heading(verdicts: Sequence[Verdict]) -> str:
    """Return the head of a column of what came out."""
    kinds = {verdict.deciding.kind for verdict in verdicts if verdict.deciding}
    return "result" if len(kinds) > 1 else "score" if "floor" in kinds else "change"


def cases_used(metric: MetricResult) -> str:
    """Return the cases, or clusters, used of those planned."""
    return f"{metric.used:,}/{metric.planned:,}"


def asked_of(verdict: Verdict) -> str:
    """Return cases asked of all cases; never clusters, so that one column fits every suite."""
    return f"{verdict.coverage.used:,}/{verdict.coverage.cases:,}"


def measured(verdict: Verdict, summary: ScorerSummary) -> str:
    """Return the cases that a scorer without a test has a score for."""
    failed = f", {summary.failed:,} failed" if summary.failed else ""
    # The head of the column says clusters there, which a scorer without a test does not count.
    unit = " cases" if units_of(verdict) == "clusters" else ""
    return f"{summary.measured:,}{unit}{failed}"


def supported(metric: MetricResult) -> str:
    """Return the smallest margin at which these cases would have passed, in points; a dash for a floor."""
    return score(max(0.0, -metric.lower)) if metric.kind == "difference" else NONE


def broken_protected(verdict: Verdict) -> list[CaseResult]:
    """Return the protected cases that broke, confirmed by repeated runs."""
    ids = verdict.protected.broken if verdict.protected else []
    return [case for case in verdict.cases if case.id in ids]


def spending(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    """Return means a case as (what, before, after, change), without unknown ones and those that are 0."""
    new, old = verdict.candidate_spending, verdict.baseline_spending
    rows = []
    for name, field, write in (
        ("cost", "cost_usd", money),
        ("time", "seconds", seconds),
        ("words", "words", amount),
        ("tokens in", "input_tokens", amount),
        ("tokens out", "output_tokens", amount),
    ):
        after, before = getattr(new, field), getattr(old, field) if old else None
        # A cost of 0 is told, as an unknown one is None; of the others 0 means that nothing was counted.
        if after or before or (after is not None and name == "cost"):
            rows.append(
                (
                    name,
                    NONE if before is None else write(before),
                    write(after),
                    relative_change(before, after),
                )
            )
    return rows


def spending_rows(verdict: Verdict) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of what an answer took and how answers ended; no rows where nothing is known."""
    heads = ["mean of a case", *arms(verdict), *of_two(verdict, "change")]
    rows = [
        [name, *sides(verdict, old, new), *of_two(verdict, share)]
        for name, old, new, share in spending(verdict)
    ]
    if ended := finishes(verdict):
        rows.append([FINISH, *ended, *of_two(verdict, "")])
    return heads, rows


def reported(verdict: Verdict, summary: ScorerSummary) -> tuple[str, str, str]:
    """Return before, after and change of a scorer's mean."""
    old, new, change = means(verdict, summary)
    return score(old), score(new), points(change)


def others(verdict: Verdict) -> list[ScorerSummary]:
    """Return scorers with something to say beside the tests: reported only, or with nothing to be tested by.

    Where every case was asked although a test was settled earlier, as ``cuebook eval`` does, also what all
    cases say of its metric.
    """
    whole = verdict.coverage.used == verdict.coverage.cases
    tested = {
        (item.label, item.model)
        for item in verdict.metrics
        if item.kind == "difference" or not verdict.baseline
        if not (whole and item.used < item.planned)
    }
    # A scorer that was not applicable to any case has neither a mean nor a failure.
    known = [item for item in verdict.summaries if item.candidate is not None or item.failed]
    return [item for item in known if not item.decides or (item.label, item.model) not in tested]


def role(verdict: Verdict, summary: ScorerSummary) -> str:
    """Return the role of a scorer beside the tests."""
    if not summary.decides:
        return SCORE_ROLES["reported"]
    tested = any((item.label, item.model) == (summary.label, summary.model) for item in verdict.metrics)
    return "all cases" if tested else "no floor"


def scores_of(verdict: Verdict, case: CaseResult) -> list[tuple[str, str, str]]:
    """Return (label, ``100 → 25``, reason for the new score) of each deciding scorer of one case.

    Of a first version every scorer: it is read before anybody knows what should decide.
    """
    rows = []
    every = [] if verdict.baseline else list(case.candidate.scores)
    for label in dict.fromkeys([*(item.label for item in verdict.metrics), *every]):
        new = case.candidate.scores.get(label)
        if new is None or new.state == "not_applicable":
            continue
        old = case.baseline.scores.get(label) if case.baseline else None
        # A scorer that compares gives one value for both answers, and that is a change already.
        write = points if is_paired(verdict, label) else _whole
        after = "no score" if new.value is None else write(new.value)
        before = "" if old is None or old.value is None else f"{_whole(old.value)} → "
        rows.append((label, before + after, new.reason))
    return rows


def _whole(value: float) -> str:
    return f"{100 * value:.0f}"


def pairs(fields: dict[str, object]) -> list[tuple[str, str]]:
    """Return inputs or expectations as (name, text), the short ones first, as a reader looks for these."""
    shown = [(name, value_said(value)) for name, value in fields.items()]
    return sorted(shown, key=lambda pair: len(pair[1]))


def expected(case: CaseResult) -> str:
    """Return a case's expectations on one line."""
    return "; ".join(f"{name}: {text}" for name, text in pairs(case.expectations))


def given(case: CaseResult) -> list[tuple[str, str]]:
    """Return what was asked: the inputs, and of a dialogue the last messages before the versions differ."""
    talk = talk_of(case)
    together = [(who, _indented(text)) for who, text in talk.together] if talk else []
    # The last messages say most of where the two versions stood when they went apart.
    if (left_out := len(together) - MOST_SAID) > 0:
        together = [("before it", plural(left_out, "message")), *together[left_out:]]
    return [*pairs(case.readable), *together]


def answers(case: CaseResult) -> tuple[str, str]:
    """Return what both arms said, the baseline's first: of a dialogue all from the first difference on."""
    talk = talk_of(case)
    old = _answer(case.baseline, talk.old if talk else ()) if case.baseline else ""
    return old, _answer(case.candidate, talk.new if talk else ())


def _answer(found: Answer, talk: Sequence[SpokenLine]) -> str:
    """What an arm said, or in parentheses that it said nothing."""
    # One message is the answer itself, and nobody else spoke.
    if found.said is not None and len(talk) > 1:
        return "\n".join(f"{who}: {_indented(text)}" for who, text in talk)
    nothing = nothing_said(found)
    return f"({nothing})" if nothing else found.said or ""


def _indented(text: str) -> str:
    """Further lines set in, so that none looks like the beginning of another message."""
    return "\n    ".join(text.splitlines())
