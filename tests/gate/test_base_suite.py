from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, suite
from cuebook.gate.base_suite import CaseChanges, as_named, asked_as_before, case_changes
from cuebook.shapes.run import Case
from cuebook.shapes.split import Shares

OLD = suite([case(1, tags=["critical"]), case(2), case(3)])
SEEN = frozenset({"question", "tone"})
FIRST = OLD.cases[0]


def test_removed_cases_are_asked_and_new_ones_are_not() -> None:
    new = replace(OLD, cases=(*OLD.cases[1:], case(4)))
    assert asked_as_before(OLD, new, SEEN).cases == OLD.cases
    assert case_changes(OLD, new, SEEN) == CaseChanges(added=("case-004",), removed=("case-001",))
    assert asked_as_before(OLD, None, SEEN) is OLD


@pytest.mark.parametrize(
    "edited",
    [
        replace(FIRST, tags=()),
        replace(FIRST, tags=("crlticaI",)),
        replace(FIRST, expectations={"answer": "no"}),
        replace(FIRST, expectations={}),
        replace(FIRST, inputs={"question": "an easier one"}),
        replace(FIRST, inputs={"Question": "case-001"}),
        replace(FIRST, cluster="one big cluster"),
        replace(FIRST, turns=({"user": "an easier one"},)),
        replace(FIRST, tools={"look": [{"result": "yes"}]}),
        replace(FIRST, inputs={**FIRST.inputs, "tone": "the default is another"}),
    ],
)
def test_an_edited_case_is_asked_as_it_was(edited: Case) -> None:
    new = replace(OLD, cases=(edited, *OLD.cases[1:]))
    asked = asked_as_before(OLD, new, SEEN).cases[0]
    assert {**asked.inputs, "Question": 0} == {**FIRST.inputs, "Question": 0}
    assert (asked.expectations, asked.tags, asked.cluster) == (
        FIRST.expectations,
        FIRST.tags,
        FIRST.cluster,
    )
    assert case_changes(OLD, new, SEEN).edited == ("case-001",)


@pytest.mark.parametrize("other", [3.0, True], ids=["with a point", "a truth value"])
def test_a_number_that_python_alone_takes_for_the_same_is_an_edit(other: object) -> None:
    number: object = 3 if other == 3 else 1
    old = replace(OLD, cases=(replace(FIRST, expectations={"answer": [number]}), *OLD.cases[1:]))
    new = replace(OLD, cases=(replace(FIRST, expectations={"answer": [other]}), *OLD.cases[1:]))
    assert old.cases == new.cases
    assert old.dataset_digest != new.dataset_digest
    assert case_changes(old, new, SEEN).edited == ("case-001",)
    assert list(as_named({old.name: old}, [replace(new, name="new")])) == [old.name]
    assert list(as_named({old.name: old}, [replace(old, name="new")])) == ["new"]


def shown(case: Case, digest: str = "sha256:1", **more: str) -> Case:
    """The case with an image, and others by the names of inputs."""
    named = {"photo": "a.png", **more}
    return replace(
        case,
        inputs={**case.inputs, **{name: {"file": file} for name, file in named.items()}},
        files=dict.fromkeys(named.values(), digest),
        images=dict.fromkeys(named, f"data:{digest}"),
    )


def test_an_image_that_is_another_edits_its_case_and_is_asked_as_it_was() -> None:
    old = replace(OLD, cases=(shown(FIRST), *OLD.cases[1:]))
    new = replace(OLD, cases=(shown(FIRST, "sha256:2"), *OLD.cases[1:]))
    assert case_changes(old, new, SEEN).edited == ("case-001",)
    assert asked_as_before(old, new, SEEN).cases[0].values == shown(FIRST).values


def test_an_image_that_nothing_read_before_may_be_added() -> None:
    for given, wider in ((FIRST, shown(FIRST)), (shown(FIRST), shown(FIRST, plan="b.png"))):
        old = replace(OLD, cases=(given, *OLD.cases[1:]))
        new = replace(OLD, cases=(wider, *OLD.cases[1:]))
        assert case_changes(old, new, SEEN) == CaseChanges()
        asked = asked_as_before(old, new, SEEN).cases[0]
        assert (asked, asked.values) == (wider, wider.values)


def test_an_input_that_nothing_read_before_may_be_added() -> None:
    wider = replace(FIRST, inputs={**FIRST.inputs, "context": "c"})
    new = replace(OLD, cases=(wider, *OLD.cases[1:]))
    assert asked_as_before(OLD, new, SEEN).cases[0] == wider
    assert case_changes(OLD, new, SEEN) == CaseChanges()


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({}, True),
        ({"repeats": 2}, False),
        ({"cases": (case(1),)}, False),
        ({"files": {"schema.json": b"{}"}}, False),
        ({"optimize": Shares(train=0.1)}, False),
    ],
)
def test_a_suite_in_a_renamed_folder_is_the_same_only_where_all_else_is(
    other: dict[str, Any], is_same: bool
) -> None:
    old = suite([case(1), case(2)], path="evals/qa")
    new = replace(old, **({"name": "ask", "path": "evals/ask"} | other))
    found = as_named({"qa": old}, [new])
    assert found == ({"ask": new} if is_same else {"qa": old})
    assert as_named({"qa": old}, [new, old]) == {"qa": old}
