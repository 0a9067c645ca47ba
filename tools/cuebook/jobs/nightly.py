"""What may go wrong while nobody changes a file: the gate itself, the judges, the models behind a name.

Production is gated against itself on fresh samples, where a fail is a false alarm. Judges are measured on
their labels once more. The models that replied are compared with those in the valid evidence, and the models
in use with the days on which they are shut down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import comb
from typing import Annotated, Literal

from pydantic import Field

from cuebook.core.errors import CuebookError
from cuebook.gate.comparison import Comparison, judge_of, scale_of
from cuebook.gate.plan import compare, on_record
from cuebook.gate.served_models import compared
from cuebook.gate.users import users
from cuebook.jobs import measure_judges
from cuebook.jobs.evaluate import Options, judge_all, valid_verdict
from cuebook.jobs.workspace import Workspace
from cuebook.judging.trust import assess
from cuebook.models import ending
from cuebook.shapes._base import Shape
from cuebook.shapes.cause import Nothing
from cuebook.shapes.suite import Suite
from cuebook.shapes.verdict import Outcome, Verdict
from cuebook.site.gate_rates import SIGMAS
from cuebook.wording import nightly as words
from cuebook.wording.clauses import doubt
from cuebook.wording.elsewhere import not_evaluated_line
from cuebook.wording.headline import headline
from cuebook.wording.notes import served_notes
from cuebook.wording.stopped import cause_of

ALPHA = 0.05
"""The share of runs of production against itself that may fail."""

CHANCE = 0.0013
"""How unlikely a record must be before it is a problem: beyond ``SIGMAS`` standard errors."""
assert SIGMAS == 3  # ``CHANCE`` is worked out for it

REFRESH_DAYS = 7
"""A judge whose measurement is older is asked about its labels again."""


class Itself(Shape):
    """One run of a live version against itself."""

    suite: str
    prompt: str
    version: int
    outcome: Outcome
    used: int
    offline: bool = False


class Record(Shape):
    """``nightly/<day>.json`` on the data branch: what one night's runs came to."""

    schema_: Annotated[Literal["cuebook/nightly/2"], Field(alias="schema")] = "cuebook/nightly/2"
    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    runs: list[Itself] = []

    @property
    def path(self) -> str:
        """Its path on the branch."""
        return f"nightly/{self.day}.json"


KEY_PATTERN = r"[a-z0-9][a-z0-9._/@-]{0,200}"
"""What a problem is known by, here and in the issue about it."""


class Trouble(Shape):
    """A problem: ``key`` is the same every night that it is there, ``why`` what kept a run from its end."""

    code: words.TroubleCode
    key: Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")]
    title: Annotated[str, Field(max_length=200)]
    body: Annotated[str, Field(max_length=20_000)]
    why: Nothing | None = None

    @classmethod
    def of(
        cls,
        code: words.TroubleCode,
        key: str,
        body: str,
        about: str = "",
        on: str = "",
        why: Nothing | None = None,
    ) -> Trouble:
        """Return the problem with the title of its code; ``about`` and ``on`` are as for ``words.title``."""
        title = words.title(code, about, on)
        return cls(code=code, key=key, title=title[:200], body=body[:20_000], why=why)


class Night(Shape):
    """The results of one night. ``looked`` are the keys of all troubles that were looked for, but ``unseen``.

    One that ends in a slash means all that begin with it: also those of a suite or judge that is gone.
    """

    day: str
    troubles: list[Trouble]
    looked: list[str] = ["run/", "served/", "canary/", "judge/", "ends/", "false-alarms"]
    unseen: list[str] = []
    record: Record


@dataclass(frozen=True, slots=True)
class _Live:
    """A suite and the live version of its prompt: compared with itself, and as its record compares it."""

    suite: Suite
    itself: Comparison
    on_record: Comparison


def look(workspace: Workspace, past: Sequence[Record]) -> Night:
    """Run all nightly checks and return what is wrong. A model that fails is a trouble, no exception."""
    troubles: list[Trouble] = []
    unseen: list[str] = []
    runs: list[Itself] = []
    for live in _lives(workspace):
        key = f"run/{live.suite.name}"
        try:
            # Samples of this night alone; no verdict is reused or kept, and no attempt is counted.
            alone = Options(apart=True, occasion=workspace.today)
            (judged,) = judge_all(workspace, [live.itself], options=alone)
        except CuebookError as error:
            troubles.append(_stopped("unfinished", key, error, live.suite.name))
            # A run that broke off shows nothing of the models in it: what was told of them stays told.
            unseen += [f"served/{live.suite.name}", f"canary/{live.suite.name}"]
            continue
        verdict = judged.verdict
        troubles += _of_a_run(workspace, live, verdict)
        # A run that a ceiling ended is no sample of the gate's error, so the record has none of it.
        if verdict.stopped:
            troubles.append(Trouble.of("unfinished", key, headline(verdict), live.suite.name))
            continue
        runs.append(
            Itself(
                suite=live.suite.name,
                prompt=verdict.prompt,
                version=verdict.candidate.version,
                outcome=verdict.outcome,
                used=verdict.coverage.used,
                offline=verdict.offline,
            )
        )
    record = Record(day=workspace.today, runs=runs)
    kept = [item for item in past if item.day != record.day]  # a night that is run again counts once
    troubles += [*false_alarms([*kept, record]), *_judges(workspace), *_endings(workspace)]
    return Night(day=workspace.today, troubles=troubles, unseen=unseen, record=record)


