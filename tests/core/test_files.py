from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from build import write
from cuebook.core import files
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken, Folder, dump_json, dump_yaml, read_jsonl, read_yaml, write_inside

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
        (b"a: " + b"9" * 5000, 1, "not a number"),
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


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"\n \n", []),
        (b'{"a": 1}\n\n[2]\n', [(1, {"a": 1}), (3, [2])]),
        (b'{"a": 1}\r\n{"b": 2}', [(1, {"a": 1}), (2, {"b": 2})]),
        ('{"a": "\u2028"}'.encode(), [(1, {"a": "\u2028"})]),
    ],
)
def test_json_lines(data: bytes, found: list[Any]) -> None:
    assert list(read_jsonl(data, "d.jsonl")) == found


def test_a_bad_line_does_not_hide_the_others() -> None:
    data = b'{"a": 1}\n{a: 2}\n{"a": NaN}\n{"a": 1, "a": 2}\n{"a": 4}'
    found = list(read_jsonl(data, "d.jsonl"))
    assert [item.line for item in found if isinstance(item, Problem)] == [2, 3, 4]
    assert [item for item in found if not isinstance(item, Problem)] == [(1, {"a": 1}), (5, {"a": 4})]


@pytest.mark.parametrize(("data", "line"), [(b'{"a": 1}\n\xff', 2), (b"\0", 1)])
def test_a_dataset_that_is_no_text_is_one_problem(data: bytes, line: int) -> None:
    (problem,) = read_jsonl(data, "d.jsonl")
    assert isinstance(problem, Problem)
    assert problem.line == line


def test_json_is_written_in_the_order_given() -> None:
    assert dump_json({"b": "é", "a": [1]}) == '{\n  "b": "é",\n  "a": [\n    1\n  ]\n}\n'.encode()
    with pytest.raises(ValueError):
        dump_json(float("nan"))


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    stop: str | list[str] = ""
    count: int = 0


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inner: Inner
    table: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("text", "lines", "says"),
    [
        ("inner: {count: x}", [1], ["inner.count: "]),
        ("inner:\n  cuont: 1", [2], ["unknown key 'inner.cuont'"]),
        ("table: {}", [1], ["'inner' is missing"]),
        ("inner:\n  stop: 3", [2, 2], ["inner.stop: ", "inner.stop: "]),
        ("inner:\n  stop:\n    - a\n    - 3", [2, 4], ["inner.stop: ", "inner.stop.1: "]),
        ("inner: {}\ntable:\n  str:\n    count: x", [4], ["table.str.count: "]),
    ],
)
def test_complaints_about_a_shape_have_line_and_name(text: str, lines: list[int], says: list[str]) -> None:
    document = read_yaml(text.encode(), "x.yml")
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(document.data)
    problems = files.shape_problems(caught.value, "x.yml", document.line, lambda _: ["count", "stop"])
    assert [problem.line for problem in problems] == lines
    assert [problem.message[: len(said)] for problem, said in zip(problems, says, strict=True)] == says


class Refusing(BaseModel):
    word: Annotated[str, Field(min_length=1, pattern="^[a-z]*$")] = "a"
    kind: Literal["text", "json_schema"] = "text"
    count: Annotated[int, Field(le=2)] = 1


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('word: ""', "word: it is empty", "write at least one character"),
        ("kind: jason_schema", "kind: 'jason_schema' is not known here", "did you mean 'json_schema'?"),
        ("kind: zzz", "kind: 'zzz' is not known here", "known: json_schema, text"),
        ("count: 3", "count: it should be less than or equal to 2", "got 3"),
        ("count: lots", "count: it should be a valid integer", "got 'lots'"),
        ("count: [1]", "count: it should be a valid integer", ""),
        ("word: sk-123", "word: it should match pattern '^[a-z]*$'", ""),
    ],
)
def test_a_value_that_is_refused_comes_with_what_to_do(text: str, message: str, hint: str) -> None:
    document = read_yaml(text.encode(), "x.yml")
    with pytest.raises(ValidationError) as caught:
        Refusing.model_validate(document.data)
    (problem,) = files.shape_problems(caught.value, "x.yml", document.line, lambda _: [])
    assert (problem.message.partition(", unable")[0], problem.hint) == (message, hint)


def test_an_unknown_key_comes_with_the_nearest_known_one() -> None:
    document = read_yaml(b"inner:\n  cuont: 1", "x.yml")
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(document.data)
    (problem,) = files.shape_problems(caught.value, "x.yml", document.line, lambda _: ["count", "stop"])
    assert problem.hint == "did you mean 'count'?"


def test_a_folder_lists_and_reads_its_files(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.txt": "b", "a/c/d.txt": "d", "e.txt": "e", ".git/config": "x"})
    folder = Folder(tmp_path)
    assert folder.paths() == ["a/b.txt", "a/c/d.txt", "e.txt"]
    assert folder.paths("a") == ["a/b.txt", "a/c/d.txt"]
    assert folder.paths("nothing") == []
    assert folder.read("a/b.txt") == b"b"
    assert folder.read("a") is None
    assert folder.read("nothing") is None


def test_a_folder_never_follows_links_or_climbs(tmp_path: Path) -> None:
    write(tmp_path, {"secret": "s", "root/a": "a"})
    (tmp_path / "root/link").symlink_to(tmp_path / "secret")
    (tmp_path / "root/up").symlink_to(tmp_path)
    folder = Folder(tmp_path / "root")
    assert folder.paths() == ["a", "link", "up"]
    for path in ("link", "up/secret", "../secret", str(tmp_path / "secret"), "a/../../secret"):
        assert folder.read(path) is None
        assert folder.is_link(path)
    assert not folder.is_link("a")


def test_writing_is_atomic_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    files.write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    blocked = tmp_path / "folder"
    blocked.mkdir()
    with pytest.raises(OSError):
        files.write_atomic(blocked, b"two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "new"]


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert files.write_if_changed(path, b"one")
    os.utime(path, ns=(1, 1))
    assert not files.write_if_changed(path, b"one")
    assert path.stat().st_mtime_ns == 1
    assert files.write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


@pytest.mark.parametrize("path", ["a/b/c.yml", "a/c.yml", "a"])
def test_no_file_of_the_registry_is_written_through_a_link(tmp_path: Path, path: str) -> None:
    victim = tmp_path / "victim"
    (victim / "b").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a").symlink_to(victim, target_is_directory=True)
    with pytest.raises(InvalidFiles, match="in the way"):
        write_inside(tmp_path / "root", path, b"x")
    assert [item.name for item in victim.rglob("*")] == ["b"]
    write_inside(tmp_path / "root", "other/c.yml", b"x")
    assert (tmp_path / "root/other/c.yml").read_bytes() == b"x"
