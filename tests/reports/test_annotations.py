from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.reports.annotations import MOST, render
from cuebook.shapes.verdict import Arm, Override, Verdict
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from verdicts import EVERY, FAIL, FIRST, INCONCLUSIVE, PASS, answer, case, hostile_verdicts, verdict


class Command(NamedTuple):
    kind: str
    properties: dict[str, str]
    message: str


def obeyed(text: str) -> list[Command]:
    """What a workflow's runner makes of printed lines, by its own rules."""
    found = []
    for line in re.split("\r\n|\r|\n", text):
        if line.strip().startswith("::"):
            head, _, message = line.strip()[2:].partition("::")
            kind, _, listed = head.partition(" ")
            pairs = [pair.partition("=") for pair in listed.split(",") if pair]
            properties = {name: value.replace("%3A", ":").replace("%2C", ",") for name, _, value in pairs}
            found.append(Command(kind, {k: decoded(v) for k, v in properties.items()}, decoded(message)))
        elif line.strip():
            assert "##[" not in line
            found.append(Command("printed", {}, line))
    return found


def decoded(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def numbered(shown: Verdict, count: int) -> list[Verdict]:
    return [
        shown.model_copy(update={"candidate": Arm(version=n, digest="x", message="")})
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("shown", "kind"), [(FAIL, "error"), (INCONCLUSIVE, "warning"), (PASS, "notice")])
def test_each_outcome_has_its_kind_on_the_prompt_file(shown: Verdict, kind: str) -> None:
    (command,) = obeyed(render([shown]))
    assert command.kind == kind
    assert command.properties["file"] == "prompts/qa-assistant/v6.prompt.yml"
    assert command.properties["title"].startswith("qa-assistant/6 ")
    assert command.message.startswith(f"{headline(shown)}\nNext: {next_step(shown).text}")


def test_failures_come_first() -> None:
    assert [command.kind for command in obeyed(render(EVERY))] == ["error", "error", "warning", "notice"]


def test_broken_protected_cases_say_what_changed() -> None:
    (command,) = obeyed(render([FAIL]))
    assert "qa-001 broke. v5 said: Yes, within 30 days. · v6 said: Happy to help! Returns" in command.message
    assert "qa-003" not in command.message


def test_a_first_version_has_no_earlier_answer() -> None:
    (command,) = obeyed(render([FIRST]))
    assert "(first version)" in command.properties["title"]
    assert "said" not in command.message


@pytest.mark.parametrize(("count", "lines"), [(0, 0), (1, 1), (10, 10), (11, 10), (30, 10)])
def test_at_most_ten_of_a_kind(count: int, lines: int) -> None:
    found = obeyed(render([*numbered(FAIL, count), *numbered(PASS, count)]))
    assert [command.kind for command in found] == ["error"] * lines + ["notice"] * lines
    if count > MOST:
        last = found[MOST - 1]
        assert last.properties["title"] == f"{count - 9} more verdicts: fail"
        assert last.message.startswith("qa-assistant/10, qa-assistant/11")


@pytest.mark.parametrize(
    "text",
    ["100%", "a%0Ab", "%25", "a,b:c=d::e", "a::error::b", "line\nbreak", "%3A%2C"],
)
def test_escapes_read_back(text: str) -> None:
    held = Override(who=text, why="", until="")
    (command,) = obeyed(render([verdict("pass", prompt="x", suite=text, override=held)]))
    assert " ".join(text.split()) in command.message.replace("\u200b", "")
    assert command.properties["title"] == f"x/6 on {' '.join(text.split())} passes against v5"


def test_an_answer_cannot_begin_a_command() -> None:
    attack = "x\n::add-mask::secret\r::error file=a::b\n##[error]c"
    found = verdict("fail", cases=[case("qa-001", "broken", answer(attack, 1.0), answer(attack, 0.0))])
    (command,) = obeyed(render([found]))
    assert command.kind == "error"


@given(verdicts=st.lists(hostile_verdicts(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_one_command_a_verdict_whatever_was_written(verdicts: list[Verdict]) -> None:
    found = obeyed(render(verdicts))
    assert len(found) == len(verdicts)
    assert {command.kind for command in found} <= {"error", "warning", "notice"}
    for command in found:
        assert set(command.properties) == {"file", "title"}
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", command.message)
