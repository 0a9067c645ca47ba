"""Remarks on a verdict, whatever its outcome: stand-ins, other models, unknown prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cuebook.core.format import plural, points, some
from cuebook.shapes.made_from import MadeFrom
from cuebook.shapes.verdict import Served, Verdict
from cuebook.wording.headline import ruling_of
from cuebook.wording.names import called, per_cent, prices

STAND_INS = (
    "Rules answered or judged in place of a model: this is a rehearsal of the gate, not evidence about a "
    "real model."
)

REHEARSAL = "no real model: a rehearsal"
"""The same on a chip."""


def notes(*verdicts: Verdict) -> list[str]:
    """Remarks on who answered and what is not known, one sentence or two each, each once."""
    found = dict.fromkeys(text for verdict in verdicts for text in _on_answers(verdict))
    unpriced = Counter[str]()
    for verdict in verdicts:
        unpriced[prices(verdict.app)] += verdict.unpriced
    for cure, count in (+unpriced).items():
        replies = plural(count, "reply has", "replies have")
        found[f"{replies} no known price, so a ceiling in dollars does not count them: {cure}."] = None
    return list(found)


def _on_answers(verdict: Verdict) -> list[str]:
    found = [STAND_INS] if verdict.offline else []
    found += [unread(verdict.app.name)] if verdict.app and verdict.app.unread else []
    found += served_notes(verdict)
    found += [made_from(verdict.made_from, verdict.candidate.version)] if verdict.made_from else []
    return found


def unread(app: str) -> str:
    """Say that an app was given the version in a registry, and looked for it elsewhere or nowhere."""
    return (
        f"The app {app} read nothing from the registry in CUEBOOK_REGISTRY, so that both versions "
        'may have been the same app. One that takes the version from its request says so: prompt = "request".'
    )


def made_from(found: MadeFrom, version: int) -> str:
    """Say which cases a version was made from, and what changed on these."""
    every = plural(found.seen + found.held, "case")
    which = some(found.quoted)
    repeats = f"The text of v{version} repeats {len(found.quoted)} of the {every} word for word ({which})"
    saw = f"An optimiser saw {found.seen} of the {every}"
    if not found.quoted:
        said = f"{saw}; those that it did not see"
    elif len(found.quoted) == found.seen:
        said = f"{repeats}; the others"
    else:
        said = f"{saw}, or its text repeats them ({which}); the others"
    changes = [f"{points(item.mean)} on {item.label}" for item in found.changes]
    told = f" On cases it was made from ({found.used} asked): {', '.join(changes)}." if changes else ""
    if found.protected:
        count = plural(found.protected, "repeated case is", "repeated cases are")
        told += f" {count} protected: that these do not break proves nothing."
    return f"{said} must also pass on their own.{told}"


def several(verdicts: Sequence[Verdict]) -> str:
    """Return what is not promised of several comparisons together; empty for one."""
    return wrong_together([ruling_of(verdict).error or 0.0 for verdict in verdicts])


def wrong_together(errors: Sequence[float]) -> str:
    """How often several comparisons fail where no version is worse, from the error of each.

    The chance that one does, or the number to expect. Empty for one, and where an error is not known.
    """
    if len(errors) < 2 or not all(errors):
        return ""
    # The sum, which holds whatever versions share: cases, and the answers of a baseline.
    total = sum(errors)
    harm = (
        f"the chance that the tests fail at least one is up to {per_cent(total)}"
        if total < 1
        else f"the tests are expected to fail up to {total:.1f} of them"
    )
    return (
        f"{plural(len(errors), 'comparison')}, each wrong in at most {per_cent(max(errors))}: even if no "
        f"version is worse, {harm}."
    )


def served_notes(verdict: Verdict) -> list[str]:
    """Return where replies of several models are mixed, or another model replied than before."""
    return [text for item in verdict.served for text in _served(verdict, item)]


def _served(verdict: Verdict, item: Served) -> Iterator[str]:
    arms = {"candidate": verdict.candidate, "baseline": verdict.baseline}
    arm = arms.get(item.who)
    who = called(arm) if arm else f"The judge {item.who}"
    if len(item.names) > 1:
        yield (
            f"{who} was answered by more than one model where {item.model} was asked: "
            f"{', '.join(item.names)}. Their replies are mixed in this verdict."
        )
    if new := [name for name in item.names if item.before and name not in item.before]:
        yield (
            f"{who} was answered by {', '.join(new)} where {item.model} was asked; in the verdict before it "
            f"was {', '.join(item.before)}. The provider may have changed the model."
        )
