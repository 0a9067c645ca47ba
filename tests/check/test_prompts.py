from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, write
from checked import FILES, GOOD, found, refused, version
from cuebook import check
from cuebook.core.files import Folder


@pytest.mark.parametrize(
    ("changed", "place", "message", "hint"),
    [
        (
            version(GOOD + "messagess: 1\n"),
            "v1.prompt.yml:6",
            "unknown key 'messagess'",
            "did you mean 'messages'?",
        ),
        (version(GOOD + "model: x/y\n"), "v1.prompt.yml:6", "duplicate key 'model'", "keep one"),
        (
            version("message: a\n" + GOOD.split("\n", 1)[1].replace("model: offline/rules\n", "")),
            "v1.prompt.yml:1",
            "'model' is missing",
            'add model: "openai/gpt-6-luna"',
        ),
        (
            version(GOOD.replace("offline/rules", "!!python/object:os.system x")),
            "v1.prompt.yml:2",
            "YAML tags such as !!python",
            "remove the tag",
        ),
        (
            version("a: &a [x, x]\nb: [*a, *a]\n"),
            "v1.prompt.yml",
            "anchors and aliases",
            "write the text out",
        ),
        (
            version(GOOD + "modelParameters: {api_base: http://evil}\n"),
            "v1.prompt.yml:6",
            "'modelParameters.api_base' is not allowed: a prompt cannot choose endpoints",
            "remove it",
        ),
        (
            version(GOOD + "modelParameters:\n  temprature: 0\n"),
            "v1.prompt.yml:7",
            "unknown key 'modelParameters.temprature'",
            "did you mean 'temperature'?",
        ),
        (
            version(GOOD.replace("{{question}}", "{{ question | upper }}")),
            "v1.prompt.yml:5",
            "is not a variable",
            "templateFormat: jinja2",
        ),
        (version(GOOD + "template: x\n"), "v1.prompt.yml", "both of", ""),
        (
            version(GOOD + "inputs: {question: {}, tone: {}}\n"),
            "v1.prompt.yml:6",
            "input 'tone' is never used",
            "remove it",
        ),
        (
            version(GOOD + "inputs: {}\n"),
            "v1.prompt.yml:6",
            "uses {{question}}, which 'inputs' does not declare",
            "",
        ),
        (version(GOOD + "responseFormat: json_schema\n"), "v1.prompt.yml", "needs a schema", ""),
        (version("\tmessage: a\n"), "v1.prompt.yml:1", "not YAML", ""),
        (version("message: a: b\n"), "v1.prompt.yml:1", "not YAML", "put the text in quotes"),
        (
            {"prompts/qa/v1.prompt.yml": b"message: \xff\n"},
            "v1.prompt.yml:1",
            "not UTF-8",
            "save the file as UTF-8",
        ),
        ({"prompts/qa/v1.prompt.yml": b"message: a\0b\n"}, "v1.prompt.yml:1", "NUL", ""),
        ({"prompts/qa/v1.prompt.yml": b"a" * (1 << 20) + b"b"}, "v1.prompt.yml", "the limit is", ""),
        (
            {"prompts/qa/v3.prompt.yml": GOOD + "modelParameters: {seed: 1}\n"},
            "v3.prompt.yml",
            "version 2 is missing",
            "v2.prompt.yml",
        ),
        ({"prompts/qa/v01.prompt.yml": GOOD}, "v01.prompt.yml", "not a version's file name", "v1.prompt.yml"),
        ({"prompts/qa/v2.prompt.yaml": GOOD}, "v2.prompt.yaml", "not a version's file name", "v2.prompt.yml"),
        (
            {"prompts/qa/v2.prompt.yml": GOOD.replace("First", "Same")},
            "v2.prompt.yml",
            "says the same as version 1",
            "delete it",
        ),
        (
            {"prompts/qa/aliases.yml": "production: 7\n"},
            "aliases.yml:1",
            "version 7 does not exist",
            "its versions: 1",
        ),
        (
            {"prompts/qa/aliases.yml": "production:\n  use: 1\n  try:\n    7: 10\n"},
            "aliases.yml:4",
            "production: version 7 does not exist",
            "its versions: 1",
        ),
        (
            {
                "prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n",
                "prompts/qa/v2.prompt.yml": GOOD.replace("{{", "Now {{", 1),
                "prompts/qa/meta.yml": "title: t\nretired: [2]\n",
            },
            "meta.yml:2",
            "version 2 is retired, but 'production' lets a share of units try it",
            "take it out of its 'try' first",
        ),
        (
            {"prompts/qa/aliases.yml": "production: 1\nlatest: 1\n"},
            "aliases.yml:2",
            "'latest' is reserved",
            "",
        ),
        ({"prompts/qa/aliases.yml": "production: 1\nv2: 1\n"}, "aliases.yml:2", "reserved", ""),
        ({"prompts/qa/aliases.yml": "production: one\n"}, "aliases.yml:1", "version number", "3"),
        ({"prompts/qa/meta.yml": "titel: Q\n"}, "meta.yml:1", "unknown key 'titel'", "did you mean 'title'?"),
        (
            {"prompts/qa/meta.yml": "title: Q\nretired: [1]\n"},
            "meta.yml:2",
            "is retired, but 'production'",
            "another version",
        ),
        ({"prompts/qa/notes.txt": "x"}, "notes.txt", "does not belong here", ""),
        ({"prompts/Bad_Name/v1.prompt.yml": GOOD}, "prompts/Bad_Name", "may have only a-z", "bad_name"),
        ({"prompts/con/v1.prompt.yml": GOOD}, "prompts/con", "reserved by Windows", ""),
    ],
)
def test_each_refusal_of_a_prompt_names_place_and_cure(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    refused(tmp_path, changed, place, message, hint)


@pytest.mark.parametrize(
    ("changed", "file", "hint"),
    [
        ({"prompts/qa/v5.prompt.yml": GOOD.replace("briefly", "well")}, "v5.prompt.yml", "rename it to v2"),
        ({"prompts/qa/v1 copy.prompt.yml": GOOD}, "v1 copy.prompt.yml", "make it the next version"),
        ({"prompts/qa/v02.prompt.yml": GOOD}, "v02.prompt.yml", "rename it to v2.prompt.yml"),
        (
            {"prompts/qa/aliases.yml": "<<<<<<< HEAD\na: 1\n=======\na: 1\n>>>>>>> b\n"},
            "aliases.yml",
            "one side",
        ),
    ],
)
def test_a_cure_never_contradicts_another_or_what_is_there(
    tmp_path: Path, changed: dict[str, str | bytes | None], file: str, hint: str
) -> None:
    problem = found(tmp_path, changed)[0]
    assert problem.file.endswith(file)
    assert hint in problem.hint


CLUTTER = (
    "prompts/.DS_Store",
    "prompts/qa/.DS_Store",
    "prompts/qa/.v1.prompt.yml.swp",
    "prompts/qa/v1.prompt.yml~",
    "prompts/qa/#v1.prompt.yml#",
    "prompts/qa/v1.prompt.yml.orig",
    "prompts/Thumbs.db",
    "prompts/.idea/workspace.xml",
)


@pytest.mark.parametrize("path", CLUTTER)
def test_what_systems_and_editors_leave_is_passed_over(tmp_path: Path, path: str) -> None:
    assert found(tmp_path, {path: "x"}) == []


@pytest.mark.parametrize("path", ["prompts/README.md", "prompts/qa/readme.txt"])
def test_a_readme_only_warns(tmp_path: Path, path: str) -> None:
    (problem,) = found(tmp_path, {path: "Hello\n"})
    assert (problem.file, problem.severity) == (path, "warning")


def test_what_git_ignores_is_passed_over(tmp_path: Path) -> None:
    files = FILES | {".gitignore": "*.scratch\n", "prompts/qa/a.scratch": "x", "prompts/qa/a.txt": "x"}
    commit(write(tmp_path, files))
    assert [item.file for item in check.check(Folder(tmp_path))] == ["prompts/qa/a.txt"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, FILES | {"secret.txt": "token"})
    (tmp_path / "prompts/qa/v2.prompt.yml").symlink_to(tmp_path / "secret.txt")
    problems = check.check(Folder(tmp_path))
    assert any("symbolic links are not followed" in item.message for item in problems)
    assert "token" not in str(problems)


def test_a_refusal_is_told_in_words_of_its_own_and_once(tmp_path: Path) -> None:
    placeholder = GOOD.replace("  - {role: user", "  - {placeholder: his tory}\n  - {role: user")
    stop = GOOD.replace("messages:", "modelParameters: {stop: [a, 5]}\nmessages:")
    told = [found(tmp_path / name, version(text)) for name, text in (("a", placeholder), ("b", stop))]
    assert [[item.message for item in items] for items in told] == [
        ["message 2, placeholder: it is 'his tory', which is not a valid name for a variable"],
        ["modelParameters.stop, item 2: expected text, got a number: 5"],
    ]


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("temperature: 1", "write it under 'modelParameters:'"),
        ("modelParameters: {message: x}", "it is a key of the top: begin its line"),
        ("modelParameters: {temprature: 1}", "did you mean 'temperature'?"),
        ("temprature: 1", "did you mean 'temperature', under 'modelParameters:'?"),
        ("content: hi", "write it as messages: [{content: ...}]"),
        ("default: x", "write it as inputs: {NAME: {default: ...}}"),
    ],
)
def test_a_key_in_the_wrong_place_is_shown_its_own(tmp_path: Path, line: str, cure: str) -> None:
    (problem,) = found(tmp_path, {"prompts/qa/v1.prompt.yml": f"{GOOD}{line}\n"})
    assert problem.hint.startswith(cure)


