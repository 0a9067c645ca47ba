from __future__ import annotations

import pytest

import build
from cuebook.core.errors import Problem
from cuebook.core.files import FixedTree
from cuebook.registry.includes import LARGEST, include_changes, includers
from cuebook.registry.reader import Registry
from cuebook.registry.version_files import read_version
from cuebook.shapes.run import Version

HEAD = "message: m\nmodel: toy/answers\n"
TONE = HEAD + "inputs: {name: {default: friend}}\ntemplate: |\n  Be kind to {{name}}.\n"
CHAT = "messages:\n  - role: user\n    content: |\n      Hello.\n      {{> tone/1}}\n      {{question}}\n"


def read(text: str, **fragments: str) -> tuple[Version | None, list[Problem]]:
    files = {f"prompts/{ref.replace('_', '/v')}.prompt.yml": text for ref, text in fragments.items()}
    tree = FixedTree({path: text.encode() for path, text in files.items()})
    return read_version(text.encode(), "prompts/qa/v1.prompt.yml", "qa", 1, tree)


def said(text: str, **fragments: str) -> tuple[int, str, str]:
    version, problems = read(text, **fragments)
    assert version is None
    (problem,) = problems
    return problem.line, problem.message, problem.hint


def test_a_fragment_is_the_same_as_its_words() -> None:
    version, problems = read(HEAD + CHAT, tone_1=TONE)
    assert problems == []
    assert version
    assert version.messages == ({"role": "user", "content": "Hello.\nBe kind to {{name}}.\n{{question}}\n"},)
    assert version.inputs == {
        "name": {"type": "string", "default": "friend"},
        "question": {"type": "string"},
    }
    fragment, _ = read(TONE)
    assert fragment
    assert version.includes == {"tone/1": fragment.digest}
    words = CHAT.replace("{{> tone/1}}", "Be kind to {{name}}.")
    same, _ = read(HEAD + "inputs: {name: {default: friend}, question: {}}\n" + words)
    assert same
    assert same.digest == version.digest


def test_fragments_within_fragments_and_inputs_that_are_declared() -> None:
    outer = HEAD + "template: '{{> tone/1}} And be {{mood}}.'\n"
    text = HEAD + "inputs: {question: {}, name: {description: who}}\n" + CHAT.replace("tone/1", "voice/2")
    version, problems = read(text, tone_1=TONE, voice_2=outer)
    assert problems == []
    assert version
    assert version.inputs["name"] == {"type": "string", "description": "who"}, "what the version says holds"
    assert set(version.inputs) == {"question", "name", "mood"}
    assert list(version.includes) == ["voice/2"]
    assert "kind to {{name}}. And be {{mood}}." in str(version.messages)


@pytest.mark.parametrize(
    ("written", "says", "cure"),
    [
        ("tone", "{{> tone}} names no version", "write {{> tone/1}}"),
        ("tone@production", "{{> tone@production}} is not pinned", "write {{> tone/1}}"),
        ("tone/staging", "is not pinned", "write {{> tone/1}}"),
        ("Tone/1", "is not a ref", "{{> NAME/NUMBER}}"),
        ("", "is not a ref", "{{> NAME/NUMBER}}"),
        ("tone/2", "there is no prompts/tone/v2.prompt.yml", "its versions: 1"),
        (
            "wholly-other/1",
            "there is no prompts/wholly-other/v1.prompt.yml",
            "known: broken, chat, jinja, ring",
        ),
        ("chat/1", "chat/1 is not a text to include", "'template:'"),
        ("jinja/1", "jinja/1 is not a text to include", "simple"),
        ("broken/1", "its own file has errors", "correct prompts/broken/v1.prompt.yml"),
        ("qa/1", "includes form a cycle: qa/1 includes qa/1", "remove one"),
        ("ring/1", "includes form a cycle: qa/1 includes ring/1 includes qa/1", "remove one"),
    ],
)
def test_what_cannot_be_included(written: str, says: str, cure: str) -> None:
    line, what, hint = said(
        HEAD + CHAT.replace("tone/1", written),
        tone_1=TONE,
        chat_1=HEAD + "messages: [{role: user, content: x}]\n",
        jinja_1=HEAD + "template: x\ntemplateFormat: jinja2\n",
        broken_1=HEAD + "template: '{{a b}}'\n",
        ring_1=HEAD + "template: '{{> qa/1}}'\n",
    )
    assert line == 7
    assert says in what
    assert cure in hint


