"""The front page: what needs attention, then every prompt with its states; judges in a table of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from cuebook.core.format import amount, money, plural, ratio, seconds
from cuebook.core.layout import shown
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.published import AliasState, IndexEntry, PromptIndex
from cuebook.shapes.verdict import Spending
from cuebook.site.pages._attention import attention, summary
from cuebook.site.pages._base import HOME, PROPOSE, Page, Site, link, live, prompt_page
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import alias_chip, dots
from cuebook.site.pages._parts import body, chip, code, filter_bar, filter_choice, owner_names, table, when
from cuebook.site.pages._shares import share_link
from cuebook.site.pages._terms import term
from cuebook.wording.names import beside, person
from cuebook.wording.states import STATES

KIND = "home"
ROWS = 20
"""Rows of one page of a long list: on a phone, more would be more than eight screens."""
LIST = 25
"""With more prompts and judges, the list has pages, and judges have some of their own."""
BY_NAME, BY_CHANGE = "0", "-4"
"""How a list comes, as its script says it: the column, from 0, and a minus where the last is first."""
UNSET = "not in production"
_COLUMNS = ("Live", "Staged", "Last versions", "Last change", "Owner")
_LABELS = ("Live", "Staged", "", "", "")
"""The same on a phone, where cells stand below each other: the others say by themselves what they are."""


def pages(site: Site) -> Iterator[Page]:
    """Yield the front page; a long list has more pages, and judges some of their own."""
    prompts = list(site.prompts())
    entries = {entry.name: entry for entry in site.catalog.index.prompts}
    told = [_Row(prompt, entries[prompt.name]) for prompt in prompts]
    judges = [row for row in told if row.prompt.kind == "judge"]
    shown = [row for row in told if row.prompt.kind != "judge"]
    strip = attention(site, prompts)
    if len(told) <= LIST:
        listed = _list(HOME, shown, told, 1, BY_NAME) if told else _empty()
        parts = [_head(HOME, prompts), strip, listed, _judges(site, HOME, judges) if judges else None]
        yield _page(HOME, "Prompts", parts)
        return
    # On a first page of many, a reader mostly looks for what somebody worked on.
    shown.sort(key=lambda row: row.changed, reverse=True)
    for at, rows in enumerate(_sheets(shown), 1):
        here = _sheet(at)
        parts = [_head(here, prompts), strip if at == 1 else None, _switch(here, shown, judges)]
        parts += [
            _list(here, rows, shown, len(_sheets(shown)), BY_CHANGE),
            _page_links(here, at, len(shown), _sheet),
        ]
        yield _page(here, "Prompts" if at == 1 else f"Prompts, page {at}", parts)
    for at, rows in enumerate(_sheets(judges), 1):
        here = _judge_sheet(at)
        parts = [_head(here, prompts), _switch(here, shown, judges), _judges(site, here, rows)]
        parts += [_page_links(here, at, len(judges), _judge_sheet)]
        yield _page(here, "Judges" if at == 1 else f"Judges, page {at}", parts)


def _page(here: str, title: str, parts: Sequence[Html | None]) -> Page:
    said = "Every prompt of this registry"
    made = body(*(part for part in parts if part))
    return Page(here, title, made, search=False, wide=True, description=said)


def _sheets(rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    return [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)]


def _sheet(at: int) -> str:
    return HOME if at == 1 else f"page/{at}.md"


def _judge_sheet(at: int) -> str:
    return "page/judges.md" if at == 1 else f"page/judges-{at}.md"


def _switch(here: str, shown: Sequence[_Row], judges: Sequence[_Row]) -> Html | None:
    """Links to the two lists, with how long each is."""
    if not judges:
        return None
    on = here.startswith("page/judges")
    lists = [("Prompts", len(shown), HOME, not on), ("Judges", len(judges), _judge_sheet(1), on)]
    made = [
        tag("a", f"{words} {count}", href=link(here, to), aria_current="true" if current else None)
        for words, count, to, current in lists
    ]
    return tag("nav", [(one, " ") for one in made], class_="cb-switch", aria_label="Lists")


class _Row:
    """A prompt as the list shows it."""

    def __init__(self, prompt: PromptIndex, entry: IndexEntry) -> None:
        self.prompt, self.entry = prompt, entry
        self.live = prompt.states.get(PRODUCTION)
        # Staged is what waits: an alias on the live version waits for nothing.
        others = [alias for alias in prompt.states if alias != PRODUCTION]
        self.staged = {
            alias: prompt.states[alias] for alias in others if prompt.states[alias].version != live(prompt)
        }

    @property
    def changed(self) -> str:
        """When something happened last, to sort by."""
        return self.entry.changed.time if self.entry.changed else ""

    def traits(self) -> dict[str, list[str]]:
        """What the prompt can be found by."""
        return {
            "tag": self.prompt.tags,
            "alias": [*self.prompt.aliases, *([] if PRODUCTION in self.prompt.aliases else [UNSET])],
            "owner": self.prompt.owners,
            "verdict": [STATES[self.live.state] if self.live else UNSET],
            "staged": sorted({STATES[found.state] for found in self.staged.values()}),
        }


def _head(here: str, prompts: Sequence[PromptIndex]) -> Html:
    lead = tag("p", summary(prompts), class_="cb-lead") if prompts else None
    button = tag("a", "Propose a version", href=link(here, PROPOSE), class_="cb-button cb-button-main")
    top = tag("div", tag("h1", "Prompts"), lead)
    return tag(
        "header",
        tag("div", top, tag("div", button, class_="cb-actions"), class_="cb-head-row"),
        class_="cb-head",
    )


def _empty() -> Html:
    return tag(
        "div",
        tag("p", tag("strong", "There is no prompt here yet.")),
        tag(
            "p",
            "Write the first one in ",
            tag("a", "the form", href=link(HOME, PROPOSE)),
            ", or on a terminal:",
        ),
        code('cuebook new my-prompt -m "Say what this version is for"', "the command"),
        tag(
            "p",
            "Either makes a file under ",
            tag("code", shown("prompts/my-prompt/")),
            ". Once its pull request is merged, this page lists the prompt.",
        ),
        class_="cb-empty",
    )


def _list(here: str, rows: Sequence[_Row], told: Sequence[_Row], sheets: int, order: str) -> Html:
    # Of the whole list, not of this page alone, so that all its pages have the same columns.
    known = _known(told)
    others = [link(here, _sheet(at)) for at in range(1, sheets + 1) if _sheet(at) != here]
    heads = ["Prompt", *_COLUMNS, *(name for name, *_ in known)]
    cells = [_cells(here, row, known) for row in rows]
    marks = [_marks(row) for row in rows]
    labels = ["", *_LABELS, *(name for name, *_ in known)]
    shown = table(heads, cells, "Prompts", numeric="      " + "n" * len(known), marks=marks, labels=labels)
    return join(
        # Over all rows of a long list, so that no choice is left out that another page has.
        _filters(told) if len(told) > 1 else None,
        tag(
            "div",
            shown,
            class_="cb-prompts",
            # The script fetches the others' rows when somebody filters or sorts: it does so over all of them.
            data_pages=" ".join(others) or None,
            data_all=len(told),
            # Of what a filter leaves, no more are shown at once, too: 310 prompts were 71 screens of a phone.
            data_rows=ROWS,
            data_sorted=order,
        ),
        tag(
            "div",
            tag("p", "No prompt matches. Remove a filter, or search the whole site at the top."),
            class_="cb-empty cb-no-match",
            hidden=True,
        ),
    )


def _marks(row: _Row) -> dict[str, str]:
    # JSON: a tag or an owner may have any character that a list could be joined by.
    found = {f"data_{name}": json.dumps(values) for name, values in row.traits().items()}
    return {**found, "data_name": row.prompt.name}


_Known = Sequence[tuple[str, Callable[[Spending], str]]]


def _known(rows: Iterable[_Row]) -> _Known:
    """Columns about answers, those left out of which nothing is known: cost and time before length."""
    found = [row.entry.spending for row in rows if row.entry.spending]
    cost = any(spent.cost_usd for spent in found)
    columns: list[tuple[str, Callable[[Spending], str]]] = []
    if cost:
        # One answer costs a small part of a cent, which nobody could compare.
        columns.append(("1,000 answers", lambda spent: money(spent.cost_usd and 1000 * spent.cost_usd)))
    # Below a millisecond no model answered: toys and stand-ins do.
    if any(spent.seconds and spent.seconds >= 0.001 for spent in found):
        columns.append(("Time", lambda spent: seconds(spent.seconds)))
    if not cost and any(spent.words for spent in found):
        columns.append(("Words an answer", lambda spent: amount(spent.words)))
    return columns


def _cells(here: str, row: _Row, known: _Known) -> list[Child]:
    prompt, entry = row.prompt, row.entry
    spent = entry.spending
    return [
        _name(here, prompt),
        [_alias(here, prompt, PRODUCTION, row.live), *_tried(here, prompt, PRODUCTION)]
        if row.live
        else tag("span", UNSET, class_="cb-quiet"),
        [
            [_alias(here, prompt, alias, found), *_tried(here, prompt, alias)]
            for alias, found in row.staged.items()
        ]
        or tag("span", "\u2013", class_="cb-quiet"),
        dots(here, prompt, entry.last, live(prompt)),
        _changed(entry),
        owner_names(prompt.owners) or tag("span", "no owner", class_="cb-quiet"),
        *(write(spent) if spent else "unknown" for _, write in known),
    ]


def _name(here: str, prompt: PromptIndex) -> Html:
    tags = [chip(words, "tag") for words in prompt.tags]
    used = f"used by {', '.join(prompt.used_by)}" if prompt.used_by else None
    return join(
        tag("a", prompt.name, href=link(here, prompt_page(prompt.name)), class_="cb-ref"),
        tag("span", prompt.title, class_="cb-sub", dir="auto"),
        tag("span", used, class_="cb-sub") if used else None,
        # Not seen, as ten tags would hide the name, but found by the filter, which goes by the row's words.
        tag("span", tags, class_="cb-hidden") if tags else None,
    )


def _alias(here: str, prompt: PromptIndex, alias: str, found: AliasState) -> Html:
    against: Child = beside(found.version) if found.headline else None
    if found.against:
        against = [term("against"), f" v{found.against}"]
    # These two are the heads of their columns.
    named = alias not in {PRODUCTION, "staging"}
    return join(
        alias_chip(here, prompt, alias, found, named=named),
        tag("span", against, class_="cb-sub") if against else None,
    )


def _tried(here: str, prompt: PromptIndex, alias: str) -> list[Html]:
    items = prompt.tries.get(alias, ())
    return [tag("span", share_link(here, prompt, alias, item), class_="cb-sub") for item in items]


def _changed(entry: IndexEntry) -> Child:
    found = entry.changed
    if found is None:
        return tag("span", "unknown", class_="cb-quiet")
    to = f"v{found.version}" if found.version else "nothing"
    said = f"{found.alias} to {to}" if found.alias else f"{to} added"
    return join(
        when(found.time),
        tag("span", said, class_="cb-sub"),
        # Found by the filter, and read on the prompt's own page.
        tag("span", person(found.author), class_="cb-hidden"),
    )


def _filters(rows: Sequence[_Row]) -> Html:
    """Fields for each trait that a prompt can be found by."""
    words = tag("input", type="search", name="words", placeholder="Name, title, owner, or words of the text")
    names = {
        "tag": "Tag",
        "alias": "Alias",
        "owner": "Owner",
        "verdict": "Live verdict",
        "staged": "Staged verdict",
    }
    fields: list[Html] = []
    for name, label in names.items():
        values = sorted({value for row in rows for value in row.traits()[name]})
        fields.append(filter_choice(label, name, [(value, value) for value in values]))
    # Shown by the script once there is something to clear.
    clear = tag("button", "Clear", type="button", class_="cb-clear", hidden=True)
    return filter_bar("Filter prompts", words, fields, clear)


def _page_links(here: str, at: int, count: int, sheet: Callable[[int], str]) -> Html:
    """Which of so many rows these are, and links to the other pages: the ends, and those beside this one."""
    sheets = -(-count // ROWS)
    # At most seven links, which fit a phone, from a list of any length.
    near = [number for number in range(1, sheets + 1) if number in {1, sheets} or abs(number - at) <= 2]
    made: list[Child] = []
    for number, before in zip(near, [0, *near], strict=False):
        made.append(tag("span", "\u2026") if number > before + 1 else None)
        current = "page" if number == at else None
        made.append(tag("a", number, href=link(here, sheet(number)), aria_current=current))
    if at < sheets:
        made.append(tag("a", "Next", href=link(here, sheet(at + 1))))
    said = tag("span", f"{at * ROWS - ROWS + 1}\u2013{min(at * ROWS, count)} of {count}", class_="cb-quiet")
    return tag("nav", said, [(" ", one) for one in made], class_="cb-turn", aria_label="Pages of the list")


def _agreement(site: Site, rows: Sequence[_Row]) -> dict[str, Html]:
    """How far each judge agreed with people: of several evaluations, what the last one listed knows."""
    found: dict[str, Html] = {}
    for row in rows:
        for name in row.prompt.used_by:
            index = site.prompt(name) if name in site.names else None
            for entry in index.evaluations if index else ():
                for judge in entry.judges:
                    if judge.ref.partition("/")[0] == row.prompt.name and judge.kappa is not None:
                        least = f"at least {ratio(judge.lower)}" if judge.lower is not None else ""
                        found[row.prompt.name] = join(ratio(judge.kappa), tag("span", least, class_="cb-sub"))
    return found


def _judges(site: Site, here: str, rows: Sequence[_Row]) -> Html:
    told = _agreement(site, rows)
    heads: list[Child] = ["Judge", *_COLUMNS, term("kappa", "Agreement")]
    cells = [[*_cells(here, row, ()), told.get(row.prompt.name, "not measured")] for row in rows]
    labels = ["", *_LABELS, "Agreement"]
    marks = [_marks(row) for row in rows]
    shown = table(heads, cells, "Judges", numeric="      n", marks=marks, labels=labels)
    graded = plural(len(rows), "prompt that grades", "prompts that grade")
    said = tag("span", graded, " answers of other prompts", class_="cb-quiet")
    return tag(
        "section",
        tag("header", tag("h2", term("judge", "Judges")), said),
        tag("div", shown, class_="cb-prompts cb-judges"),
        class_="cb-section",
    )
