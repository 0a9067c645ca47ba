from __future__ import annotations

import pytest

from cuebook.wording.finish import finish, finishes
from fixtures.site_catalog import qa_case, verdict


def ending(old: str | None, new: str | None) -> tuple[str, list[str]]:
    case = qa_case(0, with_baseline=True)
    assert case.baseline
    sides = {
        name: answer.model_copy(update={"finish": how or "", **({"text": None} if how is None else {})})
        for name, answer, how in (("baseline", case.baseline, old), ("candidate", case.candidate, new))
    }
    made = case.model_copy(update=sides)
    return finish(made), finishes(verdict("qa", 2, "pass", cases=[made]))


@pytest.mark.parametrize(
    ("old", "new", "said", "counted"),
    [
        ("stop", "stop", "stop", ["stop 1", "stop 1"]),
        ("stop", "length", "stop \u2192 length", ["stop 1", "length 1"]),
        ("stop", None, "stop \u2192 no answer", ["stop 1", "no answer 1"]),
        ("", "", "", []),
    ],
)
def test_how_answers_ended_is_said_of_each_and_counted_of_all(
    old: str, new: str | None, said: str, counted: list[str]
) -> None:
    assert ending(old, new) == (said, counted)
