"""A case that a version's own text repeats is no evidence of what it can do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, comparison, suite, version
from cuebook.gate.held_out import with_held_out
from cuebook.gate.quoted import quoted
from cuebook.shapes.run import Case

LONG = "My parcel was left in the rain, and the shoes in it are wet. What now?"
CASES = [
    Case("long", {"question": LONG}),
    Case("short", {"question": "When do cats purr?"}),
    Case("tiny", {"question": "Where is it?"}),
    Case("other", {"question": "Which of your shops near the station opens on Sunday mornings?"}),
    Case("nihon", {"question": "先月注文した靴がまだ届いていません。どうなっていますか。"}),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Answer: {{question}}", set()),
        (f"Example: {LONG} -> shipping", {"long"}),
        ("Example: \n  MY  PARCEL was “left” in the\nrain, and -> shipping", {"long"}),
        (f"Example: {LONG.replace(' ', '_')} -> shipping", {"long"}),
        ("Left in the rain, and the shoe is gone", set()),
        ("Q: when do cats purr? A: When they are content.", {"short"}),
        ("Where is it? When do cats meow? Which of your shops?", set()),
        ("例：先月注文した靴がまだ届いていません", {"nihon"}),
        ("靴がまだ届いていません", set()),
    ],
)
def test_a_case_is_repeated_by_eight_of_its_words_in_a_row_or_whole(text: str, found: set[str]) -> None:
    assert quoted(version(text=text), CASES) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": ({"role": "user", "content": "{{question}}"}, {"role": "assistant", "content": LONG})},
        {"inputs": {"question": {}, "examples": {"type": "string", "default": LONG}}},
        {"calling": {"tools": [{"type": "function", "function": {"name": "f", "description": LONG}}]}},
        {"json_schema": {"schema": {"description": LONG}}},
    ],
)
def test_wherever_a_version_says_it(changes: dict[str, Any]) -> None:
    assert quoted(version(**changes), CASES) == {"long"}


PARTS = ["My parcel was left", "in the rain, and", "the shoes in it", "are wet. What now?"]


@pytest.mark.parametrize(
    "changes",
    [
        {
            "text": " {{pad}} ".join(PARTS),
            "inputs": {"question": {}, "pad": {"type": "string", "default": ""}},
        },
        {"text": " {{pad}} ".join(PARTS), "inputs": {"question": {}, "pad": {"type": "array"}}},
        {"text": " {{pad}} ".join(PARTS), "inputs": {"question": {}, "pad": {}, "photo": {"type": "image"}}},
        {"text": " {# or not #} ".join(PARTS), "template_format": "jinja2"},
        {"text": "{{ '" + " ' ~ ' ".join(PARTS) + "' }}", "template_format": "jinja2"},
        {
            "text": "{% if question %}" + " {{ none or '' }}".join(PARTS) + "{% endif %}",
            "template_format": "jinja2",
        },
    ],
)
def test_what_is_put_between_its_words_hides_none(changes: dict[str, Any]) -> None:
    assert quoted(version(**changes), CASES) == {"long"}


def test_a_text_that_cannot_be_filled_is_looked_at_as_it_is_written() -> None:
    assert quoted(version(text=f"{{{{unknown}}}} {LONG}"), CASES) == {"long"}


def test_words_that_several_clusters_share_tell_no_case_from_another() -> None:
    """A policy that many cases hold, and the prompt as well, gives no answer away."""
    policy = "Returns are free of charge within thirty days of the day of delivery."
    of = [Case(str(number), {"question": f"{policy} Number {number}?"}) for number in range(3)]
    assert quoted(version(text=policy), of) == set()
    assert quoted(version(text=policy), of[:1]) == {"0"}
    clustered = [Case(str(number), {"question": policy}, cluster="one") for number in range(3)]
    assert quoted(version(text=policy), clustered) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("subject", "found"),
    [("Change my e-mail address", set()), ("Change the address of my parcel", {"mail"})],
)
def test_few_words_beside_a_longer_input_may_be_a_subject_that_many_texts_name(
    subject: str, found: set[str]
) -> None:
    of = [Case("mail", {"subject": subject, "body": "Use the private one from now on, please, all of you"})]
    reads = version(text=f"- account: {subject.upper()}!", inputs={"subject": {}, "body": {}})
    assert quoted(reads, of) == found


def test_what_a_version_does_not_read_and_what_is_expected_are_not_looked_for() -> None:
    of = [Case("a", {"note": LONG}, {"answer": "Parcels are insured up to five hundred euros each"})]
    assert quoted(version(text=f"{LONG} Parcels are insured up to five hundred euros each"), of) == set()


def test_turns_of_a_dialogue_count_as_well() -> None:
    of = [Case("talk", {}, turns=({"inputs": {"question": "Hello there"}}, {"inputs": {"question": LONG}}))]
    assert quoted(version(text=LONG), of) == {"talk"}


def test_the_cases_that_are_not_repeated_have_to_pass_by_themselves_too() -> None:
    of = [*CASES, *(case(number) for number in range(20))]
    made = comparison(suite(of), candidate=version(2, f"{LONG} {{{{question}}}}"))
    (second,) = with_held_out(made, ["qa"]).seconds
    assert (second.why, second.quoted) == ("held_out", ("long",))
    assert {item.id for item in second.comparison.cases} == {item.id for item in of} - {"long"}


@pytest.mark.parametrize("reason", ["on record", "suite changed"])
def test_what_went_live_stays_as_it_was_decided(reason: Any) -> None:
    wanted = version(2, f"{LONG} {{{{question}}}}")
    for live, seconds in ((1, 1), (2, 0), (3, 0), (None, 1)):
        made = replace(comparison(suite(CASES), candidate=wanted, live=live), reason=reason)
        assert len(with_held_out(made, ["qa"]).seconds) == seconds
