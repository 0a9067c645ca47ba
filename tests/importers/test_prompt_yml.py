from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from build import write
from cuebook import check, importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import Folder
from cuebook.importers._models import model_id
from cuebook.registry.reader import Registry
from cuebook.registry.version_files import read_version

PROMPT = """\
name: Ticket triage
description: Sorts a ticket into one queue
model: openai/gpt-4o-mini
modelParameters: {maxTokens: 200, temperature: 0.2}
messages:
  - {role: system, content: "You route tickets for {{company}}."}
  - {role: user, content: "{{input}}"}
"""
DATA = """\
testData:
  - {input: My invoice is wrong, company: Acme, expected: billing}
  - {input: The printer smokes, company: Acme, expected: hardware}
"""
JUDGE = """\
evaluators:
  - name: Right queue
    llm:
      modelId: openai/gpt-4o
      systemPrompt: You grade routing.
      prompt: "Wanted {{expected}}, got {{completion}}. Answer yes or no."
      choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]
"""


class Result:
    """What an import made, read back by our own readers."""

    def __init__(self, text: str, root: Path, **settings: Any) -> None:
        request = importers.Request("old/triage.prompt.yml", text.encode(), "triage", **settings)
        made = importers.read("prompt_yml", request)
        self.files = dict(made.files)
        self.warnings = [str(problem) for problem in made.notes]
        self.tree = Folder(write(root, self.files))
        self.errors = [item for item in check.check(self.tree) if item.severity == "error"]
        self.registry = Registry(self.tree)

    @property
    def version(self) -> Any:
        return self.registry.version("triage", 1)

    @property
    def suite(self) -> Any:
        return self.registry.suite("triage")

    @property
    def cases(self) -> list[Any]:
        return [json.loads(line) for line in self.files["evals/triage/dataset.jsonl"].splitlines()]

    def warned(self, text: str) -> bool:
        return any(text in warning for warning in self.warnings)


def test_the_prompt_becomes_version_1(tmp_path: Path) -> None:
    result = Result(PROMPT, tmp_path)
    version = result.version
    assert not result.errors
    assert (version.message, version.model) == ("Imported from triage.prompt.yml", "openai/gpt-4o-mini")
    assert version.parameters == {"maxTokens": 200, "temperature": 0.2}
    assert [item["role"] for item in version.messages] == ["system", "user"]
    meta = result.registry.meta("triage")
    assert (meta.title, meta.description) == ("Ticket triage", "Sorts a ticket into one queue")
    assert set(result.files) == {"prompts/triage/v1.prompt.yml", "prompts/triage/meta.yml"}
    assert not [path for path in result.files if path.endswith("aliases.yml")], "nothing is live unproven"


def test_test_data_become_cases_and_the_gate_can_decide_alone(tmp_path: Path) -> None:
    result = Result(PROMPT + DATA + "evaluators: [{name: ok, string: {equals: '{{expected}}'}}]", tmp_path)
    assert not result.errors
    assert result.cases == [
        {
            "id": "case-001",
            "inputs": {"company": "Acme", "input": "My invoice is wrong"},
            "expectations": {"expected": "billing"},
        },
        {
            "id": "case-002",
            "inputs": {"company": "Acme", "input": "The printer smokes"},
            "expectations": {"expected": "hardware"},
        },
    ]
    assert {label: rule.floor for label, rule in result.suite.gate.metrics.items()} == {"ok": 0.5}
    assert result.warned("2 rows cannot tell a small loss")


