"""Which recorded answers become cases, and what such a case says. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from cuebook.core.canonical import canonical
from cuebook.core.templating import has_type
from cuebook.core.text import fold_json, whole
from cuebook.shapes.run import Case, Version
from cuebook.traces._base import Spoken
from cuebook.traces._inverse import read_back
from cuebook.traces._redaction import Redaction

TAG = "from-production"
RecordFate: TypeAlias = Literal[
    "records",
    "of_prompt",
    # Of the prompt's records each has one of these, and those with inputs then one of the next.
    "no_time",
    "not_asked_for",
    "version_missing",
    "unfilled",
    "variables",
    "fields",
    "read_back",
    # What became of those with inputs: ``new`` are candidates, of which a sample takes some.
    "same_as_there",
    "same_as_other",
    "new",
]
"""Which way a record went, as programs read it."""

# Numbers of orders and amounts differ in questions that are alike.
_DIGIT = re.compile(r"\d")
_SAMPLE = b"cuebook-sample/1\n"


@dataclass(frozen=True)
class Wanted:
    """Which answers: of a prompt's ``versions``, since a day, with this feedback, and at most so many.

    ``renamed`` says which field of a record fills an input. Apps may still ask for the prompt by one of its
    ``former`` names.
    """

    prompt: str
    versions: Mapping[int, Version]
    latest: int
    since: str = ""
    version: int | None = None
    feedback: str = ""
    most: int | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    former: Collection[str] = ()


@dataclass
class Taken:
    """Lines for a dataset, and how many records went which way.

    ``versions`` are those that records name; ``fields`` is what else of them an input may be filled from.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[RecordFate] = field(default_factory=Counter)
    versions: set[int] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    conversations: int = 0


def take(
    spoken: Iterable[tuple[str, Spoken]], wanted: Wanted, there: Sequence[Case], redaction: Redaction | None
) -> Taken:
    """Return the new cases that records (each with its format) make, in an order that more records keep."""
    made = Taken()
    known = {_alike(case.inputs) for case in there}
    ids = {case.id for case in there}
    found: list[tuple[bytes, str, Spoken, dict[str, Any]]] = []
    seen: set[bytes] = set()
    for origin, item in spoken:
        made.counts["records"] += 1
        if item.prompt not in {"", wanted.prompt, *wanted.former}:
            continue
        made.counts["of_prompt"] += 1
        made.fields.update(*item.fields)
        if not _is_wanted(item, wanted):
            made.counts["no_time" if wanted.since and not item.time else "not_asked_for"] += 1
            continue
        values = _inputs(item, wanted, made.counts)
        if values is None:
            continue
        if item.version:
            made.versions.add(item.version)
        # Before cases are compared: the rows that are there were written without what it takes out.
        if redaction:
            values = redaction.value(values, item.conversation)
        key = _alike(values)
        if key in known or f"p-{_short(item.trace, item.span)}" in ids:
            made.counts["same_as_there"] += 1
        elif key in seen:
            made.counts["same_as_other"] += 1
        else:
            seen.add(key)
            # By the trace alone: a longer file adds cases to a sample and never shuffles it.
            order = sha256(_SAMPLE + item.trace.encode("utf-8", "replace")).digest()
            found.append((order, origin, item, values))
    # By the span within one trace, which all have the hash of the trace.
    found.sort(key=lambda row: (row[0], row[2].span))
    for _, origin, item, values in found[: wanted.most]:
        made.lines.append(_line(item, values, origin, wanted))
    made.conversations = len({line["cluster"] for line in made.lines})
    made.counts["new"] = len(found)
    return made


def _is_wanted(item: Spoken, wanted: Wanted) -> bool:
    return (
        item.time[:10] >= wanted.since
        and (wanted.version is None or item.version == wanted.version)
        and (not wanted.feedback or item.feedback == wanted.feedback)
    )


def _inputs(item: Spoken, wanted: Wanted, counts: Counter[RecordFate]) -> dict[str, Any] | None:
    """What the prompt was filled with: as recorded, by the names of fields, or read back from the text."""
    version = wanted.versions.get(item.version or wanted.latest)
    if version is None:
        counts["version_missing"] += 1
        return None
    # A field of another name fills an input as well, where --map says so.
    fields = [
        given | {name: given[source] for name, source in wanted.renamed.items() if source in given}
        for given in map(dict, item.fields)
    ]
    ways: list[tuple[RecordFate, Callable[[], Mapping[str, Any] | None]]] = [
        # What was recorded counts before what is concluded from the text.
        ("variables", lambda: item.variables),
        *(("fields", lambda given=given: given) for given in fields),
        ("read_back", lambda: read_back(version, item.messages)),
    ]
    for way, values in ways:
        if (fitting := _fitting(values(), version)) is not None:
            counts[way] += 1
            return fitting
    counts["unfilled"] += 1
    return None


def _fitting(values: Mapping[str, Any] | None, version: Version) -> dict[str, Any] | None:
    """The values of the version's inputs, where all that it needs are there and of their types."""
    if values is None:
        return None
    found = {name: values[name] for name in version.inputs if name in values}
    for name, spec in version.inputs.items():
        kind = str(spec.get("type", "string"))
        if name not in found:
            if "default" not in spec:
                return None
        # Spans and tables hold texts only.
        elif isinstance(found[name], str) and kind in {"number", "integer", "boolean", "array", "object"}:
            try:
                found[name] = json.loads(found[name])
            except (ValueError, RecursionError):
                return None
        if name in found and not has_type(found[name], kind):
            return None
    return {name: _whole(value) for name, value in found.items()}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole(str(key)): _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def _alike(inputs: Mapping[str, Any]) -> bytes:
    """What two cases share that differ in case, white space, Unicode form or digits alone."""
    return _DIGIT.sub("0", canonical(fold_json(dict(inputs))).decode()).encode()


def _short(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:10]


def _line(item: Spoken, values: Mapping[str, Any], origin: str, wanted: Wanted) -> dict[str, Any]:
    """A line of a dataset; ids of other systems do not get in."""
    said = f"{origin} {wanted.prompt}" + (f"/{item.version}" if item.version else "")
    day = item.time[:10] if re.fullmatch(r"\d{4}-\d{2}-\d{2}", item.time[:10]) else ""
    return {
        "id": f"p-{_short(item.trace, item.span)}",
        "inputs": dict(values),
        "tags": [TAG],
        # Answers of one conversation are one observation to the gate.
        "cluster": f"c-{_short(item.conversation)}",
        "source": f"{said} {day}".strip(),
    }
