"""What tells a person or opens a door, taken out of a text before it is written anywhere. Pure.

Found by its form alone: e-mail addresses, telephone numbers, cards, bank accounts, addresses of machines,
keys. Names of people have no form; whoever adds the lines to a repository reads them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from cuebook.core import patterns
from cuebook.registry.plain_text import KEYS

# Repeats that overlap are bounded, so that the time of a search grows with the text alone.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_KEY = re.compile(rf"{KEYS}|(?<=Bearer )[A-Za-z0-9._~+/-]{{12,}}=*")
_USER_INFO = re.compile(r"(?<=://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ()./-]{0,2}\d){7,18}(?![\w])")
_IP4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_IP6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
# Digits in groups, as a telephone number has them.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{4}")


def _is_card(text: str) -> bool:
    """Whether 13 to 19 digits end in the check digit of ISO/IEC 7812 (Luhn)."""
    digits = [int(char) for char in text if char.isdigit()]
    # One digit alone may pass the check, too: 0000 0000 0000 0000 is nobody's card.
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (
        digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(digits[::-1])
    )
    return sum(doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """Whether the check digits of ISO 13616 are right: modulo 97 the number is 1."""
    plain = text.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _is_telephone(text: str) -> bool:
    """Eight to fifteen digits (E.164), with a plus or in groups: no count, price or date."""
    digits = sum(char.isdigit() for char in text)
    is_grouped = re.search(r"\d[ ()/-]+\d|^\(", text) is not None
    return 8 <= digits <= 15 and not _DATE.fullmatch(text) and (text.startswith("+") or is_grouped)


def _is_address(text: str) -> bool:
    try:
        # 0.0.0.0 and :: are no machine's.
        return not ip_address(text).is_unspecified
    except ValueError:
        return False


def _always(_: str) -> bool:
    return True


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    # In this order: what is inside another form goes with it, and a card is no telephone number.
    ("user-info", _USER_INFO, _always),
    ("email", _EMAIL, _always),
    ("key", _KEY, _always),
    ("iban", _IBAN, _is_iban),
    ("ip", _IP4, _is_address),
    ("ip", _IP6, _is_address),
    ("card", _DIGITS, _is_card),
    ("telephone", _DIGITS, _is_telephone),
)

KINDS = tuple(dict.fromkeys(kind for kind, _, _ in _RULES))
"""What is looked for without being told to."""


@dataclass
class Redaction:
    """Takes such parts out of texts; the same part gets the same number within one conversation.

    ``own`` are a registry's patterns by name, ``words`` its words, whatever their case. ``counts`` says how
    many parts of each kind were taken out.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    _names: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict, repr=False)

    def value(self, value: Any, conversation: str) -> Any:
        """Return a JSON value with every text in it redacted; keys stay."""
        if isinstance(value, str):
            return self.text(value, conversation)
        if isinstance(value, dict):
            return {key: self.value(item, conversation) for key, item in value.items()}
        return [self.value(item, conversation) for item in value] if isinstance(value, list) else value

    def text(self, text: str, conversation: str) -> str:
        """Return the text with ``<email-1>`` in place of an address, and so on."""
        for kind, find in self._finders():
            made, end = [], 0
            for start, stop in find(text):
                self.counts[kind] += 1
                made += [text[end:start], self._name(kind, text[start:stop], conversation)]
                end = stop
            text = "".join([*made, text[end:]])
        return text

    def left(self, value: Any) -> list[str]:
        """Return the kinds of what is still in a value after it was redacted, by whoever did that."""
        if isinstance(value, str):
            return [kind for kind, find in self._finders() if any(find(value))]
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return sorted({kind for item in inside for kind in self.left(item)})

    def _finders(self) -> Iterator[tuple[str, Callable[[str], Iterator[tuple[int, int]]]]]:
        for kind, pattern, is_one in _RULES:
            yield (
                kind,
                lambda text, pattern=pattern, is_one=is_one: (  # type: ignore[misc]
                    found.span() for found in pattern.finditer(text) if is_one(found[0])
                ),
            )
        # A registry's own rules come after these, and see what these have left.
        for kind, own in self.own.items():
            yield kind, lambda text, own=own: patterns.spans(own, text)  # type: ignore[misc]
        if self.words:
            # The longest first: of two that begin alike the whole one goes.
            listed = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
            word = re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)
            yield "word", lambda text: (found.span() for found in word.finditer(text))

    def _name(self, kind: str, part: str, conversation: str) -> str:
        names = self._names.setdefault(conversation, {})
        if (kind, part) not in names:
            before = sum(other == kind for other, _ in names)
            names[kind, part] = f"<{kind}-{before + 1}>"
        return names[kind, part]
