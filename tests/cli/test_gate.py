from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core import files as core_files
from cuebook.core import json_lines, yaml_files
from cuebook.core.errors import UPGRADE
from cuebook.core.files import Folder
from cuebook.jobs import evaluate
from cuebook.judging.calibration import CalibrationFile
from cuebook.publish.data_branch import BRANCH
from cuebook.registry import labels, suite_files, version_files
from cuebook.registry.settings import FILES
from judged import JUDGED

Cli = Callable[..., Any]
WRONG = QA["prompts/qa/v2.prompt.yml"].replace("<context>\\n{{context}}\\n</context>\\n", "")
"""A version that forgot the context."""


def test_as_good_as_production_passes(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"]) == (0, "pass")


def test_a_regression_fails_early(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v2.prompt.yml": WRONG})
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"]) == (1, "fail")
    assert verdict["coverage"]["used"] < 60


def test_too_few_cases_are_inconclusive(cli: Cli, registry: Path) -> None:
    path = registry / "evals/qa/dataset.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:15]))
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    assert ended.code == 3
    assert "Add about" in json.loads(ended.out)[0]["next"]["text"]


def test_answers_listed_in_the_prompt_are_no_evidence(cli: Cli, registry: Path) -> None:
    """They make a pass of the cases that ask for them, and the others are too few to promote it."""
    listed = "".join(f"What colour is the lamp in room {room}? Green. " for room in range(50))
    text = QA["prompts/qa/v2.prompt.yml"].replace("short sentence.", f"short sentence. {listed}")
    write(registry, {"prompts/qa/v2.prompt.yml": text})
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["outcome"], verdict["second"]["first"]) == (3, "inconclusive", "pass")
    assert "Passes on all cases together only. On the 10 cases that its text does not repeat: " in str(
        verdict
    )
    assert verdict["next"]["text"].startswith("Write a version whose examples are not its test cases, or add")
    assert (verdict["made_from"]["seen"], len(verdict["made_from"]["quoted"])) == (50, 50)
    assert cli(registry, "promote", "qa/2").code == 3
    write(registry, {"prompts/qa/v2.prompt.yml": QA["prompts/qa/v2.prompt.yml"]})
    assert cli(registry, "gate", "qa/2").code == 0


def test_the_worst_verdict_sets_the_code(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    assert cli(registry, "gate").code == 1


def test_standing_evidence_is_reused_until_something_moves(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(registry, "gate", "qa/2")

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("evaluated again")

    monkeypatch.setattr(evaluate, "_judge", refuse)
    assert cli(registry, "gate", "qa/2").code == 0
    path = registry / "evals/qa/dataset.jsonl"
    path.write_text(path.read_text().replace("green", "blue"))
    assert "evaluated again" in cli(registry, "gate", "qa/2").err


def test_a_kept_verdict_of_a_newer_release_stays_and_decides_nothing(cli: Cli, registry: Path) -> None:
    cli(registry, "gate", "qa/2")
    path = registry / ".cuebook/evaluations/qa/2/qa.json"
    newer = path.read_text().replace("cuebook/evaluation/2", "cuebook/evaluation/9").replace("pass", "fail")
    path.write_text(newer)
    said = f"qa/2/qa.json: written by a newer Cuebook, so not used here and not replaced\n    {UPGRADE}\n"
    for words in (["qa/2"], ["qa/2", "--fresh"], ["qa/2", "--rerun"]):
        ended = cli(registry, "gate", *words, "--format", "json")
        assert (ended.code, json.loads(ended.out)[0]["outcome"]) == (0, "pass")
        assert ended.err.count(f".cuebook/evaluations/{said}") == 1
        assert path.read_text() == newer
    assert "newer Cuebook" not in cli(registry, "show", "qa/1").err


def test_a_verdict_of_a_newer_release_on_the_data_branch_is_told_of_once(cli: Cli, registry: Path) -> None:
    commit(registry)
    path = "evaluations/qa/2/qa/00000000.json"
    git(registry, "checkout", "-q", "--orphan", BRANCH)
    commit(write(registry, {path: '{"schema": "cuebook/evaluation/9"}'}))
    git(registry, "checkout", "-q", "main")
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    said = f"{BRANCH}:{path}: written by a newer Cuebook, so not used here and not replaced\n    {UPGRADE}\n"
    assert (ended.code, ended.err.count(said), ended.err.count("newer")) == (0, 1, 1)


def test_reports_go_to_files(cli: Cli, registry: Path, tmp_path: Path) -> None:
    cli(registry, "gate", "qa/2", "--format", "json", "--format", "table", "--out", str(tmp_path / "out"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"gate.json", "gate.txt"}


def test_nothing_is_written_half(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v2.prompt.yml": "message: x\n"})
    ended = cli(registry, "gate", "qa/2")
    assert ended.code == 2
    assert "prompts/qa/v2.prompt.yml:1" in ended.err
    assert not (registry / ".cuebook/evaluations").exists()


def test_a_gate_whose_verdicts_hold_reads_every_file_once(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, JUDGED)
    assert cli(tmp_path, "gate", "qa/2").code == 0
    for module in (yaml_files, version_files, suite_files, labels):
        for memory in vars(module).values():
            if hasattr(memory, "cache_clear"):
                memory.cache_clear()  # as in a process of its own
    read: Counter[str] = Counter()
    decode = core_files.decode
    calibration = CalibrationFile.model_validate_json
    for reads in (yaml_files, json_lines):
        monkeypatch.setattr(
            reads, "decode", lambda data, path, *more: (read.update([path]), decode(data, path, *more))[1]
        )
    monkeypatch.setattr(
        CalibrationFile,
        "model_validate_json",
        lambda data: (read.update(["a measurement"]), calibration(data))[1],
    )
    opened: Counter[str] = Counter()
    one_file = Folder.read
    monkeypatch.setattr(
        Folder, "read", lambda folder, path: (opened.update([path]), one_file(folder, path))[1]
    )
    assert cli(tmp_path, "gate", "qa/2").code == 0
    assert set(read) == {*JUDGED, "a measurement"}
    assert {path for path, times in read.items() if times > 1} == set()
    # Settings say where the others are, so they are looked at before there is a tree of these.
    assert {path for path, times in opened.items() if times > 1} <= set(FILES)
    assert opened.keys() >= JUDGED.keys()


def test_any_two_versions_can_be_compared_for_reading(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    for other in ("2", "v2", "qa/2"):
        ended = cli(registry, "gate", "qa/3", "--against", other, "--format", "json")
        (verdict,) = json.loads(ended.out)
        assert (ended.code, verdict["baseline"]["version"], verdict["reading_only"]) == (1, 2, True)
        assert verdict["headline"].startswith("For reading: Worse than v2")
    assert cli(registry, "gate", "qa/2", "--against", "production").code == 0
    assert cli(registry, "gate", "qa/3", "--against", "2", "--format", "annotations").out == ""
    assert not list((registry / ".cuebook").rglob("*.json")), "no verdict is kept"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qa/2", "--against", "2"], "compared with itself"),
        (["--against", "1"], "needs a version to compare"),
        (["qa/2", "--against", "9"], "no version 9"),
        (["qa/2", "--against", "1", "--rerun"], "cannot be combined"),
        (["qa/2", "--against", "1", "--suite", "nope"], "nope"),
    ],
)
def test_what_cannot_be_compared_is_said(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    ended = cli(registry, "gate", *words)
    assert ended.code == 2
    assert said in ended.err


def test_a_first_version_shows_every_score_and_reason(cli: Cli, registry: Path) -> None:
    (registry / "prompts/qa/aliases.yml").unlink()
    suite = (
        QA["evals/qa/suite.yml"]
        .replace(", floor: 0.5", "")
        .replace("gate:", "  - length: {max_words: 3}\ngate:")
    )
    write(registry, {"evals/qa/suite.yml": suite, "prompts/qa/v2.prompt.yml": WRONG})
    (registry / "prompts/qa/v1.prompt.yml").write_text(WRONG)
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    for kind in ("terminal", "markdown", "annotations", "junit"):
        text = cli(registry, "gate", "qa/1", "--format", kind).out
        assert "roke" not in text, kind
        if kind != "annotations":
            assert "length" in text
            assert "missing:" in text
    assert "no floor" in cli(registry, "gate", "qa/1").out


def test_the_rules_of_the_base_decide_where_a_change_moves_the_folders(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "switch", "-q", "-c", "work")
    (registry / "llm").mkdir()
    for name in ("prompts", "evals"):
        git(registry, "mv", name, f"llm/{name}")
    settings = 'prompts_dir = "llm/prompts"\nevals_dir = "llm/evals"\n'
    weak = QA["evals/qa/suite.yml"].replace("margin: 0.1, floor: 0.5", "margin: 1.0")
    write(registry, {"cuebook.toml": settings, "llm/evals/qa/suite.yml": weak})
    write(registry, {"llm/prompts/qa/v3.prompt.yml": WRONG})
    commit(registry, "move")
    ended = cli(registry, "gate", "--base", "main", "--format", "json")
    assert ended.code == 1, ended.out + ended.err
    metrics = json.loads(ended.out)[0]["metrics"]
    assert [item["bound"] for item in metrics if item["kind"] == "difference"] == [0.1]


POLITE = (
    '"""Whether the answer is there."""\nfrom cuebook.scorers import NoParameters, measured, scorer\n\n\n'
    "class Parameters(NoParameters):\n    worth: float = 1.0\n\n\n"
    "@scorer(Parameters)\ndef score(context, parameters):\n    return measured(parameters.worth)\n"
)


def own_scorer(registry: Path, text: str = POLITE, settings: str = "{worth: 0.75}") -> None:
    """The registry with a scorer of its own, which decides."""
    rules = "gate: {metrics: {polite: {margin: 0.3, floor: 0.5}}}\n"
    suite = f"prompt: qa\nscorers: [{{polite: {settings}}}]\n{rules}"
    named = 'scorers = ["evals/_scorers/polite.py"]\n'
    write(registry, {"cuebook.toml": named, "evals/_scorers/polite.py": text, "evals/qa/suite.yml": suite})


def test_a_scorer_of_the_repository_decides_and_its_bytes_are_in_the_evidence(
    cli: Cli, registry: Path
) -> None:
    own_scorer(registry)
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    (verdict,) = json.loads(ended.out)
    assert (ended.code, verdict["summaries"][0]["candidate"]) == (0, 0.75)
    assert verdict["digests"]["plugins"]["polite"].startswith("evals/_scorers/polite.py sha256:")
    own_scorer(registry, POLITE.replace("parameters.worth)", "parameters.worth / 2)"))
    again = cli(registry, "gate", "qa/2", "--format", "json")
    assert "the scorer polite of the repository changed" in again.err
    assert json.loads(again.out)[0]["summaries"][0]["candidate"] == 0.375


@pytest.mark.parametrize(
    ("text", "settings", "said"),
    [
        (POLITE, "{worth: much}", "scorer polite: worth"),
        (POLITE, "{price: 1}", "scorer polite: unknown key 'price'"),
        (
            f"import helpers\n{POLITE}",
            "{worth: 1.0}",
            "evals/_scorers/polite.py:1: error: 'helpers' is neither",
        ),
        (f"1 / 0\n{POLITE}", "{worth: 1.0}", "the scorer cannot be loaded: ZeroDivisionError"),
    ],
)
def test_what_is_wrong_of_an_own_scorer_stops_the_gate(
    cli: Cli, registry: Path, text: str, settings: str, said: str
) -> None:
    own_scorer(registry, text, settings)
    ended = cli(registry, "gate", "qa/2")
    assert (ended.code, said in ended.err) == (2, True), ended.err


@pytest.mark.parametrize("metric", ["exact", "exakt"])
def test_a_scorer_that_is_written_wrong_is_told_by_its_name_and_passes_nothing(
    cli: Cli, registry: Path, metric: str
) -> None:
    suite = f"prompt: qa\nscorers: [exakt]\ngate: {{metrics: {{{metric}: {{floor: 0.1}}}}}}\n"
    write(registry, {"evals/qa/suite.yml": suite})
    ended = cli(registry, "gate", "qa")
    assert ended.code == 2
    assert "evals/qa/suite.yml:2: error: no scorer is called 'exakt'\n    did you mean 'exact'?" in ended.err
    assert "the gate decides" not in ended.err


@pytest.mark.parametrize("words", [("qa/3",), ("qa/3", "--against", "1")])
def test_a_draft_that_another_follows_is_refused_before_the_first_call(
    cli: Cli, registry: Path, words: tuple[str, ...]
) -> None:
    lacks = QA["prompts/qa/v2.prompt.yml"].replace("{{question}}", "{{question}} {{language}}")
    fourth = QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "a sentence")
    write(registry, {"prompts/qa/v3.prompt.yml": lacks, "prompts/qa/v4.prompt.yml": fourth})
    ended = cli(registry, "gate", *words)
    assert (ended.code, "fills {{language}} of qa/3" in ended.err) == (2, True), ended
    assert not (registry / ".cuebook/replies.sqlite").exists()
    assert cli(registry, "gate", "qa/4").code == 0


def test_an_alias_that_a_suite_writes_wrong_is_advised_by_its_right_name(cli: Cli, registry: Path) -> None:
    suite = registry / "evals/qa/suite.yml"
    suite.write_text(suite.read_text().replace("gate:\n", "gate:\n  baseline: prodution\n"))
    said = cli(registry, "gate", "qa/2").out
    assert "set 'production: 2'" in " ".join(said.split())
    assert "prodution: 2" not in said


def test_a_version_that_no_suite_is_about_is_no_pass_where_it_was_asked_for(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/other/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"]})
    ended = cli(registry, "gate", "other")
    assert (ended.code, "no suite" in ended.err) == (3, True), ended.err
    assert cli(registry, "gate").code == 0, "of all versions, those with a suite are gated"
