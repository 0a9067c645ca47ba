"""Putting planned files where apps fetch them; what is published as a version never changes or vanishes.

Whatever moment it is stopped at, the folder holds a whole registry, old or new: versions are written
first, then what points at them, and ``index.json`` last. Running it again completes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ValidationError

from cuebook.core.canonical import PUBLISHED_DEPTH, behaviour, digest, read_json
from cuebook.core.files import Folder, write_atomic
from cuebook.shapes import published as shapes
from cuebook.shapes._base import is_newer, unknown_code
from cuebook.shapes.published import ROOT
from cuebook.shapes.verdict import Verdict
from cuebook.wording.publication import NEWER, Conflict, refused

_NAME = r"[a-z0-9][a-z0-9._-]*"
_KINDS = {
    "version": re.compile(rf"{ROOT}/prompts/{_NAME}/versions/[0-9]+\.json"),
    "evaluation": re.compile(rf"{ROOT}/evaluations/{_NAME}/[0-9]+/{_NAME}\.json"),
    "schema": re.compile(rf"{ROOT}/schemas/{_NAME}\.json"),
    "alias": re.compile(rf"{ROOT}/prompts/{_NAME}/aliases/{_NAME}\.json"),
    "prompt": re.compile(rf"{ROOT}/prompts/{_NAME}/index\.json"),
    "events": re.compile(rf"{ROOT}/(?:events(?:/[0-9]{{4}})?\.json|texts\.json|moves\.csv)"),
    "index": re.compile(rf"{ROOT}/index\.json"),
}
"""Each kind of published file by its path, in the order they are written."""

_SHAPES = (
    *(shapes.LaterArtifact, shapes.LaterAliasArtifact, shapes.Tombstone, Verdict),
    *(shapes.PromptIndex, shapes.Index, shapes.Events, shapes.AllTexts),
)
_BY_NAME: dict[str, type[BaseModel]] = {
    shape.model_fields["schema_"].default.rpartition("/")[0]: shape for shape in _SHAPES
}
_NUMBERS = {
    name: int(shape.model_fields["schema_"].default.rpartition("/")[2]) for name, shape in _BY_NAME.items()
}
"""The highest number of each published record that this Cuebook writes."""


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """The paths of files that publishing wrote and left; ``kept`` stayed though other bytes were planned.

    ``removed`` are aliases that exist no more.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """Every file that was planned and is there now; other files in the folder were not published."""
        return frozenset((*self.written, *self.unchanged, *self.kept))


def publish(
    files: Mapping[str, bytes], out: Path, *, lasting: Collection[str] | None = None
) -> PublishSummary:
    """Write what is missing or changed below ``out``; nothing is written when anything conflicts.

    Versions at the paths in ``lasting`` never change or vanish (None: all of them); the others are drafts.

    Raises PublishConflict naming every version or verdict that would change or vanish and every file that a
    newer Cuebook wrote, and ValueError for a path that is no published file's.
    """
    if odd := [path for path in files if kind_of(path) is None]:
        raise ValueError(f"not a published file: {odd[0]!r}")
    folder = Folder(out)
    # Files of other kinds are somebody else's: they neither conflict nor vanish.
    there = {path: kind for path in folder.paths(ROOT) if (kind := kind_of(path))}

    def is_draft(path: str) -> bool:
        return lasting is not None and kind_of(path) == "version" and path not in lasting

    fates: dict[_Fate, list[str]] = {"written": [], "unchanged": [], "kept": []}
    conflicts: list[Conflict] = []
    turns = list(_KINDS)
    for path in sorted(files, key=lambda path: (turns.index(kind_of(path) or "index"), path)):
        old = folder.read(path) if path in there else None
        fate = _fate(path, old, files[path])
        if not isinstance(fate, Conflict):
            fates[fate].append(path)
        # A draft is not on the default branch yet: its author may go on editing it.
        elif is_draft(path) and fate.code not in NEWER:
            fates["written"].append(path)
        else:
            conflicts.append(fate)
    missing = {path: kind for path, kind in there.items() if path not in files}
    conflicts += [
        Conflict(path, "vanishes", {})
        for path, kind in missing.items()
        if kind == "version" and not is_draft(path)
    ]
    removed = [path for path, kind in missing.items() if kind == "alias" or is_draft(path)]
    # Few files hold the word at all: no other version has to be parsed to find tombstones.
    erased = [path for path, data in files.items() if b'"erased"' in data and _is_tombstone(path, data)]
    removed += _left_behind(missing, {*removed, *erased})
    removed += [path for path in _quoting(folder, missing, erased) if path not in removed]
    conflicts += filter(None, (_newer(path, _read(folder.read(path) or b"")) for path in removed))
    if conflicts:
        raise refused(conflicts)
    _write(files, fates["written"], removed, out)
    return PublishSummary(
        tuple(fates["written"]), tuple(fates["unchanged"]), tuple(fates["kept"]), tuple(removed)
    )


def _is_tombstone(path: str, data: bytes) -> bool:
    return kind_of(path) == "version" and _read(data).get("erased") is True


def _left_behind(missing: Mapping[str, str], gone: Collection[str]) -> Iterator[str]:
    """Yield what was published about versions that are gone, and about prompts that have none left."""
    about_gone = {tuple(path.split("/")[3:6:2]) for path in gone if kind_of(path) == "version"}
    names = {name for name, _ in about_gone}
    for path, kind in missing.items():
        about = path.split("/")[3:5]  # the prompt, and of an evaluation the version
        if kind == "prompt" and about[0] in names:
            yield path
        if kind == "evaluation" and (about[0], f"{about[1]}.json") in about_gone:
            yield path


