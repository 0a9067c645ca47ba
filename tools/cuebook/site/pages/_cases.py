"""Show the cases of a verdict: the result of each, which to read first, and one case in full."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cuebook.core.escape import shorten
from cuebook.core.format import MINUS, NONE, plural, points
from cuebook.shapes.became import Became, CaseKind
from cuebook.shapes.case_result import Answer, CaseResult, ScoreResult
from cuebook.shapes.verdict import Verdict, is_paired
from cuebook.site.pages._answers import both_answers, quoted, unquoted
from cuebook.site.pages._html import Child, Html, join, kept, pre, tag
from cuebook.site.pages._parts import chip, fold, table
from cuebook.site.pages._talk import beginning, together
from cuebook.site.pages._terms import known, term
from cuebook.wording.details import CHANGES, changed
from cuebook.wording.dialogue import talk_of
from cuebook.wording.disagreement import disagreement
from cuebook.wording.finish import NO_ANSWER
from cuebook.wording.values import value_said, value_shown

FIRST_WORDS = 280
"""Characters of an input that are in a card; the rest of a longer one is folded away."""
TELLING = 0.8
"""An input tells cases apart if it has at least this share of the most varied input's values."""

IN_ROWS = 2
"""Scores that a row has room for; every score is in the opened case."""

