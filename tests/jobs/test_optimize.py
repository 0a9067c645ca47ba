"""An optimisation as a whole, against a server that answers and proposes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cuebook.jobs import optimize
from cuebook.jobs.optimize import Gated, SearchResult
from cuebook.jobs.optimize_plan import Task, planned
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.split import place
from loopback import Loopback, completion
from optimised import (
    CASES,
    LINES,
    PRICE,
    Request,
    answers,
    general,
    helpful,
    more_words,
    reflections,
    registry,
)

pytest.importorskip("gepa", reason="gepa is missing: skipped")

SEEN = {str(line["id"]) for line in LINES if place(str(line["id"])) < 0.5}
TRAIN = {str(line["id"]) for line in LINES if place(str(line["id"])) < 0.3}


def task(root: Path, **options: Any) -> Task:
    return planned(Workspace(root), "qa", reflect_with="local/big", **options)


def searched(root: Path, max_usd: float | None = None, max_answers: int = 300) -> SearchResult:
    return optimize.search(Workspace(root), task(root), max_usd=max_usd, max_answers=max_answers)


def gated(root: Path, found: SearchResult, max_usd: float | None = None) -> Gated:
    return optimize.gate(Workspace(root), found, max_usd)


class World:
    """One whole run, made once: where, the server's requests, and what came of it."""

    def __init__(self, root: Path) -> None:
        with Loopback(helpful) as server:
            self.root = registry(root, server)
            self.found = searched(self.root)
            self.searching = list(server.requests)
            self.gated = gated(self.root, self.found)
            self.asked = list(server.requests)
            self.reflections = reflections(server)
            self.written = optimize.write(Workspace(self.root), self.found, self.gated)
            self.again = searched(self.root)
            self.asked_again = len(server.requests) - len(self.asked)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_a_better_wording_passes_and_is_written_with_its_trail(world: World) -> None:
    assert world.gated.passed
    assert world.written == ("prompts/qa/v2.prompt.yml", "evals/qa/trails/qa-v2.json")
    registry_now = Workspace(world.root).registry
    made = registry_now.version("qa", 2)
    assert made.messages is not None
    assert "in capitals" in made.messages[0]["content"]
    assert made.message.startswith(f"Optimised on {len(SEEN)} clusters by GEPA: +")
    assert made.message.endswith("held out")
    assert made.origin == world.found.task.origin
    held, whole = world.gated.verdicts
    assert {case.id for case in held.cases}.isdisjoint(SEEN)
    assert whole.made_from is not None
    assert (whole.made_from.seen, whole.made_from.held) == (len(SEEN), len(LINES) - len(SEEN))


def test_its_trail_tells_what_was_tried_and_no_text_of_a_case(world: World) -> None:
    data = (world.root / world.written[1]).read_text()
    trail = json.loads(data)
    assert (trail["schema"], trail["gepa"], trail["seed"]) == ("cuebook/trail/1", "0.1.4", 0)
    assert [item["became"] for item in trail["tried"]].count("accepted") == len(trail["candidates"]) - 1
    assert not any(f"{what}-" in data for what in ("input", "expected"))


def test_the_same_run_again_costs_nothing_and_leaves_the_same_trail(world: World) -> None:
    assert world.asked_again == 0
    assert world.again.trail == world.found.trail
    assert (world.again.winner and world.again.winner.digest) == (
        world.found.winner and world.found.winner.digest
    )


def test_nothing_of_other_cases_reaches_who_proposes(world: World) -> None:
    """By runs of 24 characters, and by a log of every request: none before the gate asks a held-out case."""
    assert world.reflections
    said = "\n".join(world.reflections)
    runs = {said[at : at + 24] for at in range(len(said))}
    hidden = [line for line in LINES if line["id"] not in TRAIN]
    secret = [str(line["id"]) for line in LINES]
    secret += [json.dumps(line["expectations"]) for line in LINES]
    secret += [str(line["inputs"]["question"]) for line in hidden]  # type: ignore[index]
    secret += [Path(world.root, name).read_text() for name in ("cuebook.toml", "evals/qa/suite.yml")]
    leaked = {text[at : at + 24] for text in secret for at in range(max(0, len(text) - 23))} & runs
    assert leaked == set()
    shown = [line for line in LINES if line["inputs"]["question"] in said]  # type: ignore[index]
    assert shown, "the cases that are read are shown"
    asked = "\n".join(str(request["messages"][-1]["content"]) for request in world.searching)
    held = [line for line in LINES if line["id"] not in SEEN]
    assert not any(line["inputs"]["question"] in asked for line in held)  # type: ignore[index]


def test_what_fits_the_seen_cases_alone_is_refused_by_the_gate(tmp_path: Path) -> None:
    seen = {number for number, line in enumerate(LINES) if line["id"] in SEEN}

    def overfitted(system: str, number: int) -> bool:
        return number in seen if "in capitals" in system else number % 4 == 0

    serving = partial(answers, right=overfitted, proposes=more_words)
    with Loopback(serving) as server:
        root = registry(tmp_path, server)
        found = searched(root)
        assert found.trail.candidates[found.trail.winner].choose == 1.0
        made = gated(root, found)
    assert [verdict.outcome for verdict in made.verdicts] == ["fail"], "the others are not asked then"
    assert {case.id for case in made.verdicts[0].cases}.isdisjoint(SEEN)