@pytest.mark.parametrize(
    ("rule", "scorer", "settings", "expected"),
    [
        ("equals: '{{expected}}'", "exact", {"expectation": "expected"}, {}),
        ("contains: '{{expected}}'", "contains", {"expectation": "expected"}, {}),
        ("contains: queue", "contains", {"expectation": "is_it"}, {"is_it": "queue"}),
        ("contains: 'to {{expected}}!'", "contains", {"expectation": "is_it"}, {"is_it": "to billing!"}),
        ("contains: '{{input}}'", "contains", {"expectation": "is_it"}, {"is_it": "My invoice is wrong"}),
        ("contains: '{{ expected }}'", "contains", {"expectation": "is_it"}, {"is_it": "{{ expected }}"}),
        ("contains: '{{nobody}}'", "contains", {"expectation": "is_it"}, {"is_it": "{{nobody}}"}),
        ("contains: 12", "contains", {"expectation": "is_it"}, {"is_it": "12"}),
        ("startsWith: a+b", "regex", {"expectation": "is_it"}, {"is_it": r"(?i)\A\s*a\+b"}),
        ("endsWith: a+b", "regex", {"expectation": "is_it"}, {"is_it": r"(?i)a\+b\s*\z"}),
        ("endsWith: x, contains: y", "contains", {"expectation": "is_it"}, {"is_it": "y"}),
    ],
)
def test_string_evaluators(
    tmp_path: Path, rule: str, scorer: str, settings: dict[str, str], expected: dict[str, str]
) -> None:
    result = Result(PROMPT + DATA + f"evaluators: [{{name: Is it?, string: {{{rule}}}}}]", tmp_path)
    assert not result.errors
    (spec,) = result.suite.scorers
    assert (spec.name, spec.label, dict(spec.parameters)) == (scorer, "is-it", settings)
    assert result.cases[0]["expectations"] == {"expected": "billing", **expected}


def test_an_llm_evaluator_becomes_a_judge(tmp_path: Path) -> None:
    result = Result(PROMPT + DATA + JUDGE, tmp_path)
    assert not result.errors
    (spec,) = result.suite.scorers
    assert spec.label == "right-queue"
    assert spec.parameters == {
        "prompt": "judge-triage-right-queue/1",
        "scale": [0, 1],
        "with": {"expected": "expectations.expected"},
    }
    assert result.suite.gate.judges.min_kappa == 0.4
    assert result.warned("judge-triage-right-queue/1 only advises until its grades agree with people's")
    judge = result.registry.version("judge-triage-right-queue", 1)
    assert judge.model == "openai/gpt-4o"
    assert "- yes = 1\n- no = 0\n" in judge.messages[0]["content"]
    assert "<answer-{{mark}}>\n{{answer}}\n</answer-{{mark}}>" in judge.messages[1]["content"]
    assert judge.json_schema["schema"]["properties"]["score"]["enum"] == [0, 1]
    assert result.warned("any score above 0 passed before")
    assert not result.warned("which it contains")


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ('choice: "no"', 'choice: "not yes"', "a reply 'not yes' also counted as 'yes'"),
        ("got {{completion}}. ", "", "its prompt never showed the answer"),
        ("{{expected}}", "{{other}}", "no row of the test data has 'other'"),
        ("score: 0", "score: 1", "has the same score; it was left out"),
        ("Wanted {{expected}}", "Wanted {{#if x}}", "braces that are not a variable; it was left out"),
        ("openai/gpt-4o", "what is this", "is not a model id"),
    ],
)
def test_what_a_judge_does_otherwise_is_said(tmp_path: Path, old: str, new: str, warning: str) -> None:
    assert old in JUDGE
    result = Result(PROMPT + DATA + JUDGE.replace(old, new), tmp_path)
    assert not result.errors
    assert result.warned(warning)


def test_a_variable_with_a_name_that_judges_reserve(tmp_path: Path) -> None:
    data, judge = DATA.replace("expected", "answer"), JUDGE.replace("expected", "answer")
    result = Result(PROMPT + data + judge, tmp_path)
    assert not result.errors
    assert result.suite.scorers[0].parameters["with"] == {"the_answer": "expectations.answer"}


def test_models_can_be_replaced(tmp_path: Path) -> None:
    settings = {"model": "local/small", "judge_model": "local/large"}
    result = Result(PROMPT + DATA + JUDGE, tmp_path, **settings)
    assert result.version.model == "local/small"
    assert result.registry.version("judge-triage-right-queue", 1).model == "local/large"
    assert not result.warned("retired")


