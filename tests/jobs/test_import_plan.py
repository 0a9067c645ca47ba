from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook import check
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.core.files import Folder
from cuebook.core.layout import DATASET, suite_path
from cuebook.importers import Imported, NewCases, NewPrompt, NewVersion, Request
from cuebook.importers._rubric import rubric_judge
from cuebook.jobs.import_plan import ImportChoice, ImportPlan, plan
from cuebook.registry.reader import Registry


def version(text: str, theirs: str = "", **changes: Any) -> NewVersion:
    body = {"model": "openai/gpt-6-luna", "template": text, **changes}
    return NewVersion(body, f"Imported from x, version {theirs or 1}", theirs)


def prompt(*texts: str, name: str = "motto", **changes: Any) -> Imported:
    versions = [version(text, str(number)) for number, text in enumerate(texts, 1)]
    return Imported([NewPrompt(name, versions, **changes)])


def planned(root: Path, *imported: Imported, **wanted: Any) -> ImportPlan:
    taken = [(f"source-{number}", item) for number, item in enumerate(imported, 1)]
    return plan(Registry(Folder(root)), taken, ImportChoice(**wanted))


def done(root: Path, *imported: Imported, **wanted: Any) -> ImportPlan:
    made = planned(root, *imported, **wanted)
    write(root, made.files)
    assert [item for item in check.check(Folder(root)) if item.severity == "error"] == []
    return made


def test_a_second_import_writes_nothing_and_a_longer_one_what_is_new(tmp_path: Path) -> None:
    assert done(tmp_path, prompt("A {{x}}", "B {{x}}")).lines[0].new == [1, 2]
    again = planned(tmp_path, prompt("A {{x}}", "B {{x}}"))
    assert (again.files, again.lines[0].new, again.lines[0].there) == ({}, [], 2)
    more = done(tmp_path, prompt("A {{x}}", "B {{x}}", "C {{x}}"))
    assert (list(more.files), more.lines[0].there) == (["prompts/motto/v3.prompt.yml"], 2)


def test_the_same_version_twice_is_one_and_an_older_one_that_comes_back_is_new(tmp_path: Path) -> None:
    made = done(tmp_path, prompt("A {{x}}", "A {{x}}", "B {{x}}", "A {{x}}", aliases={"staging": 1}))
    assert made.lines[0].new == [1, 2, 3]
    assert made.lines[0].aliases == {"staging": 1}
    assert [item.message for item in made.notes] == [
        "version 2: the same as version 1",
        "numbers have no gaps: version 3 is 2 here, 4 is 3 here",
    ]
    assert planned(tmp_path, prompt("A {{x}}", "B {{x}}", "A {{x}}")).files == {}


def test_other_numbers_than_there_are_said_once_for_each_new_version(tmp_path: Path) -> None:
    gaps = Imported([NewPrompt("motto", [version("A {{x}}", "1"), version("B {{x}}", "3")])])
    assert [(note.at, note.kind, note.message) for note in done(tmp_path, gaps).notes] == [
        ("motto", "changed", "numbers have no gaps: version 3 is 2 here")
    ]
    assert planned(tmp_path, gaps).notes == []
    many = [version(f"A{number} {{{{x}}}}", str(2 * number)) for number in range(1, 23)]
    (said,) = planned(tmp_path, Imported([NewPrompt("many", many)])).notes
    assert said.message.endswith("40 is 20 here, and 2 more")


def test_a_prompt_that_is_something_else_is_never_touched(tmp_path: Path) -> None:
    done(tmp_path, prompt("A {{x}}"))
    with pytest.raises(UsageError, match="motto already exists") as refused:
        planned(tmp_path, prompt("Z {{x}}"))
    assert "--into motto" in refused.value.hint
    made = done(tmp_path, prompt("Z {{x}}"), into="motto")
    assert made.lines[0].new == [2]
    assert planned(tmp_path, prompt("Z {{x}}"), into="motto").files == {}


def test_a_model_that_is_shut_down_is_said(tmp_path: Path) -> None:
    first = NewVersion({"model": "openai/gpt-4", "template": "A {{x}}"}, "m", "1")
    given = Imported([NewPrompt("motto", [first, version("B {{x}}", "2")])])
    assert planned(tmp_path, given, today="2027-01-01").notes == []
    live = Imported([NewPrompt("motto", given.prompts[0].versions, aliases={"staging": 0})])
    (note,) = planned(tmp_path, live, today="2027-01-01").notes
    assert "openai/gpt-4 was shut down on 2026-10-23, and check refuses it" in note.message
    assert note.hint == "choose another: --model ID"


