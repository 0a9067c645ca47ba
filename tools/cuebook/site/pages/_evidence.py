"""What was measured of a prompt's versions: one table for each metric, paired differences and nothing else.

Means of two runs rest on different cases, so no score of one version is beside another's, and no line
joins versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cuebook.core.format import NONE, amount, money, points, seconds
from cuebook.shapes.published import EvaluationEntry, PromptIndex
from cuebook.site.pages import _picture
from cuebook.site.pages._base import cases_page, gate_command, link, report_page, verdicts, version_page
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import NOTHING, code, table
from cuebook.site.pages._report_numbers import unit_head, used_of
from cuebook.site.pages._terms import term
from cuebook.wording.elsewhere import UNMEASURED, never_evaluated
from cuebook.wording.floors import floor_line
from cuebook.wording.states import NOT_TESTED

_UNTESTED = (NOTHING, NOTHING, NONE)
MEANS = " On the right what an answer takes: means over the cases that each version was asked."


def evidence(here: str, prompt: PromptIndex, version: int) -> Html:
    """Return the sentences about one version, then every version's change on each deciding metric."""
    found = verdicts(prompt, version)
    said = [_said(here, prompt, entry) for entry in found] or _nothing(prompt, version)
    suites = sorted({entry.suite for entry in prompt.evaluations})
    every = [
        metric for entry in prompt.evaluations for metric in entry.deciding if metric.kind == "difference"
    ]
    # One for all suites, so that a picture of one can be compared with that of another.
    axis = _picture.axis_for(every)
    tables = [_tables(here, prompt, suite, version, axis, many=len(suites) > 1) for suite in suites]
    key = _picture.key(_picture.KEY) if every else None
    return join(said, tables, key)


def _said(here: str, prompt: PromptIndex, entry: EvaluationEntry) -> Html:
    where = link(here, report_page(prompt.name, entry.version, entry.suite))
    every = link(here, cases_page(prompt.name, entry.version, entry.suite))
    suite = f" on {entry.suite}" if entry.suite != prompt.name else ""
    return tag(
        "div",
        tag("p", badge(entry.state), tag("strong", entry.headline)),
        tag(
            "p",
            tag("a", f"Read the report of v{entry.version}{suite}", href=where),
            " \u00b7 ",
            tag("a", f"{entry.asked:,} of {entry.cases:,} cases", href=every),
            class_="cb-sub",
        ),
        class_=f"cb-say cb-of-{entry.state}",
    )


def _nothing(prompt: PromptIndex, version: int) -> Html:
    command = code(gate_command(prompt.name, version), "the command") if prompt.suites else None
    said = tag("p", never_evaluated(prompt.name, version, prompt.suites))
    return tag("div", said, command, class_="cb-empty")


def _tables(
    here: str, prompt: PromptIndex, suite: str, version: int, axis: _picture.Axis, *, many: bool
) -> list[Html]:
    entries = sorted((e for e in prompt.evaluations if e.suite == suite), key=lambda entry: -entry.version)
    told = {entry.version: entry for entry in entries}
    # A column has one head: clusters, where any verdict counted these.
    units = next((entry.units for entry in entries if entry.units != "cases"), "cases")
    names = dict.fromkeys(
        (metric.label, metric.model) for entry in entries for metric in entry.deciding if not metric.advisory
    )
    # Of one model, the name in each heading would tell nothing.
    several = len({model for _, model in names}) > 1
    made = []
    for at, (label, model) in enumerate(names):
        # What an answer takes is no part of a metric: it stands once, where a reader looks first.
        spent = [] if at else _spent(entries)
        # Versions that were not measured have a row, too, which says why: nobody has to look for one.
        shown_versions = sorted({*told, *(entry.version for entry in prompt.versions)}, reverse=True)
        rows = [
            [
                *_row(here, prompt, number, told.get(number), (label, model), axis),
                *(_amount(told.get(number), column) for column in spent),
            ]
            for number in shown_versions
        ]
        title = f"{label} ({model})" if several else label
        heads: list[Child] = [
            "Version",
            "This metric",
            term("against", "Against"),
            _picture.axis_head(axis),
            term("change", "Change"),
            term("interval", "Interval"),
            unit_head(units),
            *(column.title for column in spent),
        ]
        marks = [{"class_": "cb-current"} if number == version else {} for number in shown_versions]
        # On a phone, a badge and a picture say by themselves what they are.
        labels = ["", "", "Against", "", "Change", "Interval", units.capitalize()]
        labels += [f"{column.title} of an answer" for column in spent]
        shown = table(
            heads,
            rows,
            f"{title} on {suite}",
            numeric="    nnnnnn",
            marks=marks,
            labels=labels,
            kind="cb-measured",
        )
        on = tag("span", f" on {suite}", class_="cb-quiet") if many else None
        means = tag("span", MEANS, class_="cb-quiet") if spent else None
        made.append(tag("section", tag("h3", title, on, means), shown, class_="cb-evidence"))
    return made or [_lone(here, prompt, suite, entries)]