@pytest.mark.parametrize(
    ("plugin", "kept"), [("github/similarity", True), ("github/fluency", False), ("me/mine", False)]
)
def test_plugins(tmp_path: Path, plugin: str, kept: bool) -> None:
    result = Result(PROMPT + DATA + f"evaluators: [{{name: p, uses: {plugin}}}]", tmp_path)
    assert not result.errors
    assert ("evals/triage/suite.yml" in result.files) is kept
    assert result.warned("counts shared words" if kept else "it has no equivalent here")
    assert result.warned("there is no suite yet") is not kept


def test_more_than_three_scorers_are_reported_only(tmp_path: Path) -> None:
    rules = "".join(f"  - {{name: rule, string: {{contains: '{n}'}}}}\n" for n in range(4))
    result = Result(PROMPT + DATA + "evaluators:\n" + rules, tmp_path)
    assert not result.errors
    assert [spec.label for spec in result.suite.scorers] == ["rule", "rule-2", "rule-3", "rule-4"]
    assert list(result.suite.gate.metrics) == ["rule", "rule-2", "rule-3"]
    assert result.warned("only 3 scorers decide; reported only: rule-4")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("my-key", "my_key"), ("a.b", "a_b"), ("1st", "v_1st"), ("input", "input"), ("Größe", "Gr_e")],
)
def test_names_that_cannot_be_variables(tmp_path: Path, name: str, expected: str) -> None:
    text = PROMPT.replace("{{input}}", f"{{{{{name}}}}}") + DATA.replace("input:", f"{name}:")
    result = Result(text, tmp_path)
    assert not result.errors
    assert list(result.version.inputs) == ["company", expected]
    assert expected in result.cases[0]["inputs"]
    assert result.warned(" -> ") is (name != expected)


def test_two_keys_that_become_one_name_stay_apart(tmp_path: Path) -> None:
    text = PROMPT.replace("{{input}}", "{{a-b}}{{a.b}}") + "testData: [{company: x, a-b: one, a.b: two}]\n"
    result = Result(text, tmp_path)
    assert not result.errors
    assert result.cases[0]["inputs"] == {"company": "x", "a_b": "one", "a_b_2": "two"}


@pytest.mark.parametrize(
    ("first", "second", "kind", "values"),
    [
        ("one", "two", "string", ["one", "two"]),
        ("1", "2", "integer", [1, 2]),
        ("1", "2.5", "number", [1, 2.5]),
        ("true", "false", "boolean", [True, False]),
        ("true", "word", "string", ["true", "word"]),
        ("[a]", "[]", "array", [["a"], []]),
        ("null", "word", "string", ["", "word"]),
        ("{a: 1}", "word", "string", ['{"a": 1}', "word"]),
    ],
)
def test_types_of_inputs(tmp_path: Path, first: str, second: str, kind: str, values: list[Any]) -> None:
    text = f"{PROMPT}testData:\n  - {{company: x, input: {first}}}\n  - {{company: x, input: {second}}}\n"
    result = Result(text, tmp_path)
    assert not result.errors
    assert result.version.inputs["input"]["type"] == kind
    assert [case["inputs"]["input"] for case in result.cases] == values


def test_a_variable_that_some_rows_lack_is_empty_there(tmp_path: Path) -> None:
    result = Result(PROMPT + "testData: [{input: a, company: x}, {input: b}]\n", tmp_path)
    assert not result.errors
    assert result.version.inputs["company"] == {"type": "string", "default": ""}
    assert result.warned("1 of 2 rows of the test data has 'company'")


