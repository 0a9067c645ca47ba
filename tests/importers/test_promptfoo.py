from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from build import write
from cuebook import check, importers
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree, Folder
from cuebook.gate.power import too_few
from cuebook.importers.promptfoo import sniff
from cuebook.registry.suite_files import read_suite

PATH = "shop/promptfooconfig.yaml"
ONE = {"prompts": ["Answer: {{question}}"], "providers": ["openai:gpt-4o-mini"]}


def taken(
    config: dict[str, Any], files: dict[str, bytes] | None = None, **changes: Any
) -> importers.Imported:
    data = yaml.safe_dump(config, sort_keys=False).encode()
    request = importers.Request(PATH, data, beside=FixedTree(files or {}), **changes)
    return importers.read("promptfoo", request)


def notes(made: importers.Imported) -> list[tuple[str, str, str]]:
    return [(note.at, note.kind, note.message) for note in made.notes]


def suite(asserts: list[dict[str, Any]], **values: Any) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The scorers of one row with these asserts by label, its expectations, and what was left out."""
    test = {"vars": {"question": "x", **values}, "assert": asserts}
    made = taken(ONE | {"tests": [test]})
    (cases,) = made.cases
    found = {}
    for item in (cases.suite or {}).get("scorers", []):
        ((scorer, settings),) = item.items()
        found[settings.get("as", scorer)] = {"scorer": scorer, **settings}
    left = [note.message for note in made.notes if note.kind == "left-out"]
    return found, dict(cases.rows[0].get("expectations", {})), left


def test_a_config_becomes_a_prompt_a_dataset_and_a_suite_that_check_takes(tmp_path: Path) -> None:
    config = ONE | {
        "description": "Questions of a shop",
        "prompts": [{"label": "short", "raw": "Answer: {{question}}"}, "Please answer: {{question}}"],
        "providers": [
            {
                "id": "openai:chat:gpt-4o-mini",
                "config": {"temperature": 0, "apiKey": "sk-planted", "top_p": 7},
            },
            "anthropic:messages:claude-haiku-4-5",
            "file://app.py",
        ],
        "evaluateOptions": {"repeat": 3},
        "tests": [
            {
                "description": "Opening hours",
                "vars": {"question": "When?", "topic": "hours"},
                "metadata": {"kind": "easy"},
                "assert": [
                    {"type": "icontains", "value": "nine"},
                    {"type": "llm-rubric", "value": "Is short"},
                ],
            },
            {"vars": {"question": "Where?"}, "assert": [{"type": "javascript", "value": "boom()"}]},
        ],
    }
    made = taken(config)
    assert [prompt.name for prompt in made.prompts] == ["shop", "shop-rubric"]
    first, second = made.prompts[0].versions
    assert (first.message, second.body["template"]) == (
        "Imported from promptfooconfig.yaml: short",
        "Please answer: {{question}}",
    )
    assert (first.body["model"], first.body["modelParameters"]) == ("openai/gpt-4o-mini", {"temperature": 0})
    assert made.prompts[0].description == "Questions of a shop"
    (cases,) = made.cases
    assert cases.rows[0] == {
        "id": "opening-hours",
        "inputs": {"question": "When?"},
        "expectations": {"topic": "hours", "icontains": ["nine"], "rubric": "Is short"},
        "tags": ["kind:easy"],
    }
    assert cases.suite
    assert (cases.suite["models"], cases.suite["repeats"]) == (
        ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"],
        3,
    )
    assert list(cases.suite["gate"]["metrics"]) == ["icontains", "rubric"]
    said = notes(made)
    assert ("tests.1.assert.0", "left-out", "javascript: code, which is not run") in said
    assert ("providers.2", "left-out", "file://app.py: a program or a server, not a model") in said
    assert "sk-planted" not in str(said)
    write(tmp_path, made.files)
    assert [item for item in check.check(Folder(tmp_path)) if item.severity == "error"] == []


@pytest.mark.parametrize(
    ("given", "label", "settings", "expected"),
    [
        (
            {"type": "equals", "value": "No."},
            "equals",
            {"scorer": "exact", "strip": False},
            {"equals": "No."},
        ),
        (
            {"type": "equals", "value": {"a": 1}},
            "equals-json",
            {"scorer": "json_fields"},
            {"equals_json": {"a": 1}},
        ),
        ({"type": "contains", "value": "a"}, "contains", {"ignore_case": False}, {"contains": ["a"]}),
        ({"type": "icontains-all", "value": ["a", "b"]}, "icontains", {}, {"icontains": ["a", "b"]}),
        ({"type": "not-contains", "value": "a"}, "not-contains", {"absent": True}, {"not_contains": ["a"]}),
        ({"type": "contains-any", "value": ["a.", "b"]}, "contains-any", {}, {"contains_any": r"(?:a\.|b)"}),
        ({"type": "starts-with", "value": "a"}, "starts-with", {}, {"starts_with": r"\Aa"}),
        ({"type": "regex", "value": "(?<n>x)"}, "regex", {}, {"regex": "(?P<n>x)"}),
        ({"type": "not-regex", "value": "x"}, "not-regex", {"absent": True}, {"not_regex": "x"}),
        ({"type": "is-json"}, "is-json", {"scorer": "json_schema", "schema": {}, "allow_fence": False}, {}),
        ({"type": "is-json", "value": "type: object"}, "is-json", {"schema": {"type": "object"}}, {}),
        ({"type": "word-count", "value": {"max": 9}}, "word-count", {"scorer": "length", "max_words": 9}, {}),
        ({"type": "contains", "value": "{{topic}}"}, "contains", {}, {"contains": ["hours"]}),
        ({"type": "g-eval", "value": ["one", "two"]}, "rubric", {"scorer": "judge"}, {"rubric": "one\ntwo"}),
    ],
)
def test_an_assert_becomes_a_scorer(
    given: dict[str, Any], label: str, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    found, expectations, left = suite([given], topic="hours")
    assert left == []
    assert found[label].items() >= settings.items()
    assert {key: value for key, value in expectations.items() if key != "topic"} == expected


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"type": "python", "value": "x"}, "python: code, which is not run"),
        ({"type": "similar", "value": "x"}, "similar: no equivalent"),
        ({"type": "containz", "value": "x"}, "containz: no equivalent; did you mean 'contains'?"),
        ({"type": "regex", "value": "(?!x)"}, "RE2 cannot compile it"),
        ({"type": "regex", "value": "("}, "not a regular expression"),
        ({"type": "not-contains-all", "value": ["a", "b"]}, "no equivalent"),
        ({"type": "not-llm-rubric", "value": "a"}, "not-llm-rubric: no equivalent"),
        ({"type": "latency"}, "without a threshold"),
        ({"type": "contains"}, "nothing to look for"),
        ({"type": "is-json", "value": "file://gen.py"}, "its value is not a schema that can be read"),
        ({"type": "is-json", "value": {"type": "odd"}}, 'type: "odd" is not a JSON Schema type'),
        ({"type": "equals", "value": [1]}, "equals: a list"),
        ({}, ": no equivalent"),
    ],
)
def test_an_assert_without_an_equal_is_named(given: dict[str, Any], why: str) -> None:
    kept = {"type": "contains", "value": "a"}
    _, _, left = suite([given, kept])
    assert any(why in item for item in left) == bool(given)


def test_a_row_is_called_by_its_description_and_no_two_alike() -> None:
    described = ["case 002", "", "Late", "late", "a tie"]
    (cases,) = taken(
        ONE
        | {"tests": [{"description": one, "vars": {"question": str(n)}} for n, one in enumerate(described)]}
    ).cases
    assert [row["id"] for row in cases.rows] == ["case-002", "case-002-2", "case-003", "case-004", "a-tie"]


def test_several_asserts_of_a_kind_are_joined_and_limits_are_the_largest() -> None:
    found, expected, _ = suite(
        [
            {"type": "contains", "value": "a", "metric": "Has words"},
            {"type": "contains-all", "value": ["b", "a"]},
            {"type": "regex", "value": "x"},
            {"type": "regex", "value": "y"},
            {
                "type": "assert-set",
                "assert": [{"type": "llm-rubric", "value": "one"}, {"type": "llm-rubric", "value": "two"}],
            },
            {"type": "latency", "threshold": 1000},
            {"type": "latency", "threshold": 4000},
        ]
    )
    assert list(found) == ["has-words", "regex", "regex-2", "rubric", "rubric-2", "latency"]
    assert found["latency"]["max_seconds"] == 4.0
    assert expected == {
        "contains": ["a", "b"],
        "regex": "x",
        "regex_2": "y",
        "rubric": "one",
        "rubric_2": "two",
    }


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ([], "is-json: 1 of 2 rows ask for it, and a scorer would ask it of all"),
        ([{"type": "is-json", "value": {"type": "object"}}], "is-json: 2 schemas, and a scorer has one"),
    ],
)
def test_json_that_cannot_be_asked_of_all_rows_is_left_out_with_the_reason(
    second: list[Any], why: str
) -> None:
    rows = [[{"type": "is-json"}], [*second, {"type": "contains", "value": "a"}]]
    tests = [{"vars": {"question": "x"}, "assert": asserts} for asserts in rows]
    said = [message for _, kind, message in notes(taken(ONE | {"tests": tests})) if kind == "left-out"]
    assert [message.startswith(why) for message in said] == [True] * (1 + len(second))


def test_a_threshold_of_a_rubric_is_the_floor_of_its_mean() -> None:
    rules = [
        {"type": "llm-rubric", "value": "Is short", "threshold": 0.7, "metric": "Brevity"},
        {"type": "llm-rubric", "value": "Is kind"},
    ]
    tests = [
        {"vars": {"question": "x"}, "assert": rules},
        {"vars": {"question": "y"}, "assert": [rules[0] | {"threshold": 0.6, "metric": "Length"}]},
    ]
    made = taken(ONE | {"tests": tests})
    assert made.cases[0].suite
    metrics = made.cases[0].suite["gate"]["metrics"]
    assert {label: rule["floor"] for label, rule in metrics.items()} == {"brevity": 0.6, "rubric-2": 0.5}
    said = notes(made)
    what = "threshold 0.7: here it applies to the mean of all answers, not to each"
    assert ("tests.0.assert.0.threshold", "changed", what) in said
    what = "metric 'Length': asserts of its kind become one scorer, brevity"
    assert ("tests.1.assert.0.metric", "changed", what) in said


@pytest.mark.parametrize("kind", ["contains", "not-icontains", "regex", "equals", "is-json", "llm-rubric"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", -1),
        ("weight", 2),
        ("transform", "output.x"),
        ("contextTransform", "x"),
        ("rubricPrompt", "x"),
        ("config", {"a": 1}),
        ("metric", ["a"]),
    ],
)
def test_no_option_of_an_assert_is_lost_without_a_word(kind: str, key: str, value: Any) -> None:
    _, _, left = suite([{"type": kind, "value": "a" if kind != "is-json" else {}, key: value}])
    assert left == [f"{key} of an assert: no equivalent"]


RUBRIC = {"type": "llm-rubric", "value": "Is short"}


@pytest.mark.parametrize(
    ("where", "at"),
    [
        ("default", "defaultTest.options.provider"),
        ("test", "tests.0.options.provider"),
        ("assert", "tests.0.assert.0.provider"),
    ],
)
def test_the_judge_asks_the_model_that_graded_there(where: str, at: str) -> None:
    given = {"id": "openai:gpt-4o", "config": {"temperature": 0, "apiKey": "sk-planted", "tools": ["x"]}}
    options = {"options": {"provider": given}}
    asserts = [RUBRIC | ({"provider": given} if where == "assert" else {})]
    test = {"vars": {"question": "x"}, "assert": asserts} | (options if where == "test" else {})
    config = ONE | {"tests": [test]} | ({"defaultTest": options} if where == "default" else {})
    made = taken(config)
    judge = made.prompts[1].versions[0].body
    assert (judge["model"], judge["modelParameters"]) == ("openai/gpt-4o", {"temperature": 0})
    assert {note.at for note in made.notes if note.kind == "left-out"} == {
        f"{at}.config.{key}" for key in ("apiKey", "tools.0")
    }
    assert "sk-planted" not in str(made)
    other = taken(config, judge_model="openai/gpt-6-luna")
    assert other.prompts[1].versions[0].body["model"] == "openai/gpt-6-luna"
    assert (
        at,
        "changed",
        "openai/gpt-4o there: openai/gpt-6-luna, by --judge-model or 'judge_model' of the settings",
    ) in notes(other)


def test_graders_that_cannot_be_kept_are_said() -> None:
    rules = [
        RUBRIC | {"provider": given}
        for given in ("file://grade.py", {"text": "openai:gpt-4o"}, "openai:gpt-4.1")
    ]
    tests = [
        {"vars": {"question": "x"}, "assert": rules},
        {
            "vars": {"question": "y"},
            "options": {"provider": "openai:gpt-4o", "prefix": "a", "transform": "x"},
        },
    ]
    made = taken(ONE | {"tests": tests})
    assert made.prompts[1].versions[0].body["model"] == "openai/gpt-4o"
    said = {at: message for at, _, message in notes(made)}
    assert said["tests.0.assert.0.provider"].startswith("'file://grade.py' is a program or a server")
    assert (
        said["tests.0.assert.2.provider"]
        == "openai/gpt-4.1 there: one judge grades all rubrics, and asks openai/gpt-4o"
    )
    assert said["tests.1.options.provider"] == "provider of a test's options: it grades no rubric"
    assert said["tests.1.options.prefix"] == "prefix of a test's options: no equivalent"
    assert said["tests.1.options.transform"] == "transform of a test's options: no equivalent"


def test_options_of_a_set_of_asserts_are_named() -> None:
    inner = [{"type": "contains", "value": "a"}]
    _, _, left = suite([{"type": "assert-set", "threshold": 0.5, "metric": "m", "assert": inner}])
    assert left == [
        "threshold of a set of asserts: no equivalent",
        "metric of a set of asserts: no equivalent",
    ]


@pytest.mark.parametrize("kind", ["contains-all", "not-contains", "not-regex", "llm-rubric", "equals"])
def test_a_metric_is_the_label_whatever_the_scorer_is_called(kind: str) -> None:
    found, _, _ = suite(
        [{"type": kind, "value": {"a": 1} if kind == "equals" else "a", "metric": "My metric"}]
    )
    assert list(found) == ["my-metric"]


def test_prompts_are_read_from_files_and_code_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    files = {
        "a.txt": b"One {{q}}\n---\nTwo {{q}}\n",
        "b.md": b"Three {{q}}\n",
        "chat.json": b'[{"role": "developer", "content": "Sort."}, {"role": "user", "content": "{{q}}"}]',
        "c.yaml": b"- role: user\n  content: Four {{q}}\n",
        "p.csv": b"prompt,label\nFive {{q}},five\n",
        "gen.py": f"open({str(mark)!r}, 'w')".encode(),
    }
    listed = [
        "file://a.txt",
        "./b.md",
        "chat.json",
        "c.yaml",
        "p.csv",
        "gen.py:make",
        "langfuse://x",
        "no/*.txt",
    ]
    made = taken(ONE | {"prompts": listed}, files)
    bodies = [version.body for version in made.prompts[0].versions]
    assert [body.get("template") for body in bodies] == [
        "One {{q}}", "Two {{q}}", "Three {{q}}\n", None, None, "Five {{q}}",
    ]  # fmt: skip
    assert bodies[3]["messages"][0]["role"] == "developer"
    left = [message for _, kind, message in notes(made) if kind == "left-out"]
    assert left == [
        "gen.py:make: code, which is not run",
        "langfuse://x: nothing is fetched or run",
        "no/*.txt: no file matches it",
    ]
    assert not mark.exists()


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"description": "Mail triage"}, "mail-triage"),
        ({"description": "Questions that people ask of a shop"}, "shop"),
        ({"prompts": [{"label": "triage", "raw": "A {{x}}"}]}, "triage"),
        ({"prompts": [{"label": "a", "raw": "A {{x}}"}, {"label": "b", "raw": "B {{x}}"}]}, "shop"),
        ({"prompts": [{"id": "file://p/a.txt"}]}, "shop"),
        (
            {"description": "Mail", "prompts": [{"label": f"desk/{n}", "raw": "A {{x}}"} for n in (1, 3)]},
            "desk",
        ),
    ],
)
def test_a_prompt_is_called_as_the_config_calls_it_else_as_its_folder(
    config: dict[str, Any], name: str
) -> None:
    assert taken(ONE | config, {"p/a.txt": b"A {{x}}"}).prompts[0].name == name
    assert taken(ONE | config, {"p/a.txt": b"A {{x}}"}, name="chosen").prompts[0].name == "chosen"


def test_prompts_with_other_variables_are_prompts_of_their_own() -> None:
    made = taken(ONE | {"prompts": [{"label": "a", "raw": "A {{x}}"}, {"label": "b", "raw": "B {{y}}"}]})
    assert [prompt.name for prompt in made.prompts] == ["shop", "shop-b"]


def test_what_only_some_rows_have_gets_a_default_and_a_row_that_fits_nothing_is_left_out() -> None:
    text = "{% if tone %}{{ tone }}{% endif %}{{ w }}{% for n in ns %}{{ n }}{% endfor %}"
    tests = [
        {"vars": {"w": "a", "tone": "calm", "ns": {"k": 1}}},
        {"vars": {"w": "b"}},
        {"vars": {"w": True}},
    ]
    made = taken(ONE | {"prompts": [text], "tests": tests})
    inputs = made.prompts[0].versions[0].body["inputs"]
    assert inputs["tone"] == {"type": "string", "default": ""}
    assert inputs["ns"] == {"type": "array", "default": []}
    assert [row["id"] for row in made.cases[0].rows] == ["case-002", "case-003"]
    assert made.cases[0].rows[1]["inputs"] == {"w": "true"}
    assert [at for at, kind, _ in notes(made) if kind == "left-out"] == ["tests.0.vars.ns"]


@pytest.mark.parametrize(
    ("config", "says", "cure"),
    [
        (ONE | {"prompts": ["{{question}}"]}, "prompt 1: only the question", "--dataset-only"),
        (ONE | {"providers": ["file://app.py"]}, "no model is named", "--dataset-only"),
        (ONE | {"prompts": ["{{ env.SECRET }} {{x}}"]}, "no prompt of it can be taken", "--dataset-only"),
        ({"targets": ["x"], "redteam": {}}, "there is no prompt in it, but a red-team plan", ""),
        (["a"], "a config is a mapping", ""),
    ],
)
def test_a_config_without_a_prompt_to_version_is_refused(config: Any, says: str, cure: str) -> None:
    with pytest.raises(InvalidFiles) as refused:
        taken(config)
    assert says in str(refused.value)
    assert cure in str(refused.value)


def test_the_tests_alone_can_be_taken() -> None:
    made = taken(
        ONE
        | {
            "prompts": ["{{question}}"],
            "tests": [{"vars": {"question": "a"}, "assert": [{"type": "icontains", "value": "x"}]}],
        },
        rows_only=True,
    )
    assert made.prompts == []
    assert made.cases[0].rows == [
        {"id": "case-001", "inputs": {"question": "a"}, "expectations": {"icontains": ["x"]}}
    ]
    assert made.cases[0].suite is None


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a/promptfooconfig.yaml", b"[", "mine"),
        ("promptfooconfig.js", b"module.exports = {}", "mine"),
        ("x.yaml", b"# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json\n", "mine"),
        ("x.yaml", b"prompts: [a]\nproviders: [b]\n", "maybe"),
        ("x.json", b'{"prompts": ["a"], "targets": ["b"]}', "maybe"),
        ("x.yaml", b"prompts: [a]\ntests: [{vars: {b: c}}]\n", "maybe"),
        ("x.yaml", b"prompts: [a]\n", "no"),
        ("x.yaml", b"prompts: [", "no"),
    ],
)
def test_sniffing(path: str, data: bytes, found: str) -> None:
    assert sniff(path, data) == found


def test_a_program_is_not_run() -> None:
    with pytest.raises(InvalidFiles, match="a program, which is not run"):
        importers.read("promptfoo", importers.Request("promptfooconfig.js", b"boom()"))


def test_keys_of_a_test_without_an_equal_and_agents_are_named() -> None:
    config = ONE | {"providers": ["anthropic:claude-agent-sdk", "openai:gpt-4o"]}
    made = taken(
        config | {"tests": [{"name": "x", "vars": {"question": "a"}, "options": {"transform": "boom()"}}]}
    )
    assert [at for at, kind, _ in notes(made) if kind == "left-out"] == [
        "providers.0",
        "tests.0.name",
        "tests.0.options.transform",
    ]
    assert made.prompts[0].versions[0].body["model"] == "openai/gpt-4o"


def test_raw_may_name_a_file_as_well() -> None:
    prompts = "[{raw: 'file://p.txt', label: One}, {raw: 'What is a report.pdf', label: B}]"
    config = f"providers: [openai:o3]\nprompts: {prompts}\n".encode()
    request = importers.Request("promptfooconfig.yaml", config, beside=FixedTree({"p.txt": b"Say {{x}}"}))
    made = importers.read("promptfoo", request)
    assert [item.versions[0].body["template"] for item in made.prompts] == [
        "Say {{x}}",
        "What is a report.pdf",
    ]


KEPT = "options: {disableVarExpansion: true}"


@pytest.mark.parametrize(
    "tests",
    [
        f"defaultTest: {{{KEPT}}}\ntests: [{{vars: {{xs: [1, 2]}}}}]\n",
        f"tests: [{{{KEPT}, vars: {{xs: [1, 2]}}}}]\n",
    ],
)
def test_a_list_stays_one_where_the_config_says_so(tests: str) -> None:
    prompt = "{% for i in xs %}{{ i }}{% endfor %}"
    config = f"providers: [openai:o3]\nprompts: ['{prompt}']\n{tests}"
    made = importers.read("promptfoo", importers.Request("promptfooconfig.yaml", config.encode()))
    assert [row["inputs"] for row in made.cases[0].rows] == [{"xs": [1, 2]}]
    assert not [
        note for note in made.notes if "list -> one row" in note.message or "no equivalent" in note.message
    ]


def test_only_prompts_are_named_where_no_prompt_can_be_taken() -> None:
    config = b"prompts: ['p.js:one']\nproviders: [openai:o3]\ntests: [{vars: {q: 'file://x.py'}}]\n"
    with pytest.raises(InvalidFiles) as caught:
        importers.read("promptfoo", importers.Request("promptfooconfig.yaml", config))
    (problem,) = caught.value.problems
    assert "prompt 1: p.js:one: code" in problem.message
    assert "x.py" not in problem.message


def test_a_default_is_said_at_the_prompt_that_asks_for_it() -> None:
    config = b"providers: [openai:o3]\nprompts:\n- 'A {{q}}'\n- 'B {{q}}{% if vip %}!{% endif %}'\n"
    made = importers.read("promptfoo", importers.Request("promptfooconfig.yaml", config))
    (note,) = [note for note in made.notes if note.message.startswith("vip: its default is empty")]
    assert note.line == 4


def test_as_many_rows_are_asked_for_as_the_gate_will_count() -> None:
    """Each metric with each model is a test of its own."""
    both = ["openai:gpt-5", "openai:gpt-5-mini"]
    tests = [{"vars": {"question": "x"}, "assert": [{"type": "icontains", "value": "y"}]}]
    for providers in (both[:1], both):
        made = taken(ONE | {"providers": providers, "tests": tests})
        (aim,) = [note.hint for note in made.notes if "cannot tell a small loss" in note.message]
        (cases,) = made.cases
        suite_file = yaml.safe_dump(cases.suite).encode()
        files = {
            "evals/shop/suite.yml": suite_file,
            "evals/shop/dataset.jsonl": b'{"id": "a", "inputs": {}}\n',
        }
        suite, _ = read_suite(FixedTree(files), "shop")
        assert suite
        needed = too_few(suite, "icontains", 1, "cases")
        assert needed
        assert aim == f"with a margin of 0.05 aim at {needed.needed:,} cases"


def test_a_key_without_an_equal_is_named_once() -> None:
    made = taken({"prompts": ["Hi {{x}}"], "providers": ["openai:gpt-4o"], "outputPath": "out.json"})
    (note,) = [item for item in made.notes if item.at == "outputPath"]
    assert (note.message, note.placed) == ("outputPath: no equivalent", "outputPath: no equivalent")
