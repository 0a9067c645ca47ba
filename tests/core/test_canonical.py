from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core.canonical import (
    alike,
    behaviour,
    calling,
    canonical,
    digest,
    digest_bytes,
    is_number,
    read_json,
)
from shared_vectors import vectors

# RFC 8785, appendix B: IEEE 754 bits and their ECMAScript text.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_are_written_as_the_rfc_says(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value) == text.encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(canonical(value)) == value


def test_keys_are_sorted_by_utf16_units() -> None:
    # RFC 8785, section 3.2.3
    data = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    values = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    assert list(json.loads(canonical(data)).values()) == values


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # The examples of the RFC's reference implementation.
        ('[56, {"d": true, "10": null, "1": []}]', '[56,{"1":[],"10":null,"d":true}]'),
        (
            '{"peach": "This", "p\u00e9ch\u00e9": "is", "p\u00eache": "but", "sin": "ignore locale"}',
            '{"peach":"This","péché":"is","pêche":"but","sin":"ignore locale"}',
        ),
        (
            '{"1": {"f": {"f": "hi", "F": 5},"\\n": 56.0}, "10": {}, "": "empty", "a": {}, "A": {}}',
            '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"A":{},"a":{}}',
        ),
        ('{"Unnormalized Unicode": "A\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'),
        (
            '{"\\ud83d\\ude02": 1, "\\ufb33": 2, "</script>": 3, "\\u0080": 4, "\\u00f6": 5, "\\n": 6}',
            '{"\\n":6,"</script>":3,"\u0080":4,"\u00f6":5,"\U0001f602":1,"\ufb33":2}',
        ),
    ],
)
def test_the_examples_of_the_reference_implementation(text: str, written: str) -> None:
    assert canonical(read_json(text)) == written.encode()


def test_the_example_of_the_rfc() -> None:
    data = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    text = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(data) == text.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ("", '""'),
        ((1, 2), "[1,2]"),
        (2**60, "1152921504606846976"),
        ("\x7f\u2028", '"\x7f\u2028"'),
        ({"b": 1, "a": {"d": [], "c": None}}, '{"a":{"c":null,"d":[]},"b":1}'),
    ],
)
def test_canonical_text(value: Any, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {None: 1},
        {1, 2},
        b"x",
        object(),
    ],
)
def test_what_has_no_canonical_text(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical([value])


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_canonical_text_reads_back_and_is_its_own_canonical_text(value: Any) -> None:
    text = canonical(value)
    assert canonical(read_json(text.decode())) == text


@given(st.dictionaries(st.text(), st.integers()), st.randoms())
def test_the_order_of_keys_does_not_count(data: dict[str, int], random: Any) -> None:
    items = list(data.items())
    random.shuffle(items)
    assert digest(dict(items)) == digest(data)


def test_digests_are_named_sha256() -> None:
    assert digest_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest({}) == digest_bytes(b"{}")


VERSION: dict[str, Any] = {
    "inputs": {"a": {"type": "string", "description": "what it is"}},
    "jsonSchema": None,
    "messages": None,
    "model": "offline/rules",
    "modelParameters": {},
    "responseFormat": "text",
    "template": "{{a}}",
    "templateFormat": "simple",
}


def test_behaviour_leaves_out_what_changes_no_answer() -> None:
    said = VERSION | {"message": "x", "author": "y", "digest": "z"}
    assert behaviour(said) == VERSION | {"inputs": {"a": {"type": "string"}}}


@pytest.mark.parametrize("key", sorted(VERSION))
def test_every_part_of_behaviour_is_needed(key: str) -> None:
    with pytest.raises(KeyError):
        behaviour({name: value for name, value in VERSION.items() if name != key})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, "a": 2}', "duplicate key 'a'"),
        ('[{"x": {"a": 1, "a": 1}}]', "duplicate key 'a'"),
        ("NaN", "NaN"),
        ("[-Infinity]", "-Infinity"),
        ("1e999", "too large"),
        ('"\\ud800"', "Unicode"),
        ('{"\\uDC00": 1}', "Unicode"),
        ("[" * 65 + "]" * 65, "nested more than 64 deep"),
        ('{"a":' * 900 + "1" + "}" * 900, "nested"),
        ("[" * 100_000, "nested too deep"),
        ("9" * 5000, "digits"),
        ("", "no value is here"),
        ("{'a': 1}", "a key in double quotes"),
        ("<html>", "no value is here"),
        ("\ufeff{}", "a byte order mark at line 1, column 1"),
        ("{} {}", "more than one value"),
    ],
)
def test_json_that_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_json(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ("[" * 64 + "]" * 64, None),
        ('["[[[[[", "{"]', ["[[[[[", "{"]),
        ("1.50", 1.5),
    ],
)
def test_json_that_is_read(text: str, value: Any) -> None:
    found = read_json(text)
    assert value is None or found == value


