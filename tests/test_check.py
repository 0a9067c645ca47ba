from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import judged
from build import commit, write
from cuebook import check
from cuebook.core import git
from cuebook.core.errors import Problem
from cuebook.core.files import Folder

GOOD = """\
message: First
model: offline/rules
messages:
  - {role: system, content: Answer briefly.}
  - {role: user, content: "{{question}}"}
"""
JUDGE = """\
message: First
model: offline/judge
inputs:
  answer: {type: string}
  mark: {type: string, default: "==="}
  reference: {type: string}
template: "{{mark}} {{answer}} {{mark}} {{reference}}"
responseFormat: json_schema
jsonSchema: {name: grade, schema: {type: object, properties: {reason: {}, score: {type: integer}}}}
"""
SUITE = """\
prompt: qa
scorers:
  - exact
gate:
  metrics:
    exact: {margin: 1.0}
"""
FILES = {
    "prompts/qa/v1.prompt.yml": GOOD,
    "prompts/qa/aliases.yml": "production: 1\n",
    "prompts/qa/meta.yml": "title: Questions\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": '{"id": "a", "inputs": {"question": "?"}, "expectations": {"answer": "yes"}}\n',
}


def found(tmp_path: Path, changed: dict[str, str | bytes | None]) -> list[Problem]:
    files = {name: text for name, text in (FILES | changed).items() if text is not None}
    return check.check(Folder(write(tmp_path, files)))


def test_a_good_registry_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"evals/qa/suite.yml": SUITE.replace("margin: 1.0", "margin: wide")},
        {"evals/qa/suite.yml": "prompt: [qa\n"},
        {"evals/qa/dataset.jsonl": '[\n  {\n    "id": "a"\n  }\n]\n'},
        {"evals/qa/dataset.jsonl": '{\n  "id": "a",\n  "inputs": {}\n}\n'},
    ],
)
def test_one_cause_is_one_error(tmp_path: Path, broken: dict[str, str | bytes | None]) -> None:
    (problem,) = found(tmp_path, broken)
    assert problem.file in broken


def test_the_command_that_mends_an_array_works(tmp_path: Path) -> None:
    write(tmp_path, FILES | {"evals/qa/dataset.jsonl": '[\n{"id": "a", "inputs": {"question": "¿?"}}\n]\n'})
    (problem,) = check.check(Folder(tmp_path))
    command, _, _ = problem.hint.partition(", then put")
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    line = (tmp_path / "new.jsonl").read_text("utf-8")
    assert json.loads(line) == {"id": "a", "inputs": {"question": "¿?"}}


