from __future__ import annotations

import json
from pathlib import Path

import pytest

from build import case, version
from cuebook.core.chat import answered
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import MAX_FILE
from cuebook.core.tool_calls import ToolCall
from cuebook.registry import answer_files
from cuebook.registry.answer_files import AnswerFile, answer_lines, load_answers, read_answers
from cuebook.shapes.run import Case, Failure, ModelReply, Played, Sample, Usage

CASES = [case(n) for n in range(3)]


def read(text: str | bytes) -> AnswerFile:
    return read_answers(text.encode() if isinstance(text, str) else text, "new.jsonl", CASES, "qa")


def refused(text: str | bytes) -> list[str]:
    with pytest.raises(InvalidFiles) as found:
        read(text)
    return [f"{item.file}:{item.line}: {item.message} ({item.hint})" for item in found.value.problems]


SYSTEM, ASKED = {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where?"}
SAMPLES = [
    Sample(0, ModelReply("Ja \u2028 \x00 ü", "acme-1", Usage(3, 4, 0.25), 1.1, "length", "2026-11-02")),
    Sample(1, None, Failure("provider", "busy")),
    Sample(2, None, Failure("candidate", "too long")),
    Sample(
        3,
        ModelReply(
            "", "acme-1", finish="tool_calls", tool_calls=(ToolCall.of("c1", "look_up", '{"a":  1}'),)
        ),
    ),
    Sample(4, ModelReply("No.", "acme-1", finish="refusal", refusal="No.", reasoning="They must not.")),
    Sample(5, ModelReply("", "acme-1", tool_calls=(ToolCall.of("", "look_up", "no JSON"),))),
    Sample(6, ModelReply("Here.", "acme-1", played=Played((SYSTEM, ASKED), (ASKED, answered("Here.", ()))))),
]


def test_what_is_written_is_read_back_the_same() -> None:
    written = "".join(answer_lines(version(2), "case-001", SAMPLES))
    found = read(written)
    assert [found.answers["case-001", n] for n in range(7)] == [
        sample.reply or sample.failure for sample in SAMPLES
    ]
    assert (found.version, found.version_digest) == (version(2).ref, version(2).digest)


def test_lines_of_several_versions_are_of_none() -> None:
    lines = [*answer_lines(version(2), "case-001", SAMPLES), *answer_lines(version(3), "case-002", SAMPLES)]
    assert read("".join(lines)).version == ""


def test_a_list_names_its_cases_by_id_or_by_inputs() -> None:
    rows = [
        {"inputs": dict(CASES[0].inputs), "outputs": "yes", "expectations": {"answer": "no"}},
        {"id": "case-001", "outputs": {"label": "b"}},
    ]
    found = read(json.dumps(rows, indent=1)).answers
    assert found["case-000", 0] == ModelReply("yes", "")
    assert found["case-001", 0] == ModelReply('{"label": "b"}', "")


def test_a_line_that_expects_something_else_than_the_suite_is_told_of() -> None:
    same = {"id": "case-000", "output": "x", "expectations": dict(CASES[0].expectations)}
    other = {"id": "case-001", "output": "x", "expectations": {"answer": "something else"}}
    assert read(json.dumps([same, other, {"id": "case-002", "output": "x"}])).otherwise == ("case-001",)


def test_a_table_names_its_columns() -> None:
    found = read(
        '\ufeffid,output,repeat,seconds,mine\r\ncase-000,"one, two\nthree",0,1.5,x\r\ncase-001,,1,,y\r\n'
    )
    assert found.answers["case-000", 0] == ModelReply("one, two\nthree", "", seconds=1.5)
    assert found.answers["case-001", 1] == ModelReply("", "")


def test_the_digest_covers_what_was_said_in_any_order() -> None:
    one, two = '{"id": "case-000", "output": "a"}\n', '{"id": "case-001", "output": "b"}\n'
    assert read(one + two).digest == read(two + one).digest != read(two + one.replace('a"', 'c"')).digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "case-0l1", "output": "x"}', "new.jsonl:1: suite 'qa' has no case 'case-0l1' (did you mean"),
        ('{"output": "x"}', "new.jsonl:1: the line names no case"),
        ('{"inputs": {"a": 1}, "output": "x"}', "no case of suite 'qa' has these inputs (a)"),
        ('{"id": "case-000", "result": 1}', "neither 'output', 'toolCalls' nor 'error' (keys: id, result)"),
        (
            '{"id": "case-000", "output": "x"}\n' * 2,
            "new.jsonl:2: case 'case-000' is already answered on line 1",
        ),
        ('{"id": "case-000", "output": "x"}\n{"id": ', "new.jsonl:2: not JSON"),
        ('{"id": "case-000", "toolCalls": [{"name": ""}]}', "new.jsonl:1: call 1, name: it is empty"),
        (
            '{"id": "case-000", "toolCalls": [{"name": "a", "arguments": 7}]}',
            "new.jsonl:1: call 1, arguments",
        ),
        ('{"id": "case-000", "output": "x", "repeat": 100}', "new.jsonl:1: repeat"),
        ('{"id": "case-000", "output": "x", "repeat": "1"}', "new.jsonl:1: repeat"),
        (
            '[{"id": "case-000", "output": "x"}, 7]',
            "new.jsonl:0: in entry 2: the answer is not a JSON object",
        ),
        ("[1, ", "new.jsonl:1: not JSON"),
        ("[" * 90_000, "new.jsonl:0: not JSON: nested too deep"),
        ("name,text\na,b", "new.jsonl:1: the header has no 'id' and 'output' (it has: name, text)"),
        ('id,output\ncase-000,"x', "new.jsonl:2: not CSV: a quote is opened and never closed"),
        ('id,output\ncase-000,"x"y', "new.jsonl:2: not CSV: a cell continues after its closing quote"),
        ("id,output,repeat\ncase-000,x,two", "new.jsonl:2: repeat: 'two' is not a number"),
        (f"id,output\ncase-000,{'x' * 200_000}", "new.jsonl:2: not CSV: a cell has over 131,072 characters"),
        ("", "new.jsonl:0: the file has no answer"),
        (" \n\n", "new.jsonl:0: the file has no answer"),
        ("id,output\n", "new.jsonl:0: the file has no answer"),
        (b'{"id": "case-000", "output": "\xff"}', "new.jsonl:1: not UTF-8"),
        (json.dumps({"id": "case-000", "output": "x" * (MAX_FILE + 1)}), "the limit is 1,048,576"),
        ('{"id": "case-000", "output": "\\ud800"}', "new.jsonl:1: not JSON: not valid Unicode"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(text: str | bytes, said: str) -> None:
    assert said in refused(text)[0]


def test_a_file_for_another_suite_is_told_of_in_few_lines() -> None:
    found = refused("".join(f'{{"id": "other-{n}", "output": "x"}}\n' for n in range(5_000)))
    assert len(found) == 21
    assert "4,980 more lines are wrong" in found[-1]


def test_no_more_is_read_of_a_file_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_files, "MAX_DATASET", 100)
    path = tmp_path / "long.csv"
    path.write_text("id,output\n" + "case-000,x\n" * 1_000)
    with pytest.raises(InvalidFiles, match="the file has 101 bytes; the limit is 100"):
        load_answers(path, CASES, "qa")


def test_an_error_that_is_a_filters_is_an_answer_without_words() -> None:
    line = {"id": "case-001", "error": "blocked", "finish": "content_filter", "model": "acme-1"}
    file = read(json.dumps(line))
    assert file.answers["case-001", 0] == ModelReply("", "acme-1", finish="content_filter")


def test_inputs_that_several_cases_have_name_none_of_them() -> None:
    """Dialogues mostly differ in their turns alone."""
    talks = [Case(name, {}, turns=({"user": name},)) for name in ("a", "b")]
    line = json.dumps({"inputs": {}, "output": "x"}).encode()
    with pytest.raises(InvalidFiles) as found:
        read_answers(line, "a.jsonl", talks, "qa")
    (problem,) = found.value.problems
    assert problem.message == "2 cases of suite 'qa' have these inputs, such as 'a' and 'b'"
    assert problem.hint == 'give the case\'s "id"'
