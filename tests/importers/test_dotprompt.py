from __future__ import annotations

from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree
from cuebook.core.templating import render
from cuebook.importers.dotprompt import sniff

HEAD = "---\nmodel: openai/gpt-4o-mini\n---\n"


def taken(
    text: str, path: str = "a/joke.prompt", partials: dict[str, bytes] | None = None
) -> importers.Imported:
    request = importers.Request(path, text.encode(), beside=FixedTree(partials or {}))
    return importers.read("dotprompt", request)


def body(text: str, **changes: Any) -> dict[str, Any]:
    return dict(taken(text, **changes).prompts[0].versions[0].body)


def filled(text: str, **values: Any) -> str:
    made = body(HEAD + text)
    (found,) = render(
        [made["template"]], values, made.get("inputs", {}), made.get("templateFormat", "simple")
    )
    return found


def test_front_matter_gives_model_settings_inputs_and_response_format() -> None:
    made = body(
        "---\nmodel: googleai/gemini-2.5-flash\nconfig: {maxOutputTokens: 20, temperature: 0.3}\n"
        "input:\n  default: {lang: en}\n  schema:\n    text: string, what to read\n"
        "    lang?: string\n    n?: string\n"
        "output:\n  schema:\n    name: string, full name\n    age?: integer\n    kind(enum): [A, B]\n"
        "    tags(array): string\n"
        "    at(object, where):\n      (*): number\n---\nRead in {{lang}}{{n}}: {{text}}\n"
    )
    assert (made["model"], made["modelParameters"]) == (
        "gemini/gemini-2.5-flash",
        {"maxTokens": 20, "temperature": 0.3},
    )
    assert made["template"] == "Read in {{lang}}{{n}}: {{text}}"
    assert made["inputs"] == {
        "lang": {"type": "string", "default": "en"},
        "n": {"type": "string", "default": ""},
        "text": {"type": "string", "description": "what to read"},
    }
    schema = made["jsonSchema"]["schema"]
    assert schema["required"] == ["name", "kind", "tags", "at"]
    assert schema["properties"]["age"] == {"type": ["integer", "null"]}
    assert schema["properties"]["at"]["additionalProperties"] == {"type": "number"}


def test_marks_of_roles_make_messages() -> None:
    text = '{{role "system"}}\nHelp {{name}}.{{! why }}\n{{history}}\n'
    text += '{{role "user"}}\n{{media url=photo}}{{{q}}}\n{{role "model"}}Sure:'
    made = taken(HEAD + text)
    assert made.prompts[0].versions[0].body["messages"] == [
        {"role": "system", "content": "\nHelp {{name}}.\n"},
        {"placeholder": "history"},
        {"role": "user", "content": "\n{{q}}\n"},
        {"role": "assistant", "content": "Sure:"},
    ]
    assert [(note.kind, note.message) for note in made.notes] == [
        ("left-out", "media url=photo: only texts are kept")
    ]


@pytest.mark.parametrize(
    ("text", "values", "says"),
    [
        ("{{#if a}}{{a}}, {{else}}Dear {{/if}}you", {"a": "Ann"}, "Ann, you"),
        ("{{#if a}}{{a}}, {{else}}Dear {{/if}}you", {}, "Dear you"),
        ("{{#unless a}}no{{/unless}}", {}, "no"),
        ("{{#if a}}1{{else if b}}2{{else}}3{{/if}}", {"b": "x"}, "2"),
        (
            "{{#each xs}}{{this.t}}{{@index}}{{#unless @last}};{{/unless}}{{/each}}",
            {"xs": [{"t": "a"}, {"t": "b"}]},
            "a0;b1",
        ),
        ("{{#each xs as |n|}}{{n}}{{../sep}}{{/each}}", {"xs": ["a", "b"], "sep": "."}, "a.b."),
        ("{{#each xs}}{{#each this}}{{this}}{{/each}}|{{/each}}", {"xs": [["a"], ["b", "c"]]}, "a|bc|"),
        ("{{#with u}}{{name}}{{/with}}", {"u": {"name": "Ann"}}, "Ann"),
        ('{{#ifEquals k "x"}}y{{else}}n{{/ifEquals}}', {"k": "x"}, "y"),
        ("{{json d}}", {"d": {"a": 1}}, '{"a": 1}'),
        ("a\n{{#if a}}\nb\n{{/if}}\nc", {"a": "x"}, "a\nb\nc"),
        ("a {{~#if a~}} b {{~/if~}} c", {"a": "x"}, "abc"),
        (r"\{{x}} {{y}}", {"y": "z"}, "{{x}} z"),
        ("{{! no }}{{!-- {{no}} --}}{{x}}", {"x": "1"}, "1"),
        ("{% raw %} {{x}}{{#if y}}{{/if}}", {"x": "1"}, "{% raw %} 1"),
    ],
)
def test_blocks_say_what_they_said(text: str, values: dict[str, Any], says: str) -> None:
    assert filled(text, **values) == says