def _lone(here: str, prompt: PromptIndex, suite: str, entries: Sequence[EvaluationEntry]) -> Html:
    """What an answer takes, where no metric has a table that could say it."""
    columns = _spent(entries)
    rows: list[list[Child]] = [
        [
            tag("a", f"v{entry.version}", href=link(here, version_page(prompt.name, entry.version))),
            badge(entry.state),
            *(_amount(entry, column) for column in columns),
        ]
        for entry in entries
    ]
    heads = ["Version", "Verdict", *(column.title for column in columns)]
    return table(heads, rows, f"Versions on {suite}", numeric="  nn")


def _row(
    here: str,
    prompt: PromptIndex,
    number: int,
    entry: EvaluationEntry | None,
    name: tuple[str, str],
    axis: _picture.Axis,
) -> list[Child]:
    """One version on one metric; where it was not tested on it, why."""
    mine = [metric for metric in entry.deciding if (metric.label, metric.model) == name] if entry else []
    change = next((metric for metric in mine if metric.kind == "difference"), None)
    floor = next((metric for metric in mine if metric.kind == "floor"), None)
    version = tag("a", f"v{number}", href=link(here, version_page(prompt.name, number)))
    if change and entry:
        label = f"v{number} against v{entry.baseline}"
        return [
            tag("strong", version),
            badge(change.outcome),
            f"v{entry.baseline}",
            _picture.picture(change, axis, label),
            tag("strong", points(change.mean)),
            f"{points(change.lower)} to {points(change.upper)}",
            used_of(change),
        ]
    if floor:
        said = floor_line(floor)
        return [
            tag("strong", version),
            badge(floor.outcome),
            "a floor",
            said,
            NOTHING,
            NOTHING,
            used_of(floor),
        ]
    if entry is None:
        return [version, badge("not_evaluated"), NONE, UNMEASURED["suite"], *_UNTESTED]
    why = UNMEASURED["no_floor" if entry.baseline is None else "metric"]
    return [version, badge("not_evaluated", NOT_TESTED), NONE, why, *_UNTESTED]


@dataclass(frozen=True, slots=True)
class _Column:
    """What an answer takes, in one unit: how it is called, which field it is, how it is written."""

    title: str
    field: str
    write: Callable[[float | None], str]


_COST = (_Column("Cost", "cost_usd", money), _Column("Time", "seconds", seconds))
# Rules in the place of a model cost nothing and take no time, and their answers have a length.
_LENGTH = (_Column("Words", "words", amount),)


def _spent(entries: Sequence[EvaluationEntry]) -> list[_Column]:
    """The columns of what an answer takes: cost and time, or its length where nobody knows these."""
    found = [entry.spending for entry in entries if entry.spending]
    columns = (
        [column for column in among if any(getattr(one, column.field) for one in found)]
        for among in (_COST, _LENGTH)
    )
    return next(filter(None, columns), [])


def _amount(entry: EvaluationEntry | None, column: _Column) -> Child:
    if entry is None or entry.spending is None:
        return NOTHING
    return column.write(getattr(entry.spending, column.field))
