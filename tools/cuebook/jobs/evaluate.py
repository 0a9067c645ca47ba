"""Carry out a plan: reuse evidence that still holds, run the rest, keep and return the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias

from cuebook.core.errors import Aborted, CeilingReached, MissingExtra, ModelError
from cuebook.gate import decision, runner, verdict_builder
from cuebook.gate.answering import Answering
from cuebook.gate.attempts import Look, attempt_of, look_at, tried, under_present_names
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared, shard
from cuebook.jobs import measure_judges
from cuebook.jobs.checking import committed, published
from cuebook.jobs.kept_verdicts import latest_kept, moved_inputs
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.origin import made_by, run_id
from cuebook.jobs.second_rulings import lets, override_named, rules_accepted, together
from cuebook.jobs.workspace import Workspace
from cuebook.publish.local_verdicts import is_final
from cuebook.registry.renames import former_names
from cuebook.shapes.cause import Nothing, StaleInput
from cuebook.shapes.ceilings import Ceilings
from cuebook.shapes.run import Case, CaseRun
from cuebook.shapes.verdict import Verdict, Withdrawn
from cuebook.wording.stopped import cause_of

if TYPE_CHECKING:
    from cuebook.calls.engine import Engine, Progress
    from cuebook.jobs.asking import AnswerSource


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, whether stored evidence was reused for it, and how many calls were made to reach it.

    ``spent_usd`` is what these calls are known to have cost, those included that the verdict does not use.
    ``moved`` names what changed since an earlier verdict that could therefore not be reused. ``seconds``
    are the verdicts of the other comparisons that this one takes in. ``runs`` are the cases run here.
    """

    comparison: Prepared
    verdict: Verdict
    reused: bool
    calls_made: int = 0
    spent_usd: float = 0.0
    moved: tuple[StaleInput, ...] = ()
    seconds: tuple[Verdict, ...] = ()
    runs: Sequence[CaseRun] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to carry out a plan.

    ``every_case`` goes on after the decision and keeps no verdict. ``fresh`` ignores a stored verdict and
    decides again from stored replies. ``rerun`` samples again where there is a verdict, at half the error of
    the last attempt. ``apart`` neither looks for a verdict nor keeps one. ``processes`` is how many share the
    ceilings, this one included. Samples of an ``occasion`` are shared with no other run. ``looks`` are
    earlier looks at the same questions, beside those on the data branch. ``most`` is an upper limit to what a
    comparison may take, where its suite allows more.
    """

    every_case: bool = False
    fresh: bool = False
    rerun: bool = False
    apart: bool = False
    occasion: str = ""
    processes: int = 1
    looks: tuple[Look, ...] = ()
    most: Ceilings | None = None


Watch: TypeAlias = "Callable[[Comparison, Progress], None]"
"""Called with the progress while a comparison runs."""


def judge_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    *,
    watch: Watch | None = None,
    options: Options = Options(),
) -> list[Judged]:
    """Return the verdict on each comparison, in their order. Replies are kept whatever happens.

    Raises Aborted when a model cannot be reached at all.
    """
    judged: list[Judged] = []
    # One after the other: measuring a judge for one comparison tells the next one of it.
    rest = (_before(workspace, item, options) for item in with_seconds(comparisons))
    for found in rest:
        if found.standing is None:
            import asyncio  # nothing else here needs it, nor a transport: it takes as long as all the rest

            asyncio.run(_judge_rest(workspace, chain([found], rest), watch, options, judged))
            break
        _keep(workspace, Judged(found.prepared, found.standing, reused=True), judged, options)
    # Each first comparison is followed by its second ones; see ``with_seconds``.
    following = iter(judged)
    return [
        _taken_together(workspace, item, list(islice(following, len(item.comparison.seconds))))
        for item in following
    ]


def with_seconds(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Each comparison, followed by the second ones that must pass, too."""
    return [each for item in comparisons for each in (item, *(second.comparison for second in item.seconds))]


def _taken_together(workspace: Workspace, first: Judged, others: Sequence[Judged]) -> Judged:
    """The first comparison's verdict, with what its second ones say."""
    if not others:
        return first
    verdicts = tuple(item.verdict for item in others)
    whole = together(workspace, first.comparison, first.verdict, verdicts)
    # In place of the first one's own: what is kept has to say all that must pass.
    workspace.evidence.save(whole)
    calls_made = first.calls_made + sum(item.calls_made for item in others)
    spent = first.spent_usd + sum(item.spent_usd for item in others)
    reused = first.reused and all(item.reused for item in others)
    taken = replace(first, calls_made=calls_made, spent_usd=spent, reused=reused)
    return replace(taken, verdict=whole, seconds=verdicts)