def test_partials_are_written_out_and_never_fetched_from_elsewhere() -> None:
    made = body(
        HEAD + "A joke on {{topic}}. {{>style}}",
        partials={"_style.prompt": b"---\nmodel: x\n---\nBe kind.\n"},
    )
    assert made["template"] == "A joke on {{topic}}. Be kind."
    for text, partials in (
        ("{{>gone}}", {}),
        ("{{>../../etc}}", {}),
        ("{{>a}}", {"_a.prompt": b"{{>_b}}", "_b.prompt": b"{{>_a}}"}),
    ):
        made_of = taken(HEAD + text, partials=partials)
        assert made_of.prompts == []
        assert made_of.notes[-1].whole


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("a\n{{shout x}}", "helper shout: the whole file", 5),
        ("{{#each xs}}{{@key}}{{/each}}", "@key", 4),
        ("{{lookup a b}}", "helper lookup", 4),
        ("{{#if a}}", "block if has no end", 4),
        ("{{/if}}", "/if closes nothing", 4),
        ('{{#if a}}{{role "user"}}{{/if}}', "role inside of a block", 4),
        ('{{role "tool"}}x', "role tool", 4),
        ("{{../x}}", "leads out of the values", 4),
        (" ", "no text", 4),
    ],
)
def test_what_is_not_said_here_leaves_the_file_out(text: str, says: str, line: int) -> None:
    made = taken(HEAD + text)
    assert made.prompts == []
    assert says in made.notes[-1].message
    assert (made.notes[-1].line, made.notes[-1].whole) == (line, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "---\nmodel: x/y\ninput:\n  schema:\n    n(integer): integer\n---\nx",
            ":5: error: n(integer): only object, array or enum",
        ),
        ("---\noutput: {schema: {a: strange}}\n---\nx", "'strange' is not a type"),
        ("---\nmodel: [\n---\nx", ":2: error: not YAML"),
        ("---\nmodel: x\n", "the front matter has no end"),
        ("---\n- a\n---\nx", "not a mapping of keys"),
        ("---\n{}\n---\nHi", "no model is named here"),
    ],
)
def test_a_broken_file_is_an_error_with_its_line(text: str, says: str) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        taken(text)
    assert says in str(wrong.value)


def test_names_and_variants() -> None:
    paths = ("a/joke.prompt", "a/joke.formal.prompt", "a/01.joke.prompt")
    assert [taken(f"{HEAD}x", path).prompts[0].name for path in paths] == ["joke", "joke-formal", "joke"]


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.prompt", b"---\nmodel: x\n---\nhi", "mine"),
        ("a.prompt", b"# Licence\n---\nmodel: x\n---\nhi", "mine"),
        ("a.prompt", b"hi", "maybe"),
        ("_a.prompt", b"---\n---\nhi", "no"),
        ("a.txt", b"---\n---\nhi", "no"),
    ],
)
def test_sniffing(path: str, data: bytes, found: str) -> None:
    assert sniff(path, data) == found


def test_schemas_of_the_apps_code_are_named() -> None:
    made = taken("---\nmodel: openai/gpt-4o\ninput: {schema: In}\noutput: {schema: Out}\n---\nAs JSON: {{x}}")
    assert made.prompts[0].versions[0].body["responseFormat"] == "json_object"
    assert [note.at for note in made.notes] == ["input.schema", "output.schema"]


