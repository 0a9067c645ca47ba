"""What every version says, for a search in the browser: each line of a prompt once, whoever has it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cuebook.core.messages import texts
from cuebook.shapes import published
from cuebook.shapes.published import (
    AllTexts,
    Artifact,
    EvaluationEntry,
    PromptIndex,
    PromptTexts,
    VersionText,
    state_of,
)
from cuebook.wording.names import person


def texts_file(found: Mapping[str, PromptTexts]) -> dict[str, bytes]:
    """Return the one file with the texts of each prompt, by its path.

    It has no white space, which would be half of it.
    """
    whole = AllTexts(prompts=list(found.values())).model_dump(mode="json", by_alias=True)
    return {published.TEXTS: f"{json.dumps(whole, ensure_ascii=False, separators=(',', ':'))}\n".encode()}


def texts_of(index: PromptIndex, versions: Mapping[int, Artifact]) -> PromptTexts:
    """Return the texts of one prompt, the newest version first."""
    # Versions of a prompt share most of their lines: each is stored once, and versions have its place.
    lines: dict[str, int] = {}
    by_version: dict[int, list[EvaluationEntry]] = {}
    for verdict in index.evaluations:
        by_version.setdefault(verdict.version, []).append(verdict)
    found = []
    for entry in sorted(index.versions, key=lambda entry: -entry.version):
        version = versions[entry.version]
        parts = texts({"messages": version.messages, "template": version.template})
        said = [text.strip() for part in parts for text in part.splitlines()]
        said += [entry.message, person(entry.author) if entry.author else ""]
        numbers = [lines.setdefault(line, len(lines)) for line in dict.fromkeys(said) if line]
        found.append(
            VersionText(
                version=entry.version,
                state=state_of(by_version.get(entry.version, [])),
                retired=entry.retired,
                lines=numbers,
            )
        )
    people = {move.merged_by or person(move.author) for move in index.history}
    about = [index.title, index.description, *index.tags, *index.owners, *sorted(people)]
    return PromptTexts(
        name=index.name,
        about=[words for words in dict.fromkeys(about) if words],
        aliases=index.aliases,
        lines=list(lines),
        versions=found,
    )