def judge_given(
    workspace: Workspace,
    comparison: Comparison,
    answering: Answering,
    *,
    watch: Watch | None = None,
    every_case: bool = False,
) -> Judged:
    """The verdict on answers that ``answering`` gives: judges are asked as ever, and nothing is kept."""
    import asyncio

    found = _Found(measure_judges.with_judge_facts(workspace, comparison), answering=answering)
    judged: list[Judged] = []
    options = Options(every_case=every_case, apart=True)
    asyncio.run(_judge_rest(workspace, [found], watch, options, judged))
    return judged[0]


def judge_each(
    workspace: Workspace, comparisons: Sequence[Comparison], watch: Watch | None = None
) -> tuple[list[Judged], list[Nothing]]:
    """The verdict on each comparison that can be evaluated, and why the others cannot.

    A model that cannot be reached stops its own comparison, not those of other models.
    """
    judged: list[Judged] = []
    failed: list[Nothing] = []
    rest = list(comparisons)
    while rest:
        try:
            return [*judged, *judge_all(workspace, rest, watch=watch)], failed
        except (ModelError, MissingExtra) as error:
            failed.append(cause_of(error))
            # What came before the failure has a verdict by now; the first without one is what failed.
            while rest and (found := _before(workspace, rest[0], Options())).standing:
                judged.append(Judged(found.prepared, found.standing, reused=True))
                rest = rest[1:]
            rest = rest[1:]
    return judged, failed


async def _judge_rest(
    workspace: Workspace,
    rest: Iterable[_Found],
    watch: Watch | None,
    options: Options,
    judged: list[Judged],
) -> None:
    """Judge the ``rest`` of the comparisons and add them to ``judged``."""
    from cuebook.calls.endpoints import Endpoints
    from cuebook.calls.reply_store import ReplyStore
    from cuebook.jobs.asking import asking

    with ReplyStore(workspace.replies) as store:
        async with Endpoints(workspace.config, processes=options.processes) as endpoints:
            for found in rest:
                comparison = found.prepared
                if found.standing:
                    result = Judged(comparison, found.standing, reused=True)
                else:
                    tell, part = _telling(watch, comparison), options.processes
                    most = options.most
                    async with asking(workspace, store, endpoints, comparison, tell, part, most) as asked:
                        result = await _judge(workspace, asked, found, options)
                _keep(workspace, result, judged, options)


def _telling(watch: Watch | None, comparison: Comparison) -> Callable[[Progress], None] | None:
    return partial(watch, comparison) if watch else None


def _keep(workspace: Workspace, result: Judged, judged: list[Judged], options: Options) -> None:
    judged.append(result)
    # What decides nothing must not be found as evidence later.
    if not (options.every_case or options.apart or result.comparison.reading_only):
        workspace.evidence.save(result.verdict, second=result.comparison.is_second)


def fill_all(
    workspace: Workspace,
    comparisons: Sequence[Comparison],
    index: int,
    count: int,
    *,
    watch: Watch | None = None,
    processes: int | None = None,
    looks: tuple[Look, ...] = (),
) -> int:
    """Collect every reply that shard ``index`` of ``count`` needs; return how many calls were made.

    Nothing is decided. When the stores of all shards are merged, ``judge_all`` finds every reply there and
    comes to the verdict that one process would have come to. Each shard has its share of every ceiling: one
    of ``processes``, or of ``count``. Raises CeilingReached where one ended a comparison, after the others.
    """
    import asyncio

    options = Options(looks=looks)
    known = [_before(workspace, item, options).prepared for item in with_seconds(comparisons)]
    parts = [shard(item, index, count, _wider(item, known)) for item in known]
    return asyncio.run(_fill_all(workspace, parts, processes or count, watch))


def _wider(of: Prepared, known: Sequence[Prepared]) -> Sequence[Case]:
    """The cases of the comparison of the same arms that has all of these, and the most."""
    mine = {case.id for case in of.cases}
    arms = of.candidate, of.baseline
    able = [item.cases for item in known if (item.candidate, item.baseline) == arms]
    return max((cases for cases in able if mine <= {case.id for case in cases}), key=len)


async def _fill_all(
    workspace: Workspace, comparisons: Sequence[Prepared], processes: int, watch: Watch | None
) -> int:
    from cuebook.calls.endpoints import Endpoints
    from cuebook.calls.reply_store import ReplyStore
    from cuebook.jobs.asking import asking

    calls_made = 0
    stopped: dict[str, None] = {}
    with ReplyStore(workspace.replies) as store:
        async with Endpoints(workspace.config, processes=processes) as endpoints:
            for part in comparisons:
                tell = _telling(watch, part)
                async with asking(workspace, store, endpoints, part, tell, processes) as asked:
                    await measure_judges.fill(workspace, asked.engine, part)
                    whole = len(part.cases) or 1  # nothing is decided on the way, so no batch has to wait
                    ran = await runner.run(part, asked.engine, batch=whole, answering=asked.answering)
                    calls_made += asked.engine.calls_made
                    stopped |= {ran.stopped.message: None} if ran.stopped else {}
    if stopped:
        raise CeilingReached(f"{calls_made} calls made, then {'; '.join(stopped)}", "replies are kept")
    return calls_made


