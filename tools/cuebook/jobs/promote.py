"""Whether an alias may point where a change points it: the evidence for it, or what is missing.

A promotion needs, on every suite of its prompt, a passing verdict that holds for exactly these digests, or
an override. A judge, which no suite evaluates, needs its measured agreement with people, on the labels
from before the change at least. A version that was live before may always come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cuebook.core import git
from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, RefError
from cuebook.core.escape import shorten
from cuebook.core.files import Overlay, ReadOnce, Tree
from cuebook.core.layout import aliases_path
from cuebook.gate.change_plan import plan_change
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import on_record
from cuebook.jobs import judge_evidence, measure_judges
from cuebook.jobs.evaluate import left_unshown, valid_verdict
from cuebook.jobs.kept_verdicts import moved_inputs, passed_before, why_no_verdict
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.second_rulings import override_named, rules_accepted
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import MAX_WHY, Grounds, Live, TriedRecord
from cuebook.registry import overrides
from cuebook.registry.alias_changes import AliasChange, alias_changes
from cuebook.registry.alias_edit import point
from cuebook.registry.alias_past import standing_line
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.callers import refused_calls, untried_defaults
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes.cause import Lack
from cuebook.shapes.verdict import Override, Verdict
from cuebook.wording.elsewhere import rolled_back
from cuebook.wording.loosening import loosened_by, rules_to_accept
from cuebook.wording.promotion import (
    BEFORE_PROTECTED,
    Ground,
    call_refused,
    default_untried,
    ground,
    in_an_override,
    lack,
)
from cuebook.wording.promotion import in_a_row as said_in_a_row


@dataclass(frozen=True, slots=True)
class PromotionCheck:
    """Whether a move of an alias may go live.

    ``missing`` lists what stops it. ``grounds`` is why it may go live, ``basis`` its kind on record.
    ``past_live``: the version was live before, so nothing stops it. ``hint`` is the command that may help.
    An override for the version has to say of those in ``left`` why they were rolled back.
    """

    move: AliasChange
    digest: str
    verdicts: tuple[Verdict, ...] = ()
    missing: tuple[Lack, ...] = ()
    hint: str = ""
    past_live: bool = False
    grounds: Ground | None = None
    basis: Grounds = "pass"
    left: tuple[int, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether the move may not go live."""
        return bool(self.missing) and not self.past_live

    @property
    def exit_code(self) -> int:
        """0 when it may; 1 when it failed; 3 when nothing is concluded yet."""
        if not self.stops:
            return EXIT_PASS
        failed = any(verdict.outcome == "fail" and not verdict.override for verdict in self.verdicts)
        return EXIT_FAIL if failed else EXIT_INCONCLUSIVE

    @property
    def why(self) -> str:
        """On what grounds it may go live, or what is missing."""
        if self.missing:
            told = "; ".join(map(lack, self.missing))
            return f"{rolled_back(self.move.version)} (today: {told})" if self.past_live else told
        return ground(self.grounds) if self.grounds else ""


@dataclass(frozen=True)
class Proposed(Workspace):
    """A checkout with changes that are not written yet. ``settings`` are those that apply."""

    base: Tree
    changed: dict[str, bytes]
    settings: Settings

    @cached_property
    def tree(self) -> ReadOnce:
        """The files as they would be."""
        return ReadOnce(Overlay(self.base, self.changed))

    @cached_property
    def config(self) -> Settings:
        """The settings given."""
        return self.settings


def proposed(workspace: Workspace, prompt: str, alias: str, pointer: Pointer) -> Proposed:
    """The checkout with an alias somewhere else. Raises InvalidFiles when it cannot be moved."""
    path = aliases_path(prompt)
    data = point(workspace.tree.read(path), path, alias, pointer)
    return Proposed(workspace.root, workspace.tree, {path: data}, workspace.config)


def comparisons(
    workspace: Workspace, before: Registry, todo: Sequence[AliasChange], past: LiveHistory
) -> list[Comparison]:
    """Return what the gate compares for these moves: each target with the version that it replaces."""
    wanted = {(move.prompt, move.version) for move in todo}
    # Only aliases that move: the others have nothing to show.
    protected = sorted({move.alias for move in todo})
    plan = plan_change(before, workspace.registry, protected, past.pasts(protected))
    return [item for item in plan.comparisons if (item.candidate.prompt, item.candidate.number) in wanted]


