from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from build import case, write
from cuebook.core.errors import UnknownPrompt
from cuebook.core.files import Folder
from cuebook.gate.change_plan import plan_change
from cuebook.gate.plan import Plan, compare, in_order, on_record, plan_record
from cuebook.registry.judges import pinned_judges
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing
from judged import JUDGED, TOSSED

SUITE = """\
prompt: qa
scorers: [exact]
gate:
  metrics:
    exact: {margin: 0.1}
"""


def prompt(text: str, message: str = "m") -> str:
    return f"message: {message}\nmodel: offline/rules\ntemplate: '{text} {{{{question}}}}'\n"


def line(name: str, answer: str = "yes") -> str:
    return (
        f'{{"id": "{name}", "inputs": {{"question": "{name}?"}}, "expectations": {{"answer": "{answer}"}}}}\n'
    )


BASE = {
    "prompts/qa/v1.prompt.yml": prompt("One"),
    "prompts/qa/aliases.yml": "production: 1\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": line("a") + line("b") + line("c"),
}
SECOND = {"prompts/qa/v2.prompt.yml": prompt("Two")}


def registry(folder: Path, files: dict[str, str]) -> Registry:
    return Registry(Folder(write(folder, files)))


def change(
    tmp_path: Path, head: dict[str, str], base: dict[str, str] = BASE
) -> tuple[list[tuple[object, ...]], tuple[str, ...]]:
    plan = plan_change(
        registry(tmp_path / "base", base), registry(tmp_path / "head", base | head), ["production"]
    )
    found = [
        (item.candidate.number, item.baseline.number if item.baseline else None, item.reason, len(item.cases))
        for item in plan.comparisons
    ]
    return found, plan.nothing


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (SECOND, [(2, 1, "new version", 3)]),
        (SECOND | {"prompts/qa/aliases.yml": "production: 2\n"}, [(2, 1, "new version", 3)]),
        ({"evals/qa/dataset.jsonl": line("a") + line("d")}, [(1, None, "suite changed", 2)]),
        ({"evals/qa/suite.yml": SUITE.replace("0.1", "0.2")}, [(1, None, "suite changed", 3)]),
        ({"prompts/qa/meta.yml": "title: Questions\n"}, []),
        ({"README.md": "hello"}, []),
        ({}, []),
    ],
)
def test_what_a_change_makes_necessary(tmp_path: Path, head: dict[str, str], expected: list[object]) -> None:
    found, notes = change(tmp_path, head)
    assert found == expected
    assert bool(notes) == (not expected), "an empty plan says so"


def test_a_moved_alias_is_held_against_what_it_pointed_to(tmp_path: Path) -> None:
    base = BASE | SECOND
    found, _ = change(tmp_path, {"prompts/qa/aliases.yml": "production: 2\n"}, base)
    assert found == [(2, 1, "alias moves", 3)]


def test_an_unprotected_alias_needs_no_evidence(tmp_path: Path) -> None:
    base = BASE | SECOND
    found, _ = change(tmp_path, {"prompts/qa/aliases.yml": "production: 1\nstaging: 2\n"}, base)
    assert found == []


def test_the_bar_cannot_be_lowered_in_the_same_change(tmp_path: Path) -> None:
    lowered = SUITE.replace("0.1", "0.9")
    edited = line("a") + line("b", "no") + line("c") + line("d")
    head = SECOND | {"evals/qa/suite.yml": lowered, "evals/qa/dataset.jsonl": edited}
    plan = plan_change(
        registry(tmp_path / "base", BASE), registry(tmp_path / "head", BASE | head), ["production"]
    )
    first, shown = plan.comparisons
    assert first.suite.gate.metrics["exact"].margin == 0.1
    assert {item.id: item.expectations["answer"] for item in first.cases} == dict.fromkeys("abc", "yes")
    assert (first.left_out, first.as_before, first.reading_only) == (1, 1, False)
    assert (shown.suite.gate.metrics["exact"].margin, shown.reading_only) == (0.9, True)
    assert {item.id for item in shown.cases} == set("abcd")


def test_a_prompt_without_a_suite_is_named(tmp_path: Path) -> None:
    bare = {name: text for name, text in BASE.items() if name.startswith("prompts/")}
    found, notes = change(tmp_path, SECOND, bare)
    assert found == []
    assert notes[0] == Nothing(code="no_suite", prompt="qa")


def test_the_record_holds_old_versions_against_their_predecessor_and_new_ones_against_the_live_one(
    tmp_path: Path,
) -> None:
    files = BASE | SECOND | {f"prompts/qa/v{n}.prompt.yml": prompt(f"N{n}") for n in (3, 4)}
    plan = plan_record(registry(tmp_path, files | {"prompts/qa/aliases.yml": "production: 2\n"}))
    found = [(item.candidate.number, item.baseline and item.baseline.number) for item in plan.comparisons]
    assert found == [(1, None), (2, 1), (3, 2), (4, 2)]
    assert [item.is_live for item in plan.comparisons] == [False, True, False, False]
    tried = {"prompts/qa/aliases.yml": "production: {use: 2, try: {4: 1}}\n"}
    plan = plan_record(registry(tmp_path, files | tried))
    assert [item.is_live for item in plan.comparisons] == [False, True, False, True]


