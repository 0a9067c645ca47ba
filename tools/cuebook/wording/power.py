"""Sentences on what the cases of a suite can decide."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import joined, plural
from cuebook.core.layout import shown, suite_path
from cuebook.shapes._defaults import ERROR
from cuebook.shapes.power import Power, ProtectedAlarm, TooFew
from cuebook.shapes.suite import Suite
from cuebook.wording.names import counted
from cuebook.wording.weak_judges import LITTLE, better_judge, shows_only

KINDS: dict[str, str] = {
    "binary": "right or wrong",
    "graded": "graded by a judge",
    "pairwise": "compared by a judge",
    "similarity": "a similarity",
}
"""The kinds of scores by which a spread is assumed."""


def never_passes(found: TooFew) -> str:
    """Return who cannot pass on so few cases, and what loss they can rule out."""
    they, verb = ("it", "is") if found.cases == 1 else ("they", "are")
    alone = " on it alone" if found.alone else ""
    who = "no version can pass, however good it is"
    if found.better:
        who = "a version that is only as good as the baseline cannot pass, a better one can"
    return (
        f"{counted(found.cases, found.units)} {verb} too few for a margin of {found.margin:.3g}: {who}; "
        f"{they} can rule out a loss of about {found.supported:.2f}{alone}"
    )


def more_cases(found: TooFew) -> str:
    """Return how many cases to add for an equally good version to pass as a rule."""
    lacking, all_of = (counted(n, found.units) for n in (found.needed - found.cases, found.needed))
    return f"add {lacking}: with {all_of} a version that is only as good usually passes"


def shows_little(item: Power) -> bool:
    """Return whether the errors of the judge leave so little of a difference that cases do not help."""
    return item.shown is not None and item.shown < LITTLE


def can_decide(item: Power) -> str:
    """Return what the cases can decide on a metric, in one line."""
    have, would = counted(item.cases, item.units), counted(item.needed, item.units)
    spread = f"sd {item.sd:.2f} {'measured' if item.measured else f'assumed: {KINDS[item.kind]}'}"
    if item.stated is not None:
        spread += f"; the suite's {item.stated:g} minus the judge's errors"
    if item.metrics > 1:
        spread += f"; for {item.metrics} tests together"
    if item.error != ERROR:
        spread += f"; at {100 * item.error:g}% error"
    if shows_little(item):
        least = item.shown or 0.0
        return f"{item.label}: the judge {shows_only(least)}: no number of cases makes up for it ({spread})"
    if item.enough:
        return (
            f"{item.label}: {have} are enough for a margin of {item.margin:.3g} ({spread}); "
            f"the smallest margin they support is {item.margin_supported:.3f}"
        )
    if item.hopeless:
        verb = "is" if item.cases == 1 else "are"
        return (
            f"{item.label}: {have} {verb} too few to confirm the floor of {100 * (item.floor or 0):.3g}, "
            f"even if every answer is right; a score close to it takes {would} ({spread})"
        )
    if item.floor is not None:
        return (
            f"{item.label}: {have} confirm the floor of {100 * item.floor:.3g} only for a score clearly "
            f"above it; a score close to it takes {would} ({spread})"
        )
    if item.never:
        return (
            f"{item.label}: {never_passes(item.never)}; {would} are enough for {item.margin:.3g} ({spread})"
        )
    return (
        f"{item.label}: {have} support a margin of {item.margin_supported:.3f}, "
        f"not {item.margin:.3g} ({spread}); {would} would"
    )


def expects_false_alarms(found: ProtectedAlarm) -> str:
    """Return how often protected cases fail a version that is no worse. No full stop."""
    return (
        f"production passes its {plural(found.cases, 'protected case')} in {found.passed:.0%} of runs: an "
        f"equally good version fails on one of them up to {found.alarm:.0%} of the time"
    )


def proposal(able: Sequence[Power], suite: Suite) -> str:
    """Return what would let too few cases decide; empty where they are enough."""
    rules = shown(suite_path(suite.name))
    if weak := [item for item in able if shows_little(item)]:
        return "; ".join(better_judge(item.judge, item.label, rules) for item in weak)
    short = [item for item in able if not item.enough]
    if not short:
        return ""
    lacking = max(item.needed - item.cases for item in short)
    of_cases = " of cases" if short[0].units == "clusters" else ""
    more = f"add {counted(lacking, short[0].units)}{of_cases} for the present margin"
    if any(item.proposed is None for item in short):
        return more
    together = " together" if short[0].metrics > 1 else ""
    margins = joined([f"{item.label}: {{margin: {item.proposed:g}}}" for item in short])
    return f"in {rules} accept a loss that they can rule out{together}, {margins}, or {more}"
