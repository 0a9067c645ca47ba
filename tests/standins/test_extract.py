from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook_standins._task import Task
from cuebook_standins.extract import answer, fits

KINDS = {
    "order_id": "string",
    "customer_name": "string",
    "email": "string",
    "total_amount": "number",
    "currency": "string",
    "delivery_date": "string",
    "ship_to_country": "string",
}
ITEM = {"type": "object", "properties": {"product": {"type": "string"}, "quantity": {"type": "integer"}}}
ASK = "Extract the order from the message and answer with JSON."
NULL = " Use null for what isn't stated."


def schema(kinds: dict[str, str] | None = None) -> dict[str, Any]:
    given = {name: {"type": [kind, "null"]} for name, kind in (kinds or KINDS).items()}
    return {"type": "object", "properties": {**given, "items": {"type": "array", "items": ITEM}}}


def read(message: str, rule: str = "", received: str | None = None) -> dict[str, Any]:
    sections = {"message": message} | ({"received": received} if received else {})
    value = json.loads(answer(Task(ASK + NULL + rule, sections, schema())))
    assert isinstance(value, dict)
    return value


def test_a_whole_order() -> None:
    message = (
        "Please send 2 x LMP-114 and 1 x KXT-20, order number PO-48213.\n"
        "The total is 129.50 EUR. Delivery on 14 March 2025, ship to Sweden.\n\n"
        "Kind regards\nMarta Lindholm\nmarta@fjordtek.example"
    )
    rules = (
        " Order numbers look like PO-12345, product codes look like ABC-123 or ABC-12. Dates as YYYY-MM-DD."
        " ISO currency code, two-letter country code."
    )
    assert read(message, rules) == {
        "order_id": "PO-48213",
        "customer_name": "Marta Lindholm",
        "email": "marta@fjordtek.example",
        "total_amount": 129.5,
        "currency": "EUR",
        "delivery_date": "2025-03-14",
        "ship_to_country": "SE",
        "items": [{"product": "LMP-114", "quantity": 2}, {"product": "KXT-20", "quantity": 1}],
    }


@pytest.mark.parametrize(
    ("key", "rule", "message", "without", "with_rule"),
    [
        ("delivery_date", "Dates as YYYY-MM-DD.", "on 14 March 2025", "14 March 2025", "2025-03-14"),
        ("currency", "ISO currency code.", "total €12.00", "€", "EUR"),
        ("ship_to_country", "Two-letter country code.", "to Spain", "Spain", "ES"),
        ("total_amount", "A decimal comma is usual.", "total 1.249,90 EUR", 1.2499, 1249.9),
        ("total_amount", "Not a unit price.", "1.30 EUR each", 1.3, None),
        ("order_id", "Order numbers look like PO-12345.", "LMP-114 for PO-48213", "LMP-114", "PO-48213"),
        (
            "order_id",
            "The latest correction wins.",
            "order PO-1111, sorry, I meant order PO-2222",
            "PO-1111",
            "PO-2222",
        ),
        ("email", "Ignore quoted mails.", "> a@x.example\nb@x.example", "a@x.example", "b@x.example"),
        ("customer_name", "Chat turns begin with the speaker's name.", "Mia: two\nAgent: ok", None, "Mia"),
        ("items", "Words such as two count.", "two LMP-114", 1, 2),
        ("items", "The latest correction wins.", "2 x LMP-114. Make that 3", 2, 3),
        ("items", "Only what is ordered.", "Is the ABC-12 good? I take 4 x LMP-114", 1, 4),
    ],
)
def test_an_instruction_changes_the_answer(
    key: str, rule: str, message: str, without: object, with_rule: object
) -> None:
    def value(rules: str) -> object:
        found = read(message, rules)[key]
        return found[0]["quantity"] if key == "items" else found

    assert value("") == without
    assert value(" " + rule) == with_rule


@pytest.mark.parametrize(
    ("rule", "received", "message", "expected"),
    [
        ("", "2025-06-02", "by Friday", "Friday"),
        (" Relative dates count from the day of receipt.", "2025-06-02", "by Friday", "2025-06-06"),
        (" Relative dates count from the day of receipt.", None, "by Friday", "Friday"),
        (" In 03/04/2025 the day comes first.", None, "delivery 06/05/2025", "2025-05-06"),
        ("", None, "delivery 06/05/2025", "2025-06-05"),
        ("", "2025-06-02", "sample of 1 May 2025, then 1 July 2025", "2025-05-01"),
        (" Never before that day.", "2025-06-02", "sample of 1 May 2025, then 1 July 2025", "2025-07-01"),
    ],
)
def test_dates(rule: str, received: str | None, message: str, expected: str) -> None:
    assert read(message, " Dates as YYYY-MM-DD." + rule, received)["delivery_date"] == expected


