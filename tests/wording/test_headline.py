from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from cuebook.shapes.cause import CauseCode
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import details, metric_lines, override_box
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_steps
from outcomes import OUTCOMES
from verdicts import check_golden

NEVER = ("candidate", "improved", "significant", "no regression", "[", "safe")
"""Words that claim more than was shown, or that only the code uses."""


def test_every_outcome_has_its_sentences() -> None:
    text = ""
    for name, verdict in OUTCOMES.items():
        text += f"## {name}\n{headline(verdict)}\n"
        text += "".join(f"  {line}\n" for line in metric_lines(verdict))
        text += "".join(f"- {line}\n" for line in details(verdict))
        text += f"! {override_box(verdict.override)}\n" if verdict.override else ""
        for step in next_steps(verdict):
            text += f"> {step.code} ({step.label or 'no button'}, {step.target} {step.name}): {step.text}\n"
        text += "\n"
    check_golden(Path(__file__).parent / "golden" / "verdicts.txt", text)


def test_every_cause_is_among_the_outcomes() -> None:
    found = {cause.code for verdict in OUTCOMES.values() for cause in verdict.causes}
    assert found == set(get_args(CauseCode))


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_headline_is_one_to_four_whole_sentences_and_claims_no_more_than_was_shown(name: str) -> None:
    said = headline(OUTCOMES[name])
    assert said[0].isupper()
    assert said.endswith(".")
    assert not said.endswith("..")
    assert said.count(". ") <= 3
    assert "None" not in said
    assert not any(word in said.casefold() for word in NEVER)
    shown = [item for item in OUTCOMES[name].metrics if item.kind == "difference" and item.lower >= 0]
    assert ("Better than" in said) == bool(shown)


def test_a_record_of_the_first_release_says_in_words_that_a_ceiling_stopped_it() -> None:
    data = json.loads(OUTCOMES["undecided"].model_dump_json(by_alias=True, exclude={"causes"}))
    old = data | {"schema": "cuebook/evaluation/1", "stopped": "the ceiling of 5 calls is reached"}
    read = Verdict.model_validate({**old, "sentence": "x", "action": "y", "reasons": ["z"]})
    assert read.stopped
    assert headline(read).startswith("Not decided: stopped at a ceiling after 198 of 198 cases.")


def test_a_later_version_that_is_compared_with_nothing_is_not_called_the_first() -> None:
    found = OUTCOMES["first version, floor reached"]
    assert headline(found).startswith("First version, nothing to compare with.")
    third = found.model_copy(update={"candidate": found.candidate.model_copy(update={"version": 3})})
    assert headline(third).startswith("No version is live yet, so there is nothing to compare with.")
    alive = third.model_copy(update={"live_version": 3})  # what it took the place of was erased
    assert headline(alive).startswith("No earlier version is left to compare with.")
