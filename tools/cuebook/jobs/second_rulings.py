"""The verdict on a comparison together with its second ones, and the override that accepts one that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cuebook.gate.comparison import Comparison, Second
from cuebook.gate.held_out import mean_change
from cuebook.jobs.workspace import Workspace
from cuebook.registry import overrides
from cuebook.shapes.made_from import MadeFrom, SeenChange
from cuebook.shapes.run import Version
from cuebook.shapes.verdict import Outcome, Override, SecondRuling, Verdict
from cuebook.wording.headline import ruling_of
from cuebook.wording.loosening import rules_to_accept


def together(
    workspace: Workspace, comparison: Comparison, first: Verdict, others: Sequence[Verdict]
) -> Verdict:
    """Return the verdict on a comparison with its second ones: a pass where all of them pass.

    ``Verdict.second`` is the first of them that prevents a pass.
    """
    if not comparison.seconds:
        return first
    recorded, first = first, first.alone
    pairs = list(zip(comparison.seconds, others, strict=True))
    open_ones = [(second, verdict) for second, verdict in pairs if not lets(second, verdict)]
    seen = _made_from(comparison, first)
    # A record may rest on comparisons of the change it was made for, which are not made again here.
    others_told = recorded.second is not None and recorded.second.why != "held_out"
    if others_told and (not open_ones or recorded.outcome == "fail"):
        return recorded.model_copy(update={"made_from": seen})
    outcomes = {first.outcome, *(verdict.outcome for _, verdict in open_ones)}
    worst: Outcome = "fail" if "fail" in outcomes else "inconclusive"
    # What decided is told: the worst of those that stop it, or the first where none does.
    second, verdict = next((pair for pair in open_ones if pair[1].outcome == worst), (open_ones or pairs)[0])
    told = SecondRuling(
        why=second.why,
        version=second.version,
        date=second.time[:10],
        ruling=ruling_of(verdict),
        changes=list(second.changes),
        first=first.outcome,
        between=second.between,
        more_than=second.more_than,
    )
    # One that may stay open takes no pass away, though its own outcome is none.
    outcome = worst if open_ones or first.outcome != "pass" else "pass"
    whole = first.model_copy(update={"outcome": outcome, "second": told, "made_from": seen})
    waiting = [second for second, _ in open_ones]
    override = override_for(workspace, comparison, first, waiting) if outcome != "pass" else None
    return whole.model_copy(update={"override": override})


def _made_from(comparison: Comparison, first: Verdict) -> MadeFrom | None:
    """What changed on the cases that the version was made from; None where it was made from none."""
    alone = next((item for item in comparison.seconds if item.why == "held_out"), None)
    if alone is None:
        return None
    held = {case.id for case in alone.comparison.cases}
    used = [case for case in first.cases if case.id not in held]
    changes = [
        SeenChange(label=item.label, model=item.model, mean=mean)
        for item in first.metrics
        if item.kind == "difference" and (mean := mean_change(used, item.label, item.model)) is not None
    ]
    tag = comparison.suite.gate.protected
    told = [case.tags for case in comparison.cases if case.id in alone.quoted]
    return MadeFrom(
        seen=len(comparison.cases) - len(held),
        used=len({case.id for case in used}),
        held=len(held),
        changes=changes,
        quoted=sorted(alone.quoted),
        protected=sum(tag in tags for tags in told) if tag else 0,
    )


def override_for(
    workspace: Workspace, comparison: Comparison, first: Verdict, waiting: Sequence[Second]
) -> Override | None:
    """Return the override that lets a verdict through which is no pass; None unless each part is accepted.

    One for the version accepts its verdict under any rules. Against what a rollback left it has to say
    why that was left; for loosened rules one for these rules does as well.
    """
    against = comparison.baseline
    named = override_named(workspace, comparison.candidate)
    if named is None and comparison.gone:
        return rules_accepted(workspace, comparison)
    if first.outcome != "pass" and named is None:
        return None
    found = named.override if named else None
    for second in waiting:
        baseline = second.comparison.baseline
        if baseline and against and baseline.number != against.number:
            if named is None or baseline.number not in named.left:
                return None
        elif named is None:
            rules = _accepted(workspace, comparison, second.before, second.after)
            if rules is None:
                return None
            found = found or rules
    return found


def rules_accepted(workspace: Workspace, comparison: Comparison) -> Override | None:
    """Return the override that accepts the suite's loosened rules, or that it is gone; None without one."""
    states = [(item.before, item.after) for item in comparison.seconds if item.why == "rules"]
    if comparison.gone:
        states = states or [(_state(comparison), overrides.REMOVED)]
    found = (_accepted(workspace, comparison, *pair) for pair in states)
    return next((item for item in found if item), None)


def _state(comparison: Comparison) -> tuple[str, str]:
    return comparison.suite.digest, comparison.suite.dataset_digest


def _accepted(
    workspace: Workspace, comparison: Comparison, before: tuple[str, str], after: tuple[str, str]
) -> Override | None:
    name = comparison.suite.name
    return overrides.for_rules(workspace.tree, name, before, after, workspace.today, workspace.set_on)


def to_accept(comparison: Comparison, verdict: Verdict) -> Iterator[str]:
    """What an override has to name for a verdict that is a pass under today's rules only."""
    path = overrides.rules_path(comparison.suite.name)
    if comparison.gone and not verdict.lets_through:
        states = [item.before for item in comparison.seconds if item.why == "rules"]
        before = states[0] if states else _state(comparison)
        yield f"{verdict.name}: {rules_to_accept(path, before, overrides.REMOVED)}"
        return
    second = verdict.second
    if not second or second.why == "held_out" or second.first != "pass" or verdict.lets_through:
        return
    for item in comparison.seconds:
        if item.why == "rules":
            yield f"{verdict.name}: {rules_to_accept(path, item.before, item.after)}"
            return


def override_named(workspace: Workspace, version: Version) -> overrides.ValidOverride | None:
    """The override for a version that holds today."""
    return overrides.for_version(
        workspace.tree, version.prompt, version.number, version.digest, workspace.today, workspace.set_on
    )


def lets(second: Second, verdict: Verdict) -> bool:
    """Return whether the verdict on a second comparison allows the first one to pass.

    Former cases may be too few to show that nothing is lost, but must not look like a loss of the margin.
    Against former labels no judge may have decided yet.
    """
    if second.needs_override:
        return False
    if verdict.outcome != "inconclusive":
        return verdict.outcome == "pass"
    deciding = [item for item in verdict.metrics if not item.advisory]
    lost = any(item.kind == "difference" and item.mean < -item.bound for item in deciding)
    return (second.may_stay_open and not lost) or (second.may_decide_nothing and not deciding)