@pytest.mark.parametrize(
    ("number", "lives", "expected"),
    [
        (4, [], 3),
        (4, [1, 2, 4], 2),
        (3, [1, 2, 4], 2),
        (2, [2], 1),
        (1, [1], None),
        (5, [1, 2, 4], 4),
        (4, [9, 1], 1),
    ],
)
def test_a_version_is_held_against_what_it_replaced(
    tmp_path: Path, number: int, lives: list[int], expected: int | None
) -> None:
    files = BASE | {f"prompts/qa/v{n}.prompt.yml": prompt(f"N{n}") for n in (2, 3, 4, 5)}
    reg = registry(tmp_path, files | {"prompts/qa/aliases.yml": "production: 4\n"})
    found = on_record(reg, reg.suite("qa"), reg.version("qa", number), {"qa": {"production": lives}})
    assert (found.baseline and found.baseline.number) == expected


def test_a_pinned_judge_must_exist(tmp_path: Path) -> None:
    judged = SUITE.replace("[exact]", "\n  - exact\n  - judge: {prompt: grader/1, scale: [1, 5]}")
    reg = registry(tmp_path, BASE | {"evals/qa/suite.yml": judged})
    assert pinned_judges(reg.suite("qa")) == ["grader/1"]
    with pytest.raises(UnknownPrompt, match="grader"):
        compare(reg, reg.suite("qa"), reg.version("qa", 1), None, "on record")


def test_the_order_is_fixed_by_the_salt_and_not_by_the_file() -> None:
    cases = [case(n) for n in range(30)]
    one = [item.id for item in in_order(cases, "a:b")]
    assert [item.id for item in in_order(cases[::-1], "a:b")] == one
    assert [item.id for item in in_order(cases, "a:c")] != one
    assert sorted(one) == sorted(item.id for item in cases)


def test_nothing_that_the_change_brings_chooses_the_order(tmp_path: Path) -> None:
    """Edits of no effect would search for an order in which a loss passes."""
    many = BASE | {"evals/qa/dataset.jsonl": "".join(line(f"case-{n}") for n in range(20))}
    base = registry(tmp_path / "base", many)

    def order(text: str, data: str = "") -> list[str]:
        files = {"prompts/qa/v2.prompt.yml": prompt(text)}
        files |= {"evals/qa/dataset.jsonl": many["evals/qa/dataset.jsonl"] + data}
        head = registry(tmp_path / f"{text}{len(data)}", many | files)
        first, *_ = plan_change(base, head, ["production"]).comparisons
        return [item.id for item in first.cases]

    first = order("Two")
    assert order("Three") == first
    assert [name for name in order("Two", line("new")) if name != "new"] == first


def test_a_large_cluster_comes_no_earlier_than_a_small_one() -> None:
    """Else a version that loses in small ones alone passes before these are looked at."""
    cases = [case(n, cluster=f"doc-{n // 30}" if n < 300 else None) for n in range(310)]
    early = 0
    for salt in range(300):
        units = list(dict.fromkeys(item.unit for item in in_order(cases, f"salt {salt}")))
        early += sum(not unit.startswith("\0") for unit in units[:5])
    assert 0.46 < early / 300 / 5 < 0.54, "half of the first five of twenty, of which half are large"


def test_a_cluster_may_be_called_like_a_case() -> None:
    cases = [case(0), case(1, cluster="case-000"), case(2, cluster="case-000"), case(3)]
    ordered = [item.unit for item in in_order(cases, "salt")]
    assert len(list(dict.fromkeys(ordered))) == sum(a != b for a, b in pairwise(["", *ordered])) == 3


def test_clusters_stand_together() -> None:
    cases = [case(n, cluster=f"doc-{n % 4}" if n % 2 else None) for n in range(24)]
    ordered = [item.cluster or item.id for item in in_order(cases, "salt")]
    runs = [name for index, name in enumerate(ordered) if index == 0 or ordered[index - 1] != name]
    assert len(runs) == len(set(runs))


def judged_change(tmp_path: Path, head: dict[str, str], base: dict[str, str] | None = None) -> Plan:
    before = JUDGED | (base or {})
    return plan_change(
        registry(tmp_path / "base", before), registry(tmp_path / "head", before | head), ["production"]
    )


def test_other_labels_make_the_live_versions_be_seen_again(tmp_path: Path) -> None:
    assert judged_change(tmp_path, {}).comparisons == ()
    (only,) = judged_change(tmp_path, {"evals/grader/labels.jsonl": TOSSED}).comparisons
    assert (only.candidate.number, only.reason) == (1, "suite changed")
    assert only.labels["grader/1"].cases[1].expectations["label"] == 5


def test_a_judge_is_held_against_the_labels_from_before_the_change(tmp_path: Path) -> None:
    head = {
        "evals/grader/labels.jsonl": TOSSED,
        "evals/grader/labels/mallory.jsonl": TOSSED,
        "prompts/qa/v3.prompt.yml": JUDGED["prompts/qa/v2.prompt.yml"].replace("short", "very short"),
    }
    only, shown = judged_change(tmp_path, head).comparisons
    assert (only.candidate.number, only.left_out, shown.reading_only) == (3, 0, True)
    assert only.labels["grader/1"].cases[1].expectations["label"] == 1
    assert only.labels["grader/1"].several == {}


def test_first_labels_count_at_once(tmp_path: Path) -> None:
    bare = {name: text for name, text in JUDGED.items() if "labels" not in name}
    head = bare | {"evals/grader/labels.jsonl": TOSSED, "prompts/qa/v3.prompt.yml": prompt("Three")}
    plan = plan_change(registry(tmp_path / "base", bare), registry(tmp_path / "head", head), ["production"])
    assert len(plan.comparisons[0].labels["grader/1"].cases) == 120
