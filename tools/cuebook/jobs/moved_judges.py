"""Measure the judges whose alias a change moves: where no suite evaluates them, nothing else asks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cuebook.core.errors import CeilingReached, MissingExtra, ModelError
from cuebook.gate.comparison import Comparison, judge_of, scale_of
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.measure_judges import load, measure_all, subject
from cuebook.jobs.workspace import Workspace
from cuebook.judging.ask import SCORE, compares
from cuebook.judging.labels import Scale
from cuebook.registry.alias_changes import AliasChange
from cuebook.registry.judges import pinned_judges
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing
from cuebook.shapes.run import Version
from cuebook.wording.stopped import cause_of


def measure_moved(
    workspace: Workspace, moves: Iterable[AliasChange], held: Sequence[Comparison], past: LiveHistory
) -> list[Nothing]:
    """Measure each judge that an alias is moved to, where that was not done; why it could not be."""
    evaluated = {item.candidate.ref for item in held if not item.reading_only}
    failed: list[Nothing] = []
    for move in moves:
        judge = workspace.registry.version(move.prompt, move.version)
        labels = workspace.registry.labels(move.prompt)
        past_live = move.version in past.versions(move.prompt, move.alias)
        # What was live may come back without evidence, and without labels there is nothing to measure by.
        if judge.ref in evaluated or past_live or not labels.cases:
            continue
        about = subject(workspace, judge, labels, scale_for(workspace.registry, judge))
        kept = load(workspace, judge)
        if kept and kept.basis == about.basis:
            continue  # nothing about it is new, its labels included
        try:
            measure_all(workspace, [about])
        except (CeilingReached, MissingExtra, ModelError) as error:
            about_it = {"prompt": judge.prompt, "version": judge.number}
            failed.append(cause_of(error).model_copy(update=about_it))
    return failed


def scale_for(registry: Registry, judge: Version) -> Scale | None:
    """The scale that a suite reads the judge with, else that of its own schema, else 1 to 5."""
    if compares(judge):
        return None
    suites = [registry.suite(name) for name in registry.suite_names()]
    for suite in (suite for suite in suites if judge.ref in pinned_judges(suite)):
        for spec in suite.scorers:
            if judge_of(spec) == judge.ref and (scale := scale_of(spec)):
                return scale
    score = (judge.json_schema or {}).get("schema", {}).get("properties", {}).get(SCORE, {})
    low, high = score.get("minimum", 1), score.get("maximum", 5)
    return float(low), float(high)
