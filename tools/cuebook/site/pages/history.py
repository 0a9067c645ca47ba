"""What was moved, over all prompts: what was live on a day, and who moved what when, on what evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from cuebook.core.format import capital, plural
from cuebook.core.moments import in_utc
from cuebook.shapes import published
from cuebook.shapes.moves import AliasMove, Ending
from cuebook.shapes.published import Loosening, PromptIndex, change_id
from cuebook.shapes.shares import SplitChange
from cuebook.site.pages._base import FEED, HISTORY, HOME, Page, Site, link, prompt_page
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._loosened import loosening_list
from cuebook.site.pages._parts import (
    NOTHING,
    alias_chips,
    body,
    chip,
    columns_of,
    field_of,
    filter_bar,
    filter_choice,
    fold,
)
from cuebook.site.pages._timeline import commit, commit_link, rests_on, state, version
from cuebook.wording.loosening import SECTION
from cuebook.wording.moves import (
    HAPPENED,
    NO_MOVES,
    NO_VERDICT,
    NOTHING_TRIED,
    ON_VERSION_PAGE,
    TAKEN_OFF,
    as_the_commit_says,
    kind_of,
    who_moved,
)
from cuebook.wording.states import STATES

KIND = "history"
SHOWN = 20
"""Moves on the page before a script fetches the others; a prompt's own page has all of its own.

