"""Alias moves as a list: when, who, from where to where, on what evidence, and how to undo the last one."""

from __future__ import annotations

from collections.abc import Iterable

from cuebook.shapes.published import AliasMove, EvaluationEntry, PromptIndex
from cuebook.site.pages._base import (
    Site,
    entry_of,
    evidence_pages,
    link,
    prompt_page,
    undo_command,
    version_page,
)
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import alias_chips, code, fold, moment
from cuebook.wording.details import override_box
from cuebook.wording.moves import person


def timeline(
    here: str, moves: Iterable[tuple[AliasMove, PromptIndex]], site: Site, *, named: bool, undo: bool
) -> Html:
    """The moves in the order given; ``named`` shows the prompt's name, ``undo`` the way back."""
    items = []
    last: set[str] = set()
    for move, prompt in moves:
        way_back = undo and move.alias not in last
        last.add(move.alias)
        items.append(tag("li", _move(here, move, prompt, site, named=named, undo=way_back)))
    return tag("ol", items, class_="cb-timeline")


def _move(here: str, move: AliasMove, prompt: PromptIndex, site: Site, *, named: bool, undo: bool) -> Html:
    name = (
        tag("a", prompt.name, href=link(here, prompt_page(prompt.name)), class_="cb-ref") if named else None
    )
    state = badge(move.state) if move.state else None
    held = tag("div", override_box(move.override), class_="cb-let") if move.override else None
    return join(
        tag("div", moment(move.time), " ", person(move.author), " ", _commit(move, site), class_="cb-when"),
        tag("div", name, alias_chips([move.alias]), _step(here, move, prompt), state, class_="cb-row"),
        [_evidence(here, entry, path) for entry, path in evidence_pages(move, prompt)],
        held,
        tag("div", move.subject, class_="cb-sub", dir="auto"),
        _undo(move, prompt) if undo else None,
    )


def _evidence(here: str, entry: EvaluationEntry, path: str) -> Html:
    return tag("div", entry.headline, " ", tag("a", "Evidence", href=link(here, path)), class_="cb-told")


def _commit(move: AliasMove, site: Site) -> Html:
    short = tag("code", move.commit[:8])
    if not site.repo_url:
        return short
    return tag("a", short, href=f"{site.repo_url.rstrip('/')}/commit/{move.commit}")


def _step(here: str, move: AliasMove, prompt: PromptIndex) -> Html:
    old, new = move.previous, move.version
    steps: list[Child] = []
    if new is None:
        steps += ["taken off ", _version(here, prompt, old)]
    elif old is None:
        steps += ["set to ", _version(here, prompt, new)]
    else:
        steps += ["moved from ", _version(here, prompt, old), " to ", _version(here, prompt, new)]
        if new > old and entry_of(prompt, new):
            where = f"{link(here, version_page(prompt.name, new))}#changes"
            steps += [" ", tag("a", "what changed", href=where, class_="cb-small")]
    return tag("span", steps)


def _version(here: str, prompt: PromptIndex, version: int | None) -> Html:
    if version is None or entry_of(prompt, version) is None:
        return tag("span", f"v{version}")
    return tag("a", f"v{version}", href=link(here, version_page(prompt.name, version)), class_="cb-version")


def _undo(move: AliasMove, prompt: PromptIndex) -> Html | None:
    if move.previous is None or prompt.aliases.get(move.alias) != move.version:
        return None
    command = undo_command(prompt.name, move.alias, move.previous)
    return fold(
        "How to undo",
        code(command, "the command"),
        tag(
            "p",
            "Or change one line of ",
            tag("code", f"prompts/{prompt.name}/aliases.yml"),
            " to ",
            tag("code", f"{move.alias}: {move.previous}"),
            ". Going back to a version that was live before is never blocked.",
        ),
        class_="cb-undo",
    )
