from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import judged
from build import write
from checked import FILES, GOOD, JUDGE, SUITE, found, refused
from cuebook import check
from cuebook.core.files import Folder


@pytest.mark.parametrize(
    ("changed", "place", "message", "hint"),
    [
        ({"evals/qa/dataset.jsonl": '{"id": "a"}\n'}, "dataset.jsonl:1", "'inputs' is missing", ""),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace('"id"', '"ID"', 1)},
            "dataset.jsonl:1",
            "unknown key 'ID'",
            "did you mean 'id'?",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace('"id": "', '"id": "x y')},
            "dataset.jsonl:1",
            "id: it is 'x y",
            "such as refund-3",
        ),
        ({"evals/qa/dataset.jsonl": "{'id': 1}\n"}, "dataset.jsonl:1", "not JSON", ""),
        ({"evals/qa/dataset.jsonl": ""}, "dataset.jsonl", "the dataset has no case", ""),
        (
            {"evals/qa/dataset.jsonl": None},
            "dataset.jsonl",
            "the dataset is missing",
            "write one JSON object a line",
        ),
        (
            {"evals/qa/suite.yml": "dataset: datset.jsonl\n" + SUITE, "evals/qa/other.jsonl": "{}\n"},
            "datset.jsonl",
            "the dataset is missing",
            "evals/qa/suite.yml to a file that is there: dataset.jsonl",
        ),
        (
            {"evals/qa/dataset.jsonl": None, "evals/qa/cases.jsonl": FILES["evals/qa/dataset.jsonl"]},
            "dataset.jsonl",
            "the dataset is missing",
            "evals/qa/suite.yml to a file that is there: cases.jsonl",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"] * 2},
            "dataset.jsonl:2",
            "already used on line 1",
            "",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace("question", "qestion")},
            "v1.prompt.yml:5",
            "no case of evals/qa/dataset.jsonl fills {{question}} of qa/1",
            "did you mean 'qestion'?",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace('"yes"', "NaN")},
            "dataset.jsonl:1",
            "NaN is not JSON",
            "",
        ),
    ],
)
def test_each_refusal_of_a_case_names_place_and_cure(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    refused(tmp_path, changed, place, message, hint)


@pytest.mark.parametrize("form", ["[\n{}\n]\n", "{}\n", "{},\n{}\n", "[{},\n{}]\n", "{}\n\n{}\n"])
@pytest.mark.parametrize("indent", [None, 2])
def test_the_command_that_mends_json_over_several_lines_works(
    tmp_path: Path, form: str, indent: int | None
) -> None:
    case = {"id": "a", "inputs": {"question": "¿?"}}
    text = form.replace("{}", json.dumps(case, indent=indent))
    if indent is None and not text.startswith("["):
        return  # each is on a line of its own
    write(tmp_path, FILES | {"evals/qa/dataset.jsonl": text})
    (problem,) = check.check(Folder(tmp_path))
    command, _, _ = problem.hint.partition(", then put")
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    lines = (tmp_path / "new.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [case] * form.count("{}")


@pytest.mark.parametrize(("cases", "told"), [(65, True), (66, False)])
def test_a_suite_that_can_never_pass_is_told_so_before_it_costs_anything(
    tmp_path: Path, cases: int, *, told: bool
) -> None:
    line = '{{"id": "c{0}", "inputs": {{"question": "{0}?"}}, "expectations": {{"answer": "yes"}}}}\n'
    data = "".join(line.format(n) for n in range(cases))
    suite = SUITE.replace("margin: 1.0", "margin: 0.05")
    problems = found(tmp_path, {"evals/qa/suite.yml": suite, "evals/qa/dataset.jsonl": data})
    words = "exact: 65 cases are too few for a margin of 0.05: a version that is only as good as the baseline"
    assert [(item.severity, item.line, item.message.startswith(words)) for item in problems] == [
        ("warning", 6, True)
    ] * told


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("Answer {topic} for {{question}}", "v1.prompt.yml:3", "{topic} looks like a variable", "{{topic}}"),
        (
            "Answer ${topic} for {{question}}",
            "v1.prompt.yml:3",
            "${topic} looks like a variable",
            "{{topic}}",
        ),
        ("{{question}} on {{topics}}", "dataset.jsonl:1", "uses the input 'topic'", "did you mean 'topics'?"),
    ],
)
def test_an_input_that_no_version_reads_is_told(
    tmp_path: Path, text: str, place: str, message: str, hint: str
) -> None:
    case = FILES["evals/qa/dataset.jsonl"].replace('"?"', '"?", "topic": "x", "topics": "y"')
    prompt = f"message: First\nmodel: offline/rules\ntemplate: '{text}'\n"
    changed: dict[str, str | bytes | None] = {
        "prompts/qa/v1.prompt.yml": prompt,
        "evals/qa/dataset.jsonl": case,
    }
    told = [
        item for item in found(tmp_path, changed) if "topic" in item.message and "topics'" not in item.message
    ]
    assert [(f"{item.file.rpartition('/')[2]}:{item.line}", item.severity) for item in told] == [
        (place, "warning")
    ]
    assert message in told[0].message
    assert hint in told[0].hint


