"""What stopping early saves on the example registry: cases asked with and without the rule for hopeless runs.

python tools/bench/bench_stops.py [--root .]

Every ordered pair of versions of a prompt is compared, for reading, in a state folder of its own: with the
rule as it is, and with runs that go on until something is decided or the cases are used up. Ends with exit
code 1 when stopping turned a pass or a fail into something else in more than 1% of the pairs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

from cuebook.cli._choose import against
from cuebook.gate import joint_test
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.verdict import Verdict


def compared(root: Path, *, stops: bool) -> dict[tuple[str, int, int, str], Verdict]:
    """The verdict on every ordered pair of versions, by prompt, numbers and suite."""
    rule = joint_test.decide
    joint_test.decide = rule if stops else partial(_to_the_end, rule)  # type: ignore[assignment]
    found = {}
    try:
        workspace = Workspace(root)
        for name in workspace.registry.names():
            numbers = workspace.registry.numbers(name)
            for old in numbers:
                refs = [f"{name}/{new}" for new in numbers if new != old]
                plan = against(workspace, refs, str(old), None) if refs else None
                for judged in judge_all(workspace, plan.comparisons) if plan else ():
                    verdict = judged.verdict
                    found[name, old, verdict.candidate.version, verdict.suite] = verdict
    finally:
        joint_test.decide = rule
    return found


def _to_the_end(rule, *tests, **asked):  # type: ignore[no-untyped-def]
    return rule(*tests, **asked | {"futility": False})


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--root", type=Path, default=Path())
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as state:
        os.environ["CUEBOOK_STATE"] = state
        now, before = (compared(given.root, stops=stops) for stops in (True, False))
    print("| pairs that end | pairs | cases planned | asked without the rule | asked | saved |")
    print("| --- | --- | --- | --- | --- | --- |")
    for outcome in ("pass", "fail", "inconclusive"):
        mine = [key for key, verdict in before.items() if verdict.outcome == outcome]
        planned, full, used = (
            sum(cases)
            for cases in (
                [before[key].coverage.cases for key in mine],
                [before[key].coverage.used for key in mine],
                [now[key].coverage.used for key in mine],
            )
        )
        saved = f"{1 - used / full:.0%}" if full else "-"
        print(f"| {outcome} | {len(mine)} | {planned:,} | {full:,} | {used:,} | {saved} |")
    moved = Counter((before[key].outcome, now[key].outcome) for key in before)
    changed = {pair: count for pair, count in moved.items() if pair[0] != pair[1]}
    print(f"\n{len(before)} pairs; outcomes changed: {changed or 'none'}")
    return 1 if sum(changed.values()) > 0.01 * len(before) else 0


if __name__ == "__main__":
    sys.exit(main())
