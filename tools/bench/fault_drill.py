"""A gate through every fault at once, killed and started again: does it lose, repeat or change anything?

PYTHONPATH=tools:tests python tools/bench/fault_drill.py [--cases 200] [--kills 3] [--latency 0.1]

``cuebook gate`` runs against tests/loopback.py, which throttles, fails, hangs, lies and hangs up. The
process is killed with SIGKILL and started again. Its verdict must be the one of a run without faults, byte
for byte apart from times, and no reply may be paid for twice but those that were on their way at a kill.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.exam_registry import exam_files, write_files
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from loopback import Fault, Loopback, Request, error, exam

SHARES = {
    "429 with Retry-After": 0.05,
    "500": 0.03,
    "hang": 0.02,
    "malformed JSON": 0.02,
    "truncated": 0.01,
    "connection reset": 0.01,
}
CONCURRENCY = 50
"""Calls that may be on their way at a kill."""

LONGEST_ROW = 4
"""Faults in a row that one question may meet: a call is tried five times."""


@dataclass
class Faults:
    """Which request meets which fault: decided by a seed, the request and how often it was asked before."""

    seed: str = "1"
    retry_after: str = "1"
    scale: float = 1.0
    injected: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request, before: int) -> Fault | None:
        """The fault of a request that was made so often before, or None."""
        if before % (LONGEST_ROW + 1) == LONGEST_ROW:
            return None
        text = json.dumps([self.seed, request, before], sort_keys=True).encode()
        place = int.from_bytes(hashlib.sha256(text).digest()[:8]) / 2**64
        for kind, share in SHARES.items():
            place -= share * self.scale
            if place < 0:
                self.injected[kind] += 1
                return self._fault(kind)
        return None

    def _fault(self, kind: str) -> Fault:
        return {
            "429 with Retry-After": error(429, message="slow down", retry_after=self.retry_after),
            "500": error(500, message="the server fell over"),
            "hang": Fault("hang"),
            "malformed JSON": Fault(body='{"choices": [{"message": {"content": "The co'),
            "truncated": Fault("truncate"),
            "connection reset": Fault("reset"),
        }[kind]


@dataclass(frozen=True)
class Run:
    """One life of the process: how it ended, whole answers it was sent and how many of them it kept."""

    ended: str
    answered: int
    kept: int
    in_flight: int
    seconds: float

    @property
    def lost(self) -> int:
        """Answers sent that are in no store."""
        return self.answered - self.kept


@dataclass(frozen=True)
class Drill:
    """What a drill came to."""

    runs: list[Run]
    injected: Counter[str]
    expected: dict[str, Any]
    found: dict[str, Any]
    distinct: int
    answered: int

    @property
    def bought_again(self) -> int:
        """Whole answers beyond the first to the same question."""
        return self.answered - self.distinct

    @property
    def problems(self) -> list[str]:
        """What is not as it must be; empty when nothing is."""
        found = []
        if self.expected != self.found:
            where = ", ".join(differences(self.expected, self.found)[:5])
            found.append(f"the verdict is not the one of a run without faults: {where}")
        lost = sum(run.lost for run in self.runs)
        if self.bought_again > lost:
            found.append(f"{self.bought_again} replies bought again, {lost} lost at kills")
        for run in self.runs:
            most = CONCURRENCY if run.ended == "killed" else 0
            if run.lost > most:
                found.append(f"a run that {run.ended} lost {run.lost} replies; it may lose {most}")
        return found


def timeless(value: Any) -> Any:
    """A verdict's JSON without what is measured in seconds."""
    if isinstance(value, dict):
        return {name: timeless(item) for name, item in value.items() if name != "seconds"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            found
            for name in sorted({*one, *other})
            for found in differences(one.get(name), other.get(name), f"{path}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, (a, b) in pairs for found in differences(a, b, f"{path}[{index}]")]
    return [] if one == other else [f"{path}: {one!r:.200} became {other!r:.200}"]


def drill(
    folder: Path, *, cases: int, kills: int, latency: float, faults: Faults, settings: str = ""
) -> Drill:
    """Run the gate without faults, then with all of them and so many kills; both verdicts and the books."""
    with Loopback(exam) as server:
        write_files(folder / "calm", exam_files(server.url, cases))
        gate(folder / "calm")
        total = sum(server.answered.values())
    with Loopback(exam, latency=latency, trouble=faults) as server:
        settings = f"concurrency = {CONCURRENCY}\n{settings}"
        root = write_files(folder / "storm", exam_files(server.url, cases, settings=settings))
        runs = [
            _life(root, server, until=total * number // (kills + 1) if number <= kills else None)
            for number in range(1, kills + 2)
        ]
        return Drill(
            runs,
            faults.injected,
            verdict(folder / "calm"),
            verdict(root),
            len(server.answered),
            sum(server.answered.values()),
        )


def gate(root: Path) -> subprocess.CompletedProcess[str]:
    """``cuebook gate exam/2`` to its end."""
    done = subprocess.run(command(root), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode in {EXIT_PASS, EXIT_FAIL, EXIT_INCONCLUSIVE}, done.stderr
    return done


def command(root: Path) -> list[str]:
    """The words of ``cuebook gate exam/2``."""
    program = "from cuebook.cli import main; main()"
    return [sys.executable, "-c", program, "gate", "exam/2", "--root", str(root)]


def environment() -> dict[str, str]:
    """Just enough of one, without proxies."""
    return {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": os.environ["PATH"]}


def verdict(root: Path) -> dict[str, Any]:
    """The verdict kept for ``exam/2``, without times, and without the address of the server."""
    text = (root / ".cuebook/evaluations/exam/2/exam.json").read_text(encoding="utf-8")
    found: dict[str, Any] = timeless(json.loads(text))
    found["digests"].pop("servers")  # each server of a drill has a port of its own
    return found


def _life(root: Path, server: Loopback, *, until: int | None) -> Run:
    """Start the gate; kill it once the server has sent ``until`` answers, or let it end."""
    begun, before, kept = time.monotonic(), sum(server.answered.values()), _stored(root)
    with subprocess.Popen(
        command(root), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and (until is None or sum(server.answered.values()) < until):
            time.sleep(0.002)
        in_flight = server.at_once - server.hanging
        if until is not None:
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
    while server.at_once > server.hanging:  # answers on their way to the dead are counted as sent
        time.sleep(0.002)
    ended = "killed" if process.returncode == -signal.SIGKILL else f"exit {process.returncode}"
    assert until is None or ended == "killed", f"{ended}: too early for the kill; {said}"
    answered = sum(server.answered.values()) - before
    return Run(ended, answered, _stored(root) - kept, in_flight, time.monotonic() - begun)


def _stored(root: Path) -> int:
    path = root / ".cuebook" / "replies.sqlite"
    if not path.is_file():
        return 0
    with ReplyStore(path) as store:
        return store.count()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--cases", type=int, default=200)
    words.add_argument("--kills", type=int, default=3)
    words.add_argument("--latency", type=float, default=0.1)
    words.add_argument("--seed", default="1")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = drill(
            Path(folder),
            cases=given.cases,
            kills=given.kills,
            latency=given.latency,
            faults=Faults(seed=given.seed),
            settings="timeout = 3.0",
        )
    print(report(done))
    sys.exit(bool(done.problems))


def report(done: Drill) -> str:
    """The log of a drill: what was injected, what happened."""
    lines = ["injected: " + ", ".join(f"{count} x {kind}" for kind, count in done.injected.most_common())]
    for number, run in enumerate(done.runs, start=1):
        lines.append(
            f"run {number}: {run.ended} after {run.seconds:.1f} s; {run.answered} whole answers sent, "
            f"{run.kept} kept, {run.lost} lost ({run.in_flight} calls in the air)"
        )
    lines.append(
        f"{done.distinct} questions, {done.answered} whole answers: {done.bought_again} bought again"
    )
    same = "the same as" if done.expected == done.found else "NOT that of"
    lines.append(f"verdict: {done.found['outcome']}, {same} a run without faults")
    lines += [f"PROBLEM: {problem}" for problem in done.problems] or ["no problem"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
