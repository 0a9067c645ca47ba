from __future__ import annotations

import re
from typing import Any

import pytest

from cuebook.shapes.cause import Doubt
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.made_by import MadeBy
from cuebook.shapes.verdict import Override, Verdict
from cuebook.site.pages import Site, health
from fixtures.reading import Element, read
from fixtures.site_catalog import NASTY, FakeCatalog, artifact, metric, verdict

REPO = "https://git.example.org/team/prompts"


def page(made: FakeCatalog) -> Element:
    (found,) = health.pages(Site(made, "", REPO))
    assert (found.path, found.title) == ("gate-health.md", "Gate health")
    return read(found.body)


def rows(document: Element, label: str) -> list[list[str]]:
    return [
        [cell.words for cell in line.find("td")] for line in document.one(aria_label=label).find("tr")[1:]
    ]


def card(document: Element, title: str) -> str:
    (found,) = [item for item in document.find(class_="cb-card") if item.words.startswith(title)]
    return found.words.removeprefix(title).strip()


def registry(*verdicts: Verdict, **aliases: int) -> FakeCatalog:
    made = FakeCatalog()
    versions = [
        artifact("qa", n, "m", template="x", created=f"2026-{8 + n:02}-03T10:00:00+00:00") for n in (1, 2, 3)
    ]
    made.add("qa", versions, list(verdicts), aliases=aliases)
    return made


def test_an_empty_registry_says_so_and_leads_to_the_method() -> None:
    document = page(FakeCatalog())
    assert card(document, "Comparisons") == "0 0 pass, 0 fail, 0 inconclusive"
    assert "Nothing was compared yet." in document.text
    assert "page/gate-method.html" in [item.attributes.get("href") for item in document.find("a")]


def test_comparisons_are_counted_by_outcome_and_month() -> None:
    held = Override(who="@ana", until="2026-12-31", why="<b>they were wrong</b>")
    found = [
        verdict("qa", 1, "fail", cost_usd=0.25, override=held),
        verdict("qa", 2, "pass", cost_usd=0.5, attempt=1),
        verdict("qa", 3, "inconclusive", cost_usd=None),
    ]
    document = page(registry(*found, production=2))
    assert card(document, "Comparisons") == "3 1 pass, 1 fail, 1 inconclusive"
    assert card(document, "Looked at again").startswith("1 ")
    assert rows(document, "Comparisons by month") == [
        ["2026-11", "1", "0", "0", "1", "0", "0", "unknown"],
        ["2026-10", "1", "1", "0", "0", "0", "0", "$0.500"],
        ["2026-09", "1", "0", "1", "0", "0", "1", "$0.250"],
    ]
    assert (
        "3 comparisons, each wrong in at most 5%: even if no version is worse, "
        "the chance that the tests fail at least one is up to 15%." in document.text
    )
    assert rows(document, "Overrides") == [["qa v1", "fail", "@ana", "31 Dec 2026", "<b>they were wrong</b>"]]


def test_a_comparison_is_of_the_month_in_which_it_was_decided() -> None:
    ran = MadeBy(time="2026-11-05T10:00:00Z", commit="a" * 40)
    found = [verdict("qa", 1, "pass", ran=ran), verdict("qa", 2, "pass"), verdict("qa", 3, "fail")]
    counted = {row[0]: row[1] for row in rows(page(registry(*found)), "Comparisons by month")}
    assert counted == {"2026-11": "2", "2026-10": "1"}


@pytest.mark.parametrize(("needed", "word"), [(211, "too few"), (60, "yes"), (None, "not known")])
def test_a_suite_that_is_too_small_for_its_margin_is_named(needed: int | None, word: str) -> None:
    test = metric("exact", 0.0, -0.1, 0.1, "inconclusive", bound=0.1, used=80, planned=80, needed=needed)
    advisory = test.model_copy(update={"label": "style", "advisory": True})
    apart = {"needed": 999, "mean": -0.4, "lower": -0.6, "upper": -0.2}
    older = verdict("qa", 3, "fail", metrics=[test.model_copy(update=apart)])
    document = page(registry(older, verdict("qa", 2, "inconclusive", metrics=[test, advisory])))
    shown = str(needed) if needed else "\u2013"
    assert rows(document, "Suites") == [["qa", "exact", "10", "80 cases", shown, word, "qa v2"]]
    assert card(document, "Suites too small") == f"{int(word == 'too few')} of 1 suite with a verdict"
    links = {item.text: item.attributes["href"] for item in document.one(aria_label="Suites").find("a")}
    assert links == {"qa": f"{REPO}/blob/main/evals/qa/suite.yml", "qa v2": "reports/qa/v2/qa.html"}


MOVED = "advisory its labels, its model or the judge itself changed since it was measured"

JUDGE = JudgeState(
    label="judge-a/2",
    ref="judge-a/2",
    digest="sha256:0",
    model="offline/judge",
    decides=True,
    kappa=0.71,
    lower=0.6,
    upper=0.8,
    j=0.66,
    labels=120,
    canaries_total=3,
)


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, ["decides", "0.71 [0.60, 0.80]", "66%", "120", "0 of 3", "\u2013"]),
        ({"decides": False}, ["reported only", "0.71 [0.60, 0.80]", "66%", "120", "0 of 3", "\u2013"]),
        (
            {"void": True, "fooled_by": ["empty"], "canaries_lost": 1},
            ["void empty", "0.71 [0.60, 0.80]", "66%", "120", "1 of 3", "\u2013"],
        ),
        (
            {"kappa": None, "lower": None, "upper": None, "j": None, "labels": 0, "canaries_total": 0},
            ["not measured", "\u2013", "\u2013", "0", "\u2013", "\u2013"],
        ),
        (
            {"advisory": True, "flips": 0.25, "doubt": Doubt(code="moved", judge="judge-a")},
            [MOVED, "0.71 [0.60, 0.80]", "66%", "120", "0 of 3", "25%"],
        ),
    ],
)
def test_judges_of_live_versions_show_their_agreement(changes: dict[str, Any], cells: list[str]) -> None:
    document = page(with_judges(JUDGE.model_copy(update=changes)))
    (line,) = rows(document, "Judges")
    assert line[0] == "judge-a/2 offline/judge"
    assert line[1] == "qa on v2"
    assert line[2:] == cells
    assert document.one(aria_label="Judges").find("a")[0].attributes["href"] == "reports/qa/v2/qa.html"


def test_judges_of_other_versions_are_left_out() -> None:
    assert not page(with_judges(JUDGE, live=1)).find(aria_label="Judges")
    assert not page(with_judges()).find(aria_label="Judges")


def test_what_a_judge_is_called_is_data() -> None:
    judge = JUDGE.model_copy(update={"ref": NASTY, "model": NASTY, "fooled_by": [NASTY]})
    (found,) = health.pages(Site(with_judges(judge)))
    assert not re.search(r"<(script|img|iframe|style|base|meta)", found.body)
    assert not re.search(r"<[^>]* on\w+=", found.body)


def with_judges(*judges: JudgeState, live: int = 2) -> FakeCatalog:
    made = FakeCatalog()
    texts = [artifact("qa", n, "m", template="x") for n in (1, 2)]
    made.add("qa", texts, [verdict("qa", 2, "pass", judges=list(judges))], aliases={"production": live})
    return made
