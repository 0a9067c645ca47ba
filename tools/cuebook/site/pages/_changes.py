"""What changed between two versions: what callers must know, and every word that differs."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import capital
from cuebook.registry.diff import Passage, compare, passages, table
from cuebook.registry.includes import include_changes
from cuebook.shapes.published import Artifact
from cuebook.site.pages import _parts, _words
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._parts import chip, note
from cuebook.site.pages._terms import known
from cuebook.wording.differences import MEANING, SAME, breaking, describe


def changes(old: Artifact, new: Artifact) -> Html:
    """Return the list of changes, and the texts that differ word by word."""
    found = compare(old, new)
    count = sum(change.severity == "breaking" for change in found)
    warning = note(tag("p", breaking(count)), kind="warn") if count else None
    items = [
        tag(
            "li",
            chip(known(MEANING[change.severity]), change.severity),
            tag("span", describe(change)),
            class_=f"cb-change cb-change-{change.severity}",
        )
        for change in found
    ]
    told = include_changes([one.ref for one in old.includes], [one.ref for one in new.includes])
    items += [tag("li", chip("include"), tag("span", words), class_="cb-change") for words in told]
    listed = (
        tag("ul", items, class_="cb-changes") if items else tag("p", f"{capital(SAME)}.", class_="cb-quiet")
    )
    rows = [
        [tag("code", row.tool), tag("code", row.parameter), row.before or "not there", row.after or "gone"]
        for row in table(old, new)
    ]
    columns = ["Tool", "Parameter", "Before", "After"]
    tools = _parts.table(columns, rows, "Parameters of tools that differ") if rows else None
    return join(warning, listed, tools, _texts([one for one in passages(old, new) if one.changed]))


def _texts(texts: Sequence[Passage]) -> Html | None:
    shown = []
    for passage in texts:
        roles = [role for role in (passage.old_role, passage.new_role) if role]
        # A message may have changed its role along with its words.
        words = " to ".join(dict.fromkeys(roles))
        if len(roles) == 1:
            words += " (removed)" if passage.old_role else " (added)"
        inline = _words.inline(passage.lines, label="Words that differ")
        shown.append(tag("section", tag("h3", words, class_="cb-role"), inline, class_="cb-message"))
    return tag("div", shown) if shown else None