def _quoting(folder: Folder, missing: Mapping[str, str], erased: Collection[str]) -> Iterator[str]:
    """Yield verdicts on other versions that have answers of one whose tombstone is among the ``erased``."""
    names = {path.split("/")[3] for path in erased}
    for path, kind in missing.items():
        if kind == "evaluation" and (name := path.split("/")[3]) in names:
            baseline = _read(folder.read(path) or b"").get("baseline")
            number = baseline.get("version") if isinstance(baseline, dict) else None
            if number is not None and shapes.artifact_path(name, number) in erased:
                yield path


def checksums(out: Path) -> bytes:
    """Return the lines that ``sha256sum`` checks, one for every published file below ``out``, by path."""
    folder = Folder(out)
    found = sorted(path for path in folder.paths(ROOT) if kind_of(path))
    lines = [f"{sha256((out / path).read_bytes()).hexdigest()}  {path}\n" for path in found]
    return "".join(lines).encode()


def kind_of(path: str) -> str | None:
    """Return the kind of published file that has this path; None for any other path."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(path)), None)


def _write(files: Mapping[str, bytes], written: list[str], removed: list[str], out: Path) -> None:
    """An alias goes after its prompt's index has dropped it, and before the index of all.

    Everything is flushed to the disk once, before the index: flushing each file would take ten times as long.
    """
    for path in written:
        if kind_of(path) != "index":
            write_atomic(out / path, files[path], flush=False)
    for path in removed:
        (out / path).unlink()
    if written and hasattr(os, "sync"):  # Windows has none
        os.sync()
    for path in written:
        if kind_of(path) == "index":
            write_atomic(out / path, files[path])


_Fate: TypeAlias = Literal["written", "unchanged", "kept"]
"""What is done with a planned file; a kept one says the same, though not byte for byte."""


def _fate(path: str, old: bytes | None, new: bytes) -> _Fate | Conflict:
    """Return what to do with one planned file, or why it cannot be."""
    if old == new:
        return "unchanged"
    was = _read(old) if old else {}
    if newer := _newer(path, was):
        return newer
    kind = kind_of(path)
    if old is None or kind not in {"version", "evaluation"}:
        return "written"
    now = _read(new)
    return _version_fate(path, was, now) if kind == "version" else _verdict_fate(path, was, now)


def _newer(path: str, was: Mapping[str, Any]) -> Conflict | None:
    """The conflict with a file that a newer Cuebook published, of which this one may not know all."""
    found = re.fullmatch(r"(.+)/([1-9][0-9]{0,8})", str(was.get("schema")))
    if found is None or found[1] not in _NUMBERS:
        return None
    if int(found[2]) > _NUMBERS[found[1]]:
        return Conflict(path, "newer", {"schema": found[0]})
    try:
        _BY_NAME[found[1]].model_validate(was)
    except ValidationError as error:
        if is_newer(error):
            return Conflict(path, "newer_code", {"schema": found[0], "code": unknown_code(error)})
    return None


def _version_fate(path: str, was: dict[str, Any], now: dict[str, Any]) -> _Fate | Conflict:
    """A version that says the same is kept: who committed it, and when, may differ after a rebase."""
    if now.get("erased"):
        return "kept" if was.get("erased") else "written"
    if was.get("erased"):
        return Conflict(path, "erased", {})
    try:
        found = digest(behaviour(was))
    except (KeyError, TypeError, AttributeError, ValueError):
        # The folder may hold anything, and a file of any content breaks in one of these ways.
        return Conflict(path, "damaged", {})
    if found != was.get("digest"):
        return Conflict(path, "digest_broken", {})
    if found != now["digest"]:
        return Conflict(path, "other_digest", {"was": found, "now": now["digest"]})
    if was.get("message") != now["message"]:
        return Conflict(path, "other_message", {"was": was.get("message"), "now": now["message"]})
    return "kept"


_SAID = ("digests", "outcome", "attempt", "action", "override")
"""The keys that make a verdict another one. Others, such as seconds, differ from machine to machine."""


def _verdict_fate(path: str, was: dict[str, Any], now: dict[str, Any]) -> _Fate | Conflict:
    """On the same digests the outcome is final, unless a forced rerun, at a smaller error, came to another.

    What to do next and whether an override holds depend on the day, so those may change.
    """
    again = now["attempt"] > was.get("attempt", 0)
    # A second comparison is asked for at times, by rules that these digests do not cover: after a rollback,
    # or until somebody accepts what was loosened.
    before, after = _alone(was), _alone(now)
    if was.get("digests") == now["digests"] and before != after and not again:
        return Conflict(path, "other_outcome", {"was": before, "now": after})
    same = all(was.get(key) == now.get(key) for key in _SAID)
    return "kept" if same else "written"


def _alone(verdict: Mapping[str, Any]) -> Any:
    """What the first comparison of a published verdict says by itself, as ``Verdict.alone`` of one."""
    found = verdict.get("second")
    return found.get("first", "pass") if isinstance(found, dict) else verdict.get("outcome")


def _read(data: bytes) -> dict[str, Any]:
    try:
        value = read_json(data.decode(), depth=PUBLISHED_DEPTH)
    except ValueError:
        return {}  # as without any key: what is compared next says that it is damaged
    return value if isinstance(value, dict) else {}
