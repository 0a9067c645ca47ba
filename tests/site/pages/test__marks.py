from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.moves import State
from cuebook.site.pages._marks import SHEET, alias_chip, badge, dots
from cuebook.wording.states import STATES
from fixtures.reading import read
from fixtures.site_catalog import catalog


def test_every_state_has_a_word_and_a_shape_of_its_own() -> None:
    assert set(STATES) == set(get_args(State))
    drawn = {item.attributes["id"]: str(item.inside) for item in read(SHEET).find("symbol")}
    assert set(drawn) == {f"m-{state}" for state in STATES}
    assert len(set(drawn.values())) == len(STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_mark_is_never_without_its_word(state: State) -> None:
    shown = read(badge(state))
    assert shown.words == STATES[state]
    assert shown.one("use").attributes["href"] == f"#m-{state}"
    assert shown.one("svg").attributes["aria-hidden"] == "true"


def test_an_alias_leads_to_the_report_and_says_what_is_known() -> None:
    prompt = catalog().prompts["qa-assistant"]
    chip = read(alias_chip("index.md", prompt, "staging", prompt.states["staging"])).one("a")
    assert chip.words == "staging v4: Fail"
    assert chip.attributes["href"] == "reports/qa-assistant/v4/qa-assistant.html"
    bare = catalog().prompts["hostile"]
    unknown = bare.states["x"].model_copy(update={"version": 1, "state": "not_evaluated"})
    there = read(alias_chip("index.md", bare, "x", unknown, named=False)).one("a")
    assert (there.words, there.attributes["href"]) == ("v1: Not evaluated", "prompts/hostile/v1.html")


def test_dots_are_named_links_and_mark_what_is_live() -> None:
    prompt = catalog().prompts["qa-assistant"]
    shown = read(dots("index.md", prompt, [(2, "pass"), (3, "pass"), (4, "fail")], 3)).find("a")
    assert [item.words for item in shown] == ["v2: Pass v2", "v3: Pass v3", "v4: Fail v4"]
    assert [item.attributes.get("class") for item in shown] == [None, "cb-dots-live", None]