def check_promotion(
    workspace: Workspace, move: AliasChange, held: Sequence[Comparison], past: LiveHistory
) -> PromotionCheck:
    """Check a move by verdicts that exist; ``held`` are the comparisons made for it. No call is made.

    Raises RefError when there is no such version.
    """
    version = workspace.registry.version(move.prompt, move.version)
    past_live = move.version in past.versions(move.prompt, move.alias)
    mine = [item for item in held if item.candidate.ref == version.ref and _decides(item, move)]
    found = [(item, valid_verdict(workspace, item) or _unfinished(workspace, item)) for item in mine]
    verdicts = tuple(verdict for _, verdict in found if verdict)
    left = set() if past_live else _erased_left(workspace, move, past)
    left |= {number for item in mine for number in left_unshown(workspace, item)}
    # An override for the version answers for its verdicts, whatever they say.
    if named := override_named(workspace, version):
        # It also has to say why what a rollback left was left.
        missing = tuple(_unshown(move, sorted(left - named.left)))
        path = overrides.path_of(move.prompt, move.version)
        hint = in_an_override("unshown", path) if missing else ""
        grounds = Ground("let_through", overrides=(named.override,))
        basis: Grounds = "override"
        return PromotionCheck(
            move, version.digest, verdicts, missing, hint, past_live, grounds, basis, tuple(sorted(left))
        )
    # No suite evaluates it: a judge may show its agreement with labels in place of a verdict.
    if not mine:
        turned = [] if past_live else judge_evidence.chosen_labels(workspace, move, past)
        missing = (*turned, *judge_evidence.lacks(workspace, version))
        hint = f"cuebook judge {version.ref}" if workspace.registry.labels(version.prompt).cases else ""
        if turned:
            named_in = overrides.path_of(move.prompt, move.version)
            hint = in_an_override(turned[0].code, named_in)
        grounds = Ground("agrees_with_labels")
        return PromotionCheck(move, version.digest, (), missing, hint, past_live, grounds)
    suites = tuple(item.suite.name for item in mine)
    unknown, accepted = ([], []) if past_live else _lost_rules(workspace, move, past)
    missing = (
        *unknown,
        *(_no_verdict(workspace, item) for item, verdict in found if not verdict),
        *(
            Lack(code="not_passed", values={"about": item.name, "outcome": item.outcome})
            for item in verdicts
            if not item.lets_through
        ),
    )
    missing = missing or tuple([] if past_live else _beside(workspace, move, past))
    hint = _how_to_gate(workspace, move, found, past)
    loosened = [item for item in mine if item.gone or any(other.why == "rules" for other in item.seconds)]
    words = [rules_accepted(workspace, item) for item in loosened]
    given = [*(verdict.override for verdict in verdicts), *words, *accepted]
    # One override may accept the rules of several verdicts, and is told once.
    rules = tuple({item.model_dump_json(): item for item in given if item}.values())
    grounds = Ground("passed", suites, rules)
    basis = "rules" if rules and all(words) else "pass"
    return PromotionCheck(
        move, version.digest, verdicts, missing, hint, past_live, grounds, basis, tuple(sorted(left))
    )


def _how_to_gate(
    workspace: Workspace,
    move: AliasChange,
    found: Sequence[tuple[Comparison, Verdict | None]],
    past: LiveHistory,
) -> str:
    """Return what makes the missing verdicts, or shows those there are: gating keeps them."""
    is_known = all(verdict for _, verdict in found)
    for item, _ in found if is_known else ():
        for second in item.seconds:
            if second.needs_override:  # so no gate that is run makes up for it
                why = "; ".join(map(loosened_by, second.changes))
                path = overrides.rules_path(item.suite.name)
                return f"{why}; {rules_to_accept(path, second.before, second.after)}"
    see, to_see = ("see why: ", "to see why, ") if is_known else ("run: ", "")
    # What fails as it is needs no look at what else would have to pass.
    failed = [item for item, verdict in found if is_known and verdict and verdict.alone.outcome != "pass"]
    shown = {item.suite.name: item for item in failed} or {item.suite.name: item for item, _ in found}
    if all(_gate_alone_compares(workspace, item, beside=not failed) for item in shown.values()):
        return f"{see}cuebook gate {move.prompt}/{move.version}"
    if isinstance(workspace, Proposed):
        pointer = workspace.registry.pointers(move.prompt)[move.alias]
        line = f"'{move.alias}: {pointer}' in {workspace.layout.there(aliases_path(move.prompt))}"
        return f"{to_see}set {line}, then: cuebook gate --base HEAD"
    before = past.before.tree if past.before else None
    commit = before.sha if isinstance(before, git.Snapshot) else "HEAD~1"
    return f"{see}cuebook gate --base {commit[:12]}"


