"""What a gate costs that asks no model: CPU time beside its floor, measured in the same run.

    PYTHONPATH=tools python tools/bench/bench_gate.py [--root .] [--rounds 9]

The first gate and ``eval`` may ask models; the rows are of the runs after it. Each is the lowest CPU time of
fresh processes (waiting for a disk or another job counts for nothing), child processes included.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

CUEBOOK = (sys.executable, "-c", "from cuebook.cli import main; main()")
ROWS = {
    "import the command (floor)": (sys.executable, "-c", "import cuebook.cli.cmd_gate"),
    "gate, every verdict holds": (*CUEBOOK, "gate"),
    "eval, every reply is stored": (*CUEBOOK, "eval"),
}


def seconds(words: tuple[str, ...], root: Path, rounds: int) -> float:
    """The lowest CPU time of ``rounds`` runs of a command in a folder."""
    taken = []
    # Without compiled modules half of the time would be Python's compiler.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, cwd=root, env=env, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(taken)


def main() -> None:
    """Print one row a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--rounds", type=int, default=9)
    wanted = parser.parse_args()
    for words in list(ROWS.values())[1:]:
        seconds(words, wanted.root, 1)
    for name, words in ROWS.items():
        print(f"{name:30} {seconds(words, wanted.root, wanted.rounds):6.2f} s of CPU")


if __name__ == "__main__":
    main()
