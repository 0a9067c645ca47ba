"""Verdicts that are kept, here or on the data branch: which one holds for a comparison, and why none does."""

from __future__ import annotations

from collections.abc import Callable

from cuebook.gate.attempts import MOST_ATTEMPTS
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import plan_record
from cuebook.gate.prepared import Prepared
from cuebook.jobs import measure_judges
from cuebook.jobs.measure_judges import KnownJudges
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import path_of
from cuebook.publish.local_verdicts import after_removal, moved
from cuebook.shapes.cause import Lack, LackCode, StaleInput
from cuebook.shapes.verdict import Digests, Verdict


def latest_kept(
    workspace: Workspace, comparison: Comparison, judges: KnownJudges
) -> tuple[Verdict | None, tuple[StaleInput, ...]]:
    """Return the latest verdict that holds, kept here or on the data branch; else the last one kept here.

    With it comes what changed between what it is bound to and the comparison as it would be made now.
    """
    candidate, suite = comparison.candidate, comparison.suite.name
    kept = workspace.evidence.load(candidate.prompt, candidate.number, suite)
    here = kept if not comparison.is_second else None
    found = [kept] if kept else []
    found += workspace.evidence.seconds(candidate.prompt, candidate.number, suite)
    found += workspace.ledger.load(candidate.prompt, candidate.number, suite)
    changed = [moved_inputs(workspace, comparison, judges, verdict) for verdict in found]
    holding = [verdict for verdict, what in zip(found, changed, strict=True) if not what]
    if holding:
        best = max(holding, key=lambda verdict: verdict.attempt)
        if _asked_again(workspace, best):
            return None, ()
        # A change computes its second comparisons again; a verdict on record keeps those it was decided with.
        return best if comparison.reason == "on record" else best.alone, ()
    return here, changed[0] if here else ()  # ``kept`` is the first of those found


def _asked_again(workspace: Workspace, verdict: Verdict) -> bool:
    """Whether the data branch has a later attempt at the same digests that only a newer Cuebook can read."""
    newer = workspace.ledger.newer_on(verdict.prompt, verdict.candidate.version)
    later = (verdict.model_copy(update={"attempt": n}) for n in range(verdict.attempt + 1, MOST_ATTEMPTS))
    return bool(newer) and any(path_of(item) in newer for item in later)


def moved_inputs(
    workspace: Workspace, comparison: Comparison, judges: KnownJudges, verdict: Verdict
) -> tuple[StaleInput, ...]:
    """Return what changed since a verdict was made of what it is bound to; empty while it holds."""
    return tuple(moved(verdict.digests, _as_now(workspace, comparison, judges, verdict)))


def _as_now(workspace: Workspace, comparison: Comparison, judges: KnownJudges, verdict: Verdict) -> Digests:
    """What a verdict would be bound to if it was made now."""
    now = Prepared.of(comparison, trust=judges.standings(verdict))
    return now.digests(workspace.config.replacements, workspace.config.servers)


def out_of_date(workspace: Workspace) -> Callable[[Verdict], list[StaleInput]]:
    """Return a function that lists which inputs of a verdict have changed since it was made."""
    record = {
        (item.candidate.prompt, item.candidate.number, item.suite.name): item
        for item in plan_record(workspace.registry, lives=workspace.lives).comparisons
    }

    def say(verdict: Verdict) -> list[StaleInput]:
        now = record.get((verdict.prompt, verdict.candidate.version, verdict.suite))
        if now is None:
            return after_removal(verdict)
        judges = measure_judges.known_judges(workspace, now)
        return list(moved_inputs(workspace, now, judges, verdict))

    return say


def why_no_verdict(workspace: Workspace, comparison: Comparison, about: str) -> Lack:
    """Return why a comparison has no valid verdict here; ``about`` is how the version is called in it."""
    candidate, suite = comparison.candidate, comparison.suite.name
    kept = workspace.evidence.load(candidate.prompt, candidate.number, suite)
    if kept is None:
        return Lack(code="not_evaluated", values={"about": about})
    found = moved_inputs(workspace, comparison, measure_judges.known_judges(workspace, comparison), kept)
    if found:
        return Lack(code="stale", values={"about": about}, changed=list(found))
    is_after_rollback = any(item.why == "rollback" for item in comparison.seconds)
    code: LackCode = "not_after_rollback" if is_after_rollback else "not_under_former_rules"
    return Lack(code=code, values={"about": about})


def passed_before(workspace: Workspace, comparison: Comparison) -> bool:
    """Whether this or an earlier version of the gate and its scorers found a pass, all else the same."""
    candidate, suite = comparison.candidate, comparison.suite.name
    kept = workspace.evidence.load(candidate.prompt, candidate.number, suite)
    found = [*([kept] if kept else []), *workspace.ledger.load(candidate.prompt, candidate.number, suite)]
    judges = measure_judges.known_judges(workspace, comparison)
    pairs = ((verdict, _as_now(workspace, comparison, judges, verdict)) for verdict in found)
    return any(
        verdict.alone.outcome == "pass"
        and not moved(verdict.digests.model_copy(update={"tool": now.tool}), now)
        for verdict, now in pairs
    )