def _gate_alone_compares(workspace: Workspace, item: Comparison, *, beside: bool) -> bool:
    """Return whether a gate of the version alone, which knows of no change, compares the same.

    It compares an older version with the one before it, and knows neither former nor removed rules; of the
    comparisons ``beside`` this one it makes few.
    """
    if item.reason == "on record":
        return True
    now = Registry(workspace.base) if isinstance(workspace, Proposed) else workspace.registry
    name, further = item.suite.name, any(second.why != "held_out" for second in item.seconds)
    if item.gone or (beside and further) or name not in now.suite_names():
        return False
    suite = now.suite(name)
    alone = on_record(now, suite, item.candidate, workspace.lives)
    rules = {(each.digest, each.dataset_digest) for each in (suite, item.suite)}
    baselines = {found.digest if found else None for found in (alone.baseline, item.baseline)}
    return len(rules) == len(baselines) == 1


def beside_verdicts(workspace: Workspace, move: AliasChange, past: LiveHistory) -> PromotionCheck | None:
    """Return what stops a move whatever its verdicts say; None where verdicts are all that it needs.

    That is where Git has lost the rules of the last promotion, or where apps cannot call the version as they
    call the present one.
    """
    version = workspace.registry.version(move.prompt, move.version)
    if version.number in past.versions(move.prompt, move.alias) or override_named(workspace, version):
        return None
    missing, _ = _lost_rules(workspace, move, past)
    missing += _beside(workspace, move, past)
    return PromotionCheck(move, version.digest, (), tuple(missing)) if missing else None


def in_a_row(workspace: Workspace, past: LiveHistory) -> list[str]:
    """What the promotions up to each move may have lost together: a pass rules out the margin alone."""
    before = past.before
    if before is None:
        return []
    told = []
    for move in alias_changes(before, workspace.registry, workspace.config.protected_aliases).moved:
        there = workspace.registry.numbers(move.prompt)
        stays = past.past(move.prompt, move.alias).stays
        line = [version for version in standing_line(stay.version for stay in stays) if version in there]
        rules = [suite.gate.metrics for suite in before.suites_of(move.prompt)]
        margins = {label: rule.margin for suite in rules for label, rule in suite.items()}
        # The first promotion adds to no loss, a share of units is none, and a return undoes some.
        if len(line) > 1 and not move.share and move.version not in line and margins:
            told.append(
                said_in_a_row(f"{move.prompt}/{move.version}", move.alias, line[0], len(line), margins)
            )
    return told


def _lost_rules(
    workspace: Workspace, move: AliasChange, past: LiveHistory
) -> tuple[list[Lack], list[Override]]:
    """What is missing where Git has lost the rules of the last promotion, or who accepts that."""
    lost = past.lost(move.prompt, move.alias)
    if lost is None:
        return [], []
    missing: list[Lack] = []
    accepted: list[Override] = []
    # Suites from before the change: one that it removes has rules that were lost as well.
    for suite in (past.before or workspace.registry).suites_of(move.prompt):
        now = (suite.digest, suite.dataset_digest)
        held = overrides.for_rules(
            workspace.tree, suite.name, overrides.LOST, now, workspace.today, workspace.set_on
        )
        if held:
            accepted.append(held)
        else:
            path = overrides.rules_path(suite.name)
            known = {"day": lost.time[:10], "commit": lost.commit[:8], "path": path}
            now_known = {"rules": suite.digest, "dataset": suite.dataset_digest}
            missing.append(Lack(code="rules_lost", values={**known, **now_known}))
    return missing, accepted


def _beside(workspace: Workspace, move: AliasChange, past: LiveHistory) -> list[Lack]:
    """What only an override for the version lets through."""
    left = sorted(_erased_left(workspace, move, past))
    registry = workspace.registry
    refused: list[Lack] = []
    # What apps of the alias call today may be erased: nothing is left of it to be compared with.
    if move.previous in registry.numbers(move.prompt):
        old, new = (registry.version(move.prompt, number) for number in (move.previous, move.version))
        refused = [call_refused(move.alias, new.ref, why) for why in refused_calls(old, new)]
        suites = (past.before or registry).suites_of(move.prompt)
        refused += [
            default_untried(move.alias, new.ref, *item) for item in untried_defaults(old, new, suites)
        ]
    return [*refused, *_unshown(move, left)]


def _unshown(move: AliasChange, left: Iterable[int]) -> Iterator[Lack]:
    for number in left:
        yield Lack(code="unshown", values={"about": f"{move.prompt}/{number}"})


def _erased_left(workspace: Workspace, move: AliasChange, past: LiveHistory) -> set[int]:
    """What a rollback left and is erased since: nothing can be compared with it any more."""
    there = workspace.registry.numbers(move.prompt)
    left = {item.version for item in past.past(move.prompt, move.alias).left} - {move.version}
    return left.difference(there)


