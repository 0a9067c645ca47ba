"""The judges behind what is live: how far each agrees with people, and what it let through."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import MINUS, NONE, capital, interval, points, ratio, score
from cuebook.shapes.audit import Audit
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.published import PromptIndex
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._base import Site, link, made_live, report_page
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._parts import ROWS, chip, first_rows, table
from cuebook.site.pages._terms import known, term
from cuebook.wording.audit import BY_WHOM, DECIDES_NOTHING, doubts, estimated, pairs_graded
from cuebook.wording.clauses import cautions, doubted
from cuebook.wording.details import GOOD_ANSWERS, corrected_change
from cuebook.wording.names import kappa_interval
from cuebook.wording.weak_judges import SCORE_ROLES, ScoreRole, score_role, share_shown

KEY = """Kappa is the agreement with people: 1 is always, 0 is chance; in brackets the 90%
interval of the smoothed kappa. The share shown is how much of a true difference comes through.
Where several people labelled the same answers, their own agreement is below: no judge can be
expected to agree better. A judge must let no known-bad answer win."""

PASSING = """Corrected for the judge's errors: the difference divided by the share shown, with the doubt about
both (Rogan and Gladen); 95% intervals, about 92% where a run stopped before its cases were used up. It
decides nothing: the gate compares the scores with a margin that is smaller by the share shown."""

CHECKED = """Change of the score in points, with 95% intervals: people labelled some of the answers without
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
    """Return judges of the verdicts about live versions; None where none of these had a judge."""
    rows = [
        [
            _judge(judge),
            tag("a", f"{entry.suite} on v{entry.version}", href=where, class_="cb-nowrap"),
            _role(judge),
            *_measured(judge),
        ]
        for prompt in site.prompts()
        for entry in prompt.evaluations
        if entry.version in made_live(prompt)
        for where in [link(here, report_page(prompt.name, entry.version, entry.suite))]
        for judge in site.catalog.verdict(prompt.name, entry.version, entry.suite).judges
    ]
    if not rows:
        return None
    columns: list[Child] = ["Judge", "Suite", "Role", *_MEASURED]
    return join(tag("p", KEY), first_rows(columns, rows, "Judges", numeric="   nnnnn", kind=ROWS))


def judges_of(verdict: Verdict) -> Html:
    """Return the judges of one verdict: what is known of each, and how it behaved in this run."""
    columns: list[Child] = ["Judge", "Role", *_MEASURED, "Ties", "Words more"]
    rows = []
    for judge in verdict.judges:
        more = NONE if judge.words_more is None else f"{judge.words_more:+.1f}".replace("-", MINUS)
        rows.append([_judge(judge), _role(judge), *_measured(judge), _share(judge.ties), more])
    # A judge that scores several metrics is warned of once.
    warnings = dict.fromkeys(f"{judge.ref}: {said}" for judge in verdict.judges for said in cautions(judge))
    return join(
        table(columns, rows, "Judges", numeric="  nnnnnnn", kind=ROWS),
        tag("ul", [tag("li", words) for words in warnings]) if warnings else None,
        tag("p", KEY, class_="cb-sub"),
        _passing(verdict),
    )


def checked(rows: Sequence[tuple[Child, Audit]]) -> Html:
    """Return what people would say of the differences that judges saw, each row with what it is about."""
    cells: list[list[Child]] = [
        [
            about,
            points(found.judge),
            estimated(found.people),
            estimated(found.alone),
            pairs_graded(found),
        ]
        for about, found in rows
    ]
    beware = [words for _, found in rows for words in doubts(found)]
    columns: list[Child] = ["", *BY_WHOM, "Labelled"]
    return join(
        table(columns, cells, "Checked by people", numeric=" nnn", kind=ROWS),
        tag("p", f"{CHECKED} {DECIDES_NOTHING}", class_="cb-sub"),
        tag("ul", [tag("li", words) for words in dict.fromkeys(beware)]) if beware else None,
    )


def checks_of(here: str, site: Site, judge: PromptIndex) -> Html | None:
    """Return what people would say of what a judge's versions saw; None if too few answers are labelled."""
    rows: list[tuple[Child, Audit]] = []
    for name in judge.used_by:
        for entry in site.prompt(name).evaluations if name in site.names else ():
            where = link(here, report_page(name, entry.version, entry.suite))
            words = f"{name} v{entry.version} against v{entry.baseline}, {entry.suite}"
            mine = [found for found in entry.audits if found.ref.partition("/")[0] == judge.name]
            rows += [(tag("a", words, href=where), found) for found in mine]
    return tag("section", tag("h3", "Checked by people"), checked(rows)) if rows else None


def _judge(judge: JudgeState) -> Html:
    return join(tag("code", judge.ref), tag("span", judge.model, class_="cb-sub"))


def _role(judge: JudgeState) -> Html:
    why = doubted(judge) if judge.advisory else ", ".join(judge.fooled_by)
    return join(_state(judge), tag("span", why, class_="cb-sub") if why else None)


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
    title = capital(GOOD_ANSWERS)
    columns = [f"{title}, %", "Before", "After", "Difference as judged", "Corrected"]
    return join(
        table(columns, rows, title, numeric=" nnnn", kind=ROWS),
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


_CHIPS: dict[ScoreRole, str] = {
    "void": "failed",
    "advisory": "warn",
    "unmeasured": "warn",
    "decides": "fixed",
    "reported": "",
}


def _state(judge: JudgeState) -> Html:
    found = score_role(judge)
    return chip(known(f"{SCORE_ROLES[found]} judge", SCORE_ROLES[found]), _CHIPS[found])


def _kappa(judge: JudgeState) -> Child:
    """The agreement with people, and below it theirs among themselves, which is its ceiling."""
    if judge.kappa is None:
        shown = NONE
    elif judge.lower is None or judge.upper is None:
        shown = ratio(judge.kappa)
    else:
        shown = f"{ratio(judge.kappa)} {kappa_interval(judge.lower, judge.upper)}"
    if judge.people is None:
        return shown
    return join(shown, tag("span", f"people {ratio(judge.people)}", class_="cb-sub"))


def _share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f}%"
