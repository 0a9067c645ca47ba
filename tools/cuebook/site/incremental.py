"""What the last build of a site was made from, so that the next makes only the pages that change.

A page is kept when everything it can depend on is the same: the program and the settings (``key``), and
the published files of its prompt. Pages of no one prompt are always made again. Whatever cannot be read
or has been touched since counts as changed, so the worst that can happen is a whole build.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cuebook.core.files import Folder
from cuebook.shapes.published import ROOT

FOLDERS = ("prompts", "reports")
"""Folders of a site whose pages belong to the prompt that the folder below is named after."""
_CODE = (".py", ".css", ".js", ".svg", ".html", ".yml", ".json")
_GENERATORS = ("mkdocs", "mkdocs-material", "markdown", "pymdown-extensions", "jinja2", "pygments")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(_Shape):
    """The pages of one prompt: size and time of each file, its anchors, and where their links lead."""

    digest: str
    files: dict[str, tuple[int, int]]
    anchors: dict[str, list[str]]
    links: dict[str, tuple[str | None, str]]


class State(_Shape):
    """One build. ``key`` stands for all that every page depends on."""

    key: str
    prompts: dict[str, Kept]


def owner(path: str) -> str | None:
    """The prompt that a page of the docs tree or the site belongs to."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] in FOLDERS else None


def key(*texts: str, folder: Path | None) -> str:
    """Stands for the program, the generator, ``texts`` and every file of ``folder``."""
    made = hashlib.sha256(_program().encode())
    for text in texts:
        made.update(f"{len(text)}\n{text}".encode())
    if folder:
        files = Folder(folder)
        for path in files.paths():
            # A link counts by its name alone: what it leads to is never read.
            _add(made, path, files.read(path) or b"")
    return made.hexdigest()


@cache
def _program() -> str:
    """A digest of the code that runs, which was read once as well."""
    made = hashlib.sha256(sys.version.encode())
    for name in _GENERATORS:
        try:
            made.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            made.update(f"{name} -\n".encode())
    top = Path(__file__).parents[1]
    for path in sorted(top.rglob("*")):
        if path.suffix in _CODE:
            _add(made, path.relative_to(top).as_posix(), path.read_bytes())
    return made.hexdigest()


def digests(api: Path, paths: Iterable[str]) -> dict[str, str]:
    """For each prompt, a digest of the files among ``paths`` that are about it."""
    made: dict[str, hashlib._Hash] = {}
    for path in sorted(paths):
        kind, _, rest = path.removeprefix(f"{ROOT}/").partition("/")
        if kind in {"prompts", "evaluations"}:
            found = made.setdefault(rest.partition("/")[0], hashlib.sha256())
            _add(found, path, (api / path).read_bytes())
    return {name: found.hexdigest() for name, found in made.items()}


def read(path: Path, wanted: str, out: Path) -> dict[str, Kept]:
    """The prompts whose pages in ``out`` are as the last build with the key ``wanted`` left them."""
    try:
        state = State.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}
    if state.key != wanted:
        return {}
    return {name: kept for name, kept in state.prompts.items() if _untouched(kept, out)}


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def carry(kept: Kept, out: Path, fresh: Path) -> None:
    """Put a prompt's pages of one folder into another, without copying where the disk can."""
    for name in kept.files:
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(out / name, target)
        except OSError:
            target.write_bytes((out / name).read_bytes())
            os.utime(target, ns=(kept.files[name][1],) * 2)


def _untouched(kept: Kept, out: Path) -> bool:
    try:
        return all(stamp(out / name) == found for name, found in kept.files.items())
    except OSError:
        return False


def _add(made: hashlib._Hash, name: str, data: bytes) -> None:
    made.update(f"{name}\n{len(data)}\n".encode(errors="surrogateescape") + data)