def test_braces_that_a_new_version_has_as_text_are_told_though_the_one_before_reads_the_input(
    tmp_path: Path,
) -> None:
    """The model would never get the question, and every file is right by itself."""
    case = FILES["evals/qa/dataset.jsonl"].replace('"?"', '"?", "place": "here"')
    first = GOOD.replace("{{question}}", "{{place}}: {{question}}")
    files: dict[str, str | bytes | None] = {
        "prompts/qa/v1.prompt.yml": first,
        "prompts/qa/v2.prompt.yml": first.replace("{{question}}", "{question}"),
        "evals/qa/dataset.jsonl": case,
    }
    (told,) = found(tmp_path, files)
    assert (told.file, told.line, told.code) == ("prompts/qa/v2.prompt.yml", 5, "braces_as_text")
    assert told.hint.startswith("write {{question}}")


def test_one_slip_in_many_lines_is_one_problem(tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"c{number}", "input": {"question": "?"}}) for number in range(9)]
    told = [
        item
        for item in found(tmp_path, {"evals/qa/dataset.jsonl": "\n".join(lines)})
        if "dataset" in item.file
    ]
    assert sorted((item.line, item.message) for item in told) == [
        (1, "unknown key 'input'; the same in 8 more: line 2, 3, 4, 5, 6, ..."),
    ]


def test_nothing_is_said_of_cases_while_what_reads_them_cannot_be_read(tmp_path: Path) -> None:
    lines = [
        json.dumps(
            {"id": f"c{n}", "inputs": {"qestion": f"{n}?"}, "expectations": {"answer": "y", "more": 1}}
        )
        for n in range(70)
    ]
    broken = {
        "evals/qa/dataset.jsonl": "\n".join(lines) + "\n",
        "prompts/qa/v1.prompt.yml": "message: [\n",
    }
    (problem,) = [item for item in check.check(Folder(write(tmp_path, FILES | broken))) if item.line]
    assert problem.file == "prompts/qa/v1.prompt.yml"


def test_copies_are_what_a_judge_cannot_tell_apart_either(tmp_path: Path) -> None:
    reads = {"reference": "inputs.more"}
    suite = judged.SUITE.replace("scale: [1, 5]", f"scale: [1, 5], with: {json.dumps(reads)}")

    def told(*more: str) -> list[str]:
        cases = [json.loads(judged.case(1)) for _ in more]
        for place, (case, word) in enumerate(zip(cases, more, strict=True)):
            case["id"] = f"q{place}"
            case["inputs"]["more"] = word
        files = {
            "evals/qa/suite.yml": suite,
            "evals/qa/dataset.jsonl": "".join(f"{json.dumps(case)}\n" for case in cases),
        }
        problems = check.check(Folder(write(tmp_path, judged.JUDGED | files)))
        return [item.message for item in problems if "the same inputs" in item.message]

    assert told("a", "a")
    assert not told("a", "b")


@pytest.mark.parametrize("reads", ["must_mention", "gold"])
def test_no_case_to_score_is_one_problem_and_no_number_of_cases(tmp_path: Path, reads: str) -> None:
    suite = SUITE.replace("- exact", f"- contains: {{expectation: {reads}, as: exact}}")
    problems = check.check(Folder(write(tmp_path, FILES | {"evals/qa/suite.yml": suite})))
    assert any("no case has the expectation" in item.message for item in problems)
    assert not any("too few for" in item.message for item in problems)


DESK = """\
message: Desk
model: offline/rules
messages:
  - placeholder: history
  - {role: user, content: "{{question}}"}
"""