def test_a_broken_include_hides_no_other_fault_of_the_text() -> None:
    _, problems = read(HEAD + CHAT.replace("{{question}}", "{{a b}}").replace("tone/1", "tone"))
    assert sorted((item.line, item.message[:9]) for item in problems) == [(7, "{{> tone}"), (8, "{{a b}} i")]


def test_templates_of_jinja2_include_nothing() -> None:
    line, what, _ = said(HEAD + "templateFormat: jinja2\ntemplate: '{{> tone/1}}'\n", tone_1=TONE)
    assert (line, what) == (4, "{{> tone/1}}: only a 'simple' template can include others")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("inputs: {name: {type: number}}\ntemplate: '{{> tone/1}}'\n", "number here and string in tone/1"),
        ("template: '{{> tone/1}} {{name.first}}'\n", "object here and string in tone/1"),
        ("template: '{{> tone/1}} {{> tone/2}}'\n", "not the same in all that is included (tone/2)"),
    ],
)
def test_an_input_is_one_thing(text: str, what: str) -> None:
    other = HEAD + "template: 'Greet {{name}}.'\n"
    assert what in said(HEAD + text, tone_1=TONE, tone_2=other)[1]


def test_depth_and_size_have_an_end() -> None:
    deep = {f"d_{n}": HEAD + f"template: '{{{{> d/{n + 1}}}}}'\n" for n in range(1, 9)}
    assert "d/5 is nested in 4 others" in said(HEAD + "template: '{{> d/1}}'\n", **deep, d_9=TONE)[1]
    whole, problems = read(HEAD + "template: '{{> d/6}}'\n", **deep, d_9=TONE)
    assert whole
    assert not problems
    large = HEAD + f"template: {'x' * (LARGEST // 2)}\n"
    assert (
        "more than 1,048,576 characters"
        in said(HEAD + "template: '{{> b/1}} {{> b/1}} {{> b/1}}'\n", b_1=large)[1]
    )


def test_what_includes_erased_words_is_erased_too() -> None:
    files = {"prompts/tone/meta.yml": b"title: Tone\nerased: [1]\n"}
    _, problems = read_version((HEAD + CHAT).encode(), "prompts/qa/v1.prompt.yml", "qa", 1, FixedTree(files))
    assert [item.message for item in problems] == ["tone/1 was erased, and its words are in this version"]


def test_a_registry_puts_fragments_in() -> None:
    files = {"prompts/qa/v1.prompt.yml": HEAD + CHAT, "prompts/tone/v1.prompt.yml": TONE}
    registry = Registry(FixedTree({path: text.encode() for path, text in files.items()}))
    assert "kind to" in str(registry.version("qa", 1).messages)


def test_who_includes_a_version_also_through_another() -> None:
    found = [build.version(1, prompt="tone"), build.version(1, prompt="voice", includes={"tone/1": "d"})]
    found += [build.version(1, prompt="qa"), build.version(2, prompt="qa", includes={"voice/1": "d"})]

    def of(name: str) -> list[Version]:
        return [version for version in found if version.prompt == name]

    names = ["qa", "tone", "voice"]
    assert [version.ref for version in includers(names, of, "tone/1")] == ["qa/2", "voice/1"]
    assert list(includers(names, of, "qa/2")) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (["tone/3"], ["tone/4"], ["tone/3 became tone/4"]),
        (["tone/3"], ["tone/3"], []),
        ([], ["tone/4"], ["tone/4 is included"]),
        (["rules/1", "tone/9"], ["rules/1"], ["tone/9 is no longer included"]),
        (
            ["a/9", "a/10"],
            ["a/11", "b/1"],
            ["a/9 became a/11", "a/10 is no longer included", "b/1 is included"],
        ),
    ],
)
def test_what_a_diff_says_of_includes(before: list[str], after: list[str], told: list[str]) -> None:
    assert include_changes(before, after) == told
