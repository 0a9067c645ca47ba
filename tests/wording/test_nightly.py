from __future__ import annotations

from typing import get_args

from cuebook.shapes.cause import Cause
from cuebook.shapes.ending import ShutDown
from cuebook.wording import nightly
from cuebook.wording.details import details
from cuebook.wording.ending import way_off
from cuebook.wording.headline import headline
from outcomes import JUDGE, OPEN, of


def test_every_trouble_has_a_title_of_its_own() -> None:
    codes: tuple[nightly.TroubleCode, ...] = get_args(nightly.TroubleCode)
    assert len({nightly.title(code, "qa", "2027-01-14") for code in codes}) == len(codes)


def test_an_issue_and_a_verdict_say_alike_that_known_bad_answers_won() -> None:
    fooled = JUDGE.model_copy(update={"void": True, "canaries_lost": 2, "canaries_total": 6})
    found = of("inconclusive", [OPEN], Cause(code="judge_void", label=fooled.label), judges=[fooled])
    said = nightly.known_bad_won([fooled])
    assert said == f"{fooled.ref} let 2 of 6 known-bad answers win"
    assert said in headline(found)
    assert said.removeprefix(f"{fooled.ref} ") in " ".join(details(found))


def test_an_issue_names_the_command_that_every_other_place_names() -> None:
    end = ShutDown(model="openai/m-1", day="2027-01-14", days=20, successor="")
    said = nightly.shut_down(end, ["qa/1", "qa/2"])
    assert way_off(end) in said
    assert said.endswith("\n\nUsed by:\nqa/1\nqa/2")
    assert "20" not in said.replace("2027", ""), "an issue that changes every night is read by nobody"
