"""How a verdict came about, on its page: coverage, judges, other scores, spending, digests."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import NONE, amount, capital, money, points, relative_change, score, seconds
from cuebook.shapes.audit import Audit
from cuebook.shapes.published import evaluation_path
from cuebook.shapes.verdict import ScorerSummary, Spending, Verdict, means
from cuebook.site.pages._base import label_link, link
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._judges import checked, judges_of
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import ROWS, facts, fold_row, former_anchors, table
from cuebook.wording.audit import pairs_graded
from cuebook.wording.details import CHANGES, asked, coverage_rows, details
from cuebook.wording.finish import finishes
from cuebook.wording.names import metric, quantity
from cuebook.wording.notes import notes
from cuebook.wording.weak_judges import SCORE_ROLES


def how(here: str, verdict: Verdict, path: str = "", audits: Sequence[Audit] = ()) -> Html:
    """Return all that was found in words, and what it was found with, each folded.

    ``path`` is where the verdict is published, unless it is the one that counts today; ``audits`` are what
    people say of its judges.
    """
    path = path or evaluation_path(verdict.prompt, verdict.candidate.version, verdict.suite)
    said = asked(verdict)
    told = [*details(verdict), *notes(verdict)]
    parts = [fold_row("In words", "all that was found", tag("ul", [tag("li", line) for line in told]))]
    parts.append(fold_row("Cases", said, facts([*coverage_rows(verdict.coverage)])))
    if verdict.judges:
        names = ", ".join(judge.ref for judge in verdict.judges)
        # People can grade what a judge has graded: one that compares two answers has no scale.
        grading = next((judge for judge in verdict.judges if judge.scale), None)
        label: Html | None = None
        if grading:
            of = verdict.prompt, verdict.candidate.version, verdict.suite
            by_hand = tag("a", "Label answers", href=label_link(here, grading.ref, *of))
            label = tag("p", by_hand, ", without knowing which version gave them.")
        parts.append(fold_row("Judges", names, join(judges_of(verdict), label)))
    if audits:
        about = [(tag("code", found.ref), found) for found in audits]
        parts.append(fold_row("Checked by people", pairs_graded(audits[0]), checked(about)))
    # A scorer that was not applicable to any case has nothing to tell.
    others = [row for row in verdict.summaries if not row.decides and row.measured + row.failed]
    if others:
        names = ", ".join(row.label for row in others)
        parts.append(
            fold_row("Other scores", f"{names}: {SCORE_ROLES['reported']}", _summaries(verdict, others))
        )
    parts.append(fold_row("Cost, time, length", f"an answer: {taken(verdict)}", _spending(verdict)))
    said = "digests of versions, dataset, suite, judges and tool"
    parts.append(fold_row("What this rests on", said, _basis(link(here, path), verdict)))
    return tag(
        "section",
        tag("header", tag("h2", "How this was measured")),
        former_anchors("coverage", "judges", "protected-cases", "other-scores", "cost-speed-and-length"),
        former_anchors("what-this-rests-on"),
        parts,
        id="how",
        class_="cb-section",
    )


def _summaries(verdict: Verdict, rows: list[ScorerSummary]) -> Html:
    base = verdict.baseline
    lines: list[list[Child]] = [
        [
            metric(row, verdict.summaries),
            *([score(old)] if base else []),
            score(new),
            *([points(change)] if base else []),
            f"{row.measured:,}",
            f"{row.failed:,}",
        ]
        for row in rows
        for old, new, change in [means(verdict, row)]
    ]
    heads = ["Scorer", *_sides(verdict), "Cases", capital(CHANGES["dropped"])]
    return table(heads, lines, "Other scores", numeric=" nnnnn", kind=ROWS)


def _sides(verdict: Verdict) -> list[str]:
    """The columns of a measurement: a first version has no other to stand beside."""
    new = f"v{verdict.candidate.version}"
    return [f"v{verdict.baseline.version}", new, "Change"] if verdict.baseline else [new]


def taken(verdict: Verdict) -> str:
    """Return what an answer takes, before and now: cost and time where they are known, and words."""
    new, old = verdict.candidate_spending, verdict.baseline_spending
    told = []
    for write, field, unit in (
        (money, "cost_usd", ""),
        (seconds, "seconds", ""),
        (amount, "words", " words"),
    ):
        after = getattr(new, field)
        # None is unknown; 0 is what a toy or a rule takes, of which there is nothing to say.
        if after:
            before = f"{write(getattr(old, field))} \u2192 " if old else ""
            told.append(f"{before}{write(after)}{unit}")
    return ", ".join(told) or NONE


def _spending(verdict: Verdict) -> Html:
    new, old = verdict.candidate_spending, verdict.baseline_spending or _NOTHING
    rows: list[list[Child]] = [
        [name, write(before), write(after), relative_change(before, after)]
        if verdict.baseline
        else [name, write(after)]
        for name, write, before, after in (
            ("Cost", money, old.cost_usd, new.cost_usd),
            ("Time", seconds, old.seconds, new.seconds),
            ("Words", amount, old.words, new.words),
            ("Tokens in", amount, old.input_tokens, new.input_tokens),
            ("Tokens out", amount, old.output_tokens, new.output_tokens),
        )
    ]
    if told := finishes(verdict):
        rows.append(["Ended by", *told, *([NONE] if verdict.baseline else [])])
    heads = ["Mean of an answer", *_sides(verdict)]
    limits = [
        [
            found.name.removesuffix("_usd").capitalize(),
            quantity(found, found.limit),
            "unknown" if found.value is None else quantity(found, found.value),
            badge(found.outcome),
        ]
        for found in verdict.limits
    ]
    shown = (
        table(["Limit on the mean", "At most", "Was", "Verdict"], limits, "Limits", numeric=" nn")
        if limits
        else None
    )
    return join(table(heads, rows, "Cost, time, length", numeric=" nnn"), shown)


def _basis(whole_at: str, verdict: Verdict) -> Html:
    digests = verdict.digests
    rows: list[tuple[str, Child]] = [("models asked", ", ".join(digests.models))] if digests.models else []
    if verdict.app:
        rows.append((f"app {verdict.app.name}", _code(verdict.app.fingerprint)))
    if verdict.served_models:
        rows.append(("models that answered", ", ".join(verdict.served_models)))
    rows.append((f"v{verdict.candidate.version}", _code(digests.candidate)))
    if digests.baseline and verdict.baseline:
        rows.append((f"v{verdict.baseline.version}", _code(digests.baseline)))
    rows += [("dataset", _code(digests.dataset)), ("suite", _code(digests.suite))]
    rows += [(f"judge {name}", _code(value)) for name, value in sorted(digests.judges.items())]
    rows.append(("tool", digests.tool))
    whole = tag("a", "All cases as JSON", href=whole_at)
    said = "The verdict counts as evidence only while all of these are the same. "
    return join(tag("p", said, whole), facts(rows))


_NOTHING = Spending(cost_usd=None, seconds=None, words=None, input_tokens=None, output_tokens=None)


def _code(text: str) -> Html:
    return tag("code", text, class_="cb-digest")
