"""Find prompts by their text, messages, titles, tags and owners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import click

from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.messages import texts
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry


class Hit(NamedTuple):
    """One place where every word was found."""

    ref: str
    place: str
    text: str


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--all-versions", is_flag=True, help="Look in every version, not only live and latest ones.")
@json_option
@workspace_option
def command(workspace: Workspace, words: tuple[str, ...], *, all_versions: bool, as_json: bool) -> None:
    """Find prompts by their text, messages, titles, tags and owners.

    All words must be in one place; case does not matter. Example: cuebook search only context
    """
    hits = list(find(workspace.registry, words, all_versions=all_versions))
    if as_json:
        print_json([hit._asdict() for hit in hits])
        return
    for hit in hits:
        say(f"{hit.ref}  {hit.place}: {hit.text}")
    if not hits:
        say("nothing found; try fewer words or --all-versions")


def find(registry: Registry, words: tuple[str, ...], *, all_versions: bool) -> Iterator[Hit]:
    """Yield every place of the registry that holds all the words."""
    wanted = [word.casefold() for word in words]
    for name in registry.names():
        meta = registry.meta(name)
        for place, text in (
            ("name", name),
            ("title", meta.title),
            ("description", meta.description),
            ("owners", " ".join(meta.owners)),
            ("tags", " ".join(meta.tags)),
        ):
            if all(word in text.casefold() for word in wanted):
                yield Hit(name, place, " ".join(text.split()))
        for number in registry.numbers(name) if all_versions else registry.in_use(name):
            yield from _in_version(registry, name, number, wanted)


def _in_version(registry: Registry, name: str, number: int, wanted: list[str]) -> Iterator[Hit]:
    version = registry.version(name, number)
    if all(word in version.message.casefold() for word in wanted):
        yield Hit(version.ref, "message", version.message)
    for text in texts(version.behaviour):
        folded = text.casefold()
        if all(word in folded for word in wanted):
            lines = [line.strip() for line in text.splitlines()]
            # The first line with one of the words, as all of them may be on no single line.
            shown = next((line for line in lines if any(word in line.casefold() for word in wanted)), "")
            yield Hit(version.ref, "text", shown)
            return