@pytest.mark.parametrize(
    ("history", "message", "hint"),
    [
        ("Hi", "'inputs.history' must be a list of messages, not a text", '"role": "user"'),
        ([{"role": "human", "content": "Hi"}], "inputs.history[0] has the role 'human'", '"role": "user"'),
        ([{"role": "tool", "toolCallId": "c9", "content": ""}], "inputs.history[0]: no call c9", ""),
        ([{"role": "user", "content": "", "nam": 1}], "inputs.history[0]: unknown key 'nam'", "'name'"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://10.0.0.1/a"}}]}],
            "inputs.history[0].content[0]: an image is a data: URL or an input: nothing is fetched",
            "write the image itself",
        ),
    ],
)
def test_a_conversation_of_a_case_that_is_none(
    tmp_path: Path, history: object, message: str, hint: str
) -> None:
    case = {"id": "a", "inputs": {"question": "?", "history": history}, "expectations": {"answer": "yes"}}
    changed = {"prompts/qa/v1.prompt.yml": DESK, "evals/qa/dataset.jsonl": json.dumps(case) + "\n"}
    refused(tmp_path, changed, "dataset.jsonl:1", message, hint)


JINJA = """\
message: First
model: offline/rules
templateFormat: jinja2
inputs: {question: {type: string}, count: {type: %s, default: 2}}
template: "%s"
"""
TWO_CASES = """\
{"id": "a", "inputs": {"question": "?", "count": 4}, "expectations": {"answer": "yes"}}
{"id": "b", "inputs": {"question": "!", "count": 0}, "expectations": {"answer": "no"}}
"""


@pytest.mark.parametrize(
    ("kind", "template", "place", "why"),
    [
        ("number", "{{question}}{{count}}{{1/0}}", "v1.prompt.yml", "of qa: jinja2: it divides by zero"),
        ("number", "{{question}}{{count|sum}}", "v1.prompt.yml", "the type of a value does not support"),
        ("number", "{{question}}{{8 / count}}", "dataset.jsonl:2", "case 'b' of qa: jinja2: it divides"),
        ("string", "{{question}}{{count.text}}", "v1.prompt.yml", "no value has 'text'"),
        ("integer", "{{question.text}}{{count}}", "v1.prompt.yml", "no value has 'text'"),
    ],
)
def test_a_version_that_cases_cannot_fill_is_found_before_a_run(
    tmp_path: Path, kind: str, template: str, place: str, why: str
) -> None:
    version = JINJA % (kind, template)
    refused(
        tmp_path,
        {"prompts/qa/v1.prompt.yml": version, "evals/qa/dataset.jsonl": TWO_CASES},
        place,
        why,
        "cuebook render qa/1 --case qa/",
    )


def test_a_value_of_another_type_is_found_in_a_simple_template_too(tmp_path: Path) -> None:
    version = (JINJA % ("number", "{{question}}{{count}}")).replace("jinja2", "simple")
    cases = TWO_CASES.replace('"count": 0', '"count": "none"')
    changed = {"prompts/qa/v1.prompt.yml": version, "evals/qa/dataset.jsonl": cases}
    said = "case 'b': 'count' is text: 'none', but its type in qa/1 is 'number'"
    refused(tmp_path, {**changed}, "dataset.jsonl:2", said, "correct the case")
    assert len([item for item in found(tmp_path, {**changed}) if item.severity == "error"]) == 1


def test_what_a_case_lacks_is_said_once(tmp_path: Path) -> None:
    version = JINJA % ("number", "{{question}}{{8 / count}}")
    cases = TWO_CASES.replace('"question": "?", ', "").replace(', "count": 0', "")
    problems = found(tmp_path, {"prompts/qa/v1.prompt.yml": version, "evals/qa/dataset.jsonl": cases})
    assert [item.message for item in problems if item.severity == "error"] == [
        "case 'a': {{question}} of qa/1 is not filled"
    ]


def test_a_variable_that_no_case_fills_is_told_at_its_line_unless_every_version_has_it(
    tmp_path: Path,
) -> None:
    first, again = FILES["prompts/qa/v1.prompt.yml"], "message: Again\nmodel: offline/rules\n"
    slip = {"prompts/qa/v2.prompt.yml": f"{again}template: |\n  Be brief.\n  Q: {{{{questoin}}}}\n"}
    (told,) = [item for item in found(tmp_path / "one", slip) if "fills" in item.message]
    assert (told.file, told.line) == ("prompts/qa/v2.prompt.yml", 5)
    assert told.message == "no case of evals/qa/dataset.jsonl fills {{questoin}} of qa/2"
    assert told.hint == "did you mean 'question'?"
    cases = FILES["evals/qa/dataset.jsonl"].replace("question", "qestion")
    both = {"prompts/qa/v2.prompt.yml": first.replace("briefly", "well"), "evals/qa/dataset.jsonl": cases}
    (told,) = [item for item in found(tmp_path / "two", both) if "fills" in item.message]
    assert (told.file, told.line) == ("evals/qa/dataset.jsonl", 1)
    assert told.message == "no case fills {{question}} of qa/1 and qa/2"


