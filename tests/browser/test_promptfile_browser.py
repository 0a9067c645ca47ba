"""What the form's own writer writes is what the registry reads: to the last character."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from cuebook.core import refs
from cuebook.core.canonical import behaviour as behaviour_of
from cuebook.core.canonical import digest
from cuebook.core.errors import nearest
from cuebook.core.templating import template_problems, variables
from cuebook.core.yaml_files import read_yaml
from cuebook.registry.version_files import read_version
from cuebook.site.pages import editor
from fixtures.browsing import MARKS
from fixtures.new_versions import WHOLE, new_versions, refused

pytestmark = MARKS

PIECES = ["\n", "\n\n", "\r\n", "\r", "\t", " ", "  ", "\x85", "\u2028", "\u2029", "\ufeff", "\xa0", "\u3000"]
PIECES += [
    "---",
    "...",
    "#",
    " # x",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    "|",
    ">",
    "%",
    "@",
    "&a",
    "*a",
    "!t",
    "`",
    "~",
]
PIECES += [
    "'",
    '"',
    "\\",
    "\\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "null",
    "yes",
    "No",
    "true",
    "1e3",
    "0x1f",
    "1_000",
    "=",
]
PIECES += [
    "{{a}}",
    "{{ b }}",
    "{{a.c}}",
    "{{__proto__}}",
    "plain words",
    "\xe9",
    "e\u0301",
    "\u6700\u5f8c",
    "\u200f\u0645",
]
PIECES += [
    "\u202egnp\u202c",
    "\U0001f600",
    "\U0001f469\u200d\U0001f52c",
    "\U000e0041",
    "\ufffe",
    "\uffff",
    "\U0001fffe",
]
CONTROL = {*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)}
free = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(code) for code in CONTROL]), max_size=20
)
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | free
fillable = texts.filter(lambda text: not template_problems(text))
lines = texts.map(lambda text: text.replace("\r", " ").replace("\n", " ")[:500]).filter(
    lambda text: text.replace("\ufeff", "").strip() != ""  # a byte order mark is blank to the form alone
)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
of_type = {
    "string": texts | st.integers(0, 9),
    "number": numbers,
    "integer": st.integers(-(2**53) + 1, 2**53 - 1),
    "boolean": st.booleans(),
    "array": st.lists(values, max_size=3),
    "object": st.dictionaries(texts, values, max_size=3),
}
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "topP": st.just(1),
        "maxTokens": st.integers(1, 1_000_000),
        "seed": st.integers(-(2**53) + 1, 2**53 - 1),
        "stop": texts.filter(bool) | st.lists(texts.filter(bool), max_size=8),
        "reasoningEffort": st.sampled_from(["none", "high"]),
    },
)
schemas = st.fixed_dictionaries(
    {"name": texts.filter(bool), "schema": st.dictionaries(texts, values, max_size=3)},
    optional={"strict": st.booleans(), "description": texts},
)


# Batches, because asking the browser costs more than answering. They shrink slowly, and say enough whole.
batches = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """A version as the form makes it, before it is written."""
    chat = draw(st.booleans())
    roles = st.sampled_from(["system", "user", "assistant"])
    message = st.fixed_dictionaries({"role": roles, "content": fillable})
    messages = draw(st.lists(message, min_size=1, max_size=3)) if chat else None
    template = None if chat else draw(fillable.filter(bool))
    used = variables([item["content"] for item in messages or []] or [template or ""])
    inputs = {}
    for name in used:
        kind = draw(st.sampled_from(sorted(of_type)))
        inputs[name] = {
            "type": kind,
            **draw(st.fixed_dictionaries({}, optional={"description": texts.filter(bool)})),
        }
        if draw(st.booleans()):
            inputs[name]["default"] = draw(of_type[kind])
    schema = draw(st.none() | schemas)
    return {
        "message": draw(lines),
        "model": draw(st.sampled_from(["offline/rules", "openai/gpt-4o-mini", "ollama/b:c@d/e"])),
        "modelParameters": draw(parameters),
        "inputs": inputs,
        "messages": messages,
        "template": template,
        "templateFormat": "simple",
        "responseFormat": "json_schema" if schema else draw(st.sampled_from(["text", "json_object"])),
        "jsonSchema": schema,
    }


@pytest.fixture(scope="module")
def writer(browser: Any, base: str) -> Iterator[Any]:
    """A page on which the form's modules are loaded as ``window.file`` and ``window.form``."""
    page = browser.new_page()
    page.goto(f"{base}compare.html")
    page.evaluate(
        """async () => {
            window.file = await import('./assets/cuebook/promptfile.js');
            window.form = await import('./assets/cuebook/promptform.js');
            window.newversion = await import('./assets/cuebook/newversion.js');
            window.rules = RULES;
        }""".replace("RULES", json.dumps(editor.rules()))
    )
    yield page
    page.close()