On a telephone, more would be more than eight screens."""
WITHOUT_SCRIPTS = 200
"""Older moves that are folded below for those without scripts; a page of thousands helps nobody."""
RULES = 5
"""Loosened rules beside them before one opens the others."""

_Item: TypeAlias = AliasMove | Ending | SplitChange
_Pair: TypeAlias = tuple[_Item, PromptIndex]
_Loosened: TypeAlias = tuple[PromptIndex | None, Loosening]
_CELLS = ("time", "prompt", "move", "verdict", "why", "who", "commit")
_HEADS = ("Time", "Prompt", "Move", "Verdict", "What it rests on", "Who", "Commit, pull request")


def pages(site: Site) -> Iterator[Page]:
    """Yield the one page."""
    moves: list[_Pair] = []
    for prompt in site.prompts():
        items: list[_Item] = [*prompt.history, *prompt.endings, *prompt.splits]
        moves += [(item, prompt) for item in items]
    # A moment that cannot be read is no reason to hide those that can.
    moves.sort(key=lambda pair: (pair[0].time[:4].isdigit(), pair[0].time), reverse=True)
    shown = _log(site, moves) if moves else _unmoved(site)
    about = "Who moved which alias when and on what evidence, and which versions were retired or erased"
    less = [(prompt, item) for prompt in site.prompts() for item in prompt.loosened]
    settings: list[_Loosened] = [(None, item) for item in site.catalog.index.loosened]
    rules = sorted([*less, *settings], key=lambda item: item[1].time, reverse=True)
    parts = [_top(site), shown, *([_rules(site, rules)] if rules else [])]
    yield Page(HISTORY, "History", body(*parts), search=False, wide=True, description=about)


def _rules(site: Site, items: Sequence[_Loosened]) -> Html:
    newest, rest = items[:RULES], items[RULES:]
    older = loosening_list(HISTORY, site, rest, named=True)
    more = fold(f"{len(rest):,} older", older) if rest else None
    return tag("section", tag("h2", SECTION), loosening_list(HISTORY, site, newest, named=True), more)


def _top(site: Site) -> Html:
    lead = "Who moved which alias, when, and on what evidence, as known at the time if that was recorded."
    table = tag(
        "a",
        "Download CSV",
        href=link(HISTORY, published.MOVES_CSV),
        class_="cb-button",
        download="moves.csv",
    )
    words = tag("div", tag("h1", "History"), tag("p", lead, class_="cb-lead"))
    # A feed needs the site's own address, as readers of it keep what it links to.
    news = tag("a", "Feed", href=link(HISTORY, FEED), class_="cb-button") if site.site_url else None
    row = tag("div", words, tag("div", news, table, class_="cb-actions"), class_="cb-head-row")
    return tag("header", row, class_="cb-head")


def _log(site: Site, moves: Sequence[_Pair]) -> Html:
    table = _table(site, moves[:SHOWN])
    left = len(moves) > SHOWN
    entries = plural(len(moves), "entry", "entries")
    said = f"The newest {SHOWN} of {entries}; all of a prompt are on its own page."
    return tag(
        "div",
        _as_of(),
        _filters(moves),
        table,
        tag("p", said if left else None, id="cb-log-more", class_="cb-sub"),
        _older(site, moves[SHOWN:]) if left else None,
        id="cb-history",
        data_total=len(moves),
        data_shown=SHOWN,
        # For the rows that the script draws: they say the same as those that stand here.
        data_repo=site.repo_url.rstrip("/") or None,
        data_needs_none=NO_VERDICT,
        data_on_page=ON_VERSION_PAGE,
        data_no_try=NOTHING_TRIED,
    )


def _older(site: Site, moves: Sequence[_Pair]) -> Html:
    """The moves before, for those who read without scripts; with one, the log goes on by itself."""
    shown = moves[:WITHOUT_SCRIPTS]
    beyond = "" if len(shown) == len(moves) else "; earlier ones are in the CSV"
    return fold(f"{len(shown):,} older{beyond}", _table(site, shown), class_="cb-no-script")


def _table(site: Site, moves: Sequence[_Pair]) -> Html:
    heads = [tag("th", words, scope="col") for words in _HEADS]
    parts = []
    # A body for each day: the script hides the head of one of which no move is left.
    for day, pairs in groupby(moves, key=lambda pair: _day(pair[0].time)):
        top = tag("tr", tag("th", day, colspan=len(_HEADS), scope="rowgroup"), class_="cb-day")
        parts.append(tag("tbody", top, [_row(site, item, prompt) for item, prompt in pairs]))
    columns = columns_of([None] * len(heads))
    return tag("table", columns, tag("thead", tag("tr", heads)), parts, class_="cb-table cb-log")


def _as_of() -> Html:
    """What was live at a moment; a script fills it in."""
    # Without an end, some browsers let people type years of six digits.
    when = tag("input", type="datetime-local", name="at", max="9999-12-31T23:59")
    zones = tag("select", tag("option", "UTC", value=""), tag("option", "here", value="here"), name="zone")
    fields = tag("div", field_of("What was live at", when), field_of("Zone", zones), class_="cb-asof-when")
    shown = tag("div", id="cb-live-then", role="status")
    return tag("section", fields, shown, class_="cb-asof", aria_label="What was live at", hidden=True)


def _filters(moves: Sequence[_Pair]) -> Html:
    aliases = sorted({item.alias for item, _ in moves if not isinstance(item, Ending)})
    kinds = dict.fromkeys(kind_of(item) for item, _ in moves)
    owners = sorted({owner for _, prompt in moves for owner in prompt.owners})
    words = tag("input", type="search", name="words", placeholder="Prompt, person, commit or words")
    choices: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("What", "kind", [(kind, words) for kind, words in HAPPENED.items() if kind in kinds]),
        ("Alias", "alias", [(alias, alias) for alias in aliases]),
        ("Evidence", "evidence", [*STATES.items()]),
        ("Owner", "owner", [(owner, owner) for owner in owners]),
    ]
    return filter_bar("Filter moves", words, [filter_choice(*choice) for choice in choices if choice[2]])


def _row(site: Site, item: _Item, prompt: PromptIndex) -> Html:
    if isinstance(item, AliasMove):
        cells, marks = _of_move(site, item, prompt)
    elif isinstance(item, Ending):
        cells, marks = _of_end(site, item, prompt)
    else:
        cells, marks = _of_split(site, item, prompt)
    return tag(
        "tr",
        [tag("td", cells[name], class_=f"cb-log-{name}") for name in _CELLS],
        data_kind=kind_of(item),
        # JSON: a name may have any character that a list could be joined by.
        data_owners=json.dumps(prompt.owners),
        **marks,
    )


_Row: TypeAlias = tuple[dict[str, Child], dict[str, str | None]]
"""What is in a row by its cell, and what a script finds it by."""


def _of_move(site: Site, move: AliasMove, prompt: PromptIndex) -> _Row:
    old, new = move.previous, move.version
    before = [version(HISTORY, prompt, old), " \u2192 "] if old else None
    after = tag("strong", version(HISTORY, prompt, new)) if new else "none"
    cells: dict[str, Child] = {
        "time": _clock(move.time),
        "prompt": _name(prompt),
        "move": [alias_chips([move.alias]), tag("span", before, after, class_="cb-nowrap")],
        "verdict": state(move) or tag("span", capital(TAKEN_OFF), class_="cb-quiet"),
        "why": rests_on(HISTORY, move, prompt) or NOTHING,
        "who": who_moved(move),
        "commit": commit(move, site),
    }
    return cells, {
        "data_id": change_id(prompt.name, move),
        "data_alias": move.alias,
        "data_evidence": move.state,
    }


def _of_end(site: Site, item: Ending, prompt: PromptIndex) -> _Row:
    """A version that was retired, erased or taken back: no verdict is asked for, and its commit says why."""
    cells: dict[str, Child] = {
        "time": _clock(item.time),
        "prompt": _name(prompt),
        "move": [chip(item.kind, "tag"), " ", tag("strong", version(HISTORY, prompt, item.version))],
        "verdict": tag("span", NO_VERDICT, class_="cb-quiet"),
        "why": tag("div", item.subject, class_="cb-told", dir="auto") if item.subject else NOTHING,
        "who": as_the_commit_says(item.author),
        "commit": commit_link(item.commit, site),
    }
    return cells, {"data_id": f"{item.kind}:{change_id(prompt.name, item)}"}


def _of_split(site: Site, item: SplitChange, prompt: PromptIndex) -> _Row:
    """What a share of units tries from then on; each version's evidence is on its own page."""
    tried: list[Child] = [
        [f"{one.share}% \u2192 ", tag("strong", version(HISTORY, prompt, one.version)), " "]
        for one in item.tries
    ]
    cells: dict[str, Child] = {
        "time": _clock(item.time),
        "prompt": _name(prompt),
        "move": [alias_chips([item.alias]), " ", *(tried or [NOTHING_TRIED])],
        "verdict": tag("span", ON_VERSION_PAGE if tried else NO_VERDICT, class_="cb-quiet"),
        "why": tag("div", item.subject, class_="cb-told", dir="auto") if item.subject else NOTHING,
        "who": as_the_commit_says(item.author),
        "commit": commit_link(item.commit, site),
    }
    told = f"split:{change_id(prompt.name, item)}"
    return cells, {"data_id": told, "data_alias": item.alias}


def _name(prompt: PromptIndex) -> Html:
    return tag("a", prompt.name, href=link(HISTORY, prompt_page(prompt.name)), class_="cb-ref")


def _day(time: str) -> str:
    found = in_utc(time)
    return f"{found.day} {found:%B %Y}" if found else "Date unknown"


def _clock(time: str) -> Html:
    found = in_utc(time)
    if found is None:
        return tag("span", time)
    return join(tag("time", f"{found:%H:%M} UTC", datetime=time), " ")


def _unmoved(site: Site) -> Html:
    first = next(iter(site.prompts()), None)
    where = link(HISTORY, prompt_page(first.name) if first else HOME)
    name = first.name if first else "the list"
    said = [
        f"{capital(NO_MOVES)}. The page of a prompt, such as ",
        tag("a", name, href=where),
        ", says how to promote.",
    ]
    return tag("div", tag("p", said), class_="cb-empty")
