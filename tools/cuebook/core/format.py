"""Numbers and lists as people read them; pure text, no markup."""

from __future__ import annotations

from collections.abc import Sequence

MINUS = "\u2212"
NONE = "\u2013"


def signed(value: float, text: str) -> str:
    """Return ``text``, which is the absolute value, with the sign of ``value``."""
    return f"{'+' if value > 0 else MINUS}{text}"


def tick(value: float) -> str:
    """Return a number for an axis through zero, with its sign; 0 has none."""
    return "0" if value == 0 else signed(value, f"{abs(value):g}")


def score(value: float | None) -> str:
    """Return a mean score on [0, 1] in points of 100; a dash for None."""
    return NONE if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """Return a difference on [-1, 1] in points of 100, signed: a true minus sign, and never a minus zero."""
    if value is None:
        return NONE
    text = f"{abs(100 * value):.1f}"
    return text if float(text) == 0 else signed(value, text)


def ratio(value: float) -> str:
    """Return a number on [-1, 1], such as kappa: a true minus sign, and never a minus zero."""
    text = f"{abs(value):.2f}"
    return text if value >= 0 or float(text) == 0 else f"{MINUS}{text}"


def below(value: float, bound: float) -> str:
    """Return a number that is less than ``bound`` as ``ratio`` does, with as many digits as show that."""
    digits = next((n for n in range(2, 9) if round(value, n) < bound), 9)
    return ratio(value) if digits == 2 else f"{MINUS if value < 0 else ''}{abs(value):.{digits}f}"


def whole_per_cent(value: float) -> str:
    """Return a share in whole per cent: a true minus sign, and never a minus zero."""
    text = f"{abs(100 * value):.0f}"
    return f"{text}%" if value >= 0 or text == "0" else f"{MINUS}{text}%"


def interval(lower: float, upper: float) -> str:
    """Return both ends of an interval on [-1, 1], in points of 100."""
    return f"[{points(lower)}, {points(upper)}]"


def relative_change(old: float | None, new: float | None) -> str:
    """Return the relative change of a quantity, in per cent."""
    if old is None or new is None or not old:
        return NONE
    change = 100 * (new - old) / old
    text = f"{abs(change):.0f}"
    return f"{text}%" if text == "0" else f"{signed(change, text)}%"


def money(value: float | None) -> str:
    """Return an amount in US dollars with as many digits as a small one needs."""
    if value is None:
        return "unknown"
    if value == 0 or value >= 1:
        return f"${value:,.2f}"
    if value < 0.000001:
        return "under $0.000001"
    return f"${value:.3f}" if value >= 0.01 else f"${value:.6f}".rstrip("0")


def seconds(value: float | None) -> str:
    """Return a length of time in seconds, a short one in milliseconds; a dash for None."""
    if value is None:
        return NONE
    return f"{value:,.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def amount(value: float | None) -> str:
    """Return the mean of a count; a dash for None."""
    return NONE if value is None else f"{value:,.1f}"


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def joined(parts: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if parts[1:] else "".join(parts)


def some(names: Sequence[str], most: int = 5) -> str:
    """Return the first names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def plural(count: int, word: str, many: str = "") -> str:
    """Return a count with its word, as ``1 case`` or ``2 cases``; ``many`` is an irregular plural."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


_ITEMS = {
    "messages": "message",
    "content": "part",
    "toolCalls": "call",
    "tools": "tool",
    "scorers": "scorer",
    "turns": "turn",
    # Of promptfoo's files.
    "prompts": "prompt",
    "providers": "provider",
    "tests": "test",
    "assert": "assert",
}
"""What an item of these lists is called; one of any other list is an item."""


def place_in_words(place: Sequence[str | int]) -> str:
    """Return a place of a file for people, who count from 1: ``message 2, role`` for ``messages.1.role``."""
    parts: list[str] = []
    keys: list[str] = []
    for step in place:
        if isinstance(step, str):
            keys.append(step)
            continue
        item = _ITEMS.get(keys[-1]) if keys else None
        outer = keys[:-1] if item else keys
        parts += [".".join(outer)] if outer else []
        parts.append(f"{item or 'item'} {step + 1}")
        keys = []
    return ", ".join([*parts, *([".".join(keys)] if keys else [])])
