"""One file per foreign format: its bytes in, our files out. Found by a folder scan by its name."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import cast

from cuebook.core import family
from cuebook.core.csv_files import AS_CSV, is_workbook
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.format import joined
from cuebook.importers._base import (
    FreeNames,
    Imported,
    Importer,
    NewCases,
    NewPrompt,
    NewVersion,
    Note,
    NotImported,
    Request,
    Sniffed,
    case_files,
    free,
)
from cuebook.importers._notes import read_source
from cuebook.models._findings import version_findings
from cuebook.registry.paths import version_path
from cuebook.registry.version_files import read_version
from cuebook.shapes.run import Version

__all__ = [
    "FreeNames",
    "Imported",
    "Importer",
    "COPY",
    "NewCases",
    "NewPrompt",
    "NewVersion",
    "NotImported",
    "Note",
    "Request",
    "Sniffed",
    "case_files",
    "find",
    "free",
    "names",
    "ours",
    "read",
    "sniff",
    "sure",
]


_ANY_MODEL = "litellm/any"
"""Takes the place of a missing model, so that the rest of a version is checked as well."""


COPY = 'cuebook new NAME --from OTHER/2 -m "Why" begins with one that is here; copy others to prompts/NAME/'
"""What to do in place of importing a version of our own."""


@cache
def names() -> tuple[str, ...]:
    """Return every format that can be imported, sorted."""
    return tuple(family.members(__path__))


def find(name: str) -> Importer:
    """Return the importer of this format. Raises UsageError."""
    return cast("Importer", family.member(__name__, name, names(), "importer"))


def sure(path: str, data: bytes) -> str | None:
    """Return the format that this file has by its name or by a key of that format alone; None if unsure.

    A format that only goes into a prompt which is there is none of a folder's.
    """
    alone = (name for name in names() if not getattr(find(name), "INTO_ONLY", False))
    return next((name for name in alone if find(name).sniff(path, data) == "mine"), None)


def ours(path: str, data: bytes) -> bool:
    """Return whether a file is a version as this registry writes them."""
    return any(find(name).sniff(path, data) == "ours" for name in names())


def sniff(path: str, data: bytes) -> str:
    """Return the format of a file. Raises InvalidFiles where none or several fit, or the file is broken."""
    found = {name: find(name).sniff(path, data) for name in names()}
    if "ours" in found.values():
        raise InvalidFiles([Problem(path, 0, "it is a version of Cuebook already", COPY)])
    if mine := [name for name, sniffed in found.items() if sniffed == "mine"]:
        return mine[0]
    maybe = [name for name, sniffed in found.items() if sniffed == "maybe"]
    if len(maybe) == 1:
        return maybe[0]
    if maybe:
        ways = joined([f"--from {name}" for name in maybe], "or")
        what = f"it may be a file of {joined(maybe, 'or')}"
        raise InvalidFiles([Problem(path, 0, what, f"say which: {ways}")])
    # Before the list of formats: a slip in the file is what somebody can do something about.
    if path.lower().endswith((".yaml", ".yml", ".json")):
        read_source(data, path)  # a file that does not parse is told as that
    if path.lower().endswith((".xlsx", ".xls", ".ods", ".numbers")) and is_workbook(data):
        raise InvalidFiles([Problem(path, 0, "it is a workbook, not a table as text", AS_CSV)])
    known = "".join(f"\n    {name}: {find(name).FILES}" for name in names())
    raise InvalidFiles(
        [
            Problem(
                path,
                0,
                "no importer knows this file",
                f"name its format with --from, if it is one of these:{known}",
            )
        ]
    )


def _without_lost_tools(version: NewVersion, path: str, notes: list[Note]) -> NewVersion:
    """The version without tools in a text prompt, and without a choice of a tool that is not there."""
    body = dict(version.body)
    tools = [tool.get("name") for tool in body.get("tools", ())]
    choice = body.get("toolChoice")
    gone = {}
    # Refused by the shape of a version: the text of one message has no turns for calls.
    if "template" in body and tools:
        gone = {"tools": "a text prompt has no tools here"}
    elif isinstance(choice, Mapping) and choice.get("name") not in tools:
        gone = {"toolChoice": "it names no tool of the prompt"}
    if "tools" in gone or not tools:
        gone |= {key: "there are no tools" for key in ("toolChoice", "parallelToolCalls") if key in body}
    for key, why in gone.items():
        body.pop(key, None)
        notes.append(Note(path, version.line, key, "left-out", f"{key}: {why}"))
    return replace(version, body=body) if gone else version


def _askable(version: NewVersion, read_back: Version, request: Request, notes: list[Note]) -> NewVersion:
    """The version without settings that stop its first call: its model refuses them."""
    found = list(version_findings(read_back, request.settings))
    if not found:
        return version
    body = dict(version.body)
    parameters = dict(body.pop("modelParameters", {}))
    for refusal in found:
        top, _, key = refusal.field.partition(".")
        if top == "modelParameters":
            gone = parameters.pop(key, None) is not None
        else:
            gone = top == "responseFormat" and body.pop(top, None) is not None
        if gone:
            # Without the word most models refuse the format, so another model is no cure.
            cure = refusal.cure if top == "responseFormat" else "or name another model: --model ID"
            notes.append(Note(request.path, version.line, refusal.field, "left-out", refusal.what, cure))
    return replace(version, body={**body, "modelParameters": parameters} if parameters else body)


def _astray(prompt: NewPrompt, kept: Container[int], path: str) -> Iterator[Note]:
    """Aliases that point nowhere here: apps that ask for one would get an error and no reason."""
    gone = {
        alias: prompt.versions[index].theirs or str(index + 1)
        for alias, index in prompt.aliases.items()
        if index not in kept
    }
    for alias, theirs in {**prompt.astray, **gone}.items():
        what = f"it points to version {theirs}, which is not taken"
        yield Note(path, 0, f"{prompt.name}@{alias}", "left-out", what)


def read(name: str, request: Request) -> Imported:
    """Convert a file to our formats. Raises NotImported or InvalidFiles with all its problems.

    A version that our own reader refuses is left out, and said; where it is the only one, it is an error.
    """
    made = find(name).read(request)
    notes, wrong = list(made.notes), list(made.problems)
    prompts = []
    for prompt in made.prompts:
        kept: dict[int, NewVersion] = {}
        for index, given in enumerate(prompt.versions):
            version = _without_lost_tools(given, request.path, notes)
            if not version.body.get("model"):
                version = replace(version, body={**version.body, "model": _ANY_MODEL})
            # Each is read as the first, as the plan of an import does, so that it is parsed once.
            read_back, problems = read_version(version.data(), version_path(prompt.name, 1), prompt.name, 1)
            if read_back is not None:
                kept[index] = _askable(version, read_back, request, notes)
            # One version of many may be lost, and is said; the only one leaves nothing to import.
            elif len(prompt.versions) == 1 and len(made.prompts) == 1:
                wrong += [item._replace(file=request.path, line=max(version.line, 1)) for item in problems]
            else:
                why = "; ".join(dict.fromkeys(item.message for item in problems if item.breaks))
                at = version.theirs and f"version {version.theirs}"
                notes.append(Note(request.path, version.line, at, "left-out", why, whole=True))
        # Versions left out leave no gap, so that aliases count those that are kept.
        number = {index: at for at, index in enumerate(kept)}
        aliases = {alias: number[index] for alias, index in prompt.aliases.items() if index in number}
        if kept:
            prompts.append(replace(prompt, versions=list(kept.values()), aliases=aliases))
            notes += _astray(prompt, number, request.path)
    # Notes go along: what keeps a file out and what it would lose are told in one run.
    if wrong:
        raise NotImported(wrong, sorted(dict.fromkeys(notes), key=lambda note: note.line))
    return replace(made, prompts=prompts, notes=notes)
