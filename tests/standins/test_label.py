from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook_standins._task import Task
from cuebook_standins.label import answer, fits

LABELS = ["billing", "shipping", "security", "login-access", "other"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "queue": {"enum": LABELS}},
    "required": ["queue"],
}
DESCRIBED = """Sort each ticket into one queue:
- billing: invoices, charges, credit card, a wrong amount; not money back
- shipping: parcels, tracking number, courier
- security: hacked, stolen account
- login-access: log in, password, locked account
- other: thank you, job application
"""


def label(instructions: str, body: str, subject: str = "", schema: dict[str, Any] | None = SCHEMA) -> str:
    reply = answer(Task(instructions, {"subject": subject, "body": body}, schema))
    return str(json.loads(reply)["queue"]) if schema else reply


@pytest.mark.parametrize(
    ("instructions", "body", "expected"),
    [
        # a description, and only its name
        (DESCRIBED, "Where does the courier have my parcel?", "shipping"),
        ("Sort each ticket into one queue.", "Where does the courier have my parcel?", "billing"),
        ("Sort each ticket into one queue.", "A question about shipping", "shipping"),
        (DESCRIBED, "I was charged for two invoices", "billing"),
        # a complete phrase beats a single word of another
        (DESCRIBED, "The tracking number on my invoice", "shipping"),
        # words that a description rules out
        (DESCRIBED, "The courier charges: I want my money back", "shipping"),
        # which goes first when two fit
        (DESCRIBED, "My password was changed, the login is hacked", "login-access"),
        (
            DESCRIBED + "\nsecurity before login-access.",
            "My password was changed, the login is hacked",
            "security",
        ),
        (
            DESCRIBED + "\nIf both security and login-access fit, choose security.",
            "My password was changed, the login is hacked",
            "security",
        ),
        (DESCRIBED + "\nsecurity before everything else.", "Password, login, locked, hacked", "security"),
        (DESCRIBED + "\nsecurity before login-access.", "I forgot my password", "login-access"),
        # nothing fits
        (DESCRIBED, "What a day", "billing"),
        (DESCRIBED + "\nIf nothing fits, choose other.", "What a day", "other"),
        (DESCRIBED + "\nWhen in doubt, use security.", "", "security"),
        # examples
        (DESCRIBED, "It lies in the rain behind the garage", "billing"),
        (
            DESCRIBED + '\n- "He left it in the rain" -> shipping',
            "It lies in the rain behind the garage",
            "shipping",
        ),
        # slips of the pen
        (DESCRIBED, "the coureir has it", "billing"),
        (DESCRIBED + "\nAllow for typos.", "the coureir has it", "shipping"),
        (DESCRIBED + "\nAllow for typos.", "pasword lost", "login-access"),
    ],
)
def test_the_wording_decides(instructions: str, body: str, expected: str) -> None:
    assert label(instructions, body) == expected


SIDE = (
    "Thanks for the tracking number and the courier, by the way. Please send the invoices for my credit card."
)
QUOTED = "> hacked, stolen account\nMy parcel?\n-- \nThe invoices and charges team, credit card desk"
RULED_OUT = "I am not asking about charges or invoices. Just tell me where the parcel is."


@pytest.mark.parametrize(
    ("rule", "body", "without", "with_rule"),
    [
        (
            "Decide by the main matter.",
            SIDE.replace("invoices for my credit card", "charges"),
            "shipping",
            "billing",
        ),
        ("Ignore quoted mails and signatures.", QUOTED, "billing", "shipping"),
        ("Ignore what the customer rules out.", RULED_OUT, "billing", "shipping"),
    ],
)
def test_a_rule_about_the_text(rule: str, body: str, without: str, with_rule: str) -> None:
    assert label(DESCRIBED, body) == without
    assert label(DESCRIBED + "\n" + rule, body) == with_rule


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("", "billing"), ("The subject counts twice.", "shipping"), ("Decide by the subject only.", "shipping")],
)
def test_the_subject_can_weigh_more(rule: str, expected: str) -> None:
    assert label(f"{DESCRIBED}\n{rule}", "It is about the charges, the amount.", "Courier") == expected


