from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.core import yaml_files
from cuebook.core.files import Broken
from cuebook.core.yaml_files import dump_yaml, read_foreign_yaml, read_yaml

NASTY = [
    "1e3", "089", "-.5", "+.5", "0x1f", "0o17", "1_000", "12:30:45", "2026-01-01", "no", "Off", "~",
    "null", "", " ", "=", "<<", "*a", "&a", "!a", "%a", "@a", "`a`", "? a", "- a", "a: b", "a #b", "#a",
    "[a", "{a", "> a", "| a", "'", '"', "\\", "\t", "a\tb", "a\r\nb", "\r", "\x85", "a\u2028b", "\u2029",
    "\ufeff", "\x07\x1b\x7f", "trailing \nspaces  \n", "\n", "\n\n", "a\n\n", "\na", "  indented\nfirst",
    "\n  a", "a\n ", "\xa0\n", "é😀\n", "---", "...", "--- a\n...\nb", "{{x}}", "{% raw %}", "a" * 300,
    "word " * 60, "a  b " * 60, "\U0010ffff",
]  # fmt: skip


YAML_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def reread(data: Any) -> Any:
    return read_yaml(dump_yaml(data, "prompt-version"), "x.yml").data


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_survive_writing_and_reading(text: str) -> None:
    assert reread({"a": text, "b": [text, {"c": text}]}) == {"a": text, "b": [text, {"c": text}]}
    assert reread({text if text != "<<" else "x": 1}) == {text if text != "<<" else "x": 1}


@given(YAML_TEXT)
def test_any_text_survives_writing_and_reading(text: str) -> None:
    assert reread({"a": text}) == {"a": text}


@given(
    st.dictionaries(
        YAML_TEXT.filter(lambda text: text != "<<"),
        st.recursive(
            YAML_TEXT
            | st.integers()
            | st.booleans()
            | st.none()
            | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
            ),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_any_data_survives_writing_and_reading(data: dict[str, Any]) -> None:
    assert reread(data) == data


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(YAML_TEXT, st.text("ab c:#-'\n") | YAML_TEXT, max_size=3))
def test_libyaml_writes_what_the_slow_emitter_writes(data: dict[str, Any]) -> None:
    for case in (data, {"a": [data, {"k" * 127: "\n", "b c" * 42: 1, "": NASTY}]}):
        with pytest.MonkeyPatch.context() as patched:
            fast = dump_yaml(case, "meta")
            patched.setattr(yaml_files, "_FastDumper", yaml_files._Dumper)
            assert dump_yaml(case, "meta") == fast


def test_what_stands_in_two_places_is_written_twice() -> None:
    shared = {"type": "string"}
    made = dump_yaml({"a": shared, "b": shared}, "meta")
    assert b"&" not in made
    assert read_yaml(made, "x").data == {"a": shared, "b": shared}


def test_a_written_file_names_its_schema_and_keeps_the_order() -> None:
    text = dump_yaml({"b": 1, "a": "x\ny\n"}, "prompt-version").decode()
    assert text == (
        "# yaml-language-server: $schema=../../schemas/prompt-version.json\nb: 1\na: |\n  x\n  y\n"
    )


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: no", {"a": "no"}),
        ("a: 2026-11-22", {"a": "2026-11-22"}),
        ("a: 0o17", {"a": "0o17"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: .nan", {"a": ".nan"}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 012", {"a": 12}),
        ("a: true\nb: False\nc: ~\nd:", {"a": True, "b": False, "c": None, "d": None}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 'it''s'", {"a": "it's"}),
        ('a: "\\u00e9\\n"', {"a": "é\n"}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ],
)
def test_yaml_is_read_by_the_rules_of_1_2(text: str, data: Any) -> None:
    assert read_yaml(text.encode(), "x.yml").data == data


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"a: 1\na: 2", 2, "duplicate key 'a'"),
        (b"a:\n  b: 1\n  b: 1", 3, "duplicate key 'b'"),
        (b"a: &x 1\nb: *x", 1, "anchors and aliases"),
        (b"a: &x [1]\nb: *x", 1, "anchors and aliases"),
        (b"a: &x [*x]", 1, "anchors and aliases"),
        (b"<<: {a: 1}", 1, "merge keys"),
        (b"a: !!python/object/apply:os.system [id]", 1, "YAML tags"),
        (b"a: !thing 1", 1, "YAML tags"),
        (b"a: !!binary aGk=", 1, "YAML tags"),
        (b"1: a", 1, "not text"),
        (b"? [a]\n: b", 1, "not text"),
        (b"a: 1\n---\nb: 2", 2, "a second document"),
        (b"a: [1", 1, "not YAML"),
        (b"a: b: c", 1, "second colon"),
        (b"a:\n\tb: 1", 2, "not YAML"),
        (b"a: \xff", 1, "not UTF-8"),
        (b"x\ny\n\xc3(", 3, "not UTF-8"),
        (b"a: 1\nb: \0", 2, "NUL"),
        (b'a: "\\0"', 1, "NUL"),
        (b'"a\\0": 1', 1, "NUL"),
        (b'a: "\\ud800"', 1, "not YAML"),
        (b"a: 1e999", 1, "too large"),
        (b"a: " + b"9" * 5000, 1, "too long for a number"),
        (b"a: !!int x", 1, "not a number"),
        (b"a: " + b"[" * 65 + b"]" * 65, 1, "nested"),
        (b"a: " + b"[" * 400_000, 1, "nested"),
        (b"- " * 400_000, 1, "nested"),
        (b"? " * 400_000, 1, "nested"),
        (b"".join(b" " * depth + b"a:\n" for depth in range(1000)), 65, "nested"),
        (b"{a: " * 300 + b"1" + b"}" * 300, 1, "nested"),
        (b"a: " + b"x" * (1 << 20), 0, "the limit is"),
    ],
)
def test_yaml_that_is_refused(text: bytes, line: int, says: str) -> None:
    with pytest.raises(Broken) as caught:
        read_yaml(text, "x.yml")
    problem = caught.value.problem
    assert (problem.file, problem.severity) == ("x.yml", "error")
    assert says in problem.message
    assert abs(problem.line - line) <= 1
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    "text",
    [
        b"a: '" + b"[" * 2000 + b"'",
        b"a: |\n" + b" " * 600 + b"x",
        b"a: " + b"[" * 30 + b"]" * 30,
        b"[]" * 0 + b"a: x",
    ],
)
def test_text_that_looks_deep_is_read(text: bytes) -> None:
    assert "a" in read_yaml(text, "x.yml").data