def for_each(page: Any, call: str, items: list[Any]) -> list[Any]:
    """What a call says of each ``item``, by way of JSON text, which keeps every character."""
    return json.loads(
        page.evaluate(f"(text) => JSON.stringify(JSON.parse(text).map((item) => {call}))", json.dumps(items))
    )


def check_same(text: str, file: dict[str, Any]) -> None:
    """The registry reads the text, without a word of complaint, as exactly this version."""
    data = text.encode()
    version, problems = read_version(data, "prompts/x/v1.prompt.yml", "x", 1)
    assert problems == []
    assert version is not None
    assert text.startswith("# yaml-language-server: $schema=../../schemas/prompt-version.json\n")
    assert "\r" not in text
    assert version.message == file["message"]
    assert version.template == file["template"]
    found = [dict(message) for message in version.messages] if version.messages else None
    assert found == file["messages"]
    about = {name: spec.get("description") for name, spec in version.inputs.items()}
    assert about == {name: spec.get("description") for name, spec in file["inputs"].items()}
    assert version.digest == digest(behaviour_of(file))


def plain(**fields: Any) -> dict[str, Any]:
    made = {
        "message": "Why",
        "model": "offline/rules",
        "modelParameters": {},
        "inputs": {},
        "messages": None,
        "template": "x",
        "templateFormat": "simple",
        "responseFormat": "text",
        "jsonSchema": None,
    }
    return made | fields


LONG_KEY = {"k" * 2000: 1, "deep": [[[{"a": []}]]]}
ENDS = ["", "\n", "\n\n", "\n \n", " "]
ALONE = ["\n", " ", "\t", "\n\n", " \n", "\n ", "a\n  ", "a\n\n  \n\n", "\n\n  a\n b"]
AROUND = [f"{before}words{after}" for before in PIECES for after in ENDS if "{{" not in before]
HARD = [
    *(plain(template=text) for text in [*ALONE, *AROUND] if not template_problems(text)),
    plain(messages=[{"role": "user", "content": ""}], template=None),
    plain(template="{{a}}", inputs={"a": {"type": "object", "default": LONG_KEY}}),
    plain(responseFormat="json_schema", jsonSchema={"name": "n", "schema": LONG_KEY, "strict": False}),
    plain(responseFormat="json_schema", jsonSchema={"name": "\u2028", "schema": {"\x85": "\ufeff"}}),
    plain(template="{{__proto__}}", inputs={"__proto__": {"type": "string", "default": "__proto__"}}),
]  # fmt: skip


def test_hard_texts_are_read_back_as_they_were(writer: Any) -> None:
    assert len(HARD) > 200
    for text, file in zip(for_each(writer, "file.toYaml(item)", HARD), HARD, strict=True):
        check_same(text, file)


@batches
@given(batch=st.lists(files(), min_size=5, max_size=15))
@example(batch=[plain(template="a\n\n\n", message="#")])
def test_whatever_is_written_is_read_back_as_it_was(writer: Any, batch: list[dict[str, Any]]) -> None:
    for text, file in zip(for_each(writer, "file.toYaml(item)", batch), batch, strict=True):
        check_same(text, file)


@batches
@given(batch=st.lists(files(), min_size=5, max_size=15))
def test_a_published_version_goes_through_the_form_unchanged(
    writer: Any, batch: list[dict[str, Any]]
) -> None:
    """From the published JSON into fields (which know one kind of line end) and back, untouched."""
    published = [{**file, "name": "x", "version": 1} for file in batch]
    call = "form.fileOf({...form.stateOf(item), message: item.message}, item, rules)"
    for found, file in zip(for_each(writer, call, published), batch, strict=True):
        # A copy of an older version may be refused as new, but no version that check lets through.
        assert not found["problems"] or refused(file), found["problems"]
        assert digest(behaviour_of(found["file"])) == digest(behaviour_of(file))


def test_long_prompts_are_written_in_block_style(writer: Any) -> None:
    (text,) = for_each(writer, "file.toYaml(item)", [plain(template="First line.\n\nSecond: line.\n")])
    assert text.endswith("template: |\n  First line.\n\n  Second: line.\n")


