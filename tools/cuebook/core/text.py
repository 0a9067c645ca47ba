"""What a text says and how long it is, whatever its script, case and Unicode form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

WIDE_SPACES = {"\u00a0": "a no-break space (U+00A0)", "\u3000": "an ideographic space (U+3000)"}
"""What keyboards and web pages put where a space is meant."""
_WORD_SIGNS = re.compile(
    "[\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]"  # kana
)
"""Han, Hiragana and Katakana: written without spaces, so each sign counts as a word. Korean has spaces."""

_LETTERS = re.compile(r"\w+")

BYTES_A_TOKEN = 4
"""Of UTF-8. What providers state for English; Chinese and Japanese take 3 bytes a sign, so 3/4 of a token."""


def fold(text: str) -> str:
    """The text in compatibility form, without case, each run of white space as one space."""
    if text.isascii():  # most texts are, and then a hundredth of the time does
        return " ".join(text.lower().split())
    # Folding case can undo the form (of "ΐ"), and the form can bring case back (of "℡").
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).casefold()
    return " ".join(plain.split())


def whole(text: str) -> str:
    """The text without halves of surrogate pairs: JSON can carry them; digests and files cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def fold_json(value: Any) -> Any:
    """The same for every text in a JSON value, keys apart."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, dict):
        return {key: fold_json(item) for key, item in value.items()}
    return [fold_json(item) for item in value] if isinstance(value, list) else value


def word_count(text: str) -> int:
    """Return the number of words: runs between white space, and each sign of Chinese and Japanese."""
    total = 0
    for run in text.split():
        rest, signs = _WORD_SIGNS.subn(" ", run)
        # Marks beside such signs are no words of their own, as they are none at the end of a Latin word.
        total += signs + sum(bool(_LETTERS.search(part)) for part in rest.split()) if signs else 1
    return total


def words(text: str) -> list[str]:
    """Return the words of the folded text without marks, each sign of Chinese and Japanese by itself."""
    if text.isascii():
        return _LETTERS.findall(text.lower())
    return _LETTERS.findall(_WORD_SIGNS.sub(r" \g<0> ", fold(text)))


def is_word_sign(word: str) -> bool:
    """Whether a word is one sign of Chinese or Japanese."""
    return not word.isascii() and _WORD_SIGNS.fullmatch(word) is not None


def token_estimate(text: str) -> float:
    """Return about how many tokens a model counts in a text."""
    return len(text.encode("utf-8", "surrogatepass")) / BYTES_A_TOKEN


def is_slip(one: str, other: str) -> bool:
    """Whether letters were swapped, or one is missing, too many or wrong."""
    start = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[start:], other[start:]
    if min(len(one), len(other)) < _SHORT or any(part[:1].isdigit() for part in (a, b)):
        return False
    # Wrong, too many, missing, and swapped, behind the letters that both begin with.
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


_SHORT = 4
"""Shorter names are often alike: qa and qb, faq and fax."""
