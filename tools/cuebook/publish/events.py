"""What happened to all prompts, newest first: JSON by year, and a table of the moves for spreadsheets.

All of it is from Git and from what publications wrote down, so that the bytes are the same each time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from cuebook.core.moments import utc_text
from cuebook.shapes import published
from cuebook.shapes._base import encode
from cuebook.shapes.moves import AliasMove, EndingKind
from cuebook.shapes.published import Event, EventKind, Events, PromptIndex
from cuebook.wording.moves import as_the_commit_says, rests_on, who_moved
from cuebook.wording.shares import split_line


def event_files(indexes: Sequence[PromptIndex]) -> dict[str, bytes]:
    """The newest year's events, those of each year before in a file of its own, and the table."""
    # The id settles the order of what happened in one second, so that the bytes are the same each time.
    found = sorted(events(indexes), key=lambda item: (item.time, item.id), reverse=True)
    years: dict[str, list[Event]] = {}
    for event in found:
        years.setdefault(event.time[:4], []).append(event)
    newest, *earlier = years or {"": []}
    files = {published.events_path(year): encode(Events(events=years[year])) for year in earlier}
    now = Events(
        updated=found[0].time if found else None,
        events=years.get(newest, []),
        earlier=[published.events_path(year) for year in earlier],
    )
    return files | {published.events_path(): encode(now), published.MOVES_CSV: _table(found)}


def events(indexes: Iterable[PromptIndex]) -> Iterator[Event]:
    """Everything that happened; what has no moment that can be read is left out."""
    for prompt in indexes:
        yield from _versions(prompt)
        yield from _ended(prompt)
        yield from _verdicts(prompt)
        yield from _splits(prompt)
        for move in prompt.history:
            if time := utc_text(move.time):
                yield _moved(prompt, move, time, "alias-removed" if move.version is None else "alias-moved")
                # Once more under a kind of its own, for those who look for overrides alone.
                if move.state == "override":
                    yield _moved(prompt, move, time, "override-used")


def _versions(prompt: PromptIndex) -> Iterator[Event]:
    for entry in prompt.versions:
        if time := utc_text(entry.created):
            yield Event(
                id=f"version:{prompt.name}/{entry.version}",
                kind="version-published",
                time=time,
                prompt=prompt.name,
                version=entry.version,
                author=entry.author or "",
                commit=entry.commit or "",
                url=entry.url,
                headline=entry.message,
            )


def _ended(prompt: PromptIndex) -> Iterator[Event]:
    """Each with its version, and its commit: a version can be retired again."""
    for item in prompt.endings:
        if time := utc_text(item.time):
            yield Event(
                id=f"{item.kind}:{published.change_id(prompt.name, item)}",
                kind=_ENDED[item.kind],
                time=time,
                prompt=prompt.name,
                version=item.version,
                author=item.author,
                commit=item.commit,
                url=published.artifact_path(prompt.name, item.version),
                headline=item.subject,
                who=as_the_commit_says(item.author),
            )


def _splits(prompt: PromptIndex) -> Iterator[Event]:
    """Each change of what a share of units tries, by the words of its commit."""
    for item in prompt.splits:
        if time := utc_text(item.time):
            yield Event(
                id=f"split:{published.change_id(prompt.name, item)}",
                kind="split-changed",
                time=time,
                prompt=prompt.name,
                alias=item.alias,
                version=item.version,
                author=item.author,
                commit=item.commit,
                url=published.alias_path(prompt.name, item.alias),
                state=item.state,
                headline=item.subject,
                who=as_the_commit_says(item.author),
                tries=item.tries,
            )


def _verdicts(prompt: PromptIndex) -> Iterator[Event]:
    """Each verdict that a workflow reached on a known day: the last one on each version and suite."""
    for entry in prompt.evaluations:
        if entry.decided and (time := utc_text(entry.decided)):
            yield Event(
                id=f"verdict:{prompt.name}/{entry.version}:{entry.suite}:{entry.decided}",
                kind="verdict-reached",
                time=time,
                prompt=prompt.name,
                version=entry.version,
                previous=entry.baseline,
                author="",
                commit="",
                url=entry.url,
                evidence=[entry.url],
                state=entry.outcome,
                headline=entry.headline,
            )


_ENDED: Mapping[EndingKind, EventKind] = {
    "retired": "version-retired",
    "erased": "version-erased",
    "returned": "version-returned",
}


def _moved(
    prompt: PromptIndex,
    move: AliasMove,
    time: str,
    kind: Literal["alias-moved", "alias-removed", "override-used"],
) -> Event:
    what = "override" if kind == "override-used" else "alias"
    return Event(
        id=f"{what}:{published.change_id(prompt.name, move)}",
        kind=kind,
        time=time,
        prompt=prompt.name,
        alias=move.alias,
        version=move.version,
        previous=move.previous,
        author=move.author,
        commit=move.commit,
        url=published.alias_path(prompt.name, move.alias),
        evidence=move.evidence,
        state=move.state,
        headline=rests_on(move, prompt.evaluations),
        override=move.override,
        who=who_moved(move),
        recorded=move.recorded,
        pull_request=move.pull_request,
    )


_COLUMNS = (
    "time",
    "prompt",
    "alias",
    "from",
    "to",
    "state",
    "rests_on",
    "who",
    "commit",
    "pull_request",
    "recorded",
    "kind",
    "about",
)
"""``kind`` is that of the event; where what is tried was changed, ``rests_on`` says to what. Where a version
was retired, erased or taken back, ``about`` is the version and no alias moved, so that the columns of moves
stay empty."""


def _table(found: Iterable[Event]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")  # as RFC 4180 has it
    write.writerow(_COLUMNS)
    for event in found:
        if event.kind in _IN_TABLE:
            # Spreadsheets run what begins like a formula, and the names in it are anybody's text.
            write.writerow(["" if cell is None else inert(str(cell)) for cell in _row(event)])
    return out.getvalue().encode()


_IN_TABLE = {"alias-moved", "alias-removed", "split-changed", *_ENDED.values()}
"""What changes which version apps get. An override that was used is said in the row of its move."""


def _row(event: Event) -> tuple[str | int | None, ...]:
    moves, is_split = event.kind in {"alias-moved", "alias-removed"}, event.kind == "split-changed"
    return (
        event.time,
        event.prompt,
        event.alias,
        event.previous,
        event.version if moves else None,
        event.state,
        split_line(event.alias or "", event.tries) if is_split else event.headline,
        event.who,
        event.commit,
        event.pull_request,
        event.recorded,
        event.kind,
        None if moves else event.version,
    )


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