@pytest.mark.parametrize(
    ("changed", "file", "hint"),
    [
        ({"prompts/qa/v5.prompt.yml": GOOD.replace("briefly", "well")}, "v5.prompt.yml", "call it v2"),
        ({"prompts/qa/v1 copy.prompt.yml": GOOD}, "v1 copy.prompt.yml", "make it the next version"),
        ({"prompts/qa/v02.prompt.yml": GOOD}, "v02.prompt.yml", "call it v2.prompt.yml"),
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


def version(text: str) -> dict[str, str | bytes | None]:
    return {"prompts/qa/v1.prompt.yml": text}


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
            "add 'model:'",
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
        (version(GOOD + "template: x\n"), "v1.prompt.yml", "exactly one of", ""),
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
        (version(GOOD + "responseFormat: json_schema\n"), "v1.prompt.yml", "go together", ""),
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
            {"prompts/qa/aliases.yml": "production: 1\nlatest: 1\n"},
            "aliases.yml:2",
            "'latest' is reserved",
            "",
        ),
        ({"prompts/qa/aliases.yml": "production: 1\nv2: 1\n"}, "aliases.yml:2", "reserved", ""),
        ({"prompts/qa/aliases.yml": "production: one\n"}, "aliases.yml:1", "not a version number", "3"),
        ({"prompts/qa/meta.yml": "titel: Q\n"}, "meta.yml:1", "unknown key 'titel'", "did you mean 'title'?"),
        (
            {"prompts/qa/meta.yml": "title: Q\nretired: [1]\n"},
            "meta.yml",
            "is retired, but 'production'",
            "another version",
        ),
        ({"prompts/qa/notes.txt": "x"}, "notes.txt", "does not belong here", ""),
        ({"prompts/Bad_Name/v1.prompt.yml": GOOD}, "prompts/Bad_Name", "may have only a-z", "bad_name"),
        ({"prompts/con/v1.prompt.yml": GOOD}, "prompts/con", "reserved by Windows", ""),
        (
            {"evals/qa/suite.yml": SUITE.replace("prompt: qa", "prompt: qaa")},
            "suite.yml:1",
            "no prompt is called 'qaa'",
            "did you mean 'qa'?",
        ),
        (
            {"evals/qa/suite.yml": SUITE.replace("- exact", "- exakt")},
            "suite.yml",
            "the gate decides on 'exact'",
            "did you mean 'exakt'?",
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
            "",
        ),
        ({"evals/qa/suite.yml": SUITE.replace("1.0", "-1")}, "suite.yml:6", "gate.metrics.exact.margin", ""),
        ({"evals/qa/dataset.jsonl": '{"id": "a"}\n'}, "dataset.jsonl:1", "'inputs' is missing", ""),
        ({"evals/qa/dataset.jsonl": "{'id': 1}\n"}, "dataset.jsonl:1", "not JSON", ""),
        ({"evals/qa/dataset.jsonl": ""}, "dataset.jsonl", "the dataset has no case", ""),
        ({"evals/qa/dataset.jsonl": None}, "dataset.jsonl", "the dataset is missing", ""),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"] * 2},
            "dataset.jsonl:2",
            "already used on line 1",
            "",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace("question", "qestion")},
            "dataset.jsonl",
            "no case fills {{question}}",
            "did you mean 'qestion'?",
        ),
        (
            {"evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace('"yes"', "NaN")},
            "dataset.jsonl:1",
            "NaN is not JSON",
            "",
        ),
        (
            {"pyproject.toml": "[tool.cuebook]\nsite = 1\n"},
            "pyproject.toml",
            "unknown key 'site'",
            "site_url",
        ),
    ],
)
def test_each_refusal_names_place_and_cure(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    problems = [item for item in found(tmp_path, changed) if item.severity == "error"]
    lines = [f"{item.file}:{item.line}" if item.line else item.file for item in problems]
    match = [
        item for item, line in zip(problems, lines, strict=True) if place in line and message in item.message
    ]
    assert match, [str(problem) for problem in problems]
    assert any(hint in item.hint for item in match), match


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"prompts/qa/meta.yml": None}, "no title and owners"),
        (
            {"prompts/other/v1.prompt.yml": GOOD, "prompts/other/meta.yml": "title: O\n"},
            "no suite evaluates this prompt",
        ),
        ({"evals/spare/dataset.jsonl": FILES["evals/qa/dataset.jsonl"]}, "no suite uses this dataset"),
        ({"prompts/qa/aliases.yml": None}, "only floors can decide"),
        (
            {
                "evals/qa/dataset.jsonl": FILES["evals/qa/dataset.jsonl"].replace(
                    '"yes"', '"yes", "tone": "kind"'
                )
            },
            "no scorer reads the expectation 'tone'",
        ),
    ],
)
def test_useless_things_are_warnings(
    tmp_path: Path, changed: dict[str, str | bytes | None], message: str
) -> None:
    problems = found(tmp_path, changed)
    assert [item.severity for item in problems] == ["warning"]
    assert message in problems[0].message


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
        (
            "grader/1",
            "expectations.answer",
            JUDGE.replace("{{mark}} ", "")
            .replace(" {{mark}}", "")
            .replace('  mark: {type: string, default: "==="}\n', ""),
            "{{mark}}",
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


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    broken = {f"prompts/qa/v{n}.prompt.yml": "message: x\n" for n in range(2, 12)}
    assert len({item.file for item in found(tmp_path, broken)}) == 10


def test_one_problem_does_not_hide_another(tmp_path: Path) -> None:
    broken = {
        "prompts/qa/aliases.yml": "production: 12\nlatest: 1\n",
        "evals/qa/suite.yml": "prompt: qaa\nscorers: [exakt]\ngate: {metrics: {exact: {margin: -1}}}\n",
        "evals/qa/dataset.jsonl": "{id: b}\n",
    }
    said = " ".join(item.message for item in found(tmp_path, broken))
    for part in ("version 12", "'latest'", "'qaa'", "'exakt'", "margin", "not JSON"):
        assert part in said


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, FILES | {"secret.txt": "token"})
    (tmp_path / "prompts/qa/v2.prompt.yml").symlink_to(tmp_path / "secret.txt")
    problems = check.check(Folder(tmp_path))
    assert any("symbolic links are not followed" in item.message for item in problems)
    assert "token" not in str(problems)


