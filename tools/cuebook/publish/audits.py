"""What people's labels say of the judges of a verdict: it decides nothing, so no verdict holds it."""

from __future__ import annotations

from dataclasses import replace

from cuebook.core.refs import parse_ref
from cuebook.judging.audit import of_labels
from cuebook.judging.draw import name_of
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.shapes.audit import Audit
from cuebook.shapes.labels import Labels
from cuebook.shapes.verdict import Verdict


def labels_of(registry: Registry, judge: str, verdict: Verdict) -> Labels:
    """The labels of a judge; answers of the verdict go by the names of today. Raises InvalidFiles."""
    labels = registry.labels(judge)
    former = former_names(registry, verdict.prompt)
    if not former:
        return labels
    given = []
    for line in labels.given:
        answer, _, rest = line.of.partition(" ")
        # A suite that is called as its prompt was renamed with it.
        parts = [verdict.prompt if part in former else part for part in answer.split("/")]
        given.append(replace(line, of=f"{'/'.join(parts)} {rest}" if line.of else ""))
    return replace(labels, given=tuple(given))


def audits_of(registry: Registry, verdict: Verdict) -> list[Audit]:
    """The audit of each judge of a verdict of whose pairs people labelled enough. Raises InvalidFiles."""
    found = []
    for judge in verdict.judges if verdict.baseline else ():
        if judge.scale is None:
            continue  # it compares, or an earlier release did not write down its scale
        labels = labels_of(registry, parse_ref(judge.ref).name, verdict)
        mine = f"{name_of(verdict)} "
        if any(line.of.startswith(mine) for line in labels.given):
            audit = of_labels(verdict, judge.label, labels, judge.scale)
            found += [audit] if audit else []
    return found
