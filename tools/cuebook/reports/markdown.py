"""The comment on a pull request, and the summary of a workflow step.

It begins with a hidden marker by which the comment is found again. Then, for each verdict: outcome, reason
and next action; every test with its interval, cases used and the smallest margin the data support; cost,
time and length; and the cases that changed, the broken ones first, with both answers and the reasons.
Unchanged cases are counted. Long parts are folded. Everything a prompt, an answer or a judge wrote is
in a code block that it cannot end or is escaped, and pings nobody. At most 65,536 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cuebook.core import escape
from cuebook.core.escape import fence, shorten
from cuebook.core.format import plural, score, some
from cuebook.reports import _words
from cuebook.reports._audience import Audience
from cuebook.reports._cut import cut_markdown
from cuebook.reports._groups import BROKEN, GROUPS, OF_FIRST, CaseGroup, heading
from cuebook.reports._text import line, no_commands, plain
from cuebook.shapes.became import Became
from cuebook.shapes.case_result import CaseResult
from cuebook.shapes.verdict import MetricResult, Outcome, Verdict, units_of
from cuebook.wording.details import changed, details, override_box
from cuebook.wording.elsewhere import NO_VERDICTS
from cuebook.wording.finish import finish
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from cuebook.wording.notes import notes, several

SUFFIX = ".md"
AUDIENCE: Audience = "people"
MARKER = "<!-- cuebook:gate -->"
SYMBOLS: dict[Outcome, str] = {"pass": "✅", "fail": "❌", "inconclusive": "⚠️"}

_OPEN, _SHOWN, _NAMED = 3, 12, 60
"""Cases of a group shown unfolded, shown at all, and named at all."""

_WORST_FIRST: tuple[Outcome, ...] = ("fail", "inconclusive", "pass")
_NOT_A_NAME = re.compile("[^a-z0-9._-]")
_INPUT, _ANSWER, _REASON = 400, 1_000, 400
"""Characters shown of each: with twelve cases a group, a report fits into a comment."""
_GROUPS: tuple[CaseGroup, ...] = (*GROUPS, ("better",))


def render(verdicts: Sequence[Verdict]) -> str:
    """Return one comment on all verdicts, the worst first, after an overview where there are several."""
    # The cut comes last: it counts bytes, and breaking commands adds some.
    return cut_markdown(no_commands(f"{MARKER}\n" + "\n\n".join(paragraphs(verdicts)) + "\n"))


def paragraphs(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the comment's paragraphs, tables and lists; the first says the outcome and what to do next."""
    if not verdicts:
        return [NO_VERDICTS]
    found = list(_overview(verdicts)) if len(verdicts) > 1 else []
    for verdict in sorted(verdicts, key=_badness):
        found += _section(verdict)
    # Up here no cut can take away who answered and judged.
    found[1:1] = [f"> {_escaped(note)}" for note in notes(*verdicts)]
    return found


def _badness(verdict: Verdict) -> int:
    return _WORST_FIRST.index(verdict.outcome)


