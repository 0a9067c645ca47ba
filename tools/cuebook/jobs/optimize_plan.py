"""What an optimisation needs before it spends anything: which texts, which cases, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cuebook.core.errors import CuebookError, UsageError
from cuebook.core.format import below, joined, money
from cuebook.core.layout import shown, suite_path
from cuebook.core.refs import parse_ref
from cuebook.gate.comparison import Comparison, judge_of
from cuebook.gate.cost import expected_cost
from cuebook.gate.held_out import ids_of, shared_out, with_held_out
from cuebook.gate.plan import compare, readable_version
from cuebook.gate.power import power
from cuebook.gate.prepared import Prepared
from cuebook.jobs import measure_judges
from cuebook.jobs.workspace import Workspace
from cuebook.models import served, unknown_provider
from cuebook.optimizing.components import components, version_of
from cuebook.optimizing.loop import BATCH
from cuebook.registry.settings import Settings
from cuebook.shapes._defaults import LEAST_KAPPA
from cuebook.shapes._units import units_among
from cuebook.shapes.run import Version
from cuebook.shapes.split import Origin, SplitPart
from cuebook.shapes.suite import Suite
from cuebook.shapes.trail import Shared
from cuebook.wording.elsewhere import not_allowed
from cuebook.wording.power import never_passes

OVERFITS = "an optimiser would overfit to this judge"


@dataclass(frozen=True)
class Task:
    """An optimisation that can begin.

    ``scoring`` is the comparison that candidates are scored by, its cases all of the suite's; ``shared`` says
    what each of them is for. ``gates`` are the start's comparisons, one for each suite of the prompt.
    """

    start: Version
    number: int
    suite: Suite
    baseline: Version
    seed_texts: dict[str, str]
    origin: Origin
    scoring: Prepared
    shared: dict[str, SplitPart]
    reflect_with: str
    gates: tuple[Comparison, ...]
    gate_cost: float | None

    def ids(self, part: SplitPart) -> list[str]:
        """The ids of the cases of one part, in the order of the comparison."""
        wanted = ids_of(self.shared.items(), part)
        return [case.id for case in self.scoring.cases if case.id in wanted]

    @property
    def clusters(self) -> Shared:
        """What counts as one observation, by what it is for."""
        units = {case.unit: self.shared[case.id] for case in self.scoring.cases}
        found = list(units.values())
        return Shared(
            train=found.count("train"), choose=found.count("choose"), held_out=found.count("held out")
        )

    @property
    def least_answers(self) -> int:
        """Scored answers without which nothing better is found: those of the start and of one proposal."""
        return 2 * (len(self.ids("choose")) + min(BATCH, len(self.ids("train"))))

    @property
    def gate_answers(self) -> int:
        """Answers that the gate asks for at most, on all suites."""
        return sum(len(item.cases) * 2 * item.suite.repeats * len(item.models) for item in self.gates)

    def gated(self, workspace: Workspace, candidate: Version) -> list[Comparison]:
        """The comparisons that the candidate has to pass, each with what else must pass."""
        head = workspace.registry
        made = (compare(head, item.suite, candidate, item.baseline, "new version") for item in self.gates)
        return [with_held_out(item, head.suite_names()) for item in made]


def planned(
    workspace: Workspace,
    ref: str,
    *,
    suite: str | None = None,
    names: Sequence[str] = (),
    reflect_with: str | None = None,
    max_usd: float | None = None,
) -> Task:
    """The optimisation of a prompt, from its live version or the one that ``ref`` names.

    Raises UsageError with everything that is in the way, and nothing is spent then.
    """
    registry = workspace.registry
    named = parse_ref(ref, default_alias="")
    rules = _suite(workspace, named.name, suite)
    alias = rules.gate.baseline
    live = registry.aliases(named.name).get(alias)
    baseline = readable_version(registry, named.name, live)
    if baseline is None:
        what = f"{alias} points to no version of {named.name}: there is nothing to be better than"
        raise UsageError(what, f"promote one first: cuebook promote {named.name} 1")
    start = registry.resolve(named) if named.version or named.alias else baseline
    origin = Origin(rules.name, rules.optimize)
    gates = tuple(_gates(workspace, start, baseline))
    scoring = measure_judges.with_judge_facts(
        workspace, next(item for item in gates if item.suite.name == rules.name)
    )
    shared = shared_out(rules, scoring.cases, rules.optimize)
    wrong = [*_few(scoring, shared), *_unmeasured(scoring)]
    model = _optimizer(workspace.config, reflect_with, wrong)
    cost = _gate_cost(workspace, gates)
    if max_usd is not None and cost is not None and cost >= max_usd:
        cure = f"--max-usd {max(2 * cost, 0.01):.2f} leaves as much again for the search"
        wrong.append((f"the gate alone takes about {money(cost)}, and --max-usd is {money(max_usd)}", cure))
    seed = _seed(start, names, wrong)
    wrong += [
        (f"{start.ref} would be refused as a new version: {item.message}", item.hint)
        for item in version_of(start, start.number + 1, seed, origin)[1][:3]
    ]
    if wrong:
        raise UsageError(
            "\n".join(what for what, _ in wrong), "; ".join(dict.fromkeys(cure for _, cure in wrong))
        )
    return Task(
        start=start,
        number=registry.next_number(named.name),
        suite=rules,
        baseline=baseline,
        seed_texts=seed,
        origin=origin,
        scoring=scoring,
        shared=shared,
        reflect_with=model,
        gates=gates,
        gate_cost=cost,
    )


def _suite(workspace: Workspace, name: str, wanted: str | None) -> Suite:
    suites = workspace.registry.suites_of(name)
    if not suites:
        workspace.registry.numbers(name)  # says so where there is no such prompt
        raise UsageError(
            f"no suite evaluates {name}", f"write {shown(suite_path(name))}: see docs/formats.md"
        )
    found = [item for item in suites if wanted in (None, item.name)]
    # Several would have several baselines and rules: which one to please is the author's choice.
    if len(found) != 1:
        listed = joined([item.name for item in suites], "or")
        what = f"no suite of {name} is called {wanted}" if wanted else f"{name} has several suites"
        raise UsageError(what, f"--suite {listed}")
    if found[0].target:
        what = f"suite {found[0].name} is answered by the app {found[0].target}; optimising needs a model"
        raise UsageError(what, "optimise on a suite without 'target'")
    return found[0]


def _gates(workspace: Workspace, start: Version, baseline: Version) -> Iterator[Comparison]:
    registry = workspace.registry
    for suite in registry.suites_of(start.prompt):
        live = registry.aliases(start.prompt).get(suite.gate.baseline)
        # A suite with another alias, which points to nothing, compares with the live version all the same.
        against = readable_version(registry, start.prompt, live) or baseline
        yield compare(registry, suite, start, against, "new version")


Wrong = tuple[str, str]
"""What is in the way, and its cure."""


def _few(scoring: Prepared, shared: dict[str, SplitPart]) -> Iterator[Wrong]:
    """Parts that are empty, and held-out cases that could never pass."""
    for part in ("train", "choose"):
        if part not in shared.values():
            yield f"no case of {scoring.suite.name} falls into the share '{part}'", "add cases"
    held = ids_of(shared.items(), "held out")
    alone = replace(scoring, cases=tuple(case for case in scoring.cases if case.id in held))
    never = [(item, item.never) for item in power(alone) if item.never]
    if never:
        short = max(item.needed - item.cases for item, _ in never)
        share = scoring.suite.optimize
        # To tens, as the formula is an estimate; only the share that is held out of new cases helps.
        more = max(1, round(short / (1 - share.train - share.choose), -1))
        units = units_among(alone.cases)
        what = f"held out: {never_passes(never[0][1])}; optimising would end inconclusive"
        file = shown(f"{scoring.suite.path}/{scoring.suite.dataset}")
        yield what, f"add about {more:.0f} {units} to {file}"


def _unmeasured(scoring: Prepared) -> Iterator[Wrong]:
    """Judges that decide, and that nobody knows to agree with people."""
    pins = {spec.label: judge_of(spec) for spec in scoring.judging}
    for label in scoring.suite.gate.metrics:
        if label not in pins:
            continue
        standing, name = scoring.trust.get(label), pins[label].partition("/")[0]
        if standing is None or standing.facts is None:
            yield (
                f"{pins[label]} decides and has no agreement measurement: {OVERFITS}",
                f"cuebook judge {name}",
            )
        elif standing.facts.kappa is None or standing.facts.kappa < LEAST_KAPPA:
            kappa = "none" if standing.facts.kappa is None else below(standing.facts.kappa, LEAST_KAPPA)
            known = f"its kappa with people is {kappa}, below {LEAST_KAPPA:g}"
            what = f"{pins[label]} decides, and {known}: {OVERFITS}"
            yield what, f"write a better judge, or let another metric decide: cuebook judge {name}"


def _optimizer(config: Settings, named: str | None, wrong: list[Wrong]) -> str:
    """The model that proposes wordings."""
    model = named or config.optimizer_model or ""
    if not model:
        cure = '--reflect-with openai/gpt-6-luna, or optimizer_model = "..." in the settings'
        wrong.append(("no model is named that proposes wordings", cure))
        return ""  # not raised: all that is in the way is told at once
    if problem := unknown_provider(model, served(config)):
        wrong.append((problem.what, problem.cure))
    elif not config.allows(config.resolve(model)):
        wrong.append(not_allowed(model, config.models))
    return model


def _gate_cost(workspace: Workspace, gates: Sequence[Comparison]) -> float | None:
    """US dollars for the answers of the gate by the table of prices; None where one is unknown."""
    costs = [expected_cost(Prepared.of(item), workspace.config) for item in gates]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _seed(start: Version, names: Sequence[str], wrong: list[Wrong]) -> dict[str, str]:
    try:
        return components(start, names)
    except CuebookError as error:
        wrong.append((error.message, error.hint))
        return {}