# What stands in an id and after a # as it is, without encoding.
_STRANGE = re.compile(r"[^A-Za-z0-9._:-]")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_ANSWERS = ("answer", "expected", "reference", "label", "output")
"""Names under which data sets mostly keep the expected answer."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, what became of it, and its change on each deciding metric (on [-1, 1]) that has one.

    ``label`` is the metric that speaks for the case, ``reason`` what it said of the new answer, ``quotes``
    what a judge quotes in it.
    """

    case: CaseResult
    kind: CaseKind
    changes: dict[str, float]
    label: str
    reason: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cases:
    """The cases of one verdict, the worst first, then protected ones, then by the size of the change."""

    verdict: Verdict

    @cached_property
    def became(self) -> Became:
        """What became of each case."""
        return Became(self.verdict)

    @property
    def labels(self) -> list[str]:
        """The labels of the metrics that the verdict goes by."""
        return self.became.labels

    @cached_property
    def scorers(self) -> list[str]:
        """The labels of all scores that apply to a case: those that decide first."""
        every = (label for case in self.verdict.cases for label in _scored_labels(case))
        return list(dict.fromkeys([*self.labels, *every]))

    @property
    def in_rows(self) -> list[str]:
        """The scores that a row of the table shows unless others are chosen."""
        return self.labels[:IN_ROWS]

    @cached_property
    def several(self) -> bool:
        """Whether more than one model answered."""
        return len({case.model for case in self.verdict.cases}) > 1

    @property
    def protected_tag(self) -> str:
        """The tag that makes a case protected: a chip of its own says it."""
        return self.verdict.protected.tag if self.verdict.protected else ""

    @cached_property
    def views(self) -> list[CaseView]:
        """Every case and what became of it."""
        order = list(CHANGES)
        return sorted(
            map(self._view, self.verdict.cases),
            key=lambda view: (
                order.index(view.kind),
                not view.case.protected,
                -abs(view.case.difference or 0),
                # By name at last, so that one verdict makes one page, in whatever order its cases came.
                view.case.id,
                view.case.model,
            ),
        )

    @cached_property
    def names(self) -> dict[tuple[str, str], str]:
        """An element's id for each case and model."""
        models = list(dict.fromkeys(case.model for case in self.verdict.cases))
        # Of several models the first has the plain ids: links from before the others came still lead there.
        return {
            (case.id, case.model): anchor(case.id)
            if case.model == models[0]
            else f"{anchor(case.id)}-model-{models.index(case.model) + 1}"
            for case in self.verdict.cases
        }

    def _view(self, case: CaseResult) -> CaseView:
        changes = self.became.changes(case)
        label = self._speaks(case, changes)
        found = case.candidate.scores.get(label)
        reason = found.reason if found else ""
        # Only a judge quotes the answer: a rule's quotes are around what it looked for.
        quotes = quoted(reason) if label in self._judged else ()
        return CaseView(case, self.became.kind(case), changes, label, reason, quotes)

    @cached_property
    def _judged(self) -> set[str]:
        return {judge.label for judge in self.verdict.judges}

    def _speaks(self, case: CaseResult, changes: dict[str, float]) -> str:
        """The metric that went the way the case did: a judge's before others, for it says why in words."""
        down = (case.difference or 0) <= 0
        ranked = sorted(
            changes,
            key=lambda label: (
                (changes[label] <= 0) != down,
                label not in self._judged or not changes[label],
                changes[label] if down else -changes[label],
            ),
        )
        return next(iter(ranked), "")

    def to_read(self, most: int) -> list[CaseView]:
        """Return what to read first: protected and broken, broken, worse; no reason twice if others are left.

        Where little broke, what was fixed fills up: it is what a pass is made of.
        """
        wanted = ("broken", "failed", "mixed", "worse", "fixed", "better", "wrong")
        ranked = sorted(
            (view for view in self.views if view.kind in wanted),
            key=lambda view: (wanted.index(view.kind), not view.case.protected),
        )
        told: set[str] = set()
        first: list[CaseView] = []
        rest: list[CaseView] = []
        for view in ranked:
            reason = unquoted(view.reason) if view.label in self._judged else view.reason
            (rest if reason and reason in told else first).append(view)
            told.add(reason)
        # Of those that were chosen, the order is again that of what is worst.
        worst_first = [view for view in ranked if view in first[:most]]
        return (worst_first + rest)[:most]

    def counts(self, kinds: Iterable[CaseKind]) -> str:
        """Return ``22 broken, 1 worse``: how many cases went these ways."""
        found = Counter(view.kind for view in self.views)
        return ", ".join(f"{found[kind]:,} {self.word(kind)}" for kind in kinds if found[kind])

    def word(self, kind: CaseKind) -> str:
        """Return what to call what became of a case."""
        return changed(self.verdict, kind)

    def chip_of(self, view: CaseView) -> Html:
        """Return the word for what became of a case, to look at."""
        word = self.word(view.kind)
        return chip(known(word, word.capitalize()), view.kind)

    def card(self, view: CaseView) -> Html:
        """Return a case with question, expectation and both answers in sight."""
        case = view.case
        top = [
            self.chip_of(view),
            tag("a", tag("code", case.id), href=f"#{self.names[case.id, case.model]}", class_="cb-case-id"),
            self.labels_of(case),
            self._moved(view),
        ]
        return tag(
            "article",
            tag("header", top),
            self.inside(view),
            class_=f"cb-case cb-case-{view.kind}",
            id=self.names[case.id, case.model],
        )

    @cached_property
    def asked(self) -> str | None:
        """The input that a reader wants to see first: of those that tell cases apart, mostly the shortest."""
        values: dict[str, list[str]] = {}
        for case in self.verdict.cases:
            for name, value in case.readable.items():
                values.setdefault(name, []).append(value_shown(value))
        varied = {name: len(set(texts)) for name, texts in values.items()}
        enough = TELLING * max(varied.values(), default=0)
        able = [name for name, count in varied.items() if count >= enough]
        return min(able, key=lambda name: sum(map(len, values[name])), default=None)

    def main_names(self, case: CaseResult) -> tuple[str | None, str | None]:
        """Return the names of the input and of the expectation of a case that a reader wants to see first."""
        asked, _ = self._main_input(case.readable)
        return asked[0] if asked else None, _main_name(case.expectations)

    def _main_input(self, inputs: dict[str, Any]) -> tuple[tuple[str, Any] | None, dict[str, Any]]:
        """The input to see first, and the others."""
        name = self.asked if self.asked in inputs else next(iter(inputs), None)
        rest = {key: value for key, value in inputs.items() if key != name}
        return (None if name is None else (name, inputs[name])), rest

    def title(self, case: CaseResult) -> str:
        """Return a line to know a case by: of a dialogue what the user says last before the sides differ."""
        if found := talk_of(case):
            return _in_a_row(next((text for who, text in reversed(found.together) if who == "user"), ""))
        asked, _ = self._main_input(case.readable)
        return _in_a_row(asked[1]) if asked else ""

    def expected(self, case: CaseResult) -> str:
        """Return what was expected, on one line."""
        found, _ = _main_expectation(case.expectations)
        return _in_a_row(found[1]) if found else ""

    def labels_of(self, case: CaseResult) -> list[Child]:
        """Return what is said of a case beside its name: protected, its model among several, its tags."""
        return [
            chip(term("protected"), "protected") if case.protected else None,
            chip(case.model, "model") if self.several else None,
            [chip(words, "tag") for words in case.tags if words != self.protected_tag],
        ]

    def _moved(self, view: CaseView) -> Html | None:
        """The metric that speaks for the case, from what to what."""
        if not view.label:
            return None
        said = tag("strong", self.scored(view.case, view.label))
        return tag("span", view.label, " ", said, class_="cb-case-score")

    def scored(self, case: CaseResult, label: str) -> str:
        """Return a metric's scores of a case: ``67 \u2192 0``, or the change where it compares."""
        new = case.candidate.scores.get(label)
        # A scorer that compares has one value for both answers.
        if label in self.became.paired:
            return points(new.value if new else None)
        old = case.baseline.scores.get(label) if case.baseline else None
        return f"{_whole(old)} \u2192 {_whole(new)}" if self.verdict.baseline else _whole(new)

    def inside(self, view: CaseView) -> Html:
        """Return everything about a case but its name."""
        case, reason = view.case, view.reason
        asked, others = self._main_input(case.readable)
        expected, more = _main_expectation(case.expectations)
        question = [
            tag(
                "div", tag("dt", name), tag("dd", kept(beginning(value_said(value), FIRST_WORDS)), dir="auto")
            )
            for name, value in [pair for pair in (asked, expected) if pair]
        ]
        folded, odd = {**others, **more}, self.disagreement(case)
        # Cut above, so the whole of it is below, before the other inputs.
        if asked and len(value_shown(asked[1])) > FIRST_WORDS:
            folded = {asked[0]: asked[1], **folded}
        return join(
            tag("dl", question, class_="cb-case-asked") if question else None,
            together(found.together) if (found := talk_of(case)) else None,
            both_answers(self.verdict, case, view.quotes),
            tag("p", tag("span", "Reason: ", class_="cb-quiet"), reason, class_="cb-why", dir="auto")
            if reason
            else None,
            tag("p", odd, class_="cb-why cb-disagree") if odd else None,
            tag(
                "div",
                fold(tag("span", ", ".join(folded)), _given(folded)) if folded else None,
                self._scores(case),
                class_="cb-case-more",
            ),
        )

    @cached_property
    def _of_one_answer(self) -> list[str]:
        """The scorers that decide, and judges, but for those that compare two answers: found in all cases."""
        # Once for the verdict: whether a scorer compares is found by a look at all cases.
        asked = dict.fromkeys([*self.labels, *(judge.ref for judge in self.verdict.judges)])
        return [label for label in asked if not is_paired(self.verdict, label)]

    def disagreement(self, case: CaseResult) -> str:
        """Return which scorers fail the new answer and which pass it; empty where all agree.

        Asked are those that decide, and judges: a limit on the length says nothing of what is right, and who
        compares two answers nothing of one.
        """
        scores = case.candidate.scores
        asked = {label: scores[label] for label in self._of_one_answer if label in scores}
        return disagreement(asked, self.verdict.candidate.version)

    def score_rows(self, case: CaseResult) -> list[tuple[str, str, str, str, str]]:
        """Return each score: label, old and new value, reason for the new, and for the old if it differs."""
        before = case.baseline.scores if case.baseline else {}
        rows = []
        for label in _scored_labels(case):
            old, new = before.get(label), case.candidate.scores.get(label)
            # A reason that holds for both is told once.
            fresh, former = new.reason if new else "", old.reason if old else ""
            rows.append((label, _whole(old), _whole(new), fresh, former if former != fresh else ""))
        return rows

    def _scores(self, case: CaseResult) -> Html | None:
        found, base = self.score_rows(case), self.verdict.baseline
        if not found:
            return None
        rows: list[list[Child]] = []
        for label, old, new, fresh, former in found:
            reasons: Child = fresh or None
            if former and base:
                reasons = join(reasons, tag("span", f"v{base.version}: {former}", class_="cb-sub"))
            rows.append([label, *([old] if base else []), new, reasons or NONE])
        heads = [f"v{side.version}" for side in (base, self.verdict.candidate) if side]
        columns = ["Scorer", *heads, "Reason"]
        shown = table(columns, rows, f"Scores of {case.id}", numeric=" " + "n" * len(heads))
        return fold(tag("span", plural(len(found), "score")), shown)