def test_another_wording_on_the_same_cases_shares_the_error(tmp_path: Path) -> None:
    with Loopback(helpful) as server:
        root = registry(tmp_path, server)
        first = gated(root, searched(root))
        assert first.verdicts[0].attempt == 0
        server.answer = partial(answers, right=general, proposes=lambda text: f"{text} now in capitals")
        Path(root, ".cuebook/replies.sqlite").unlink()
        second = gated(root, searched(root))
        assert (second.verdicts[0].attempt, second.verdicts[0].error) == (1, 0.025)
        assert gated(root, searched(root)).verdicts[0].attempt == 1, "the same wording is the same attempt"


SLOWLY = ["first", "then", "after that", "besides", "mostly", "at last", "in the end", "in short"]


def slowly(request: Request) -> str:
    """A server with which each of many words helps a little; which it proposes depends on the examples."""
    place_in = sum(str(request["messages"][-1]["content"]).encode())

    def right(system: str, number: int) -> bool:
        return number % 10 <= 2 * sum(word in system for word in SLOWLY)

    def proposes(text: str) -> str:
        return f"{text} {SLOWLY[place_in % len(SLOWLY)]}"

    return answers(request, right=right, proposes=proposes)


def test_the_ceiling_holds_for_the_search_and_the_gate_together(tmp_path: Path) -> None:
    with Loopback(slowly) as server:
        root = registry(tmp_path, server)
        cost = task(root).gate_cost
        assert cost is not None
        most = cost + 3.0
        found = searched(root, most, 100_000)
        assert "are used up" in found.trail.ended
        assert f"${cost:.2f} are kept for the gate" in found.trail.ended
        assert found.winner is not None
        assert found.spent_usd == pytest.approx(found.trail.cost_usd)
        made = gated(root, found, most)
        spent = sum(price(server, request) for request in server.requests)
    assert made.passed
    assert found.spent_usd <= 3.0 < spent <= most


def price(server: Loopback, request: Request) -> float:
    """What the answer to a request costs, by the usage that the server tells."""
    usage = completion(request, str(server.answer(dict(request))))["usage"]
    return float(usage["total_tokens"] * PRICE / 1e6)


def toy_line(number: int) -> str:
    """A question that the text answers, or every other time one that it does not."""
    asked = f"What colour is the lamp in room {number}?" if number % 2 else "Who painted the old chapel?"
    wanted = "green" if number % 2 else "I don't know"
    inputs = {"context": f"The lamp in room {number} is green. The door is red.", "question": asked}
    return json.dumps({"id": f"t{number}", "inputs": inputs, "expectations": {"must_mention": [wanted]}})


def test_the_toy_is_improved_by_words(tmp_path: Path) -> None:
    """Without a key: the toy answers, and a server on this machine stands for the model that proposes."""
    toy = {
        "prompts/qa/v1.prompt.yml": (
            "message: First\nmodel: toy/answers\nmessages:\n"
            "  - {role: system, content: Answer from the text.}\n"
            '  - {role: user, content: "<context>\\n{{context}}\\n</context>\\nQuestion: {{question}}"}\n'
        ),
        "evals/qa/suite.yml": (
            "prompt: qa\nscorers:\n  - contains: {expectation: must_mention}\n"
            "gate:\n  metrics:\n    contains: {margin: 0.1}\n"
        ),
        "evals/qa/dataset.jsonl": "".join(f"{toy_line(number)}\n" for number in range(CASES)),
    }
    telling = partial(
        answers, right=general, proposes=lambda text: f'{text} If it does not say, say "I don\'t know".'
    )
    with Loopback(telling) as server:
        root = registry(tmp_path, server, toy)
        found = searched(root)
        assert [item.choose for item in found.trail.candidates] == [pytest.approx(0.5, abs=0.2), 1.0]
        assert gated(root, found).passed
        assert len(server.requests) == len(reflections(server)), "the toy asks nobody"


RUN = """
import sys
sys.argv = ["cuebook", "optimize", "qa", "--reflect-with", "local/big", "--max-answers", "200"]
from cuebook.cli import main
main()
"""


def test_a_run_that_was_killed_pays_for_nothing_twice(tmp_path: Path) -> None:
    path = os.pathsep.join(sys.path)
    with Loopback(helpful, latency=0.02) as server:
        root = registry(tmp_path, server)
        settings = root / "cuebook.toml"
        settings.write_text(f"concurrency = 8\n{settings.read_text()}")
        how: dict[str, Any] = {"cwd": root, "env": {**os.environ, "PYTHONPATH": path}, "text": True}
        running = subprocess.Popen([sys.executable, "-c", RUN], **how, stdout=subprocess.DEVNULL)
        while server.calls < 60 and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
        before = len(server.requests)
        done = subprocess.run([sys.executable, "-c", RUN], **how, capture_output=True, check=False)
        twice = [count for count in server.answered.values() if count > 1]
        assert done.returncode == 0, done.stderr
        assert before >= 60
        # An answer that was sent may not have been read yet: what is under way is what tasks wait for.
        assert len(twice) <= 2 * 8, "those that were under way when it was killed"
        assert "PASS on held-out cases" in done.stdout
