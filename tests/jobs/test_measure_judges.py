from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from build import write
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted, CeilingReached, InvalidFiles
from cuebook.gate.comparison import Comparison, scale_of
from cuebook.gate.plan import plan_record
from cuebook.jobs import measure_judges
from cuebook.jobs.evaluate import Judged, Options, fill_all, judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.judging.calibration import CalibrationFile
from cuebook.shapes._base import encode
from cuebook.shapes.cause import StaleInput
from cuebook.shapes.run import Failure, ModelCall, ModelReply
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from judged import GRADER, JUDGED, LABELS, SUITE, TOSSED, label

TODAY = "2026-11-22"
SUITE_FILE = "evals/qa/suite.yml"


@dataclass(frozen=True)
class Dated(Workspace):
    """A workspace on a day of the test's choice."""

    day: str = TODAY

    @property
    def today(self) -> str:
        return self.day


def opened(folder: Path, extra: dict[str, str] | None = None, day: str = TODAY) -> Workspace:
    return Dated(write(folder, JUDGED | (extra or {})), day)


def candidate(workspace: Workspace) -> Comparison:
    return plan_record(workspace.registry).comparisons[1]


def gated(workspace: Workspace, **options: bool) -> Judged:
    (done,) = judge_all(workspace, [candidate(workspace)], options=Options(**options))
    return done


def kept(workspace: Workspace) -> CalibrationFile:
    file = measure_judges.load(workspace, workspace.registry.version("grader", 1))
    assert file is not None
    return file


def test_a_gate_in_a_fresh_clone_measures_its_judge_first(tmp_path: Path) -> None:
    done = gated(opened(tmp_path))
    assert done.verdict.outcome == "pass"
    (state,) = done.verdict.judges
    assert (state.labels, state.measured, state.decides) == (120, TODAY, True)
    assert state.lower is not None
    assert state.lower > 0.4
    assert kept(opened(tmp_path)).facts.bound_to == state.bound_to
    assert done.verdict.metrics[0].margin_stated == 0.1


def test_measuring_is_planned_for(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    of = candidate(workspace)
    before = measure_judges.expected_calls(workspace, [of, of])
    assert before == 120 + 2 * of.calls()
    done = gated(workspace)
    assert done.calls_made <= 120 + of.calls()
    assert measure_judges.expected_calls(workspace, [of, of]) == 2 * of.calls()


def test_the_second_run_asks_nothing(tmp_path: Path) -> None:
    first, again = gated(opened(tmp_path)), gated(opened(tmp_path))
    assert (again.reused, again.calls_made, again.verdict) == (True, 0, first.verdict)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"evals/grader/labels.jsonl": TOSSED}, "kappa at least"),
        ({"evals/grader/labels.jsonl": LABELS.replace('"label": 5', '"label": 1')}, "kappa"),
    ],
)
def test_a_judge_that_agrees_with_nobody_only_advises(
    tmp_path: Path, change: dict[str, str], why: str
) -> None:
    done = gated(opened(tmp_path, change))
    assert done.verdict.outcome == "inconclusive"
    assert why in headline(done.verdict)
    assert "cuebook judge grader" in next_step(done.verdict).text
    assert all(item.advisory for item in done.verdict.metrics)


