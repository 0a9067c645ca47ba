from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.reports.json import render
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import details
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from verdicts import EVERY, answer, case, hostile_verdicts, verdict


def test_every_verdict_reads_back_the_same() -> None:
    assert [Verdict.model_validate(item) for item in json.loads(render(EVERY))] == EVERY


def test_what_was_written_earlier_still_reads() -> None:
    golden = Path(__file__).parent / "golden/earlier.records"
    assert [Verdict.model_validate(item) for item in json.loads(golden.read_bytes())] == EVERY


def test_the_published_shape() -> None:
    found = json.loads(render(EVERY))
    assert [item["schema"] for item in found] == ["cuebook/evaluation/2"] * len(EVERY)
    assert [next(iter(item)) for item in found] == ["schema"] * len(EVERY)


def test_no_verdicts_are_an_empty_list() -> None:
    assert json.loads(render([])) == []


def test_other_languages_stay_readable_and_controls_are_escaped() -> None:
    said = "返品は無料\x1b[31m\x9b\u202e ##[error]x"
    text = render([verdict("fail", cases=[case("a", "broken", None, answer(said, 0.0))])])
    assert "返品は無料" in text
    for escaped in ("\\u001b", "\\u009b", "\\u202e", "##\\u005berror]"):
        assert escaped in text
    assert json.loads(text)[0]["cases"][0]["candidate"]["text"] == said


@given(verdicts=st.lists(hostile_verdicts(), max_size=2))
@settings(max_examples=20, deadline=None)
def test_nothing_is_lost_whatever_was_written(verdicts: list[Verdict]) -> None:
    words = ("headline", "details", "next")
    found = [{key: item[key] for key in item if key not in words} for item in json.loads(render(verdicts))]
    assert found == [item.model_dump(mode="json", by_alias=True) for item in verdicts]


def test_programs_read_the_words_that_people_do() -> None:
    for shown, item in zip(EVERY, json.loads(render(EVERY)), strict=True):
        assert item["headline"] == headline(shown)
        assert item["next"] == {"code": next_step(shown).code, "text": next_step(shown).text}
        assert set(details(shown)) < set(item["details"])
