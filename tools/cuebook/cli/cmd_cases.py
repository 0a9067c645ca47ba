"""Take cases over from what apps recorded in production."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cuebook import traces
from cuebook.cli._shared import json_option, note, print_json, say, workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.core.errors import UsageError, did_you_mean
from cuebook.core.format import plural
from cuebook.core.json_lines import jsonl
from cuebook.core.refs import unknown_version
from cuebook.jobs.workspace import Workspace
from cuebook.registry.paths import EVALS
from cuebook.registry.renames import former_names
from cuebook.shapes.run import Version
from cuebook.traces import RecordFate, Redaction, Spoken, Taken, Wanted

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@click.group("cases")
def command() -> None:
    """Add cases from production.

    Example: cuebook cases add qa-assistant traces.jsonl --dry-run
    """


@command.command("add")
@click.argument("suite")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--from", "name", default="", metavar="FORMAT", help="Format of the files, if it cannot be detected."
)
@click.option("--map", "renamed", multiple=True, metavar="INPUT=FIELD", help="Fill an input from this field.")
@click.option("--since", default="", metavar="DATE", help="Only what was recorded on this day or later.")
@click.option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only records with version=6, feedback=bad or feedback=good.",
)
@click.option(
    "--sample", type=WholeNumber(1), metavar="N", help="Take at most N cases, by a hash of the trace ID."
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, write nothing.")
@click.option("--no-redact", is_flag=True, help="Keep addresses, numbers and keys as they are.")
@json_option
@workspace_option
def add(
    workspace: Workspace,
    suite: str,
    files: tuple[Path, ...],
    name: str,
    renamed: tuple[str, ...],
    since: str,
    where: tuple[str, ...],
    sample: int | None,
    *,
    dry_run: bool,
    no_redact: bool,
    as_json: bool,
) -> None:
    """Add recorded calls of apps to the cases of a suite, as a change for a pull request.

    Reads OpenTelemetry spans (OTLP JSON), exports of Langfuse and MLflow, CSV and JSONL. Inputs are taken
    from recorded variables, else from fields of the same names, else read back from the text that was sent.
    Cases that the dataset already has are left out, even if case, white space or digits differ. E-mail
    addresses, telephone numbers, card and account numbers, IP addresses and keys are replaced, and so is
    what [redact] in the settings adds. People's names are not detected: read the lines. The cases have no
    expected answers. Example: cuebook cases add qa-assistant traces.jsonl --since 2026-11-01 --sample 200
    """
    found = workspace.registry.suite(suite)
    versions = _versions(workspace, found.prompt)
    wanted = Wanted(
        found.prompt,
        versions,
        max(versions),
        _day(since),
        most=sample,
        renamed=_pairs(renamed),
        former=former_names(workspace.registry, found.prompt),
        **_where(where),
    )
    # Of any version: records may be of an older one than the latest.
    fillable = {name for version in versions.values() for name in version.inputs}
    if unknown := sorted(wanted.renamed.keys() - fillable):
        what = f"--map: no version of {found.prompt} has an input {unknown[0]!r}"
        raise UsageError(what, did_you_mean(unknown[0], sorted(fillable)))
    rules = workspace.config.redact
    redaction = None if no_redact else Redaction(rules.patterns, tuple(rules.words))
    taken = traces.take(_spoken(files, name), wanted, found.cases, redaction)
    absent = [source for source in wanted.renamed.values() if source not in taken.fields]
    # Where no record is of the prompt there was no field to look in.
    if absent and taken.counts["of_prompt"]:
        raise UsageError(f"--map: no record has {absent[0]!r}", did_you_mean(absent[0], sorted(taken.fields)))
    writes = taken.lines and not dry_run
    there = _added(workspace, f"{EVALS}/{suite}/{found.dataset}", taken.lines) if writes else ""
    if as_json:
        redacted = redaction.counts if redaction else {}
        print_json({"counts": taken.counts, "redacted": redacted, "cases": taken.lines, "written": there})
        return
    for line in _told(taken, redaction):
        say(line)
    # Only where something was left out for it: else what fills the prompt is known.
    if taken.counts["unfilled"]:
        say(_what_fills(versions[max(versions)]))
    say(_ending(suite, there, taken, dry_run=dry_run))


def _day(text: str) -> str:
    if text and not _DAY.fullmatch(text):
        raise UsageError(f"--since {text!r} is not a day", "write it as 2026-11-01")
    return text


def _what_fills(version: Version) -> str:
    needed = ", ".join(name for name, spec in version.inputs.items() if "default" not in spec)
    return f"what fills it: {needed}; where fields have other names: --map INPUT=FIELD"


def _versions(workspace: Workspace, prompt: str) -> dict[int, Version]:
    """The versions of a prompt by number. Raises UnknownVersion where it has none to take cases for."""
    versions = {version.number: version for version in workspace.registry.versions(prompt)}
    if not versions:
        raise unknown_version(prompt, 1, ())
    return versions


def _added(workspace: Workspace, path: str, rows: Iterable[dict[str, Any]]) -> str:
    """Write rows behind those of a dataset; where it is in the repository."""
    before = workspace.tree.read(path) or b""
    return workspace.write(path, jsonl(rows, before))


def _spoken(files: Iterable[Path], name: str) -> Iterator[tuple[str, Spoken]]:
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file}: there is no such file", "name a file of recorded answers")
        origin, records = traces.read(str(file), file.read_bytes(), name)
        note(f"{file.name}: {origin}, {plural(len(records), 'record')}")
        yield from ((origin, record) for record in records)


def _pairs(given: Iterable[str]) -> dict[str, str]:
    made = {}
    for item in given:
        key, mark, value = item.partition("=")
        if not (mark and key and value):
            raise UsageError(f"{item!r} is not a pair", "write it as name=value")
        made[key] = value
    return made


def _where(given: Iterable[str]) -> dict[str, Any]:
    pairs = _pairs(given)
    if unknown := sorted(pairs.keys() - {"version", "feedback"}):
        raise UsageError(f"--where has no key {unknown[0]!r}", "use version=6, feedback=bad or feedback=good")
    made: dict[str, Any] = {}
    if "version" in pairs:
        if not pairs["version"].isdecimal():
            raise UsageError(f"version: {pairs['version']!r} is not a number", "--where version=6")
        made["version"] = int(pairs["version"])
    if "feedback" in pairs:
        if pairs["feedback"] not in {"good", "bad"}:
            raise UsageError(f"feedback: {pairs['feedback']!r} is not known", "--where feedback=bad")
        made["feedback"] = pairs["feedback"]
    return made


FATES: Mapping[RecordFate, str] = {
    "no_time": "without a time",
    "not_asked_for": "not asked for",
    "version_missing": "of a version that is not here",
    "unfilled": "left out: what filled the prompt is missing or not certain",
    "variables": "from variables",
    "fields": "from fields",
    "read_back": "read back from the text",
    "same_as_there": "same as a case that is there",
    "same_as_other": "same as each other",
}
"""What records that went one way are called; of all, the prompt's and new ones other lines tell."""


def _told(taken: Taken, redaction: Redaction | None) -> Iterator[str]:
    """How many records went which way, and what was replaced: by kind, never by value."""
    versions = f" (versions {', '.join(map(str, sorted(taken.versions)))})" if taken.versions else ""
    yield f"of the prompt: {taken.counts['of_prompt']:,}{versions}"
    for fate, count in taken.counts.items():
        if fate in FATES:
            yield f"  {FATES[fate]}: {count:,}"
    if redaction is None:
        yield "nothing was replaced: --no-redact"
    elif redaction.counts:
        listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(redaction.counts.items()))
        yield f"replaced: {listed}"
    new = plural(taken.counts["new"], "new case")
    if len(taken.lines) < taken.counts["new"]:
        new += f", {len(taken.lines):,} of them chosen"
    yield f"{new}, in {plural(taken.conversations, 'conversation')}"


def _ending(suite: str, there: str, taken: Taken, *, dry_run: bool) -> str:
    if not there:
        return "nothing is written: " + ("a dry run" if taken.lines and dry_run else "no case is new")
    return (
        f"wrote {there}: read the new lines, names of people are not detected\n"
        f"next: git switch -c cases-of-{suite} && git add {there} && git commit -m 'Cases from production'"
    )