def _in_a_row(value: Any) -> str:
    """The beginning of a value, on one line."""
    return shorten(_SPACES.sub(" ", value_shown(value)), 160)


def brief_answer(answer: Answer) -> str:
    """Return the beginning of an answer, on one line, or that there is none."""
    said = answer.said
    if said is None:
        return NO_ANSWER
    return _in_a_row(said) if said.strip() else "empty"


def _scored_labels(case: CaseResult) -> list[str]:
    before, after = case.baseline.scores if case.baseline else {}, case.candidate.scores
    # Where a scorer says nothing of either answer, as of tools where none was expected, it has no row.
    told = [
        name for side in (after, before) for name, found in side.items() if found.state != "not_applicable"
    ]
    return [name for name in dict.fromkeys([*after, *before]) if name in told]


def anchor(case: str) -> str:
    """Return the id that a case has on a page."""
    return f"case-{_STRANGE.sub('-', case)}"


def _main_expectation(expected: dict[str, Any]) -> tuple[tuple[str, Any] | None, dict[str, Any]]:
    name = _main_name(expected)
    if name is None:
        return None, {}
    rest = {key: value for key, value in expected.items() if key != name}
    return ("expected", expected[name]), rest


def _main_name(expected: dict[str, Any]) -> str | None:
    return next((key for key in _ANSWERS if key in expected), next(iter(expected), None))


