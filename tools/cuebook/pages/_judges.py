"""The judges behind what is live: how far each agrees with people, and what it let through."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.numbers import NONE
from cuebook.pages._base import Site, link, report_page
from cuebook.pages._html import Child, Html, join, tag
from cuebook.pages._parts import chip, table
from cuebook.verdict import JudgeState, Verdict

KEY = """Kappa is the agreement with people: 1 is always, 0 is chance; in brackets where it lies
with 5 % of doubt on either side. The share shown is how much of a true difference comes through.
Canaries are known-bad answers that a judge must not let win."""


def judges(here: str, site: Site) -> Html | None:
    """Judges of the verdicts about live versions, or None when none of these had a judge."""
    rows = [_row(here, verdict, judge) for verdict in _live(site) for judge in verdict.judges]
    if not rows:
        return None
    columns = ["Judge", "Suite", "Says", "Kappa", "Share shown", "Labels", "Canaries let win", "Order flips"]
    return join(tag("p", KEY), table(columns, rows, "Judges", numeric="   nnnnn"))


def _live(site: Site) -> Iterator[Verdict]:
    for prompt in site.prompts():
        for entry in prompt.evaluations:
            if entry.version in prompt.aliases.values():
                yield site.catalog.verdict(prompt.name, entry.version, entry.suite)


def _row(here: str, verdict: Verdict, judge: JudgeState) -> list[Child]:
    where = link(here, report_page(verdict.prompt, verdict.candidate.version, verdict.suite))
    return [
        join(tag("code", judge.ref), tag("span", judge.model, class_="cb-sub")),
        tag("a", f"{verdict.suite} on v{verdict.candidate.version}", href=where),
        join(_state(judge), tag("span", judge.why, class_="cb-sub") if judge.why else None),
        _between(judge.kappa, judge.lower, judge.upper),
        _share(judge.j),
        f"{judge.labels:,}",
        f"{judge.canaries_lost} of {judge.canaries_total}" if judge.canaries_total else NONE,
        _share(judge.flips),
    ]


def _state(judge: JudgeState) -> Html:
    if judge.void:
        return chip("void", "failed")
    if judge.advisory:
        return chip("advisory", "warn")
    if judge.kappa is None:
        return chip("not measured", "warn")
    return chip("decides", "fixed") if judge.decides else chip("reported only")


def _between(value: float | None, lower: float | None, upper: float | None) -> str:
    if value is None:
        return NONE
    if lower is None or upper is None:
        return f"{value:.2f}"
    return f"{value:.2f} [{lower:.2f}, {upper:.2f}]"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f}\u00a0%"
