"""The metrics that decided, on the page of a verdict: each as a picture and in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import capital, plural, points, score
from cuebook.shapes.moves import State
from cuebook.shapes.verdict import MetricResult, Verdict, units_of
from cuebook.site.pages import _picture
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import chip, former_anchors, table
from cuebook.site.pages._terms import known, term
from cuebook.wording.floors import FLOOR_STATES, FloorState, floor_state
from cuebook.wording.names import margin, mean
from cuebook.wording.names import metric as named
from cuebook.wording.weak_judges import SCORE_ROLES

MOST_TOOLS = 20
"""Rows of the table of tools that the page shows."""
FLOOR_MARKS: dict[FloorState, State] = {
    "reached": "pass",
    "within": "pass",
    "open": "not_evaluated",
    "below": "fail",
}


def numbers(verdict: Verdict) -> Html:
    """Return the metrics that decide: those that compare, and the floors."""
    compared = [metric for metric in verdict.metrics if metric.kind == "difference"]
    floors = [metric for metric in verdict.metrics if metric.kind == "floor"]
    base = f"v{verdict.baseline.version} and " if verdict.baseline else ""
    said: Child = None
    if compared:
        said = [term("point", "points"), f" out of 100; {base}v{verdict.candidate.version} on the same cases"]
    return tag(
        "section",
        tag(
            "header",
            tag("h2", "Metrics that ", term("deciding", "decide")),
            tag("span", said, class_="cb-quiet"),
        ),
        former_anchors("metrics-that-decide"),
        _compared(verdict, compared) if compared else None,
        # Here always; at the top of the page a floor that holds has no line.
        _floors(verdict, floors) if floors else None,
        None if verdict.metrics else tag("p", "Nothing was measured.", class_="cb-quiet"),
        _tools(verdict) if verdict.tool_counts else None,
        id="numbers",
        class_="cb-section",
    )


def _compared(verdict: Verdict, metrics: Sequence[MetricResult]) -> Html:
    base = verdict.baseline
    axis = _picture.axis_for(metrics)
    heads: list[Child] = [
        "Metric",
        "Verdict",
        _picture.axis_head(axis),
        term("change", "Change"),
        term("interval", "Interval"),
        term("accepted loss", "Accepted"),
        f"v{base.version}" if base else "",
        f"v{verdict.candidate.version}",
        unit_head(units_of(verdict)),
    ]
    rows = [_row(verdict, metric, axis) for metric in metrics]
    labels = [
        "",
        "",
        "",
        "Change",
        "Interval",
        "Accepted loss",
        str(heads[6]),
        str(heads[7]),
        units_of(verdict).capitalize(),
    ]
    return join(
        table(heads, rows, "Metrics that decide", numeric="   nnnnnn", labels=labels, kind="cb-intervals"),
        _picture.key(_picture.KEY),
    )


def _row(verdict: Verdict, metric: MetricResult, axis: _picture.Axis) -> list[Child]:
    accepted: Child = margin(metric.bound)
    # A judge that shows only a part of each difference has its margin made smaller; the suite says the other.
    if metric.margin_stated is not None and metric.margin_stated != metric.bound:
        stated = f"{margin(metric.margin_stated)} in the suite"
        accepted = join(accepted, tag("span", stated, class_="cb-sub"))
    return [
        _called(verdict, metric),
        badge(metric.outcome),
        _picture.picture(metric, axis, named(metric, verdict.metrics)),
        tag("strong", points(metric.mean)),
        f"{points(metric.lower)} to {points(metric.upper)}",
        accepted,
        score(metric.baseline),
        score(metric.candidate),
        used_of(metric),
    ]


def _called(verdict: Verdict, metric: MetricResult) -> Html:
    advisory = chip(term("advisory judge", SCORE_ROLES["advisory"]), "warn") if metric.advisory else None
    return join(tag("strong", known(named(metric, verdict.metrics))), " ", advisory)


def _floors(verdict: Verdict, metrics: Sequence[MetricResult]) -> Html:
    rows: list[list[Child]] = []
    for metric in metrics:
        state, floor = floor_state(metric), margin(metric.bound)
        # A first version may be below it by the accepted loss: said where that is what let it pass.
        less: Child = None
        if state == "within" and metric.accepted:
            less = tag("span", " less ", margin(metric.accepted), " accepted", class_="cb-sub")
        rows.append(
            [
                _called(verdict, metric),
                badge(FLOOR_MARKS[state], capital(FLOOR_STATES[state])),
                join(floor, less),
                mean(metric, metric.mean),
                f"{mean(metric, metric.lower)} to {mean(metric, metric.upper)}",
                used_of(metric),
            ]
        )
    name = f"v{verdict.candidate.version}"
    unit = units_of(verdict)
    heads: list[Child] = ["Metric", "Verdict", term("floor", "Floor"), name, "Between", unit_head(unit)]
    labels = ["", "", "Floor", name, "Between", unit.capitalize()]
    return join(
        tag("h3", "Floors ", tag("span", "scores from 0 to 100", class_="cb-quiet")),
        table(heads, rows, "Floors", numeric="  nnnn", labels=labels, kind="cb-intervals"),
    )


def _tools(verdict: Verdict) -> Html:
    """Which tool was called where which one was expected, the wrong ones first."""
    base, shown = verdict.baseline, verdict.tool_counts[:MOST_TOOLS]
    several = len({row.label for row in verdict.tool_counts}) > 1
    rows: list[list[Child]] = [
        [
            *([row.label] if several else []),
            tag("code", row.expected) if row.expected else "no call",
            tag("code", row.called) if row.called else "no call",
            "as expected" if row.right else "other arguments" if row.expected == row.called else "wrong",
            *([f"{row.baseline or 0:,}"] if base else []),
            f"{row.candidate:,}",
        ]
        for row in shown
    ]
    versions = [f"v{side.version}" for side in (base, verdict.candidate) if side]
    heads: list[Child] = [*(["Scorer"] if several else []), "Expected", "Called", "How", *versions]
    rest = len(verdict.tool_counts) - len(shown)
    return join(
        tag("h3", "Tools ", tag("span", "how often which one was called", class_="cb-quiet")),
        table(heads, rows, "Tools", numeric=" " * (len(heads) - len(versions)) + "n" * len(versions)),
        tag("p", f"{plural(rest, 'more pair')} in the JSON of the verdict.", class_="cb-quiet")
        if rest
        else None,
    )


def used_of(metric: MetricResult) -> str:
    """Return how many cases, or clusters, a metric took of those there were."""
    return f"{metric.used:,} of {metric.planned:,}"


def unit_head(units: str) -> Child:
    """Return the head of a column of what metrics count: ``cases``, or ``clusters``, which are explained."""
    return term("cluster", "Clusters") if units == "clusters" else "Cases"
