"""The judges behind what is live: how far each agrees with people, and what it let through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cuebook.core.format import NONE, interval, points, score
from cuebook.shapes.audit import Audit
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.published import EvaluationEntry, PromptIndex
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._base import Site, link, made_live, report_page
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._parts import ROWS, chip, first_rows, table
from cuebook.site.pages._terms import term
from cuebook.wording.audit import DECIDES_NOTHING, counted, doubts, estimated
from cuebook.wording.clauses import cautions, doubted
from cuebook.wording.details import corrected_change
from cuebook.wording.weak_judges import share_shown

KEY = """Kappa is the agreement with people: 1 is always, 0 is chance; in brackets where it lies
with 5 % of doubt on either side. The share shown is how much of a true difference comes through.
Where several people labelled the same answers, their own agreement is below: no judge can be
expected to agree better. A judge must let no known-bad answer win."""

PASSING = """Corrected for the judge's errors: the difference divided by the share shown, with the doubt about
both (Rogan and Gladen); 95 % intervals. It decides nothing: the gate compares the scores with a margin
that is smaller by the share shown."""

CHECKED = """Change of the score in points, with 95 % intervals: people labelled some of the answers without
knowing which version gave them, and their labels correct what the judge says of all (prediction-powered
inference)."""

_MEASURED: list[Child] = [
    term("kappa", "Kappa"),
    term("share shown", "Share shown"),
    term("labels", "Labels"),
    term("known-bad answer", "Known-bad let win"),
    term("order flips", "Order flips"),
]


def judges(here: str, site: Site) -> Html | None:
    """Judges of the verdicts about live versions, or None when none of these had a judge."""
    rows = [
        [_judge(judge), _suite(here, verdict), _says(judge), *_measured(judge)]
        for verdict in _live(site)
        for judge in verdict.judges
    ]
    if not rows:
        return None
    columns: list[Child] = ["Judge", "Suite", "Role", *_MEASURED]
    return join(tag("p", KEY), first_rows(columns, rows, "Judges", numeric="   nnnnn", kind=ROWS))


def judges_of(verdict: Verdict) -> Html:
    """The judges of one verdict: what is known of each, and how it behaved in this run."""
    columns: list[Child] = ["Judge", "Role", *_MEASURED, "Ties", "Words more"]
    rows = [
        [_judge(judge), _says(judge), *_measured(judge), _share(judge.ties), _words_more(judge)]
        for judge in verdict.judges
    ]
    warnings = dict.fromkeys(f"{judge.ref}: {said}" for judge in verdict.judges for said in cautions(judge))
    return join(
        table(columns, rows, "Judges", numeric="  nnnnnnn", kind=ROWS),
        tag("ul", [tag("li", words) for words in warnings]) if warnings else None,
        tag("p", KEY, class_="cb-sub"),
        _passing(verdict),
    )


def checked(rows: Sequence[tuple[Child, Audit]]) -> Html:
    """What people would say of the differences that judges saw, each row with what it is about."""
    cells: list[list[Child]] = [
        [
            about,
            points(found.judge),
            estimated(found.people),
            estimated(found.alone),
            counted(found),
        ]
        for about, found in rows
    ]
    beware = [words for _, found in rows for words in doubts(found)]
    columns: list[Child] = ["", "As judged", "People would say", "People alone", "Labelled"]
    return join(
        table(columns, cells, "Checked by people", numeric=" nnn", kind=ROWS),
        tag("p", f"{CHECKED} {DECIDES_NOTHING}", class_="cb-sub"),
        tag("ul", [tag("li", words) for words in dict.fromkeys(beware)]) if beware else None,
    )


def checks_of(here: str, site: Site, judge: PromptIndex) -> Html | None:
    """What people would say of what versions of a judge saw; None where too few answers are labelled."""
    rows: list[tuple[Child, Audit]] = [
        (_evaluated(here, name, entry), found)
        for name in judge.used_by
        if name in site.names
        for entry in site.prompt(name).evaluations
        for found in entry.audits
        if found.ref.partition("/")[0] == judge.name
    ]
    return tag("section", tag("h3", "Checked by people"), checked(rows)) if rows else None


def _evaluated(here: str, prompt: str, entry: EvaluationEntry) -> Html:
    where = link(here, report_page(prompt, entry.version, entry.suite))
    words = f"{prompt} v{entry.version} against v{entry.baseline}, {entry.suite}"
    return tag("a", words, href=where)


def _live(site: Site) -> Iterator[Verdict]:
    for prompt in site.prompts():
        for entry in prompt.evaluations:
            if entry.version in made_live(prompt):
                yield site.catalog.verdict(prompt.name, entry.version, entry.suite)


def _suite(here: str, verdict: Verdict) -> Html:
    where = link(here, report_page(verdict.prompt, verdict.candidate.version, verdict.suite))
    return tag("a", f"{verdict.suite} on v{verdict.candidate.version}", href=where, class_="cb-nowrap")


def _judge(judge: JudgeState) -> Html:
    return join(tag("code", judge.ref), tag("span", judge.model, class_="cb-sub"))


def _says(judge: JudgeState) -> Html:
    why = doubted(judge) if judge.advisory else ", ".join(judge.fooled_by)
    return join(_state(judge), tag("span", why, class_="cb-sub") if why else None)


def _words_more(judge: JudgeState) -> str:
    return NONE if judge.words_more is None else f"{judge.words_more:+.1f}".replace("-", "\u2212")


def _passing(verdict: Verdict) -> Html | None:
    """How many more answers pass, as each judge saw it and corrected for its errors."""
    rows: list[list[Child]] = [
        [
            tag("code", judge.ref),
            score(found.baseline),
            score(found.candidate),
            f"{points(found.seen)} {interval(found.seen_lower, found.seen_upper)}",
            corrected_change(found),
        ]
        for judge in verdict.judges
        if (found := judge.passing)
    ]
    if not rows:
        return None
    columns = ["Answers that pass, %", "Before", "After", "Difference as judged", "Corrected"]
    return join(
        table(columns, rows, "Answers that pass", numeric=" nnnn", kind=ROWS),
        tag("p", PASSING, class_="cb-sub"),
    )


def _measured(judge: JudgeState) -> list[Child]:
    return [
        _kappa(judge),
        _share(share_shown(judge)[0]),
        f"{judge.labels:,}",
        f"{judge.canaries_lost} of {judge.canaries_total}" if judge.canaries_total else NONE,
        _share(judge.flips),
    ]


def _state(judge: JudgeState) -> Html:
    if judge.void:
        return chip(term("void judge", "void"), "failed")
    if judge.advisory:
        return chip(term("advisory judge", "advisory"), "warn")
    if judge.kappa is None:
        return chip("not measured", "warn")
    return chip("decides", "fixed") if judge.decides else chip("reported only")


def _kappa(judge: JudgeState) -> Child:
    """The agreement with people, and below it theirs among themselves, which is its ceiling."""
    shown = _between(judge.kappa, judge.lower, judge.upper)
    if judge.people is None:
        return shown
    return join(shown, tag("span", f"people {judge.people:.2f}", class_="cb-sub"))


def _between(value: float | None, lower: float | None, upper: float | None) -> str:
    if value is None:
        return NONE
    if lower is None or upper is None:
        return f"{value:.2f}"
    return f"{value:.2f} [{lower:.2f}, {upper:.2f}]"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f}\u00a0%"