@pytest.mark.parametrize(
    ("count", "cure"),
    [
        (1, "add 760 cases: with 761 cases a version that is only as good usually passes"),
        (
            12,
            (
                "add 749 cases: with 761 cases a version that is only as good usually passes; "
                "or accept a larger loss: margin: 0.59"
            ),
        ),
    ],
)
def test_a_larger_margin_is_advised_only_where_one_helps(tmp_path: Path, count: int, cure: str) -> None:
    line = FILES["evals/qa/dataset.jsonl"].splitlines()[0]
    lines = [
        json.dumps({**json.loads(line), "id": f"case-{n}", "inputs": {"question": str(n)}})
        for n in range(count)
    ]
    files = {
        "evals/qa/dataset.jsonl": "\n".join(lines) + "\n",
        "evals/qa/suite.yml": SUITE.replace("margin: 1.0", "margin: 0.05"),
    }
    assert [item.hint for item in found(tmp_path, files) if "too few" in item.message] == [cure]
    if "margin: " in cure:
        files["evals/qa/suite.yml"] = SUITE.replace(
            "margin: 1.0", cure.rpartition("; or accept a larger loss: ")[2]
        )
        assert [item for item in found(tmp_path, files) if "too few" in item.message] == []


def test_metrics_that_lack_cases_alike_are_one_problem(tmp_path: Path) -> None:
    suite = SUITE.replace("- exact", "- exact\n  - exact: {as: other}\n  - token_f1: {as: third}")
    rules = suite.replace("exact: {margin: 1.0, floor: 0.5}", "exact: {floor: 0.5}")
    rules += "    other: {floor: 0.5}\n    third: {floor: 0.5}\n"
    (told,) = found(tmp_path, {"evals/qa/suite.yml": rules})
    assert told.message.startswith("exact, other and third: 1 case is too few for a margin of 0.05")
    assert told.hint == "add 1,173 cases: with 1,174 cases a version that is only as good usually passes"


def test_cases_on_which_a_judge_is_not_asked_do_not_count_for_its_metric(tmp_path: Path) -> None:
    rules = "gate: {metrics: {rubric: {margin: 0.1, floor: 0.5}}, judges: {min_kappa: 0.4}}\n"
    pin = "judge: {prompt: judge-tone/1, as: rubric, with: {reference: expectations.rubric}}"
    cases = [{"id": f"c{at}", "inputs": {"question": f"{at}?"}, "expectations": {}} for at in range(40)]
    for case in cases[:3]:
        case["expectations"] = {"rubric": "Polite"}
    files: dict[str, str | bytes | None] = {
        "prompts/judge-tone/v1.prompt.yml": JUDGE,
        "evals/qa/suite.yml": SUITE[: SUITE.index("gate:")].replace("- exact", f"- {pin}") + rules,
        "evals/qa/dataset.jsonl": "".join(f"{json.dumps(case)}\n" for case in cases),
    }
    (problem,) = (item for item in found(tmp_path, files) if "too few" in item.message)
    assert problem.message.startswith("rubric: 3 cases are too few")


def test_a_case_that_no_deciding_metric_looks_at_is_named(tmp_path: Path) -> None:
    line = FILES["evals/qa/dataset.jsonl"]
    none = line.replace('"a"', '"b"').replace(', "expectations": {"answer": "yes"}', "")
    suite = SUITE.replace("- exact", "- exact\n  - length: {max_words: 9}")

    def told(lines: str, changed: str = suite) -> list[str]:
        problems = found(tmp_path, {"evals/qa/dataset.jsonl": lines, "evals/qa/suite.yml": changed})
        return [str(item) for item in problems if item.code == "decides_nothing"]

    (said,) = told(line + none + none.replace('"b"', '"c"'))
    assert said.startswith(
        "evals/qa/dataset.jsonl:2: warning: case 'b' and 1 more: it has no expectation that exact reads"
    )
    assert told(line + line.replace('"a"', '"b"')) == []
    assert told(none) == [], "that none has it is said of the scorer"
    assert told(line + none, suite + "    length: {floor: 0.5}\n") == [], (
        "the length of any answer is looked at"
    )
    assert told(line + none.replace("}}", '}, "expectations": {"anwser": "yes"}}')) == [], (
        "a slip is told as one"
    )