@pytest.mark.parametrize(
    ("old", "new", "line", "warning"),
    [
        ("{{input}}", "{{ input }}", 7, "unfilled because of its spaces"),
        ("temperature: 0.2", "api_base: http://x", 4, "api_base: a secret or an address"),
        ("name: Ticket triage", "nme: Ticket triage", 1, "the format has no key 'nme'; did you mean 'name'?"),
        ("openai/gpt-4o-mini", "mistral-ai/mistral-small", 3, "mistral/mistral-small"),
        ("openai/gpt-4o-mini", "microsoft/phi-4", 3, "openrouter/microsoft/phi-4"),
        ("temperature: 0.2", "temperature: 9", 4, "temperature: it is 9; at most 2"),
        ("{{input}}", "{{#each x}}{{input}}", 7, "text with {{ }} or the like -> jinja2 with raw"),
        ("description", "jsonSchema: '{}'\ndescription", 2, "did nothing"),
        ("description", "evaluators: [{name: x, uses: y}]\ndescription", 2, "there is no test data"),
    ],
)
def test_warnings_name_the_line(tmp_path: Path, old: str, new: str, line: int, warning: str) -> None:
    assert old in PROMPT
    result = Result(PROMPT.replace(old, new, 1), tmp_path)
    assert not result.errors
    assert [text for text in result.warnings if f"triage.prompt.yml:{line}: " in text and warning in text]


SCHEMA = 'jsonSchema: \'{"name": "t", "strict": true, "schema": {"type": "object"}}\'\n'


