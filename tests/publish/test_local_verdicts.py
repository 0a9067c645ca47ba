from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import case, comparison, runs, suite
from cuebook.gate import verdict_builder
from cuebook.publish import local_verdicts
from cuebook.publish.local_verdicts import Evidence, is_final, moved
from cuebook.shapes.cause import Cause, StaleInput
from cuebook.shapes.verdict import Verdict

OF = comparison(suite([case(n) for n in range(20)]))


def verdict() -> Verdict:
    return verdict_builder.rule(OF, runs(OF, 1.0, 1.0))


NOW = OF.digests().model_copy(update={"tool": "now", "gate": 4, "scorers": {"exact": 1, "regex": 2}})


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ({"gate": 3}, [("gate", "")]),
        ({"scorers": {"exact": 1, "regex": 1}}, [("scorer", "regex")]),
        ({"providers": 1}, [("tool", "")]),
        ({"suite": "other", "scorers": {"exact": 1}}, [("suite", "")]),
        ({"suite": "other", "scorers": {"regex": 1}}, [("suite", ""), ("scorer", "regex")]),
        ({"models": ["openai/m"], "providers": 1}, [("models", "")]),
        ({}, [("tool", "")]),
        ({"gate": None, "scorers": {}, "suite": "other"}, [("suite", ""), ("tool", "")]),
    ],
)
def test_of_cuebook_itself_only_what_changed_is_named(
    then: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    old = NOW.model_copy(update={"tool": "then", **then})
    assert moved(old, NOW) == [StaleInput(code, name) for code, name in found]  # type: ignore[arg-type]
    assert moved(old.model_copy(update={"tool": "now", "models": NOW.models, "suite": NOW.suite}), NOW) == []


def test_another_table_of_providers_is_named_where_both_were_asked_by_one() -> None:
    new = NOW.model_copy(update={"providers": 8})
    assert moved(new.model_copy(update={"tool": "then", "providers": 7}), new) == [StaleInput("providers")]


def test_a_plug_in_and_a_scorer_of_the_repository_are_named_apart() -> None:
    old = NOW.model_copy(
        update={"plugins": {"offline/": "cuebook-standins 1", "polite": "polite.py sha256:1"}}
    )
    new = old.model_copy(
        update={"plugins": {"offline/": "cuebook-standins 2", "polite": "polite.py sha256:2"}}
    )
    assert moved(old, new) == [StaleInput("plugin", "offline/"), StaleInput("own_scorer", "polite")]
    # What is not installed here answers nothing else.
    assert moved(old, new.model_copy(update={"plugins": {}})) == []


def test_versions_that_the_text_says_give_a_file_no_other_name() -> None:
    without = NOW.model_copy(update={"gate": None, "scorers": {}, "providers": None})
    assert without.keyed == NOW.keyed


def test_what_is_saved_is_loaded_and_the_same_verdict_has_the_same_bytes(tmp_path: Path) -> None:
    kept = Evidence(tmp_path)
    kept.save(verdict())
    path = kept.path("qa", 2, "qa")
    before = path.stat().st_mtime_ns
    kept.save(verdict())
    assert path.stat().st_mtime_ns == before
    assert kept.load("qa", 2, "qa") == verdict()
    assert list(kept.all()) == [verdict()]


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"schema": "cuebook/evaluation/9"}'])
def test_what_cannot_be_read_is_no_evidence(tmp_path: Path, text: str) -> None:
    kept = Evidence(tmp_path)
    path = kept.path("qa", 2, "qa")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert kept.load("qa", 2, "qa") is None
    assert list(kept.all()) == []
    assert kept.newer == ([path] if "evaluation/9" in text else [])


@pytest.mark.parametrize(
    "change",
    [
        {"causes": [{"code": "brand_new_code"}]},
        {"loosened": [{"code": "brand_new_code"}]},
        {
            "second": {
                "why": "brand_new_code",
                "version": 1,
                "date": "",
                "ruling": {"outcome": "pass", "baseline": 1},
            }
        },
        {
            "judges": [
                {"label": "g", "ref": "g/1", "digest": "d", "doubt": {"code": "brand_new_code", "judge": "g"}}
            ]
        },
    ],
    ids=["cause", "rule", "second", "doubt"],
)
def test_a_verdict_with_an_unknown_code_is_one_of_a_newer_release(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    kept = Evidence(tmp_path)
    path = kept.path("qa", 2, "qa")
    path.parent.mkdir(parents=True)
    path.write_text(text := json.dumps(verdict().model_dump(mode="json", by_alias=True) | change))
    assert (kept.load("qa", 2, "qa"), kept.newer) == (None, [path])
    kept.save(verdict())
    assert path.read_text() == text


def test_what_a_newer_release_kept_is_not_replaced_but_what_was_decided_counts(tmp_path: Path) -> None:
    path = Evidence(tmp_path).path("qa", 2, "qa")
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": "cuebook/evaluation/9"}')
    kept = Evidence(tmp_path)
    kept.save(verdict())
    assert path.read_text() == '{"schema": "cuebook/evaluation/9"}'
    assert kept.load("qa", 2, "qa") == verdict()
    kept.save(verdict().model_copy(update={"live_version": 99}))
    assert path.read_text() == '{"schema": "cuebook/evaluation/9"}'
    assert kept.newer == [path]
    kept.save(verdict(), second=True)
    assert kept.seconds("qa", 2, "qa") == [verdict()]


@pytest.mark.parametrize(
    ("change", "final"),
    [
        ({}, True),
        ({"outcome": "fail"}, True),
        ({"outcome": "inconclusive"}, True),
        ({"outcome": "inconclusive", "causes": [Cause(code="ceiling", limit=5)]}, False),
        ({"outcome": "fail", "causes": [Cause(code="ceiling", limit=5)]}, False),
        ({"outcome": "inconclusive", "dropped": 1}, False),
        ({"outcome": "pass", "dropped": 1}, True),
        ({"outcome": "fail", "dropped": 1}, True),
    ],
)
def test_a_verdict_that_lacks_something_is_not_final(change: dict[str, object], final: bool) -> None:
    found = verdict()
    dropped = change.pop("dropped", 0)
    coverage = found.coverage.model_copy(update={"dropped": dropped})
    assert is_final(found.model_copy(update={**change, "coverage": coverage})) is final


def test_moved_digests_are_named() -> None:
    now = OF.digests()
    assert moved(now, now) == []
    assert moved(now, now.model_copy(update={"dataset": "other", "judges": {"a": "b"}})) == [
        StaleInput("dataset"),
        StaleInput("judges"),
    ]


def test_a_judge_that_agrees_otherwise_makes_a_verdict_stale() -> None:
    now = OF.digests()
    assert moved(now, now.model_copy(update={"calibrations": {"grader/1": "J at least 0.4"}})) == [
        StaleInput("calibrations")
    ]


def test_each_file_is_read_once_and_written_where_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verdict()
    Evidence(tmp_path).save(first)
    written: list[Path] = []
    real = local_verdicts.write_if_changed
    monkeypatch.setattr(
        local_verdicts, "write_if_changed", lambda path, data: (written.append(path), real(path, data))[1]
    )
    kept = Evidence(tmp_path)
    name = (first.prompt, first.candidate.version, first.suite)
    found = kept.load(*name)
    assert found is not None
    assert found is kept.load(*name)
    assert list(kept.all()) == [found]
    kept.save(found)
    assert written == []
    changed = found.model_copy(update={"live_version": 99})
    kept.save(changed)
    assert written == [kept.path(*name)]
    assert kept.load(*name) is changed
    assert Evidence(tmp_path).load(*name) == changed
