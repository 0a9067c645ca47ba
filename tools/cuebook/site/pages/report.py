"""One page per verdict: outcome and reason first, then intervals, numbers, and every case that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cuebook.core.format import NONE, money, plural, points, score, share
from cuebook.shapes.published import PromptIndex, evaluation_path
from cuebook.shapes.verdict import MetricResult, ScorerSummary, Spending, Verdict, means
from cuebook.site.pages import _cases
from cuebook.site.pages._base import (
    Page,
    Site,
    diff_page,
    link,
    previous,
    prompt_page,
    report_page,
    version_page,
)
from cuebook.site.pages._charts import Interval, intervals
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._judges import judges_of
from cuebook.site.pages._parts import badge, body, chip, facts, fold, head, note, row_of, table
from cuebook.wording.details import details, override_box
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from cuebook.wording.notes import notes

KIND = "report"
OFFLINE = "Answered or judged by the built-in rules, not by a real model"
CHART = "Difference to the baseline in points: a dot with its interval, a line at the largest accepted loss"
KEY = (
    "Points out of 100. The dot is the mean difference, the bar its interval. The dashed line is the "
    "largest loss the gate accepts: a bar wholly to its right passes, a bar wholly left of zero fails."
)


def pages(site: Site) -> Iterator[Page]:
    """A page for every verdict."""
    for prompt in site.changed():
        for entry in prompt.evaluations:
            verdict = site.catalog.verdict(prompt.name, entry.version, entry.suite)
            yield Page(
                report_page(prompt.name, entry.version, entry.suite),
                f"{prompt.name} v{entry.version} on {entry.suite}",
                _body(prompt, verdict),
                search=False,
                description=f"Evaluation of {prompt.name} version {entry.version} on {entry.suite}",
            )


def _body(prompt: PromptIndex, verdict: Verdict) -> str:
    here = report_page(verdict.prompt, verdict.candidate.version, verdict.suite)
    parts: list[Html | str] = [
        join(_head(here, prompt, verdict), _verdict(verdict)),
        "Metrics that decide",
        _metrics(verdict),
    ]
    if others := [row for row in verdict.summaries if not row.decides and row.measured + row.failed]:
        parts += ["Other scores", _summaries(verdict, others)]
    parts += ["Coverage", _coverage(verdict)]
    if verdict.judges:
        parts += ["Judges", judges_of(verdict)]
    if verdict.protected:
        parts += ["Protected cases", _protected(verdict)]
    parts += ["Cost, speed and length", _spending(verdict)]
    if verdict.cases:
        parts += ["Cases", _cases.cases(verdict)]
    parts += ["What this rests on", _basis(here, verdict)]
    return body(*parts)


def _head(here: str, prompt: PromptIndex, verdict: Verdict) -> Html:
    number, base = verdict.candidate.version, verdict.baseline
    version = tag(
        "a", f"v{number}", href=link(here, version_page(verdict.prompt, number)), class_="cb-version"
    )
    against: Child = "no baseline to compare with"
    if base:
        against = [
            "compared with ",
            tag("a", f"v{base.version}", href=link(here, version_page(verdict.prompt, base.version))),
            f" ({verdict.baseline_alias})",
        ]
    compare = None
    if base and previous(prompt, number) == base.version:
        where = link(here, diff_page(verdict.prompt, base.version, number))
        compare = tag("a", "What changed in the text", href=where)
    return head(
        here,
        [(verdict.prompt, prompt_page(verdict.prompt)), (f"v{number}", version_page(verdict.prompt, number))],
        [tag("span", verdict.prompt, class_="cb-ref"), " ", version],
        tag("p", verdict.candidate.message, class_="cb-lead"),
        tag("p", "On suite ", tag("strong", verdict.suite), ", ", against, ".", class_="cb-sub"),
        row_of(compare) if compare else None,
    )


def _verdict(verdict: Verdict) -> Html:
    offline = tag("span", chip("offline models", "warn"), title=OFFLINE) if verdict.offline else None
    card = tag(
        "section",
        row_of(badge(verdict.outcome), offline),
        tag("p", headline(verdict), class_="cb-sentence"),
        tag("p", tag("strong", "Next: "), next_step(verdict).text),
        tag("ul", [tag("li", text) for text in details(verdict)]),
        class_=f"cb-card cb-verdict cb-card-{verdict.outcome}",
        aria_label="Verdict",
    )
    return join(_override(verdict), card, *(note(tag("p", remark)) for remark in notes(verdict)))


def _override(verdict: Verdict) -> Html | None:
    found = verdict.override
    if found is None:
        return None
    return note(tag("p", tag("strong", "Override. "), override_box(found)), kind="warn")


def _metrics(verdict: Verdict) -> Html:
    if not verdict.metrics:
        return tag("p", "Nothing was measured.", class_="cb-quiet")
    many = len({metric.model for metric in verdict.metrics}) > 1
    rows = [_metric_row(metric, many=many) for metric in verdict.metrics]
    columns = ["Metric", "Verdict", "Before", "After", "Difference", "Interval", "Limit", "Used"]
    numbers = table(columns, rows, "Metrics that decide", numeric="  nnnnnn")
    chart = intervals([_interval(metric, many=many) for metric in verdict.metrics], CHART)
    key = tag("p", KEY, class_="cb-sub")
    said = [words for words, shown in _REMARKS.items() if any(map(shown, verdict.metrics))]
    remarks = [tag("p", words, class_="cb-sub") for words in said]
    return tag("figure", tag("div", chart, key, class_="cb-beside"), numbers, remarks, class_="cb-figure")


_REMARKS: dict[str, Callable[[MetricResult], bool]] = {
    "Advisory: shown, and decides nothing, because its judge has not shown that it agrees with people.": (
        lambda metric: metric.advisory
    ),
    "Stated: the margin of the suite. A judge that shows only a part of every difference is held to a "
    "smaller one.": lambda metric: metric.margin_stated is not None,
}


def _name(metric: MetricResult, *, many: bool) -> str:
    words = metric.label if metric.kind == "difference" else f"{metric.label}, above {score(metric.bound)}"
    return f"{words} ({metric.model})" if many else words


def _interval(metric: MetricResult, *, many: bool) -> Interval:
    bound = -100 * metric.bound if metric.kind == "difference" else None
    ends = f"{points(metric.lower)} to {points(metric.upper)}"
    return Interval(
        _name(metric, many=many),
        metric.outcome,
        100 * metric.mean,
        100 * metric.lower,
        100 * metric.upper,
        bound,
        f"{points(metric.mean)} points, interval {ends}, {metric.outcome}",
    )


def _metric_row(metric: MetricResult, *, many: bool) -> list[Child]:
    limit: Child = points(-metric.bound) if metric.kind == "difference" else f"at least {score(metric.bound)}"
    if metric.margin_stated is not None:
        limit = join(limit, tag("span", f"{points(-metric.margin_stated)} stated", class_="cb-sub"))
    advisory = chip("advisory", "warn") if metric.advisory else None
    return [
        join(tag("strong", _name(metric, many=many)), " ", advisory),
        badge(metric.outcome),
        score(metric.baseline),
        score(metric.candidate),
        tag("strong", points(metric.mean)),
        f"{points(metric.lower)} to {points(metric.upper)}",
        limit,
        f"{metric.used:,} of {metric.planned:,}",
    ]


def _summaries(verdict: Verdict, rows: list[ScorerSummary]) -> Html:
    many = len({row.model for row in verdict.summaries}) > 1
    lines: list[list[Child]] = [
        [
            f"{row.label} ({row.model})" if many else row.label,
            score(old),
            score(new),
            points(change),
            f"{row.measured:,}",
            f"{row.failed:,}",
        ]
        for row in rows
        for old, new, change in [means(verdict, row)]
    ]
    columns = ["Scorer", "Before", "After", "Difference", "Measured", "Failed"]
    return join(
        table(columns, lines, "Other scores", numeric=" nnnnn"),
        tag("p", "Reported only; the gate does not use them.", class_="cb-sub"),
    )


def _protected(verdict: Verdict) -> Html:
    found = verdict.protected
    if found is None:
        return join()
    if not found.broken:
        return tag("p", f"All {plural(found.total, 'case')} tagged {found.tag} still hold.")
    listed = {case.id for case in verdict.cases}
    links = [
        tag("a", tag("code", name), href=f"#{_cases.anchor(name)}") if name in listed else tag("code", name)
        for name in found.broken
    ]
    words = f"{len(found.broken)} of {plural(found.total, 'case')} tagged {found.tag} broke:"
    return tag("div", tag("p", words), row_of(*links))


def _spending(verdict: Verdict) -> Html:
    after, before = verdict.candidate_spending, verdict.baseline_spending or _NOTHING
    rows: list[list[Child]] = [
        ["Cost", _cost(before.cost_usd), _cost(after.cost_usd), share(before.cost_usd, after.cost_usd)],
        ["Time", _seconds(before.seconds), _seconds(after.seconds), share(before.seconds, after.seconds)],
        ["Words", _count(before.words), _count(after.words), share(before.words, after.words)],
        [
            "Tokens in",
            _count(before.input_tokens),
            _count(after.input_tokens),
            share(before.input_tokens, after.input_tokens),
        ],
        [
            "Tokens out",
            _count(before.output_tokens),
            _count(after.output_tokens),
            share(before.output_tokens, after.output_tokens),
        ],
    ]
    limits = [
        [
            _LIMITS[found.name],
            _LIMIT_TEXT[found.name](found.limit),
            "unknown" if found.value is None else _LIMIT_TEXT[found.name](found.value),
            badge(found.outcome),
        ]
        for found in verdict.limits
    ]
    total = f"This evaluation cost {money(verdict.cost_usd)}." if verdict.cost_usd is not None else ""
    return join(
        table(
            ["Mean of a case", "Before", "After", "Change"], rows, "Cost, speed and length", numeric=" nnn"
        ),
        table(["Limit on the mean of a case", "At most", "Was", "Verdict"], limits, "Limits", numeric=" nn")
        if limits
        else None,
        tag("p", total, class_="cb-sub") if total else None,
    )


_NOTHING = Spending(cost_usd=None, seconds=None, words=None, input_tokens=None, output_tokens=None)


def _cost(value: float | None) -> str:
    return NONE if value is None else money(value)


def _seconds(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def _count(value: float | None) -> str:
    return NONE if value is None else f"{value:,.1f}"


_LIMITS = {"cost_usd": "Cost", "seconds": "Time", "words": "Words"}
_LIMIT_TEXT = {"cost_usd": _cost, "seconds": _seconds, "words": _count}


def _coverage(verdict: Verdict) -> Html:
    found = verdict.coverage
    rows: list[tuple[str, Child]] = [
        ("cases compared", f"{found.cases:,}"),
        ("run before the decision", f"{found.used:,}"),
        ("candidate gave no answer", f"{found.candidate_failed:,} (each scored 0)"),
        ("missing", f"{found.missing or found.dropped:,} (no judgement, or no answer of the provider)"),
    ]
    if found.left_out:
        rows.append(("left out", f"{found.left_out:,} (only one side of a changed dataset has them)"))
    return facts(rows)


def _basis(here: str, verdict: Verdict) -> Html:
    digests = verdict.digests
    rows: list[tuple[str, Child]] = [("models asked", ", ".join(digests.models))]
    if verdict.served_models:
        rows.append(("models that answered", ", ".join(verdict.served_models)))
    rows += [("candidate", _code(digests.candidate))]
    rows += [("baseline", _code(digests.baseline))] if digests.baseline else []
    rows += [("dataset", _code(digests.dataset)), ("suite", _code(digests.suite))]
    rows += [(f"judge {name}", _code(value)) for name, value in sorted(digests.judges.items())]
    rows.append(("tool", digests.tool))
    path = evaluation_path(verdict.prompt, verdict.candidate.version, verdict.suite)
    whole = tag("a", "All cases as JSON", href=link(here, path))
    said = "The verdict counts as evidence only while all of these are the same."
    return join(tag("p", said, " ", whole), fold("Models and digests", facts(rows)))


def _code(text: str) -> Html:
    return tag("code", text, class_="cb-digest")
