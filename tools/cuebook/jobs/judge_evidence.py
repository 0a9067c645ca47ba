"""What speaks for a version that no suite evaluates: its agreement with the labels of people."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.core.format import below
from cuebook.gate.loosening import MOST_ADDED, labels_loosened
from cuebook.jobs import measure_judges
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange
from cuebook.shapes._defaults import LEAST_KAPPA
from cuebook.shapes.cause import Lack
from cuebook.shapes.run import Version


def lacks(workspace: Workspace, version: Version) -> Iterator[Lack]:
    """What is missing of a version that no suite evaluates."""
    labels = workspace.registry.labels(version.prompt)
    if not labels.cases:
        yield Lack(code="no_suite", values={"about": version.ref, "prompt": version.prompt})
        return
    file = measure_judges.load(workspace, version)
    if file is None or (file.basis.digest, file.basis.labels_digest) != (version.digest, labels.digest):
        yield Lack(code="judge_unmeasured", values={"about": version.ref})
    elif file.facts.lower is None or file.facts.lower < LEAST_KAPPA:
        least = "unknown" if file.facts.lower is None else below(file.facts.lower, LEAST_KAPPA)
        yield Lack(code="judge_weak", values={"about": version.ref, "lower": least, "least": LEAST_KAPPA})


def chosen_labels(workspace: Workspace, move: AliasChange, past: LiveHistory) -> list[Lack]:
    """Return what is wrong with the labels that it is measured against: no promotion may choose them."""
    # A label that says something else now would be told as a new one, too.
    return [*_turned(workspace, move, past)] or [*_new(workspace, move, past)]


def _turned(workspace: Workspace, move: AliasChange, past: LiveHistory) -> Iterator[Lack]:
    """Labels of before the change, and since the last promotion, that the judge of today is not held to."""
    judge, now = move.prompt, workspace.registry.labels(move.prompt)
    known = [found.labels(judge) for found in past.rules(judge, move.alias)]
    known += [past.before.labels(judge)] if past.before else []
    turned = [
        {"gone": change.count or 0, "labels": len(labels.cases)}
        for labels in known
        for change in labels_loosened(judge, labels, now)
    ]
    # Of all that they were once, the state of which most is gone says enough.
    if worst := max(turned, key=lambda counts: counts["gone"], default=None):
        yield Lack(code="judge_labels", values={"about": f"{judge}/{move.version}", **worst})


def _new(workspace: Workspace, move: AliasChange, past: LiveHistory) -> Iterator[Lack]:
    """More labels than may join the former ones: whoever promotes would choose by what it is measured.

    Of a first version nobody could have labelled anything before, as with a suite.
    """
    judge, before = move.prompt, past.before
    if before is None or judge not in before.names() or not set(before.numbers(judge)) - {move.version}:
        return
    known = {case.digest for labels in past.labels_before(move) for case in labels.cases}
    now = workspace.registry.labels(judge).cases
    added = sum(case.digest not in known for case in now)
    if added > MOST_ADDED * len(known):
        values: dict[str, str | int | float] = {"added": added, "labels": len(now)}
        yield Lack(code="judge_labels_new", values=values | {"about": f"{judge}/{move.version}"})
