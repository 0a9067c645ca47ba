"""Show an import: a table of prompts, notes by reason, and a report with all of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cuebook.cli._shared import note, say
from cuebook.core import escape
from cuebook.core.errors import UsageError
from cuebook.core.format import plural
from cuebook.core.layout import shown
from cuebook.importers import Note
from cuebook.jobs.import_plan import ImportedPrompt, ImportPlan

MOST_NOTES = 20
"""Reasons shown on a terminal; a report has every note."""
_HEAD = ("source", "prompt", "versions", "aliases", "rows", "scorers", "changed", "left out")


def show_table(plan: ImportPlan) -> None:
    """Print one line a prompt, for people."""
    rows = _rows(plan)
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(plan.lines) < 2:
        return
    kinds = Counter(item.kind for item in plan.notes)
    # Several sources may go into one prompt.
    prompts = plural(len({line.name for line in plan.lines}), "prompt")
    versions = plural(sum(len(line.new) + line.there for line in plan.lines), "version")
    taken = f"{prompts}, {versions} and {plural(sum(line.rows for line in plan.lines), 'row')} taken"
    say(f"{taken}; {kinds['changed']} changed, {kinds['left-out']} left out")


def _rows(plan: ImportPlan) -> list[tuple[str, ...]]:
    """The headings, and a row for each prompt; what is counted of a file is in the first of its rows."""
    told: set[str] = set()
    rows: list[tuple[str, ...]] = [_HEAD]
    for line in plan.lines:
        kinds = Counter(item.kind for item in plan.notes if item.file == line.source)
        counts = (str(kinds["changed"]), str(kinds["left-out"]))
        rows.append((*_row(line), *(("-", "-") if line.source in told else counts)))
        told.add(line.source)
    return rows


def _row(line: ImportedPrompt) -> tuple[str, ...]:
    # New numbers have no gap, so the first and the last say all of them.
    first_to_last = f"{line.new[0]}-{line.new[-1]}" if len(line.new) > 2 else ", ".join(map(str, line.new))
    new = f"{first_to_last} new" if line.new else ""
    there = f"{line.there} there" if line.there else ""
    aliases = [f"{alias}: {number}" for alias, number in line.aliases.items()]
    held = [f"({alias}: {number})" for alias, number in line.held.items()]
    return (
        escape.line(line.source),
        line.name,
        ", ".join(filter(None, (new, there))) or "-",
        ", ".join([*aliases, *held]) or "-",
        str(line.rows or "-"),
        ", ".join(line.scorers) or "-",
    )


def show_notes(notes: Sequence[Note], report: Path | None) -> None:
    """Print notes on standard error, those of one reason together."""
    groups: dict[tuple[str, str], list[Note]] = {}
    for item in notes:
        groups.setdefault((item.kind, item.message), []).append(item)
    for first, *more in list(groups.values())[:MOST_NOTES]:
        also = f" (and {plural(len(more), 'place')} more)" if more else ""
        note(str(first._replace(message=_placed(first) + also)))
    # With a report all of them are in it.
    if (rest := len(groups) - MOST_NOTES) > 0 and report is None:
        note(f"{plural(rest, 'further reason')}: --report FILE writes all of them")


def _placed(item: Note) -> str:
    return item.placed or (f"{item.at}: {item.message}" if item.at else item.message)


def as_data(plan: ImportPlan) -> dict[str, Any]:
    """Return the plan for programs."""
    return {
        "prompts": [
            {
                "source": line.source,
                "name": line.name,
                "new": list(line.new),
                "there": line.there,
                "aliases": dict(line.aliases),
                "held": dict(line.held),
                "rows": line.rows,
                "scorers": list(line.scorers),
            }
            for line in plan.lines
        ],
        "files": list(plan.files),
        "notes": [
            {key: value for key, value in item._asdict().items() if key != "placed"} for item in plan.notes
        ],
    }


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escape.markdown(cell) for cell in cells)} |"


def write_report(path: Path, plan: ImportPlan) -> None:
    """Write every note to a file: Markdown, or JSON by its name. Raises UsageError."""
    if path.suffix == ".json":
        text = json.dumps(as_data(plan), indent=2, ensure_ascii=False) + "\n"
    else:
        lines = ["# What was imported", ""]
        rows = _rows(plan) if plan.lines else []
        lines += [_table_row(row) for row in rows]
        lines[3:3] = [f"|{' --- |' * len(_HEAD)}"] if rows else []
        lines += ["", "| place | kind | what | cure |", "| --- | --- | --- | --- |"]
        for item in plan.notes:
            place = f"{item.file}:{item.line}" if item.line else item.file
            cells = (place, item.kind, _placed(item), shown(item.hint))
            lines.append(_table_row(cells))
        text = "\n".join(lines) + "\n"
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}", "name another file") from None
