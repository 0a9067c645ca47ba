from __future__ import annotations

import json
from pathlib import Path

import pytest

import conftest
import judged
from build import write
from checked import FILES, GOOD, JUDGE, SUITE, found, refused
from cuebook import check
from cuebook.core.files import Folder


@pytest.mark.parametrize(
    ("changed", "place", "message", "hint"),
    [
        (
            {"evals/qa/suite.yml": SUITE.replace("prompt: qa", "prompt: qaa")},
            "suite.yml:1",
            "no prompt is called 'qaa'",
            "did you mean 'qa'?",
        ),
        (
            {"evals/qa/suite.yml": SUITE.replace("exact:", "exakt:")},
            "suite.yml",
            "the gate decides on 'exakt'",
            "did you mean 'exact'?",
        ),
        (
            {"evals/qa/suite.yml": SUITE.replace("exact", "exakt")},
            "suite.yml:3",
            "no scorer is called 'exakt'",
            "did you mean 'exact'?",
        ),
        (
            {"evals/qa/suite.yml": SUITE.replace("- exact", "- exact: {ignorecase: true}")},
            "suite.yml:3",
            "unknown key 'ignorecase'",
            "ignore_case",
        ),
        (
            {"evals/qa/suite.yml": SUITE.replace("- exact", "- exact: {expectation: anser}")},
            "suite.yml:3",
            "no case has the expectation 'anser'",
            "did you mean 'answer'?",
        ),
        (
            {"evals/qa/suite.yml": SUITE + "  protected: critical\n"},
            "suite.yml:7",
            "no case has the tag 'critical'",
            "give cases the tag, or remove 'protected'",
        ),
        ({"evals/qa/suite.yml": SUITE.replace("1.0", "-1")}, "suite.yml:6", "gate.metrics.exact.margin", ""),
    ],
)
def test_each_refusal_of_a_suite_names_place_and_cure(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    refused(tmp_path, changed, place, message, hint)


JUDGED = SUITE.replace(
    "- exact", "- exact\n  - judge: {prompt: PIN, scale: [1, 5], with: {reference: SOURCE}}"
)


@pytest.mark.parametrize(
    ("pin", "source", "judge", "message"),
    [
        ("grader/1", "expectations.answer", JUDGE, ""),
        ("grader/2", "expectations.answer", JUDGE, "has no version 2"),
        ("gradr/1", "expectations.answer", JUDGE, "no prompt is called 'gradr'"),
        ("grader@production", "expectations.answer", JUDGE, "pin the judge"),
        ("grader/1", "expectations.anser", JUDGE, "{{reference}}"),
        ("grader@1", "expectations.answer", JUDGE, "'grader@1' is a version in another spelling"),
        (
            "grader/1",
            "expectations.answer",
            JUDGE.replace("{{mark}} ", "")
            .replace(" {{mark}}", "")
            .replace('  mark: {type: string, default: "==="}\n', ""),
            "{{mark}}",
        ),
        (
            "grader/1",
            "expectations.answer",
            JUDGE.replace("  reference:", "  history: {type: messages, default: []}\n  reference:").replace(
                "template: ", "messages:\n  - placeholder: history\n  - role: user\n    content: "
            ),
            "a case could bring in messages of any role",
        ),
    ],
)
def test_judges_are_checked_as_the_suite_uses_them(
    tmp_path: Path, pin: str, source: str, judge: str, message: str
) -> None:
    problems = found(
        tmp_path,
        {
            "evals/qa/suite.yml": JUDGED.replace("PIN", pin).replace("SOURCE", source),
            "prompts/grader/v1.prompt.yml": judge,
            "prompts/grader/meta.yml": "title: Grader\n",
        },
    )
    errors = [item for item in problems if item.severity == "error"]
    if message:
        assert any(message in item.message for item in errors), problems
    else:
        assert errors == []
        assert [item.message for item in problems] == ["this judge has no labels to be measured against"]


def test_what_a_judge_lacks_is_told_once(tmp_path: Path) -> None:
    grader: dict[str, str | bytes | None] = {
        "prompts/grader/v1.prompt.yml": JUDGE,
        "prompts/grader/meta.yml": "title: Grader\n",
    }
    suite = JUDGED.replace("PIN", "grader/1").replace("reference: SOURCE", "referense: expectations.answer")
    told = found(tmp_path / "with", grader | {"evals/qa/suite.yml": suite})
    errors = [(item.message, item.hint) for item in told if item.severity == "error"]
    assert errors == [("'with' sets 'referense', which grader/1 does not use", "did you mean 'reference'?")]
    broken: dict[str, str | bytes | None] = {
        "evals/qa/suite.yml": JUDGED.replace("PIN", "grader/1").replace("SOURCE", "expectations.answer"),
        "evals/qa/dataset.jsonl": "{'id': 'a'}\n",
    }
    told = found(tmp_path / "cases", grader | broken)
    assert [item.file for item in told if item.severity == "error"] == ["evals/qa/dataset.jsonl"]


TOOLS = "tools: [{name: look, description: Look it up., parameters: {type: object, properties: {}}}]\n"


SEEING = JUDGE.replace("  mark:", "  tool_calls: {type: string}\n  mark:").replace(
    "{{reference}}", "{{reference}} {{tool_calls}}"
)


@pytest.mark.parametrize(
    ("tools", "judge", "warned"), [(TOOLS, JUDGE, 1), (TOOLS, SEEING, 0), ("", JUDGE, 0)]
)
def test_a_judge_that_cannot_see_calls_is_warned_of(
    tmp_path: Path, tools: str, judge: str, warned: int
) -> None:
    problems = found(
        tmp_path,
        {
            "evals/qa/suite.yml": JUDGED.replace("PIN", "grader/1").replace("SOURCE", "expectations.answer"),
            "prompts/grader/v1.prompt.yml": judge,
            "prompts/grader/meta.yml": "title: Grader\n",
            "prompts/qa/v1.prompt.yml": GOOD + tools,
        },
    )
    assert [item.severity for item in problems if item.severity == "error"] == []
    told = [item for item in problems if "grader/1 sees only the text" in item.message]
    assert [item.hint for item in told] == [
        "use {{tool_calls}} or {{transcript}} in a version of the judge"
    ] * warned


@pytest.mark.parametrize(("judge", "warned"), [(JUDGE, 1), (SEEING.replace("tool_calls", "transcript"), 0)])
def test_a_judge_that_sees_only_the_last_answer_of_a_dialogue_is_warned_of(
    tmp_path: Path, judge: str, warned: int
) -> None:
    case = FILES["evals/qa/dataset.jsonl"].replace("}}", '}, "turns": [{"user": "And?"}]}')
    problems = found(
        tmp_path,
        {
            "evals/qa/dataset.jsonl": case,
            "evals/qa/suite.yml": JUDGED.replace("PIN", "grader/1").replace("SOURCE", "expectations.answer"),
            "prompts/grader/v1.prompt.yml": judge,
            "prompts/grader/meta.yml": "title: Grader\n",
        },
    )
    told = [item for item in problems if "sees only the last answer" in item.message]
    assert [item.hint for item in told] == ["use {{transcript}} in a version of the judge"] * warned


def test_a_metric_that_decides_without_a_floor_is_told(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, {"evals/qa/suite.yml": SUITE.replace(", floor: 0.5", "")})
    assert (problem.severity, problem.file, problem.line) == ("warning", "evals/qa/suite.yml", 6)
    assert "exact decides and has no floor" in problem.message
    compared = judged.SUITE.replace("judge: {", "judge_pairwise: {").replace(", floor: 0.2", "")
    compared = compared.replace(", scale: [1, 5]", "")
    told = check.check(Folder(write(tmp_path / "pairs", judged.JUDGED | {"evals/qa/suite.yml": compared})))
    assert not [item for item in told if "no floor" in item.message], "a comparison has no score of its own"


@pytest.mark.parametrize(
    ("rules", "metric", "message"),
    [
        ("judges: {min_kappa: 0.4}", "grader/1", ""),
        ("judges: {min_kappa: 0.4}", "contains", "none of its metrics is a judge's"),
        ("error: 0.05", "grader/1", "grader/1 decides however little the judge agrees with people"),
        ("judges: {max_age_days: 9}", "grader/1", "decides however little"),
        ("error: 0.05", "contains", ""),
        ("judges: {min_kappa: 0.1}", "grader/1", "is hardly above chance may decide"),
        ("judges: {min_kappa: 1.4}", "grader/1", "at most 1"),
        ("judges: {max_age_days: 0}", "grader/1", "at least 1"),
        ("judges: {max_age: 3}", "grader/1", "unknown key 'gate.judges.max_age'"),
    ],
)
def test_what_a_gate_demands_of_judges(tmp_path: Path, rules: str, metric: str, message: str) -> None:
    text = judged.SUITE.replace("judges: {min_kappa: 0.4}", rules).replace("grader/1: {", f"{metric}: {{")
    problems = check.check(Folder(write(tmp_path, judged.JUDGED | {"evals/qa/suite.yml": text})))
    assert bool(problems) == bool(message), problems
    assert message in " ".join(item.message for item in problems)


def test_a_suite_that_asks_nothing_of_its_judge_is_refused_where_it_is_new(tmp_path: Path) -> None:
    text = judged.SUITE.replace("judges: {min_kappa: 0.4}", "enforce: merge")
    old = Folder(write(tmp_path / "old", judged.JUDGED | {"evals/qa/suite.yml": text}))
    edited = text.replace("margin: 0.1", "margin: 0.15")
    new = Folder(write(tmp_path / "new", judged.JUDGED | {"evals/qa/suite.yml": edited}))
    found = {
        name: [(item.severity, item.line, item.breaks) for item in check.check(tree, base)]
        for name, tree, base in (("first", old, None), ("kept", old, old), ("edited", new, old))
    }
    refused = [("error", 8, False)]
    assert found == {"first": refused, "kept": [("warning", 8, False)], "edited": refused}
    (problem,) = check.check(new)
    assert "add 'judges: {min_kappa: 0.4}' under 'gate'" in problem.hint


def test_labels_must_fit_the_judge_that_a_suite_pins(tmp_path: Path) -> None:
    wrong = {
        "evals/grader/labels.jsonl": "".join(
            text + "\n" for text in (judged.label(1, good=True), judged.label(2, good=True, score=9))
        )
    }
    (problem,) = check.check(Folder(write(tmp_path, judged.JUDGED | wrong)))
    assert (problem.file, problem.line) == ("evals/grader/labels.jsonl", 2)
    assert problem.message == "9 is outside the scale 1 to 5"


def test_labels_of_people_are_no_datasets_and_other_files_there_are_not_read(tmp_path: Path) -> None:
    own = {
        "evals/grader/labels/ada.jsonl": judged.label(200, good=True, score=6) + "\n",
        "evals/grader/labels/ben.json": "[]",
    }
    found = check.check(Folder(write(tmp_path, judged.JUDGED | own)))
    assert [str(item).partition("\n")[0] for item in found] == [
        "evals/grader/labels/ada.jsonl:1: error: 6 is outside the scale 1 to 5",
        "evals/grader/labels/ben.json: warning: labels of a person are read from NAME.jsonl here",
    ]


def test_labels_of_a_judge_that_is_not_there_are_told(tmp_path: Path) -> None:
    wrong = {"evals/gradr/labels/ada.jsonl": judged.label(200, good=True) + "\n"}
    (problem,) = check.check(Folder(write(tmp_path, judged.JUDGED | wrong)))
    assert str(problem) == (
        "evals/gradr/labels/ada.jsonl: warning: no prompt is called 'gradr', so nobody reads these labels\n"
        "    did you mean 'grader'?"
    )


@pytest.mark.parametrize(
    ("said", "line", "problem"),
    [
        ('{"1": wrong, "5": right}', 0, ""),
        ('{"1": wrong,\n  "6": better than right}', 3, "scale_words: 6 is outside the scale 1 to 5"),
        ("{good: right}", 2, "scale_words.good"),
    ],
)
def test_words_are_for_grades_that_the_judge_can_give(
    tmp_path: Path, said: str, line: int, problem: str
) -> None:
    meta = {"prompts/grader/meta.yml": f"title: Grader\nscale_words: {said}\n"}
    found = check.check(Folder(write(tmp_path, judged.JUDGED | meta)))
    assert [(item.line, item.message.startswith(problem)) for item in found] == (
        [(line, True)] if line else []
    )


def test_labels_that_choose_a_judge_do_not_measure_it(tmp_path: Path) -> None:
    suite = (
        "prompt: grader\nscorers: [numeric_close: {field: score, expectation: label, tolerance: 1}]\n"
        "gate: {metrics: {numeric_close: {margin: 0.3, floor: 0.5}}}\n"
    )

    def told(numbers: range) -> list[str]:
        cases = [
            {"id": f"c{n}", "inputs": {"reference": f"The lamp in room {n} is green.", "answer": "Blue."}}
            for n in numbers
        ]
        data = "".join(json.dumps(case | {"expectations": {"label": 1}}) + "\n" for case in cases)
        files = {
            "prompts/grader/aliases.yml": "production: 1\n",
            "evals/grader/suite.yml": suite,
            "evals/grader/dataset.jsonl": data,
        }
        root = write(tmp_path / str(numbers.start), judged.JUDGED | files)
        return [f"{item.file}:{item.line}: {item.message}" for item in check.check(Folder(root))]

    assert told(range(120, 160)) == []
    (problem,) = told(range(100, 140))
    assert problem.startswith(
        "evals/grader/labels.jsonl:101: 20 of 120 labels are about tasks of evals/grader/"
    )


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        (SUITE.replace("prompt: qa", "prompt: qaa"), "no prompt is called 'qaa'"),
        (SUITE.replace("- exact", "- exakt"), "no scorer is called 'exakt'"),
        (
            SUITE.replace("- exact", "- {exact: {}, length: {}}"),
            "a scorer is a name, or one name with settings",
        ),
        ("- a\n", "expected a block of keys, got a list"),
        (SUITE.replace("prompt: qa", "prompt: qa\ndataset: cases.jsonl"), "the dataset is missing"),
        (
            SUITE.replace("  - exact", "  - exact\n  - judge: {scale: [1, 5]}"),
            "scorer judge: 'prompt' is missing: it names the judge",
        ),
        (SUITE.replace("  - exact", "  exact:"), "scorers: expected a list, got a block of keys"),
    ],
)
def test_one_cause_gives_one_error(tmp_path: Path, suite: str, said: str) -> None:
    assert [item.message for item in found(tmp_path, {"evals/qa/suite.yml": suite})] == [said]


