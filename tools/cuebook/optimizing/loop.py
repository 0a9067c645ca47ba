"""GEPA over our own asking and scoring: it samples cases, keeps candidates, and chooses what to change next.

GEPA is Agrawal and others, 2025 (arXiv 2507.19457), from the package ``gepa``, which this module alone
imports. It keeps nothing of a run: every reply comes from our store, so that the same run goes the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cuebook.core.errors import CeilingReached, MissingExtra
from cuebook.core.format import money, plural
from cuebook.optimizing.reflection import prompt_of, proposed
from cuebook.optimizing.refusals import Guard
from cuebook.optimizing.scoring import Scored
from cuebook.shapes.trail import Candidate, EndCode, ProposalOutcome, Tried
from cuebook.wording.searches import search_end

if TYPE_CHECKING:
    from cuebook.shapes.run import Version

ComponentTexts = dict[str, str]
Key = tuple[tuple[str, str], ...]

BATCH = 3
"""Cases that are read for one proposal, before and after."""

IDLE = 50
"""Rounds in a row without a new answer or proposal: all that is read has the best score."""

STUCK = 20
"""Proposals in a row that are refused: what makes them has nothing more to say."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reflecting model said, and what that cost in US dollars."""

    text: str
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Asking:
    """Who is asked: both raise CeilingReached, and other errors of models.

    ``scores`` gives what the texts are worth on cases, in order; ``reflect`` the reply to a prompt that was
    sent so often before.
    """

    scores: Callable[[ComponentTexts, Sequence[str]], Sequence[Scored]]
    reflect: Callable[[str, int], Reply]


@dataclass(frozen=True)
class Budget:
    """What a run may take: scored ``answers``, and US dollars after ``kept`` was set aside for the gate.

    ``gate_answers`` are those that the gate asks for: what they take is known once some were scored.
    """

    answers: int
    usd: float | None = None
    kept: float = 0.0
    gate_answers: int = 0


@dataclass(frozen=True, slots=True)
class ProposalResult:
    """One proposal and what became of it, the mean on the choosing cases before and after where accepted.

    ``was`` is the text that it would take the place of.
    """

    number: int
    tried: Tried
    choose: tuple[float, float] | None
    cost_usd: float
    was: str = ""

    @property
    def new(self) -> str:
        """The first line of the text that was not there before; empty where a line was only taken away."""
        before = set(self.was.splitlines())
        return next((line for line in self.tried.text.splitlines() if line not in before), "")