def test_a_text_that_is_refused_leaves_nothing_to_the_next() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="duplicate key"):
            read_json('{"a": {"b": 1, "b": 2}}')
        assert read_json('{"a": {"b": 1}}') == {"a": {"b": 1}}


def test_depth_can_be_widened() -> None:
    assert read_json("[" * 65 + "]" * 65, depth=65)


CHAT: dict[str, Any] = {
    "inputs": {"question": {"type": "string"}},
    "jsonSchema": None,
    "messages": [{"role": "user", "content": "{{question}}"}],
    "model": "offline/rules",
    "modelParameters": {"temperature": 0},
    "responseFormat": "text",
    "template": None,
    "templateFormat": "simple",
}
TOOL = {"name": "look", "parameters": {"type": "object", "properties": {"a": {}, "b": {}}}}


def of(**changes: Any) -> str:
    return digest(behaviour(CHAT | changes))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "46bf8b3de5becc0d"),
        ({"tools": None, "toolChoice": None, "parallelToolCalls": None}, "46bf8b3de5becc0d"),
        ({"modelParameters": {"temperature": 0.0}}, "46bf8b3de5becc0d"),
        ({"tools": [TOOL]}, "f2b682f4257994d0"),
        ({"tools": [dict(reversed(TOOL.items()))]}, "f2b682f4257994d0"),
        (
            {"tools": [TOOL | {"parameters": {"properties": {"b": {}, "a": {}}, "type": "object"}}]},
            "f2b682f4257994d0",
        ),
        ({"tools": [TOOL], "toolChoice": "auto"}, "869ef27e70cd818e"),
        ({"tools": [TOOL], "toolChoice": {"name": "look"}}, "7b1ea00b7f114388"),
        ({"tools": [TOOL], "parallelToolCalls": False}, "a4087d4869b0b04c"),
        ({"tools": [TOOL, TOOL | {"name": "go"}]}, "2c089d670feb2930"),
        ({"tools": [TOOL | {"name": "go"}, TOOL]}, "7f78eee9c63d9687"),
        ({"tools": [TOOL | {"description": "Look."}]}, "9cf6e9452c16c68c"),
        ({"messages": [{"placeholder": "question"}]}, "ae0d825161e7ce2b"),
    ],
)
def test_the_digest_of_a_version_with_tools(changes: dict[str, Any], found: str) -> None:
    assert of(**changes).startswith(f"sha256:{found}")


def test_what_is_not_set_is_no_part_of_a_version() -> None:
    assert calling(CHAT | {"tools": None, "parallelToolCalls": False}) == {"parallelToolCalls": False}
    assert set(behaviour(CHAT)) == set(CHAT)


@pytest.mark.parametrize(("value", "number"), [(1, True), (0.5, True), (True, False), ("1", False)])
def test_true_is_no_number(value: object, *, number: bool) -> None:
    assert is_number(value) is number


def test_digests_are_those_of_another_implementation() -> None:
    for vector in vectors("digests", "agents_vectors.json"):
        assert digest(behaviour(vector["behaviour"])) == vector["digest"], vector["name"]


def test_canonical_texts_are_those_of_another_implementation() -> None:
    for vector in vectors("canonical", "agents_vectors.json"):
        assert canonical(json.loads(vector["json"])).decode() == vector["canonical"], vector["json"]


def test_values_are_alike_that_are_the_same_json_written_the_same_way() -> None:
    assert alike({"a": [1, (2.5, "x")], "b": None}, {"b": None, "a": (1, [2.5, "x"])})
    for left, right in [(1, True), (0, False), (3, 3.0), (0.0, -0.0), (10**20, 1e20), ({"a": 1}, {"a": 2})]:
        assert alike([{"n": left}], [{"n": left}])
        assert not alike([{"n": left}], [{"n": right}])