def test_the_json_schema_may_be_text_or_a_mapping(tmp_path: Path) -> None:
    text = f"{PROMPT}responseFormat: json_schema\n{SCHEMA}"
    kept = {"name": "t", "strict": True, "schema": {"type": "object"}}
    assert Result(text, tmp_path / "text").version.json_schema == kept
    mapping = f"{PROMPT}responseFormat: json_schema\n{yaml.safe_dump({'jsonSchema': kept})}"
    assert Result(mapping, tmp_path / "mapping").version.json_schema == kept
    words = PROMPT.replace("You route", "As JSON, you route")
    made = Result(words + "responseFormat: json_object\n", tmp_path / "object")
    assert made.version.response_format == "json_object"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: error: the file is empty"),
        ("a: b: c", ":1: error: not YAML"),
        (
            PROMPT.replace("model: openai/gpt-4o-mini\n", ""),
            "no model is named here\n    choose one: --model",
        ),
        (PROMPT.replace("openai/gpt-4o-mini", "phi four"), ":3: error: 'phi four' is not a model id"),
        (PROMPT.replace("role: user", "role: tool"), ":7: error: message 2, role"),
        (PROMPT + "testData: [1]\n", ":8: error: testData, item 1"),
        (PROMPT + "responseFormat: xml\n", ":8: error: responseFormat"),
        (PROMPT + "responseFormat: json_schema\njsonSchema: '{'\n", ":9: error: the text of jsonSchema"),
        (PROMPT + 'responseFormat: json_schema\njsonSchema: \'{"name": "x"}\'\n', "'schema' is missing"),
        (PROMPT + "responseFormat: json_schema\n", "error: jsonSchema"),
        (PROMPT + "x: !!python/object:os.system y\n", "YAML tags"),
    ],
)
def test_files_that_cannot_be_imported(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        Result(text, tmp_path)
    assert said in str(wrong.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        PROMPT.replace("openai/gpt-4o-mini", "phi four").replace("{{input}}", "x")
        + "responseFormat: json_schema\n"
    )
    with pytest.raises(InvalidFiles) as wrong:
        Result(text, tmp_path)
    assert len([item for item in wrong.value.problems if item.severity == "error"]) == 2


def test_a_value_of_another_shape_hides_nothing_else() -> None:
    text = """\
messages: [{role: critic, content: Hi}, {role: user, content: "{{ x }}"}]
modelParameters: {speed: 3}
evaluators: [3, {name: e, uses: github/none}]
testData: [{x: a}]
responseFormat: json_schema
jsonSchema: "{"
"""
    with pytest.raises(importers.NotImported) as caught:
        importers.read("prompt_yml", importers.Request("a.prompt.yml", text.encode()))
    assert [f"{item.line} {item.message[:28]}" for item in caught.value.problems] == [
        "1 message 1, role: 'critic' is",
        "3 evaluators, item 1: expected",
        "1 no model is named here",
        "6 the text of jsonSchema is no",
    ]
    found = {note.at for note in caught.value.notes}
    assert found >= {"messages.1.content", "modelParameters.speed", "evaluators.1"}


def test_empty_messages_are_left_out_and_told() -> None:
    messages = "[{role: system, content: ''}, {role: user, content: '{{x}} {y}'}, {role: user}]"
    text = f"model: gpt-4o\nmessages: {messages}\n"
    made = importers.read("prompt_yml", importers.Request("a.prompt.yml", text.encode()))
    assert made.prompts[0].versions[0].body["messages"] == [{"role": "user", "content": "{{x}} {y}"}]
    assert [(note.at, note.message) for note in made.notes] == [
        ("messages.0", "the system message is empty"),
        ("messages.2", "the user message is empty"),
        ("messages.1.content", "{y} looks like a variable but is text"),
    ]
    with pytest.raises(importers.NotImported, match="no message has a text"):
        importers.read(
            "prompt_yml", importers.Request("a.prompt.yml", text.replace("{{x}} {y}", "").encode())
        )


def test_values_below_vars_fill_the_prompt() -> None:
    rows = "[{vars: {x: a}, expected: b}, {x: c}]"
    text = f"model: gpt-4o\nmessages: [{{role: user, content: '{{{{x}}}}'}}]\ntestData: {rows}\n"
    made = importers.read("prompt_yml", importers.Request("a.prompt.yml", text.encode()))
    assert [row["inputs"] for row in made.cases[0].rows] == [{"x": "a"}, {"x": "c"}]
    assert made.cases[0].rows[0]["expectations"] == {"expected": "b"}
    assert "vars: what is below it fills the prompt, as in other tools" in [n.message for n in made.notes]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    name = '"x\\n\\u2028--- !!python {{boom}} ```"'
    text = (
        PROMPT.replace("Ticket triage", name) + DATA + "evaluators: [{name: '../../etc', uses: github/x}]\n"
    )
    result = Result(text, tmp_path)
    assert not result.errors
    assert "\n" not in result.registry.meta("triage").title
    assert not [path for path in result.files if ".." in path]


def test_the_spellings_of_real_files_are_taken_over(tmp_path: Path) -> None:
    text = (
        PROMPT.replace("{maxTokens: 200, temperature: 0.2}", "{max_tokens: 200, top_p: 0.9}")
        .replace("role: system", "role: System, cache: true")
        .replace("{{input}}", "{{.input}}")
    )
    result = Result(f"{text}{DATA}evaluators: [{{string: {{contains: x}}}}]\n", tmp_path)
    assert not result.errors
    assert result.version.parameters == {"maxTokens": 200, "topP": 0.9}
    assert [item["role"] for item in result.version.messages] == ["system", "user"]
    assert result.version.messages[1]["content"] == "{{input}}"
    assert result.cases[0]["inputs"]["input"] == "My invoice is wrong"
    assert result.suite.scorers[0].label == "evaluator-1"
    assert result.warned("a message has no key 'cache' here")
    assert result.warned("{{.input}} -> {{input}}")
    wrong = Result(PROMPT.replace("maxTokens: 200", "max_tokens: lots"), tmp_path / "wrong")
    assert wrong.warned(":4: left-out: 'lots' cannot be used: maxTokens: expected a whole number")


def test_a_file_without_a_model_takes_that_of_the_settings(tmp_path: Path) -> None:
    bare = PROMPT.replace("model: openai/gpt-4o-mini\n", "")
    result = Result(bare, tmp_path, usual_model="openai/gpt-6-luna")
    assert result.version.model == "openai/gpt-6-luna"
    assert result.warned("changed: no model there: openai/gpt-6-luna of the settings")


def test_the_name_of_the_prompt_is_its_own_else_that_of_the_file() -> None:
    def name(path: str, text: str) -> str:
        return importers.read("prompt_yml", importers.Request(path, text.encode())).prompts[0].name

    assert name("x/01.ask.prompt.yml", PROMPT) == "ticket-triage"
    bare = PROMPT.partition("\n")[2]
    assert [name(path, bare) for path in ("a/b.prompt.yml", "01.ask.prompt.yml", "a/ask_prompt.yml")] == [
        "b",
        "ask",
        "ask",
    ]
    assert name("desk/prompt.prompt.yml", bare) == "desk"


def test_tools_come_over_in_openais_format_and_in_ours(tmp_path: Path) -> None:
    text = (
        "model: openai/gpt-4o-mini\nmessages: [{role: user, content: '{{q}}'}]\n"
        "tools:\n"
        "  - {type: function, function: {name: look, parameters: {type: object}, extra: 1}}\n"
        "  - {name: go, parameters: {type: object}}\n"
        "  - {type: function, function: x, name: odd}\n"
        "toolChoice: {type: function, function: {name: look}}\n"
        "parallelToolCalls: false\n"
    )
    made = importers.read("prompt_yml", importers.Request("a.prompt.yml", text.encode(), "a"))
    version, problems = read_version(made.files["prompts/a/v1.prompt.yml"], "x", "a", 1)
    assert problems == []
    assert version
    assert version.calling == {
        "tools": [
            {"name": "look", "parameters": {"type": "object"}},
            {"name": "go", "parameters": {"type": "object"}},
            {"name": "odd"},
        ],
        "toolChoice": {"name": "look"},
        "parallelToolCalls": False,
    }
    said = [(item.line, item.message) for item in made.notes]
    assert (4, "look: no model sees extra") in said
    assert (6, "odd: no model sees function, type") in said


def test_a_setting_that_the_model_refuses_is_left_out(tmp_path: Path) -> None:
    result = Result(PROMPT.replace("openai/gpt-4o-mini", "anthropic/claude-sonnet-5-5"), tmp_path)
    assert not result.errors
    assert result.version.parameters == {"maxTokens": 200}
    assert result.warned("left-out: claude-sonnet-5-5 takes no temperature")


def test_a_model_of_the_registrys_own_endpoint_stays_what_it_is(tmp_path: Path) -> None:
    own = Result(PROMPT.replace("openai/gpt-4o-mini", "desk/small"), tmp_path / "a", served=["desk"])
    assert own.version.model == "desk/small"
    toy = Result(PROMPT.replace("openai/gpt-4o-mini", "offline/rules"), tmp_path / "b")
    assert toy.version.model == "offline/rules"


def test_a_bare_schema_gets_the_name_of_the_prompt(tmp_path: Path) -> None:
    schema = "responseFormat: json_schema\njsonSchema: {type: object, properties: {a: {type: string}}}\n"
    result = Result(PROMPT + schema, tmp_path)
    assert result.version.json_schema == {
        "name": "triage",
        "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    }
    assert result.warned("the schema is called triage here")


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("adaline:openai:chat:gpt-4o-mini", "openai/gpt-4o-mini"),
        ("github:openai/gpt-4o", "openai/gpt-4o"),
        ("togetherai:meta-llama/Llama-3", "together_ai/meta-llama/Llama-3"),
        ("azureml://registries/azure-openai/models/gpt-4o/versions/2024-11-20", "openai/gpt-4o"),
        ("azureml://registries/azureml-mistral/models/Mistral-large", "mistral/mistral-large"),
    ],
)
def test_a_model_of_azures_catalogue_is_called_by_its_maker(written: str, ours: str) -> None:
    assert model_id(written)[0] == ours


def test_a_key_that_is_missing_is_told_with_the_one_that_was_written_for_it() -> None:
    with pytest.raises(InvalidFiles) as wrong:
        importers.read(
            "prompt_yml", importers.Request("a.prompt.yml", b"model: openai/gpt-6-luna\nmesages: []\n")
        )
    (problem,) = wrong.value.problems
    assert (problem.message, problem.hint) == (
        "'messages' is missing",
        "write 'messages' in place of 'mesages'",
    )