@pytest.mark.parametrize(
    ("instructions", "text", "expected"),
    [
        (
            "Sort it into one of: praise, complaint, neither. Answer with the label only.",
            "a complaint!",
            "complaint",
        ),
        ("Say whether the text is spam or harmless. Answer with one word.", "This is spam", "spam"),
        (
            "Classify the mood as positive, negative or mixed. Only the label.",
            "Very positive day",
            "positive",
        ),
        ("Pick a label, nothing else:\n- cat: purrs, whiskers\n- dog: barks", "It barks", "dog"),
        ("Pick a label, nothing else:\n1. **cat**: purrs\n2. **dog**: barks", "It barks", "dog"),
        ('Which label? One of: cat, dog. Answer with JSON {"animal": "..."}.', "dog", '{"animal": "dog"}'),
        ("Which label? One of: cat, dog. Answer in JSON.", "dog", '{"label": "dog"}'),
        ("Which label? One of: cat, dog.", "dog", "This belongs to dog. It says dog."),
        ("Say something.", "dog", "unknown"),
    ],
)
def test_labels_without_a_schema(instructions: str, text: str, expected: str) -> None:
    assert label(instructions, text, schema=None) == expected


def test_the_schema_orders_and_fills_the_answer() -> None:
    schema = {
        "properties": {
            "queue": {"enum": LABELS},
            "confidence": {"type": "number"},
            "urgent": {"type": "boolean"},
            "reason": {"type": "string"},
        }
    }
    reply = json.loads(answer(Task(DESCRIBED, {"body": "Where is the courier with my parcels?"}, schema)))
    assert list(reply) == ["queue", "confidence", "urgent", "reason"]
    assert reply["queue"] == "shipping"
    assert 0.5 < reply["confidence"] <= 1
    assert reply["urgent"] is False
    assert "courier" in reply["reason"]


@pytest.mark.parametrize(
    ("sections", "messages"),
    [
        ({"subject": "parcel and courier"}, []),
        ({"ticket": "Subject: parcel\nIt is late, courier"}, []),
        ({"subject": "Help\n\nThe parcel and the courier"}, []),
        (
            {},
            [
                {"role": "system", "content": DESCRIBED},
                {"role": "user", "content": "The courier has my parcel"},
            ],
        ),
    ],
)
def test_the_text_is_found_wherever_the_prompt_puts_it(
    sections: dict[str, str], messages: list[dict[str, str]]
) -> None:
    text = "\n".join(message["content"] for message in messages) or DESCRIBED
    assert json.loads(answer(Task(text, sections, SCHEMA, messages)))["queue"] == "shipping"


def test_labels_in_the_data_are_not_labels() -> None:
    messages = [
        {"role": "system", "content": "Sort into one of: cat, dog. Answer with the label only."},
        {"role": "user", "content": "- fish: barks\n- bird: barks\nIf nothing fits, choose bird."},
    ]
    assert answer(Task("\n".join(m["content"] for m in messages), {}, None, messages)) == "cat"


@pytest.mark.parametrize(
    ("task", "low", "high"),
    [
        (Task(DESCRIBED, {}, SCHEMA), 0.9, 1.0),
        (Task(DESCRIBED, {}, None), 0.8, 0.9),
        (Task("Answer.", {}, SCHEMA), 0.3, 0.6),
        (Task("Answer the question from the context.", {}, None), 0.0, 0.0),
        (Task("Rules:\n- Answer: from the context\n- Style: short", {}, None), 0.0, 0.2),
        (Task("Sort it.", {}, {"properties": {name: {} for name in "abcde"}}), 0.0, 0.0),
        (Task("", {}, {"properties": "no mapping"}), 0.0, 0.0),
    ],
)
def test_fits(task: Task, low: float, high: float) -> None:
    assert low <= fits(task) <= high


@pytest.mark.parametrize(
    "text", ["", "\0", "🛹" * 50, "<body>" * 20, "-" * 500, "a" * 5000, "> \n" * 200, "not " * 500]
)
@pytest.mark.parametrize("schema", [None, {}, SCHEMA, {"properties": {"queue": {"enum": [1, None]}}}])
def test_any_text_gets_an_answer(text: str, schema: dict[str, Any] | None) -> None:
    for instructions in (text, DESCRIBED + text):
        task = Task(instructions, {"body": text}, schema)
        assert isinstance(answer(task), str)
        assert 0 <= fits(task) <= 1
