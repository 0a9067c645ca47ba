"""The cases of a report: what changed in full with both answers, the rest as a compact table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cuebook.core.format import plural, points, score
from cuebook.registry.diff import Line, word_diff
from cuebook.shapes.verdict import Answer, CaseResult, ScoreResult, Verdict
from cuebook.site.pages import _words
from cuebook.site.pages._html import Child, Html, join, kept, pre, tag
from cuebook.site.pages._parts import as_text, chip, table

FULL = 200
OPEN = 6
MAX_ANSWER = 6_000
LITTLE = 0.2
"""With less in common than this share, two answers are shown plain: marking every word helps nobody."""
MAX_INPUT = 3_000

_STRANGE = re.compile(r"[^A-Za-z0-9._:-]")
_ORDER = ("broken", "failed", "dropped", "fixed", "worse", "better", "same")
_SAID = {
    "broken": "broken",
    "failed": "no answer",
    "dropped": "dropped",
    "fixed": "fixed",
    "worse": "worse",
    "better": "better",
    "same": "same",
}


def anchor(case: str) -> str:
    """The id that a case has on the page."""
    return f"case-{_STRANGE.sub('-', case)}"


def cases(verdict: Verdict) -> Html:
    """Buttons to filter, changed cases in full with what broke first, and a table of all others."""
    ordered = sorted(verdict.cases, key=_rank)
    changed = [case for case in ordered if case.change != "same"]
    full, rest = changed[:FULL], [*changed[FULL:], *(case for case in ordered if case.change == "same")]
    several = len({case.model for case in verdict.cases}) > 1
    seen: set[str] = set()
    blocks = []
    for at, case in enumerate(full):
        opened = at < OPEN and case.change in {"broken", "failed"}
        blocks.append(_case(verdict, case, seen, several=several, opened=opened))
    compact = _compact(rest, seen, several=several) if rest else None
    return join(
        _filters(ordered),
        tag("p", _summary(full, rest), class_="cb-sub", id="cb-shown", role="status"),
        tag("div", blocks, class_="cb-cases"),
        compact,
    )


def _rank(case: CaseResult) -> tuple[int, bool, float, str]:
    return _ORDER.index(case.change), not case.protected, -abs(case.difference or 0), case.id


def _summary(full: Sequence[CaseResult], rest: Sequence[CaseResult]) -> str:
    said = f"{plural(len(full), 'changed case')} in full"
    return f"{said}, {len(rest):,} more in the table below." if rest else f"{said}."


def _filters(ordered: Sequence[CaseResult]) -> Html:
    counts = {
        "all": len(ordered),
        "broken": sum(case.change == "broken" for case in ordered),
        "fixed": sum(case.change == "fixed" for case in ordered),
        "protected": sum(case.protected for case in ordered),
        "failed": sum(case.change in {"failed", "dropped"} for case in ordered),
    }
    buttons = [
        tag(
            "button",
            f"{name} ",
            tag("span", f"{count:,}", class_="cb-count"),
            type="button",
            data_filter=name,
            aria_pressed="true" if name == "all" else "false",
            disabled=count == 0,
        )
        for name, count in counts.items()
    ]
    return tag("div", buttons, class_="cb-filters", role="group", aria_label="Show cases", hidden=True)


def _identity(case: CaseResult, seen: set[str]) -> str:
    name, number = anchor(case.id), 1
    while name in seen:
        number += 1
        name = f"{anchor(case.id)}-model-{number}"
    seen.add(name)
    return name


def _case(verdict: Verdict, case: CaseResult, seen: set[str], *, several: bool, opened: bool) -> Html:
    top = [
        chip(_SAID[case.change], case.change),
        tag("code", case.id),
        chip("protected", "protected") if case.protected else None,
        chip(case.model, "model") if several else None,
        [chip(words, "tag") for words in case.tags],
        tag("span", points(case.difference), class_="cb-delta") if case.difference is not None else None,
    ]
    return tag(
        "details",
        tag("summary", top),
        _given("Inputs", case.inputs),
        _given("Expected", case.expectations) if case.expectations else None,
        _answers(verdict, case),
        _scores(verdict, case),
        class_=f"cb-case cb-case-{case.change}",
        id=_identity(case, seen),
        open=opened,
        data_change=case.change,
        data_protected=case.protected,
    )


def _given(title: str, values: dict[str, object]) -> Html:
    rows = [
        (
            tag("dt", name),
            tag("dd", pre(kept(_cut(as_text(value), MAX_INPUT)), class_="cb-given", tabindex="0")),
        )
        for name, value in values.items()
    ]
    return tag("section", tag("h3", title), tag("dl", rows, class_="cb-inputs"))


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n\u2026 {len(text) - limit:,} more characters are in the JSON"


def _answers(verdict: Verdict, case: CaseResult) -> Html:
    new = _said(case.candidate)
    heading = f"v{verdict.candidate.version}"
    if case.baseline is None or verdict.baseline is None:
        return tag("div", _answer(heading, case.candidate, kept(new)), class_="cb-answers")
    old = _said(case.baseline)
    lines = word_diff(old, new)
    if _kept_share(lines, old, new) < LITTLE:
        lines = []
    left = _side(lines, old=True) if lines else kept(old)
    right = _side(lines, old=False) if lines else kept(new)
    before = _answer(f"v{verdict.baseline.version}, before", case.baseline, left)
    after = _answer(f"{heading}, after", case.candidate, right)
    return tag("div", before, after, class_="cb-answers cb-two")


def _kept_share(lines: Sequence[Line], old: str, new: str) -> float:
    same = sum(len(part.text) for line in lines for part in line.segments if part.kind == "same")
    return same / max(len(old), len(new), 1)


def _said(answer: Answer) -> str:
    return _cut(answer.text or "", MAX_ANSWER)


def _side(lines: Sequence[Line], *, old: bool) -> Html:
    own = [line for line in lines if (line.old if old else line.new) is not None]
    newline = Html("\n")
    parts: list[Child] = []
    for at, line in enumerate(own):
        parts += [newline if at else None, _words.words(line.left if old else line.right)]
    return join(*parts)


def _answer(title: str, answer: Answer, text: Html) -> Html:
    content: Child = pre(text, class_="cb-answer", tabindex="0")
    if answer.text is None:
        content = tag("p", f"No answer: {answer.failure or 'unknown reason'}", class_="cb-none")
    elif not answer.text.strip():
        content = tag("p", "The answer is empty.", class_="cb-none")
    return tag("section", tag("h3", title), content)


def _scores(verdict: Verdict, case: CaseResult) -> Html | None:
    before = case.baseline.scores if case.baseline else {}
    after = case.candidate.scores
    labels = [
        label for label in dict.fromkeys([*after, *before]) if _applies(after.get(label), before.get(label))
    ]
    if not labels:
        return None
    rows: list[list[Child]] = []
    for label in labels:
        old, new = before.get(label), after.get(label)
        rows.append([label, _score(old), _score(new), _reasons(verdict, old, new)])
    return table(["Scorer", "Before", "After", "Reason"], rows, f"Scores of {case.id}", numeric=" nn")


def _applies(*found: ScoreResult | None) -> bool:
    return any(item is not None and item.state != "not_applicable" for item in found)


def _score(found: ScoreResult | None) -> str:
    if found is None or found.state == "not_applicable":
        return "\u2013"
    return "failed" if found.state == "failed" else score(found.value)


def _reasons(verdict: Verdict, old: ScoreResult | None, new: ScoreResult | None) -> Child:
    now = new.reason if new else ""
    was = old.reason if old else ""
    if not was or was == now or verdict.baseline is None:
        return now
    return join(now, tag("span", f"v{verdict.baseline.version}: {was}", class_="cb-sub"))


def _compact(rest: Sequence[CaseResult], seen: set[str], *, several: bool) -> Html:
    lines = []
    for case in rest:
        cells: list[Child] = [
            tag("code", case.id),
            _SAID[case.change],
            points(case.difference),
            "protected" if case.protected else "",
            ", ".join(case.tags),
        ]
        cells += [case.model] if several else []
        lines.append(
            tag(
                "tr",
                [tag("td", cell, class_="cb-n" if at == 2 else None) for at, cell in enumerate(cells)],
                id=_identity(case, seen),
                data_change=case.change,
                data_protected=case.protected,
            )
        )
    columns = ["Case", "Became", "Difference", "Protected", "Tags", *(["Model"] if several else [])]
    top = [
        tag("th", words, scope="col", class_="cb-n" if at == 2 else None) for at, words in enumerate(columns)
    ]
    inner = tag("table", tag("thead", tag("tr", top)), tag("tbody", lines), class_="cb-table cb-compact")
    shown = tag("div", inner, class_="cb-scroll", role="region", aria_label="Other cases", tabindex="0")
    return tag("section", tag("h3", "Other cases"), shown, class_="cb-others")