def test_slips_of_a_template_are_shown_beside_those_of_its_model(tmp_path: Path) -> None:
    messages = "- {role: user, content: 'a {{x y}}'}\n- {role: use, content: '{{z'}\n"
    text = f"message: M\nmodel: gpt\nmessages:\n{messages}"
    told = found(tmp_path, {"prompts/qa/v1.prompt.yml": text})
    said = [(item.line, item.message) for item in told if item.file.endswith("v1.prompt.yml")]
    assert [line for line, _ in said] == [2, 4, 5, 5]
    assert any("{{x y}} is not a variable" in what for _, what in said)
    assert any("{{z has no closing braces" in what for _, what in said)


@pytest.mark.parametrize("file", ["", "v1.prompt.yaml", "v1.yml"])
@pytest.mark.parametrize("there", ["prompts/qa/aliases.yml", "prompts/qa/meta.yml"])
def test_a_prompt_whose_only_version_cannot_be_found_is_told_once(
    tmp_path: Path, file: str, there: str
) -> None:
    gone = dict.fromkeys(
        {"prompts/qa/v1.prompt.yml", "prompts/qa/aliases.yml", "prompts/qa/meta.yml"} - {there}
    )
    wrong = {f"prompts/qa/{file}": GOOD} if file else {}
    about_it = [item for item in found(tmp_path, {**gone, **wrong}) if item.file.startswith("prompts/")]
    codes = {item.code: item.hint for item in about_it if item.code != "untitled"}
    if file:
        assert codes == {"misnamed": "rename it to v1.prompt.yml"}
    else:
        assert {item.code: item.hint for item in about_it} == {
            "no_version": 'cuebook new qa -m "Why this prompt"'
        }


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        (GOOD + "inputs: {question: string}\n", "got text: 'string'", "write {type: string}"),
        (GOOD + "inputs: {question: text}\n", "got text: 'text'", "write {type: string}"),
        (GOOD + "inputs: {question: {type: text}}\n", "'text' is not a known value", "write string"),
        (
            GOOD.replace("Answer briefly.", "'{{> tone}}'"),
            "{{> tone}} names no version",
            "write {{> tone/1}}",
        ),
        (GOOD + "inputs: {text: {}}\n", "does not declare", "add 'question: {type: string}' under 'inputs'"),
        (GOOD.replace("Answer briefly.", "'{{> tune/1}}'"), "no prompts/tune/v1", "did you mean 'tone'?"),
        (GOOD.replace("Answer briefly.", "'{{> tone/9}}'"), "no prompts/tone/v9", "its versions: 1"),
        (GOOD + "responseFormat: json_schema\njsonSchema: '{x'\n", "the text is not JSON", "as YAML"),
        (GOOD + "<<<<<<< HEAD\n", "merge conflict", "cuebook renumber qa"),
    ],
)
def test_a_refusal_of_a_version_says_what_to_write(
    tmp_path: Path, text: str, message: str, cure: str
) -> None:
    tone: dict[str, str | bytes | None] = {"prompts/tone/v1.prompt.yml": GOOD}
    refused(tmp_path, version(text) | tone, "prompts/qa/v1.prompt.yml", message, cure)


@pytest.mark.parametrize(
    ("used", "declared"), [("quetsion", "question"), ("question", "qestion")], ids=["template", "inputs"]
)
def test_a_variable_written_wrong_in_one_place_is_one_error_that_names_both(
    tmp_path: Path, used: str, declared: str
) -> None:
    text = GOOD.replace("question", used) + f"inputs: {{{declared}: {{}}}}\n"
    (problem,) = [item for item in found(tmp_path, version(text)) if item.file.startswith("prompts")]
    assert problem.line == GOOD[: GOOD.index("{{question")].count("\n") + 1
    assert (
        problem.message
        == f"the template uses {{{{{used}}}}}, and 'inputs' declares {declared!r}, which it never uses"
    )
    assert problem.hint == f"write {declared!r} in the template, or {used!r} under 'inputs'"