def test_a_folder_with_a_capital_is_told_once_and_is_no_name_to_write(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = dict.fromkeys(path for path in FILES if path.startswith("prompts"))
    files |= {path.replace("/qa/", "/QA/"): FILES[path] for path in files}
    told = [item.hint for item in found(tmp_path, files) if item.severity == "error"]
    assert told == ["rename the folder, for example to 'qa'"]


def test_a_source_of_a_judge_that_is_neither_form_is_one_error(tmp_path: Path) -> None:
    suite = SUITE.replace("- exact", "- exact\n  - judge: {prompt: qa/1, with: {task: {txt: a}}}")
    told = [item for item in found(tmp_path, {"evals/qa/suite.yml": suite}) if "with." in item.message]
    assert [item.message for item in told] == ["scorer judge: with.task.txt: 'txt' is not a known value"]


def test_no_fault_of_a_suite_hides_another(tmp_path: Path) -> None:
    suite = """\
prompt: qa
target: dsk
repeat: many
scorers:
  - exakt
  - contains: {expectation: anser}
  - judge: {prompt: gradr/1, scale: [1, 5], with: {}}
gate:
  baseline: prodution
  protected: critical
  metrcs:
    exakt: {margin: 7}
    contanis: {margin: 0.4, floor: 0.5}
"""
    lines = [
        '{"id": "a", "inputs": {"qestion": "?"}, "expectations": {"answer": "yes"}}',
        '{"id": "b", "input": {}}',
    ]
    changed: dict[str, str | bytes | None] = {"evals/qa/suite.yml": suite}
    told = found(tmp_path / "suite", changed)
    assert [(item.line, item.message) for item in told if item.file.endswith("suite.yml")] == [
        (2, "no target is called 'dsk'"),
        (3, "repeats: expected a whole number, got text: 'many'"),
        (3, "unknown key 'repeat'"),
        (5, "no scorer is called 'exakt'"),
        (6, "scorer contains: no case has the expectation 'anser'"),
        (7, "no prompt is called 'gradr'"),
        (8, "'qa' has no alias 'prodution': only floors can decide"),
        (8, "the gate decides on 'contanis', but no scorer is called that"),
        (10, "no case has the tag 'critical'"),
        (11, "unknown key 'gate.metrcs'"),
        (12, "gate.metrics.exakt.margin: it is 7; at most 1 is allowed"),
    ]
    told = found(tmp_path / "cases", changed | {"evals/qa/dataset.jsonl": "\n".join(lines) + "\n"})
    assert [(item.line, item.message) for item in told if item.file.endswith("dataset.jsonl")] == [
        (1, "case 'a': {{question}} of qa/1 is not filled"),
        (2, "unknown key 'input'"),
    ]
    assert "no case has the tag 'critical'" not in [item.message for item in told], "line 2 may have it"


def test_an_alias_that_is_written_wrong_is_not_advised_to_be_made(tmp_path: Path) -> None:
    suite = SUITE.replace("gate:", "gate:\n  baseline: prodution")
    (told,) = [item for item in found(tmp_path, {"evals/qa/suite.yml": suite}) if "no alias" in item.message]
    assert told.hint == "did you mean 'production'?"


def test_an_own_scorer_is_looked_at_and_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    scorer = f"open({str(marker)!r}, 'w').close()\ndef score(): ...\n"
    suite = "prompt: qa\nscorers: [{polite: {any: 1}}]\ngate: {metrics: {polite: {floor: 0.5}}}\n"
    named = {"cuebook.toml": 'scorers = ["evals/_scorers/polite.py"]\n', "evals/_scorers/polite.py": scorer}
    root = write(tmp_path / "registry", conftest.QA | named | {"evals/qa/suite.yml": suite})
    assert [str(item) for item in check.check(Folder(root))] == []
    assert not marker.exists()
    write(root, {"cuebook.toml": ""})
    assert "no scorer is called 'polite'" in "".join(map(str, check.check(Folder(root))))


@pytest.mark.parametrize("file", ["suite.yml", "suite.yaml", "dataset.jsonl"])
def test_a_suite_that_lies_beside_the_folders_of_suites_is_told(tmp_path: Path, file: str) -> None:
    """Whoever wrote it takes the prompt for gated."""
    (told,) = found(tmp_path, {f"evals/{file}": SUITE, "evals/README.md": "Cases.\n"})
    assert (told.file, told.severity, told.message) == (
        f"evals/{file}",
        "warning",
        "this file is beside the suites' folders and is not read",
    )
    assert told.hint == f"suites are folders: move it to evals/<name>/{file}"


def test_a_suite_of_another_name_is_told_and_not_that_there_is_none(tmp_path: Path) -> None:
    told = found(tmp_path, {"evals/qa/suite.yml": None, "evals/qa/suite.yaml": SUITE})
    assert [item.message for item in told] == ["'suite.yaml' is not read: a suite's file is called suite.yml"]


@pytest.mark.parametrize(
    ("suite", "reads"),
    [
        (SUITE.replace("scorers:", "scorers: ["), True),
        (SUITE.replace("  - exact", "\t- exact"), True),
        (SUITE.replace("prompt: qa", "prompt: 'qa'\ndataset: more.jsonl") + "x: {\n", True),
        ("- prompt: qa\n", False),
        ("prompt: [\n", False),
        ("prompt: other\nscorers: {\n", False),
    ],
)
def test_a_suite_that_cannot_be_read_hides_nothing_of_its_cases(
    tmp_path: Path, suite: str, *, reads: bool
) -> None:
    case = '{"id": "a", "inputs": {"word": "x"}, "expectations": {"answer": "yes"}}\n'
    files: dict[str, str | bytes | None] = {"evals/qa/suite.yml": suite, "evals/qa/dataset.jsonl": case}
    if "more.jsonl" in suite:
        files |= {"evals/qa/more.jsonl": case, "evals/qa/dataset.jsonl": None}
    told = [item.message for item in found(tmp_path, files) if item.file != "evals/qa/suite.yml"]
    name = "more.jsonl" if "more.jsonl" in suite else "dataset.jsonl"
    assert told == [f"no case of evals/qa/{name} fills {{{{question}}}} of qa/1"] * reads


def test_a_tag_that_no_case_has_is_told_the_tags_in_use(tmp_path: Path) -> None:
    cases = FILES["evals/qa/dataset.jsonl"].replace('"inputs"', '"tags": ["critical"], "inputs"')
    suite = SUITE + "  protected: critcal\n"
    told = found(tmp_path, {"evals/qa/suite.yml": suite, "evals/qa/dataset.jsonl": cases})
    assert [item.hint for item in told if "no case has the tag" in item.message] == [
        "did you mean 'critical'?"
    ]


@pytest.mark.parametrize(
    ("rule", "is_void"),
    [
        ("{margin: 0.3, floor: 0.3}", True),
        ("{margin: 0.3, floor: 0.2}", True),
        ("{margin: 0.3, floor: 0.31}", False),
        ("{margin: 0.3, floor: 0}", False),
        ("{margin: 1.0, floor: 0.5}", False),
        ("{margin: 0.3}", False),
    ],
)
def test_a_floor_that_its_margin_makes_void_is_a_warning(tmp_path: Path, rule: str, is_void: bool) -> None:
    suite = SUITE.replace("{margin: 1.0, floor: 0.5}", rule)
    told = [
        item for item in found(tmp_path, {"evals/qa/suite.yml": suite}) if "first version" in item.message
    ]
    assert [(item.severity, item.line) for item in told] == [("warning", 6)] * is_void


@pytest.mark.parametrize(
    ("scorer", "settings", "why"),
    [
        ("json_schema", "json_schema: {schema: schema.json}", "no version has a jsonSchema"),
        ("latency", "latency: {max_seconds: 5}", "without max_seconds"),
        ("cost", "cost: {max_usd: 0.01}", "without max_usd"),
    ],
)
def test_a_scorer_that_never_has_a_score_does_not_decide(
    tmp_path: Path, scorer: str, settings: str, why: str
) -> None:
    suite = SUITE.replace("- exact", f"- exact\n  - {scorer}") + f"    {scorer}: {{floor: 0.5}}\n"
    files = {"evals/qa/suite.yml": suite, "evals/qa/schema.json": '{"type": "object"}'}
    (told,) = [item for item in found(tmp_path, {**files}) if item.severity == "error"]
    assert (told.line, told.code, told.breaks) == (4, "never_scored", False)
    assert why in told.message
    assert f"'- {settings}'" in told.hint
    cured = suite.replace(f"- {scorer}\n", f"- {settings}\n")
    for right in (cured, suite.replace(f"    {scorer}: {{floor: 0.5}}\n", "")):
        told_of = found(tmp_path / right[-9:-3].strip(), {**files, "evals/qa/suite.yml": right})
        assert [item for item in told_of if item.severity == "error"] == []


def test_words_for_grades_without_quotes_are_told_and_stop_nothing(tmp_path: Path) -> None:
    suite = SUITE.replace("- exact", "- exact\n  - judge: {prompt: judge/1}")
    said = found(
        tmp_path,
        {
            "evals/qa/suite.yml": suite,
            "prompts/judge/v1.prompt.yml": JUDGE,
            "prompts/judge/meta.yml": "title: Judge\nscale_words: {1: bad, 5: good}\n",
        },
    )
    assert [item.message for item in said if item.file == "prompts/judge/meta.yml"] == [
        "the key 1 is not text"
    ]


@pytest.mark.parametrize(
    ("scorer", "expected", "why"),
    [
        ("contains", "", "lists an empty string"),
        ("contains", ["a", " "], "lists an empty string"),
        ("contains", {"a": 1}, "must be a text or a list of texts, not {"),
        ("exact", {"a": 1}, "must be a text or a list of texts, not {"),
        ("exact", "", ""),
        ("contains", 5, ""),
        ("contains", [], ""),
        ("numeric_close", "red", 'must be a number, not "red"'),
        ("numeric_close", "about 12 cm", ""),
        ("json_fields", "red", 'must be an object, not "red"'),
        ("json_fields", {"a": 1}, ""),
        ("label: {labels: [red, blue]}", "green", 'is not among the labels: "green"'),
        ("label: {labels: [red, blue]}", ["Red", "blue"], ""),
    ],
)
def test_an_expectation_that_would_have_no_score_is_refused_in_new_cases(
    tmp_path: Path, scorer: str, expected: object, why: str
) -> None:
    case = {"id": "a", "inputs": {"question": "?"}, "expectations": {"answer": expected}}
    files = {
        "evals/qa/dataset.jsonl": json.dumps(case) + "\n",
        "evals/qa/suite.yml": SUITE.replace("- exact", f"- {scorer}").replace(
            "exact", scorer.partition(":")[0]
        ),
    }
    scorer = scorer.partition(":")[0]
    told = [item for item in found(tmp_path, {**files}) if item.severity == "error"]
    assert [item.message.partition(why)[:2] for item in told] == [
        (f"scorer {scorer}: expectation 'answer' of case 'a' ", why)
    ] * bool(why)
    assert all((item.line, item.breaks) == (1, False) for item in told)


@pytest.mark.parametrize("scorer", ["numeric_close", "tool_calls: {expectation: answer}"])
def test_an_expectation_that_is_of_another_kind_in_every_case_is_one_problem(
    tmp_path: Path, scorer: str
) -> None:
    lines = [
        json.dumps(
            {"id": f"c{n}", "inputs": {"question": f"{n}?"}, "expectations": {"answer": f"text {n * 'x'}"}}
        )
        for n in range(8)
    ]
    files = {
        "evals/qa/dataset.jsonl": "".join(f"{line}\n" for line in lines),
        "evals/qa/suite.yml": SUITE.replace("- exact", f"- exact\n  - {scorer}"),
    }
    (told,) = [item for item in found(tmp_path, {**files}) if item.code == "scorer_outdated"]
    assert told.line == 1
    assert told.message.endswith("; the same in 7 more: line 2, 3, 4, 5, 6, ...")


def test_a_baseline_that_no_promotion_sets_is_told_before_there_is_any(tmp_path: Path) -> None:
    suite = SUITE.replace("gate:\n", "gate:\n  baseline: prodution\n")
    files: dict[str, str | bytes | None] = {"prompts/qa/aliases.yml": None, "evals/qa/suite.yml": suite}
    (told,) = [item for item in found(tmp_path, files) if "baseline" in item.code]
    assert (told.code, told.hint) == ("baseline_misnamed", "did you mean 'production'?")
    right = {**files, "evals/qa/suite.yml": suite.replace("prodution", "staging")}
    assert [item for item in found(tmp_path / "b", right) if "baseline" in item.code] == []


def test_labels_for_a_prompt_that_is_no_judge_are_told(tmp_path: Path) -> None:
    label = '{"id": "a", "inputs": {"answer": "yes"}, "label": 5}\n'
    (told,) = [
        item
        for item in found(tmp_path, {"evals/qa/labels.jsonl": label})
        if item.file.endswith("labels.jsonl")
    ]
    assert (told.severity, told.code) == ("warning", "labels_of_no_judge")


@pytest.mark.parametrize(
    ("old", "new", "message", "cure"),
    [
        ("- exact", "- exact\n  - judge: {prompt: qa}", "'qa' names no version", "write qa/1"),
        ("- exact", "- exact\n  - judge: {prompt: qa@live}", "pin the judge: 'qa@live'", "write qa/1"),
        ("- exact", "- exact\n  - sql_result", "'schema' is missing", "'- sql_result: {schema: setup.sql}'"),
        (
            "- exact",
            "- exact\n  - sql_result: {schema: shop.sql}",
            "the suite has no file 'shop.sql'",
            "write the tables as evals/qa/shop.sql",
        ),
        ("- exact", "- exact\n  - judge", "'prompt' is missing", "cuebook init --judge correctness"),
        ("- exact", "- exact\n  - judge_pairwise", "it names the judge", "cuebook init --judge preference"),
        ("prompt: qa", "prompt: [qa]", "expected text, got a list", "write qa"),
        ("- exact", "- exact\n  - length: {words: 3}", "'words'", "did you mean 'max_words' or 'min_words'?"),
        (
            "- exact",
            "- exact\n  - json_schema: {file: a}",
            "unknown key 'file'",
            "known: allow_fence, schema",
        ),
        (
            "- exact",
            "- exact\n  - json_fields: {fields: {a: {tolerence: 1}}}",
            "unknown key 'fields.a.tolerence'",
            "did you mean 'tolerance'?",
        ),
        ("- exact", "- exact\n  - length: {}", "it has none of", "write '- length: {max_words: 100}'"),
        ("- exact", "- exact\n  - length: {min_words: 9, max_words: 3}", "9 is more", "max_words: 9 or more"),
        ("- exact", "- exact\n  - regex: {pattern: 'a('}", "a ( is not closed", "correct it"),
        ("exact: {margin: 1.0, floor: 0.5}", "exact: 0.2", "got a number: 0.2", "write {margin: 0.2}"),
        ("prompt: qa", "prompt: qa/1", "it is 'qa/1', which is not a valid name for a prompt", "write qa"),
        (
            "- exact",
            "- exact\n  - judge: {prompt: qa/1, with: {task: question}}",
            "with.task: it is 'question', which names nothing of a case",
            "write inputs.question or expectations.question",
        ),
        ("gate:", "gate:\n  error: 5", "it is 5; only 0.05", "write 0.05 or 0.1"),
    ],
)
def test_a_refusal_of_a_suite_says_what_to_write(
    tmp_path: Path, old: str, new: str, message: str, cure: str
) -> None:
    refused(tmp_path, {"evals/qa/suite.yml": SUITE.replace(old, new)}, "suite.yml", message, cure)


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("margin: 0.1", "write it as gate: {metrics: {NAME: {margin: ...}}}"),
        ("min_kapa: 0.4", "did you mean gate: {judges: {min_kappa: ...}}?"),
        ("enforce: promotion", "write it under 'gate:'"),
        ("baselin: production", "did you mean 'baseline', under 'gate:'?"),
    ],
)
def test_a_rule_that_is_written_beside_its_block_is_one_error(tmp_path: Path, line: str, cure: str) -> None:
    (told,) = found(tmp_path, {"evals/qa/suite.yml": f"{SUITE}{line}\n"})
    assert (told.code, told.hint) == ("unknown_key", cure)


