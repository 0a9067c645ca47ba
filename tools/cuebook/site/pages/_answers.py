"""Both answers to a case side by side: what differs is marked, or what a judge quotes from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cuebook.core.format import capital
from cuebook.registry.word_diff import Line, word_diff
from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import _words
from cuebook.site.pages._html import Child, Html, join, kept, pre, tag
from cuebook.site.pages._talk import beginning, talk
from cuebook.wording.dialogue import talk_of
from cuebook.wording.finish import nothing_said
from cuebook.wording.names import ended_by

MAX_ANSWER = 6_000
"""Characters of an answer that a case shows; the verdict's JSON has all of it."""
ALIKE = 0.4
"""With less in common than this share, two answers are shown plain: marking every word helps nobody."""

_QUOTED = re.compile(r'["\u201c]([^"\u201c\u201d]{4,})["\u201d]')
"""Words in double quotes, of either kind."""


def quoted(reason: str) -> tuple[str, ...]:
    """Return what a judge quotes in its reason: a model's own text, which has no fields."""
    return tuple(_QUOTED.findall(reason))


def unquoted(reason: str) -> str:
    """Return a judge's reason without what it quotes: two that differ in nothing else are the same."""
    return _QUOTED.sub("", reason)


def both_answers(verdict: Verdict, case: CaseResult, quoted: Sequence[str]) -> Html:
    """Return the answers side by side; marked are words that a judge quotes, or else those that differ."""
    base, found = verdict.baseline, talk_of(case)
    new, said = _text_of(case.candidate), f"v{verdict.candidate.version} answered"
    sides = [side for side in (case.baseline, case.candidate) if side]
    broke_off = any(side.text is None and side.dialogue for side in sides)
    # One that broke off has no answer of its own to show, and what was said until then is what it has.
    if found and (broke_off or max(len(found.old), len(found.new)) > 1):
        right = _answer(said, case.candidate, talk(found.new), "new")
        if case.baseline is None or base is None:
            return tag("dl", right, class_="cb-case-answers")
        left = _answer(f"v{base.version} answered", case.baseline, talk(found.old), "old")
        return tag("dl", left, right, class_="cb-case-answers")
    # Quotes around what is called are JSON's.
    told = () if case.candidate.tool_calls else quoted
    # A judge may quote what it was asked, or misquote: only what stands in the answer can be marked.
    quotes = [words for words in told if words in new]
    if case.baseline is None or base is None:
        shown = _text(_marked(new, quotes))
        return tag("dl", _answer(said, case.candidate, shown, "new"), class_="cb-case-answers")
    old = _text_of(case.baseline)
    # One kind of marks at a time, and a quote says why the case ended as it did.
    lines = [] if quotes else word_diff(old, new)
    same = sum(len(part.text) for line in lines for part in line.segments if part.kind == "same")
    alike = same / max(len(old), len(new), 1) >= ALIKE
    left = _side(lines, old=True) if alike else kept(old)
    right = _side(lines, old=False) if alike else _marked(new, quotes)
    return tag(
        "dl",
        _answer(f"v{base.version} answered", case.baseline, _text(left), "old"),
        _answer(said, case.candidate, _text(right), "new"),
        class_="cb-case-answers",
    )


def _text_of(answer: Answer) -> str:
    return beginning(answer.said or "", MAX_ANSWER)


def _marked(text: str, quotes: Sequence[str]) -> Html:
    """An answer with the words marked that the reason quotes from it."""
    if not quotes:
        return kept(text)
    # The longest first: a shorter quote may stand in it.
    pattern = "|".join(re.escape(words) for words in sorted(quotes, key=len, reverse=True))
    parts = re.split(f"({pattern})", text)
    return join(*(tag("mark", kept(part)) if at % 2 else kept(part) for at, part in enumerate(parts)))


def _side(lines: Sequence[Line], *, old: bool) -> Html:
    own = [line for line in lines if (line.old if old else line.new) is not None]
    newline = Html("\n")
    parts: list[Child] = []
    for at, line in enumerate(own):
        parts += [newline if at else None, _words.words(line.left if old else line.right)]
    return join(*parts)


def _text(text: Html) -> Html:
    return pre(text, class_="cb-answer", tabindex="0", dir="auto")


def _answer(title: str, answer: Answer, content: Child, side: str) -> Html:
    if nothing := nothing_said(answer):
        said = tag("p", capital(nothing), class_="cb-none")
        content = join(content, said) if answer.text is None and answer.dialogue else said
    how = ended_by(answer)
    ended = tag("p", f"Ended by: {how}", class_="cb-sub") if how else None
    return tag("div", tag("dt", title), tag("dd", content, ended), class_=f"cb-case-{side}")
