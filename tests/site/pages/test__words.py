from __future__ import annotations

import pytest

from cuebook.registry.word_diff import word_diff
from cuebook.site.pages import _words
from fixtures.reading import read


@pytest.mark.parametrize(
    ("old", "new"),
    [("a b\n\nc", "a x\n\nc\n"), ("", "\n\n"), ("<b>\n  \n&amp;", "<i>\n   \n&amp;"), ("same", "same\nx")],
)
def test_both_sides_give_the_texts_back(old: str, new: str) -> None:
    rows = read(_words.side_by_side(word_diff(old, new), "v1", "v2", label="t")).find("tr")[1:]
    for column, text in ((0, old), (1, new)):
        cells = [row.find("td")[column] for row in rows]
        kept = [cell for cell in cells if "cb-none" not in (cell.attributes["class"] or "")]
        said = [cell.text.replace("removed: ", "").replace("added: ", "") for cell in kept]
        said = ["" if line.startswith("empty line") else line for line in said]
        assert "\n".join(said) == text


def test_marks_name_what_they_mean() -> None:
    line = read(_words.inline(word_diff("keep old", "keep new"), label="t")).one(class_="cb-l-changed")
    assert line.one("del").text == "removed: old"
    assert line.one("ins").text == "added: new"
    assert line.text == "keep removed: oldadded: new"


def test_an_added_empty_line_can_be_seen_and_heard() -> None:
    line = read(_words.inline(word_diff("a", "a\n"), label="t")).one(class_="cb-l-added")
    assert line.one("ins").text == "added: empty line\u21b5"


@pytest.mark.parametrize(("equal", "folded"), [(2, False), (7, False), (8, False), (9, True), (60, True)])
def test_only_long_equal_runs_are_folded(equal: int, folded: bool) -> None:
    middle = "\n".join(f"line {n}" for n in range(equal))
    shown = read(_words.inline(word_diff(f"a\n{middle}\nb", f"x\n{middle}\ny"), label="t"))
    skipped = shown.find(class_="cb-skip")
    assert bool(skipped) == folded
    if folded:
        assert skipped[0].text == f"{equal - 6} equal lines"