def _overview(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many of each outcome with the worst in words, and a line for each verdict."""
    outcomes = [verdict.outcome for verdict in verdicts]
    counted = [f"{SYMBOLS[each]} {outcomes.count(each)} {each}" for each in _WORST_FIRST if each in outcomes]
    # A reader who stops after one line should have read the worst.
    worst = min(verdicts, key=_badness)
    yield (
        f"**{plural(len(verdicts), 'verdict')}: {', '.join(counted)}.** {_escaped(_words.ref(worst))}: "
        f"{_escaped(headline(worst))} **Next:** {_escaped(next_step(worst).text)}"
    )
    if said := several(verdicts):
        yield _escaped(said)
    rows = [_overview_row(verdict) for verdict in verdicts]
    result = _words.outcome_heading(verdicts)
    headings = ("version", "against", "verdict", "metric", result, "interval", "cases")
    yield _table(headings, rows, right=(4, 5, 6))


def _overview_row(verdict: Verdict) -> list[str]:
    metric = verdict.deciding
    held, result = _words.held(verdict)
    cells = [_escaped(_words.ref(verdict)), held, f"{SYMBOLS[verdict.outcome]} {verdict.outcome}"]
    if metric is None:
        return [*cells, "", "", "", _words.asked_of(verdict)]
    numbers = [result, _words.between(metric), _words.asked_of(verdict)]
    return [*cells, _escaped(_words.metric_name(verdict, metric)), *map(_escaped, numbers)]


def _section(verdict: Verdict) -> Iterator[str]:
    name = f"{SYMBOLS[verdict.outcome]} {verdict.outcome}: {_escaped(_words.ref(verdict))}"
    yield (
        f"**{name} {_words.against(verdict)}.** {_escaped(headline(verdict))} "
        f"**Next:** {_escaped(next_step(verdict).text)}"
    )
    if verdict.override:
        yield f"**Override:** {_escaped(override_box(verdict.override))}"
    if verdict.metrics or _words.others(verdict):
        yield _tests(verdict)
    yield "\n".join(f"* {_escaped(text)}" for text in details(verdict))
    yield _spending(verdict)
    yield _pointers(verdict)
    yield from _changes(verdict)


def _tests(verdict: Verdict) -> str:
    rows = [_test(verdict, metric) for metric in verdict.metrics]
    for summary in _words.others(verdict):
        old, new, change = _words.reported(verdict, summary)
        label = f"{_escaped(summary.label)} ({_words.role(verdict, summary)})"
        # A scorer without a test has no interval, and nothing that it needs.
        sides = _words.sides(verdict, old, new)
        rows.append(
            [
                label,
                *sides,
                *_words.of_two(verdict, change),
                "",
                _words.measured(verdict, summary),
                "",
                *_unless_failed(verdict, ""),
            ]
        )
    headings = [
        "metric",
        *_words.arms(verdict),
        *_words.of_two(verdict, "change"),
        "interval",
        units_of(verdict),
        "needs",
        *_unless_failed(verdict, "supports a margin of"),
    ]
    return _table(headings, rows, right=range(1, len(headings)))


def _unless_failed(verdict: Verdict, margin: str) -> list[str]:
    """A cell on the margin that cases support: of a failed version it would read as a way to let it pass."""
    return [] if verdict.outcome == "fail" else [margin]


def _test(verdict: Verdict, metric: MetricResult) -> list[str]:
    change = _words.change(metric)
    return [
        f"{_words.MARKS[metric.outcome]} {_escaped(_words.metric_name(verdict, metric))}",
        *_words.sides(verdict, score(metric.baseline), score(metric.candidate)),
        *_words.of_two(verdict, f"**{change}**" if metric.kind == "difference" else change),
        _escaped(_words.between(metric)),
        _words.cases_used(metric),
        _escaped(_words.needed(verdict, metric)),
        *_unless_failed(verdict, _words.supported(metric)),
    ]


def _spending(verdict: Verdict) -> str:
    headings, found = _words.spending_rows(verdict)
    rows = [[_escaped(cell) for cell in cells] for cells in found]
    return _table(headings, rows, right=range(1, len(headings))) if rows else ""


def _pointers(verdict: Verdict) -> str:
    """Where the rest is: what a comment is too small for."""
    # Answers from a file are of no version that a command could show.
    if verdict.candidate.file:
        return ""
    # Within backticks nothing can be escaped: what no prompt may be called is left out of a name.
    name, number = _NOT_A_NAME.sub("?", verdict.prompt), verdict.candidate.version
    whole = f"Every case: `cuebook gate {name}/{number} --format json`."
    if verdict.baseline is None:
        return whole
    return f"Words that changed: `cuebook diff {name}/{verdict.baseline.version} {name}/{number}`. {whole}"


def _changes(verdict: Verdict) -> Iterator[str]:
    became = Became(verdict)
    for group in _GROUPS if verdict.baseline else OF_FIRST:
        if cases := became.group(*group):
            yield from _group(verdict, heading(verdict, group), cases, opened=group == BROKEN)
    for kind in ("wrong", "same"):
        if unchanged := became.group(kind):
            yield f"{plural(len(unchanged), 'case')} {changed(verdict, kind)}, not shown."


def _group(verdict: Verdict, title: str, cases: Sequence[CaseResult], *, opened: bool) -> Iterator[str]:
    """The first cases of what broke in the open, the others folded, the rest by name."""
    first = cases[:_OPEN] if opened else []
    if first:
        yield f"#### {title}: {len(cases):,}"
    for case in first:
        yield _case(verdict, case)
    folded = [_case(verdict, case) for case in cases[len(first) : _SHOWN]]
    if rest := cases[_SHOWN:]:
        names = some([_escaped(case.id) for case in rest], _NAMED)
        folded.append(f"Not shown: {names}.")
    if folded:
        more = " more" if first else ""
        summary, inside = f"{title}: {len(cases) - len(first):,}{more}", "\n\n".join(folded)
        # Blank lines, or GitHub takes what is inside for HTML; each tag has a line, by which a cut knows it.
        yield f"<details>\n<summary>{summary}</summary>\n\n{inside}\n\n</details>"


def _case(verdict: Verdict, case: CaseResult) -> str:
    old, new = _words.arms(verdict)[0], _words.arms(verdict)[-1]
    scores = _words.scores_of(verdict, case)
    head = [f"**{_escaped(case.id)}**", *(["**protected**"] if case.protected else [])]
    head += [_escaped(", ".join(case.tags))] if case.tags else []
    head += [_escaped(case.model)] if len({item.model for item in verdict.cases}) > 1 else []
    head += [_escaped(f"{label} {change}") for label, change, _ in scores]
    head += [_escaped(f"{_words.FINISH} {ended}")] if (ended := finish(case)) else []
    given = [f"{name}: {shorten(text, _INPUT)}" for name, text in _words.given(case)]
    if case.expectations:
        given.append(f"expected: {shorten(_words.expected(case), _INPUT)}")
    blocks = [" · ".join(head), _block("\n".join(given))]
    before, after = _words.answers(case)
    if case.baseline:
        blocks += [f"{old} said", _block(shorten(before, _ANSWER))]
    blocks += [f"{new} said", _block(shorten(after, _ANSWER))]
    reasons = [f"{label}: {shorten(reason, _REASON)}" for label, _, reason in scores if reason]
    return "\n\n".join([*blocks, *(["because", _block("\n".join(reasons))] if reasons else [])])


def _escaped(text: str) -> str:
    return escape.markdown(line(text))


def _block(text: str) -> str:
    return fence(plain(text))


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int]) -> str:
    """A Markdown table; the cells are escaped already."""
    numeric = set(right)
    rule = ["--:" if at in numeric else ":--" for at in range(len(headings))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows))
