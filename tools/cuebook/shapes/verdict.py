"""The verdict: what a gate found, in the shape that is published, stored as evidence and rendered.

Everything a reviewer, a page or a later run needs is in here; no renderer looks anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cuebook.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from cuebook.shapes._base import Shape
from cuebook.shapes._defaults import ERROR
from cuebook.shapes._units import units_among
from cuebook.shapes.case_result import CaseResult
from cuebook.shapes.cause import Cause, RuleChange
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.made_by import MadeBy
from cuebook.shapes.made_from import MadeFrom
from cuebook.shapes.tool_count import ToolCount

Outcome = Literal["pass", "fail", "inconclusive"]
EXIT_CODES: dict[str, int] = {"pass": EXIT_PASS, "fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE}


class Arm(Shape):
    """One of the two versions compared.

    Where its answers were given and not asked for, ``file`` is how their file was called, in which
    ``unanswered`` cases have none. ``replaced_by`` is the settings' model that was asked in place of the
    one that the version names, which apps would get.
    """

    version: int
    digest: str
    message: str
    file: str = ""
    unanswered: int = 0
    replaced_by: str = ""


class MetricResult(Shape):
    """One test that took part in the decision; values in score points on [0, 1], differences on [-1, 1].

    ``kind`` is ``difference`` (candidate against baseline, ``bound`` is the margin) or ``floor``
    (candidate against an absolute bar, ``bound`` is the bar; mean and interval are of the distance
    to it). ``used`` and ``planned`` count observations: cases, or clusters where declared. ``sd`` is
    the standard deviation of the differences, which the next plan reckons with. ``margin_stated`` is the
    suite's margin where a judge's errors made the one used, ``bound``, smaller. An ``advisory`` metric
    is shown and decides nothing: its judge has not shown that it agrees with people. ``error`` is that of
    its fail side (the pass side has the verdict's), ``evidence`` what there is of a loss as a share of
    what a fail needs, ``needed`` how many observations would settle ``bound``. ``accepted`` is how far
    below its floor a first version may be and pass.
    """

    label: str
    model: str
    kind: Literal["difference", "floor"]
    outcome: Outcome
    bound: float
    used: int
    planned: int
    mean: float
    lower: float
    upper: float
    baseline: float | None
    candidate: float | None
    sd: float | None = None
    margin_stated: float | None = None
    advisory: bool = False
    error: float | None = None
    evidence: float | None = None
    needed: int | None = None
    accepted: float | None = None


def deciding(metrics: Sequence[MetricResult], outcome: Outcome) -> MetricResult | None:
    """The test that the outcome hangs on: the failing one, the undecided one, or the weakest pass.

    A comparison goes before a floor: the headline speaks of it first.
    """
    deciders = [item for item in metrics if not item.advisory]
    if not deciders:
        return None
    same = [item for item in deciders if item.outcome == outcome] or deciders
    same = [item for item in same if item.kind == "difference"] or same
    return min(same, key=lambda item: item.mean if outcome == "fail" else item.lower)


def takes_most(metrics: Sequence[MetricResult]) -> MetricResult | None:
    """The undecided difference that takes most cases more: a pass takes all. Without one as ``deciding``."""
    found = [item for item in metrics if not item.advisory and item.kind == "difference"]
    found = [item for item in found if item.outcome == "inconclusive" and item.needed]
    short = max(found, key=lambda item: (item.needed or 0) - item.planned, default=None)
    return short or deciding(metrics, "inconclusive")


class ScorerSummary(Shape):
    """Mean of one scorer over the measured cases of both arms; reported, decides nothing by itself."""

    label: str
    model: str
    decides: bool
    baseline: float | None
    candidate: float | None
    measured: int
    failed: int


class Unreliable(Shape):
    """A protected case that failed, and that the baseline ``passed`` in too few of its ``runs`` to count."""

    id: str
    passed: int
    runs: int


class Protected(Shape):
    """Cases that may not break. ``unreliable`` are those that failed, and still are no fail."""

    tag: str
    total: int
    broken: list[str]
    unreliable: list[Unreliable] = []


class LimitResult(Shape):
    """An absolute limit on the candidate's mean a case; ``value`` None is unknown and concludes nothing.

    A ``value`` over the limit without a fail is over it, but not significantly. ``error`` is that of its
    test, ``evidence`` of an excess is the share of what a fail needs.
    """

    name: Literal["cost_usd", "seconds", "words"]
    limit: float
    value: float | None
    outcome: Outcome
    error: float | None = None
    evidence: float | None = None


class Override(Shape):
    """Somebody is responsible for letting the version through; ``until`` is the last day it holds (UTC).

    It is ``of`` the version itself, or of rules that were loosened since the last promotion.
    """

    who: str
    why: str
    until: str
    of: Literal["version", "rules"] = "version"


class Coverage(Shape):
    """What was expected and what was observed; a case that is missing anywhere helps nobody.

    ``cases`` are those of the comparison, ``used`` those run before the decision. ``candidate_failed``
    answers were lost through the prompt's own fault; of the deciding metric that lacks most, ``missing``
    of ``missing_of`` scores are unknown and were counted at their worst (earlier releases left
    them out, as ``dropped``).
    ``clusters`` are what counts as one observation, of which ``clusters_used`` were; None in records of
    earlier releases. ``ahead`` are protected cases run before their turn. ``left_out`` are new cases,
    which decide from the next change on; ``as_before`` are those that the change takes away or edits, asked
    as they were.
    """

    cases: int
    used: int
    candidate_failed: int
    dropped: int = 0
    left_out: int = 0
    missing: int = 0
    missing_of: int = 0
    clusters: int | None = None
    clusters_used: int | None = None
    ahead: int = 0
    as_before: int = 0


class ArmAnswers(Shape):
    """How the answers of one arm ended: of ``answers`` that came, those of no use, each counted once.

    ``cut_off`` at ``token_limit`` tokens, ``empty``, or ``filtered``: refused by the model or a filter. Calls
    that are ``unscripted`` got no result, as their cases have none.
    """

    who: Literal["candidate", "baseline"]
    answers: int
    cut_off: int = 0
    empty: int = 0
    filtered: int = 0
    token_limit: int | None = None
    unscripted: int = 0

    @property
    def unusable(self) -> int:
        """Answers of no use."""
        return self.cut_off + self.empty + self.filtered


class Spending(Shape):
    """Means a case of one arm; None is unknown. ``cost_usd`` in US dollars, ``seconds`` of wall time."""

    cost_usd: float | None
    seconds: float | None
    words: float | None
    input_tokens: float | None
    output_tokens: float | None


class Served(Shape):
    """The models that a provider says replied where ``model`` was asked.

    ``who`` is ``candidate``, ``baseline`` or the ref of a judge. ``before`` are those of the verdict before
    this one, where a name is new since.
    """

    who: str
    model: str
    names: list[str]
    before: list[str] = []


class Digests(Shape):
    """Everything the verdict depends on. Evidence counts only while all of these are the same.

    ``calibrations`` says, for each metric of a judge, what the decision took from its agreement with
    people. ``plugins`` are name and version of each plug-in that took part, by the prefix of its models or
    the name of its scorer. ``target`` is the name of the app that answered in place of models, and the digest
    of its files and settings. ``servers`` are the endpoints of the settings that were asked, by
    name, each with the digest of its address; empty in verdicts of earlier releases.

    ``tool`` is Cuebook's own part in one text. ``gate``, ``scorers`` and ``providers`` are the versions in
    it: of the gate's rules, of each scorer, of the table of providers (None: it was not used). Verdicts of
    earlier releases have none of the three.
    """

    candidate: str
    baseline: str | None
    dataset: str
    suite: str
    judges: dict[str, str]
    models: list[str]
    tool: str
    calibrations: dict[str, str] = {}
    plugins: dict[str, str] = {}
    target: str = ""
    servers: dict[str, str] = {}
    gate: int | None = None
    scorers: dict[str, int] = {}
    providers: int | None = None

    @property
    def own_scorers(self) -> frozenset[str]:
        """The names of those in ``plugins`` that are files of the repository: a digest is their version."""
        return frozenset(name for name, source in self.plugins.items() if " sha256:" in source)

    @property
    def keyed(self) -> dict[str, Any]:
        """What the name of a file is made of; a key of a later release only where it says something.

        So the files of earlier releases keep their names.
        """
        later = ("plugins", "target", "servers")
        said_twice = {"gate", "scorers", "providers"}
        return self.model_dump(exclude=said_twice | {name for name in later if not getattr(self, name)})


class Ruling(Shape):
    """What the rules say of one comparison: all that its sentence is made from.

    ``error`` is that of each side, already halved for each forced rerun; ``causes`` are the reasons for
    the outcome, most important first. ``file`` is that of the baseline's answers, where they were given.
    """

    outcome: Outcome
    baseline: int | None
    file: str = ""
    metrics: list[MetricResult] = []
    protected: Protected | None = None
    limits: list[LimitResult] = []
    causes: list[Cause] = []
    error: float = ERROR


class SecondRuling(Shape):
    """What another comparison of the same answers says, without which a pass would be worth less.

    After a ``rollback`` of ``date`` (empty: the change itself) also against ``version``, which it left; with
    loosened ``rules`` also under those of the last promotion, of ``version`` on ``date``, or under those that
    held ``between`` promotions from ``date`` on, while ``version`` was live; where ``more_than`` so many
    states asked for more, under the newest of them alone, which is not enough. ``changes`` are the rules
    loosened since. One that is ``held_out`` has those cases alone that the version was not made from
    (``made_from``).
    ``first`` is what the first comparison says by itself: the verdict's outcome is that of both.
    """

    why: Literal["rollback", "rules", "held_out"]
    version: int
    date: str
    ruling: Ruling
    changes: list[RuleChange] = []
    first: Outcome = "pass"
    between: bool = False
    more_than: int = 0


class AskedWords(Shape):
    """What a run asked, so that a later one at the same question is known as one.

    ``settings`` is the digest of models, parameters, response format and schema; ``words`` has 16 hex digits
    for the filled prompt of each planned case.
    """

    settings: str
    words: dict[str, str]


class AnsweringApp(Shape):
    """The app that gave the answers in place of models, and the digest of its settings and files.

    It is ``unread`` where its processes never looked into the registry that they were given: then both
    versions may have been the same app.
    """

    name: str
    fingerprint: str
    unread: bool = False


Withdrawn = Literal["", "retired", "rolled_back"]


class Verdict(Shape):
    """A gate's finding, from which ``wording`` makes every sentence.

    ``causes`` are the reasons for the outcome, most important first; ``error`` is that of each side, already
    halved for each forced rerun (None in records of earlier releases). ``evidence`` of a loss is the share of
    what a fail needs, over all tests; the chances are those of a pass and of a fail when the run
    ended. Where nothing was shown and no case broke, a ``break_rate`` above this is ruled out.
    ``live_version`` is what the suite's baseline alias points to now, and with ``live_share`` a share of
    units gets the candidate in its place; a passing candidate that is not live may be ``withdrawn``, which is
    retired in ``meta.yml`` or left by a rollback. ``moves`` are protected aliases that the change points at
    the candidate, live only when that is merged. ``second`` is another comparison
    that must pass, too. What is ``reading_only`` decides nothing and is not kept. ``own_suite``: the suite
    that decides came with this first version. ``loosened``: the suite decides though it was taken away since.

    ``attempt`` counts forced reruns: attempt r is held to an error of alpha / 2^r. ``draw`` is the run that
    the order of the cases was drawn from; empty for the order that is always the same. ``tried`` other
    questions were put to the same suite and baseline before, each with an error of its own. ``override`` is
    set while a recorded one holds; it changes what the verdict stops, never what it says. ``ran`` is the run
    of a workflow that made it; nothing depends on it. An ``app`` gave the answers, where no model did.
    ``served_models`` gave the answers; ``served`` tells it for each arm and judge. ``unpriced`` replies
    have no known price.
    """

    schema_: Annotated[Literal["cuebook/evaluation/2"], Field(alias="schema")] = "cuebook/evaluation/2"
    outcome: Outcome
    prompt: str
    suite: str
    candidate: Arm
    baseline: Arm | None
    baseline_alias: str
    metrics: list[MetricResult]
    summaries: list[ScorerSummary]
    protected: Protected | None
    limits: list[LimitResult] = []
    judges: list[JudgeState] = []
    causes: list[Cause] = []
    error: float | None = None
    evidence: float | None = None
    chance_pass: float | None = None
    chance_fail: float | None = None
    break_rate: float | None = None
    live_version: int | None = None
    live_share: bool = False
    withdrawn: Withdrawn = ""
    moves: list[str] = []
    second: SecondRuling | None = None
    made_from: MadeFrom | None = None
    reading_only: bool = False
    own_suite: bool = False
    loosened: list[RuleChange] = []
    override: Override | None = None
    ran: MadeBy | None = None
    app: AnsweringApp | None = None
    attempt: int = 0
    draw: str = ""
    tried: int = 0
    question: AskedWords | None = None
    coverage: Coverage
    answers: list[ArmAnswers] = []
    candidate_spending: Spending
    baseline_spending: Spending | None
    cost_usd: float | None
    digests: Digests
    offline: bool
    served_models: list[str]
    served: list[Served] = []
    unpriced: int = 0
    cases: list[CaseResult]
    tool_counts: list[ToolCount] = []

    # Read, never written: records of the first number say in words that a ceiling stopped the run.
    stopped_in_words: Annotated[str | None, Field(alias="stopped", exclude=True, repr=False)] = None

    # Afterwards, as a look at the raw data would make pydantic build it first: twice the time for a verdict.
    @model_validator(mode="after")
    def _stopped_by_a_ceiling(self) -> Self:
        if self.stopped_in_words and not self.causes:
            self.causes.append(Cause(code="ceiling"))
        return self

    def judge_of(self, label: str) -> JudgeState | None:
        """Return what is known of the judge behind a metric; None where no judge is."""
        return next((item for item in self.judges if item.label == label), None)

    @property
    def lets_through(self) -> bool:
        """Whether the version may go live by this verdict: a pass, or an override that holds."""
        return self.outcome == "pass" or self.override is not None

    @property
    def exit_code(self) -> int:
        """0 where it lets through, 1 fail, 3 inconclusive."""
        return EXIT_PASS if self.lets_through else EXIT_CODES[self.outcome]

    @property
    def stopped(self) -> bool:
        """Whether a ceiling ended the run early: the next run goes on from there."""
        return any(cause.code == "ceiling" for cause in self.causes)

    @property
    def alone(self) -> Verdict:
        """What the first comparison says by itself."""
        if self.second is None:
            return self
        return self.model_copy(update={"outcome": self.second.first, "second": None})

    @property
    def live(self) -> bool:
        """Whether apps get the candidate by the suite's baseline alias now, be it for a share of units."""
        return self.candidate.version == self.live_version or self.live_share

    @property
    def deciding(self) -> MetricResult | None:
        """The test that the outcome hangs on; None when nothing was tested."""
        return deciding(self.metrics, self.outcome)

    @property
    def name(self) -> str:
        """``prompt/version on suite``: how people call it."""
        return f"{self.prompt}/{self.candidate.version} on {self.suite}"


def is_paired(verdict: Verdict, label: str) -> bool:
    """Whether a scorer compares the two answers: then its value is a difference, and only one arm has it."""
    both = [case for case in verdict.cases if case.baseline and case.baseline.scores]
    ours = any(label in case.candidate.scores for case in both)
    return ours and not any(case.baseline and label in case.baseline.scores for case in both)


def means(verdict: Verdict, summary: ScorerSummary) -> tuple[float | None, float | None, float | None]:
    """Mean before, mean after and their difference; a scorer that compares has the last one only."""
    old, new = summary.baseline, summary.candidate
    if is_paired(verdict, summary.label):
        return None, None, new
    return old, new, None if old is None or new is None else new - old


def units_of(verdict: Verdict) -> Literal["cases", "clusters"]:
    """What a metric of this verdict counts as one observation."""
    return units_among(verdict.cases)