@dataclass
class Loop:
    """One run of GEPA. ``train`` and ``choose`` are ids of cases; ``tell`` hears of each proposal."""

    version: Version
    seed_texts: ComponentTexts
    train: Sequence[str]
    choose: Sequence[str]
    asking: Asking
    guard: Guard
    budget: Budget
    tell: Callable[[ProposalResult], None] = lambda _: None
    seed: int = 0

    candidates: list[Candidate] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    ended: str = ""
    ended_by: EndCode | None = None
    reflections: int = 0
    spent: float = 0.0
    fooled: str = ""
    propose_new_texts: Any = None

    def __post_init__(self) -> None:
        self.propose_new_texts = self._propose
        self._known: dict[tuple[Key, str], Scored] = {}
        self._asked: dict[str, int] = {}
        self._refused: list[str] = []
        self._idle, self._last = 0, (0, 0)
        self._seen: set[Key] = {_key(self.seed_texts)}
        self._may_read = frozenset(self.train)
        self._row = 0
        self._open: dict[Key, int] = {}
        self._failed: Exception | None = None
        self._before: tuple[ComponentTexts, float] = ({}, 0.0)

    @property
    def answers(self) -> int:
        """How many answers were scored, each once."""
        return len(self._known)

    @property
    def winner(self) -> int:
        """The candidate that is best on the choosing cases, the first of equal ones."""
        return max(range(len(self.candidates)), key=lambda at: (self.candidates[at].choose, -at), default=0)

    @property
    def kept(self) -> float:
        """What is set aside for the gate: as planned, or as answers cost so far and a fifth more."""
        mean = self.spent_on_answers / max(1, self.answers)
        return max(self.budget.kept, 1.2 * mean * self.budget.gate_answers)

    @property
    def spent_on_answers(self) -> float:
        """What all answers and their scores cost."""
        return sum(item.cost_usd for item in self._known.values())

    def run(self) -> None:
        """Go on until the budget, or what may be tried, is used up.

        Raises MissingExtra and errors of models.
        """
        gepa = _gepa()
        gepa.optimize(
            seed_candidate=dict(self.seed_texts),
            trainset=list(self.train),
            valset=list(self.choose),
            adapter=self,
            stop_callbacks=[self._is_over],
            callbacks=[self],
            # Its cache knows cases by their place: it would take scores of one list for those of the other.
            cache_evaluation=False,
            logger=_Silent(),
            seed=self.seed,
            reflection_minibatch_size=BATCH,
            raise_on_exception=True,
        )
        # Kept until GEPA has stopped: it would take an error for a proposal that failed, and ask again.
        if self._failed:
            raise self._failed

    def _end(self, code: EndCode, **figures: object) -> None:
        """Ask for no more. The first reason counts, but for a judge that was fooled: no score counts then."""
        if not self.ended or code == "fooled":
            self.ended, self.ended_by = search_end(code, **figures), code

    def _is_over(self, _state: object) -> bool:
        """Whether the next round is one too many: a few may bring nothing new, as cases are drawn again."""
        new = self.answers, self.reflections
        self._idle = self._idle + 1 if new == self._last else 0
        self._last = new
        if self._idle > IDLE:
            self._end("nothing_new")
        return bool(self.ended or self._failed)

    # What GEPA calls: an adapter's methods and a listener's.

    def evaluate(self, batch: list[str], candidate: ComponentTexts, capture_traces: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return the scores of a candidate on cases. Nought for all of them once the budget is used up."""
        from gepa.core.adapter import EvaluationBatch

        found = self._scores(candidate, batch)
        scores = [item.score if item else 0.0 for item in found]
        known = [item for item in found if item]
        # It asks for examples of every case; there are none but of those that may be read.
        is_read = capture_traces and self._may_read.issuperset(batch) and len(known) == len(found)
        if is_read:
            self._after(candidate, scores)
        traced = [item.example for item in known] if is_read else None
        return EvaluationBatch(outputs=list(found), scores=scores, trajectories=traced)

    def make_reflective_dataset(
        self, candidate: ComponentTexts, eval_batch: Any, components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the examples that a reflection is shown: those of the cases just read."""
        # GEPA reads a batch before it proposes, and the same batch again for what it proposed.
        self._before = (candidate, sum(eval_batch.scores))
        examples = [{"example": item} for item in eval_batch.trajectories]
        return dict.fromkeys(components_to_update, examples)

    def on_valset_evaluated(self, event: Mapping[str, Any]) -> None:
        """Record a candidate with its mean on all choosing cases."""
        texts = dict(event["candidate"])
        parents = [at for at in event["parent_ids"] if at is not None]
        made = Candidate(parents=parents, texts=texts, choose=round(event["average_score"], 6))
        self.candidates.append(made)
        at = self._open.pop(_key(texts), None)
        if at is not None:
            # Once the budget is used up all scores are nought, which says nothing of the candidate.
            became: ProposalOutcome = "not scored" if self.ended else "accepted"
            before = self.candidates[parents[0]].choose if parents else made.choose
            self._close(at, became, choose=(before, made.choose))

    def on_candidate_rejected(self, _event: Mapping[str, Any]) -> None:
        """Close the proposals of a candidate that was no better on the cases just read."""
        for key in list(self._open):
            self._close(self._open.pop(key), "not scored" if self.ended else "not better")

    def _propose(
        self,
        candidate: ComponentTexts,
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> ComponentTexts:
        """New texts, those that are refused left out. Errors end the run: GEPA would ask again."""
        new: ComponentTexts = {}
        try:
            for name in components_to_update:
                text = self._reflect(candidate, name, reflective_dataset[name])
                if text is not None:
                    new[name] = text
        except CeilingReached as error:
            self._end("ceiling", why=error.message)
            return {}
        except Exception as error:  # noqa: BLE001  raised again by run
            self._failed = error
            return {}
        if new:
            self._open[_key({**candidate, **new})] = len(self.tried) - 1
        return new

    def _reflect(self, candidate: ComponentTexts, name: str, rows: Sequence[Mapping[str, Any]]) -> str | None:
        examples = [row["example"] for row in rows]
        prompt = prompt_of(self.version, name, candidate[name], examples, self._refused[-3:])
        if not self._affords(self._reflection_cost()):
            return None
        # The same question again has to be another reply than the one that is kept.
        count = self._asked.get(prompt, 0)
        self._asked[prompt] = count + 1
        reply = self.asking.reflect(prompt, count)
        self.reflections += 1
        self.spent += reply.cost_usd
        text = proposed(reply.text)
        parent = self._index(candidate)
        texts = {**candidate, name: text}
        refusal = self.guard.refusal(texts, name)
        # Asked again it would get the scores that are known, and the search would go in a circle.
        same = _key(texts) in self._seen
        if refusal is None and not same:
            self._row = 0
            self._seen.add(_key(texts))
            self.tried.append(Tried(parent=parent, component=name, became="not scored", text=text))
            return text
        why, told = (refusal.why, refusal.told) if refusal else (_SAME, _SAME)
        self._refused.append(why)
        self._row += 1
        self.tried.append(Tried(parent=parent, component=name, became="refused", why=told))
        self.tell(ProposalResult(len(self.tried), self.tried[-1], None, self.spent))
        if self._row >= STUCK:
            self._end("refused", count=plural(STUCK, "proposal"))
        return None

    def _scores(self, candidate: ComponentTexts, batch: Sequence[str]) -> list[Scored | None]:
        key = _key(candidate)
        missing = [name for name in dict.fromkeys(batch) if (key, name) not in self._known]
        mean = self.spent_on_answers / max(1, self.answers)
        if self.answers + len(missing) > self.budget.answers:
            self._end("answers", count=plural(self.answers, "answer"), most=self.budget.answers)
        if missing and not self.ended and self._affords(mean * len(missing)):
            try:
                found = self.asking.scores(candidate, missing)
            except CeilingReached as error:
                self._end("ceiling", why=error.message)
            else:
                for name, item in zip(missing, found, strict=True):
                    self._known[key, name] = item
                    self.spent += item.cost_usd
                    # Scores of such a judge would lead the search to whatever fools it.
                    if item.fooled:
                        self.fooled = item.fooled
                        self._end("fooled", judge=item.fooled)
        return [self._known.get((key, name)) for name in batch]

    def _affords(self, cost: float) -> bool:
        """Whether so much more leaves enough for the gate. Cached replies count at what they cost once."""
        usd = self.budget.usd
        if usd is None or self.spent + cost + self.kept <= usd:
            return True
        self._end("money", usd=money(usd), kept=money(self.kept))
        return False

    def _reflection_cost(self) -> float:
        mine = self.spent - self.spent_on_answers
        # Of the first one nothing is known before it was paid.
        return mine / self.reflections if self.reflections else 0.0

    def _after(self, candidate: ComponentTexts, scores: Sequence[float]) -> None:
        at = self._open.get(_key(candidate))
        if at is not None:
            pair = (round(self._before[1], 6), round(sum(scores), 6))
            self.tried[at] = self.tried[at].model_copy(update={"train": pair})

    def _close(self, at: int, became: ProposalOutcome, choose: tuple[float, float] | None = None) -> None:
        self.tried[at] = self.tried[at].model_copy(update={"became": became})
        tried = self.tried[at]
        was = self.candidates[tried.parent].texts[tried.component]
        self.tell(ProposalResult(at + 1, tried, choose, self.spent, was))

    def _index(self, texts: ComponentTexts) -> int:
        return next((at for at, item in enumerate(self.candidates) if item.texts == texts), 0)


_SAME = "it says the same as one that was tried"


class _Silent:
    """GEPA's log: what a run comes to is told by ``tell``."""

    def log(self, _message: str) -> None:
        """Say nothing."""


def _key(texts: Mapping[str, str]) -> Key:
    return tuple(sorted(texts.items()))


def _gepa() -> Any:
    try:
        import gepa
    except ImportError:
        raise MissingExtra("gepa (it proposes wordings)", "optimize") from None
    return gepa


def version_of_gepa() -> str:
    """Return the release of GEPA that is installed. Raises MissingExtra."""
    from importlib.metadata import version

    _gepa()
    return version("gepa")