@batches
@given(
    batch=st.lists(
        st.lists(st.sampled_from([*PIECES, "{{#if}}", "{{}}", "{{ x y }}"]), max_size=8).map("".join),
        min_size=20,
    )
)
def test_the_same_variables_and_the_same_broken_ones(writer: Any, batch: list[str]) -> None:
    lines = "file.templateProblems(item).map((one) => Number(/^Line (\\d+):/.exec(one)[1]))"
    call = f"[[...file.variables([item])], {lines}]"
    for (used, broken), text in zip(for_each(writer, call, batch), batch, strict=True):
        assert dict(used) == variables([text])
        assert broken == [line for line, _, _ in template_problems(text)]


def test_one_brace_too_few_has_the_cure_that_a_terminal_names(writer: Any) -> None:
    texts = ["{{context}\n{{question}}", "{{x {{y}}"]
    for text, (said,) in zip(texts, for_each(writer, "file.templateProblems(item)", texts), strict=True):
        cure = template_problems(text)[0][2].partition(";")[0]
        assert said.endswith(f"; {cure}.")


def test_the_nearest_word_is_the_one_that_a_terminal_names(writer: Any) -> None:
    known = [*editor.rules()["prefixes"], *editor.rules()["meant"]]
    heads = ["opnai", "antropic", "googl", "gemni", "qqqq", "azur", "x", "together", "mistrall", "o"]
    call = "newversion.nearest(item, [...window.rules.prefixes, ...Object.keys(window.rules.meant)])"
    assert for_each(writer, call, heads) == [nearest(head, known) for head in heads]


@pytest.mark.parametrize("item", new_versions(), ids=lambda item: item["why"])
def test_a_new_version_is_refused_where_check_refuses_it(writer: Any, item: dict[str, Any]) -> None:
    """The cases of ``new_versions.json``, which are asked of ``check``'s own rules, too."""
    version = {**WHOLE, **item["file"], "name": "x", "version": 1}
    call = "form.fileOf({...form.stateOf(item), message: item.message}, null, rules).problems"
    (problems,) = for_each(writer, call, [version])
    assert [field for field, _ in problems] == item["wrong"]


def first_problem(page: Any, **fields: Any) -> list[str]:
    """The fields that are complained about when a blank form says this."""
    script = """(given) => {
        const state = form.blank("offline/rules");
        Object.assign(state, {name: "new", message: "Why", kind: "text", template: "x"}, JSON.parse(given));
        return form.fileOf(state, null, rules).problems.map(([field]) => field);
    }"""
    return page.evaluate(script, json.dumps(fields))


def schema(**fields: str) -> dict[str, Any]:
    made = {"name": "a", "text": "{}", "strict": "", "description": ""}
    return {"responseFormat": "json_schema", "schema": made | fields}


def with_input(**fields: str) -> dict[str, Any]:
    made = {"type": "string", "description": "", "required": False, "default": ""}
    return {"template": "{{a}}", "inputs": {"a": made | fields}}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, []),
        ({"message": ""}, ["message"]),
        ({"message": " \t"}, ["message"]),
        ({"message": "a\nb"}, ["message"]),
        ({"message": "x" * 501}, ["message"]),
        ({"message": "\U0001f600" * 500}, []),
        ({"message": "a\x07"}, ["message"]),
        ({"name": ""}, ["name"]),
        ({"name": "Bad Name"}, ["name"]),
        ({"template": ""}, ["template"]),
        ({"template": "a\x00b"}, ["template"]),
        ({"template": "a\x1b[31m"}, ["template"]),
        ({"template": "a\x9fb"}, ["template"]),
        ({"template": "half \ud800"}, ["template"]),
        ({"template": "whole \ud83d\ude00 \x85 \u2028 \t"}, []),
        ({"template": "{{#each}}"}, ["template"]),
        ({"template": "{{#each}}", "templateFormat": "jinja2"}, []),
        ({"model": "gpt-4"}, ["model"]),
        ({"model": "openai/gpt 4"}, ["model"]),
        ({"model": "a/" + "b" * 199}, ["model"]),
        ({"kind": "chat", "messages": [{"role": "robot", "content": "x"}]}, ["messages.0.role"]),
        ({"parameters": {"temperature": "2.1"}}, ["parameters.temperature"]),
        ({"parameters": {"temperature": "hot"}}, ["parameters.temperature"]),
        ({"parameters": {"temperature": "0x1"}}, ["parameters.temperature"]),
        ({"parameters": {"temperature": " 1.5 "}}, []),
        ({"parameters": {"maxTokens": "1.5"}}, ["parameters.maxTokens"]),
        ({"parameters": {"maxTokens": "0"}}, ["parameters.maxTokens"]),
        ({"parameters": {"seed": "12345678901234567890"}}, ["parameters.seed"]),
        ({"parameters": {"seed": "-5"}}, []),
        ({"parameters": {"stop": '["a", "b"]'}}, []),
        ({"parameters": {"stop": "END"}}, []),
        ({"parameters": {"stop": '["a", 1]'}}, ["parameters.stop"]),
        ({"parameters": {"stop": '["a"'}}, ["parameters.stop"]),
        ({"parameters": {"stop": json.dumps(["x"] * 9)}}, ["parameters.stop"]),
        ({"parameters": {"verbosity": "loud"}}, ["parameters.verbosity"]),
        (schema(), []),
        (schema(name=""), ["schema.name"]),
        (schema(text="{"), ["schema.text"]),
        (schema(text="[]"), ["schema.text"]),
        (schema(text=""), ["schema.text"]),
        (schema(text='{"a": 12345678901234567890}'), ["schema.text"]),
        (schema(text='{"a": "\\u0007"}'), ["schema.text"]),
        (schema(text='{"a":' * 80 + "1" + "}" * 80), ["schema.text"]),
        ({**schema(text="{"), "responseFormat": "text"}, []),
        (with_input(), []),
        (with_input(type="number", default="x"), ["inputs.a.default"]),
        (with_input(type="integer", default="1.5"), ["inputs.a.default"]),
        (with_input(type="array", default="[1]"), []),
        (with_input(type="text"), ["inputs.a.type"]),
        ({**with_input(type="number", default="x"), "template": "none"}, []),
    ],
)  # fmt: skip
def test_what_check_would_refuse_is_named_beside_its_field(
    writer: Any, fields: dict[str, Any], wrong: list[str]
) -> None:
    assert first_problem(writer, **fields) == wrong


