"""Overlap of the answer's words with the expected text: the F1 of words, as in reading tests."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from pydantic import Field

from cuebook.core.format import plural
from cuebook.scorers._base import Context, measured, scorer
from cuebook.scorers._text import ExpectsTexts, accepted_texts, quoted
from cuebook.shapes.run import Score

_ARTICLES = {"a", "an", "the"}
# No space parts these signs into words.
_WIDE = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"\d+(?:[.,]\d+)*|[{_WIDE}]|[^\W\d_{_WIDE}]+(?:['\u2019][^\W\d_{_WIDE}]+)*")


class Parameters(ExpectsTexts):
    """Settings of ``token_f1``."""

    expectation: str = Field(
        default="answer", description="Key of the expected text, or of a list: the best counts."
    )


@scorer(Parameters, kind="similarity", sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """2PR / (P + R) of the words as a multiset; case, punctuation and articles are ignored.

    Rajpurkar et al. 2016 (SQuAD). Japanese and Chinese characters count as words of their own.
    """
    wanted = accepted_texts(context, parameters.expectation)
    if isinstance(wanted, Score):
        return wanted
    answer = words(context.answer)
    best = max(wanted, key=lambda text: f1(answer, words(text)))
    target = words(best)
    common = (answer & target).total()
    reason = f"{common} of {target.total()} expected words, {plural(answer.total(), 'word')} in the answer"
    if absent := list(target - answer):
        reason += f"; missing: {', '.join(quoted(word) for word in absent[:5])}"
    return measured(f1(answer, target), reason, expected=best)


def words(text: str) -> Counter[str]:
    """How often each word occurs in a text."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return Counter(word for word in _WORD.findall(folded) if word not in _ARTICLES)


def f1(answer: Counter[str], target: Counter[str]) -> float:
    """Overlap of two multisets of words, in [0, 1]; two empty ones are the same."""
    total = answer.total() + target.total()
    return 2 * (answer & target).total() / total if total else 1.0
