"""What is known of versions, aliases and moves: one of six states each, never a blank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cuebook.core.moments import written
from cuebook.core.refs import PRODUCTION
from cuebook.registry.overrides import override_of
from cuebook.registry.reader import Registry
from cuebook.shapes import published
from cuebook.shapes.audit import Audit
from cuebook.shapes.cause import StaleInput
from cuebook.shapes.moves import AliasMove, State
from cuebook.shapes.published import (
    AliasState,
    EvaluationEntry,
    IndexEntry,
    JudgeAgreement,
    LastChange,
    PromptIndex,
    state_of,
)
from cuebook.shapes.shares import SplitChange
from cuebook.shapes.verdict import Override, Verdict, units_of
from cuebook.wording.elsewhere import stale_inputs
from cuebook.wording.headline import headline

SHOWN = 5
"""Versions whose states the index of all carries: what a row of a list has room for."""


def evaluation_entry(
    verdict: Verdict,
    *,
    stale: Sequence[StaleInput] = (),
    override: Override | None = None,
    audits: Sequence[Audit] = (),
) -> EvaluationEntry:
    """Return a verdict as its prompt's index holds it; ``stale`` names its inputs that changed since."""
    # A suite with several models has a summary of a metric on each; the index has room for their mean.
    means: dict[str, list[float]] = {}
    for summary in verdict.summaries:
        if summary.candidate is not None:
            means.setdefault(summary.label, []).append(summary.candidate)
    held = verdict.override or override
    state: State = "stale" if stale else verdict.outcome
    number = verdict.candidate.version
    return EvaluationEntry(
        version=number,
        suite=verdict.suite,
        outcome=verdict.outcome,
        # Readers of the first release know no ``headline``, and cannot do without this key.
        sentence=headline(verdict),
        baseline=verdict.baseline.version if verdict.baseline else None,
        metrics={label: sum(values) / len(values) for label, values in means.items()},
        url=published.evaluation_path(verdict.prompt, number, verdict.suite),
        state=_let_by(held, state),
        headline=headline(verdict),
        deciding=verdict.metrics,
        protected=verdict.protected,
        asked=verdict.coverage.used,
        cases=verdict.coverage.cases,
        spending=verdict.candidate_spending,
        override=held,
        stale=stale_inputs(stale),
        judges=[
            JudgeAgreement(**judge.model_dump(include=set(JudgeAgreement.model_fields)))
            for judge in verdict.judges
        ],
        offline=verdict.offline,
        attempt=verdict.attempt,
        units=units_of(verdict),
        cost_usd=verdict.cost_usd,
        decided=verdict.ran.time[:10] if verdict.ran else None,
        audits=list(audits),
    )


def told_moves(
    registry: Registry, name: str, moves: Iterable[AliasMove], entries: Sequence[EvaluationEntry]
) -> list[AliasMove]:
    """Return the moves with the verdicts on the version moved to, and its state on the day of the move."""
    numbers = set(registry.numbers(name))
    found = []
    for move in moves:
        mine = [entry for entry in entries if entry.version == move.version]
        told: dict[str, object] = {"evidence": [entry.url for entry in mine]}
        if move.version in numbers:
            held = override_of(registry, name, move.version, move.time[:10])
            told |= {"state": _then(mine, held), "override": held}
        elif move.version is not None:
            told |= {"state": "not_evaluated"}
        found.append(move.model_copy(update=told))
    return found


def told_splits(
    registry: Registry, name: str, changes: Iterable[SplitChange], entries: Sequence[EvaluationEntry]
) -> list[SplitChange]:
    """Return the changes of what is tried, each with the worst state of those versions on its day."""
    numbers = set(registry.numbers(name))
    found = []
    for change in changes:
        states: list[State] = []
        for number in (item.version for item in change.tries):
            held = override_of(registry, name, number, change.time[:10]) if number in numbers else None
            states.append(_then([entry for entry in entries if entry.version == number], held))
        state = published.worst(states) if states else None
        found.append(change.model_copy(update={"state": state}))
    return found


def _then(entries: Sequence[EvaluationEntry], held: Override | None) -> State:
    """What verdicts on a version came to: evidence goes out of date later; on the day it was what it says."""
    state = published.worst(entry.outcome for entry in entries)
    return _let_by(held, state)


def _let_by(held: Override | None, state: State) -> State:
    """The state with what somebody is responsible for: a pass that holds needs nobody's word."""
    return "override" if held and state != "pass" else state


def since_of(moves: Sequence[AliasMove], today: str) -> str | None:
    """Return since when an alias points where it does, of its moves, newest first: later than before each.

    Apps take an earlier date for an old answer that somebody serves again, and a commit has the time of
    whoever made it, by any clock and maybe long before the merge. That of its publication is known better.
    """
    found = ""
    for move in reversed(moves):
        at = min(move.time, move.recorded or move.time)
        # A date to come is anybody's invention, and would carry on into all that follow.
        if at <= found and found[:10] <= today:
            later = written(datetime.fromisoformat(found) + timedelta(seconds=1))
            at = max(later, move.recorded or later)
        found = at
    return found or None


def alias_state(
    version: int, since: str | None, entries: Iterable[EvaluationEntry], held: Override | None
) -> AliasState:
    """Return the state of the version that an alias points to."""
    mine = [entry for entry in entries if entry.version == version]
    state = _let_by(held, state_of(mine))
    # An override is no entry's own state; then the first verdict is the one that it is about.
    speaks = next((entry for entry in mine if entry.state == state), mine[0] if mine else None)
    return AliasState(
        version=version,
        state=state,
        headline=speaks.headline if speaks else "",
        against=speaks.baseline if speaks else None,
        since=since,
        override=held,
    )


def index_entry(index: PromptIndex) -> IndexEntry:
    """A prompt in the index of all."""
    same = {"name", "title", "description", "owners", "tags", "latest", "aliases", "kind", "used_by", "tries"}
    live = index.aliases.get(PRODUCTION)
    spending = next((e.spending for e in index.evaluations if e.version == live and e.spending), None)
    return IndexEntry(
        **index.model_dump(include=same),
        url=published.prompt_path(index.name),
        states=index.states,
        last=[
            (entry.version, state_of(e for e in index.evaluations if e.version == entry.version))
            for entry in sorted(index.versions, key=lambda entry: entry.version)[-SHOWN:]
        ],
        changed=_changed(index),
        spending=spending,
    )


def _changed(index: PromptIndex) -> LastChange | None:
    found = [
        LastChange(time=move.time, alias=move.alias, version=move.version, author=move.author)
        for move in index.history[:1]
    ]
    found += [
        LastChange(time=entry.created, alias=None, version=entry.version, author=entry.author or "")
        for entry in index.versions
        if entry.created
    ]
    # Of one commit the move says more than the version that came with it.
    return max(found, key=lambda change: (change.time, change.alias or ""), default=None)
