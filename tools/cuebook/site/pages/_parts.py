"""The pieces pages are put together from: heads, badges, chips, dates, tables, numbers, text blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cuebook.core.format import NONE
from cuebook.core.moments import in_utc
from cuebook.core.refs import PRODUCTION
from cuebook.site.pages._base import HOME, link
from cuebook.site.pages._html import Child, Html, join, kept, pre, tag, words_in
from cuebook.site.pages._marks import SHEET
from cuebook.site.pages._terms import first_only

NOTHING = tag("span", NONE, class_="cb-nothing")
"""The content of an empty cell: on a phone, which lists cells below each other, it is left out."""
# Expressions of either template format: a simple one has variables alone.
_VARIABLE = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^\n]*?%\}")
_HEADING = re.compile(r"[A-Za-z0-9 ,.-]+")


def body(*parts: Html | str) -> str:
    """Return a page's Markdown: markup becomes raw HTML blocks, a plain string one of our own headings.

    Raises ValueError for a string that is none.
    """
    made: list[str] = []
    for part in filter(None, parts):
        if isinstance(part, Html):
            made.append(tag("div", part, class_="cb"))
        elif _HEADING.fullmatch(part):
            made.append(f"## {part}")
        else:
            # Markdown would be read in it, so no text of the registry may be a heading.
            raise ValueError(f"{part!r} is not a heading of our own words")
    # The sheet of marks stands before any of them, and only on pages that show one.
    first = tag("div", SHEET if any("#m-" in part for part in made) else None, id="main")
    return first_only("\n\n".join([first, *made]) + "\n")


def head(here: str, trail: Sequence[tuple[str, str]], title: Child, *below: Child) -> Html:
    """Return the top of a page: the way to it and its title. ``trail`` is (words, path) from the root."""
    steps = [("Prompts", HOME), *trail]
    crumbs = [tag("li", tag("a", words, href=link(here, path))) for words, path in steps]
    where = tag("nav", tag("ol", crumbs), class_="cb-trail", aria_label="You are here")
    return tag("header", where, tag("h1", title), *below, class_="cb-head")


def chip(words: Child, kind: str = "") -> Html:
    """Return a short label."""
    # The space is for those who copy or hear a row of chips: words of neighbours would be one.
    return join(tag("span", words, class_=f"cb-chip cb-chip-{kind}" if kind else "cb-chip"), " ")


def alias_chips(aliases: Iterable[str]) -> list[Html]:
    """Return aliases as labels, production standing out."""
    return [chip(alias, "live" if alias == PRODUCTION else "alias") for alias in aliases]


def row_of(*children: Child) -> Html:
    """Return things in a row that wraps."""
    spaced = [(child, " ") for child in children if child is not None]
    return tag("div", spaced, class_="cb-row")


def when(text: str | None) -> Html:
    """Return a moment as its day in UTC, the exact time on hovering; other text as it is."""
    if not text:
        return tag("span", "unknown", class_="cb-quiet")
    found = in_utc(text)
    if found is None:
        # A record may hold any text as its time, and the page has more to say than this.
        return tag("span", text)
    return join(tag("time", f"{found.day} {found:%b %Y}", datetime=text, title=text), " ")


def moment(text: str) -> Html:
    """Return a moment to the minute, in UTC: what an audit asks for."""
    found = in_utc(text)
    if found is None:
        return tag("span", text)
    return join(tag("time", f"{found.day} {found:%b %Y, %H:%M} UTC", datetime=text), " ")


ROWS = "cb-rows"
"""The class of a table that a phone shows with each row as a paragraph."""


def table(
    columns: Sequence[Child],
    rows: Iterable[Sequence[Child]],
    label: str,
    numeric: str = "",
    marks: Sequence[Mapping[str, str]] = (),
    *,
    labels: Sequence[str] = (),
    kind: str = "",
) -> Html:
    """Return a table that scrolls sideways by itself.

    ``numeric`` has an ``n`` at each column of numbers, ``marks`` the attributes of each row. With ``labels``
    its rows become blocks on a phone, each cell named by its label; of the kind ``ROWS`` all but the first
    have the heads for labels.
    """
    if kind == ROWS:
        labels = ["", *(words_in(join(head)) for head in columns[1:])]
    kinds = ["cb-n" if numeric[at : at + 1] == "n" else None for at in range(len(columns))]
    top = [tag("th", words, scope="col", class_=look) for words, look in zip(columns, kinds, strict=True)]
    lines = [
        tag(
            "tr",
            [
                tag("td", cell, class_=look, data_l=name or None)
                for cell, look, name in zip(row, kinds, labels or [""] * len(kinds), strict=True)
            ],
            **(marks[at] if marks else {}),
        )
        for at, row in enumerate(rows)
    ]
    parts = [columns_of(kinds), tag("thead", tag("tr", top)), tag("tbody", lines)]
    inner = tag("table", parts, class_=f"cb-table {kind}".strip())
    # What scrolls must be reached by keyboard, and a region that takes the focus needs a name.
    return tag("div", inner, class_="cb-scroll", role="region", aria_label=label, tabindex="0")


def columns_of(kinds: Sequence[str | None]) -> Html:
    """Return the columns of a table before its first row, for widths that hold while the rest comes in."""
    return tag("colgroup", [tag("col", class_=look) for look in kinds])


_FIRST_ROWS = 25
"""Rows of a table that a long page shows; the others are folded."""


def first_rows(
    columns: Sequence[Child],
    rows: Sequence[Sequence[Child]],
    label: str,
    numeric: str = "",
    *,
    kind: str = "",
) -> Html:
    """Return a table of the first 25 rows, and a folded one of the others."""
    rest = rows[_FIRST_ROWS:]
    others = table(columns, rest, f"{label}, continued", numeric, kind=kind)
    more = fold(f"{len(rest):,} more", others) if rest else None
    return join(table(columns, rows[:_FIRST_ROWS], label, numeric, kind=kind), more)


def owner_names(owners: Iterable[str]) -> list[Html]:
    """Return the owners of a prompt."""
    return [join(tag("span", owner, class_="cb-owner"), " ") for owner in owners]


def facts(rows: Iterable[tuple[Child, Child]]) -> Html:
    """Return a list of names with their values."""
    return tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in rows], class_="cb-facts")


def note(*children: Child, kind: str = "note") -> Html:
    """Return a remark that must not be missed."""
    return tag("div", *children, class_=f"cb-note cb-note-{kind}", role="note")


def hidden(words: str) -> Html:
    """Return words for screen readers only."""
    return tag("span", words, class_="cb-hidden")


def field_of(label: Child, control: Html) -> Html:
    """Return a control of a filter with its label."""
    return tag("label", label, " ", control, class_="cb-field")


def filter_choice(label: str, name: str, values: Iterable[tuple[str, str]]) -> Html:
    """Return a list of a filter with (value, words), which asks for any of them at first."""
    options = [tag("option", words, value=value) for value, words in [("", "any"), *values]]
    return field_of(label, tag("select", options, name=name))


def filter_bar(label: str, words: Html, *fields: Child) -> Html:
    """Return fields that narrow a list; they stay hidden where no script runs, and everything is listed.

    ``words`` is the field that is always in sight; on a phone a button opens the others.
    """
    more = tag("button", "Filters", type="button", class_="cb-filters-button", aria_expanded="false")
    # How many are left is read out: who filters by ear hears that something happened.
    inside = [field_of("Filter", words), more, *fields, tag("span", class_="cb-sub", role="status")]
    return tag("div", inside, class_="cb-find", role="group", aria_label=label, hidden=True)


def fold(summary: Child, *inside: Child, **attributes: str | int | None) -> Html:
    """Return content that is folded under a title."""
    return tag("details", tag("summary", summary), *inside, **attributes)


def fold_row(name: str, said: Child, *inside: Child, opened: bool = False) -> Html:
    """Return folded content for a list: a bold name, and a summary of what is inside."""
    top = tag("summary", tag("strong", name), " ", tag("span", said, class_="cb-fold-said"))
    return tag("details", top, tag("div", *inside), class_="cb-fold", open=opened)


def former_anchors(*names: str) -> list[Html]:
    """Return anchors of earlier releases: links to them lead to where their content is now."""
    return [tag("span", id=name) for name in names]


def copyable(content: Html, label: str) -> Html:
    """Return a text block with a button that copies it (the button appears when scripts run)."""
    button = tag("button", "Copy", type="button", class_="cb-copy", hidden=True, aria_label=f"Copy {label}")
    return tag("div", content, button, class_="cb-block")


def code(text: str, label: str) -> Html:
    """Return program text or a command, to be copied."""
    # It scrolls sideways, as code may not be broken, so the keyboard has to reach it.
    return copyable(pre(kept(text), class_="cb-code", tabindex="0"), label)


def prompt_text(text: str, label: str) -> Html:
    """Return a prompt's text with its variables marked, to be copied."""
    return copyable(pre(with_variables(text), class_="cb-text"), label)


def with_variables(text: str) -> Html:
    """Return text for inside ``pre`` with each template expression marked."""
    parts: list[Html] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        parts += [kept(text[at : found.start()]), tag("span", kept(found[0]), class_="cb-var")]
        at = found.end()
    return join(*parts, kept(text[at:]))


def tabs(group: str, panes: Sequence[tuple[str, Html]]) -> Html:
    """Return panes of which one is shown; works without scripts, and shows all of them when printed."""
    heads = []
    for at, (words, _) in enumerate(panes):
        # Radio buttons: one is always chosen, without a script, and arrow keys go from one to the next.
        key = f"{group}-{at}"
        heads.append(
            join(
                tag("input", type="radio", name=group, id=key, checked=at == 0, class_=f"cb-tab cb-tab-{at}"),
                tag("label", words, for_=key),
            )
        )
    shown = [
        tag("section", pane, class_=f"cb-pane cb-pane-{at}", aria_label=words)
        for at, (words, pane) in enumerate(panes)
    ]
    return tag("div", heads, shown, class_="cb-tabs")
