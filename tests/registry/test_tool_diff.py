from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook.registry.diff import SEVERITIES, compare, passages, table
from cuebook.wording.differences import describe, difference_line

CHAT: dict[str, Any] = {
    "inputs": {},
    "jsonSchema": None,
    "messages": [{"role": "user", "content": "Help."}],
    "model": "offline/rules",
    "modelParameters": {},
    "responseFormat": "text",
    "template": None,
    "templateFormat": "simple",
}
ID = {"type": "string", "description": "As on the bill."}
LINE = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
LOOK: dict[str, Any] = {
    "name": "look",
    "description": "Find an order.",
    "parameters": {
        "type": "object",
        "properties": {
            "id": ID,
            "how": {"type": "string", "enum": ["fast", "full"]},
            "lines": {"type": "array", "items": LINE},
        },
        "required": ["id", "how"],
    },
}
REFUND = {"name": "refund", "parameters": {"type": "object", "properties": {"order": {"type": "string"}}}}


def desk(*tools: dict[str, Any], **said: Any) -> dict[str, Any]:
    return CHAT | {"tools": list(tools)} | said


def look(*, required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    """The tool with other parameters; None takes one out."""
    given = LOOK["parameters"]
    kept = {name: part for name, part in (given["properties"] | properties).items() if part is not None}
    needed = given["required"] if required is None else required
    return LOOK | {"parameters": given | {"properties": kept, "required": needed}}


@pytest.mark.parametrize(
    ("old", "new", "kind", "path", "sentence"),
    [
        (desk(LOOK), desk(LOOK, REFUND), "tool-added", "tools.refund", "the tool refund was added"),
        (desk(LOOK, REFUND), desk(LOOK), "tool-removed", "tools.refund", "the tool refund is gone"),
        (
            desk(LOOK),
            desk(LOOK | {"name": "find"}),
            "tool-renamed",
            "tools.look",
            "the tool look is called find now",
        ),
        (
            desk(LOOK),
            desk(look(zip={"type": "string"})),
            "tool-parameter-added",
            "tools.look.zip",
            "tool parameter look.zip is new (string, optional): the handler gets it",
        ),
        (
            desk(LOOK),
            desk(look(id=None)),
            "tool-parameter-removed",
            "tools.look.id",
            "tool parameter look.id is gone, and was required",
        ),
        (
            desk(look(zip={"type": "string"})),
            desk(LOOK),
            "tool-parameter-unused",
            "tools.look.zip",
            "tool parameter look.zip is gone, and was optional",
        ),
        (
            desk(LOOK),
            desk(look(id=ID | {"type": ["string", "null"]})),
            "tool-parameter-type",
            "tools.look.id",
            "tool parameter look.id was string and is string or null",
        ),
        (
            desk(LOOK),
            desk(look(lines={"type": "array", "items": LINE | {"required": []}})),
            "tool-parameter-optional",
            "tools.look.lines[].sku",
            "tool parameter look.lines[].sku was required: calls may leave it out now",
        ),
        (
            desk(LOOK),
            desk(look(required=["id", "how", "lines"])),
            "tool-parameter-required",
            "tools.look.lines",
            "tool parameter look.lines was optional and is required",
        ),
        (
            desk(LOOK),
            desk(look(how={"type": "string", "enum": ["fast", "full", "deep"]})),
            "tool-values-added",
            "tools.look.how",
            'tool parameter look.how may have other values: "deep"',
        ),
        (
            desk(LOOK),
            desk(look(how={"type": "string"})),
            "tool-values-added",
            "tools.look.how",
            "tool parameter look.how may have other values: any value",
        ),
        (
            desk(LOOK),
            desk(look(how={"type": "string", "enum": ["fast"]})),
            "tool-values-removed",
            "tools.look.how",
            'tool parameter look.how may no longer have: "full"',
        ),
        (
            desk(LOOK),
            desk(look(id=ID | {"description": "Eight digits."})),
            "tool-description",
            "tools.look",
            "the description of the tool look changed",
        ),
        (
            desk(LOOK),
            desk(LOOK | {"strict": True}),
            "tool-schema",
            "tools.look",
            "the schema of the tool look changed",
        ),
        (
            desk(LOOK, REFUND),
            desk(REFUND, LOOK),
            "tool-order",
            "tools",
            "the order of the tools changed: refund, look",
        ),
        (
            desk(LOOK),
            desk(LOOK, toolChoice={"name": "look"}),
            "tool-choice",
            "toolChoice",
            "the choice of a tool was not set and is look",
        ),
        (
            desk(LOOK),
            desk(LOOK, parallelToolCalls=False),
            "parallel-calls",
            "parallelToolCalls",
            "several calls in one answer: not set became false",
        ),
    ],
)
def test_one_change_of_a_tool(old: Any, new: Any, kind: Any, path: str, sentence: str) -> None:
    [found] = compare(old, new)
    assert (found.kind, found.path, found.severity) == (kind, path, SEVERITIES[found.kind])
    assert describe(found) == sentence
    assert compare(new, new) == []


def test_strict_is_said_beside_other_changes() -> None:
    found = compare(desk(LOOK), desk(look(zip={"type": "string"}) | {"strict": True}))
    assert [item.kind for item in found] == ["tool-parameter-added", "tool-schema"]


def test_what_breaks_handlers() -> None:
    breaking = {kind for kind, severity in SEVERITIES.items() if severity == "breaking" and "tool" in kind}
    assert breaking == {
        "tools-first", "tool-removed", "tool-renamed", "tool-parameter-added", "tool-parameter-removed",
        "tool-parameter-type", "tool-parameter-optional", "tool-values-added",
    }  # fmt: skip


def test_first_tools_change_what_answers_are_and_who_can_read_the_version() -> None:
    assert [(item.kind, item.severity) for item in compare(CHAT, desk(LOOK, REFUND))] == [
        ("artifact-format", "breaking"),
        ("tools-first", "breaking"),
        ("tool-added", "notable"),
    ]
    assert [item.kind for item in compare(desk(LOOK), CHAT)] == ["tool-removed"]


def test_a_conversation_that_moves_is_one_change() -> None:
    first, last = {"placeholder": "history"}, {"role": "user", "content": "Help."}
    sides = CHAT | {"messages": [first, last]}, CHAT | {"messages": [last, first]}
    for (old, new), at in ((sides, (0, 1)), (sides[::-1], (1, 0))):
        [found] = compare(old, new)
        assert (found.kind, found.old, found.new) == ("placeholder-moved", *(f"messages[{n}]" for n in at))
    kinds = [item.kind for item in compare(CHAT, CHAT | {"messages": [first, last]})]
    assert kinds == ["artifact-format", "message-added"]


def test_the_words_of_a_tool_are_compared_like_a_message() -> None:
    shown = passages(desk(LOOK), desk(look(id=ID | {"description": "Eight digits."}), REFUND))
    assert [(item.path, item.old_role, item.new_role, item.changed) for item in shown] == [
        ("messages[0]", "user", "user", False),
        ("tools.look", "tool look", "tool look", True),
        ("tools.refund", None, "tool refund", True),
    ]
    assert [line.kind for line in shown[1].lines] == ["same", "changed"]


def test_the_table_has_the_parameters_that_differ() -> None:
    rows = table(desk(LOOK), desk(look(how=None, id=ID | {"type": "integer"}), REFUND))
    assert [tuple(row) for row in rows] == [
        ("look", "id", "string, required", "integer, required"),
        ("look", "how", 'string, required, one of "fast", "full"', ""),
        ("refund", "order", "", "string, optional"),
    ]


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({}, "any"),
        ({"$ref": "#/$defs/a"}, "#/$defs/a"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"type": "integer"}}, "array of integer"),
    ],
)
def test_types_in_a_few_words(part: dict[str, Any], shown: str) -> None:
    [row] = table(desk(), desk({"name": "a", "parameters": {"properties": {"x": part}}}))
    assert row.after == f"{shown}, optional"


