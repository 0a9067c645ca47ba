"""Why nothing was published or kept: one sentence a code, the same for JSON and for the data branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from cuebook.core.errors import UPGRADE, PublishConflict

ConflictCode = Literal[
    "newer",
    "newer_code",
    "vanishes",
    "erased",
    "damaged",
    "digest_broken",
    "other_digest",
    "other_message",
    "other_outcome",
]


class Conflict(NamedTuple):
    """One published file that publishing would change or drop, and the facts that its words need."""

    path: str
    code: ConflictCode
    facts: Mapping[str, object]


_SAID: dict[ConflictCode, str] = {
    "newer": "holds {schema}, which was written by a newer Cuebook",
    "newer_code": "holds {schema} with {code}, which only a newer Cuebook knows",
    "vanishes": "would disappear",
    "erased": "it was erased; its number cannot be reused",
    "damaged": "the published file is damaged; restore it from an earlier publication",
    "digest_broken": "the published file is not what its own digest says; restore it",
    # 19 characters: ``sha256:`` and the twelve digits that people compare by eye.
    "other_digest": "published with digest {was:.19}, would get {now:.19}",
    "other_message": "published with the message {was!r}, would get {now!r}",
    "other_outcome": "{was} on the same digests, would become {now}",
}

NEWER: frozenset[ConflictCode] = frozenset({"newer", "newer_code"})
"""What says that a newer Cuebook wrote a file."""

_NOTHING_WRITTEN = "publishing would change or drop what is already published; nothing was written"
_CURE = (
    "a version never changes: put its file back as it was and make the change a new version"
    ' (cuebook new NAME -m "Why this version")'
)
_FINAL = "a verdict on the same digests is final; for more evidence: cuebook gate NAME/VERSION --rerun"


def conflict_line(found: Conflict) -> str:
    """Return a conflict in words, after what it is about."""
    return f"{found.path}: {_SAID[found.code].format(**found.facts)}"


def refused(conflicts: Sequence[Conflict]) -> PublishConflict:
    """Return the error of a publication that wrote nothing."""
    # Whether the others conflict at all, a newer Cuebook may see otherwise: it comes first.
    kinds = {_FINAL if found.code == "other_outcome" else _CURE for found in conflicts}
    is_newer = any(found.code in NEWER for found in conflicts)
    cure = UPGRADE if is_newer else "; ".join(part for part in (_CURE, _FINAL) if part in kinds)
    return PublishConflict("\n    ".join([_NOTHING_WRITTEN, *map(conflict_line, conflicts)]), cure)
