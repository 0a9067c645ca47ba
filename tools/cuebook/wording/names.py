"""How versions, metrics, judges and numbers are called in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cuebook.core.escape import one_line
from cuebook.core.format import money, plural, points, ratio, score, seconds
from cuebook.shapes.case_result import Answer
from cuebook.shapes.verdict import AnsweringApp, Arm, LimitResult, MetricResult, Ruling, ScorerSummary

LIMITS = {"cost_usd": ("costs", money), "seconds": ("takes", seconds), "words": ("has", None)}
"""The verb of a sentence about a limit, and how its numbers are written; words are counted."""


_NO_NAME = re.compile(r"[,:;|]|->|\u2192")
_LONGEST_NAME, _MOST_WORDS = 80, 8
"""Characters and words of what people are called."""


def person(author: str | None) -> str:
    """Return a person's name without the mail address that Git keeps beside it.

    Anybody may write any name into a commit: one that could be read as a part of our sentence is quoted.
    """
    name = one_line((author or "").partition(" <")[0], _LONGEST_NAME)
    is_name = not _NO_NAME.search(name) and name.count(" ") < _MOST_WORDS
    return (name if is_name else repr(name)) or "unknown"


def called(arm: Arm) -> str:
    """Return ``v5``, or the file that holds the answers of this side."""
    return arm.file or f"v{arm.version}"


def beside(version: int, baseline: str = "") -> str:
    """Return ``against v5``, or that there is nothing to compare with, not even a live version."""
    if baseline:
        return f"against {baseline}"
    return "first version" if version == 1 else "nothing to compare with"


def app_called(app: AnsweringApp) -> str:
    """``desk (3fa9c2e)``: an app by its name and the beginning of the digest of its settings and files."""
    return f"{app.name} ({app.fingerprint.partition(':')[2][:7]})"


def prices(app: AnsweringApp | None) -> str:
    """Return how it becomes known what the replies of a run cost."""
    if app:
        return f'let the app {app.name} print what an answer cost: "usage": {{"costUsd": 0.002}}'
    return 'write the price of the model under [prices."PROVIDER/MODEL"] in the settings'


def old(ruling: Ruling) -> str:
    """Return the same of what was compared with, or words for a version that there is not."""
    return ruling.file or (f"v{ruling.baseline}" if ruling.baseline else "no version")


def margin(value: float) -> str:
    """Return a margin or floor on [0, 1] in points: ``8``, ``5.3``."""
    return f"{100 * value:.1f}".removesuffix(".0")


def kappa_interval(lower: float, upper: float) -> str:
    """Return the interval of a kappa, without what the normal approximation puts beyond -1 and 1.

    It is that of the table with a little added to each cell, so a kappa of 1 lies above it.
    """
    return f"[{ratio(max(-1.0, lower))}, {ratio(min(1.0, upper))}]"


def new_version(prompt: str) -> str:
    """Return the command that writes a version."""
    return f'cuebook new {prompt} -m "Why this version"'


def of_a_fail(evidence: float) -> str:
    """Return evidence of a loss as a share of what a fail needs: never 100% while it is no fail."""
    share = round(100 * evidence)
    return f"{min(share, 99) if evidence < 1 else share}%"


def counted(number: int, units: str) -> str:
    """Return ``1 case``, ``12 clusters``: how many of what counts as one observation."""
    return plural(number, units.removesuffix("s"))


def per_cent(error: float) -> str:
    """Return ``5%``, ``1.25%``."""
    return f"{100 * error:.3g}%"


def ended_by(answer: Answer) -> str:
    """Return how an answer ended, where it did not simply stop or call: ``length``, ``content_filter``."""
    usual = {"stop", "end_turn", *(("tool_calls", "tool_use") if answer.tool_calls else ())}
    return "" if answer.text is None or answer.finish in usual else answer.finish


def metric(
    found: MetricResult | ScorerSummary, among: Sequence[MetricResult] | Sequence[ScorerSummary]
) -> str:
    """Return the label of a metric, or of a scorer, with its model where there are several."""
    several = len({item.model for item in among}) > 1
    return f"{found.label} ({found.model})" if several else found.label


def quantity(limit: LimitResult, value: float) -> str:
    """Return a value of a limit with its unit: ``$0.012``, ``1.20 s``, ``158 words``."""
    write = LIMITS[limit.name][1]
    return write(value) if write else f"{value:,.4g} words"


def broke(*, compared: bool) -> str:
    """Return what happened to a case that does not pass: a first version has nothing to break."""
    return "broke" if compared else "failed"


def change_on_metric(item: MetricResult) -> str:
    """Return ``−5.0 points, between −9.1 and −0.9``: the change on a metric and both ends of its interval."""
    return f"{points(item.mean)} points, between {points(item.lower)} and {points(item.upper)}"


def mean(item: MetricResult, distance: float) -> str:
    """Return a mean score, given its distance to the floor; cut to the scale."""
    return score(min(1.0, max(0.0, item.bound + distance)))