@dataclass(frozen=True, slots=True)
class _Found:
    """A comparison prepared, and what is known from before.

    That is a verdict that still holds (``standing``), or the last one and what moved since. ``answering``
    gives the answers in place of the versions' models.
    """

    prepared: Prepared
    standing: Verdict | None = None
    earlier: Verdict | None = None
    moved: tuple[StaleInput, ...] = ()
    answering: Answering | None = None


def _before(workspace: Workspace, comparison: Comparison, options: Options) -> _Found:
    """The comparison prepared at its attempt, and what is known of it from before."""
    judges = measure_judges.known_judges(workspace, comparison)
    prepared = Prepared.of(comparison, trust=judges.standings(), occasion=options.occasion)
    if comparison.reason == "for reading":
        return _Found(prepared)  # it is no evidence, and so no attempt at anything
    stored, changed = latest_kept(workspace, comparison, judges)
    if stored is None or options.every_case or options.apart or changed:
        is_new = not (options.every_case or options.apart)
        counted = _counted(workspace, prepared, options.looks) if is_new else prepared
        return _Found(counted, earlier=stored, moved=changed)
    if options.rerun:
        return _Found(prepared.at(stored.attempt + 1, _draw(prepared)), earlier=stored)
    # The order of the cases is drawn by attempt and run: only in its own are its answers found again.
    prepared = prepared.at(stored.attempt, stored.draw)
    if options.fresh or not is_final(stored):
        return _Found(prepared, earlier=stored)
    told = replace(prepared, trust=judges.standings(stored))
    return _Found(prepared, _as_of_today(workspace, told, stored))


def _counted(workspace: Workspace, prepared: Prepared, looks: Sequence[Look]) -> Prepared:
    """The comparison at its attempt: how often its question was asked before, and how many others were.

    Of what is on record nothing is counted: it lets nothing through that was not let through before.
    """
    if not _decides_now(prepared):
        return prepared
    prompt = prepared.candidate.prompt
    names = (prompt, *former_names(workspace.registry, prompt))
    known = [*looks, *look_at(workspace.ledger.of_prompts(names))]
    others = {*workspace.registry.suite_names()} - {prepared.suite.name}
    # Of a record that only a newer Cuebook can read, its path has to do: it may have asked just this.
    newer = (workspace.ledger.newer_on(name, prepared.candidate.number) for name in names)
    known += [Look(path) for found in newer for path, suite in found.items() if suite not in others]
    if not known:
        return prepared.at(0, _draw(prepared))
    now = prepared.question(workspace.config.replacements)
    known = under_present_names(known, now, workspace.registry.suite_names())
    return replace(prepared.at(attempt_of(known, now), _draw(prepared)), tried=tried(known, now))


def _decides_now(prepared: Prepared) -> bool:
    return prepared.reason in {"new version", "alias moves"}


def _draw(prepared: Prepared) -> str:
    """The run that the order is drawn from; what is on record decides nothing, and keeps its order."""
    return run_id() if _decides_now(prepared) else ""


def valid_verdict(workspace: Workspace, comparison: Comparison) -> Verdict | None:
    """Return the verdict that holds for exactly these digests; None where it would take calls to get one."""
    found = [_before(workspace, item, Options()).standing for item in with_seconds([comparison])]
    standing = [verdict for verdict in found if verdict]
    if len(standing) < len(found):
        return None
    return together(workspace, comparison, standing[0], standing[1:])


def take_over(
    workspace: Workspace, comparisons: Sequence[Comparison], claimed: Sequence[Verdict]
) -> list[Verdict]:
    """Keep the claimed verdicts whose digests match a comparison as it is made here; return those kept.

    Where there is a valid verdict already, and for anything that a further run could change, none is taken.
    """
    taken = []
    for comparison in with_seconds(comparisons):
        name = (comparison.candidate.prompt, comparison.candidate.number, comparison.suite.name)
        if valid_verdict(workspace, comparison):
            continue
        judges = measure_judges.known_judges(workspace, comparison)
        for verdict in claimed:
            about = (verdict.prompt, verdict.candidate.version, verdict.suite)
            if (
                about == name
                and is_final(verdict)
                and not moved_inputs(workspace, comparison, judges, verdict)
            ):
                # Whether an override holds is asked today and here, whatever the claim says.
                workspace.evidence.save(
                    verdict.model_copy(update={"override": None}), second=comparison.is_second
                )
                taken.append(verdict)
                break
    return taken


