"""``cuebook gate`` as a process of its own, against a server that misbehaves."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bench.exam_registry import exam_files, write_files
from bench.fault_drill import Faults, command, drill, environment, gate, report, verdict
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_PROVIDER, CeilingReached
from cuebook.gate.plan import on_record
from cuebook.jobs.evaluate import Options, fill_all, judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.verdict import Verdict
from cuebook.wording.notes import notes as notes_of
from loopback import Fault, Loopback, Request, error, exam

CASES = 24


def stored(root: Path) -> int:
    with ReplyStore(root / ".cuebook/replies.sqlite") as store:
        return store.count()


def told(root: Path) -> list[str]:
    """What a reader of the verdict should beware of."""
    (path,) = (root / ".cuebook/evaluations").rglob("*.json")
    return notes_of(Verdict.model_validate_json(path.read_bytes()))


def ceilings(root: Path) -> list[dict[str, Any]]:
    """The causes of the verdict that are ceilings which stopped the run."""
    return [cause for cause in verdict(root)["causes"] if cause["code"] == "ceiling"]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """The verdict of a run without faults, and how many calls it takes."""
    folder = tmp_path_factory.mktemp("calm")
    with Loopback(exam) as server:
        gate(write_files(folder, exam_files(server.url, CASES)))
        return verdict(folder), server.calls


def test_faults_and_kills_change_lose_and_repeat_nothing(tmp_path: Path) -> None:
    faults = Faults(retry_after="0.05", scale=2.0)
    done = drill(tmp_path, cases=CASES, kills=2, latency=0.02, faults=faults, settings="timeout = 2.0")
    assert done.problems == [], report(done)
    assert [run.ended for run in done.runs] == ["killed", "killed", f"exit {EXIT_INCONCLUSIVE}"]
    assert len(done.injected) >= 5, "nearly every kind of fault was met"


def test_a_case_that_always_fails_is_in_the_verdict_with_the_providers_words(tmp_path: Path) -> None:
    def trouble(request: Request, before: int) -> Fault | None:
        text = request["messages"][-1]["content"]
        judging = "response_format" in request
        if "item 3?" in text:
            return error(400, "context_length_exceeded", "this text is too long")
        if "item 5?" in text and "short" in request["messages"][0]["content"]:
            return error(500, message="no such shard", retry_after="0")
        return (
            error(503, message="the judge is out", retry_after="0")
            if judging and "\ncode-7\n" in text
            else None
        )

    with Loopback(exam, trouble=trouble) as server:
        root = write_files(tmp_path, exam_files(server.url, CASES))
        done = gate(root)
        again = server.calls
        assert gate(root).stdout == done.stdout
        assert server.calls > again, "what the provider failed at is tried again"
    found = {item["id"]: item for item in verdict(root)["cases"]}
    assert len(found) == CASES
    assert found["item-3"]["change"] == "failed"
    assert "this text is too long" in found["item-3"]["candidate"]["failure"]
    assert "this text is too long" in found["item-3"]["baseline"]["failure"]
    assert found["item-5"]["change"] == found["item-7"]["change"] == "dropped"
    assert found["item-5"]["candidate"]["failure"].endswith("500: no such shard (tried 5 times)")
    assert "the judge is out" in found["item-7"]["candidate"]["scores"]["grader/1"]["reason"]
    assert verdict(root)["coverage"] == {
        "cases": CASES,
        "used": CASES,
        "candidate_failed": 1,
        "dropped": 0,
        "left_out": 0,
        "as_before": 0,
        "missing": 2,
        "missing_of": CASES,
        "clusters": CASES,
        "clusters_used": CASES,
        "ahead": 0,
    }
    for words in ("this text is too long", "no such shard", "the judge is out"):
        assert words in done.stdout, "a person reads it too"


def test_ctrl_c_says_how_to_go_on_and_the_next_run_buys_only_what_is_missing(
    tmp_path: Path, calm: tuple[dict[str, Any], int]
) -> None:
    expected, total = calm
    with Loopback(exam, latency=0.05) as server:
        root = write_files(tmp_path / "cut", exam_files(server.url, CASES, settings="concurrency = 4"))
        with subprocess.Popen(
            command(root), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while sum(server.answered.values()) < 20 and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=30)
        assert process.returncode == EXIT_INTERRUPTED
        assert out == ""
        assert f"to continue: cuebook gate exam/2 --root {root}" in said
        assert "Traceback" not in said
        time.sleep(0.3)  # the server still counts the calls that were on their way at the interrupt
        kept, answered = stored(root), sum(server.answered.values())
        assert answered - 4 <= kept < total
        gate(root)
        assert sum(server.answered.values()) - answered == total - kept
        assert verdict(root) == expected


@pytest.mark.parametrize(
    ("rule", "unit", "said"),
    [
        ("max_calls: 40", "calls", "stopped at the ceiling of 40 calls"),
        ("max_tokens: 4000", "tokens", "stopped at the ceiling of 4,000 tokens"),
        ("max_cost_usd: 0.008", "cost_usd", "stopped at the ceiling of $0.0"),
    ],
)
def test_a_ceiling_is_inconclusive_and_the_same_command_goes_on(
    tmp_path: Path, calm: tuple[dict[str, Any], int], rule: str, unit: str, said: str
) -> None:
    expected, total = calm
    with Loopback(exam) as server:
        root = write_files(tmp_path / "poor", exam_files(server.url, CASES, gate=f"  {rule}\n"))
        done = gate(root)
        assert done.returncode == EXIT_INCONCLUSIVE
        assert [(cause["code"], cause["unit"]) for cause in ceilings(root)] == [("ceiling", unit)]
        shown = " ".join(done.stdout.split())
        assert said in shown
        assert "The next run goes on from here" in shown
        calls_made = server.calls
        assert 0 < calls_made < total
        assert stored(root) == calls_made, "what was bought is kept"
        while ceilings(root):
            gate(root)
            assert server.calls > calls_made, "each run goes on"
            calls_made = server.calls
    assert calls_made == total, "nothing was bought twice"
    found = verdict(root)
    if rule.startswith("max_cost_usd"):
        found["digests"]["suite"] = expected["digests"]["suite"]
    assert found == expected


def test_a_ceiling_of_the_settings_names_the_settings(tmp_path: Path) -> None:
    with Loopback(exam) as server:
        root = write_files(tmp_path, exam_files(server.url, CASES, settings="max_calls = 5"))
        assert gate(root).returncode == EXIT_INCONCLUSIVE
        assert server.calls == 5
    (cause,) = ceilings(root)
    assert (cause["limit"], cause["unit"]) == (5, "calls")


def test_shards_share_a_ceiling_and_say_when_it_stopped_them(tmp_path: Path) -> None:
    with Loopback(exam) as server:
        root = write_files(tmp_path, exam_files(server.url, CASES, gate="  max_calls: 30\n"))
        words = [*command(root)[:3], "eval", "exam/2", "--shard", "1/3", "--root", str(root)]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == EXIT_INCONCLUSIVE
        assert "10 calls made, then the ceiling of 10 calls is reached" in done.stderr
        assert "max_calls in evals/exam/suite.yml" in done.stderr
        assert server.calls == stored(root) == 10


def test_parts_and_the_gate_after_them_stay_below_one_ceiling(tmp_path: Path) -> None:
    with Loopback(exam) as server:
        root = write_files(tmp_path, exam_files(server.url, CASES, gate="  max_calls: 30\n"))
        workspace = Workspace(root)
        registry = workspace.registry
        comparison = on_record(registry, registry.suite("exam"), registry.version("exam", 2))
        for part in (1, 2):
            with pytest.raises(CeilingReached, match="the ceiling of 10 calls"):
                fill_all(workspace, [comparison], part, 2, processes=3)
        (judged,) = judge_all(workspace, [comparison], options=Options(processes=3))
        assert (judged.verdict.outcome, judged.calls_made, server.calls) == ("inconclusive", 10, 30)


def test_a_server_that_is_not_there_stops_the_gate_with_a_clear_message(tmp_path: Path) -> None:
    with Loopback(exam) as server:
        url = server.url
    root = write_files(tmp_path, exam_files(url, 200))
    done = subprocess.run(command(root), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_PROVIDER
    assert (
        "gave up on 'local' after 10 tries in a row: endpoint 'local': cannot connect to 127.0.0.1"
        in done.stderr
    )
    assert "run the same command" in done.stderr
    assert not (root / ".cuebook/evaluations").exists()


def test_another_model_behind_the_same_name_is_noted(tmp_path: Path) -> None:
    def served(name: str) -> Any:
        def answer(request: Request) -> dict[str, Any]:
            message = {"content": exam(request)}
            return {"model": name, "choices": [{"message": message}], "usage": {}}

        return answer

    with Loopback(served("m-2026-01-01")) as server:
        root = write_files(tmp_path, exam_files(server.url, CASES))
        gate(root)
        assert not any("served" in note for note in told(root))
        server.answer = served("m-2026-09-09")
        write_files(tmp_path, exam_files(server.url, 2 * CASES))
        gate(root)
    notes = told(root)
    assert any("v2 was answered by more than one model" in note for note in notes)
    assert any("The judge grader/1 was answered by m-2026-09-09" in note for note in notes)
    assert any('[prices."PROVIDER/MODEL"]' in note for note in notes)
    assert json.dumps(notes).count("no known price") == 1