@pytest.mark.parametrize(
    ("rule", "name", "total", "currency"),
    [
        ("", "", 0, ""),
        (NULL, None, None, None),
        (" Never leave a field empty: give your best guess.", "Mia Holm", 0, "USD"),
        (" Never invent a value; use null.", None, None, None),
    ],
)
def test_what_is_not_stated(rule: str, name: object, total: object, currency: object) -> None:
    task = Task(ASK + rule, {"message": "2 x LMP-114, mia.holm@x.example"}, schema())
    value = json.loads(answer(task))
    assert (value["customer_name"], value["total_amount"], value["currency"]) == (name, total, currency)


def test_the_words_around_a_value_decide_which_one_is_meant() -> None:
    message = "A shelf costs 80.00 EUR, the bracket 7.60 EUR, and the total is 2380.00 EUR."
    assert read(message)["total_amount"] == 2380
    message = "From your shop in Norway, ship to Greece"
    assert read(message, " Two-letter country code.")["ship_to_country"] == "GR"


def test_a_description_in_the_schema_helps_and_gives_rules() -> None:
    message = "Samples came on 3 March 2025 and the hall must be cleared on 5 May 2025"
    plain = {"properties": {"a_date": {"type": "string"}, "email": {"type": "string"}}}
    told = json.loads(json.dumps(plain))
    told["properties"]["a_date"]["description"] = "When the hall must be cleared, as YYYY-MM-DD"
    sections = {"message": message}
    assert json.loads(answer(Task(ASK, sections, plain)))["a_date"] == "3 March 2025"
    assert json.loads(answer(Task(ASK, sections, told)))["a_date"] == "2025-05-05"


@pytest.mark.parametrize(
    "instructions",
    [
        "Extract these fields as JSON. Keys: room, guests (a number), email.",
        'Extract the booking as JSON like {"room": "...", "guests": 0, "email": "..."}.',
        "Extract the booking as JSON with:\n- room: number of the room\n- guests\n- email",
    ],
)
def test_keys_from_the_instructions(instructions: str) -> None:
    value = json.loads(answer(Task(instructions, {"note": "Room: 12\nGuests: Ada and Bo\nada@x.example"})))
    assert value == {"room": "12", "guests": "Ada and Bo", "email": "ada@x.example"}


def test_flags_choices_and_flat_products() -> None:
    properties = {
        "product": {"type": "string"},
        "quantity": {"type": "integer"},
        "express": {"type": "boolean"},
        "gift_wrap": {"type": "boolean"},
        "size": {"enum": ["small", "large"]},
        "phone": {"type": "string"},
    }
    message = "3 x LMP-114, large\nexpress, but no gift paper\nphone +41 44 555 01 22"
    assert json.loads(answer(Task(ASK, {"message": message}, {"properties": properties}))) == {
        "product": "LMP-114",
        "quantity": 3,
        "express": True,
        "gift_wrap": False,
        "size": "large",
        "phone": "+41 44 555 01 22",
    }


def test_a_pattern_in_the_prompt_is_never_run() -> None:
    rule = " Order numbers look like (a+)+$ or ABC-(x+)+1."
    assert read("a" * 5_000 + "!", rule)["order_id"] is None


@pytest.mark.parametrize(
    ("task", "low", "high"),
    [
        (Task(ASK, {}, schema()), 0.9, 1.0),
        (Task("Answer.", {}, schema()), 0.3, 0.6),
        (Task("Extract with the keys: a, b. Answer in JSON.", {}), 0.8, 0.9),
        (Task("Answer the question.", {}), 0.0, 0.0),
        (Task("Judge it.", {}, {"properties": {"reason": {}, "score": {}}}), 0.0, 0.2),
        (Task(ASK, {}, {"properties": "no mapping"}), 0.0, 0.2),
    ],
)
def test_fits(task: Task, low: float, high: float) -> None:
    assert low <= fits(task) <= high


SCHEMAS: list[dict[str, Any] | None] = [
    None,
    {},
    schema(),
    {"properties": {"items": {"type": "array"}, "x": 3, "": {}, "enumerated": {"enum": [None, 1]}}},
]


@pytest.mark.parametrize(
    "text", ["", "\0", "🛹" * 50, "<x>" * 20, "9" * 5_000, '"a": ' * 500, ": \n" * 500, "Name: 9/9/9"]
)
@pytest.mark.parametrize("given", SCHEMAS)
def test_any_text_gets_an_answer(text: str, given: dict[str, Any] | None) -> None:
    for instructions in (text, f"{ASK} Guess. Relative dates. {text}"):
        task = Task(instructions, {"message": text, "received": text}, given)
        assert isinstance(json.loads(answer(task)), dict)
        assert 0 <= fits(task) <= 1