def _as_of_today(workspace: Workspace, comparison: Prepared, verdict: Verdict) -> Verdict:
    """The verdict with what depends on the day: what is live or is to be, and whether an override holds."""
    named = override_named(workspace, comparison.candidate)
    word = named.override if named else rules_accepted(workspace, comparison) if comparison.gone else None
    facts: dict[str, object] = {
        "live_version": comparison.live,
        "live_share": comparison.is_tried,
        "withdrawn": _withdrawn(workspace, comparison, verdict),
        "moves": list(comparison.aliases),
        "override": word if verdict.outcome != "pass" and not comparison.reading_only else None,
    }
    # On record these are facts of the change that the verdict was made for, and stay as they were.
    if comparison.reason != "on record":
        facts |= {
            "reading_only": comparison.reading_only,
            "own_suite": comparison.own_suite,
            "loosened": list(comparison.loosened),
        }
    same = all(getattr(verdict, name) == value for name, value in facts.items())
    return verdict if same else verdict.model_copy(update=facts)


def _withdrawn(workspace: Workspace, comparison: Prepared, verdict: Verdict) -> Withdrawn:
    """Whether the candidate was retired, or left by a rollback: asked where it could be promoted alone."""
    prompt, number = comparison.candidate.prompt, comparison.candidate.number
    if verdict.outcome != "pass" or comparison.is_live or comparison.aliases or comparison.reading_only:
        return ""
    if number in workspace.registry.meta(prompt).retired:
        return "retired"
    alias = verdict.baseline_alias
    if (
        comparison.live is None
        or number < comparison.live
        or not _was_ever_live(workspace, prompt, alias, number)
    ):
        return ""
    before = published(workspace) or committed(workspace)
    past = LiveHistory(workspace, before).past(prompt, alias)
    return "rolled_back" if number in {item.version for item in past.left} else ""


def _was_ever_live(workspace: Workspace, prompt: str, alias: str, number: int) -> bool:
    """Whether an alias ever pointed to a version, by what is read already; Git needs longer to say how."""
    names = (prompt, *former_names(workspace.registry, prompt))
    recorded = (item.version for name in names for item in workspace.ledger.live(name, alias))
    return number in {*workspace.lives.get(prompt, {}).get(alias, ()), *recorded}


def left_unshown(workspace: Workspace, comparison: Comparison) -> list[int]:
    """The versions that a rollback left and that the candidate is not shown to be as good as."""
    own = comparison.baseline.number if comparison.baseline else None
    found = []
    for second in comparison.seconds:
        baseline = second.comparison.baseline
        if baseline and baseline.number != own:
            verdict = _before(workspace, second.comparison, Options()).standing
            if verdict is None or not lets(second, verdict):
                found.append(baseline.number)
    return found


async def _judge(workspace: Workspace, asked: AnswerSource, found: _Found, options: Options) -> Judged:
    engine, comparison = asked.engine, found.prepared
    size = comparison.batch(_concurrency(engine, comparison, workspace.config.concurrency))
    held = await measure_judges.measured(workspace, engine, comparison)
    look = partial(decision.is_decided, held, batch=size)
    decided = runner.never if options.every_case else look
    # With nothing to decide on the way, one batch waits for the fewest last answers.
    whole = len(held.cases) if options.every_case else size
    # Nothing is asked where the question was asked too often, or the former cases cannot ask it.
    refused = held.is_asked_out or held.unfilled
    answering = found.answering or asked.answering
    how: dict[str, Any] = {"decided": decided, "batch": whole, "answering": answering}
    ran = runner.Ran([]) if refused else await runner.run(held, engine, **how)
    verdict = verdict_builder.rule(
        held,
        ran.cases,
        batch=size,
        resolve=workspace.config.replacements,
        servers=workspace.config.servers,
        stopped=ran.stopped,
        earlier=found.earlier,
    )
    verdict = _as_of_today(workspace, held, verdict)
    if verdict.app and asked.app and asked.app.unread:
        verdict = verdict.model_copy(update={"app": verdict.app.model_copy(update={"unread": True})})
    if by := made_by(workspace.root):
        verdict = verdict.model_copy(update={"ran": by})
    made: dict[str, Any] = {"calls_made": engine.calls_made, "spent_usd": engine.progress.cost_usd}
    return Judged(held, verdict, reused=False, **made, moved=found.moved, runs=ran.cases)


def _concurrency(engine: Engine, comparison: Comparison, configured: int) -> int:
    """Models that answer at once need no batch to keep calls in flight, and few processes run at once."""
    models = {*comparison.asked_models, *comparison.answering_models}
    try:
        return 0 if all(map(engine.deterministic, models)) else configured
    except Aborted:  # what gave the answers of a file may be no model that can be asked here
        return configured
