from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core.files import Folder
from cuebook.registry.alias_past import AliasPast, FormerRules, Stay
from cuebook.registry.reader import Registry


def past(*versions: int, word_for: frozenset[int] = frozenset()) -> AliasPast:
    stays = (
        Stay(number, f"c{place}", f"t{place}", number not in word_for)
        for place, number in enumerate(versions)
    )
    return AliasPast(tuple(stays), frozenset(versions))


@pytest.mark.parametrize(
    ("versions", "last", "promoted", "left"),
    [
        ((), None, None, []),
        ((4,), 4, 4, []),
        ((4, 5), 5, 5, []),
        ((4, 5, 4), 4, 5, [(5, "t2")]),
        ((4, 5, 4, 3), 3, 3, []),
        ((3, 4, 5, 4, 3), 3, 5, [(4, "t4"), (5, "t3")]),
        ((4, 6, 4, 6), 6, 6, [(4, "t3")]),
        ((4, 5, 4, 6), 6, 6, []),
        ((4, 5, 4, 5), 5, 5, [(4, "t3")]),
    ],
)
def test_a_rollback_leaves_a_version_until_the_next_promotion(
    versions: tuple[int, ...], last: int | None, promoted: int | None, left: list[tuple[int, str]]
) -> None:
    found = past(*versions)
    assert found.last == last
    assert (found.promotion.version if found.promotion else None) == promoted
    assert [(item.version, item.time) for item in found.left] == left


def test_what_went_live_on_a_word_for_the_version_renews_no_rules() -> None:
    found = past(4, 6, word_for=frozenset({6})).promotion
    assert found == Stay(4, "c0", "t0")
    only = past(6, word_for=frozenset({6})).promotion
    assert only == Stay(6, "c0", "t0", renews=False)


SUITE = "prompt: qa\nscorers: [exact]\ngate: {metrics: {exact: {margin: %s}}}\n"
CASES = '{"id": "a", "inputs": {"question": "?"}, "expectations": {"answer": "yes"}}\n'


def registry(root: Path, **margins: str) -> Registry:
    files = {f"evals/{name}/suite.yml": SUITE % margin for name, margin in margins.items()}
    files |= {f"evals/{name}/dataset.jsonl": CASES for name in margins}
    return Registry(Folder(write(root, files)))


def test_the_rules_before_a_promotion_decided_and_those_it_brought_where_there_were_none(
    tmp_path: Path,
) -> None:
    before = registry(tmp_path / "before", one="0.05")
    at = registry(tmp_path / "at", one="0.5", two="0.1")
    found = FormerRules(5, "t", at, before).suites_of("qa")
    assert {name: suite.gate.metrics["exact"].margin for name, suite in found.items()} == {
        "one": 0.05,
        "two": 0.1,
    }
    alone = FormerRules(5, "t", at).suites_of("qa")
    assert alone["one"].gate.metrics["exact"].margin == 0.5