OTHER = GOOD.replace("briefly", "at length")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"prompts/qa/v3.prompt.yml": OTHER}, []),
        ({"prompts/qa/aliases.yml": "production: 2\n"}, []),
        ({"prompts/qa/v1.prompt.yml": OTHER}, [("prompts/qa/v1.prompt.yml", 4, "was edited")]),
        ({"prompts/qa/v1.prompt.yml": GOOD + "\n"}, [("prompts/qa/v1.prompt.yml", 6, "was edited")]),
        ({"prompts/qa/v2.prompt.yml": None}, [("prompts/qa/v2.prompt.yml", 0, "was removed")]),
        (
            {"prompts/qa/v2.prompt.yml": None, "prompts/qa/v3.prompt.yml": GOOD.replace("First", "Second")},
            [("prompts/qa/v2.prompt.yml", 0, "was renumbered to v3.prompt.yml")],
        ),
    ],
)
def test_published_versions_never_change(
    tmp_path: Path, change: dict[str, str | None], expected: list[tuple[str, int, str]]
) -> None:
    write(tmp_path, FILES | {"prompts/qa/v2.prompt.yml": GOOD.replace("First", "Second")})
    base = commit(tmp_path)
    for name, text in change.items():
        if text is None:
            (tmp_path / name).unlink()
        else:
            write(tmp_path, {name: text})
    problems = check.check_change(git.Snapshot(tmp_path, base), Folder(tmp_path))
    assert [(item.file, item.line) for item in problems] == [(file, line) for file, line, _ in expected]
    for item, (_, _, message) in zip(problems, expected, strict=True):
        assert message in item.message
        assert item.hint


