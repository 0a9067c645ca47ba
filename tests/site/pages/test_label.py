from __future__ import annotations

import json

from cuebook.site.pages import Site, label
from fixtures.labelling import INPUTS, JUDGE, WORDS, choices, graded, labelled
from fixtures.reading import read
from fixtures.site_catalog import FakeCatalog, artifact


def test_what_can_be_chosen_is_beside_the_page() -> None:
    (page,) = label.pages(Site(labelled(), repo_url="https://github.com/team/prompts"))
    assert (page.path, list(page.files)) == ("label.md", [label.CHOICES])
    assert json.loads(page.files[label.CHOICES]) == {
        "judges": {
            JUDGE: {
                "title": "Is it right?",
                "scale": [1, 5],
                "words": WORDS,
                "variables": ["task", "reference", "answer"],
            }
        },
        "evaluations": [
            {"prompt": "qa-assistant", "version": 4, "suite": "qa-assistant", "cases": 160, "judges": [JUDGE]}
        ],
    }
    assert "Name the sentence" not in page.body, "no answer and no message of a version is in the page"


def test_the_form_says_that_the_handle_is_public_and_what_to_do_without_scripts() -> None:
    (page,) = label.pages(Site(FakeCatalog(), repo_url="https://github.com/team/prompts"))
    document = read(page.body)
    said = document.one(id="cb-handle-hint").words
    assert "It is public" in said
    assert "cuebook audit" in document.one(id="cb-label-off").words
    setup = json.loads(document.one(id="cb-label").attributes["data-setup"] or "")
    assert setup["newFile"].startswith("https://github.com/team/prompts/new/main?filename={filename}")
    assert setup["folder"] == "evals/"


def test_a_judge_that_compares_or_is_not_published_is_left_out() -> None:
    made = labelled()
    compares = {name: {"type": "string"} for name in ("first", "second")}
    made.versions["judge-correctness", 2] = artifact(
        "judge-correctness", 2, "m", inputs=compares, template="x"
    )
    assert label.choices(Site(made)) == {"judges": {}, "evaluations": []}
    alone = FakeCatalog()
    alone.add("qa-assistant", [artifact("qa-assistant", 4, "m", template="x")], [graded()])
    assert label.choices(Site(alone)) == {"judges": {}, "evaluations": []}


def test_a_scale_of_the_judges_own_and_an_answer_that_it_does_not_name() -> None:
    made = labelled()
    schema = {"name": "g", "schema": {"properties": {"score": {"minimum": 0, "maximum": 3}}}}
    inputs = {name: spec for name, spec in INPUTS.items() if name != "answer"}
    made.versions["judge-correctness", 2] = artifact(
        "judge-correctness", 2, "m", inputs=inputs, template="x", jsonSchema=schema
    )
    (found,) = label.choices(Site(made))["judges"].values()
    assert (found["scale"], found["variables"]) == ([0, 3], ["task", "reference", "answer"])
    assert choices()["judges"][JUDGE]["scale"] == [1, 5]
