"""Labelling answers in a real browser: by keyboard alone, blind, and handed over as a file that is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cuebook.core.files import FixedTree
from cuebook.judging.draw import drawn
from cuebook.judging.labels import problems
from cuebook.registry.labels import read_labels
from fixtures.browsing import MARKS, Watched
from fixtures.labelling import INPUTS, JUDGE, choices, graded
from judging import judge

pytestmark = MARKS
HOST = "https://git.example.org/team/prompts"
MARK = "VERYSECRETREASON"


@pytest.fixture
def page(watched: Watched) -> Iterator[Any]:
    """A page whose site has an evaluation to label, and whose host of the repository answers."""
    found = watched.page
    published = graded().model_dump(mode="json", by_alias=True)
    for case in published["cases"]:
        for side in ("candidate", "baseline"):
            for score in case[side]["scores"].values():
                score["reason"] = MARK
    found.route("**/label-choices.json", lambda route: route.fulfill(json=choices()))
    found.route(
        "**/api/v1/evaluations/qa-assistant/4/qa-assistant.json", lambda route: route.fulfill(json=published)
    )
    found.context.route(f"{HOST}/**", lambda route: route.fulfill(body="The new-file page"))
    return found


def begin(page: Any, base: str, handle: str = "ada") -> None:
    """Come to the first answer by keyboard alone."""
    page.goto(f"{base}label.html")
    page.locator("#cb-handle").wait_for()
    page.focus("#cb-handle")
    page.keyboard.type(handle)
    page.keyboard.press("Enter")
    page.locator("#cb-item-head").get_by_text("Answer 1 of ").wait_for()


def test_thirty_answers_by_keyboard_are_a_file_that_check_reads(page: Any, base: str) -> None:
    begin(page, base)
    order = drawn(graded(), JUDGE)
    for at, one in enumerate(order[:30]):
        assert page.inner_text("#cb-answer").strip() == one.answer.text
        if at == 4:
            page.keyboard.press("n")
            page.keyboard.type("hardly an answer")
            page.keyboard.press("Escape")
        page.keyboard.press("s" if at == 9 else str(at % 5 + 1))
    assert page.inner_text("#cb-count") == f"30 of {len(order)}"
    page.keyboard.press("u")
    assert page.inner_text("#cb-count") == f"29 of {len(order)}"
    page.keyboard.press("5")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.focus("#cb-send")
    page.keyboard.press("Enter")
    page.locator("#cb-result").get_by_text("paste it").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    path = "evals/judge-correctness/labels/ada.jsonl"
    labels, wrong = read_labels(FixedTree({path: text.encode()}), "judge-correctness")
    assert wrong == []
    assert problems(judge(inputs=INPUTS), (1, 5), labels.given) == []
    assert [item.of for item in labels.given] == [one.of(graded()) for one in order[:30]]
    assert [item.label for item in labels.given] == [None if at == 9 else at % 5 + 1 for at in range(30)]
    assert labels.given[4].case.note == "hardly an answer"
    assert {item.by for item in labels.given} == {"ada"}
    assert labels.given[0].case.inputs["task"] == order[0].case.inputs["question"]


def test_nothing_tells_which_version_answered_or_what_the_judge_said(page: Any, base: str) -> None:
    begin(page, base)
    order = drawn(graded(), JUDGE)
    for at in range(6):
        text = page.locator("#cb-label").evaluate("(root) => root.outerHTML")
        mine = order[at]
        other = mine.case.baseline if mine.side == "candidate" else mine.case.candidate
        assert MARK not in text
        for hidden in ("candidate", "baseline", mine.case.id, "v4", "v3", "0.9", "0.85"):
            assert hidden not in text.replace("qa-assistant", ""), hidden
        if other and other.text and other.text not in (mine.answer.text or ""):
            assert other.text not in page.inner_text("#cb-label")
        page.keyboard.press("3")


def test_a_few_labels_go_into_the_address_and_a_draft_is_kept(page: Any, base: str) -> None:
    begin(page, base)
    page.click("#cb-grades button:has-text('partly right')")
    page.keyboard.press("1")
    page.reload()
    page.locator("#cb-begin").wait_for()
    assert page.input_value("#cb-handle") == "ada"
    page.click("#cb-begin")
    page.locator("#cb-item-head").get_by_text("Answer 3 of ").wait_for()
    with page.context.expect_page() as opened:
        page.click("#cb-send")
    url = opened.value.url
    opened.value.close()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["filename"] == "evals/judge-correctness/labels/ada.jsonl"
    assert [json.loads(line)["label"] for line in asked["value"].splitlines()] == [3, 1]
    assert asked["message"] == "Label 2 answers for judge-correctness"


def test_what_the_judge_is_told_besides_comes_only_when_it_is_asked_for(page: Any, base: str) -> None:
    begin(page, base)
    expected = drawn(graded(), JUDGE)[0].case.expectations["answer"]
    assert page.locator("#cb-beside-said > *").count() == 0
    page.click("#cb-beside > summary")
    page.locator("#cb-beside-said").get_by_text(expected).first.wait_for()
    page.keyboard.press("4")
    assert page.locator("#cb-beside-said > *").count() == 0


@pytest.mark.parametrize("handle", ["", "Ada Lovelace", "-ada"])
def test_a_handle_that_cannot_name_a_file_is_refused(page: Any, base: str, handle: str) -> None:
    page.goto(f"{base}label.html")
    page.locator("#cb-handle").fill(handle)
    page.click("#cb-begin")
    page.locator("#cb-handle-error").get_by_text("such as ada").wait_for()
    assert page.locator("#cb-session").is_hidden()


AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: NO PAGE WAS CHECKED (npm ci in tests/browser)")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 400)])
def test_axe_finds_nothing_while_labelling_and_nothing_is_wider_than_the_page(
    page: Any, base: str, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    begin(page, base)
    page.keyboard.press("3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text("utf-8"))
    run = "async () => (await axe.run(document)).violations.map((v) => [v.id, v.nodes[0].html])"
    found = page.evaluate(run)
    assert found == []
