from __future__ import annotations

from pathlib import Path

from checked import GOOD, SUITE, found, version


def test_a_model_of_settings_and_suites_is_told_where_it_is_named(tmp_path: Path) -> None:
    two = SUITE.replace("prompt: qa", "prompt: qa\nmodels: [opnai/x, groq/m]")
    sampled = GOOD.replace("model: offline/rules", "model: offline/rules\nmodelParameters: {topK: 3}")
    files: dict[str, str | bytes | None] = {
        "cuebook.toml": '# ours\nmodel = "opnai/gpt-6-luna"\njudge_model = "antropic/m"\n',
        "evals/qa/suite.yml": two,
    }
    told = found(tmp_path, files | version(sampled))
    assert [(item.file, item.line, item.message) for item in told if item.severity == "error"] == [
        ("cuebook.toml", 2, "no provider is called 'opnai'"),
        ("cuebook.toml", 3, "no provider is called 'antropic'"),
        ("evals/qa/suite.yml", 2, "no provider is called 'opnai'"),
        ("evals/qa/suite.yml", 2, "qa/1: groq takes no topK"),
    ]


def test_what_the_settings_model_refuses_is_for_a_version_of_its_own(tmp_path: Path) -> None:
    sampled = GOOD.replace("model: offline/rules", "model: offline/rules\nmodelParameters: {topK: 3}")
    told = found(tmp_path, version(sampled) | {"cuebook.toml": 'model = "groq/m"\n'})
    (item,) = [item for item in told if "takes no topK" in item.message]
    assert (item.severity, item.hint) == (
        "warning",
        'in a version of its own: take topK out; cuebook new qa -m "Why this version"',
    )


def test_a_fault_of_a_scorers_own_file_has_no_line_of_the_suite(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "evals/qa/suite.yml": SUITE.replace("- exact", "- exact\n  - json_schema: {schema: shape.json}"),
        "evals/qa/shape.json": '{"type": "object"',
    }
    (told,) = [item for item in found(tmp_path, files) if item.severity == "error"]
    assert (told.file, told.line, told.hint) == ("evals/qa/shape.json", 0, "correct that file")


def test_an_app_whose_folder_is_not_there_is_told_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "cuebook.toml": '[targets.desk]\ncommand = ["python3", "desk.py"]\ncwd = "ap"\nfiles = ["ap/**"]\n',
        "app/desk.py": "",
    }
    told = found(tmp_path, files)
    assert [(item.file, item.line, item.message) for item in told] == [
        ("cuebook.toml", 3, "targets.desk.cwd: there is no folder ap")
    ]


def test_a_model_that_a_plug_in_does_not_have_is_told_once_where_it_is_named(tmp_path: Path) -> None:
    odd = GOOD.replace("offline/rules", "offline/answers")
    (told,) = found(tmp_path / "version", version(odd))
    assert (told.file, told.line, told.severity) == ("prompts/qa/v1.prompt.yml", 2, "error")
    problems = found(tmp_path / "settings", {"cuebook.toml": 'model = "offline/answers"\n'})
    (told,) = [item for item in problems if "has no model" in item.message]
    assert (told.file, told.hint) == ("cuebook.toml", "known: offline/judge, offline/rules")
