"""Words on a past move of an alias: who let it, and what was known of the version it was moved to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cuebook.core.format import joined
from cuebook.shapes.moves import AliasMove, Ending, EndingKind
from cuebook.shapes.published import EvaluationEntry
from cuebook.shapes.shares import SplitChange
from cuebook.wording.details import override_box
from cuebook.wording.names import person

AS_KNOWN_TODAY = "as known today"
"""What is beside a move of which nothing was written down when it was published."""


def who_moved(move: AliasMove) -> str:
    """Return who made a move, as the hosting service said; else whom the commit names, and a word on that."""
    if not move.merged_by:
        return as_the_commit_says(move.author)
    approved = f", approved by {joined(move.approved_by)}" if move.approved_by else ", approved by nobody"
    return f"merged by {move.merged_by}{approved}"


def as_the_commit_says(author: str) -> str:
    """Return whom a commit names, for a move of which nothing else is recorded."""
    return f"{person(author)}, as the commit says"


ENDED: Mapping[EndingKind, str] = {
    "retired": "retired: apps should leave it, and no alias may point to it",
    "erased": "erased: its text is shown to nobody",
    "returned": "no longer retired",
}
"""The words for what happened to a version, placed after its number."""

HAPPENED: Mapping[str, str] = {
    "moved": "alias moved",
    "split": "share changed",
    "retired": "version retired",
    "erased": "version erased",
    "returned": "version no longer retired",
}
"""The words for each kind of event in the history of a registry."""

NO_VERDICT = "Needs none"
"""What is in the place of a verdict where a version was retired, erased or taken back."""


ON_VERSION_PAGE = "On the version's page"
"""What is in the place of a verdict where a share of units begins to get a version."""

NOTHING_TRIED = "ends its trial"
"""What an alias does after its last share is taken back."""


TAKEN_OFF = "taken off"
"""What happened to an alias that points to no version any more."""

NO_MOVES = "no alias has moved in a commit yet"
"""What is in the place of moves where there are none. No full stop."""

UNRECORDED = "time and pull request are not recorded"
"""What is in the place of a run's facts: one on a terminal records none of them."""

ERASED = f"This version was {ENDED['erased']}."
"""What is left of the page of a version."""

NOTHING_LIVE = "No alias points to a version yet, so nothing is live."


def where_it_is(aliases: Sequence[str]) -> str:
    """Return what points to a version, ``production``, or a share of it; words where nothing does."""
    return ", ".join(aliases) or "no alias points to it"


def kind_of(item: AliasMove | Ending | SplitChange) -> str:
    """Return the kind of an event, a key of ``HAPPENED``."""
    if isinstance(item, AliasMove):
        return "moved"
    return "split" if isinstance(item, SplitChange) else item.kind


def as_it_stood(alias: str, version: int, date: str, *, followed: bool) -> str:
    """Return what a page about the verdict that a past move rests on says first."""
    since = "Another verdict has replaced it since." if followed else "No verdict has replaced it since."
    return f"This is what was known when {alias} was moved to v{version} on {date}. {since}"


def gone(version: int, *, erased: bool, suite: bool) -> str:
    """Return why a report is no longer there; ``suite`` says whether its suite still is."""
    if erased:
        return f"v{version} was erased, and its reports with it."
    return "Nothing of this report is kept." if suite else "The suite of this report is gone."


def rests_on(move: AliasMove, entries: Iterable[EvaluationEntry]) -> str:
    """Return what was known of the version, each verdict in its sentence; ``entries`` are today's."""
    said = [item.headline for item in move.known]
    if move.recorded is None:
        said = [entry.headline for entry in entries if entry.version == move.version]
    if move.override:
        said.append(override_box(move.override))
    return " ".join(dict.fromkeys(said))