NAMES = [
    "a",
    "ticket-triage",
    "a.b_c-d",
    "9",
    "",
    "A",
    "-a",
    "a-",
    "a..b",
    "con",
    "con.x",
    "com1",
    "lpt9.y",
    "com0",
    "aux-x",
]
NAMES += ["a" * 64, "a" * 65, "caf\xe9", "a/b", "a b", " a", "a\n", "__proto__", "nul", "prn.a", "\u0130"]


def test_names_are_refused_as_on_the_command_line(writer: Any) -> None:
    found = for_each(writer, "form.nameProblem(item, rules)", NAMES)
    assert [bool(problem) for problem in found] == [refs.name_problem(name) is not None for name in NAMES]


def test_the_name_suggested_is_a_name(writer: Any) -> None:
    for problem in for_each(writer, "form.nameProblem(item, rules)", [name for name in NAMES if name]):
        if problem:
            assert refs.name_problem(problem.rpartition("Try ")[2].removesuffix(".")) is None, problem


TEMPLATE = "https://h.example/t/p/new/main?filename={filename}&value={value}&message={message}"


@pytest.mark.parametrize(
    ("template", "value", "url"),
    [
        (TEMPLATE, "a b+c&d=\u00e9\n", "https://h.example/t/p/new/main?filename=prompts%2Fx%2Fv1.prompt.yml&value=a+b%2Bc%26d%3D%C3%A9%0A&message=x+v1%3A+Why%3F"),
        (TEMPLATE, None, "https://h.example/t/p/new/main?filename=prompts%2Fx%2Fv1.prompt.yml&message=x+v1%3A+Why%3F"),
        (TEMPLATE, "{filename} $& $1", "https://h.example/t/p/new/main?filename=prompts%2Fx%2Fv1.prompt.yml&value=%7Bfilename%7D+%24%26+%241&message=x+v1%3A+Why%3F"),
        ("https://h/-/new/main?file_name={filename}", None, "https://h/-/new/main?file_name=prompts%2Fx%2Fv1.prompt.yml"),
        ("https://h/create/{filename}", None, "https://h/create/prompts/x/v1.prompt.yml"),
    ],
)  # fmt: skip
def test_the_address_of_the_new_file_page(writer: Any, template: str, value: str | None, url: str) -> None:
    call = "file.newFileUrl(item[0], 'prompts/x/v1.prompt.yml', item[1], 'x v1: Why?')"
    assert for_each(writer, call, [[template, value]]) == [url]


def test_the_yaml_of_a_preview_value_is_its_json(writer: Any) -> None:
    value = {"a": [1, 2.5, None, True, "x\u2028"], "b": {}, "c": []}
    (text,) = for_each(writer, "file.flow(item)", [value])
    assert json.loads(text) == value
    assert read_yaml(f"x: {text}".encode(), "x.yml").data == {"x": value}
