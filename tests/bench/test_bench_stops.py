from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import bench_stops
from build import write
from conftest import QA
from cuebook.gate import joint_test


@pytest.mark.parametrize("stops", [True, False])
def test_every_ordered_pair_is_compared_with_and_without_the_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    asked: list[Any] = []
    rule = joint_test.decide

    def spy(*tests: Any, **named: Any) -> Any:
        asked.append(named["futility"])
        return rule(*tests, **named)

    monkeypatch.setattr(joint_test, "decide", spy)
    monkeypatch.setenv("CUEBOOK_STATE", str(tmp_path / "state"))
    found = bench_stops.compared(write(tmp_path / "registry", QA), stops=stops)
    assert set(found) == {("qa", 1, 2, "qa"), ("qa", 2, 1, "qa")}
    assert set(asked) == {stops}
    assert joint_test.decide is spy