def _lives(workspace: Workspace) -> Iterator[_Live]:
    registry = workspace.registry
    for name in registry.suite_names():
        suite = registry.suite(name)
        number = registry.aliases(suite.prompt).get(suite.gate.baseline)
        if number is None:
            continue
        version = registry.version(suite.prompt, number)
        itself = compare(registry, suite, version, version, "on record")
        yield _Live(suite, itself, on_record(registry, suite, version, workspace.lives))


def _stopped(code: words.TroubleCode, key: str, error: CuebookError, about: str) -> Trouble:
    why = cause_of(error)
    return Trouble.of(code, key, not_evaluated_line(why), about, why=why)


def _of_a_run(workspace: Workspace, live: _Live, verdict: Verdict) -> Iterator[Trouble]:
    """What one run shows of the models and judges in it."""
    name = live.suite.name
    served = compared(verdict.served, valid_verdict(workspace, live.on_record))
    if notes := served_notes(verdict.model_copy(update={"served": served})):
        yield Trouble.of("other_models", f"served/{name}", "\n\n".join(notes), name)
    lost = [state for state in verdict.judges if state.canaries_lost]
    if lost:
        yield Trouble.of("known_bad_won", f"canary/{name}", words.known_bad_won(lost), name)


def false_alarms(records: Sequence[Record]) -> list[Trouble]:
    """Return a trouble if the gate fails production against itself too often, else nothing.

    Runs of toys and stand-ins, which say the same every time, prove nothing and are left out.
    """
    runs = [run for record in records for run in record.runs if not run.offline]
    failed = [run for run in runs if run.outcome == "fail"]
    # Some runs fail by chance alone: a record that chance explains is no problem.
    if not failed or tail(len(failed), len(runs)) >= CHANCE:
        return []
    suites = sorted({run.suite for run in failed})
    body = words.false_alarms(len(failed), len(runs), suites, ALPHA)
    return [Trouble.of("false_alarms", "false-alarms", body)]


def tail(failed: int, runs: int, share: float = ALPHA) -> float:
    """How likely ``failed`` or more of ``runs`` are where each fails with this chance (binomial)."""
    return sum(comb(runs, n) * share**n * (1 - share) ** (runs - n) for n in range(failed, runs + 1))


def _endings(workspace: Workspace) -> Iterator[Trouble]:
    """Each model in use that is shut down soon, or was; who uses it, and what to do."""
    config = workspace.config
    for model, refs in users(workspace.registry, config).items():
        if end := ending(model, config, workspace.today):
            key = f"ends/{_UNFIT.sub('-', model.casefold())}"[:200]
            yield Trouble.of("shut_down", key, words.shut_down(end, refs), model, end.day)


_UNFIT = re.compile(r"[^a-z0-9._/@-]")


def _judges(workspace: Workspace) -> Iterator[Trouble]:
    """What is wrong with each judge that a suite pins and that has labels."""
    done: set[str] = set()
    for name in workspace.registry.suite_names():
        suite = workspace.registry.suite(name)
        for spec in suite.scorers:
            ref = judge_of(spec)
            # Several scorers of a suite may pin one judge.
            if not ref or f"{ref} {name}" in done:
                continue
            done.add(f"{ref} {name}")
            yield from _judge(workspace, suite, ref, f"judge/{ref}@{name}")


def _judge(workspace: Workspace, suite: Suite, ref: str, key: str) -> Iterator[Trouble]:
    judge = workspace.registry.resolve(ref)
    labels = workspace.registry.labels(judge.prompt)
    if not labels.cases:
        return
    spec = next(item for item in suite.scorers if judge_of(item) == ref)
    about = measure_judges.subject(workspace, judge, labels, scale_of(spec))
    kept = measure_judges.load(workspace, judge)
    today = date.fromisoformat(workspace.today)
    afresh = kept is not None and (today - date.fromisoformat(kept.measured)).days >= REFRESH_DAYS
    try:
        (file,) = measure_judges.measure_all(workspace, [about], afresh=afresh)
    except CuebookError as error:
        yield _stopped("unmeasured", key, error, ref)
        return
    if found := assess(file.facts, about.basis, suite.gate.judges, workspace.today).doubt:
        yield Trouble.of("doubted", key, doubt(found), ref, suite.name)