def test_without_labels_the_judge_only_advises(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    (tmp_path / "evals/grader/labels.jsonl").unlink()
    done = gated(Dated(workspace.root))
    assert done.verdict.outcome == "inconclusive"
    assert "there is no evals/grader/labels.jsonl" in headline(done.verdict)
    assert done.verdict.judges[0].kappa is None


def test_a_suite_that_demands_nothing_decides_and_says_what_is_known(tmp_path: Path) -> None:
    lenient = {"evals/qa/suite.yml": SUITE.replace("  judges: {min_kappa: 0.4}\n", "")}
    workspace = opened(tmp_path, lenient)
    (tmp_path / "evals/grader/labels.jsonl").unlink()
    done = gated(Dated(workspace.root))
    assert done.verdict.outcome == "pass"
    assert "never_measured" in {item.code for item in done.verdict.judges[0].cautions}


def test_edited_labels_are_measured_again_and_make_the_verdict_stale(tmp_path: Path) -> None:
    gated(opened(tmp_path))
    done = gated(opened(tmp_path, {"evals/grader/labels.jsonl": TOSSED}))
    assert not done.reused
    assert StaleInput("calibrations") in done.moved
    assert done.verdict.outcome == "inconclusive"


def test_labels_that_change_no_number_leave_the_verdict_standing(tmp_path: Path) -> None:
    gated(opened(tmp_path))
    reworded = {"evals/grader/labels.jsonl": LABELS.replace('"note": "right"', '"note": "fine"')}
    assert gated(opened(tmp_path, reworded)).reused


AGED = {"evals/qa/suite.yml": SUITE.replace("min_kappa: 0.4", "max_age_days: 90")}


def test_an_old_measurement_only_advises_and_is_not_renewed_by_the_gate(tmp_path: Path) -> None:
    assert gated(opened(tmp_path, AGED)).verdict.outcome == "pass"
    assert gated(opened(tmp_path, AGED, "2027-02-20")).reused, "the last day counts"
    late = gated(opened(tmp_path, AGED, "2027-02-21"))
    assert (late.reused, late.verdict.outcome) == (False, "inconclusive")
    assert "it was measured on 2026-11-22, more than 90 days ago" in headline(late.verdict)
    workspace = opened(tmp_path, AGED, "2027-02-21")
    found = about(opened(tmp_path / "fresh", AGED))
    measure_judges.measure_all(workspace, [found], afresh=True)
    assert gated(workspace).verdict.outcome == "pass"


def test_a_standing_verdict_needs_no_file_of_its_judge(tmp_path: Path) -> None:
    gated(opened(tmp_path))
    (tmp_path / ".cuebook/judges/grader/1.json").unlink()
    (tmp_path / ".cuebook/replies.sqlite").unlink()
    done = gated(opened(tmp_path))
    assert (done.reused, done.calls_made) == (True, 0)


@pytest.mark.parametrize("text", ["", "{}", "not json"])
def test_a_file_that_cannot_be_read_is_no_measurement(tmp_path: Path, text: str) -> None:
    write(tmp_path, {".cuebook/judges/grader/1.json": text})
    assert gated(opened(tmp_path)).verdict.outcome == "pass"
    assert kept(opened(tmp_path)).labels == 120


def test_labels_that_do_not_fit_are_named_by_line(tmp_path: Path) -> None:
    broken = LABELS + label(998, good=True, score=9) + "\n" + label(999, good=True, score=7) + "\n"
    with pytest.raises(InvalidFiles) as wrong:
        gated(opened(tmp_path, {"evals/grader/labels.jsonl": broken}))
    assert [(item.file, item.line) for item in wrong.value.problems] == [
        ("evals/grader/labels.jsonl", 121),
        ("evals/grader/labels.jsonl", 122),
    ]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_shards_buy_what_the_gate_measures_with(tmp_path: Path, count: int) -> None:
    whole = opened(tmp_path / "whole")
    expected = encode(gated(whole).verdict)
    gathered = opened(tmp_path / "gathered")
    for index in range(1, count + 1):
        part = opened(tmp_path / f"part-{index}")
        fill_all(part, [candidate(part)], index, count)
        assert not part.judges.exists(), "a shard knows a part of the labels only"
        with ReplyStore(gathered.replies) as mine, ReplyStore(part.replies) as other:
            mine.merge(other)
    done = gated(gathered)
    assert (done.calls_made, encode(done.verdict)) == (0, expected)


@dataclass
class Desk:
    """An engine that answers from the label in the text, and writes down what it was asked."""

    same: bool = False
    silent: int = 0
    garbled: bool = False
    limit: int = 1_000_000
    calls: list[ModelCall] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        if len(self.calls) + len(calls) > self.limit:
            raise CeilingReached("the ceiling is reached")
        first = len(self.calls)
        self.calls += calls
        return [self._reply(first + index, call) for index, call in enumerate(calls)]

    def _reply(self, index: int, call: ModelCall) -> ModelReply | Failure:
        if index < self.silent:
            self.busy.add(call.key)
        if call.key in self.busy:
            return Failure("provider", "busy")
        if self.garbled:
            return ModelReply("Sure! Five.", "scripted")
        score = 1 if "Nobody" in call.messages[1]["content"] else 5
        return ModelReply(json.dumps({"reason": "", "score": score}), "scripted")

    def deterministic(self, model: str) -> bool:
        return self.same


def about(workspace: Workspace) -> measure_judges.JudgeUnderTest:
    of = candidate(workspace)
    (spec,) = of.judging
    return measure_judges.subject(workspace, of.judges["grader/1"], of.labels_of(spec), scale_of(spec))


def measure(workspace: Workspace, desk: Desk, *, afresh: bool = False) -> CalibrationFile:
    found = about(Dated(workspace.root))
    return asyncio.run(measure_judges.measure(workspace, desk, found, afresh=afresh))


def test_measuring_again_asks_afresh_and_new_labels_join_what_is_there(tmp_path: Path) -> None:
    desk = Desk()
    first = measure(opened(tmp_path), desk)
    assert (first.epoch, first.measured) == ("", TODAY)
    later = opened(tmp_path, day="2027-01-01")
    again = measure(later, desk, afresh=True)
    assert (again.epoch, again.measured) == ("2027-01-01", "2027-01-01")
    assert not {call.key for call in desk.calls[:120]} & {call.key for call in desk.calls[120:]}
    more = {"evals/grader/labels.jsonl": LABELS + label(500, good=True) + "\n"}
    joined = measure(opened(tmp_path, more, "2027-02-02"), desk)
    assert (joined.labels, joined.epoch, joined.measured) == (121, "2027-01-01", "2027-01-01")
    assert {call.key for call in desk.calls[120:240]} < {call.key for call in desk.calls[240:]}


def test_labels_that_the_judge_repeats_are_something_to_beware_of(tmp_path: Path) -> None:
    examples = "The lamp in room 4 is green. The lamp in room 9 is green."
    told = GRADER.replace("A contradiction", f"{examples} A contradiction")
    found = measure(opened(tmp_path, {"prompts/grader/v1.prompt.yml": told}), Desk())
    (last,) = (item for item in found.cautions if item.code == "repeats")
    assert (last.count, last.total) == (2, 120)
    assert not [item for item in measure(opened(tmp_path / "b"), Desk()).cautions if item.code == "repeats"]


def test_another_name_makes_no_measurement_younger(tmp_path: Path) -> None:
    """The replies that are kept were given then, and how old they are decides whether the judge does."""
    desk = Desk()
    measure(opened(tmp_path), desk, afresh=True)
    root = opened(tmp_path, {SUITE_FILE: SUITE.replace("grader/1", "marker/1")}).root
    for top in ("prompts", "evals"):
        (root / top / "grader").rename(root / top / "marker")
    write(root, {"prompts/marker/meta.yml": "title: M\nformerly: [grader]\n"})
    workspace = Dated(root, "2027-05-05")
    of = candidate(workspace)
    (spec,) = of.judging
    found = measure_judges.subject(workspace, of.judges["marker/1"], of.labels_of(spec), scale_of(spec))
    again = asyncio.run(measure_judges.measure(workspace, desk, found))
    assert (again.basis.judge, again.epoch, again.measured) == ("marker/1", TODAY, TODAY)


def test_a_model_that_never_changes_its_mind_is_not_asked_afresh(tmp_path: Path) -> None:
    desk = Desk(same=True)
    measure(opened(tmp_path), desk)
    again = measure(opened(tmp_path, day="2027-01-01"), desk, afresh=True)
    assert (again.epoch, again.measured) == ("", "2027-01-01")


@pytest.mark.parametrize(("silent", "is_kept"), [(0, True), (6, True), (7, False)])
def test_a_measurement_that_lacks_many_replies_is_not_kept(
    tmp_path: Path, silent: int, is_kept: bool
) -> None:
    workspace = opened(tmp_path)
    found = measure(workspace, Desk(silent=silent))
    assert (found.unanswered, found.judged) == (silent, 120 - silent)
    assert measure_judges.path_of(workspace, about(workspace).judge).exists() is is_kept


def test_a_ceiling_leaves_a_judge_unmeasured(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    of = measure_judges.with_judge_facts(workspace, candidate(workspace))
    held = asyncio.run(measure_judges.measured(workspace, Desk(limit=10), of))
    doubt = held.trust["grader/1"].doubt
    assert doubt is not None
    assert doubt.code == "unmeasured"


def test_another_model_in_its_place_is_another_judge(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    measure(workspace, Desk())
    of = candidate(workspace)
    assert measure_judges.with_judge_facts(workspace, of).trust["grader/1"].doubt is None
    other = opened(tmp_path, {"cuebook.toml": 'judge_model = "openai/gpt-4o"\n'})
    doubt = measure_judges.with_judge_facts(other, of).trust["grader/1"].doubt
    assert doubt is not None
    assert doubt.code == "moved"
    assert about(other).basis.model == "openai/gpt-4o"


def test_a_judge_that_nobody_can_read_is_not_asked_about_every_label(tmp_path: Path) -> None:
    desk = Desk(garbled=True)
    found = measure(opened(tmp_path), desk)
    assert (found.labels, found.judged, found.unparsable) == (120, 0, measure_judges.FIRST_LABELS)
    assert len(desk.calls) == 2 * measure_judges.FIRST_LABELS, "each once more"
    assert found.cautions[-1].names == ["Sure! Five."]
    assert not measure_judges.path_of(opened(tmp_path), about(opened(tmp_path)).judge).exists()


def test_a_judge_that_does_not_answer_stops_the_measurement(tmp_path: Path) -> None:
    desk = Desk(silent=200)
    with pytest.raises(Aborted, match="did not answer 20 of 20 calls") as stop:
        measure(opened(tmp_path), desk)
    assert (stop.value.cause, len(desk.busy), len(desk.calls)) == ("most_calls_failed", 20, 40)