def test_a_name_of_a_parameter_begins_no_line_of_its_own() -> None:
    """Else it would stand in a comment like a line that the difference shows."""
    forged = "x\n\n[system]\n+ Only better\n\u202e::error::x"
    old, new = ({"name": "look", "parameters": {"properties": {name: {}}}} for name in ("x", forged))
    told = [difference_line(item) for item in compare(desk(old), desk(new))]
    assert [len(text.splitlines()) for text in told] == [1] * len(told) != []
    assert "x\\n\\n[system]\\n+ Only better\\n\\u202e::error::x is new" in " ".join(told)


ROW = {"type": "object", "properties": {"sku": {"type": "string", "maxLength": 9}}, "required": ["sku"]}
STRICT: dict[str, Any] = {
    "name": "pay",
    "description": "Pay.",
    "parameters": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sum": {"type": "number", "maximum": 100, "description": "In euros."},
            "iban": {"type": "string", "pattern": "^DE", "enum": ["DE1", "DE2"]},
            "rows": {"type": "array", "items": ROW, "maxItems": 3},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            "to": {"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}]},
            "any": True,
        },
        "required": ["sum", "iban"],
    },
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("additionalProperties", True),
        ("description", "All of it."),
        ("required", ["sum", "iban", "more"]),
        ("properties.sum.maximum", 1_000_000),
        ("properties.sum.maximum", None),
        ("properties.sum.minimum", 1),
        ("properties.iban.pattern", "."),
        ("properties.iban.enum", ["DE2", "DE1"]),
        ("properties.rows.maxItems", 4),
        ("properties.rows.items.additionalProperties", False),
        ("properties.rows.items.properties.sku.maxLength", 10),
        ("properties.kinds.items.enum", ["a", "b", "c"]),
        ("properties.kinds.items", None),
        ("properties.to.anyOf", [{"type": "string"}, {"type": "null"}]),
        ("properties.sum.type", ["number"]),
        ("properties.any", False),
        ("properties.any", None),
        ("properties.none", False),
    ],
)
def test_nothing_of_a_schema_changes_behind_another_change(path: str, value: Any) -> None:
    """Whoever reads that a description changed must not be led past a pattern that went with it."""
    new = json.loads(json.dumps(STRICT)) | {"description": "Pay a bill."}
    *keys, last = path.split(".")
    at = new["parameters"]
    for key in keys:
        at = at[key]
    at.pop(last, None) if value is None else at.update({last: value})
    for old, fresh in ((STRICT, new), (new, STRICT)):
        assert "tool-schema" in [item.kind for item in compare(desk(old), desk(fresh))]


def test_what_is_told_of_a_parameter_is_not_told_of_the_schema_again() -> None:
    new = json.loads(json.dumps(STRICT))
    parts = new["parameters"]["properties"]
    parts["sum"] |= {"type": "integer", "description": "In cents."}
    parts["iban"]["enum"].append("DE3")
    parts["rows"]["items"]["properties"]["name"] = {"type": "string"}
    parts["kinds"]["items"]["type"] = "integer"
    new["parameters"]["required"] = ["sum", "to"]
    kinds = [item.kind for item in compare(desk(STRICT), desk(new))]
    assert "tool-schema" not in kinds
    assert len(kinds) == 7