def test_protected_aliases_are_held_unless_somebody_answers_for_them(tmp_path: Path) -> None:
    given = prompt("A {{x}}", "B {{x}}", aliases={"production": 1, "staging": 0, "latest": 1, "v3": 0})
    held = planned(tmp_path, given, protected=["production"])
    assert (held.lines[0].aliases, held.lines[0].held) == ({"staging": 1}, {"production": 2})
    assert [(item.at, item.kind) for item in held.notes] == [("motto@v3", "left-out")]
    wanted = {"protected": ["production"], "aliases": "all", "who": "@ada", "today": "2026-11-30"}
    made = done(tmp_path, given, **wanted)
    assert made.lines[0].aliases == {"production": 2, "staging": 1}
    override = made.files["overrides/motto-v2.yml"].decode()
    assert "why: Live as version 2 of source-1 when it was imported" in override
    assert "2026-12-07" in override
    assert override.startswith("# yaml-language-server: $schema=../schemas/override.json\n")
    assert planned(tmp_path, given, **wanted).files == {}


def test_aliases_of_a_prompt_that_is_there_stay(tmp_path: Path) -> None:
    done(tmp_path, prompt("A {{x}}", "B {{x}}", aliases={"staging": 0}))
    assert planned(tmp_path, prompt("A {{x}}", "B {{x}}", aliases={"staging": 1})).files == {}


def test_rows_and_suites_are_never_written_over(tmp_path: Path) -> None:
    rows = [{"id": "a", "inputs": {"x": "1"}}]
    suite = {
        "prompt": "motto",
        "scorers": ["exact"],
        "gate": {"metrics": {"exact": {"floor": 0.5}}},
    }
    rows[0]["expectations"] = {"answer": "1"}
    given = Imported(prompt("A {{x}}").prompts, [NewCases("motto", rows, suite)])
    made = done(tmp_path, given)
    assert (made.lines[0].rows, made.lines[0].scorers) == (1, ["exact"])
    other = Imported(prompt("A {{x}}").prompts, [NewCases("motto", [*rows, {"id": "b", "inputs": {}}])])
    left = planned(tmp_path, other)
    assert left.files == {}
    assert left.notes[0].at == "evals/motto/dataset.jsonl"
    assert "it already exists" in left.notes[0].message


def test_two_files_of_one_name_stay_apart_with_their_judges(tmp_path: Path) -> None:
    suite = {"prompt": "motto", "scorers": [{"judge": {"prompt": "motto-rubric/1"}}], "gate": {}}
    judge = NewPrompt("motto-rubric", [version("{{answer}}")])
    both = Imported([*prompt("A {{x}}").prompts, judge], [NewCases("motto", [], suite)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "check", lambda _: [])
        made = planned(tmp_path, both, both)
    assert [line.name for line in made.lines] == ["motto", "motto-rubric", "motto-2", "motto-rubric-2"]
    second = made.files["evals/motto-2/suite.yml"].decode()
    assert "prompt: motto-2" in second
    assert "prompt: motto-rubric-2/1" in second


def test_what_check_refuses_is_left_out_and_the_rest_taken(tmp_path: Path) -> None:
    secret = "The key is sk-" + "a1B2" * 10
    given = Imported([*prompt(secret, name="leak").prompts, *prompt("A {{x}}").prompts])
    made = done(tmp_path, given)
    assert [line.name for line in made.lines] == ["motto"]
    (left,) = [item for item in made.notes if item.kind == "left-out"]
    assert left.whole
    assert left.at == "prompts/leak/v1.prompt.yml"
    assert secret[12:] not in left.message


def test_a_scorer_of_the_repository_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = "evals/_scorers/own.py"
    own = """from cuebook.scorers import NoParameters, measured, scorer

@scorer(NoParameters)
def score(context, parameters):
    return measured(1)
"""
    write(tmp_path, {"cuebook.toml": f'scorers = ["{path}"]\n', path: own})
    assert [line.name for line in done(tmp_path, prompt("A {{x}}")).lines] == ["motto"]
    # Nothing that is left out would mend what is wrong with the registry itself.
    (tmp_path / path).unlink()
    with pytest.raises(InvalidFiles, match=r"own\.py: error: the settings name this scorer"):
        planned(tmp_path, prompt("A {{x}}"))


def test_cases_stay_where_what_is_refused_only_ends_the_name_of_their_judge(tmp_path: Path) -> None:
    secret = "The key is sk-" + "a1B2" * 10
    rows = [{"id": f"c{at}", "inputs": {"x": str(at)}, "expectations": {"rubric": "x"}} for at in range(9)]
    graded = [{"judge": {"prompt": "tone-rubric/1", "scale": [1, 5]}}]
    gate = {"metrics": {"tone-rubric/1": {"margin": 0.3}}, "judges": {"min_kappa": 0.4}}
    suite = {"prompt": "tone", "dataset": DATASET, "scorers": graded, "gate": gate}
    prompts = [*prompt(secret, name="rubric").prompts, *prompt("A {{x}}", name="tone").prompts]
    judge = rubric_judge("tone-rubric", Request("tone.csv", b""))
    given = Imported([*prompts, judge], [NewCases("tone", rows, suite)])
    made = done(tmp_path, given)
    assert [line.name for line in made.lines] == ["tone", "tone-rubric"]
    assert suite_path("tone") in made.files
