"""Alias moves as a list: when, who, from where to where, on what evidence, and how to undo the last one."""

from __future__ import annotations

from collections.abc import Iterable

from cuebook.core.layout import aliases_path, shown
from cuebook.shapes.moves import AliasMove, MoveEvidence
from cuebook.shapes.published import PromptIndex, earlier_path, evaluation_path
from cuebook.site.pages._base import (
    Site,
    earlier_page,
    edit_link,
    entry_of,
    evidence_pages,
    link,
    report_page,
    undo_command,
    version_page,
)
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import alias_chips, code, fold, moment
from cuebook.wording.details import override_box
from cuebook.wording.elsewhere import GOING_BACK
from cuebook.wording.moves import AS_KNOWN_TODAY, TAKEN_OFF, who_moved


def timeline(here: str, moves: Iterable[AliasMove], prompt: PromptIndex, site: Site) -> Html:
    """Return the moves in the order given, the first of each alias with the way back."""
    items = []
    last: set[str] = set()
    for move in moves:
        parts = [
            tag("div", moment(move.time), " ", who_moved(move), " ", commit(move, site), class_="cb-when"),
            tag("div", alias_chips([move.alias]), _step(here, move, prompt), state(move), class_="cb-row"),
            *rests_on(here, move, prompt),
            tag("div", move.subject, class_="cb-sub", dir="auto"),
            _undo(move, prompt, site) if move.alias not in last else None,
        ]
        items.append(tag("li", parts))
        last.add(move.alias)
    return tag("ol", items, class_="cb-timeline")


def state(move: AliasMove) -> Html | None:
    """Return what was known of the version moved to, and whether that was written down then."""
    if move.state is None:
        return None
    later = None if move.recorded else tag("span", AS_KNOWN_TODAY, class_="cb-quiet cb-small")
    return join(badge(move.state), later)


def rests_on(here: str, move: AliasMove, prompt: PromptIndex) -> list[Html]:
    """Return each verdict in its sentence with a link to it, and who let the version through, if anybody."""
    found: list[tuple[str, str]] = []
    # Nothing was written down: then the verdicts that are published today have to do.
    if move.recorded is None:
        found += [(entry.headline, path) for entry, path in evidence_pages(move, prompt)]
    elif move.version is not None:
        # As written down then: a verdict may be superseded since, and its sentence another.
        for item in move.known:
            found.append((item.headline, _page_of(item, prompt.name, move.version)))
    made = [
        tag(
            "div",
            said,
            [" ", tag("a", "Evidence", href=link(here, path))] if path else None,
            class_="cb-told",
        )
        for said, path in found
    ]
    return made + ([tag("div", override_box(move.override), class_="cb-let")] if move.override else [])


def _page_of(item: MoveEvidence, name: str, number: int) -> str:
    """The page about a verdict that a move rests on, if that verdict is published."""
    if item.url == evaluation_path(name, number, item.suite):
        return report_page(name, number, item.suite)
    if item.url == earlier_path(name, number, item.suite, item.key):
        return earlier_page(name, number, item.suite, item.key)
    return ""


def commit(move: AliasMove, site: Site) -> Html:
    """Return the commit that moved it, and the pull request where it is known."""
    number = f"#{move.pull_request}" if move.pull_request else None
    if not site.repo_url:
        return join(commit_link(move.commit, site), f" {number}" if number else None)
    repo = site.repo_url.rstrip("/")
    pull = [" ", tag("a", number, href=f"{repo}/pull/{move.pull_request}")] if number else None
    return join(commit_link(move.commit, site), pull)


def commit_link(sha: str, site: Site) -> Html:
    """Return a commit in short, a link where the repository is known."""
    short = tag("code", sha[:8])
    repo = site.repo_url.rstrip("/")
    return tag("a", short, href=f"{repo}/commit/{sha}") if repo else short


def _step(here: str, move: AliasMove, prompt: PromptIndex) -> Html:
    old, new = move.previous, move.version
    steps: list[Child] = []
    if new is None:
        steps += [f"{TAKEN_OFF} ", version(here, prompt, old)]
    elif old is None:
        steps += ["set to ", version(here, prompt, new)]
    else:
        steps += ["moved from ", version(here, prompt, old), " to ", version(here, prompt, new)]
        # Of a way back, the page would tell what the undone version had changed.
        if new > old and entry_of(prompt, new):
            where = f"{link(here, version_page(prompt.name, new))}#changes"
            steps += [" ", tag("a", "what changed", href=where, class_="cb-small")]
    return tag("span", steps)


def version(here: str, prompt: PromptIndex, number: int | None) -> Html:
    """Return a version as a link to its page; one that is gone as its number."""
    if number is None or entry_of(prompt, number) is None:
        return tag("span", f"v{number}")
    return tag("a", f"v{number}", href=link(here, version_page(prompt.name, number)), class_="cb-version")


def _undo(move: AliasMove, prompt: PromptIndex, site: Site) -> Html | None:
    if move.previous is None or prompt.aliases.get(move.alias) != move.version:
        return None
    command = undo_command(prompt.name, move.alias, move.previous)
    path = shown(aliases_path(prompt.name))
    where = edit_link(site, path)
    return fold(
        f"Undo: back to v{move.previous}\u2026",
        tag(
            "p",
            "Change one line of ",
            tag("a", path, href=where) if where else tag("code", path),
            " to ",
            tag("code", f"{move.alias}: {move.previous}"),
            f". {GOING_BACK}",
        ),
        code(command, "the command"),
        class_="cb-undo",
    )