def test_line_ends_of_a_checkout_are_no_edit(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    base = git.Snapshot(tmp_path, commit(tmp_path))
    path = tmp_path / "prompts/qa/v1.prompt.yml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check.check_change(base, Folder(tmp_path)) == []
    path.write_bytes(path.read_bytes().replace(b"briefly", b"at length"))
    (problem,) = check.check_change(base, Folder(tmp_path))
    assert problem.line == 4
    path.rename(path.with_name("v2.prompt.yml"))
    write(tmp_path, {"prompts/qa/v2.prompt.yml": GOOD.replace("\n", "\r\n")})
    (problem,) = check.check_change(base, Folder(tmp_path))
    assert "renumbered to v2" in problem.message


@pytest.mark.parametrize(
    ("rules", "metric", "message"),
    [
        ("judges: {min_kappa: 0.4}", "grader/1", ""),
        ("judges: {min_kappa: 0.4}", "contains", "none of its metrics is a judge's"),
        ("judges: {min_kappa: 1.4}", "grader/1", "less than or equal to 1"),
        ("judges: {max_age_days: 0}", "grader/1", "greater than or equal to 1"),
        ("judges: {max_age: 3}", "grader/1", "unknown key 'gate.judges.max_age'"),
    ],
)
def test_what_a_gate_demands_of_judges(tmp_path: Path, rules: str, metric: str, message: str) -> None:
    text = judged.SUITE.replace("judges: {min_kappa: 0.4}", rules).replace("grader/1: {", f"{metric}: {{")
    problems = check.check(Folder(write(tmp_path, judged.JUDGED | {"evals/qa/suite.yml": text})))
    assert bool(problems) == bool(message), problems
    assert message in " ".join(item.message for item in problems)


def test_labels_must_fit_the_judge_that_a_suite_pins(tmp_path: Path) -> None:
    wrong = {
        "evals/grader/labels.jsonl": "".join(
            text + "\n" for text in (judged.label(1, good=True), judged.label(2, good=True, score=9))
        )
    }
    (problem,) = check.check(Folder(write(tmp_path, judged.JUDGED | wrong)))
    assert (problem.file, problem.line) == ("evals/grader/labels.jsonl", 2)
    assert problem.message == "label 9 is not a score on the scale 1 to 5"


@pytest.mark.parametrize(
    ("model", "more", "line", "said", "cure"),
    [
        ("opnai/gpt-6-luna", "", 2, "no provider is called 'opnai'", "did you mean openai/?"),
        (
            "openai/gpt-6-luna",
            "modelParameters: {temperature: 0}\n",
            3,
            "no temperature",
            "reasoningEffort: none",
        ),
        ("groq/m", "modelParameters: {topK: 3}\n", 3, "groq takes no topK", "take topK out"),
        ("openai/gpt-6-luna", "responseFormat: json_object\n", 3, "no message says JSON", "say in a message"),
    ],
)
def test_what_would_stop_the_first_call_is_known_before_it(
    tmp_path: Path, model: str, more: str, line: int, said: str, cure: str
) -> None:
    text = GOOD.replace("model: offline/rules\n", f"model: {model}\n{more}")
    problem = next(item for item in found(tmp_path, version(text)) if "v1" in item.file)
    assert problem.line == line
    assert said in problem.message
    assert cure in problem.hint


def test_a_live_version_names_the_model_that_was_gated(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"cuebook.toml": 'model = "openai/gpt-6-luna"\n'}
    (problem,) = found(tmp_path, files)
    assert (problem.file, problem.line, problem.severity) == ("prompts/qa/aliases.yml", 1, "error")
    assert "apps would get offline/rules by 'production'" in problem.message
    tree = Folder(tmp_path)
    assert [item.severity for item in check.check(tree, tree)] == ["warning"]


@pytest.mark.parametrize("folder", ["evals", "prompts", "overrides", "site/guides", "site"])
def test_a_folder_that_is_a_link_is_one_problem_and_nothing_is_read(registry: Path, folder: str) -> None:
    elsewhere = write(registry.parent / "elsewhere", {f"{number}/x/y": "secret" for number in range(50)})
    shutil.rmtree(registry / folder, ignore_errors=True)
    (registry / folder).parent.mkdir(exist_ok=True)
    (registry / folder).symlink_to(elsewhere, target_is_directory=True)
    found = [problem for problem in check.check(Folder(registry)) if problem.severity == "error"]
    said = [problem for problem in found if "in the place of a folder" in problem.message]
    assert [problem.file for problem in said] == ["site/guides" if folder == "site" else folder]
    assert not any("elsewhere" in str(problem) or "secret" in str(problem) for problem in found)


def test_guides_are_text_and_pictures(registry: Path) -> None:
    write(
        registry,
        {"site/guides/a.md": "# A", "site/guides/evil.js": "1", "site/guides/b.svg": "<svg onload='1'/>"},
    )
    (registry / "site/guides/c.png").symlink_to("/etc/passwd")
    found = {
        problem.file: problem.message
        for problem in check.check(Folder(registry))
        if problem.severity == "error"
    }
    assert "text and pictures" in found["site/guides/evil.js"]
    assert "onload" in found["site/guides/b.svg"]
    assert "symbolic links" in found["site/guides/c.png"]
    assert "site/guides/a.md" not in found
    old = check.check(Folder(registry), Folder(registry))
    assert {problem.severity for problem in old if problem.file == "site/guides/evil.js"} == {"warning"}


@pytest.mark.parametrize(("cases", "told"), [(65, True), (66, False)])
def test_a_suite_that_can_never_pass_is_told_so_before_it_costs_anything(
    tmp_path: Path, cases: int, *, told: bool
) -> None:
    line = '{{"id": "c{0}", "inputs": {{"question": "{0}?"}}, "expectations": {{"answer": "yes"}}}}\n'
    data = "".join(line.format(n) for n in range(cases))
    suite = SUITE.replace("margin: 1.0", "margin: 0.05")
    problems = found(tmp_path, {"evals/qa/suite.yml": suite, "evals/qa/dataset.jsonl": data})
    words = (
        "exact: 65 cases can never pass at 0.05, even if every answer is equal; they can rule out a loss of"
    )
    assert [(item.severity, item.line, item.message.startswith(words)) for item in problems] == [
        ("warning", 6, True)
    ] * told