def test_a_value_is_shown_as_it_is_written(tmp_path: Path) -> None:
    suite = SUITE.replace("- exact", "- exact\n  - judge: {prompt: 'qa\\/1'}")
    (told,) = [item for item in found(tmp_path, {"evals/qa/suite.yml": suite}) if "not a ref" in item.message]
    assert "'qa\\/1'" in told.message
    assert "\\\\" not in told.message


_ALL_RULES = "gate: {metrics: {exact: {margin: 0.05}}}"


@pytest.mark.parametrize(
    ("written", "said", "cure"),
    [
        ("", "'gate' is missing", f"add {_ALL_RULES}"),
        ("gate:\n", "gate: expected a block", f"write {_ALL_RULES}"),
        ("gate: {}\n", "'gate.metrics' is missing", "add under 'gate': metrics: {exact: {margin: 0.05}}"),
        ("gate:\n  metrics:\n", "gate.metrics: expected", "write under 'gate': metrics: {exact: {margin"),
        ("gate: {metrics: {}}\n", "gate.metrics: it is empty", "write under 'gate': metrics: {exact: {mar"),
    ],
)
def test_gate_rules_that_are_missing_are_shown_whole_by_the_suites_own_scorer(
    tmp_path: Path, written: str, said: str, cure: str
) -> None:
    start = SUITE[: SUITE.index("gate:")].replace("  - exact\n", "  - judge: {prompt: qa/1}\n  - exact\n")
    refused(tmp_path, {"evals/qa/suite.yml": start + written}, "evals/qa/suite.yml", said, cure)