def _given(values: dict[str, Any]) -> Html:
    rows = [
        (
            tag("dt", name),
            tag(
                "dd",
                pre(
                    kept(beginning(value_shown(value))),
                    class_="cb-given",
                    tabindex="0",
                    dir="auto",
                ),
            ),
        )
        for name, value in values.items()
    ]
    return tag("dl", rows, class_="cb-inputs")


def _whole(found: ScoreResult | None) -> str:
    if found is None or found.state == "not_applicable":
        return NONE
    return "no score" if found.value is None else f"{100 * found.value:.0f}".replace("-", MINUS)


LEAST_OF_TAG, MOST_TAGS = 4, 6
"""Cases that a tag needs to be listed, as a share of fewer means little, and tags that are listed at most."""


def slices(found: Cases) -> list[tuple[str, int, int]]:
    """Return (tag, broken cases, all cases) of tags with enough cases, the largest broken share first.

    A tag of which one case broke is left out: that is no pattern.
    """
    total: Counter[str] = Counter(word for view in found.views for word in view.case.tags)
    broken: Counter[str] = Counter(
        word for view in found.views if view.kind in {"broken", "failed"} for word in view.case.tags
    )
    rows = [
        (word, broken[word], count)
        for word, count in total.items()
        if count >= LEAST_OF_TAG and broken[word] > 1
    ]
    return sorted(rows, key=lambda row: (-row[1] / row[2], -row[2], row[0]))[:MOST_TAGS]
