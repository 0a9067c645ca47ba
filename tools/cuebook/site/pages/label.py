"""The page where people grade answers of an evaluation, blind, and hand over a file of labels.

What can be chosen is in a file beside the page; the answers are those of the published verdict. The rest is
``theme/assets/label.js``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cuebook.core.layout import shown
from cuebook.judging.ask import ANSWER, FIRST, MARK, SCORE, SECOND
from cuebook.shapes._fields import HANDLE_PATTERN
from cuebook.shapes.published import Artifact
from cuebook.site.pages._base import LABEL, Page, Site
from cuebook.site.pages._form import button, field, needs_scripts, program
from cuebook.site.pages._handover import MAX_URL, new_file_template
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._parts import body, head

KIND = "label"
LEAD = """Grade answers without knowing which version gave them. A judge is measured against what people say,
and what it says of two versions is checked by it."""
AGAIN = """Has the repository a file of yours already? Then edit that one, and paste these lines at its end:
one person has one file."""
CHOICES = "label-choices.json"
USUAL_SCALE = (1, 5)
"""The grades of a judge whose schema names none."""


def pages(site: Site) -> Iterator[Page]:
    """Yield the one page, for all judges that grade."""
    setup = {
        "choices": CHOICES,
        "newFile": new_file_template(site),
        "folder": site.folder + shown("evals/"),
        "host": urlsplit(site.repo_url).hostname or "",
        "handle": HANDLE_PATTERN,
        "maxUrl": MAX_URL,
    }
    off = needs_scripts("This page", "cuebook audit REF --pairs 50", "writes answers to grade.")
    words = "No judge has graded answers that are published: there is nothing to label yet."
    none = tag("p", words, id="cb-none", class_="cb-note", hidden=True)
    parts = program("label", off, none, _choose(), _session(), data_setup=json.dumps(setup))
    top = head(LABEL, [], "Label answers", tag("p", LEAD, class_="cb-lead"))
    about = "Grade answers of an evaluation, to measure a judge by"
    # In a file: it grows with the registry, and only a page that runs its script needs it.
    files = {CHOICES: json.dumps(choices(site), ensure_ascii=False, separators=(",", ":"))}
    whole = body(join(top, parts))
    yield Page(LABEL, "Label", whole, search=False, wide=True, description=about, files=files)


def choices(site: Site) -> dict[str, Any]:
    """Return the judges that grade, with what people must know to grade as they do, and their evaluations."""
    judges: dict[str, Any] = {}
    evaluations = []
    for prompt in site.prompts():
        # The newest first: what is to be decided needs labels, not what was decided long ago.
        for entry in sorted(prompt.evaluations, key=lambda one: -one.version):
            asked = [judge.ref for judge in entry.judges if _known(site, judge.ref, judges)]
            if asked:
                made = {"prompt": prompt.name, "version": entry.version, "suite": entry.suite}
                evaluations.append({**made, "cases": entry.cases, "judges": asked})
    return {"judges": {ref: found for ref, found in judges.items() if found}, "evaluations": evaluations}


def _known(site: Site, ref: str, judges: dict[str, Any]) -> bool:
    """Whether a judge is published and grades; what there is to know of it is put among ``judges``."""
    if ref not in judges:
        name, _, number = ref.rpartition("/")  # of a record, which may hold anything
        index = site.prompt(name) if name in site.names else None
        there = [entry.version for entry in index.versions if str(entry.version) == number] if index else []
        # None is kept as well: each evaluation names its judges again.
        judges[ref] = None
        if index and there:
            judge = site.catalog.version(name, there[0])
            judges[ref] = _facts(judge, index.title, index.scale_words)
    return judges[ref] is not None


def _facts(judge: Artifact, title: str, words: dict[str, str]) -> dict[str, Any] | None:
    names = list(judge.inputs)
    # It compares two answers, and a grade is for one.
    if {FIRST, SECOND} <= set(names):
        return None
    score = (judge.jsonSchema or {}).get("schema", {}).get("properties", {}).get(SCORE, {})
    low, high = score.get("minimum", USUAL_SCALE[0]), score.get("maximum", USUAL_SCALE[1])
    # The mark tells a judge where foreign text ends; people see that.
    variables = [name for name in names if name != MARK]
    if ANSWER not in variables:
        variables.append(ANSWER)
    return {"title": title, "scale": [low, high], "words": words, "variables": variables}


def _choose() -> Html:
    said = "It is public: your file is named after it, and each line contains it."
    return tag(
        "div",
        field("Judge", "select#judge"),
        field("Evaluation", "select#evaluation"),
        field(
            "Your handle",
            "input#handle",
            hint=said,
            # A phone would begin it with a capital and correct it to a word.
            autocomplete="nickname",
            autocapitalize="none",
            spellcheck="false",
        ),
        tag("div", button("Begin", "begin", kind="main"), class_="cb-row cb-begin"),
        tag("p", id="cb-choose-said", class_="cb-error", role="status"),
        id="cb-choose",
        class_="cb-choose",
    )


def _session() -> Html:
    progress = tag(
        "div",
        tag("progress", id="cb-done", aria_label="Answers graded or skipped"),
        tag("strong", id="cb-count"),
        tag("span", id="cb-spoken", role="status", class_="cb-quiet"),
        button("Choose another", "leave", kind="quiet"),
        class_="cb-row cb-progress",
    )
    lost = "This browser keeps no drafts: send what you have before you close the page."
    grading = tag("div", _grading(), _send(), class_="cb-check")
    return tag(
        "div",
        progress,
        tag("p", lost, id="cb-lost", class_="cb-note cb-note-warn", hidden=True),
        tag("div", _item(), grading, class_="cb-work cb-labelling"),
        id="cb-session",
        hidden=True,
    )


def _item() -> Html:
    more = tag("summary", "What else the judge is told")
    item = tag(
        "section",
        # Gets the focus with each answer, so that it is read from its beginning and keys mean grades again.
        tag("h2", "Answer", id="cb-item-head", tabindex="-1"),
        tag("dl", id="cb-given", class_="cb-inputs"),
        tag("details", more, tag("dl", id="cb-beside-said", class_="cb-inputs"), id="cb-beside"),
        tag("h3", "The answer to grade"),
        tag("div", id="cb-answer"),
        id="cb-item",
    )
    done = tag("p", "All answers are graded or skipped. Send them for review.", class_="cb-note")
    return tag("div", item, tag("div", done, id="cb-all-done", hidden=True), class_="cb-write")


def _grading() -> Html:
    keys = [("number", "grade"), ("s", "skip"), ("u", "undo"), ("n", "note"), ("Esc", "back from the note")]
    shown_keys = [[tag("kbd", key), f" {words} "] for key, words in keys]
    return tag(
        "section",
        tag("h2", "Your grade"),
        tag("div", id="cb-grades", class_="cb-grades", role="group", aria_label="Grades"),
        tag(
            "div",
            field("Grade", "input#number", inputmode="numeric", autocomplete="off"),
            button("Save the grade", "number-save"),
            class_="cb-row",
        ),
        tag("div", button("Skip", "skip"), button("Undo", "undo"), class_="cb-row"),
        field("Note (optional)", "textarea#note", wide=True, rows="2", maxlength="1000"),
        tag("p", shown_keys, class_="cb-hint"),
        id="cb-grading",
    )


def _send() -> Html:
    return tag(
        "section",
        tag("h2", "Send for review"),
        tag("p", id="cb-sum"),
        tag("div", button("Send the labels", "send", kind="main"), class_="cb-row"),
        tag("p", tag("code", id="cb-path"), class_="cb-sub"),
        tag("p", AGAIN, class_="cb-hint"),
        tag("div", id="cb-result", role="status"),
        class_="cb-send",
    )
