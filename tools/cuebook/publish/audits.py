"""What people's labels say of the judges of a verdict: it decides nothing, so no verdict holds it."""

from __future__ import annotations

from cuebook.core.refs import parse_ref
from cuebook.judging.audit import of_labels
from cuebook.judging.draw import name_of
from cuebook.registry.reader import Registry
from cuebook.shapes.audit import Audit
from cuebook.shapes.verdict import Verdict


def audits_of(registry: Registry, verdict: Verdict) -> list[Audit]:
    """The audit of each judge of a verdict of whose pairs people labelled enough. Raises InvalidFiles."""
    found = []
    for judge in verdict.judges if verdict.baseline else ():
        if judge.scale is None:
            continue  # it compares, or an earlier release did not write down its scale
        labels = registry.labels(parse_ref(judge.ref).name)
        mine = f"{name_of(verdict)} "
        if any(line.of.startswith(mine) for line in labels.given):
            audit = of_labels(verdict, judge.label, labels, judge.scale)
            found += [audit] if audit else []
    return found
