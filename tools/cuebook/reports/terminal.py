"""For a person at a terminal: what ``cuebook gate`` prints.

Each verdict begins with outcome and reason, then the next action, then every test with its interval
drawn against zero and the largest loss accepted. After a pass come a few lines on cases, judges, models
and cost. Otherwise follow other scores, protected cases, cost, time and length of both versions, and the
cases that broke and were fixed with both answers. Of many verdicts, those with nothing left to do are only
listed at the end. Colour appears only on a terminal, and never with NO_COLOR.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cuebook.core.format import NONE, plural, score
from cuebook.reports import _words
from cuebook.reports._audience import Audience
from cuebook.reports._bars import ACCEPTED_KEY, FLOORS_KEY, KEY, bars, floor_bars
from cuebook.reports._groups import BROKEN, GROUPS, LESS_TELLING, OF_FIRST, heading
from cuebook.reports._screen import STYLES, columns, padded, paragraph, printed, screen
from cuebook.reports._styled import StyledText
from cuebook.reports._text import line
from cuebook.shapes.became import Became
from cuebook.shapes.case_result import CaseResult
from cuebook.shapes.verdict import ScorerSummary, Verdict, units_of
from cuebook.wording.details import broken_and_passed, details, override_box
from cuebook.wording.elsewhere import NO_VERDICTS
from cuebook.wording.finish import finish, finishes
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from cuebook.wording.notes import notes, several

SUFFIX = ".terminal.txt"
AUDIENCE: Audience = "people"
SHOWN = 5
"""Cases shown of each group."""
READ_AT_ONCE = 3
"""Verdicts that fit on a screen or two; of more, a list at the end shows all, and few are shown whole."""
PROSE = 120
"""Columns beyond which prose is hard to read."""

_INPUT, _ANSWER, _REASON = 160, 400, 240
"""Characters shown of each: a case fits into ten lines or so."""


def render(verdicts: Sequence[Verdict]) -> str:
    """Return every verdict, in the order given; what is said of all of them is at the end."""
    to = screen()
    if not verdicts:
        return f"{NO_VERDICTS}\n"
    width = min(to.width, PROSE)
    return printed(_lines(verdicts, width), to)


def _lines(verdicts: Sequence[Verdict], width: int) -> Iterator[StyledText]:
    are_many = len(verdicts) > READ_AT_ONCE
    # A whole registry is mostly versions that newer ones replaced: they would hide what is left to do.
    whole = [item for item in verdicts if next_step(item).code != "nothing"] if are_many else verdicts
    for verdict in whole:
        yield from _head(verdict, width)
        if verdict.metrics or _words.others(verdict):
            yield from _tests(verdict, width)
        if verdict.outcome == "pass" and verdict.baseline:
            yield from _in_short(verdict, width)
            yield StyledText()
        else:
            yield from _at_length(verdict, width)
    if are_many:
        yield from _overview(verdicts, len(verdicts) - len(whole))
    # At the end, each once however many verdicts carry it.
    for note in (*filter(None, [several(verdicts)]), *notes(*verdicts)):
        yield from paragraph(StyledText(line(note), "dim"), width)


def _overview(verdicts: Sequence[Verdict], only_listed: int) -> Iterator[StyledText]:
    """A line for each verdict, at the end: what came first has left the screen."""
    yield StyledText("All verdicts", "bold")
    rows = [
        [
            StyledText(f"{_words.MARKS[verdict.outcome]} {verdict.outcome.upper()}", STYLES[verdict.outcome]),
            StyledText(line(_words.ref(verdict))),
            StyledText(_words.against(verdict)),
        ]
        for verdict in verdicts
    ]
    yield from _indented(columns(rows))
    if only_listed:
        ask = "asks" if only_listed == 1 else "ask"
        shown = f"{plural(only_listed, 'verdict')} that {ask} for nothing: listed only"
        yield StyledText(f"  {shown}; cuebook gate NAME/VERSION shows one whole.", "dim")
    yield StyledText()


def _head(verdict: Verdict, width: int) -> Iterator[StyledText]:
    """Outcome and headline, what to do, and who lets it through."""
    style = STYLES[verdict.outcome]
    first = StyledText(f"{_words.MARKS[verdict.outcome]} {verdict.outcome.upper()} ", f"bold {style}")
    first.append(f"{line(_words.ref(verdict))} {_words.against(verdict)} · ", "bold")
    first.append(line(headline(verdict)))
    yield from paragraph(first, width, rest="  ")
    yield from paragraph(
        StyledText.assemble(("Next: ", "bold"), line(next_step(verdict).text)), width, first="  ", rest="  "
    )
    if verdict.override:
        said = StyledText.assemble(("Override: ", "bold"), line(override_box(verdict.override)))
        yield from paragraph(said, width, first="  ", rest="  ")
    yield StyledText()


def _tests(verdict: Verdict, width: int) -> Iterator[StyledText]:
    """The tests as a table, then as a picture."""
    heads = ("", "metric", *_words.arms(verdict), *_words.of_two(verdict, "change"))
    heads = (*heads, "interval", units_of(verdict), "needs")
    rows = [[StyledText(words, "dim") for words in heads]]
    for metric in verdict.metrics:
        mark = StyledText(_words.MARKS[metric.outcome], STYLES[metric.outcome])
        cells = [
            line(_words.metric_name(verdict, metric)),
            *_words.sides(verdict, score(metric.baseline), score(metric.candidate)),
            *_words.of_two(verdict, _words.change(metric)),
            _words.between(metric),
            _words.cases_used(metric),
            _words.needed(verdict, metric),
        ]
        rows.append([mark, *map(StyledText, cells)])
    # A pass is kept short: nobody has to find anything out.
    if verdict.outcome != "pass" or not verdict.baseline:
        rows += [_reported(verdict, summary) for summary in _words.others(verdict)]
    yield from _indented(_fitted(rows, width - 2))
    yield StyledText()
    if verdict.metrics:
        yield from _picture(verdict, width)
        yield StyledText()


def _fitted(rows: Sequence[Sequence[StyledText]], width: int) -> Iterator[StyledText]:
    """The table; where it is too wide, with the last cell of each row, which is the longest, below it."""
    whole = columns(rows, right=range(2, len(rows[0])))
    if max(each.cell_len for each in whole) <= width:
        yield from whole
        return
    name = rows[0][-1].plain
    for row, each in zip(
        rows, columns([row[:-1] for row in rows], right=range(2, len(rows[0]) - 1)), strict=True
    ):
        # What has no mark is no test and needs nothing: a word on it has room in its line.
        words = row[-1].plain if row is not rows[0] else ""
        if words and not row[0].plain and each.cell_len + 2 + row[-1].cell_len <= width:
            yield each.append(f"  {words}", "dim")
            continue
        yield each
        if words:
            yield StyledText(f"     {name}: {words}" if row[0].plain else f"     {words}", "dim")


def _reported(verdict: Verdict, summary: ScorerSummary) -> list[StyledText]:
    old, new, change = _words.reported(verdict, summary)
    cells = ["", line(summary.label), *_words.sides(verdict, old, new)]
    cells += [
        *_words.of_two(verdict, change),
        "",
        _words.measured(verdict, summary),
        _words.role(verdict, summary),
    ]
    return [StyledText(cell, "dim") for cell in cells]


def _picture(verdict: Verdict, width: int) -> Iterator[StyledText]:
    """Differences on their axis, then floors on the scale of the scores: no one axis holds both."""
    # Columns, not characters: a name may hold letters that take two.
    room = max(StyledText(line(_words.metric_name(verdict, metric))).cell_len for metric in verdict.metrics)
    wide = max(30, min(64, width - room - 6))
    # Beside a comparison a floor can only fail, and how far below it a pass may be is no question.
    floors = partial(floor_bars, accepts=not verdict.baseline)
    for kind, draw, key in (("difference", bars, KEY), ("floor", floors, FLOORS_KEY)):
        metrics = [metric for metric in verdict.metrics if metric.kind == kind]
        if not metrics:
            continue
        drawn, axis = draw(metrics, wide)
        rows = [
            [
                StyledText(padded(line(_words.metric_name(verdict, metric)), room)),
                StyledText(bar, STYLES[metric.outcome]),
            ]
            for metric, bar in zip(metrics, drawn, strict=True)
        ]
        yield from _indented(columns([*rows, [StyledText(" " * room), StyledText(axis, "dim")]]))
        accepts = kind == "floor" and not verdict.baseline and any(metric.accepted for metric in metrics)
        yield StyledText(f"  {key}{ACCEPTED_KEY if accepts else ''}", "dim")


def _told(verdict: Verdict, width: int) -> Iterator[StyledText]:
    """Cases, limits, judges, models: a sentence each."""
    for text in details(verdict):
        yield from paragraph(StyledText(line(text)), width, first="  ", rest="    ")


def _in_short(verdict: Verdict, width: int) -> Iterator[StyledText]:
    yield from _told(verdict, width)
    if broken := Became(verdict).group(*BROKEN):
        said = broken_and_passed([line(case.id) for case in broken], SHOWN)
        yield from paragraph(StyledText(said), width, first="  ", rest="  ")
    # What is the same or unknown has no change to tell.
    changes = [f"{name} {change}" for name, _, _, change in _words.spending(verdict) if change != NONE]
    if changes:
        yield from paragraph(
            StyledText(f"Change a case: {', '.join(changes)}."), width, first="  ", rest="  "
        )
    if ended := finishes(verdict):
        told = "; ".join(f"{arm} {how}" for arm, how in zip(_words.arms(verdict), ended, strict=True))
        yield from paragraph(StyledText(f"Finish: {line(told)}."), width, first="  ", rest="  ")


def _at_length(verdict: Verdict, width: int) -> Iterator[StyledText]:
    yield from _told(verdict, width)
    yield StyledText()
    yield from _spending(verdict)
    became = Became(verdict)
    for group in GROUPS if verdict.baseline else OF_FIRST:
        cases = became.group(*group)
        # Cases that merely lost points say little beside broken ones.
        if cases and not (group in LESS_TELLING and became.group(*BROKEN)):
            yield from _cases(verdict, heading(verdict, group), cases, width)


def _spending(verdict: Verdict) -> Iterator[StyledText]:
    heads, found = _words.spending_rows(verdict)
    if found:
        rows = [[StyledText(words, "dim") for words in heads]]
        rows += [[StyledText(line(cell)) for cell in cells] for cells in found]
        yield from _indented(columns(rows, right=range(1, len(rows[0]))))
        yield StyledText()


def _cases(verdict: Verdict, title: str, cases: Sequence[CaseResult], width: int) -> Iterator[StyledText]:
    shown = f", {SHOWN} of them shown (all: --format json)" if len(cases) > SHOWN else ""
    yield StyledText.assemble("  ", (f"{title}: {len(cases):,}{shown}", "bold"))
    for case in cases[:SHOWN]:
        yield from _case(verdict, case, width)
    yield StyledText()


def _case(verdict: Verdict, case: CaseResult, width: int) -> Iterator[StyledText]:
    tags = ", ".join(line(tag) for tag in case.tags)
    protected = "protected  " if case.protected else ""
    several = f"  {line(case.model)}" if len({item.model for item in verdict.cases}) > 1 else ""
    yield StyledText.assemble("    ", (line(case.id), "bold"), f"  {protected}", (f"{tags}{several}", "dim"))
    old, new = _words.arms(verdict)[0], _words.arms(verdict)[-1]
    rows = [(name, line(text, _INPUT)) for name, text in _words.given(case)]
    rows += [("expected", line(_words.expected(case), _INPUT))] if case.expectations else []
    before, after = _words.answers(case)
    if case.baseline:
        rows.append((old, line(before, _ANSWER)))
    rows.append((new, line(after, _ANSWER)))
    rows += [
        (label, line(f"{change} · {reason}", _REASON))
        for label, change, reason in _words.scores_of(verdict, case)
    ]
    rows += [(_words.FINISH, line(ended))] if (ended := finish(case)) else []
    # A long name is cut rather than that all texts are pushed to the right.
    room = min(24, max(StyledText(line(name)).cell_len for name, _ in rows))
    for name, text in rows:
        first = f"      {padded(line(name), room)}  "
        yield from paragraph(StyledText(text), width, first=first, rest=" " * (room + 8))


def _indented(lines: Iterable[StyledText]) -> Iterator[StyledText]:
    for each in lines:
        yield StyledText("  ").append_text(each)
