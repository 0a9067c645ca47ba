from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import write
from cuebook.core.files import Folder
from cuebook.github.word_changes import LONGEST, SHOWN, marked, wordings
from cuebook.registry.reader import Registry

HEAD = "message: x\nmodel: offline/rules\n"


def pair(tmp_path: Any, old: str, new: str) -> Any:
    """Two versions whose templates are these texts."""
    files = {
        f"prompts/qa/v{number}.prompt.yml": f"{HEAD}template: |\n  " + text.replace("\n", "\n  ") + "\n"
        for number, text in ((1, old), (2, new))
    }
    registry = Registry(Folder(write(tmp_path, files)))
    return registry.version("qa", 1), registry.version("qa", 2)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Say yes.", "Say yes.", []),
        ("Say yes please.", "Say no please.", ["- Say [-yes-] please.", "+ Say {+no+} please."]),
        ("One.", "One.\nTwo.", ["  One.", "+ Two."]),
        ("One.", f"One.\nTwo{' ' * 200}three.", ["  One.", "+ Two <200 spaces> three."]),
        ("One.", f"One.\n{' ' * 12}Two.{' ' * 40}\n.", ["  One.", f"+ {' ' * 12}Two.{' ' * 40}", "+ ."]),
        ("One.\nTwo.", "One.", ["  One.", "- Two."]),
        (
            "1\n2\n3\n4\n5 is old\n6\n7\n8\n9",
            "1\n2\n3\n4\n5 is new\n6\n7\n8\n9",
            ["  ...", "  3", "  4", "- 5 is [-old-]", "+ 5 is {+new+}", "  6", "  7", "  ..."],
        ),
    ],
)
def test_lines_of_a_patch_with_words_marked(tmp_path: Any, old: str, new: str, found: list[str]) -> None:
    assert marked(*pair(tmp_path, old, new)).splitlines()[1:] == found


def test_what_is_no_text_comes_first(tmp_path: Any) -> None:
    one, two = pair(tmp_path, "Say {{word}}.", "Say {{other}} and yes.")
    first, *_ = marked(one, two).splitlines()
    assert first.startswith("! ")


def test_pairs_are_told_once_and_cut(tmp_path: Any) -> None:
    one, two = pair(tmp_path, "a", "word " * 9_000)
    (found,) = wordings([(one, two), (one, two), (one, one)])
    assert (found.old, found.new, len(found.text)) == ("qa/1", "qa/2", LONGEST)
    *_, last = found.text.splitlines()
    assert last.endswith("characters or more are not shown here: cuebook diff qa/1 qa/2")
    assert len(marked(one, two)) - LONGEST == int(last.split()[1].replace(",", ""))


def test_every_pair_is_counted_and_the_words_of_the_first_are_kept(tmp_path: Any) -> None:
    one, two = pair(tmp_path, "a", "b")
    many = [(one, replace(two, number=number)) for number in range(2, 40)]
    found = wordings(many)
    assert len(found) == len(many)
    assert [bool(item.text) for item in found] == [place < SHOWN for place in range(len(many))]
