"""One page per step from a version to the next: what changed for callers, and every word that did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from cuebook.core.format import plural
from cuebook.registry.diff import Change, Passage, compare, describe, passages
from cuebook.shapes.published import Artifact, PromptIndex
from cuebook.site.pages import _words
from cuebook.site.pages._base import (
    Page,
    Site,
    compare_link,
    diff_page,
    link,
    numbers,
    prompt_page,
    version_page,
)
from cuebook.site.pages._html import Html, tag
from cuebook.site.pages._parts import body, chip, head, note, row_of, tabs

KIND = "diff"
_MEANING = {
    "breaking": "may break apps that call the prompt",
    "notable": "may change answers",
    "minor": "changes neither",
}


def pages(site: Site) -> Iterator[Page]:
    """A page for every two neighbouring versions."""
    for prompt in site.changed():
        old: Artifact | None = None
        for before, after in pairwise(numbers(prompt)):
            old = old or site.catalog.version(prompt.name, before)
            new = site.catalog.version(prompt.name, after)
            yield Page(
                diff_page(prompt.name, before, after),
                f"{prompt.name} v{before} to v{after}",
                _body(prompt, old, new),
                search=False,
                wide=True,
                description=f"What changed in {prompt.name} from version {before} to version {after}",
            )
            old = new


def _body(prompt: PromptIndex, old: Artifact, new: Artifact) -> str:
    here = diff_page(prompt.name, old.version, new.version)
    changes = compare(old, new)
    texts = [passage for passage in passages(old, new) if passage.changed]
    parts: list[Html | str] = [_head(here, prompt, old, new, changes), "What changed", _changes(changes)]
    if texts:
        parts += ["Word by word", _texts(texts, f"v{old.version}", f"v{new.version}")]
    return body(*parts)


def _head(here: str, prompt: PromptIndex, old: Artifact, new: Artifact, changes: Sequence[Change]) -> Html:
    ends = [
        tag(
            "a",
            f"v{side.version}",
            href=link(here, version_page(prompt.name, side.version)),
            class_="cb-version",
        )
        for side in (old, new)
    ]
    breaking = sum(change.severity == "breaking" for change in changes)
    warning = (
        note(
            tag(
                "p",
                f"{plural(breaking, 'change')} may break apps that call this prompt.",
            ),
            kind="warn",
        )
        if breaking
        else None
    )
    return head(
        here,
        [(prompt.name, prompt_page(prompt.name))],
        [tag("span", prompt.name, class_="cb-ref"), " ", ends[0], " to ", ends[1]],
        tag("p", new.message, class_="cb-lead"),
        row_of(
            tag(
                "a",
                "Every input and setting, or other versions",
                href=compare_link(here, prompt.name, old.version, new.version),
            )
        ),
        warning,
    )


def _changes(changes: Sequence[Change]) -> Html:
    if not changes:
        return tag("p", "Nothing that changes behaviour: the two have the same digest.", class_="cb-quiet")
    items = [
        tag(
            "li",
            chip(change.severity, change.severity),
            tag("span", describe(change)),
            class_=f"cb-change cb-change-{change.severity}",
        )
        for change in changes
    ]
    present = [name for name in _MEANING if any(change.severity == name for change in changes)]
    legend = row_of(*(tag("span", f"{name}: {_MEANING[name]}", class_="cb-sub") for name in present))
    return tag("div", tag("ul", items, class_="cb-changes"), legend)


def _texts(texts: Sequence[Passage], old: str, new: str) -> Html:
    inline = tag(
        "div", [_one(passage, _words.inline(passage.lines, label="Words that differ")) for passage in texts]
    )
    sides = tag(
        "div",
        [
            _one(passage, _words.side_by_side(passage.lines, old, new, label="Both texts"))
            for passage in texts
        ],
    )
    return tabs("view", [("Inline", inline), ("Side by side", sides)])


def _one(passage: Passage, shown: Html) -> Html:
    roles = [role for role in (passage.old_role, passage.new_role) if role]
    words = " to ".join(dict.fromkeys(roles))
    if len(roles) == 1:
        words += " (removed)" if passage.old_role else " (added)"
    return tag("section", tag("h3", words, class_="cb-role"), shown, class_="cb-message")
