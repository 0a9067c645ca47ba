"""One page per verdict with every case: searched, filtered and loaded by a script, the first ones without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256

from cuebook.core.format import NONE, plural
from cuebook.core.layout import labels_path
from cuebook.core.layout import shown as shown_path
from cuebook.shapes.moves import State
from cuebook.shapes.published import evaluation_path
from cuebook.site.pages._base import (
    Page,
    Site,
    cases_of,
    edit_link,
    link,
    prompt_page,
    report_page,
    version_page,
)
from cuebook.site.pages._case_files import case_files
from cuebook.site.pages._cases import Cases, CaseView, brief_answer
from cuebook.site.pages._html import Child, Html, kept, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import body, field_of, filter_choice, head, note
from cuebook.site.pages._superseded import superseded
from cuebook.site.pages._terms import term
from cuebook.wording.details import CHANGES, asked
from cuebook.wording.finish import finish

KIND = "cases"
STATIC = 50
"""Cases that are on the page without a script: as many as somebody reads in one go."""


def pages(site: Site) -> Iterator[Page]:
    """Yield a page for every verdict that has cases, those that another took the place of among them."""
    for prompt in site.prompts():
        for entry in prompt.evaluations:
            about = (prompt.name, entry.version, entry.suite)
            found = Cases(site.catalog.verdict(*about))
            yield _page(site, found, entry.state, report_page(*about), evaluation_path(*about))
        for rested in superseded(prompt):
            item = rested.item
            found = Cases(site.catalog.earlier(prompt.name, rested.version, item.suite, item.key))
            if found.views:
                then = f", as of {rested.move.time[:10]}"
                yield _page(site, found, item.outcome, rested.page, item.url, then)


def _page(site: Site, found: Cases, state: State, report: str, path: str, then: str = "") -> Page:
    """The page beside a report, whose verdict is published at the path; ``then`` says when it was one."""
    verdict, here, files = found.verdict, cases_of(report), case_files(found)
    name, number = verdict.prompt, verdict.candidate.version
    trail = [(name, prompt_page(name)), (f"v{number}", version_page(name, number)), ("Report", report)]
    against = f" against v{verdict.baseline.version}" if verdict.baseline else ""
    title = [tag("span", name, class_="cb-ref"), f" v{number}{against}: every case{then}"]
    became = found.counts(kind for kind in CHANGES if kind != "same")
    lead = tag("p", f"{asked(verdict)}. ", badge(state), " ", became)
    top = head(here, trail, title, lead)
    return Page(
        here,
        f"Cases of {name} v{number} on {verdict.suite}{then}",
        body(_body(site, top, found, files, link(here, path))),
        search=False,
        wide=True,
        description=f"Every case of {name} version {number} on {verdict.suite}{then}",
        files=files,
    )


def _body(site: Site, top: Html, found: Cases, files: Mapping[str, str], whole: str) -> Html:
    verdict = found.verdict
    shown = found.views[:STATIC]
    rest = len(found.views) - len(shown)
    more = (
        note(
            tag("p", f"{plural(rest, 'more case')}: a script loads them. They are all in the "),
            tag("p", tag("a", "JSON of the verdict", href=whole), "."),
        )
        if rest
        else None
    )
    # Whose labels a reader's grades go to: of several judges, those of the first.
    judge = next((judge.ref.partition("/")[0] for judge in verdict.judges), None)
    return tag(
        "div",
        top,
        _controls(found),
        tag("p", plural(len(found.views), "case"), class_="cb-sub", id="cb-shown", role="status"),
        tag("div", _heads(found), class_="cb-case-heads", aria_hidden="true", id="cb-case-heads"),
        tag("div", [_row(found, view) for view in shown], id="cb-cases", class_="cb-case-rows"),
        tag("div", more, id="cb-more"),
        id="cb-every-case",
        data_all=not rest,
        # The script puts it into the addresses of the files, so that no cache gives those of another build.
        data_of=sha256("".join(files.values()).encode()).hexdigest()[:12],
        data_judge=judge,
        data_file=shown_path(labels_path(judge)) if judge else None,
        data_labels=edit_link(site, labels_path(judge)) if judge else None,
    )


def _controls(found: Cases) -> Html:
    counts = Counter(view.kind for view in found.views)
    protected = sum(view.case.protected for view in found.views)
    buttons = [
        _button("all", "All", len(found.views), pressed=True),
        *(_button(kind, found.word(kind).capitalize(), counts[kind]) for kind in CHANGES if counts[kind]),
        _button("protected", "Protected", protected) if protected else None,
    ]
    tags = sorted({word for view in found.views for word in view.case.tags})
    words = tag("input", type="search", name="words", placeholder="Name, input, answer or reason")
    orders = [tag("option", said, value=value) for value, said in (("", "worst first"), ("id", "name"))]
    return tag(
        "div",
        tag("div", buttons, class_="cb-filters", role="group", aria_label="Show cases"),
        tag(
            "div",
            field_of("Search", words),
            filter_choice("Tag", "tag", [(word, word) for word in tags]) if tags else None,
            field_of("Order", tag("select", orders, name="sort")),
            field_of("Scores", tag("select", _choices(found), name="scores")) if found.scorers else None,
            class_="cb-find-cases",
        ),
        class_="cb-case-controls",
        hidden=True,
    )


def _button(kind: str, words: str, count: int, *, pressed: bool = False) -> Html:
    shown = tag("span", f"{count:,}", class_="cb-count")
    return tag("button", f"{words} ", shown, type="button", data_kind=kind, aria_pressed=str(pressed).lower())


def _choices(found: Cases) -> list[Html]:
    """Which scores stand in the rows: those that decide, each alone, or all."""
    first, count = found.in_rows, len(found.labels)
    usual = plural(len(first), "that decides", "that decide") if first else "none decides"
    if count > len(first):
        usual = f"{len(first)} of {count} that decide"
    every = [("*", f"all {len(found.scorers)}")] if len(found.scorers) > len(first) else []
    chosen = [("", usual), *((label, label) for label in found.scorers), *every]
    return [tag("option", words, value=value) for value, words in chosen]


def _heads(found: Cases) -> list[Child]:
    base = found.verdict.baseline
    answered = [f"v{side.version} answered" for side in (base, found.verdict.candidate) if side]
    texts = [tag("span", words, class_="cb-case-text") for words in ("Expected", *answered)]
    return [
        tag("span", "Case", class_="cb-case-name"),
        tag("span", "Question", class_="cb-case-title"),
        texts,
        [tag("span", label, class_="cb-num") for label in found.in_rows],
        tag("span", "Ended by", class_="cb-case-ended"),
        tag("span", "Became", class_="cb-case-kind"),
    ]


def _row(found: Cases, view: CaseView) -> Html:
    case, base, how = view.case, found.verdict.baseline, finish(view.case) or NONE
    texts = [("expected", found.expected(case))]
    if base:
        texts.append((f"v{base.version}", brief_answer(case.baseline) if case.baseline else NONE))
    texts.append((f"v{found.verdict.candidate.version}", brief_answer(case.candidate)))
    cells = [
        tag("span", _narrow(name), kept(text), class_="cb-case-text", dir="auto") for name, text in texts
    ]
    top = [
        tag(
            "span",
            tag("code", case.id),
            [" ", tag("span", term("protected"), class_="cb-sub")] if case.protected else None,
            [" ", tag("span", case.model, class_="cb-sub")] if found.several else None,
            class_="cb-case-name",
        ),
        tag("span", kept(found.title(case)), class_="cb-case-title", dir="auto"),
        *cells,
        *[tag("span", _narrow(label), found.scored(case, label), class_="cb-num") for label in found.in_rows],
        tag(
            "span",
            _narrow("ended by"),
            how,
            # On a phone, an ordinary end takes no line of its own.
            class_="cb-case-ended cb-plain" if how == "stop" else "cb-case-ended",
        ),
        tag("span", found.chip_of(view), class_="cb-case-kind"),
    ]
    return tag(
        "details",
        # Spaces are for those who hear the row or copy it.
        tag("summary", [(cell, " ") for cell in top]),
        tag("div", tag("div", found.labels_of(case), class_="cb-row"), found.inside(view)),
        class_=f"cb-case cb-case-{view.kind}",
        id=found.names[case.id, case.model],
    )


def _narrow(name: str) -> Html:
    """What a cell is, where a narrow screen lists cells below each other."""
    return tag("span", f"{name} ", class_="cb-narrow")
