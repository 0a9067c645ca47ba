from __future__ import annotations

import pytest

from cuebook.shapes.made_from import MadeFrom
from cuebook.shapes.verdict import AnsweringApp, Served
from cuebook.wording.notes import STAND_INS, made_from, notes, served_notes, several
from outcomes import KEPT, of

MIXED = "was answered by more than one model where openai/x was asked: a, b. "
MOVED = "was answered by b where openai/x was asked; in the verdict before it was a. "


def who(*names: str, role: str = "candidate", before: str = "") -> Served:
    return Served(who=role, model="openai/x", names=list(names), before=[before] if before else [])


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (who("a"), []),
        (who("a", "b"), [f"v6 {MIXED}"]),
        (who("b", before="a"), [f"v6 {MOVED}"]),
        (who("b", role="baseline", before="a"), [f"v5 {MOVED}"]),
        (who("b", role="grader/1", before="a"), [f"The judge grader/1 {MOVED}"]),
        (who("a", "b", before="a"), [f"v6 {MIXED}", f"v6 {MOVED}"]),
    ],
)
def test_other_models_than_asked_or_before_are_told(served: Served, said: list[str]) -> None:
    found = served_notes(of("pass", [KEPT], served=[served]))
    assert len(found) == len(said)
    assert all(text.startswith(start) for text, start in zip(found, said, strict=True))


def test_stand_ins_and_unknown_prices_are_told() -> None:
    assert notes(of("pass", [KEPT], offline=False)) == []
    assert notes(of("pass", [KEPT])) == [STAND_INS]
    (one,) = notes(of("pass", [KEPT], offline=False, unpriced=1))
    assert one.startswith("1 reply has no known price")
    (many,) = notes(of("pass", [KEPT], offline=False, unpriced=1200))
    assert many.startswith("1,200 replies have no known price")
    unpriced = [of("pass", [KEPT], offline=False, unpriced=count) for count in (1, 1200, 0)]
    (together,) = notes(*unpriced)
    assert together.startswith("1,201 replies have no known price")
    app = AnsweringApp(name="desk", fingerprint="sha256:" + "0" * 64)
    (of_app,) = notes(of("pass", [KEPT], offline=False, unpriced=1, app=app))
    assert "let the app desk print what an answer cost" in of_app


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        (
            [],
            "An optimiser saw 6 of the 40 cases; those that it did not see must also pass on their own.",
        ),
        (
            list("abcdef"),
            "The text of v2 repeats 6 of the 40 cases word for word (a, b, c, d, e and 1 more); the others",
        ),
        (
            ["a"],
            "An optimiser saw 6 of the 40 cases, or its text repeats them (a); the others must",
        ),
    ],
)
def test_what_a_version_was_made_from_is_told(quoted: list[str], said: str) -> None:
    found = MadeFrom(seen=6, used=4, held=34, quoted=quoted, changes=[])
    assert made_from(found, 2).startswith(said)
    among = made_from(found.model_copy(update={"protected": 2}), 2)
    assert among.endswith(" 2 repeated cases are protected: that these do not break proves nothing.")


def test_several_comparisons_are_promised_nothing_together() -> None:
    one = of("pass", [KEPT])
    assert several([one]) == ""
    assert several([one] * 5) == (
        "5 comparisons, each wrong in at most 5%: even if no version is worse, "
        "the chance that the tests fail at least one is up to 25%."
    )
    assert several([one] * 30).endswith("the tests are expected to fail up to 1.5 of them.")
    assert "at most 10%" in several([one, of("pass", [KEPT], error=0.1)])
