"""What changed between two versions as plain text, word by word, for a comment or a summary. Pure.

Lines begin as in a patch, so that a ``diff`` code block colours them; in a line that changed, the words
that went are in ``[-...-]`` and those that came in ``{+...+}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cuebook.core.escape import shorten
from cuebook.github.run_report import MOST, Wording
from cuebook.registry import diff
from cuebook.registry.word_diff import Line, Segment
from cuebook.shapes.run import Version
from cuebook.wording.differences import difference_line

AROUND = 2
"""Unchanged lines shown before and after a changed one."""

SHOWN, LONGEST = 20, 8_000
"""Pairs of versions of which the words are kept, and characters for each."""


def wordings(pairs: Iterable[tuple[Version, Version]]) -> list[Wording]:
    """What changed from the first to the second version of each pair; a pair without a change is left out.

    Of the later ones only the names are kept, so that whoever shows the first few knows how many there are.
    """
    found = {(old.ref, new.ref): text for old, new in pairs if (text := marked(old, new))}
    return [
        Wording(old=old, new=new, text=_cut(text, f"{old} {new}") if place < SHOWN else "")
        for place, ((old, new), text) in enumerate(list(found.items())[:MOST])
    ]


def _cut(text: str, pair: str) -> str:
    """The text; of a longer one its beginning, and how to see the rest, which may be what matters."""
    if len(text) <= LONGEST:
        return text
    rest = f"\n! {len(text) - LONGEST:,} characters or more are not shown here: cuebook diff {pair}"
    return shorten(text, LONGEST - len(rest)) + rest


def marked(old: Version, new: Version) -> str:
    """The text; empty when nothing that changes behaviour did."""
    blocks = [
        f"[{passage.new_role or passage.old_role or passage.path}]\n"
        + "\n".join(_lines(passage.lines)).rstrip()
        for passage in diff.passages(old, new)
        if any(line.kind != "same" for line in passage.lines)
    ]
    # Settings first: one line of them may matter more than pages of words.
    if others := [difference_line(item) for item in diff.compare(old, new) if item.kind != "text"]:
        blocks.insert(0, "\n".join(f"! {text}" for text in others))
    return "\n\n".join(blocks)


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    """Changed lines with what stands around them; three dots where lines are left out."""
    shown = {
        near
        for at, line in enumerate(lines)
        if line.kind != "same"
        for near in range(at - AROUND, at + AROUND + 1)
    }
    left_out = False
    for at, line in enumerate(lines):
        if at in shown:
            yield from _line(line)
        elif not left_out:
            yield "  ..."
        left_out = at not in shown


def _line(line: Line) -> Iterator[str]:
    if line.kind == "same":
        yield f"  {_text(line.segments)}"
    if line.kind in {"changed", "removed"}:
        yield f"- {_text(line.left, '[-', '-]') if line.kind == 'changed' else _text(line.left)}"
    if line.kind in {"changed", "added"}:
        yield f"+ {_text(line.right, '{+', '+}') if line.kind == 'changed' else _text(line.right)}"


_WIDE = re.compile(r"[ \t]{30,}(?=\S)")
"""Space that pushes what follows out of a code block, of which no line is wrapped."""


def _text(segments: Sequence[Segment], left: str = "", right: str = "") -> str:
    whole = "".join(item.text if item.kind == "same" else f"{left}{item.text}{right}" for item in segments)
    return _WIDE.sub(lambda gap: f" <{len(gap[0])} spaces> ", whole.rstrip("\n"))