def still_stands(workspace: Workspace, move: AliasChange, held: Sequence[Comparison]) -> bool:
    """Return whether an alias that does not move may rest on a pass of an earlier version of the gate.

    A move needs the verdict of the present one.
    """
    mine = [
        item
        for item in held
        if (item.candidate.prompt, item.candidate.number) == (move.prompt, move.version)
        and _decides(item, move)
    ]
    return (
        move.previous == move.version and bool(mine) and all(passed_before(workspace, item) for item in mine)
    )


def _decides(item: Comparison, move: AliasChange) -> bool:
    return not item.reading_only and (item.reason == "on record" or move.alias in item.aliases)


def _no_verdict(workspace: Workspace, item: Comparison) -> Lack:
    suite = "" if item.suite.name == item.candidate.prompt else f" by suite {item.suite.name}"
    return why_no_verdict(workspace, item, f"{item.candidate.ref}{suite}")


def _unfinished(workspace: Workspace, item: Comparison) -> Verdict | None:
    """A verdict of this comparison that a further run may change: worth telling, and no proof."""
    kept = workspace.evidence.load(item.candidate.prompt, item.candidate.number, item.suite.name)
    if kept is None or kept.outcome == "pass":
        return None
    # A fail against another version, or on other cases, says nothing of this move.
    return None if moved_inputs(workspace, item, measure_judges.known_judges(workspace, item), kept) else kept


def tried_records(
    workspace: Workspace, standings: Sequence[PromotionCheck], commit: str, time: str
) -> list[TriedRecord]:
    """Return the records of versions that a share of units will get; none where a move stops publication."""
    if any(item.stops for item in standings):
        return []
    return [
        TriedRecord(
            prompt=item.move.prompt,
            alias=item.move.alias,
            version=item.move.version,
            beside=item.move.beside,
            digest=item.digest,
            beside_digest=workspace.registry.version(item.move.prompt, item.move.beside).digest,
            commit=commit,
            time=time,
            why=shorten(item.why, MAX_WHY),
            grounds="unknown" if item.past_live else item.basis,
        )
        for item in standings
        if item.move.share
    ]


def records(
    workspace: Workspace, standings: Sequence[PromotionCheck], past: LiveHistory, commit: str, time: str
) -> list[Live]:
    """Return the records of a publication: one for each alias that moved, where no move stops it.

    Of an alias without records, what it pointed to before is recorded as well.
    """
    # One move that is stopped stops the whole publication.
    live = not any(item.stops for item in standings)
    standings = [item for item in standings if not item.move.share]
    made = [
        Live(
            prompt=item.move.prompt,
            alias=item.move.alias,
            version=item.move.version,
            digest=item.digest,
            commit=commit,
            time=time,
            why=shorten(item.why, MAX_WHY),
            grounds="unknown" if item.past_live else item.basis,
        )
        for item in standings
        if live
    ]
    registry = workspace.registry
    known = {(item.move.prompt, item.move.alias, item.move.version) for item in standings}
    moved = {(item.move.prompt, item.move.alias): item.move.previous for item in standings}
    for name in registry.names():
        aliases = registry.aliases(name)
        for alias in sorted(set(aliases) & set(workspace.config.protected_aliases)):
            if past.recorded(name, alias):
                continue  # what it pointed to before was written down then
            # The first publication records what Git knows; a later one only what became protected since.
            if not workspace.ledger.published:
                made += _from_history(workspace, past, name, alias, known)
            elif before := moved.get((name, alias), aliases[alias]):
                move = AliasChange(name, alias, before)
                made += _live_before(registry, move, commit, time, BEFORE_PROTECTED)
    return made


def _live_before(registry: Registry, move: AliasChange, commit: str, time: str, why: str) -> Iterator[Live]:
    """The record of a version that was live without one, if there still is such a version."""
    try:
        digest = registry.version(move.prompt, move.version).digest
    except RefError:
        return
    yield Live(
        prompt=move.prompt,
        alias=move.alias,
        version=move.version,
        digest=digest,
        commit=commit,
        time=time,
        why=why,
    )


def _from_history(
    workspace: Workspace, past: LiveHistory, name: str, alias: str, known: set[tuple[str, str, int]]
) -> Iterator[Live]:
    """What an alias pointed to before records began and before this change, but for what was refused."""
    for move in past.moves(name, alias):
        if move.version is None or (name, alias, move.version) in known:
            continue
        if past.was_refused(name, move.version):
            continue
        # Moves come newest first: of a version that was live twice the last time counts.
        known.add((name, alias, move.version))
        change = AliasChange(name, alias, move.version)
        why = "live before records began"
        yield from _live_before(workspace.registry, change, move.commit, move.time, why)