def test_a_document_knows_the_lines_of_its_parts() -> None:
    text = "# first\nmessage: x\nmessages:\n  - role: user\n    content: |\n      one\n      two\n"
    document = read_yaml(text.encode(), "x.yml")
    assert document.line() == 2
    assert document.line(["messages"]) == 3
    assert document.line(["messages", 0]) == 4
    assert document.line(["messages", 0, "content"]) == 5
    assert document.line(["messages", 7]) == 3
    assert document.line(["nothing", "here"]) == 2
    assert document.text_line(["messages", 0, "content"]) == 6
    assert document.text_line(["message"]) == 2


def test_another_tools_file_may_have_anchors_and_merge_keys() -> None:
    text = b"base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\nlist: [*b, *b]\n1: number\ntrue: yes\n"
    found = read_foreign_yaml(text, "a.yml").data
    assert found["one"] == {"x": 1, "y": 3}
    assert found["list"] == [{"x": 1, "y": 2}] * 2
    assert (found["1"], found["true"]) == ("number", "yes")
    with pytest.raises(Broken, match="merge keys"):
        read_yaml(text, "a.yml")


def test_anchors_that_make_a_heap_of_a_file_are_refused() -> None:
    rows = "".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(Broken, match="values, or anchors that make as many"):
        read_foreign_yaml(f"k0: &a0 x\n{rows}".encode(), "a.yml")


def test_an_alias_of_what_it_is_part_of_ends() -> None:
    with pytest.raises(Broken, match="nested more than"):
        read_foreign_yaml(b"a: &a [*a]\n", "a.yml")


@pytest.mark.parametrize(
    ("spelt", "told"),
    [
        ("a:  qa # why", "a:  ask # why"),
        ("a: 'qa'", "a: 'ask'"),
        ('a: "q\\x61"', 'a: "ask"'),
        ("a: >-\n  qa", "a: >-\n  ask"),
        ("{\N{PILE OF POO}: 1, a: qa}", "{\N{PILE OF POO}: 1, a: ask}"),
        ("b: qa", "b: qa"),
    ],
)
def test_a_text_is_replaced_where_it_stands_however_it_is_written(spelt: str, told: str) -> None:
    document = read_yaml(f"{spelt}\nlast: qa\n".encode() if spelt[0] != "{" else spelt.encode(), "x.yml")
    end = "" if spelt[0] == "{" else "\nlast: qa\n"
    assert document.with_texts([(("a",), False, "ask")]) == told + end


def test_a_key_is_replaced_and_its_value_stays() -> None:
    document = read_yaml(b"a: {qa: {qa: 1}}\nb: [qa]\n", "x.yml")
    changed = document.with_texts(
        [(("a", "qa"), True, "ask"), (("b", 0), False, "ask"), (("b", 1), False, "x")]
    )
    assert changed == "a: {ask: {qa: 1}}\nb: [ask]\n"


def test_each_file_of_a_large_registry_is_parsed_once_however_many_rules_look_at_it() -> None:
    files = {f"prompts/qa-{number}/v1.prompt.yml": b"a: 1\n" for number in range(3_000)}
    first = {path: read_yaml(data, path) for path, data in files.items()}
    assert all(read_yaml(data, path) is first[path] for path, data in files.items())