def test_what_is_beside_the_schema_of_an_output_is_told() -> None:
    data = b"---\nmodel: google-ai/gemini-2.5-flash\noutput: {summary: string}\n---\nHi\n"
    made = importers.read("dotprompt", importers.Request("a.prompt", data))
    assert made.prompts[0].versions[0].body["model"] == "gemini/gemini-2.5-flash"
    assert "summary: no equivalent; the output is described under schema" in [
        note.message for note in made.notes
    ]


def test_markers_written_by_hand_begin_messages() -> None:
    text = "---\nmodel: gpt-4o\n---\n<<<dotprompt:role:user>>>\nSay {{x}}\n<<<dotprompt:role:model>>>\nYes\n"
    made = importers.read("dotprompt", importers.Request("a.prompt", text.encode()))
    roles = [item["role"] for item in made.prompts[0].versions[0].body["messages"]]
    assert roles == ["user", "assistant"]


STYLE = b"""{{role "system"}}
Be {{#if who}}a {{who}}{{else}}a pirate{{/if}} of {{age}}, {{of.name}}, on {{day}}.
{{role "user"}}
"""


def test_a_partial_is_written_out_with_the_values_that_it_is_given() -> None:
    text = '---\nmodel: gpt-4o\n---\n{{>style who="robot" age=7 of=owner}}\nFor {{who}}.\n'
    request = importers.Request("a.prompt", text.encode(), beside=FixedTree({"_style.prompt": STYLE}))
    (version,) = importers.read("dotprompt", request).prompts[0].versions
    texts = [item["content"] for item in version.body["messages"]]
    values = {"owner": {"name": "Ada"}, "day": "Monday", "who": "you"}
    system, user = render(texts, values, version.body["inputs"], "jinja2")
    assert system.strip() == "Be a robot of 7, Ada, on Monday."
    assert user.strip() == "For you."


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('{{>style person who="x"}}', "partial style with other values: person"),
        ('{{>style of="x"}}', "of.name looks into a value of a partial"),
    ],
)
def test_what_a_partial_cannot_be_given_is_said(call: str, said: str) -> None:
    text = f"---\nmodel: gpt-4o\n---\n{call}\n"
    request = importers.Request("a.prompt", text.encode(), beside=FixedTree({"_style.prompt": STYLE}))
    assert said in importers.read("dotprompt", request).notes[0].message


def test_what_a_schema_of_inputs_says_beyond_a_type_is_named_at_its_line() -> None:
    head = """---
model: openai/gpt-6-luna
input:
  schema:
    kind?(enum, the kind): [A, B]
    tags(array): string
    count?: number
    most?: integer
    level(enum): [1, 2]
    some: any
    home(object): {town: string}
    (*): string
  default: {most: 0}
---
{{kind}} {{count}} {{most}} {{level}} {{some}} {{#each tags}}{{this}}{{/each}} {{home.town}}
"""
    made = taken(head)
    inputs = made.prompts[0].versions[0].body["inputs"]
    assert inputs["kind"] == {"type": "string", "description": "the kind", "default": ""}
    assert inputs["most"] == {"type": "integer", "default": 0}
    assert (inputs["level"]["type"], inputs["some"]["type"]) == ("integer", "string")
    found = {
        (note.line, note.at.removeprefix("input.schema."), note.kind): note.message
        for note in made.notes
        if note.at != "body"
    }
    assert found == {
        (4, "input.schema", "left-out"): "values of any other name: every input here needs a name",
        (5, "kind.enum", "left-out"): 'enum: ["A", "B", null]: an input has only a type here',
        (6, "tags.items", "left-out"): 'items: {"type": "string"}: an input has only a type here',
        (7, "count", "changed"): "optional there: a number has to be given here",
        (9, "level.enum", "left-out"): "enum: [1, 2]: an input has only a type here",
        (10, "some", "changed"): "anything there: string here",
        (
            11,
            "home.properties",
            "left-out",
        ): 'properties: {"town": {"type": "string"}}: an input has only a type here',
        (11, "home.required", "left-out"): 'required: ["town"]: an input has only a type here',
    }
