from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuebook.shapes.difference import Difference
from cuebook.wording import differences
from cuebook.wording.differences import MEANING, describe, difference_line


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("parameter", "modelParameters.temperature", 0, None), "temperature: 0 became not set"),
        (
            ("input-added-required", "inputs.question", None, {"type": "string"}),
            "input question is new and required: callers must pass it",
        ),
        (("message-added", "messages[1]", None, {"role": "assistant"}), "there is a new assistant message"),
        (
            ("model", "model", "offline/rules", "x/" + "y" * 200),
            f"model: offline/rules became x/{'y' * 117}\u2026",
        ),
    ],
)
def test_sentences(change, sentence: str) -> None:
    assert describe(Difference(*change, "notable")) == sentence


def test_a_lost_default_and_white_space_alone_are_said() -> None:
    lost = Difference("input-default", "inputs.q", {"default": "x"}, {}, "breaking")
    assert describe(lost) == "input q has lost its default x: callers must pass it"
    assert describe(Difference("text", "messages[0]", "a", "a ", "minor")) == (
        "the text of message 1 changed in white space only"
    )


def test_a_name_begins_no_line_of_its_own() -> None:
    assert "\n" not in difference_line(Difference("model", "model", "a\nb", "c", "notable"))


def test_scripts_say_the_same_of_a_change() -> None:
    script = (Path(differences.__file__).parents[1] / "theme/assets/worddiff.js").read_text("utf-8")
    assert all(f'{severity}: "{words}"' in script for severity, words in MEANING.items())
    for sentence in differences._SENTENCES.values():
        assert re.sub(r"\{(\w+)\}", r"${c.\1}", sentence) in script