@pytest.mark.parametrize("scorer", ["  - exact\n", "  - judge: {prompt: judge-tone/1, scale: [1, 5]}\n"])
def test_gate_rules_as_they_are_shown_are_complete(tmp_path: Path, scorer: str) -> None:
    files: dict[str, str | bytes | None] = {
        "prompts/judge-tone/v1.prompt.yml": JUDGE.replace("  reference: {type: string}\n", "").replace(
            " {{reference}}", ""
        ),
        "evals/judge-tone/labels.jsonl": '{"id": "a", "inputs": {"answer": "x"}, "label": 1}\n',
    }
    start = SUITE[: SUITE.index("gate:")].replace("  - exact\n", scorer)
    told = found(tmp_path, files | {"evals/qa/suite.yml": start})
    (problem,) = (item for item in told if item.message == "'gate' is missing")
    whole = start + problem.hint.removeprefix("add ") + "\n"
    told = found(tmp_path / "b", files | {"evals/qa/suite.yml": whole})
    assert [item for item in told if item.severity == "error" and "/suite.yml" in item.file] == []


@pytest.mark.parametrize("pin", ["judge-tone", "judge-tone@production", "judge-tome", "judge-tone/7"])
def test_a_judge_without_a_version_that_is_there_is_one_error_that_names_the_latest(
    tmp_path: Path, pin: str
) -> None:
    case = {"id": "a", "inputs": {"question": "?"}, "expectations": {"answer": "yes", "reference": "Yes."}}
    label = {"id": "a", "inputs": {"answer": "x", "reference": "y"}, "label": 1}
    second = JUDGE.replace("First", "Second").replace("{{mark}} {{a", "{{mark}}: {{a")
    files: dict[str, str | bytes | None] = {
        "prompts/judge-tone/meta.yml": "title: Tone\n",
        "prompts/judge-tone/v1.prompt.yml": JUDGE,
        "prompts/judge-tone/v2.prompt.yml": second,
        "evals/judge-tone/labels.jsonl": json.dumps(label) + "\n",
        "evals/qa/dataset.jsonl": json.dumps(case) + "\n",
        "evals/qa/suite.yml": SUITE.replace("  - exact\n", f"  - exact\n  - judge: {{prompt: {pin}}}\n"),
    }
    told = [(item.severity, item.hint) for item in found(tmp_path, files)]
    assert told == [("error", "write judge-tone/2")]
