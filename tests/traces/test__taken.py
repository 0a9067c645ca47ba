from __future__ import annotations

from typing import Any

import build
from cuebook.traces import Redaction, Spoken, Wanted, take

VERSION = build.version(2, "Question: {{question}}!")
WANTED = Wanted("qa", {2: VERSION}, 2)


def spoken(trace: str, **more: Any) -> Spoken:
    told: dict[str, Any] = {"variables": {"question": f"What is {trace}?"}, "time": "2026-11-14T09:00:00Z"}
    told |= {"span": "s", "conversation": "c", "prompt": "qa", "version": 2} | more
    return Spoken(trace=trace, **told)


def taken(*found: Spoken, wanted: Wanted = WANTED, there: tuple[Any, ...] = ()) -> Any:
    return take([("otlp", one) for one in found], wanted, there, Redaction())


def test_a_line_names_its_origin_and_holds_no_foreign_id() -> None:
    made = taken(spoken("ab" * 16, conversation="ada@example.org"))
    (line,) = made.lines
    assert line["inputs"] == {"question": f"What is {'ab' * 16}?"}
    assert line["tags"] == ["from-production"]
    assert line["source"] == "otlp qa/2 2026-11-14"
    assert "ada" not in str(line)
    assert line["id"].startswith("p-")
    assert line["cluster"].startswith("c-")


def test_three_ways_to_the_inputs() -> None:
    field = spoken("b", variables={}, fields=({"question": "from a field"},))
    read = spoken("c", variables={}, messages=({"role": "user", "content": "Question: read back!"},))
    lost = spoken("d", variables={}, messages=({"role": "user", "content": "Something else"},))
    made = taken(spoken("a"), field, read, lost)
    assert {line["inputs"]["question"] for line in made.lines} == {"What is a?", "from a field", "read back"}
    assert made.counts["unfilled"] == 1
    assert made.counts["read_back"] == 1
    renamed = Wanted("qa", {2: VERSION}, 2, renamed={"question": "user_text"})
    row = spoken("e", prompt="", version=None, variables={}, fields=({"user_text": "mapped"},))
    assert taken(row, wanted=renamed).lines[0]["inputs"] == {"question": "mapped"}


def test_what_is_there_or_nearly_so_is_left_out() -> None:
    there = (build.case(1),)
    near = spoken("a", variables={"question": "  CASE-009 "})
    made = taken(
        near,
        spoken("b", variables={"question": "Room 12?"}),
        spoken("c", variables={"question": "room 77?"}),
        there=there,
    )
    assert [line["inputs"]["question"] for line in made.lines] == ["Room 12?"]
    assert made.counts["same_as_there"] == 1
    assert made.counts["same_as_other"] == 1


def test_a_sample_is_the_same_whatever_else_is_in_the_file() -> None:
    found = [spoken(f"t{n}", variables={"question": chr(97 + n) * 3}) for n in range(20)]
    few = Wanted("qa", {2: VERSION}, 2, most=5)
    chosen = [line["id"] for line in taken(*found, wanted=few).lines]
    assert chosen == [line["id"] for line in taken(*reversed(found), wanted=few).lines]
    fewer = [line["id"] for line in taken(*found[:15], wanted=few).lines]
    assert len(set(chosen) & set(fewer)) >= 2


def test_only_what_was_asked_for() -> None:
    other = spoken("x", prompt="other")
    old = spoken("y", time="2026-10-01T00:00:00Z")
    bad = spoken("z", feedback="bad")
    assert len(taken(other, old, bad, wanted=Wanted("qa", {2: VERSION}, 2, since="2026-11-01")).lines) == 1
    assert len(taken(other, old, bad, wanted=Wanted("qa", {2: VERSION}, 2, feedback="bad")).lines) == 1
    assert len(taken(other, old, bad, wanted=Wanted("qa", {2: VERSION}, 2, version=3)).lines) == 0
    assert taken(spoken("v", version=7)).counts["version_missing"] == 1


def test_types_and_half_characters() -> None:
    version = build.version(2, "{{n}} {{q}}", inputs={"n": {"type": "integer"}, "q": {"type": "string"}})
    wanted = Wanted("qa", {2: version}, 2)
    (line,) = taken(spoken("a", variables={"n": "7", "q": "x\ud800"}), wanted=wanted).lines
    assert line["inputs"] == {"n": 7, "q": "x\ufffd"}
    assert taken(spoken("a", variables={"n": "seven", "q": "x"}), wanted=wanted).lines == []


def test_redaction_comes_before_comparing() -> None:
    found = [
        spoken(n, conversation=n, variables={"question": f"I am {n}@example.org"}) for n in ("ada", "bob")
    ]
    made = taken(*found)
    assert [line["inputs"]["question"] for line in made.lines] == ["I am <email-1>"]
